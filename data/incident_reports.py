"""专报, 续报 and 终报: drafted from what the platform knows, put right by a person, then frozen with number and Word document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.calendar import clock_words
from data.choices import word
from data.choices.incidents import INCIDENT_KINDS, INCIDENT_LEVELS, INCIDENT_STATES, REPORT_KINDS, RESPONSE_LEVELS
from data.documents.making import make_paper
from data.errors import Conflict, Invalid
from data.incidents import COMMAND, LONGEST, harm_of, locked, log
from data.models import Incident, IncidentEntry, IncidentReport, IncidentTask
from data.query import visible
from data.rules.incident import is_grave
from data.save import create, update
from data.validity import NOT_SAVED
from data.viewer import Viewer

# What a report contains: 国务院令第493号 art. 12 and 总局令第21号 art. 8.
SECTIONS = (
    ("overview", "事故发生单位概况"),
    ("scene", "时间、地点及现场情况"),
    ("course", "简要经过"),
    ("harm", "伤亡和直接经济损失"),
    ("measures", "已经采取的措施"),
    ("further", "其他情况和下一步"),
)
PAPERS = {"first": "incident_first", "further": "incident_further", "final": "incident_final"}
DRILL_PAPER = "incident_drill"
_DONE = ("accept", "feedback", "done", "failed")


def kind_due(session: Session, incident: Incident) -> str:
    """Which report comes next: the first one, after it further ones, when the incident has ended the final one."""
    kinds = set(session.scalars(select(IncidentReport.kind).where(IncidentReport.incident_id == incident.id, IncidentReport.deleted_at.is_(None))))
    if "first" not in kinds:
        return "first"
    return "final" if incident.state in ("ended", "archived") else "further"


def why_no_report(session: Session, incident: Incident, kind: str) -> str:
    """Why a report of the kind cannot go out now; empty when it can."""
    kinds = set(session.scalars(select(IncidentReport.kind).where(IncidentReport.incident_id == incident.id, IncidentReport.deleted_at.is_(None))))
    if incident.state in ("received", "void"):
        return f"事件现在“{word(INCIDENT_STATES, incident.state)}”，核实属实后才能报告。"
    if kind not in PAPERS:
        return "请选择列出的报告种类。"
    if "final" in kinds:
        return "终报已经报出，不能再报。"
    if kind == "first" and "first" in kinds:
        return "专报已经报出，请报续报或终报。"
    if kind != "first" and "first" not in kinds:
        return "还没有专报，请先报专报。"
    if kind == "final" and incident.state not in ("ended", "archived"):
        return "事件结束后才能报终报。"
    return ""


def draft(session: Session, viewer: Viewer, incident: Incident, now: datetime) -> dict[str, str]:
    """What the platform can say for each section; a person reads it, puts it right and signs."""
    entries = session.scalars(select(IncidentEntry).where(IncidentEntry.incident_id == incident.id).order_by(IncidentEntry.id)).all()
    tasks = session.scalars(visible(IncidentTask, viewer).where(IncidentTask.incident_id == incident.id).order_by(IncidentTask.id)).unique().all()
    return {
        "overview": _overview(incident),
        "scene": _scene(incident),
        "course": incident.description or next((one.text for one in entries if one.kind == "received"), ""),
        "harm": _harm(incident),
        "measures": _measures(incident, entries, tasks),
        "further": "；".join(f"{one.unit}：{one.what}" for one in tasks if one.is_open)[:LONGEST] or ("事件已结束。" if not incident.is_open else "继续处置，续报。"),
    }


def _overview(incident: Incident) -> str:
    firm = incident.enterprise
    if firm is None:
        return "不在企业内。"
    parts = [firm.name, firm.kind, firm.division.name]
    return "，".join(part for part in parts if part) + (f"。危险物质：{incident.substance}" if incident.substance else "。")


def _scene(incident: Incident) -> str:
    level = f"初判 {word(INCIDENT_LEVELS, incident.level)}" if incident.level else ""
    grave = "，属较大涉险" if is_grave(harm_of(incident), is_critical=incident.is_critical) else ""
    response = f"{word(RESPONSE_LEVELS, incident.response_level)}，现场指挥 {incident.commander}。" if incident.response_level else ""
    return f"{clock_words(incident.occurred_at)} 在{incident.place}发生{word(INCIDENT_KINDS, incident.kind)}。{level}{grave}{'。' if level else ''}{response}"


def _harm(incident: Incident) -> str:
    loss = f"，初步估计直接经济损失 {incident.loss:g} 万元" if incident.loss is not None else "，直接经济损失正在核实"
    return f"{harm_of(incident).words}{loss}。"


def _measures(incident: Incident, entries: Sequence[IncidentEntry], tasks: Sequence[IncidentTask]) -> str:
    orders = [f"{clock_words(one.at)} {one.text}" for one in entries if one.kind in ("respond", "order", "circle")]
    done = [f"{one.unit}：{one.what}（{one.feedback or '已接收'}）" for one in tasks if one.accepted_at is not None]
    return "；".join([*orders, *done])[:LONGEST] or "正在核实和组织处置。"


def issue(session: Session, viewer: Viewer, incident_id: int, kind: str, values: Mapping[str, Any], now: datetime) -> IncidentReport:
    """The report, signed by the viewer: numbered, frozen, with its document. Conflict when it cannot go out now."""
    viewer.require(COMMAND)
    incident = locked(session, viewer, incident_id)
    if why := why_no_report(session, incident, kind):
        raise Conflict(why)
    said = {key: str(values.get(key) or "").strip() for key, _ in SECTIONS}
    faults = {key: f"最多 {LONGEST} 个字，现有 {len(text)} 个。" for key, text in said.items() if len(text) > LONGEST}
    faults |= {key: "请填写，没有的写“无”。" for key in ("scene", "course", "harm", "measures") if not said[key]}
    recipient = str(values.get("recipient") or "").strip()
    faults |= {} if recipient else {"recipient": "请填写主送机关。"}
    if faults:
        raise Invalid(NOT_SAVED, faults)
    number = len(session.scalars(select(IncidentReport.id).where(IncidentReport.incident_id == incident.id)).all()) + 1
    content = [{"head": head, "text": said[key] or "无"} for key, head in SECTIONS]
    title = f"{'【演练】' if incident.is_drill else ''}关于{incident.title}的{word(REPORT_KINDS, kind)}"
    fixed = {"incident_id": incident.id, "kind": kind, "issue": number, "title": title, "recipient": recipient, "copied_to": str(values.get("copied_to") or "").strip() or None, "content": content, "signed_at": now, "signed_by_id": viewer.id}
    report = create(session, IncidentReport, viewer, fixed)
    paper = make_paper(session, viewer, DRILL_PAPER if incident.is_drill else PAPERS[kind], report, now)
    update(session, report, viewer, {"number": paper.number})
    log(session, viewer, incident, "report", f"{word(REPORT_KINDS, kind)}（第 {number} 期，{paper.number}）主送 {recipient}", now, report_id=report.id)
    return report


def reports_of(session: Session, viewer: Viewer, incident: Incident) -> Sequence[IncidentReport]:
    """The reports that went out, the newest first."""
    return session.scalars(visible(IncidentReport, viewer).where(IncidentReport.incident_id == incident.id).order_by(IncidentReport.id.desc())).unique().all()
