"""The figures of the home page are counts of rows that the person may see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data.db import read_session, session
from data.models import Alarm, LatestPosition, LatestReading, LoginEvent, Tank
from data.settings import Settings
from data.standing import Share, Standing, last_sign_in, standing
from pages.home import lasting, limit_words, measured, part_of_day, value_words
from tests.park import Park, make_park

NOW = datetime(2026, 11, 23, 9, 42, tzinfo=UTC)


@pytest.fixture(scope="module")
def park(database: Settings) -> Iterator[Park]:
    with session() as current:
        made = make_park(current)
        current.add(_reading(made.level.id, seconds_ago=30))
        current.add(_reading(made.gas.id, seconds_ago=31))
        current.add(_position(made.terminal.id, seconds_ago=180))
        current.add(_alarm(1, 1, made.first.id, minutes_ago=3))
        current.add(_alarm(2, 2, made.first.id, minutes_ago=1, acknowledged_at=NOW))
        current.add(_alarm(3, 2, made.second.id, minutes_ago=2))
        current.add(_alarm(4, 1, made.first.id, minutes_ago=9, closed_at=NOW))
        current.add_all(_sign_ins(made.people["duty"].id))
        current.flush()
        current.expunge_all()
    yield made


def _reading(point: int, seconds_ago: float) -> LatestReading:
    at = NOW - timedelta(seconds=seconds_ago)
    return LatestReading(point_id=point, ts=at, received_at=at, value=1.0, quality=192, state="", changed_at=at)


def _position(terminal: int, seconds_ago: float) -> LatestPosition:
    at = NOW - timedelta(seconds=seconds_ago)
    where = {
        "lon": 120.4,
        "lat": 41.4,
        "speed_kmh": 0.0,
        "heading_deg": 0,
        "altitude_m": 0,
        "alarm_bits": 0,
        "status_bits": 0,
    }
    return LatestPosition(terminal_id=terminal, ts=at, received_at=at, changed_at=at, is_fixed=True, **where)


def _alarm(source: int, level: int, enterprise: int, minutes_ago: float, **more: Any) -> Alarm:
    at = NOW - timedelta(minutes=minutes_ago)
    what = {
        "source_type": "point",
        "source_id": source,
        "source_code": f"P{source}",
        "source_name": f"测点 {source}",
        "kind": "high",
        "condition": "high",
    }
    return Alarm(
        **what,
        place="某处",
        level=level,
        enterprise_id=enterprise,
        raised_at=at,
        last_at=at,
        unit="m",
        decimals=2,
        **more,
    )


def _sign_ins(user: int | None) -> list[LoginEvent]:
    same = {"username": "user-duty", "user_id": user, "agent": "x"}
    return [
        LoginEvent(at=NOW - timedelta(days=2), address="10.0.0.1", result="ok", **same),
        LoginEvent(at=NOW - timedelta(days=1), address="10.0.0.2", result="wrong", **same),
        LoginEvent(at=NOW, address="10.0.0.3", result="ok", **same),
    ]


def seen_by(park: Park, role: str, at: datetime = NOW) -> Standing:
    with read_session() as current:
        return standing(current, park.people[role], at)


def test_open_alarms_are_counted_by_level_and_by_state(park: Park) -> None:
    shown = seen_by(park, "duty")
    assert shown.levels == {1: 1, 2: 2}, "closed ones are out"
    assert shown.waiting == {1: 1, 2: 1}, "one was answered"
    assert shown.states == {"unacknowledged": 2, "acknowledged": 1}


def test_the_newest_alarm_stands_first(park: Park) -> None:
    assert [alarm.source_id for alarm in seen_by(park, "duty").newest] == [2, 3, 1]


def test_what_was_closed_within_a_day_follows_and_is_not_counted(park: Park) -> None:
    shown = seen_by(park, "duty")
    assert [alarm.source_id for alarm in shown.ended] == [4]
    assert seen_by(park, "duty", NOW + timedelta(hours=24)).ended == []


def test_a_silence_has_no_value_and_its_limit_is_the_reporting_period() -> None:
    silent = Alarm(kind="no_data", value=None, limit=10.0, unit="s", decimals=0)
    assert (value_words(silent), limit_words(silent)) == ("停更", "周期 10 s")
    hot = Alarm(kind="high", value=41.26, limit=40.0, unit="℃", decimals=1)
    assert (value_words(hot), limit_words(hot)) == ("41.3 ℃", "40.0 ℃")


def test_a_person_of_an_enterprise_counts_its_own_only(park: Park) -> None:
    shown = seen_by(park, "enterprise")
    assert sum(shown.levels.values()) == len(shown.newest) == 2
    assert shown.tanks == Share(1, 1)


def test_a_point_reports_while_its_value_is_younger_than_three_periods(park: Park) -> None:
    assert seen_by(park, "duty").points == Share(1, 2), "30 s is just in time at a period of 10 s, 31 s is late"


def test_a_tank_reports_while_its_level_does(park: Park) -> None:
    assert seen_by(park, "duty").tanks == Share(1, 1)
    assert seen_by(park, "duty", NOW + timedelta(seconds=1)).tanks == Share(0, 1)


def test_a_tank_out_of_service_does_not_report(park: Park) -> None:
    with session() as current:
        current.get_one(Tank, park.tank.id).state = "maintenance"
    shown = seen_by(park, "duty").tanks
    with session() as current:
        current.get_one(Tank, park.tank.id).state = "in_service"
    assert shown == Share(0, 1)


def test_a_vehicle_is_on_line_for_three_minutes_after_it_was_heard(park: Park) -> None:
    assert seen_by(park, "duty").vehicles == Share(1, 1)
    assert seen_by(park, "duty", NOW + timedelta(seconds=1)).vehicles == Share(0, 1)


def test_who_may_not_see_a_thing_gets_no_figure_of_it(park: Park) -> None:
    shown = seen_by(park, "enterprise")
    assert shown.vehicles is None, "enterprise users have no right to vehicles"


def test_the_last_sign_in_is_the_good_one_before_this(park: Park) -> None:
    with read_session() as current:
        found = last_sign_in(current, park.people["duty"])
    assert found is not None, "there was one"
    assert found.address == "10.0.0.1"


@pytest.mark.parametrize(
    ("hour", "words"), [(0, "夜深了"), (5, "上午好"), (11, "中午好"), (13, "下午好"), (18, "晚上好"), (23, "晚上好")]
)
def test_the_greeting_follows_the_hour(hour: int, words: str) -> None:
    assert part_of_day(hour) == words


def test_a_value_has_its_decimals_and_its_unit() -> None:
    alarm = Alarm(unit="m", decimals=2)
    assert measured(12.456, alarm) == "12.46 m"
    assert measured(None, alarm) == ""


def test_how_long_an_alarm_lasts_ends_when_it_cleared() -> None:
    alarm = Alarm(raised_at=NOW - timedelta(hours=1, seconds=72), cleared_at=None)
    assert lasting(alarm, NOW) == "1:01:12"
    alarm.cleared_at = NOW - timedelta(hours=1)
    assert lasting(alarm, NOW) == "01:12"
