"""The curve beside an alarm: what is beyond the limit, what is missing, which limits are drawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.blocks.limit_curve import CurveLimit, limit_curve
from data.telemetry import Bucket

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
LIMITS = [
    CurveLimit("high_high", "高高", 12.4),
    CurveLimit("high", "高", 11.3),
    CurveLimit("low", "低", 2.0),
    CurveLimit("low_low", "低低", 1.0),
]


def curve(*values: tuple[int, float]) -> Any:
    """The figure of (minute, value) pairs of a level that alarmed at 12.40 m."""
    buckets = [Bucket(START + timedelta(minutes=minute), value, value, value, 1) for minute, value in values]
    return limit_curve(
        "dark",
        buckets,
        (START, START + timedelta(minutes=60)),
        LIMITS,
        kind="high_high",
        limit=12.4,
        level=1,
        decimals=2,
        unit="m",
        period_s=30,
        time_zone="Asia/Shanghai",
    )


def test_only_what_is_beyond_the_limit_is_drawn_in_the_colour_of_the_alarm() -> None:
    drawn = curve((57, 12.0), (58, 12.4), (59, 12.5))
    assert list(drawn.data[0].y) == [12.0, 12.4, 12.5]
    assert list(drawn.data[1].y) == [None, 12.4, 12.5]


def test_times_are_those_of_the_park() -> None:
    assert curve((59, 12.0)).data[0].x[0] == datetime(2026, 11, 24, 11, 59)


def test_missing_minutes_stay_a_gap_that_says_how_long_it_is() -> None:
    drawn = curve((40, 11.0), (53, 11.6), (54, 11.7), (55, 11.8), (56, 11.9), (57, 12.0), (58, 12.1), (59, 12.2))
    assert list(drawn.data[0].y)[:3] == [11.0, None, 11.6]
    assert "缺 13 分" in [note.text for note in drawn.layout.annotations]


def test_silence_until_now_is_missing_too() -> None:
    assert "缺 15 分" in [note.text for note in curve((44, 12.0), (45, 12.1)).layout.annotations]


def test_the_limits_of_the_other_side_are_left_out_and_values_have_the_decimals_of_the_point() -> None:
    named = [note.text for note in curve((58, 12.0), (59, 12.5)).layout.annotations]
    assert "高高 12.40" in named
    assert not [text for text in named if text.startswith("低")]


def test_without_values_the_limit_still_stands_in_the_picture() -> None:
    drawn = curve()
    low, high = drawn.layout.yaxis.range
    assert low < 12.4 < high
