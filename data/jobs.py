"""The jobs role: what is done by the clock. Several may run; one at a time works, the holder of an advisory lock."""

from __future__ import annotations

import logging
import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from psycopg2 import Error
from sqlalchemy import delete

from data import (  # noqa: F401 - exports, monthly_reports, replay_files and trend_files register their tasks
    audit,
    channels,
    completeness,
    danger_reports,
    day_counts,
    duty_watch,
    escalation,
    exports,
    imports,
    inspections,
    key_points,
    measure_dangers,
    monthly_reports,
    reminders,
    replay_files,
    risk_colours,
    rollups,
    tasks,
    telemetry,
    trend_files,
    video_watch,
)
from data.calendar import park_day
from data.db import connection_raw, notify, session
from data.health import beat
from data.models import AuditEntry, DeadLetter, UnknownPoint
from data.risk_watch import Watch
from data.settings import Settings
from data.subscriptions import letters  # noqa: F401 - writes what is sent of subscriptions
from data.subscriptions import run as subscriptions
from data.task_runner import Runner, ViewerOf
from data.terminal_records import drop_old_records
from data.terminals import CONFIG_CHANNEL

log = logging.getLogger(__name__)

LEADER_LOCK = 0x4A4F4253


def run(settings: Settings, viewer_of: ViewerOf) -> None:
    """Work until SIGTERM or SIGINT. Background tasks are done in the name of ``viewer_of`` the user who asked for them."""
    stopping = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopping.set())
    while not stopping.is_set():
        try:
            _lead(settings, viewer_of, stopping)
        except Error as error:
            log.warning("the database does not answer: %s", str(error).strip())
            stopping.wait(2)


def _lead(settings: Settings, viewer_of: ViewerOf, stopping: threading.Event) -> None:
    """Hold the lock, run the schedule and do tasks, until told to stop or the lock's connection is lost."""
    connection = connection_raw()
    connection.autocommit = True
    cursor = connection.cursor()
    scheduler: Any = None
    runner, watch = Runner(settings, viewer_of), Watch()
    try:
        while not stopping.is_set():
            if scheduler is None:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", (LEADER_LOCK,))
                if cursor.fetchone()[0]:
                    scheduler = schedule(settings)
                    scheduler.start()
                    runner.start()
                    watch.start()
            else:
                cursor.execute("SELECT 1")
            beat("jobs", {"leads": scheduler is not None})
            stopping.wait(2)
    finally:
        if scheduler is not None:
            scheduler.shutdown(wait=False)
            runner.stop()
            watch.stop()
        connection.close()


def schedule(settings: Settings) -> Any:
    """The timetable; nothing runs before ``start``."""
    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "misfire_grace_time": 3600, "max_instances": 1}
    )
    now = datetime.now(UTC)
    scheduler.add_job(partitions, "interval", minutes=30, next_run_time=now)
    scheduler.add_job(roll_up, "interval", seconds=20, next_run_time=now)
    scheduler.add_job(retention, "cron", hour=19, args=[settings])  # 03:00 in China
    scheduler.add_job(seal_audit, "interval", seconds=30, next_run_time=now)
    scheduler.add_job(anchor_audit, "cron", hour=16, minute=5, args=[settings])  # just after midnight in China
    # At once too: after a migration nobody has counted yet.
    scheduler.add_job(assess_files, "cron", hour=16, minute=10, next_run_time=now)
    # Hourly from the morning on: whoever became due since is told the same day, nobody twice.
    scheduler.add_job(remind, "cron", hour="0-9", minute=10)  # 08:10 to 17:10 in China
    scheduler.add_job(escalate, "interval", seconds=15)
    scheduler.add_job(watch_duty, "interval", seconds=20)
    scheduler.add_job(enter_measure_dangers, "interval", seconds=15)
    scheduler.add_job(check_key_points, "interval", minutes=5, next_run_time=now)
    scheduler.add_job(deliver, "interval", seconds=30, args=[settings], next_run_time=now)
    scheduler.add_job(tell_subscribers, "interval", seconds=30, next_run_time=now + timedelta(seconds=5))
    scheduler.add_job(report_periods, "cron", hour=16, minute=1, next_run_time=now)  # as a day begins in China
    scheduler.add_job(inspect, "interval", minutes=5, next_run_time=now)
    scheduler.add_job(video_watch.run, "interval", seconds=video_watch.EVERY_S, args=[settings], next_run_time=now)
    scheduler.add_job(count_days, "interval", minutes=10)
    scheduler.add_job(check_days, "interval", minutes=60, next_run_time=now)
    return scheduler


def partitions(now: datetime | None = None) -> None:
    """Make the partitions of today and the next two days."""
    today = (now or datetime.now(UTC)).date()
    connection = connection_raw()
    try:
        with connection, connection.cursor() as cursor:
            telemetry.ensure_partitions(cursor, [today + timedelta(days=ahead) for ahead in range(3)])
        # Apart: whoever sums up holds the tables the other way round.
        with connection, connection.cursor() as cursor:
            rollups.ensure_partitions(cursor, [(now or datetime.now(UTC)) + timedelta(days=ahead) for ahead in range(3)])
    finally:
        connection.close()


def roll_up(now: datetime | None = None) -> int:
    """Sum up the minutes and hours in which values came; the number of marks done."""
    connection = connection_raw()
    try:
        return rollups.refresh(connection, now or datetime.now(UTC))
    finally:
        connection.close()


def retention(settings: Settings, now: datetime | None = None) -> list[str]:
    """Drop what is older than the settings keep; the partitions dropped."""
    moment = now or datetime.now(UTC)
    connection = connection_raw()
    try:
        with connection, connection.cursor() as cursor:
            dropped = telemetry.drop_old_partitions(cursor, (moment - timedelta(days=settings.raw_days)).date())
            drop_old_records(cursor, moment - timedelta(days=settings.raw_days))
        with connection, connection.cursor() as cursor:
            dropped += rollups.drop_old_partitions(cursor, settings, moment)
    finally:
        connection.close()
    with session() as current:
        current.execute(
            delete(DeadLetter).where(DeadLetter.last_at < moment - timedelta(days=settings.dead_letter_days))
        )
        risk_colours.drop_old(current, moment - timedelta(days=settings.risk_days))
        subscriptions.clear(current, moment)
        old = UnknownPoint.last_at < moment - timedelta(days=settings.dead_letter_days)
        if current.scalars(delete(UnknownPoint).where(old).returning(UnknownPoint.id)).all():
            notify(current, CONFIG_CHANNEL)  # ingest counts them anew against its bound
    tasks.clear(settings, moment)
    imports.clear(settings, moment)
    if dropped:
        log.info("dropped %s", ", ".join(dropped))
    return dropped


def assess_files(now: datetime | None = None) -> int:
    """Count how complete every enterprise's file is today; the number of files."""
    return completeness.refresh_all(park_day(now or datetime.now(UTC)))


def remind(now: datetime | None = None) -> int:
    """Write the reminders of today; the number of messages."""
    return reminders.run(now or datetime.now(UTC))


def escalate(now: datetime | None = None) -> int:
    """Send alarms that nobody acknowledged up the duty roster; how many went up."""
    with session() as current:
        return escalation.run(current, now or datetime.now(UTC))


def watch_duty(now: datetime | None = None) -> duty_watch.Seen:
    """Look after the duty room: calls, hand-overs, exchanges; how much there was."""
    with session() as current:
        return duty_watch.run(current, now or datetime.now(UTC))


def enter_measure_dangers(now: datetime | None = None) -> int:
    """Enter a hidden danger for every automatic measure that an alarm proved to have failed; how many."""
    with session() as current:
        return len(measure_dangers.run(current, now or datetime.now(UTC)))


def check_key_points(now: datetime | None = None) -> tuple[int, int]:
    """Look up who passed the key points whose window is over; how many missed one, and how many passed after all."""
    with session() as current:
        found = key_points.run(current, now)
    if any(found):
        log.info("key points: %d missed, %d passed after all", *found)
    return found


def deliver(settings: Settings, now: datetime | None = None) -> int:
    """Send what waits to leave the platform; the number of messages sent."""
    return channels.send_waiting(settings, now or datetime.now(UTC))


def tell_subscribers(now: datetime | None = None) -> int:
    """Tell the subscriptions that are due; how many."""
    return subscriptions.run(now or datetime.now(UTC))


def report_periods(now: datetime | None = None) -> tuple[int, int]:
    """Close the reporting periods that were due until yesterday and open those that begin today; how many of each."""
    moment = now or datetime.now(UTC)
    with session() as current:
        closed, opened = danger_reports.close_periods(current, moment), danger_reports.open_periods(current, moment)
    if closed or opened:
        log.info("reporting periods: %d not reported, %d opened", closed, opened)
    return closed, opened


def inspect(now: datetime | None = None) -> tuple[int, int]:
    """Find the inspections of measures that were missed, and make those of the cycles that run now; how many of each."""
    moment = now or datetime.now(UTC)
    with session() as current:
        missed, made = inspections.find_missed(current, moment), inspections.make_tasks(current, moment)
    if missed or made:
        log.info("inspections: %d missed, %d made", missed, made)
    return missed, made


def count_days(now: datetime | None = None) -> int:
    """Count the recent days anew; how many differed."""
    with session() as current:
        return day_counts.refresh_recent(current, now or datetime.now(UTC))


def check_days(now: datetime | None = None) -> int:
    """Hold the counts of all days against their rows, put right what differs and tell the administrators; how many of past days did."""
    moment = now or datetime.now(UTC)
    with session() as current:
        kept = day_counts.refresh(current, moment)
        day_counts.warn(current, kept, moment)
    if kept.past:
        log.info("counts of days: %d of past days were put right, %d of them unexplained, %d in all", kept.past, kept.unexplained, kept.changed)
    return kept.past


def seal_audit() -> int:
    """Seal new audit entries; the number sealed."""
    with session() as current:
        return audit.seal(current)


def anchor_audit(settings: Settings, now: datetime | None = None) -> Path | None:
    """Write the newest seal of the chain into a file of the day: with a copy of it elsewhere even a whole new chain is found out."""
    with session() as current:
        newest = (
            current.query(AuditEntry)
            .filter(AuditEntry.seal_number.is_not(None))
            .order_by(AuditEntry.seal_number.desc())
            .first()
        )
    if newest is None:
        return None
    path = settings.data_dir.resolve() / "audit" / f"{(now or datetime.now(UTC)):%Y-%m-%d}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{newest.seal_number} {newest.seal}\n", encoding="ascii")
    return path
