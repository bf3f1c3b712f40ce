"""What enterprises of the demo park have applied to file lately: two wait for the authority, one is still a draft."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.calendar import start_of
from data.choices import word
from data.choices.hazard_filings import FILING_KINDS
from data.hazard_filings import contents
from data.models import HazardFiling, Installation, User, WorkflowCase, WorkflowStep
from data.workflow.steps import due_at
from data.workflows.hazard_filing import HAZARD_FILING

# Kind, and the days since it was handed in; None: not yet.
APPLIED: dict[str, tuple[str, int | None]] = {"MHI-04": ("renew", 6), "MHI-06": ("renew", 2), "MHI-12": ("renew", None)}


def enter_filings(session: Session, today: date) -> None:
    """Enter the applications with their cases. Installations, plans and users must be there."""
    users = {one.enterprise_id: one for one in session.scalars(select(User).where(User.enterprise_id.is_not(None)).order_by(User.id.desc())).unique()}
    for code, (kind, days) in APPLIED.items():
        one = session.scalars(select(Installation).where(Installation.code == code)).unique().one()
        made = HazardFiling(enterprise_id=one.enterprise_id, installation_id=one.id, name=f"{one.name} {word(FILING_KINDS, kind)}", kind=kind, state="draft" if days is None else "review", remark="备案有效期届满，按期更新，储存介质和数量无变化。")
        session.add(made)
        session.flush()
        if days is not None:
            made.content = contents(session, made)
            _hand_in(session, made, users[one.enterprise_id], today - timedelta(days=days))
    session.flush()


def _hand_in(session: Session, made: HazardFiling, user: User, day: date) -> None:
    at = start_of(day) + timedelta(hours=10, minutes=20)
    node = HAZARD_FILING.node("review")
    people = {"started_by_id": user.id, "sent_by_id": user.id, "enterprise_id": made.enterprise_id}
    case = WorkflowCase(workflow=HAZARD_FILING.key, table_name=HazardFiling.__tablename__, record_id=made.id, title=made.name, node=node.key, since=at, started_at=at, due_at=due_at(node, node.due_days, None, at), version=2, **people)
    session.add(case)
    session.flush()
    way = {"number": 1, "kind": "start", "action": "submit", "label": "提交备案", "from_node": "draft", "to_node": "review"}
    session.add(WorkflowStep(case_id=case.id, at=at, waited_s=0, user_id=user.id, user_name=user.name, values={}, **way))
