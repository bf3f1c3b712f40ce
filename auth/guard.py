"""The one check before every request: nobody gets in unless a rule lets them, and no other site may act in their name."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, g, redirect, request, session
from flask.typing import ResponseReturnValue

from auth import wall_guard
from auth.answers import refusal
from auth.session import address, current_person, entry_has_ended, has_cookie, identity_mark, take_bearer_token
from data.settings import Settings

SIGN_IN = {"/login", "/enterprise/login"}
OPEN = {*SIGN_IN, "/healthz", "/public"}
# Files of the program itself: the same for everybody, so the signed cookie is enough and the database is not asked.
FILES = ("/assets/", "/_dash-component-suites/", "/vendor/", "/_favicon.ico")
# Who must first set a password of their own may do this much.
BEFORE_CHANGE = {"/password", "/logout"}
SAFE = {"GET", "HEAD", "OPTIONS"}
# What somebody may still send from a page of the enterprise side after their time as an enterprise is over.
AFTER_ENTRY = {"/enterprise/leave", "/logout"}
ENTRY_ENDED = "以企业身份的操作已经结束，没有执行。请刷新页面，以您自己的身份继续。"


def init_app(server: Flask, settings: Settings) -> None:
    """Put the guard before every request of ``server`` and the security headers behind it."""

    @server.before_request
    def guard() -> ResponseReturnValue | None:
        return _check(settings)

    @server.after_request
    def protect(response: Response) -> Response:
        return _headers(response, settings, server.config.get("PARK_SCRIPT_HASHES", ()))


def _check(settings: Settings) -> ResponseReturnValue | None:
    if request.method not in SAFE and is_foreign():
        return refusal(403, "请求来自其他网站，已拒绝。请在本平台的页面上操作。")
    path = request.path
    if path in OPEN or path.startswith("/public/"):
        return None
    if path == "/metrics" and _may_measure(settings):
        return None
    if path.startswith(FILES):
        if not has_cookie() and not wall_guard.has_mark(settings):
            return _sign_in()
        # What a browser keeps of such a file stays good for who signs in next: Flask need not say that it varies with the cookie.
        session.accessed = False
        return None
    if wall_guard.is_for_wall():
        return wall_guard.check()
    if path.startswith("/api/") and take_bearer_token():
        return None
    person = current_person()
    if person is None:
        return _sign_in()
    g.identity_mark = identity_mark()
    if entry_has_ended() and request.method not in SAFE and path not in AFTER_ENTRY:
        return refusal(403, ENTRY_ENDED)  # what was meant for the enterprise must not happen in the person's own name
    if person.must_change_password and path not in BEFORE_CHANGE:
        return redirect("/password") if _wants_page() else refusal(403, "请先设置自己的密码。")
    return None


def is_foreign() -> bool:
    """Whether a browser sends this request from a page of another site.

    Browsers say so in Sec-Fetch-Site or Origin and let no page change that; a program that sends neither has no
    cookie that a foreign page could abuse.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in {"same-origin", "none"}:
        return True
    source = request.headers.get("Origin") or request.headers.get("Referer")
    return source is not None and urlsplit(source).netloc != request.host


def _sign_in() -> ResponseReturnValue:
    if not _wants_page():
        return refusal(401, "没有登录，或登录已失效。")
    is_entry = request.path.startswith("/enterprise/enter/")
    door = "/enterprise/login" if request.path.startswith("/enterprise/") and not is_entry else "/login"
    query = request.query_string.decode(errors="replace")
    target = f"{request.path}?{query}" if query else request.path
    return redirect(f"{door}?{urlencode({'next': target})}" if target != "/" else door)


def _wants_page() -> bool:
    """Whether a person's browser asks for a page, so that it can be led elsewhere."""
    is_data = request.path.startswith(("/api/", "/_dash-update-component", "/live/")) or request.path == "/metrics"
    return request.method in SAFE and not is_data


def _may_measure(settings: Settings) -> bool:
    """Metrics are for the machine itself, for a bearer of a token, and for whoever may see how data comes in."""
    if is_loopback(address()) and not request.headers.get("X-Forwarded-For"):
        return True
    return take_bearer_token() and g.token_viewer.may("ingest.view")


def is_loopback(text: str) -> bool:
    """Whether the address is this machine's own."""
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def _headers(response: Response, settings: Settings, hashes: Sequence[str]) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", policy(settings, request.host, hashes))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()")
    if settings.secure_cookie:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if getattr(g, "identity_mark", ""):
        headers.setdefault("X-Park-As", g.identity_mark)
    if not request.path.startswith((*FILES, "/public/")):
        headers.setdefault("Cache-Control", "no-store")
    return response


def policy(settings: Settings, host: str, hashes: Sequence[str] = ()) -> str:
    """The Content-Security-Policy: only the platform's own files and the inline scripts of these ``hashes`` run.

    Dash writes its start and the clientside callbacks as inline scripts; React, Leaflet and AG Grid set inline styles.
    Nothing comes from another host but the pictures of the park's own tile server, and live data only from the push role. Video comes
    through the platform itself (``dashboard/video.py``); hls.js hands it to the player as a blob.
    """
    push = settings.push_url or f"//{host.rpartition(':')[0] or host}:{settings.push_port}"
    parts = urlsplit(push)
    source = f"{parts.scheme}://{parts.netloc}" if parts.scheme else parts.netloc
    base_map = urlsplit(settings.map_tiles)
    tiles = [f"{base_map.scheme}://{base_map.netloc}"] if base_map.netloc else []
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("script-src 'self'", *hashes)),
            "style-src 'self' 'unsafe-inline'",
            " ".join(("img-src 'self' data: blob:", *tiles)),
            "media-src 'self' blob:",
            "font-src 'self' data:",
            f"connect-src 'self' {source}",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
