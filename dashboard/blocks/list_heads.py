"""The figures above a list that are conditions of it: each says how many rows it leaves, and a click sets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import TONES
from dashboard.resource import Resource
from dashboard.resource_parts import Head
from dashboard.resource_state import FilterRow, State, question_of
from data.query import answer
from data.viewer import Viewer

HERE = {"data-list": "1"}


def heads(session: Session, viewer: Viewer, resource: Resource, rows: Sequence[FilterRow], state: State) -> list[Component]:
    """The figures, counted of the rows that all other conditions leave; none where the resource declares none, or in the bin."""
    if resource.heads is None or state.bin:
        return []
    chosen = state.chosen.get(resource.head_filter, "")
    others = {name: value for name, value in state.chosen.items() if name != resource.head_filter}
    left = answer(resource.model, viewer, question_of(resource, rows, replace(state, chosen=others)))
    return [_head(resource, state, others, one, one.code == chosen) for one in resource.heads(session, viewer, left)]


def _head(resource: Resource, state: State, others: dict[str, str], one: Head, is_on: bool) -> Component:
    chosen = {**others, **({resource.head_filter: one.code} if one.code else {})}
    href = state.href(resource, chosen=chosen, number=1, open=None, do="", tab="")
    figure = html.Div([html.Span(f"{one.value:,}"), html.Small(one.unit)], className="v")
    words = html.Div([html.Div(one.label, className="l"), figure], className="grow")
    notes = html.Div([html.Div(note) for note in one.notes if note], className="d")
    look = f"panel kpi head-card {TONES.get(one.tone, '')}{' on' if is_on else ''}"
    return html.A([html.I(className="head-bar"), words, notes], href=href, className=look, **{"aria-current": "true" if is_on else "false", **HERE})
