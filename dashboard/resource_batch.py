"""What is done to many ticked rows at once: the question, the doing record by record, and exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import icon
from dashboard.blocks.record_drawer import DELETE, REASON, question
from dashboard.blocks.record_form import Draft
from dashboard.resource import Resource
from dashboard.resource_parts import Action
from dashboard.resource_state import State, conditions, filter_rows, question_of, read_state
from dashboard.resource_work import act, remove
from data.db import read_session
from data.db import session as write_session
from data.errors import Invalid, NotFound, PlatformError
from data.exports import Listing, ask
from data.models import Task
from data.query import Question, answer
from data.viewer import Viewer

MOST = 1000
NAMED = 20  # so many are named in the question


def ids_of(given: Any) -> list[int]:
    """The ticked ids as numbers; Invalid when there are none, too many, or something else."""
    texts = given if isinstance(given, list) else str(given or "").split(",")
    ids = [int(text) for text in map(str, texts) if text.isascii() and text.isdecimal() and len(text) < 19]
    if not ids or len(ids) != len(texts):
        raise Invalid("请先勾选记录。")
    if len(ids) > MOST:
        raise Invalid(f"一次最多处理 {MOST:,} 条，已勾选 {len(ids):,} 条。")
    return list(dict.fromkeys(ids))


def ask_batch(session: Session, viewer: Viewer, resource: Resource, do: str, given: Any, query: Mapping[str, Any], draft: Draft | None = None) -> Component:
    """The question before something is done to all ticked records."""
    ids = ids_of(given)
    action = _action(viewer, resource, do)
    records = _records(session, viewer, resource, ids)
    if not records:
        raise NotFound("勾选的记录已删除，或不在您的数据范围内，请刷新页面。")
    names = [resource.heading(one) for one in records]
    shown = "、".join(names[:NAMED]) + (f" 等 {len(names)} 条" if len(names) > NAMED else "")
    label = action.label if action else "删除"
    text = f"将对 {len(names)} 条记录执行“{label}”：{shown}。"
    if not action:
        text += "删除后不再出现在列表和统计中，可由管理员在回收站恢复。"
    state = read_state(resource, filter_rows(session, viewer, resource), query)
    fields = action.fields if action else (REASON,)
    body = question(session, viewer, resource, state, records, do, f"{label}（{len(names)} 条）", text, fields, draft, is_dangerous=not action or action.is_dangerous, ids=ids)
    return dialog(body, label)


def dialog(body: Any, label: str) -> Component:
    """A box over the page; Esc and the veil close it."""
    veil = html.Div(className="dialog-veil", **{"data-dialog-close": "1"})
    return html.Div([veil, html.Div(body, className="dialog", role="dialog", tabIndex=-1, **{"aria-label": label, "aria-modal": "true"})])


def run_batch(viewer: Viewer, resource: Resource, do: str, given: Any, typed: Mapping[str, Any]) -> Component:
    """Do it record by record, each in a transaction of its own; what could not be done is listed with its reason."""
    ids = ids_of(given)
    action = _action(viewer, resource, do)
    done: list[tuple[str, str]] = []
    failed: list[tuple[str, str]] = []
    for identity in ids:
        name = f"编号 {identity}"
        try:
            with write_session() as session:
                record = resource.record(session, viewer, identity)
                name = resource.heading(record)
                said = act(session, viewer, resource, action, record, typed) if action else remove(session, viewer, resource, record, DELETE, typed).said
            done.append((name, said))
        except Invalid as error:
            if error.fields:
                raise
            failed.append((name, str(error)))
        except PlatformError as error:
            failed.append((name, str(error)))
    return dialog(_outcome(action.label if action else "删除", done, failed), "处理结果")


def _outcome(label: str, done: Sequence[tuple[str, str]], failed: Sequence[tuple[str, str]]) -> Component:
    title = f"{label}：完成 {len(done)} 条" + (f"，未完成 {len(failed)} 条" if failed else "")
    lines = [html.Li([icon("x-circle-fill"), html.B(name), html.Span(text)], className="t-danger") for name, text in failed]
    lines += [html.Li([icon("check-circle-fill"), html.B(name), html.Span(text)]) for name, text in done]
    close = html.Button("知道了", type="button", className="button primary", **{"data-dialog-close": "1", "data-untick": "1"})
    return html.Div([html.B(title), html.Ul(lines, className="outcome"), html.Div(close, className="row-line")], className="record-question")


def export_task(viewer: Viewer, resource: Resource, query: Mapping[str, Any], given: Any) -> Task:
    """Begin an export of the ticked rows, or of all that the list finds; the task that does it."""
    if not resource.can_export:
        raise Invalid("这个列表不能导出。")
    ids = ids_of(given) if given else []
    with read_session() as session:
        filters = filter_rows(session, viewer, resource)
        state = read_state(resource, filters, query)
        words = f"勾选的 {len(ids)} 条" if ids else conditions(session, viewer, resource, filters, state)
    asked = question_of(resource, [], State(sort=state.sort), ids) if ids else question_of(resource, filters, state)
    listing = Listing(resource.model.__tablename__, resource.exported(), asked, resource.title, resource.permission, words, state.bin)
    with write_session() as session:
        return ask(session, viewer, listing)


def _action(viewer: Viewer, resource: Resource, do: str) -> Action | None:
    """The action, or None for a deletion; the right to it is checked here and again for every record."""
    if do == DELETE and resource.delete_permission:
        viewer.require(resource.delete_permission)
        return None
    action = resource.action(do)
    if not action.is_batch:
        raise Invalid("这个操作不能批量执行。")
    viewer.require(action.permission)
    return action


def _records(session: Session, viewer: Viewer, resource: Resource, ids: Sequence[int]) -> list[Any]:
    wanted = answer(resource.model, viewer, Question(filters=resource.where, conditions=resource.only, ids=tuple(ids)))
    rows: dict[int, Any] = {row.id: row for row in session.execute(wanted).unique().scalars()}  # type: ignore[attr-defined]
    return [rows[one] for one in ids if one in rows]
