"""本期上报: what the enterprise entered for its period, the declaration that nothing was found, and earlier periods."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import facts, icon, notice, panel, state_tag, tag
from dashboard.blocks.state import empty
from dashboard.blocks.tables import Column, table
from dashboard.callbacks import guarded, say
from dashboard.ids import part_id
from dashboard.moments import moment_words
from dashboard.resource_work import submission_id
from dashboard.site import HOME, Page, address
from data.calendar import park_day
from data.choices.dangers import REPORT_STATES
from data.danger_reports import DONE, OWN, WAITING, current_reports, earlier_reports, entered, submit, why_suspended
from data.db import read_session
from data.db import session as write_session
from data.errors import Invalid
from data.models import DangerReport
from data.query import get
from data.rules.deadlines import remaining
from data.rules.periods import period_words
from data.viewer import Viewer

PATH, KEY, DANGERS = "/own/reports", "own_report", "/own/dangers"


def layout(viewer: Viewer) -> Component:
    """The periods to report, and the history."""
    with read_session() as session:
        body = html.Div(_body(session, viewer), id=part_id("own-reports", KEY), className="own-reports")
    return html.Div([dcc.Store(id=part_id("form-submit", KEY)), body], **{"data-form-page": KEY, "data-user": str(viewer.id)})


def _body(session: Session, viewer: Viewer) -> list[Component]:
    now = datetime.now(UTC)
    today = park_day(now)
    reason = why_suspended(session, viewer.enterprise_id or 0)
    current = current_reports(session, viewer, today)
    earlier = earlier_reports(session, viewer, today)
    owed = [one for one in earlier if one.state == "missed"][:3]
    parts: list[Component] = [notice(reason, "warn")] if reason else []
    parts += [_period(session, one, now, reason) for one in (*owed, *current)]
    if not parts:
        parts.append(panel("本期上报", empty("上报期还没有开启", "系统每天零时开启新的上报期。")))
    return [*parts, panel("历史上报", _history(earlier, now), className="flush")]


def _period(session: Session, report: DangerReport, now: datetime, reason: str) -> Component:
    found = entered(session, report)
    is_done = report.state not in WAITING
    left = remaining(report.due_on, park_day(now), is_closed=is_done)
    marks = [state_tag(REPORT_STATES, report.state), tag(left.word, left.tone) if left and not is_done else None]
    lines = facts(
        [
            ("起止", f"{report.starts_on} 至 {report.ends_on}"),
            ("上报截止", report.due_on.isoformat()),
            ("已提交隐患", dcc.Link(f"{found.submitted} 条", href=address(DANGERS, report_id=report.id))),
            ("草稿", dcc.Link(f"{found.drafts} 条", href=address(DANGERS, state="draft"))),
            *([("上报时间", moment_words(report.submitted_at, now)), ("零隐患", "是" if report.is_zero else "否")] if report.submitted_at else []),
        ]
    )
    enter = dcc.Link([icon("plus-lg"), "登记隐患"], href=address(DANGERS, do="add"), className="button")
    acts = [html.Div(enter, className="row-line")] if is_done or reason else [_form(report, found.submitted, found.drafts, enter)]
    return panel(period_words(report.period), [lines, *acts], actions=marks)


def _form(report: DangerReport, submitted: int, drafts: int, enter: Component) -> Component:
    """The one declaration that fits what was entered; the other says why it does not."""
    off = {"type": "button", "className": "button", "disabled": True}
    if submitted:
        declared = notice(f"还有 {drafts} 条草稿未提交，不计入本次上报。", "warn") if drafts else None
        acts = [html.Button(f"提交上报（{submitted} 条）", type="submit", className="button primary"), html.Button("零隐患申报", title="本期已有隐患，不能申报零隐患", **off)]
    else:
        words = "本企业已组织自查，本期未发现隐患"
        declared = html.Label([dcc.Input(type="hidden", name="zero", value="1"), html.Span(words)], className="cap")
        why = f"还有 {drafts} 条草稿，请先提交或删除" if drafts else ""
        zero = html.Button("零隐患申报", title=why, **off) if drafts else html.Button("零隐患申报", type="submit", className="button primary", title=words)
        acts = [zero, html.Button("提交上报", title="还没有已提交的隐患", **off)]
    remark = html.Label([html.Span("说明", className="nowrap"), dcc.Input(name="remark", className="input", maxLength=500, placeholder="可不填")], className="row-line")
    marks = {"data-record-form": KEY, "data-id": str(report.id), "data-do": "submit", "data-version": str(report.version)}
    return html.Form([declared, remark, html.Div([*acts, enter], className="row-line own-report-acts")], noValidate=True, className="drawer-main-part", **marks)


def _history(earlier: Any, now: datetime) -> Component:
    if not earlier:
        return empty("还没有历史上报", "结束的上报期会列在这里。")
    columns = (
        Column("上报期", lambda one: period_words(one.period)),
        Column("上报状态", lambda one: state_tag(REPORT_STATES, one.state)),
        Column("隐患数", lambda one: dcc.Link("零隐患" if one.is_zero else str(one.danger_count), href=address(DANGERS, report_id=one.id)) if one.state in DONE else "", True),
        Column("上报截止", lambda one: one.due_on.isoformat()),
        Column("上报时间", lambda one: moment_words(one.submitted_at, now) if one.submitted_at else ""),
        Column("说明", lambda one: one.remark or ""),
    )
    return table(columns, earlier)


def _done(viewer: Viewer, data: Any) -> list[Component]:
    given = data.get("values") if isinstance(data, Mapping) else None
    if not isinstance(given, Mapping) or data.get("do") != "submit":
        raise Invalid("提交的内容不完整，请刷新页面。")
    is_zero = given.get("zero") == "1"
    with write_session() as session:
        report = get(session, DangerReport, submission_id(data.get("id")), viewer)
        done = submit(session, viewer, report, is_zero=is_zero, remark=str(given.get("remark") or "")[:500], now=datetime.now(UTC))
        words = f"{period_words(done.period)}{'零隐患申报' if is_zero else f'上报 {done.danger_count} 条隐患'}已提交。"
    say("success", words)
    with read_session() as session:
        return _body(session, viewer)


def register(app: Dash) -> None:
    """Register what answers the declarations."""
    output = Output(part_id("own-reports", KEY), "children")

    @guarded(app, output, Input(part_id("form-submit", KEY), "data"), permission=OWN, prevent_initial_call=True)
    def submitted(viewer: Viewer, data: Any) -> list[Component]:
        return _done(viewer, data)


PAGE = Page(PATH, "本期上报", layout, permission=OWN, module=HOME, group="工作台", icon="calendar-check", side="enterprise", register=register, short="上报")
