"""What the tank pages ask of the database: definitions of tanks and points, two hours in small, and what happened to a tank."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session, lazyload, selectinload

from data.alarm_views import Event, to_ms
from data.alarms import LEVELS
from data.choices import word
from data.choices.monitoring import ALARM_EVENTS, ALARM_KINDS, QUANTITIES, TANK_SHAPES, TANK_STATES
from data.choices.risks import HAZARD_LEVELS
from data.models import Alarm, AlarmEvent, Enterprise, Installation, Point, Tank, User
from data.query import visible
from data.viewer import Viewer

# In this order a tank's points are shown; gas detectors come last, in the order of their codes.
_ORDER = {choice.code: place for place, choice in enumerate(QUANTITIES)}
EVENT_HOURS = 24
MOST_EVENTS = 60


class Sparks(NamedTuple):
    """Means of whole minutes: ``start`` is the first minute, each list has one value a minute, None where data are missing."""

    start: datetime
    values: dict[int, list[float | None]]


class TankEvent(NamedTuple):
    """One step in the life of one of the tank's alarms."""

    alarm_id: int
    level: int
    title: str
    limit: float | None
    unit: str
    decimals: int
    step: Event


def definitions(session: Session, viewer: Viewer) -> dict[str, Any]:
    """Tanks with their points, installations and enterprises, as a browser needs them to draw; V-201 stands before V-1001."""
    viewer.require("tank.view")
    points: dict[int, list[dict[str, Any]]] = {}
    for point in session.scalars(
        visible(Point, viewer).where(Point.tank_id.is_not(None)).order_by(Point.code)
    ).unique():
        points.setdefault(point.tank_id or 0, []).append(_point(point))
    # A tank's relations have relations of their own, which nobody asks for here: load them once each, not joined a tank.
    apart = [selectinload(relation).options(lazyload("*")) for relation in (Tank.installation, Tank.enterprise)]
    found = session.scalars(visible(Tank, viewer).options(lazyload("*"), *apart))
    tanks = sorted(found, key=lambda tank: in_counting_order(tank.code))
    return {
        "tanks": [_tank(tank, points.get(tank.id, [])) for tank in tanks],
        "installations": {str(tank.installation_id): _installation(tank.installation) for tank in tanks},
        "enterprises": {str(tank.enterprise_id): _enterprise(tank.enterprise) for tank in tanks},
    }


def in_counting_order(code: str) -> list[tuple[int, str]]:
    """A key that sorts codes as people count: figures by their value, the rest by its letters."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", code)]


def _tank(tank: Tank, points: list[dict[str, Any]]) -> dict[str, Any]:
    names = (tank.code, tank.name)
    shown = sorted(points, key=lambda point: (_ORDER.get(point["quantity"], 9), point["code"]))
    return {
        "id": tank.id,
        "code": tank.code,
        "name": tank.name,
        "shape": tank.shape,
        "shape_word": word(TANK_SHAPES, tank.shape),
        "medium": tank.medium,
        "cas": tank.cas or "",
        "volume": tank.volume_m3,
        "height": tank.height_m,
        "diameter": tank.diameter_m,
        "lon": tank.lon,
        "lat": tank.lat,
        "density": tank.density,
        "state": tank.state,
        "state_word": word(TANK_STATES, tank.state),
        "until": to_ms(tank.maintenance_until),
        "installation": tank.installation_id,
        "enterprise": tank.enterprise_id,
        "points": [point | {"label": label(point["name"], names, point["quantity"])} for point in shown],
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "id": point.id,
        "code": point.code,
        "name": point.name,
        "quantity": point.quantity,
        "unit": point.unit,
        "decimals": point.decimals,
        "low": point.range_low,
        "high": point.range_high,
        "limits": {"ll": point.low_low, "l": point.low, "h": point.high, "hh": point.high_high},
        "band": point.dead_band,
        "wait": point.min_duration_s,
        "period": point.period_s,
        "simulated": point.is_simulated,
    }


def label(name: str, owners: Iterable[str], quantity: str) -> str:
    """What a point is called beside its tank: its name without the tank's, else the word of its quantity."""
    rest = name
    for owner in owners:
        rest = rest.strip().removeprefix(owner)
    return rest.strip() or word(QUANTITIES, quantity)


def _installation(installation: Installation) -> dict[str, Any]:
    return {"name": installation.name, "code": installation.code, "level_word": word(HAZARD_LEVELS, installation.level) if installation.level else "未定级"}


def _enterprise(enterprise: Enterprise) -> dict[str, Any]:
    return {
        "name": enterprise.name,
        "short": enterprise.short_name,
        "code": enterprise.code,
        "contact": enterprise.contact or "",
        "phone": enterprise.phone or "",
        "duty_phone": enterprise.duty_phone or "",
    }


_SPARKS = text("""
    SELECT point_id, floor(extract(epoch FROM ts - :start) / 60)::int, avg(value)
    FROM reading
    WHERE point_id = ANY(:points) AND ts >= :start AND ts < :end AND quality >= 64
    GROUP BY 1, 2
""")


def sparks(session: Session, viewer: Viewer, now: datetime, minutes: int = 120) -> Sparks:
    """The last ``minutes`` of every level that the viewer may see, one mean a minute, the present minute last."""
    viewer.require("tank.view")
    wanted = visible(Point, viewer).where(Point.quantity == "level", Point.tank_id.is_not(None))
    decimals = dict(session.execute(wanted.with_only_columns(Point.id, Point.decimals)).all())
    end = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    start = end - timedelta(minutes=minutes)
    values: dict[int, list[float | None]] = {point: [None] * minutes for point in decimals}
    for point, minute, mean in session.execute(_SPARKS, {"points": list(decimals), "start": start, "end": end}):
        values[point][minute] = round(mean, decimals[point] + 1)
    return Sparks(start, values)


def points_of(session: Session, tank: Tank, viewer: Viewer) -> list[Point]:
    """The tank's points in the order in which they are shown."""
    viewer.require("tank.view")
    found = session.scalars(visible(Point, viewer).where(Point.tank_id == tank.id).options(lazyload("*")))
    return sorted(found, key=lambda point: (_ORDER.get(point.quantity, 9), point.code))


def alarms_since(session: Session, tank: Tank, viewer: Viewer, since: datetime) -> list[Alarm]:
    """The tank's alarms raised since then, the oldest first; none for a viewer who may not see alarms."""
    if not viewer.may("alarm.view"):
        return []
    wanted = visible(Alarm, viewer).where(Alarm.tank_id == tank.id, Alarm.raised_at >= since)
    return list(session.scalars(wanted.order_by(Alarm.raised_at, Alarm.id)))


def events(session: Session, tank: Tank, viewer: Viewer, now: datetime, hours: int = EVENT_HOURS) -> list[TankEvent]:
    """What happened to the tank's alarms in the ``hours`` before ``now``, the newest first, MOST_EVENTS at most."""
    if not viewer.may("alarm.view"):
        return []
    mine = visible(Alarm, viewer).where(Alarm.tank_id == tank.id).with_only_columns(Alarm.id)
    wanted = (
        select(AlarmEvent, Alarm, User.name)
        .join(Alarm, Alarm.id == AlarmEvent.alarm_id)
        .outerjoin(User, User.id == AlarmEvent.user_id)
        .where(AlarmEvent.alarm_id.in_(mine), AlarmEvent.at > now - timedelta(hours=hours), AlarmEvent.at <= now)
        .order_by(AlarmEvent.at.desc(), AlarmEvent.id.desc())
        .limit(MOST_EVENTS)
    )
    return [_event(step, alarm, who or "", tank) for step, alarm, who in session.execute(wanted)]


_MILDER = {"high_high": "high", "low_low": "low"}
_CAME = ("raised", "again")


def _event(step: AlarmEvent, alarm: Alarm, who: str, tank: Tank) -> TankEvent:
    is_milder = _was_milder(step, alarm)
    kind = _MILDER[alarm.kind] if is_milder else alarm.kind
    told = Event(step.at, step.what, word(ALARM_EVENTS, step.what), who, step.value, step.note or "")
    title = f"{label(alarm.source_name, (tank.code, tank.name), '')} {word(ALARM_KINDS, kind)}".strip()
    limit = None if is_milder else alarm.limit
    return TankEvent(alarm.id, LEVELS.get(kind, alarm.level), title, limit, alarm.unit, alarm.decimals, told)


def _was_milder(step: AlarmEvent, alarm: Alarm) -> bool:
    """Whether the value at that step had only reached the milder limit: the alarm itself keeps no more than its worst."""
    if step.what not in _CAME or step.value is None or alarm.limit is None or alarm.kind not in _MILDER:
        return False
    return step.value < alarm.limit if alarm.kind == "high_high" else step.value > alarm.limit
