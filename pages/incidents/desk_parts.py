"""The parts of the desk that follow the incident by themselves: head, legal times, situation, forces, plans, timeline, tasks, reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE, Content, facts, icon, state_tag, tag
from dashboard.moments import moment_words
from data import incident_desk, incident_reports, incident_views, incidents
from data.alarm_views import to_ms
from data.attachments import attachment_count, attachments_of
from data.choices import word
from data.choices.incidents import (
    ENTRY_KINDS,
    INCIDENT_KINDS,
    INCIDENT_LEVELS,
    INCIDENT_SOURCES,
    INCIDENT_STATES,
    REPORT_KINDS,
    RESPONSE_LEVELS,
    TASK_STATES,
)
from data.models import Incident, IncidentEntry, IncidentTask
from data.rules.incident import STEPS, accident_level, is_grave
from data.rules.incident_clocks import RULES_EDITION, Clock, why_none
from data.rules.wind import why_unfit
from data.viewer import Viewer
from pages.incidents.declaring import PATH, TASKS_PATH

_STEP_OF = {state: place for place, (state, _) in enumerate(STEPS)}


def head(session: Session, viewer: Viewer, incident: Incident, now: datetime) -> list[Component]:
    """What it is, how grave, in which step, since when."""
    marks = [tag("演练", "danger") if incident.is_drill else None, tag(word(INCIDENT_KINDS, incident.kind), outline=True), state_tag(INCIDENT_STATES, incident.state), state_tag(INCIDENT_LEVELS, incident.level) if incident.level else tag("级别待定", "stale")]
    if incident.response_level:
        marks.append(tag(word(RESPONSE_LEVELS, incident.response_level), "warn"))
    title = html.Div([html.H1(incident.title), html.Div(marks, className="row-line inc-marks")], className="inc-title")
    since = html.Div([html.Span("已持续" if incident.is_open else "历时", className="cap"), _lapse(incident)], className="inc-lapse")
    tools: list[Component] = [html.Button([icon("printer"), "打印"], type="button", className="button small", title="打印到 A4：态势、时间线、任务、报告和最近资源", **{"data-print": "desk"})]
    if viewer.may(incidents.EDIT) and not incidents.why_held(incident):
        base = f"{PATH}/drills" if incident.is_drill else PATH
        tools.append(dcc.Link([icon("pencil"), "基本信息"], href=f"{base}?open={incident.id}&do=edit", className="button small"))
    return [title, _steps(session, incident, now), html.Div(tools, className="row-line inc-tools"), since]


def _lapse(incident: Incident) -> Component:
    if incident.is_open:
        return html.B("", **{"data-inc-since": str(to_ms(incident.occurred_at))})
    end = incident.ended_at or incident.received_at
    return html.B(_length(int((end - incident.occurred_at).total_seconds())))


def _length(seconds: int) -> str:
    hours, rest = divmod(max(0, seconds), 3600)
    return f"{hours:02}:{rest // 60:02}:{rest % 60:02}"


def _steps(session: Session, incident: Incident, now: datetime) -> Component:
    """接报 → 核实 → 处置 → 结束 → 评估归档, each with its time."""
    if incident.state == "void":
        return html.Div(tag(f"已排除 {moment_words(incident.ended_at or incident.received_at, now)}", "stale"), className="inc-steps")
    times = (incident.received_at, incident.verified_at, incident.responded_at, incident.ended_at, incident.archived_at)
    here = _STEP_OF[incident.state]
    made = []
    for place, ((_, label), at) in enumerate(zip(STEPS, times, strict=True)):
        look = "done" if place < here or (place == here and place == len(STEPS) - 1) else "here" if place == here else ""
        made.append(html.Li([html.B(label), html.Span(moment_words(at, now) if at else "", className="cap")], className=look))
    return html.Ol(made, className="inc-steps")


# ---- Legal times -----------------------------------------------------------------------------------------------------------

_CLOCK_WORDS = {"met": ("已报", "ok"), "late": ("迟报", "danger"), "over": ("超时", "danger")}


def clock_rows(session: Session, incident: Incident, now: datetime) -> list[Component]:
    """The legal times with what became of each; why there are none where none run."""
    if incident.state == "void":
        return [html.P("事件已排除，报告时限不再计算。", className="inc-none")]
    why = why_none(incident_desk.case_of(session, incident))
    if why:
        return [html.P(why, className="inc-none")]
    rows = [_clock(one, now) for one in incident_desk.legal_clocks(session, incident, now)]
    return [*rows, html.P(f"依据 {RULES_EDITION}", className="cap inc-none")]


def _clock(clock: Clock, now: datetime) -> Component:
    due, note = moment_words(clock.due_at, now), clock.note
    end: list[Content]
    if clock.state == "waiting":
        end = [html.B("", className="inc-left", **{"data-inc-due": str(to_ms(clock.due_at))}), html.Span(f"{due} 前", className="cap")]
    elif clock.state == "window":
        end = [html.Span(f"至 {due}", className="cap")]
    else:
        label, tone = _CLOCK_WORDS[clock.state]
        at = moment_words(clock.done_at, now) if clock.done_at else f"应于 {due}"
        end = [tag(label, tone), html.Span(at, className="cap")]
        if clock.state == "over":
            end.insert(0, html.B("", className="inc-left", **{"data-inc-due": str(to_ms(clock.due_at))}))
    label = html.Div([html.B(clock.rule.label), html.Span(f"{clock.rule.source}{f'。{note}' if note else ''}", className="cap")])
    return html.Div([label, html.Div(end, className="inc-clock-end")], className=f"inc-clock {clock.state}")


# ---- Situation -------------------------------------------------------------------------------------------------------------


def situation(session: Session, viewer: Viewer, incident: Incident, now: datetime) -> list[Component]:
    """Where, who, what came of it, and the wind with whether it is fit to draw by."""
    firm = incident.enterprise
    phone = (firm.duty_phone or firm.phone) if firm is not None else None
    firm_words: Content = [dcc.Link(firm.short_name, href=f"/enterprises?open={firm.id}") if viewer.may("enterprise.view") else firm.short_name, " ", call(phone)] if firm is not None else ""
    said = [incident.reporter or "", " ", call(incident.reporter_phone)]
    harm = incidents.harm_of(incident)
    hint = accident_level(harm)
    told = html.Span([html.B(harm.words, className="t-danger" if harm.dead or harm.serious else ""), f"　损失 {incident.loss:g} 万元" if incident.loss else ""])
    pairs: list[tuple[str, Content]] = [
        ("地点", incident.place),
        ("企业", firm_words),
        ("危险物质", incident.substance),
        ("发生", moment_words(incident.occurred_at, now)),
        ("接报", f"{moment_words(incident.received_at, now)}　{word(INCIDENT_SOURCES, incident.source)}　{incident.received_by.name if incident.received_by else ''}"),
        ("报告人", said if incident.reporter or incident.reporter_phone else ""),
        ("初步情况", incident.description),
        ("现场指挥", incident.commander),
        ("伤亡", told),
        ("现场气象", _wind(session, viewer, incident, now)),
    ]
    warnings = []
    if hint is not None and incident.level is not None and hint < incident.level:
        warnings.append(f"按伤亡和损失应为 {word(INCIDENT_LEVELS, hint)}（国务院令第493号第三条），初判级别偏低，请核对。")
    if is_grave(harm, is_critical=incident.is_critical):
        warnings.append("属较大涉险（总局令第21号第二十六条），1 小时内电话快报。")
    return [facts([(label, value) for label, value in pairs if value not in (None, "")], columns=1), *(html.P([icon("exclamation-triangle-fill"), " ", one], className="inc-warning") for one in warnings)]


def _wind(session: Session, viewer: Viewer, incident: Incident, now: datetime) -> Content:
    wind = incident_desk.wind_of(session, viewer, incident, now)
    why = why_unfit(wind, now) if incident.is_open else ""
    if wind is None:
        return html.Span(why or NO_VALUE, className="t-stale")
    words = f"{wind.words} {wind.speed_ms:g} m/s，{moment_words(wind.measured_at, now)} {wind.source}"
    return html.Span([words, html.Span(f"　{why}", className="t-warn") if why else ""])


def call(phone: str | None) -> Content:
    """A number that calls; nothing without one."""
    if not phone:
        return ""
    return html.A([icon("telephone"), phone], href=f"tel:{''.join(one for one in phone if one.isdigit() or one == '+')}", className="inc-call", **{"data-plain": "1"})


def forces(session: Session, viewer: Viewer, incident: Incident) -> list[Component]:
    """The resources nearest to the place, by kind, with distance and telephone."""
    if not viewer.may("emergency.view"):
        return [html.P("您没有“查看应急资源”权限。", className="inc-none")]
    if incident.lon is None:
        return [html.P("事件还没有坐标：在“基本信息”中选取位置后，列出最近的资源。", className="inc-none")]
    rows: list[Component] = []
    for kind, found in incident_desk.nearest(session, viewer, incident):
        rows += [_force(kind.sign if place == 0 else "", kind.word, one) for place, one in enumerate(found)]
    more = dcc.Link("全部周边资源", href=f"/emergency/search?area={incident.lon:.6f},{incident.lat:.6f},5000", className="inc-more")
    return [*rows, more] if rows else [html.P("20 km 内没有登记了坐标的应急资源。", className="inc-none")]


def _force(sign: str, kind: str, one: Any) -> Component:
    what = html.Div([html.B(one.name), html.Span(one.what, className="cap")])
    far = f"{one.distance_m / 1000:.1f} km" if one.distance_m is not None else ""
    return html.Div([html.I(sign, className="inc-sign", title=kind), what, html.Span(far, className="inc-far"), call(one.phone)], className="inc-force")


def plans(session: Session, viewer: Viewer, incident: Incident) -> list[Component]:
    """The plans that fit, the best first."""
    found = incident_desk.plans_for(session, viewer, incident)
    if not found:
        why = "事件没有关联企业，不能匹配预案。" if incident.enterprise_id is None else "企业没有登记现行的应急预案。" if viewer.may("hazard.view") else "您没有“查看重大危险源”权限。"
        return [html.P(why, className="inc-none")]
    return [html.Div([dcc.Link(one.plan.name, href=f"/hazards/plans?open={one.plan.id}"), html.Span(f"第 {one.plan.edition} 版 · {one.why}", className="cap")], className="inc-plan") for one in found[:5]]


# ---- Timeline, tasks, reports ----------------------------------------------------------------------------------------------


def timeline(session: Session, viewer: Viewer, incident: Incident, now: datetime) -> list[Component]:
    """Every line, the newest first; the time is the server's."""
    entries = incident_desk.entries_of(session, incident)
    by_id = {one.id: one for one in entries}
    corrected = {one.corrects_id: one for one in entries if one.corrects_id is not None}
    may = viewer.may(incidents.EDIT) and incident.state != "archived"
    return [html.Ol([_entry(one, by_id, corrected, now, may) for one in entries], className="inc-entries")]


def _entry(entry: IncidentEntry, by_id: dict[int, IncidentEntry], corrected: dict[int | None, IncidentEntry], now: datetime, may: bool) -> Component:
    wrong = by_id.get(entry.corrects_id) if entry.corrects_id else None
    about = html.Span(f"更正 {moment_words(wrong.at, now, seconds=True)} 的“{wrong.text[:40]}”：", className="cap") if wrong is not None else None
    later = corrected.get(entry.id)
    note = html.Span(f"已于 {moment_words(later.at, now, seconds=True)} 更正", className="t-warn cap") if later is not None else None
    button = html.Button("更正", type="button", className="link", title="补记一条更正；原记录不变", **{"data-correct": str(entry.id), "data-correct-at": moment_words(entry.at, now, seconds=True)}) if may else None
    first = html.Div([html.Time(moment_words(entry.at, now, seconds=True)), state_tag(ENTRY_KINDS, entry.kind), html.Span(entry.user_name, className="cap"), html.Span(button, className="end")], className="row-line")
    return html.Li([first, html.P([about, entry.text, " ", note], className="corrected" if later is not None else "")], className=f"entry-{entry.kind}")


def tasks(session: Session, viewer: Viewer, incident: Incident, now: datetime) -> list[Component]:
    """The tasks, the overdue first, with who has them and what they said."""
    found = incident_views.tasks_of(session, viewer, incident)
    if not found:
        return [html.P("还没有下达任务。", className="inc-none")]
    return [_counts(found, now), *(_task(session, viewer, one, now) for one in found)]


def _counts(found: Sequence[IncidentTask], now: datetime) -> Component:
    done = sum(one.state == "done" for one in found)
    late = sum(_is_late(one, now) for one in found)
    words = [f"完成 {done}", f"进行 {sum(one.is_open for one in found)}", f"无法完成 {sum(one.state == 'failed' for one in found)}"]
    return html.P([" · ".join(words), html.B(f" · 超时 {late}", className="t-danger") if late else ""], className="cap inc-none")


def _is_late(task: IncidentTask, now: datetime) -> bool:
    return task.is_open and task.due_at is not None and task.due_at < now


def _task(session: Session, viewer: Viewer, task: IncidentTask, now: datetime) -> Component:
    end: list[Content] = [state_tag(TASK_STATES, task.state)]
    if task.is_open and task.due_at is not None:
        end.append(html.B("", className="inc-left", **{"data-inc-due": str(to_ms(task.due_at))}))
    elif task.closed_at is not None:
        end.append(html.Span(moment_words(task.closed_at, now), className="cap"))
    photos = attachment_count(session, task)
    links: list[Content] = [call(task.phone)]
    links.append(dcc.Link([icon("camera"), f"照片 {photos}"], href=f"{PATH}/tasks/all?open={task.id}&tab=files") if photos else "")
    links.append(dcc.Link("反馈", href=f"{TASKS_PATH}?id={task.id}") if task.is_open and viewer.may(incidents.FIELD) else "")
    body = html.Div([html.B(task.what), html.Span(task.unit, className="cap"), html.Span(f"反馈：{task.feedback}", className="cap") if task.feedback else None, html.Span(links, className="inc-task-links")])
    return html.Div([body, html.Div(end, className="inc-clock-end")], className=f"inc-task {task.state}{' late' if _is_late(task, now) else ''}")


def reports(session: Session, viewer: Viewer, incident: Incident, now: datetime) -> list[Component]:
    """The reports that went out, each with its document."""
    found = incident_reports.reports_of(session, viewer, incident)
    if not found:
        return [html.P("还没有报出报告。", className="inc-none")]
    rows = []
    for one in found:
        files = attachments_of(session, one)["paper"]
        paper = html.A([icon("file-earmark-word"), "Word"], href=f"/attachments/{files[-1].id}?download=1", **{"data-plain": "1"}) if files else None
        who = one.signed_by.name if one.signed_by is not None else ""
        words = html.Div([dcc.Link(f"{word(REPORT_KINDS, one.kind)} 第 {one.issue} 期", href=f"{PATH}/reports?open={one.id}"), html.Span(f"{one.number or ''}　主送 {one.recipient}", className="cap"), html.Span(f"{who} {moment_words(one.signed_at, now)} 签发", className="cap")])
        rows.append(html.Div([words, html.Div(paper, className="inc-clock-end")], className="inc-task"))
    return rows


