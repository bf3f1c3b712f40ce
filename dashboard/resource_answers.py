"""The callbacks of all resources, registered once: the rows of a list, the opened record, and what was submitted.

Everything that arrives is forged until checked: the key finds the resource, the resource names the right, the record is
looked up in the viewer's scope, and only declared fields, filters and orders are taken. What is done stands in
``resource_work.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from dash import MATCH, Dash, Input, Output, callback_context, no_update
from sqlalchemy.orm import Session

from dashboard.blocks.list_grid import grid_rows
from dashboard.blocks.list_heads import heads
from dashboard.blocks.list_pager import pager
from dashboard.blocks.list_search import search
from dashboard.blocks.list_toolbar import toolbar
from dashboard.blocks.record_drawer import ADD, drawer
from dashboard.blocks.record_form import Draft
from dashboard.blocks.resource_list import as_of, blank
from dashboard.callbacks import guarded, say
from dashboard.ids import part_id
from dashboard.resource import Resource, resources_of
from dashboard.resource_batch import ask_batch, export_task, run_batch
from dashboard.resource_state import filter_rows, read_state, rows_of
from dashboard.resource_work import Refused, perform, submission_id
from dashboard.tasks import follow
from data.db import read_session
from data.errors import Invalid, NotFound, PlatformError
from data.viewer import Viewer

LIST_PARTS = (
    ("list-grid", "rowData"),
    ("list-tools", "children"),
    ("list-pager", "children"),
    ("list-blank", "children"),
    ("list-search", "children"),
    ("list-as-of", "children"),
    ("list-heads", "children"),
)


def register(app: Dash) -> None:
    """Register the four callbacks of every list on ``app``."""
    resources = resources_of(app)

    def asked(viewer: Viewer) -> Resource:
        """The resource of this call, if the viewer may open it. The key is taken once, from what triggered the call."""
        triggered = callback_context.triggered_id
        resource = resources.get(str(triggered.get("k"))) if isinstance(triggered, Mapping) else None
        if resource is None:
            raise NotFound("没有这个列表，请刷新页面。")
        resource.admit(viewer)
        return resource

    @guarded(app, [Output(_every(kind), name) for kind, name in LIST_PARTS], Input(_every("list-query"), "data"), permission="", prevent_initial_call=True)
    def rows(viewer: Viewer, data: Any) -> list[Any]:
        resource = asked(viewer)
        with read_session() as session:
            return _list_parts(session, viewer, resource, _query(data))

    @guarded(app, Output(_every("list-drawer"), "children"), Input(_every("list-opened"), "data"), permission="", prevent_initial_call=True)
    def opened(viewer: Viewer, data: Any) -> Any:
        resource = asked(viewer)
        with read_session() as session:
            return drawer(session, viewer, resource, read_state(resource, filter_rows(session, viewer, resource), _query(data)))

    @guarded(app, Output(_every("list-dialog"), "children"), Input(_every("list-batch"), "data"), permission="", prevent_initial_call=True)
    def batch(viewer: Viewer, data: Any) -> Any:
        resource = asked(viewer)
        if not isinstance(data, Mapping):
            raise Invalid("提交的内容不完整，请刷新页面。")
        with read_session() as session:
            return ask_batch(session, viewer, resource, str(data.get("do", "")), data.get("ids"), _query(data))

    outputs = [Output(_every("list-drawer"), "children", allow_duplicate=True), Output(_every("list-dialog"), "children", allow_duplicate=True)]

    @guarded(app, [*outputs, Output(_every("list-query"), "data")], Input(_every("list-submit"), "data"), permission="", prevent_initial_call=True)
    def submitted(viewer: Viewer, data: Any) -> list[Any]:
        resource = asked(viewer)
        if not isinstance(data, Mapping):
            raise Invalid("提交的内容不完整，请刷新页面。")
        if data.get("do") == "export":
            follow(export_task(viewer, resource, _query(data), data.get("ids")))
            return [no_update, no_update, no_update]
        return _batch_done(viewer, resource, data) if data.get("ids") else _submitted(viewer, resource, data)


def _every(kind: str) -> dict[str, Any]:
    return {**part_id(kind, "-"), "k": MATCH}


def _query(data: Any) -> Mapping[str, Any]:
    query = data.get("query") if isinstance(data, Mapping) else None
    return query if isinstance(query, Mapping) else {}


def _list_parts(session: Session, viewer: Viewer, resource: Resource, query: Mapping[str, Any]) -> list[Any]:
    now = datetime.now(UTC)
    filters = filter_rows(session, viewer, resource)
    state = read_state(resource, filters, query)
    found = rows_of(session, viewer, resource, filters, state)
    return [
        # As JSON: Dash would look at every value of every row for components and numpy's numbers.
        orjson.Fragment(orjson.dumps(grid_rows(viewer, resource, state, found, now))),
        toolbar(viewer, resource, state, found),
        pager(resource, state, found),
        blank(session, viewer, resource, filters, state, found),
        search(session, viewer, resource, filters, state),
        as_of(now),
        heads(session, viewer, resource, filters, state),
    ]


def _again(query: Mapping[str, Any]) -> dict[str, Any]:
    """What makes the browser read the rows again."""
    return {"query": {name: value for name, value in query.items() if name not in {"do", "tab"}}, "at": datetime.now(UTC).timestamp()}


def _submitted(viewer: Viewer, resource: Resource, data: Mapping[str, Any]) -> list[Any]:
    """One record: a form that was refused comes back as it was typed, with the messages at the fields."""
    do = str(data.get("do", ""))
    identity = None if do == ADD else submission_id(data.get("id"))
    given = data.get("values")
    typed: dict[str, Any] = {str(name): text for name, text in given.items()} if isinstance(given, Mapping) else {}
    query = {**_query(data), "do": do, **({"open": str(identity)} if identity else {})}
    try:
        done = perform(viewer, resource, identity, do, typed, data.get("version"))
    except Refused as refused:
        return [_drawn(viewer, resource, query, refused.draft), no_update, no_update]
    except Invalid as error:
        if not error.fields:
            raise
        return [_drawn(viewer, resource, query, Draft(typed, error.fields)), no_update, no_update]
    say("info" if done.stays else "success", done.said, stays=done.stays)
    again = {name: value for name, value in query.items() if name not in {"do", "tab"}} | ({"open": str(done.id)} if done.id else {})
    if done.id is None:
        again.pop("open", None)
    return [_drawn(viewer, resource, again) or [], no_update, _again(again)]


def _batch_done(viewer: Viewer, resource: Resource, data: Mapping[str, Any]) -> list[Any]:
    """All ticked records; what could not be done is listed with the reason, and what was told (a password) is shown."""
    given = data.get("values")
    typed = {str(name): text for name, text in given.items()} if isinstance(given, Mapping) else {}
    do = str(data.get("do", ""))
    try:
        shown = run_batch(viewer, resource, do, data.get("ids"), typed)
    except Invalid as error:
        if not error.fields:
            raise
        with read_session() as session:
            return [no_update, ask_batch(session, viewer, resource, do, data.get("ids"), _query(data), Draft(typed, error.fields)), no_update]
    return [no_update, shown, _again(_query(data))]


def _drawn(viewer: Viewer, resource: Resource, query: Mapping[str, Any], draft: Draft | None = None) -> Any:
    with read_session() as session:
        state = read_state(resource, filter_rows(session, viewer, resource), query)
        try:
            return drawer(session, viewer, resource, state, draft=draft)
        except PlatformError:
            return None
