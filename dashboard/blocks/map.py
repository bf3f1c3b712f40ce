"""The map of the park as a block, and the addresses from which browsers fetch the base map.

The block is Leaflet with the base map and empty places for tools; ``park.map.open`` in the browser brings it to life.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import dash_leaflet as dl
import orjson
from dash import html
from dash.development.base_component import Component
from flask import Flask, Response, request

from data import map as park
from data.settings import current_settings

GROUND_URL = "/map/base/ground.json"
PLACES_URL = "/map/base/places.json"
KEEP_SECONDS = 3600


def park_map(key: str, *floating: Component) -> Component:
    """The frame with id ``map-<key>``; ``floating`` parts lie on the map."""
    longitude, latitude = current_settings().map_center
    ground = dl.GeoJSON(url=GROUND_URL, style={"variable": "park.map.style"}, interactive=False)
    canvas = dl.MapContainer(
        [ground],
        center=(latitude, longitude),
        zoom=current_settings().map_zoom,
        minZoom=11,
        maxZoom=19,
        zoomSnap=0.25,
        wheelPxPerZoomLevel=90,
        zoomControl=False,
        attributionControl=False,
        preferCanvas=True,
        trackViewport=False,  # its echo of every move through React would end flights and pull the map back
        className="map-canvas",
    )
    tools = html.Div(className="map-tools")
    foot = html.Div(className="map-foot float")
    return html.Div([canvas, *floating, tools, foot], id=f"map-{key}", className="map-frame", **{"data-tiles": current_settings().map_tiles})


def register(server: Flask) -> None:
    """Add the addresses of the base map, once for all pages; the guard before them lets signed-in people through only."""
    if "map_ground" in server.view_functions:
        return

    def answer(layers: Callable[[], dict[str, Any]]) -> Response:
        body = orjson.dumps(layers())
        response = Response(
            body, mimetype="application/json", headers={"Cache-Control": f"private, max-age={KEEP_SECONDS}"}
        )
        response.set_etag(sha256(body).hexdigest()[:32])
        return response.make_conditional(request)

    @server.get(GROUND_URL)
    def map_ground() -> Response:
        return answer(park.ground)

    @server.get(PLACES_URL)
    def map_places() -> Response:
        return answer(park.places)
