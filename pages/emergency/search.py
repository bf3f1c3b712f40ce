"""应急资源查询: which resources lie round a place or in an area of the map, the nearest first."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.blocks import map as map_block
from dashboard.callbacks import guarded
from dashboard.site import Page
from data.db import read_session
from data.drawn import drawn_of
from data.emergency_search import KINDS, Resource, search
from data.errors import PlatformError
from data.map import extent
from data.settings import current_settings
from data.viewer import Viewer

DEFINITION = "resources-definition"
MOUNTED = "resources-mounted"
WISH = "resources-wish"  # the browser writes {"area": …, "q": …}
FOUND = "resources-found"
LONGEST_KEYWORD = 100
RADII_KM = (1, 2, 5, 10, 20)


def layout(viewer: Viewer, q: str = "", area: str = "", kinds: str = "") -> Component:
    """The map with what was found at the left; ``q`` is the keyword, ``area`` a circle (lon,lat,metres) or corners (lon,lat;…),
    ``kinds`` the codes of those shown. The browser keeps all three in the address."""
    definition = {
        "center": list(current_settings().map_center),
        "extent": extent(),
        "wanted": {"q": q, "area": area, "kinds": kinds},
        "kinds": [{"code": kind.code, "word": kind.word, "sign": kind.sign, "path": f"/emergency/{kind.path}"} for kind in KINDS],
        "radii": list(RADII_KM),
    }
    stores = [dcc.Store(id=name) for name in (MOUNTED, WISH, FOUND)]
    side = html.Aside(id="resources-side", className="resources-side")
    return html.Div([dcc.Store(id=DEFINITION, data=definition), *stores, side, map_block.park_map("resources")], className="map-page cars-page resources-page")


def _line(one: Resource) -> dict[str, Any]:
    return {"kind": one.kind, "id": one.id, "name": one.name, "what": one.what, "phone": one.phone, "address": one.address, "lon": one.lon, "lat": one.lat, "far": one.distance_m}


def register(app: Dash) -> None:
    """Mount the drawing, and answer what lies where."""
    mount = ClientsideFunction("park_pages", "resources")
    app.clientside_callback(mount, Output(MOUNTED, "data"), Input(DEFINITION, "data"))
    app.clientside_callback(ClientsideFunction("park_pages", "resources_found"), Input(FOUND, "data"), prevent_initial_call=True)

    @guarded(app, Output(FOUND, "data"), Input(WISH, "data"), permission="emergency.view", prevent_initial_call=True)
    def look(viewer: Viewer, wish: Any) -> dict[str, Any]:
        if not isinstance(wish, dict):
            raise PreventUpdate
        told = {"key": wish.get("key") if isinstance(wish.get("key"), int) else 0}
        keyword = wish.get("q")
        try:
            area = drawn_of(wish["area"]) if wish.get("area") else None
            with read_session() as session:
                found = search(session, viewer, area=area, keyword=keyword[:LONGEST_KEYWORD] if isinstance(keyword, str) else "")
        except PlatformError as error:
            return told | {"text": str(error)}
        return told | {"rows": [_line(one) for one in found]}


PAGE = Page(
    "/emergency/search",
    "应急资源查询",
    layout,
    "emergency.view",
    shell="room",
    module="应急指挥",
    icon="search",
    short="应急资源",
    register=register,
)
