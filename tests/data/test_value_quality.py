"""Promises of the word at a value: silent, flat, jumping, taken by a wrong clock; and none at one that may be believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from data import rollups, telemetry
from data.db import connection_raw
from data.db import session as database_session
from data.rules.value_quality import Instrument, Seen, faults, flat_after
from data.settings import Settings
from data.telemetry import ReadingRow
from data.value_quality import qualities
from tests.park import make_park

NOW = 1_000_000.0
LEVEL = Instrument("level", 10, 0.0, 15.0)
GAS = Instrument("combustible", 10, 0.0, 100.0)
MOVES = Seen(NOW - 5, NOW - 5, 192, 8.0, 8.3, 360, 3590)


@pytest.mark.parametrize(
    ("of", "seen", "expected"),
    [
        (LEVEL, MOVES, []),
        (LEVEL, Seen(None, None, 0, None, None, 0, 0), ["silent"]),
        (LEVEL, MOVES._replace(ts=NOW - 31), ["silent"]),
        (LEVEL, MOVES._replace(ts=NOW - 31, low=8.3, spreads=(5.0,) * 9), ["silent"]),
        (LEVEL, MOVES._replace(quality=64), ["clock"]),
        (LEVEL, MOVES._replace(received=NOW - 126), ["clock"]),
        (LEVEL, MOVES._replace(ts=NOW - 400), ["clock"]),
        (LEVEL, MOVES._replace(ts=NOW - 400, received=NOW - 350), ["silent"]),
        (LEVEL, MOVES._replace(received=NOW - 5 - 60), []),
        (LEVEL._replace(period_s=300), MOVES._replace(ts=NOW - 800, received=NOW - 300), []),
        (LEVEL, MOVES._replace(spreads=(2.0, 2.0, 0.1)), []),
        (LEVEL, MOVES._replace(spreads=(2.0, 2.0, 1.6)), ["jumping"]),
        (LEVEL, MOVES._replace(low=8.3), ["flat"]),
        (LEVEL, MOVES._replace(low=8.3, covers_s=1800), []),
        (LEVEL, MOVES._replace(low=8.3, samples=4), []),
        (GAS, MOVES._replace(low=0.0, high=0.0), []),
        (GAS._replace(flat_minutes=60), MOVES._replace(low=0.0, high=0.0), ["flat"]),
        (LEVEL, MOVES._replace(quality=64, low=8.3, spreads=(2.0, 2.0, 2.0)), ["clock", "jumping", "flat"]),
    ],
)
def test_the_words_of_a_value(of: Instrument, seen: Seen, expected: list[str]) -> None:
    assert faults(of, seen, NOW) == expected


def test_a_point_is_flat_after_its_own_time_but_nobody_looks_further_back_than_a_day() -> None:
    assert [flat_after(LEVEL._replace(flat_minutes=minutes)) for minutes in (None, 30, 10_000)] == [60, 30, 1440]


def test_the_quality_of_stored_values_is_judged_within_the_scope_of_who_asks(database: Settings) -> None:
    with database_session() as current:
        park = make_park(current)
    now = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    rows = [ReadingRow(park.level.id, (now - timedelta(seconds=second)).timestamp(), 8.0, 192) for second in range(3600, 0, -20)]
    raw = connection_raw()
    with raw, raw.cursor() as cursor:
        telemetry.ensure_partitions(cursor, {now.date(), (now - timedelta(hours=5)).date()})
        telemetry.store_readings(cursor, rows, fresh=True)
        latest = "INSERT INTO latest_reading (point_id, ts, received_at, value, quality, state, changed_at) VALUES (%s, %s, %s, 8.0, 192, '', %s)"
        at = now - timedelta(seconds=20)
        cursor.execute(latest, (park.level.id, at, at, at))
    rollups.refresh(raw, now)
    raw.close()
    with database_session() as current:
        found = qualities(current, park.viewer("duty"), now)
        assert found == {park.level.id: ["flat"], park.gas.id: ["silent"]}, "an hour without any change; a detector that never spoke"
        assert qualities(current, park.viewer("enterprise", enterprise_id=park.second.id), now) == {}
