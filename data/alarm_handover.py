"""转交: a person gives an alarm into the hands of another, who is told of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from data import alarms, escalation
from data.choices import word
from data.choices.monitoring import ALARM_LEVELS, DUTY_TIERS
from data.errors import Invalid
from data.messages import OF_HANDOVER, tell
from data.models import Alarm, Role, User
from data.query import get, visible
from data.viewer import Viewer
from data.viewers import viewer_from

MOST = 60


class Colleague(NamedTuple):
    """Somebody who may handle an alarm; ``post`` is the one that the duty roster gives now, or empty."""

    id: int
    name: str
    role: str
    post: str


def colleagues(session: Session, viewer: Viewer, alarm: Alarm, now: datetime) -> list[Colleague]:
    """To whom the viewer may hand the alarm over: those who may handle it and see it, who are on duty first, MOST at most."""
    if not viewer.may("alarm.handle") or alarm.closed_at is not None:
        return []
    posts = {person.id: word(DUTY_TIERS, str(tier)) for tier, people in escalation.on_duty(session, now).items() for person in people}
    wanted = select(User).join(Role, Role.id == User.role_id).where(User.is_active, User.deleted_at.is_(None), User.id != viewer.id, Role.permissions.contains(["alarm.handle"]))
    people = [person for person in session.scalars(wanted.order_by(User.id)).unique() if _sees(session, person, alarm)]
    people.sort(key=lambda person: (person.id not in posts, person.id))
    return [Colleague(person.id, person.name, person.role.name, posts.get(person.id, "")) for person in people[:MOST]]


def _sees(session: Session, person: User, alarm: Alarm) -> bool:
    of = viewer_from(person)
    return of.scope == "all" or session.scalar(visible(Alarm, of).where(Alarm.id == alarm.id).with_only_columns(Alarm.id)) is not None


def hand_over(session: Session, alarm_id: int, viewer: Viewer, person_id: int, note: str = "") -> Alarm:
    """The alarm in the hands of that person, who gets a message. Invalid for anybody who may not handle it."""
    viewer.require("alarm.handle")
    alarm = get(session, Alarm, alarm_id, viewer)
    person = session.get(User, person_id)
    if person is None or not _may_take(session, person, alarm):
        raise Invalid("不能转交给此人：没有处置报警的权限，或看不到这条报警。", {"person": "请从名单中选择。"})
    handed = alarms.hand_over(session, alarm_id, viewer, person, note)
    now = datetime.now(UTC)
    tell(
        session,
        [person.id],
        "alarm",
        f"{viewer.name}转交：{alarms.title(handed)}",
        body=f"{word(ALARM_LEVELS, str(handed.level))}报警，{handed.place}。{note.strip() or '请处置并说明原因后关闭。'}",
        href=f"/alarms?id={handed.id}",
        is_urgent=handed.level == 1,
        once=f"{OF_HANDOVER}{handed.id}:{now.timestamp():.3f}",
        now=now,
    )
    return handed


def _may_take(session: Session, person: User, alarm: Alarm) -> bool:
    is_there = person.is_active and person.deleted_at is None
    return is_there and viewer_from(person).may("alarm.handle") and _sees(session, person, alarm)
