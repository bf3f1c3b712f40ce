"""The screens of major hazard installations: the result while one types, the snapshot, each side its own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from data import db
from data.models import HazardMedium, Identification, Installation, RiskAssessment, User
from tests.dashboard.asking import listed, one, opened, rows

ROW = {"id": "", "name": "液氨", "table_row": "1", "hazard_class": "", "beta_class": "", "quantity_t": "40", "is_mixture": "0"}


def typed(*given: dict[str, str], people: str = "35", **more: str) -> dict[str, str]:
    return {"exposed_people": people, "rows:media": json.dumps(given or (ROW,)), **more}


def asked(client: FlaskClient, output: str, part: str, data: Any, key: str) -> str:
    """What the page of that key answers, as text."""
    made, given = {"k": key, "t": output}, {"k": key, "t": part}
    forged = {
        "output": f"{json.dumps(made, separators=(',', ':'))}.children",
        "outputs": {"id": made, "property": "children"},
        "inputs": [{"id": given, "property": "data", "value": data}],
        "changedPropIds": [f"{json.dumps(given, separators=(',', ':'))}.data"],
    }
    answer = client.post("/_dash-update-component", json=forged)
    assert answer.status_code in {200, 204}, answer.get_data(as_text=True)
    return json.dumps(answer.get_json(silent=True), ensure_ascii=False)


def preview(client: FlaskClient, values: dict[str, str], key: str = "identify") -> str:
    return asked(client, "identify-result", "identify-live", {"values": values}, key)


def saved(client: FlaskClient, identity: int, values: dict[str, str], key: str = "identify") -> str:
    return asked(client, "identify-body", "form-submit", {"id": str(identity), "do": "add", "version": "1", "values": values}, key)


def count(model: Any) -> int:
    with db.session() as current:
        return current.query(model).count()


@pytest.fixture
def ammonia(app: Any) -> Any:
    return one(Installation, Installation.code == "MHI-02")


def test_the_result_follows_what_is_typed_and_nothing_is_kept(person: Any) -> None:
    client, before = person("leader"), count(Identification)
    shown = preview(client, typed())
    assert all(words in shown for words in ('"9.6"', '"四级"', "R = 1.2 × (2 × 4) = 9.6", "GB 18218-2018 4.3 表6"))
    assert "第 1 行表4 类别" in preview(client, typed(ROW | {"name": "甲醇", "table_row": "65"}))
    assert "常住人口" in preview(client, typed(people=""))
    assert "还没有危险化学品" in preview(client, typed() | {"rows:media": "[]"})
    assert "待核实" in preview(client, typed(ROW | {"name": "煤气", "table_row": "13"}))
    assert count(Identification) == before


def test_a_snapshot_is_kept_and_gives_the_level(person: Any, ammonia: Any) -> None:
    client = person("officer")
    assert "液氨罐区：四级重大危险源，已保存" in saved(client, ammonia.id, typed(remark="减量"))
    row = rows(listed(client, "identification", installation_id=str(ammonia.id)), "identification")[0]
    assert "四级" in str(row) and "9.6" in str(row) and "减量" in str(row)
    assert "四级" in opened(client, "installation", open=str(ammonia.id))
    assert "R = 1.2 × (2 × 4) = 9.6" in opened(client, "identification", open=str(one(Identification, Identification.remark == "减量").id))


def test_what_cannot_be_taken_comes_back_as_it_was_typed(person: Any, ammonia: Any) -> None:
    before = count(Identification)
    body = saved(person("officer"), ammonia.id, typed(ROW | {"quantity_t": "-7"}, people="三十"))
    assert "应为整数（人）。" in body and "三十" in body and "-7" in body
    assert "不能小于 0。" in saved(person("officer"), ammonia.id, typed(ROW | {"quantity_t": "-7"}))
    assert count(Identification) == before


def test_who_only_looks_keeps_no_snapshot(person: Any, ammonia: Any) -> None:
    before = count(Identification)
    assert "没有“维护、辨识重大危险源”权限" in saved(person("leader"), ammonia.id, typed())
    assert count(Identification) == before


def test_an_enterprise_identifies_its_own_installation_only(person: Any, ammonia: Any) -> None:
    with db.session() as current:
        name = current.query(User).filter(User.enterprise_id == ammonia.enterprise_id).one().username
    client = person(name, "/enterprise/login")
    assert "四级" in saved(client, ammonia.id, typed(), "own_identify")
    other = one(Installation, Installation.code == "MHI-01")
    assert "没有找到" in saved(client, other.id, typed(), "own_identify")
    assert {row["id"] for row in rows(listed(client, "own_installation"), "own_installation")} == {str(each.id) for each in _of(ammonia.enterprise_id)}


def _of(firm: int) -> list[Installation]:
    with db.session() as current:
        return current.query(Installation).filter(Installation.enterprise_id == firm).all()


def test_an_enterprise_does_not_write_what_the_authority_files(person: Any, submit: Any, ammonia: Any) -> None:
    with db.session() as current:
        name = current.query(User).filter(User.enterprise_id == ammonia.enterprise_id).one().username
    client = person(name, "/enterprise/login")
    before = one(Installation, Installation.id == ammonia.id)
    assert "已保存" in submit(client, "own_installation", ammonia.id, "edit", {"main_person": "郑安全", "filing_number": "伪造", "level": "4"}, before.version)
    after = one(Installation, Installation.id == ammonia.id)
    assert (after.main_person, after.filing_number, after.level) == ("郑安全", before.filing_number, before.level)


def test_an_installation_is_entered_with_its_media(person: Any, submit: Any) -> None:
    client = person("officer")
    firm = one(Installation, Installation.code == "MHI-01").enterprise_id
    given = {"enterprise_id": str(firm), "code": "MHI-90", "name": "中间罐区", "unit_kind": "production", "lon": "120.43", "lat": "41.42", "assessed_on": "2026-01-31", "filed_on": "2026-02-01", "filing_expires_on": "2026-01-01"}
    assert "有效期不能早于备案日期。" in submit(client, "installation", "", "add", given)
    media = {"rows:media": json.dumps([{"id": "", "name": "甲醇", "table_row": "65", "beta_class": "W5.3", "hazard_class": "", "quantity_t": "120", "is_mixture": "0"}])}
    assert "已添加“中间罐区”。" in submit(client, "installation", "", "add", given | media | {"filing_expires_on": "2029-01-31"})
    made = one(Installation, Installation.code == "MHI-90")
    assert (str(made.assessment_due_on), made.level) == ("2029-01-31", None)
    assert one(HazardMedium, HazardMedium.installation_id == made.id).quantity_t == 120
    assert "未辨识" in str(rows(listed(client, "installation", q="MHI-90"), "installation"))


def test_a_risk_assessment_needs_an_event_and_keeps_its_working(person: Any, submit: Any, ammonia: Any) -> None:
    client = person("officer")
    given = {"installation_id": str(ammonia.id), "name": "液氨罐区专项评估", "assessed_on": "2026-11-02", "assessor": "王建国"}
    assert "请至少添加一个风险事件。" in submit(client, "risk_assessment", "", "add", given)
    unknown = {"id": "", "name": "法兰泄漏", "likelihood": "4", "exposure": "6", "consequence": "15", "measures": ""}
    assert "请选择列出的选项。" in submit(client, "risk_assessment", "", "add", given | {"rows:events": json.dumps([unknown])})
    event = {"id": "", "name": "法兰泄漏", "likelihood": "3", "exposure": "6", "consequence": "15", "measures": ""}
    assert "已添加“液氨罐区专项评估”。" in submit(client, "risk_assessment", "", "add", given | {"rows:events": json.dumps([event])})
    made = one(RiskAssessment, RiskAssessment.name == "液氨罐区专项评估")
    assert (made.score, made.level) == (270, 2)
    drawn = opened(client, "risk_assessment", open=str(made.id))
    assert "3 可能，但不经常" in drawn and "作业条件危险性分析法 D = L × E × C 第 1 版" in drawn
    assert "D = L × E × C = 3 × 6 × 15 = 270，较大风险" in drawn and "由园区确认后使用" in drawn
    assert "评估保存后不能修改" in submit(client, "risk_assessment", made.id, "edit", {"assessor": "他人"}, made.version)
