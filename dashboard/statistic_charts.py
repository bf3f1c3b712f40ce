"""The figures of a statistic: bars, stacked bars, a ring. Every shape carries the address of its rows as custom data."""

from __future__ import annotations

from typing import Any, NamedTuple

import plotly.graph_objects as go

from dashboard.charts import MOST_CATEGORIES, Palette, Theme, figure, palette
from data.statistics import NONE, Group, Result, Words

MOST_PARTS = 5  # of one bar; the rest are put together
WIDEST = 44  # px of a bar
PLOT = 880  # px, about: the width by which bars are kept from growing too wide
LONGEST = 8  # characters under a bar
OTHER = "其他"


class Part(NamedTuple):
    """One colour of the bars: a part of the series, or a measure. ``series`` and ``measure`` find its numbers."""

    label: str
    series: tuple[str, ...]
    measure: str
    colour: str


def parts(result: Result, theme: Theme = "light") -> list[Part]:
    """What the bars are made of, from below: parts of the series (the smallest put together), measures, or all in one."""
    statistic, colours = result.statistic, palette(theme)
    stacked = statistic.parts
    if not result.series:
        if not stacked:
            return [Part(statistic.main.label, ("",), statistic.main.key, colours.primary)]
        paint = [_tone(colours, one.tone) or colours.categories[n] for n, one in enumerate(stacked)]
        return [Part(one.label, ("",), one.key, paint[n]) for n, one in enumerate(stacked)]
    used = [one for one in result.series if result.value(series=one.key)]
    kept, rest = (used, []) if len(used) <= MOST_PARTS + 1 else (used[:MOST_PARTS], used[MOST_PARTS:])
    is_graded = isinstance(statistic.series, Words) and statistic.series.is_graded
    made = [Part(one.label, (one.key,), statistic.main.key, colour_of(one, n, colours, is_graded=is_graded)) for n, one in enumerate(kept)]
    return [*made, *([Part(f"{OTHER} {len(rest)} 项", tuple(one.key for one in rest), statistic.main.key, colours.other)] if rest else [])]


def colour_of(group: Group, place: int, colours: Palette, *, is_graded: bool = False) -> str:
    """The colour of a group: of its state, of its step, or the category's in its order."""
    if group.key == NONE:
        return colours.other
    if _tone(colours, group.tone):
        return _tone(colours, group.tone)
    palette_of = colours.steps if is_graded else colours.categories
    return palette_of[place] if place < len(palette_of) else colours.other


def bars(result: Result, theme: Theme = "light", rest_href: str = "") -> go.Figure:
    """A bar for each group, stacked from its parts, the total above; ``rest_href`` is where parts put together stand one by one."""
    groups, made, colours = result.groups, parts(result, theme), palette(theme)
    places = list(range(len(groups)))
    totals = [result.value(group.key) or 0 for group in groups]
    traces: list[Any] = [_trace(result, part, rest_href, is_one_of_many=len(made) > 1) for part in made]
    above = go.Scatter(
        x=places,
        y=totals,
        mode="text",
        text=[f"{total:,}" for total in totals],
        textposition="top center",
        textfont={"color": colours.text, "size": 12, "weight": 600},
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
    )
    shown = figure(
        theme,
        *traces,
        above,
        barmode="stack",
        bargap=max(0.5, 1 - len(groups) * WIDEST / PLOT),
        hovermode="closest",
        showlegend=len(made) > 1,
        legend={"x": 1, "xanchor": "right", "y": 1.04, "traceorder": "normal", "itemdoubleclick": False},
        annotations=[_unit(result.statistic.main.unit, colours)],
        margin={"l": 52, "r": 12, "t": 40, "b": 40},
    )
    shown.update_xaxes(tickvals=places, ticktext=[_cut(group.label) for group in groups], tickangle=0, range=[-0.5, max(len(groups), 1) - 0.5], fixedrange=True)
    shown.update_yaxes(rangemode="tozero", fixedrange=True, tickformat=",d", range=[0, max([*totals, 4]) * 1.12])
    return shown


def ring(result: Result, theme: Theme = "light", rest_href: str = "") -> go.Figure:
    """The groups as a ring with the total in the middle; words and numbers stand in the table beside it."""
    colours, main = palette(theme), result.statistic.main
    slices = ring_slices(result, theme, rest_href)
    trace = go.Pie(
        labels=[one.label for one in slices],
        values=[one.value for one in slices],
        customdata=[one.href for one in slices],
        marker={"colors": [one.colour for one in slices]},
        hovertext=[_tip(f"{one.label}　{one.value:,} {main.unit}", "", one.value if one.href else 0, result, others=one.is_rest) for one in slices],
        hovertemplate="%{hovertext}<extra></extra>",
        direction="clockwise",
    )
    words = f"<b style='font-size:22px;color:{colours.text}'>{result.value() or 0:,}</b><br>{main.label}（{main.unit}）"
    return figure(
        theme,
        trace,
        annotations=[{"text": words, "showarrow": False, "x": 0.5, "y": 0.5}],
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        hovermode="closest",
    )


class Slice(NamedTuple):
    """A part of the ring and a line of the table beside it."""

    label: str
    value: int | float
    share: float
    href: str
    colour: str
    is_rest: bool = False


def ring_slices(result: Result, theme: Theme = "light", rest_href: str = "") -> list[Slice]:
    """The parts of the main measure where it has any, else the largest seven groups and the rest together.

    ``rest_href`` is where the rest stands one by one.
    """
    colours = palette(theme)
    if result.statistic.parts and not result.series:
        made = [(one.label, one.measure, one.colour) for one in parts(result, theme)]
        return [Slice(label, result.value(measure=key) or 0, result.part_share(key) or 0, result.address(measure=key), colour) for label, key, colour in made]
    is_graded = isinstance(result.dimension, Words) and result.dimension.is_graded
    ranked = sorted((group for group in result.groups if result.value(group.key)), key=lambda one: -(result.value(one.key) or 0))
    places = {group.key: place for place, group in enumerate(result.groups if is_graded else ranked)}
    kept, rest = ranked[:MOST_CATEGORIES], ranked[MOST_CATEGORIES:]
    found = [
        Slice(one.label, result.value(one.key) or 0, result.share(one.key) or 0, result.address(one.key), colour_of(one, places[one.key], colours, is_graded=is_graded))
        for one in kept
    ]
    if rest:
        value = sum(result.value(one.key) or 0 for one in rest)
        share = sum(result.share(one.key) or 0 for one in rest)
        found.append(Slice(f"{OTHER} {len(rest)} 项", value, share, rest_href, colours.other, is_rest=True))
    return found


def _trace(result: Result, part: Part, rest_href: str, *, is_one_of_many: bool) -> go.Bar:
    is_rest = len(part.series) > 1
    unit = result.statistic.main.unit
    values = [sum(result.value(group.key, one, part.measure) or 0 for one in part.series) for group in result.groups]
    tips = []
    for group, value in zip(result.groups, values, strict=True):
        total = f"合计　{result.value(group.key):,} {unit}" if is_one_of_many else ""
        tips.append(_tip(f"<b>{group.label}</b><br>{part.label}　{value:,} {unit}", total, value, result, others=is_rest))
    # An address holds one value of a column, so what was put together opens the table instead.
    hrefs = [rest_href if is_rest else result.address(group.key, part.series[0], part.measure) for group in result.groups]
    return go.Bar(
        name=part.label,
        x=list(range(len(values))),
        y=values,
        customdata=hrefs,
        hovertext=tips,
        hovertemplate="%{hovertext}<extra></extra>",
        marker={"color": part.colour},
    )


def _tip(first: str, second: str, value: float, result: Result, *, others: bool = False) -> str:
    way = "点击查看表格" if others else f"点击查看这 {value:,} {result.statistic.main.unit}{result.statistic.name} ›"
    return "<br>".join(one for one in (first, second, way if value else "") if one)


def _tone(colours: Palette, tone: str) -> str:
    named = {"ok": colours.ok, "warn": colours.warn, "danger": colours.danger, "primary": colours.primary, "stale": colours.stale, "note": colours.warn}
    return (named | {f"risk-{level}": colour for level, colour in enumerate(colours.risks, 1)}).get(tone, "")


def _cut(label: str) -> str:
    return label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"


def _unit(text: str, colours: Palette) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": 1, "xanchor": "right", "yanchor": "bottom", "xshift": -8, "yshift": 6}
    return {**place, "text": text, "showarrow": False, "font": {"color": colours.muted, "size": 12}}
