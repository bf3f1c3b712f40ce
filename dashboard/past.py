"""What a page asks for while it looks back: the park at a past instant, what followed it, and the alarms of its day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Flask, Response, request

from auth.session import current_viewer
from dashboard.risk import instant
from data.db import read_session
from data.errors import Invalid
from data.past import playing


def register(server: Flask) -> None:
    """Add the addresses; the guard before them lets signed-in people through only, rights and scope are those of the live data."""

    @server.get("/past/state")
    def past_state() -> Response:
        viewer = current_viewer()
        with read_session() as session:
            return _json(playing.state(session, viewer, _at(), datetime.now(UTC)))

    @server.get("/past/frames")
    def past_frames() -> Response:
        viewer = current_viewer()
        pace = request.args.get("pace", "")
        with read_session() as session:
            return _json(playing.frames(session, viewer, _at(), int(pace) if pace.isdecimal() and len(pace) < 6 else 0, datetime.now(UTC)))

    @server.get("/past/day")
    def past_day() -> Response:
        viewer = current_viewer()
        with read_session() as session:
            return _json(playing.day(session, viewer, _at(), datetime.now(UTC)))


def wished(wish: Any) -> datetime:
    """The instant that a callback's wish looks back on (``past``, in ms since 1970 UTC), else now. What is no instant raises Invalid."""
    given = wish.get("past") if isinstance(wish, dict) else None
    if given is None or given == 0:
        return datetime.now(UTC)
    if type(given) not in (int, float) or not 0 < given < 10**14:
        raise Invalid("时间无法识别，请重新选择。")
    return min(instant(str(int(given))) or datetime.now(UTC), datetime.now(UTC))


def _at() -> datetime:
    at = instant(request.args.get("at", ""))
    if at is None:
        raise Invalid("请选择要回看的时间。")
    return at


def _json(body: Any) -> Response:
    return Response(orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS), mimetype="application/json", headers={"Cache-Control": "no-store"})
