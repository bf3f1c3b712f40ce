"""The store: writing beside a prebuilt COPY, curves and latest values beside the bare SQL."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any

from bench.stage import Stage, figure, stage
from data.telemetry import ReadingRow, curve, day_of, ensure_partitions, pack_readings, store_readings

ROWS, BATCH = 100_000, 10_000
POINTS = 350


def copy() -> dict[str, Any]:
    """Rows a second into the keyed, partitioned table, packing included, beside a COPY of the same bytes made before."""
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


def curve_24h() -> dict[str, Any]:
    """500 buckets of one point over a day at one value in 10 s."""
    return _curve("store.curve_24h", 1)


def curve_30d() -> dict[str, Any]:
    """500 buckets of one point over 30 days at one value in 10 s."""
    return _curve("store.curve_30d", 30)


def _curve(name: str, days: int) -> dict[str, Any]:
    from data.db import read_session

    with stage() as place:
        now = datetime.now(UTC)
        start = now - timedelta(days=days)
        _fill_days(place, start, days)
        with read_session() as session:
            mine = _median(lambda: curve(session, 1, start, now))
        cursor = place.connection().cursor()
        bare_sql = "SELECT ts, value FROM reading WHERE point_id = 1 AND ts >= %s AND ts < %s"
        bare = _median(lambda: (cursor.execute(bare_sql, (start, now)), cursor.fetchall()))
    return figure(name, mine * 1000, "ms", "ms, reading the raw rows", bare * 1000)


def latest() -> dict[str, Any]:
    """The newest value of every point, as the push role reads it, beside the same by LATERAL over the history."""
    from data.db import read_session
    from data.live import point_states

    with stage() as place:
        now = datetime.now(UTC)
        _fill_days(place, now - timedelta(days=1), 1)
        cursor = place.connection().cursor()
        cursor.execute("""INSERT INTO latest_reading SELECT id, now(), now(), 1.0, 192, '', now() FROM point""")
        with read_session() as session:
            mine = _median(lambda: point_states(session))
        lateral = """SELECT p.id, r.* FROM point p CROSS JOIN LATERAL
            (SELECT ts, value FROM reading WHERE point_id = p.id ORDER BY ts DESC LIMIT 1) r"""
        bare = _median(lambda: (cursor.execute(lateral), cursor.fetchall()))
    return figure("store.latest", mine * 1000, "ms", "ms, LATERAL over the history", bare * 1000)


_A_DAY = """
    INSERT INTO reading SELECT p, %s::timestamptz + t * interval '10 s', 5 + sin(t / 500.0), 192
    FROM generate_series(1, %s) p, generate_series(0, 8639) t ORDER BY 2
"""


def _fill_days(place: Stage, start: datetime, days: int) -> None:
    points = POINTS if days == 1 else 50
    connection = place.connection()
    cursor = connection.cursor()
    ensure_partitions(cursor, {(start + timedelta(days=day)).date() for day in range(days + 2)})
    for day in range(days):
        cursor.execute(_A_DAY, (start + timedelta(days=day), points))
    cursor.execute("ANALYZE reading")
    connection.close()


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
