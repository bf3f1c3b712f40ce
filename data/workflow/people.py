"""Who may act: at a node, for whom it waits, and to whom it may be handed on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, false, or_, select
from sqlalchemy.orm import Session

from data.models import Department, Division, Enterprise, Role, User, WorkflowCase, WorkflowStep
from data.query import visible
from data.tree import above
from data.viewer import Viewer
from data.workflow.declaration import Node, Workflow
from data.workflow.registry import workflow, workflows
from data.workflow.rules import Rule, declared, rule_of, rules

MOST_PEOPLE = 200
_ACTIVE = and_(User.is_active, User.deleted_at.is_(None))


def why_not_act(session: Session, viewer: Viewer, case: WorkflowCase) -> str:
    """Why the viewer may not act where the case stands; empty when they may."""
    flow = workflow(case.workflow)
    node = flow.node(case.node)
    if case.ended_at is not None:
        return "流程已经办结。"
    rule = rule_of(session, flow, case.node)
    if not fits(viewer, node, rule, case.enterprise_id):
        return f"“{node.label}”由{whom(session, node, rule)}办理。"
    if case.holder is not None and case.holder_id != viewer.id and is_able(case.holder, node, rule):
        return f"“{node.label}”已转由{case.holder.name}办理。"
    if not rule.may_own and node.not_by and viewer.id is not None and session.scalar(select(_acted(case.id, node.not_by, viewer.id))):
        before = "、".join(flow.node(key).label for key in node.not_by)
        return f"您办理过“{before}”，不能再办理“{node.label}”，请由其他人办理。"
    return ""


def fits(viewer: Viewer, node: Node, rule: Rule, enterprise_id: int | None) -> bool:
    """Whether the viewer is one of those whom the node names; that they see the record is another matter."""
    if node.permission and not viewer.may(node.permission):
        return False
    if node.side == "enterprise":
        return viewer.is_enterprise and viewer.enterprise_id is not None and viewer.enterprise_id == enterprise_id
    return not viewer.is_enterprise and (viewer.role in rule.roles or viewer.role == "system")


def is_able(user: User, node: Node, rule: Rule) -> bool:
    """Whether a person to whom the case was handed can still act; when not, it falls back to all whom the node names."""
    if not user.is_active or user.deleted_at is not None:
        return False
    return user.enterprise_id is not None if node.side == "enterprise" else user.role.code in rule.roles


def whom(session: Session, node: Node, rule: Rule) -> str:
    """The people of a node in words: 企业, or the names of the roles."""
    if node.side == "enterprise":
        return "企业"
    names = session.scalars(select(Role.name).where(Role.code.in_(rule.roles), Role.deleted_at.is_(None)).order_by(Role.id)).all()
    return "、".join(names) or "（未设置角色）"


def shortened(names: Sequence[str], noun: str) -> str:
    """The first two names, and how many there are: 张建国、李晓东 等 4 人."""
    return "、".join(names[:2]) + (f" 等 {len(names)} {noun}" if len(names) > 2 else "")


def holders(session: Session, case: WorkflowCase) -> list[User]:
    """The people for whom the case waits, by name: the one to whom it was handed, else all whom the node names and who see it."""
    flow = workflow(case.workflow)
    node, rule = flow.node(case.node), rule_of(session, flow, case.node)
    if case.ended_at is not None:
        return []
    if case.holder is not None and is_able(case.holder, node, rule):
        return [case.holder]
    found = list(session.scalars(candidates(session, flow, case.node, case.enterprise_id, rule)).unique())
    if rule.may_own or not node.not_by:
        return found
    barred = set(session.scalars(_steps_from(case.id, node.not_by).with_only_columns(WorkflowStep.user_id)))
    return [one for one in found if one.id not in barred]


def candidates(session: Session, flow: Workflow, node_key: str, enterprise_id: int | None, rule: Rule | None = None) -> Select[User]:
    """The active users who may act at the node for an enterprise, within their scope, by name."""
    node = flow.node(node_key)
    rule = rule or rule_of(session, flow, node_key)
    people = select(User).join(Role, Role.id == User.role_id).where(_ACTIVE).order_by(User.name, User.id).limit(MOST_PEOPLE)
    people = people.where(Role.permissions.contains([node.permission])) if node.permission else people
    if node.side == "enterprise":
        return people.where(User.enterprise_id == enterprise_id, Role.scope == "own_enterprise")
    return people.where(Role.code.in_(rule.roles), _sees(session, enterprise_id))


def _sees(session: Session, enterprise_id: int | None) -> ColumnElement[bool]:
    """Users of an authority in whose scope the enterprise lies; the other way round than ``data.scope``."""
    enterprise = session.get(Enterprise, enterprise_id) if enterprise_id else None
    if enterprise is None:
        return Role.scope == "all"
    seen = [Role.scope == "all", and_(Role.scope == "divisions", User.division_id.in_(above(Division, enterprise.division_id)))]
    if enterprise.department_id is not None:
        seen.append(and_(Role.scope == "departments", User.department_id.in_(above(Department, enterprise.department_id))))
        seen.append(and_(Role.scope == "own_organisation", User.department_id == enterprise.department_id))
    return or_(*seen)


def colleagues(session: Session, case: WorkflowCase) -> Sequence[Row[int, str]]:
    """Id and name of those to whom a case may be shown: everybody of an authority who sees it, by name (会签, 抄送)."""
    people = select(User.id, User.name).join(Role, Role.id == User.role_id).where(_ACTIVE, Role.scope != "own_enterprise", _sees(session, case.enterprise_id))
    return session.execute(people.order_by(User.name, User.id).limit(MOST_PEOPLE)).all()


def waiting_for(session: Session, viewer: Viewer) -> Select[WorkflowCase]:
    """The open cases that wait for the viewer, in no order yet."""
    own = rules(session)
    places = []
    for flow in workflows().values():
        for node in flow.nodes:
            rule = own.get((flow.key, node.key)) or declared(node)
            if not node.is_end and fits(viewer, node, rule, viewer.enterprise_id):
                places.append(_place(flow, node, rule, viewer))
    return visible(WorkflowCase, viewer).where(WorkflowCase.ended_at.is_(None), or_(false(), *places))


def _place(flow: Workflow, node: Node, rule: Rule, viewer: Viewer) -> ColumnElement[bool]:
    able = select(User.id).join(Role, Role.id == User.role_id).where(User.id == WorkflowCase.holder_id, _ACTIVE)
    able = able.where(User.enterprise_id.is_not(None)) if node.side == "enterprise" else able.where(Role.code.in_(rule.roles))
    free = or_(WorkflowCase.holder_id.is_(None), WorkflowCase.holder_id == viewer.id, ~exists(able))
    parts = [WorkflowCase.workflow == flow.key, WorkflowCase.node == node.key, free]
    if node.not_by and not rule.may_own:
        parts.append(~_acted(WorkflowCase.id, node.not_by, viewer.id))
    return and_(*parts)


def _acted(case_id: object, nodes: Sequence[str], user_id: int | None) -> ColumnElement[bool]:
    """Whether the user took a step from one of the nodes in the case."""
    return exists(_steps_from(case_id, nodes).where(WorkflowStep.user_id == user_id))


def _steps_from(case_id: object, nodes: Sequence[str]) -> Select[Any]:
    return select(WorkflowStep.id).where(WorkflowStep.case_id == case_id, WorkflowStep.from_node.in_(nodes), WorkflowStep.kind.in_(("start", "pass", "branch")))
