"""每日看板: what matters most today, the figures of the day against yesterday and the usual, what is late and with whom, who is on duty."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE, icon, panel, tag
from dashboard.blocks.figures import Line, hint, ranking
from dashboard.blocks.module_home import again
from dashboard.blocks.state import empty
from dashboard.blocks.subscribe import subscribe_board, subscribe_corner
from dashboard.blocks.tables import Column, table
from dashboard.charts import figure as chart_of
from dashboard.charts import graph, palette
from dashboard.ids import part_id
from dashboard.moments import moment_words
from dashboard.site import Page, address
from dashboard.statistic_answers import CHART, WENT
from data import daily as found_of
from data import day_figures as of
from data.calendar import end_of, park_day, start_of
from data.choices.monitoring import DUTY_TIERS
from data.choices.risks import RISK_LEVELS
from data.daily import Late, Told
from data.day_counts import checked, series
from data.db import read_session
from data.hazard_dues import Due
from data.models import DayCountCheck, DutyShift, Installation
from data.query import count, visible
from data.rules.priorities import RULE, Candidate
from data.viewer import Viewer
from pages.leaders.figures import GROUP, MODULE, PERMISSION, card, change, paper, tiles

PATH = "/decision/daily"
WEEKDAYS = "一二三四五六日"
TOWNS = 8


def layout(viewer: Viewer, day: str = "") -> Component:
    """The board of the day that the address names, today for none or for one that cannot be."""
    now = datetime.now(UTC)
    today = park_day(now)
    shown = day_of(day, today)
    with read_session() as session:
        told = found_of.figures(session, viewer, shown)
        over = found_of.hazards_over(session, viewer, shown, now)
        bell = partial(subscribe_corner, viewer, "figure")
        parts = [
            _head(viewer, shown, today, now, checked(session)),
            _first(found_of.first_things(session, viewer, shown, now, over or ())),
            tiles([bell(one.key, _card(told[one.key], shown)) for one in found_of.SHOWN if one.key in told]),
            html.Div(_boxes(session, viewer, shown, today, told), className="day-boxes"),
            _strip(session, viewer, shown, now, told, over),
        ]
    return html.Div(parts, className="day-board", **{"data-paper": paper(f"每日看板　{shown.isoformat()} 周{WEEKDAYS[shown.weekday()]}")})


def day_of(text: str, today: date) -> date:
    """The day that an address names; today for none, for a later one and for what is no day."""
    try:
        found = date.fromisoformat(text) if len(text) == 10 else today
    except ValueError:
        return today
    return found if date(2000, 1, 1) <= found <= today else today


def _head(viewer: Viewer, day: date, today: date, now: datetime, check: DayCountCheck | None) -> Component:
    until = f"数据截至 {moment_words(now, now)}" if day == today else f"{day.isoformat()} 全天"
    said = "比较用的每日汇总尚未生成" if check is None else f"每日汇总 {moment_words(check.at, now)} 与明细核对{'一致' if not check.corrected else f'，更正 {check.corrected} 处'}"
    pick = html.Form(
        [
            dcc.Link(icon("chevron-left"), href=address(PATH, day=day - timedelta(days=1)), className="button square small", title="前一天"),
            dcc.Input(name="day", value=day.isoformat(), type="date", max=today.isoformat(), className="input day-input"),
            html.Button("查看", type="submit", className="button small"),
            dcc.Link(icon("chevron-right"), href=address(PATH, day=day + timedelta(days=1)), className="button square small", title="后一天") if day < today else None,
        ],
        className="row-line day-pick",
        key=day.isoformat(),
        **{"data-search": PATH},
    )
    printing = html.Button([icon("printer"), " 打印日报"], type="button", className="button small", title="打印到 A4", **{"data-print": "day"})
    return html.Div([html.Span([until, " ", hint(said)], className="day-until"), pick, subscribe_board(viewer, "daily"), printing, again()], className="page-head")


# ---- What comes first --------------------------------------------------------------------------------------------------


def _first(things: Sequence[Candidate]) -> Component:
    head = html.Div([html.H3("最重要的三件事"), html.Span(["按后果、超期和持续时间排序 ", hint(RULE)], className="cap")], className="day-title")
    if not things:
        return html.Section([head, html.Div(empty("没有需要优先处理的事", "当日没有未关闭的紧急报警、超期隐患、重大风险区域和漏检。"), className="panel")])
    return html.Section([head, html.Div([_thing(one) for one in things], className="day-first")])


def _thing(one: Candidate) -> Component:
    tone = "danger" if one.rank < 3 else "warn"
    call = [one.who, " ", html.A(icon("telephone"), href=f"tel:{one.phone}", title=f"拨打 {one.phone}")] if one.phone else one.who
    return html.Article(
        [
            html.Div([tag(one.word, tone), html.Span(["责任 ", *call] if one.who else "", className="cap nowrap")], className="day-thing-head"),
            html.H4(dcc.Link(one.title, href=one.href), title=one.title),
            html.Div([html.Span(one.about, className="cut grow", title=one.about), dcc.Link([one.act, " ›"], href=one.href, className="nowrap")], className="day-thing-foot"),
            html.Div(["理由：", one.reason], className="cap"),
        ],
        className=f"panel day-thing {tone}",
    )


# ---- Figures -----------------------------------------------------------------------------------------------------------


def _card(one: Told, day: date) -> Component:
    if one.value is None:
        return card(one.figure, None, "", [], why="这一天没有记录")
    weekday = WEEKDAYS[day.weekday()]
    usual: Any = ["常态 ", NO_VALUE, " ", hint(f"还没有以前的周{weekday}可比。")]
    if one.usual is not None:
        mean, days = one.usual
        usual = [f"常态 {mean:,.1f} ", hint(f"近 {days} 个周{weekday}的平均值。")]
    return card(one.figure, one.value, one.href, [["比昨日 ", change(one.figure, one.change)], usual], bars=one.week)


# ---- Boxes -------------------------------------------------------------------------------------------------------------


def _boxes(session: Session, viewer: Viewer, day: date, today: date, told: Mapping[str, Told]) -> list[Component]:
    boxes = []
    if of.LATE.key in told:
        over = told[of.LATE.key]
        rows = found_of.late(session, viewer, day, today)
        more = html.A(f"全部 {over.value:,} 条", href=over.href) if over.value and over.href else None
        note = "按超期天数" if day == today else "按超期天数；办理环节只有当天可知"
        boxes.append(panel("超期事项", _late(rows), actions=more, note=note, className="flush day-late"))
    stack = []
    if viewer.may(of.ALARMS.permission):
        stack.append(panel("报警", _weeks(session, viewer, day), note="条，近 7 天与前 7 天", className="day-trend"))
    if of.OPEN.key in told:
        stack.append(panel("各属地未整改隐患", _towns(session, viewer, day), note="条，红色为有超期", className="tight"))
    return [*boxes, html.Div(stack, className="home-stack")] if stack else boxes


def _late(rows: Sequence[Late]) -> Component:
    if not rows:
        return empty("没有超期的隐患", "整改期限已过、尚未销号的隐患列在这里。")
    columns = [
        Column("超期", lambda one: tag(f"超期 {one.days:,} 天", "danger"), width="110px"),
        Column("事项", lambda one: dcc.Link(one.danger.name, href=f"/dangers/{one.danger.id}", className="cut", title=one.danger.name)),
        Column("企业", lambda one: one.danger.enterprise.short_name or one.danger.enterprise.name, width="104px"),
        Column("企业责任人", lambda one: _person(one.danger.person, one.danger.phone), width="110px"),
        Column("主管部门", lambda one: one.danger.enterprise.department.short_name if one.danger.enterprise.department else NO_VALUE, width="110px"),
        Column("等待", lambda one: html.Span(one.whom or NO_VALUE, className="cut", title=one.whom), width="110px"),
    ]
    return table(columns, rows)


def _person(name: str | None, phone: str | None) -> Any:
    return [name or "", " ", html.A(icon("telephone"), href=f"tel:{phone}", title=f"拨打 {phone}")] if phone else name or NO_VALUE


def _weeks(session: Session, viewer: Viewer, day: date) -> Component:
    """The alarms of the last seven days beside those of the seven before; a bar opens its rows."""
    colours, days = palette("light"), [day - timedelta(days=back) for back in range(6, -1, -1)]
    kept = series(session, viewer, [of.ALARMS.key], day)[of.ALARMS.key]
    traces = []
    for name, colour, shift in (("前 7 天", colours.before, 7), ("近 7 天", colours.primary, 0)):
        there = [one - timedelta(days=shift) for one in days]
        values = [count(session, of.ALARMS.rows(viewer, one), of.ALARMS.model, None) if one == day else kept.on(one) for one in there]
        tips = [f"<b>{one.isoformat()}</b><br>报警　{NO_VALUE if value is None else f'{value:,} 条'}" for one, value in zip(there, values, strict=True)]
        hrefs = [of.ALARMS.address(one) if value else "" for one, value in zip(there, values, strict=True)]
        traces.append(go.Bar(name=name, x=[one.isoformat() for one in days], y=values, customdata=hrefs, hovertext=tips, hovertemplate="%{hovertext}<extra></extra>", marker={"color": colour}))
    chart = chart_of("light", *traces, barmode="group", bargap=0.45, hovermode="closest", legend={"x": 1, "xanchor": "right", "y": 1.0}, margin={"l": 36, "r": 4, "t": 28, "b": 24})
    chart.update_xaxes(type="category", tickvals=[one.isoformat() for one in days], ticktext=[f"周{WEEKDAYS[one.weekday()]}" for one in days], tickangle=0, fixedrange=True)
    most = max((value or 0 for trace in traces for value in trace.y), default=0)
    chart.update_yaxes(rangemode="tozero", range=[0, max(most, 4) * 1.15], tickformat=",d", fixedrange=True)
    return html.Div([dcc.Store(id=part_id(WENT, "day-alarms")), graph(part_id(CHART, "day-alarms"), chart, className="statistic-chart")], className="trend-chart")


def _towns(session: Session, viewer: Viewer, day: date) -> Component:
    places = found_of.towns(session, viewer, day)
    if not places:
        return empty("没有未整改的隐患")
    lines = [Line(one.name, one.open, of.OPEN.address(day, **{"enterprise.division_id": str(one.key)}), is_bad=one.late > 0) for one in places]
    return ranking(lines, most=TOWNS)


# ---- The strip ---------------------------------------------------------------------------------------------------------


def _strip(session: Session, viewer: Viewer, day: date, now: datetime, told: Mapping[str, Told], over: Sequence[Due] | None) -> Component:
    parts: list[Component] = []
    if viewer.may("risk_map.view"):
        levels = [_level(one, told[of.ZONES[int(one.code)].key]) for one in RISK_LEVELS]
        parts.append(html.Div([html.B(["风险区域 ", hint("当日终了时（当天为此刻）各级风险区域的个数，颜色由动态风险规则得出。")]), *levels]))
    if viewer.may("hazard.view"):
        parts.append(html.Div([html.B("重大危险源"), *_hazards(session, viewer, over)]))
    parts.append(html.Div([html.B("值班"), *_duty(session, viewer, day, now)], className="end"))
    return html.Div(parts, className="panel day-strip")


def _level(level: Any, told: Told) -> Component:
    words = [html.I(className="swatch", style={"--k": f"var(--risk-{level.code})"}), level.word, " ", html.B(NO_VALUE if told.value is None else f"{told.value:,}"), html.Small(" 个")]
    return html.A(words, href=told.href) if told.href else html.Span(words)


def _hazards(session: Session, viewer: Viewer, known: Sequence[Due] | None) -> list[Component]:
    if known is None:
        return [html.Span(["/ ", hint("重大危险源的登记和到期情况只保留当前状态，过去某日的不可知。")], className="muted")]
    places = count(session, visible(Installation, viewer), Installation, None)
    over = len(known)
    whole = html.A(["登记 ", html.B(f"{places:,}"), html.Small(" 处")], href="/hazards", title="已登记的重大危险源单元")
    late = ["事项过期 ", html.B(f"{over:,}", className="change-worse" if over else ""), html.Small(" 项")]
    return [whole, html.A(late, href="/hazards/due?state=over", title="备案、安全评估、预案、演练已过期的事项") if over else html.Span(late)]


def _duty(session: Session, viewer: Viewer, day: date, now: datetime) -> list[Component]:
    posts = found_of.duty(session, day, now)
    if not posts:
        return [html.Span("值班表上没有人" if day != park_day(now) else "值班表上现在没有人", className="change-worse")]
    found: list[Component] = [html.Span([tier.word, " ", *_shifts(posts[int(tier.code)])]) for tier in reversed(DUTY_TIERS) if int(tier.code) in posts]
    if viewer.may("duty.view"):
        found.append(dcc.Link("值班表 ›", href=roster(day)))
    return found


def _shifts(shifts: Sequence[DutyShift]) -> list[Any]:
    people = {one.user_id: one.user for one in shifts}
    shown: list[Any] = []
    for place, person in enumerate(people.values()):
        shown += [*(["、"] if place else []), html.B(person.name)]
        shown += [" ", html.A(icon("telephone"), href=f"tel:{person.phone}", title=f"拨打 {person.phone}")] if person.phone else []
    return shown


def roster(day: date) -> str:
    """The shifts of the day in the list."""
    inside = [{"field": "begins_at", "op": "le", "value": end_of(day).isoformat()}, {"field": "ends_at", "op": "ge", "value": start_of(day).isoformat()}]
    return f"/duty-roster?{urlencode({'where': json.dumps({'all': inside}, separators=(',', ':'))})}"


PAGE = Page(PATH, "每日看板", layout, PERMISSION, module=MODULE, group=GROUP, icon="speedometer2")
