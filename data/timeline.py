"""One timeline an enterprise: every module adds the events that it knows of, newest first, within what the viewer may see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from data.alarms import title as alarm_title
from data.calendar import start_of
from data.choices import word
from data.choices.incidents import ENTRY_KINDS, INCIDENT_KINDS
from data.choices.monitoring import ALARM_LEVELS
from data.choices.risks import DRILL_WAYS, HAZARD_LEVELS, RISK_LEVELS
from data.choices.system import AUDIT_VERBS
from data.columns import label_of
from data.models import (
    FILE_LISTS,
    Alarm,
    AuditEntry,
    Enterprise,
    HiddenDanger,
    Identification,
    Incident,
    IncidentEntry,
    InspectionTask,
    Installation,
    InstallationPlan,
    PlanDrill,
    RiskAssessment,
    RiskObject,
    RiskZone,
    User,
    WorkflowCase,
    WorkflowStep,
    ZoneColour,
)
from data.query import visible
from data.rules.risk_colour import GREAT
from data.viewer import Viewer
from data.workflow.registry import workflow


class Event(NamedTuple):
    """What happened to an enterprise: ``tone`` colours its dot as in ``data.choices``, ``href`` opens it."""

    at: datetime
    kind: str
    title: str
    detail: str = ""
    who: str = ""
    tone: str = ""
    href: str = ""


class Source(NamedTuple):
    """A kind of event. ``fetch(session, viewer, enterprise, before, limit)`` gives the newest ones before an instant."""

    kind: str
    label: str
    permission: str
    fetch: Callable[[Session, Viewer, Enterprise, datetime, int], Sequence[Event]]


def _changes(session: Session, viewer: Viewer, enterprise: Enterprise, before: datetime, limit: int) -> list[Event]:
    """Changes of the enterprise itself and of the lists of its file."""
    own = (AuditEntry.table_name == Enterprise.__tablename__) & (AuditEntry.record_id == enterprise.id)
    parts = [
        (AuditEntry.table_name == name) & AuditEntry.record_id.in_(select(model.id).where(model.enterprise_id == enterprise.id))
        for name, model in FILE_LISTS.items()
    ]
    rows = select(AuditEntry).where(or_(own, *parts), AuditEntry.at < before).order_by(AuditEntry.at.desc()).limit(limit)
    entries = list(session.scalars(rows))
    known = select(User.username, User.name).where(User.username.in_({one.username for one in entries}))
    names = {username: name for username, name in session.execute(known)}
    return [_change(entry, names) for entry in entries]


def _change(entry: AuditEntry, names: dict[str, str]) -> Event:
    model = FILE_LISTS.get(entry.table_name, Enterprise)
    verb = word(AUDIT_VERBS, entry.verb)
    what = "" if model is Enterprise else f"{model.__title__}“{entry.record_name}”"
    fields = [label_of(model, name) for name in entry.changes if entry.verb == "update"]
    number = f" {len(fields)} 个字段" if fields else ""
    detail = "、".join(fields[:6]) + ("…" if len(fields) > 6 else "")
    tone = {"create": "ok", "confirm": "ok", "delete": "danger", "return": "warn"}.get(entry.verb, "primary")
    return Event(entry.at, "change", f"{verb}{what}{number}", "；".join(part for part in (detail, entry.reason or "") if part), names.get(entry.username, entry.username), tone)


def _alarms(session: Session, viewer: Viewer, enterprise: Enterprise, before: datetime, limit: int) -> list[Event]:
    rows = visible(Alarm, viewer).where(Alarm.enterprise_id == enterprise.id, Alarm.raised_at < before)
    found = session.scalars(rows.order_by(Alarm.raised_at.desc()).limit(limit)).unique()
    tones = {1: "danger", 2: "warn"}
    return [
        Event(
            one.raised_at,
            "alarm",
            alarm_title(one),
            f"{word(ALARM_LEVELS, one.level)}报警" + (f"，{one.occurrences} 次" if getattr(one, "occurrences", 1) > 1 else ""),
            tone=tones.get(one.level, ""),
            href=f"/alarms?view={'active' if one.closed_at is None else 'history'}&id={one.id}",
        )
        for one in found
    ]


def _dangers(session: Session, viewer: Viewer, enterprise: Enterprise, before: datetime, limit: int) -> list[Event]:
    """Hidden dangers of the enterprise: reported or entered, every step that moved one, and its closing."""
    table = HiddenDanger.__tablename__
    cases = select(WorkflowCase).where(WorkflowCase.enterprise_id == enterprise.id, WorkflowCase.table_name == table, WorkflowCase.started_at < before)
    earlier = aliased(WorkflowCase)
    is_first = ~exists().where(earlier.table_name == table, earlier.record_id == WorkflowCase.record_id, earlier.id < WorkflowCase.id)
    cases = cases.where(is_first)  # one that was downgraded goes on with a second case
    begun = [_begun(one) for one in session.scalars(cases.order_by(WorkflowCase.started_at.desc(), WorkflowCase.id.desc()).limit(limit)).unique()]
    steps = select(WorkflowStep, WorkflowCase).join(WorkflowCase, WorkflowCase.id == WorkflowStep.case_id)
    steps = steps.where(WorkflowCase.enterprise_id == enterprise.id, WorkflowCase.table_name == table, WorkflowStep.at < before, WorkflowStep.kind.in_(MOVES))
    taken = [_moved(step, case) for step, case in session.execute(steps.order_by(WorkflowStep.at.desc(), WorkflowStep.id.desc()).limit(limit)).unique()]
    return sorted([*begun, *taken], key=lambda one: one.at, reverse=True)[:limit]


def _begun(case: WorkflowCase) -> Event:
    who = case.started_by
    is_own = who is not None and who.enterprise_id is not None
    kind = "重大隐患" if case.workflow == "major_danger" else "隐患"
    title = f"{'上报' if is_own else '登记'}{kind}：{case.title}"
    return Event(case.started_at, "danger", title, "", who.name if who else "", "danger" if case.workflow == "major_danger" else "warn", f"/dangers/{case.record_id}")


def _moved(step: WorkflowStep, case: WorkflowCase) -> Event:
    is_end = workflow(case.workflow).node(step.to_node).is_end
    tone = {"return": "warn", "withdraw": "stale"}.get(step.kind, "ok" if is_end else "primary")
    return Event(step.at, "danger", f"{step.label}：{case.title}", step.opinion or "", step.user_name, tone, f"/dangers/{case.record_id}")


def _hazards(session: Session, viewer: Viewer, enterprise: Enterprise, before: datetime, limit: int) -> list[Event]:
    """Identifications, filings, risk assessments, plans and drills of the enterprise's major hazard installations."""

    def rows(model: Any, day: Any, *more: Any) -> Any:
        mine = visible(model, viewer).where(model.enterprise_id == enterprise.id, day.is_not(None), *more)
        return session.scalars(mine.order_by(day.desc(), model.id.desc()).limit(limit)).unique()

    found = [_identified(one) for one in rows(Identification, Identification.identified_at, Identification.identified_at < before)]
    found += [Event(start_of(one.filed_on), "hazard", f"重大危险源备案：{one.name}", one.filing_number or "", tone="ok", href=f"/hazards?open={one.id}") for one in rows(Installation, Installation.filed_on)]
    found += [Event(start_of(one.assessed_on), "hazard", f"风险评估：{one.name}", f"{word(RISK_LEVELS, one.level)}风险" if one.level else "", one.assessor, "primary", f"/hazards/assessments?open={one.id}") for one in rows(RiskAssessment, RiskAssessment.assessed_on)]
    found += [Event(start_of(one.published_on), "hazard", f"发布应急预案：{one.name} 第 {one.edition} 版", one.filing_number or "", tone="primary", href=f"/hazards/plans?open={one.id}") for one in rows(InstallationPlan, InstallationPlan.published_on)]
    found += [Event(start_of(one.held_on), "hazard", f"应急演练：{one.name}", word(DRILL_WAYS, one.way) + (f"，{one.people_count} 人" if one.people_count else ""), tone="ok", href=f"/hazards/drills?open={one.id}") for one in rows(PlanDrill, PlanDrill.held_on)]
    return sorted((one for one in found if one.at < before), key=lambda one: one.at, reverse=True)[:limit]


def _identified(one: Identification) -> Event:
    words = f"{word(HAZARD_LEVELS, one.level)}重大危险源" if one.level else "不构成重大危险源"
    who = one.identified_by.name if one.identified_by else ""
    return Event(one.identified_at, "hazard", f"辨识：{one.name}", words, who, "primary", f"/hazards/identifications?open={one.id}")


def _risks(session: Session, viewer: Viewer, enterprise: Enterprise, before: datetime, limit: int) -> list[Event]:
    """Steps in the review of the enterprise's risks, and inspections that found something or were missed, these day by day."""
    steps = select(WorkflowStep, WorkflowCase).join(WorkflowCase, WorkflowCase.id == WorkflowStep.case_id)
    steps = steps.where(WorkflowCase.enterprise_id == enterprise.id, WorkflowCase.table_name == RiskObject.__tablename__, WorkflowStep.at < before)
    taken = [_reviewed(step, case) for step, case in session.execute(steps.order_by(WorkflowStep.at.desc(), WorkflowStep.id.desc()).limit(limit)).unique()]
    missed = select(InspectionTask.due_at, func.count()).where(InspectionTask.enterprise_id == enterprise.id, InspectionTask.state == "missed", InspectionTask.due_at < before, InspectionTask.deleted_at.is_(None))
    rows = session.execute(missed.group_by(InspectionTask.due_at).order_by(InspectionTask.due_at.desc()).limit(limit))
    href = f"/risks/inspections?enterprise_id={enterprise.id}&state=missed"
    lost = [Event(at, "risk", f"漏检 {number:,} 项管控措施", "", "", "danger", href) for at, number in rows]
    return sorted([*taken, *lost], key=lambda one: one.at, reverse=True)[:limit]


def _reviewed(step: WorkflowStep, case: WorkflowCase) -> Event:
    tone = {"return": "warn", "withdraw": "stale", "pass": "ok"}.get(step.kind, "primary")
    return Event(step.at, "risk", f"风险清单{step.label}：{case.title}", step.opinion or "", step.user_name, tone, f"/risks/objects/{case.record_id}")


def _colours(session: Session, viewer: Viewer, enterprise: Enterprise, before: datetime, limit: int) -> list[Event]:
    """When a zone became red or orange from a milder colour, and the first reason for it."""
    one = ZoneColour
    rose = (one.begins_at == one.level_since, one.level <= GREAT, one.before > one.level)
    rows = visible(one, viewer).where(one.enterprise_id == enterprise.id, one.begins_at < before, *rose)
    named: Any = rows.join(RiskZone, RiskZone.id == one.zone_id).add_columns(RiskZone.name)
    found = session.execute(named.order_by(one.begins_at.desc(), one.id.desc()).limit(limit))
    return [_coloured(colour, zone, enterprise) for colour, zone in found]


def _coloured(colour: ZoneColour, zone: str, enterprise: Enterprise) -> Event:
    title = f"{zone}由{word(RISK_LEVELS, colour.before)}升为{word(RISK_LEVELS, colour.level)}风险"
    at = int(colour.begins_at.timestamp() * 1000)
    return Event(colour.begins_at, "zone", title, colour.reasons[0]["title"] if colour.reasons else "", tone="danger" if colour.level == 1 else "warn", href=f"/risk-map?enterprise={enterprise.code}&at={at}")


def _incidents(session: Session, viewer: Viewer, enterprise: Enterprise, before: datetime, limit: int) -> list[Event]:
    """Incidents at the enterprise: reported, and every step of them; drills say that they are."""
    rows: Any = visible(Incident, viewer).where(Incident.enterprise_id == enterprise.id).join(IncidentEntry, IncidentEntry.incident_id == Incident.id)
    rows = rows.where(IncidentEntry.at < before, IncidentEntry.kind.in_(INCIDENT_STEPS)).add_columns(IncidentEntry)
    found = session.execute(rows.order_by(IncidentEntry.at.desc(), IncidentEntry.id.desc()).limit(limit)).unique()
    return [_happened(incident, entry) for incident, entry in found]


def _happened(incident: Incident, entry: IncidentEntry) -> Event:
    tones = {"received": "danger", "respond": "danger", "end": "primary", "archive": "ok", "dismiss": "stale"}
    mark = "【演练】" if incident.is_drill else ""
    title = f"{mark}{word(ENTRY_KINDS, entry.kind)}{word(INCIDENT_KINDS, incident.kind)}：{incident.title}"
    return Event(entry.at, "incident", title, entry.text if entry.kind != "received" else incident.place, entry.user_name, tones.get(entry.kind, "warn"), f"/incidents/{incident.id}")


INCIDENT_STEPS = ("received", "verify", "dismiss", "respond", "end", "archive")
MOVES = ("pass", "branch", "return", "withdraw", "skip")

# A module that knows of further events adds its source here; nothing else has to be changed.
SOURCES: list[Source] = [
    Source("change", "变更", "enterprise.view", _changes),
    Source("alarm", "报警", "alarm.view", _alarms),
    Source("danger", "隐患", "danger.view", _dangers),
    Source("hazard", "重大危险源", "hazard.view", _hazards),
    Source("risk", "风险", "risk.view", _risks),
    Source("zone", "风险升级", "risk_map.view", _colours),
    Source("incident", "突发事件", "incident.view", _incidents),
]


def sources(viewer: Viewer) -> list[Source]:
    """The kinds of event that the viewer may see."""
    return [one for one in SOURCES if viewer.may(one.permission)]


def events(session: Session, viewer: Viewer, enterprise: Enterprise, *, before: datetime, kinds: Sequence[str] = (), limit: int = 100) -> list[Event]:
    """The newest events of the enterprise before an instant, of these kinds (none given: all)."""
    wanted = [one for one in sources(viewer) if not kinds or one.kind in kinds]
    lists = [one.fetch(session, viewer, enterprise, before, limit) for one in wanted]
    return list(islice(merge(*lists, key=lambda event: event.at, reverse=True), limit))
