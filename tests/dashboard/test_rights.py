"""Every list, every verb, every address: refused without sign-in, without the right, outside one's scope, with forged
contents; in words, and without a trace in the database. A list that is added is swept with the rest."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from auth.guard import OPEN
from dashboard.picks import field_target
from dashboard.resource import Resource, ResourceLayout
from dashboard.resource_state import State, question_of
from data import db
from data.attachments import attach
from data.columns import choices_of, title_of
from data.models import (
    AuditEntry,
    Base,
    CheckStandard,
    Department,
    Enterprise,
    ReportCycle,
    RiskObject,
    Role,
    UnitType,
    User,
)
from data.permissions import ALL_PERMISSIONS
from data.query import answer, visible
from data.save import create
from data.scope import scoped
from data.tree import subtree
from data.viewer import Viewer, system_viewer
from pages import pages
from tests.dashboard import sweeping
from tests.dashboard.samples import stored, texts, values
from tests.dashboard.sweeping import NUMBER, Request
from tests.platform import PASSWORD

ALL = system_viewer("tests")
RESOURCES = [page.layout.resource for page in pages() if isinstance(page.layout, ResourceLayout)]
# Roles with every permission and less than the whole park: here only the scope keeps people apart.
NARROW = {"divisions": "town", "departments": "dept", "own_enterprise": ""}
OWN = [one for one in RESOURCES if one.permission.startswith("own.")]  # the lists of the enterprise side
REFUSED = ("没有登录", "登录已失效", "权限", "没有找到", "不在您的数据范围内", "不能", "请从列表中选择", "没有这", "只有该机构可以修改")


def is_limited(model: Any, scope: str) -> bool:
    """Whether a scope leaves any row of such records out."""
    nobody = Viewer(0, "nobody", "nobody", scope=scope, enterprise_id=1, department_id=1, division_id=1)
    return str(scoped(select(model), model, nobody).whereclause) != "true"


LIMITED = [(scope, one) for scope in NARROW for one in RESOURCES if is_limited(one.model, scope)]
every_list = pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: one.key)
every_limit = pytest.mark.parametrize(("scope", "resource"), LIMITED, ids=[f"{scope}-{one.key}" for scope, one in LIMITED])


class Ground(NamedTuple):
    """The id of one record of each list, out of reach of all narrow people, and what one would type for another."""

    ids: Mapping[str, int]
    names: Mapping[str, str]
    typed: Mapping[str, dict[str, str]]
    attachment: int
    people: Mapping[str, Viewer]


@pytest.fixture(scope="module")
def ground(app: Any) -> Ground:
    with db.session() as current:
        people = {scope: _narrow(current, scope, like) for scope, like in NARROW.items()}
        _person(current, "nothing", "all", [], {})
        places = _places(current, people)
        ids, names, typed = {}, {}, {}
        for resource in RESOURCES:
            record = _out_of_reach(current, resource, people.values(), places)
            ids[resource.key], names[resource.key] = record.id, title_of(record).removeprefix(str(record.id))
            typed[resource.key] = texts(current, resource.model, places)
        for target in {one for resource in RESOURCES if resource.can_add for name in links(resource, "divisions") if (one := field_target(resource, name))}:
            if target not in {one.model for one in RESOURCES}:  # without a list of its own
                row = target(**values(current, target, places))
                current.add(row)
                current.flush()
                ids[target.__tablename__] = row.id
        firm = current.get(Enterprise, places[Enterprise])
        assert firm is not None
        attachment = attach(current, ALL, firm, "other", "证照.pdf", io.BytesIO("%PDF-1.7 企业的证照".encode()))
        return Ground(ids, names, typed, attachment.id, people)


def _person(session: Any, code: str, scope: str, permissions: Iterable[str], place: Mapping[str, Any]) -> User:
    """Somebody with a role of their own and the password of the demo park."""
    digest = session.scalar(select(User.password_hash).where(User.username == "leader"))
    role = create(session, Role, ALL, {"code": code, "name": f"角色 {code}", "permissions": sorted(permissions), "scope": scope})
    return create(session, User, ALL, {"username": code, "name": f"某人 {code}", "role_id": role.id, "password_hash": digest, **place})


def _narrow(session: Any, scope: str, like: str) -> Viewer:
    like_whom = User.username == like if like else User.enterprise_id.is_not(None)
    other = session.scalars(select(User).where(like_whom).order_by(User.id)).first()
    place = {name: getattr(other, name) for name in ("department_id", "division_id", "enterprise_id")}
    user = _person(session, scope, scope, ALL_PERMISSIONS, place)
    return Viewer(user.id, scope, user.name, permissions=ALL_PERMISSIONS, scope=scope, **place)


def _places(session: Any, people: Mapping[str, Viewer]) -> dict[type[Base], int]:
    """An enterprise and a department that are none of theirs."""
    seen = [visible(Enterprise, one).with_only_columns(Enterprise.id) for one in people.values()]
    firm = session.scalars(select(Enterprise.id).where(*(Enterprise.id.not_in(one) for one in seen)).order_by(Enterprise.id)).first()
    theirs = [subtree(Department, one.department_id) for one in people.values() if one.department_id]
    office = session.scalars(select(Department.id).where(*(Department.id.not_in(one) for one in theirs)).order_by(Department.id.desc())).first()
    assert firm and office, "the demo park has an enterprise and an office that are none of theirs"
    return {Enterprise: firm, Department: office}


def _out_of_reach(session: Any, resource: Resource, people: Iterable[Viewer], places: Mapping[type[Base], int]) -> Any:
    model: Any = resource.model
    if model is Enterprise:
        return session.get(Enterprise, places[Enterprise])
    if model is User:
        return session.scalars(select(User).where(User.enterprise_id == places[Enterprise]).order_by(User.id)).unique().first()
    if model is ReportCycle:
        return session.scalars(select(ReportCycle).order_by(ReportCycle.id)).first()  # one of each, from the beginning
    about: dict[str, Any] = {"record_id": places[Enterprise]} if model is AuditEntry else {}
    if model is CheckStandard:  # an enterprise sees those of its own type
        theirs = select(Enterprise.unit_type_id).where(Enterprise.id.in_([one.enterprise_id for one in people if one.enterprise_id]))
        about = {"unit_type_id": session.scalar(select(func.min(UnitType.id)).where(UnitType.parent_id.is_not(None), UnitType.id.not_in(theirs)))}
    if resource.only:  # a list of what was handed over leaves drafts out
        about |= _fulfilling(session, model, resource.only, places)
    row = model(**values(session, model, places) | about | dict(resource.where))
    session.add(row)
    session.flush()
    return row


def _fulfilling(session: Any, model: Any, condition: Mapping[str, Any], places: Mapping[type[Base], int]) -> dict[str, Any]:
    """Values of a record that the list shows: it was handed over, and the first of each alternative holds."""
    wanted: dict[str, Any] = {}
    for part in (*condition.get("all", ()), *condition.get("any", ())[:1]):
        wanted |= _fulfilling(session, model, part, places)
    if condition.get("field") == "risk_object.is_in_force":
        return {"object_id": session.scalar(select(func.min(RiskObject.id)).where(RiskObject.enterprise_id == places[Enterprise], RiskObject.is_in_force))}
    if condition.get("op") == "eq":
        return {condition["field"]: condition["value"] if condition["field"] != "is_in_force" else True}
    handed_over = [one.code for one in choices_of(model, "state") or () if one.code != "draft"]
    return ({"state": handed_over[0]} if handed_over else {}) | wanted


@pytest.fixture(scope="module")
def person(app: Any, ground: Ground) -> Any:
    """A client in which that user is signed in, once for all tests: hashing a password is slow on purpose."""

    @cache
    def enter(username: str, door: str = "/login") -> FlaskClient:
        client = app.server.test_client()
        assert client.post(door, data={"username": username, "password": PASSWORD}).status_code == 302
        return client

    return enter


@pytest.fixture
def refuse() -> Any:
    """Send requests; each must be refused in words, show nothing of the record, and write nothing."""

    def sweep(client: FlaskClient, requests: Iterable[Request], secret: str, statuses: set[int]) -> None:
        before = stored()
        for one in requests:
            said = one.send(client)
            assert said.status in statuses, f"{one.words}: {said}"
            assert not NUMBER.search(said.text), f"{one.words}: a fault instead of an answer: {said.text[:300]}"
            assert any(word in said.text for word in REFUSED), f"{one.words}: it does not say why: {said.text[:300]}"
            assert not secret or secret not in said.text, f"{one.words}: it shows the record"
        assert stored() == before, "something was written"

    return sweep


# Who is nobody, and who may nothing


def everything(submit: Any, resource: Resource, ground: Ground) -> list[Request]:
    identity, typed = ground.ids[resource.key], ground.typed[resource.key]
    return [
        sweeping.rows_of(resource),
        *sweeping.reading(resource, identity),
        *sweeping.entering(submit, resource, typed),
        *sweeping.doing(submit, resource, identity, typed),
        *sweeping.exporting(submit, resource, identity),
        *sweeping.picking(resource),
    ]


@every_list
def test_who_is_not_signed_in_gets_nothing(app: Any, submit: Any, refuse: Any, ground: Ground, resource: Resource) -> None:
    requests = [one for one in everything(submit, resource, ground) if not one.words.startswith("GET")]
    refuse(app.server.test_client(), requests, ground.names[resource.key], {401})


@every_list
def test_who_is_not_signed_in_is_led_to_the_door(app: Any, ground: Ground, resource: Resource) -> None:
    guest = app.server.test_client()
    addresses = [resource.path, *(one.words.removeprefix("GET ") for one in sweeping.picking(resource)), f"/attachments/{ground.attachment}"]
    answers = [guest.get(address) for address in addresses]
    assert [(one.status_code, one.location.partition("?")[0].removeprefix("/enterprise")) for one in answers] == [(302, "/login")] * len(addresses)


@every_list
def test_who_has_no_right_gets_nothing(person: Any, submit: Any, refuse: Any, ground: Ground, resource: Resource) -> None:
    refuse(person("nothing"), everything(submit, resource, ground), ground.names[resource.key], {200, 403})


def firm() -> str:
    """The user of an enterprise as the demo park has it."""
    with db.read_session() as current:
        return current.scalars(select(User.username).where(User.enterprise_id.is_not(None), User.username.not_in(NARROW)).order_by(User.id)).first()


@pytest.mark.parametrize("resource", [one for one in RESOURCES if one not in OWN], ids=lambda one: one.key)
def test_an_enterprise_has_no_way_into_the_lists_of_the_authorities(person: Any, submit: Any, refuse: Any, ground: Ground, resource: Resource) -> None:
    refuse(person(firm(), "/enterprise/login"), everything(submit, resource, ground), ground.names[resource.key], {200, 403})


@pytest.mark.parametrize("resource", OWN, ids=lambda one: one.key)
def test_an_enterprise_has_no_way_to_what_is_another_s(person: Any, submit: Any, refuse: Any, ground: Ground, resource: Resource) -> None:
    identity, typed = ground.ids[resource.key], ground.typed[resource.key]
    requests = [*sweeping.reading(resource, identity), *sweeping.doing(submit, resource, identity, typed)]
    refuse(person(firm(), "/enterprise/login"), requests, ground.names[resource.key], {200, 403, 404})


# Who may everything, within their scope


@every_limit
def test_a_record_outside_the_scope_is_neither_shown_nor_changed(person: Any, submit: Any, refuse: Any, ground: Ground, scope: str, resource: Resource) -> None:
    identity, typed = ground.ids[resource.key], ground.typed[resource.key]
    client = person(scope, "/enterprise/login" if scope == "own_enterprise" else "/login")
    requests = [*sweeping.reading(resource, identity), *sweeping.doing(submit, resource, identity, typed)]
    refuse(client, requests, ground.names[resource.key], {200, 403, 404})


@every_limit
def test_a_list_leaves_out_what_is_outside_the_scope(person: Any, ground: Ground, scope: str, resource: Resource) -> None:
    viewer, identity = ground.people[scope], ground.ids[resource.key]
    with db.read_session() as current:
        ticked = question_of(resource, [], State(), [identity])
        assert current.execute(answer(resource.model, viewer, ticked)).unique().all() == [], "an export of the ticked row is empty"
        assert current.execute(answer(resource.model, ALL, ticked)).unique().all() != [], "though the row is there"


def links(resource: Resource, scope: str) -> list[str]:
    """Fields of the form that refer to records of which the scope leaves some out."""
    names = [one.name for one in resource.form_fields() if not one.is_fixed and not one.options]
    return [name for name in names if (target := field_target(resource, name)) is not None and is_limited(target, scope)]


def _hidden(target: Any, viewer: Viewer) -> int:
    """A record of a kind that has no list of its own, which the viewer does not see."""
    with db.read_session() as current:
        seen = visible(target, viewer).with_only_columns(target.id)
        return int(current.scalars(select(target.id).where(target.id.not_in(seen)).order_by(target.id)).first() or 0)


@pytest.mark.parametrize(("scope", "resource", "name"), [(scope, one, name) for scope in NARROW for one in RESOURCES if one.can_add and (scope != "own_enterprise" or one in OWN) for name in links(one, scope)], ids=lambda one: str(getattr(one, "key", one)))
def test_a_reference_to_what_is_out_of_scope_is_refused_at_the_field(person: Any, submit: Any, ground: Ground, scope: str, resource: Resource, name: str) -> None:
    target = field_target(resource, name)
    assert target is not None
    there = next((ground.ids[one.key] for one in RESOURCES if one.model is target), None) or _hidden(target, ground.people[scope])
    typed = ground.typed[resource.key] | {name: str(there)}
    client = person(scope, "/enterprise/login" if scope == "own_enterprise" else "/login")
    before = stored()
    assert "请从列表中选择，原来选的已删除或不在您的数据范围内。" in submit(client, resource.key, "", "add", typed)
    assert stored() == before


def test_there_is_something_to_keep_apart() -> None:
    kept = {(scope, one.key) for scope, one in LIMITED}
    assert {("divisions", "enterprise"), ("departments", "cameras"), ("own_enterprise", "point"), ("own_enterprise", "supplies"), ("divisions", "audit")} <= kept


# Officers as the demo park has them


OWNED = [one for one in RESOURCES if getattr(one.model, "__owned_by__", "")]


@pytest.mark.parametrize("username", ["town", "dept"])
@pytest.mark.parametrize("resource", OWNED, ids=lambda one: one.key)
def test_what_another_office_owns_is_looked_at_and_not_changed(person: Any, submit: Any, refuse: Any, ground: Ground, resource: Resource, username: str) -> None:
    identity, typed = ground.ids[resource.key], ground.typed[resource.key]
    doing = [one for one in sweeping.doing(submit, resource, identity, typed) if not one.words.startswith("list-batch")]
    refuse(person(username), doing, "", {200, 403, 404})


@pytest.mark.parametrize("username", ["town", "dept"])
def test_an_enterprise_outside_the_scope_has_no_page_no_file_and_no_change(person: Any, submit: Any, refuse: Any, ground: Ground, username: str) -> None:
    resource = next(one for one in RESOURCES if one.key == "enterprise")
    identity = ground.ids["enterprise"]
    requests = [
        *sweeping.reading(resource, identity),
        *sweeping.doing(submit, resource, identity, ground.typed["enterprise"]),
        sweeping.fetched("GET", f"/attachments/{ground.attachment}"),
        sweeping.fetched("GET", f"/attachments/{ground.attachment}?download=1"),
        sweeping.fetched("POST", f"/attachments/{ground.attachment}/delete", data=sweeping.REASON),
    ]
    refuse(person(username), requests, ground.names["enterprise"], {200, 403, 404})


@pytest.mark.parametrize("username", ["nothing", "own_enterprise"])
def test_a_file_of_another_enterprise_is_not_there(person: Any, refuse: Any, ground: Ground, username: str) -> None:
    requests = [
        sweeping.fetched("GET", f"/attachments/{ground.attachment}"),
        sweeping.fetched("GET", f"/attachments/{ground.attachment}?thumb=1"),
        sweeping.fetched("GET", "/attachments/99999999"),
        sweeping.fetched("POST", f"/attachments/{ground.attachment}/delete", data=sweeping.REASON),
    ]
    refuse(person(username, "/enterprise/login" if username == "own_enterprise" else "/login"), requests, "企业的证照", {403, 404})


def test_no_address_of_the_server_answers_who_is_not_signed_in(app: Any, ground: Ground) -> None:
    rules = [one for one in app.server.url_map.iter_rules() if one.rule not in OPEN and not one.rule.startswith("/public/")]
    kinds = {"int": "1", "path": "a/b"}
    addresses = [(method, re.sub(r"<(?:(\w+)[^:>]*:)?\w+>", lambda found: kinds.get(found[1], "a"), one.rule)) for one in rules for method in one.methods & {"GET", "POST"}]
    before = stored()
    guest = app.server.test_client()
    answers = {f"{method} {address}": guest.open(address, method=method).status_code for method, address in addresses}
    assert {words: status for words, status in answers.items() if status not in {302, 401}} == {}
    assert len(answers) > 10
    assert stored() == before
