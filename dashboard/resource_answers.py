"""The callbacks of all resources, registered once: the rows of a list, the opened record, and what was submitted.

Everything that arrives is forged until checked: the key finds the resource, the resource names the right, the record is
looked up in the viewer's scope, and only declared fields, filters and orders are taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dash import MATCH, Dash, Input, Output, callback_context, no_update
from sqlalchemy.orm import Session

from dashboard.blocks.record_drawer import drawer
from dashboard.blocks.record_form import typed_values
from dashboard.blocks.resource_list import as_of, blank, cards, grid_rows, pager, search
from dashboard.callbacks import guarded, say
from dashboard.ids import part_id
from dashboard.resource import Action, FormField, Resource, attribute, choices_of, resources_of
from dashboard.resource_state import filter_rows, read_state, rows_of
from data.db import read_session
from data.db import session as write_session
from data.errors import Conflict, Invalid, NotFound, PlatformError
from data.query import get
from data.save import update
from data.viewer import Viewer


def register(app: Dash) -> None:
    """Register the three callbacks of every list on ``app``."""
    resources = resources_of(app)

    def asked(viewer: Viewer) -> Resource:
        """The resource of this call, if the viewer may open it. The key is taken once, from what triggered the call."""
        triggered = callback_context.triggered_id
        resource = resources.get(str(triggered.get("k"))) if isinstance(triggered, Mapping) else None
        if resource is None:
            raise NotFound("没有这个列表，请刷新页面。")
        viewer.require(resource.permission)
        return resource

    shown = ("list-grid", "rowData"), *((part, "children") for part in ("list-cards", "list-pager", "list-blank", "list-search", "list-as-of"))

    @guarded(app, [Output(_every(kind), name) for kind, name in shown], Input(_every("list-query"), "data"), permission="", prevent_initial_call=True)
    def rows(viewer: Viewer, data: Any) -> list[Any]:
        resource = asked(viewer)
        with read_session() as session:
            return _list_parts(session, viewer, resource, _query(data))

    @guarded(app, Output(_every("list-drawer"), "children"), Input(_every("list-opened"), "data"), permission="", prevent_initial_call=True)
    def opened(viewer: Viewer, data: Any) -> Any:
        resource = asked(viewer)
        with read_session() as session:
            filters = filter_rows(session, viewer, resource)
            return drawer(session, viewer, resource, filters, read_state(resource, filters, _query(data)))

    @guarded(
        app,
        [Output(_every("list-drawer"), "children", allow_duplicate=True), Output(_every("list-query"), "data")],
        Input(_every("list-submit"), "data"),
        permission="",
        prevent_initial_call=True,
    )
    def submitted(viewer: Viewer, data: Any) -> list[Any]:
        resource = asked(viewer)
        if not isinstance(data, Mapping):
            raise Invalid("提交的内容不完整，请刷新页面。")
        return _submitted(viewer, resource, data)


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
        grid_rows(viewer, resource, state, found, now),
        cards(viewer, resource, state, found, now),
        pager(resource, state, found),
        blank(resource, filters, state, found),
        search(resource, filters, state),
        as_of(now),
    ]


def _submitted(viewer: Viewer, resource: Resource, data: Mapping[str, Any]) -> list[Any]:
    identity, do = data.get("id"), str(data.get("do", ""))
    if not isinstance(identity, str) or not identity.isdecimal() or len(identity) > 18:
        raise NotFound("没有找到这条记录。")
    given = data.get("values")
    typed: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    query = {**_query(data), "open": identity}
    try:
        said = _perform(viewer, resource, int(identity), do, typed, data.get("version"))
    except Invalid as error:
        if not error.fields:
            raise
        return [_drawn(viewer, resource, {**query, "do": do}, typed, error.fields), no_update]
    say("success", said)
    again = {name: value for name, value in query.items() if name not in {"do", "tab"}}
    return [_drawn(viewer, resource, again), {"query": again, "at": datetime.now(UTC).timestamp()}]


def _drawn(viewer: Viewer, resource: Resource, query: Mapping[str, Any], typed: Mapping[str, Any] | None = None, mistakes: Mapping[str, str] | None = None) -> Any:
    with read_session() as session:
        filters = filter_rows(session, viewer, resource)
        state = read_state(resource, filters, query)
        try:
            return drawer(session, viewer, resource, filters, state, values=typed, mistakes=mistakes)
        except PlatformError:
            return None


def _perform(viewer: Viewer, resource: Resource, identity: int, do: str, typed: Mapping[str, Any], version: Any) -> str:
    """Do what was submitted and give the sentence of success."""
    with write_session() as session:
        if do != "edit":
            return _act(session, viewer, resource, resource.action(do), identity, typed, version)
        viewer.require(resource.edit_permission)
        if not resource.form:
            raise Invalid("这类记录不能在此修改。")
        record = get(session, resource.model, identity, viewer)
        values = typed_values(resource, typed, _codes(session, viewer, resource, resource.form_fields()))
        mistakes = resource.check(record, values)
        if mistakes:
            raise Invalid("有的内容不能保存，已在字段下标出。", mistakes)
        before = record.version
        update(session, record, viewer, values, version=_version(version))
        if record.version == before:
            return "没有改动。"
        resource.after_save(session, record)
        return f"已保存“{resource.heading(record)}”。"


def _act(session: Session, viewer: Viewer, resource: Resource, action: Action, identity: int, typed: Mapping[str, Any], version: Any) -> str:
    viewer.require(action.permission)
    record = get(session, resource.model, identity, viewer)
    shown_version = _version(version)
    if shown_version and shown_version != getattr(record, "version", shown_version):
        raise Conflict("这条记录刚刚被他人修改，请刷新后再试。")
    reason = "这个操作对这条记录没有意义，请刷新页面。" if not action.when(record) else action.why_not(viewer, record)
    if reason:
        raise Conflict(reason)
    codes = _codes(session, viewer, resource, action.fields)
    values = {one.name: str(typed.get(one.name) or "").strip()[:500] for one in action.fields}
    mistakes = {
        one.name: "请选择列出的选项。" if codes.get(one.name) is not None else f"请填写{one.label}。"
        for one in action.fields
        if (not values[one.name] and one.is_required) or (values[one.name] and codes.get(one.name) is not None and values[one.name] not in (codes[one.name] or ()))
    }
    if mistakes:
        raise Invalid("还有内容没有填写。", mistakes)
    return action.run(session, viewer, record, values)


def _codes(session: Session, viewer: Viewer, resource: Resource, fields: Any) -> dict[str, set[str] | None]:
    return {one.name: _codes_of(session, viewer, resource, one) for one in fields}


def _codes_of(session: Session, viewer: Viewer, resource: Resource, one: FormField) -> set[str] | None:
    """The codes that a field takes; None when it takes any text."""
    if one.options:
        return {each.code for each in one.options(session, viewer)}
    choices = choices_of(resource.model, one.name)
    if choices:
        return {each.code for each in choices}
    column = attribute(resource.model, one.name)
    return {"0", "1"} if column is not None and column.type.python_type is bool else None


def _version(value: Any) -> int | None:
    text = str(value or "")
    return int(text) if text.isdecimal() and 0 < int(text) < 2**31 else None
