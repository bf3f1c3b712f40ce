"""Two people at one record: what the other changed, and what of it can be joined without asking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.models import AuditEntry, Record, User

BESIDE = ("attach", "detach", "export", "token")  # entries about a record that leave its version as it is


@dataclass(frozen=True)
class Change:
    """A field that somebody changed meanwhile: ``before`` is what this person still had on the screen, ``now`` what stands."""

    name: str
    before: Any
    now: Any
    who: str
    at: datetime


def changes_since(session: Session, record: Record, version: int) -> dict[str, Change]:
    """What was changed since ``version`` of the record, by field: each save raises the version by one and leaves one entry."""
    steps = max(0, record.version - version)
    mine = select(AuditEntry).where(AuditEntry.table_name == record.__tablename__, AuditEntry.record_id == record.id)
    mine = mine.where(AuditEntry.verb.not_in(BESIDE))
    entries = session.scalars(mine.order_by(AuditEntry.id.desc()).limit(steps)).all()
    people: Mapping[str, str] = {
        username: name for username, name in session.execute(select(User.username, User.name).where(User.username.in_({one.username for one in entries})))
    }
    found: dict[str, Change] = {}
    for entry in reversed(entries):
        who = people.get(entry.username, entry.username)
        for name, (old, new) in entry.changes.items():
            first = found[name].before if name in found else old
            found[name] = Change(name, first, new, who, entry.at)
    return found
