"""Writing records: nothing twice, nothing out of reach, parts with their owner, back from the bin, two people at one record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.conflict import changes_since
from data.db import session as write_session
from data.errors import Conflict, Forbidden, Invalid, NotFound
from data.models import AuditEntry, Department, Enterprise, Expert, SafetyPerson
from data.query import get
from data.save import create, delete, restore, save_parts, update
from data.settings import Settings
from data.validity import why_not_change
from tests.park import MAKER, Park, make_park


@pytest.fixture
def current(fresh_database: Settings) -> Iterator[Session]:
    with write_session() as session:
        yield session


@pytest.fixture
def park(current: Session) -> Park:
    return make_park(current)


def test_a_name_that_is_taken_is_refused_at_the_field_and_the_session_goes_on(park: Park, current: Session) -> None:
    with pytest.raises(Invalid) as caught:
        update(current, park.second, MAKER, {"name": park.first.name})
    assert caught.value.fields == {"name": f"企业名称“{park.first.name}”已存在（含已删除的记录），不能重复。"}
    current.refresh(park.second)
    update(current, park.second, MAKER, {"short_name": "二号运输"})
    assert get(current, Enterprise, park.second.id, MAKER).short_name == "二号运输"


def test_a_rule_of_a_column_speaks_at_its_field(park: Park, current: Session) -> None:
    with pytest.raises(Invalid) as caught:
        update(current, park.first, MAKER, {"credit_code": "9121132MA0YB0046"})
    assert caught.value.fields["credit_code"].startswith("应为 18 位")


def test_nobody_writes_where_they_do_not_see(park: Park, current: Session) -> None:
    town = park.viewer("town", scope="divisions", division_id=park.first.division_id)
    other = create(current, type(park.first.division), MAKER, {"code": "211321104", "name": "二十家子镇", "level": "town"})
    with pytest.raises(Forbidden, match="将不在您的数据范围内，不能这样保存，请由上级部门办理。"):
        update(current, park.first, town, {"division_id": other.id})


def test_what_belongs_to_an_office_is_changed_by_its_people_only(park: Park, current: Session) -> None:
    office = park.first.department
    other = create(current, Department, MAKER, {"name": "交通局", "short_name": "交通局"})
    expert = create(current, Expert, MAKER, {"name": "王工", "kind": "化工", "department_id": other.id})
    outsider = park.viewer("department", department_id=office.id if office else 0)
    assert why_not_change(outsider, expert) == "这条记录属于交通局，只有该机构可以修改或删除。"
    for change in (lambda: update(current, expert, outsider, {"name": "张工"}), lambda: delete(current, expert, outsider, "离任")):
        with pytest.raises(Forbidden, match="只有该机构可以修改或删除。"):
            change()
    update(current, expert, park.viewer("department", department_id=other.id), {"name": "张工"})
    mine = create(current, Expert, park.viewer("department", department_id=other.id), {"name": "李工", "kind": "化工"})
    assert mine.department_id == other.id, "what one enters belongs to one's own office"


def test_a_record_that_others_refer_to_stays(park: Park, current: Session) -> None:
    with pytest.raises(Conflict) as caught:
        delete(current, park.first.division, MAKER, "合并")
    assert str(caught.value) == "还有生产经营单位 2 条引用“柳城街道”，请先处理后再删除。"


def test_a_deleted_record_comes_back_with_who_and_why_in_the_trail(park: Park, current: Session) -> None:
    office = park.first.department
    expert = create(current, Expert, MAKER, {"name": "王工", "kind": "化工", "department_id": office.id if office else None})
    delete(current, expert, MAKER, "重复录入")
    with pytest.raises(NotFound):
        get(current, Expert, expert.id, MAKER)
    restore(current, get(current, Expert, expert.id, MAKER, deleted=True), MAKER)
    assert get(current, Expert, expert.id, MAKER).name == "王工"
    entries = select(AuditEntry.verb, AuditEntry.reason).where(AuditEntry.table_name == "expert").order_by(AuditEntry.id)
    assert [tuple(row) for row in current.execute(entries)] == [("create", None), ("delete", "重复录入"), ("restore", None)]


def test_parts_are_added_changed_and_removed_together_and_each_is_audited(park: Park, current: Session) -> None:
    rows = [(None, {"name": "刘海涛", "post": "安全总监"}), (None, {"name": "孙丽", "post": "专职安全员", "certificate_until": date(2026, 12, 31)})]
    first, second = save_parts(current, park.first, MAKER, SafetyPerson, rows)
    kept = save_parts(current, park.first, MAKER, SafetyPerson, [(second.id, {"name": "孙丽", "post": "安全总监"})])
    assert [(one.id, one.post) for one in kept] == [(second.id, "安全总监")]
    assert first.deleted_at is not None
    verbs = current.scalars(select(AuditEntry.verb).where(AuditEntry.table_name == "safety_person").order_by(AuditEntry.id)).all()
    assert verbs == ["create", "create", "update", "delete"]


def test_every_wrong_row_of_parts_is_named_by_its_number_and_field(park: Park, current: Session) -> None:
    rows = [(None, {"name": "刘海涛"}), (None, {"name": "", "post": "专职安全员"})]
    with pytest.raises(Invalid) as caught:
        save_parts(current, park.first, MAKER, SafetyPerson, rows)
    assert caught.value.fields == {"0.post": "请填写岗位。", "1.name": "请填写姓名。"}


def test_a_row_of_another_owner_is_no_part_of_this_one(park: Park, current: Session) -> None:
    (theirs,) = save_parts(current, park.second, MAKER, SafetyPerson, [(None, {"name": "王五", "post": "安全总监"})])
    with pytest.raises(Conflict, match="安全管理人员第 1 行刚刚被他人删除，请刷新后再试。"):
        save_parts(current, park.first, MAKER, SafetyPerson, [(theirs.id, {"name": "冒名"})])


def test_what_others_changed_since_a_version_is_told_field_by_field(park: Park, current: Session) -> None:
    version = park.first.version
    update(current, park.first, park.viewer("officer"), {"phone": "13900000001"})
    update(current, park.first, park.viewer("admin"), {"phone": "13900000002", "contact": "王五"})
    found = changes_since(current, park.first, version)
    assert {name: (one.before, one.now) for name, one in found.items()} == {"phone": (None, "13900000002"), "contact": (None, "王五")}
    assert changes_since(current, park.first, park.first.version) == {}
