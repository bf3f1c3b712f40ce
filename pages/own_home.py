"""企业首页: how the enterprise's own file stands, what is missing in it, and its open alarms."""

from __future__ import annotations

from datetime import datetime, timedelta

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import icon, notice, panel, state_tag
from dashboard.blocks.change_table import change_count
from dashboard.blocks.state import empty
from dashboard.moments import moment_words
from dashboard.site import address
from data import inspections
from data.calendar import park_day
from data.choices.enterprises import CONFIRM_STATES, STANDARD_STATES
from data.completeness import assess
from data.enterprise_changes import open_change
from data.errors import NotFound
from data.models import Enterprise
from data.query import get
from data.risks import OWN as OWN_RISKS
from data.rules.completeness import Assessment, Missing
from data.viewer import Viewer

FILE, INSPECTIONS, ALL_INSPECTIONS = "/own/file", "/own/inspections", "/own/inspections/all"
MOST_PLACES = 6
MOST = 12  # missing items that are named at once


def own_parts(session: Session, viewer: Viewer, now: datetime) -> list[Component]:
    """The enterprise's name and state, and what its file lacks; without an enterprise only the sentence that says so."""
    try:
        enterprise = get(session, Enterprise, viewer.enterprise_id or 0, viewer)
    except NotFound:
        return [panel("企业档案", empty("您的账号没有关联企业", "请联系主管部门为账号指定企业。"))]
    parts = [_greeting(enterprise, now), *_returned(enterprise)]
    parts += [_inspections(session, viewer, now)] if viewer.may(OWN_RISKS) else []
    return [*parts, _file(session, enterprise, assess(session, enterprise, park_day(now)), now)] if viewer.may("own.file") else parts


def account(viewer: Viewer) -> Component:
    """The way to one's own password; who acts as the enterprise has none here."""
    if viewer.acting_for:
        return panel("账号", html.P("代企业操作期间不能修改密码。", className="cap"))
    change = html.A([icon("key"), "修改密码"], href="/password", className="button", **{"data-plain": "1"})
    return panel("账号", html.Div([html.Span([html.B(viewer.name), html.Br(), html.Span(viewer.username, className="cap")], className="grow"), change], className="row-line own-account"))


def _greeting(enterprise: Enterprise, now: datetime) -> Component:
    line = (enterprise.kind, enterprise.division.name, f"主管部门 {enterprise.department.name}" if enterprise.department else "")
    words = html.Div([html.H3(enterprise.name), html.P(" · ".join(one for one in line if one), className="cap")], className="grow")
    return html.Section([html.Span(enterprise.short_name[:1], className="avatar big"), words], className="panel greeting")


def _inspections(session: Session, viewer: Viewer, now: datetime) -> Component:
    """What is to be inspected now, place by place, and what was missed in the last week."""
    found = [one for one in inspections.due_now(session, viewer, now) if one.open]
    waiting, missed = sum(len(one.open) for one in found), inspections.missed_since(session, viewer, now - timedelta(days=7))
    lost = dcc.Link(f"近 7 天漏检 {missed:,} 项", href=address(ALL_INSPECTIONS, state="missed"), className="t-danger") if missed else html.Span("近 7 天没有漏检", className="cap")
    rows = [html.Div([html.B(one.unit.name, className="grow"), html.Span(f"{one.unit.place or '巡检点'} · {one.open[0].person or ''}", className="muted"), dcc.Link(f"{len(one.open)} 项", href=address(INSPECTIONS, place=one.unit.place_code))]) for one in found[:MOST_PLACES]]
    rest = [html.Div(dcc.Link(f"还有 {len(found) - MOST_PLACES} 个巡检点", href=INSPECTIONS))] if len(found) > MOST_PLACES else []
    body = html.Div([*rows, *rest], className="rows") if rows else html.P("现在没有要巡检的措施。", className="cap own-full")
    return panel("今日巡检", body, note=f"待查 {waiting:,} 项", actions=[lost, dcc.Link("去巡检", href=INSPECTIONS)])


def _returned(enterprise: Enterprise) -> list[Component]:
    if enterprise.confirm_state != "returned" or not enterprise.return_reason:
        return []
    return [notice([html.B("档案已退回："), enterprise.return_reason, "。 ", dcc.Link("去修改", href=FILE)], "warn")]


def _file(session: Session, enterprise: Enterprise, found: Assessment, now: datetime) -> Component:
    waiting = open_change(session, enterprise.id)
    marks = [state_tag(CONFIRM_STATES, enterprise.confirm_state), state_tag(STANDARD_STATES, enterprise.standard_state)]
    lines = [html.Div(marks, className="row-line")]
    if waiting is not None:
        lines.append(html.P([f"{moment_words(waiting.submitted_at, now)} 提交的 {change_count(waiting)} 项修改正在等待确认。 ", dcc.Link("查看", href=FILE)]))
    elif enterprise.confirmed_at is not None:
        lines.append(html.P(f"最近一次确认：{moment_words(enterprise.confirmed_at, now)}", className="cap"))
    else:
        lines.append(html.P("档案还没有确认过。填写完整后提交，由主管部门确认。", className="cap"))
    head = html.Div([ring(found.percent), html.Div([html.B(f"应填 {found.total} 项，已填 {found.done} 项"), *lines], className="grow")], className="own-complete")
    more = len(found.missing) - MOST
    rows = [_missing(one) for one in found.missing[:MOST]]
    rest = [html.Div(dcc.Link(f"还有 {more} 项，去企业档案查看", href=FILE))] if more > 0 else []
    body = html.Div([*rows, *rest], className="rows own-missing") if rows else html.P("应填的内容都已填写，且没有过期的证照。", className="cap own-full")
    return panel("企业档案", [head, body], note="完善度", actions=dcc.Link("查看和修改", href=FILE), className="own-file-panel")


def ring(percent: int) -> Component:
    """The completeness as a ring with its number in the middle; it is no judgement, so it has one colour."""
    return html.Div(html.Span([html.B(f"{percent}%"), html.Small("完善度")]), className="ring", style={"--p": f"{percent}%"}, role="img", **{"aria-label": f"完善度 {percent}%"})


def _missing(one: Missing) -> Component:
    mark = icon("exclamation-triangle-fill") if one.is_expired else icon("circle")
    return html.Div(
        [
            html.Span(mark, className="t-danger" if one.is_expired else "muted"),
            html.B(one.label, className="grow"),
            html.Span(one.reason, className="t-danger" if one.is_expired else "muted"),
            dcc.Link("去补充", href=address(FILE, at=one.code)),
        ]
    )
