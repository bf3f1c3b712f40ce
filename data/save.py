"""Every write of business records: right fields, right version, right scope, and an audit entry in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from data.audit import record_change
from data.columns import title_of
from data.errors import Conflict, Forbidden, Invalid
from data.models import Record, User
from data.validity import (
    MISSING,
    check_owner,
    check_reach,
    check_unreferred,
    check_values,
    explained,
    label,
    required_of,
    why_not_change,
)
from data.viewer import Viewer

R = TypeVar("R", bound=Record)
PartRows = Iterable[tuple[int | None, Mapping[str, Any]]]  # (id or None for a new one, values)


def create(
    session: Session,
    model: type[R],
    viewer: Viewer,
    values: Mapping[str, Any],
    *,
    verb: str = "create",
    reason: str | None = None,
) -> R:
    """The new record, flushed, so that it has its id."""
    values = _with_owner(model, viewer, values)
    check_values(model, values)
    check_owner(viewer, model, values)
    missing = {name: f"请填写{label(model, name)}。" for name in required_of(model) if values.get(name) in (None, "")}
    if missing:
        raise Invalid(MISSING, missing)
    record = model(**values, created_by_id=viewer.id, updated_by_id=viewer.id)
    _require_own(viewer, record)
    with _refusals_explained(session, model):
        session.add(record)
        session.flush()
    check_reach(session, record, viewer)
    record_change(session, viewer, verb, record, {name: [None, value] for name, value in values.items() if value is not None}, reason)
    return record


def update(
    session: Session,
    record: R,
    viewer: Viewer,
    values: Mapping[str, Any],
    *,
    version: int | None = None,
    verb: str = "update",
    reason: str | None = None,
) -> R:
    """The record with the new values. ``version`` is what the person had on the screen: Conflict when it has moved on."""
    model = type(record)
    check_values(model, values)
    _require_own(viewer, record)
    check_owner(viewer, model, values)
    if version is not None and version != record.version:
        raise Conflict(_moved_on(session, record))
    required = required_of(model)
    empty = {name: f"请填写{label(model, name)}。" for name, value in values.items() if name in required and value in (None, "")}
    if empty:
        raise Invalid(MISSING, empty)
    changes = {name: [getattr(record, name), value] for name, value in values.items() if getattr(record, name) != value}
    if not changes:
        return record
    _write(session, record, viewer, {name: value for name, (_, value) in changes.items()})
    check_reach(session, record, viewer)
    record_change(session, viewer, verb, record, changes, reason)
    return record


def delete(session: Session, record: Record, viewer: Viewer, reason: str) -> None:
    """Mark the record and its parts as deleted; an administrator can restore it. Conflict while others refer to it."""
    if not reason.strip():
        raise Invalid("请填写删除原因。", {"reason": "请填写删除原因。"})
    _require_own(viewer, record)
    check_unreferred(session, record)
    _write(session, record, viewer, {"deleted_at": datetime.now(UTC)})
    record_change(session, viewer, "delete", record, {}, reason.strip())


def restore(session: Session, record: Record, viewer: Viewer, reason: str = "") -> None:
    """Bring a deleted record back."""
    _require_own(viewer, record)
    _write(session, record, viewer, {"deleted_at": None})
    check_reach(session, record, viewer)
    record_change(session, viewer, "restore", record, {}, reason.strip() or None)


def set_links(session: Session, record: Record, viewer: Viewer, name: str, others: Sequence[Record]) -> None:
    """Make ``others`` the records that ``record`` is linked to by the many-to-many relation ``name``; audited by their names."""
    before = list(getattr(record, name))
    if {one.id for one in before} == {one.id for one in others}:
        return
    _require_own(viewer, record)
    setattr(record, name, list(others))
    _write(session, record, viewer, {})
    words = [["、".join(sorted(title_of(one) for one in side)) for side in (before, others)]]
    record_change(session, viewer, "update", record, {name: words[0]})


def save_parts(
    session: Session, owner: Record, viewer: Viewer, model: type[R], rows: PartRows, *, most: int = 200
) -> list[R]:
    """Make ``rows`` of (id or None, values) the parts of ``owner`` of this model: changed, added, and the rest deleted.

    A message about row n (from 0) stands under ``n.field`` in the Invalid that is raised for all rows together.
    """
    given = list(rows)
    if len(given) > most:
        raise Invalid(f"{model.__title__}最多 {most} 行。")
    key = model.__part_of__
    # A part that names the enterprise belongs to that of its owner: its scope is looked up there.
    firm = {"enterprise_id": owner.enterprise_id} if key != "enterprise_id" and hasattr(model, "enterprise_id") else {}  # type: ignore[attr-defined]
    there = {one.id: one for one in session.scalars(select(model).where(getattr(model, key) == owner.id, model.deleted_at.is_(None)))}
    kept: list[R] = []
    mistakes: dict[str, str] = {}
    for number, (identity, values) in enumerate(given):
        try:
            if identity is None:
                kept.append(create(session, model, viewer, {**values, **firm, key: owner.id}))
            elif identity in there:
                kept.append(update(session, there[identity], viewer, values))
            else:
                raise Conflict(f"{model.__title__}第 {number + 1} 行刚刚被他人删除，请刷新后再试。")
        except Invalid as error:
            mistakes |= {f"{number}.{name}": text for name, text in (error.fields or {"": str(error)}).items()}
    if mistakes:
        raise Invalid("有的行不能保存，已在字段下标出。", mistakes)
    for one in there.values():
        if one not in kept:
            delete(session, one, viewer, f"从{title_of(owner)}的{model.__title__}中移除")
    return kept


class _refusals_explained:
    """Around a flush: what the database refuses becomes words, and the session stays usable."""

    def __init__(self, session: Session, model: type[Record]) -> None:
        self.nested, self.model = session.begin_nested(), model

    def __enter__(self) -> None:
        self.nested.__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.nested.__exit__(kind, error, trace)
        if isinstance(error, IntegrityError):
            raise explained(error, self.model) from error
        if isinstance(error, StaleDataError):
            raise Conflict("这条记录刚刚被他人修改，请刷新后再试。") from error


def _write(session: Session, record: Record, viewer: Viewer, values: Mapping[str, Any]) -> None:
    with _refusals_explained(session, type(record)):
        for name, value in values.items():
            setattr(record, name, value)
        record.updated_by_id = viewer.id
        record.updated_at = datetime.now(UTC)
        session.flush()


def _with_owner(model: type[Record], viewer: Viewer, values: Mapping[str, Any]) -> dict[str, Any]:
    """What belongs to an office belongs, unless said otherwise, to the office of whoever enters it."""
    column = model.__owned_by__
    return {**values, column: values.get(column) or viewer.department_id} if column else dict(values)


def _require_own(viewer: Viewer, record: Record) -> None:
    reason = why_not_change(viewer, record)
    if reason:
        raise Forbidden(reason)


def _moved_on(session: Session, record: Record) -> str:
    who = session.scalar(select(User.name).where(User.id == record.updated_by_id)) or "他人"
    return f"“{title_of(record)}”已被{who}修改，请刷新后再试，您填写的内容仍保留在页面上。"
