"""What the homes of modules are made of: figures with their meaning, groups as lines, a choice of place, a map of enterprises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard.blocks import map as map_block
from dashboard.blocks.basic import icon, panel
from dashboard.blocks.figures import CATEGORIES, OTHER, STEPS, TONES, Line, hint
from dashboard.site import address
from data.statistics import NONE, Group, Result, Words
from data.statistics.options import Option
from data.statistics.spots import MOST
from data.viewer import Viewer

DEFINITION, MOUNTED = "enterprise-map-definition", "enterprise-map-mounted"
INDENT = "　"


def register(app: Dash) -> None:
    """Serve the base map, and draw the enterprises on it when their places have arrived; of all homes together, once."""
    map_block.register(app.server)
    app.clientside_callback(ClientsideFunction("park_pages", "enterprise_map"), Output(MOUNTED, "data"), Input(DEFINITION, "data"))


def place_select(path: str, places: Option, choices: Mapping[str, str]) -> Component:
    """The place that the page is about; choosing another one opens its address."""
    current = choices.get(places.name, "")
    entries = [
        html.Option(f"{INDENT * depth}{one.word}", value=address(path, **{places.name: one.code}), selected=one.code == current)
        for one, depth in zip(places.choices, places.depths, strict=True)
    ]
    return html.Select([html.Option("全部属地", value=path), *entries], className="form-select place-select", title="属地", **{"data-go": "1", "aria-label": "属地"})


def again() -> Component:
    """The button that reads the page anew."""
    return html.Button(icon("arrow-clockwise"), type="button", className="button square small", title="刷新", **{"aria-label": "刷新", "data-reload": "1"})


def named(label: str, text: str) -> Component:
    """The name of a figure with the sign that says what it counts."""
    return html.Span([label, " ", hint(text)])


def last(label: str) -> str:
    """The last part of a long name."""
    return label.rpartition("-")[2]


def token(result: Result, group: Group, place: int) -> str:
    """The colour of a group, as the charts of statistics have it."""
    if group.key == NONE:
        return OTHER
    if group.tone in TONES:
        return TONES[group.tone]
    tokens = STEPS if isinstance(result.dimension, Words) and result.dimension.is_graded else CATEGORIES[:7]
    return tokens[place] if place < len(tokens) else OTHER


def lines(result: Result) -> list[Line]:
    """Every group in its order, coloured."""
    return [
        Line(one.label, result.value(one.key), result.address(one.key), result.share(one.key), token(result, one, place))
        for place, one in enumerate(result.groups)
    ]


def ranked(result: Result) -> list[Line]:
    """Every group in one colour, the largest first; the last part of a long name."""
    found = [Line(last(one.label), result.value(one.key), result.address(one.key)) for one in result.groups if result.value(one.key)]
    return sorted(found, key=lambda one: -(one.value or 0))


def spot_map(definition: dict[str, Any], viewer: Viewer, title: str, note: str = "") -> Component:
    """The map: ``definition`` has the ``modes`` of colouring with their groups, the ``mode`` that holds, the ``spots`` (id, name,
    lon, lat, group in each mode) and the ``path`` to which the id of a clicked one is added.
    """
    modes = [html.Button(one["label"], type="button", **{"data-map-mode": one["key"]}) for one in definition["modes"]]
    seen = len(definition["spots"])
    whole = html.A(icon("map"), href="/map", className="button square small", title="打开园区一张图", **{"aria-label": "打开园区一张图"}) if viewer.may("map.view") else None
    body = [
        dcc.Store(id=DEFINITION, data=definition),
        dcc.Store(id=MOUNTED),
        map_block.park_map("enterprises", html.Div(className="spot-legend float")),
    ]
    actions: Sequence[Component | None] = [html.Div(modes, className="segments small", role="group", **{"aria-label": "着色"}), whole]
    words = f"前 {seen:,} 家" if seen == MOST else note or f"{seen:,} 家"
    return panel(title, body, actions=[one for one in actions if one is not None], note=words, className="spot-map")
