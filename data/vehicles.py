"""Hazmat vehicles as the room sees them: who drives what, where it has been, where it stood still."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from data.choices import word
from data.choices.vehicles import TERMINAL_STATES
from data.errors import Invalid, NotFound
from data.models import Enterprise, LatestPosition, Terminal, Vehicle
from data.query import get, visible
from data.settings import current_settings
from data.telemetry import TrackPoint, track
from data.viewer import Viewer

TRACK_HOURS = (1, 2, 6, 24)
MOST_POINTS = 4_000  # a browser draws this many without a pause
STANDS_KMH = 3.0
STOP_SECONDS = 120.0
SAME_PLACE_M = 60.0
GAP_SECONDS = 180.0  # without a fix for this long the line is not drawn through
NOT_FIXED, LATE, DRIFT = 1, 2, 8


def vehicle_cards(session: Session, viewer: Viewer) -> list[dict[str, Any]]:
    """One line for each vehicle of the viewer's scope, for lists and the map. Telephone numbers are masked."""
    viewer.require("vehicle.view")
    carriers = dict(session.execute(select(Enterprise.id, Enterprise.short_name)).all())
    default = current_settings().overspeed_kmh
    rows = session.scalars(visible(Vehicle, viewer).options(lazyload("*")).order_by(Vehicle.plate))
    return [
        {
            "id": row.id,
            "plate": row.plate,
            "carrier": carriers.get(row.carrier_id, ""),
            "medium": row.medium,
            "un": row.un_number,
            "load_t": row.load_t,
            "limit": row.speed_limit_kmh or default,
            "driver": row.driver,
            "phone": masked(row.driver_phone),
            "simulated": row.is_simulated,
        }
        for row in rows
    ]


def masked(phone: str | None) -> str:
    """A telephone number without its middle, for screens that many people see."""
    return f"{phone[:3]}****{phone[-4:]}" if phone and len(phone) >= 9 else phone or ""


def vehicle_detail(session: Session, vehicle_id: int, viewer: Viewer) -> dict[str, Any]:
    """What the card of one vehicle shows beyond its line: whom to call, terminal, mileage."""
    viewer.require("vehicle.view")
    vehicle = get(session, Vehicle, vehicle_id, viewer)
    terminal = _terminal(session, vehicle.id)
    latest = session.get(LatestPosition, terminal.id) if terminal else None
    return {
        "id": vehicle.id,
        "tel": vehicle.driver_phone,
        "escort": vehicle.escort,
        "carrier": vehicle.carrier.name,
        "carrier_tel": vehicle.carrier.duty_phone or vehicle.carrier.phone,
        "tank_volume_m3": vehicle.tank_volume_m3,
        "plate_color": vehicle.plate_color,
        "mileage_km": latest.mileage_km if latest else None,
        "terminal": _terminal_card(terminal) if terminal else None,
    }


def _terminal(session: Session, vehicle_id: int) -> Terminal | None:
    statement = (
        select(Terminal).options(lazyload("*")).where(Terminal.vehicle_id == vehicle_id, Terminal.deleted_at.is_(None))
    )
    return session.scalars(statement).first()


def _terminal_card(terminal: Terminal) -> dict[str, Any]:
    return {
        "phone": terminal.phone,
        "protocol": terminal.protocol,
        "model": terminal.model,
        "state_word": word(TERMINAL_STATES, terminal.state),
    }


class Stop(NamedTuple):
    """A vehicle stood at one place from ``start`` to ``end``."""

    start: datetime
    end: datetime
    lon: float
    lat: float

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


class Track(NamedTuple):
    points: Sequence[TrackPoint]
    stops: Sequence[Stop]
    length_km: float
    moving_s: float
    top_kmh: float
    late_count: int
    dropped_count: int
    limit_kmh: float


def vehicle_track(session: Session, vehicle_id: int, hours: int, viewer: Viewer, now: datetime | None = None) -> Track:
    """The positions of the vehicle's last ``hours`` (1, 2, 6 or 24) in order of device time, with stops and sums.

    Points without a fix, and jumps that nobody believes, are left out and counted. The sums are over all points; those given back are thinned to MOST_POINTS.
    """
    viewer.require("vehicle.view")
    if hours not in TRACK_HOURS:
        raise Invalid("只能查看最近 1、2、6 或 24 小时的轨迹。")
    vehicle = get(session, Vehicle, vehicle_id, viewer)
    end = now or datetime.now(UTC)
    found = positions(session, vehicle, end - timedelta(hours=hours), end + timedelta(minutes=5))
    return summed(found, limit_kmh=limit_of(vehicle))


def limit_of(vehicle: Vehicle) -> float:
    """The vehicle's own speed limit in km/h, else that of the park."""
    return vehicle.speed_limit_kmh or current_settings().overspeed_kmh


def positions(session: Session, vehicle: Vehicle, start: datetime, end: datetime, most: int = 50_000) -> list[TrackPoint]:
    """At most ``most`` positions of the vehicle from ``start`` on in order of device time; NotFound when it has no terminal."""
    terminal = _terminal(session, vehicle.id)
    if terminal is None:
        raise NotFound(f"{vehicle.plate}没有绑定车载终端，没有轨迹。")
    return track(session, terminal.id, start, end, limit=most)


def summed(found: Sequence[TrackPoint], limit_kmh: float) -> Track:
    """Stops, length and time in motion of a track; a leg over a gap counts by its straight line and is not time in motion."""
    points = [point for point in found if not point.flags & (NOT_FIXED | DRIFT)]
    length = moving = 0.0
    for here, after in pairwise(points):
        seconds = (after.ts - here.ts).total_seconds()
        step = distance_m(here.lon, here.lat, after.lon, after.lat)
        if max(here.speed_kmh, after.speed_kmh) > STANDS_KMH:
            length += step
            moving += seconds if seconds <= GAP_SECONDS else 0.0
    return Track(
        points=thinned(points, MOST_POINTS),
        stops=stops(points),
        length_km=length / 1000,
        moving_s=moving,
        top_kmh=max((point.speed_kmh for point in points), default=0.0),
        late_count=sum(1 for point in points if point.flags & LATE),
        dropped_count=len(found) - len(points),
        limit_kmh=limit_kmh,
    )


def stops(points: Sequence[TrackPoint]) -> list[Stop]:
    """Where the vehicle stood for two minutes or longer. Two stands within 60 m with less than a minute between are one."""
    stands: list[Stop] = []
    first: TrackPoint | None = None
    last: TrackPoint | None = None
    for point in points:
        if point.speed_kmh <= STANDS_KMH:
            first, last = first or point, point
            continue
        if first and last:
            stands.append(
                Stop(
                    first.ts,
                    point.ts if (point.ts - last.ts).total_seconds() <= GAP_SECONDS else last.ts,
                    first.lon,
                    first.lat,
                )
            )
        first = last = None
    if first and last:
        stands.append(Stop(first.ts, last.ts, first.lon, first.lat))
    return [stop for stop in _joined(stands) if stop.seconds >= STOP_SECONDS]


def _joined(stands: Sequence[Stop]) -> list[Stop]:
    result: list[Stop] = []
    for stand in stands:
        before = result[-1] if result else None
        near = before and distance_m(before.lon, before.lat, stand.lon, stand.lat) <= SAME_PLACE_M
        if before and near and (stand.start - before.end).total_seconds() < 60:
            result[-1] = before._replace(end=stand.end)
        else:
            result.append(stand)
    return result


def thinned(points: Sequence[TrackPoint], most: int) -> Sequence[TrackPoint]:
    """At most about ``most`` of the points: first, last, and of each span its fastest, so that no speeding gets lost."""
    if len(points) <= most:
        return points
    width = -(-len(points) // (most - 2))
    middle = points[1:-1]
    kept = [max(middle[at : at + width], key=lambda point: point.speed_kmh) for at in range(0, len(middle), width)]
    return [points[0], *kept, points[-1]]


def distance_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Great-circle distance in metres on a sphere of 6 371 008.8 m (within 0.5 % of the ellipsoid)."""
    half_lat, half_lon = radians(lat_b - lat_a) / 2, radians(lon_b - lon_a) / 2
    chord = sin(half_lat) ** 2 + cos(radians(lat_a)) * cos(radians(lat_b)) * sin(half_lon) ** 2
    return 2 * 6_371_008.8 * asin(sqrt(chord))
