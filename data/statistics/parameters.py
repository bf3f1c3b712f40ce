"""Conditions as an address carries them, and the question that they mean.

``name=value`` (a tree column: the value and all below), ``name=none`` (not filled in), ``name=filled``, ``name=only-12`` (a tree
column: exactly this one, nothing below), ``name=any-a,b`` (one of these codes), ``name_from`` and ``name_to``, both included.
``listed`` writes them as lists read them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from data.columns import attribute, is_tree, referred
from data.errors import Invalid
from data.models import Base
from data.query import Question
from data.settings import current_settings
from data.values import day, decimal

Parameters = Mapping[str, str]

NONE = "none"
FILLED = "filled"
ONLY = "only-"
ANY = "any-"


def any_of(codes: Iterable[str]) -> str:
    """The value of a parameter that takes any of these codes."""
    found = list(codes)
    return found[0] if len(found) == 1 else ANY + ",".join(found)


def question(model: type[Base], parameters: Parameters) -> Question:
    """The question that a list reads from these parameters; Invalid when a column or a value is impossible."""
    filters: dict[str, Any] = {}
    conditions: list[dict[str, Any]] = []
    for name, text in parameters.items():
        column, end = split(model, name)
        if end:
            inside = "through" if end == "to" and not is_day(model, column) else end
            filters.setdefault(column, {})[inside] = _bound(model, column, end, text)
        elif text == NONE:
            conditions.append({"field": column, "op": "empty"})
        elif text == FILLED:
            conditions.append({"field": column, "op": "filled"})
        elif text.startswith(ONLY):
            conditions.append({"field": column, "op": "eq", "value": text.removeprefix(ONLY)})
        elif text.startswith(ANY):
            conditions.append(_one_of(column, text))
        elif is_tree_column(model, column):
            filters[column] = text
        else:
            conditions.append({"field": column, "op": "eq", "value": text})
    return Question(filters=filters, conditions={"all": conditions} if conditions else {})


def listed(model: type[Base], parameters: Parameters) -> dict[str, str]:
    """The parameters as the address of a list carries them: what only an advanced query can ask goes into ``where``."""
    plain: dict[str, str] = {}
    conditions: list[dict[str, Any]] = []
    for name, text in parameters.items():
        column, end = split(model, name)
        if not end and text.startswith(ONLY) and is_tree_column(model, column):
            conditions.append({"field": column, "op": "eq", "value": int(text.removeprefix(ONLY))})
        elif not end and text == FILLED:
            conditions.append({"field": column, "op": "filled"})
        elif not end and text.startswith(ANY):
            conditions.append(_one_of(column, text))
        elif not end and text == NONE and (attribute(model, column).type.python_type is str or is_day(model, column)):
            # A list's own filter leaves out what is an empty text, and of days it asks for a span only.
            conditions.append({"field": column, "op": "empty"})
        else:
            plain[name] = text
    return {**plain, "where": json.dumps({"all": conditions}, separators=(",", ":"))} if conditions else plain


def split(model: type[Base], name: str) -> tuple[str, str]:
    """The column that a parameter speaks of, and ``from``, ``to`` or empty."""
    if _is_known(model, name):
        return name, ""
    column, _, end = name.rpartition("_")
    if end not in {"from", "to"} or "." in column or not _is_known(model, column):
        raise Invalid(f"不能按“{name}”查询。")
    return column, end


def _is_known(model: type[Base], name: str) -> bool:
    """Whether the name is a column of the model, or a foreign key of the one record that a relation leads to."""
    return referred(model, name) is not None if "." in name else attribute(model, name) is not None


def merged(model: type[Base], first: Parameters, second: Parameters) -> dict[str, str] | None:
    """Parameters for the rows that meet both; None when no row can.

    Of two values of a tree column the second must be at or below the first: it is kept. Of several codes those remain that
    both have.
    """
    both = dict(first)
    for name, text in second.items():
        column, end = split(model, name)
        before = both.get(name)
        if before is None or before == text:
            both[name] = text
        elif end:
            both[name] = (max if end == "from" else min)(before, text, key=lambda one: _rank(model, column, one))
        elif is_tree_column(model, column) and NONE not in (before, text):
            both[name] = before if before.startswith(ONLY) else text
        elif shared := [code for code in _codes(before) if code in _codes(text)]:
            both[name] = any_of(shared)
        else:
            return None
    # A bound says already that something is filled in.
    both = {name: text for name, text in both.items() if text != FILLED or not {f"{name}_from", f"{name}_to"} & both.keys()}
    return both if _is_possible(model, both) else None


def _codes(text: str) -> list[str]:
    return text.removeprefix(ANY).split(",") if text.startswith(ANY) else [text]


def _one_of(column: str, text: str) -> dict[str, Any]:
    return {"any": [{"field": column, "op": "eq", "value": code} for code in _codes(text)]}


def is_tree_column(model: type[Base], name: str) -> bool:
    """Whether the column refers to records that stand in a tree."""
    target = referred(model, name)
    return target is not None and is_tree(target)


def is_day(model: type[Base], name: str) -> bool:
    """Whether the column holds days or instants."""
    return attribute(model, name).type.python_type in (date, datetime)


def midnight(on: date) -> datetime:
    """When the day begins in the park."""
    return datetime.combine(on, time(), ZoneInfo(current_settings().time_zone)).astimezone(UTC)


def _is_possible(model: type[Base], parameters: Parameters) -> bool:
    for name, text in parameters.items():
        column, end = split(model, name)
        if end and parameters.get(column) == NONE:
            return False
        if end == "from" and f"{column}_to" in parameters:
            low, high = (_rank(model, column, one) for one in (text, parameters[f"{column}_to"]))
            if low > high:
                return False
    return True


def _rank(model: type[Base], column: str, text: str) -> Any:
    try:
        return day(text) if is_day(model, column) else decimal(text)
    except ValueError as error:
        raise Invalid(f"“{text}”不能作为查询条件。") from error


def _bound(model: type[Base], column: str, end: str, text: str) -> Any:
    """A bound as ``Question`` takes it: the day after the last one."""
    value = _rank(model, column, text)
    if not is_day(model, column):
        return text
    on = value + timedelta(days=1) if end == "to" else value
    return midnight(on).isoformat() if attribute(model, column).type.python_type is datetime else on.isoformat()
