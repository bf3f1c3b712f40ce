"""值班日报、周报: filled by the platform, corrected by hand with a mark, signed by the leader on duty, then frozen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from dashboard.blocks.basic import Content, notice, tag
from dashboard.blocks.figures import hint
from dashboard.moments import moment_words
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Filter, Parts
from data import duty_reports
from data.calendar import park_day
from data.day_figures import BY_KEY
from data.errors import Invalid
from data.models import DutyCorrection, DutyReport
from data.validity import NOT_SAVED
from data.viewer import Viewer
from pages.leaders.figures import GROUP, MODULE, change

_RIGHTS = {"/hazards": "hazard.view", "/dangers": "danger.view", "/alarms": "alarm.view", "/vehicles": "vehicle.view"}


def _above(session: Session, viewer: Viewer, report: DutyReport) -> Component:
    """The report itself: every section with its lines, and what is to be said about the whole."""
    now = datetime.now(UTC)
    found = duty_reports.lines(session, report, now)
    rows = [_row(viewer, line, line.section if place == 0 else "", len(lines)) for _, lines in duty_reports.in_sections(found) for place, line in enumerate(lines)]
    head = html.Tr([html.Th("部分"), html.Th("内容"), html.Th("数值", className="num"), html.Th("比上期", className="num"), html.Th("说明")])
    return html.Div([_said(session, report, now), html.Table([html.Thead(head), html.Tbody(rows)], className="list duty-lines")], className="drawer-main-part")


def _said(session: Session, report: DutyReport, now: datetime) -> Component:
    if report.state != "signed" or report.signed_at is None:
        return notice("未签发：数字按此刻的数据计算，随数据变化。由当期带班领导签发后固定。", "primary")
    who = report.signed_by.name if report.signed_by else ""
    text = f"{who}于 {moment_words(report.signed_at, now)} 签发，内容不再随数据变化。数字点开的是现在的记录。"
    other = duty_reports.changed_since(session, report, now)
    return notice(text + (f"签发后有记录变化：{'；'.join(other[:5])}{' 等' if len(other) > 5 else ''}。" if other else "现在的记录与签发时一致。"), "warn" if other else "ok")


def _row(viewer: Viewer, line: duty_reports.Line, section: str, length: int) -> Component:
    number = f"{line.shown} {line.unit}".strip() if line.shown != duty_reports.NOT_FILLED else line.shown
    figure = BY_KEY.get(line.key)
    right = figure.permission if figure is not None else next((right for start, right in _RIGHTS.items() if line.href.startswith(start)), "")
    may_open = bool(line.href) and viewer.may(right)
    shown: Content = dcc.Link(number, href=line.href) if may_open else number
    mark = "" if line.corrected is None else f" {line.why}" if line.value is None else f" 系统数 {line.text} {line.unit}，{line.why}"
    marks = [tag(line.by_hand.partition("，")[0], "warn"), mark] if line.by_hand else line.why
    cells = [
        html.Td([line.label, " ", hint(figure.definition)] if figure is not None else line.label),
        html.Td(shown, className="num"),
        html.Td(change(figure, line.value - line.before) if figure is not None and line.value is not None and line.before is not None else "", className="num"),
        html.Td(marks, className="muted"),
    ]
    first = [html.Td(section, rowSpan=length)] if section else []
    return html.Tr([*first, *cells])


def _prepare(session: Session, viewer: Viewer, report: DutyReport | None, values: dict[str, Any]) -> dict[str, Any]:
    """One report of a kind for a day, and none of a day that has not begun."""
    day, kind = (values.get(name, getattr(report, name, None)) for name in ("day", "kind"))
    if day is not None and day > park_day(datetime.now(UTC)):
        raise Invalid(NOT_SAVED, {"day": "这一天还没有到。"})
    same = select(DutyReport.id).where(DutyReport.kind == kind, DutyReport.day == day, DutyReport.deleted_at.is_(None))
    if session.scalar(same.where(DutyReport.id != (report.id if report is not None else 0))) is not None:
        raise Invalid(NOT_SAVED, {"day": "这一天已有同类报告，请打开它修改。"})
    return values


def _held(viewer: Viewer, report: DutyReport) -> str:
    return "已签发，内容不再改变。" if report.state == "signed" else ""


def _sign(session: Session, viewer: Viewer, report: DutyReport, values: Mapping[str, Any]) -> str:
    paper = duty_reports.sign(session, viewer, report, datetime.now(UTC))
    return f"已签发，内容固定；{paper.title}在“附件”中下载。"


def _why_not(viewer: Viewer, report: DutyReport) -> str:
    session = object_session(report)
    return duty_reports.why_not_sign(session, viewer, report) if session is not None else ""


def _signer(report: DutyReport) -> str:
    return report.signed_by.name if report.signed_by else ""


REPORTS = Resource(
    key="duty_report",
    model=DutyReport,
    path="/decision/duty-reports",
    title="值班报告",
    permission=duty_reports.VIEW,
    module=MODULE,
    group=GROUP,
    sort="-day",
    placeholder="突发事件、批示、交接班事项",
    columns=(
        Column("day", label="报告", look="link", width=180, show=lambda one: one.title),
        Column("kind", width=80),
        Column("state", look="tag", width=100),
        Column("signed_by_id", label="签发人", width=110, show=_signer, is_sortable=False),
        Column("signed_at", width=140),
        Column("incidents", is_sortable=False),
    ),
    filters=(Filter("kind"), Filter("state"), Filter("day")),
    heading=lambda one: one.title,
    tags=("state",),
    above=_above,
    facts={"记事": ("incidents", "orders", "handover"), "签发": (Fact("signed_by_id", "签发人", _signer), "signed_at")},
    form={"报告": ("kind", "day"), "记事": ("incidents", "orders", "handover")},
    parts=(Parts("corrections", DutyCorrection, ("figure", "value", "reason"), "系统有数的为“人工更正”，系统数同时保留；系统没有的为“人工填报”，原因写数据来源", 40),),
    edit_permission=duty_reports.EDIT,
    can_add=True,
    can_edit=_held,
    can_delete=_held,
    prepare=_prepare,
    delete_permission=duty_reports.EDIT,
    save_note="数字由系统填写；签发前随数据变化，由当期带班领导签发后固定。",
    actions=(
        Action(
            "sign",
            "签发",
            duty_reports.SIGN,
            _sign,
            lambda one: f"签发“{one.title}”。签发后内容固定，不能再修改，并按“文书模板”生成 Word。",
            icon="pen",
            when=lambda one: one.state != "signed",
            why_not=_why_not,
        ),
    ),
    empty_title="还没有值班报告",
    empty_text="添加某日的日报或某周的周报，系统填好各项数字，由当期带班领导签发。",
)
