"""Values of points and places of vehicles at a past instant, and at the instants of a span that is played.

Each look-up is a descent of one index a point or vehicle, over as many partitions as the span looked back on has days, months or years.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from data import rollups
from data.models import RollupMark
from data.past.kept import UNITS
from data.rollups import LEVELS, Horizon
from data.vehicles import DRIFT, LATE, NOT_FIXED

# How far back a value is looked for in each table; what spoke last before that is looked for in the next.
BACK = {"reading": timedelta(hours=2), "reading_minute": timedelta(days=2), "reading_hour": timedelta(days=400)}
POSITION_BACK = timedelta(days=1)  # a vehicle that was silent for longer stands nowhere


class Value(NamedTuple):
    point_id: int
    value: float
    ts: datetime
    quality: int


class Fix(NamedTuple):
    vehicle_id: int
    lon: float
    lat: float
    speed_kmh: float
    heading_deg: int
    ts: datetime
    received: datetime
    is_fixed: bool


_LAST = {
    "reading": "SELECT value, ts, quality FROM {} WHERE point_id = p.id AND quality >= 64 AND ts > :since AND ts <= :at ORDER BY ts DESC LIMIT 1",
    "reading_minute": "SELECT last_value, last_at, 192 FROM {} WHERE point_id = p.id AND last_at <= :at AND ts > :since AND ts <= :at ORDER BY ts DESC LIMIT 1",
    "reading_hour": "SELECT last_value, last_at, 192 FROM {} WHERE point_id = p.id AND last_at <= :at AND ts > :since AND ts <= :at ORDER BY ts DESC LIMIT 1",
}


def values_at(session: Session, points: Iterable[int], at: datetime, level: str) -> list[Value]:
    """The last value of each point at or before ``at`` that ``level`` or a smaller table keeps; points that had none are left out."""
    missing = list(points)
    found: list[Value] = []
    for table in LEVELS[LEVELS.index(level) :]:
        if not missing:
            break
        statement = f"SELECT p.id, r.* FROM unnest(CAST(:points AS bigint[])) AS p(id) CROSS JOIN LATERAL ({_LAST[table].format(table)}) AS r"
        given = {"points": missing, "since": at - BACK[table], "at": at}
        rows = [Value(*row) for row in session.execute(text(statement), given)]
        found += rows
        missing = list(set(missing) - {row.point_id for row in rows})
    return found


_ROWS = {
    "reading": "SELECT point_id, ts, ts AS at, value, quality::int FROM reading WHERE quality >= 64 AND",
    "reading_minute": "SELECT point_id, ts, last_at AS at, last_value, 192 FROM reading_minute WHERE",
    "reading_hour": "SELECT point_id, ts, last_at AS at, last_value, 192 FROM reading_hour WHERE",
}


def values_between(session: Session, points: Sequence[int], start: datetime, step: timedelta, count: int, level: str, known: Horizon) -> dict[int, list[Value]]:
    """By the number of the step (1 … ``count``), the last value of each point that spoke in it: after ``start + (n - 1) steps``, at
    ``start + n steps`` at the latest. Long steps are read from sums where those are made."""
    wanted = max(number for number, table in enumerate(LEVELS) if UNITS[table] <= step)
    end = start + count * step
    parts: list[str] = []
    given: dict[str, Any] = {"points": list(points), "start": start, "step": step.total_seconds()}
    for number, piece in enumerate(rollups.pieces(start, end, max(wanted, LEVELS.index(level)), _summed(session, start, end, known))):
        # What stands at the seam of two pieces may be read twice: the newest of a step is taken once.
        until = "<=" if piece.table == "reading" else "<"
        parts.append(f"({_ROWS[piece.table]} point_id = ANY(:points) AND ts >= :since_{number} AND ts {until} :until_{number})")
        given |= {f"since_{number}": piece.since, f"until_{number}": piece.until}
    if not parts or not points:
        return {}
    statement = f"""
        SELECT DISTINCT ON (point_id, slot) slot, point_id, value, at, quality
        FROM (SELECT greatest(ceil(extract(epoch FROM at - :start) / :step), 1)::int AS slot, point_id, value, at, quality
              FROM ({" UNION ALL ".join(parts)}) AS part (point_id, ts, at, value, quality)) AS told
        ORDER BY point_id, slot, at DESC
    """
    slots: dict[int, list[Value]] = {}
    for slot, *row in session.execute(text(statement), given):
        slots.setdefault(min(slot, count), []).append(Value(*row))
    return slots


def _summed(session: Session, start: datetime, end: datetime, known: Horizon) -> Horizon:
    """How far sums go from ``start`` on: until the first minute of the span whose values came late and are not in its sum yet."""
    late = session.scalar(select(func.min(RollupMark.since)).where(RollupMark.until > start, RollupMark.since < end))
    if late is None:
        return known
    raw, minutes, hours = known.until
    return known._replace(until=(raw, min(minutes, late), min(hours, late)))


# A place that nobody believes, or none at all, is the last one before it that somebody does.
_FIXES = text(f"""
    SELECT t.terminal, coalesce(g.lon, r.lon), coalesce(g.lat, r.lat), r.speed_kmh, r.heading_deg, r.ts, r.received_at, r.flags
    FROM unnest(CAST(:terminals AS bigint[])) AS t(terminal)
    CROSS JOIN LATERAL (
        SELECT * FROM position WHERE terminal_id = t.terminal AND ts > :since AND ts <= :at ORDER BY ts DESC, serial DESC LIMIT 1
    ) AS r
    LEFT JOIN LATERAL (
        SELECT lon, lat FROM position WHERE r.flags & {NOT_FIXED | DRIFT} <> 0 AND terminal_id = t.terminal AND ts > :since AND ts <= r.ts
            AND flags & {NOT_FIXED | DRIFT} = 0 ORDER BY ts DESC, serial DESC LIMIT 1
    ) AS g ON true
""")


def fixes_at(session: Session, terminals: dict[int, int], at: datetime) -> list[Fix]:
    """Where each vehicle was at ``at``, by ``terminals`` (terminal → vehicle); positions that came late stand in their place."""
    given = {"terminals": list(terminals), "since": at - POSITION_BACK, "at": at}
    return [_fix(terminals[terminal], *row) for terminal, *row in session.execute(_FIXES, given)]


def _fix(vehicle: int, lon: float, lat: float, speed: float, heading: int, ts: datetime, received: datetime, flags: int) -> Fix:
    # What came late was not heard then; it is shown as if it had been, for that is where the vehicle was.
    return Fix(vehicle, lon, lat, speed, heading, ts, ts if flags & LATE else received, not flags & NOT_FIXED)


_MOVES = text(f"""
    SELECT DISTINCT ON (terminal_id, slot) slot, terminal_id, lon, lat, speed_kmh, heading_deg, ts, received_at, flags
    FROM (SELECT *, greatest(ceil(extract(epoch FROM ts - :start) / :step), 1)::int AS slot FROM position
          WHERE terminal_id = ANY(:terminals) AND ts > :start AND ts <= :end AND flags & {NOT_FIXED | DRIFT} = 0) AS told
    ORDER BY terminal_id, slot, ts DESC, serial DESC
""")


def fixes_between(session: Session, terminals: dict[int, int], start: datetime, step: timedelta, count: int) -> dict[int, list[Fix]]:
    """As ``values_between``, for vehicles; positions without a fix, and those that nobody believes, move nothing."""
    given: dict[str, Any] = {"terminals": list(terminals), "start": start, "end": start + count * step, "step": step.total_seconds()}
    slots: dict[int, list[Fix]] = {}
    for slot, terminal, *row in session.execute(_MOVES, given):
        slots.setdefault(min(slot, count), []).append(_fix(terminals[terminal], *row))
    return slots
