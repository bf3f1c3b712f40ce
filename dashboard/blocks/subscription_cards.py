"""Subscriptions on the personal home: each computed anew when it is opened, as a card with a small chart."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE, Content, icon
from dashboard.blocks.figures import Line, hint, legend, ranking
from dashboard.blocks.state import blank
from dashboard.charts import figure as chart_of
from dashboard.charts import graph, palette
from dashboard.ids import part_id
from dashboard.moments import zone
from dashboard.statistic_answers import CHART, WENT
from dashboard.statistic_charts import bars, ring, ring_slices
from data.errors import Forbidden, PlatformError
from data.models import Subscription
from data.rules.subscriptions import Seen, difference
from data.statistics import Period, Ratio, Result
from data.subscriptions import content as of
from data.subscriptions.content import Row, What
from data.subscriptions.keeping import PATH, mine, when_words
from data.subscriptions.telling import difference_words, number_words
from data.viewer import Viewer

MOST, PARTS, PERIODS, RECORDS, FIGURES = 12, 5, 8, 4, 12


def cards(session: Session, viewer: Viewer, now: datetime) -> list[Component]:
    """The viewer's subscriptions in their order; what cannot be shown says why."""
    shown = [one for one in mine(session, viewer) if one.state == "active" or one.reason][:MOST]
    return [_card(session, viewer, one, now) for one in shown]


def _card(session: Session, viewer: Viewer, one: Subscription, now: datetime) -> Component:
    what = What.of(one)._replace(schedule="change")  # as it stands now
    try:
        if one.state != "active":
            raise Forbidden(one.reason or "")
        told, chart = _drawn(session, viewer, one, what, now)
    except PlatformError as error:
        return _framed(one, "已暂停", html.Div(blank("pause-circle", "暂时看不到这项内容", str(error), tone="orange"), className="subscription-blank"))
    number = html.Div([html.B(number_words(told.value, told.decimals)), html.Small(told.unit)], className="subscription-number")
    head = html.Div([number, html.Span(_since(one, told), className="cap cut")], className="subscription-head")
    about = "；".join(part for part in (told.label, told.conditions, f"数据范围：{told.scope}", when_words(one, told.unit)) if part)
    return _framed(one, f"截至 {now.astimezone(zone()):%H:%M}", [head, chart], href=told.href, about=about)


def _framed(one: Subscription, cap: str, body: Content, *, href: str = "", about: str = "") -> Component:
    title = dcc.Link(one.title, href=href, className="cut", title=one.title) if href else html.Span(one.title, className="cut", title=one.title)
    manage = html.A(icon("three-dots"), href=f"{PATH}?open={one.id}", className="subscription-more", title="推送记录与设置", **{"aria-label": f"“{one.title}”的推送记录与设置"})
    end = html.Div([html.Span(cap, className="cap nowrap"), hint(about) if about else None, manage], className="end row-line")
    return html.Section([html.Header([html.H3(title), end]), html.Div(body, className="panel-body")], className="panel subscription-card")


def _since(one: Subscription, told: of.Content) -> str:
    """How it differs from what was told last; a figure is compared with the day before, a board says itself with what."""
    if told.shape == "days":
        before = told.rows[-2].value if len(told.rows) > 1 else None
        return f"昨日 {number_words(before)}"
    if told.shape == "figures":
        return told.label
    seen = Seen.of(one.seen)
    words = difference_words(told, difference(seen, told.seen))
    return words if one.last_at else words.replace("比上次", "比订阅时").replace("与上次", "与订阅时")


def _drawn(session: Session, viewer: Viewer, one: Subscription, what: What, now: datetime) -> tuple[of.Content, Component]:
    if what.kind == "statistic":
        what = of.in_days(what, now)
        result = of.statistic_result(session, viewer, what, now)
        told = of.of_result(result, what, of.conditions_of(session, viewer, what), viewer)
        return told, _statistic(one, what, result, told)
    told = of.content(session, viewer, what, now)
    if told.shape == "days":
        return told, _line(one, told)
    if told.shape == "figures":
        return told, _figures(told)
    told = of.with_records(session, viewer, told, RECORDS)
    return told, _records(told)


def _statistic(one: Subscription, what: What, result: Result, told: of.Content) -> Component:
    measure = of.measure_of(result.statistic, what.measure)
    if result.is_empty:
        return _nothing("没有记录可统计")
    if isinstance(measure, Ratio):
        scale = 100.0 if measure.unit == "%" and measure.factor == 100 else None
        known = sorted((row for row in told.rows if row.value is not None), key=lambda row: (row.value or 0) if measure.good == "high" else -(row.value or 0))
        lines = [Line(row.label, row.value, row.href, text=number_words(row.value, measure.decimals, measure.unit), is_bad=measure.is_bad(row.value)) for row in known]
        return ranking(lines, most=PARTS, scale=scale)
    if what.query.get("form") == "pie":
        return _ring(one, result)
    if isinstance(result.dimension, Period):
        last = replace(result, groups=result.groups[-PERIODS:])
        shown = bars(last, rest_href=told.href)
        shown.update_layout(margin={"l": 34, "r": 4, "t": 22, "b": 22}, showlegend=False)
        shown.layout.annotations = ()  # the unit stands beside the number
        shown.update_xaxes(ticktext=[_short(group.label) for group in last.groups])
        return _chart(one, shown)
    lines = [Line(row.label, row.value, row.href) for row in sorted(told.rows, key=lambda row: -(row.value or 0)) if row.value]
    return ranking(lines, most=PARTS)


def _ring(one: Subscription, result: Result) -> Component:
    slices = ring_slices(result)
    lines = [Line(part.label, part.value, part.href, share=part.share) for part in slices[:PARTS]]
    shown = ring(result)
    shown.layout.annotations = ()  # the total stands above
    paint = [html.I(className="swatch", style={"--k": part.colour}) for part in slices[:PARTS]]
    table = legend(lines)
    for row, swatch in zip(table.children, paint, strict=True):
        row.children[0] = swatch
    return html.Div([_chart(one, shown), table], className="subscription-ring")


def _short(label: str) -> str:
    """11月 of 2026-11; other names as they are."""
    year, _, month = label.partition("-")
    return f"{int(month)}月" if year.isdecimal() and month.isdecimal() else label


def _line(one: Subscription, told: of.Content) -> Component:
    colours, rows = palette("light"), told.rows
    tips = [f"<b>{row.key}</b><br>{number_words(row.value, 0, told.unit)}" for row in rows]
    trace = go.Scatter(
        x=[row.key for row in rows],
        y=[row.value for row in rows],
        customdata=[row.href for row in rows],
        hovertext=tips,
        hovertemplate="%{hovertext}<extra></extra>",
        mode="lines+markers",
        line={"color": colours.primary},
        marker={"size": [*([4] * (len(rows) - 1)), 8]},
    )
    shown = chart_of("light", trace, margin={"l": 34, "r": 10, "t": 10, "b": 22}, hovermode="closest")
    marks = [rows[place] for place in range(len(rows) - 1, -1, -4)]
    shown.update_xaxes(type="category", tickvals=[row.key for row in marks], ticktext=[row.label for row in marks], tickangle=0, fixedrange=True)
    most = max((row.value or 0 for row in rows), default=0)
    shown.update_yaxes(rangemode="tozero", range=[0, max(most, 4) * 1.15], tickformat=",d", fixedrange=True)
    return _chart(one, shown)


def _chart(one: Subscription, shown: go.Figure) -> Component:
    key = f"subscription-{one.id}"
    return html.Div([dcc.Store(id=part_id(WENT, key)), graph(part_id(CHART, key), shown, className="statistic-chart")], className="subscription-chart")


def _figures(told: of.Content) -> Component:
    """The figures of a board, as many as a card holds; the board has them all."""
    rows = [dcc.Link([html.Span(row.label, className="cut"), html.B(number_words(row.value, 0, row.detail), className="nowrap")], href=row.href or told.href) for row in told.figures[:FIGURES]]
    return html.Div(rows, className="subscription-figures")


def _records(told: of.Content) -> Component:
    if not told.rows:
        return _nothing("现在没有这样的记录" if not told.value else f"超过 {of.MOST_KEYS:,} 条，只比较条数")
    return html.Div([_record(row) for row in told.rows], className="rows subscription-records")


def _record(row: Row) -> Component:
    return dcc.Link([html.Span(row.label, className="cut", title=row.label), html.Small(row.detail or NO_VALUE, className="cut muted", title=row.detail)], href=row.href)


def _nothing(words: str) -> Component:
    return html.Div([icon("inbox"), " ", words], className="subscription-nothing muted")
