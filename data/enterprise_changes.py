"""What an enterprise changes in its own file: kept apart until the authority confirms it, or returned with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from data import completeness, save
from data.calendar import park_day
from data.columns import title_of
from data.enterprises import CONFIRM, confirmation, rename_user, require_authority, required_reason
from data.errors import Conflict, Forbidden, Invalid
from data.models import FILE_LISTS, Enterprise, EnterpriseChange, FileRow, Record
from data.query import get
from data.validity import MISSING, NOT_SAVED, check_values, label, required_of
from data.viewer import Viewer

Lists = Mapping[str, Sequence[tuple[int | None, Mapping[str, Any]]]]

OWN = "own.file"
# What only the authority decides.
KEPT = frozenset(
    {
        "code",
        "unit_type_id",
        "division_id",
        "department_id",
        "grade",
        "confirm_state",
        "confirmed_at",
        "confirmed_by_id",
        "return_reason",
        "standard_state",
        "completeness",
    }
)


def own_columns() -> list[str]:
    """The columns of its file that an enterprise may change itself."""
    return [one.key for one in inspect(Enterprise).column_attrs if one.columns[0].info.get("label") and one.key not in KEPT | {"created_at", "updated_at"}]


def open_change(session: Session, enterprise_id: int) -> EnterpriseChange | None:
    """The change of the enterprise that waits for confirmation."""
    mine = select(EnterpriseChange).where(EnterpriseChange.enterprise_id == enterprise_id, EnterpriseChange.deleted_at.is_(None))
    return session.scalars(mine.where(EnterpriseChange.state == "pending")).one_or_none()


def put_aside(session: Session, enterprise_id: int) -> EnterpriseChange | None:
    """The newest change of the enterprise, if it was returned or withdrawn and so can be mended and submitted again."""
    mine = select(EnterpriseChange).where(EnterpriseChange.enterprise_id == enterprise_id, EnterpriseChange.deleted_at.is_(None))
    newest = session.scalars(mine.order_by(EnterpriseChange.id.desc()).limit(1)).one_or_none()
    return newest if newest is not None and newest.state in ("returned", "withdrawn") else None


def submit_change(
    session: Session, viewer: Viewer, enterprise: Enterprise, values: Mapping[str, Any], lists: Lists | None = None, *, now: datetime
) -> EnterpriseChange:
    """The change that now waits for confirmation; nothing of the file itself moves but its state.

    ``values`` are columns, ``lists`` whole lists of the file by table name, as rows of (id or None, values). Invalid names
    what cannot be at ``column`` or ``list.row.column``; Conflict while an earlier change still waits.
    """
    viewer.require(OWN)
    if viewer.enterprise_id != enterprise.id or viewer.scope != "own_enterprise":
        raise Forbidden("只有企业自己的用户可以提交本企业的变更。")
    session.execute(select(Enterprise.id).where(Enterprise.id == enterprise.id).with_for_update())
    if open_change(session, enterprise.id) is not None:
        raise Conflict("上次提交的变更还在等待确认。如需再改，请先撤回。")
    _check_columns(values)
    _check_lists(lists or {})
    found: dict[str, Any] = _difference(enterprise, values)
    for name, rows in (lists or {}).items():
        steps = _steps(session, enterprise, FILE_LISTS[name], rows)
        if any(steps.values()):
            found[name] = steps
    if not found:
        raise Invalid("没有修改任何内容。")
    entry = {"enterprise_id": enterprise.id, "values": found, "submitted_by_id": viewer.id, "submitted_at": now}
    change = save.create(session, EnterpriseChange, viewer, entry, verb="submit")
    save.update(session, enterprise, viewer, {"confirm_state": "pending"}, verb="submit")
    return change


def withdraw_change(session: Session, viewer: Viewer, change: EnterpriseChange, *, now: datetime) -> EnterpriseChange:
    """The change taken back by the enterprise before anybody decided."""
    viewer.require(OWN)
    _lock(session, viewer, change)
    if viewer.enterprise_id != change.enterprise_id or viewer.scope != "own_enterprise":
        raise Forbidden("只有企业自己的用户可以撤回本企业的变更。")
    enterprise = change.enterprise
    before = "returned" if enterprise.return_reason else "confirmed" if enterprise.confirmed_at is not None else "pending"
    save.update(session, enterprise, viewer, {"confirm_state": before}, verb="withdraw")
    return save.update(session, change, viewer, {"state": "withdrawn", "decided_by_id": viewer.id, "decided_at": now}, verb="withdraw")


def return_change(session: Session, viewer: Viewer, change: EnterpriseChange, reason: str, *, now: datetime) -> EnterpriseChange:
    """The change returned to the enterprise; the reason is shown there."""
    require_authority(viewer, CONFIRM)
    _lock(session, viewer, change)
    words = required_reason(reason, "退回原因")
    state = {"confirm_state": "returned", "return_reason": words}
    save.update(session, change.enterprise, viewer, state, verb="return", reason=words)
    decision = {"state": "returned", "reason": words, "decided_by_id": viewer.id, "decided_at": now}
    return save.update(session, change, viewer, decision, verb="return", reason=words)


def confirm_change(session: Session, viewer: Viewer, change: EnterpriseChange, *, now: datetime) -> EnterpriseChange:
    """The change confirmed, with all that it wanted now in the file. Conflict names what somebody changed meanwhile."""
    require_authority(viewer, CONFIRM)
    _lock(session, viewer, change)
    enterprise = change.enterprise
    moved = conflicts(session, change)
    if moved:
        raise Conflict(f"提交之后，{'、'.join(moved)}已被修改，不能直接确认。请退回企业，请其按最新内容重新提交。")
    name = enterprise.name
    wanted = {key: _typed(Enterprise, key, pair[1]) for key, pair in change.values.items() if key not in FILE_LISTS}
    for key in change.values:
        if key in FILE_LISTS:
            _apply(session, viewer, enterprise, FILE_LISTS[key], change.values[key])
    save.update(session, enterprise, viewer, wanted, reason=f"{title_of(change)}，{park_day(change.submitted_at)} 提交")
    rename_user(session, viewer, enterprise, name)
    found = completeness.assess(session, enterprise, park_day(now))
    save.update(session, enterprise, viewer, confirmation(viewer, found, now), verb="confirm")
    return save.update(session, change, viewer, {"state": "confirmed", "decided_by_id": viewer.id, "decided_at": now}, verb="confirm")


def conflicts(session: Session, change: EnterpriseChange) -> list[str]:
    """What is no longer as it was when the change was submitted, in words: 联系电话, 安全管理人员“刘海涛”."""
    found = []
    for key, wanted in change.values.items():
        if key not in FILE_LISTS:
            if _plain(getattr(change.enterprise, key)) not in wanted:
                found.append(label(Enterprise, key))
            continue
        model = FILE_LISTS[key]
        for step in wanted["changed"]:
            row = _row(session, change.enterprise_id, model, step["id"])
            pairs = step["values"].items()
            if row is None or any(_plain(getattr(row, name)) not in pair for name, pair in pairs):
                found.append(f"{model.__title__}“{step['name']}”")
    return found


def _check_columns(values: Mapping[str, Any]) -> None:
    kept = [name for name in values if name not in own_columns()]
    if kept:
        raise Forbidden("有的内容只能由监管部门修改，请联系主管部门。")
    check_values(Enterprise, values)
    required = _never_empty(Enterprise)
    empty = {name: f"请填写{label(Enterprise, name)}。" for name, value in values.items() if name in required and value in (None, "")}
    if empty:
        raise Invalid(MISSING, empty)


def _check_lists(lists: Lists) -> None:
    mistakes: dict[str, str] = {}
    for name, rows in lists.items():
        if name not in FILE_LISTS:
            raise Invalid("没有这种清单，请刷新页面。")
        model = FILE_LISTS[name]
        for number, (identity, values) in enumerate(rows):
            try:
                _check_row(model, identity, values)
            except Invalid as error:
                mistakes |= {f"{name}.{number}.{key}": words for key, words in (error.fields or {"": str(error)}).items()}
    if mistakes:
        raise Invalid(NOT_SAVED, mistakes)


def _check_row(model: type[FileRow], identity: int | None, values: Mapping[str, Any]) -> None:
    if "enterprise_id" in values:
        raise Invalid(f"{model.__title__}没有这些字段：enterprise_id。")
    check_values(model, values)
    wanted = required_of(model) if identity is None else _never_empty(model).intersection(values)
    required = [name for name in wanted if name != "enterprise_id"]
    empty = {name: f"请填写{label(model, name)}。" for name in required if values.get(name) in (None, "")}
    if empty:
        raise Invalid(MISSING, empty)


def _never_empty(model: type[Record]) -> set[str]:
    """The columns that hold a value in every row, so that a change cannot take it away; a new row may leave some to their default."""
    return {one.key for one in inspect(model).column_attrs if one.columns[0].info.get("required")}


def _steps(session: Session, enterprise: Enterprise, model: type[FileRow], rows: Sequence[tuple[int | None, Mapping[str, Any]]]) -> dict[str, list[Any]]:
    """What becomes of the rows of a list: added, changed and removed ones."""
    live = select(model).where(model.enterprise_id == enterprise.id, model.deleted_at.is_(None)).order_by(model.id)
    there = {one.id: one for one in session.scalars(live)}
    steps: dict[str, list[Any]] = {"added": [], "changed": [], "removed": []}
    for number, (identity, values) in enumerate(rows, 1):
        if identity is None:
            steps["added"].append({name: _plain(value) for name, value in values.items()})
        elif identity not in there:
            raise Conflict(f"{model.__title__}第 {number} 行刚刚被他人删除，请刷新后再试。")
        else:
            row = there.pop(identity)
            pairs = _difference(row, values)
            if pairs:
                steps["changed"].append({"id": identity, "name": title_of(row), "values": pairs})
    steps["removed"] = [{"id": one.id, "name": title_of(one)} for one in there.values()]
    return steps


def _apply(session: Session, viewer: Viewer, enterprise: Enterprise, model: type[FileRow], steps: Mapping[str, Sequence[Any]]) -> None:
    for values in steps["added"]:
        typed = {name: _typed(model, name, value) for name, value in values.items()}
        save.create(session, model, viewer, typed | {"enterprise_id": enterprise.id})
    for step in steps["changed"]:
        row = _row(session, enterprise.id, model, step["id"])
        if row is not None:
            save.update(session, row, viewer, {name: _typed(model, name, pair[1]) for name, pair in step["values"].items()})
    for step in steps["removed"]:
        row = _row(session, enterprise.id, model, step["id"])
        if row is not None:
            save.delete(session, row, viewer, "企业提交的变更")


def _row(session: Session, enterprise_id: int, model: type[FileRow], identity: int) -> FileRow | None:
    row = session.get(model, identity)
    return row if row is not None and row.deleted_at is None and row.enterprise_id == enterprise_id else None


def _lock(session: Session, viewer: Viewer, change: EnterpriseChange) -> None:
    """Raise unless the viewer sees the change and it still waits; nobody else decides until the transaction ends."""
    get(session, EnterpriseChange, change.id, viewer)
    session.execute(select(EnterpriseChange.id).where(EnterpriseChange.id == change.id).with_for_update())
    session.refresh(change)
    session.refresh(change.enterprise)
    if change.state != "pending":
        raise Conflict("这项变更已经处理过了，请刷新后再看。")


def _difference(record: Record, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    pairs = {name: [_plain(getattr(record, name)), _plain(value)] for name, value in values.items()}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _plain(value: Any) -> Any:
    """As JSON; an empty text is no text."""
    if isinstance(value, date):
        return value.isoformat()
    return None if value == "" else value


def _typed(model: type[Record], name: str, value: Any) -> Any:
    kind = inspect(model).column_attrs[name].columns[0].type.python_type
    return kind.fromisoformat(value) if kind in (date, datetime) and isinstance(value, str) else value
