"""抓拍墙: the newest snapshot of every camera with its time. Drawn in the browser (``assets/79-video-wall.js``)."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.site import Page
from data.db import read_session
from data.settings import current_settings
from data.video import definition
from data.viewer import Viewer

ONLY = ("pictured", "offline", "online")


def layout(viewer: Viewer, group: str = "", only: str = "", q: str = "") -> Component:
    """The wall with the group, the state and the words that its address names."""
    with read_session() as db:
        found = definition(db, viewer, current_settings())
    found["wanted"] = {"group": group[:20], "only": only if only in ONLY else "", "q": q[:60]}
    stores = [dcc.Store(id="video-wall-definition", data=found), dcc.Store(id="video-wall-mounted")]
    return html.Div([*stores, html.Div(id="video-wall", className="video-wall")], className="video-host")


PAGE = Page(
    path="/video/wall",
    title="抓拍墙",
    layout=layout,
    permission="video.view",
    side="both",
    shell="room",
    module="监测预警",
    icon="images",
    in_menu=False,  # a way of looking at 实时视频, which leads here
    short="抓拍",
)
