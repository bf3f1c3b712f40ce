"""How grave an incident is, which step may follow, by when it is reported, and whether the wind may be drawn by: rules without a clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from data.rules.incident import MOVES, STEPS, Harm, accident_level, is_grave, next_moves, why_not_move
from data.rules.incident_clocks import Case, clocks, why_none
from data.rules.wind import FRESH, Wind, name_of, why_unfit

START = datetime(2026, 11, 24, 3, 20, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("harm", "level"),
    [
        (Harm(), None),
        (Harm(minor=50, evacuated=400), None),
        (Harm(dead=2, serious=10), 3),
        (Harm(serious=50, loss=3000), 2),
        (Harm(dead=3), 3),
        (Harm(dead=2, serious=9, loss=999), 4),
        (Harm(dead=9), 3),
        (Harm(dead=10), 2),
        (Harm(dead=29, serious=99), 2),
        (Harm(dead=30), 1),
        (Harm(serious=100), 1),
        (Harm(loss=10_000), 1),
        (Harm(loss=9_999), 2),
        (Harm(loss=0.5), 4),
    ],
)
def test_the_gravest_column_gives_the_level(harm: Harm, level: int | None) -> None:
    assert accident_level(harm) == level


@pytest.mark.parametrize(
    ("harm", "grave"),
    [(Harm(endangered=9), False), (Harm(endangered=10), True), (Harm(missing=1, trapped=1), False), (Harm(missing=1, trapped=2), True), (Harm(evacuated=499), False), (Harm(evacuated=500), True)],
)
def test_many_in_danger_lost_or_moved_out_make_it_grave(harm: Harm, grave: bool) -> None:
    assert is_grave(harm) is grave
    assert is_grave(harm, is_critical=True), "what must not be lost makes any of them grave"


def test_harm_is_told_in_words() -> None:
    assert Harm(dead=1, evacuated=126).words == "死亡 1 人、疏散 126 人"
    assert Harm().words == "暂无伤亡报告"


def test_every_step_leads_from_its_states_only() -> None:
    states = {state for state, _ in STEPS} | {"void"}
    taken = {(state, key) for state in states for key in MOVES if not why_not_move(state, key, "某状态")}
    assert taken == {("received", "verify"), ("received", "dismiss"), ("verified", "respond"), ("verified", "end"), ("responding", "end"), ("ended", "archive")}
    assert why_not_move("received", "archive", "待核实") == "事件现在“待核实”，不能“评估归档”。"
    assert why_not_move("received", "fly", "待核实") == "没有这一步骤，请刷新页面。"
    assert next_moves("archived") == next_moves("void") == []


# By when it is reported


def case(**values: object) -> Case:
    return Case(**{"kind": "leak", "occurred_at": START, "received_at": START + 10 * MINUTE, **values})  # type: ignore[arg-type]


def states(one: Case, now: datetime) -> dict[str, str]:
    return {clock.rule.key: clock.state for clock in clocks(one, now)}


def test_an_hour_for_the_enterprise_and_two_for_the_first_report() -> None:
    now = START + 30 * MINUTE
    assert states(case(), now) == {"unit": "met", "upward": "waiting", "change": "window"}
    late = case(received_at=START + 61 * MINUTE)
    assert states(late, START + 62 * MINUTE)["unit"] == "late"
    assert states(case(), START + 10 * MINUTE + 2 * HOUR)["upward"] == "waiting", "the last moment is in time"
    assert states(case(), START + 10 * MINUTE + 2 * HOUR + MINUTE)["upward"] == "over"
    assert states(case(first_report_at=START + HOUR, last_report_at=START + HOUR), now + HOUR)["upward"] == "met"


@pytest.mark.parametrize(("level", "is_grave", "due"), [(4, False, False), (4, True, True), (3, False, True), (1, False, True), (None, False, False), (None, True, True)])
def test_a_telephone_report_within_the_hour_where_it_is_grave(level: int | None, is_grave: bool, due: bool) -> None:
    found = {one.rule.key: one for one in clocks(case(level=level, is_grave=is_grave), START + 20 * MINUTE)}
    assert ("quick" in found) is due


def test_further_reports_once_a_day_and_twice_for_the_gravest() -> None:
    reported = {"first_report_at": START + HOUR, "last_report_at": START + HOUR}
    daily = next(one for one in clocks(case(level=4, **reported), START + 2 * HOUR) if one.rule.key == "daily")
    twice = next(one for one in clocks(case(level=2, **reported), START + 2 * HOUR) if one.rule.key == "twice")
    assert (daily.due_at, twice.due_at) == (START + 25 * HOUR, START + 13 * HOUR)
    assert "daily" not in states(case(level=4, ended_at=START + 3 * HOUR, **reported), START + 4 * HOUR), "an incident that ended is not reported further"
    assert "daily" not in states(case(level=4, final_report_at=START + 3 * HOUR, **reported), START + 4 * HOUR)


def test_changes_are_supplemented_within_thirty_days_of_fire_and_road_seven() -> None:
    assert "change" in states(case(), START + timedelta(days=30))
    assert "change" not in states(case(), START + timedelta(days=30, minutes=1))
    assert "change" not in states(case(kind="fire"), START + timedelta(days=7, minutes=1))
    told = next(one for one in clocks(case(has_unreported_change=True), START + HOUR) if one.rule.key == "change")
    assert told.note == "有变化尚未续报，应及时补报"


def test_where_the_law_on_accidents_does_not_hold_it_says_so() -> None:
    flood = case(kind="natural")
    assert clocks(flood, START + HOUR) == []
    assert why_none(flood).startswith("不属生产安全事故")


def test_an_incident_that_ended_in_time_was_not_reported_late() -> None:
    ended = case(ended_at=START + HOUR)
    assert states(ended, START + 10 * HOUR)["upward"] == "met"
    assert states(case(ended_at=START + 4 * HOUR), START + 10 * HOUR)["upward"] == "over"


# Wind


def wind(**values: object) -> Wind:
    return Wind(**{"direction_deg": 315.0, "speed_ms": 2.4, "measured_at": START, "source": "李志远 录入", "good_until": START + FRESH, **values})  # type: ignore[arg-type]


def test_wind_has_a_name_and_a_way() -> None:
    assert (wind().words, wind().toward_deg, name_of(wind().toward_deg)) == ("西北风", 135, "东南")
    assert (name_of(0), name_of(359), name_of(11.3), name_of(90)) == ("北", "北", "东北偏北", "东")
    assert wind(speed_ms=0.2).words == "静风"


@pytest.mark.parametrize(
    ("given", "after", "why"),
    [
        (wind(), timedelta(0), ""),
        (wind(), FRESH, ""),
        (wind(), FRESH + MINUTE, "风向风速已过期（31 分钟前，李志远 录入）：请重新录入后再画下风向。"),
        (wind(speed_ms=0.3), timedelta(0), "静风，没有下风向：按圆形圈层处置。"),
        (wind(), -HOUR, "风向风速的时间晚于现在，请核对后重新录入。"),
        (None, timedelta(0), "没有风向风速：请录入现场气象，或接入风向风速测点。"),
    ],
)
def test_nothing_is_drawn_downwind_of_an_old_wind(given: Wind | None, after: timedelta, why: str) -> None:
    assert why_unfit(given, START + after) == why
