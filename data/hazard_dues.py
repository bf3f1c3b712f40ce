"""What of major hazard installations runs out or falls due, computed from the rules whenever somebody asks; nothing of it is stored."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.choices import Choice, word
from data.choices.risks import HAZARD_DUES
from data.models import Enterprise, Installation, InstallationPlan
from data.query import visible
from data.rules.deadlines import expiry
from data.rules.plan_cycles import NEAR_DAYS, UNIT_DRILL_MONTHS, months_after
from data.viewer import Viewer


class Due(NamedTuple):
    """One thing to do: ``kind`` of HAZARD_DUES, what it is about, whose it is, by when, how that stands, and the record to open."""

    kind: str
    title: str
    enterprise: str
    due_on: date
    standing: Choice
    record: str  # installation or plan
    record_id: int

    @property
    def is_over(self) -> bool:
        return self.standing.tone == "danger"

    @property
    def word(self) -> str:
        return word(HAZARD_DUES, self.kind)


def dues(session: Session, viewer: Viewer, today: date) -> list[Due]:
    """Everything within the viewer's sight that is over or near, the most urgent first."""
    found = [*_of_installations(session, viewer, today), *_of_plans(session, viewer, today), *_unit_drills(session, viewer, today)]
    return sorted(found, key=lambda one: (one.due_on, one.kind, one.record_id))


def standing(kind: str, due_on: date | None, today: date) -> Choice | None:
    """已过期 12 天 or 剩 20 天 with its tone; None while nothing is near. The days before depend on the kind."""
    return expiry(due_on, today, near_days=NEAR_DAYS[kind])


def _due(kind: str, title: str, enterprise: Enterprise, due_on: date | None, today: date, record: str, identity: int) -> Iterable[Due]:
    found = standing(kind, due_on, today)
    if found is not None and due_on is not None:
        yield Due(kind, title, enterprise.short_name, due_on, found, record, identity)


def _of_installations(session: Session, viewer: Viewer, today: date) -> Iterable[Due]:
    for one in session.scalars(visible(Installation, viewer).order_by(Installation.id)).unique():
        yield from _due("filing", one.name, one.enterprise, one.filing_expires_on, today, "installation", one.id)
        yield from _due("assessment", one.name, one.enterprise, one.assessment_due_on, today, "installation", one.id)


def _of_plans(session: Session, viewer: Viewer, today: date) -> Iterable[Due]:
    current = visible(InstallationPlan, viewer).where(InstallationPlan.state == "current").order_by(InstallationPlan.id)
    for one in session.scalars(current).unique():
        days = (("plan_filing", one.filing_due_on), ("plan_review", one.review_due_on), ("drill", one.drill_due_on))
        for kind, due_on in days:
            yield from _due(kind, one.name, one.enterprise, due_on, today, "plan", one.id)


def _unit_drills(session: Session, viewer: Viewer, today: date) -> Iterable[Due]:
    """Enterprises that practised none of their plans for half a year (令第88号), unless a plan of theirs says so already."""
    mine = visible(InstallationPlan, viewer).where(InstallationPlan.state == "current").with_only_columns(InstallationPlan.enterprise_id)
    last = func.max(func.coalesce(InstallationPlan.last_drilled_on, InstallationPlan.published_on))
    plan = func.min(InstallationPlan.id)
    rows = mine.add_columns(last, plan, func.min(InstallationPlan.drill_due_on)).group_by(InstallationPlan.enterprise_id).order_by(InstallationPlan.enterprise_id)
    late = [(firm, months_after(day, UNIT_DRILL_MONTHS), identity) for firm, day, identity, own in session.execute(rows) if own is None or months_after(day, UNIT_DRILL_MONTHS) < own]
    firms = {one.id: one for one in session.scalars(select(Enterprise).where(Enterprise.id.in_([firm for firm, _, _ in late]))).unique()}
    for firm, due_on, identity in late:
        yield from _due("drill", "本单位每半年至少一次预案演练", firms[firm], due_on, today, "plan", identity)
