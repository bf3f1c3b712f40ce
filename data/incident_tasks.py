"""Tasks of an incident: given by the command, accepted and answered by whoever is in the field, each step a line of the timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.choices import word
from data.choices.incidents import INCIDENT_STATES, TASK_STATES
from data.errors import Conflict, Forbidden, Invalid
from data.incidents import COMMAND, FIELD, LONGEST, locked, log
from data.messages import tell
from data.models import Incident, IncidentTask, RescueTeam, User
from data.query import get, visible
from data.save import create, update
from data.scope import given_to
from data.validity import NOT_SAVED
from data.viewer import Viewer

RESULTS = ("doing", "done", "failed")
MOST = 200


def give(session: Session, viewer: Viewer, incident_id: int, values: Mapping[str, Any], now: datetime) -> IncidentTask:
    """The task, given to a person, a team or a unit by name; a person is told at once."""
    viewer.require(COMMAND)
    incident = locked(session, viewer, incident_id)
    if incident.state not in ("verified", "responding"):
        raise Conflict(f"事件现在“{word(INCIDENT_STATES, incident.state)}”，核实后、结束前才能下达任务。")
    given = {name: values.get(name) for name in ("what", "unit", "team_id", "user_id", "phone", "due_at")}
    if given["due_at"] is not None and given["due_at"] <= now:
        raise Invalid(NOT_SAVED, {"due_at": "完成时限应晚于现在。"})
    team = get(session, RescueTeam, given["team_id"], viewer) if given["team_id"] else None
    person = _field_person(session, given["user_id"]) if given["user_id"] else None
    given["unit"] = given["unit"] or (team.name if team else "") or (person.name if person else "")
    given["phone"] = given["phone"] or (person.phone if person else None) or ((team.duty_phone or team.phone) if team else None)
    task = create(session, IncidentTask, viewer, {**{name: value for name, value in given.items() if value is not None}, "incident_id": incident.id})
    log(session, viewer, incident, "task", f"{task.unit}：{task.what}", now, task_id=task.id)
    if person is not None:
        mark = "【演练】" if incident.is_drill else ""
        tell(session, [person.id], "incident", f"{mark}应急任务：{task.what}"[:300], body=f"{incident.title}，{incident.place}", href=f"/incidents/tasks?id={task.id}", is_urgent=not incident.is_drill, once=f"incident-task:{task.id}", now=now)
    return task


def field_people(session: Session) -> list[User]:
    """Who may be given a task: the active people of the authorities whose role lets them answer one."""
    wanted = select(User).where(User.is_active, User.deleted_at.is_(None), User.enterprise_id.is_(None)).order_by(User.name, User.id)
    return [one for one in session.scalars(wanted).unique() if FIELD in one.role.permissions]


def _field_person(session: Session, user_id: int) -> User:
    found = next((one for one in field_people(session) if one.id == user_id), None)
    if found is None:
        raise Invalid(NOT_SAVED, {"user_id": "请从列表中选择，该人员没有“接收、反馈应急任务”权限或已停用。"})
    return found


def mine(session: Session, viewer: Viewer, *, is_open: bool) -> Sequence[IncidentTask]:
    """The viewer's own tasks and those of the teams of the viewer's office that name no person; the due ones first."""
    viewer.require(FIELD)
    wanted = visible(IncidentTask, viewer).where(given_to(viewer))
    wanted = wanted.where(IncidentTask.state.in_(("waiting", "doing")) if is_open else IncidentTask.state.in_(("done", "failed")))
    order = (IncidentTask.due_at.asc().nulls_last(), IncidentTask.id) if is_open else (IncidentTask.closed_at.desc(), IncidentTask.id.desc())
    return session.scalars(wanted.order_by(*order).limit(MOST)).unique().all()


def state_of(session: Session, task_id: int) -> str:
    """The state of the task; empty when there is none."""
    return session.scalar(select(IncidentTask.state).where(IncidentTask.id == task_id)) or ""


def why_not_answer(session: Session, viewer: Viewer, task: IncidentTask) -> str:
    """Why the viewer may not accept or answer the task; empty when it is theirs, or they command."""
    if task.user_id == viewer.id or viewer.may(COMMAND):
        return ""
    team = session.get(RescueTeam, task.team_id) if task.team_id and task.user_id is None else None
    return "" if team is not None and team.department_id == viewer.department_id else "这项任务下达给了别人，只有受领人和指挥人员可以办理。"


def answer(session: Session, viewer: Viewer, task_id: int, state: str, text: str, seen: str, now: datetime) -> IncidentTask:
    """Accept the task (``doing`` of one that waits), say how it goes, that it is done or cannot be. ``seen`` is the state on the
    person's screen: Conflict when somebody else closed it meanwhile."""
    viewer.require(FIELD)
    task = get(session, IncidentTask, task_id, viewer)
    if why := why_not_answer(session, viewer, task):
        raise Forbidden(why)
    incident = _incident_of(session, task)
    if seen != task.state:
        raise Conflict(f"这项任务刚刚已变为“{word(TASK_STATES, task.state)}”，您填写的内容仍保留，请核对后再提交。")
    said = text.strip()
    _check_answer(task, incident, state, said)
    is_first = task.state == "waiting"
    given: dict[str, Any] = {"state": state} | ({"accepted_at": now} if task.accepted_at is None else {})
    given |= {"closed_at": now} if state in ("done", "failed") else {}
    given |= {"feedback": said} if said else {}
    update(session, task, viewer, given, verb="step", reason=word(TASK_STATES, state))
    kind = state if state != "doing" else "accept" if is_first else "feedback"
    log(session, viewer, incident, kind, f"{task.unit}：{task.what}{f'。{said}' if said else ''}", now, {"state": state}, task_id=task.id)
    return task


def _incident_of(session: Session, task: IncidentTask) -> Incident:
    """The incident of the task, locked; the task is read anew."""
    wanted = select(Incident).where(Incident.id == task.incident_id).with_for_update(of=Incident).execution_options(populate_existing=True)
    incident = session.scalars(wanted).unique().one()
    session.refresh(task)
    return incident


def _check_answer(task: IncidentTask, incident: Incident, state: str, said: str) -> None:
    if state not in RESULTS:
        raise Invalid("请选择办理结果。", {"state": "请选择列出的结果。"})
    if not task.is_open:
        raise Conflict(f"这项任务{word(TASK_STATES, task.state)}，不能再反馈。")
    if not incident.is_open:
        raise Conflict(f"事件{word(INCIDENT_STATES, incident.state)}，任务不能再反馈。")
    if len(said) > LONGEST:
        raise Invalid("反馈太长。", {"text": f"最多 {LONGEST} 个字，现有 {len(said)} 个。"})
    if not said and (state == "failed" or (state == "doing" and task.state == "doing")):
        raise Invalid("请写下反馈。", {"text": "请写明进展；无法完成的写明原因。"})
