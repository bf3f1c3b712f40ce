"""The resources for an emergency: all look at all of them, each office changes its own."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from data import db
from data.models import AuditEntry, Department, EmergencyOrganization, Expert, RescueSupply, SupportInstitution, User
from data.rules.deadlines import expiry
from data.save import create
from data.viewer import system_viewer
from pages.emergency import RESOURCES
from pages.emergency.support import SUPPORT
from tests.dashboard.asking import asked, listed, one, opened, rows

TODAY = date(2026, 11, 24)
TRANSPORT, MEDICAL = SUPPORT[0], SUPPORT[1]


def office(username: str) -> int:
    return one(User, User.username == username).department_id


def supply(username: str, **values: Any) -> RescueSupply:
    """A supply of the office of that user."""
    own = {"name": "抗溶性泡沫液", "kind": "灭火药剂", "stock": 20.0, "stock_unit": "吨", "department_id": office(username)}
    with db.session() as current:
        return create(current, RescueSupply, system_viewer("tests"), own | values)


def typed(record: RescueSupply, **values: str) -> dict[str, str]:
    own = {"name": record.name, "kind": record.kind, "stock": f"{record.stock:g}", "stock_unit": record.stock_unit, "department_id": str(record.department_id)}
    return own | values


# Looking


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.key)
def test_every_page_opens_for_who_may_look_and_for_nobody_else(person: Any, resource: Any) -> None:
    assert isinstance(rows(listed(person("inspector"), resource.key), resource.key), list)
    assert "添加" not in json.dumps(listed(person("inspector"), resource.key)[1], ensure_ascii=False)
    assert "添加" in json.dumps(listed(person("town"), resource.key)[1], ensure_ascii=False)
    firm = one(User, User.enterprise_id.is_not(None)).username
    assert "没有“查看应急资源”权限" in json.dumps(listed(person(firm, "/enterprise/login"), resource.key)[1], ensure_ascii=False)


def test_a_telephone_number_is_one_to_call(person: Any) -> None:
    record = supply("dept", phone="13842106688")
    assert '"tel:13842106688"' in opened(person("inspector"), "supplies", open=str(record.id))


def test_the_place_is_drawn_beside_the_record_or_said_to_be_missing(person: Any) -> None:
    client = person("inspector")
    placed, lost = supply("dept", lon=120.43, lat=41.42), supply("dept")
    shown = opened(client, "supplies", open=str(placed.id))
    assert '\\"lat\\":41.42' in shown.replace("\\\\", "\\")
    assert "/map?view=120.43000,41.42000,17" in shown
    assert "没有填写位置。" in opened(client, "supplies", open=str(lost.id))


# Dates


@pytest.mark.parametrize(
    ("until", "shown"),
    [
        (None, None),
        (TODAY - timedelta(days=12), ("已过期 12 天", "danger")),
        (TODAY, ("今天到期", "warn")),
        (TODAY + timedelta(days=20), ("剩 20 天", "warn")),
        (TODAY + timedelta(days=30), ("剩 30 天", "warn")),
        (TODAY + timedelta(days=31), None),
    ],
)
def test_an_expiry_is_said_in_words_once_it_is_near(until: date | None, shown: Any) -> None:
    found = expiry(until, TODAY)
    assert (found and (found.word, found.tone)) == shown


def test_a_supply_that_ran_out_or_runs_short_wears_a_tag(person: Any) -> None:
    record = supply("dept", name="过期的药剂", expires_on=date(2020, 1, 1), stock=3.0, least_stock=5.0)
    client = person("inspector")
    found = next(row for row in rows(listed(client, "supplies", q="过期的药剂"), "supplies") if row["id"] == str(record.id))
    tag = next(cell for cell in found.values() if isinstance(cell, dict) and "已过期" in cell["w"])
    assert (tag["t"], tag["h"]) == ("red", "2020-01-01")
    assert "低于最低库存" in opened(client, "supplies", open=str(record.id))


# Changing


def test_an_office_enters_and_changes_its_own(person: Any, submit: Any) -> None:
    client = person("town")
    given = {"name": "王教授", "kind": "危险化学品", "unit_name": "某化工设计院", "phone": "13900000001"}
    assert "已添加“王教授”。" in submit(client, "experts", "", "add", given)
    expert = one(Expert, Expert.name == "王教授")
    assert expert.department_id == office("town")
    shown = rows(listed(client, "experts", q="王教授"), "experts")[0]
    assert [shown["c0"], shown["c1"]["w"], shown["c2"], shown["c3"]] == ["王教授", "危险化学品", "某化工设计院", "13900000001"]
    edited = given | {"department_id": str(expert.department_id), "phone": "13900000002"}
    assert "已保存“王教授”。" in submit(client, "experts", expert.id, "edit", edited, expert.version)
    assert one(Expert, Expert.id == expert.id).phone == "13900000002"


def test_who_belongs_to_another_office_is_offered_no_change_and_a_forged_one_is_refused(person: Any, submit: Any) -> None:
    record = supply("dept", name="别家的砂袋")
    client = person("town")
    row = rows(listed(client, "supplies", q="别家的砂袋"), "supplies")[0]
    assert [verb[1] for verb in row["acts"]] == ["查看"]
    words = f"这条记录属于{one(Department, Department.id == record.department_id).name}，只有该机构可以修改或删除。"
    drawn = opened(client, "supplies", open=str(record.id))
    assert "do=edit" not in drawn and "do=delete" not in drawn and words in drawn
    assert words in submit(client, "supplies", record.id, "edit", typed(record, name="改了"), record.version)
    assert words in submit(client, "supplies", record.id, "delete", {"reason": "伪造"})
    assert words in submit(client, "supplies", "", "delete", {"reason": "伪造"}, ids=[str(record.id)])
    after = one(RescueSupply, RescueSupply.id == record.id)
    assert (after.name, after.version, after.deleted_at) == ("别家的砂袋", record.version, None)
    assert [verb[1] for verb in rows(listed(person("dept"), "supplies", q="别家的砂袋"), "supplies")[0]["acts"]] == ["查看", "修改", "删除"]


def test_nobody_enters_or_hands_over_in_the_name_of_another_office(person: Any, submit: Any) -> None:
    client = person("town")
    mine, theirs = supply("town", name="本镇的砂袋"), str(office("dept"))
    refused = "只能填您所在的机构，移交其他机构请由园区管理人员办理。"
    assert refused in submit(client, "supplies", mine.id, "edit", typed(mine, department_id=theirs), mine.version)
    assert refused in submit(client, "supplies", "", "add", typed(mine, name="塞给别家", department_id=theirs))
    assert one(RescueSupply, RescueSupply.id == mine.id).department_id == mine.department_id
    assert "已保存" in submit(person("officer"), "supplies", mine.id, "edit", typed(mine, department_id=theirs), mine.version)


def test_ticked_rows_are_deleted_together_and_each_is_in_the_log(person: Any, submit: Any) -> None:
    records = [supply("town", name=f"旧沙袋 {number}") for number in range(3)]
    ids = [str(record.id) for record in records]
    client = person("town")
    assert "将对 3 条记录执行“删除”：旧沙袋 0、旧沙袋 1、旧沙袋 2。" in asked(client, "supplies", "delete", ids)
    assert "删除：完成 3 条" in submit(client, "supplies", "", "delete", {"reason": "过期报废"}, ids=ids)
    with db.read_session() as current:
        entries = select(func.count()).where(AuditEntry.table_name == "rescue_supply", AuditEntry.verb == "delete", AuditEntry.record_id.in_(ids))
        assert current.scalar(entries) == 3


def test_an_organisation_with_people_stays(person: Any, submit: Any) -> None:
    client = person("officer")
    submit(client, "organizations", "", "add", {"name": "带人的机构", "kind": "应急指挥部"})
    organization = one(EmergencyOrganization, EmergencyOrganization.name == "带人的机构")
    submit(client, "people", "", "add", {"name": "李组长", "organization_id": str(organization.id), "role": "组长"})
    assert "还有应急人员 1 条引用“带人的机构”，请先处理后再删除。" in submit(client, "organizations", organization.id, "delete", {"reason": "撤销"})


# One table, four screens


def test_what_is_added_on_a_screen_of_support_is_of_its_kind_and_on_no_other(person: Any, submit: Any) -> None:
    client = person("officer")
    assert "已添加" in submit(client, TRANSPORT.key, "", "add", {"name": "顺达运输车队", "kind": "medical"})
    made = one(SupportInstitution, SupportInstitution.name == "顺达运输车队")
    assert made.kind == "transport"
    assert [row["name"] for row in rows(listed(client, TRANSPORT.key, q="顺达"), TRANSPORT.key)] == ["顺达运输车队"]
    assert rows(listed(client, MEDICAL.key, q="顺达", kind="transport"), MEDICAL.key) == []
    assert "没有找到这条医疗保障机构" in opened(client, MEDICAL.key, open=str(made.id))
    assert "没有找到这条医疗保障机构" in submit(client, MEDICAL.key, made.id, "edit", {"name": "改了"}, made.version)
    assert "没有找到这条医疗保障机构" in submit(client, MEDICAL.key, "", "delete", {"reason": "伪造"}, ids=[str(made.id)])
    assert one(SupportInstitution, SupportInstitution.id == made.id).name == "顺达运输车队"


def test_an_export_of_a_screen_keeps_to_its_rows() -> None:
    from dashboard.resource_state import State, question_of

    assert question_of(MEDICAL, [], State(), [7]).filters == {"kind": "medical"}
