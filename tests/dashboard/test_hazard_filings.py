"""Filing an installation: its enterprise applies, the authority asks back and accepts, and the installation then has number and expiry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from data import db
from data.models import Enterprise, HazardFiling, Installation
from data.workflow import steps
from tests.dashboard import asking
from tests.dashboard.asking import listed, one, rows

PLACE = ("case-body", "children")
DAYS = {"filed_on": "2099-11-24", "filing_expires_on": "2102-11-23"}
Enter = Callable[..., FlaskClient]


@pytest.fixture(scope="module")
def unit(app: Any) -> Installation:
    return one(Installation, Installation.code == "MHI-01")


@pytest.fixture(scope="module")
def firm(unit: Installation) -> str:
    return one(Enterprise, Enterprise.id == unit.enterprise_id).name


def act(client: FlaskClient, identity: int, action: str, side: str = "case", **values: str) -> str:
    with db.read_session() as session:
        case = steps.case_of(session, session.get_one(HazardFiling, identity))
        assert case is not None
    data = {"id": str(identity), "do": "edit", "version": str(case.version), "values": {"action": action, **values}}
    return asking.sent(client, PLACE, f"hazard_filing_{side}", data)


def test_an_installation_is_filed_after_the_authority_asked_back(unit: Installation, firm: str, person: Enter, submit: Any) -> None:
    own = person(firm, "/enterprise/login")
    assert "已添加" in submit(own, "own_hazard_filing", "", "add", {"installation_id": str(unit.id), "kind": "change", "remark": "增加一台储罐"})
    made = one(HazardFiling, HazardFiling.installation_id == unit.id)
    assert made.name == f"{unit.name} 变更备案"
    assert "已有未办结的备案" in submit(own, "own_hazard_filing", "", "add", {"installation_id": str(unit.id), "kind": "renew"})
    assert rows(listed(person("officer"), "hazard_filing", q=unit.name), "hazard_filing") == [], "a draft is the enterprise's own"

    own = person(firm, "/enterprise/login")
    assert "等待监管部门审核" in submit(own, "own_hazard_filing", made.id, "submit", {}, made.version)
    told = dict(one(HazardFiling, HazardFiling.id == made.id).told)
    assert told["编码、名称"] == f"MHI-01 {unit.name}" and told["主要负责人"].startswith(unit.main_person or "?") and "GB 18218-2018" in told["辨识"]

    officer = person("officer")
    assert "已办理“退回”。" in act(officer, made.id, "return", opinion="应急预案版次不对")
    own = person(firm, "/enterprise/login")
    assert "等待监管部门审核" in submit(own, "own_hazard_filing", made.id, "submit", {}, one(HazardFiling, HazardFiling.id == made.id).version)

    officer = person("officer")
    assert "请填写" in act(officer, made.id, "pass", opinion="同意")
    wrong = act(officer, made.id, "pass", filing_number="BA-2099-001", filed_on="2099-11-24", filing_expires_on="2099-01-01")
    assert "有效期应晚于备案日期。" in wrong
    assert "已办理“同意备案”。" in act(officer, made.id, "pass", filing_number="BA-2099-001", **DAYS)
    now = one(Installation, Installation.id == unit.id)
    assert (now.filing_number, str(now.filed_on), str(now.filing_expires_on)) == ("BA-2099-001", *DAYS.values())
    assert one(HazardFiling, HazardFiling.id == made.id).state == "filed"


def test_what_is_missing_keeps_it_from_being_handed_in(person: Enter, submit: Any) -> None:
    unit = one(Installation, Installation.code == "MHI-02")
    with db.session() as session:
        session.get_one(Installation, unit.id).technical_person = None
    own = person(one(Enterprise, Enterprise.id == unit.enterprise_id).name, "/enterprise/login")
    submit(own, "own_hazard_filing", "", "add", {"installation_id": str(unit.id), "kind": "first"})
    made = one(HazardFiling, HazardFiling.installation_id == unit.id)
    assert "还不能提交备案：包保责任人未填写技术负责人。" in submit(own, "own_hazard_filing", made.id, "submit", {}, made.version)


def test_a_foreign_enterprise_neither_sees_nor_applies_for_it(unit: Installation, person: Enter, submit: Any) -> None:
    other = one(Enterprise, Enterprise.id == one(Installation, Installation.code == "MHI-03").enterprise_id)
    own = person(other.name, "/enterprise/login")
    assert "请选择列出的选项。" in submit(own, "own_hazard_filing", "", "add", {"installation_id": str(unit.id), "kind": "first"})
