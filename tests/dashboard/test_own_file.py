"""The enterprise side: an enterprise sees and changes its own file only, and what it wants changed waits for the authority."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete as sql_delete
from sqlalchemy import select
from sqlalchemy import update as sql_update
from sqlalchemy.orm import Session

from dashboard.blocks.change_table import change_count
from dashboard.blocks.record_drawer import drawer
from dashboard.blocks.record_form import texts_of
from dashboard.resource_state import State
from dashboard.resource_work import act
from data import db
from data.calendar import park_day
from data.completeness import assess
from data.enterprise_changes import open_change, put_aside
from data.errors import Invalid
from data.field_rules import set_rules
from data.models import (
    FILE_LISTS,
    AuditEntry,
    Enterprise,
    EnterpriseChange,
    Equipment,
    Insurance,
    RiskObject,
    SafetyPerson,
    User,
)
from data.rules.completeness import Rule
from data.save import create, delete, update
from data.viewer import Viewer, system_viewer
from data.viewers import viewer_from
from pages.enterprise_entry import ENTER_ENTERPRISE
from pages.enterprises import ENTERPRISES
from pages.own_file import OWN_FILE, OwnFileLayout, shaped
from tests.dashboard.asking import Submitter, listed, one, opened, rows, sent
from tests.dashboard.test_shell import words

WHO = system_viewer("tests")
PLACE = ("own-file", "children")
Enter = Callable[..., FlaskClient]


@pytest.fixture(scope="module")
def firm(demo_database: Any) -> Enterprise:
    """An enterprise with two safety people and a machine."""
    found: Enterprise = one(Enterprise, Enterprise.name == "朝阳华锦新材料有限公司")
    with db.session() as current:
        _empty(current, found)
        for name in ("刘海涛", "孙丽"):
            create(current, SafetyPerson, WHO, {"enterprise_id": found.id, "name": name, "post": "专职安全员"})
        create(current, Equipment, WHO, {"enterprise_id": found.id, "name": "反应釜", "kind": "压力容器", "count": 2})
    return found


def _empty(current: Session, firm: Enterprise) -> None:
    """The file without what the demo park has entered into it: no lists, no changes that wait, no day of foundation."""
    current.execute(sql_update(RiskObject).where(RiskObject.enterprise_id == firm.id).values(process_id=None))
    for model in (*FILE_LISTS.values(), EnterpriseChange):
        current.execute(sql_delete(model).where(model.enterprise_id == firm.id))
    current.execute(sql_update(Enterprise).where(Enterprise.id == firm.id).values(founded_on=None))


@pytest.fixture(scope="module")
def other(demo_database: Any) -> Enterprise:
    found: Enterprise = one(Enterprise, Enterprise.name == "朝阳市鑫盛化工有限公司")
    with db.session() as current:
        _empty(current, found)
        create(current, SafetyPerson, WHO, {"enterprise_id": found.id, "name": "他厂的人", "post": "专职安全员"})
    return found


@pytest.fixture
def own(person: Enter, firm: Enterprise) -> Iterator[FlaskClient]:
    """The enterprise's user; afterwards nothing waits any more."""
    yield person(firm.name, door="/enterprise/login")
    with db.session() as current:
        for change in current.scalars(select(EnterpriseChange).where(EnterpriseChange.state != "confirmed", EnterpriseChange.deleted_at.is_(None))):
            update(current, change, WHO, {"state": "withdrawn"})
            delete(current, change, WHO, "test")


def viewer(name: str) -> Viewer:
    with db.read_session() as current:
        return viewer_from(current.scalars(select(User).where(User.username == name)).one())


def people(firm: Enterprise) -> list[dict[str, str]]:
    with db.read_session() as current:
        found = current.scalars(select(SafetyPerson).where(SafetyPerson.enterprise_id == firm.id, SafetyPerson.deleted_at.is_(None)).order_by(SafetyPerson.id))
        return [{"id": str(each.id), "name": each.name, "post": each.post, "certificate_no": "", "certificate_until": "", "phone": ""} for each in found]


def waiting(firm: Enterprise) -> EnterpriseChange | None:
    with db.read_session() as current:
        return open_change(current, firm.id)


def submit_form(client: FlaskClient, firm: Enterprise, **values: str) -> str:
    return sent(client, PLACE, "own_file", {"id": str(firm.id), "do": "edit", "version": "0", "values": values})


def page(name: str, **query: str) -> str:
    return words(OwnFileLayout(OWN_FILE)(viewer(name), **query))


# Seeing


def test_the_form_shows_the_whole_file_with_what_only_the_authority_sets_in_grey(firm: Enterprise) -> None:
    text = page(firm.name)
    for part in ("基本信息", "安全管理信息", "位置", "安全管理人员", "主要设备", "证照", "附件", "提交", "刘海涛", "反应釜"):
        assert part in text, part
    assert text.count("由监管部门设置，如需调整请联系主管部门") == 4
    assert "want" in text, "what counts for completeness is marked"


def test_what_the_type_hides_is_neither_shown_nor_taken(firm: Enterprise, own: FlaskClient) -> None:
    with db.session() as current:
        set_rules(current, WHO, firm.unit_type_id, {"email": Rule(False, False), "process": Rule(False, False), "postcode": Rule(True, True)}, datetime.now(UTC).date())
        resource = shaped(current, firm)
    names = {field.name: field for field in resource.form_fields()}
    assert "email" not in names
    assert names["postcode"].is_due
    assert "process" not in {part.key for part in resource.parts}
    assert "没有修改任何内容。" in submit_form(own, firm, email="a@b.cn")
    assert waiting(firm) is None
    with db.session() as current:
        set_rules(current, WHO, firm.unit_type_id, {"email": Rule(True, False), "process": Rule(True, False), "postcode": Rule(True, False)}, datetime.now(UTC).date())


def test_management_pages_are_not_for_enterprises_and_the_file_not_for_the_authority(app: Any, firm: Enterprise) -> None:
    from dashboard.shell import route

    everything = replace(viewer(firm.name), permissions=frozenset({"*"}))
    paths = [each.path for each in app.site.open_to(everything)]
    own = [path for path in paths if path.startswith("/own/")]
    assert [path for path in paths if path not in own] == ["/", "/todos", "/map", "/tanks", "/tanks/trend", "/alarms", "/vehicles", "/video", "/vehicles/replay", "/risk-map", "/messages"]
    assert {"/own/file", "/own/dangers", "/own/reports", "/own/inspections", "/own/hazards", "/own/standards", "/own/notices"} <= set(own)
    for path in ("/enterprises", "/enterprises/pending", "/system/users", "/system/field-rules"):
        assert "这是管理端的页面，企业端不能打开。" in words(list(route(app.site, app.settings, everything, path, ""))), path
    assert "这是企业端的页面" in words(list(route(app.site, app.settings, WHO, "/own/file", "")))


def test_the_home_says_how_complete_the_file_is_and_where_to_mend_it(app: Any, firm: Enterprise) -> None:
    from dashboard.shell import route

    text = words(list(route(app.site, app.settings, viewer(firm.name), "/", "")))
    for part in (firm.name, "应填 ", "完善度", "去补充", "/own/file?at=founded_on", "修改密码", "最新报警"):
        assert part in text, part
    assert "平台运行" not in text


# Submitting


def test_a_submission_waits_and_nothing_of_the_file_moves(firm: Enterprise, own: FlaskClient) -> None:
    rows_text = json.dumps([*people(firm)[:1], {"id": "", "name": "新来的", "post": "专职安全员"}])
    answer = submit_form(own, firm, legal_person="王新", **{"rows:safety_person": rows_text})
    assert "已提交，等待朝阳柳城经济开发区应急管理局确认" in answer
    for part in ("提交的修改", "王新", "新来的", "孙丽", "撤回"):
        assert part in answer, part
    change = waiting(firm)
    assert change
    assert change_count(change) == 3
    now = one(Enterprise, Enterprise.id == firm.id)
    assert (now.legal_person, now.confirm_state) == (firm.legal_person, "pending")
    assert [each["name"] for each in people(firm)] == ["刘海涛", "孙丽"]
    assert "上次提交的变更还在等待确认。如需再改，请先撤回。" in submit_form(own, firm, legal_person="又一个")


def test_mistakes_stand_at_the_fields_and_what_was_typed_stays(firm: Enterprise, own: FlaskClient) -> None:
    broken = json.dumps([{"id": "", "name": "", "post": "没有的岗位"}])
    answer = submit_form(own, firm, name="", email="no mail", phone="x", **{"rows:safety_person": broken})
    for part in ("请填写企业名称。", "mistake-email", "请输入手机号，或带区号的座机号", "请选择列出的选项。", "no mail", "没有的岗位", "安全管理人员第 1 行岗位"):
        assert part in answer, part
    assert waiting(firm) is None


def test_a_withdrawn_submission_stays_in_the_form(firm: Enterprise, own: FlaskClient) -> None:
    submit_form(own, firm, legal_person="王新", **{"rows:safety_person": json.dumps([*people(firm), {"id": "", "name": "新来的", "post": "专职安全员"}])})
    answer = sent(own, PLACE, "own_file", {"id": "1", "do": "withdraw", "values": {}})
    for part in ("已撤回，内容保留在下面", "下面是您撤回的内容，尚未提交。", "王新", "新来的"):
        assert part in answer, part
    assert waiting(firm) is None
    assert "新来的" not in page(firm.name, fresh="1")
    assert "没有等待确认的变更" in sent(own, PLACE, "own_file", {"id": "1", "do": "withdraw", "values": {}})


def test_a_form_sent_as_it_came_changes_nothing(firm: Enterprise, own: FlaskClient) -> None:
    with db.read_session() as current:
        found = current.get_one(Enterprise, firm.id)
        texts = texts_of(current, shaped(current, found), found, None)
    assert "没有修改任何内容。" in submit_form(own, firm, **texts)
    assert waiting(firm) is None


# Forged


def test_only_the_own_file_is_ever_touched_whatever_id_is_sent(firm: Enterprise, other: Enterprise, own: FlaskClient) -> None:
    sent(own, PLACE, "own_file", {"id": str(other.id), "do": "edit", "version": "0", "values": {"legal_person": "王新"}})
    assert waiting(other) is None
    change = waiting(firm)
    assert change
    assert change.enterprise_id == firm.id


def test_what_only_the_authority_sets_is_not_taken_from_the_enterprise(firm: Enterprise, own: FlaskClient) -> None:
    forged = {"unit_type_id": "1", "division_id": "1", "grade": "A", "completeness": "100", "confirm_state": "confirmed", "standard_state": "met", "code": "X"}
    assert "没有修改任何内容。" in submit_form(own, firm, **forged)
    submit_form(own, firm, legal_person="王新", **forged)
    change = waiting(firm)
    assert change
    assert set(change.values) == {"legal_person"}


def test_a_row_of_another_enterprise_is_refused(firm: Enterprise, other: Enterprise, own: FlaskClient) -> None:
    answer = submit_form(own, firm, **{"rows:safety_person": json.dumps([people(other)[0] | {"name": "改名"}])})
    assert "安全管理人员第 1 行刚刚被他人删除，请刷新后再试。" in answer
    assert waiting(firm) is None
    assert people(other)[0]["name"] == "他厂的人"


def test_the_callbacks_of_lists_go_the_same_way(firm: Enterprise, other: Enterprise, own: FlaskClient, submit: Submitter) -> None:
    assert [each["id"] for each in rows(listed(own, "own_file"), "own_file")] == [str(firm.id)]
    assert "没有找到" in submit(own, "own_file", other.id, "edit", {"legal_person": "王新"})
    assert waiting(other) is None
    submit(own, "own_file", firm.id, "edit", {"legal_person": "王新", "rows:safety_person": "[]"})
    assert len(people(firm)) == 2, "rows wait too"
    assert waiting(firm)


@pytest.mark.parametrize("data", [None, "x", {"do": "delete"}, {"do": "confirm", "id": "1", "values": {}}, {"do": "edit", "values": "x"}, {}])
def test_what_makes_no_sense_is_refused_in_words(data: Any, firm: Enterprise, own: FlaskClient) -> None:
    answer = sent(own, PLACE, "own_file", data)
    assert any(part in answer for part in ("提交的内容不完整", "没有这个操作", "没有修改任何内容"))
    assert waiting(firm) is None


def test_an_authority_cannot_submit_for_an_enterprise_without_acting_as_it(person: Enter, firm: Enterprise) -> None:
    assert "没有“填报本企业档案”权限" in submit_form(person("officer"), firm, legal_person="王新")
    assert waiting(firm) is None


def test_an_enterprise_sees_no_list_of_changes_and_confirms_nothing(firm: Enterprise, own: FlaskClient, submit: Submitter) -> None:
    submit_form(own, firm, legal_person="王新")
    change = waiting(firm)
    assert change
    assert "没有“确认、退回企业档案”权限" in submit(own, "change", change.id, "confirm", {}, change.version)
    assert waiting(firm)


# Deciding


def test_the_authority_sees_before_and_after_and_confirms(firm: Enterprise, own: FlaskClient, person: Enter, submit: Submitter) -> None:
    first = people(firm)[0]
    submit_form(own, firm, contact="王新", **{"rows:safety_person": json.dumps([first | {"phone": "13800000001"}, *people(firm)[1:]])})
    change = waiting(firm)
    assert change
    officer = person("officer")
    assert [each["id"] for each in rows(listed(officer, "change"), "change")] == [str(change.id)]
    text = opened(officer, "change", open=str(change.id))
    for part in ("变更内容（2 项）", "安全负责人", "王新", "安全管理人员“刘海涛”", "13800000001", "确认", "退回"):
        assert part in text, part
    assert f"已确认“{firm.name}”的变更，2 项修改已写入档案。" in submit(officer, "change", change.id, "confirm", {}, change.version)
    now = one(Enterprise, Enterprise.id == firm.id)
    assert (now.contact, now.confirm_state) == ("王新", "confirmed")
    assert one(SafetyPerson, SafetyPerson.id == int(first["id"])).phone == "13800000001"
    assert rows(listed(officer, "change"), "change") == []
    assert [each["id"] for each in rows(listed(officer, "change", state="all"), "change")] == [str(change.id)]


def test_a_returned_change_comes_back_with_its_reason_and_its_content(firm: Enterprise, own: FlaskClient, person: Enter, submit: Submitter) -> None:
    submit_form(own, firm, legal_person="王新")
    change = waiting(firm)
    assert change
    officer = person("officer")
    assert "请填写退回原因。" in submit(officer, "change", change.id, "return", {"reason": " "}, change.version)
    assert "企业端会看到原因" in submit(officer, "change", change.id, "return", {"reason": "请附营业执照"}, change.version)
    text = page(firm.name)
    for part in ("已退回：", "请附营业执照", "下面是您上次提交的内容", "王新"):
        assert part in text, part
    with db.read_session() as current:
        last = put_aside(current, firm.id)
    assert last
    assert last.id == change.id


def test_what_moved_meanwhile_is_named_and_stops_the_confirmation(firm: Enterprise, own: FlaskClient, person: Enter, submit: Submitter) -> None:
    submit_form(own, firm, duty_phone="0421-3809119")
    with db.session() as current:
        update(current, current.get_one(Enterprise, firm.id), WHO, {"duty_phone": "0421-3800000"})
    change = waiting(firm)
    assert change
    officer = person("officer")
    moved = "提交之后，24 小时值班电话已被修改，不能直接确认。"
    assert moved in opened(officer, "change", open=str(change.id))
    assert moved in submit(officer, "change", change.id, "confirm", {}, change.version)
    assert waiting(firm)


def test_a_change_outside_the_scope_is_neither_seen_nor_decided(firm: Enterprise, own: FlaskClient, person: Enter, submit: Submitter) -> None:
    submit_form(own, firm, legal_person="王新")
    change = waiting(firm)
    assert change
    with db.session() as current:
        office = current.scalars(select(User).where(User.username == "dept")).one()
        foreign = current.scalars(select(Enterprise.department_id).where(Enterprise.department_id != firm.department_id)).first()
        before = office.department_id
        update(current, office, WHO, {"department_id": foreign})
    try:
        stranger = person("dept")
        assert rows(listed(stranger, "change"), "change") == []
        assert "没有找到" in opened(stranger, "change", open=str(change.id))
        assert "不在您的数据范围内" in submit(stranger, "change", change.id, "confirm", {}, change.version)
    finally:
        with db.session() as current:
            update(current, current.scalars(select(User).where(User.username == "dept")).one(), WHO, {"department_id": before})
    assert waiting(firm)


def test_a_value_that_a_row_must_have_cannot_be_taken_away(firm: Enterprise, own: FlaskClient) -> None:
    machine = one(Equipment, Equipment.enterprise_id == firm.id)
    answer = submit_form(own, firm, scale="", **{"rows:equipment": json.dumps([{"id": str(machine.id), "name": "反应釜", "kind": machine.kind, "count": ""}])})
    assert "请填写企业规模。" in answer
    answer = submit_form(own, firm, **{"rows:equipment": json.dumps([{"id": str(machine.id), "name": "反应釜", "kind": machine.kind, "count": ""}])})
    assert "请填写数量。" in answer
    assert waiting(firm) is None


def test_an_officer_who_acts_as_the_enterprise_is_named_in_the_audit(firm: Enterprise, own: FlaskClient, person: Enter) -> None:
    officer = person("officer")
    assert officer.post(f"/enterprise/enter/{firm.id}").status_code == 302
    submit_form(officer, firm, legal_person="王新")
    change = waiting(firm)
    assert change
    with db.read_session() as current:
        entry = current.scalars(select(AuditEntry).where(AuditEntry.table_name == "enterprise_change", AuditEntry.record_id == change.id)).one()
    assert (entry.username, entry.verb, entry.reason) == ("officer", "submit", f"代{firm.name}")
    assert change.submitted_by_id == one(User, User.username == "officer").id
    officer.post("/enterprise/leave")
    assert "刘晓东（代企业）" in json.dumps(rows(listed(officer, "change"), "change"), ensure_ascii=False)


def test_attachments_are_those_of_the_own_file_only(firm: Enterprise, other: Enterprise, own: FlaskClient) -> None:
    from io import BytesIO

    def attach(identity: int) -> int:
        return own.post(f"/attachments/own_file/{identity}/business_license", data={"file": (BytesIO(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"), "执照.pdf")}).status_code

    def percent() -> int:
        return one(Enterprise, Enterprise.id == firm.id).completeness

    with db.session() as current:
        current.get_one(Enterprise, firm.id).completeness = 0
    assert attach(firm.id) == 200
    with db.read_session() as current:
        counted = assess(current, current.get_one(Enterprise, firm.id), park_day(datetime.now(UTC))).percent
    assert percent() == counted > 0, "the percent of the file follows at once"
    assert attach(other.id) == 404


def test_choices_of_lists_are_answered_within_the_form(own: FlaskClient) -> None:
    assert own.get("/pick/own_file/password_hash").status_code == 404
    assert own.get("/pick/change/enterprise_id").status_code == 403


def test_insurance_dates_survive_a_return(firm: Enterprise, own: FlaskClient) -> None:
    row = {"id": "", "kind": "安全生产责任险", "insurer": "人保", "policy_no": "P1", "amount": "12.5", "valid_from": "2026-01-01", "valid_until": "2026-12-31", "insured_count": "20"}
    submit_form(own, firm, **{"rows:insurance": json.dumps([row])})
    assert waiting(firm), "the row is taken"
    answer = sent(own, PLACE, "own_file", {"id": "1", "do": "withdraw", "values": {}})
    for part in ("2026-12-31", "12.5", "人保"):
        assert part in answer, part
    assert one_or_none(Insurance, firm) is None


def one_or_none(model: Any, firm: Enterprise) -> Any:
    with db.read_session() as current:
        return current.scalars(select(model).where(model.enterprise_id == firm.id)).first()


def test_entering_is_a_verb_whose_question_is_posted_to_the_sign_in_pages(firm: Enterprise) -> None:
    enterprises = replace(ENTERPRISES, actions=(ENTER_ENTERPRISE,))
    with db.read_session() as current:
        asked = words(drawer(current, viewer("officer"), enterprises, State(open=firm.id, do="enter")))
        for part in (f'"action": "/enterprise/enter/{firm.id}"', '"method": "POST"', "30 分钟后自动结束"):
            assert part in asked, part
        assert f"/enterprise/enter/{firm.id}" not in words(drawer(current, viewer("leader"), enterprises, State(open=firm.id, do="enter")))
        with pytest.raises(Invalid, match="请在页面上进行"):
            act(current, viewer("officer"), enterprises, ENTER_ENTERPRISE, current.get_one(Enterprise, firm.id), {})
