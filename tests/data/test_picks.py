"""What may be chosen where a column refers to another table: within scope, in reading order, and no more than is needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.db import engine, session
from data.errors import NotFound
from data.models import Department, Division, Enterprise, Tank, User
from data.picks import Pick, children, chosen, line_of, record, search, short_table, target_of
from data.save import create, update
from tests.park import MAKER, Park, make_park


@pytest.fixture(scope="module")
def park(database: Any) -> Park:
    with session() as current:
        return make_park(current)


@pytest.fixture
def current(park: Park) -> Iterator[Session]:
    """A session whose changes are undone after the test."""
    with engine().connect() as connection, connection.begin() as undone:
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as opened:
            yield opened
        undone.rollback()


@pytest.fixture
def province(current: Session, park: Park) -> tuple[Division, Division]:
    """A province with one city."""
    top = create(current, Division, MAKER, {"code": "210000", "name": "辽宁省", "level": "province"})
    return top, create(current, Division, MAKER, {"code": "211300", "name": "朝阳市", "level": "city", "parent_id": top.id})


def test_a_tree_is_read_level_by_level_and_says_where_it_goes_on(current: Session, province: Any) -> None:
    top, city = province
    first, more = children(current, MAKER, Division, None)
    assert [(one.word, one.has_children) for one in first] == [("辽宁省", True), ("柳城街道", False)]
    assert children(current, MAKER, Division, top.id) == ([Pick(city.id, "朝阳市")], False)
    assert not more
    assert line_of(current, Division, city.id) == [top.id, city.id]


def test_what_a_search_finds_in_a_tree_comes_with_its_path(current: Session, province: Any) -> None:
    found, _ = search(current, MAKER, Division, "朝阳")
    assert [one.path for one in found] == ["辽宁省 / 朝阳市"]


def test_a_deleted_branch_is_not_offered(current: Session, province: Any) -> None:
    top, city = province
    city.deleted_at = top.created_at
    current.flush()
    assert children(current, MAKER, Division, top.id) == ([], False)
    assert not children(current, MAKER, Division, None)[0][0].has_children
    assert chosen(current, MAKER, Division, [city.id]) == []


def test_only_what_the_viewer_sees_is_offered(current: Session, park: Park) -> None:
    own = park.viewer("enterprise")
    assert [one.word for one in search(current, own, Enterprise, "")[0]] == [park.first.name]
    assert search(current, own, Enterprise, "二号")[0] == []
    assert chosen(current, own, Enterprise, [park.second.id, park.first.id]) == [Pick(park.first.id, park.first.name, hint="E001")]


def test_a_person_is_a_name_and_a_department_and_nothing_else(current: Session, park: Park) -> None:
    office = current.scalars(select(Department)).one()
    person = current.get(User, park.people["officer"].id)
    assert person is not None
    update(current, person, MAKER, {"department_id": office.id, "phone": "13900000000"})
    current.refresh(person)
    assert search(current, MAKER, User, "user-officer")[0] == [Pick(person.id, "监管人员某", hint="应急管理局")]


def test_a_limited_person_may_name_everybody_of_the_authorities_and_no_one_of_a_foreign_enterprise(current: Session, park: Park) -> None:
    office = current.scalars(select(Department)).one()
    limited = park.viewer("department", department_id=office.id)
    names = {one.word for one in short_table(current, limited, User) or []}
    assert {"值班人员某", "园区领导某"} <= names
    assert [one.word for one in search(current, limited, User, "user-leader")[0]] == ["园区领导某"]
    assert record(current, limited, User, park.people["leader"].id).name == "园区领导某"
    own = {one.word for one in short_table(current, park.viewer("enterprise"), User) or []}
    assert own == {"企业用户某"}, "an enterprise chooses among its own people"
    stranger = replace(limited, department_id=0, scope="own_organisation")
    assert "企业用户某" not in {one.word for one in short_table(current, stranger, User) or []}
    with pytest.raises(NotFound):
        record(current, stranger, User, park.people["enterprise"].id)


def test_who_has_left_is_no_longer_offered_but_still_named(current: Session, park: Park) -> None:
    person = current.get(User, park.people["duty"].id)
    assert person is not None
    update(current, person, MAKER, {"is_active": False})
    assert search(current, MAKER, User, "值班人员某")[0] == []
    assert [one.word for one in chosen(current, MAKER, User, [person.id])] == ["值班人员某"]


def test_a_long_table_is_searched_and_a_short_one_sent_whole(current: Session, park: Park) -> None:
    assert [one.word for one in short_table(current, MAKER, Enterprise) or []] == [park.first.name, park.second.name]
    where = {"division_id": park.first.division_id, "lon": 120.4, "lat": 41.4, "unit_type_id": park.first.unit_type_id, "short_name": "x"}
    for number in range(201):
        current.add(Enterprise(**where, code=f"N{number}", name=f"企业 {number:03}"))
    current.flush()
    assert short_table(current, MAKER, Enterprise) is None
    found, more = search(current, MAKER, Enterprise, "企业")
    assert (len(found), more) == (50, True)


def test_a_keyword_with_wild_cards_means_itself(current: Session, park: Park) -> None:
    assert search(current, MAKER, Enterprise, "%")[0] == []
    assert search(current, MAKER, Enterprise, "_")[0] == []


def test_only_references_lead_somewhere() -> None:
    assert target_of(Enterprise, "division_id") is Division
    assert target_of(Tank, "enterprise_id") is Enterprise
    assert [target_of(Enterprise, name) for name in ("name", "division", "nothing")] == [None] * 3
    assert target_of(User, "password_hash") is None
