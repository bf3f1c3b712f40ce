"""Cross filters: what is chosen in one chart of a statistic narrows all others, and the chart itself still shows what else there is.

What is chosen are conditions on columns, written as addresses have them; a column holds one choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from data.choices import word
from data.columns import attribute, choices_of
from data.errors import Invalid
from data.statistics.compute import compute
from data.statistics.declaration import Count, Ratio, Statistic
from data.statistics.dimensions import Dimension
from data.statistics.parameters import FILLED, NONE, ONLY, is_day, is_tree_column, merged, split
from data.statistics.result import Result
from data.values import day, storable, whole
from data.viewer import Viewer

Choices = Mapping[str, str]
_LONGEST = 100


class Chip(NamedTuple):
    """One choice in words: what of, what, and the conditions that remain without it."""

    label: str
    word: str
    rest: dict[str, str]


def read(session: Session, statistic: Statistic, query: Mapping[str, Any]) -> dict[str, str]:
    """The choices in an address. What the statistic does not group by, or cannot be a value, is dropped: it may be old or made up."""
    known = columns(statistic)
    found: dict[str, str] = {}
    for name, text in query.items():
        try:
            column, end = split(statistic.model, name)
        except Invalid:
            continue
        if column in known and isinstance(text, str) and text and _is_possible(session, statistic, column, end, text):
            found[name] = text
    # Whatever is at odds with itself, such as a span that ends before it begins, chooses nothing.
    return merged(statistic.model, {}, found) or {}


def columns(statistic: Statistic) -> list[str]:
    """The columns on which something can be chosen."""
    wheres = [split(statistic.model, name)[0] for one in _counts(statistic) for name in one.where]
    return list(dict.fromkeys((*(one.name for one in statistic.dimensions), *wheres)))


def without(statistic: Statistic, choices: Choices, column: str) -> dict[str, str]:
    """The choices on other columns."""
    return {name: text for name, text in choices.items() if split(statistic.model, name)[0] != column}


def crossed(session: Session, viewer: Viewer, statistic: Statistic, choices: Choices, by: str, at: datetime | None = None) -> Result:
    """The numbers of a chart: what is chosen on its own column does not narrow it."""
    return compute(session, viewer, statistic, without(statistic, choices, by), by=by, at=at)


def cell(result: Result, group: str = "", measure: str = "") -> dict[str, str]:
    """The conditions that a cell adds to those of its chart; empty when no row meets them."""
    one = result.measure(measure)
    where = {} if isinstance(one, Ratio) else dict(one.where)
    inner = result.dimension.parameters(result.statistic.model, group) if group else {}
    return merged(result.statistic.model, inner, where) or {}


def is_chosen(choices: Choices, conditions: Choices) -> bool:
    """Whether the conditions are all among what is chosen."""
    return bool(conditions) and all(choices.get(name) == text for name, text in conditions.items())


def toggled(statistic: Statistic, choices: Choices, conditions: Choices) -> dict[str, str]:
    """What is chosen after a click: the conditions instead of others on the same columns, or no longer where they were chosen."""
    touched = {split(statistic.model, name)[0] for name in conditions}
    rest = {name: text for name, text in choices.items() if split(statistic.model, name)[0] not in touched}
    return rest if is_chosen(choices, conditions) else {**rest, **conditions}


def chips(session: Session, statistic: Statistic, choices: Choices, results: Mapping[str, Result]) -> list[Chip]:
    """What is chosen, in words; ``results`` are the charts by their column: they know how the viewer's groups are called."""
    found = []
    for column in columns(statistic):
        rest = without(statistic, choices, column)
        mine = {name: text for name, text in choices.items() if name not in rest}
        if mine:
            dimension = next((one for one in statistic.dimensions if one.name == column), None)
            found.append(Chip(_label(statistic, dimension, column), _word(session, statistic, mine, results.get(column)), rest))
    return found


def _counts(statistic: Statistic) -> list[Count]:
    return [one for one in statistic.measures if isinstance(one, Count)]


def _label(statistic: Statistic, dimension: Dimension | None, column: str) -> str:
    if dimension is not None:
        return dimension.title(statistic.model)
    return "情况" if any(column in one.where for one in statistic.parts) else str(attribute(statistic.model, column).info["label"])


def _word(session: Session, statistic: Statistic, mine: Choices, result: Result | None) -> str:
    if result is not None:
        for group in result.groups:
            if result.dimension.parameters(statistic.model, group.key) == mine:
                return group.label
    for one in _counts(statistic):
        if dict(one.where) == mine:
            return one.label
    return " 至 ".join(_plain(session, statistic, name, text) for name, text in sorted(mine.items()))


def _plain(session: Session, statistic: Statistic, name: str, text: str) -> str:
    """A value that no group has: a word where there is one; a record without rows is not named, it may lie out of sight."""
    if text in (NONE, FILLED):
        return "未填写" if text == NONE else "已填写"
    column = split(statistic.model, name)[0]
    if attribute(statistic.model, column).foreign_keys:
        return "没有记录的一项"
    return word(choices_of(statistic.model, column, session) or (), text)


def _is_possible(session: Session, statistic: Statistic, column: str, end: str, text: str) -> bool:
    model = statistic.model
    if len(text) > _LONGEST or storable(text) != text:
        return False
    try:
        if end:
            return (day(text) if is_day(model, column) else whole(text)) is not None
        if text in (NONE, FILLED) or any(one.where.get(column) == text for one in _counts(statistic)):
            return True
        kind = attribute(model, column).type.python_type
        if attribute(model, column).foreign_keys:
            plain = text.removeprefix(ONLY) if is_tree_column(model, column) else text
            return str(whole(plain)) == plain
    except ValueError:
        return False
    coded = choices_of(model, column, session)
    return text in {one.code for one in coded} if coded is not None else kind is str
