"""The whole file of an enterprise to look at: its sections, its lists, its attachments, as its type shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from dash import html
from dash.development.base_component import Component
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from dashboard.blocks.attachments import attachment_box
from dashboard.blocks.basic import facts, section
from dashboard.blocks.tables import Column, table
from dashboard.resource import Resource, shown_value
from data.choices import Choice
from data.columns import attribute, label_of
from data.completeness import SECTIONS
from data.models import FILE_LISTS, Enterprise, FileRow
from data.rules.completeness import Rule
from data.viewer import Viewer


def file_view(session: Session, viewer: Viewer, enterprise: Enterprise, rules: Mapping[str, Rule], resource: Resource) -> Component:
    """The file, without what the rules of its type hide. ``resource`` is where its attachments are asked for."""
    now = datetime.now(UTC)
    parts: list[Component] = []
    for title, names in SECTIONS.values():
        pairs = [(label_of(Enterprise, name), _words(enterprise, name, now)) for name in names if is_shown(rules, name) and name != "outline"]
        if pairs:
            parts.append(html.Section([section(title), facts(pairs)]))
    for name, model in FILE_LISTS.items():
        if is_shown(rules, name):
            parts.append(html.Section([section(model.__title__), _rows(session, enterprise, model, now)]))
    slots = [one for one in Enterprise.__files__ if is_shown(rules, f"file:{one.code}")]
    boxes = [html.Div([html.Div(one.label, className="slot-label"), attachment_box(session, viewer, enterprise, one, resource=resource)]) for one in slots]
    return html.Div([*parts, html.Section([section("附件"), *boxes])] if boxes else parts, className="file-view")


def is_shown(rules: Mapping[str, Rule], item: str) -> bool:
    """Whether the type shows the item; what no rule can hide is always shown."""
    return item not in rules or rules[item].is_shown


def list_fields(model: type[FileRow]) -> tuple[str, ...]:
    """The columns of a list of the file that a person fills."""
    own = [one.key for one in inspect(model).column_attrs if one.columns[0].info.get("label")]
    return tuple(name for name in own if name not in {"enterprise_id", "created_at", "updated_at"})


def _rows(session: Session, enterprise: Enterprise, model: type[FileRow], now: datetime) -> Component:
    rows = session.scalars(select(model).where(model.enterprise_id == enterprise.id, model.deleted_at.is_(None)).order_by(model.id)).all()
    if not rows:
        return html.P("没有填报。", className="cap")
    columns = [Column(label_of(model, name), lambda row, name=name: _words(row, name, now)) for name in list_fields(model)]
    return table(columns, rows)


def _words(record: Enterprise | FileRow, name: str, now: datetime) -> str:
    value = shown_value(record, name, now)
    unit = attribute(type(record), name).info.get("unit", "")
    words = value.word if isinstance(value, Choice) else str(value)
    return f"{words} {unit}" if words and unit else words
