"""The page of a topic: figures, what is chosen, the charts that follow each other, and the rows that are left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE, icon, panel
from dashboard.blocks.figures import definition, link
from dashboard.blocks.list_grid import grid_rows, head_of, look_of
from dashboard.blocks.module_home import again
from dashboard.blocks.state import empty, too_narrow
from dashboard.blocks.statistic_page import cards
from dashboard.blocks.subscribe import subscribe_square
from dashboard.charts import graph
from dashboard.ids import part_id
from dashboard.moments import moment_words
from dashboard.resource_state import State
from dashboard.site import address
from dashboard.statistic_answers import CHART, WENT
from dashboard.topic import Topic
from dashboard.topic_answers import EXPORT
from dashboard.topic_charts import Crossing, drawn
from data.query import page
from data.statistics import Group, Ratio, Result, compute
from data.statistics.crossing import Chip, chips, crossed, read
from data.statistics.workbook import TOTAL
from data.viewer import Viewer

ROWS = 15


def topic_page(session: Session, viewer: Viewer, topic: Topic, query: Mapping[str, str]) -> Component:
    """The whole page as its address says."""
    statistic, now = topic.statistic, datetime.now(UTC)
    choices = read(session, statistic, query)
    results = {one.by: crossed(session, viewer, statistic, choices, one.by, now) for one in topic.charts}
    total = compute(session, viewer, statistic, choices, by=next(one.by for one in topic.charts if one.form == "rank"), at=now)
    chosen = chips(session, statistic, choices, results)
    head = _head(viewer, topic, choices, now)
    if not choices and total.is_empty:
        return html.Div([head, html.Div(empty(f"还没有{statistic.name}可分析", "您的数据范围内没有记录。"), className="panel")], className="statistic-page topic-page")
    said = "，".join(f"{one.label} {one.word}" for one in chosen)
    charts = [_chart(viewer, topic, place, Crossing(topic.path, one, results[one.by], choices), said, now) for place, one in enumerate(topic.charts)]
    rows = _rows(session, viewer, topic, total, said, now)
    return html.Div([head, _chips(topic, chosen), cards(total), html.Div(charts, className="topic-charts"), rows], className="statistic-page topic-page")


def _head(viewer: Viewer, topic: Topic, choices: Mapping[str, str], now: datetime) -> Component:
    key = topic.statistic.key
    export = html.A([icon("download"), " 导出数据"], href=address(f"{EXPORT}/{key}.xlsx", **choices), className="button small", title="导出各图的数据（xlsx）", download="", **{"data-plain": "1"})
    return html.Div([html.Span(f"数据截至 {moment_words(now, now, seconds=True)}"), definition(topic.statistic.definition, key), subscribe_square(viewer, "statistic", key, address(topic.path, **choices), name="订阅此专题", small=True), export, again()], className="page-head")


def _chips(topic: Topic, chosen: Sequence[Chip]) -> Component:
    """What is chosen; a click takes one away."""
    if not chosen:
        words = [icon("hand-index"), " 点击图中的柱、扇区或月份，其余各图和下方列表随之筛选；可在几张图中各选一项。"]
        return html.Div(html.Span(words, className="muted"), className="topic-chips")
    found = [html.A([f"{one.label} ", html.B(one.word), icon("x-lg", "取消")], href=address(topic.path, **one.rest), className="topic-chip", title=f"取消{one.label}“{one.word}”") for one in chosen]
    return html.Div([html.Span("已选", className="muted"), *found, html.A("清空", href=topic.path, className="button text small")], className="topic-chips")


# ---- A chart and its table ---------------------------------------------------------------------------------------------


def _chart(viewer: Viewer, topic: Topic, place: int, one: Crossing, said: str, now: datetime) -> Component:
    key = f"{topic.statistic.key}-{place}"
    unit = topic.statistic.main.unit
    body: list[Any] = [dcc.Store(id=part_id(WENT, key)), html.Div(graph(part_id(CHART, key), drawn(one), className="statistic-chart"), className="topic-figure"), _table(one)]
    if one.result.is_empty:
        body = [empty("没有符合条件的记录")]
    note = "，".join(filter(None, (said, f"数据截至 {moment_words(now, now)}")))
    form = {"form": "pie"} if one.chart.form == "ring" else {}
    actions = [
        subscribe_square(viewer, "statistic", topic.statistic.key, address(topic.path, by=one.chart.by, **form, **one.choices), name=f"订阅“{one.chart.title}”", small=True),
        html.Button(icon("table"), type="button", className="button square small", title="图、表切换", **{"aria-label": f"{one.chart.title}：图、表切换", "data-topic-table": "1"}),
        html.Button(icon("image"), type="button", className="button square small", title="保存为图片（PNG）", **{"aria-label": f"{one.chart.title}：保存为图片", "data-topic-picture": f"{topic.title}　{one.chart.title}（{unit}）", "data-topic-note": note}),
    ]
    return panel(one.chart.title, body, note=unit, actions=actions, className="topic-chart")


def _table(one: Crossing) -> Component:
    """The same numbers: a name chooses as the chart does, a number opens its rows."""
    statistic = one.result.statistic
    measures = statistic.shown
    head = html.Tr([html.Th(one.result.dimension.title(statistic.model)), *(html.Th(measure.label, className="num", title=f"单位：{measure.unit}") for measure in measures)])
    shown = [group for group in one.result.groups if one.result.value(group.key) or group.key in one.chosen]
    rows = [_line(one, group) for group in shown]
    foot = html.Tr([html.Td(TOTAL), *(html.Td(_number(one.result, "", measure.key), className="num") for measure in measures)])
    return html.Div(html.Table([html.Thead(head), html.Tbody(rows), html.Tfoot(foot)], className="list"), className="table-box topic-table")


def _line(one: Crossing, group: Group) -> Component:
    name = html.Td(link([group.label, icon("check2", "已选") if group.key in one.chosen else None], one.href(group.key)), title=group.label)
    numbers = [html.Td(_number(one.result, group.key, measure.key), className="num") for measure in one.result.statistic.shown]
    return html.Tr([name, *numbers], className="on" if group.key in one.chosen else "")


def _number(result: Result, group: str, key: str) -> Component:
    measure, value = result.measure(key), result.value(group, measure=key)
    if value is None:
        return html.Span(NO_VALUE)
    text = f"{value:,.{measure.decimals}f}" if measure.decimals or isinstance(value, float) else f"{value:,}"
    return link(text, "" if isinstance(measure, Ratio) else result.address(group, measure=key))


# ---- The rows ----------------------------------------------------------------------------------------------------------


def _rows(session: Session, viewer: Viewer, topic: Topic, total: Result, said: str, now: datetime) -> Component:
    """The first rows of the list, and the way to all of them."""
    statistic, resource = topic.statistic, topic.resource
    sort = ((resource.sort.removeprefix("-"), resource.sort.startswith("-")),)
    found = page(session, statistic.model, viewer, replace(total.question(), sort=sort), size=ROWS)
    count = total.value() or 0
    if not found.rows:
        return panel(f"{statistic.name}明细", too_narrow(said, topic.path), className="topic-rows")
    columns = {one.name: (number, one) for number, one in enumerate(resource.columns)}
    shown = [columns[name] for name in topic.columns]
    looks = [look_of(resource, one, number) for number, one in shown]
    head = html.Tr([html.Th(head_of(resource, one)) for _, one in shown])
    lines = [html.Tr([html.Td(_cell(row, f"c{number}", look)) for (number, _), look in zip(shown, looks, strict=True)]) for row in grid_rows(viewer, resource, State(), found, now)]
    more = dcc.Link(f"打开全部 {count:,} {statistic.main.unit} ›", href=total.address(), className="topic-all")
    note = f"前 {ROWS} {statistic.main.unit}" if count > ROWS else ""
    return panel(f"{statistic.name}明细", html.Div(html.Table([html.Thead(head), html.Tbody(lines)], className="list"), className="table-box"), note=note, actions=more, className="topic-rows")


def _cell(row: Mapping[str, Any], field: str, look: str) -> Any:
    """A cell as the list has it, drawn without its grid."""
    given = row[field]
    told = given if isinstance(given, dict) else {"w": str(given), "t": ""}
    words, tone = told["w"], told["t"]
    if look == "link":
        return html.A(words, href=row["href"], title=words)
    if look == "tag" and words != NO_VALUE:
        return html.Span(words, className=f"tag {tone}".strip())
    if look == "dot" and words != NO_VALUE:
        return html.Span([html.I(className=f"dot {tone}".strip()), words], className="dotted")
    return link(words, told.get("u", "")) if told.get("u") else html.Span(words, title=told.get("h") or words)
