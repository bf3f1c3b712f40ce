"""Dash on a given Flask server: index page, local style sheets, pages and their callbacks."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from threading import RLock
from typing import Any

from dash import Dash, _callback, html
from dash.development.base_component import Component
from flask import Flask, Response, g, has_request_context, request, send_from_directory
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError

from auth.answers import acting_words
from auth.session import current_person, current_viewer
from dashboard import attachments, bodies, branches, bundles, picks, saved_queries, subscribing
from dashboard.shell import frame, register_shell
from dashboard.site import Site
from data.db import read_session
from data.errors import Forbidden
from data.models import Enterprise
from data.settings import Settings, current_settings
from data.viewer import Viewer

BOOTSTRAP = Path(str(files("flask_bootstrap"))) / "static" / "bootstrap5" / "css"
VENDOR = "/vendor/bootstrap"
STYLES = (f"{VENDOR}/bootstrap.min.css", f"{VENDOR}/font/bootstrap-icons.min.css")

INDEX = """<!DOCTYPE html>
<html lang="zh-CN" data-theme="{theme}" data-bs-theme="{theme}" data-shell="{shell}">
<head>
{metas}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="/assets/brand.svg" type="image/svg+xml">
{css}
<script type="application/json" id="park-config">{config}</script>
</head>
<body>
<noscript>本平台需要启用 JavaScript。</noscript>
{entry}
<footer>
{scripts}
</footer>
</body>
</html>"""


class ParkDash(Dash):
    """Dash whose first byte already says language, theme and the facts that browser code needs."""

    site: Site
    settings: Settings
    _first = RLock()

    def _setup_server(self) -> None:
        """Dash makes itself ready in the first request and lets those that come meanwhile pass: they found no script registered (500)."""
        with self._first:
            super()._setup_server()

    def interpolate_index(self, **parts: Any) -> str:
        theme = self.site.theme(request.path)
        return INDEX.format(
            theme=theme,
            shell="room" if theme == "dark" else "office",
            metas=parts.get("metas", ""),
            title=f"{self.settings.park_name}{self.settings.platform_name}",
            css=parts.get("css", ""),
            config=browser_config(self.settings, *_asker()),
            entry=parts.get("app_entry", ""),
            # Ours after the libraries, which they extend, and before Dash draws with them.
            scripts="\n".join((parts.get("config", ""), parts.get("scripts", ""), f'<script src="{bundles.FRAME_SCRIPT.address}"></script>', parts.get("renderer", ""))),
        )


def _asker() -> tuple[str, str]:
    """The mark of who asks for the page, and the door at which they sign in."""
    mark = g.get("identity_mark", "") if has_request_context() else ""  # the guard has set it
    person = current_person() if mark else None
    return mark, "/enterprise/login" if person and person.is_enterprise else "/login"


def browser_config(settings: Settings, identity: str = "", door: str = "/login") -> str:
    """What browser code may know of the settings and of who asks, as JSON that is safe inside a script element."""
    facts = {
        "as": identity,
        "door": door,
        "park": settings.park_name,
        "platform": settings.platform_name,
        "demo": settings.demo,
        "timeZone": settings.time_zone,
        "dutyPhone": settings.duty_phone,
        "pushPort": settings.push_port,
        "pushUrl": settings.push_url,
        "mapCenter": settings.map_center,
        "mapZoom": settings.map_zoom,
    }
    return json.dumps(facts, ensure_ascii=False).replace("<", "\\u003c")


def create_dash(server: Flask, site: Site, settings: Settings | None = None) -> Dash:
    """The web application on ``server``, with every page of ``site`` and its callbacks registered."""
    settings = settings or current_settings()
    _forget_stray_callbacks()
    server.config.setdefault("COMPRESS_ALGORITHM", ["gzip"])
    _serve_bootstrap(server)
    for bundle in (bundles.FRAME_SCRIPT, bundles.FRAME_STYLE):
        bundle.serve(server)
    app = ParkDash(
        "park",
        server=server,
        assets_folder=str(bundles.ASSETS),
        include_assets_files=False,  # they come as bundles
        external_stylesheets=[*STYLES, bundles.FRAME_STYLE.address],
        use_pages=False,
        suppress_callback_exceptions=True,
        serve_locally=True,
        compress=True,
        use_async=False,
        enable_mcp=False,
        update_title=None,
        title=settings.platform_name,
    )
    app.site, app.settings = site, settings
    app.layout = lambda: _layout(settings)
    register_shell(app, site, settings)
    for register in dict.fromkeys(page.register for page in site.pages if page.register):
        register(app)
    for part in (picks, branches, attachments, saved_queries, bodies, subscribing):
        part.register(app)
    server.config["PARK_SCRIPT_HASHES"] = app.csp_hashes()  # the guard lets these inline scripts run and no others
    return app


def _layout(settings: Settings) -> Component:
    """The frame of whoever asks. Dash also calls this once before the first request is checked, for nobody."""
    try:
        viewer = current_viewer()
    except Forbidden:
        return html.Div()
    return frame(viewer, settings, _enterprise_name(viewer), acting_words())


def _enterprise_name(viewer: Viewer) -> str:
    """The name of the enterprise on whose side the viewer is; empty for an authority's people, and while the database is away."""
    if not viewer.is_enterprise or viewer.acting_for:
        return viewer.acting_for
    try:
        with read_session() as session:
            return session.scalar(select(Enterprise.name).where(Enterprise.id == viewer.enterprise_id)) or ""
    except (OperationalError, InterfaceError):
        return ""


def _forget_stray_callbacks() -> None:
    """Callbacks belong to one application; one registered at import by mistake must not leak into it."""
    _callback.GLOBAL_CALLBACK_LIST.clear()
    _callback.GLOBAL_CALLBACK_MAP.clear()


def _serve_bootstrap(server: Flask) -> None:
    def bootstrap(name: str) -> Response:
        return send_from_directory(BOOTSTRAP, name, max_age=bundles.YEAR)

    server.add_url_rule(f"{VENDOR}/<path:name>", "bootstrap_files", bootstrap)
