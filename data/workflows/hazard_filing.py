"""重大危险源备案: an installation is filed after the authority has looked at what its enterprise handed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data import hazard_filings
from data.hazards import EDIT, OWN
from data.models import HazardFiling
from data.workflow.declaration import Moment, Node, Transition, Workflow
from data.workflows.general_danger import DEPARTMENTS


def _lacks(moment: Moment) -> str:
    return hazard_filings.lacks(moment.session, moment.record)


def _handed_in(moment: Moment) -> Mapping[str, Any]:
    return {"content": hazard_filings.contents(moment.session, moment.record)}


def _accepted(moment: Moment) -> Mapping[str, Any]:
    hazard_filings.accept(moment.session, moment.viewer, moment.record, moment.values)
    return {}


def href(record: Any) -> str:
    """The page on which the application is worked on."""
    return f"/hazards/filings/{record.id}"


HAZARD_FILING = Workflow(
    key="hazard_filing",
    title="重大危险源备案",
    module="重大危险源",
    model=HazardFiling,
    title_of=lambda record: record.name,
    href_of=href,
    nodes=(
        Node("draft", "编制", side="enterprise", permission=OWN, at=(0, 0)),
        Node("review", "审核", roles=DEPARTMENTS, permission=EDIT, due_days=15, not_by=("draft",), returns_to=("draft",), at=(1, 0)),
        Node("filed", "已备案", is_end=True, at=(2, 0)),
    ),
    transitions=(
        Transition("submit", "提交备案", "draft", "review", guard=_lacks, effect=_handed_in, says_opinion=False),
        Transition(
            "pass",
            "同意备案",
            "review",
            "filed",
            fields=hazard_filings.FILED,
            required=hazard_filings.FILED,
            check=lambda record, values: hazard_filings.faults_of(values),
            effect=_accepted,
            phrases=("材料齐全，同意备案",),
        ),
    ),
    strip=("draft", "review", "filed"),
)
