"""What each scope shows: an office what it supervises, a town what lies in it, an enterprise itself, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.db import session
from data.models import (
    EMERGENCY_RESOURCES,
    FILE_LISTS,
    Base,
    Department,
    Division,
    Enterprise,
    EnterpriseChange,
    Record,
    SavedQuery,
    SecondaryUnit,
    UnitType,
    User,
)
from data.query import Question, page, visible
from data.save import create
from data.tree import subtree
from data.viewer import Viewer
from tests.park import MAKER

SCOPES = ("departments", "divisions", "own_organisation", "own_enterprise", "own")


@pytest.fixture(scope="module")
def demo(demo_database: Any) -> Iterator[Session]:
    with session() as current:
        yield current


def office(current: Session, short: str) -> int:
    return current.scalars(select(Department.id).where(Department.short_name == short)).one()


def viewer(scope: str, **place: Any) -> Viewer:
    return Viewer(id=1, username="x", name="某", permissions=frozenset({"*"}), scope=scope, **place)


def seen(current: Session, model: type[Any], who: Viewer) -> list[Any]:
    return list(current.scalars(visible(model, who)).unique())


def test_a_department_sees_what_it_and_the_offices_below_it_supervise(demo: Session) -> None:
    own = seen(demo, Enterprise, viewer("departments", department_id=office(demo, "交通运输分局")))
    assert {one.department.short_name for one in own} == {"交通运输分局"}
    assert len(own) == 7
    assert len(seen(demo, Enterprise, viewer("departments", department_id=office(demo, "管委会")))) == 60


def test_people_see_those_of_their_own_house(demo: Session) -> None:
    own = demo.scalars(select(User).where(User.username == "dept")).unique().one()
    who = viewer("departments", department_id=own.department_id)
    below = set(demo.scalars(subtree(Department, own.department_id)))
    assert {one.department_id for one in seen(demo, User, who) if one.id != who.id} <= below
    assert own.id in {one.id for one in seen(demo, User, who)}
    firm = demo.scalars(select(User).where(User.enterprise_id.is_not(None)).order_by(User.id)).unique().first()
    assert firm is not None
    assert {one.enterprise_id for one in seen(demo, User, viewer("own_enterprise", enterprise_id=firm.enterprise_id)) if one.id != 1} == {firm.enterprise_id}
    assert [one.id for one in seen(demo, User, viewer("own"))] == [1], "who has no house sees themselves"


def test_a_department_sees_its_secondary_units_in_enterprises_of_others(demo: Session) -> None:
    who = viewer("departments", department_id=office(demo, "交通运输分局"))
    units = seen(demo, SecondaryUnit, who)
    assert [one.name for one in units] == ["华锦新材料运输车队"]
    assert units[0].enterprise_id not in {one.id for one in seen(demo, Enterprise, who)}, "not the whole enterprise"


def test_a_town_sees_what_lies_in_it_and_may_ask_for_a_place_in_it(demo: Session) -> None:
    town = demo.scalars(select(Division).where(Division.code == "211321104")).one()
    who = viewer("divisions", division_id=town.id)
    own = seen(demo, Enterprise, who)
    assert {one.division.name for one in own} == {"二十家子镇"}
    found = page(demo, Enterprise, who, Question(filters={"division_id": town.parent_id}))
    assert found.total == len(own), "scope and filter look into the same tree"


@pytest.mark.parametrize("model", FILE_LISTS.values())
def test_the_lists_of_a_file_are_seen_with_the_file(model: type[Any], demo: Session) -> None:
    firm = demo.scalars(select(Enterprise).where(Enterprise.code == "E002")).one()
    own = seen(demo, model, viewer("own_enterprise", enterprise_id=firm.id))
    assert own, "the demo has some"
    assert {one.enterprise_id for one in own} == {firm.id}
    who = viewer("departments", department_id=office(demo, "交通运输分局"))
    owners = {one.department.short_name for one in {row.enterprise for row in seen(demo, model, who)}}
    assert owners == {"交通运输分局"}


@pytest.mark.parametrize("model", EMERGENCY_RESOURCES)
def test_resources_for_an_emergency_are_for_all_authorities_and_for_no_enterprise(model: type[Any], demo: Session) -> None:
    number = len(seen(demo, model, viewer("all")))
    place = {"department_id": office(demo, "二十家子镇"), "division_id": 1, "enterprise_id": 1}
    assert [len(seen(demo, model, viewer(scope, **place))) for scope in SCOPES] == [number, number, number, 0, 0]


def test_every_emergency_resource_names_its_owner() -> None:
    assert {model.__owned_by__ for model in EMERGENCY_RESOURCES} == {"department_id"}
    assert Record.__owned_by__ == "", "others are everybody's who may edit them"


def test_a_waiting_change_is_seen_with_its_enterprise(demo: Session) -> None:
    change = demo.scalars(select(EnterpriseChange)).unique().first()
    assert change is not None
    assert seen(demo, EnterpriseChange, viewer("own_enterprise", enterprise_id=change.enterprise_id)) == [change]
    assert seen(demo, EnterpriseChange, viewer("departments", department_id=office(demo, "消防救援站"))) == []


def test_a_stored_query_is_its_owners_and_a_shared_one_the_authorities(demo: Session) -> None:
    one, other = demo.scalars(select(User.id).order_by(User.id).limit(2)).all()
    values = {"resource": "enterprise", "question": Question("化工").plain()}
    for user, name, is_shared in ((one, "自己的", False), (other, "别人的", False), (other, "共享的", True)):
        create(demo, SavedQuery, MAKER, values | {"user_id": user, "name": name, "is_shared": is_shared})
    seen_by = {
        scope: [row.name for row in seen(demo, SavedQuery, Viewer(one, "x", "某", scope=scope, enterprise_id=1))]
        for scope in ("all", "divisions", "own_enterprise")
    }
    assert seen_by == {"all": ["自己的", "共享的"], "divisions": ["自己的", "共享的"], "own_enterprise": ["自己的"]}
    assert Question.of(seen(demo, SavedQuery, viewer("all"))[0].question) == Question("化工")


def test_types_and_places_are_for_everybody(demo: Session) -> None:
    who = viewer("own_enterprise", enterprise_id=1)
    assert len(seen(demo, UnitType, who)) > 40


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_without_a_place_shows_nothing_that_belongs_to_somebody(scope: str, demo: Session) -> None:
    owned = [one.class_ for one in Base.registry.mappers if "enterprise_id" in one.column_attrs and one.class_ is not User]
    assert len(owned) > 10
    shown = {model.__name__: len(seen(demo, model, viewer(scope))) for model in (Enterprise, *owned)}
    assert {name: number for name, number in shown.items() if number} == {}
