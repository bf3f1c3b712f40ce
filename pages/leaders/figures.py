"""How a figure of a day or a month looks on the boards of leaders: its number, what it is compared with, its meaning on hover."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.blocks.basic import NO_VALUE, Content, icon
from dashboard.blocks.figures import hint
from data.day_figures import DayFigure
from data.settings import current_settings

PERMISSION, MODULE, GROUP = "decision.view", "决策分析", "领导决策"


def change(figure: DayFigure, number: float | None, *, percent: bool = False) -> Component:
    """+3 or -4 in the colour of good or bad, where the direction is either; 持平 for nothing."""
    if number is None:
        return html.Span(NO_VALUE, className="muted")
    if not number:
        return html.Span("持平")
    is_bad = (number > 0) == (figure.good == "low")
    tone = "" if not figure.good else "worse" if is_bad else "better"
    return html.B(f"{number:+.1f} %" if percent else f"{number:+,.0f}", className=f"change-{tone}" if tone else "")


def spark(values: Sequence[int | None]) -> Component:
    """The last days as small bars, the day itself in the strong colour."""
    most = max((one or 0 for one in values), default=0) or 1
    bars = [html.I(style={"--v": f"{100 * (one or 0) / most:.0f}%"}, className="off" if one is None else "") for one in values]
    return html.Div(bars, className="day-spark", title="近 7 天：" + "、".join(NO_VALUE if one is None else f"{one:,}" for one in values))


def paper(words: str) -> str:
    """The head of a board on paper: whose it is and of when."""
    return f"{current_settings().park_name}{words}"


def tiles(cards: Sequence[Component]) -> Component:
    """The cards in rows that are full, as far as their number lets them."""
    columns = min((6, 5, 4), key=lambda number: -len(cards) % number)
    return html.Div(cards, className="kpis day-kpis", style={"--columns": str(columns)})


def card(figure: DayFigure, value: int | None, href: str, lines: Sequence[Content], *, bars: Sequence[int | None] = (), why: str = "") -> Component:
    """The figure as a card that opens its rows; ``why`` says what stands in the way of a number."""
    shown = html.Div([html.Span(NO_VALUE if value is None else f"{value:,}"), html.Small(figure.unit)], className="v")
    meaning = figure.definition + ("点击打开这些记录。" if href else "")
    body = [
        html.Div([figure.label, " ", hint(meaning)], className="l"),
        html.Div([shown, spark(bars) if bars else None], className="day-value"),
        *(html.Div(one, className="d") for one in lines),
        html.Div([icon("info-circle"), " ", why], className="d") if why else None,
    ]
    return dcc.Link(body, href=href, className="panel kpi") if href else html.Div(body, className="panel kpi")
