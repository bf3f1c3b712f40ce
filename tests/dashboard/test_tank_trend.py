"""Promises of a tank's curves: gaps stay gaps, no extreme is averaged away, the level is the large one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from plotly.graph_objects import Figure

from dashboard.blocks.tank_trend import TrendMark, TrendPoint, holes, tank_trend
from data.telemetry import Bucket

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LIMITS = {"low_low": 1.0, "low": 2.0, "high": 11.3, "high_high": 12.4}


def bucket(seconds: int, mean: float, low: float | None = None, high: float | None = None) -> Bucket:
    return Bucket(START + seconds * SECOND, mean if low is None else low, mean if high is None else high, mean, 1)


def level(*curve: Bucket, marks: tuple[TrendMark, ...] = ()) -> TrendPoint:
    return TrendPoint("液位", "m", 2, 10, 0.0, 15.0, LIMITS, curve, marks)


def gas(*curve: Bucket) -> TrendPoint:
    return TrendPoint("可燃气", "%LEL", 1, 10, 0.0, 100.0, {"high": 25.0}, curve)


def drawn(*points: TrendPoint) -> Figure:
    return tank_trend("dark", points, START, START + timedelta(hours=1), "Asia/Shanghai")


def test_a_value_that_reached_a_limit_is_shown_though_the_mean_did_not() -> None:
    figure = drawn(level(bucket(0, 10.0), bucket(60, 11.0, 10.5, 12.6)))
    assert figure.data[0].y[1] == 12.6, "the extreme, not the mean"
    assert figure.data[2].y[1] == 12.6, "in the colour of 高高"
    assert figure.data[1].y[1] is None, "and not in that of 高"


def test_missing_data_break_the_curve_and_are_shaded_with_their_length() -> None:
    figure = drawn(level(bucket(0, 5.0), bucket(60, 5.0), bucket(840, 5.0), bucket(3600, 5.0)))
    assert list(figure.data[0].y) == [5.0, 5.0, None, 5.0, None, 5.0], "the line stops where data stop"
    assert [note.text for note in figure.layout.annotations if "缺" in note.text] == ["缺 13 分", "缺 46 分"]


def test_a_silent_end_counts_as_missing() -> None:
    end = START + timedelta(hours=1)
    assert holes([bucket(0, 5.0)], 10, START, end) == [(START, end)], "until now"
    assert holes([], 10, START, end) == [], "nothing is missing before the first value"


def test_the_level_is_the_large_panel_on_top_and_all_share_the_time_axis() -> None:
    figure = drawn(level(bucket(0, 5.0)), gas(bucket(0, 2.0)))
    top, bottom = figure.layout.yaxis.domain, figure.layout.yaxis2.domain
    assert top[1] == 1.0 and top[0] > bottom[1], "level above gas"
    assert top[1] - top[0] > 2 * (bottom[1] - bottom[0]), "and larger"
    assert {trace.xaxis for trace in figure.data} == {None}, "one time axis"
    assert len(figure.data) == 6, "three traces a point, in their order: live values are appended by number"


def test_limits_in_sight_are_dashed_and_named_with_their_value() -> None:
    figure = drawn(level(bucket(0, 11.0)))
    names = [note.text for note in figure.layout.annotations]
    assert "高 11.30" in names and "高高 12.40" in names, "near ones"
    assert "低低 1.00" not in names, "far ones would flatten the curve"


def test_times_are_those_of_the_park_and_alarms_stand_on_the_curve() -> None:
    figure = drawn(level(bucket(0, 11.5), marks=(TrendMark(START, "高报", 2),)))
    assert figure.data[0].x[0] == datetime(2026, 11, 24, 11, 0), "03:00 UTC is 11:00 in Shanghai"
    assert "11:00 高报" in [note.text for note in figure.layout.annotations]


def test_alarms_close_together_do_not_write_over_each_other() -> None:
    marks = tuple(TrendMark(START + minute * 60 * SECOND, "高报", 2) for minute in (0, 5, 30))
    names = [note.text for note in drawn(level(bucket(0, 11.5), marks=marks)).layout.annotations if "高报" in note.text]
    assert names == ["11:30 高报", "11:05 高报"], "the newest, and those with room before it"


def test_the_time_axis_is_one_of_times_before_the_first_value_too() -> None:
    figure = drawn(level(marks=(TrendMark(START, "高报", 2),)))
    assert figure.layout.xaxis.type == "date", "or a browser places the alarm at no number"


def test_the_range_of_many_values_is_a_band_behind_the_mean_and_breaks_where_data_do() -> None:
    curve = [Bucket(START + seconds * SECOND, 4.0, 6.0, 5.0, 60) for seconds in (0, 60, 3600)]
    figure = drawn(level(*curve))
    assert len(figure.data) == 4, "after the three that live values are appended to"
    assert list(figure.data[3].y) == [6.0, 6.0, 4.0, 4.0, None, 6.0, 4.0, None]
    low, high = figure.layout.yaxis.range
    assert low < 4.0 and high > 6.0, "all of it is in sight"
