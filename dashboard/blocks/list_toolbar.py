"""The verbs above a list. Those that need ticked rows are enabled, and given their count, by 30-list.js."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.blocks.basic import icon
from dashboard.blocks.list_grid import head_of
from dashboard.blocks.subscribe import subscribe_square
from dashboard.resource import Resource
from dashboard.resource_state import State
from data.models import Subscription
from data.query import Page
from data.viewer import Viewer

HERE = {"data-list": "1"}


def toolbar(viewer: Viewer, resource: Resource, state: State, found: Page) -> list[Component | None]:
    """添加 导入 导出(n) 导出全部(N) 修改, the actions for many rows, and last 删除(n)."""
    verbs = _bin_verbs(resource, state) if state.bin else _verbs(viewer, resource, state, found)
    ticked = html.Span(["已选 ", html.B("0", className="tick-count"), " 条 ", html.Button("清除", type="button", className="link", **{"data-untick": "1"})], className="ticked", hidden=True)
    return [*verbs, ticked, html.Div(_squares(viewer, resource, state), className="end row-line")]


def _verbs(viewer: Viewer, resource: Resource, state: State, found: Page) -> list[Component | None]:
    may_edit = bool(resource.form) and viewer.may(resource.edit_permission)
    total = f"{found.total:,}{'+' if found.is_capped else ''}"
    verbs: list[Component | None] = []
    if may_edit and resource.can_add:
        verbs.append(html.A([icon("plus-lg"), "添加"], href=state.href(resource, do="add", open=None, tab=""), className="button primary", **HERE))
    if resource.sheet and viewer.may(resource.edit_permission):
        verbs.append(dcc.Link([icon("upload"), "导入"], href=f"{resource.path}/import", className="button"))
    if resource.can_export:
        verbs.append(_ticked("导出", "download", {"data-export": "ticked"}))
        verbs.append(html.Button(f"导出全部({total})", type="button", className="button", disabled=not found.rows, **{"data-export": "all"}))
    if may_edit and not resource.is_final:
        verbs.append(_ticked("修改", "", {"data-tick-open": "edit"}))
    batch = [one for one in resource.actions if one.is_batch and viewer.may(one.permission)]
    verbs += [_ticked(one.batch_label or one.label, "", {"data-batch": one.key}) for one in batch if not one.is_dangerous]
    dangers = [_ticked(one.label, "", {"data-batch": one.key}, "red") for one in batch if one.is_dangerous]
    if resource.delete_permission and viewer.may(resource.delete_permission):
        dangers.append(_ticked("删除", "trash", {"data-batch": "delete"}, "red"))
    return [*verbs, *([html.Span(className="rule"), *dangers] if dangers else [])]


def _bin_verbs(resource: Resource, state: State) -> list[Component | None]:
    back = html.A([icon("arrow-left"), "返回列表"], href=state.href(resource, bin=False, number=1, open=None, do="", tab=""), className="button", **HERE)
    return [back, html.B("回收站"), html.Span("已删除的记录，可查看和恢复。", className="cap")]


def _ticked(words: str, mark: str, marks: dict[str, str], look: str = "") -> Component:
    body: list[Any] = [icon(mark) if mark else None, words, html.Span(className="tick-number")]
    return html.Button(body, type="button", className=f"button {look}".strip(), disabled=True, title="请先勾选", **{"data-ticks": "1", **marks})


def _squares(viewer: Viewer, resource: Resource, state: State) -> list[Component | None]:
    def square(mark: str, title: str, marks: dict[str, str]) -> Component:
        return html.Button(icon(mark), type="button", className="button square", title=title, **{"aria-label": title, **marks})

    shown = [
        html.Button([icon("check-lg"), head_of(resource, one)], type="button", role="menuitemcheckbox", **{"data-column": one.name})
        for one in resource.columns[1:]
    ]
    columns = html.Details(
        [html.Summary(icon("layout-three-columns"), className="button square", title="列设置", **{"aria-label": "列设置"}), html.Div(shown, className="menu column-menu")],
        className="columns",
    )
    may_restore = resource.delete_permission and viewer.may(resource.delete_permission) and not state.bin
    old = html.A(icon("trash3"), href=State(bin=True).href(resource), className="button square", title="回收站", **{"aria-label": "回收站", **HERE}) if may_restore else None
    told = subscribe_square(viewer, "list", resource.key) if resource.model is not Subscription and not state.bin else None
    return [old, told, square("arrow-clockwise", "刷新", {"data-list-refresh": "1"}), columns, square("printer", "打印", {"data-print": "1"})]
