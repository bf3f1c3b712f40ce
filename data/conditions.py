"""What is asked of single columns: the filters of lists and the trees of advanced queries, as conditions of SQL. Names come from browsers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, String, and_, cast, false, inspect, not_, or_, true

from data.errors import Invalid
from data.models import Base
from data.settings import current_settings

MOST_CONDITIONS = 50
# What advanced queries compare with, and the words for it.
OPERATORS = {
    "eq": "等于",
    "ne": "不等于",
    "contains": "包含",
    "starts": "开头是",
    "ge": "不小于",
    "le": "不大于",
    "under": "属于（含下级）",
    "empty": "未填写",
    "filled": "已填写",
}


def column(model: type[Base], name: str) -> Any:
    """The mapped column of that name; Invalid when the model has none, or when it is secret."""
    columns = inspect(model).column_attrs
    if name not in columns or columns[name].columns[0].info.get("secret"):
        raise Invalid(f"不能按“{name}”查询或排序。")
    return getattr(model, name)


def pattern_of(text: str) -> str:
    """The text as LIKE takes it literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def filtered(model: type[Base], name: str, value: Any) -> ColumnElement[bool]:
    """The condition that a filter of a list means; the values are those of ``data.query.Question.filters``. Invalid for a name or value that is none."""
    relation, _, rest = name.partition(".")
    if rest:
        return _through(model, relation, rest, value)
    target = column(model, name)
    if value in (None, "", []):
        return true()
    if isinstance(value, Mapping):
        if value.get("empty"):
            return _nothing(target)
        bounds = {key: _typed(target, value[key]) for key in ("from", "to", "through") if value.get(key) not in (None, "")}
        compare = {"from": target.__ge__, "to": target.__lt__, "through": target.__le__}
        return and_(true(), *(compare[key](bound) for key, bound in bounds.items()))
    if isinstance(value, (list, tuple, set)):
        return target.in_([_typed(target, one) for one in value])
    below = _below(model, name, value)
    return below if below is not None else target == _typed(target, value)


def _nothing(target: Any) -> ColumnElement[bool]:
    return or_(target.is_(None), target == "") if target.type.python_type is str else target.is_(None)


def _through(model: type[Base], relation: str, name: str, value: Any) -> ColumnElement[bool]:
    """The filter on the record that the relation leads to. A join of existence: the planner begins at whichever end has fewer rows."""
    wanted = filtered(_reached(model, relation, name), name, value)
    if value in (None, "", []):
        return true()
    return getattr(model, relation).has(wanted)


def _reached(model: type[Base], relation: str, name: str) -> type[Base]:
    from data.columns import related

    reached = related(model, relation)
    if reached is None:
        raise Invalid(f"不能按“{relation}.{name}”查询或排序。")
    return reached


def _below(model: type[Base], name: str, value: Any) -> ColumnElement[bool] | None:
    """For a column that refers to a tree: the record is at the value or anywhere below it."""
    from data.columns import is_tree, referred
    from data.tree import within

    tree = referred(model, name)
    if tree is None or not is_tree(tree):
        return None
    target = column(model, name)
    return within(target, tree, _typed(target, value))  # type: ignore[arg-type]


def _typed(target: Any, value: Any) -> Any:
    """A value out of JSON or an address as one of the column's type; Invalid when it is none."""
    kind = target.type.python_type
    try:
        if kind is bool:
            return value if isinstance(value, bool) else {"1": True, "0": False}[str(value)]
        if kind in (datetime, date):
            return value if isinstance(value, date) else _moment(kind, str(value))
        return kind(value) if kind in (int, float, str) else value
    except (KeyError, ValueError, TypeError, OverflowError) as error:
        raise Invalid(f"“{value}”不能作为查询条件。") from error


def _moment(kind: type[date], text: str) -> date:
    """A day or instant; a day column also takes the beginning of a day as an instant."""
    if kind is datetime:
        return datetime.fromisoformat(text)
    if len(text) <= 10:
        return date.fromisoformat(text)
    return datetime.fromisoformat(text).astimezone(ZoneInfo(current_settings().time_zone)).date()


def conditioned(model: type[Base], node: Mapping[str, Any]) -> ColumnElement[bool]:
    """The condition of an advanced query, a tree of ``{"all": […]}``, ``{"any": […]}`` and comparisons. Invalid when it is too large or none."""
    return _condition(model, node, [MOST_CONDITIONS])


def _condition(model: type[Base], node: Mapping[str, Any], left: list[int]) -> ColumnElement[bool]:
    left[0] -= 1
    if left[0] < 0:
        raise Invalid(f"条件太多，最多 {MOST_CONDITIONS} 个。")
    for key, join in (("all", and_), ("any", or_)):
        if key in node:
            parts = [_condition(model, one, left) for one in node[key]]
            return join(*parts) if parts else true()
    return _comparison(model, str(node.get("field", "")), str(node.get("op", "")), node.get("value"))


def _comparison(model: type[Base], name: str, operator: str, value: Any) -> ColumnElement[bool]:
    relation, _, rest = name.partition(".")
    if rest:
        return getattr(model, relation).has(_comparison(_reached(model, relation, rest), rest, operator, value))
    target = column(model, name)
    if operator in ("empty", "filled"):
        return _nothing(target) if operator == "empty" else not_(_nothing(target))
    if value in (None, ""):
        raise Invalid("有条件没有填写值。")
    match operator:
        case "eq":
            return target == _typed(target, value)
        case "ne":
            return or_(target != _typed(target, value), target.is_(None))
        case "ge":
            return target >= _typed(target, value)
        case "le":
            return target <= _typed(target, value)
        case "contains":
            return cast(target, String).ilike(f"%{pattern_of(str(value))}%")
        case "starts":
            return cast(target, String).ilike(f"{pattern_of(str(value))}%")
        case "under":
            below = _below(model, name, value)
            return below if below is not None else false()
        case _:
            raise Invalid("没有这种比较方式，请重新选择。")
