"""Promises of the picture of 趋势分析: axes by unit, gaps, limits shared, alarms that can be opened, an earlier day dashed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from plotly.graph_objects import Figure

from dashboard.blocks.trend_overlay import AlarmSpan, TrendLine, arrangement, time_ticks, trend_overlay
from data.telemetry import Bucket

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
END = START + timedelta(hours=1)
MINUTE = timedelta(minutes=1)
LIMITS = {"high": 11.3, "high_high": 12.4}


def curve(*values: float, first: int = 0) -> list[Bucket]:
    return [Bucket(START + (first + minute) * MINUTE, value, value, value, 6) for minute, value in enumerate(values)]


def line(name: str = "V-101 液位", unit: str = "m", **changes: Any) -> TrendLine:
    return TrendLine(name, unit, 2, 10, LIMITS if unit == "m" else {}, curve(*[11.0] * 30))._replace(**changes)


def drawn(*lines: TrendLine, **options: Any) -> Figure:
    return trend_overlay("dark", lines, START, END, 60.0, "Asia/Shanghai", **options)


def named(figure: Figure, name: str) -> Any:
    return next(trace for trace in figure.data if trace.name == name)


def test_two_units_share_a_panel_with_an_axis_at_each_side_and_three_get_a_panel_each() -> None:
    two = drawn(line(), line("V-101 温度", "℃"))
    assert (two.layout.yaxis2.overlaying, two.layout.yaxis2.side) == ("y", "right")
    assert (two.layout.yaxis.title.text, two.layout.yaxis2.title.text) == ("m", "℃")
    lines = [line(), line("V-101 温度", "℃"), line("V-101 压力", "MPa")]
    assert arrangement(lines, "") == "units"
    three = drawn(*lines)
    assert [three.layout[f"yaxis{n}"].overlaying for n in ("", "2", "3")] == [None, None, None]
    assert three.layout.yaxis.domain[0] > three.layout.yaxis2.domain[1], "one below the other"
    assert arrangement(lines[:2], "apart") == "apart"


@pytest.mark.parametrize("minutes", [1, 11, 60, 8 * 60, 24 * 60, 2 * 1440, 4 * 1440, 7 * 1440, 30 * 1440, 366 * 1440])
def test_no_two_ticks_of_the_time_axis_read_alike(minutes: int) -> None:
    long = timedelta(minutes=minutes)
    step, words = time_ticks(long)
    # The second line, the date, stands only where it changes.
    read = [(START + number * step).strftime(words) for number in range(int(long / step) + 1)]
    assert 3 < len(read) <= 8
    assert len(set(read)) == len(read)


def test_missing_data_stay_a_gap_also_in_the_earlier_day() -> None:
    broken = [*curve(11.0, 11.0), *curve(11.0, 11.0, first=20)]
    figure = drawn(line(curve=broken, before=broken))
    assert list(named(figure, "V-101 液位").y) == [11.0, 11.0, None, 11.0, 11.0]
    before = named(figure, "V-101 液位 对比")
    assert None in list(before.y) and before.line.dash == "dash"
    assert "缺 18 分" not in [note.text for note in figure.layout.annotations] and "缺 19 分" in [note.text for note in figure.layout.annotations]


def test_a_limit_that_all_share_is_one_line_without_a_name_and_another_is_named() -> None:
    moves = curve(9.5, 11.2)
    figure = drawn(line(curve=moves), line("V-102 液位", curve=moves))
    assert sorted(note.text for note in figure.layout.annotations) == ["高 11.30", "高高 12.40"]
    other = drawn(line(), line("V-102 液位", limits={"high": 11.5}))
    assert "V-102 液位 高 11.50" in [note.text for note in other.layout.annotations]
    assert [note.text for note in drawn(line(), with_limits=False).layout.annotations if "高" in note.text] == []


def test_an_alarm_is_a_span_with_a_mark_that_names_it() -> None:
    span = AlarmSpan(7, START + 5 * MINUTE, START + 9 * MINUTE, "高高报", 1)
    figure = drawn(line(alarms=[span, AlarmSpan(8, START - 5 * MINUTE, None, "高报", 2)]))
    marks = named(figure, "报警")
    assert list(marks.customdata) == [7, 8] and list(marks.marker.symbol) == ["octagon", "triangle-up"]
    bars = [shape for shape in figure.layout.shapes if shape.y0 == 0.975]
    assert [(shape.x0.hour, shape.x0.minute, shape.x1.minute) for shape in bars] == [(11, 5, 9), (11, 0, 0)], "in the park's time, to the end of the period while it lasts"


def test_what_reached_a_limit_is_shown_in_its_colour_and_not_averaged_away() -> None:
    figure = drawn(line(curve=[*curve(11.0, 11.0), Bucket(START + 2 * MINUTE, 10.9, 12.6, 11.1, 6)]))
    assert named(figure, "V-101 液位").y[2] == 12.6
    assert len([trace for trace in figure.data if trace.hoverinfo == "skip" and trace.line.width == 3]) == 1


def test_points_without_any_value_are_an_empty_picture_of_the_period() -> None:
    figure = drawn(line(curve=[]))
    assert list(figure.layout.xaxis.range) == [datetime(2026, 11, 24, 11, 0), datetime(2026, 11, 24, 12, 0)]
    assert list(figure.layout.yaxis.range) != [None, None]
