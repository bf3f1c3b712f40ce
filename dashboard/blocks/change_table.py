"""What an enterprise submitted, field by field: 变更前 struck, 变更后 beside it, the rows of its lists too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dash import html
from dash.development.base_component import Component
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE, tag
from dashboard.blocks.record_history import change_words
from dashboard.blocks.tables import Column, table
from data.columns import label_of
from data.completeness import SECTIONS
from data.models import FILE_LISTS, Enterprise, EnterpriseChange, Record


class Line(NamedTuple):
    """One line of the table: where, which field, what was and what will be; ``kind`` of a whole row is 新增 or 移除."""

    place: str
    field: str
    before: str
    after: str
    kind: str = ""


def change_table(session: Session, change: EnterpriseChange) -> Component:
    """The change as a table."""
    columns = [
        Column("位置", lambda line: line.place, width="22%"),
        Column("字段", lambda line: tag(line.kind, {"新增": "ok", "移除": "danger"}[line.kind]) if line.kind else line.field, width="16%"),
        Column("变更前", lambda line: html.Span(line.before, className="was") if line.before != NO_VALUE else NO_VALUE),
        Column("变更后", lambda line: line.after),
    ]
    return html.Div(table(columns, list(lines_of(session, change))), className="change-table")


def change_count(change: EnterpriseChange) -> int:
    """How many fields and rows it touches."""
    count = 0
    for name, wanted in change.values.items():
        if name in FILE_LISTS:
            count += len(wanted["added"]) + len(wanted["removed"]) + sum(len(step["values"]) for step in wanted["changed"])
        else:
            count += 1
    return count


def lines_of(session: Session, change: EnterpriseChange) -> Iterator[Line]:
    """The lines of the table, columns first, in the order of the file."""
    order = [name for _, names in SECTIONS.values() for name in names]
    columns = [name for name in change.values if name not in FILE_LISTS]
    for name in sorted(columns, key=lambda name: order.index(name) if name in order else len(order)):
        yield Line("企业档案", label_of(Enterprise, name), *(change_words(session, Enterprise, name, side) for side in change.values[name]))
    for name, model in FILE_LISTS.items():
        if name in change.values:
            yield from _list_lines(session, model, change.values[name])


def _list_lines(session: Session, model: type[Record], steps: Mapping[str, Any]) -> Iterator[Line]:
    title = model.__title__
    for values in steps["added"]:
        yield Line(title, "", NO_VALUE, _row_words(session, model, values), "新增")
    for step in steps["changed"]:
        for name, pair in step["values"].items():
            yield Line(f"{title}“{step['name']}”", label_of(model, name), *(change_words(session, model, name, side) for side in pair))
    for step in steps["removed"]:
        yield Line(title, "", step["name"], NO_VALUE, "移除")


def _row_words(session: Session, model: type[Record], values: Mapping[str, Any]) -> str:
    names = [one.key for one in inspect(model).column_attrs if values.get(one.key) not in (None, "")]
    given = ((label_of(model, name), change_words(session, model, name, values[name])) for name in names)
    return "，".join(f"{label} {words}" for label, words in given)
