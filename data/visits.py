"""敏感区域查车: which vehicles were in an area in a span of time, found anew from their positions, with entry and exit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from math import cos, radians
from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session, lazyload

from data.errors import Invalid
from data.models import Enterprise, Terminal, Vehicle
from data.query import visible
from data.replay import Span
from data.rules.ground import M_PER_LAT, M_PER_LON, Shape
from data.vehicles import GAP_SECONDS
from data.viewer import Viewer

LONGEST = timedelta(hours=24)
MOST_POSITIONS = 300_000
AROUND_M = 1_000.0  # positions outside, by which one sees that a vehicle left


class Fix(NamedTuple):
    ts: datetime
    lon: float
    lat: float
    speed_kmh: float


class Stay(NamedTuple):
    """In the area from ``entered`` to ``left``; ``is_inside`` when the last position is still inside."""

    entered: datetime
    left: datetime
    top_kmh: float
    is_inside: bool = False


class Visit(NamedTuple):
    vehicle_id: int
    plate: str
    carrier: str
    stay: Stay


class Visits(NamedTuple):
    found: Sequence[Visit]
    is_cut: bool  # more positions than are read: the oldest are left out


_NEAR = text("""
    SELECT terminal_id, ts, lon, lat, speed_kmh FROM position
    WHERE ts >= :start AND ts < :end AND terminal_id = ANY(:terminals) AND flags & 1 = 0
      AND lon BETWEEN :west AND :east AND lat BETWEEN :south AND :north
    ORDER BY ts DESC LIMIT :most
""")


def visits(session: Session, area: Shape, span: Span, viewer: Viewer) -> Visits:
    """The stays of the viewer's vehicles in the area, the newest entry first; Invalid when the span is longer than a day."""
    viewer.require("vehicle.view")
    if span.end - span.start > LONGEST:
        raise Invalid("区域查车一次最多查 24 小时，请缩短时段。", {"end": "最多 24 小时"})
    cars = _cars(session, viewer)
    west, south, east, north = area.box
    aside, up = AROUND_M / (M_PER_LON * cos(radians(south))), AROUND_M / M_PER_LAT
    box = {"west": west - aside, "east": east + aside, "south": south - up, "north": north + up}
    rows = session.execute(_NEAR, {"start": span.start, "end": span.end, "terminals": list(cars), "most": MOST_POSITIONS, **box}).all()
    ordered = sorted(rows, key=lambda row: (row[0], row[1]))
    found = [
        Visit(*cars[terminal], stay)
        for terminal, fixes in groupby(ordered, key=lambda row: row[0])
        for stay in stays([Fix(*row[1:]) for row in fixes], area)
    ]
    return Visits(sorted(found, key=lambda one: one.stay.entered, reverse=True), len(rows) == MOST_POSITIONS)


def _cars(session: Session, viewer: Viewer) -> dict[int, tuple[int, str, str]]:
    statement = visible(Vehicle, viewer).options(lazyload("*")).join(Terminal, Terminal.vehicle_id == Vehicle.id).where(Terminal.deleted_at.is_(None))
    names = dict(session.execute(select(Enterprise.id, Enterprise.short_name)).all())
    rows = session.execute(statement.with_only_columns(Terminal.id, Vehicle.id, Vehicle.plate, Vehicle.carrier_id))
    return {terminal: (vehicle, plate, names.get(carrier, "")) for terminal, vehicle, plate, carrier in rows}


def stays(fixes: Sequence[Fix], area: Shape) -> list[Stay]:
    """The times in the area, entry and exit on the straight way between two fixes. Over a silence of three minutes nothing is guessed."""
    found: list[Stay] = []
    for enter, leave, speed in _pieces(fixes, area):
        if found and (enter - found[-1].left).total_seconds() <= 1:
            found[-1] = found[-1]._replace(left=max(leave, found[-1].left), top_kmh=max(speed, found[-1].top_kmh))
        else:
            found.append(Stay(enter, leave, speed))
    if found and fixes and area.covers(fixes[-1].lon, fixes[-1].lat):
        found[-1] = found[-1]._replace(is_inside=True)
    return found


def _pieces(fixes: Sequence[Fix], area: Shape) -> Iterator[tuple[datetime, datetime, float]]:
    """Each fix inside, and the part inside of each way between two fixes."""
    for here, after in pairwise(fixes):
        if area.covers(here.lon, here.lat):
            yield here.ts, here.ts, here.speed_kmh
        length = after.ts - here.ts
        part = area.crossed((here.lon, here.lat), (after.lon, after.lat)) if length.total_seconds() <= GAP_SECONDS else None
        if part:
            yield here.ts + length * part[0], here.ts + length * part[1], max(here.speed_kmh, after.speed_kmh)
    if fixes and area.covers(fixes[-1].lon, fixes[-1].lat):
        yield fixes[-1].ts, fixes[-1].ts, fixes[-1].speed_kmh

