"""The snapshot that browsers fetch every few seconds while there is no stream."""

from __future__ import annotations

import orjson
from flask import Flask, Response

from auth.session import current_viewer
from data.db import read_session
from data.live import snapshot


def register(server: Flask) -> None:
    """Add GET /live/snapshot; the guard before it lets signed-in people through only."""

    @server.get("/live/snapshot")
    def live_snapshot() -> Response:
        with read_session() as session:
            body = orjson.dumps(snapshot(session, current_viewer()))
        return Response(body, mimetype="application/json", headers={"Cache-Control": "no-store"})
