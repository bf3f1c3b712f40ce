"""What an authority's work on enterprises promises: within scope and rights only, all or nothing, and always in the audit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from data import enterprises
from data.db import engine, session
from data.errors import Forbidden, Invalid, NotFound
from data.models import AuditEntry, Department, Division, Enterprise, FieldRule, SecondaryUnit, UnitType
from data.save import create, update
from data.viewer import Viewer
from tests.park import MAKER, Park, make_park

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
RIGHTS = frozenset({"enterprise.edit", "enterprise.confirm"})


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


def officer(park: Park, **changes: Any) -> Viewer:
    return park.viewer("officer", permissions=RIGHTS, **changes)


def firms(current: Session, park: Park) -> list[Enterprise]:
    return [current.get_one(Enterprise, one.id) for one in (park.first, park.second)]


def newest(current: Session) -> AuditEntry:
    return current.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def other_office(current: Session) -> Department:
    return create(current, Department, MAKER, {"name": "经济发展局", "short_name": "经发局"})


def metal(current: Session, office: Department | None) -> UnitType:
    top = create(current, UnitType, MAKER, {"code": "02", "name": "冶金工贸类", "department_id": office.id if office else None})
    return create(current, UnitType, MAKER, {"code": "0201", "name": "冶金行业", "parent_id": top.id})


def test_a_file_is_confirmed_with_who_and_when(park: Park, current: Session) -> None:
    viewer = officer(park)
    firm = enterprises.confirm(current, viewer, firms(current, park)[:1], now=NOW)[0]
    assert (firm.confirm_state, firm.confirmed_at, firm.confirmed_by_id) == ("confirmed", NOW, viewer.id)
    assert firm.standard_state == "unmet", "it lacks most of what its type must hold"
    assert (newest(current).verb, newest(current).record_name) == ("confirm", firm.name)


def test_a_full_file_meets_the_standard_when_it_is_confirmed(park: Park, current: Session) -> None:
    for item in enterprises.completeness.items():
        create(current, FieldRule, MAKER, {"item": item.code, "is_required": False})
    firm = enterprises.confirm(current, officer(park), firms(current, park)[:1], now=NOW)[0]
    assert (firm.standard_state, firm.completeness) == ("met", 100)


def test_a_file_is_returned_with_a_reason_only(park: Park, current: Session) -> None:
    firm = firms(current, park)[0]
    with pytest.raises(Invalid, match="请填写退回原因。"):
        enterprises.return_file(current, officer(park), firm, "  ")
    enterprises.return_file(current, officer(park), firm, " 证书编号不符 ")
    assert (firm.confirm_state, firm.return_reason, newest(current).reason) == ("returned", "证书编号不符", "证书编号不符")


@pytest.mark.parametrize("right", ["enterprise.edit", ""])
def test_nothing_is_confirmed_without_the_right(right: str, park: Park, current: Session) -> None:
    viewer = park.viewer("officer", permissions=frozenset({right}))
    with pytest.raises(Forbidden, match="权限，请联系系统管理员。"):
        enterprises.confirm(current, viewer, firms(current, park), now=NOW)
    with pytest.raises(Forbidden, match="权限，请联系系统管理员。"):
        enterprises.return_file(current, viewer, firms(current, park)[0], "x")


def test_an_enterprise_confirms_nothing_even_with_the_right(park: Park, current: Session) -> None:
    own = park.viewer("enterprise", permissions=RIGHTS)
    with pytest.raises(Forbidden, match="只有监管部门的人员可以办理。"):
        enterprises.confirm(current, own, firms(current, park)[:1], now=NOW)
    with pytest.raises(Forbidden, match="只有监管部门的人员可以办理。"):
        enterprises.move_division(current, own, firms(current, park)[:1], current.get_one(Division, park.first.division_id))


def test_what_lies_outside_the_scope_is_not_confirmed(park: Park, current: Session) -> None:
    stranger = officer(park, scope="departments", department_id=other_office(current).id)
    with pytest.raises(NotFound, match="没有找到这条生产经营单位"):
        enterprises.confirm(current, stranger, firms(current, park), now=NOW)


def test_ticked_rows_are_all_there_or_none(park: Park, current: Session) -> None:
    ids = [park.first.id, park.second.id]
    assert [one.id for one in enterprises.ticked(current, officer(park), [*ids, ids[0]])] == ids
    with pytest.raises(NotFound, match="有 1 家企业已删除或不在您的数据范围内，请刷新后再试。"):
        enterprises.ticked(current, officer(park), [ids[0], 999_999])
    with pytest.raises(Invalid, match="请先勾选企业。"):
        enterprises.ticked(current, officer(park), [])
    with pytest.raises(Invalid, match="一次最多办理 1,000 家企业，现勾选了 1,001 家。"):
        enterprises.ticked(current, officer(park), range(1, 1002))


def test_enterprises_move_to_another_division_one_entry_each(park: Park, current: Session) -> None:
    town = create(current, Division, MAKER, {"code": "211321104", "name": "二十家子镇", "level": "town"})
    first, second = firms(current, park)
    assert enterprises.move_division(current, officer(park), [first, second], town, "区划调整") == 2
    assert (first.division.name, second.division_id) == ("二十家子镇", town.id)
    assert (newest(current).verb, newest(current).changes["division_id"][1], newest(current).reason) == ("move", town.id, "区划调整")
    assert enterprises.move_division(current, officer(park), [first], town) == 0, "what is there stays as it is"


def test_nobody_moves_an_enterprise_out_of_his_own_reach(park: Park, current: Session) -> None:
    town = create(current, Division, MAKER, {"code": "211321104", "name": "二十家子镇", "level": "town"})
    local = officer(park, scope="divisions", division_id=park.first.division_id)
    with pytest.raises(Forbidden, match="将不在您的数据范围内"):
        enterprises.move_division(current, local, firms(current, park)[:1], town)


def test_a_new_type_brings_its_department_also_from_the_class_above(park: Park, current: Session) -> None:
    office = other_office(current)
    firm = firms(current, park)[0]
    assert enterprises.change_type(current, officer(park), [firm], metal(current, office), "转产") == 1
    assert (firm.kind, firm.department_id) == ("冶金工贸类-冶金行业", office.id)
    assert (newest(current).verb, sorted(newest(current).changes)) == ("retype", ["department_id", "unit_type_id"])


def test_a_type_without_a_department_leaves_the_enterprise_its_own(park: Park, current: Session) -> None:
    firm = firms(current, park)[0]
    before = firm.department_id
    enterprises.change_type(current, officer(park), [firm], metal(current, None))
    assert (firm.unit_type.name, firm.department_id) == ("冶金行业", before)


def test_a_new_supervisor_takes_over_all_units_of_the_type_at_once(park: Park, current: Session) -> None:
    office = other_office(current)
    kind = current.get_one(UnitType, park.first.unit_type_id)
    part = {"enterprise_id": park.second.id, "name": "车队", "unit_type_id": kind.id, "division_id": park.first.division_id}
    branch = create(current, SecondaryUnit, MAKER, part | {"department_id": park.first.department_id})
    versions = [one.version for one in firms(current, park)]
    assert enterprises.set_supervisor(current, officer(park), kind, office) == 3
    assert [one.department_id for one in (*firms(current, park), branch)] == [office.id] * 3
    assert [one.version for one in firms(current, park)] == [number + 1 for number in versions]
    entries = current.scalars(select(AuditEntry).where(AuditEntry.verb == "supervise").order_by(AuditEntry.id)).all()
    assert [one.table_name for one in entries] == ["unit_type", "enterprise", "enterprise", "secondary_unit"]
    assert entries[1].changes == {"department_id": [park.first.department_id, office.id]}
    assert {one.username for one in entries} == {officer(park).username}


def test_types_below_without_a_supervisor_of_their_own_follow(park: Park, current: Session) -> None:
    office = other_office(current)
    kind = current.get_one(UnitType, park.first.unit_type_id)
    top = current.get_one(UnitType, kind.parent_id)
    assert enterprises.set_supervisor(current, officer(park), top, office) == 0, "the type below has its own"
    update(current, kind, MAKER, {"department_id": None})
    third = create(current, Department, MAKER, {"name": "规划建设局", "short_name": "规建局"})
    assert enterprises.set_supervisor(current, officer(park), top, third) == 2


def test_only_who_sees_the_whole_park_shifts_enterprises_between_authorities(park: Park, current: Session) -> None:
    local = officer(park, scope="departments", department_id=park.first.department_id)
    with pytest.raises(Forbidden, match="请由园区管理人员办理。"):
        enterprises.set_supervisor(current, local, current.get_one(UnitType, park.first.unit_type_id), other_office(current))
