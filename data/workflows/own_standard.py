"""自定义标准: an enterprise's own self-check standard is used after the authority has looked at it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from data.models import OwnItem, OwnStandard
from data.workflow.declaration import Moment, Node, Transition, Workflow
from data.workflows.general_danger import DEPARTMENTS, MODULE


def _has_items(moment: Moment) -> str:
    rows = select(func.count()).select_from(OwnItem).where(OwnItem.own_standard_id == moment.record.id, OwnItem.deleted_at.is_(None))
    return "" if moment.session.scalar(rows) else "标准还没有自查项，请先添加。"


def _href(standard: Any) -> str:
    return f"/dangers/own-standards/{standard.id}"


OWN_STANDARD = Workflow(
    key="own_standard",
    title="自定义标准审核",
    module=MODULE,
    model=OwnStandard,
    title_of=lambda standard: standard.name,
    href_of=_href,
    nodes=(
        Node("draft", "编制", side="enterprise", permission="own.standard", at=(0, 0)),
        Node("review", "审核", roles=DEPARTMENTS, permission="danger.handle", due_days=7, not_by=("draft",), returns_to=("draft",), at=(1, 0)),
        Node("approved", "已通过", is_end=True, at=(2, 0)),
    ),
    transitions=(
        Transition("submit", "提交", "draft", "review", guard=_has_items, says_opinion=False),
        Transition("pass", "通过", "review", "approved", phrases=("同意", "符合要求")),
    ),
    strip=("draft", "review", "approved"),
)
