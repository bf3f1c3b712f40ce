"""The list of a resource: search row, toolbar, grid, cards for a phone, pager, and why there is nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.list_grid import cards, grid
from dashboard.blocks.list_heads import heads
from dashboard.blocks.list_pager import pager
from dashboard.blocks.list_search import search
from dashboard.blocks.list_toolbar import toolbar
from dashboard.blocks.record_drawer import drawer
from dashboard.blocks.state import empty, too_narrow
from dashboard.branches import line_of
from dashboard.ids import part_id
from dashboard.moments import moment_words
from dashboard.resource import Resource
from dashboard.resource_state import FilterRow, State, conditions, filter_rows, read_state, rows_of
from data.query import Page
from data.viewer import Viewer

STORES = ("list-query", "list-opened", "list-submit", "list-batch")


def list_page(session: Session, viewer: Viewer, resource: Resource, query: Mapping[str, str]) -> Component:
    """The whole page as its address says, the opened record included."""
    rows = filter_rows(session, viewer, resource)
    state = read_state(resource, rows, query)
    found = rows_of(session, viewer, resource, rows, state)
    now = datetime.now(UTC)
    key = resource.key
    body = [
        html.Div(toolbar(viewer, resource, state, found), id=part_id("list-tools", key), className="toolbar"),
        html.Div(blank(session, viewer, resource, rows, state, found), id=part_id("list-blank", key), className="list-blank"),
        html.Div(grid(viewer, resource, state, found, now), className="list-grid"),
        html.Div(cards(viewer, resource, state, found, now), id=part_id("list-cards", key), className="list-cards"),
        html.Div(pager(resource, state, found), id=part_id("list-pager", key), className="pager"),
    ]
    parts = [
        html.Form(search(session, viewer, resource, rows, state), id=part_id("list-search", key), className="panel search", hidden=not (resource.placeholder or resource.filters), **{"data-list-search": key}),
        html.Section(body, className="panel fill list-body"),
    ]
    return html.Div(
        [
            *(dcc.Store(id=part_id(store, key)) for store in STORES),
            html.Div(as_of(now), id=part_id("list-as-of", key), className="page-head"),
            resource.top(session, viewer) if resource.top else None,
            html.Div(heads(session, viewer, resource, rows, state), id=part_id("list-heads", key), className="list-heads"),
            *(_beside_tree(viewer, resource, rows, state, parts) if resource.tree else _beside_branches(session, viewer, resource, state, parts) if resource.branches else parts),
            html.Div(drawer(session, viewer, resource, state), id=part_id("list-drawer", key)),
            html.Div(id=part_id("list-dialog", key)),
        ],
        className="resource-page",
        **{"data-resource": key, "data-path": resource.path, "data-user": str(viewer.id)},
    )


def _beside_tree(viewer: Viewer, resource: Resource, rows: Sequence[FilterRow], state: State, parts: list[Component]) -> list[Component]:
    """The tree at the left, its choice in the address; 33-picker.js fills it from the same source as the pickers."""
    row = next(one for one in rows if one.filter.name == resource.tree)
    box = dcc.Input(type="search", placeholder=f"搜索{row.label}", className="input", maxLength=40, debounce=True)
    marks = {"data-tree": resource.key, "data-tree-field": resource.tree, "data-tree-value": state.chosen.get(resource.tree, "")}
    tree = html.Nav([html.Div(box, className="tree-search"), html.Div(className="tree-body", role="tree", **marks)], className="panel tree-side", **{"aria-label": row.label})
    return [html.Div([tree, html.Div(parts, className="tree-list")], className="tree-page fill")]


def _beside_branches(session: Session, viewer: Viewer, resource: Resource, state: State, parts: list[Component]) -> list[Component]:
    """The same for a tree of several kinds of record (dashboard/branches.py); the branch that the address names is open."""
    line = line_of(session, viewer, resource, state.chosen)
    box = dcc.Input(type="search", placeholder="搜索", className="input", maxLength=40, debounce=True)
    marks = {"data-tree": resource.key, "data-tree-fields": " ".join(one.name for one in resource.branches), "data-tree-value": line[-1] if line else "", "data-tree-line": " ".join(line)}
    tree = html.Nav([html.Div(box, className="tree-search"), html.Div(className="tree-body", role="tree", **marks)], className="panel tree-side", **{"aria-label": "范围"})
    return [html.Div([tree, html.Div(parts, className="tree-list")], className="tree-page fill")]


def as_of(now: datetime) -> list[Component]:
    """When the rows were read."""
    return [html.Span(f"数据截至 {moment_words(now, now, seconds=True)}")]


def blank(session: Session, viewer: Viewer, resource: Resource, rows: Sequence[FilterRow], state: State, found: Page) -> Component | None:
    """Why there are no rows and what to do; None when there are."""
    if found.rows:
        return None
    if state.is_narrow:
        return too_narrow(conditions(session, viewer, resource, rows, state), State(bin=state.bin).href(resource))
    if state.bin:
        return empty("回收站是空的", "删除的记录会出现在这里。")
    return empty(resource.empty_title or f"还没有{resource.noun}", resource.empty_text)
