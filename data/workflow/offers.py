"""What a person is offered where a case stands: the buttons of the action bar, each with what it asks and why it may not be taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from data.choices import Choice
from data.models import User, WorkflowCase
from data.viewer import Viewer
from data.workflow.declaration import RETURN, Moment, Transition, Workflow
from data.workflow.people import candidates, colleagues, why_not_act
from data.workflow.registry import workflow
from data.workflow.rules import EDIT
from data.workflow.signing import open_sign, signs, why_not_leave
from data.workflow.steps import earlier, why_not_withdraw


@dataclass(frozen=True)
class Offer:
    """One button. ``kind`` is that of a transition, or the verb itself: return, withdraw, transfer, ask, sign, copy, urge."""

    key: str
    label: str
    kind: str
    step: Transition | None = None
    why_not: str = ""
    needs_opinion: bool = False
    choices: Sequence[Choice] = ()  # nodes of 退回, persons of 转办, 会签 and 抄送


def offers(session: Session, viewer: Viewer, case: WorkflowCase, record: Any, now: datetime, *, with_people: bool = True) -> list[Offer]:
    """What the viewer may do with the case now, the declared actions first. Nothing for who only looks on.

    Without ``with_people`` nobody is looked up to whom it could be handed or shown: ``choices`` of these offers stay empty.
    """
    flow = workflow(case.workflow)
    if case.ended_at is not None:
        return []
    found: list[Offer] = []
    if open_sign(session, viewer, case) is not None:
        found.append(Offer("sign", "会签", "sign"))
    is_mine = not why_not_act(session, viewer, case)
    if is_mine:
        held_back = why_not_leave(session, flow, case)
        for step in flow.leaving(case.node):
            reason = step.guard(Moment(session, viewer, record, {}, "", now)) or (held_back if step.kind in ("pass", "branch") else "")
            found.append(Offer(step.key, step.label, step.kind, step, reason, step.needs_opinion))
        places = earlier(session, flow, case)
        if places:
            found.append(Offer(RETURN, "退回", "return", needs_opinion=True, choices=[Choice(key, flow.node(key).label) for key in places]))
    elif not why_not_withdraw(session, viewer, case):
        found.append(Offer("withdraw", "撤回", "withdraw"))
    return found + _more(session, viewer, case, is_mine, with_people)


def _more(session: Session, viewer: Viewer, case: WorkflowCase, is_mine: bool, with_people: bool) -> list[Offer]:
    flow: Workflow = workflow(case.workflow)
    found: list[Offer] = []
    if is_mine or viewer.may(EDIT):
        people = _choices(session, viewer, candidates(session, flow, case.node, case.enterprise_id)) if with_people else []
        if people or not with_people:
            found.append(Offer("transfer", "转办", "transfer", choices=people))
    if not viewer.is_enterprise:
        people = [Choice(str(one.id), one.name) for one in colleagues(session, case) if one.id != viewer.id] if with_people else []
        if is_mine and flow.node(case.node).side == "authority":
            asked = {one.user_id for one in signs(session, case) if one.answer is None}
            found.append(Offer("ask", "加签" if asked else "会签", "ask", choices=[one for one in people if int(one.code) not in asked]))
        found.append(Offer("copy", "抄送", "copy", choices=people))
    if not is_mine and (viewer.id == case.started_by_id or not viewer.is_enterprise):
        found.append(Offer("urge", "催办", "urge"))
    return found


def _choices(session: Session, viewer: Viewer, people: Select[User]) -> list[Choice]:
    """The others of these people, as one chooses among them."""
    return [Choice(str(identity), name) for identity, name in session.execute(people.with_only_columns(User.id, User.name)) if identity != viewer.id]
