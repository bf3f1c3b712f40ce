"""风险清单审核: an object of risk analysis counts after the authority has looked at it with its units, events and measures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data import risk_review
from data.models import RiskObject
from data.workflow.declaration import Moment, Node, Transition, Workflow
from data.workflows.general_danger import DEPARTMENTS, MODULE


def _lacks(moment: Moment) -> str:
    return risk_review.why_incomplete(moment.session, moment.record)


def _accepted(moment: Moment) -> Mapping[str, Any]:
    return risk_review.accepted(moment.session, moment.viewer, moment.record, moment.now)


def href(record: Any) -> str:
    """The page on which the object is reviewed."""
    return f"/risks/objects/{record.id}"


RISK_OBJECT = Workflow(
    key="risk_object",
    title="风险清单审核",
    module=MODULE,
    model=RiskObject,
    title_of=lambda record: f"{record.name}{'（变更）' if record.revises_id else ''}",
    href_of=href,
    nodes=(
        Node("draft", "编制", side="enterprise", permission="own.risk", at=(0, 0)),
        Node("review", "审核", roles=DEPARTMENTS, permission="risk.review", due_days=10, not_by=("draft",), returns_to=("draft",), at=(1, 0)),
        Node("accepted", "已通过", is_end=True, at=(2, 0)),
    ),
    transitions=(
        Transition("submit", "提交", "draft", "review", guard=_lacks, says_opinion=False),
        Transition("pass", "通过", "review", "accepted", effect=_accepted, phrases=("辨识全面，分级合理", "同意")),
    ),
    strip=("draft", "review", "accepted"),
)
