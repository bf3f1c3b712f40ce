"""Promises of the sums of readings: a curve from them is the curve of the values, whatever comes late, twice or in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from data import jobs, rollups, telemetry
from data.db import connection_raw, read_session, session
from data.rollups import Horizon, Mark, Piece, marks_of, pieces
from data.settings import Settings
from data.telemetry import Bucket, ReadingRow
from tests.park import Park, make_park

NOW = datetime(2026, 11, 24, 10, 20, 30, tzinfo=UTC)
START = NOW - timedelta(days=3, minutes=7, seconds=11)
HOUR = timedelta(hours=1)


@pytest.fixture
def park(fresh_database: Settings) -> Park:
    with session() as current:
        return make_park(current)


@pytest.fixture
def connection(park: Park) -> Iterator[Any]:
    opened = connection_raw()
    yield opened
    opened.close()


def value(step: int) -> float:
    return (step * 7919) % 1000 / 10


def store(connection: Any, rows: list[ReadingRow], *, fresh: bool = True) -> None:
    with connection, connection.cursor() as cursor:
        telemetry.ensure_partitions(cursor, {telemetry.day_of(row.ts) for row in rows})
        telemetry.store_readings(cursor, rows, fresh=fresh)


def rows_of(park: Park, start: datetime, end: datetime, every_s: int = 37) -> list[ReadingRow]:
    seconds = range(0, int((end - start).total_seconds()), every_s)
    return [ReadingRow(park.level.id, start.timestamp() + second, value(second), 192) for second in seconds]


def from_values(park: Park, start: datetime, end: datetime) -> tuple[int, float, float, float]:
    """Count, least, most and sum of the values themselves."""
    statement = text("SELECT count(*), min(value), max(value), sum(value) FROM reading WHERE point_id = :point AND ts >= :start AND ts < :end AND quality >= 64")
    with read_session() as current:
        return tuple(current.execute(statement, {"point": park.level.id, "start": start, "end": end}).one())  # type: ignore[return-value]


def told(curve: list[Bucket]) -> tuple[int, float, float, Any]:
    total = sum(bucket.mean * bucket.samples for bucket in curve)
    return sum(bucket.samples for bucket in curve), min(bucket.low for bucket in curve), max(bucket.high for bucket in curve), pytest.approx(total)


def curve(park: Park, start: datetime, end: datetime, buckets: int = 24) -> list[Bucket]:
    with read_session() as current:
        return telemetry.curve(current, park.level.id, start, end, buckets, now=NOW)


def table(name: str) -> list[tuple[Any, ...]]:
    with read_session() as current:
        return [tuple(row) for row in current.execute(text(f"SELECT * FROM {name} ORDER BY 1, 2"))]


def test_a_curve_from_sums_has_every_value_once_and_its_extremes(park: Park, connection: Any) -> None:
    store(connection, rows_of(park, START, NOW))
    jobs.roll_up(NOW)
    # More came since, and the newest minute is not over: both are read as they are.
    store(connection, rows_of(park, NOW, NOW + timedelta(minutes=3)))
    for since, until in ((START, NOW + timedelta(minutes=3)), (START + 5 * HOUR, NOW - HOUR), (NOW - 26 * HOUR, NOW)):
        for buckets in (10, 60, 2000):
            found = curve(park, since, until, buckets)
            assert told(found) == from_values(park, since, until)
            assert len(found) <= buckets
    assert curve(park, START, NOW, 24)[-1].ts == datetime.fromtimestamp(rows_of(park, START, NOW)[-1].ts, UTC)
    # That the sums were asked, and not the values, shows without the values.
    with connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE reading")
    assert sum(bucket.samples for bucket in curve(park, START, NOW)) > 6900


def test_what_comes_late_corrects_its_minute_and_its_hour(park: Park, connection: Any) -> None:
    store(connection, rows_of(park, START, NOW))
    jobs.roll_up(NOW)
    late = START + 20 * HOUR
    store(connection, [ReadingRow(park.level.id, late.timestamp() + 0.5, 999.0, 192), ReadingRow(park.level.id, late.timestamp() + 0.7, -999.0, 0)], fresh=False)
    assert max(bucket.high for bucket in curve(park, START, NOW)) < 999.0
    assert jobs.roll_up(NOW + timedelta(seconds=20)) == 1
    assert told(curve(park, START, NOW)) == from_values(park, START, NOW)
    assert max(bucket.high for bucket in curve(park, START, NOW)) == 999.0


def test_what_comes_twice_or_is_summed_twice_counts_once(park: Park, connection: Any) -> None:
    rows = rows_of(park, NOW - 3 * HOUR, NOW)
    store(connection, rows)
    jobs.roll_up(NOW)
    before = table("reading_minute"), table("reading_hour")
    store(connection, rows, fresh=True)
    assert jobs.roll_up(NOW) > 0
    # A process that died before it could keep how far it was begins anew.
    with connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM rollup_state")
    jobs.roll_up(NOW)
    assert (table("reading_minute"), table("reading_hour")) == before


def test_sums_made_minute_by_minute_are_those_made_at_once(park: Park, connection: Any) -> None:
    rows = rows_of(park, NOW - 2 * HOUR, NOW, every_s=13)
    for place in range(0, len(rows), 40):
        store(connection, rows[place : place + 40])
        rollups.refresh(connection, datetime.fromtimestamp(rows[place].ts, UTC), at_once=2)
    jobs.roll_up(NOW)
    step_by_step = table("reading_minute"), table("reading_hour")
    with connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE reading_minute, reading_hour, rollup_state")
    jobs.roll_up(NOW)
    assert (table("reading_minute"), table("reading_hour")) == step_by_step
    assert sum(row[5] for row in step_by_step[1]) == len([row for row in rows if row.ts < rollups.floor(NOW, HOUR).timestamp()])


def test_minutes_and_hours_outlive_the_values(park: Park, connection: Any, fresh_database: Settings) -> None:
    old = NOW - timedelta(days=100)
    store(connection, rows_of(park, old, old + 5 * HOUR))
    jobs.roll_up(NOW)
    assert jobs.retention(fresh_database, NOW) == [f"position_{old:%Y%m%d}", f"reading_{old:%Y%m%d}"]
    found = curve(park, old, old + 5 * HOUR, 500)
    assert (len(found), sum(bucket.samples for bucket in found)) == (300, 487)
    dropped = jobs.retention(fresh_database.model_copy(update={"minute_months": 1, "raw_days": 2}), NOW)
    assert dropped == [f"reading_minute_{old:%Y%m}"]
    assert sum(row[5] for row in table("reading_hour")) == 487


def test_a_live_batch_leaves_one_mark_and_history_names_its_points() -> None:
    minute = 60 * 29_000_000
    live = [ReadingRow(point, minute + 30.0, 1.0, 192) for point in range(600)]
    assert marks_of(live) == [Mark(29_000_000, 29_000_001, None)]
    history = [ReadingRow(7, minute + step * 60.0, 1.0, 192) for step in range(3)]
    assert marks_of(history) == [Mark(29_000_000 + step, 29_000_001 + step, frozenset({7})) for step in range(3)]
    long = [ReadingRow(7, minute - minute % 3600 + step * 60.0, 1.0, 192) for step in range(120)]
    assert [mark.until - mark.since for mark in marks_of(long)] == [60, 60]


def test_a_period_is_cut_at_whole_units_and_at_what_is_summed() -> None:
    def at(clock: str) -> datetime:
        return datetime.fromisoformat(f"2026-11-24T{clock}+00:00")

    known = Horizon((at("23:00:00"), at("12:34:00"), at("12:00:00")), (at("00:00:00") - timedelta(days=90),) * 3)
    assert pieces(at("08:20:30"), at("13:00:00"), 2, known) == [
        Piece("reading", at("08:20:30"), at("08:21:00")),
        Piece("reading_minute", at("08:21:00"), at("09:00:00")),
        Piece("reading_hour", at("09:00:00"), at("12:00:00")),
        Piece("reading_minute", at("12:00:00"), at("12:34:00")),
        Piece("reading", at("12:34:00"), at("13:00:00")),
    ]
    assert pieces(at("13:00:00"), at("14:00:00"), 2, known) == [Piece("reading", at("13:00:00"), at("14:00:00"))]
