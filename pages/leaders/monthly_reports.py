"""月报: the numbered reports of months, kept as they were made; and the button that makes one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from sqlalchemy.orm import Session

from dashboard.blocks.basic import icon, notice, section
from dashboard.blocks.figures import hint
from dashboard.callbacks import guarded
from dashboard.ids import part_id
from dashboard.moments import full_words, moment_words
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter
from dashboard.site import address
from dashboard.tasks import follow
from data import monthly_reports
from data.attachments import attachments_of
from data.choices import Choice
from data.db import session as writing
from data.documents.monthly_report import NOT_FILLED, compared
from data.errors import Invalid
from data.models import MonthlyReport
from data.monthly import Month
from data.monthly_reports import Content, Line, Table
from data.viewer import Viewer
from pages.leaders.figures import GROUP, MODULE

PATH = "/decision/monthly-reports"
KEY = "monthly"
MAKE, MONTH, MADE = (part_id(f"month-report-{one}", KEY) for one in ("make", "month", "made"))
HEADS = ("指标", "单位", "本月", "上月", "比上月", "上年同月", "比上年同月")
WHOLE, PARTLY = Choice("1", "整月", "ok"), Choice("0", "未结束", "warn")


def maker(viewer: Viewer, month: Month) -> list[Component]:
    """The button that makes the report of the month, after a word of what that means, and the way to those that were made."""
    if not viewer.may(monthly_reports.VIEW):
        return []
    text = f"按此刻的数据生成 {month.first.year}年{month.first.month}月全园区安全生产月报：Word 文档，编号不跳号，保存在“月报”中，生成后固定，不能修改或删除。"
    asked = [html.P(text), html.Button("生成", id=MAKE, type="button", className="button primary"), dcc.Store(id=MONTH, data=month.key), dcc.Store(id=MADE)]
    button = html.Summary([icon("file-earmark-word"), " 生成月报"], className="button small")
    return [html.Details([button, html.Div(asked, className="menu month-report")], className="more"), dcc.Link("历次月报", href=PATH, className="button small")]


def register(app: Dash) -> None:
    """Register what answers the button."""

    @guarded(app, Output(MADE, "data"), Input(MAKE, "n_clicks"), State(MONTH, "data"), permission=monthly_reports.VIEW, prevent_initial_call=True)
    def made(viewer: Viewer, clicks: Any, month: Any) -> str:
        if not clicks:
            raise PreventUpdate
        if not isinstance(month, str):
            raise Invalid("请选择月份。")
        with writing() as session:
            task = monthly_reports.ask(session, viewer, month, datetime.now(UTC))
        follow(task)
        return month


# ---- The list ----------------------------------------------------------------------------------------------------------


def _above(session: Session, viewer: Viewer, report: MonthlyReport) -> Component:
    content = Content.of(report.content)
    files = attachments_of(session, report)["paper"]
    load = [html.A([icon("download"), " 下载 Word"], href=address(f"/attachments/{one.id}", download="1"), className="button primary", **{"data-plain": "1"}) for one in files]
    figures = [[_named(one), one.unit, *compared(one.numbers)] for one in content.lines]
    parts = [part for table in content.tables for part in (section(f"{table.title}（{table.unit}）"), _split(table))]
    return html.Div([_said(session, report), html.Div(load, className="row-line"), _table(HEADS, figures), *parts], className="drawer-main-part month-kept")


def _said(session: Session, report: MonthlyReport) -> Component:
    text = f"按 {full_words(report.as_of)} 的数据生成，此后数据更正时本报告不变。"
    other = monthly_reports.changed_since(session, report)
    more = f"此后有记录变化：{'；'.join(other[:5])}{' 等' if len(other) > 5 else ''}。" if other else "现在的记录与生成时一致。"
    return notice(text + more, "warn" if other else "ok")


def _named(line: Line) -> Component:
    return html.Span([line.label, " ", hint(line.definition)])


def _split(table: Table) -> Component:
    rows = [[name, *compared(numbers)] for name, numbers in (*table.rows, ("合计", table.total))]
    return _table((table.by, *HEADS[2:]), rows) if table.rows else html.P("本月没有", className="muted")


def _table(heads: tuple[str, ...], rows: list[list[Any]]) -> Component:
    words = len(heads) - 5  # the columns before the numbers
    head = html.Tr([html.Th(one, className="num" if place >= words else "") for place, one in enumerate(heads)])
    body = [html.Tr([html.Td(one, className="num" if place >= words else "", title="没有记录" if one == NOT_FILLED else None) for place, one in enumerate(row)]) for row in rows]
    return html.Div(html.Table([html.Thead(head), html.Tbody(body)], className="list"), className="table-box")


def _whole(report: MonthlyReport) -> Choice:
    return WHOLE if report.is_whole else PARTLY


def _maker(report: MonthlyReport) -> str:
    return report.made_by.name if report.made_by else "系统"


REPORTS = Resource(
    key="monthly_report",
    model=MonthlyReport,
    path=PATH,
    title="月报",
    permission=monthly_reports.VIEW,
    module=MODULE,
    group=GROUP,
    sort="-as_of",
    placeholder="月份、编号",
    columns=(
        Column("month", label="月报", look="link", width=220, show=lambda one: one.title),
        Column("number", width=160),
        Column("is_whole", label="统计时段", look="tag", width=100, show=_whole),
        Column("last_on", width=120),
        Column("as_of", width=150),
        Column("made_by_id", label="生成人", show=_maker, is_sortable=False),
    ),
    filters=(Filter("as_of", "生成时间"), Filter("is_whole")),
    heading=lambda one: f"{one.title}（{one.number}）",
    tags=(Fact("is_whole", "统计时段", _whole),),
    subtitle=lambda one: (f"统计至 {one.last_on.isoformat()}", f"数据截至 {moment_words(one.as_of, datetime.now(UTC))}"),
    above=_above,
    facts={"月报": ("month", "number", "last_on", Fact("is_whole", "统计时段", _whole), "as_of", Fact("made_by_id", "生成人", _maker))},
    empty_title="还没有月报",
    empty_text="打开“每月看板”，选好月份，点“生成月报”：系统生成带编号的 Word 文档并保存在这里，内容固定。",
)
