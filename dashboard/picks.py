"""The records that a field may refer to, for the pickers of forms and lists: /pick/<resource>/<field>.

The browser names a list and one of its fields; what is read follows from the declaration, within the viewer's scope.
"""

from __future__ import annotations

import re
from typing import Any

from dash import Dash
from flask import Response, jsonify, request

from auth.session import current_viewer
from dashboard.blocks.inputs import plain
from dashboard.resource import Resource, resources_of
from data.columns import is_tree
from data.db import read_session
from data.errors import Invalid, NotFound
from data.models import Base
from data.picks import MOST, Pick, children, chosen, search, target_of
from data.values import storable

LONGEST = 100
_ID = re.compile(r"[0-9]{1,18}")


def register(app: Dash) -> None:
    """Add the address to the server of ``app``; the guard before it lets signed-in people through only."""

    @app.server.get("/pick/<resource_key>/<field>")
    def pick(resource_key: str, field: str) -> Response:
        viewer = current_viewer()
        resource = resources_of(app).get(resource_key)
        if resource is None:
            raise NotFound("没有这个列表，请刷新页面。")
        resource.admit(viewer)
        target = field_target(resource, field)
        if target is None:
            raise NotFound("没有这个字段，请刷新页面。")
        with read_session() as session:
            items, more = _asked(session, viewer, target)
            return jsonify(items=[plain(one) for one in items], more=more)


def field_target(resource: Resource, field: str) -> type[Base] | None:
    """The model that a declared field of the resource refers to; None when it is not declared or refers to nothing.

    Declared are fields of the form, filters and fields of actions; ``<key of the parts>.<field>`` is one of the rows in the form.
    """
    declared = {one.name for one in (*resource.form_fields(), *resource.filters)} | {one.name for action in resource.actions for one in action.fields}
    key, _, name = field.rpartition(".")
    if key and field not in declared:
        part = next((one for one in resource.parts if one.key == key and name in one.fields), None)
        return target_of(part.model, name) if part is not None else None
    return target_of(resource.model, field) if field in declared else None


def _asked(session: Any, viewer: Any, target: type[Base]) -> tuple[list[Pick], bool]:
    given = request.args
    if "ids" in given:
        return chosen(session, viewer, target, [_number(one) for one in given["ids"].split(",")[:MOST] if one]), False
    keyword = storable(given.get("q", "")).strip()[:LONGEST]
    if keyword or not is_tree(target):
        return search(session, viewer, target, keyword)
    return children(session, viewer, target, _number(given["parent"]) if given.get("parent") else None)


def _number(text: str) -> int:
    if not _ID.fullmatch(text.strip()):
        raise Invalid("编号不正确，请刷新页面。")
    return int(text)
