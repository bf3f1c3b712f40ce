"""The audit trail: who changed what, chained by SHA-256 so that nobody can rewrite it unseen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.models import AuditEntry, Base
from data.viewer import Viewer

_NAMES = ("name", "plate", "source_name", "username", "phone", "code")


def record_name(record: Base) -> str:
    """What a person would call this record."""
    return next((str(getattr(record, name)) for name in _NAMES if getattr(record, name, None)), str(record.id))  # type: ignore[attr-defined]


def record_change(
    session: Session, viewer: Viewer, verb: str, record: Base, changes: Mapping[str, list[Any]], reason: str | None = None
) -> None:
    """Add the entry; it is written with the change or not at all. Secret columns are named without their values."""
    columns = type(record).__table__.c
    shown = {
        name: ["…", "…"] if name in columns and columns[name].info.get("secret") else [_plain(old), _plain(new)]
        for name, (old, new) in changes.items()
    }
    session.add(
        AuditEntry(
            at=datetime.now(UTC),
            user_id=viewer.id,
            username=viewer.username,
            address=viewer.address,
            verb=verb,
            table_name=type(record).__tablename__,
            record_id=record.id,  # type: ignore[attr-defined]
            record_name=record_name(record)[:200],
            changes=shown,
            reason=reason,
        )
    )


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
    """Seal the oldest entries that have no seal yet; the number sealed. Only one process may do this at a time."""
    last = session.scalar(select(AuditEntry.seal).where(AuditEntry.seal.is_not(None)).order_by(AuditEntry.id.desc()).limit(1)) or ""
    entries = session.scalars(select(AuditEntry).where(AuditEntry.seal.is_(None)).order_by(AuditEntry.id).limit(limit)).all()
    for entry in entries:
        last = entry.seal = _digest(last, entry)
    return len(entries)


def verify(session: Session) -> tuple[int, int | None]:
    """(entries checked, id of the first entry that does not fit its seal, or None when the whole chain holds)."""
    previous, checked = "", 0
    for entry in session.scalars(select(AuditEntry).where(AuditEntry.seal.is_not(None)).order_by(AuditEntry.id)).yield_per(1000):
        if entry.seal != _digest(previous, entry):
            return checked, entry.id
        previous, checked = entry.seal, checked + 1
    return checked, None
