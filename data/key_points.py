"""Whether vehicles passed their key points: looked up in their tracks when the daily window is over, and again while positions come late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, lazyload, selectinload

from data.alarms import Edge, apply_edges
from data.models import KeyPoint, KeyPointVisit, Terminal, Vehicle
from data.rules.ground import Circle
from data.rules.positions import GAP_S
from data.rules.schedule import Moment, minutes
from data.rules.vehicle import POSITION_KINDS
from data.settings import Settings, current_settings
from data.telemetry import TrackPoint, track
from data.vehicle_rules import audience_of, schedule_of, vehicle_source
from data.vehicles import DRIFT, NOT_FIXED

GRACE = timedelta(minutes=10)  # positions of the last minutes may still be on their way
LATE = timedelta(hours=24)  # for so long a blind area is filled in, and a vehicle that passed after all is cleared


class Window(NamedTuple):
    """The time of one day in which a key point is to be passed."""

    on: date
    begins: datetime
    ends: datetime


def windows(point: KeyPoint, now: datetime, zone: ZoneInfo) -> Iterator[Window]:
    """The windows of a key point that ended within the last day, the grace left out."""
    begins, ends = minutes(point.begins_at) or 0, minutes(point.ends_at) or 1440
    schedule, today = schedule_of(point), now.astimezone(zone).date()
    for day in (today - timedelta(days=back) for back in (2, 1, 0)):
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        window = Window(day, midnight + timedelta(minutes=begins), midnight + timedelta(minutes=ends if ends > begins else ends + 1440))
        is_over = window.ends + GRACE <= now < window.ends + GRACE + LATE
        if is_over and window.begins >= point.created_at and schedule.is_on(Moment(day.toordinal(), day.isoweekday(), begins)):
            yield window


def passed_at(points: Sequence[TrackPoint], place: Circle) -> datetime | None:
    """When a track first came within the key point, also between two positions; None when it never did."""
    last: TrackPoint | None = None
    for at in points:
        if at.flags & (NOT_FIXED | DRIFT):
            continue
        before = last if last and (at.ts - last.ts).total_seconds() <= GAP_S else at
        span = place.crossed((before.lon, before.lat), (at.lon, at.lat))
        if span:
            return before.ts + (at.ts - before.ts) * span[0]
        last = at
    return None


def run(session: Session, now: datetime | None = None, settings: Settings | None = None) -> tuple[int, int]:
    """Enter who passed and who missed in the windows that are over; (missed, passed late after all). Alarms go with it."""
    at, zone = now or datetime.now(UTC), ZoneInfo((settings or current_settings()).time_zone)
    missed = late = 0
    query = select(KeyPoint).where(KeyPoint.deleted_at.is_(None)).options(selectinload(KeyPoint.carriers), selectinload(KeyPoint.vehicles))
    edges: list[Edge] = []
    for point in session.scalars(query.order_by(KeyPoint.id)):
        for window in windows(point, at, zone):
            for edge in _checked(session, point, window):
                missed, late = missed + edge.is_raised, late + (not edge.is_raised)
                edges.append(edge)
    if edges:
        apply_edges(session.connection().connection.cursor(), edges)
    return missed, late


def _checked(session: Session, point: KeyPoint, window: Window) -> Iterator[Edge]:
    """The edges of one window: of vehicles found missing now, and of those missed before that passed after all."""
    known: dict[int, datetime | None] = dict(
        session.execute(select(KeyPointVisit.vehicle_id, KeyPointVisit.passed_at).where(KeyPointVisit.key_point_id == point.id, KeyPointVisit.on_date == window.on)).all()
    )
    place = Circle((point.lon, point.lat), float(point.radius_m))
    for vehicle, terminal in _vehicles(session, point):
        if known.get(vehicle.id) is not None:
            continue
        found = passed_at(track(session, terminal.id, window.begins, window.ends), place)
        if vehicle.id in known and found is None:
            continue
        values: dict[str, Any] = {"key_point_id": point.id, "vehicle_id": vehicle.id, "enterprise_id": vehicle.carrier_id, "on_date": window.on}
        values |= {"begins_at": window.begins, "ends_at": window.ends, "passed_at": found}
        entered = insert(KeyPointVisit).values(values)
        session.execute(entered.on_conflict_do_update(index_elements=["key_point_id", "vehicle_id", "on_date"], set_={"passed_at": found}))
        if found is None or vehicle.id in known:
            yield _edge(point, vehicle, window, found)


def _vehicles(session: Session, point: KeyPoint) -> list[tuple[Vehicle, Terminal]]:
    """The vehicles of the key point that have a terminal in service."""
    audience = audience_of(point)
    pairs = session.execute(
        select(Vehicle, Terminal).join(Terminal, Terminal.vehicle_id == Vehicle.id).options(lazyload(Terminal.vehicle))
        .where(Vehicle.deleted_at.is_(None), Terminal.deleted_at.is_(None), Terminal.state == "approved").order_by(Vehicle.id)
    )
    return [(vehicle, terminal) for vehicle, terminal in pairs if audience.has(vehicle.id, vehicle.carrier_id)]


def _edge(point: KeyPoint, vehicle: Vehicle, window: Window, found: datetime | None) -> Edge:
    kind, level = POSITION_KINDS["key_point"]
    source = vehicle_source(vehicle)._replace(lon=point.lon, lat=point.lat, unit="")
    about = f"{point.name} {window.on:%m-%d} {point.begins_at}–{point.ends_at}"
    return Edge(source, f"key_point:{point.id}", kind, level, found is None, (found or window.ends).timestamp(), about=about)
