"""What no page sends: wrong types, endless texts, signs that a database does not take, names that are none. It is answered in
words or not at all, never with a fault, and nothing of it is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.resource import Resource
from dashboard.resource_answers import LIST_PARTS
from tests.dashboard.samples import stored
from tests.dashboard.sweeping import DIALOG, DRAWER, NUMBER, Request, Said, fetched, part, picking, submitted
from tests.dashboard.test_rights import RESOURCES, every_list, ground, person  # noqa: F401

SQL = "1; DROP TABLE \"user\"; --"
HUGE = "x" * 21_000  # longer than any text may be
DEEP = "[" * 3000 + "]" * 3000
# A NUL, half of a character, and others that break what is careless with them.
TEXTS = ("a\0b", "\ud800", SQL, HUGE, "[", "{", "9" * 5000, "9999-12-31", DEEP, "%s %(a)s {0}", "٣", "1e999", "-1", "0001-01-01", "<script>alert(1)</script>")
NO_TEXTS: tuple[Any, ...] = (None, True, 7, {"a": 1}, [[[]]], -1, 1e300, [], ["1"])
# What is read by every list alike is tried with all of them on a few; on the others with the worst.
THOROUGH = {"enterprise", "supplies", "role"}
WHERES = (
    {"field": "password_hash", "op": "eq", "value": "x"},
    {"field": "id", "op": "eq", "value": 10**30},
    {"field": "id", "op": SQL, "value": 1},
    {"field": "id", "op": "contains", "value": "\0"},
    {"field": "id", "op": "eq", "value": {"a": 1}},
    {"all": [{"any": [{"all": 7}]}]},
    {"all": [{"field": "id", "op": "filled"}] * 60},
    {"any": {"field": "id"}},
    [],
    7,
)


def some(resource: Resource, values: tuple[Any, ...], few: int) -> tuple[Any, ...]:
    return values[: {True: len(values), False: few}[resource.key in THOROUGH]]


def queries(resource: Resource) -> Iterator[dict[str, Any]]:
    """Addresses that nobody was led to."""
    names = ["q", "sort", "page", "size", "open", "do", "tab", "where", "bin", *(f"{one.name}{end}" for one in resource.filters for end in ("", "_from", "_to"))]
    for text in some(resource, (*TEXTS, *NO_TEXTS), 1):
        yield dict.fromkeys(names, text)
    yield {f"{one.name}_to": "9999-12-31" for one in resource.filters}
    for where in some(resource, WHERES, 1):
        yield {"where": json.dumps(where)}


def asked(resource: Resource) -> Iterator[Request]:
    for query in queries(resource):
        yield part("list-query", list(LIST_PARTS), resource.key, {"query": query}, f"{str(query)[:80]}")
    for data in some(resource, NO_TEXTS, 0):
        yield part("list-query", list(LIST_PARTS), resource.key, data, f"{data}")
        yield part("list-opened", DRAWER, resource.key, data, f"{data}")
        yield part("list-opened", DRAWER, resource.key, {"query": data}, f"query {data}")
        yield part("list-batch", DIALOG, resource.key, data, f"{data}")
    for text in some(resource, TEXTS, 1):
        yield part("list-opened", DRAWER, resource.key, {"query": {"open": text, "do": text, "tab": text}}, f"open {text[:20]!r}")
        yield part("list-batch", DIALOG, resource.key, {"do": text, "ids": text}, f"do {text[:20]!r}")


def sent(submit: Any, resource: Resource, identity: int) -> Iterator[Request]:
    """Forms whose every field holds what no page would send, and others that are none."""
    names = [one.name for one in resource.form_fields()] + [f"rows:{one.key}" for one in resource.parts] + ["id", "version", "created_by_id", "__class__"]
    plain: dict[str, Any] = {"id": str(identity), "do": "edit", "version": "1", "query": {"open": str(identity)}}
    for text in (*some(resource, TEXTS, 4), *some(resource, NO_TEXTS, 1)):
        values = dict.fromkeys(names, text)
        yield submitted(submit, resource.key, {**plain, "values": values}, f"values {str(text)[:20]!r}")
        yield submitted(submit, resource.key, {**plain, "values": values, "do": "add", "id": ""}, f"add {str(text)[:20]!r}")
    for text in (*some(resource, TEXTS, 0), *some(resource, NO_TEXTS, 0), "9" * 5000):
        yield submitted(submit, resource.key, {**plain, "values": {}, "version": text}, f"version {str(text)[:20]!r}")
        yield submitted(submit, resource.key, {**plain, "id": text, "query": text}, f"id {str(text)[:20]!r}")
        yield submitted(submit, resource.key, {**plain, "do": text}, f"do {str(text)[:20]!r}")
        for do in ("export", "delete", *(action.key for action in resource.actions)):
            yield submitted(submit, resource.key, {"do": do, "ids": [text, SQL], "values": {"reason": text}}, f"{do} ids {str(text)[:20]!r}")
        yield submitted(submit, resource.key, text, f"{str(text)[:20]!r}")
    yield submitted(submit, resource.key, {**plain, "values": {"id": "7", "version": "9", "deleted_at": "2026-11-24", "no_such": "x"}}, "unknown fields")


def sweep(client: Any, requests: Iterator[Request]) -> None:
    before = stored()
    answers: list[tuple[str, Said]] = [(one.words, one.send(client)) for one in requests]
    assert [(words[:80], said.status) for words, said in answers if said.status >= 500 or NUMBER.search(said.text)] == []
    assert stored() == before, "something was written"


@every_list
def test_an_address_that_nobody_was_led_to_is_a_list_or_a_word(person: Any, resource: Resource) -> None:  # noqa: F811
    sweep(person("admin"), asked(resource))


@every_list
def test_a_form_that_no_page_sends_is_refused(person: Any, submit: Any, ground: Any, resource: Resource) -> None:  # noqa: F811
    sweep(person("admin"), sent(submit, resource, ground.ids[resource.key]))


@every_list
def test_a_picker_asked_for_anything_answers_or_refuses(person: Any, resource: Resource) -> None:  # noqa: F811
    words = ("%00", "a%00b", "%ed%a0%80", "%25_%5C", "9" * 400)
    paths = [one.words.removeprefix("GET ") for one in picking(resource)] + [f"/pick/{resource.key}/password_hash", f"/pick/{resource.key}/{SQL}"]
    sweep(person("admin"), (fetched("GET", f"{path}?{name}={word}") for path in paths for name in ("q", "parent", "ids") for word in words))


def test_there_are_lists_to_forge_for() -> None:
    assert len(RESOURCES) > 20


BODIES = (b"", b"{", b"[]", b"7", b"null", b"[" * 100_000, b'{"output": 7}', b'{"output": "no.such", "outputs": [], "inputs": [], "changedPropIds": []}', b"\xff\xfe", b'{"inputs": "\\ud800"}')


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:24]))
def test_a_body_that_is_no_callback_is_answered_without_a_fault(person: Any, body: bytes) -> None:  # noqa: F811
    client = person("admin")
    before = stored()
    answer = client.post("/_dash-update-component", data=body, content_type="application/json")
    assert 400 <= answer.status_code < 500
    assert not NUMBER.search(answer.text)
    assert stored() == before


@pytest.mark.parametrize("path", ["/login", "/enterprise/login"])
@pytest.mark.parametrize("name", ["a\0b", HUGE, SQL], ids=["NUL", "huge", "SQL"])
def test_a_name_that_nobody_has_does_not_sign_in(app: Any, path: str, name: str) -> None:
    answer = app.server.test_client().post(path, data={"username": name, "password": name})
    assert answer.status_code in {200, 401, 422, 429}
    assert "错误" in answer.text and not NUMBER.search(answer.text)


def test_a_way_onward_that_is_no_address_leads_home(app: Any) -> None:
    answer = app.server.test_client().get("/login?next=http://[")
    assert answer.status_code == 200
    assert 'name="next" value="/"' in answer.text
