"""Shifts in series, moments that nobody foresees, and where nobody is on duty: pure rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from data.rules.duty import MOST_SHIFTS, gaps, moments, overlap, read_times, series

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 3, 2)


def at(hour: float, day: int = 2) -> datetime:
    return datetime(2026, 3, day, tzinfo=ZONE) + timedelta(hours=hour)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("08:00-20:00，20:00-08:00", [(480, 720), (1200, 720)]),
        ("20:00-8:00; 8:00-20:00", [(480, 720), (1200, 720)]),
        ("08:00-08:00", [(480, 1440)]),
        ("00:00-24:00", [(0, 1440)]),
        ("0:00-8:00 8:00-16:00 16:00-24:00", [(0, 480), (480, 480), (960, 480)]),
    ],
)
def test_times_of_a_day_are_read_as_people_write_them(text: str, times: list[tuple[int, int]]) -> None:
    assert read_times(text) == times


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "请填写班次时间"),
        ("morning", "“morning”不是班次时间"),
        ("08:00-25:00", "没有这样的时间"),
        ("08:00-24:30", "没有这样的时间"),
        ("08:00-20:00，19:00-08:00", "有重叠"),
        ("08:00-20:00，20:00-09:00", "有重叠"),
        ("，".join(f"{hour:02d}:00-{hour + 1:02d}:00" for hour in range(7)), "一天最多 6 班"),
    ],
)
def test_times_that_cannot_be_are_named(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_times(text)


def test_people_take_turns_and_each_may_stand_several_shifts_in_a_row() -> None:
    turns = series([7, 8, 9], read_times("08:00-20:00，20:00-08:00"), DAY, DAY + timedelta(days=3), 2, ZONE)
    assert [one.user_id for one in turns] == [7, 7, 8, 8, 9, 9, 7, 7]
    assert (turns[1].begins_at, turns[1].ends_at) == (at(20), at(8, 3))
    assert turns[1].ends_at.tzinfo is UTC
    assert all(one.ends_at == other.begins_at for one, other in pairwise(turns)), "no hole"


def test_a_series_without_end_ends() -> None:
    assert len(series([1], [(0, 60)], DAY, DAY + timedelta(days=9999), 1, ZONE)) == MOST_SHIFTS + 1


def test_moments_are_the_same_for_every_process_and_unknown_without_the_secret() -> None:
    first, second, third = found = moments(DAY, 3, "20:00-08:00", "secret", ZONE)
    assert found == moments(DAY, 3, "20:00-08:00", "secret", ZONE)
    assert found != moments(DAY, 3, "20:00-08:00", "other", ZONE)
    assert at(20) <= first < at(24) <= second < at(4, 3) <= third < at(8, 3), "each in a share of the night of its own"


def test_shifts_that_touch_do_not_overlap() -> None:
    assert not overlap(at(8), at(20), at(20), at(32))
    assert overlap(at(8), at(20), at(19), at(21))


def test_what_nobody_covers_is_found() -> None:
    assert gaps([(at(20), at(24)), (at(0), at(8))], at(0), at(24)) == [(at(8), at(20))]
    assert gaps([], at(0), at(24)) == [(at(0), at(24))]
    assert gaps([(at(-4), at(28))], at(0), at(24)) == []
    assert gaps([(at(1), at(2)), (at(1), at(6))], at(0), at(4)) == [(at(0), at(1))]
