"""What the periods of reporting promise, on the days where they begin and end."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from data.choices.dangers import REPORT_CYCLES
from data.rules.periods import MONTHS, following, period_named, period_of, period_words, preceding


@pytest.mark.parametrize(
    ("cycle", "day", "key", "first", "last"),
    [
        ("month", date(2026, 5, 1), "2026-05", date(2026, 5, 1), date(2026, 5, 31)),
        ("month", date(2028, 2, 29), "2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("month", date(2026, 12, 31), "2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("quarter", date(2026, 3, 31), "2026Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("quarter", date(2026, 4, 1), "2026Q2", date(2026, 4, 1), date(2026, 6, 30)),
        ("half", date(2026, 6, 30), "2026H1", date(2026, 1, 1), date(2026, 6, 30)),
        ("half", date(2026, 7, 1), "2026H2", date(2026, 7, 1), date(2026, 12, 31)),
        ("year", date(2026, 1, 1), "2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_day_lies_in_the_period_whose_first_and_last_day_enclose_it(cycle: str, day: date, key: str, first: date, last: date) -> None:
    assert period_of(cycle, day) == (cycle, key, first, last)


@pytest.mark.parametrize("cycle", MONTHS)
def test_periods_follow_one_another_without_a_gap_and_back(cycle: str) -> None:
    found = [period_of(cycle, date(2023, 1, 1))]
    for _ in range(40):
        found.append(following(found[-1]))
    assert all(after.starts_on - before.ends_on == timedelta(days=1) for before, after in pairwise(found))
    assert all(preceding(after) == before for before, after in pairwise(found))
    assert all(period_named(one.key) == one for one in found)


def test_every_cycle_of_the_park_has_periods() -> None:
    assert {one.code for one in REPORT_CYCLES} == set(MONTHS)


@pytest.mark.parametrize(("key", "words"), [("2026-05", "2026 年 5 月"), ("2026Q2", "2026 年第 2 季度"), ("2026H1", "2026 年上半年"), ("2026", "2026 年度"), ("x", "x")])
def test_a_period_is_called_as_people_call_it(key: str, words: str) -> None:
    assert period_words(key) == words


@pytest.mark.parametrize("key", ["", "2026-13", "2026-5", "2026Q5", "2026H3", "0000", "2026Q", "２０２６", "2026-05\n"])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="names no period"):
        period_named(key)
