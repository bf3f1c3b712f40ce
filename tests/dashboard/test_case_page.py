"""What the page of a case promises: each person the buttons of their turn, nothing forged is taken, nothing typed is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from dashboard.shell import route
from dashboard.site import Site
from data import db
from data.dangers import put_on_its_way, register
from data.errors import Forbidden, NotFound
from data.models import Department, Enterprise, HiddenDanger, User, WorkflowCase
from data.settings import current_settings
from data.viewer import Viewer
from data.viewers import viewer_from
from data.workflow import signing, steps
from pages import pages
from pages.danger_cases import PAGES
from tests.dashboard import asking

LAYOUT = PAGES[0].layout
PLACE = ("case-body", "children")
NOW = datetime.now(UTC) - timedelta(minutes=5)  # what is due is told by the clock on the wall
REPORT = {"criterion_id": 5, "cause": "紧急切断阀失效", "harm": "泄漏后可能火灾", "difficulty": "需停用罐区", "place": "罐区二", "level": "major", "found_on": date(2026, 11, 18)}
PLAN = {"leader": "王德胜", "measures": "更换切断阀 4 台", "funds": "86", "person": "刘海涛", "deadline_on": "2099-12-25", "emergency_plan": "24 小时专人值守"}
Enter = Callable[..., FlaskClient]


def viewer(username: str) -> Viewer:
    with db.read_session() as session:
        return viewer_from(session.scalars(select(User).where(User.username == username)).unique().one())


@pytest.fixture
def firm(app: Any) -> str:
    """The name of an enterprise that the department of ``dept`` supervises, which is how its user signs in."""
    with db.read_session() as session:
        department = session.scalar(select(User.department_id).where(User.username == "dept"))
        return session.scalars(select(Enterprise.name).where(Enterprise.department_id == department).order_by(Enterprise.id)).first() or ""


@pytest.fixture
def danger(firm: str) -> int:
    """A major danger that its enterprise has just reported."""
    own = viewer(firm)
    with db.session() as session:
        found = register(session, own, {**REPORT, "enterprise_id": own.enterprise_id, "name": "罐区紧急切断阀未投用"}, now=NOW)
        put_on_its_way(session, own, found, now=NOW)
        return found.id


def shown(username: str, identity: int) -> str:
    return json.dumps(LAYOUT(viewer(username), id=str(identity)).to_plotly_json(), default=lambda one: one.to_plotly_json(), ensure_ascii=False)


def case(identity: int) -> WorkflowCase:
    with db.read_session() as session:
        found = steps.case_of(session, session.get_one(HiddenDanger, identity))
        assert found is not None
        return found


def sent(client: FlaskClient, identity: int, action: str, side: str = "case", version: int | None = None, **values: str) -> str:
    """Everything that came back to a submitted form."""
    data = {"id": str(identity), "do": "edit", "version": str(version or case(identity).version), "values": {"action": action, **values}}
    return asking.sent(client, PLACE, f"danger_{side}", data)


def office() -> str:
    with db.read_session() as session:
        return str(session.scalars(select(Department.id).where(Department.parent_id.is_not(None)).order_by(Department.id)).first())


def test_each_person_has_the_buttons_of_their_turn(danger: int, firm: str) -> None:
    for_office, for_firm, for_leader = shown("dept", danger), shown(firm, danger), shown("leader", danger)
    assert all(word in for_office for word in ("县级挂牌督办", "上报市级挂牌督办", "降级为一般隐患", "退回", "转办", "会签", "抄送"))
    assert "撤回" in for_firm and '"value": "downgrade"' not in for_firm
    assert '"value": "county"' not in for_leader and "抄送" in for_leader


def test_the_strip_and_the_diagram_say_where_it_stands(danger: int) -> None:
    text = shown("dept", danger)
    assert "部门审核" in text and "（待办）" in text and "前办理" in text
    assert '\\"key\\":\\"review\\",\\"label\\":\\"部门审核\\",\\"standing\\":\\"current\\"' in text
    assert '\\"key\\":\\"report\\",\\"label\\":\\"企业上报\\",\\"standing\\":\\"done\\"' in text


def test_a_danger_goes_on_from_its_page_by_both_sides(danger: int, firm: str, person: Enter) -> None:
    assert "已办理“县级挂牌督办”。" in sent(person("dept"), danger, "county", supervisor_id=office(), opinion="属实")
    assert "已办理“下达通知书”。" in sent(person("dept"), danger, "issue", deadline_on="2099-12-25")
    assert "已办理“提交整改方案”。" in sent(person(firm, "/enterprise/login"), danger, "submit", "own_case", **PLAN)
    assert "已办理“退回”。" in sent(person("dept"), danger, "return", opinion="资金明细不足")
    assert case(danger).node == "plan"
    with db.read_session() as session:
        assert (session.get_one(HiddenDanger, danger).funds, session.get_one(HiddenDanger, danger).state) == (86, "plan")


def test_a_refused_form_comes_back_with_what_was_typed(danger: int, person: Enter) -> None:
    client = person("dept")
    sent(client, danger, "county", supervisor_id=office())
    answer = sent(client, danger, "issue", deadline_on="二〇二六年")
    assert "二〇二六年" in answer and "有 1 处需要修改后才能办理。" in answer
    assert "已在下面标出" in answer
    answer = sent(client, danger, "return", opinion="")
    assert "退回须写明原因。" in answer
    assert case(danger).node == "notice"


def test_who_came_second_is_told_who_was_first_and_keeps_the_opinion(danger: int, person: Enter) -> None:
    seen = case(danger).version
    sent(person("officer"), danger, "city", opinion="建议市级")
    answer = sent(person("dept"), danger, "return", version=seen, opinion="请补充检测报告")
    assert f"{viewer('officer').name}刚刚办理了“上报市级挂牌督办”" in answer
    assert case(danger).node == "city"


def test_who_came_second_finds_what_they_had_filled_in_though_the_step_is_gone(danger: int, person: Enter) -> None:
    client, seen, chosen = person("dept"), case(danger).version, office()
    sent(client, danger, "county", supervisor_id=chosen)
    answer = sent(client, danger, "county", version=seen, supervisor_id=chosen, opinion="情况属实，同意挂牌")
    with db.read_session() as session:
        name = session.get_one(Department, int(chosen)).name
    assert "这一步没有办理，您填写的内容保留在此，可以复制。" in answer
    assert "督办单位" in answer and name in answer and "情况属实，同意挂牌" in answer


@pytest.mark.parametrize("forged", ["lift", "pass", "nothing", "", "withdraw"])
def test_an_action_out_of_turn_is_refused(forged: str, danger: int, person: Enter) -> None:
    assert "您现在不能办理这一步，页面已刷新。" in sent(person("dept"), danger, forged)
    assert case(danger).node == "review"


def test_what_a_step_does_not_fill_in_is_not_written(danger: int, person: Enter) -> None:
    sent(person("dept"), danger, "county", supervisor_id=office(), level="general", closed_on="2026-11-24", name="改名", enterprise_id="1")
    with db.read_session() as session:
        record = session.get_one(HiddenDanger, danger)
        assert (record.level, record.closed_on, record.name) == ("major", None, "罐区紧急切断阀未投用")


def test_a_forged_person_is_refused_at_the_field(danger: int, firm: str, person: Enter) -> None:
    stranger = str(viewer(firm).id)
    assert "请选择能办理这一步的其他人。" in sent(person("dept"), danger, "transfer", people=stranger)
    assert "位能看到这件事的其他人员" in sent(person("dept"), danger, "ask", people=stranger)
    assert "位列出的人员" in sent(person("dept"), danger, "copy", people="1,x")


def test_nobody_sees_or_moves_a_case_of_others(danger: int, firm: str, person: Enter) -> None:
    with db.read_session() as session:
        other = session.scalars(select(User.username).join(Enterprise, Enterprise.id == User.enterprise_id).where(Enterprise.name != firm).order_by(User.id)).first() or ""
    with pytest.raises(NotFound):
        shown(other, danger)
    assert "没有找到这条隐患" in sent(person(other, "/enterprise/login"), danger, "withdraw", "own_case")
    with pytest.raises(Forbidden, match="没有“查看隐患”权限"):
        LAYOUT(Viewer(1, "x", "某人", scope="all"), id=str(danger))
    # The form of the other side is nobody's way in.
    assert case(danger).node == "review"
    sent(person(firm, "/enterprise/login"), danger, "county", "case", supervisor_id=office())
    assert case(danger).node == "review"


def test_a_record_cannot_be_edited_around_its_steps(danger: int, firm: str, person: Enter, submit: Any) -> None:
    with db.read_session() as session:
        version = session.get_one(HiddenDanger, danger).version
    answer = submit(person("dept"), "danger_case", danger, "edit", {"deadline_on": "2099-01-01"}, version=version)
    assert "请在办理页面按步骤办理。" in answer
    with db.read_session() as session:
        assert session.get_one(HiddenDanger, danger).deadline_on is None


@pytest.mark.parametrize("data", [[], {}, {"id": "1"}, {"id": "x", "version": "1", "values": {}}, {"id": "1", "version": "x", "values": {}}, {"id": "1", "version": "1", "values": []}])
def test_nonsense_is_answered_with_a_word(data: Any, person: Enter) -> None:
    answer = asking.sent(person("dept"), PLACE, "danger_case", data)
    assert "错误编号" not in answer and ("请刷新页面" in answer or "没有找到" in answer)


def test_looking_at_a_copy_marks_it_as_read(danger: int) -> None:
    leader = viewer("leader")
    with db.session() as session:
        signing.copy_to(session, viewer("dept"), case(danger), [leader.id or 0], version=case(danger).version, now=NOW)
    shown("leader", danger)
    with db.session() as session:
        from data.workflow.todos import counts

        assert counts(session, leader, NOW)["copied"] == 0


def test_the_fields_of_all_forms_of_the_page_have_ids_of_their_own(danger: int) -> None:
    text = shown("dept", danger)
    labelled = re.findall(r'"htmlFor": "([^"]+)"', text)
    drawn = re.findall(r'\\"id\\":\\"([^"\\]+)\\"', text)
    assert len(labelled) == len(set(labelled)) and len(drawn) == len(set(drawn)) and {"ask-field-opinion", "county-field-opinion"} <= set(drawn)


def test_the_tab_of_a_case_is_called_after_its_record(danger: int) -> None:
    assert '"data-heading": "罐区紧急切断阀未投用"' in shown("dept", danger)
    place = route(Site(pages()), current_settings(), viewer("dept"), f"/dangers/{danger}", "")
    properties = place.content.to_plotly_json()["props"]
    assert (properties["data-tab"], properties["data-title"]) == ("隐患办理 罐区紧急切断阀未投用",) * 2
