"""会签 and 加签: others are asked before a node is left. 抄送: others are kept informed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.errors import Conflict, Forbidden, Invalid
from data.models import WorkflowCase, WorkflowCopy, WorkflowSign, WorkflowStep
from data.viewer import Viewer
from data.workflow.declaration import Workflow
from data.workflow.rules import rule_of

MOST = 20  # people asked or told at once


def signs(session: Session, case: WorkflowCase) -> list[WorkflowSign]:
    """Who was asked at the node since the case arrived there, in order; those no longer asked are left out."""
    mine = select(WorkflowSign).where(WorkflowSign.case_id == case.id, WorkflowSign.entered == entered(session, case), WorkflowSign.dropped_at.is_(None))
    return list(session.scalars(mine.order_by(WorkflowSign.id)).unique())


def entered(session: Session, case: WorkflowCase) -> int:
    """The number of the step with which the case arrived where it stands."""
    moved = select(func.max(WorkflowStep.number)).where(WorkflowStep.case_id == case.id, WorkflowStep.from_node != WorkflowStep.to_node)
    return session.scalar(moved) or 0


def why_not_leave(session: Session, flow: Workflow, case: WorkflowCase) -> str:
    """Why the case may not be passed on yet: the opinions that it waits for. Empty when there is nothing to wait for."""
    mode = rule_of(session, flow, case.node).countersign
    asked = signs(session, case)
    if not asked:
        return "这一步须先会签，请先选择会签人。" if mode != "none" else ""
    refused = [one.user.name for one in asked if one.answer == "refuse"]
    waiting = [one.user.name for one in asked if one.answer is None]
    if mode == "any":
        if any(one.answer == "agree" for one in asked):
            return ""
        return f"会签未完成：须任一人同意，{'、'.join(waiting)}还未答复。" if waiting else "会签无人同意，不能通过，可以退回。"
    if refused:
        return f"会签未通过：{'、'.join(refused)}不同意，可以退回，或改请他人会签。"
    return f"会签未完成：{'、'.join(waiting)}还未答复。" if waiting else ""


def ask(session: Session, viewer: Viewer, case: WorkflowCase, user_ids: Sequence[int], *, version: int, now: datetime, opinion: str = "") -> WorkflowCase:
    """Ask others for their opinion before the case goes on; asked once more at the same node this is 加签."""
    from data.workflow.people import colleagues, why_not_act
    from data.workflow.steps import locked, note, record_of

    record_of(session, viewer, case)
    case = locked(session, viewer, case, version)
    reason = why_not_act(session, viewer, case)
    if reason:
        raise Forbidden(reason)
    asked = {one.user_id for one in signs(session, case) if one.answer is None}
    people = _people(user_ids, {one.id: one.name for one in colleagues(session, case)}, {viewer.id, *asked}, "user_ids", "会签")
    label = ("加签" if signs(session, case) else "会签") + f"：{'、'.join(people.values())}"
    arrived = entered(session, case)
    session.add_all(WorkflowSign(case_id=case.id, node=case.node, entered=arrived, user_id=one, asked_by_id=viewer.id, asked_at=now) for one in people)
    note(session, viewer, case, "ask", label[:40], opinion.strip(), now)
    return case


def open_sign(session: Session, viewer: Viewer, case: WorkflowCase) -> WorkflowSign | None:
    """What the viewer is still asked in this case."""
    mine = select(WorkflowSign).where(WorkflowSign.case_id == case.id, WorkflowSign.user_id == viewer.id)
    return session.scalar(mine.where(WorkflowSign.answered_at.is_(None), WorkflowSign.dropped_at.is_(None)))


def sign(session: Session, viewer: Viewer, case: WorkflowCase, answer: str, *, version: int, now: datetime, opinion: str = "") -> WorkflowCase:
    """Answer what one was asked: agree, or refuse with the reason."""
    from data.workflow.steps import locked, note, record_of

    record_of(session, viewer, case)
    case = locked(session, viewer, case, version)
    found = open_sign(session, viewer, case)
    if found is None:
        raise Conflict("没有请您会签，或流程已经往下走了，请刷新后再看。")
    if answer not in ("agree", "refuse"):
        raise Invalid("请选择同意或不同意。", {"answer": "请选择同意或不同意。"})
    words = opinion.strip()
    if answer == "refuse" and not words:
        raise Invalid("不同意须写明原因。", {"opinion": "请写明不同意的原因。"})
    found.answer, found.opinion, found.answered_at = answer, words or None, now
    note(session, viewer, case, "sign", "会签同意" if answer == "agree" else "会签不同意", words, now)
    return case


def drop(session: Session, viewer: Viewer, case: WorkflowCase, user_id: int, *, version: int, now: datetime) -> WorkflowCase:
    """No longer ask somebody, whether they answered or not."""
    from data.workflow.people import why_not_act
    from data.workflow.steps import locked, note, record_of

    record_of(session, viewer, case)
    case = locked(session, viewer, case, version)
    reason = why_not_act(session, viewer, case)
    if reason:
        raise Forbidden(reason)
    found = next((one for one in signs(session, case) if one.user_id == user_id), None)
    if found is None:
        raise Conflict("没有请此人会签，请刷新后再看。")
    found.dropped_at = now
    note(session, viewer, case, "ask", f"取消{found.user.name}会签", "", now)
    return case


def copy_to(session: Session, viewer: Viewer, case: WorkflowCase, user_ids: Sequence[int], *, version: int, now: datetime, opinion: str = "") -> WorkflowCase:
    """Keep others informed of the case; whoever was told before is told again."""
    from data.workflow.people import colleagues
    from data.workflow.steps import locked, note, record_of

    record_of(session, viewer, case)
    if viewer.is_enterprise:
        raise Forbidden("只有监管部门的人员可以抄送。")
    case = locked(session, viewer, case, version)
    people = _people(user_ids, {one.id: one.name for one in colleagues(session, case)}, {viewer.id}, "user_ids", "抄送")
    known = {one.user_id: one for one in session.scalars(select(WorkflowCopy).where(WorkflowCopy.case_id == case.id))}
    for one in people:
        if one in known:
            known[one].read_at, known[one].sent_at, known[one].sent_by_id = None, now, viewer.id
        else:
            session.add(WorkflowCopy(case_id=case.id, user_id=one, sent_by_id=viewer.id, sent_at=now))
    note(session, viewer, case, "copy", f"抄送{'、'.join(people.values())}"[:40], opinion.strip(), now)
    return case


def mark_read(session: Session, viewer: Viewer, case: WorkflowCase, now: datetime) -> None:
    """Remember that the viewer has looked at a case of which they were informed."""
    mine = select(WorkflowCopy).where(WorkflowCopy.case_id == case.id, WorkflowCopy.user_id == viewer.id, WorkflowCopy.read_at.is_(None))
    for one in session.scalars(mine):
        one.read_at = now


def _people(wanted: Sequence[int], known: dict[int, str], not_these: set[int | None], name: str, what: str) -> dict[int, str]:
    ids = list(dict.fromkeys(wanted))
    if not ids or len(ids) > MOST or any(one not in known or one in not_these for one in ids):
        raise Invalid(f"请选择{what}给谁。", {name: f"请选择 1 到 {MOST} 位能看到这件事的其他人员。"})
    return {one: known[one] for one in ids}
