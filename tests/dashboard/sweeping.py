"""Everything that a browser can ask of a list of records, as requests to be sent by somebody who should not."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from flask.testing import FlaskClient

from dashboard.picks import field_target
from dashboard.resource import Resource
from dashboard.resource_answers import LIST_PARTS
from tests.dashboard.asking import Submitter, call

NUMBER = re.compile(r"E-[0-9A-F]{6}")
DRAWER, DIALOG = [("list-drawer", "children")], [("list-dialog", "children")]
REASON = {"reason": "伪造"}


class Said(NamedTuple):
    """Status and whole text of an answer."""

    status: int
    text: str


class Request(NamedTuple):
    """A request in words, and how it is sent."""

    words: str
    send: Callable[[FlaskClient], Said]


def part(kind: str, outputs: list[tuple[str, str]], key: str, data: Any, words: str) -> Request:
    """A callback of the list ``key`` with the data of its part."""

    def send(client: FlaskClient) -> Said:
        status, body = call(client, outputs, kind, data, key)
        return Said(status, json.dumps(body, ensure_ascii=False))

    return Request(f"{kind} {words}", send)


def submitted(submit: Submitter, key: str, data: Any, words: str) -> Request:
    return part("list-submit", submit.outputs, key, data, words)


def fetched(method: str, path: str, **options: Any) -> Request:
    """A route with a file or a few words for an answer."""

    def send(client: FlaskClient) -> Said:
        answer = client.open(path, method=method, headers={"Accept": "application/json"}, **options)
        body = answer.get_json(silent=True)
        return Said(answer.status_code, json.dumps(body, ensure_ascii=False) if body else answer.get_data(as_text=True))

    return Request(f"{method} {path}", send)


def rows_of(resource: Resource) -> Request:
    return part("list-query", list(LIST_PARTS), resource.key, {"query": {}}, "rows")


def reading(resource: Resource, identity: int) -> Iterator[Request]:
    """The drawer of the record in each of its states."""
    for do in ("", "edit", "delete", *(action.key for action in resource.actions)):
        yield part("list-opened", DRAWER, resource.key, {"query": {"open": str(identity), "do": do}}, f"do={do}")
    for tab in ("history", "files", *(panel.key for panel in resource.panels)):
        yield part("list-opened", DRAWER, resource.key, {"query": {"open": str(identity), "tab": tab}}, f"tab={tab}")
    yield part("list-opened", DRAWER, resource.key, {"query": {"open": str(identity), "bin": "1", "do": "restore"}}, "bin")


def doing(submit: Submitter, resource: Resource, identity: int, typed: dict[str, str]) -> Iterator[Request]:
    """Everything that may be done to the record, to it alone and as a ticked row, and the questions before."""
    verbs = ("delete", *(action.key for action in resource.actions))
    for do in verbs:
        yield part("list-batch", DIALOG, resource.key, {"do": do, "ids": [str(identity)], "query": {}}, do)
    for do in ("edit", "restore", *verbs):
        data = {"id": str(identity), "do": do, "values": {**typed, **REASON}, "version": "1", "query": {"open": str(identity)}}
        yield submitted(submit, resource.key, data, do)
        yield submitted(submit, resource.key, {**data, "ids": [str(identity)]}, f"{do} as a ticked row")
    for slot in getattr(resource.model, "__files__", ()):
        yield fetched("POST", f"/attachments/{resource.key}/{identity}/{slot.code}", data={"file": (io.BytesIO(b"%PDF-1.4"), "a.pdf")})


def entering(submit: Submitter, resource: Resource, typed: dict[str, str]) -> Iterator[Request]:
    """A new record, and the form for it."""
    yield part("list-opened", DRAWER, resource.key, {"query": {"do": "add"}}, "do=add")
    yield submitted(submit, resource.key, {"id": "", "do": "add", "values": typed, "version": "0", "query": {}}, "add")


def exporting(submit: Submitter, resource: Resource, identity: int) -> Iterator[Request]:
    for ids in ([str(identity)], ""):
        yield submitted(submit, resource.key, {"do": "export", "ids": ids, "query": {}}, f"export {ids}")


def picking(resource: Resource) -> list[Request]:
    """The choices of every field that refers to another table."""
    names = [one.name for one in (*resource.form_fields(), *resource.filters)] + [one.name for action in resource.actions for one in action.fields]
    return [fetched("GET", f"/pick/{resource.key}/{name}") for name in dict.fromkeys(names) if field_target(resource, name) is not None]
