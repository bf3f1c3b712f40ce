"""风险四色图: every zone of the park in the colour that it has by itself, why it has it, and how it was at any minute of the past."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.blocks import risk_map as block
from dashboard.site import Page
from data.db import read_session
from data.viewer import Viewer

PATH = "/risk-map"


def layout(viewer: Viewer, enterprise: str = "", division: str = "", zone: str = "", at: str = "", hours: str = "") -> Component:
    """The map, beside it the worst enterprises or the reasons of one, below the line of time.

    ``enterprise`` is a code, ``division`` and ``zone`` are ids, ``at`` a minute of the past in ms since 1970 UTC, ``hours`` how far
    the line of time reaches back; the browser keeps all of them in the address.
    """
    wanted = {"enterprise": enterprise[:20], "division": division[:12], "zone": zone[:12], "at": at[:14], "hours": hours[:3]}
    with read_session() as session:
        frame, rail, *stores = block.risk_map(session, viewer, worst=0, **wanted)
    side = html.Aside([html.Button(id="risk-rail-handle", className="sheet-handle", title="展开或收起"), html.Div(id="risk-head"), rail], id="risk-rail", className="risk-rail")
    foot = html.Section(id="risk-time", className="risk-time", **{"aria-label": "时间"})
    return html.Div([*stores, frame, side, foot], id="risk-page", className="map-page risk-page")


PAGES = [
    Page(
        PATH,
        "风险四色图",
        layout,
        "risk_map.view",
        shell="room",
        module="双重预防",
        icon="grid-1x2-fill",
        short="四色图",
        register=block.register,
        side="both",
    ),
]
