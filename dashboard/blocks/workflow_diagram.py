"""The diagram of a workflow: every node where it stands, the arrows between them. The browser draws it (assets/26-workflow.js)."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from dash import html
from dash.development.base_component import Component

from dashboard.blocks.basic import icon
from data.workflow.picture import Edge, Mark

LEGEND = (("done", "已走"), ("current", "当前"), ("coming", "未走"), ("back", "退回"), ("off", "未启用"))
WORDS = {"done": "已办", "current": "当前步骤", "returned": "退回到此", "coming": "未到", "off": "未启用"}


def diagram(marks: Sequence[Mark], edges: Sequence[Edge]) -> Component:
    """The picture with its legend. Read aloud it is a list of the nodes and how each stands."""
    nodes = [{"key": one.key, "label": one.label, "standing": one.standing, "end": one.is_end, "at": one.place, "who": one.who} for one in marks]
    arrows = [{"start": one.start, "end": one.end, "label": one.label, "back": one.is_back, "taken": one.is_taken} for one in edges]
    spoken = "；".join(f"{one.label}：{WORDS[one.standing]}" for one in marks)
    shown = {one.standing for one in marks} | ({"back"} if any(one.is_back for one in edges) else set())
    shown |= {"current"} if "returned" in shown else set()
    legend = [html.Span([html.I(className=f"flow-key {key}"), word]) for key, word in LEGEND if key in shown]
    return html.Div(
        [
            html.Div(className="flow-drawing", role="img", **{"aria-label": spoken, "data-flow": orjson.dumps({"nodes": nodes, "edges": arrows}).decode()}),
            html.Div([*legend, html.Button([icon("arrows-fullscreen"), "放大"], type="button", className="link end", **{"data-flow-large": "1"})], className="flow-legend cap"),
        ],
        className="flow-diagram",
    )
