"""An alarm that nobody acknowledges in time goes up the duty roster (值班表), one post at a time, until somebody answers."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.alarms import CHANNEL, due_at, title
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
    rises = [found[0] for alarm in session.scalars(waiting) if (found := rises_of(session, alarm, now, limits))]
    return sorted(rises, key=lambda rise: (rise.at, rise.alarm_id))


def rises_of(session: Session, alarm: Alarm, now: datetime, settings: Settings | None = None) -> list[Rise]:
    """Where the alarm still goes, post by post, by the roster of those times; empty for one that goes nowhere any more."""
    limits = settings or current_settings()
    due = due_at(alarm, limits)
    if due is None or alarm.acknowledged_at is not None or alarm.level > limits.alarm_escalate_level:
        return []
    rises, done = [], alarm.escalations
    while done < LAST:
        at = alarm.last_at + (due - alarm.last_at) * (done + 1)
        posts = on_duty(session, max(at, now))
        tier = next((one for one in range(done + 1, LAST + 1) if posts.get(one)), 0)
        if not tier:
            return rises or [Rise(alarm.id, at, "", ())]
        rises.append(Rise(alarm.id, at, word(DUTY_TIERS, str(tier)), tuple(person.name for person in posts[tier])))
        done = tier
    return rises


def on_duty(session: Session, now: datetime) -> dict[int, list[User]]:
    """Post → who is on duty there at ``now``, without accounts that are switched off."""
    wanted = select(DutyShift).join(User, User.id == DutyShift.user_id).where(
        DutyShift.begins_at <= now, DutyShift.ends_at > now, DutyShift.deleted_at.is_(None), User.is_active, User.deleted_at.is_(None)
    )
    found: dict[int, list[User]] = {}
    for shift in session.scalars(wanted.order_by(DutyShift.id)).unique():
        there = found.setdefault(shift.tier, [])
        if shift.user not in there:
            there.append(shift.user)
    return found


def _is_late(alarm: Alarm, now: datetime, limits: Settings) -> bool:
    due = due_at(alarm, limits)
    return due is not None and now >= alarm.last_at + (due - alarm.last_at) * (alarm.escalations + 1)


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
