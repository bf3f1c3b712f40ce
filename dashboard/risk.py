"""What the four-colour map asks for by itself: the reasons of an enterprise's colours, the colours of a past minute, and how they went."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from flask import Flask, Response, request

from auth.session import current_viewer
from data import live, risk_colours
from data.db import read_session
from data.errors import Invalid

PERMISSION = "risk_map.view"
HOURS = (24, 168)
_FIRST = datetime(2020, 1, 1, tzinfo=UTC)


def register(server: Flask) -> None:
    """Add the addresses, once for all pages; the guard before them lets signed-in people through only."""
    if "risk_reasons" in server.view_functions:
        return

    @server.get("/risk-map/then")
    def risk_colours_then() -> Response:
        viewer = current_viewer()
        viewer.require(PERMISSION)
        at = instant(request.args.get("at", ""))
        with read_session() as session:
            found = risk_colours.states(session, viewer, at)
            return _json(live.risk_frame(found, live.Reach(frozenset(), None), full=True))

    @server.get("/risk-map/reasons")
    def risk_reasons() -> Response:
        viewer = current_viewer()
        viewer.require(PERMISSION)
        firm = _enterprise()
        if firm is None:
            raise Invalid("请选择企业。")
        with read_session() as session:
            return _json({"enterprise": firm, "zones": risk_colours.reasons(session, viewer, firm, instant(request.args.get("at", "")))})

    @server.get("/risk-map/band")
    def risk_band() -> Response:
        viewer = current_viewer()
        viewer.require(PERMISSION)
        given = request.args.get("hours", "24")
        hours = int(given) if given in {str(one) for one in HOURS} else HOURS[0]
        end = datetime.now(UTC)
        start = end - timedelta(hours=hours)
        with read_session() as session:
            spans = risk_colours.band(session, viewer, start, end, _enterprise())
        return _json({"start": _ms(start), "end": _ms(end), "spans": [[_ms(one.begins), one.level, one.raised] for one in spans]})



def instant(text: str) -> datetime | None:
    """The instant that an address names in ms since 1970 UTC; None for now. What is no instant raises Invalid."""
    if not text:
        return None
    if not text.isdecimal() or len(text) > 14:
        raise Invalid("时间无法识别，请重新选择。")
    at = datetime.fromtimestamp(int(text) / 1000, UTC)
    if not _FIRST <= at <= datetime.now(UTC) + timedelta(days=1):
        raise Invalid("时间超出范围，请重新选择。")
    return at


def _enterprise() -> int | None:
    """The id of the enterprise that the address names; None without one."""
    given = request.args.get("enterprise", "")
    if not given:
        return None
    if not given.isdecimal() or len(given) > 15:
        raise Invalid("请选择企业。")
    return int(given)


def _json(body: Any) -> Response:
    return Response(orjson.dumps(body), mimetype="application/json", headers={"Cache-Control": "no-store"})


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
