"""What programs read of the platform, page by page: points, readings, vehicles, tracks and alarms as plain values.

Each feed gives ``limit`` items after a key and the key from which the next page goes on (None at the end), so that a
reader never skips or repeats a row while new ones arrive.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, select, text
from sqlalchemy.orm import Session, lazyload

from data.errors import Invalid, NotFound
from data.models import Alarm, Enterprise, LatestPosition, LatestReading, Point, Terminal, Vehicle
from data.query import visible
from data.standing import OFF_LINE, STALE_PERIODS
from data.telemetry import readings
from data.viewer import Viewer

POINT_STATES = ("normal", "low_low", "low", "high", "high_high", "stale", "no_data")
VEHICLE_STATES = ("online", "offline", "never")
# "open" takes every alarm that is not closed; the others are those of ``Alarm.state``.
ALARM_STATES = ("open", "unacknowledged", "acknowledged", "in_progress", "recovered", "closed")


class Feed(NamedTuple):
    """One page: ``items`` and the ``next`` key, or None."""

    items: list[dict[str, Any]]
    next: Any


def points(
    session: Session,
    viewer: Viewer,
    *,
    now: datetime,
    after: int = 0,
    limit: int = 1000,
    code: str = "",
    enterprise: str = "",
) -> Feed:
    """Points with their newest value, by id. ``enterprise`` is an enterprise's code."""
    viewer.require("tank.view")
    wanted = visible(Point, viewer).options(lazyload("*")).join(Enterprise, Enterprise.id == Point.enterprise_id)
    wanted = wanted.outerjoin(LatestReading, LatestReading.point_id == Point.id).add_columns(Enterprise, LatestReading)
    wanted = wanted.where(Point.id > after)
    wanted = wanted.where(Point.code == code) if code else wanted
    wanted = wanted.where(Enterprise.code == enterprise) if enterprise else wanted
    rows: Any = session.execute(
        wanted.options(lazyload(Enterprise.division), lazyload(Enterprise.department))
        .order_by(Point.id)
        .limit(limit + 1)
    ).all()
    return _page([_point(point, firm, latest, now) for point, firm, latest in rows], limit, "id")


def _point(point: Point, enterprise: Enterprise, latest: LatestReading | None, now: datetime) -> dict[str, Any]:
    return {
        "id": point.id,
        "code": point.code,
        "name": point.name,
        "enterprise": enterprise.name,
        "quantity": point.quantity,
        "unit": point.unit,
        "value": latest and latest.value,
        "ts": latest and latest.ts,
        "quality": latest and latest.quality,
        "state": _point_state(point, latest, now),
        "limits": {name: getattr(point, name) for name in ("low_low", "low", "high", "high_high")},
        "is_simulated": point.is_simulated,
    }


def _point_state(point: Point, latest: LatestReading | None, now: datetime) -> str:
    if latest is None:
        return "no_data"
    if (now - latest.ts).total_seconds() > STALE_PERIODS * point.period_s:
        return "stale"
    return latest.state or "normal"


def point_readings(
    session: Session,
    viewer: Viewer,
    code: str,
    start: datetime,
    end: datetime,
    *,
    after: datetime | None = None,
    limit: int = 1000,
) -> Feed:
    """Raw values of a point in [start, end) by time. ``quality``: 192 good, 64 uncertain, 0 bad."""
    viewer.require("tank.view")
    point_id = session.scalar(visible(Point, viewer).with_only_columns(Point.id).where(Point.code == code))
    if point_id is None:
        raise NotFound(f"没有编码为“{code}”的测点，或它不在您的数据范围内。")
    rows = readings(session, point_id, start, end, after=after, limit=limit + 1)
    return _page([{"ts": ts, "value": value, "quality": quality} for ts, value, quality in rows], limit, "ts")


def vehicles(
    session: Session, viewer: Viewer, *, now: datetime, after: int = 0, limit: int = 1000, plate: str = ""
) -> Feed:
    """Vehicles with their newest position, by id; without a terminal or a position their fields are null."""
    viewer.require("vehicle.view")
    wanted = visible(Vehicle, viewer).options(lazyload("*")).where(Vehicle.id > after)
    wanted = wanted.where(Vehicle.plate == plate) if plate else wanted
    is_approved = and_(Terminal.vehicle_id == Vehicle.id, Terminal.state == "approved", Terminal.deleted_at.is_(None))
    wanted = wanted.outerjoin(Terminal, is_approved).outerjoin(
        LatestPosition, LatestPosition.terminal_id == Terminal.id
    )
    wanted = wanted.add_columns(Terminal.phone, LatestPosition).order_by(Vehicle.id).limit(limit + 1)
    rows: Any = session.execute(wanted).all()
    return _page([_vehicle(vehicle, phone, at, now) for vehicle, phone, at in rows], limit, "id")


def _vehicle(vehicle: Vehicle, phone: str | None, at: LatestPosition | None, now: datetime) -> dict[str, Any]:
    is_online = at is not None and now - at.received_at <= OFF_LINE
    return {
        "id": vehicle.id,
        "plate": vehicle.plate,
        "terminal": phone,
        "lon": at and at.lon,
        "lat": at and at.lat,
        "speed_kmh": at and at.speed_kmh,
        "heading_deg": at and at.heading_deg,
        "ts": at and at.ts,
        "received_at": at and at.received_at,
        "state": "never" if at is None else "online" if is_online else "offline",
        "is_simulated": vehicle.is_simulated,
    }


_TRACK = text("""
    SELECT ts, serial, lon, lat, speed_kmh, heading_deg, altitude_m, flags FROM position
    WHERE terminal_id = :terminal AND ts >= :start AND ts < :end AND (ts, serial) > (:after, :serial)
    ORDER BY ts, serial LIMIT :limit
""")


def vehicle_track(
    session: Session,
    viewer: Viewer,
    plate: str,
    start: datetime,
    end: datetime,
    *,
    after: tuple[datetime, int] | None = None,
    limit: int = 1000,
) -> Feed:
    """Positions of a vehicle in [start, end) by device time, those sent late in their place.

    ``flags``: 1 without a fix, 2 sent late, 4 the device's clock was wrong and the time of arrival stands in its place.
    """
    viewer.require("vehicle.view")
    vehicle_id = session.scalar(visible(Vehicle, viewer).with_only_columns(Vehicle.id).where(Vehicle.plate == plate))
    if vehicle_id is None:
        raise NotFound(f"没有车牌号为“{plate}”的车辆，或它不在您的数据范围内。")
    terminal_id = session.scalar(
        select(Terminal.id).where(Terminal.vehicle_id == vehicle_id, Terminal.deleted_at.is_(None))
    )
    if terminal_id is None:
        return Feed([], None)
    moment, serial = after or (start, -1)
    values = {
        "terminal": terminal_id,
        "start": start,
        "end": end,
        "after": moment,
        "serial": serial,
        "limit": limit + 1,
    }
    rows = session.execute(_TRACK, values).all()
    items = [dict(row._mapping) for row in rows[:limit]]
    key = (items[-1]["ts"], items[-1]["serial"]) if len(rows) > limit else None
    return Feed([{name: value for name, value in item.items() if name != "serial"} for item in items], key)


def alarms(session: Session, viewer: Viewer, *, state: str = "", after: int = 0, limit: int = 500) -> Feed:
    """Alarms, the newest first; ``state`` is one of ALARM_STATES, empty takes all."""
    viewer.require("alarm.view")
    wanted = visible(Alarm, viewer).order_by(Alarm.id.desc()).limit(limit + 1)
    wanted = wanted.where(_in_state(state)) if state else wanted
    wanted = wanted.where(Alarm.id < after) if after else wanted
    return _page([_alarm(alarm) for alarm in session.scalars(wanted)], limit, "id")


def _in_state(state: str) -> ColumnElement[bool]:
    if state not in ALARM_STATES:
        raise Invalid(f"state 应为 {'、'.join(ALARM_STATES)} 之一，收到的是“{state}”。")
    is_open = Alarm.closed_at.is_(None)
    answered = Alarm.acknowledged_at.is_not(None)
    at_work = Alarm.in_progress_at.is_not(None)
    conditions: dict[str, ColumnElement[bool]] = {
        "open": is_open,
        "closed": ~is_open,
        "unacknowledged": and_(is_open, ~answered, Alarm.cleared_at.is_(None)),
        "recovered": and_(is_open, ~answered, Alarm.cleared_at.is_not(None)),
        "acknowledged": and_(is_open, answered, ~at_work),
        "in_progress": and_(is_open, answered, at_work),
    }
    return conditions[state]


def _alarm(alarm: Alarm) -> dict[str, Any]:
    return {
        "id": alarm.id,
        "source": alarm.source_code,
        "source_type": alarm.source_type,
        "name": alarm.source_name,
        "place": alarm.place,
        "kind": alarm.kind,
        "level": alarm.level,
        "state": alarm.state,
        "value": alarm.value,
        "limit": alarm.limit,
        "unit": alarm.unit,
        "occurrences": alarm.occurrences,
        "raised_at": alarm.raised_at,
        "last_at": alarm.last_at,
        "cleared_at": alarm.cleared_at,
        "acknowledged_at": alarm.acknowledged_at,
        "closed_at": alarm.closed_at,
        "is_simulated": alarm.is_simulated,
    }


def _page(items: list[dict[str, Any]], limit: int, key: str) -> Feed:
    return Feed(items[:limit], items[limit - 1][key] if len(items) > limit else None)
