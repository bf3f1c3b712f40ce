"""The latest changes of records that a viewer sees, out of the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.models import AuditEntry, Record, User
from data.query import Question, answer
from data.viewer import Viewer


class Change(NamedTuple):
    """Who did what to which record; ``href`` is where the record opens."""

    verb: str
    record_name: str
    who: str
    at: datetime
    href: str


def latest(session: Session, viewer: Viewer, model: type[Record], question: Question, *, path: str, limit: int = 7) -> list[Change]:
    """The newest changes first, of the records that the question selects within the viewer's scope.

    ``path`` is the list in which such a record opens.
    """
    inside = answer(model, viewer, question).with_only_columns(model.id, maintain_column_froms=True)
    wanted = select(AuditEntry, User.name).outerjoin(User, User.id == AuditEntry.user_id)
    wanted = wanted.where(AuditEntry.table_name == model.__tablename__, AuditEntry.record_id.in_(inside))
    rows = session.execute(wanted.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(limit))
    return [Change(entry.verb, entry.record_name, name or entry.username, entry.at, f"{path}?open={entry.record_id}") for entry, name in rows]

