"""Every write of business records: right fields, right version, right scope, and an audit entry in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from data.audit import record_change
from data.columns import title_of
from data.errors import Conflict, Invalid
from data.models import Record, User
from data.viewer import Viewer

R = TypeVar("R", bound=Record)

_OWN = {"id", "created_at", "created_by_id", "updated_at", "updated_by_id", "version", "deleted_at"}


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
    _check(model, values)
    missing = {name: f"请填写{_label(model, name)}。" for name in _required(model) if values.get(name) in (None, "")}
    if missing:
        raise Invalid("还有必填项没有填写。", missing)
    record = model(**values, created_by_id=viewer.id, updated_by_id=viewer.id)
    session.add(record)
    session.flush()
    changes = {name: [None, value] for name, value in values.items() if value is not None}
    record_change(session, viewer, verb, record, changes, reason)
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
    _check(type(record), values)
    if version is not None and version != record.version:
        raise Conflict(_conflict(session, record))
    required = _required(type(record))
    empty = {
        name: f"请填写{_label(type(record), name)}。"
        for name, value in values.items()
        if name in required and value in (None, "")
    }
    if empty:
        raise Invalid("还有必填项没有填写。", empty)
    changes = {name: [getattr(record, name), value] for name, value in values.items() if getattr(record, name) != value}
    if not changes:
        return record
    for name, (_, value) in changes.items():
        setattr(record, name, value)
    record.updated_by_id = viewer.id
    try:
        session.flush()
    except StaleDataError as error:
        raise Conflict("这条记录刚刚被他人修改，请刷新后再试。") from error
    record_change(session, viewer, verb, record, changes, reason)
    return record


def delete(session: Session, record: Record, viewer: Viewer, reason: str) -> None:
    """Mark the record as deleted; an administrator can restore it."""
    if not reason.strip():
        raise Invalid("请填写删除原因。", {"reason": "请填写删除原因。"})
    record.deleted_at = datetime.now(UTC)
    record.updated_by_id = viewer.id
    session.flush()
    record_change(session, viewer, "delete", record, {}, reason)


def _check(model: type[Record], values: Mapping[str, Any]) -> None:
    known = set(inspect(model).column_attrs.keys()) - _OWN
    unknown = set(values) - known
    if unknown:
        raise Invalid(f"{model.__title__}没有这些字段：{'、'.join(sorted(unknown))}。")
    for name, value in values.items():
        info = inspect(model).column_attrs[name].columns[0].info
        codes = {choice.code for choice in info.get("choices") or ()}
        if codes and value not in (None, "") and str(value) not in codes:
            raise Invalid(f"{info['label']}的值“{value}”不在选项中。", {name: "请选择列出的选项。"})
        length = getattr(inspect(model).column_attrs[name].columns[0].type, "length", None)
        if length and isinstance(value, str) and len(value) > length:
            raise Invalid(f"{info['label']}太长。", {name: f"最多 {length} 个字，现有 {len(value)} 个。"})


def _required(model: type[Record]) -> list[str]:
    return [
        attribute.key
        for attribute in inspect(model).column_attrs
        if attribute.columns[0].info.get("required")
        and attribute.columns[0].default is None
        and attribute.columns[0].server_default is None
    ]


def _label(model: type[Record], name: str) -> str:
    return str(inspect(model).column_attrs[name].columns[0].info.get("label", name))


def _conflict(session: Session, record: Record) -> str:
    who = session.scalar(select(User.name).where(User.id == record.updated_by_id)) or "他人"
    return f"“{title_of(record)}”已被{who}修改，请刷新后再试，您填写的内容仍保留在页面上。"
