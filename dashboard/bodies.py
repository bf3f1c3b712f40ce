"""The bodies of callbacks: what Dash cannot read is refused before it reads it, in words instead of a fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Dash
from flask import request

from data.errors import Invalid

PATH = "/_dash-update-component"
MEANINGLESS = "请求的内容无法理解，请刷新页面。"


def register(app: Dash) -> None:
    """Look at every body before Dash does; the guard, which was put on the server first, has checked who sends it."""

    @app.server.before_request
    def readable() -> None:
        if request.path != PATH or request.method != "POST":
            return
        try:
            body = request.get_json(silent=True)
        except RecursionError as error:
            raise Invalid(MEANINGLESS) from error
        if not is_readable(body, app.callback_map):
            raise Invalid(MEANINGLESS)


def is_readable(body: Any, callbacks: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether the body names one of these callbacks and has as many inputs, states and outputs as it takes, each of the right shape."""
    output = body.get("output") if isinstance(body, dict) else None
    found = callbacks.get(output) if isinstance(output, str) else None
    if found is None or "callback" not in found:
        return False
    given = [body.get(name, []) for name in ("inputs", "state")]
    if any(not _are_places(one) or len(one) != len(found[name]) for one, name in zip(given, ("inputs", "state"), strict=True)):
        return False
    changed = body.get("changedPropIds", [])
    if not isinstance(changed, list) or not all(isinstance(one, str) for one in changed):
        return False
    outputs = body.get("outputs", [])
    number = output.count("...") + 1 if output.startswith("..") else 1
    return found.get("no_output") or (_are_places(outputs) and len(outputs) == number if isinstance(outputs, list) else number == 1 and _is_place(outputs))


def _are_places(given: Any) -> bool:
    """A list of places, or of lists of places where a pattern matches many."""
    if not isinstance(given, list):
        return False
    return all(all(map(_is_place, one)) if isinstance(one, list) else _is_place(one) for one in given)


def _is_place(given: Any) -> bool:
    if not isinstance(given, dict) or not isinstance(given.get("property"), str):
        return False
    identity = given.get("id")
    return isinstance(identity, str) or (isinstance(identity, dict) and all(isinstance(one, (str, int)) for one in identity.values()))
