"""What runs: the nodes as the park configured them (节点模型, 流程配置). Without a word of the park a node runs as declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data import save
from data.errors import Conflict, Invalid
from data.models import Role, User, WorkflowCase, WorkflowRule
from data.viewer import Viewer
from data.workflow.declaration import Node, Workflow
from data.workflow.registry import workflow

EDIT = "workflow.edit"
REMIND_DAYS = 1


@dataclass(frozen=True)
class Rule:
    """How one node runs now."""

    roles: frozenset[str]
    is_on: bool = True
    due_days: int | None = None
    remind_days: int = REMIND_DAYS
    countersign: str = "none"
    may_own: bool = False


def declared(node: Node) -> Rule:
    """How the node runs while the park has said nothing."""
    return Rule(frozenset(node.roles), due_days=node.due_days)


def rules(session: Session) -> dict[tuple[str, str], Rule]:
    """Every rule that the park made, by workflow and node."""
    found = session.scalars(select(WorkflowRule).where(WorkflowRule.deleted_at.is_(None)))
    return {(one.workflow, one.node): _of(one) for one in found}


def rule_of(session: Session, flow: Workflow, node: str) -> Rule:
    """How the node runs now."""
    row = _row(session, flow.key, node)
    return _of(row) if row is not None else declared(flow.node(node))


def _row(session: Session, flow: str, node: str) -> WorkflowRule | None:
    return session.scalar(select(WorkflowRule).where(WorkflowRule.workflow == flow, WorkflowRule.node == node, WorkflowRule.deleted_at.is_(None)))


def _of(row: WorkflowRule) -> Rule:
    return Rule(frozenset(row.roles), row.is_on, row.due_days, row.remind_days, row.countersign, row.may_own)


def set_rule(session: Session, viewer: Viewer, flow_key: str, node_key: str, values: Mapping[str, Any], *, version: int | None = None) -> WorkflowRule:
    """Change how a node runs; only the given ``values``. Refused at the field when nobody could act at it any more.

    Cases that stand at a node that is switched off stay there and are dealt with as before; only new ones pass it by.
    """
    viewer.require(EDIT)
    flow = workflow(flow_key)
    if not flow.has(node_key):
        raise Invalid("没有这个步骤，请刷新页面。")
    node = flow.node(node_key)
    given = dict(values)
    if not node.is_optional and not given.get("is_on", True):
        raise Invalid("这一步不能关闭。", {"is_on": "这一步不是可选步骤，不能关闭。"})
    if node.is_end:
        raise Invalid("结束步骤没有可以设置的内容。")
    if node.side == "enterprise" and given.get("countersign", "none") != "none":
        raise Invalid("企业步骤不能要求会签。", {"countersign": "这一步由企业自己办理，不设会签。"})
    if "roles" in given:
        given["roles"] = sorted(_checked_roles(session, node, given["roles"]))
    for name in ("due_days", "remind_days"):
        if given.get(name) is not None and not 0 <= given[name] <= 365:
            raise Invalid("天数不对。", {name: "请填 0 到 365 之间的天数。"})
    row = _row(session, flow_key, node_key)
    if row is not None:
        return save.update(session, row, viewer, given, version=version)
    rule = declared(node)
    first = {"roles": sorted(rule.roles), "due_days": rule.due_days, "workflow": flow_key, "node": node_key}
    return save.create(session, WorkflowRule, viewer, first | given)


def _checked_roles(session: Session, node: Node, roles: Sequence[str]) -> set[str]:
    wanted = set(roles)
    if node.side == "enterprise":
        if wanted:
            raise Invalid("企业步骤不设角色。", {"roles": "这一步由企业自己办理，不设办理角色。"})
        return set()
    known = {one.code: one for one in session.scalars(select(Role).where(Role.deleted_at.is_(None)))}
    if not wanted or wanted - set(known):
        raise Invalid("请选择角色。", {"roles": "请至少选择一个角色。"})
    without = [known[one].name for one in sorted(wanted) if node.permission and node.permission not in known[one].permissions]
    if without:
        raise Invalid("有角色没有办理权限。", {"roles": f"{'、'.join(without)}没有办理这一步的权限，请先在“角色管理”中授予。"})
    people = select(func.count()).select_from(User).join(Role, Role.id == User.role_id)
    if not session.scalar(people.where(Role.code.in_(wanted), User.is_active, User.deleted_at.is_(None))):
        raise Conflict("这些角色没有启用的用户，这一步将无人办理。请先添加用户，或再选一个角色。")
    return wanted


def waiting_at(session: Session, flow: str, node: str) -> int:
    """How many open cases stand at the node."""
    at = select(func.count()).select_from(WorkflowCase).where(WorkflowCase.workflow == flow, WorkflowCase.node == node, WorkflowCase.ended_at.is_(None))
    return session.scalar(at) or 0


def open_cases(session: Session) -> dict[tuple[str, str], int]:
    """How many open cases stand at each node, by workflow and node; nodes without any are left out."""
    at = select(WorkflowCase.workflow, WorkflowCase.node, func.count()).where(WorkflowCase.ended_at.is_(None))
    return {(flow, node): number for flow, node, number in session.execute(at.group_by(WorkflowCase.workflow, WorkflowCase.node))}


def version_of(session: Session, flow: str, node: str) -> int:
    """The version of what the park said about the node; 0 while it has said nothing."""
    row = _row(session, flow, node)
    return row.version if row is not None else 0
