"""园区一张图: everything of the park on one map, with the open alarms beside it."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard.blocks import map as map_block
from dashboard.site import Page
from dashboard.video import hls_js
from data.db import read_session
from data.map import map_definition
from data.viewer import Viewer

DEFINITION = "park-map-definition"
MOUNTED = "park-map-mounted"


def layout(viewer: Viewer, sel: str = "", layers: str = "", view: str = "") -> Component:
    """The map with search and layers at the left, the card of what is selected, and the alarm rail at the right.

    ``sel`` is what is selected (tank:V-101, truck:辽N12345, ent:E001, cam:CAM-001), ``layers`` the layers switched on,
    ``view`` the middle and zoom as lon,lat,zoom; the browser keeps all three in the address.
    """
    with read_session() as session:
        definition = map_definition(session, viewer)
    definition["hls"] = hls_js()
    definition["wanted"] = {"sel": sel, "layers": layers, "view": view}
    panel = html.Div(id="map-panel", className="map-panel float")
    card = html.Div(id="map-card", className="map-card float", hidden=True, role="dialog", **{"aria-label": "选中对象"})
    rail = html.Aside(
        [
            html.Button(id="map-rail-handle", className="sheet-handle", title="展开或收起"),
            html.Div(id="map-alarm-rail", className="map-rail-body"),
        ],
        id="map-rail",
        className="map-rail",
    )
    stores = [dcc.Store(id=DEFINITION, data=definition), dcc.Store(id=MOUNTED)]
    return html.Div(
        [*stores, map_block.park_map("park", panel, card), rail],
        className="map-page" if viewer.may("alarm.view") else "map-page no-rail",
    )


def register(app: Dash) -> None:
    """Serve the base map, and mount the drawing when its definition has arrived."""
    map_block.register(app.server)
    app.clientside_callback(
        ClientsideFunction("park_pages", "park_map"), Output(MOUNTED, "data"), Input(DEFINITION, "data")
    )


PAGES = [
    Page(
        "/map",
        "园区一张图",
        layout,
        "map.view",
        shell="room",
        module="监测预警",
        icon="map",
        short="一张图",
        register=register,
        side="both",
        has_past=True,
    ),
]
