"""The big screens: one plain page for all of them, and what it fetches besides the live stream. The guard has admitted the wall.

A screen is no page of the frame: no menu, no sign-in, no Dash. It stands on the same drawing functions of ``assets/``; what only
walls need is in ``assets/8*-screen*``, which the pages of the frame do not load.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import orjson
from flask import Flask, Response, current_app, jsonify, make_response, render_template_string, request, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from auth import wall_guard
from auth.login import push_address
from auth.session import address, current_viewer
from auth.tokens import push_token, wall_push_token
from auth.wall_guard import current_seat, leave_mark
from dashboard import video as relay
from dashboard.bundles import ASSETS, Bundle
from data import screen_video, screens, walls
from data.attachments import path_of
from data.db import read_session, session
from data.live import now_ms, snapshot
from data.models import Attachment, ScreenSetting
from data.settings import Settings, current_settings
from data.video import Source

# What every screen stands on, in the order in which it is loaded.
STYLES = ("10-theme.css", "40-draw.css", "55-tanks.css", "60-map.css", "68-risk-map.css", "80-screen.css", "83-screen-daily.css", "83-screen-incident.css", "83-screen-video.css")
SCRIPTS = (
    "50-live.js", "40-draw.js", "55-tank-tile.js", "60-map.js", "61-map-symbols.js", "62-map-layer.js", "63-map-labels.js", "63-map-places.js",
    "63-map-scene.js", "64-map-measure.js", "64-map-shape.js", "68-risk-map.js", "68-risk-plans.js", "70-alarms.js", "70-tones.js", "75-incident-map.js", "76-video-player.js", "76-video-words.js", "80-screen.js", "81-screen-wall.js", "82-screen-panels.js", "82-screen-map.js", "83-screen-daily.js", "83-screen-incident.js", "83-screen-risk.js", "83-screen-tanks.js",
    "83-screen-video.js", "84-screen-pages.js", "85-screen-start.js",
)  # fmt: skip
STYLE, SCRIPT = Bundle("screen", "css", STYLES), Bundle("screen", "js", SCRIPTS)
SUITES = "/_dash-component-suites"
LIBRARIES = (f"{SUITES}/dash/deps/react@18.3.1.min.js", f"{SUITES}/dash/deps/react-dom@18.3.1.min.js", f"{SUITES}/dash_leaflet/dash_leaflet.js")
PAGE = """<!DOCTYPE html>
<html lang="zh-CN" data-theme="dark" data-bs-theme="dark" data-shell="screen">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="same-origin">
<title>{{ title }} · {{ park }}</title>
<link rel="icon" href="/public/brand.svg" type="image/svg+xml">
<link rel="stylesheet" href="{{ style }}">
<script type="application/json" id="park-config">{{ config|safe }}</script>
</head>
<body>
<noscript>大屏需要启用 JavaScript。</noscript>
<div id="screen-ground"></div><div id="screen-stage"></div>
{% for one in libraries %}<script src="{{ one }}"></script>
{% endfor %}<script src="{{ script }}"></script>
</body>
</html>"""


def register(server: Flask) -> None:
    """Add the addresses below /screen/. Only an admitted wall, or somebody who manages screens, comes this far."""
    for bundle in (STYLE, SCRIPT):
        bundle.serve(server)
    server.add_url_rule("/screen/<name>", "screen", page)
    server.add_url_rule("/screen/<name>/facts", "screen_facts", facts)
    server.add_url_rule("/screen/<name>/figures", "screen_figures", figures)
    server.add_url_rule("/screen/<name>/push", "screen_push", push)
    server.add_url_rule("/screen/<name>/snapshot", "screen_snapshot", live_snapshot)
    server.add_url_rule("/screen/<name>/logo", "screen_logo", logo)
    server.add_url_rule("/screen/<name>/video/<key>/<what>", "screen_video", video)
    server.add_url_rule("/screen/<name>/beat", "screen_beat", beat, methods=["POST"])


@cache
def version() -> str:
    """A mark of the program's files as this process has them: a page with another one loads itself again."""
    return sha256((PAGE + STYLE.address + SCRIPT.address).encode()).hexdigest()[:10]


def _stamp(composed: list[dict[str, Any]]) -> str:
    """A mark of how the park composes the screens."""
    return sha256(orjson.dumps(composed)).hexdigest()[:10]


def page(name: str) -> Response:
    """The page itself, the same for each screen: which it shows is in its address and its configuration."""
    settings: Settings = current_app.config["PARK_SETTINGS"]
    seat = current_seat()
    composed = _composed(seat)
    shown = next(one for one in composed if one["screen"] == name)
    words = {"title": shown["title"], "park": settings.park_name, "style": STYLE.address, "libraries": LIBRARIES, "script": SCRIPT.address}
    config = json.dumps(_config(settings, seat, name, composed), ensure_ascii=False).replace("<", "\\u003c")
    return leave_mark(make_response(render_template_string(PAGE, config=config, **words)))


def _config(settings: Settings, seat: walls.Seat, name: str, composed: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "park": settings.park_name,
        "platform": settings.platform_name,
        "demo": settings.demo,
        "timeZone": settings.time_zone,
        "dutyPhone": settings.duty_phone,
        "live": {"token": f"/screen/{name}/push", "snapshot": f"/screen/{name}/snapshot", "at": now_ms()},
        "screen": {
            "name": name,
            "all": composed,
            "wall": seat.name,
            "place": seat.place,
            "isPreview": seat.wall_id is None,
            "hls": relay.hls_js(),
            "version": version(),
            "setting": _stamp(composed),
            "reloadHour": settings.screen_reload_hour,
        },
    }


def facts(name: str) -> Response:
    """What stands where on that screen."""
    with read_session() as current:
        return _json(screens.facts(current, current_seat().viewer, name))


def figures(name: str) -> Response:
    """The figures of that screen that change slowly."""
    with read_session() as current:
        return _json(screens.figures(current, current_seat().viewer, name, datetime.now(UTC)))


def push(name: str) -> Response:
    """Where the live stream is, and the ticket for it."""
    settings: Settings = current_app.config["PARK_SETTINGS"]
    seat = current_seat()
    ticket = push_token(current_viewer(), settings) if seat.wall_id is None else wall_push_token(seat, settings)
    return jsonify({"url": push_address(settings), "token": ticket})


def live_snapshot(name: str) -> Response:
    """All that is live at once, for a wall that has no stream."""
    with read_session() as current:
        return _json(snapshot(current, current_seat().viewer))


def logo(name: str) -> Response:
    """The park's own sign of that screen, else the platform's."""
    with read_session() as current:
        wanted = select(Attachment).join(ScreenSetting, Attachment.record_id == ScreenSetting.id)
        wanted = wanted.where(Attachment.table_name == ScreenSetting.__tablename__, Attachment.slot == "logo", Attachment.deleted_at.is_(None), ScreenSetting.screen == name)
        own = current.scalars(wanted.order_by(Attachment.id.desc()).limit(1)).first()
        if own is None or not own.content_type.startswith("image/"):
            return send_file(ASSETS / "brand-room.svg", max_age=3600)
        return send_file(path_of(own), own.content_type, max_age=300)


def video(name: str, key: str, what: str) -> ResponseReturnValue:
    """The picture of a camera that stands on that screen: ``check``, ``picture``, or a name of the relay. A player sends no header, so
    the names in a wall's playlist carry the token that its page showed."""
    viewer, settings = current_seat().viewer, current_settings()

    def source() -> Source:
        with read_session() as current:
            return screen_video.source_on(current, viewer, name, key, settings)

    if what == "check":
        return relay.checked(source)
    if what == "picture":
        with read_session() as current:
            return relay.snapshot(screen_video.camera_on(current, viewer, name, key))
    shown = wall_guard.token()
    return relay.relayed(source(), what, f"?token={quote(shown)}" if shown else "")


def beat(name: str) -> Response:
    """A window's sign of life; it learns the time and whether program or composition have been renewed."""
    seat = current_seat()
    said = walls.beat_from(request.get_json(silent=True))
    if seat.wall_id is not None:
        with session() as current:
            walls.note_beat(current, seat, said, address(), request.user_agent.string, datetime.now(UTC))
    return jsonify({"at": now_ms(), "version": version(), "setting": _stamp(_composed(seat))})


def _composed(seat: walls.Seat) -> list[dict[str, Any]]:
    with read_session() as current:
        return [one for one in screens.composed(current) if one["screen"] in seat.screens]


def _json(found: Any) -> Response:
    return Response(orjson.dumps(found, default=str, option=orjson.OPT_NON_STR_KEYS), mimetype="application/json", headers={"Cache-Control": "no-store"})

