"""The audit trail: who changed what, chained by SHA-256 so that nobody can rewrite it unseen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.columns import title_of
from data.models import AuditEntry, Base
from data.viewer import Viewer


def record_change(
    session: Session,
    viewer: Viewer,
    verb: str,
    record: Base,
    changes: Mapping[str, list[Any]],
    reason: str | None = None,
) -> None:
    """Add the entry; it is written with the change or not at all. Secret columns are named without their values."""
    title, identity = title_of(record), record.id  # type: ignore[attr-defined]
    session.add(AuditEntry(**entry(viewer, verb, type(record), identity, title, changes, reason)))


def entry(
    viewer: Viewer,
    verb: str,
    model: type[Base],
    identity: int,
    title: str,
    changes: Mapping[str, list[Any]],
    reason: str | None = None,
) -> dict[str, Any]:
    """The columns of an entry, for what is written without objects: an export, or the many rows of an import.

    Who acted as an enterprise is named as themselves; the reason then begins with 代 and the enterprise.
    """
    columns = model.__table__.c
    shown = {
        name: ["…", "…"] if name in columns and columns[name].info.get("secret") else [_plain(old), _plain(new)]
        for name, (old, new) in changes.items()
    }
    return {
        "at": datetime.now(UTC),
        "user_id": viewer.id,
        "username": viewer.username,
        "address": viewer.address,
        "verb": verb,
        "table_name": model.__tablename__,
        "record_id": identity,
        "record_name": title[:200],
        "changes": shown,
        "reason": _with_principal(viewer, reason),
    }


def _with_principal(viewer: Viewer, reason: str | None) -> str | None:
    if not viewer.acting_for:
        return reason
    return f"代{viewer.acting_for}：{reason}" if reason else f"代{viewer.acting_for}"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _digest(previous: str, entry: AuditEntry) -> str:
    content = [
        previous,
        entry.id,
        entry.at.astimezone(UTC).isoformat(),
        entry.user_id,
        entry.username,
        entry.address,
        entry.verb,
        entry.table_name,
        entry.record_id,
        entry.record_name,
        entry.changes,
        entry.reason,
    ]
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def seal(session: Session, limit: int = 1000) -> int:
    """Seal the oldest entries that have no seal yet; the number sealed. Only one process may do this at a time.

    The chain has its own numbers: entries of two transactions may become visible in another order than that of their ids.
    """
    newest = select(AuditEntry.seal_number, AuditEntry.seal).where(AuditEntry.seal_number.is_not(None))
    found = session.execute(newest.order_by(AuditEntry.seal_number.desc()).limit(1)).one_or_none()
    number, last = (found[0] or 0, found[1]) if found else (0, "")
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.seal_number.is_(None)).order_by(AuditEntry.id).limit(limit)
    ).all()
    for entry in entries:
        number += 1
        last = entry.seal = _digest(last or "", entry)
        entry.seal_number = number
    return len(entries)


@dataclass(frozen=True)
class Verdict:
    """``checked`` entries hold; ``broken_id`` is the first that does not, or None."""

    checked: int
    broken_id: int | None
    last_seal: str


def verify(session: Session) -> Verdict:
    """Recompute the whole chain: a changed entry, a removed one and a gap in the numbers all break it."""
    previous, checked = "", 0
    chain = select(AuditEntry).where(AuditEntry.seal_number.is_not(None)).order_by(AuditEntry.seal_number)
    for entry in session.scalars(chain).yield_per(1000):
        if entry.seal_number != checked + 1 or entry.seal != _digest(previous, entry):
            return Verdict(checked, entry.id, previous)
        previous, checked = entry.seal, checked + 1
    return Verdict(checked, None, previous)
