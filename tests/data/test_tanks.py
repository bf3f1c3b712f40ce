"""Promises of what the tank pages ask: in whose eyes, in what order, with gaps left as gaps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from data import alarms, tanks, telemetry
from data.alarms import Edge, Source
from data.db import connection_raw, engine, session
from data.errors import Forbidden
from data.save import create
from data.telemetry import ReadingRow
from tests.park import MAKER, Park, make_park

NOW = datetime(2026, 11, 24, 3, 12, 47, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def park(fresh_database: Any) -> Park:
    with session() as current:
        return make_park(current)


@pytest.fixture
def current(park: Park) -> Iterator[Session]:
    with Session(engine(), expire_on_commit=False) as opened:
        yield opened


def store(point: int, *values: tuple[datetime, float], quality: int = 192) -> None:
    rows = [ReadingRow(point, at.timestamp(), value, quality) for at, value in values]
    connection = connection_raw()
    with connection, connection.cursor() as cursor:
        telemetry.ensure_partitions(cursor, {at.date() for at, _ in values})
        telemetry.store_readings(cursor, rows, fresh=True)
    connection.close()


def raise_alarm(park: Park, kind: str, at: datetime, value: float, limit: float) -> None:
    source = Source(
        "point", park.level.id, "V-101.LT", "V-101 甲醇储罐 液位", "甲醇罐区", park.first.id, park.tank.id, "m"
    )
    connection = connection_raw()
    with connection, connection.cursor() as cursor:
        alarms.apply_edges(
            cursor, [Edge(source, "high", kind, alarms.LEVELS[kind], True, at.timestamp(), value, limit)]
        )
    connection.close()


def test_a_tank_comes_with_its_points_named_as_one_speaks_of_them_beside_it(park: Park, current: Session) -> None:
    found = tanks.definitions(current, park.viewer("duty"))["tanks"]
    assert [tank["code"] for tank in found] == ["V-101"], "every tank once"
    assert [point["label"] for point in found[0]["points"]] == ["液位", "可燃气"], (
        "level first, without the tank's name"
    )
    assert found[0]["points"][0]["limits"] == {"ll": 1.0, "l": 2.0, "h": 11.3, "hh": 12.4}, "limits in the point's unit"


def test_tanks_stand_in_the_order_in_which_people_count(park: Park, current: Session) -> None:
    shared = {"enterprise_id": park.first.id, "installation_id": park.tank.installation_id, "lon": 120.43, "lat": 41.42}
    shared |= {
        "shape": "sphere",
        "medium": "液氨",
        "volume_m3": 1000.0,
        "height_m": 12.0,
        "diameter_m": 12.0,
        "name": "液氨球罐",
    }
    create(current, tanks.Tank, MAKER, shared | {"code": "V-1001"})
    create(current, tanks.Tank, MAKER, shared | {"code": "V-201"})
    found = tanks.definitions(current, park.viewer("duty"))["tanks"]
    assert [tank["code"] for tank in found] == ["V-101", "V-201", "V-1001"], "V-201 before V-1001"


def test_an_enterprise_sees_its_own_tanks_and_no_others(park: Park, current: Session) -> None:
    own, other = park.viewer("enterprise"), park.viewer("enterprise", enterprise_id=park.second.id)
    assert [tank["code"] for tank in tanks.definitions(current, own)["tanks"]] == ["V-101"], "its own"
    nothing = tanks.definitions(current, other)
    assert (nothing["tanks"], nothing["enterprises"]) == ([], {}), "nothing of its neighbour, not even the name"
    assert tanks.sparks(current, other, NOW).values == {}, "no curves of its neighbour"


def test_who_may_not_see_tanks_is_told_so(park: Park, current: Session) -> None:
    stranger = park.viewer("duty", permissions=frozenset({"alarm.view"}))
    with pytest.raises(Forbidden, match="没有“"):
        tanks.definitions(current, stranger)
    with pytest.raises(Forbidden):
        tanks.sparks(current, stranger, NOW)


def test_two_hours_in_small_are_means_of_minutes_and_a_gap_stays_a_gap(park: Park, current: Session) -> None:
    last = NOW.replace(second=0)
    store(park.level.id, (last, 5.0), (last + timedelta(seconds=10), 6.0), (last - 3 * MINUTE, 4.0))
    found = tanks.sparks(current, park.viewer("duty"), NOW)
    values = found.values[park.level.id]
    assert len(values) == 120, "one value a minute"
    assert values[-4:] == [4.0, None, None, 5.5], "the present minute last, missing minutes empty"
    assert found.start == last - 119 * MINUTE, "starts at its first minute"


def test_only_levels_of_good_quality_are_drawn_in_small(park: Park, current: Session) -> None:
    store(park.level.id, (NOW - MINUTE, 9.9), quality=0)
    store(park.gas.id, (NOW - MINUTE, 3.0))
    found = tanks.sparks(current, park.viewer("duty"), NOW).values
    assert list(found) == [park.level.id], "levels only"
    assert set(found[park.level.id]) == {None}, "a bad value is no value"


def test_the_story_of_a_tank_tells_its_alarms_the_newest_first(park: Park, current: Session) -> None:
    raise_alarm(park, "high", NOW - 5 * MINUTE, 11.5, 11.3)
    raise_alarm(park, "high_high", NOW - 4 * MINUTE, 12.5, 12.4)
    told = tanks.events(current, park.tank, park.viewer("duty"), NOW)
    steps = [(event.title, event.level, event.step.what) for event in told]
    assert steps == [("液位 高高报", 1, "worse"), ("液位 高报", 2, "raised")], "as it was then"
    assert [alarm.kind for alarm in tanks.alarms_since(current, park.tank, park.viewer("duty"), NOW - 10 * MINUTE)] == [
        "high_high"
    ]


def test_the_story_of_a_tank_is_kept_from_who_may_not_see_alarms(park: Park, current: Session) -> None:
    raise_alarm(park, "high", NOW - MINUTE, 11.5, 11.3)
    viewer = park.viewer("duty", permissions=frozenset({"tank.view"}))
    assert tanks.events(current, park.tank, viewer, NOW) == [], "no story"
    assert tanks.alarms_since(current, park.tank, viewer, NOW - 10 * MINUTE) == [], "no marks on the curve"
