"""How the park stands now, as one viewer may see it: the figures of the home page."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, and_, exists, func, select
from sqlalchemy.orm import Session

from data.alarms import open_alarms
from data.models import Alarm, LatestPosition, LatestReading, LoginEvent, Point, Tank, Terminal, Vehicle
from data.query import visible
from data.viewer import Viewer

STALE_PERIODS = 3  # a value older than this many of its own periods is stale
OFF_LINE = timedelta(seconds=180)


class Share(NamedTuple):
    """``part`` of ``whole``."""

    part: int
    whole: int


class Standing(NamedTuple):
    """Figures as of ``at``; None where the viewer may not see the thing.

    ``waiting``: unanswered alarms by level. ``ended``: those closed in the last 24 hours, as many as ``newest`` leaves room for.
    """

    at: datetime
    levels: dict[int, int] | None
    waiting: dict[int, int]
    states: dict[str, int] | None
    newest: list[Alarm]
    ended: list[Alarm]
    tanks: Share | None
    points: Share | None
    vehicles: Share | None


def standing(session: Session, viewer: Viewer, at: datetime, newest: int = 10) -> Standing:
    """Open alarms by level (all, and those nobody answered) and by state with the ``newest`` of them, and how many tanks, points and vehicles report."""
    alarms = open_alarms(session, viewer) if viewer.may("alarm.view") else None
    latest = sorted(alarms or [], key=lambda alarm: alarm.raised_at, reverse=True)[:newest]
    sees_tanks = viewer.may("tank.view")
    return Standing(
        at=at,
        levels=None if alarms is None else Counter(alarm.level for alarm in alarms),
        waiting=Counter(alarm.level for alarm in alarms or [] if alarm.acknowledged_at is None),
        states=None if alarms is None else Counter(alarm.state for alarm in alarms),
        newest=latest,
        ended=[] if alarms is None else _ended(session, viewer, at, newest - len(latest)),
        tanks=_share(session, Tank, viewer, _reports(at)) if sees_tanks else None,
        points=_share(session, Point, viewer, _is_fresh(at)) if sees_tanks else None,
        vehicles=_share(session, Vehicle, viewer, _on_line(at)) if viewer.may("vehicle.view") else None,
    )


def _ended(session: Session, viewer: Viewer, at: datetime, most: int) -> list[Alarm]:
    since = at - timedelta(hours=24)
    found = visible(Alarm, viewer).where(Alarm.closed_at > since, Alarm.closed_at <= at)
    return list(session.scalars(found.order_by(Alarm.closed_at.desc(), Alarm.id.desc()).limit(most)))


def last_sign_in(session: Session, viewer: Viewer) -> LoginEvent | None:
    """The viewer's sign-in before the present one."""
    mine = select(LoginEvent).where(LoginEvent.user_id == viewer.id, LoginEvent.result == "ok")
    return session.scalars(mine.order_by(LoginEvent.at.desc(), LoginEvent.id.desc()).offset(1).limit(1)).first()


def _share(session: Session, model: type[Any], viewer: Viewer, condition: ColumnElement[bool]) -> Share:
    rows = visible(model, viewer).with_only_columns(func.count(), func.count().filter(condition))
    whole, part = session.execute(rows).one()
    return Share(part, whole)


def _age_allowed(at: datetime) -> ColumnElement[bool]:
    seconds = (Point.period_s * STALE_PERIODS).cast(Integer)
    return LatestReading.ts >= at - func.make_interval(0, 0, 0, 0, 0, 0, seconds)


def _is_fresh(at: datetime) -> ColumnElement[bool]:
    return exists().where(LatestReading.point_id == Point.id, _age_allowed(at))


def _reports(at: datetime) -> ColumnElement[bool]:
    """Whether a tank in service has a fresh value of its main point: its level, or the first point where it has none."""
    mine = select(Point.id).where(Point.tank_id == Tank.id, Point.deleted_at.is_(None))
    main = mine.order_by((Point.quantity == "level").desc(), Point.code).limit(1).correlate(Tank).scalar_subquery()
    fresh = exists().where(Point.id == main, LatestReading.point_id == Point.id, _age_allowed(at))
    return and_(Tank.state == "in_service", fresh.correlate(Tank))


def _on_line(at: datetime) -> ColumnElement[bool]:
    heard = exists().where(
        Terminal.vehicle_id == Vehicle.id,
        Terminal.deleted_at.is_(None),
        LatestPosition.terminal_id == Terminal.id,
        LatestPosition.received_at >= at - OFF_LINE,
    )
    return heard.correlate(Vehicle)
