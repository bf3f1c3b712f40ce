"""实时视频: one, four or nine pictures beside the tree of cameras. The browser plays them (``assets/77-video-pane.js``)."""

from __future__ import annotations

import re

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard import video as relay
from dashboard.site import Page
from data.db import read_session
from data.models import Camera
from data.query import visible
from data.settings import current_settings
from data.video import definition, has_vehicles, nearest
from data.viewer import Viewer
from pages import vehicle_commands

DEFINITION, MOUNTED = "video-definition", "video-mounted"
PANES = ("1", "4", "9")
PAUSES = ("10", "20", "30", "60")
_KEYS = re.compile(r"(c[0-9]{1,18}|v[0-9]{1,18}-[0-9]{1,2})?(,(c[0-9]{1,18}|v[0-9]{1,18}-[0-9]{1,2})?){0,8}")
_PLACE = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]{1,8})?),(-?[0-9]{1,2}(?:\.[0-9]{1,8})?)")


def layout(
    viewer: Viewer, n: str = "", c: str = "", p: str = "", r: str = "", t: str = "", q: str = "", cam: str = "", near: str = "", truck: str = ""
) -> Component:
    """The page in the state that its address names.

    ``n`` panes with the pictures ``c`` (keys of ``data.video``, empty places between commas), of which ``p`` is chosen; ``r`` is the group
    that takes turns every ``t`` seconds; ``q`` looks in the tree. ``cam`` is the code of one camera, ``near`` a place (lon,lat) whose
    nearest four are shown, ``truck`` a vehicle's id.
    """
    with read_session() as db:
        settings = current_settings()
        keys, panes = _wanted(db, viewer, cam, near, truck)
        found = definition(db, viewer, settings)
    may_command = has_vehicles(settings) and viewer.may("vehicle.command")
    found |= {
        "hls": relay.hls_js(),
        "rights": {"command": may_command, "edit": viewer.may("video.edit") and not viewer.is_enterprise},
        "wanted": {
            "n": panes or (n if n in PANES else ""),
            "c": keys or (c if _KEYS.fullmatch(c) else ""),
            "p": p if p in {str(one) for one in range(1, 10)} else "",
            "r": r[:20],
            "t": t if t in PAUSES else "",
            "q": q[:60],
        },
    }
    stores: list[Component] = [dcc.Store(id=DEFINITION, data=found), dcc.Store(id=MOUNTED), *(vehicle_commands.stores() if may_command else [])]
    return html.Div([*stores, html.Div(id="video-page", className="video-page")], className="video-host")


def _wanted(db: Session, viewer: Viewer, cam: str, near: str, truck: str) -> tuple[str, str]:
    """Keys and number of panes where the address names what to look at instead of a layout."""
    place = _PLACE.fullmatch(near)
    if place:
        return ",".join(nearest(db, viewer, float(place[1]), float(place[2]))), "4"
    if truck.isdecimal() and len(truck) < 19:
        return ",".join(f"v{truck}-{channel}" for channel in range(1, 5)), "4"
    if cam:
        identity = db.scalar(visible(Camera, viewer).with_only_columns(Camera.id).where(Camera.code == cam[:30]))
        return (f"c{identity}" if identity else ""), "1"
    return "", ""


def register(app: Dash) -> None:
    """Serve the pictures, and mount the page when its definition has arrived."""
    relay.register(app)
    for function, place in (("video", DEFINITION), ("video_wall", "video-wall-definition")):
        app.clientside_callback(ClientsideFunction("park_pages", function), Output(f"{place.removesuffix('definition')}mounted", "data"), Input(place, "data"))


PAGE = Page(
    path="/video",
    title="实时视频",
    layout=layout,
    permission="video.view",
    side="both",
    shell="room",
    module="监测预警",
    icon="camera-video",
    register=register,
    short="视频",
)
