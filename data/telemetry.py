"""Time series in PostgreSQL: daily partitions, binary COPY, curves and tracks.

A row is written once: the key (point, time) or (terminal, time, serial) drops what is delivered again. New rows go in by
COPY straight into the table; only a batch that meets a key that exists is written again through a staging table.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any, NamedTuple

import orjson
from psycopg2.errors import UniqueViolation
from sqlalchemy import text
from sqlalchemy.orm import Session

from data import rollups

PARTITIONED = ("reading", "position")
_EPOCH_2000 = 946_684_800  # PostgreSQL counts microseconds from 2000-01-01 UTC
_HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
_TAIL = struct.pack("!h", -1)
_READING = struct.Struct("!hiqiqidih")
_POSITION = struct.Struct("!hiqiqiiiqidididihihiqiqih")


class ReadingRow(NamedTuple):
    """``ts`` in seconds since 1970 UTC; ``quality`` 192 good, 64 uncertain, 0 bad."""

    point_id: int
    ts: float
    value: float
    quality: int


class PositionRow(NamedTuple):
    """WGS-84 degrees, km/h, degrees from north clockwise, metres; times in seconds since 1970 UTC."""

    terminal_id: int
    ts: float
    serial: int
    received: float
    lon: float
    lat: float
    speed_kmh: float
    heading_deg: int
    altitude_m: int
    alarm_bits: int
    status_bits: int
    flags: int
    items: dict[str, Any] | None


def _micros(ts: float) -> int:
    return round((ts - _EPOCH_2000) * 1_000_000)


def pack_readings(rows: Iterable[ReadingRow]) -> bytes:
    """The binary COPY body of ``rows``."""
    pack = _READING.pack
    return b"".join(
        [_HEAD, *[pack(4, 8, p, 8, round((t - _EPOCH_2000) * 1_000_000), 8, v, 2, q) for p, t, v, q in rows], _TAIL]
    )


def pack_positions(rows: Iterable[PositionRow]) -> bytes:
    """The binary COPY body of ``rows``."""
    parts = [_HEAD]
    for row in rows:
        head = (
            13,
            8,
            row.terminal_id,
            8,
            _micros(row.ts),
            4,
            row.serial,
            8,
            _micros(row.received),
            8,
            row.lon,
            8,
            row.lat,
        )
        rest = (
            8,
            row.speed_kmh,
            2,
            row.heading_deg,
            2,
            row.altitude_m,
            8,
            row.alarm_bits,
            8,
            row.status_bits,
            2,
            row.flags,
        )
        parts.append(_POSITION.pack(*head, *rest))
        if row.items:
            body = b"\x01" + orjson.dumps(row.items)
            parts.append(struct.pack("!i", len(body)) + body)
        else:
            parts.append(b"\xff\xff\xff\xff")
    parts.append(_TAIL)
    return b"".join(parts)


def store_readings(cursor: Any, rows: Sequence[ReadingRow], *, fresh: bool) -> int:
    """Write ``rows`` in the cursor's transaction; the number that were new.

    ``fresh`` says that the caller believes none of them exists yet; it is checked by the key all the same. The minutes that
    change are marked for ``data.rollups``.
    """
    rollups.mark(cursor, rows)
    return _store(cursor, "reading", pack_readings(rows), len(rows), fresh)


def store_positions(cursor: Any, rows: Sequence[PositionRow], *, fresh: bool) -> int:
    """As ``store_readings``, for positions."""
    return _store(cursor, "position", pack_positions(rows), len(rows), fresh)


def _store(cursor: Any, table: str, body: bytes, count: int, fresh: bool) -> int:
    if not count:
        return 0
    if fresh:
        cursor.execute("SAVEPOINT direct")
        try:
            cursor.copy_expert(f"COPY {table} FROM STDIN (FORMAT binary)", BytesIO(body))
        except UniqueViolation:
            cursor.execute("ROLLBACK TO SAVEPOINT direct")
        else:
            cursor.execute("RELEASE SAVEPOINT direct")
            return count
    cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS staged_{table} (LIKE {table}) ON COMMIT DELETE ROWS")
    cursor.copy_expert(f"COPY staged_{table} FROM STDIN (FORMAT binary)", BytesIO(body))
    cursor.execute(f"INSERT INTO {table} SELECT * FROM staged_{table} ON CONFLICT DO NOTHING")
    written = int(cursor.rowcount)
    cursor.execute(f"TRUNCATE staged_{table}")
    return written


def ensure_partitions(cursor: Any, days: Iterable[date]) -> None:
    """Make the partitions of these days (UTC) where they are missing."""
    for day in sorted(set(days)):
        for table in PARTITIONED:
            name = f"{table}_{day:%Y%m%d}"
            cursor.execute("SELECT to_regclass(%s)", (name,))
            if cursor.fetchone()[0] is None:
                # Two processes may want the same day; the second waits for the lock and then finds it made.
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (name,))
                bounds = (f"{day} 00:00+00", f"{day + timedelta(days=1)} 00:00+00")
                cursor.execute(
                    f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {table} FOR VALUES FROM (%s) TO (%s)", bounds
                )


def drop_old_partitions(cursor: Any, before: date) -> list[str]:
    """Drop the partitions of days before ``before``; their names."""
    dropped = []
    for table in PARTITIONED:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = %s::regclass",
            (table,),
        )
        for (name,) in cursor.fetchall():
            if name < f"{table}_{before:%Y%m%d}":
                cursor.execute(f'DROP TABLE "{name}"')
                dropped.append(name)
    return sorted(dropped)


def day_of(ts: float) -> date:
    """The UTC day to whose partition an instant belongs."""
    return datetime.fromtimestamp(ts, UTC).date()


class Bucket(NamedTuple):
    """``ts`` is the newest instant in the bucket, so that a curve ends where the data end."""

    ts: datetime
    low: float
    high: float
    mean: float
    samples: int


_PART = {
    "reading": "SELECT ts, ts AS at, value AS low, value AS high, value AS total, 1 AS samples FROM reading WHERE quality >= 64 AND",
    "reading_minute": "SELECT ts, last_at AS at, low, high, total, samples FROM reading_minute WHERE",
    "reading_hour": "SELECT ts, last_at AS at, low, high, total, samples FROM reading_hour WHERE",
}


def curve(
    session: Session, point_id: int, start: datetime, end: datetime, buckets: int = 500, *, now: datetime | None = None
) -> list[Bucket]:
    """The point's values in at most ``buckets`` equal spans of time; empty spans are left out, so a gap stays a gap.

    Long spans are read from the sums of minutes or hours: every value still has its part in ``low``, ``high``, ``mean`` and
    ``samples``, also one that came since they were made.
    """
    known = rollups.horizon(session, now or datetime.now(UTC))
    width = max((end - start).total_seconds() / buckets, 0.001)
    level = rollups.level_of(start, width, known)
    values: dict[str, Any] = {
        "point": point_id,
        "start": start,
        "width": max(width, rollups.unit_of(level).total_seconds()),
    }
    parts = []
    for number, piece in enumerate(rollups.pieces(start, end, level, known)):
        parts.append(f"({_PART[piece.table]} point_id = :point AND ts >= :since_{number} AND ts < :until_{number})")
        values |= {f"since_{number}": piece.since, f"until_{number}": piece.until}
    if not parts:
        return []
    statement = f"""
        SELECT max(at), min(low), max(high), sum(total) / sum(samples), sum(samples) FROM ({" UNION ALL ".join(parts)}) AS part
        GROUP BY greatest(floor(extract(epoch FROM ts - :start) / :width), 0) ORDER BY 1
    """
    return [Bucket(*row) for row in session.execute(text(statement), values)]


class Fineness(NamedTuple):
    """``level`` indexes ``rollups.LEVELS``; each bucket of the curve is ``width_s`` long."""

    level: int
    width_s: float


def fineness(session: Session, start: datetime, end: datetime, buckets: int = 500, *, now: datetime | None = None) -> Fineness:
    """From which rows ``curve`` answers the same question."""
    width = max((end - start).total_seconds() / buckets, 0.001)
    level = rollups.level_of(start, width, rollups.horizon(session, now or datetime.now(UTC)))
    return Fineness(level, max(width, rollups.unit_of(level).total_seconds()))


_READINGS = text("""
    SELECT ts, value, quality FROM reading
    WHERE point_id = :point AND ts >= :start AND ts < :end AND ts > :after
    ORDER BY ts LIMIT :limit
""")


def readings(
    session: Session,
    point_id: int,
    start: datetime,
    end: datetime,
    *,
    after: datetime | None = None,
    limit: int = 10_000,
) -> list[tuple[datetime, float, int]]:
    """Raw (time, value, quality) in order of time, after ``after`` when paging."""
    values = {
        "point": point_id,
        "start": start,
        "end": end,
        "after": after or datetime(1970, 1, 1, tzinfo=UTC),
        "limit": limit,
    }
    return [tuple(row) for row in session.execute(_READINGS, values)]


class TrackPoint(NamedTuple):
    ts: datetime
    lon: float
    lat: float
    speed_kmh: float
    heading_deg: int
    flags: int
    alarm_bits: int


_TRACK = text("""
    SELECT ts, lon, lat, speed_kmh, heading_deg, flags, alarm_bits FROM position
    WHERE terminal_id = :terminal AND ts >= :start AND ts < :end AND ts > :after
    ORDER BY ts, serial LIMIT :limit
""")


def track(
    session: Session,
    terminal_id: int,
    start: datetime,
    end: datetime,
    *,
    after: datetime | None = None,
    limit: int = 50_000,
) -> list[TrackPoint]:
    """The terminal's positions in order of device time, late ones in their place."""
    values = {
        "terminal": terminal_id,
        "start": start,
        "end": end,
        "after": after or datetime(1970, 1, 1, tzinfo=UTC),
        "limit": limit,
    }
    return [TrackPoint(*row) for row in session.execute(_TRACK, values)]
