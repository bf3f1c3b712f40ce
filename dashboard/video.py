"""Live pictures over HTTP: the relay between a browser and the media server, what is known of the cameras, snapshots, hls.js.

A browser never speaks to a media server: it needs no way there, sees no credential, and every playlist and every piece is
checked for right and scope like any other request. An address in a playlist is given to the browser as a signed name that says by which
addresses one gets there from the source (``[key, variant, piece]``); nothing but what a playlist names can be asked for.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from dash import Dash
from flask import Response, jsonify, request, send_file
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeSerializer

from auth.session import current_viewer
from data.db import read_session
from data.errors import NotFound
from data.media_fetch import Answer, NotFetched, fetch, opened
from data.models import Camera
from data.query import get
from data.rules import hls
from data.settings import current_settings
from data.snapshots import path_of
from data.video import MOST_ASKED, Source, requests_of, source_of, states
from data.video_watch import media_playlist

log = logging.getLogger(__name__)

HLS_JS = Path(__file__).resolve().parent.parent / "vendor" / "hls.js" / "hls.min.js"
DAY = 24 * 3600
LIVE = "live.m3u8"
_MOST_PIECE = 64 * 1024 * 1024
_PIECE_S = 60.0
_LONGEST_URI = 1500
_RANGE = re.compile(r"bytes=\d{1,15}-\d{0,15}")
# The type follows from the name, never from what the media server says: nothing that comes this way is a page or a script.
_TYPES = {"ts": "video/mp2t", "m4s": "video/mp4", "mp4": "video/mp4", "m4v": "video/mp4", "m4a": "audio/mp4", "cmfv": "video/mp4", "aac": "audio/aac", "mp3": "audio/mpeg"}
_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


def hls_js() -> str:
    """The address of hls.js; empty where it was not fetched at set-up."""
    try:
        return f"/vendor/hls/hls.min.js?v={int(HLS_JS.stat().st_mtime)}"
    except OSError:
        return ""


def register(app: Dash) -> None:
    """Add the addresses to the server of ``app``; the guard has checked the sign-in."""
    server = app.server

    @server.get("/vendor/hls/hls.min.js")
    def hls_file() -> ResponseReturnValue:
        if not HLS_JS.is_file():
            raise NotFound("没有安装 hls.js。")
        return send_file(HLS_JS, mimetype="text/javascript", conditional=True, max_age=DAY)

    @server.get("/video/states")
    def video_states() -> ResponseReturnValue:
        viewer = current_viewer()
        keys = request.args.get("requests", "")[:600].split(",")[:MOST_ASKED]
        with read_session() as session:
            return jsonify(states(session, viewer, current_settings()) | {"requests": requests_of(session, viewer, keys)})

    @server.get("/video/check/<key>")
    def video_check(key: str) -> ResponseReturnValue:
        return checked(lambda: _source(key))

    @server.get("/video/snapshot/<int:identity>")
    def video_snapshot(identity: int) -> ResponseReturnValue:
        viewer = current_viewer()
        viewer.require("video.view")
        with read_session() as session:
            return snapshot(get(session, Camera, identity, viewer))

    @server.get("/video/hls/<key>/<name>")
    def video_relay(key: str, name: str) -> ResponseReturnValue:
        return relayed(_source(key), name)


def checked(find: Callable[[], Source]) -> Response:
    """Whether there is something to play: a player that tries by itself only says that it failed."""
    try:
        _, playlist = media_playlist(find(), current_settings(), 5.0)
    except (NotFound, NotFetched) as error:
        return jsonify(live=False, reason=str(error))
    return jsonify(live=bool(playlist.segments), reason="" if playlist.segments else "播放列表是空的")


def snapshot(camera: Camera) -> Response:
    """The newest snapshot of the camera; NotFound when there is none."""
    path = path_of(camera.id)
    if not path.is_file():
        raise NotFound(f"“{camera.name}”还没有抓拍。")
    response = send_file(path, mimetype="image/jpeg", conditional=True)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def relayed(source: Source, name: str, query: str = "") -> ResponseReturnValue:
    """The playlist or the piece of that ``name``; the names in a playlist end with ``query``, for whoever is known by their address alone."""
    uris = [] if name == LIVE else _uris(source.key, name)
    address = source.address
    for uri in uris:
        address = urljoin(address, uri)
    try:
        return _playlist(source, address, uris, query) if name.endswith(".m3u8") else _piece(source, address)
    except NotFetched as error:
        return jsonify(error=f"没有取到视频：{error}"), 502


def _source(key: str) -> Source:
    with read_session() as session:
        return source_of(session, current_viewer(), key, current_settings())


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_settings().effective_secret_key, salt="park.video")


def _uris(key: str, name: str) -> list[str]:
    """The addresses that a name was made of; NotFound for one that no playlist of this source has."""
    try:
        told: Any = _signer().loads(name.rpartition(".")[0])
    except BadData as error:
        raise NotFound("没有这段视频。") from error
    if not isinstance(told, list) or told[:1] != [key] or not 2 <= len(told) <= 3:
        raise NotFound("没有这段视频。")
    return [str(one) for one in told[1:]]


def _playlist(source: Source, address: str, uris: list[str], query: str) -> Response:
    signer = _signer()

    def name(uri: str, is_playlist: bool) -> str:
        if len(uris) > 1 or (uris and is_playlist) or len(uri) > _LONGEST_URI:
            raise NotFetched("播放列表层层嵌套或地址过长")
        kind = "m3u8" if is_playlist else _kind(uri)
        return f"{signer.dumps([source.key, *uris, source.shown(uri)])}.{kind}{query}"  # type: ignore[str-bytes-safe]

    target, headers = source.request(address)
    text = fetch(target, current_settings(), headers=headers, most=hls.LONGEST, seconds=8).decode("utf-8", "replace")
    try:
        body = hls.rewritten(text, name)
    except ValueError as error:
        raise NotFetched(str(error)) from error
    return _safe(Response(body, mimetype="application/vnd.apple.mpegurl"))


def _kind(uri: str) -> str:
    extension = urlsplit(uri).path.rpartition(".")[2].lower()
    return extension if extension in _TYPES else "bin"


def _piece(source: Source, address: str) -> Response:
    target, headers = source.request(address)
    wanted = request.headers.get("Range", "")
    if _RANGE.fullmatch(wanted):
        headers = headers | {"Range": wanted}
    stack = ExitStack()
    answer = stack.enter_context(opened(target, current_settings(), headers=headers, most=_MOST_PIECE, seconds=_PIECE_S))
    kind = _TYPES.get(request.path.rpartition(".")[2], "application/octet-stream")
    response = Response(_body(answer, stack), status=answer.status, mimetype=kind)
    for header in ("Content-Length", "Content-Range", "Accept-Ranges"):
        if answer.headers.get(header.lower()):
            response.headers[header] = answer.headers[header.lower()]
    response.call_on_close(stack.close)
    return _safe(response)


def _body(answer: Answer, stack: ExitStack) -> Iterator[bytes]:
    """The bytes as they come; where they end too soon the browser sees it by the length."""
    with stack:
        try:
            yield from answer.chunks
        except (NotFetched, OSError) as error:
            log.info("a piece of video ended early: %s", error)


def _safe(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
