"""The callbacks of lists, called as a browser calls them."""

from __future__ import annotations

import json
from typing import Any

from dash import Dash
from flask.testing import FlaskClient
from sqlalchemy import select

from dashboard.resource_answers import LIST_PARTS
from data import db

Answer = tuple[int, dict[str, Any]]


def call(client: FlaskClient, outputs: list[tuple[str, str]], part: str, data: Any, key: str = "enterprise", **forged: Any) -> Answer:
    """Status and body of the answer to ``part`` with ``data``; ``forged`` replaces parts of the request."""
    identity = {"k": key, "t": part}
    names = [{"id": {"k": key, "t": kind}, "property": name.partition("@")[0]} for kind, name in outputs]
    ids = [f'{json.dumps({"k": ["MATCH"], "t": kind}, separators=(",", ":"))}.{name}' for kind, name in outputs]
    output = f"..{'...'.join(ids)}.." if len(outputs) > 1 else ids[0]
    body = {
        "output": output,
        "outputs": names if len(names) > 1 else names[0],
        "inputs": [{"id": identity, "property": "data", "value": data}],
        "changedPropIds": [f"{json.dumps(identity, separators=(',', ':'), sort_keys=True)}.data"],
    }
    answer = client.post("/_dash-update-component", json=body | forged)
    return answer.status_code, answer.get_json(silent=True) or {}


def listed(client: FlaskClient, key: str, **query: Any) -> Answer:
    """What a list answers to the parameters of its address."""
    return call(client, list(LIST_PARTS), "list-query", {"query": query}, key)


def rows(answer: Answer, key: str) -> list[dict[str, Any]]:
    """The rows of a list's answer."""
    status, body = answer
    assert status == 200, body
    return body["response"][json.dumps({"k": key, "t": "list-grid"}, separators=(",", ":"))]["rowData"]


def opened(client: FlaskClient, key: str, **query: Any) -> str:
    """The drawer that the parameters open, as text."""
    status, body = call(client, [("list-drawer", "children")], "list-opened", {"query": query}, key)
    assert status in {200, 204}, body
    return json.dumps(body, ensure_ascii=False)


def asked(client: FlaskClient, key: str, do: str, ids: Any) -> str:
    """The question before something is done to many rows."""
    status, body = call(client, [("list-dialog", "children")], "list-batch", {"do": do, "ids": ids, "query": {}}, key)
    assert status in {200, 204}, body
    return json.dumps(body, ensure_ascii=False)


class Submitter:
    """Sends forms and answered questions; gives everything that came back, as text."""

    def __init__(self, app: Dash) -> None:
        found = next(key for key in app.callback_map if "list-dialog" in key and "list-query" in key)
        self.outputs = [(kind, self._property(found, kind)) for kind in ("list-drawer", "list-dialog")] + [("list-query", "data")]

    @staticmethod
    def _property(key: str, kind: str) -> str:
        """The property under which Dash lists a second writer of the same part."""
        return next(part for part in key.strip(".").split("...") if f'"{kind}"' in part).rpartition("}.")[2]

    def __call__(self, client: FlaskClient, key: str, identity: Any, do: str, values: Any, version: Any = 0, **more: Any) -> str:
        data = {"id": str(identity), "do": do, "values": values, "version": str(version), "query": {"open": str(identity), "do": do}, **more}
        status, body = call(client, self.outputs, "list-submit", data, key)
        assert status in {200, 204}, body
        return json.dumps(body, ensure_ascii=False)


def one(model: type[Any], *where: Any) -> Any:
    """The first record that fits."""
    with db.read_session() as current:
        return current.execute(select(model).where(*where).order_by(model.id).limit(1)).unique().scalar_one()


def sent(client: FlaskClient, place: tuple[str, str], key: str, data: Any, *, part: str = "form-submit") -> str:
    """What a page that is a form answers to what was sent, as text; ``place`` is the part that is drawn anew."""
    kind, name = place
    identity, target = ({"k": key, "t": one} for one in (part, kind))
    plain = {one: json.dumps(which, separators=(",", ":"), sort_keys=True) for one, which in (("in", identity), ("out", target))}
    body = {
        "output": f"{plain['out']}.{name}",
        "outputs": {"id": target, "property": name},
        "inputs": [{"id": identity, "property": "data", "value": data}],
        "changedPropIds": [f"{plain['in']}.data"],
    }
    answer = client.post("/_dash-update-component", json=body)
    assert answer.status_code in {200, 204}, answer.get_json(silent=True)
    return json.dumps(answer.get_json(silent=True) or {}, ensure_ascii=False)
