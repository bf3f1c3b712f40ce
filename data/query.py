"""Every read of business records: scoped, without the deleted, in a stable order, one page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select, String, cast, func, inspect, or_, select
from sqlalchemy.orm import Session

from data.errors import Invalid, NotFound
from data.models import Base, Record
from data.scope import scoped
from data.viewer import Viewer

M = TypeVar("M", bound=Base)

COUNT_CAP = 10_000
MAX_SIZE = 200


@dataclass(frozen=True)
class Page:
    """One page of rows. ``total`` stops at COUNT_CAP, then ``is_capped`` is set and the screen says 10 000+."""

    rows: list[Any]
    total: int
    is_capped: bool


def visible(model: type[M], viewer: Viewer) -> Select[M]:
    """All rows of ``model`` that the viewer may see and that are not deleted."""
    statement = select(model)
    if issubclass(model, Record):
        statement = statement.where(model.deleted_at.is_(None))
    return scoped(statement, model, viewer)


def get(session: Session, model: type[M], identity: int, viewer: Viewer) -> M:
    """The row with that id; NotFound when it does not exist, is deleted or lies outside the viewer's scope."""
    row = session.execute(visible(model, viewer).where(model.id == identity)).unique().scalar_one_or_none()  # type: ignore[attr-defined]
    if row is None:
        title = getattr(model, "__title__", "记录")
        raise NotFound(f"没有找到这条{title}，它可能已删除，或不在您的数据范围内。")
    return row


def page(
    session: Session,
    model: type[M],
    viewer: Viewer,
    *,
    keyword: str = "",
    filters: Mapping[str, Any] | None = None,
    sort: Sequence[tuple[str, bool]] = (),
    number: int = 1,
    size: int = 20,
) -> Page:
    """Page ``number`` (from 1) of the rows that match.

    ``keyword`` is looked for in the columns declared ``search=True``. ``filters`` maps a column's name to a value, a list of
    values, or ``{"from": …, "to": …}``. ``sort`` lists (column, descending). Unknown columns raise Invalid: names come from
    browsers. The order always ends with the primary key.
    """
    statement = visible(model, viewer)
    statement = _matching(statement, model, keyword.strip())
    for name, value in (filters or {}).items():
        statement = _filtered(statement, column(model, name), value)
    size = max(1, min(int(size), MAX_SIZE))
    total = (
        session.scalar(
            select(func.count()).select_from(statement.with_only_columns(_key(model)).limit(COUNT_CAP + 1).subquery())
        )
        or 0
    )
    number = max(1, min(int(number), max(1, -(-total // size))))
    ordered = statement
    for name, descending in sort:
        target = column(model, name)
        ordered = ordered.order_by(target.desc().nulls_last() if descending else target.asc().nulls_last())
    ordered = ordered.order_by(_key(model).desc()).offset((number - 1) * size).limit(size)
    rows = list(session.execute(ordered).unique().scalars())
    return Page(rows, min(total, COUNT_CAP), total > COUNT_CAP)


def column(model: type[Base], name: str) -> Any:
    """The mapped column of that name; Invalid when the model has none, or when it is secret."""
    columns = inspect(model).column_attrs
    if name not in columns or columns[name].columns[0].info.get("secret"):
        raise Invalid(f"不能按“{name}”查询或排序。")
    return getattr(model, name)


def _key(model: type[Base]) -> Any:
    return inspect(model).primary_key[0]


def _matching(statement: Select[Any], model: type[Base], keyword: str) -> Select[Any]:
    if not keyword:
        return statement
    pattern = "%" + keyword.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    wanted = [attribute for attribute in inspect(model).column_attrs if attribute.columns[0].info.get("search")]
    return statement.where(or_(*(cast(getattr(model, attribute.key), String).ilike(pattern) for attribute in wanted)))


def _filtered(statement: Select[Any], target: Any, value: Any) -> Select[Any]:
    if value in (None, "", []):
        return statement
    if isinstance(value, Mapping):
        if value.get("from") is not None:
            statement = statement.where(target >= value["from"])
        return statement.where(target < value["to"]) if value.get("to") is not None else statement
    if isinstance(value, (list, tuple, set)):
        return statement.where(target.in_(list(value)))
    return statement.where(target == value)
