"""Hidden dangers as a whole: entering one, and putting it on its way to being put right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session

from data import danger_reports, numbers, save
from data.attachments import attachments_of
from data.calendar import park_day
from data.columns import label_of
from data.errors import Conflict, Invalid
from data.models import HiddenDanger, InspectionRecord, WorkflowCase
from data.validity import NOT_SAVED
from data.viewer import Viewer
from data.workflow import steps
from data.workflows.general_danger import GENERAL_DANGER
from data.workflows.major_danger import MAJOR_DANGER

EDIT, HANDLE, VIEW, OWN = "danger.edit", "danger.handle", "danger.view", "own.danger"
PREFIX = {"general": "YBYH", "major": "ZDYH"}
SELF, PATROL, MONITOR, AT_ONCE = "self", "patrol", "monitor", "at_once"
OF_ENTERPRISES = (SELF, PATROL)  # sources of what an enterprise itself enters
NOT_ENTERED = (*OF_ENTERPRISES, MONITOR)  # what no authority enters: an alarm enters the last
# What an enterprise fills in for a danger of each kind, and what of it must be there before it is submitted.
MAJOR_FIELDS = ("criterion_id", "cause", "harm", "difficulty", "interim")
DEADLINE_FIELDS = ("deadline_on",)
AT_ONCE_FIELDS = ("rectified_on", "result")
RECTIFYING_FIELDS = ("person", "phone", "measures")
NEEDED = {"major": ("place", *MAJOR_FIELDS[:4]), "by_deadline": ("place", "deadline_on", "person"), "at_once": ("place", *AT_ONCE_FIELDS, "file:after")}


def is_open() -> ColumnElement[bool]:
    """Whether a danger is on its way and not closed yet: 未整改."""
    return and_(HiddenDanger.closed_on.is_(None), HiddenDanger.state != "draft")


def register(session: Session, viewer: Viewer, values: Mapping[str, Any], *, now: datetime, inspection: InspectionRecord | None = None, reason: str | None = None) -> HiddenDanger:
    """The new danger with its number, still a draft; ``inspection`` is where an enterprise's own people found it, ``reason`` what the log says of it. Invalid with the fields."""
    viewer.require(OWN if viewer.is_enterprise else EDIT)
    given = dict(values)
    if viewer.is_enterprise:
        found = {"source": PATROL, "inspection_id": inspection.id, "measure_id": inspection.measure_id} if inspection is not None else {"source": SELF}
        given = _own_values(given) | {"enterprise_id": viewer.enterprise_id, **found}
    faults = faults_of(given, park_day(now))
    if faults:
        raise Invalid(NOT_SAVED, faults)
    given["number"] = _number(session, given.get("level", "general"), now)
    given.setdefault("finder", viewer.name)
    return save.create(session, HiddenDanger, viewer, given, reason=reason)


def kind_of(values: Mapping[str, Any]) -> str:
    """Which fields a danger with these values has: ``major``, ``at_once`` or ``by_deadline``."""
    if values.get("level") == "major":
        return "major"
    return AT_ONCE if values.get("treatment") == AT_ONCE else "by_deadline"


def _own_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """What an enterprise fills in, without what its kind of danger does not have."""
    kind = kind_of(values)
    unfit = {
        "major": (*DEADLINE_FIELDS, *AT_ONCE_FIELDS, *RECTIFYING_FIELDS),
        "by_deadline": (*MAJOR_FIELDS, *AT_ONCE_FIELDS),
        AT_ONCE: (*MAJOR_FIELDS, *DEADLINE_FIELDS),
    }[kind]
    kept = {name: None if name in unfit else value for name, value in values.items()}
    return kept | ({"treatment": "by_deadline"} if kind == "major" else {})


def why_not_own_draft(danger: HiddenDanger) -> str:
    """Why the enterprise cannot change or delete the danger any more; empty for a draft of its own."""
    if danger.state != "draft":
        return "这条隐患已经提交，请在办理页面继续办理。"
    return "" if danger.source in OF_ENTERPRISES else "这条隐患由监管部门登记，企业不能修改。"


def change_draft(session: Session, viewer: Viewer, danger: HiddenDanger, values: Mapping[str, Any], *, version: int | None = None, now: datetime) -> HiddenDanger:
    """The enterprise's draft with the new values. Conflict when it was submitted meanwhile, Invalid with the fields."""
    viewer.require(OWN)
    reason = why_not_own_draft(danger)
    if reason:
        raise Conflict(reason)
    whole = {name: values.get(name, getattr(danger, name)) for name in ("level", "treatment", "found_on", "deadline_on", "rectified_on")}
    given = _own_values(whole | dict(values))
    faults = faults_of(given, park_day(now))
    if faults:
        raise Invalid(NOT_SAVED, faults)
    return save.update(session, danger, viewer, given, version=version)


def discard(session: Session, viewer: Viewer, danger: HiddenDanger) -> None:
    """Delete the enterprise's draft."""
    viewer.require(OWN)
    reason = why_not_own_draft(danger)
    if reason:
        raise Conflict(reason)
    save.delete(session, danger, viewer, "删除草稿")


def lacking(session: Session, danger: HiddenDanger) -> dict[str, str]:
    """What an enterprise must still fill in before it can submit the draft: labels by field, ``file:<slot>`` for photos."""
    needed = NEEDED[kind_of({"level": danger.level, "treatment": danger.treatment})]
    found = {name: label_of(HiddenDanger, name) for name in needed if not name.startswith("file:") and getattr(danger, name) in (None, "")}
    files = attachments_of(session, danger)
    slots = {f"file:{one.code}": one.label for one in HiddenDanger.__files__ if f"file:{one.code}" in needed and not files[one.code]}
    return found | slots


def put_on_its_way(session: Session, viewer: Viewer, danger: HiddenDanger, *, now: datetime) -> WorkflowCase:
    """Hand a draft over: a general danger waits for its enterprise to put it right, a major one is reported to the authority.

    A major one that an authority enters waits for the enterprise to complete the report. What an enterprise submits belongs to
    its reporting period; what it put right at once (即查即改) goes on to be looked at. Conflict, Invalid with the fields.
    """
    if danger.state != "draft":
        raise Conflict("这条隐患已经提交，不能重复提交。")
    if danger.number is None:  # an imported one
        save.update(session, danger, viewer, {"number": _number(session, danger.level, now)})
    if viewer.is_enterprise:
        return _submitted_by_enterprise(session, viewer, danger, now)
    if danger.level == "general":
        if danger.deadline_on is None:
            raise Invalid("还没有整改期限。", {"deadline_on": "请填写整改期限。"})
        return steps.open_at(session, viewer, GENERAL_DANGER, danger, "rectify", now=now)
    return steps.open_at(session, viewer, MAJOR_DANGER, danger, "report", now=now)


def _submitted_by_enterprise(session: Session, viewer: Viewer, danger: HiddenDanger, now: datetime) -> WorkflowCase:
    viewer.require(OWN)
    missing = lacking(session, danger)
    reason = why_not_own_draft(danger)
    if reason or missing:
        raise Conflict(reason) if reason else Invalid(f"提交前请补充：{'、'.join(missing.values())}。", {name: f"请补充{label}。" for name, label in missing.items()})
    danger_reports.join(session, viewer, danger, now=now)
    if danger.level == "major":
        return steps.begin(session, viewer, MAJOR_DANGER, danger, "submit", now=now)
    if danger.treatment != AT_ONCE:
        return steps.open_at(session, viewer, GENERAL_DANGER, danger, "rectify", now=now)
    given = {name: getattr(danger, name) for name in ("rectified_on", "result", "measures", "person")}
    save.update(session, danger, viewer, {"deadline_on": park_day(now)})
    case = steps.open_at(session, viewer, GENERAL_DANGER, danger, "rectify", now=now)
    return steps.act(session, viewer, case, "submit", version=case.version, now=now, values=given, kind="start")


def _number(session: Session, level: str, now: datetime) -> str:
    year = park_day(now).year
    return f"{PREFIX.get(level, 'YH')}-{year}-{numbers.take(session, f'danger:{level}', year):05}"


def faults_of(values: Mapping[str, Any], today: date) -> dict[str, str]:
    """What is wrong with the days of a danger, by field."""
    faults = {}
    found, deadline = values.get("found_on"), values.get("deadline_on")
    if found and found > today:
        faults["found_on"] = "发现日期不能晚于今天。"
    if found and deadline and deadline < found:
        faults["deadline_on"] = "整改期限不能早于发现日期。"
    done = values.get("rectified_on")
    if done and (done > today or (found and done < found)):
        faults["rectified_on"] = "整改完成日期不能早于发现日期，也不能晚于今天。"
    return faults
