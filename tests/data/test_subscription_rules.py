"""When a subscription is due, when a number is news, and what differs from the time before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from data.rules.subscriptions import Seen, Timing, change_words, difference, is_met, is_news, next_slot, period

PARK = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    """An instant in the park's time."""
    return datetime.fromisoformat(text).replace(tzinfo=PARK).astimezone(UTC)


@pytest.mark.parametrize(
    ("timing", "after", "due"),
    [
        (Timing("daily", 8), "2026-11-24 07:59", "2026-11-24 08:00"),
        (Timing("daily", 8), "2026-11-24 08:00", "2026-11-25 08:00"),
        (Timing("daily", 0), "2026-12-31 23:30", "2027-01-01 00:00"),
        (Timing("weekly", 9, 1), "2026-11-24 10:00", "2026-11-30 09:00"),
        (Timing("weekly", 9, 2), "2026-11-24 08:00", "2026-11-24 09:00"),
        (Timing("monthly", 7, 1, 28), "2026-01-28 07:00", "2026-02-28 07:00"),
        (Timing("monthly", 7, 1, 1), "2026-11-24 10:00", "2026-12-01 07:00"),
    ],
)
def test_the_next_time_lies_after_the_last(timing: Timing, after: str, due: str) -> None:
    assert next_slot(timing, at(after), PARK) == at(due)


def test_after_a_stop_of_days_there_is_one_next_time() -> None:
    missed = at("2026-11-20 08:00")
    due = next_slot(Timing("daily", 8), at("2026-11-24 12:00"), PARK)
    assert due - missed == timedelta(days=5)


def test_a_bound_is_crossed_once_until_the_number_comes_back() -> None:
    told, beyond = [], False
    for value in (9, 10, 11, 12, 9, 10):
        told.append(is_news("rise", 10, value, None, was_beyond=beyond))
        beyond = is_met("rise", 10, value, None)
    assert told == [False, True, False, False, False, True]


@pytest.mark.parametrize(
    ("rule", "bound", "value", "before", "met"),
    [
        ("fall", 80, 79.9, None, True),
        ("fall", 80, 80.1, None, False),
        ("by", 5, 15, 10, True),
        ("by", 5, 5, 10, True),
        ("by", 5, 14, 10, False),
        ("percent", 20, 12, 10, True),
        ("percent", 20, 11, 10, False),
        ("percent", 20, 1, 0, True),
        ("percent", 20, 0, 0, False),
        ("by", 5, 15, None, False),
        ("rise", 5, None, None, False),
        ("other", 5, 9, 0, False),
    ],
)
def test_a_condition_is_met(rule: str, bound: float, value: float | None, before: float | None, met: bool) -> None:
    assert is_met(rule, bound, value, before) is met


def test_a_difference_names_what_moved_came_and_went() -> None:
    before = Seen(5, {"g:1": 3, "g:2": 2}, (7, 8, 9))
    found = difference(before, Seen(6, {"g:1": 3, "g:3": 3}, (10, 9, 8, 11)))
    assert found.value == 1
    assert found.parts == {"g:2": (2, 0), "g:3": (0, 3)}
    assert (found.new, found.gone) == ((10, 11), (7,))
    assert difference(None, before).is_first


def test_rows_are_not_compared_when_there_were_too_many() -> None:
    found = difference(Seen(9_000), Seen(4_000, keys=(1, 2)))
    assert (found.value, found.new, found.gone) == (-5_000, (), ())


def test_what_happens_on_a_day_begins_from_nothing_the_next_day() -> None:
    yesterday = Seen(12, span="2026-11-23")
    assert difference(yesterday, Seen(1, span="2026-11-24")).value == 1
    assert yesterday.base(Seen(1, span="2026-11-23")).value == 12


def test_what_was_seen_is_the_same_after_it_was_stored() -> None:
    for one in (Seen(1.5, {"g:1": None}, (1, 2), "2026-11-24"), Seen(None, {}, None)):
        assert Seen.of(one.plain()) == one
    assert Seen.of(None) is None


def test_a_change_is_told_in_words() -> None:
    assert change_words(3, unit="条") == "比上次 +3 条"
    assert change_words(-1234.5, unit="%", decimals=1) == "比上次 -1,234.5 %"
    assert change_words(0.04, unit="%", decimals=1) == "与上次持平"
    assert change_words(None, is_first=True) == "首次推送，下次起与本次比较"
    assert change_words(None) == "与上次无法比较"


@pytest.mark.parametrize(
    ("schedule", "stands", "days"),
    [
        ("daily", False, (date(2026, 11, 23), date(2026, 11, 23))),
        ("weekly", False, (date(2026, 11, 17), date(2026, 11, 23))),
        ("monthly", False, (date(2026, 10, 1), date(2026, 10, 31))),
        ("change", False, (date(2026, 11, 24), date(2026, 11, 24))),
        ("monthly", True, (date(2026, 11, 24), date(2026, 11, 24))),
    ],
)
def test_what_happened_is_told_of_the_days_that_are_over(schedule: str, stands: bool, days: tuple[date, date]) -> None:
    assert period(schedule, date(2026, 11, 24), stands=stands) == days
