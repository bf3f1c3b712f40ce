"""Where a record stands, or what was drawn for it, on a small map beside it. The browser draws it (assets/34-place.js, 34-shape.js)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import section
from data.viewer import Viewer

ZOOM = 17  # a plot of the park fills the window


def place(session: Session, viewer: Viewer, record: Any) -> Component:
    """The record's ``lon`` and ``lat`` on the base map, with the way to the large one; WGS-84 degrees."""
    if record.lon is None or record.lat is None:
        return html.Div([section("位置"), html.P("没有填写位置。", className="cap")])
    spot = orjson.dumps({"lon": record.lon, "lat": record.lat}).decode()
    large = dcc.Link("在一张图中查看", href=f"/map?view={record.lon:.5f},{record.lat:.5f},{ZOOM}") if viewer.may("map.view") else None
    words = html.P(f"东经 {record.lon:.5f}°，北纬 {record.lat:.5f}°", className="cap")
    return html.Div([section("位置"), html.Div(className="place-shown", **{"data-place": spot}), words, large])


def drawn_shape(name: str, shape: Mapping[str, Any], radius_m: float | None = None) -> Component | None:
    """A GeoJSON geometry on the base map; a circle is a Point with its radius. None when nothing is drawn."""
    if not shape.get("coordinates"):
        return None
    drawn = orjson.dumps({"shape": shape, "radius": radius_m or 0, "label": f"地图：{name}"}).decode()
    return html.Div(className="shape-shown", **{"data-shape": drawn})
