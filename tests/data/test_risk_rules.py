"""Levels and cycles: a risk never gets a lower level because a factor rose; cycles follow one another without a gap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.first_risks import METHODS
from data.rules import risk

ZONE = ZoneInfo("Asia/Shanghai")
BANDS = {one.code: [risk.Band(floor, takes, level) for floor, takes, level, _ in one.bands] for one in METHODS}
VALUES = {one.code: {key: sorted({score for factor, score, _ in one.factors if factor == key}) for key in "LESC"} for one in METHODS}
LS, LEC = VALUES["LS"], VALUES["LEC"]


@pytest.mark.parametrize(("score", "level"), [(25, 1), (20, 1), (16, 2), (15, 2), (12, 3), (9, 3), (8, 4), (1, 4)])
def test_the_matrix_has_four_levels(score: float, level: int) -> None:
    assert risk.level(BANDS["LS"], score) == level


@pytest.mark.parametrize(("score", "level"), [(321, 1), (320, 2), (160.5, 2), (160, 3), (71, 3), (70, 4), (20, 4), (0.05, 4), (0, 4)])
def test_a_product_of_exactly_320_is_not_above_it(score: float, level: int) -> None:
    assert risk.level(BANDS["LEC"], score) == level


def pairs(values: list[float]) -> st.SearchStrategy[tuple[float, float]]:
    """Two values of a factor, the first not above the second."""
    return st.tuples(st.sampled_from(values), st.sampled_from(values)).map(lambda two: (min(two), max(two)))


@given(pairs(LS["L"]), pairs(LS["S"]))
def test_no_level_falls_when_a_factor_of_the_matrix_rises(likelihood: tuple[float, float], severity: tuple[float, float]) -> None:
    low, high = (risk.level(BANDS["LS"], risk.score("LS", one, None, other)) for one, other in zip(likelihood, severity, strict=True))
    assert high <= low


@given(pairs(LEC["L"]), pairs(LEC["E"]), pairs(LEC["C"]))
def test_no_level_falls_when_a_factor_of_lec_rises(likelihood: tuple[float, float], exposure: tuple[float, float], severity: tuple[float, float]) -> None:
    low, high = (risk.level(BANDS["LEC"], risk.score("LEC", *three)) for three in zip(likelihood, exposure, severity, strict=True))
    assert high <= low


@given(st.lists(st.tuples(st.floats(0, 400), st.booleans(), st.integers(1, 4)), min_size=1, max_size=6), pairs([float(one) for one in range(0, 401, 7)]))
def test_an_edition_that_passes_the_check_never_lets_a_level_fall(rows: list[tuple[float, bool, int]], scores: tuple[float, float]) -> None:
    bands = [risk.Band(*row) for row in rows]
    faults = [one for one in risk.edition_faults("LS", [], bands) if "取值" not in one]
    low, high = (risk.level(bands, one) for one in scores)
    assert faults or high <= low


def test_the_first_editions_have_no_fault() -> None:
    assert [risk.edition_faults(one.code, [(key, score) for key, score, _ in one.factors], BANDS[one.code]) for one in METHODS] == [[], []]


def test_a_factor_that_is_none_of_the_edition_is_named() -> None:
    factors = {key: dict.fromkeys(values, "") for key, values in LEC.items() if values}
    found = risk.faults("LEC", factors, 4, None, 15)
    assert found == {"likelihood": "可能性 L没有 4，可选 0.1、0.2、0.5、1、3、6、10。", "exposure": "请选择暴露频率 E。"}


def test_bands_that_contradict_themselves_are_named() -> None:
    bands = [risk.Band(0, True, 3), risk.Band(9, True, 4)]
    assert risk.edition_faults("LS", [("L", 1), ("L", 2), ("S", 1), ("S", 1), ("E", 2)], bands) == ["严重性 S有相同的分值。", "LS 法没有因素 E。", "分值越高，风险等级不能越低。"]


@given(st.integers(1, 12), st.sampled_from(["hour", "day", "week", "month", "year"]), st.datetimes(datetime(2020, 1, 1), datetime(2031, 1, 1)))
def test_every_moment_lies_in_one_cycle_and_the_next_begins_where_it_ends(count: int, unit: str, at: datetime) -> None:
    now = at.replace(tzinfo=UTC)
    begin, end = risk.window(count, unit, now, ZONE)
    assert begin <= now < end
    assert risk.window(count, unit, end, ZONE)[0] == end
    assert risk.window(count, unit, end - timedelta(microseconds=1), ZONE) == (begin, end)


def test_a_day_is_a_day_of_the_park_and_a_week_begins_on_monday() -> None:
    now = datetime(2026, 5, 6, 17, 30, tzinfo=UTC)  # Thursday 01:30 in the park
    assert [one.astimezone(ZONE).isoformat() for one in risk.window(1, "day", now, ZONE)] == ["2026-05-07T00:00:00+08:00", "2026-05-08T00:00:00+08:00"]
    assert risk.window(1, "week", now, ZONE)[0].astimezone(ZONE).isoformat() == "2026-05-04T00:00:00+08:00"
    assert risk.window(8, "hour", now, ZONE)[1].astimezone(ZONE).isoformat() == "2026-05-07T08:00:00+08:00"


@pytest.mark.parametrize(("count", "unit", "words"), [(1, "day", "每天"), (2, "week", "每 2 周"), (1, "month", "每个月"), (3, "month", "每 3 个月"), (None, None, "")])
def test_a_cycle_is_told_in_words(count: int | None, unit: str | None, words: str) -> None:
    assert risk.cycle_words(count, unit) == words
