"""Who was in an area: entry and exit between two fixes, silence, scope, and areas that are none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data.db import connection_raw
from data.db import session as database_session
from data.drawn import drawn_of
from data.errors import Invalid
from data.replay import Span
from data.settings import Settings
from data.telemetry import PositionRow, day_of, ensure_partitions, store_positions
from data.visits import Fix, stays, visits
from tests.park import make_park

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
METRE = 1 / 111_132  # degrees of latitude
LON, LAT = 120.43, 41.42
CIRCLE = {"kind": "circle", "center": [LON, LAT], "radius_m": 100}
AREA = drawn_of(CIRCLE).shape


def north(*steps: tuple[int, float]) -> Sequence[Fix]:
    """Fixes (second, metres north of the middle)."""
    return [Fix(NOON + timedelta(seconds=second), LON, LAT + metres * METRE, 36.0) for second, metres in steps]


def seconds(at: datetime) -> float:
    return round((at - NOON).total_seconds(), 1)


def test_entry_and_exit_lie_on_the_way_between_two_fixes() -> None:
    (stay,) = stays(north((0, -200), (20, 0), (40, 200)), AREA)
    assert (seconds(stay.entered), seconds(stay.left)) == (10, 30), "half way in, half way out"
    assert not stay.is_inside, "and it is gone"


def test_who_crossed_between_two_fixes_was_there() -> None:
    (stay,) = stays(north((0, -200), (40, 200)), AREA)
    assert (seconds(stay.entered), seconds(stay.left)) == (10, 30), "no fix inside, and yet it drove through"


def test_who_came_back_was_there_twice() -> None:
    assert len(stays(north((0, 0), (30, 300), (60, 0)), AREA)) == 2, "two stays"


def test_over_a_silence_nothing_is_guessed() -> None:
    first, second = stays(north((0, 0), (10, 10), (1000, 20)), AREA)
    assert seconds(first.left) == 10, "the stay ends with the last fix before the silence"
    assert second.is_inside, "and the one after it still lasts"


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        (None, "画出范围"),
        ({"kind": "circle", "center": [LON, LAT], "radius_m": 0}, "半径应大于 0"),
        ({"kind": "circle", "center": [LON, "x"], "radius_m": 5}, "无法理解"),
        ({"kind": "circle", "center": [LON, float("nan")], "radius_m": 5}, "无法理解"),
        ({"kind": "polygon", "corners": [[LON, LAT], [LON, LAT + 1]]}, "3 至 200 个角点"),
        ({"kind": "polygon", "corners": [[100, 30], [120, 30], [120, 40]]}, "范围太大"),
    ],
)
def test_an_area_that_is_none_is_refused_in_words(plain: Any, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        drawn_of(plain)


def test_only_the_viewers_own_vehicles_are_found_and_at_most_a_day_back(database: Settings) -> None:
    with database_session() as session:
        park = make_park(session)
    at = NOON.timestamp()
    raw = connection_raw()
    with raw, raw.cursor() as cursor:
        ensure_partitions(cursor, {day_of(at)})
        rows = [PositionRow(park.terminal.id, at + second, second, at + second, LON, LAT + metres * METRE, 30.0, 0, 0, 0, 3, 0, None) for second, metres in ((0, -200), (20, 0), (40, 200))]
        store_positions(cursor, rows, fresh=True)
    raw.close()
    hour = Span(NOON - timedelta(minutes=30), NOON + timedelta(minutes=30))
    with database_session() as session:
        (found,) = visits(session, AREA, hour, park.viewer("duty")).found
        assert (found.plate, seconds(found.stay.entered)) == ("辽N·A1234", 10), "who, and when"
        stranger = park.viewer("duty", scope="own_enterprise", enterprise_id=park.first.id)
        assert visits(session, AREA, hour, stranger).found == [], "another carrier's vehicle is not told of"
        with pytest.raises(Invalid, match="最多查 24 小时"):
            visits(session, AREA, Span(NOON - timedelta(hours=25), NOON), park.viewer("duty"))
