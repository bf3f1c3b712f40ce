"""The charts of a topic. Every shape carries the address after a click on it: chosen, or chosen no longer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard.charts import CLEAR, MOST_CATEGORIES, figure, palette
from dashboard.site import address
from dashboard.statistic_charts import OTHER, Part, colour_of, parts
from dashboard.topic import Chart
from data.statistics import Group, Result, Words
from data.statistics.crossing import cell, is_chosen, toggled

MOST_BARS = 8
MOST_MONTHS = 36
LONGEST = 9  # characters beside a bar
PALE = 0.28  # what is not chosen in a chart where something is
TICKS = 6
FEWEST_BARS = 6  # so that two bars do not fill the whole chart
SIGN = 13  # px of a character


class Crossing:
    """A chart with what is chosen on the whole page."""

    def __init__(self, path: str, chart: Chart, result: Result, choices: Mapping[str, str]) -> None:
        self.path, self.chart, self.result, self.choices = path, chart, result, choices
        statistic = result.statistic
        self.chosen = {one.key for one in result.groups if is_chosen(choices, cell(result, one.key))}
        self.unit, self.noun = statistic.main.unit, statistic.name

    def href(self, group: str, measure: str = "") -> str:
        """The address after a click on a group, or on a part of it; empty where there are no rows."""
        conditions = cell(self.result, group, measure)
        if not conditions or not self.result.value(group, measure=measure):
            return ""
        return address(self.path, **toggled(self.result.statistic, self.choices, conditions))

    def opacity(self, groups: Sequence[Group]) -> list[float]:
        """Pale, where another group of the chart is chosen."""
        return [1 if not self.chosen or one.key in self.chosen else PALE for one in groups]

    def tip(self, group: Group, part: Part, *, is_one_of_many: bool) -> str:
        """What is shown on hover."""
        value = self.result.value(group.key, measure=part.measure) or 0
        lines = [f"<b>{group.label}</b>", f"{part.label}　{value:,} {self.unit}"]
        lines += [f"合计　{self.result.value(group.key):,} {self.unit}"] if is_one_of_many else []
        return "<br>".join([*lines, "点击取消" if group.key in self.chosen else "点击筛选"] if value else lines)


def drawn(one: Crossing) -> go.Figure:
    """The figure of a chart."""
    return {"rank": _rank, "ring": _ring, "months": _months}[one.chart.form](one)


def kept(one: Crossing) -> tuple[list[Group], list[Group]]:
    """The groups that a chart of bars shows, chosen ones among them, and those left out."""
    used = [group for group in one.result.groups if one.result.value(group.key) or group.key in one.chosen]
    if len(used) <= MOST_BARS:
        return used, []
    first = used[:MOST_BARS]
    first = [*first[: MOST_BARS - 1], *[group for group in used[MOST_BARS:] if group.key in one.chosen][:1]] if not one.chosen <= {group.key for group in first} else first
    return first, [group for group in used if group not in first]


def _rank(one: Crossing) -> go.Figure:
    groups, rest = kept(one)
    colours, places = palette("light"), list(range(len(groups)))
    totals = [one.result.value(group.key) or 0 for group in groups]
    traces = [_bar(one, part, groups, places, is_level=True) for part in parts(one.result)]
    ends = go.Scatter(
        x=totals, y=places, mode="text", text=[f" {total:,}" for total in totals], textposition="middle right", textfont={"color": colours.text, "size": 12}, hoverinfo="skip", showlegend=False, cliponaxis=False
    )
    shown = figure("light", *traces, ends, barmode="stack", bargap=0.34, hovermode="closest", showlegend=len(traces) > 1, legend=_legend(), margin={"l": _room(groups), "r": 48, "t": 26 if len(traces) > 1 else 8, "b": 22 if rest else 6})
    shown.update_yaxes(tickvals=places, ticktext=[_cut(group.label) for group in groups], range=[max(len(groups), FEWEST_BARS) - 0.5, -0.5], fixedrange=True, showgrid=False, ticks="outside", ticklen=5, tickcolor=CLEAR, tickfont={"color": colours.text, "size": 12})
    shown.update_xaxes(visible=False, fixedrange=True, range=[0, (max(totals, default=0) or 1) * 1.02])
    if rest:
        words = f"{OTHER} {len(rest)} 项共 {sum(one.result.value(group.key) or 0 for group in rest):,} {one.unit}，见表格"
        shown.add_annotation(text=words, xref="paper", yref="paper", x=0, y=0, yshift=-20, showarrow=False, xanchor="left", yanchor="bottom", font={"size": 12, "color": colours.muted})
    return shown


def _months(one: Crossing) -> go.Figure:
    groups = list(one.result.groups)[-MOST_MONTHS:]
    keys = [group.key for group in groups]
    traces = [_bar(one, part, groups, keys, is_level=False) for part in parts(one.result)]
    shown = figure("light", *traces, barmode="stack", bargap=0.3, hovermode="closest", showlegend=len(traces) > 1, legend=_legend(), margin={"l": 40, "r": 18, "t": 26, "b": 24})
    step = max(1, -(-len(keys) // TICKS))
    marked = keys[len(keys) - 1 :: -step][::-1] if keys else []
    shown.update_xaxes(type="category", tickvals=marked, ticktext=[key[2:] if "-" in key else key for key in marked], tickangle=0, fixedrange=True)
    most = max((one.result.value(group.key) or 0 for group in groups), default=0)
    shown.update_yaxes(rangemode="tozero", range=[0, max(most, 4) * 1.08], tickformat=",d", fixedrange=True)
    return shown


def _ring(one: Crossing) -> go.Figure:
    colours = palette("light")
    groups = [group for group in one.result.groups if one.result.value(group.key)]
    is_graded = isinstance(one.result.dimension, Words) and one.result.dimension.is_graded
    paint = [colour_of(group, place, colours, is_graded=is_graded) if place < MOST_CATEGORIES else colours.other for place, group in enumerate(groups)]
    whole = sum(one.result.value(group.key) or 0 for group in groups)
    part = Part(one.result.statistic.main.label, ("",), one.result.statistic.main.key, "")
    trace = go.Pie(
        labels=[group.label for group in groups],
        values=[one.result.value(group.key) for group in groups],
        customdata=[one.href(group.key) for group in groups],
        marker={"colors": [_faded(colour, strength) for colour, strength in zip(paint, one.opacity(groups), strict=True)]},
        hovertext=[one.tip(group, part, is_one_of_many=False) for group in groups],
        hovertemplate="%{hovertext}<extra></extra>",
        textinfo="label+value",
        texttemplate="%{label}<br>%{value:,}",
        textposition="outside",
        textfont={"color": colours.text, "size": 12},
        direction="clockwise",
        automargin=True,
    )
    words = f"<b style='font-size:20px;color:{colours.text}'>{whole:,}</b><br>{one.unit}"
    return figure("light", trace, annotations=[{"text": words, "showarrow": False, "x": 0.5, "y": 0.5}], margin={"l": 24, "r": 24, "t": 24, "b": 24}, hovermode="closest", showlegend=False)



def _bar(one: Crossing, part: Part, groups: Sequence[Group], places: Sequence[Any], *, is_level: bool) -> go.Bar:
    values = [one.result.value(group.key, measure=part.measure) or 0 for group in groups]
    # A bar of one colour stands for its group; a part of several stands for both.
    measure = part.measure if one.result.statistic.parts else ""
    return go.Bar(
        name=part.label,
        x=values if is_level else list(places),
        y=list(places) if is_level else values,
        orientation="h" if is_level else "v",
        customdata=[one.href(group.key, measure) for group in groups],
        hovertext=[one.tip(group, part, is_one_of_many=bool(measure)) for group in groups],
        hovertemplate="%{hovertext}<extra></extra>",
        marker={"color": part.colour, "opacity": one.opacity(groups)},
    )


def _room(groups: Sequence[Group]) -> int:
    """Px for the names beside the bars."""
    return 14 + SIGN * max((len(_cut(group.label)) for group in groups), default=4)


def _legend() -> dict[str, Any]:
    return {"x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom", "traceorder": "normal", "itemclick": False, "itemdoubleclick": False}


def _faded(colour: str, strength: float) -> str:
    if strength == 1 or not colour.startswith("#"):
        return colour
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{strength})"


def _cut(label: str) -> str:
    last = label.rpartition("-")[2]
    return last if len(last) <= LONGEST else f"{last[: LONGEST - 1]}…"
