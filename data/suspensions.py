"""抑制: a point raises no alarm until a time that a person set, for a reason that everybody can read.

Ingest goes on storing its values and lets an alarm that is open come to its end; it only begins none and makes none worse. What
is still beyond its limit when the time is over raises its alarm with the next value.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.db import notify
from data.errors import Conflict, Invalid, NotFound
from data.models import Alarm, AlarmEvent, AlarmSuspension, Point
from data.query import visible
from data.save import create, update
from data.settings import current_settings
from data.terminals import CONFIG_CHANNEL
from data.viewer import Viewer

MOST = timedelta(days=30)


def suspend(
    session: Session, viewer: Viewer, point_id: int, until: datetime, reason: str, now: datetime | None = None
) -> AlarmSuspension:
    """Raise no alarms of the point until then. Conflict where that is so already, Invalid for a time or reason that cannot be."""
    viewer.require("alarm.suspend")
    moment = now or datetime.now(UTC)
    point = session.scalar(visible(Point, viewer).where(Point.id == point_id).with_for_update(of=Point))
    if point is None:
        raise NotFound("没有找到这个监测点，它可能不在您的数据范围内。")
    wrong = {}
    if until <= moment:
        wrong["until"] = "抑制的结束时间应晚于现在。"
    elif until > moment + MOST:
        wrong["until"] = f"一次最长抑制 {MOST.days} 天，到期后可再次抑制。"
    if not reason.strip():
        wrong["reason"] = "请填写抑制原因。"
    if wrong:
        raise Invalid(next(iter(wrong.values())), wrong)
    there = of_point(session, point.id, moment)
    if there is not None:
        raise Conflict(f"{point.name}已抑制至 {clock(there.until)}（{there.reason}），如需变更请先解除。")
    values = {"point_id": point.id, "enterprise_id": point.enterprise_id, "until": until, "reason": reason.strip()}
    made = create(session, AlarmSuspension, viewer, values, verb="suspend")
    _tell(session, made, viewer, moment, "suspended", f"至 {clock(until)}：{made.reason}")
    return made


def end(session: Session, viewer: Viewer, suspension: AlarmSuspension, now: datetime | None = None) -> AlarmSuspension:
    """Let the point alarm again at once. Conflict where the suspension is over."""
    viewer.require("alarm.suspend")
    moment = now or datetime.now(UTC)
    if suspension.until <= moment:
        raise Conflict(f"{suspension.point.name}的抑制已于 {clock(suspension.until)} 结束。")
    update(session, suspension, viewer, {"until": moment, "ended_by_id": viewer.id}, verb="end")
    _tell(session, suspension, viewer, moment, "unsuspended", "")
    return suspension


def of_point(session: Session, point_id: int, now: datetime) -> AlarmSuspension | None:
    """What suspends the alarms of that point at ``now``, if anything."""
    there = select(AlarmSuspension).where(
        AlarmSuspension.point_id == point_id, AlarmSuspension.until > now, AlarmSuspension.deleted_at.is_(None)
    )
    return session.scalars(there.order_by(AlarmSuspension.until.desc()).limit(1)).first()


def suspended_until(session: Session, now: datetime) -> dict[int, datetime]:
    """Point → until when it raises no alarms, of all that are suspended at ``now``."""
    statement = select(AlarmSuspension.point_id, func.max(AlarmSuspension.until)).where(
        AlarmSuspension.until > now, AlarmSuspension.deleted_at.is_(None)
    )
    return dict(session.execute(statement.group_by(AlarmSuspension.point_id)).all())


def count(session: Session, viewer: Viewer, now: datetime) -> int:
    """How many points raise no alarms at ``now``, of those that the viewer sees."""
    viewer.require("alarm.view")
    there = visible(AlarmSuspension, viewer).where(AlarmSuspension.until > now).with_only_columns(func.count(func.distinct(AlarmSuspension.point_id)))
    return session.scalar(there.order_by(None)) or 0


def _tell(session: Session, suspension: AlarmSuspension, viewer: Viewer, at: datetime, what: str, note: str) -> None:
    """Write it into the story of the point's open alarms, and let ingest and the screens know."""
    opened = select(Alarm.id).where(
        Alarm.source_type == "point", Alarm.source_id == suspension.point_id, Alarm.closed_at.is_(None)
    )
    for alarm_id in session.scalars(opened):
        session.add(AlarmEvent(alarm_id=alarm_id, at=at, what=what, user_id=viewer.id, note=note or None))
    session.flush()
    notify(session, CONFIG_CHANNEL)


def clock(at: datetime) -> str:
    """The instant as the park's people write it: 11-24 18:30."""
    return at.astimezone(ZoneInfo(current_settings().time_zone)).strftime("%m-%d %H:%M")
