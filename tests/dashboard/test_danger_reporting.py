"""Reporting of hidden dangers on the screen: who has not reported, suspending, cycles, and the enterprise's own pages."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from data import db, jobs
from data.calendar import park_day
from data.demo.photos import photo
from data.models import DangerReport, DangerReporting, Enterprise, HiddenDanger, User
from data.viewers import viewer_from
from pages.danger_reporting.reports import figures
from pages.own_dangers.reports import layout
from tests.dashboard.asking import asked, listed, one, opened, rows, sent

PLACE = ("own-reports", "children")


@pytest.fixture(scope="module", autouse=True)
def periods(app: Any) -> None:
    jobs.report_periods()


@pytest.fixture
def firm() -> User:
    return one(User, User.enterprise_id.is_not(None))


@pytest.fixture
def own(person: Any, firm: User) -> FlaskClient:
    return person(firm.username, "/enterprise/login")


def latest(firm: User) -> DangerReport:
    with db.read_session() as current:
        mine = select(DangerReport).where(DangerReport.enterprise_id == firm.enterprise_id)
        return current.scalars(mine.order_by(DangerReport.ends_on.desc())).unique().first()  # type: ignore[return-value]


def test_every_figure_opens_as_many_rows_as_it_counts(person: Any) -> None:
    officer = person("officer")
    with db.read_session() as current:
        viewer = viewer_from(current.scalars(select(User).where(User.username == "officer")).one())
        cards = figures(current, viewer, {})
    linked = [json.dumps(card.to_plotly_json(), default=lambda part: part.to_plotly_json(), ensure_ascii=False) for card in cards[:4]]
    for text in linked:
        href = json.loads(text)["props"]["href"]
        number = int(re.search(r'"className": "l".*?"children": "([\d,]+)"', text).group(1).replace(",", ""))  # type: ignore[union-attr]
        answer = listed(officer, "danger_report", **dict(parse_qsl(urlsplit(href).query)))
        total = re.search(r'导出全部\(([\d,]+)', json.dumps(answer[1], ensure_ascii=False)).group(1)  # type: ignore[union-attr]
        assert int(total.replace(",", "")) == number


def test_the_list_finds_by_place_and_type_of_the_enterprise(person: Any, firm: User) -> None:
    officer = person("officer")
    with db.read_session() as current:
        enterprise = current.get_one(DangerReport, latest(firm).id).enterprise
        place, kind = enterprise.division_id, enterprise.unit_type_id
    found = rows(listed(officer, "danger_report", **{"enterprise.division_id": str(place), "enterprise.unit_type_id": str(kind), "size": "100"}), "danger_report")
    assert str(latest(firm).id) in {row["id"] for row in found}
    assert officer.get("/pick/danger_report/enterprise.division_id").status_code == 200


@pytest.mark.parametrize("key", ["danger_report", "danger_reporting"])
def test_a_department_finds_the_enterprises_that_it_supervises(key: str, person: Any, firm: User) -> None:
    officer = person("officer")
    with db.read_session() as current:
        department = current.scalars(select(Enterprise.department_id).where(Enterprise.id == firm.enterprise_id)).one()
        other = current.scalars(select(Enterprise.id).where(Enterprise.department_id != department).order_by(Enterprise.id)).first()
    mine, others = ({"enterprise.department_id": str(department), "enterprise_id": str(one)} for one in (firm.enterprise_id, other))
    assert rows(listed(officer, key, **mine), key)
    assert rows(listed(officer, key, enterprise_id=str(other)), key)
    assert rows(listed(officer, key, **others), key) == []


def test_suspending_stops_the_enterprise_and_resuming_lets_it_report(person: Any, firm: User, submit: Any) -> None:
    key, mine = "danger_reporting", one(DangerReporting, DangerReporting.enterprise_id == firm.enterprise_id)
    officer = person("officer")
    assert "请填写原因。" in submit(officer, key, mine.id, "suspend", {"reason": ""})
    assert "已设为暂不上报。" in submit(officer, key, mine.id, "suspend", {"reason": "全厂检修"})
    own = person(firm.username, "/enterprise/login")
    assert "全厂检修" in sent(own, PLACE, "own_report", {"id": str(latest(firm).id), "do": "submit", "values": {"zero": "1"}})
    assert "已恢复正常上报。" in submit(person("officer"), key, mine.id, "resume", {"reason": ""})
    assert latest(firm).state == "open"


def test_many_get_another_cycle_at_once(person: Any, submit: Any) -> None:
    with db.read_session() as current:
        ids = [str(key) for key in current.scalars(select(DangerReporting.id).order_by(DangerReporting.id.desc()).limit(3))]
    officer = person("officer")
    assert "设置周期（3 条）" in asked(officer, "danger_reporting", "cycle", ids)
    assert "设置周期：完成 3 条" in submit(officer, "danger_reporting", "", "cycle", {"cycle": "quarter", "reason": "低风险"}, ids=ids)
    assert one(DangerReporting, DangerReporting.id == int(ids[0])).next_cycle == "quarter"


def test_who_only_looks_changes_nothing(person: Any, submit: Any) -> None:
    mine = one(DangerReporting)
    assert "没有“维护企业查报”权限" in submit(person("leader"), "danger_reporting", mine.id, "suspend", {"reason": "x"})


def test_days_of_grace_are_kept_by_the_park_only(person: Any, submit: Any) -> None:
    assert "请由园区管理人员修改" in submit(person("town"), "report_cycle", 1, "edit", {"grace_days": "9"}, 1)
    assert "已保存" in submit(person("officer"), "report_cycle", 1, "edit", {"name": "月报", "grace_days": "6", "remind_days": "3", "is_active": "1"}, 1)


def test_an_enterprise_enters_a_draft_with_photos_and_submits_it(own: FlaskClient, firm: User, submit: Any) -> None:
    today = park_day(datetime.now(UTC)).isoformat()
    given = {"name": "可燃气体报警器超期未检", "place": "甲类仓库", "level": "general", "kind": "instrument", "found_on": today, "treatment": "by_deadline", "cause": "不该有"}
    assert "已添加“可燃气体报警器超期未检”。" in submit(own, "own_danger", "", "add", given)
    made = one(HiddenDanger, HiddenDanger.name == given["name"])
    assert (made.enterprise_id, made.state, made.source, made.cause) == (firm.enterprise_id, "draft", "self", None)
    assert "提交前请补充：整改期限、整改责任人。" in submit(own, "own_danger", made.id, "submit", {})
    paper = own.post(f"/attachments/own_danger/{made.id}/before", data={"file": (BytesIO(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"), "照片.pdf")})
    assert paper.status_code == 422 and "整改前照片只接受图片" in paper.get_data(as_text=True)
    assert own.post(f"/attachments/own_danger/{made.id}/before", data={"file": (BytesIO(photo("before")), "照片.jpg")}).status_code == 200
    assert "已保存" in submit(own, "own_danger", made.id, "edit", {**given, "deadline_on": "2099-01-01", "person": "刘海涛"}, made.version)
    assert "已提交 YBYH-" in submit(own, "own_danger", made.id, "submit", {})
    assert one(HiddenDanger, HiddenDanger.id == made.id).report_id == latest(firm).id
    assert f"/dangers/{made.id}" in opened(own, "own_danger", open=str(made.id))
    assert "请在办理页面继续办理" in submit(own, "own_danger", made.id, "edit", given, made.version + 9)


def test_an_enterprise_declares_what_fits_what_it_entered(own: FlaskClient, firm: User) -> None:
    def declared(**values: str) -> str:
        return sent(own, PLACE, "own_report", {"id": str(latest(firm).id), "do": "submit", "values": values})

    with db.read_session() as current:  # that of the test before, and what the demo park has in this month
        mine = select(func.count()).where(HiddenDanger.report_id == latest(firm).id, HiddenDanger.state != "draft", HiddenDanger.deleted_at.is_(None))
        number = current.scalars(mine).one()
    assert number >= 1
    assert "不能申报零隐患" in declared(zero="1")
    assert f"上报 {number} 条隐患已提交。" in declared(remark="本月已自查")
    assert (latest(firm).state, latest(firm).danger_count, latest(firm).remark) == ("submitted", number, "本月已自查")
    assert "不能重复上报" in declared()


@pytest.mark.parametrize("data", [None, "x", {"do": "delete"}, {"do": "submit", "values": "x"}, {}])
def test_what_makes_no_sense_is_refused_in_words(data: Any, own: FlaskClient) -> None:
    assert "提交的内容不完整" in sent(own, PLACE, "own_report", data)


def test_the_page_of_the_own_report_names_the_period(firm: User) -> None:
    with db.read_session() as current:
        viewer = viewer_from(current.get_one(User, firm.id))
    text = json.dumps(layout(viewer).to_plotly_json(), default=lambda part: part.to_plotly_json(), ensure_ascii=False)
    for part in ("登记隐患", "上报截止", "历史上报"):
        assert part in text, part
