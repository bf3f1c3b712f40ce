"""Promises of the rules on positions: what is an offence, when it ends, and that a restart changes nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from math import cos, radians
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.rules.drift import Trust, doubt
from data.rules.ground import M_PER_LAT, M_PER_LON, Circle, Corridor
from data.rules.positions import Finding, Spot, Track, Who, driven_s, forget, judge
from data.rules.ruled_places import Area, Audience, Hours, Route, Rules, Section
from data.rules.schedule import Schedule, moment, schedule, window_faults

CENTER = (120.43, 41.42)
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC).timestamp()  # a Tuesday in Shanghai
TRUCK = Who(vehicle=7, carrier=2, limit_kmh=60)


def at(x: float, y: float) -> tuple[float, float]:
    return CENTER[0] + x / (M_PER_LON * cos(radians(CENTER[1]))), CENTER[1] + y / M_PER_LAT


def spot(ts: float, x: float, y: float = 0.0, speed: float = 40.0, told: Sequence[str] = ()) -> Spot:
    return Spot(NOON + ts, *at(x, y), speed, frozenset(told))


def drive(rules: Rules, *spots: Spot, track: Track | None = None, who: Who = TRUCK) -> list[Finding]:
    mine = track or Track()
    return [found for one in spots for found in judge(rules, mine, who, one)]


def said(found: Sequence[Finding]) -> list[tuple[str, bool]]:
    return [(one.condition, one.is_raised) for one in found]


def area(**changes: Any) -> Area:
    return Area(**{"id": 1, "name": "液氨罐区", "shape": Circle(CENTER, 200.0), **changes})


def test_an_area_is_entered_once_and_left_once() -> None:
    rules = Rules([area(enters=True, is_sensitive=True)])
    found = drive(rules, spot(0, -500), spot(5, -100), spot(10, 0), spot(15, 150), spot(20, 400))
    assert said(found) == [("enter:1", True), ("enter:1", False)]
    assert (found[0].about, found[0].is_grave, found[0].ts) == ("液氨罐区", True, NOON + 5)


def test_an_area_that_was_jumped_over_was_entered_all_the_same() -> None:
    found = drive(Rules([area(enters=True)]), spot(0, -500), spot(60, 500))
    assert said(found) == [("enter:1", True), ("enter:1", False)]
    assert found[0].ts == pytest.approx(NOON + 18, abs=0.5), "when the way met the circle"
    assert found[1].ts == pytest.approx(NOON + 42, abs=0.5)


def test_after_a_long_silence_nobody_knows_the_way() -> None:
    assert drive(Rules([area(enters=True)]), spot(0, -500), spot(900, 500)) == []


def test_trembling_at_the_border_is_no_coming_and_going() -> None:
    found = drive(Rules([area(enters=True)]), spot(0, -500), *(spot(5 + n, 197 + 8 * (n % 2)) for n in range(20)))
    assert said(found) == [("enter:1", True)]


def test_who_leaves_the_permitted_area_is_told_until_back() -> None:
    found = drive(Rules([area(leaves=True)]), spot(0, 0), spot(5, 300), spot(10, 600), spot(15, 100))
    assert said(found) == [("leave:1", True), ("leave:1", False)]
    assert drive(Rules([area(leaves=True)]), spot(0, 900), spot(5, 950)) == [], "who was never inside has not left"


def test_staying_too_long_is_told_with_minutes() -> None:
    found = drive(Rules([area(stay_s=600)]), spot(0, 0), spot(599, 5), spot(601, 5), spot(700, 500))
    assert said(found) == [("stay:1", True), ("stay:1", False)]
    assert (found[0].value, found[0].limit, found[0].unit) == (pytest.approx(601 / 60), 10.0, "分钟")


def test_a_rule_is_for_those_it_names_and_when_it_holds() -> None:
    others = Rules([area(enters=True, audience=Audience(vehicles=frozenset({8})))])
    ours = Rules([area(enters=True, audience=Audience(carriers=frozenset({2})))])
    by_night = Rules([area(enters=True, schedule=Schedule(begins=22 * 60, ends=6 * 60))])
    way = (spot(0, -500), spot(5, 0))
    assert drive(others, *way) == []
    assert said(drive(ours, *way)) == [("enter:1", True)]
    assert drive(by_night, *way) == []
    night = 11 * 3600
    assert said(drive(by_night, spot(night, -500), spot(night + 5, 0))) == [("enter:1", True)]


def test_who_stands_inside_when_the_window_begins_enters_then_and_is_free_when_it_ends() -> None:
    rules = Rules([area(enters=True, schedule=Schedule(begins=12 * 60 + 1, ends=12 * 60 + 2))])
    found = drive(rules, *(spot(second, 0, speed=0) for second in range(0, 181, 30)))
    assert said(found) == [("enter:1", True), ("enter:1", False)]
    assert [one.ts - NOON for one in found] == [60, 120]


def test_the_lowest_limit_holds_and_is_named() -> None:
    rules = Rules([area(limit_kmh=30)])
    found = drive(rules, *(spot(5 * n, -100 + 10 * n, speed=48) for n in range(5)), spot(30, 0, speed=29), spot(35, 0, speed=26))
    assert said(found) == [("overspeed", True), ("overspeed", False)]
    assert (found[0].value, found[0].limit, found[0].about, found[0].ts) == (48, 30.0, "液氨罐区", NOON + 10)


def test_what_terminal_and_platform_both_find_is_one_alarm_that_ends_with_both() -> None:
    rules, track = Rules(), Track()
    assert said(drive(rules, spot(0, 0, speed=70, told=["overspeed"]), track=track)) == [("overspeed", True)]
    assert drive(rules, spot(5, 50, speed=70), track=track) == [], "still above the limit"
    assert said(drive(rules, spot(10, 99, speed=50), track=track)) == [("overspeed", False)]


ROAD = Corridor([at(0, 0), at(2000, 0), at(4000, 0), at(6000, 0)], [50, 50, 50])


def road(**changes: Any) -> Rules:
    return Rules(routes=[Route(**{"id": 3, "name": "南线", "corridor": ROAD, **changes})])


def test_leaving_the_road_is_told_with_its_name_until_back_on_it() -> None:
    found = drive(road(), spot(0, 1000), spot(5, 1100, 60), spot(10, 1200, 90), spot(15, 1300, 120), spot(20, 1400, 0))
    assert said(found) == [("off_route", True), ("off_route", False)]
    assert (found[0].ts, found[0].about) == (NOON + 15, "南线"), "not for one position beside the road"


def test_who_leaves_a_road_at_its_end_has_arrived() -> None:
    assert drive(road(), spot(0, 5000), spot(5, 5950), spot(10, 6200, 100), spot(30, 6600, 300)) == []
    assert drive(road(), spot(0, 1000, 900), spot(30, 1100, 900)) == [], "nor has one left it who was never on it"


def sections(**changes: Any) -> Rules:
    middle = Section(**{"id": 9, "name": "中段", "first": 1, "last": 1, **changes})
    return road(sections=(middle,), limit_kmh=55)


def test_a_section_has_a_limit_of_its_own() -> None:
    found = drive(sections(limit_kmh=40), *(spot(5 * n, 2100 + 60 * n, speed=45) for n in range(4)))
    assert (found[0].condition, found[0].limit, found[0].about) == ("overspeed", 40.0, "南线 中段")


def test_too_long_and_too_short_on_a_section() -> None:
    slow = drive(sections(longest_s=300), *(spot(30 * n, 1900 + 50 * n) for n in range(45)))
    assert said(slow) == [("section_long:9", True), ("section_long:9", False)]
    assert slow[0].value == pytest.approx(5.5)
    quick = [spot(5 * n, 1900 + 100 * n, speed=54) for n in range(25)]
    (found,) = drive(sections(shortest_s=180), *quick)
    assert (found.condition, found.about, found.limit) == ("section_short:9", "南线 中段", 3.0)
    turned = drive(sections(shortest_s=180), spot(0, 1900), spot(10, 2100), spot(20, 2200), spot(30, 1900))
    assert turned == [], "who turned back did not drive the section"


STOPS = Hours(stop_s=1800, day_s=4 * 3600, night_s=2 * 3600, rest_s=1200, ban=(2 * 60, 5 * 60))


def standing(start: float, seconds: float, x: float = 0.0) -> list[Spot]:
    return [spot(start + second, x, speed=0) for second in range(0, int(seconds) + 1, 30)]


def driving(start: float, seconds: float) -> list[Spot]:
    return [spot(start + second, second * 10 % 3000, speed=36) for second in range(0, int(seconds) + 1, 30)]


def test_a_long_stop_is_told_outside_of_the_places_where_it_is_permitted() -> None:
    found = drive(Rules(hours=STOPS), *standing(0, 2000), spot(2030, 500))
    assert said(found) == [("long_stop", True), ("long_stop", False)]
    assert (found[0].limit, found[0].unit) == (30.0, "分钟")
    assert drive(Rules([area(is_parking=True)], hours=STOPS), *standing(0, 2000)) == []
    assert drive(Rules(yards=[Circle(CENTER, 50)], hours=STOPS), *standing(0, 2000)) == []


def test_four_hours_of_driving_by_day_and_two_by_night_tire() -> None:
    four = drive(Rules(hours=STOPS), *driving(0, 4 * 3600 + 60))
    assert said(four) == [("fatigue", True)]
    assert (four[0].limit, four[0].unit) == (4.0, "小时")
    night = [one for one in drive(Rules(hours=Hours(day_s=14400, night_s=7200)), *driving(9.5 * 3600, 3 * 3600)) if one.condition == "fatigue"]
    assert [one.ts - NOON for one in night] == [12 * 3600], "two hours after 22:00"


def test_a_rest_of_twenty_minutes_begins_anew_and_a_shorter_one_does_not_count_as_driving() -> None:
    rested = drive(Rules(hours=STOPS), *driving(0, 3 * 3600), *standing(3 * 3600 + 30, 1260), *driving(3 * 3600 + 1320, 3 * 3600))
    assert said(rested) == []
    paused = drive(Rules(hours=STOPS), *driving(0, 3 * 3600), *standing(3 * 3600 + 30, 600), *driving(3 * 3600 + 660, 3500))
    assert paused == [], "ten minutes of standing are not driven"
    tired = drive(Rules(hours=STOPS), *driving(0, 3 * 3600), *standing(3 * 3600 + 30, 600), *driving(3 * 3600 + 660, 3600 + 60))
    assert said(tired) == [("fatigue", True)]


def test_driving_between_two_and_five_is_told_and_a_simulated_driver_never_sleeps() -> None:
    start = 14 * 3600 + 600  # 02:10
    found = drive(Rules(hours=STOPS), *driving(start, 300), *standing(start + 330, 300))
    assert said(found) == [("night_driving", True), ("night_driving", False)]
    assert drive(Rules(hours=STOPS), *driving(start, 300), who=TRUCK._replace(tires=False)) == []
    assert drive(Rules(hours=Hours()), *driving(start, 300)) == []


def test_an_area_that_is_gone_ends_its_alarms() -> None:
    track = Track()
    drive(Rules([area(enters=True)]), spot(0, -500), spot(5, 0), track=track)
    assert said(forget(Rules(), track, NOON + 6)) == [("enter:1", False)]
    assert (track.inside, track.raised) == ({}, set())


WAYS = st.lists(st.tuples(st.integers(1, 700), st.integers(-6500, 6500), st.integers(-400, 400), st.integers(0, 110)), min_size=2, max_size=30)
PARK = Rules(
    [area(enters=True, leaves=True, stay_s=300, limit_kmh=30), area(id=2, name="西区", shape=Circle(at(-900, 0), 400.0), enters=True, schedule=Schedule(begins=700, ends=730))],
    [Route(3, "南线", ROAD, (Section(9, "中段", 1, 1, 40, 600, 60),))],
    hours=STOPS,
)


def way_of(steps: list[tuple[int, int, int, int]]) -> list[Spot]:
    ts, spots = 0, []
    for seconds, x, y, speed in steps:
        ts += seconds
        spots.append(spot(ts, x, y, speed))
    return spots


@given(WAYS, st.integers(1, 29))
def test_a_restart_in_between_changes_nothing(steps: list[tuple[int, int, int, int]], cut: int) -> None:
    way = way_of(steps)
    whole = drive(PARK, *way)
    track = Track()
    first = drive(PARK, *way[:cut], track=track)
    again = Track.taken_up(json.loads(json.dumps(track.kept())), track.ts, track.lon, track.lat)
    assert first + drive(PARK, *way[cut:], track=again) == whole


@given(WAYS)
def test_a_condition_begins_and_ends_in_turn_and_what_is_raised_is_remembered(steps: list[tuple[int, int, int, int]]) -> None:
    track, way = Track(), way_of(steps)
    found = drive(PARK, *way, track=track)
    open_now: set[str] = set()
    for one in (one for one in found if not one.condition.startswith("section_short")):
        assert one.is_raised != (one.condition in open_now), "never twice the same"
        (open_now.add if one.is_raised else open_now.discard)(one.condition)
    assert open_now == track.raised
    assert {f"enter:{key}" for key in track.inside} == {one for one in track.raised if one.startswith("enter:")}, "inside is a state"


@given(st.integers(0, 3 * 86_400), st.integers(60, 30 * 3600))
def test_hours_by_night_are_those_between_ten_and_six(start: int, seconds: int) -> None:
    begun = int(NOON) // 60 * 60 + start // 60 * 60
    length = seconds // 60 * 60
    minutes = [moment(begun + second, SHANGHAI).minute for second in range(0, length, 60)]
    nightly = sum(60 for minute in minutes if minute >= 22 * 60 or minute < 6 * 60)
    assert driven_s(Track(drive_since=float(begun)), float(begun + length), SHANGHAI) == (length, pytest.approx(nightly))


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_began() -> None:
    friday_night = schedule("5", "22:00", "06:00", date(2026, 11, 27), date(2026, 11, 27))
    assert friday_night.is_on(moment(int(datetime(2026, 11, 27, 15, tzinfo=UTC).timestamp()), SHANGHAI))
    assert friday_night.is_on(moment(int(datetime(2026, 11, 27, 20, tzinfo=UTC).timestamp()), SHANGHAI)), "04:00 on Saturday"
    assert not friday_night.is_on(moment(int(datetime(2026, 11, 26, 20, tzinfo=UTC).timestamp()), SHANGHAI)), "04:00 on Friday"
    assert Schedule().is_always
    assert window_faults("08:00", None, None, None) == {"ends_at": "开始和结束时间请一并填写，全天则都不填。"}
    assert window_faults(None, None, date(2026, 2, 1), date(2026, 1, 1)) == {"valid_to": "不能早于生效日期 2026-02-01。"}


def test_a_jump_that_no_vehicle_drives_is_not_believed() -> None:
    trust = Trust()
    way = [(5.0 * n, *at(50.0 * n, 0), 36.0) for n in range(10)]
    assert [doubt(trust, *one) for one in way] == [""] * 10
    assert doubt(trust, 50.0, 0.0, 0.001, 36.0) == "zero"
    assert doubt(trust, 50.0, *at(9000, 0), 36.0) == "speed"
    assert doubt(trust, 55.0, *at(550, 0), 36.0) == "", "back where it must be"
    assert doubt(trust, 60.0, *at(600, 190), 36.0) == "jump", "141 km/h where it says 36"
    assert doubt(trust, 65.0, *at(650, 0), 36.0) == ""


def test_three_positions_that_agree_are_believed_after_all() -> None:
    trust = Trust()
    doubt(trust, 1.0, *at(0, 0), 0.0)
    ferried = [doubt(trust, 60.0 + 5 * n, *at(30_000 + 40 * n, 0), 30.0) for n in range(4)]
    assert ferried == ["speed", "speed", "", ""]


def test_a_filter_never_blinds_the_room() -> None:
    trust = Trust()
    doubt(trust, 1.0, *at(0, 0), 0.0)
    wild = [doubt(trust, 10.0 * n, *at(9000.0 * n, 0), 0.0) for n in range(1, 12)]
    assert wild == ["speed"] * 9 + ["", "speed"]
