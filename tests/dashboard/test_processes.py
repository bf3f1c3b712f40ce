"""Node models and process configuration: they show what runs, and what is saved runs at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from data import db
from data.errors import Conflict, Invalid
from data.models import AuditEntry, Role, User, WorkflowCase, WorkflowRule
from data.workflow import rules, steps
from data.workflow.entries import entries
from data.workflow.registry import workflow, workflows
from pages.system.processes import KEY, nodes_layout, process_layout, processes_layout
from tests.dashboard.asking import sent
from tests.dashboard.cases import done, node_of, opened, reported, viewer
from tests.dashboard.test_shell import words

NOW = datetime.now(UTC).replace(microsecond=0)
PLACE = ("process", "children")
Enter = Callable[..., FlaskClient]


@pytest.fixture
def admin(person: Enter) -> FlaskClient:
    with db.session() as session:
        session.execute(delete(WorkflowRule))
    return person("admin")


def saved(client: FlaskClient, node: str, version: int = 0, **values: Any) -> str:
    return sent(client, PLACE, KEY, {"id": node, "do": "save", "version": str(version), "values": values})


def stored() -> list[WorkflowRule]:
    with db.read_session() as session:
        return list(session.scalars(select(WorkflowRule)))


def rule(flow: str, node: str) -> rules.Rule:
    with db.read_session() as session:
        return rules.rule_of(session, workflow(flow), node)


def waits(username: str) -> set[int]:
    with db.read_session() as session:
        return {one.case_id for one in entries(session, viewer(username), "todo", NOW, size=100).rows}


def test_every_declared_node_is_listed_as_it_runs_now(admin: FlaskClient) -> None:
    saved(admin, "major_danger.review", due_days="5", countersign="any")
    text = words(nodes_layout(viewer("admin")))
    for flow in workflows().values():
        for node in flow.nodes:
            assert f'"{flow.key}.{node.key}"' in text
    for part in ("部门审核", "5 天", "任一人同意", "按记录中的期限", "监管人员、部门监管人员、乡镇街道人员", "隐患排查治理", "个节点"):
        assert part in text, part
    only = words(nodes_layout(viewer("admin"), q="LIFTING", side="authority"))
    assert ("major_danger.lifting" in only, "major_danger.review" in only) == (True, False)
    assert "没有符合条件的记录" in words(nodes_layout(viewer("admin"), workflow="没有"))


def test_the_list_of_processes_shows_the_switches_and_what_is_under_way(admin: FlaskClient) -> None:
    reported("办理中的一件", NOW)
    saved(admin, "major_danger.lifting", is_on="0")
    text = words(processes_layout(viewer("admin")))
    for part in ("重大隐患挂牌督办", "细化步骤权限开关", "停用", "（没有可选步骤）", "件"):
        assert part in text, part


def test_a_process_says_how_many_stand_at_the_node_and_what_becomes_of_them(admin: FlaskClient) -> None:
    reported("停在部门审核的一件", NOW)
    text = words(process_layout(viewer("admin"), "major_danger", node="review"))
    for part in ("件停在这一步，不会因改动而中断。", "办理期限在到达时已经确定", "办理过“企业上报”的人不能再办理这一步", "major_danger.review"):
        assert part in text, part
    assert "必经步骤，不能关闭" in text
    assert "由企业自己办理，不设角色" in words(process_layout(viewer("admin"), "major_danger", node="plan"))
    assert "现在没有事项停在这一步" in words(process_layout(viewer("admin"), "general_danger", node="没有这一步"))


def test_who_may_act_changes_at_once_and_stands_in_the_log(admin: FlaskClient) -> None:
    case = reported("换人办理的一件", NOW)
    assert case in waits("dept")
    answer = saved(admin, "major_danger.review", roles="officer", due_days="5", remind_days="2", countersign="none", may_own="0")
    assert "“部门审核”已保存，立即生效。" in answer
    assert (case in waits("officer"), case in waits("dept")) == (True, False)
    now = rule("major_danger", "review")
    assert (now.roles, now.due_days, now.remind_days) == (frozenset({"officer"}), 5, 2)
    with db.read_session() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.table_name == "workflow_rule").order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.record_name, entry.username) == ("重大隐患挂牌督办 · 部门审核", "admin")


def test_new_days_are_for_what_arrives_from_now_on(admin: FlaskClient) -> None:
    before = reported("原来的时限", NOW)
    saved(admin, "major_danger.review", due_days="30")
    after = reported("新的时限", NOW)
    with db.read_session() as session:
        due = {one.id: one.due_at for one in session.scalars(select(WorkflowCase).where(WorkflowCase.id.in_((before, after))))}
    assert due[after] - due[before] == timedelta(days=27)


def test_a_step_that_is_switched_off_is_passed_by_and_who_stands_there_stays(admin: FlaskClient) -> None:
    before = opened("已在复查的一件", "check", NOW)
    assert "“复查”已保存，立即生效。" in saved(admin, "general_danger.check", is_on="0")
    after = opened("新到复查的一件", "check", NOW)
    assert (node_of(before), node_of(after)) == ("check", "rectified")
    assert before in waits("dept")
    saved(admin, "general_danger.check", version=1, is_on="0,1")
    assert node_of(opened("又启用后的一件", "check", NOW)) == "check"


def test_what_did_not_change_is_not_written_and_the_default_comes_back(admin: FlaskClient) -> None:
    assert "没有改动。" in saved(admin, "major_danger.review", due_days="3", remind_days="1", countersign="none", may_own="0")
    assert stored() == []
    saved(admin, "major_danger.review", due_days="9")
    assert "“部门审核”已恢复默认，立即生效。" in saved(admin, "major_danger.review", version=1, reset="1", due_days="44")
    assert rule("major_danger", "review").due_days == 3


@pytest.mark.parametrize(
    ("values", "mistake"),
    [
        ({"due_days": "x"}, "请输入整数。"),
        ({"due_days": "400"}, "请填 0 到 365 之间的天数。"),
        ({"due_days": "-1"}, "请填 0 到 365 之间的天数。"),
        ({"remind_days": ""}, "请填写天数，到期当天提醒填 0。"),
        ({"countersign": "x"}, "请选择列出的选项。"),
        ({"roles": ""}, "请至少选择一个角色。"),
        ({"roles": "没有这个角色"}, "请至少选择一个角色。"),
        ({"roles": "duty"}, "没有办理这一步的权限，请先在“角色管理”中授予。"),
    ],
)
def test_a_mistake_stands_at_its_field_and_nothing_is_saved(admin: FlaskClient, values: dict[str, str], mistake: str) -> None:
    answer = saved(admin, "major_danger.review", **{"due_days": "7", "remind_days": "1"} | values)
    assert mistake in answer
    assert f"mistake-{next(iter(values))}" in answer
    assert '"data-refused": "1"' in answer
    assert stored() == []


def test_a_step_that_nobody_could_deal_with_any_more_is_refused(admin: FlaskClient) -> None:
    with db.session() as session:
        role = session.scalars(select(Role.id).where(Role.code == "town")).one()
        people = list(session.scalars(select(User).where(User.role_id == role, User.is_active)))
        for one in people:
            one.is_active = False
        ids = [one.id for one in people]
    assert "这些角色没有启用的用户，这一步将无人办理。" in saved(admin, "major_danger.review", roles="town")
    with db.session() as session:
        for one in session.scalars(select(User).where(User.id.in_(ids))):
            one.is_active = True
    assert stored() == []


def test_who_saves_on_what_another_changed_meanwhile_is_told(admin: FlaskClient) -> None:
    saved(admin, "major_danger.review", due_days="5")
    answer = saved(admin, "major_danger.review", version=0, due_days="6")
    assert "“重大隐患挂牌督办 · 部门审核”已被系统管理员修改，请刷新后再试，您填写的内容仍保留在页面上。" in answer
    assert rule("major_danger", "review").due_days == 5


@pytest.mark.parametrize(
    "data",
    [
        None,
        "x",
        {},
        {"values": "x"},
        {"id": "major_danger.review", "values": {"due_days": "5"}, "version": "-1"},
        {"id": "major_danger", "values": {"due_days": "5"}},
        {"id": "x.review", "values": {"due_days": "5"}},
        {"id": "major_danger.x", "values": {"due_days": "5"}},
        {"id": "major_danger.lifted", "values": {"roles": "officer", "due_days": "5"}},
    ],
)
def test_what_makes_no_sense_is_refused_in_words(admin: FlaskClient, data: Any) -> None:
    answer = sent(admin, PLACE, KEY, data)
    assert any(part in answer for part in ("提交的内容不完整", "没有这个流程", "没有这个步骤"))
    assert stored() == []


def test_what_a_node_has_not_cannot_be_forged_into_it(admin: FlaskClient) -> None:
    saved(admin, "major_danger.review", is_on="0")
    saved(admin, "major_danger.plan", roles="officer", countersign="all", may_own="1")
    assert stored() == []
    assert saved(admin, "major_danger.review", due_days="5", created_by_id="1", workflow="own_standard")
    assert [(one.workflow, one.node, one.due_days, one.is_on) for one in stored()] == [("major_danger", "review", 5, True)]


def test_an_enterprise_step_asks_nobody_to_countersign(admin: FlaskClient) -> None:
    with db.session() as session, pytest.raises(Invalid) as caught:
        rules.set_rule(session, viewer("admin"), "major_danger", "plan", {"countersign": "all"})
    assert caught.value.fields == {"countersign": "这一步由企业自己办理，不设会签。"}
    with db.session() as session, pytest.raises(Invalid, match="结束步骤没有可以设置的内容"):
        rules.set_rule(session, viewer("admin"), "major_danger", "lifted", {"due_days": 3})


def test_without_the_right_nothing_is_saved(admin: FlaskClient, person: Enter) -> None:
    for name, door in (("officer", "/login"), ("朝阳华锦新材料有限公司", "/enterprise/login")):
        assert "权限，请联系系统管理员。" in saved(person(name, door=door), "major_danger.review", due_days="5")
    assert stored() == []


def test_a_case_waits_for_signatures_from_the_moment_they_are_asked_for(admin: FlaskClient) -> None:
    case = reported("关闭会签后通过", NOW)
    saved(admin, "major_danger.review", countersign="all")
    with pytest.raises(Conflict, match="这一步须先会签，请先选择会签人。"):
        done(case, steps.act, "county", by="dept", now=NOW, values={"supervisor_id": viewer("dept").department_id})
    saved(admin, "major_danger.review", version=1, countersign="none")
    done(case, steps.act, "county", by="dept", now=NOW, values={"supervisor_id": viewer("dept").department_id})
    assert case in waits("dept")
