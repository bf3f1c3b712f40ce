"""What an enterprise's own changes promise: they wait for the authority, are applied whole, and overwrite nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from data import enterprises
from data.db import engine, session
from data.enterprise_changes import (
    KEPT,
    confirm_change,
    conflicts,
    open_change,
    own_columns,
    return_change,
    submit_change,
    withdraw_change,
)
from data.errors import Conflict, Forbidden, Invalid, NotFound
from data.models import AuditEntry, Certificate, Department, Enterprise, EnterpriseChange, SafetyPerson, User
from data.save import create, delete, update
from data.viewer import Viewer
from tests.park import MAKER, Park, make_park

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


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
def firm(park: Park, current: Session) -> Enterprise:
    return current.get_one(Enterprise, park.first.id)


def officer(park: Park, **changes: Any) -> Viewer:
    return park.viewer("officer", permissions=frozenset({"enterprise.confirm"}), **changes)


def own(park: Park) -> Viewer:
    return park.viewer("enterprise")


def person(current: Session, park: Park, name: str = "刘海涛") -> SafetyPerson:
    values = {"name": name, "post": "专职安全员", "certificate_until": date(2026, 9, 30), "enterprise_id": park.first.id}
    return create(current, SafetyPerson, MAKER, values)


def test_what_is_submitted_waits_and_the_file_stays_as_it_is(park: Park, current: Session, firm: Enterprise) -> None:
    change = submit_change(current, own(park), firm, {"contact": "刘海涛", "founded_on": date(2014, 6, 18)}, now=NOW)
    assert change.values == {"contact": [None, "刘海涛"], "founded_on": [None, "2014-06-18"]}
    assert (firm.contact, firm.confirm_state, change.state, change.submitted_at) == (None, "pending", "pending", NOW)
    assert open_change(current, firm.id) is change
    entry = current.scalars(select(AuditEntry).where(AuditEntry.table_name == "enterprise_change")).one()
    assert (entry.verb, entry.record_name) == ("submit", f"{firm.name}的变更")


def test_a_second_submission_is_refused_until_the_first_is_decided_or_withdrawn(park: Park, current: Session, firm: Enterprise) -> None:
    change = submit_change(current, own(park), firm, {"contact": "刘海涛"}, now=NOW)
    with pytest.raises(Conflict, match="上次提交的变更还在等待确认。如需再改，请先撤回。"):
        submit_change(current, own(park), firm, {"contact": "孙丽"}, now=NOW)
    withdraw_change(current, own(park), change, now=LATER)
    assert (change.state, open_change(current, firm.id)) == ("withdrawn", None)
    submit_change(current, own(park), firm, {"contact": "孙丽"}, now=LATER)


def test_a_withdrawn_change_leaves_the_file_in_the_state_before(park: Park, current: Session, firm: Enterprise) -> None:
    enterprises.confirm(current, officer(park), [firm], now=NOW)
    change = submit_change(current, own(park), firm, {"contact": "刘海涛"}, now=NOW)
    assert firm.confirm_state == "pending"
    withdraw_change(current, own(park), change, now=LATER)
    assert firm.confirm_state == "confirmed"


def test_a_confirmed_change_is_in_the_file_with_all_its_rows(park: Park, current: Session, firm: Enterprise) -> None:
    stays, goes = person(current, park), person(current, park, "孙丽")
    rows = [(stays.id, {"certificate_until": date(2027, 5, 18)}), (None, {"name": "周楠", "post": "安全总监"})]
    wanted = {"contact": "刘海涛", "founded_on": date(2014, 6, 18)}
    change = submit_change(current, own(park), firm, wanted, {"safety_person": rows}, now=NOW)
    assert (stays.certificate_until, goes.deleted_at) == (date(2026, 9, 30), None)
    confirm_change(current, officer(park), change, now=LATER)
    assert (firm.contact, firm.founded_on, firm.confirm_state, firm.confirmed_at) == ("刘海涛", date(2014, 6, 18), "confirmed", LATER)
    live = select(SafetyPerson.name).where(SafetyPerson.deleted_at.is_(None)).order_by(SafetyPerson.id)
    assert current.scalars(live).all() == ["刘海涛", "周楠"]
    assert (stays.certificate_until, goes.deleted_at is None) == (date(2027, 5, 18), False)
    assert (change.state, change.decided_by_id, change.decided_at) == ("confirmed", officer(park).id, LATER)
    assert firm.completeness > 0, "counted anew"


def test_a_field_that_somebody_changed_meanwhile_is_named_and_nothing_is_applied(park: Park, current: Session, firm: Enterprise) -> None:
    row = person(current, park)
    rows = [(row.id, {"post": "安全总监"})]
    change = submit_change(current, own(park), firm, {"contact": "刘海涛", "duty_phone": "119"}, {"safety_person": rows}, now=NOW)
    update(current, firm, MAKER, {"contact": "孙丽"})
    update(current, row, MAKER, {"post": "兼职安全员"})
    assert conflicts(current, change) == ["安全负责人", "安全管理人员“刘海涛”"]
    with pytest.raises(Conflict, match="提交之后，安全负责人、安全管理人员“刘海涛”已被修改，不能直接确认。"):
        confirm_change(current, officer(park), change, now=LATER)
    assert (firm.contact, firm.duty_phone, change.state) == ("孙丽", None, "pending")


def test_a_row_that_somebody_removed_meanwhile_is_a_conflict(park: Park, current: Session, firm: Enterprise) -> None:
    row = person(current, park)
    change = submit_change(current, own(park), firm, {}, {"safety_person": [(row.id, {"post": "安全总监"})]}, now=NOW)
    delete(current, row, MAKER, "离职")
    assert conflicts(current, change) == ["安全管理人员“刘海涛”"]


def test_what_already_stands_so_is_no_conflict(park: Park, current: Session, firm: Enterprise) -> None:
    change = submit_change(current, own(park), firm, {"contact": "刘海涛"}, now=NOW)
    update(current, firm, MAKER, {"contact": "刘海涛"})
    confirm_change(current, officer(park), change, now=LATER)
    assert (firm.contact, change.state) == ("刘海涛", "confirmed")


def test_a_returned_change_leaves_the_file_and_tells_why(park: Park, current: Session, firm: Enterprise) -> None:
    change = submit_change(current, own(park), firm, {"contact": "刘海涛"}, now=NOW)
    with pytest.raises(Invalid, match="请填写退回原因。"):
        return_change(current, officer(park), change, "", now=LATER)
    return_change(current, officer(park), change, "与任命文件不符", now=LATER)
    assert (change.state, change.reason, firm.confirm_state, firm.return_reason) == ("returned", "与任命文件不符", "returned", "与任命文件不符")
    assert firm.contact is None


def test_a_change_is_decided_once(park: Park, current: Session, firm: Enterprise) -> None:
    change = submit_change(current, own(park), firm, {"contact": "刘海涛"}, now=NOW)
    confirm_change(current, officer(park), change, now=LATER)
    with pytest.raises(Conflict, match="这项变更已经处理过了，请刷新后再看。"):
        return_change(current, officer(park), change, "x", now=LATER)
    with pytest.raises(Conflict, match="这项变更已经处理过了，请刷新后再看。"):
        withdraw_change(current, own(park), change, now=LATER)


def test_a_file_is_not_confirmed_past_a_waiting_change(park: Park, current: Session, firm: Enterprise) -> None:
    submit_change(current, own(park), firm, {"contact": "刘海涛"}, now=NOW)
    with pytest.raises(Conflict, match="朝阳一号化工有限公司提交的变更还没有处理"):
        enterprises.confirm(current, officer(park), [firm], now=LATER)
    with pytest.raises(Conflict, match="朝阳一号化工有限公司提交的变更还没有处理"):
        enterprises.return_file(current, officer(park), firm, "x")


def test_a_renamed_enterprise_signs_in_with_its_new_name(park: Park, current: Session, firm: Enterprise) -> None:
    user = current.get_one(User, own(park).id)
    update(current, user, MAKER, {"username": firm.name})
    change = submit_change(current, own(park), firm, {"name": "朝阳一号新材料有限公司"}, now=NOW)
    confirm_change(current, officer(park, scope="departments", department_id=firm.department_id), change, now=LATER)
    assert (firm.name, user.username) == ("朝阳一号新材料有限公司", "朝阳一号新材料有限公司")


@pytest.mark.parametrize("name", sorted(KEPT | {"id", "version", "deleted_at", "nothing"}))
def test_what_the_authority_decides_is_not_the_enterprises_to_change(name: str, park: Park, current: Session, firm: Enterprise) -> None:
    with pytest.raises(Forbidden, match="有的内容只能由监管部门修改，请联系主管部门。"):
        submit_change(current, own(park), firm, {name: "x"}, now=NOW)
    assert name not in own_columns()


def test_only_the_enterprise_itself_submits_and_withdraws(park: Park, current: Session, firm: Enterprise) -> None:
    second = current.get_one(Enterprise, park.second.id)
    change = submit_change(current, own(park), firm, {"contact": "刘海涛"}, now=NOW)
    may = frozenset({"own.file"})
    strangers = (own(park), park.viewer("admin", permissions=may), park.viewer("officer", permissions=may, enterprise_id=second.id))
    for viewer, target in ((one, second) for one in strangers):
        with pytest.raises(Forbidden, match="只有企业自己的用户可以提交本企业的变更。"):
            submit_change(current, viewer, target, {"contact": "x"}, now=NOW)
    with pytest.raises(Forbidden, match="只有企业自己的用户可以撤回本企业的变更。"):
        withdraw_change(current, park.viewer("admin", permissions=may), change, now=NOW)
    with pytest.raises(Forbidden, match="没有“填报本企业档案”权限"):
        submit_change(current, park.viewer("enterprise", permissions=frozenset()), firm, {"contact": "x"}, now=NOW)


def test_a_change_outside_the_scope_or_without_the_right_is_not_decided(park: Park, current: Session, firm: Enterprise) -> None:
    change = submit_change(current, own(park), firm, {"contact": "刘海涛"}, now=NOW)
    office = create(current, Department, MAKER, {"name": "经济发展局", "short_name": "经发局"})
    with pytest.raises(NotFound, match="没有找到这条待确认变更"):
        confirm_change(current, officer(park, scope="departments", department_id=office.id), change, now=LATER)
    with pytest.raises(Forbidden, match="权限，请联系系统管理员。"):
        confirm_change(current, park.viewer("officer", permissions=frozenset()), change, now=LATER)
    with pytest.raises(Forbidden, match="只有监管部门的人员可以办理。"):
        confirm_change(current, park.viewer("enterprise", permissions=frozenset({"enterprise.confirm"})), change, now=LATER)


@pytest.mark.parametrize(
    ("values", "lists", "fields"),
    [
        ({"credit_code": "123"}, {}, {"credit_code": "应为 18 位，现为 3 位。"}),
        ({"name": ""}, {}, {"name": "请填写企业名称。"}),
        ({"scale": "huge"}, {}, {"scale": "请选择列出的选项。"}),
        ({}, {"safety_person": [(None, {"name": "", "post": "x"})]}, {"safety_person.0.name": "请填写姓名。"}),
        ({}, {"equipment": [(None, {"name": "泵", "kind": "x", "count": -1})]}, {"equipment.0.count": "不能小于 0。"}),
    ],
)
def test_what_cannot_be_is_told_when_it_is_submitted(values: Any, lists: Any, fields: Any, park: Park, current: Session, firm: Enterprise) -> None:
    with pytest.raises(Invalid) as caught:
        submit_change(current, own(park), firm, values, lists, now=NOW)
    assert caught.value.fields == fields


def test_rows_of_another_enterprise_and_other_tables_are_out_of_reach(park: Park, current: Session, firm: Enterprise) -> None:
    theirs = create(current, Certificate, MAKER, {"enterprise_id": park.second.id, "kind": "其他证照", "number": "1"})
    with pytest.raises(Conflict, match="证照第 1 行刚刚被他人删除，请刷新后再试。"):
        submit_change(current, own(park), firm, {}, {"certificate": [(theirs.id, {"number": "2"})]}, now=NOW)
    with pytest.raises(Invalid, match="没有这种清单，请刷新页面。"):
        submit_change(current, own(park), firm, {}, {"user": [(None, {"name": "x"})]}, now=NOW)
    with pytest.raises(Invalid) as caught:
        rows = [(None, {"kind": "其他证照", "number": "1", "enterprise_id": park.second.id})]
        submit_change(current, own(park), firm, {}, {"certificate": rows}, now=NOW)
    assert caught.value.fields == {"certificate.0.": "证照没有这些字段：enterprise_id。"}


def test_nothing_changed_is_nothing_to_confirm(park: Park, current: Session, firm: Enterprise) -> None:
    row = person(current, park)
    with pytest.raises(Invalid, match="没有修改任何内容。"):
        submit_change(current, own(park), firm, {"contact": "", "name": firm.name}, {"safety_person": [(row.id, {"name": "刘海涛"})]}, now=NOW)
    assert current.scalars(select(EnterpriseChange)).all() == []
