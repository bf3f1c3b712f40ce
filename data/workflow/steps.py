"""Taking a step: the one place where a case moves. Record, case, step and audit are written together or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from data import save
from data.attachments import attachments_of
from data.calendar import end_of, park_day
from data.columns import label_of
from data.db import notify
from data.errors import Conflict, Forbidden, Invalid, NotFound
from data.messages import tell
from data.models import Record, WorkflowCase, WorkflowSign, WorkflowStep
from data.query import get
from data.viewer import Viewer
from data.workflow.declaration import RETURN, Moment, Node, Transition, Workflow
from data.workflow.people import holders, why_not_act
from data.workflow.registry import workflow
from data.workflow.rules import rule_of
from data.workflow.signing import why_not_leave

CHANNEL = "live_todo"  # told at every step: counts of to-dos are asked for again
MOST_OPINION = 1000
# Enterprise and people of a case are met already, or asked for when they are needed: joining them to every look costs more.
_ALONE = (lazyload(WorkflowCase.enterprise), lazyload(WorkflowCase.holder), lazyload(WorkflowCase.started_by))
REDO = "请刷新后再看，您填写的内容仍保留在页面上。"


def begin(session: Session, viewer: Viewer, flow: Workflow, record: Record, action: str, *, now: datetime, values: Mapping[str, Any] | None = None, opinion: str = "") -> WorkflowCase:
    """Put a record on its way: a case at the start, and the first step taken at once. Conflict when it is already under way."""
    case = _place(session, viewer, flow, record, flow.start.key, now)
    return act(session, viewer, case, action, version=case.version, now=now, values=values, opinion=opinion, kind="start")


def open_at(session: Session, viewer: Viewer, flow: Workflow, record: Record, node: str, *, now: datetime) -> WorkflowCase:
    """Put a record on its way at a node, for what begins in the middle: a hazard that an inspection found."""
    case = _place(session, viewer, flow, record, node, now)
    _arrive(session, viewer, flow, case, record, flow.node(node), now, {}, "")
    return case


def case_of(session: Session, record: Record) -> WorkflowCase | None:
    """The newest case of the record."""
    mine = select(WorkflowCase).where(WorkflowCase.table_name == type(record).__tablename__, WorkflowCase.record_id == record.id)
    return session.scalars(mine.order_by(WorkflowCase.id.desc()).limit(1).options(*_ALONE)).first()


def record_of(session: Session, viewer: Viewer, case: WorkflowCase) -> Any:
    """The record of the case, if the viewer sees it; else NotFound."""
    return get(session, workflow(case.workflow).model, case.record_id, viewer)


def locked(session: Session, viewer: Viewer, case: WorkflowCase, version: int) -> WorkflowCase:
    """The case, kept to this transaction. Conflict, naming who was faster, when it is no longer where ``version`` saw it."""
    found = session.scalar(select(WorkflowCase).where(WorkflowCase.id == case.id).options(*_ALONE).with_for_update(of=WorkflowCase).execution_options(populate_existing=True))
    if found is None:
        raise NotFound("没有找到这个流程，它可能已被删除。")
    if found.version != version:
        last = session.scalar(select(WorkflowStep).where(WorkflowStep.case_id == case.id).order_by(WorkflowStep.number.desc()).limit(1))
        who = f"{last.user_name}刚刚办理了“{last.label}”" if last is not None else "刚刚有人办理"
        raise Conflict(f"{who}，{REDO}")
    return found


def act(
    session: Session,
    viewer: Viewer,
    case: WorkflowCase,
    action: str,
    *,
    version: int,
    now: datetime,
    values: Mapping[str, Any] | None = None,
    opinion: str = "",
    target: str = "",
    kind: str = "",
) -> WorkflowCase:
    """Take the action at the node where the case stands. ``target`` is the node to which 退回 returns.

    Forbidden when the viewer may not, Conflict when somebody was faster or it cannot be done now, Invalid with the fields.
    """
    flow = workflow(case.workflow)
    record = record_of(session, viewer, case)
    case = locked(session, viewer, case, version)
    session.refresh(record)
    _require_turn(session, viewer, case)
    words = _opinion(opinion)
    if action == RETURN:
        return _send_back(session, viewer, flow, case, record, target, words, now)
    step = next((one for one in flow.leaving(case.node) if one.key == action), None)
    if step is None:
        raise Invalid("这一步没有这个操作，请刷新页面。")
    given = {name: value for name, value in (values or {}).items() if name in step.fields}
    _check(session, viewer, flow, case, record, step, given, words, now)
    also = step.effect(Moment(session, viewer, record, given, words, now)) if step.effect else {}
    _write(session, viewer, record, given | dict(also) | {"state": step.target}, f"{step.label}：{words}" if words else step.label)
    node = case.node
    _step(session, viewer, case, kind or step.kind, action, step.label, node, step.target, now, words, _shown(record, given))
    if step.kind != "note":
        _arrive(session, viewer, flow, case, record, flow.node(step.target), now, given, words)
    return case


def _check(session: Session, viewer: Viewer, flow: Workflow, case: WorkflowCase, record: Any, step: Transition, given: Mapping[str, Any], words: str, now: datetime) -> None:
    faults = {name: f"请填写{label_of(flow.model, name)}。" for name in step.required if not name.startswith("file:") and _is_empty(given.get(name, getattr(record, name)))}
    for slot in (one for one in flow.model.__files__ if f"file:{one.code}" in step.required):
        if not attachments_of(session, record)[slot.code]:
            faults[f"file:{slot.code}"] = f"请先上传{slot.label}。"
    faults |= step.check(record, given)
    if step.needs_opinion and not words:
        faults["opinion"] = "请填写意见，写明原因。"
    if faults:
        raise Invalid("还有内容没有填写或不正确，已在下面标出。", faults)
    reason = step.guard(Moment(session, viewer, record, given, words, now))
    reason = reason or (why_not_leave(session, flow, case) if step.kind in ("pass", "branch") else "")
    if reason:
        raise Conflict(reason)


def earlier(session: Session, flow: Workflow, case: WorkflowCase) -> list[str]:
    """The nodes to which 退回 may return from here, the last one first: those that the node names and where the case has been."""
    been = session.scalars(select(WorkflowStep.from_node).where(WorkflowStep.case_id == case.id).order_by(WorkflowStep.number.desc()))
    return [key for key in dict.fromkeys(been) if key in flow.node(case.node).returns_to]


def _send_back(session: Session, viewer: Viewer, flow: Workflow, case: WorkflowCase, record: Any, target: str, words: str, now: datetime) -> WorkflowCase:
    places = earlier(session, flow, case)
    if not places:
        raise Invalid("这一步不能退回。")
    target = target or places[0]
    if target not in places:
        raise Invalid("请选择退回到哪一步。", {"target": "请选择列出的步骤。"})
    if not words:
        raise Invalid("退回须写明原因。", {"opinion": "请填写退回原因，对方会看到。"})
    _write(session, viewer, record, {"state": target}, f"退回：{words}")
    _step(session, viewer, case, "return", RETURN, "退回", case.node, target, now, words, {})
    _arrive(session, viewer, flow, case, record, flow.node(target), now, {}, words)
    return case


def why_not_withdraw(session: Session, viewer: Viewer, case: WorkflowCase) -> str:
    """Why the viewer cannot take their last step back; empty while nobody has done anything since."""
    last = session.scalar(select(WorkflowStep).where(WorkflowStep.case_id == case.id).order_by(WorkflowStep.number.desc()).limit(1))
    if not workflow(case.workflow).can_withdraw or case.ended_at is not None:
        return "已经办结，不能撤回。"
    if last is None or last.kind not in ("start", "pass", "branch", "return") or last.user_id is None or last.user_id != viewer.id:
        return "只有刚刚办理上一步的人可以撤回。"
    return ""


def withdraw(session: Session, viewer: Viewer, case: WorkflowCase, *, version: int, now: datetime, opinion: str = "") -> WorkflowCase:
    """Take one's own last step back, while nobody has acted since."""
    flow = workflow(case.workflow)
    record = record_of(session, viewer, case)
    case = locked(session, viewer, case, version)
    session.refresh(record)
    reason = why_not_withdraw(session, viewer, case)
    if reason:
        raise Conflict(reason)
    words = _opinion(opinion)
    last = session.scalars(select(WorkflowStep).where(WorkflowStep.case_id == case.id).order_by(WorkflowStep.number.desc()).limit(1)).one()
    _write(session, viewer, record, {"state": last.from_node}, "撤回")
    _step(session, viewer, case, "withdraw", "withdraw", "撤回", case.node, last.from_node, now, words, {})
    _stand(session, flow, case, record, flow.node(last.from_node), now)
    return case


def transfer(session: Session, viewer: Viewer, case: WorkflowCase, user_id: int, *, version: int, now: datetime, opinion: str = "") -> WorkflowCase:
    """Hand the case to another who may act at its node (转办). Who keeps the processes may hand on any."""
    from data.workflow.people import candidates
    from data.workflow.rules import EDIT

    record_of(session, viewer, case)
    case = locked(session, viewer, case, version)
    if not viewer.may(EDIT):
        _require_turn(session, viewer, case)
    flow = workflow(case.workflow)
    others = {one.id: one for one in session.scalars(candidates(session, flow, case.node, case.enterprise_id)).unique()}
    if user_id not in others or user_id == viewer.id:
        raise Invalid("请选择转办给谁。", {"user_id": "请选择能办理这一步的其他人。"})
    case.holder_id, case.holder = user_id, others[user_id]
    _step(session, viewer, case, "transfer", "transfer", f"转办给{others[user_id].name}", case.node, case.node, now, _opinion(opinion), {})
    return case


def urge(session: Session, viewer: Viewer, case: WorkflowCase, *, version: int, now: datetime, opinion: str = "") -> WorkflowCase:
    """Ask those for whom the case waits to hurry (催办): at most once an hour."""
    record_of(session, viewer, case)
    case = locked(session, viewer, case, version)
    if case.ended_at is not None:
        raise Conflict("已经办结，不用催办。")
    if case.urged_at is not None and now - case.urged_at < timedelta(hours=1):
        raise Conflict("一小时内已经催办过，请稍后再催。")
    case.urged_at, case.urged_count = now, case.urged_count + 1
    _step(session, viewer, case, "urge", "urge", "催办", case.node, case.node, now, _opinion(opinion), {})
    flow = workflow(case.workflow)
    people = [one.id for one in holders(session, case) if one.id != viewer.id]
    href = flow.href_of(record_of(session, viewer, case))
    tell(session, people, "urge", f"催办：{flow.node(case.node).label} · {case.title}", body=_opinion(opinion) or f"{viewer.name}请您尽快办理。", href=href, now=now)
    return case


def note(session: Session, viewer: Viewer, case: WorkflowCase, kind: str, label: str, words: str, now: datetime) -> None:
    """Write a step that leaves the case where it is, on a case that is ``locked``."""
    _step(session, viewer, case, kind, kind, label, case.node, case.node, now, words, {})


def _place(session: Session, viewer: Viewer, flow: Workflow, record: Any, node: str, now: datetime) -> WorkflowCase:
    before = case_of(session, record)
    if before is not None and before.ended_at is None:
        raise Conflict(f"“{flow.title_of(record)}”已在办理中，不能重复提交。")
    case = WorkflowCase(
        workflow=flow.key,
        table_name=flow.model.__tablename__,
        record_id=record.id,
        title=flow.title_of(record)[:300],
        node=node,
        since=now,
        enterprise_id=getattr(record, "enterprise_id", None),
        started_by_id=viewer.id,
        sent_by_id=viewer.id,
        started_at=now,
        version=1,
    )
    session.add(case)
    if record.state != node:
        _write(session, viewer, record, {"state": node}, "")
    session.flush()
    return case


def _require_turn(session: Session, viewer: Viewer, case: WorkflowCase) -> None:
    reason = why_not_act(session, viewer, case)
    if reason:
        raise Conflict(reason) if case.ended_at is not None else Forbidden(reason)


def _arrive(session: Session, viewer: Viewer, flow: Workflow, case: WorkflowCase, record: Any, node: Node, now: datetime, given: Mapping[str, Any], words: str) -> None:
    """Stand at the node, or pass it by when it is switched off, or go on with another workflow from an end."""
    if node.is_optional and not rule_of(session, flow, node.key).is_on:
        step = next(one for one in flow.leaving(node.key) if one.key == node.skip)
        _write(session, viewer, record, {"state": step.target}, f"“{node.label}”未启用，自动通过")
        _step(session, viewer, case, "skip", step.key, step.label, node.key, step.target, now, f"“{node.label}”未启用，自动通过", {})
        _arrive(session, viewer, flow, case, record, flow.node(step.target), now, given, words)
        return
    case.sent_by_id = viewer.id
    _stand(session, flow, case, record, node, now)
    if node.enter:
        _write(session, viewer, record, node.enter(Moment(session, viewer, record, given, words, now)), node.label)
    case.title = flow.title_of(record)[:300]
    key, further = node.goes_on
    if node.is_end and key:
        session.flush()
        open_at(session, viewer, workflow(key), record, further, now=now)


def _stand(session: Session, flow: Workflow, case: WorkflowCase, record: Any, node: Node, now: datetime) -> None:
    case.node, case.since, case.holder_id, case.holder = node.key, now, None, None
    case.urged_at = None
    case.reminded_on = None
    case.ended_at = now if node.is_end else None
    case.due_at = None if node.is_end else due_at(node, rule_of(session, flow, node.key).due_days, record, now)
    open_signs = select(WorkflowSign).where(WorkflowSign.case_id == case.id, WorkflowSign.answered_at.is_(None), WorkflowSign.dropped_at.is_(None))
    for one in session.scalars(open_signs):
        one.dropped_at = now


def due_at(node: Node, due_days: int | None, record: Any, now: datetime) -> datetime | None:
    """The end of the last day for acting: the day that the record names, else so many calendar days after arrival."""
    day: date | None = node.due(record) if node.due else None
    if day is None and due_days is not None:
        day = park_day(now) + timedelta(days=due_days)
    return end_of(day) if day else None


def _write(session: Session, viewer: Viewer, record: Any, values: Mapping[str, Any], reason: str) -> None:
    save.update(session, record, viewer, values, verb="step", reason=reason or None)


def _step(session: Session, viewer: Viewer, case: WorkflowCase, kind: str, action: str, label: str, start: str, end: str, now: datetime, words: str, values: Mapping[str, Any]) -> None:
    step = WorkflowStep(
        case_id=case.id,
        number=case.version,
        kind=kind,
        action=action,
        label=label,
        from_node=start,
        to_node=end,
        at=now,
        waited_s=max(0, int((now - case.since).total_seconds())),
        user_id=viewer.id,
        user_name=f"{viewer.name}（代{viewer.acting_for}）" if viewer.acting_for else viewer.name,
        opinion=words or None,
        values=dict(values),
    )
    case.version += 1
    session.add(step)
    session.flush()
    notify(session, CHANNEL)


def _shown(record: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in with a step, as one reads it, by the name of the field."""
    from data.columns import reading_of

    words = {name: reading_of(record, name) for name in given}
    return {name: value.isoformat() if isinstance(value, (date, datetime)) else value for name, value in words.items() if value not in (None, "")}


def _opinion(text: str) -> str:
    words = str(text or "").strip()
    if len(words) > MOST_OPINION:
        raise Invalid("意见太长。", {"opinion": f"最多 {MOST_OPINION:,} 个字，现有 {len(words):,} 个。"})
    return words


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == []
