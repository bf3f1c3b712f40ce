"""Graded risk control on the screen: the enterprise enters and inspects, the department reviews, every number opens its rows."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dashboard.blocks.workflow_bar import ACTION
from dashboard.resource_state import filter_rows, question_of, read_state
from data import db, inspections, jobs
from data.models import (
    Enterprise,
    HiddenDanger,
    InspectionTask,
    RiskEvent,
    RiskMeasure,
    RiskMethod,
    RiskObject,
    RiskUnit,
    User,
)
from data.query import answer, count, visible
from data.statistics import Ratio, Statistic, compute
from data.statistics.risks import STATISTICS
from data.viewer import Viewer
from data.viewers import viewer_from
from pages.own_risks.inspect import layout
from pages.risks import ALL_OF_INSPECTIONS, DONE, EVENTS
from tests.dashboard.asking import listed, one, opened, rows, sent

INSPECT, TEMPLATES = ("own-inspect", "children"), ("own-templates", "children")
LISTS = {each.path: each for each in (EVENTS, DONE, ALL_OF_INSPECTIONS)}


@pytest.fixture(scope="module", autouse=True)
def tasks(app: Any) -> None:
    """The inspections of today, and those of an enterprise of yesterday, half of them missed."""
    now = datetime.now(UTC)
    jobs.inspect(now - timedelta(days=1))
    with db.session() as current:
        firm = current.scalars(select(User.enterprise_id).where(User.enterprise_id.is_not(None)).order_by(User.id)).first()
        mine = select(InspectionTask.id).where(InspectionTask.enterprise_id == firm, InspectionTask.due_at <= now)
        ids = list(current.scalars(mine.order_by(InspectionTask.id)))
        current.execute(update(InspectionTask).where(InspectionTask.id.in_(ids[::2])).values(state="done"))
    jobs.inspect(now)


@pytest.fixture
def firm() -> User:
    return one(User, User.enterprise_id.is_not(None))


@pytest.fixture
def own(person: Any, firm: User) -> FlaskClient:
    return person(firm.username, "/enterprise/login")


def viewer(user: User) -> Viewer:
    with db.read_session() as current:
        return viewer_from(current.get_one(User, user.id))


def in_words(component: Any) -> str:
    return json.dumps(component.to_plotly_json(), default=lambda part: part.to_plotly_json(), ensure_ascii=False)


def titles(client: FlaskClient, key: str, **query: Any) -> list[str]:
    return [row["name"] for row in rows(listed(client, key, **query), key)]


# Statistics


def rows_behind(reading: Session, who: Viewer, href: str) -> int:
    """As many as the list itself finds at that address; none where there is no address, because no row can be."""
    if not href:
        return 0
    resource = LISTS[urlsplit(href).path]
    filters = filter_rows(reading, who, resource)
    asked = question_of(resource, filters, read_state(resource, filters, dict(parse_qsl(urlsplit(href).query))))
    return count(reading, answer(resource.model, who, asked), resource.model, None)


@pytest.mark.parametrize("statistic", STATISTICS, ids=lambda each: each.key)
def test_every_number_opens_as_many_rows(statistic: Statistic, app: Any) -> None:
    officer = viewer(one(User, User.username == "officer"))
    with db.read_session() as reading:
        for dimension in statistic.dimensions:
            found = compute(reading, officer, statistic, by=dimension.name)
            cells = [(group.key, series.key) for group in found.groups for series in found.series or ()] or [(group.key, "") for group in found.groups]
            for measure in (each.key for each in statistic.measures if not isinstance(each, Ratio)):
                for group, series in [*cells[:12], ("", "")]:
                    assert rows_behind(reading, officer, found.address(group, series, measure)) == found.value(group, series, measure)


def test_the_figures_above_the_inspections_are_those_of_the_rows(person: Any) -> None:
    told = json.dumps(listed(person("officer"), "inspection")[1], ensure_ascii=False)
    assert "应巡检" in told and "覆盖率" in told and "完成率" in told
    states = {row["c1"]["w"] for row in rows(listed(person("officer"), "inspection", state="missed", size="100"), "inspection")}
    assert states == {"漏检"}


# Lists and the tree at the left


def test_the_tree_leads_from_enterprise_to_unit(person: Any, firm: User) -> None:
    officer = person("officer")
    tops = officer.get("/branches/risk_event").get_json()["items"]
    mine = next(each for each in tops if each["id"] == firm.enterprise_id)
    objects = officer.get(f"/branches/risk_event?field=enterprise_id&parent={mine['id']}").get_json()["items"]
    units = officer.get(f"/branches/risk_event?field=object_id&parent={objects[0]['id']}").get_json()["items"]
    assert [mine["has_children"], objects[0]["field"], units[0]["field"], units[0]["has_children"]] == [True, "object_id", "unit_id", False]
    found = titles(officer, "risk_event", unit_id=str(units[0]["id"]))
    with db.read_session() as current:
        expected = set(current.scalars(select(RiskEvent.name).where(RiskEvent.unit_id == units[0]["id"])))
    assert set(found) == expected


@pytest.mark.parametrize("query", ["field=unit_id&parent=1", "field=password&parent=1", "field=object_id&parent=x", "field=object_id"])
def test_a_branch_that_nobody_was_led_to_is_refused(person: Any, query: str) -> None:
    assert person("officer").get(f"/branches/risk_event?{query}").status_code == 422


def test_a_town_sees_the_risks_of_its_own_enterprises(person: Any) -> None:
    town = viewer(one(User, User.username == "town"))
    with db.read_session() as current:
        seen = set(current.scalars(visible(Enterprise, town).with_only_columns(Enterprise.id)))
    tops = {each["id"] for each in person("town").get("/branches/risk_object").get_json()["items"]}
    assert tops and tops <= seen


def test_an_event_tells_how_it_was_assessed(person: Any) -> None:
    event = one(RiskEvent, RiskEvent.method == "LEC")
    told = opened(person("officer"), "risk_event", open=str(event.id))
    assert f"L {event.present_likelihood:g} × E {event.present_exposure:g} × C {event.present_severity:g} = {event.present_score:g}" in told


# Entering and review


def test_an_enterprise_enters_submits_and_the_department_asks_back_and_accepts(person: Any, submit: Any, firm: User) -> None:
    own = person(firm.username, "/enterprise/login")
    assert "已添加“危废库”。" in submit(own, "own_risk_object", "", "add", {"name": "危废库", "category": "area", "department_name": "储运部", "person": "李建国"})
    made = one(RiskObject, RiskObject.name == "危废库")
    assert "还没有风险分析单元。" in submit(own, "own_risk_object", made.id, "submit", {})
    submit(own, "own_risk_unit", "", "add", {"object_id": str(made.id), "name": "库房"})
    unit = one(RiskUnit, RiskUnit.object_id == made.id)
    wrong = {"unit_id": str(unit.id), "name": "自燃", "accident": "火灾", "method": "LS", "inherent_likelihood": "3", "inherent_severity": "15", "present_likelihood": "2", "present_severity": "4"}
    assert "严重性 S没有 15，可选 1、2、3、4、5。" in submit(own, "own_risk_event", "", "add", wrong)
    assert "已添加“自燃”。" in submit(own, "own_risk_event", "", "add", wrong | {"inherent_severity": "5"})
    event = one(RiskEvent, RiskEvent.unit_id == unit.id)
    assert (event.inherent_level, event.present_level) == (2, 4)
    measure = {"event_id": str(event.id), "name": "分区存放", "kind": "management", "way": "manual", "content": "有无混存", "cycle_count": "1", "cycle_unit": "week"}
    assert "已添加“分区存放”。" in submit(own, "own_risk_measure", "", "add", measure)
    assert "已提交“危废库”，等待监管部门审核。" in submit(own, "own_risk_object", made.id, "submit", {})
    officer = person("officer")
    assert "危废库" in titles(officer, "risk_object", state="review")
    told = sent(officer, ("case-body", "children"), "risk_review_case", {"id": str(made.id), "do": "pass", "version": "2", "values": {ACTION: "pass"}})
    assert one(RiskObject, RiskObject.id == made.id).is_in_force, told[:400]


def test_a_template_is_copied_as_a_draft(own: FlaskClient, firm: User) -> None:
    told = sent(own, TEMPLATES, "own_risk_template", {"id": "1", "do": "utility", "values": {"name": "动力站"}})
    assert "已复制为草稿“动力站”" in told
    made = one(RiskObject, RiskObject.name == "动力站")
    assert (made.state, made.enterprise_id) == ("draft", firm.enterprise_id)
    assert "没有这个模板，请刷新页面。" in sent(own, TEMPLATES, "own_risk_template", {"id": "1", "do": "../x", "values": {"name": "x"}})


# Inspections


def waiting(firm: User) -> list[InspectionTask]:
    with db.read_session() as current:
        found = inspections.due_now(current, viewer(firm), datetime.now(UTC))
        return [task for place in found for task in place.open]


def test_measures_are_ticked_place_by_place(own: FlaskClient, firm: User) -> None:
    task = waiting(firm)[0]
    code = one(RiskUnit, RiskUnit.id == task.unit_id).place_code
    page = in_words(layout(viewer(firm), place=code))
    assert "提交勾选的为正常" in page and str(task.id) in page
    assert "请先勾选已查、正常的措施。" in sent(own, INSPECT, "own_inspect", {"id": "1", "do": "normal", "values": {"place": code}})
    assert "已登记 1 项正常。" in sent(own, INSPECT, "own_inspect", {"id": "1", "do": "normal", "values": {"task": str(task.id), "place": code}})
    done = one(InspectionTask, InspectionTask.id == task.id)
    assert done.state == "done" and done.record is not None and done.record.is_at_place


def test_what_is_found_becomes_a_danger_and_a_mistake_comes_back_to_the_form(own: FlaskClient, person: Any, firm: User) -> None:
    task = waiting(firm)[0]
    data = {"id": str(task.id), "do": "finding", "values": {"result": "danger", "name": "", "level": "general", "kind": "fire", "deadline_on": "2099-01-01"}}
    told = sent(own, INSPECT, "own_inspect", data)
    assert "请描述发现的隐患。" in told and one(InspectionTask, InspectionTask.id == task.id).state == "open"
    data["values"]["name"] = "灭火器压力不足"  # type: ignore[index]
    assert "请按期整改。" in sent(own, INSPECT, "own_inspect", data)
    danger = one(HiddenDanger, HiddenDanger.measure_id == task.measure_id)
    officer = person("officer")
    assert (danger.source, danger.state) == ("patrol", "rectify")
    assert "灭火器压力不足" in titles(officer, "risk_dangers_open") and "灭火器压力不足" in titles(officer, "risk_dangers")


def test_a_task_of_another_enterprise_is_not_there(own: FlaskClient, firm: User) -> None:
    other = one(InspectionTask, InspectionTask.enterprise_id != firm.enterprise_id, InspectionTask.state == "open")
    for data in ({"do": "normal", "id": "1", "values": {"task": str(other.id)}}, {"do": "finding", "id": str(other.id), "values": {"result": "unused", "note": "停用"}}):
        assert "没有找到这条巡检任务" in sent(own, INSPECT, "own_inspect", data)
    assert one(InspectionTask, InspectionTask.id == other.id).state == "open"


@pytest.mark.parametrize("data", [None, {}, {"do": "x", "values": {}}, {"do": "normal", "values": 7}, {"do": "finding", "id": "٣", "values": {}}])
def test_what_no_page_sends_is_refused(own: FlaskClient, data: Any) -> None:
    told = sent(own, INSPECT, "own_inspect", data)
    assert "E-" not in told.replace("E-mail", "") and ("请刷新页面" in told or "没有找到" in told)


# Files and methods


def test_the_documents_are_for_who_may_see_the_enterprise(person: Any, firm: User) -> None:
    own = person(firm.username, "/enterprise/login")
    other = one(Enterprise, Enterprise.id != firm.enterprise_id)
    assert own.get(f"/risks/documents/{firm.enterprise_id}").status_code == 200
    assert own.get(f"/risks/documents/{other.id}").status_code == 404
    assert own.get("/own/risks/book").status_code == 200
    officer = person("officer")
    assert officer.get(f"/risks/documents/{other.id}").status_code == 200
    assert officer.get("/own/risks/book").status_code == 403


def test_an_edition_is_followed_by_the_next(person: Any, submit: Any) -> None:
    admin, first = person("admin"), one(RiskMethod, RiskMethod.code == "LEC")
    assert "不能修改；请“另立新版本”后修改。" in submit(admin, "risk_method", first.id, "edit", {"name": "改名", "edition": "1"})
    assert "修改后启用。" in submit(admin, "risk_method", first.id, "next", {"edition": "第 2 版"})
    made = one(RiskMethod, RiskMethod.edition == "第 2 版")
    assert "已启用，此后的评价按它计算" in submit(admin, "risk_method", made.id, "start", {})
    assert not one(RiskMethod, RiskMethod.id == first.id).is_active


def test_automatic_measures_name_real_points(app: Any) -> None:
    with db.read_session() as current:
        bound = current.scalars(select(RiskMeasure).where(RiskMeasure.way == "auto")).unique().all()
        assert len(bound) > 200 and all(each.point is not None and each.point.enterprise_id == each.enterprise_id for each in bound)


def test_an_event_offers_the_factors_of_each_method(firm: User, person: Any) -> None:
    drawn = opened(person(firm.username, "/enterprise/login"), "own_risk_event", do="add")
    assert '"by":"method"' in drawn.replace("\\", "")
    assert "10 完全可以预料" in drawn and "5 没有防范措施，经常发生" in drawn
