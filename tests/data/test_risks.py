"""Graded risk control: what an enterprise enters counts once it is accepted, changes wait beside it, and inspections find what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from data import inspections, risk_methods, risk_review, risks
from data.db import engine, session
from data.errors import Conflict, Forbidden, Invalid, NotFound
from data.models import (
    Attachment,
    DictionaryItem,
    Enterprise,
    HiddenDanger,
    InspectionTask,
    RiskBand,
    RiskEvent,
    RiskMeasure,
    RiskMethod,
    RiskObject,
    RiskUnit,
)
from data.query import get
from data.viewer import Viewer
from data.workflow import steps
from tests.park import Park, make_park
from tests.risks import risk_event, risk_measure, risk_object, risk_tree, risk_unit

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
WRONG = {"result": "danger", "name": "阻火器堵塞", "level": "general", "kind": "equipment", "deadline_on": date(2026, 12, 1)}


@pytest.fixture(scope="module")
def park(database: Any) -> Park:
    with session() as current:
        current.add(DictionaryItem(dictionary="accident_kind", code="泄漏", name="泄漏", position=1))
        return make_park(current)


@pytest.fixture
def current(park: Park) -> Iterator[Session]:
    """A session whose changes are undone after the test."""
    with engine().connect() as connection, connection.begin() as undone:
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as opened:
            yield opened
        undone.rollback()


@pytest.fixture
def own(park: Park) -> Viewer:
    return park.viewer("enterprise")


@pytest.fixture
def officer(park: Park) -> Viewer:
    return park.viewer("officer")


def accept(current: Session, own: Viewer, officer: Viewer, record: RiskObject) -> RiskObject:
    """Hand the object over and accept it."""
    case = risk_review.submit(current, own, record, now=NOW)
    steps.act(current, officer, case, "pass", version=case.version, now=NOW)
    return record


def of(current: Session, model: type[Any], record: RiskObject) -> list[Any]:
    """What of a kind stands below the object."""
    return list(current.scalars(select(model).where(model.object_id == record.id, model.deleted_at.is_(None)).order_by(model.id)).unique())


# Entering and review


def test_an_object_counts_once_the_authority_has_accepted_it(current: Session, own: Viewer, officer: Viewer) -> None:
    record = risk_tree(current, own)
    assert (record.state, record.is_in_force) == ("draft", False)
    accept(current, own, officer, record)
    assert (record.state, record.is_in_force, record.accepted_at) == ("accepted", True, NOW)
    event = of(current, RiskEvent, record)[0]
    assert (event.inherent_score, event.inherent_level, event.present_score, event.present_level) == (20, 1, 10, 3)


def test_an_object_that_lacks_something_is_not_reviewed(current: Session, own: Viewer) -> None:
    record = risk_object(current, own)
    with pytest.raises(Conflict, match="还没有风险分析单元。"):
        risk_review.submit(current, own, record, now=NOW)
    risk_event(current, own, risk_unit(current, own, record))
    with pytest.raises(Conflict, match="风险事件“储罐泄漏”还没有管控措施。"):
        risk_review.submit(current, own, record, now=NOW)


def test_what_is_under_review_or_in_force_is_not_changed_directly(current: Session, own: Viewer, officer: Viewer) -> None:
    record = risk_tree(current, own)
    case = risk_review.submit(current, own, record, now=NOW)
    with pytest.raises(Conflict, match="已提交审核，审核期间不能修改"):
        risks.save_unit(current, own, None, {"object_id": record.id, "name": "装卸台"})
    steps.act(current, officer, case, "return", version=case.version, now=NOW, opinion="缺少装卸台", target="draft")
    risks.save_unit(current, own, of(current, RiskUnit, record)[0], {"name": "储罐"})
    case = risk_review.submit(current, own, record, now=NOW)
    steps.act(current, officer, case, "pass", version=case.version, now=NOW)
    with pytest.raises(Conflict, match="请在“风险分析对象”中“申请变更”"):
        risks.remove(current, own, of(current, RiskMeasure, record)[0], "不要了")


def test_a_risk_does_not_grow_by_its_measures_and_factors_are_those_of_the_edition(current: Session, own: Viewer) -> None:
    unit = risk_unit(current, own, risk_object(current, own))
    with pytest.raises(Invalid) as refused:
        risk_event(current, own, unit, present_likelihood=5)
    assert refused.value.fields == {"present_likelihood": "现状风险值 25 大于固有风险值 20，有措施后的风险不会更大，请核对。"}
    with pytest.raises(Invalid) as refused:
        risk_event(current, own, unit, method="LEC")
    assert refused.value.fields["inherent_exposure"] == "请选择暴露频率 E。"


def test_a_measure_names_its_point_or_its_cycle(park: Park, current: Session, own: Viewer) -> None:
    event = risk_event(current, own, risk_unit(current, own, risk_object(current, own)))
    with pytest.raises(Invalid) as refused:
        risks.save_measure(current, own, None, {"event_id": event.id, "name": "巡检", "way": "manual", "cycle_count": 5, "cycle_unit": "hour"})
    assert refused.value.fields == {"content": "人工巡检的措施请填写排查内容。", "cycle_count": "按小时巡检的周期应能整除 24，如 1、2、4、8、12。"}
    made = risk_measure(current, own, event, way="auto", point_id=park.level.id)
    assert (made.point_id, made.content, made.cycle_unit) == (park.level.id, None, None)


def test_an_officer_enters_no_risks(current: Session, officer: Viewer) -> None:
    with pytest.raises(Forbidden, match="没有“管控、巡检本企业风险”权限"):
        risk_object(current, officer)


# Changes


def test_a_change_waits_beside_what_is_in_force_and_keeps_its_measures(current: Session, own: Viewer, officer: Viewer) -> None:
    record = accept(current, own, officer, risk_tree(current, own))
    kept = of(current, RiskMeasure, record)[0]
    inspections.make_tasks(current, NOW)
    change = risk_review.revise(current, own, record)
    copy = of(current, RiskMeasure, change)[0]
    risks.save_measure(current, own, copy, {"name": "阻火器、呼吸阀投用"})
    added = risk_measure(current, own, of(current, RiskEvent, change)[0], name="增设液位计")
    assert kept.name == "阻火器投用" and not change.is_in_force
    assert risk_review.differences(current, change) == ["新增风险管控措施“增设液位计”", "修改风险管控措施“阻火器、呼吸阀投用”：管控措施"]
    accept(current, own, officer, change)
    assert [(one.id, one.name) for one in of(current, RiskMeasure, record)] == [(kept.id, "阻火器、呼吸阀投用"), (added.id, "增设液位计")]
    assert of(current, RiskMeasure, change) == [] and not change.is_in_force and record.is_in_force


def test_what_a_change_leaves_out_is_no_longer_inspected(current: Session, own: Viewer, officer: Viewer) -> None:
    record = risk_tree(current, own)
    gone = risk_measure(current, own, of(current, RiskEvent, record)[0], name="多余的措施")
    accept(current, own, officer, record)
    inspections.make_tasks(current, NOW)
    change = risk_review.revise(current, own, record)
    risks.remove(current, own, of(current, RiskMeasure, change)[1], "重复")
    accept(current, own, officer, change)
    current.refresh(gone)
    states = current.scalars(select(InspectionTask.state).where(InspectionTask.measure_id == gone.id)).all()
    assert gone.deleted_at is not None and states == ["cancelled"]


def test_an_object_that_is_retired_takes_its_inspections_along(current: Session, own: Viewer, officer: Viewer) -> None:
    record = accept(current, own, officer, risk_tree(current, own))
    inspections.make_tasks(current, NOW)
    with pytest.raises(Invalid, match="请填写作废原因。"):
        risk_review.retire(current, officer, record, " ")
    risk_review.retire(current, officer, record, "装置已拆除")
    assert of(current, RiskUnit, record) == []
    assert current.scalars(select(InspectionTask.state)).all() == ["cancelled"]
    assert inspections.make_tasks(current, NOW) == 0


# Inspections


@pytest.fixture
def task(current: Session, own: Viewer, officer: Viewer) -> InspectionTask:
    """The inspection of today of a measure in force."""
    accept(current, own, officer, risk_tree(current, own))
    assert inspections.make_tasks(current, NOW) == 1
    return current.scalars(select(InspectionTask)).unique().one()


def test_tasks_are_made_once_a_cycle(current: Session, task: InspectionTask) -> None:
    assert inspections.make_tasks(current, NOW + timedelta(hours=3)) == 0
    assert inspections.make_tasks(current, NOW + timedelta(days=1)) == 1
    assert (task.begins_at, task.due_at, task.person) == (datetime(2026, 11, 23, 16, tzinfo=UTC), datetime(2026, 11, 24, 16, tzinfo=UTC), "李建国")


def test_an_enterprise_that_stands_still_has_no_tasks(park: Park, current: Session, own: Viewer, officer: Viewer) -> None:
    accept(current, own, officer, risk_tree(current, own))
    current.execute(update(Enterprise).where(Enterprise.id == park.first.id).values(state="stopped"))
    assert inspections.make_tasks(current, NOW) == 0


def test_what_nobody_looked_at_is_missed_and_not_made_up(current: Session, own: Viewer, task: InspectionTask) -> None:
    assert inspections.find_missed(current, NOW) == 0
    assert inspections.find_missed(current, NOW + timedelta(days=1)) == 1
    with pytest.raises(Conflict, match="记为漏检，不能再补登"):
        inspections.check(current, own, task, {"result": "normal"}, now=NOW + timedelta(days=1))
    assert inspections.outcome(task).word == "漏检"


def test_a_danger_that_is_found_is_on_its_way_with_its_photos(park: Park, current: Session, own: Viewer, task: InspectionTask) -> None:
    current.add(Attachment(table_name="inspection_task", record_id=task.id, slot="photo", name="现场.jpg", size=1, sha256="0" * 64, content_type="image/jpeg"))
    record, danger = inspections.check(current, own, task, WRONG | {"is_at_place": True}, now=NOW)
    assert danger is not None
    assert (danger.source, danger.state, danger.inspection_id, danger.measure_id, danger.place) == ("patrol", "rectify", record.id, task.measure_id, "甲醇罐区 储罐本体")
    photo = current.scalars(select(Attachment.slot).where(Attachment.table_name == "hidden_danger", Attachment.record_id == danger.id)).all()
    assert (task.state, task.record_id, photo) == ("done", record.id, ["before"])
    assert inspections.dangers_of(current, [record.id]) == {record.id: danger}


def test_a_danger_without_words_or_deadline_changes_nothing(current: Session, own: Viewer, task: InspectionTask) -> None:
    with pytest.raises(Invalid) as refused, current.begin_nested():
        inspections.check(current, own, task, {"result": "danger"}, now=NOW)
    assert refused.value.fields == {"name": "请描述发现的隐患。", "deadline_on": "请填写整改期限。"}
    current.refresh(task)
    assert task.state == "open" and current.scalars(select(HiddenDanger)).unique().all() == []


def test_a_major_danger_waits_for_its_report(current: Session, own: Viewer, task: InspectionTask) -> None:
    _, danger = inspections.check(current, own, task, {"result": "danger", "name": "切断阀失效", "level": "major"}, now=NOW)
    assert danger is not None and (danger.state, danger.source) == ("draft", "patrol")


def test_an_inspection_is_entered_once(current: Session, own: Viewer, task: InspectionTask) -> None:
    assert inspections.check_all(current, own, [task], is_at_place=False, now=NOW) == 1
    with pytest.raises(Conflict, match="这项巡检已经登记过"):
        inspections.check(current, own, task, {"result": "normal"}, now=NOW)


def test_another_enterprise_does_not_reach_the_place(park: Park, current: Session, task: InspectionTask) -> None:
    other = park.viewer("enterprise", enterprise_id=park.second.id)
    code = current.scalar(select(RiskUnit.place_code).where(RiskUnit.id == task.unit_id)) or ""
    with pytest.raises(NotFound):
        inspections.unit_at(current, other, code)
    with pytest.raises(NotFound):
        get(current, InspectionTask, task.id, other)


# Methods


def test_a_used_edition_is_fixed_and_the_next_one_counts_for_new_assessments(current: Session, own: Viewer, officer: Viewer) -> None:
    unit = risk_unit(current, own, risk_object(current, own))
    before = risk_event(current, own, unit)
    used = current.get_one(RiskMethod, before.edition_id)
    assert risk_methods.why_fixed(current, used) == "已有 1 个风险事件按这个版本评价，不能修改；请“另立新版本”后修改。"
    made = risk_methods.next_edition(current, officer, used, "第 2 版")
    current.execute(update(RiskBand).where(RiskBand.method_id == made.id, RiskBand.floor == 9).values(floor=11))
    risk_methods.put_in_force(current, officer, made, date(2026, 11, 24))
    after = risk_event(current, own, unit, name="另一事件")
    assert (before.present_level, after.present_level, after.edition_id) == (3, 4, made.id)
    assert not current.get_one(RiskMethod, used.id).is_active


def test_an_edition_whose_levels_fall_is_not_put_in_force(current: Session, officer: Viewer) -> None:
    used = current.scalars(select(RiskMethod).where(RiskMethod.code == "LS")).one()
    made = risk_methods.next_edition(current, officer, used, "第 2 版")
    current.execute(update(RiskBand).where(RiskBand.method_id == made.id, RiskBand.floor == 20).values(level=4))
    current.expire_all()
    with pytest.raises(Invalid, match="不能启用：分值越高，风险等级不能越低。"):
        risk_methods.put_in_force(current, officer, made, date(2026, 11, 24))
