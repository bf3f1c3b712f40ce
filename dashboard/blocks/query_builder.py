"""高级查询: any fields, joined by and/or in groups, stored under a name. The browser builds the question (assets/39-query.js)."""

from __future__ import annotations

from typing import Any

import orjson
from dash import html
from dash.development.base_component import Component
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from dashboard.blocks.inputs import spec_of
from dashboard.resource import Resource
from data.columns import attribute, choices_of, is_tree, referred
from data.conditions import OPERATORS
from data.models import Base
from data.viewer import Viewer

_LEFT_OUT = {"outline", "created_by_id", "updated_by_id", "deleted_at", "version", "id"}


def builder(session: Session, viewer: Viewer, resource: Resource) -> Component:
    """The panel; what it asks stands in the address as ``where``, so a query can be sent to somebody."""
    spec = {"resource": resource.key, "fields": fields(session, viewer, resource), "operators": OPERATORS}
    return html.Section(className="panel query-builder", **{"data-query": orjson.dumps(spec).decode()})


def fields(session: Session, viewer: Viewer, resource: Resource) -> list[dict[str, Any]]:
    """Every column that may be asked for: its words, its control and the comparisons that make sense for it."""
    model = resource.model
    names = [one.key for one in inspect(model).column_attrs if one.columns[0].info.get("label") and one.key not in _LEFT_OUT and attribute(model, one.key) is not None]
    return [
        {
            "name": name,
            "label": attribute(model, name).info["label"],
            "operators": operators(model, name),
            "control": spec_of(session, viewer, model, name, text="", resource_key=resource.key) | _as_condition(model, name),
        }
        for name in names
    ]


def _as_condition(model: type[Base], name: str) -> dict[str, Any]:
    """Long texts are compared by a line, a place by its number."""
    kind = attribute(model, name).info.get("kind")
    plain = {"kind": "text", "max": 100} if kind == "long" else {"kind": "number"} if kind == "place" else {}
    return {"compact": True, "required": False, **plain}


def operators(model: type[Base], name: str) -> list[str]:
    """Which of ``data.conditions.OPERATORS`` make sense for the column."""
    column = attribute(model, name)
    target = referred(model, name)
    ends = ["empty", "filled"] if column.nullable else []
    if target is not None:
        return ["under", "eq", "ne", *ends] if is_tree(target) else ["eq", "ne", *ends]
    if choices_of(model, name) is not None or column.type.python_type is bool:
        return ["eq", "ne", *ends]
    return ["contains", "starts", "eq", "ne", *ends] if column.type.python_type is str else ["ge", "le", "eq", *ends]
