"""Charts: one Plotly template a theme, Chinese words and dates, no mode bar.

Figures are made on the server; their colours are read from ``assets/10-theme.css``, the one place where colours stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import plotly.graph_objects as go
from dash import dcc

from data.colours import tokens

Theme = Literal["light", "dark"]

FONT = '"Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif'
CLEAR = "rgba(0,0,0,0)"
MOST_CATEGORIES = 7
_WEEK = ("周日", "周一", "周二", "周三", "周四", "周五", "周六")
_MONTHS = tuple(f"{month}月" for month in range(1, 13))

LOCALE = {
    "dictionary": {
        "Click to enter Plot title": "标题",
        "Reset axes": "还原",
        "Autoscale": "自动缩放",
        "Loading": "加载中",
    },
    "format": {
        "days": [f"星期{day}" for day in "日一二三四五六"],
        "shortDays": list(_WEEK),
        "months": list(_MONTHS),
        "shortMonths": list(_MONTHS),
        "date": "%Y-%m-%d",
        "dateTime": "%Y-%m-%d %H:%M:%S",
        "time": "%H:%M:%S",
        "year": "%Y年",
        "month": "%Y-%m",
        "dayMonth": "%m-%d",
        "dayMonthYear": "%Y-%m-%d",
    },
}
CONFIG: dict[str, Any] = {
    "displayModeBar": False,
    "displaylogo": False,
    "responsive": True,
    "scrollZoom": False,
    "doubleClick": "reset",
    "showTips": False,
    "locale": "zh-CN",
    "locales": {"zh-CN": LOCALE, "zh": LOCALE},
}


class Palette(NamedTuple):
    """The colours of one theme that charts use, by the names of ``10-theme.css``."""

    text: str
    muted: str
    surface: str
    line: str
    grid: str
    axis: str
    curve: str
    curve_2: str
    danger: str
    warn: str
    ok: str
    primary: str
    stale: str
    before: str
    other: str
    categories: tuple[str, ...]
    steps: tuple[str, ...]  # of ordered classes, from much to little
    risks: tuple[str, ...]  # the four levels of risk, the gravest first


@lru_cache
def palette(theme: Theme) -> Palette:
    """The colours of a theme, read from the one place where they stand."""
    found = tokens(theme)
    names = ("text", "muted", "raised" if theme == "dark" else "surface", "line", "grid", "axis", "curve", "curve-2")
    states = ("danger", "warn", "ok", "primary", "stale", "c-before", "c-other")
    categories, steps, risks = (tuple(found[f"{letter}{n}"] for n in range(1, most + 1)) for letter, most in (("c", 8), ("b", 4), ("risk-", 4)))
    return Palette(*(found[name] for name in (*names, *states)), categories, steps, risks)


@lru_cache
def template(theme: Theme) -> go.layout.Template:
    """The look of every chart of a theme (office: light, room: dark)."""
    colours = palette(theme)
    axis = {
        "gridcolor": colours.grid,
        "zeroline": False,
        "ticks": "",
        "tickfont": {"color": colours.muted, "size": 12},
        "automargin": False,
        "title": {"standoff": 6},
    }
    light = theme == "light"
    return go.layout.Template(
        layout={
            "paper_bgcolor": CLEAR,
            "plot_bgcolor": CLEAR,
            "font": {"family": FONT, "size": 12, "color": colours.muted},
            "colorway": list(colours.categories) if light else [colours.curve, *colours.categories[1:7]],
            "margin": {"l": 48, "r": 12, "t": 28, "b": 34} if light else {"l": 46, "r": 64, "t": 10, "b": 24},
            "bargap": 0.55,
            "xaxis": {**axis, "showgrid": not light, "showline": light, "linecolor": colours.axis},
            "yaxis": {**axis, "showline": False, "nticks": 5},
            "hovermode": "x unified",
            "hoverlabel": {
                "bgcolor": colours.surface,
                "bordercolor": colours.line,
                "font": {"color": colours.text, "size": 12},
            },
            "legend": {
                "orientation": "h",
                "x": 0,
                "y": 1.02,
                "xanchor": "left",
                "yanchor": "bottom",
                "font": {"size": 12},
            },
            "separators": ".,",
            "dragmode": False,
            "transition": {"duration": 0},
        },
        data={
            "scatter": [{"line": {"width": 2, "shape": "linear"}, "connectgaps": False, "marker": {"size": 6}}],
            "bar": [
                {
                    "marker": {
                        "color": colours.primary if light else colours.categories[0],
                        "line": {"width": 1 if light else 0, "color": colours.surface},
                    }
                }
            ],
            "pie": [
                {
                    "hole": 0.62,
                    "sort": False,
                    "marker": {"line": {"width": 1, "color": colours.surface}},
                    "textinfo": "none",
                }
            ],
        },
    )


def figure(theme: Theme, *traces: Any, **layout: Any) -> go.Figure:
    """A figure in the look of the theme; ``layout`` as for Plotly."""
    return go.Figure(data=list(traces), layout={"template": template(theme), "showlegend": len(traces) > 1, **layout})


def graph(id: Any, shown: go.Figure, *, height: int | None = None, className: str = "") -> dcc.Graph:
    """The component of a figure: no mode bar, Chinese, as wide as its place."""
    style = {"height": f"{height}px"} if height else {"height": "100%"}
    return dcc.Graph(id=id, figure=shown, config=CONFIG, style=style, className=className)


def bars(
    theme: Theme, names: Sequence[str], values: Sequence[float], *, unit: str = "", top: bool = False
) -> go.Figure:
    """One series of bars; ``top`` draws a ranking: horizontal, sorted, value at the end, ten at most."""
    if not top:
        shown = go.Bar(x=list(names), y=list(values), hovertemplate=f"%{{x}}：%{{y:,}} {unit}<extra></extra>")
        return figure(
            theme,
            shown,
            yaxis={"rangemode": "tozero"},
            annotations=[_unit(unit, theme)] if unit else [],
            hovermode="closest",
        )
    ranked = sorted(zip(names, values, strict=True), key=lambda pair: -pair[1])[:10]
    kept, heights = [name for name, _ in ranked][::-1], [value for _, value in ranked][::-1]
    shown = go.Bar(
        y=kept,
        x=heights,
        orientation="h",
        text=[f"{value:,}" for value in heights],
        textposition="outside",
        cliponaxis=False,
    )
    return figure(
        theme,
        shown,
        xaxis={"visible": False},
        yaxis={"automargin": True, "nticks": 0},
        margin={"l": 8, "r": 40, "t": 8, "b": 8},
        hovermode=False,
    )


def ring(theme: Theme, names: Sequence[str], values: Sequence[float], *, unit: str = "") -> go.Figure:
    """A ring with the total in the middle; more than seven parts become 其他. Words and values belong in a table beside it."""
    pairs = sorted(zip(names, values, strict=True), key=lambda pair: -pair[1])
    rest = sum(value for _, value in pairs[MOST_CATEGORIES:])
    shown = [*pairs[:MOST_CATEGORIES], *([("其他", rest)] if rest else [])]
    colours = palette(theme)
    paint = [*colours.categories[: len(pairs[:MOST_CATEGORIES])], colours.other][: len(shown)]
    total = f"<b style='font-size:20px;color:{colours.text}'>{sum(values):,}</b><br>{unit}"
    trace = go.Pie(
        labels=[name for name, _ in shown],
        values=[value for _, value in shown],
        marker={"colors": paint},
        hovertemplate=f"%{{label}}：%{{value:,}} {unit}，%{{percent}}<extra></extra>",
    )
    return figure(
        theme,
        trace,
        annotations=[{"text": total, "showarrow": False, "x": 0.5, "y": 0.5}],
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        hovermode="closest",
    )


def limit_lines(theme: Theme, limits: Iterable[tuple[str, float, str]]) -> dict[str, list[dict[str, Any]]]:
    """Shapes and annotations of (name, value, level) limits: dashed lines with name and value at the right edge.

    ``level`` is ``danger`` (高高, 低低) or ``warn`` (高, 低).
    """
    colours = palette(theme)
    shapes, notes = [], []
    for name, value, level in limits:
        colour = colours.danger if level == "danger" else colours.warn
        shapes.append(
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": value,
                "y1": value,
                "line": {"color": colour, "width": 1.2, "dash": "dash"},
            }
        )
        notes.append(
            {
                "xref": "paper",
                "x": 1,
                "y": value,
                "xanchor": "left",
                "yanchor": "middle",
                "showarrow": False,
                "text": f"{name} {value:g}",
                "font": {"color": colour, "size": 11},
            }
        )
    return {"shapes": shapes, "annotations": notes}


def gaps(times: Sequence[datetime], longest_s: float) -> list[tuple[datetime, datetime]]:
    """Stretches longer than ``longest_s`` seconds between two neighbouring times: there, data are missing."""
    return [
        (before, after)
        for before, after in pairwise(times)
        if (after - before).total_seconds() > longest_s
    ]


def _unit(text: str, theme: Theme) -> dict[str, Any]:
    return {
        "text": text,
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": 1,
        "xanchor": "right",
        "yanchor": "bottom",
        "xshift": -8,
        "yshift": 6,
        "showarrow": False,
        "font": {"color": palette(theme).muted, "size": 12},
    }
