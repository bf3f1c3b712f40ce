"""The store: writing beside a prebuilt COPY, curves and latest values beside the bare SQL."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any

from bench.stage import Stage, figure, stage
from data import rollups
from data.telemetry import ReadingRow, curve, day_of, ensure_partitions, pack_readings, store_readings

ROWS, BATCH = 100_000, 10_000
POINTS = 350
# Readings on the stage of the curves: 50,000,000 as the goal says; PARK_BENCH_READINGS makes a quick run.
READINGS = int(os.environ.get("PARK_BENCH_READINGS", "50000000"))
DAYS, EVERY_S, LIVE_POINTS = 30, 10, 2000


def copy() -> dict[str, Any]:
    """Rows a second into the keyed, partitioned table, packing and marks of the sums included, beside a COPY of the same bytes made before."""
    with stage() as place:
        connection = place.connection()
        connection.autocommit = False
        now = time.time()
        ensure_partitions(connection.cursor(), {day_of(now - 3600), day_of(now)})
        connection.commit()
        mine, bare = 0.0, 0.0
        for number in range(ROWS // BATCH):
            ours, body = _rows(now - 3600, number, 0), pack_readings(_rows(now - 3600, number, 1))
            mine += _timed(partial(_store, connection, ours))
            bare += _timed(partial(_copy, connection, body))
        connection.close()
    return figure("store.copy", ROWS / mine, "rows/s", "rows/s, prebuilt binary COPY", ROWS / bare)


def _store(connection: Any, rows: list[ReadingRow]) -> None:
    with connection, connection.cursor() as cursor:
        store_readings(cursor, rows, fresh=True)


def _copy(connection: Any, body: bytes) -> None:
    with connection, connection.cursor() as cursor:
        cursor.copy_expert("COPY reading FROM STDIN (FORMAT binary)", BytesIO(body))


def insert() -> dict[str, Any]:
    """Rows a second, marks of the sums included, beside SQLAlchemy core's insert of many rows."""
    with stage() as place:
        connection = place.connection()
        connection.autocommit = False
        now = time.time()
        ensure_partitions(connection.cursor(), {day_of(now - 3600), day_of(now)})
        connection.commit()
        mine, core = 0.0, 0.0
        for number in range(3):
            mine += _timed(partial(_store, connection, _rows(now - 3600, number, 0)))
            core += _timed(partial(_insert, _rows(now - 3600, number, 1)))
        connection.close()
    return figure("store.insert", 3 * BATCH / mine, "rows/s", "rows/s, SQLAlchemy core insert", 3 * BATCH / core)


def _insert(rows: list[ReadingRow]) -> None:
    from sqlalchemy import insert as core_insert

    from data.db import session
    from data.models import Reading

    values = [{"point_id": p, "ts": datetime.fromtimestamp(ts, UTC), "value": v, "quality": q} for p, ts, v, q in rows]
    with session() as current:
        current.execute(core_insert(Reading.__table__), values)


def figures(names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Curves and latest values on one stage: ``READINGS`` readings of 30 days, one in 10 s of each point."""
    from data.db import read_session
    from data.live import point_states

    with stage() as place:
        now = datetime.now(UTC)
        points = max(1, READINGS // (DAYS * 86_400 // EVERY_S))
        spent = _fill(place, now, points)
        print(f"# staged {points} points of {DAYS} days in {spent[0]:.0f} s, summed up in {spent[1]:.0f} s", file=sys.stderr)
        cursor = place.connection().cursor()
        with read_session() as session:
            for name, days in (("store.curve_24h", 1), ("store.curve_30d", 30)):
                if name in names:
                    start = now - timedelta(days=days)
                    width = days * 86_400 / 500
                    mine = _median(lambda start=start: curve(session, points // 2 + 1, start, now))
                    bare = _median(lambda start=start, width=width: (cursor.execute(_BARE, (points // 2 + 1, start, now, start, width)), cursor.fetchall()))
                    yield figure(name, mine * 1000, "ms", "ms, bare SQL over the values", bare * 1000)
            if "store.latest" in names:
                mine = _median(lambda: point_states(session))
                bare = _median(lambda: (cursor.execute(_LATEST), cursor.fetchall()))
                assert len(point_states(session)) >= LIVE_POINTS
                yield figure("store.latest", mine * 1000, "ms", f"ms, bare SQL, {LIVE_POINTS:,} points", bare * 1000)


_BARE = """
    SELECT max(ts), min(value), max(value), avg(value), count(*) FROM reading
    WHERE point_id = %s AND ts >= %s AND ts < %s AND quality >= 64 GROUP BY floor(extract(epoch FROM ts - %s) / %s) ORDER BY 1
"""
_LATEST = "SELECT point_id, value, ts, quality, state FROM latest_reading"
_A_DAY = """
    INSERT INTO reading SELECT p, %s::timestamptz + t * interval '1 s', 5 + sin(t / 5000.0 + p), 192
    FROM generate_series(0, 86399, %s) t, generate_series(1, %s) p
"""
_MORE_POINTS = """
    INSERT INTO point ({columns}) SELECT {values} FROM (SELECT * FROM point ORDER BY id LIMIT 1) p,
        generate_series(1, %s - (SELECT count(*)::int FROM point)) n
"""


def _fill(place: Stage, now: datetime, points: int) -> tuple[float, float]:
    """Seconds that the values took, and the sums."""
    connection = place.connection()
    cursor = connection.cursor()
    cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'point' AND column_name <> 'id'")
    columns = [name for (name,) in cursor.fetchall()]
    values = ["'bench-' || n" if name == "code" else f'p."{name}"' for name in columns]
    cursor.execute(_MORE_POINTS.format(columns=", ".join(f'"{name}"' for name in columns), values=", ".join(values)), (LIVE_POINTS,))
    cursor.execute("INSERT INTO latest_reading SELECT id, now(), now(), 1.0, 192, '', now() FROM point ON CONFLICT DO NOTHING")
    ensure_partitions(cursor, {(now - timedelta(days=day)).date() for day in range(-1, DAYS + 1)})
    started = time.perf_counter()
    for day in range(DAYS):
        cursor.execute(_A_DAY, (now - timedelta(days=DAYS - day), EVERY_S, points))
    stored = time.perf_counter()
    cursor.execute("DELETE FROM rollup_state")
    connection.autocommit = False
    rollups.refresh(connection, now)
    summed = time.perf_counter()
    connection.autocommit = True
    cursor.execute("VACUUM ANALYZE reading, reading_minute, reading_hour, latest_reading, point")
    connection.close()
    return stored - started, summed - stored


def _rows(start: float, number: int, side: int) -> list[ReadingRow]:
    base = start + number * BATCH / POINTS
    return [ReadingRow(1 + n % POINTS + side * 10_000, base + n // POINTS, n * 0.001, 192) for n in range(BATCH)]


def _timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _median(work: Callable[[], Any], rounds: int = 9) -> float:
    work()
    return sorted(_timed(work) for _ in range(rounds))[rounds // 2]
