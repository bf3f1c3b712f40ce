"""How complete the file of an enterprise is, and what it lacks: the park's own rule, configured by type of unit (企业信息配置)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

ItemKind = Literal["value", "until", "rows", "file"]


class Item(NamedTuple):
    """One thing that a file may hold.

    ``code`` is a column, the name of a list, or ``file:`` and the code of a slot; ``section`` is where the form asks for it.
    A ``value`` must be there, an ``until`` is a date that must not be over, ``rows`` are a list with at least one row none
    of which is out of date, a ``file`` an attachment.
    """

    code: str
    label: str
    section: str
    kind: ItemKind


class Rows(NamedTuple):
    """A list of the file: how many rows, and the oldest date by which one of them ran out, if one did."""

    number: int
    expired_on: date | None = None


class Rule(NamedTuple):
    """Whether an item is shown and required, as somebody set it for a type of unit."""

    is_shown: bool
    is_required: bool


class Missing(NamedTuple):
    """What the file lacks, why, and in which section of the form it is given."""

    code: str
    label: str
    reason: str
    section: str
    is_expired: bool = False


@dataclass(frozen=True)
class Assessment:
    """``done`` of ``total`` required items; ``percent`` is rounded down, so that 100 means that nothing is missing."""

    percent: int
    done: int
    total: int
    missing: tuple[Missing, ...]


def effective(lines: Sequence[Mapping[str, Rule]], required: Collection[str], items: Iterable[Item]) -> dict[str, Rule]:
    """The rule of every item: the first of ``lines`` that has one (own type, its 类, all types), else the default.

    ``required`` are the items that are required by default. What is not shown cannot be required.
    """
    result = {}
    for item in items:
        default = Rule(True, item.code in required)
        rule = next((line[item.code] for line in lines if item.code in line), default)
        result[item.code] = Rule(rule.is_shown, rule.is_required and rule.is_shown)
    return result


def assess(
    required: Sequence[Item],
    values: Mapping[str, Any],
    rows: Mapping[str, Rows],
    files: Collection[str],
    today: date,
) -> Assessment:
    """What the file lacks of the required items; those that ran out come first, else in the order of ``required``.

    ``values`` are the columns, ``rows`` the lists by name (``expired_on`` as of ``today``), ``files`` the slots that hold one.
    """
    missing = [one for item in required if (one := _missing(item, values, rows, files, today)) is not None]
    missing.sort(key=lambda one: not one.is_expired)
    total, done = len(required), len(required) - len(missing)
    return Assessment(100 * done // total if total else 100, done, total, tuple(missing))


def _missing(
    item: Item, values: Mapping[str, Any], rows: Mapping[str, Rows], files: Collection[str], today: date
) -> Missing | None:
    reason, over = "", None
    if item.kind == "file":
        reason = "" if item.code.removeprefix("file:") in files else "缺附件"
    elif item.kind == "rows":
        found = rows.get(item.code, Rows(0))
        reason, over = ("" if found.number else "未填报（应不少于 1 条）"), found.expired_on
    else:
        value = values.get(item.code)
        is_empty = value is None or (isinstance(value, str) and not value.strip())
        reason = "未填写" if is_empty else ""
        over = value if item.kind == "until" and isinstance(value, date) and value < today else None
    if over is not None:
        return Missing(item.code, item.label, f"{over.isoformat()} 已过期", item.section, True)
    return Missing(item.code, item.label, reason, item.section) if reason else None
