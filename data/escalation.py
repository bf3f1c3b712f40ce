"""An alarm that nobody acknowledges in time goes up the duty roster (值班表), one post at a time, until somebody answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.alarms import CHANNEL, title
from data.choices import word
from data.choices.monitoring import ALARM_LEVELS, DUTY_TIERS
from data.db import notify
from data.messages import OF_ALARM, tell
from data.models import Alarm, AlarmEvent, DutyShift, User
from data.query import visible
from data.settings import Settings, current_settings
from data.viewer import Viewer

LAST = len(DUTY_TIERS)


def run(session: Session, now: datetime, settings: Settings | None = None) -> int:
    """Tell the next post of each alarm that has waited too long at ``now``; the number of alarms that went up.

    After the time for acknowledging the first post is told, after twice that time the second, then the third. A post where
    nobody is on duty is passed over; while nobody is at all, alarms wait for the next shift. An alarm that comes back or gets worse begins anew.
    """
    limits = settings or current_settings()
    waiting = select(Alarm).where(
        Alarm.closed_at.is_(None),
        Alarm.acknowledged_at.is_(None),
        Alarm.level <= limits.alarm_escalate_level,
        Alarm.escalations < LAST,
    )
    late = [alarm for alarm in session.scalars(waiting.order_by(Alarm.id).with_for_update()) if _is_late(alarm, now, limits)]
    posts = on_duty(session, now) if late else {}
    if not posts:
        return 0  # a park that keeps no roster; the desk shows what is overdue
    for alarm in late:
        _go_up(session, alarm, posts, now)
    notify(session, CHANNEL)
    return len(late)


class Rise(NamedTuple):
    """At ``at`` the people of the ``post`` are told of the alarm, unless somebody answers; without a post nobody is on duty."""

    alarm_id: int
    at: datetime
    post: str
    people: tuple[str, ...]


def coming(session: Session, viewer: Viewer, now: datetime, settings: Settings | None = None) -> list[Rise]:
    """即将升级: what will go up next of all that the viewer sees, the soonest first."""
    viewer.require("alarm.view")
    limits = settings or current_settings()
    waiting = visible(Alarm, viewer).where(
        Alarm.closed_at.is_(None), Alarm.acknowledged_at.is_(None), Alarm.level <= limits.alarm_escalate_level, Alarm.escalations < LAST
    )
    alarms = list(session.scalars(waiting))
    ends = [_step_at(alarm, LAST, limits) for alarm in alarms]
    shifts = _shifts(session, now, max([now, *ends])) if alarms else []
    rises = [found[0] for alarm in alarms if (found := _rises(alarm, shifts, now, limits))]
    return sorted(rises, key=lambda rise: (rise.at, rise.alarm_id))


def rises_of(session: Session, alarm: Alarm, now: datetime, settings: Settings | None = None) -> list[Rise]:
    """Where the alarm still goes, post by post, by the roster of those times; empty for one that goes nowhere any more."""
    limits = settings or current_settings()
    if alarm.closed_at is not None or alarm.acknowledged_at is not None or alarm.level > limits.alarm_escalate_level:
        return []
    return _rises(alarm, _shifts(session, now, max(now, _step_at(alarm, LAST, limits))), now, limits)


def _rises(alarm: Alarm, shifts: Sequence[DutyShift], now: datetime, limits: Settings) -> list[Rise]:
    rises: list[Rise] = []
    done = alarm.escalations
    while done < LAST:
        at = _step_at(alarm, done + 1, limits)
        posts = _there(shifts, max(at, now))
        tier = next((one for one in range(done + 1, LAST + 1) if posts.get(one)), 0)
        if not tier:
            return rises or [Rise(alarm.id, at, "", ())]
        rises.append(Rise(alarm.id, at, word(DUTY_TIERS, str(tier)), tuple(person.name for person in posts[tier])))
        done = tier
    return rises


def on_duty(session: Session, now: datetime) -> dict[int, list[User]]:
    """Post → who is on duty there at ``now``, without accounts that are switched off."""
    return _there(_shifts(session, now, now), now)


def _shifts(session: Session, since: datetime, until: datetime) -> list[DutyShift]:
    wanted = select(DutyShift).join(User, User.id == DutyShift.user_id).where(
        DutyShift.begins_at <= until, DutyShift.ends_at > since, DutyShift.deleted_at.is_(None), User.is_active, User.deleted_at.is_(None)
    )
    return list(session.scalars(wanted.order_by(DutyShift.id)).unique())


def _there(shifts: Sequence[DutyShift], at: datetime) -> dict[int, list[User]]:
    found: dict[int, list[User]] = {}
    for shift in shifts:
        there = found.setdefault(shift.tier, [])
        if shift.begins_at <= at < shift.ends_at and shift.user not in there:
            there.append(shift.user)
    return {tier: people for tier, people in found.items() if people}


def _step_at(alarm: Alarm, step: int, limits: Settings) -> datetime:
    """When the alarm takes its step (from 1) up the roster: after so many times that it had to be acknowledged."""
    span = timedelta(minutes=limits.alarm_answer_minutes[min(max(alarm.level, 1), 4) - 1])
    return alarm.last_at + span * step


def _is_late(alarm: Alarm, now: datetime, limits: Settings) -> bool:
    return now >= _step_at(alarm, alarm.escalations + 1, limits)


def _go_up(session: Session, alarm: Alarm, posts: dict[int, list[User]], now: datetime) -> None:
    tier = next((one for one in range(alarm.escalations + 1, LAST + 1) if posts.get(one)), 0)
    alarm.escalations = tier or LAST
    people = posts.get(tier, [])
    names = "、".join(person.name for person in people)
    post = word(DUTY_TIERS, str(tier))
    note = f"{post} {names}" if people else "值班表上无人可再通知"
    session.add(AlarmEvent(alarm_id=alarm.id, at=now, what="escalated", note=note))
    minutes = round((now - alarm.last_at).total_seconds() / 60)
    tell(
        session,
        [person.id for person in people],
        "alarm",
        f"{minutes} 分钟无人确认：{title(alarm)}",
        body=f"{word(ALARM_LEVELS, str(alarm.level))}报警，{alarm.place}。您是当班{post}，请确认或安排处置。",
        href=f"/alarms?id={alarm.id}",
        is_urgent=alarm.level == 1,
        once=f"{OF_ALARM}{alarm.id}:{alarm.last_at.timestamp():.0f}:{tier}",
        now=now,
    )
