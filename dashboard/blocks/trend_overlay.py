"""Several points over one another on one time axis: one panel with an axis at each side, or a panel a unit, or a panel a point."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil, log10
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from dashboard.blocks.tank_trend import LIMIT_WORDS, length_words, local, telling
from dashboard.charts import Palette, Theme, figure, gaps, palette
from data.telemetry import Bucket

Arrangement = Literal["together", "units", "apart"]
SYMBOLS = {1: "octagon", 2: "triangle-up", 3: "circle", 4: "diamond"}
COLOURS = ("curve", "c2", "c4", "c5", "c6", "c8")  # tokens of 10-theme.css, in the order of the lines
_SPACE = 0.06
_FEW = 2  # lines in a panel that have room for their bands of least and most


class AlarmSpan(NamedTuple):
    """An alarm from its begin to its end (None: it lasts)."""

    id: int
    begin: datetime
    end: datetime | None
    words: str
    level: int


class TrendLine(NamedTuple):
    """One point. ``before`` are the values that it is compared with, at the time at which they are drawn."""

    name: str
    unit: str
    decimals: int
    period_s: float
    limits: dict[str, float]
    curve: Sequence[Bucket]
    before: Sequence[Bucket] = ()
    alarms: Sequence[AlarmSpan] = ()


class Span(NamedTuple):
    start: datetime
    end: datetime
    width_s: float
    zone: ZoneInfo


def arrangement(lines: Sequence[TrendLine], wished: str) -> Arrangement:
    """How the lines are put: over one another as long as two axes do for their units."""
    if wished == "apart":
        return "apart"
    return "together" if len({line.unit for line in lines}) <= 2 else "units"


def trend_overlay(
    theme: Theme, lines: Sequence[TrendLine], start: datetime, end: datetime, width_s: float, time_zone: str, *, wished: str = "", with_limits: bool = True
) -> go.Figure:
    """The figure. Missing data stay a gap; a bucket in which a limit was reached shows the value that did. Alarms are shaded from begin
    to end, with a mark on top whose ``customdata`` is the alarm's id. Times are shown in ``time_zone``."""
    span = Span(start, end, width_s, ZoneInfo(time_zone))
    drawing = _Drawing(theme, span, with_limits)
    for panel in _panels(lines, arrangement(lines, wished)):
        drawing.add(panel)
    return drawing.figure()


def _panels(lines: Sequence[TrendLine], how: Arrangement) -> list[list[tuple[int, TrendLine]]]:
    """The lines with their numbers, by panel."""
    numbered = list(enumerate(lines))
    if how == "together":
        return [numbered] if numbered else []
    if how == "apart":
        return [[one] for one in numbered]
    units = dict.fromkeys(line.unit for line in lines)
    return [[one for one in numbered if one[1].unit == unit] for unit in units]


_STEPS_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200)
_STEPS_DAYS = (1, 2, 5, 7, 14, 30, 61, 122)
_MOST_TICKS = 7


def time_ticks(long: timedelta) -> tuple[timedelta, str]:
    """Step and format of a time axis: at most _MOST_TICKS, no two of which read alike. The date stands below the first time of each day."""
    steps = [*(timedelta(seconds=one) for one in _STEPS_S), *(timedelta(days=one) for one in _STEPS_DAYS)]
    step = next((one for one in steps if long / one <= _MOST_TICKS), steps[-1])
    if step >= timedelta(days=1):
        return step, "%m-%d" if long < timedelta(days=300) else "%Y-%m-%d"
    return step, "%H:%M:%S\n%m-%d" if step < timedelta(minutes=1) else "%H:%M\n%m-%d"


class _Drawing:
    """Traces and layout, grown panel by panel from the top."""

    def __init__(self, theme: Theme, span: Span, with_limits: bool) -> None:
        self.theme, self.span, self.with_limits = theme, span, with_limits
        self.colours = palette(theme)
        self.traces: list[go.Scatter] = []
        self.shapes: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []
        self.axes: dict[str, dict[str, Any]] = {}
        self.panels: list[list[str]] = []  # names of the axes of each panel

    def add(self, panel: list[tuple[int, TrendLine]]) -> None:
        """One panel: an axis a unit, the second one at the right."""
        units = list(dict.fromkeys(line.unit for _, line in panel))
        names = []
        for side, unit in enumerate(units):
            name = "y" if not self.axes else f"y{len(self.axes) + 1}"
            mine = [(number, line) for number, line in panel if line.unit == unit]
            extent = _extent([line for _, line in mine], self.with_limits)
            self.axes[name] = self._axis(extent, mine, unit, names[0] if side else "")
            names.append(name)
            for number, line in mine:
                self._line(number, line, name, len(panel))
            if self.with_limits:
                self._limits(mine, name, extent, is_alone=len(panel) == 1)
            self._alarms(mine, name, extent)
        self.panels.append(names)

    def figure(self) -> go.Figure:
        domains = _domains(len(self.panels))
        for names, domain in zip(self.panels, domains, strict=True):
            for name in names:
                self.axes[name]["domain"] = list(domain)
        layout: dict[str, Any] = {f"yaxis{name[1:]}": axis for name, axis in self.axes.items()}
        last = self.panels[-1][0] if self.panels else "y"
        has_right = any(len(names) > 1 for names in self.panels)
        return figure(
            self.theme,
            *self.traces,
            showlegend=False,
            xaxis=self._time(last),
            hovermode="x",
            hoversubplots="axis",
            hoverdistance=-1,  # the cursor goes on where data are missing
            dragmode="zoom",
            margin={"l": 56, "r": 56 if has_right else 16, "t": 26, "b": 40},
            shapes=self.shapes,
            annotations=self.notes,
            **layout,
        )

    def _time(self, last: str) -> dict[str, Any]:
        span = self.span
        step, words = time_ticks(span.end - span.start)
        return {
            "type": "date",
            "range": [local(span.start, span.zone), local(span.end, span.zone)],
            "tickformat": words,
            "anchor": last,
            "dtick": step.total_seconds() * 1000,
            "tickangle": 0,
        }

    def _axis(self, extent: tuple[float, float], lines: list[tuple[int, TrendLine]], unit: str, over: str) -> dict[str, Any]:
        decimals = min(max(0, ceil(-log10((extent[1] - extent[0]) / 5))), 4)  # as many as keep neighbouring ticks apart
        axis: dict[str, Any] = {
            "range": list(extent),
            "fixedrange": True,
            "tickformat": f".{decimals}f",
            "nticks": 6,
            "title": {"text": unit, "standoff": 4, "font": {"color": self.colours.text, "size": 12}},
        }
        # Plotly would put the right axis' ticks beside those of the left, at values that repeat when they are rounded.
        return axis | ({"overlaying": over, "side": "right", "showgrid": False, "tickmode": "auto"} if over else {})

    def _line(self, number: int, line: TrendLine, axis: str, together: int) -> None:
        colour = _colour(self.colours, number)
        place = {"yaxis": axis, "mode": "lines", "hoverinfo": "none"}
        if line.before:
            times, values = self._broken(line, line.before)
            self.traces.append(go.Scatter(x=times, y=values, name=f"{line.name} 对比", line={"color": colour, "width": 1.5, "dash": "dash"}, opacity=0.65, **place))
        if together <= _FEW and any(bucket.samples > 1 for bucket in line.curve):
            self.traces.append(self._band(line, axis, colour))
        times, values = self._broken(line, line.curve)
        few = len(line.curve) < 20  # a lonely value would be no line
        self.traces.append(go.Scatter(x=times, y=values, name=line.name, line={"color": colour, "width": 2}, **(place | ({"mode": "lines+markers"} if few else {}))))
        for tone in ("warn", "danger"):
            beyond = [value if value is not None and _tone(value, line.limits) == tone else None for value in values]
            if any(value is not None for value in beyond):
                self.traces.append(go.Scatter(x=times, y=beyond, line={"color": getattr(self.colours, tone), "width": 3}, **(place | {"hoverinfo": "skip"})))
        if together == 1:
            self._holes(line, axis)

    def _broken(self, line: TrendLine, curve: Sequence[Bucket]) -> tuple[list[datetime], list[float | None]]:
        """Times and values, with an empty value where data are missing."""
        starts = {start for start, _ in gaps([bucket.ts for bucket in curve], _longest(line, self.span))}
        times: list[datetime] = []
        values: list[float | None] = []
        for bucket in curve:
            times.append(local(bucket.ts, self.span.zone))
            values.append(telling(bucket, line.limits))
            if bucket.ts in starts:
                times.append(times[-1])
                values.append(None)
        return times, values

    def _band(self, line: TrendLine, axis: str, colour: str) -> go.Scatter:
        """Between the least and the most value of each bucket, broken where data are missing."""
        starts = {start for start, _ in gaps([bucket.ts for bucket in line.curve], _longest(line, self.span))}
        x: list[datetime | None] = []
        y: list[float | None] = []
        stretch: list[Bucket] = []
        for bucket in [*line.curve, None]:
            if bucket is not None:
                stretch.append(bucket)
            if stretch and (bucket is None or bucket.ts in starts):
                x += [*(local(one.ts, self.span.zone) for one in [*stretch, *stretch[::-1]]), None]
                y += [*(one.high for one in stretch), *(one.low for one in stretch[::-1]), None]
                stretch = []
        return go.Scatter(x=x, y=y, yaxis=axis, mode="none", fill="toself", fillcolor=colour, opacity=0.2, hoverinfo="skip")

    def _holes(self, line: TrendLine, axis: str) -> None:
        for start, end in gaps([*(bucket.ts for bucket in line.curve), self.span.end], _longest(line, self.span)) if line.curve else []:
            where = {"x0": local(start, self.span.zone), "x1": local(end, self.span.zone)}
            self.shapes.append({"type": "rect", "yref": f"{axis} domain", "y0": 0, "y1": 1, "layer": "below", "line": {"width": 0}, "fillcolor": self.colours.stale, "opacity": 0.16, **where})
            if end - start > (self.span.end - self.span.start) * 0.03:
                middle = local(start + (end - start) / 2, self.span.zone)
                self.notes.append({"x": middle, "yref": f"{axis} domain", "y": 0, "yanchor": "bottom", "showarrow": False, "text": f"缺 {length_words(end - start)}", "font": {"color": self.colours.stale, "size": 11}})

    def _limits(self, lines: list[tuple[int, TrendLine]], axis: str, extent: tuple[float, float], *, is_alone: bool) -> None:
        """One dashed line a limit; points that share one share the line, and it names them only where they differ."""
        owners: dict[tuple[str, float], list[str]] = {}
        for _, line in lines:
            for kind, value in line.limits.items():
                if extent[0] <= value <= extent[1]:
                    owners.setdefault((kind, value), []).append(line.name)
        words = {kind: (name, tone) for kind, name, tone in LIMIT_WORDS}
        decimals = max(line.decimals for _, line in lines)
        is_right = bool(self.axes[axis].get("overlaying"))
        for (kind, value), names in owners.items():
            name, tone = words[kind]
            colour = getattr(self.colours, tone)
            self.shapes.append({"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": axis, "y0": value, "y1": value, "line": {"color": colour, "width": 1.2, "dash": "dash"}})
            of = "" if is_alone or len(names) == len(lines) else f"{'、'.join(names)} "
            text = f"{of}{name} {value:.{decimals}f}"
            side = {"x": 1, "xanchor": "right", "xshift": -4} if is_right or len(self.axes) == 1 else {"x": 0, "xanchor": "left", "xshift": 4}
            self.notes.append({"xref": "paper", "yref": axis, "y": value, "yanchor": "bottom", "showarrow": False, "text": text, "font": {"color": colour, "size": 11}, "bgcolor": self.colours.surface, "borderpad": 1, "opacity": 0.92, **side})

    def _alarms(self, lines: list[tuple[int, TrendLine]], axis: str, extent: tuple[float, float]) -> None:
        spans = [span for _, line in lines for span in line.alarms]
        for span in spans:
            begin, end = max(span.begin, self.span.start), min(span.end or self.span.end, self.span.end)
            where = {"x0": local(begin, self.span.zone), "x1": local(end, self.span.zone)}
            self.shapes.append({"type": "rect", "yref": f"{axis} domain", "y0": 0.975, "y1": 1, "line": {"width": 0}, "fillcolor": self._of_level(span.level), "opacity": 0.75, **where})
            if span.begin >= self.span.start:
                self.shapes.append({"type": "line", "yref": f"{axis} domain", "y0": 0, "y1": 1, "x0": where["x0"], "x1": where["x0"], "line": {"color": self._of_level(span.level), "width": 1, "dash": "dot"}})
        if spans:
            self.traces.append(
                go.Scatter(
                    x=[local(max(span.begin, self.span.start), self.span.zone) for span in spans],
                    y=[extent[1]] * len(spans),
                    yaxis=axis,
                    mode="markers",
                    cliponaxis=False,
                    name="报警",
                    hoverinfo="none",
                    customdata=[span.id for span in spans],
                    marker={"size": 13, "symbol": [SYMBOLS[min(max(span.level, 1), 4)] for span in spans], "color": [self._of_level(span.level) for span in spans], "line": {"width": 1, "color": self.colours.surface}},
                )
            )

    def _of_level(self, level: int) -> str:
        return self.colours.danger if level == 1 else self.colours.warn if level in (2, 3) else self.colours.stale


def _colour(colours: Palette, number: int) -> str:
    name = COLOURS[number % len(COLOURS)]
    return colours.curve if name == "curve" else colours.categories[int(name[1:]) - 1]


def _longest(line: TrendLine, span: Span) -> float:
    """Seconds between two values from which on data are missing: three periods, and more than a bucket of the curve."""
    return max(3 * line.period_s, 90.0, 1.6 * span.width_s)


def _tone(value: float, limits: dict[str, float]) -> str:
    if value >= limits.get("high_high", float("inf")) or value <= limits.get("low_low", float("-inf")):
        return "danger"
    return "warn" if value >= limits.get("high", float("inf")) or value <= limits.get("low", float("-inf")) else ""


def _extent(lines: Sequence[TrendLine], with_limits: bool) -> tuple[float, float]:
    """Bottom and top of an axis: all values, and the limits that are near, with some air."""
    values = [value for line in lines for bucket in [*line.curve, *line.before] for value in (bucket.low, bucket.high)]
    limits = [limit for line in lines for limit in line.limits.values()] if with_limits else []
    if not values:
        values = limits or [0.0, 1.0]
    low, high = min(values), max(values)
    reach = max(high - low, 0.1 * max(abs(high), abs(low)), 10.0 ** -max(line.decimals for line in lines))
    near = [limit for limit in limits if low - reach <= limit <= high + reach]
    low, high = min([low, *near]), max([high, *near])
    air = max((high - low) * 0.12, 5 * 10.0 ** -max(line.decimals for line in lines))
    return low - air, high + air


def _domains(count: int) -> list[tuple[float, float]]:
    """Bottom and top of each panel, all of one height, the first on top."""
    height = (1.0 - _SPACE * (count - 1)) / count if count else 1.0
    tops = [1.0 - place * (height + _SPACE) for place in range(count)]
    return [(max(0.0, top - height), top) for top in tops]
