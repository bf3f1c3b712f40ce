"""隐患排查治理 · 可视化首页: what is not put right, what was found and closed, where, and what is most urgent. Every number opens its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import accumulate, repeat
from typing import Any, NamedTuple

import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE, figure_card, panel, tag
from dashboard.blocks.figures import ranking, ring
from dashboard.blocks.module_home import again, lines, named, place_select, ranked, register, spot_map
from dashboard.blocks.state import empty
from dashboard.charts import figure, graph, palette
from dashboard.ids import part_id
from dashboard.moments import moment_words
from dashboard.site import Page, address
from dashboard.statistic_answers import CHART, WENT
from data import danger_lists
from data.calendar import park_day
from data.danger_reports import PROGRESS_WORDS
from data.db import read_session
from data.map import extent
from data.models import Enterprise, HiddenDanger
from data.query import Question, answer
from data.rules.deadlines import NEAR_DAYS, remaining
from data.rules.periods import Period, period_of, preceding
from data.statistics import Ratio, Result, compute
from data.statistics import danger_home as declared
from data.statistics.options import chosen, option
from data.viewer import Viewer
from data.workflows.general_danger import href

PATH, OPEN_LIST, STATISTICS = "/dangers", "/dangers/unrectified", "/dangers/statistics"
MONTHS, TOWNS, DEPARTMENTS, KINDS, URGENT = 12, 7, 7, 8, 8
BY_DEADLINE = (("over", "有超期", "--danger"), ("near", f"{NEAR_DAYS} 天内到期", "--warn"), ("open", "未到期", "--primary"), ("none", "没有未整改", "--stale"))
BY_LEVEL = (("major", "有重大隐患", "--danger"), ("general", "仅一般隐患", "--primary"), ("none", "没有未整改", "--stale"))
MODES = (("deadline", "按期限", BY_DEADLINE), ("level", "按级别", BY_LEVEL))


class Found(NamedTuple):
    """What the page shows: the open ones counted, the most urgent of them, and the statistics."""

    open: danger_lists.Figures
    urgent: Sequence[HiddenDanger]
    levels: Result
    kinds: Result
    towns: Result
    departments: Result
    found: Result
    closed: Result
    this_year: Result
    reported: Result
    spots: Sequence[danger_lists.Spot]


def layout(viewer: Viewer, **query: str) -> Component:
    """The page for the division that the address names, else for all that the viewer sees; ``map`` is how the map is coloured."""
    now = datetime.now(UTC)
    with read_session() as session:
        places = option(session, viewer, Enterprise, "division_id")
        choices = chosen([places], query)
        found = _found(session, viewer, choices, now)
        head = html.Div([html.Span(f"数据截至 {moment_words(now, now)}"), place_select(PATH, places, choices), again()], className="page-head")
        cards = html.Div(_cards(found, choices, park_day(now)), className="kpis eight")
        if not found.open.rows and found.found.is_empty and found.closed.is_empty:
            nothing = empty("没有隐患可统计", f"您的数据范围内没有未整改的隐患，近 {MONTHS} 个月也没有发现或销号的隐患。")
            return html.Div([head, cards, html.Section(nothing, className="panel")], className="module-home")
        boxes = _boxes(found, viewer, choices, query.get("map", ""), park_day(now))
    return html.Div([head, cards, html.Div(boxes, className="home-boxes")], className="module-home")


def _found(session: Session, viewer: Viewer, choices: Mapping[str, str], now: datetime) -> Found:
    today = park_day(now)
    place = _place(choices)
    wanted = answer(HiddenDanger, viewer, Question(filters=dict(place), conditions=danger_lists.OPEN))
    first = months(today)[0].starts_on.isoformat()

    def counted(statistic: Any, **more: str) -> Result:
        return compute(session, viewer, statistic, {**place, **more}, at=now)

    return Found(
        danger_lists.figures(session, wanted, today),
        danger_lists.most_urgent(session, wanted, URGENT),
        counted(declared.OPEN_LEVELS),
        counted(declared.OPEN_KINDS),
        counted(declared.OPEN_TOWNS),
        counted(declared.OPEN_DEPARTMENTS),
        counted(declared.FOUND, found_on_from=first),
        counted(declared.CLOSED, closed_on_from=first),
        counted(declared.FOUND, found_on_from=date(today.year, 1, 1).isoformat()),
        counted(declared.REPORTED, period=period_of("month", today).key),
        danger_lists.spread(session, viewer, choices, today),
    )


def months(today: date) -> list[Period]:
    """The months of the trend, the one that runs last."""
    return list(accumulate(repeat(None, MONTHS - 1), lambda one, _: preceding(one), initial=period_of("month", today)))[::-1]


def _place(choices: Mapping[str, str]) -> dict[str, str]:
    """The condition on the place, as the lists of dangers call it."""
    return {declared.PLACE: choices["division_id"]} if "division_id" in choices else {}


def _cards(found: Found, choices: Mapping[str, str], today: date) -> list[Component]:
    """Eight figures: four of what is open, two of the month, two rates."""
    now, place = found.open, _place(choices)
    over, near = now.bands["over"], now.bands["near"]
    month, before = (one.key for one in months(today)[:-3:-1])

    def opened(label: str, text: str, rows: int, note: str, tone: str = "", **more: str) -> Component:
        return figure_card(named(label, text), rows, "条", href=address(OPEN_LIST, **place, **more) if rows else "", note=note, tone=tone if rows else "")

    def of_month(label: str, text: str, result: Result) -> Component:
        return figure_card(named(label, text), result.value(month), "条", href=result.address(month), note=f"上月 {result.value(before):,} 条")

    general = now.rows - now.major
    return [
        opened("在册未整改", "已提交、尚未整改销号的隐患，草稿不计。", now.rows, f"重大 {now.major:,}，一般 {general:,}"),
        opened("超期未整改", "整改期限已过、尚未整改销号的隐患。", over.rows, f"最长 {over.days:,} 天，涉及 {over.enterprises:,} 家" if over.days else "没有超期", "red", deadline_on="over"),
        opened(f"{NEAR_DAYS} 天内到期", f"整改期限在今天至 {NEAR_DAYS} 天后、尚未整改销号的隐患。", near.rows, f"本周 {now.this_week:,} 条", "orange", deadline_on="near"),
        opened("重大隐患未销号", "级别为重大、尚未销号的隐患。", now.major, f"占未整改 {100 * now.major / now.rows:.1f} %" if now.rows else NO_VALUE, level="major"),
        of_month("本月新增", "发现日期在本月的隐患，企业草稿不计。", found.found),
        of_month("本月销号", "销号日期在本月的隐患。", found.closed),
        _rate("本年整改率", "本年发现的隐患中已整改销号的比例，企业草稿不计；点击查看本年发现的隐患。", found.this_year, declared.CLOSING_RATE),
        _rate("本期上报进度", f"本月上报期；{PROGRESS_WORDS}点击查看应报的企业。", found.reported, declared.REPORT_PROGRESS),
    ]


def _rate(label: str, text: str, result: Result, ratio: Ratio) -> Component:
    value, part, whole = result.value(measure=ratio.key), result.measure(ratio.part), result.measure(ratio.whole)
    counts = f"{part.label} {result.value(measure=part.key):,} ÷ {whole.label} {result.value(measure=whole.key):,}"
    return figure_card(named(label, text), None if value is None else f"{value:.1f}", "%" if value is not None else "", href=result.address(measure=ratio.key), note=counts)


def _boxes(found: Found, viewer: Viewer, choices: Mapping[str, str], mode: str, today: date) -> list[Component]:
    levels = ring(lines(found.levels), f"{found.levels.value():,}", "条")
    kinds = ranking(ranked(found.kinds), most=KINDS)
    right = [panel("未整改按级别", levels, className="tight"), panel("未整改按类型", kinds, note="条", className="tight ranks-short")]
    with_open = sum(one.keys[0] != "none" for one in found.spots)
    return [
        spot_map(_map_definition(found, mode), viewer, "企业隐患分布", f"{with_open:,} 家有未整改"),
        panel(f"近 {MONTHS} 个月趋势", _trend(found, today), note="条，按月", className="trend"),
        html.Div(right, className="home-stack"),
        panel("最紧急", _urgent(found.urgent, today), actions=html.A(f"全部 {found.open.rows:,} 条", href=address(OPEN_LIST, **_place(choices))), className="flush first-on-phone"),
        panel("未整改按属地", _ranking(found.towns, TOWNS), actions=_more(found.towns, TOWNS, "danger-place", choices), note="条"),
        panel("未整改按主管部门", _ranking(found.departments, DEPARTMENTS), actions=_more(found.departments, DEPARTMENTS, "danger-department", choices), note="条"),
    ]


def _ranking(result: Result, most: int) -> Component:
    return empty("没有未整改的隐患", "隐患登记或上报后，在整改销号前计入。") if result.is_empty else ranking(ranked(result), most=most)


def _more(result: Result, most: int, key: str, choices: Mapping[str, str]) -> Component | None:
    used = sum(1 for one in result.groups if result.value(one.key))
    return html.A(f"全部 {used} 个", href=address(STATISTICS, of=key, form="table", **_place(choices))) if used > most else None


def _urgent(dangers: Sequence[HiddenDanger], today: date) -> Component:
    """The open dangers with the earliest deadlines: what remains, what it is, and whose."""
    if not dangers:
        return empty("没有未整改的隐患", "隐患登记或上报后，在整改销号前列在这里。")
    rows = []
    for one in dangers:
        left = remaining(one.deadline_on, today)
        name = html.A(one.name, href=href(one), className="cut grow", title=one.name)
        firm = html.Small(one.enterprise.short_name or one.enterprise.name, className="muted cut", title=one.enterprise.name)
        rows.append(html.Div([html.Span(tag(left.word, left.tone) if left else tag("未定期限"), className="urgent-left"), name, firm]))
    return html.Div(rows, className="rows changes urgent")


def _trend(found: Found, today: date) -> Component:
    """Found and closed of each month, side by side; a bar opens its rows (``statistic_open`` in 35-statistic.js)."""
    colours, shown = palette("light"), months(today)
    traces = []
    for words, result, colour in (("发现", found.found, colours.primary), ("销号", found.closed, colours.ok)):
        values = [result.value(one.key) or 0 for one in shown]
        tips = [f"<b>{one.key}</b><br>{words}　{value:,} 条" + ("<br>点击查看 ›" if value else "") for one, value in zip(shown, values, strict=True)]
        hrefs = [result.address(one.key) for one in shown]
        traces.append(go.Bar(name=words, x=[one.key for one in shown], y=values, customdata=hrefs, hovertext=tips, hovertemplate="%{hovertext}<extra></extra>", marker={"color": colour}))
    chart = figure("light", *traces, barmode="group", bargap=0.35, hovermode="closest", legend={"x": 1, "xanchor": "right", "y": 1.0}, margin={"l": 36, "r": 4, "t": 28, "b": 24})
    chart.update_xaxes(type="category", tickvals=[one.key for one in shown], ticktext=[str(one.starts_on.month) for one in shown], tickangle=0, fixedrange=True)
    most = max((value for trace in traces for value in trace.y), default=0)
    chart.update_yaxes(rangemode="tozero", range=[0, max(most, 4) * 1.1], tickformat=",d", fixedrange=True)
    return html.Div([dcc.Store(id=part_id(WENT, "danger-trend")), graph(part_id(CHART, "danger-trend"), chart, className="statistic-chart")], className="trend-chart")


def _map_definition(found: Found, mode: str) -> dict[str, Any]:
    """Places and colours for the browser: a click opens what the enterprise has not put right."""
    modes = []
    for place, (key, label, groups) in enumerate(MODES):
        used = {one.keys[place] for one in found.spots}
        modes.append({"key": key, "label": label, "groups": [{"key": group, "label": words, "token": token} for group, words, token in groups if group in used]})
    wanted = mode if mode in {key for key, _, _ in MODES} else MODES[0][0]
    return {"extent": extent(), "modes": modes, "mode": wanted, "path": f"{OPEN_LIST}?enterprise_id=", "spots": [[*one[:4], *one.keys] for one in found.spots]}


PAGES = [
    Page(
        PATH,
        "可视化首页",
        layout,
        "danger.view",
        module="双重预防",
        group="隐患排查治理",
        icon="exclamation-triangle",
        short="隐患首页",
        register=register,
    )
]
