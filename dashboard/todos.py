"""The counts in the header: what waits for the person, asked for again whenever somebody took a step."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
from flask import Flask, Response

from auth.session import current_viewer
from data.db import read_session
from data.workflow.todos import counts


def register(server: Flask) -> None:
    """Add GET /todos/count; the guard before it lets signed-in people through only, and everybody gets their own."""

    @server.get("/todos/count")
    def todo_count() -> Response:
        with read_session() as session:
            body = orjson.dumps(counts(session, current_viewer(), datetime.now(UTC)))
        return Response(body, mimetype="application/json", headers={"Cache-Control": "no-store"})
