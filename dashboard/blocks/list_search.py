"""The search row of a list: keyword, two conditions and the buttons; 展开 shows the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import icon, tag
from dashboard.blocks.inputs import filter_control
from dashboard.resource import Resource
from dashboard.resource_state import NONE, FilterRow, State
from data.columns import attribute
from data.viewer import Viewer

HERE = {"data-list": "1"}  # a link within the list: 30-list.js keeps the grid and changes what is in it
FIRST_ROW = 2  # conditions beside the keyword
ROW = 4


def search(session: Session, viewer: Viewer, resource: Resource, rows: Sequence[FilterRow], state: State) -> list[Component | None]:
    """The conditions as the state has them. A tree that stands at the left is not asked for again here."""
    keyword = dcc.Input(name="q", value=state.keyword, type="search", placeholder=resource.placeholder, className="input", maxLength=100, debounce=True)
    beside = {resource.tree, *(one.name for one in resource.branches)}
    asked = [row for row in rows if row.filter.name not in beside]
    keyword_field = [html.Label([html.Span("关键词"), keyword], key=f"q:{state.keyword}")] if resource.placeholder else []
    inputs = [*keyword_field, *(_condition(session, viewer, resource, one, state) for one in asked)]
    hidden = asked[FIRST_ROW:]
    set_there = sum(any(name in state.chosen for name in one.parameters) for one in hidden) + bool(state.where)
    unfold = [
        html.Span(["展开", f"({set_there})" if set_there else "", icon("chevron-down")], className="when-folded"),
        html.Span(["收起", icon("chevron-up")], className="when-unfolded"),
    ]
    acts = [
        html.Button("查询", type="submit", className="button primary"),
        html.A("重置", href=State(bin=state.bin).href(resource), className="button", **HERE),
        html.Button(unfold, type="button", className="button text", **{"data-unfold": resource.key}) if hidden else None,
    ]
    first, rest = inputs[: FIRST_ROW + 1], inputs[FIRST_ROW + 1 :]
    kept = [dcc.Input(type="hidden", name="where", value=state.where), _where_mark(resource, state)] if state.where else []
    return [*first, html.Div(acts, className="acts"), *(html.Div(one, className="search-more") for one in rest), *kept]


def _where_mark(resource: Resource, state: State) -> Component:
    clear = html.A("清除", href=state.href(resource, where="", number=1), **HERE)
    return html.Div([tag("高级查询", "primary"), html.Span("条件已生效", className="cap"), clear], className="row-line search-where")


def _condition(session: Session, viewer: Viewer, resource: Resource, row: FilterRow, state: State) -> Component:
    values = [state.chosen.get(name, row.filter.default) for name in row.parameters]
    return html.Label([html.Span(row.label), *_fields(session, viewer, resource, row, values)], key=f"{row.filter.name}:{values}")


def _fields(session: Session, viewer: Viewer, resource: Resource, row: FilterRow, values: list[str]) -> list[Any]:
    if row.kind in ("tree", "pick"):
        return [filter_control(session, viewer, resource.model, row.filter.name, text=values[0], resource_key=resource.key, label=row.label)]
    if row.kind in ("days", "range"):
        kind = {"type": "date"} if row.kind == "days" else {"type": "text", "inputMode": "decimal"}
        words = ("", "") if row.kind == "days" else ("最低", "最高")
        ends = [
            dcc.Input(name=name, value=value, className="input", placeholder=placeholder, **kind)
            for name, value, placeholder in zip(row.parameters, values, words, strict=True)
        ]
        return [ends[0], html.Span("–", className="muted"), ends[1]]
    may_be_empty = attribute(resource.model, row.filter.name).nullable
    has_none = any(one.code == NONE.code for one in row.choices)
    choices = [*row.choices, *([NONE] if may_be_empty and row.choices and not has_none else [])]
    everything = [] if row.filter.default else [html.Option("全部", value="")]
    options = [*everything, *(html.Option(one.word, value=one.code, selected=one.code == values[0]) for one in choices)]
    return [html.Select(options, className="form-select", name=row.parameters[0], title=row.label)]
