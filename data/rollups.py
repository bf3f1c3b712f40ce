"""Readings in small: kept as data arrive, corrected by what comes late, and read by curves instead of the values themselves.

Whoever stores readings leaves marks of the minutes they belong to, in the same transaction. ``refresh`` (the jobs role) takes the
marks and sums those minutes and hours anew from what is stored: a sum is never added to, so nothing can count twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from psycopg2.extras import execute_values
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.models import RollupState
from data.settings import Settings, current_settings

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LEVELS = ("reading", "reading_minute", "reading_hour")  # from fine to small
_UNITS = (timedelta(0), MINUTE, HOUR)
LOCK = 0x524F4C4C
MARKS_AT_ONCE = 5000
MANY_ROWS, MANY_MINUTES = 500, 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Mark(NamedTuple):
    """Minutes counted from 1970 UTC, ``until`` not included; without ``points`` it is all of them."""

    since: int
    until: int
    points: frozenset[int] | None


def marks_of(rows: Sequence[Any]) -> list[Mark]:
    """What the sums of these rows (``point_id``, ``ts`` in seconds) need: as few marks as tell it without asking for much more.

    A large batch of the present names no points, because nearly all report. History names its points, by the minute or,
    where it is long, by the hour.
    """
    minutes = {int(row[1]) // 60 for row in rows}
    if len(rows) >= MANY_ROWS and len(minutes) <= 2:
        return [Mark(minute, minute + 1, None) for minute in sorted(minutes)]
    unit = 1 if len(minutes) <= MANY_MINUTES else 60
    found: dict[int, tuple[set[int], set[int]]] = {}
    for row in rows:
        minute = int(row[1]) // 60
        inside, points = found.setdefault(minute // unit, (set(), set()))
        inside.add(minute)
        points.add(row[0])
    return [Mark(min(inside), max(inside) + 1, frozenset(points)) for _, (inside, points) in sorted(found.items())]


def mark(cursor: Any, rows: Sequence[Any]) -> None:
    """Leave the marks of ``rows`` in the cursor's transaction, which is the one that stores them."""
    told = [(_instant(one.since), _instant(one.until), sorted(one.points) if one.points is not None else None) for one in marks_of(rows)]
    if told:
        execute_values(cursor, "INSERT INTO rollup_mark (since, until, point_ids) VALUES %s", told, "(%s, %s, %s::bigint[])")


def _instant(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


# Summing up

_MINUTES = """
    INSERT INTO reading_minute AS old (point_id, ts, low, high, total, samples, first_value, last_value, last_at)
    SELECT p.id, s.* FROM {points} CROSS JOIN LATERAL (
        SELECT date_trunc('minute', ts), min(value), max(value), sum(value), count(*),
            (array_agg(value ORDER BY ts))[1], (array_agg(value ORDER BY ts))[count(*)::int], max(ts)
        FROM reading WHERE point_id = p.id AND ts >= %(since)s AND ts < %(until)s AND quality >= 64 GROUP BY 1) s
"""
_HOURS = """
    INSERT INTO reading_hour AS old (point_id, ts, low, high, total, samples, first_value, last_value, last_at)
    SELECT p.id, s.* FROM {points} CROSS JOIN LATERAL (
        SELECT date_trunc('hour', ts), min(low), max(high), sum(total), sum(samples),
            (array_agg(first_value ORDER BY ts))[1], (array_agg(last_value ORDER BY ts))[count(*)::int], max(last_at)
        FROM reading_minute WHERE point_id = p.id AND ts >= %(since)s AND ts < %(until)s GROUP BY 1) s
"""
# A whole day of everything: one pass over the partition instead of a search for each point.
_DAY = """
    INSERT INTO reading_minute AS old (point_id, ts, low, high, total, samples, first_value, last_value, last_at)
    SELECT point_id, date_trunc('minute', ts), min(value), max(value), sum(value), count(*),
        (array_agg(value ORDER BY ts))[1], (array_agg(value ORDER BY ts))[count(*)::int], max(ts)
    FROM reading WHERE ts >= %(since)s AND ts < %(until)s AND quality >= 64 GROUP BY 1, 2
"""
_DAY_HOURS = """
    INSERT INTO reading_hour AS old (point_id, ts, low, high, total, samples, first_value, last_value, last_at)
    SELECT point_id, date_trunc('hour', ts), min(low), max(high), sum(total), sum(samples),
        (array_agg(first_value ORDER BY ts))[1], (array_agg(last_value ORDER BY ts))[count(*)::int], max(last_at)
    FROM reading_minute WHERE ts >= %(since)s AND ts < %(until)s GROUP BY 1, 2
"""
_ANEW = """
    ON CONFLICT (point_id, ts) DO UPDATE SET low = EXCLUDED.low, high = EXCLUDED.high, total = EXCLUDED.total,
        samples = EXCLUDED.samples, first_value = EXCLUDED.first_value, last_value = EXCLUDED.last_value, last_at = EXCLUDED.last_at
    WHERE (old.samples, old.low, old.high, old.total, old.first_value, old.last_value, old.last_at) IS DISTINCT FROM
        (EXCLUDED.samples, EXCLUDED.low, EXCLUDED.high, EXCLUDED.total, EXCLUDED.first_value, EXCLUDED.last_value, EXCLUDED.last_at)
"""
_ALL, _SOME = "(SELECT id FROM point) p", "unnest(%(points)s) p (id)"
_TAKE = """
    DELETE FROM rollup_mark WHERE id IN (SELECT id FROM rollup_mark WHERE since < %s ORDER BY id LIMIT %s)
    RETURNING since, until, point_ids
"""
_KEEP = """
    INSERT INTO rollup_state (id, minute_until, hour_until) VALUES (1, %s, %s)
    ON CONFLICT (id) DO UPDATE SET minute_until = EXCLUDED.minute_until, hour_until = EXCLUDED.hour_until
"""


def refresh(connection: Any, now: datetime, at_once: int = MARKS_AT_ONCE) -> int:
    """Sum up what was stored since the last time, whole minutes and hours before ``now``; the number of marks done.

    ``connection`` is psycopg2's, outside a transaction; ``at_once`` marks are done in one. May be broken off anywhere.
    """
    minute_until, hour_until = floor(now, MINUTE), floor(now, HOUR)
    known = _known_until(connection)
    if known is None:
        known = _begin(connection, minute_until, hour_until)
    done = 0
    while True:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            cursor.execute(_TAKE, (minute_until, at_once))
            taken = cursor.fetchall()
            _sum(cursor, taken, known)
            done += len(taken)
            if len(taken) < at_once:
                if known < hour_until:
                    _sum_hours(cursor, known, hour_until, None)
                cursor.execute(_KEEP, (minute_until, hour_until))
                return done


def _known_until(connection: Any) -> datetime | None:
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT hour_until FROM rollup_state")
        row = cursor.fetchone()
    return row[0] if row else None


def _sum(cursor: Any, taken: Iterable[tuple[datetime, datetime, list[int] | None]], known: datetime) -> None:
    """Sum the marked minutes, and those of their hours that were summed before."""
    minutes: dict[tuple[datetime, datetime], set[int] | None] = {}
    hours: dict[tuple[datetime, datetime], set[int] | None] = {}
    for since, until, points in taken:
        _join(minutes, (since, until), points)
        if since < known:
            _join(hours, (floor(since, HOUR), min(ceiling(until, HOUR), known)), points)
    ensure_partitions(cursor, [since for since, _ in minutes] + [until for _, until in minutes])
    for (since, until), wanted in sorted(minutes.items()):
        _sum_points(cursor, _MINUTES, since, until, wanted)
    for (since, until), wanted in sorted(hours.items()):
        _sum_hours(cursor, since, until, wanted)


def _join(spans: dict[tuple[datetime, datetime], set[int] | None], span: tuple[datetime, datetime], points: list[int] | None) -> None:
    before = spans.get(span, set())
    spans[span] = None if points is None or before is None else before | set(points)


def _sum_points(cursor: Any, statement: str, since: datetime, until: datetime, points: set[int] | None) -> None:
    text = statement.format(points=_ALL if points is None else _SOME) + _ANEW
    cursor.execute(text, {"since": since, "until": until, "points": sorted(points or ())})


def _sum_hours(cursor: Any, since: datetime, until: datetime, points: set[int] | None) -> None:
    ensure_partitions(cursor, [since, until])
    _sum_points(cursor, _HOURS, since, until, points)


def _begin(connection: Any, minute_until: datetime, hour_until: datetime) -> datetime:
    """Sum up all days that are stored already, the first time; how far hours go then."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'reading'::regclass")
        days = sorted(name.rpartition("_")[2] for (name,) in cursor.fetchall())
    for day in days:
        since = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
        until = since + timedelta(days=1)
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            ensure_partitions(cursor, [since, until])
            cursor.execute(_DAY + _ANEW, {"since": since, "until": min(until, minute_until)})
            cursor.execute(_DAY_HOURS + _ANEW, {"since": since, "until": min(until, hour_until)})
    return hour_until


def floor(at: datetime, unit: timedelta) -> datetime:
    """The start of the whole unit (it divides a day) in which ``at`` lies."""
    return at - (at - _EPOCH) % unit if unit else at


def ceiling(at: datetime, unit: timedelta) -> datetime:
    """``at`` where a unit begins then, else the start of the next one."""
    start = floor(at, unit)
    return start if start == at else start + unit


# Partitions

def ensure_partitions(cursor: Any, instants: Iterable[datetime]) -> None:
    """Make the partitions of these instants where they are missing: a month of minutes, a year of hours."""
    months = {(at.astimezone(UTC).year, at.astimezone(UTC).month) for at in instants}
    wanted = [(f"reading_minute_{year}{month:02}", "reading_minute", _month(year, month), _month(year, month + 1)) for year, month in sorted(months)]
    wanted += [(f"reading_hour_{year}", "reading_hour", _month(year, 1), _month(year + 1, 1)) for year in sorted({year for year, _ in months})]
    for name, table, since, until in wanted:
        cursor.execute("SELECT to_regclass(%s)", (name,))
        if cursor.fetchone()[0] is None:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (name,))
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {table} FOR VALUES FROM (%s) TO (%s)", (since, until))


def _month(year: int, month: int) -> datetime:
    return datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=UTC)


def kept_since(settings: Settings, now: datetime) -> tuple[datetime, datetime, datetime]:
    """Since when each of ``LEVELS`` keeps its rows. A level never ends before a finer one, from which it may be made anew."""
    raw = floor(now, timedelta(days=1)) - timedelta(days=settings.raw_days)
    minutes = min(_month(now.year, now.month - settings.minute_months), _month(raw.year, raw.month))
    return raw, minutes, min(_month(now.year - settings.hour_years, 1), _month(minutes.year, 1))


def drop_old_partitions(cursor: Any, settings: Settings, now: datetime) -> list[str]:
    """Drop the months of minutes and the years of hours that are wholly older than the settings keep; their names."""
    _, minutes, hours = kept_since(settings, now.astimezone(UTC))
    oldest = {"reading_minute": f"reading_minute_{minutes:%Y%m}", "reading_hour": f"reading_hour_{hours:%Y}"}
    dropped = []
    for table, kept in oldest.items():
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = %s::regclass", (table,)
        )
        for (name,) in cursor.fetchall():
            if name < kept:
                cursor.execute(f'DROP TABLE "{name}"')
                dropped.append(name)
    return sorted(dropped)


# Reading

class Horizon(NamedTuple):
    """How far the sums of each of ``LEVELS`` go, and since when each level keeps its rows."""

    until: tuple[datetime, datetime, datetime]
    since: tuple[datetime, datetime, datetime]


class Piece(NamedTuple):
    """A part of a curve: the rows of ``table`` that begin in [since, until)."""

    table: str
    since: datetime
    until: datetime


def horizon(session: Session, now: datetime) -> Horizon:
    """What is summed up and what is kept at ``now``."""
    state = session.execute(select(RollupState.minute_until, RollupState.hour_until)).first()
    until = (state.minute_until, state.hour_until) if state else (_EPOCH, _EPOCH)
    return Horizon((datetime.max.replace(tzinfo=UTC), *until), kept_since(current_settings(), now.astimezone(UTC)))


def level_of(start: datetime, width_s: float, known: Horizon) -> int:
    """Index into ``LEVELS`` for a curve from ``start`` in buckets of ``width_s``: the smallest that still fills each bucket.

    Where the values themselves are not kept any more, the finest that is.
    """
    wanted = max(level for level, unit in enumerate(_UNITS) if unit.total_seconds() <= 1.2 * width_s)
    kept = next((level for level in range(len(LEVELS)) if start >= known.since[level]), len(LEVELS) - 1)
    return max(wanted, kept)


def unit_of(level: int) -> timedelta:
    """The span of one row of that level; zero for the values themselves."""
    return _UNITS[level]


def pieces(start: datetime, end: datetime, level: int, known: Horizon) -> list[Piece]:
    """The period in whole units of ``level`` as far as they are summed up, its ends from finer levels: each value once, none left out."""
    if start >= end:
        return []
    unit = _UNITS[level]
    if not level:
        return [Piece(LEVELS[0], start, end)]
    # Where the finer level keeps nothing any more, the ends are told by the whole units in which they lie.
    oldest = known.since[level - 1]
    first = floor(start, unit) if start < oldest else ceiling(start, unit)
    last = min(ceiling(end, unit) if end < oldest else floor(end, unit), known.until[level])
    if first >= last:
        return pieces(start, end, level - 1, known)
    head = pieces(start, first, level - 1, known)
    return [*head, Piece(LEVELS[level], first, last), *pieces(last, end, level - 1, known)]
