"""每月看板: the month against the month before and last year, thirteen months of what matters, by place, industry and level."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE, Content, icon, panel
from dashboard.blocks.figures import hint, ranking
from dashboard.blocks.module_home import again, ranked
from dashboard.blocks.state import empty
from dashboard.blocks.subscribe import subscribe_board, subscribe_corner, subscribe_square
from dashboard.charts import figure as chart_of
from dashboard.charts import graph, palette
from dashboard.ids import part_id
from dashboard.moments import moment_words
from dashboard.site import Page, address
from dashboard.statistic_answers import CHART, WENT
from data import monthly
from data.calendar import park_day
from data.db import read_session
from data.monthly import Month, Told
from data.statistics import Result
from data.subscriptions.content import PERIOD
from data.viewer import Viewer
from pages.leaders import monthly_reports
from pages.leaders.figures import GROUP, MODULE, PERMISSION, card, change, paper, tiles

PATH = "/decision/monthly"
MOST = 6


def layout(viewer: Viewer, month: str = "") -> Component:
    """The board of the month that the address names, of the one that runs for none or for one that cannot be."""
    now = datetime.now(UTC)
    today = park_day(now)
    shown = monthly.month_of(month, today)
    with read_session() as session:
        told = monthly.figures(session, viewer, shown)
        parts = [
            _head(viewer, shown, today, now),
            tiles([subscribe_corner(viewer, "figure", one.figure.key, _card(one), schedule="monthly") for one in told.values()]),
            html.Div([_trend(title, told[one.key], told[other.key], shown) for title, one, other in monthly.TRENDS if one.key in told], className="month-trends"),
            html.Div(_rankings(session, viewer, shown), className="month-ranks"),
        ]
    return html.Div(parts, className="day-board month-board", **{"data-paper": paper(f"每月看板　{shown.first.isoformat()} 至 {shown.last.isoformat()}")})


def _head(viewer: Viewer, month: Month, today: date, now: datetime) -> Component:
    is_running = month.first == today.replace(day=1)
    days = f"{month.first.isoformat()} 至 {month.last.isoformat()}"
    until = f"数据截至 {moment_words(now, now)}" if is_running else days
    before, after = (monthly.months_before(month.first, step) for step in (1, -1))
    pick = html.Form(
        [
            dcc.Link(icon("chevron-left"), href=address(PATH, month=f"{before:%Y-%m}"), className="button square small", title="上月"),
            # dcc.Input has no month; a text of seven signs does as well.
            dcc.Input(name="month", value=month.key, type="text", pattern="[0-9]{4}-[0-9]{2}", maxLength=7, className="input day-input", placeholder="2026-01"),
            html.Button("查看", type="submit", className="button small"),
            dcc.Link(icon("chevron-right"), href=address(PATH, month=f"{after:%Y-%m}"), className="button square small", title="下月") if not is_running else None,
        ],
        className="row-line day-pick",
        key=month.key,
        **{"data-search": PATH},
    )
    compared = f"{days}。本月未结束，与上月、上年同月的相同天数比较。" if is_running else "与上月、上年同月全月比较。"
    printing = html.Button([icon("printer"), " 打印"], type="button", className="button small", title="打印到 A4", **{"data-print": "month"})
    return html.Div([html.Span([until, " ", hint(compared)], className="day-until"), pick, subscribe_board(viewer, "monthly"), *monthly_reports.maker(viewer, month), printing, again()], className="page-head")


# ---- Figures -----------------------------------------------------------------------------------------------------------


def _card(one: Told) -> Component:
    if one.value is None:
        return card(one.figure, None, "", [], why="这个月没有记录")
    lines: list[Content] = [[words, _compared(one, past)] for words, past in (("比上月 ", one.before), ("比上年同月 ", one.year_ago))]
    return card(one.figure, one.value, one.href, lines)


def _compared(one: Told, past: int | None) -> Component:
    """By how many, and by how much of a hundred where there was something."""
    if past is None or one.value is None:
        return html.Span([NO_VALUE, " ", hint("当时还没有记录。")])
    share = f"（{100 * (one.value - past) / past:+.1f} %）" if past and one.value != past else ""
    return html.Span([change(one.figure, one.value - past), html.Small(share)])


# ---- Thirteen months ---------------------------------------------------------------------------------------------------


def _trend(title: str, one: Told, other: Told, month: Month) -> Component:
    """Two figures of thirteen months beside each other; a bar opens its rows."""
    colours = palette("light")
    firsts = [monthly.months_before(month.first, back) for back in range(monthly.MONTHS - 1, -1, -1)]
    tones = (colours.primary, colours.ok if other.figure.good == "high" else colours.danger)
    keys = [f"{first:%Y-%m}" for first in firsts]
    traces = [_bars(told, firsts, keys, month, colour) for told, colour in zip((one, other), tones, strict=True)]
    chart = chart_of("light", *traces, barmode="group", bargap=0.35, hovermode="closest", legend={"x": 1, "xanchor": "right", "y": 1.0}, margin={"l": 44, "r": 4, "t": 28, "b": 24})
    chart.update_xaxes(type="category", tickvals=keys, ticktext=[f"{first.month}" if first.month > 1 else f"{first.year % 100}年" for first in firsts], tickangle=0, fixedrange=True)
    most = max((value or 0 for trace in traces for value in trace.y), default=0)
    chart.update_yaxes(rangemode="tozero", range=[0, max(most, 4) * 1.15], tickformat=",d", fixedrange=True)
    key = f"month-{one.figure.key}"
    body = html.Div([dcc.Store(id=part_id(WENT, key)), graph(part_id(CHART, key), chart, className="statistic-chart")], className="trend-chart")
    return panel(title, body, note=f"{one.figure.unit}，{monthly.MONTHS} 个月", className="day-trend")


def _bars(told: Told, firsts: Sequence[date], keys: Sequence[str], month: Month, colour: str) -> Any:
    spans = [monthly.until(first, month.last) for first in firsts]
    words = [NO_VALUE if value is None else f"{value:,} {told.figure.unit}" for value in told.months]
    tips = [f"<b>{key}</b><br>{told.figure.label}　{text}" for key, text in zip(keys, words, strict=True)]
    hrefs = [told.figure.address(span.first, span.last) if value else "" for span, value in zip(spans, told.months, strict=True)]
    return go.Bar(name=told.figure.label, x=list(keys), y=list(told.months), customdata=hrefs, hovertext=tips, hovertemplate="%{hovertext}<extra></extra>", marker={"color": colour})


# ---- Rankings ----------------------------------------------------------------------------------------------------------


def _rankings(session: Session, viewer: Viewer, month: Month) -> list[Component]:
    boxes = []
    results: dict[str, Result] = {}  # two splits may tell of the same statistic
    for split in monthly.SPLITS:
        if not viewer.may(split.statistic.permission):
            continue
        key = split.statistic.key
        result = results[key] = results.get(key) or split.result(session, viewer, month)
        main = split.statistic.main
        body = empty("本月没有") if result.is_empty else _parts(result) if split.is_by_part else ranking(ranked(result), most=MOST)
        bell = subscribe_square(viewer, "statistic", split.statistic.key, f"?{PERIOD}={split.days}", schedule="monthly", name=f"订阅“{split.title}”", small=True)
        boxes.append(panel(split.title, body, note=f"{main.label}，{main.unit}", actions=[hint(split.statistic.definition), bell], className="tight"))
    return boxes


def _parts(result: Result) -> Component:
    unit = result.statistic.main.unit
    found = [one for one in result.series if result.value(series=one.key)]
    rows = [html.Div([html.Span(one.label), html.A(f"{result.value(series=one.key):,}", href=result.address(series=one.key)), html.Small(f" {unit}")]) for one in found]
    return html.Div(rows, className="rows month-levels")


PAGE = Page(PATH, "每月看板", layout, PERMISSION, module=MODULE, group=GROUP, register=monthly_reports.register)
