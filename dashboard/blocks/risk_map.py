"""The four-colour map as a block: zones with colour and letter, how many enterprises have which, and the worst of them.

It is alive by itself: colours come with the live data of whoever looks. A wall that has its own map gives
``data.risk_map.risk_definition`` of its viewer to ``park.risk.attach`` in the browser, which draws the same on it, larger.
"""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard import risk
from dashboard.blocks import map as map_block
from data.risk_map import risk_definition
from data.viewer import Viewer

KEY = "risk"
DEFINITION, MOUNTED = "risk-map-definition", "risk-map-mounted"


def risk_map(session: Session, viewer: Viewer, *, worst: int = 8, **wanted: str) -> list[Component]:
    """The parts of the block, for any place: the map with its counts (``#map-risk``), the list of the ``worst`` enterprises
    (``#risk-worst``) and the store that brings both to life. Forbidden without the right to see it.

    ``wanted`` is what the address of a page names; a page whose function ``park_pages.risk_page`` stands takes it from there.
    """
    definition = risk_definition(session, viewer) | {"worst": worst, "wanted": wanted}
    counts = html.Div(id="risk-counts", className="risk-counts")
    flag = html.Div(id="risk-flag", className="risk-flag", hidden=True, role="status")
    rail = html.Div(id="risk-worst", className="risk-worst")
    return [map_block.park_map(KEY, counts, flag), rail, dcc.Store(id=DEFINITION, data=definition), dcc.Store(id=MOUNTED)]


def register(app: Dash) -> None:
    """Serve the base map and what the block asks for, and mount it when its definition has arrived."""
    map_block.register(app.server)
    risk.register(app.server)
    if any(f"{MOUNTED}.data" in key for key in app.callback_map):
        return
    app.clientside_callback(ClientsideFunction("park_pages", "risk_map"), Output(MOUNTED, "data"), Input(DEFINITION, "data"))
