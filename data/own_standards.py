"""An enterprise's own self-check standards: made from a guiding one, and handed to the authority."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data import save
from data.errors import Conflict, Forbidden
from data.models import CheckItem, CheckStandard, OwnItem, OwnStandard, WorkflowCase
from data.viewer import Viewer
from data.workflow import steps
from data.workflows.own_standard import OWN_STANDARD

OWN = "own.standard"
COPIED = ("number", "category", "name", "method", "danger_level")


def items_of(session: Session, standard: CheckStandard | OwnStandard) -> list[CheckItem] | list[OwnItem]:
    """The items of a standard in their order."""
    if isinstance(standard, CheckStandard):
        guiding = select(CheckItem).where(CheckItem.standard_id == standard.id, CheckItem.deleted_at.is_(None))
        return list(session.scalars(guiding.order_by(CheckItem.number, CheckItem.id)))
    own = select(OwnItem).where(OwnItem.own_standard_id == standard.id, OwnItem.deleted_at.is_(None))
    return list(session.scalars(own.order_by(OwnItem.number, OwnItem.id)))


def item_count(session: Session, standard: CheckStandard | OwnStandard) -> int:
    """How many items the standard has."""
    back = CheckItem.standard_id if isinstance(standard, CheckStandard) else OwnItem.own_standard_id
    model = CheckItem if isinstance(standard, CheckStandard) else OwnItem
    return session.scalar(select(func.count()).where(back == standard.id, model.deleted_at.is_(None))) or 0


def add(session: Session, viewer: Viewer, name: str, remark: str | None = None, standard: CheckStandard | None = None) -> OwnStandard:
    """The new draft of the viewer's enterprise, with a copy of the guiding standard's items when it is made from one."""
    viewer.require(OWN)
    if viewer.enterprise_id is None or not viewer.is_enterprise:
        raise Forbidden("只有企业自己的用户可以编制本企业标准。")
    values = {"enterprise_id": viewer.enterprise_id, "name": name, "remark": remark, "standard_id": standard.id if standard else None}
    made = save.create(session, OwnStandard, viewer, values)
    for item in items_of(session, standard) if standard else []:
        copy = {key: getattr(item, key) for key in COPIED}
        save.create(session, OwnItem, viewer, {**copy, "own_standard_id": made.id, "enterprise_id": made.enterprise_id})
    return made


def submit(session: Session, viewer: Viewer, standard: OwnStandard, *, now: datetime) -> WorkflowCase:
    """Hand a draft to the authority, for the first time or after it was returned. Conflict when it is no draft or has no items."""
    if standard.state != "draft":
        raise Conflict("这份标准已经提交，不能重复提交。")
    case = steps.case_of(session, standard)
    if case is not None and case.ended_at is None:
        return steps.act(session, viewer, case, "submit", version=case.version, now=now)
    return steps.begin(session, viewer, OWN_STANDARD, standard, "submit", now=now)
