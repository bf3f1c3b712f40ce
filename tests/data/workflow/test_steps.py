"""What steps promise: the declared way only, by those whose turn it is, once, and written with everything that belongs to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.errors import Conflict, Forbidden, Invalid
from data.models import Attachment, AuditEntry, HiddenDanger, User, WorkflowCase, WorkflowStep
from data.viewer import Viewer
from data.workflow import rules, signing, steps, todos
from data.workflow.offers import offers
from data.workflow.people import holders
from data.workflow.picture import edges, marks, strip
from data.workflow.registry import workflow
from data.workflows.major_danger import MAJOR_DANGER

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
CAUSE = {"criterion_id": 5, "cause": "紧急切断阀失效", "harm": "泄漏后可能火灾", "difficulty": "需停用罐区"}
PLAN = {"leader": "王德胜", "measures": "更换切断阀 4 台", "funds": 86, "person": "刘海涛", "deadline_on": date(2026, 12, 25), "emergency_plan": "24 小时专人值守"}
Who = Callable[[str], Viewer]


def go(session: Session, who: Viewer, case: WorkflowCase, action: str, **given: Any) -> WorkflowCase:
    return steps.act(session, who, case, action, version=case.version, now=given.pop("now", NOW), **given)


@pytest.fixture
def case(current: Session, who: Who, danger: HiddenDanger) -> WorkflowCase:
    """The danger as its enterprise submitted it."""
    return steps.begin(current, who("own"), MAJOR_DANGER, danger, "submit", now=NOW, values=CAUSE)


def photo(session: Session, danger: HiddenDanger) -> None:
    row = {"table_name": "hidden_danger", "record_id": danger.id, "slot": "after", "name": "整改后.jpg", "size": 1, "sha256": "0" * 64, "content_type": "image/jpeg"}
    session.add(Attachment(**row))
    session.flush()


def until(session: Session, who: Who, case: WorkflowCase, danger: HiddenDanger, node: str) -> WorkflowCase:
    """The case, taken along its straight way to the node."""
    own, office = who("own"), who("dept")
    photo(session, danger)
    way = [
        (office, "county", {"values": {"supervisor_id": office.department_id}}),
        (office, "issue", {"values": {"deadline_on": date(2026, 12, 25)}}),
        (own, "submit", {"values": PLAN}),
        (office, "pass", {"opinion": "同意"}),
        (own, "finish", {"values": {"rectified_on": date(2026, 11, 24), "result": "已更换"}}),
        (office, "pass", {"values": {"acceptor": "韩宏伟", "acceptance": "合格"}}),
        (who("leader"), "lift", {}),
    ]
    for viewer, action, given in way:
        if case.node == node:
            return case
        go(session, viewer, case, action, **given)
    return case


def test_a_major_danger_goes_its_whole_way_and_every_step_is_written(current: Session, who: Who, case: WorkflowCase, danger: HiddenDanger) -> None:
    until(current, who, case, danger, "lifted")
    assert (case.node, danger.state, danger.closed_on, danger.supervision) == ("lifted", "lifted", date(2026, 11, 24), "county")
    taken = current.scalars(select(WorkflowStep).where(WorkflowStep.case_id == case.id).order_by(WorkflowStep.number)).all()
    assert [one.label for one in taken] == ["提交", "县级挂牌督办", "下达通知书", "提交整改方案", "通过", "整改完成，申请验收", "验收通过", "销号"]
    assert [one.number for one in taken] == list(range(1, 9))
    assert taken[3].values["funds"] == 86 and taken[3].values["deadline_on"] == "2026-12-25"
    entries = current.scalars(select(AuditEntry).where(AuditEntry.table_name == "hidden_danger", AuditEntry.record_id == danger.id, AuditEntry.verb == "step")).all()
    assert {"state": ["review", "notice"], "supervision": [None, "county"]}.items() <= next(one for one in entries if one.changes.get("state") == ["review", "notice"]).changes.items()
    assert case.ended_at == NOW


def test_to_dos_follow_the_case_from_one_to_the_next(current: Session, who: Who, case: WorkflowCase) -> None:
    def waits(username: str) -> bool:
        return case.id in {one.id for one in current.scalars(todos.todo(current, who(username))).unique()}

    assert [waits(name) for name in ("own", "dept", "officer", "leader", "duty")] == [False, True, True, False, False]
    go(current, who("dept"), case, "county", values={"supervisor_id": who("dept").department_id})
    go(current, who("dept"), case, "issue", values={"deadline_on": date(2026, 12, 25)})
    assert [waits(name) for name in ("own", "dept", "officer")] == [True, False, False]
    assert todos.counts(current, who("own"), NOW)["todo"] >= 1
    assert todos.counts(current, who("own"), NOW + timedelta(days=8))["overdue"] >= 1
    done = {one.id for one in current.scalars(todos.box(current, who("dept"), "done")).unique()}
    assert case.id in done
    assert case.id in {one.id for one in current.scalars(todos.box(current, who("own"), "started")).unique()}


def test_nobody_acts_out_of_turn(current: Session, who: Who, case: WorkflowCase) -> None:
    with pytest.raises(Forbidden, match=r"“部门审核”由.+办理"):
        go(current, who("own"), case, "county", values={})
    with pytest.raises(Forbidden, match="“部门审核”由"):
        go(current, who("duty"), case, "county", values={})
    with pytest.raises(Invalid, match="这一步没有这个操作"):
        go(current, who("dept"), case, "lift")
    assert case.node == "review"


def test_an_officer_who_acted_as_the_enterprise_does_not_approve_what_they_submitted(current: Session, who: Who, danger: HiddenDanger) -> None:
    from dataclasses import replace

    own, office = who("own"), who("dept")
    acting = replace(own, id=office.id, username=office.username, name=office.name, acting_for="某企业", acting_as_id=own.id)
    case = steps.begin(current, acting, MAJOR_DANGER, danger, "submit", now=NOW, values=CAUSE)
    with pytest.raises(Forbidden, match="您办理过“企业上报”，不能再办理“部门审核”，请由其他人办理。"):
        go(current, office, case, "county", values={"supervisor_id": office.department_id})
    assert case.id not in {one.id for one in current.scalars(todos.todo(current, office)).unique()}
    assert office.id not in {one.id for one in holders(current, case)}
    rules.set_rule(current, who("admin"), "major_danger", "review", {"may_own": True})
    assert go(current, office, case, "county", values={"supervisor_id": office.department_id}).node == "notice"


def test_what_is_missing_is_named_at_its_field_and_nothing_moves(current: Session, who: Who, danger: HiddenDanger) -> None:
    with pytest.raises(Invalid) as caught, current.begin_nested():
        steps.begin(current, who("own"), MAJOR_DANGER, danger, "submit", now=NOW, values={"cause": "失效"})
    assert caught.value.fields == {"criterion_id": "请填写判定依据。", "harm": "请填写危害程度。", "difficulty": "请填写整改难易程度分析。"}
    assert current.scalar(select(func.count()).select_from(WorkflowCase).where(WorkflowCase.record_id == danger.id, WorkflowCase.table_name == "hidden_danger")) == 0


def test_photos_are_asked_for_before_acceptance(current: Session, who: Who, case: WorkflowCase, danger: HiddenDanger) -> None:
    until(current, who, case, danger, "carry_out")
    for one in current.scalars(select(Attachment).where(Attachment.record_id == danger.id)):
        one.deleted_at = NOW
    with pytest.raises(Invalid) as caught:
        go(current, who("own"), case, "finish", values={"rectified_on": date(2026, 11, 30), "result": "已更换"})
    assert caught.value.fields == {"file:after": "请先上传整改后照片。"}


def test_a_plan_is_returned_with_a_reason_and_comes_again(current: Session, who: Who, case: WorkflowCase, danger: HiddenDanger) -> None:
    until(current, who, case, danger, "plan_review")
    with pytest.raises(Invalid, match="退回须写明原因"):
        go(current, who("dept"), case, "return")
    go(current, who("dept"), case, "return", opinion="资金明细不足")
    assert (case.node, danger.state) == ("plan", "plan")
    drawn = marks(current, case, MAJOR_DANGER)
    assert next(one for one in drawn if one.key == "plan").standing == "returned"
    assert [one.standing for one in strip(drawn, MAJOR_DANGER)][:5] == ["done", "done", "done", "returned", "coming"]
    assert any(one.is_back and (one.start, one.end) == ("plan_review", "plan") for one in edges(current, case, MAJOR_DANGER))
    go(current, who("own"), case, "submit", values=PLAN)
    assert case.node == "plan_review"


def test_a_downgraded_danger_goes_on_as_a_general_one(current: Session, who: Who, case: WorkflowCase, danger: HiddenDanger) -> None:
    go(current, who("dept"), case, "downgrade", values={"deadline_on": date(2026, 12, 1)}, opinion="不符合判定标准")
    assert (case.node, danger.level, danger.state) == ("downgraded", "general", "rectify")
    further = steps.case_of(current, danger)
    assert further is not None and (further.workflow, further.node, further.ended_at) == ("general_danger", "rectify", None)
    photo(current, danger)
    go(current, who("own"), further, "submit", values={"rectified_on": date(2026, 11, 24), "result": "已整改"})
    go(current, who("inspector"), further, "pass")
    assert (danger.state, danger.closed_on) == ("rectified", date(2026, 11, 24))


def test_an_extension_moves_the_deadline_only_when_it_is_granted(current: Session, who: Who, case: WorkflowCase, danger: HiddenDanger) -> None:
    until(current, who, case, danger, "carry_out")
    asked = {"extended_until": date(2027, 1, 31), "extension_reason": "阀门到货晚"}
    go(current, who("own"), case, "extend", values=asked)
    go(current, who("dept"), case, "deny", opinion="请按期整改")
    assert (case.node, danger.deadline_on, danger.extended_until) == ("carry_out", date(2026, 12, 25), None)
    go(current, who("own"), case, "extend", values=asked)
    go(current, who("dept"), case, "grant")
    assert (case.node, danger.deadline_on) == ("carry_out", date(2027, 1, 31))
    late = datetime(2027, 1, 25, 2, 0, tzinfo=UTC)
    with pytest.raises(Conflict, match="延期须在整改期限 10 天前申请，期限为 2027-01-31。"):
        go(current, who("own"), case, "extend", values={"extended_until": date(2027, 3, 1), "extension_reason": "再延"}, now=late)


def test_a_step_that_is_switched_off_is_passed_by_and_who_stands_there_is_not_stranded(current: Session, who: Who, case: WorkflowCase, danger: HiddenDanger) -> None:
    until(current, who, case, danger, "lifting")
    rules.set_rule(current, who("admin"), "major_danger", "lifting", {"is_on": False})
    assert go(current, who("leader"), case, "lift").node == "lifted"
    second = HiddenDanger(enterprise_id=danger.enterprise_id, name="第二条", level="major", state="report", found_on=date(2026, 11, 18))
    current.add(second)
    current.flush()
    other = steps.begin(current, who("own"), MAJOR_DANGER, second, "submit", now=NOW, values=CAUSE)
    until(current, who, other, second, "lifted")
    assert (other.node, second.state, second.closed_on) == ("lifted", "lifted", date(2026, 11, 24))
    last = current.scalars(select(WorkflowStep).where(WorkflowStep.case_id == other.id).order_by(WorkflowStep.number.desc())).first()
    assert last is not None and (last.kind, last.opinion) == ("skip", "“销号”未启用，自动通过")


def test_who_came_second_is_told_who_was_first(current: Session, who: Who, case: WorkflowCase) -> None:
    seen = case.version
    go(current, who("officer"), case, "city", opinion="建议市级")
    with pytest.raises(Conflict, match=f"{who('officer').name}刚刚办理了“上报市级挂牌督办”，请刷新后再看"):
        steps.act(current, who("dept"), case, "county", version=seen, now=NOW, values={})


def test_one_takes_ones_step_back_until_somebody_acts(current: Session, who: Who, case: WorkflowCase, danger: HiddenDanger) -> None:
    steps.withdraw(current, who("own"), case, version=case.version, now=NOW)
    assert (case.node, danger.state) == ("report", "report")
    go(current, who("own"), case, "submit", values=CAUSE)
    go(current, who("dept"), case, "county", values={"supervisor_id": who("dept").department_id})
    with pytest.raises(Conflict, match="只有刚刚办理上一步的人可以撤回。"):
        steps.withdraw(current, who("own"), case, version=case.version, now=NOW)


def test_a_case_is_handed_on_and_falls_back_when_that_person_leaves(current: Session, who: Who, case: WorkflowCase) -> None:
    other = who("officer")
    steps.transfer(current, who("dept"), case, other.id or 0, version=case.version, now=NOW, opinion="请协助")
    with pytest.raises(Forbidden, match=f"已转由{other.name}办理"):
        go(current, who("dept"), case, "county", values={"supervisor_id": who("dept").department_id})
    assert [one.id for one in holders(current, case)] == [other.id]
    current.get_one(User, other.id).is_active = False
    current.flush()
    assert case.id in {one.id for one in current.scalars(todos.todo(current, who("dept"))).unique()}
    assert go(current, who("dept"), case, "county", values={"supervisor_id": who("dept").department_id}).node == "notice"


def test_the_case_waits_for_all_who_were_asked(current: Session, who: Who, case: WorkflowCase) -> None:
    first, second = who("inspector"), who("leader")
    signing.ask(current, who("dept"), case, [first.id or 0, second.id or 0], version=case.version, now=NOW)
    assert case.id in {one.id for one in current.scalars(todos.todo(current, first)).unique()}
    with pytest.raises(Conflict, match=r"会签未完成：.+还未答复"):
        go(current, who("dept"), case, "county", values={"supervisor_id": who("dept").department_id})
    signing.sign(current, first, case, "agree", version=case.version, now=NOW)
    with pytest.raises(Invalid, match="不同意须写明原因"):
        signing.sign(current, second, case, "refuse", version=case.version, now=NOW)
    signing.sign(current, second, case, "refuse", version=case.version, now=NOW, opinion="证据不足")
    with pytest.raises(Conflict, match=f"会签未通过：{second.name}不同意"):
        go(current, who("dept"), case, "county", values={"supervisor_id": who("dept").department_id})
    rules.set_rule(current, who("admin"), "major_danger", "review", {"countersign": "any"})
    assert go(current, who("dept"), case, "county", values={"supervisor_id": who("dept").department_id}).node == "notice"


def test_a_copy_is_unread_until_it_is_looked_at(current: Session, who: Who, case: WorkflowCase) -> None:
    signing.copy_to(current, who("dept"), case, [who("leader").id or 0], version=case.version, now=NOW)
    assert todos.counts(current, who("leader"), NOW)["copied"] == 1
    assert case.id in {one.id for one in current.scalars(todos.box(current, who("leader"), "copied")).unique()}
    signing.mark_read(current, who("leader"), case, NOW)
    assert todos.counts(current, who("leader"), NOW)["copied"] == 0


def test_one_may_urge_once_an_hour(current: Session, who: Who, case: WorkflowCase) -> None:
    steps.urge(current, who("own"), case, version=case.version, now=NOW)
    with pytest.raises(Conflict, match="一小时内已经催办过"):
        steps.urge(current, who("own"), case, version=case.version, now=NOW + timedelta(minutes=30))
    assert case.urged_count == 1


def test_a_node_is_never_left_without_anybody(current: Session, who: Who) -> None:
    admin = who("admin")
    with pytest.raises(Invalid) as caught:
        rules.set_rule(current, admin, "major_danger", "review", {"roles": []})
    assert caught.value.fields == {"roles": "请至少选择一个角色。"}
    with pytest.raises(Invalid) as caught:
        rules.set_rule(current, admin, "major_danger", "review", {"roles": ["duty"]})
    assert "没有办理这一步的权限" in caught.value.fields["roles"]
    with pytest.raises(Invalid, match="这一步不能关闭"):
        rules.set_rule(current, admin, "major_danger", "review", {"is_on": False})
    with pytest.raises(Forbidden):
        rules.set_rule(current, who("officer"), "major_danger", "review", {"due_days": 5})
    rules.set_rule(current, admin, "major_danger", "review", {"due_days": 5})
    assert rules.rule_of(current, workflow("major_danger"), "review").due_days == 5


def test_offers_are_exactly_what_can_be_done(current: Session, who: Who, case: WorkflowCase, danger: HiddenDanger) -> None:
    def keys(username: str) -> list[str]:
        return [one.key for one in offers(current, who(username), case, danger, NOW)]

    assert keys("dept") == ["county", "city", "downgrade", "return", "transfer", "ask", "copy"]
    assert keys("own") == ["withdraw", "urge"]
    assert keys("leader") == ["copy", "urge"]
