"""What was submitted on the desk, read like any forged request and handed to ``data``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from data import incident_desk, incident_reports, incident_tasks, incidents
from data.choices import word
from data.choices.incidents import INCIDENT_STATES, REPORT_KINDS
from data.errors import Conflict, Invalid
from data.models import Incident, IncidentCircle, IncidentTask
from data.query import get
from data.rules.incident import MOVES
from data.validity import NOT_SAVED
from data.values import FormReader, decimal, instant
from data.viewer import Viewer

Texts = Mapping[str, str]
_PLACES = {**dict.fromkeys(MOVES, "move"), "note": "note", "task": "task", "circle": "circle", "drop": "circle", "report": "report", "draft": "report", "undraft": "report"}
TASK_FIELDS = ("what", "team_id", "user_id", "unit", "phone", "due_at")
CIRCLE_FIELDS = ("name", "radius_m", "is_downwind", "basis")


def form_of(do: str) -> str:
    """The form in which the answer to ``do`` is drawn; Invalid when there is none."""
    if do not in _PLACES:
        raise Invalid("没有这个操作，请刷新页面。")
    return _PLACES[do]


def take(session: Session, viewer: Viewer, identity: int, do: str, texts: Texts, now: datetime) -> str:
    """Do it; the sentence of success. Invalid names the fields, Conflict who was faster."""
    if do in MOVES:
        step = MOVES[do]
        values = _read(session, viewer, Incident, step.takes, texts)
        moved = incidents.move(session, viewer, identity, do, texts.get("seen", ""), values, now, texts.get("words", ""))
        return f"已办理“{step.label}”，事件现在“{word(INCIDENT_STATES, moved.state)}”。"
    return _TAKEN[do](session, viewer, identity, texts, now)


def draft(session: Session, viewer: Viewer, identity: int, now: datetime) -> dict[str, str]:
    """The texts of the report that is due; Conflict when none can go out."""
    viewer.require(incidents.COMMAND)
    incident = get(session, Incident, identity, viewer)
    kind = incident_reports.kind_due(session, incident)
    if why := incident_reports.why_no_report(session, incident, kind):
        raise Conflict(why)
    before = incident_reports.reports_of(session, viewer, incident)
    sent = {"recipient": before[0].recipient, "copied_to": before[0].copied_to or ""} if before else {"recipient": "", "copied_to": ""}
    return {**incident_reports.draft(session, viewer, incident, now), **sent, "kind": kind}


def _note(session: Session, viewer: Viewer, identity: int, texts: Texts, now: datetime) -> str:
    corrects = _number(texts.get("corrects", ""))
    kind = "correction" if corrects else texts.get("kind") or "note"
    facts = _figures(session, viewer, kind, texts)
    incidents.note(session, viewer, identity, kind, texts.get("text", ""), now, facts, corrects)
    return "已记入时间线。"


def _figures(session: Session, viewer: Viewer, kind: str, texts: Texts) -> dict[str, Any]:
    """The figures of casualties or wind; Invalid with those that cannot be read."""
    if kind == "casualty":
        return _read(session, viewer, Incident, (*incidents.COUNTS, "loss"), texts)
    if kind != "wind":
        return {}
    readers: dict[str, Callable[[str], Any]] = {"direction_deg": decimal, "speed_ms": decimal, "measured_at": instant}
    found, faults = {}, {}
    for name, reader in readers.items():
        try:
            found[name] = reader(texts[name].strip()) if texts.get(name, "").strip() else None
        except ValueError as error:
            faults[name] = str(error)
    if faults:
        raise Invalid(NOT_SAVED, faults)
    return found


def _task(session: Session, viewer: Viewer, identity: int, texts: Texts, now: datetime) -> str:
    values = _read(session, viewer, IncidentTask, tuple(name for name in TASK_FIELDS if name != "user_id"), texts)
    values["user_id"] = _number(texts.get("user_id", ""))
    made = incident_tasks.give(session, viewer, identity, values, now)
    return f"已下达给{made.unit}。"


def _circle(session: Session, viewer: Viewer, identity: int, texts: Texts, now: datetime) -> str:
    radius = _number(texts.get("radius", ""))
    values = {} if radius else _read(session, viewer, IncidentCircle, CIRCLE_FIELDS, texts)
    made = incident_desk.draw_circle(session, viewer, identity, values, now, radius)
    return f"已画出{incident_desk.circle_words(made)}。"


def _drop(session: Session, viewer: Viewer, identity: int, texts: Texts, now: datetime) -> str:
    incident_desk.drop_circle(session, viewer, identity, _number(texts.get("circle", "")) or 0, now)
    return "已撤下。"


def _report(session: Session, viewer: Viewer, identity: int, texts: Texts, now: datetime) -> str:
    made = incident_reports.issue(session, viewer, identity, texts.get("kind", ""), texts, now)
    return f"{word(REPORT_KINDS, made.kind)}已签发，编号 {made.number}。"


_TAKEN: Mapping[str, Callable[[Session, Viewer, int, Texts, datetime], str]] = {"note": _note, "task": _task, "circle": _circle, "drop": _drop, "report": _report}


def _read(session: Session, viewer: Viewer, model: Any, names: tuple[str, ...], texts: Texts) -> dict[str, Any]:
    reader, values, faults = FormReader(session, viewer, model), {}, {}
    for name in names:
        try:
            values[name] = reader.read(name, texts.get(name, ""))
        except ValueError as error:
            faults[name] = str(error)
    if faults:
        raise Invalid(NOT_SAVED, faults)
    return values


def _number(text: str) -> int | None:
    """An id that was sent; None for an empty text, 0 for what is none, which finds nothing."""
    if not text.strip():
        return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0
