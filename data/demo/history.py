"""The hours before the first start, from the same script as the simulator's, so that curves, tracks and lists are not empty.

The script's minute 0 is the moment of filling: the simulator goes on where this ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from data import risk_colours
from data.demo.duty_room import enter_matters
from data.demo.past_alarms import past_alarms
from data.demo.past_photos import past_photos
from data.demo.past_visits import past_visits
from data.demo.scenario import silent_gateways, values
from data.demo.seed import COLOURS
from data.demo.trips import plates, truck
from data.models import Gateway, LatestPosition, LatestReading, Point, Terminal, Vehicle
from data.settings import current_settings
from data.telemetry import PositionRow, ReadingRow, day_of, ensure_partitions, store_positions, store_readings

READING_S, POSITION_S = 30, 30
GOOD = 192


def fill(session: Session, now: datetime, hours: float = 3.0) -> tuple[int, int]:
    """Store the readings and positions of the hours before ``now`` and alarms and colours of zones of the week before; (readings, positions) written.

    Works in the session's transaction, on a database that was seeded with the demo park.
    """
    end = now.timestamp()
    point_ids = dict(session.execute(select(Point.code, Point.id)).all())
    cut_off = _gateway_of_point(session)
    readings = list(reading_rows(end, hours, point_ids, cut_off))
    positions = list(position_rows(end, hours, _terminals(session)))
    cursor: Any = session.connection().connection.cursor()
    ensure_partitions(cursor, {day_of(end), day_of(end - hours * 3600), day_of(end + 86_400)})
    store_readings(cursor, readings, fresh=True)
    store_positions(cursor, positions, fresh=True)
    _enter_latest(session, now, readings, positions)
    past_alarms(session, now)
    past_visits(session, now, current_settings().time_zone)
    past_photos(session, now)
    risk_colours.replay(session, now - COLOURS, now)
    enter_matters(session)
    return len(readings), len(positions)


def reading_rows(
    end: float, hours: float, point_ids: dict[str, int], gateway_of: dict[str, str]
) -> Iterator[ReadingRow]:
    """A value every half minute of every point that could report, until just before ``end`` (seconds since 1970 UTC)."""
    for step in range(round(hours * 3600 / READING_S), 0, -1):
        t = -step * READING_S
        silent = silent_gateways(t)
        for code, value in values(t).items():
            if gateway_of.get(code) not in silent:
                yield ReadingRow(point_ids[code], end + t, value, GOOD)


def position_rows(end: float, hours: float, terminal_ids: dict[str, int]) -> Iterator[PositionRow]:
    """One position every half minute of every truck that was on line; the serial counts from 0 as a terminal's does."""
    for plate in plates():
        serial = 0
        for step in range(round(hours * 3600 / POSITION_S), 0, -1):
            state, at = truck(plate, -step * POSITION_S), end - step * POSITION_S
            if state.is_online and (state.is_moving or step % 4 == 0):
                motion = (
                    state.lon,
                    state.lat,
                    state.speed_kmh,
                    state.heading_deg,
                    state.altitude_m,
                    state.alarm_bits,
                    state.status_bits,
                )
                yield PositionRow(
                    terminal_ids[plate], at, serial & 0xFFFF, at, *motion, 0, {"mileage_km": state.mileage_km}
                )
                serial += 1


def _gateway_of_point(session: Session) -> dict[str, str]:
    statement = select(Point.code, Gateway.code).join(Gateway, Gateway.id == Point.gateway_id)
    return dict(session.execute(statement).all())


def _terminals(session: Session) -> dict[str, int]:
    """The terminal's id by the plate of its truck."""
    statement = select(Vehicle.plate, Terminal.id).join(Terminal, Terminal.vehicle_id == Vehicle.id)
    return dict(session.execute(statement).all())


def _enter_latest(session: Session, now: datetime, readings: list[ReadingRow], positions: list[PositionRow]) -> None:
    """The newest row of each point and terminal. An alarm state is found by ingest at the next value."""
    newest = {row.point_id: row for row in readings}
    rows: list[dict[str, Any]] = []
    for row in newest.values():
        at = datetime.fromtimestamp(row.ts, UTC)
        rows.append(
            {
                "point_id": row.point_id,
                "ts": at,
                "received_at": at,
                "value": row.value,
                "quality": row.quality,
                "state": "",
                "changed_at": now,
            }
        )
    session.execute(insert(LatestReading), rows)
    places: list[dict[str, Any]] = []
    for position in {row.terminal_id: row for row in positions}.values():
        at = datetime.fromtimestamp(position.ts, UTC)
        same = ("terminal_id", "lon", "lat", "speed_kmh", "heading_deg", "altitude_m", "alarm_bits", "status_bits")
        times = {"ts": at, "received_at": at + timedelta(milliseconds=120), "changed_at": now, "is_fixed": True}
        mileage = (position.items or {}).get("mileage_km")
        places.append({**{name: getattr(position, name) for name in same}, **times, "mileage_km": mileage})
    session.execute(insert(LatestPosition), places)
