"""Promises of the watch over silence: a point that stops is told, a gateway that stops is told once for all its points."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from data.alarms import Edge
from data.db import session
from data.models import Point
from data.query import get
from data.save import update
from ingest.directory import Directory
from ingest.pipeline import Reading
from ingest.watch import AlarmWatch
from tests.park import MAKER, Park, make_park

NOW = time.time()


@pytest.fixture(scope="module")
def park(database: Any) -> Park:
    with session() as current:
        return make_park(current)


@pytest.fixture
def watch(park: Park) -> AlarmWatch:
    directory = Directory()
    directory.refresh()
    return AlarmWatch(directory, NOW)


def said(edges: list[Edge]) -> list[tuple[str, str, bool]]:
    return [(edge.source.code, edge.kind, edge.is_raised) for edge in edges]


def report(watch: AlarmWatch, at: float, *points: Any) -> list[Edge]:
    return watch.readings([Reading(point.id, at, 5.0, 192) for point in points], at)


def test_a_point_alarms_only_within_its_hours(park: Park) -> None:
    def at(hour: int, day: int = 23) -> float:  # a Monday in the park
        return datetime(2026, 11, day, hour, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()

    directory = Directory()
    with session() as current:
        update(current, get(current, Point, park.level.id, MAKER), MAKER, {"alarm_days": "12345", "alarm_begins_at": "08:00", "alarm_ends_at": "18:00"})
    directory.refresh()
    watch = AlarmWatch(directory, at(0))

    def seen(ts: float, value: float) -> list[tuple[str, str, bool]]:
        return said(watch.readings([Reading(park.level.id, ts, value, 192)], ts))

    assert seen(at(7), 12.0) == [], "before they begin"
    assert seen(at(8), 12.0) == [("V-101.LT", "high", True)], "what is still too high when they begin alarms then"
    assert seen(at(18), 13.0) == [], "nothing gets worse afterwards"
    assert seen(at(19), 5.0) == [("V-101.LT", "high", False)], "but it ends"
    assert seen(at(9, day=28), 13.0) == [], "nor at the weekend"
    assert ("V-101.LT", "no_data", True) not in said(watch.tick(at(10, day=28))), "silence neither"
    with session() as current:
        update(current, get(current, Point, park.level.id, MAKER), MAKER, {"alarm_days": "1234567", "alarm_begins_at": None, "alarm_ends_at": None})


def test_a_point_that_never_reported_is_not_missed(watch: AlarmWatch) -> None:
    assert watch.tick(NOW + 10_000) == []


def test_a_point_that_stops_while_its_gateway_speaks_is_missed(watch: AlarmWatch, park: Park) -> None:
    report(watch, NOW, park.level, park.gas)
    for later in range(10, 100, 10):
        assert report(watch, NOW + later, park.level) == []
    assert said(watch.tick(NOW + 91)) == [("V-101.GT1", "no_data", True)]
    assert watch.tick(NOW + 92) == []


def test_a_missed_point_names_its_period_in_seconds_and_not_in_its_own_unit(watch: AlarmWatch, park: Park) -> None:
    report(watch, NOW, park.level, park.gas)
    report(watch, NOW + 90, park.level)
    (edge,) = watch.tick(NOW + 91)
    assert (edge.limit, edge.source.unit, edge.source.decimals) == (10.0, "s", 0)


def test_a_point_that_speaks_again_is_back(watch: AlarmWatch, park: Park) -> None:
    report(watch, NOW, park.level, park.gas)
    report(watch, NOW + 90, park.level)
    watch.tick(NOW + 91)
    assert said(report(watch, NOW + 95, park.gas)) == [("V-101.GT1", "no_data", False)]


def test_a_silent_gateway_is_one_alarm_not_one_a_point(watch: AlarmWatch, park: Park) -> None:
    report(watch, NOW, park.level, park.gas)
    assert said(watch.tick(NOW + 61)) == [("GW-01", "gateway_lost", True)]
    assert watch.tick(NOW + 1000) == []
    assert said(report(watch, NOW + 1001, park.level)) == [("GW-01", "gateway_lost", False)]


def test_a_value_out_of_range_is_no_sign_of_life(watch: AlarmWatch, park: Park) -> None:
    report(watch, NOW, park.level)
    watch.readings([Reading(park.level.id, NOW + 50, 999.0, 0)], NOW + 50)
    assert said(watch.tick(NOW + 61)) == [("GW-01", "gateway_lost", True)]


def test_after_a_restart_every_point_has_time_to_speak(watch: AlarmWatch, park: Park) -> None:
    watch.restore_point(park.level.id, NOW - 5000, "")
    assert watch.tick(NOW + 59) == []
    assert said(watch.tick(NOW + 61)) == [("GW-01", "gateway_lost", True)]


def valued(watch: AlarmWatch, at: float, point: Any, value: float) -> list[Edge]:
    """The edges of one value taken at ``at``; all arrive in the same minute."""
    return watch.readings([Reading(point.id, at, value, 192)], NOW + 60)


def test_what_comes_late_or_out_of_order_neither_raises_nor_reopens(watch: AlarmWatch, park: Park) -> None:
    assert valued(watch, NOW, park.level, 9.0) == []
    assert valued(watch, NOW - 3600, park.level, 12.6) == [], "an hour late"
    assert [edge.is_raised for edge in valued(watch, NOW + 10, park.level, 12.6)] == [True]
    assert [edge.is_raised for edge in valued(watch, NOW + 30, park.level, 9.0)] == [False]
    assert valued(watch, NOW + 20, park.level, 12.6) == [], "overtaken by the value that ended it"
    assert valued(watch, NOW + 30, park.level, 12.6) == [], "the same moment again"
    # The gas point must hold its limit for 10 s: history does not count for that either.
    assert valued(watch, NOW + 40, park.gas, 30.0) == []
    assert valued(watch, NOW + 20, park.gas, 30.0) == []
    assert valued(watch, NOW + 45, park.gas, 30.0) == [], "5 s of its own time"


def test_a_rate_and_a_flat_line_are_told_in_their_own_units_and_end(watch: AlarmWatch, park: Park) -> None:
    with session() as current:
        point = get(current, Point, park.level.id, MAKER)
        update(current, point, MAKER, {"rate_limit": 0.5, "flat_minutes": 5})
    watch._directory.refresh()
    rising = [edge for second in range(0, 130, 10) for edge in valued(watch, NOW + second, park.level, 5 + second * 0.02)]
    assert [(edge.kind, edge.is_raised, edge.source.unit, edge.limit) for edge in rising] == [("rate", True, "m/min", 0.5)]
    still = [edge for second in range(130, 600, 10) for edge in valued(watch, NOW + second, park.level, 7.4)]
    assert [(edge.kind, edge.is_raised, edge.source.unit, edge.limit) for edge in still] == [("rate", False, "m/min", 0.5), ("flat", True, "分钟", 5.0)]
    again = AlarmWatch(watch._directory, NOW + 600)
    again.restore_point(park.level.id, NOW + 600, "")
    again.restore_motion(park.level.id, "flat")
    assert [(edge.kind, edge.is_raised) for edge in valued(again, NOW + 610, park.level, 7.5)] == [("flat", False)], "also after a restart"
