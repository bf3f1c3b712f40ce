"""What the demo park's risks promise: whole trees, levels as the rules say, places on the own plot, inspections that fit their cycles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from shapely.geometry import shape
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.db import session
from data.demo.enterprises import enterprises
from data.demo.risks import objects_of
from data.models import (
    Enterprise,
    HiddenDanger,
    InspectionRecord,
    InspectionTask,
    RiskEvent,
    RiskMeasure,
    RiskObject,
    RiskUnit,
    WorkflowCase,
)
from data.risk_methods import assessment_faults, editions, scored
from data.risk_templates import templates
from data.risks import gaps, measure_faults


@pytest.fixture(scope="module")
def current(grown_database: Any) -> Iterator[Session]:
    with session() as opened:
        yield opened


def every(current: Session, model: type[Any]) -> list[Any]:
    return list(current.scalars(select(model).order_by(model.id)).unique())


def test_every_enterprise_has_objects_and_the_large_ones_more() -> None:
    sizes = {item["code"]: len(list(objects_of(item))) for item in enterprises()}
    assert min(sizes.values()) >= 1 and max(sizes.values()) >= 8
    assert [list(objects_of(item)) for item in enterprises()[:3]] == [list(objects_of(item)) for item in enterprises()[:3]]


def test_templates_have_factors_of_the_first_editions(current: Session) -> None:
    known = editions(current)
    events = [event for one in templates().values() for unit in one.units for event in unit.events]
    assert [event.name for event in events if assessment_faults(known[event.method], event.factors())] == []


def test_every_object_could_be_reviewed_and_every_level_is_that_of_the_rules(current: Session) -> None:
    known = editions(current)
    assert {one.name: found for one in every(current, RiskObject)[:40] if (found := gaps(current, one))} == {}
    wrong = []
    for event in every(current, RiskEvent):
        values = {name: getattr(event, name) for name in RiskEvent.__table__.c.keys()}  # noqa: SIM118
        wrong += [event.id] if scored(known[event.method], values) | values != values else []
    assert wrong == []
    assert [one.id for one in every(current, RiskMeasure) if measure_faults({name: getattr(one, name) for name in ("way", "point_id", "content", "cycle_count", "cycle_unit")})] == []


def test_objects_lie_on_the_plot_of_their_enterprise(current: Session) -> None:
    outlines = {one.id: shape(one.outline).buffer(0.00005) for one in every(current, Enterprise)}
    placed = [one for one in every(current, RiskObject) if one.polygon]
    assert len(placed) > 100
    assert [one.name for one in placed if not outlines[one.enterprise_id].contains(shape(one.polygon))] == []


def test_inspections_fit_their_tasks_and_their_dangers(current: Session) -> None:
    mismatched = select(func.count()).select_from(InspectionTask).join(InspectionRecord, InspectionRecord.id == InspectionTask.record_id)
    late = (InspectionRecord.checked_at < InspectionTask.begins_at) | (InspectionRecord.checked_at >= InspectionTask.due_at) | (InspectionRecord.measure_id != InspectionTask.measure_id) | (InspectionTask.state != "done")
    assert current.scalar(mismatched.where(late)) == 0
    states = dict(current.execute(select(InspectionTask.state, func.count()).group_by(InspectionTask.state)).all())
    assert states["done"] > 5_000 and 100 < states["missed"] < states["done"] / 8
    found = current.scalars(select(InspectionRecord).where(InspectionRecord.result == "danger")).unique().all()
    dangers = {one.inspection_id: one for one in current.scalars(select(HiddenDanger).where(HiddenDanger.source == "patrol")).unique()}
    assert {one.id for one in found} == set(dangers) and len(found) > 10
    assert all(dangers[one.id].measure_id == one.measure_id and dangers[one.id].enterprise_id == one.enterprise_id for one in found)


def test_places_have_codes_that_nobody_shares(current: Session) -> None:
    codes = [one.place_code for one in every(current, RiskUnit)]
    assert len(codes) == len(set(codes)) and {len(one) for one in codes} == {16}


def test_what_waits_for_review_waits_in_the_workflow_and_counts_nowhere(current: Session) -> None:
    waiting = [one for one in every(current, RiskObject) if one.state != "accepted"]
    assert sorted(one.state for one in waiting) == ["draft", "review", "review", "review"] and not any(one.is_in_force for one in waiting)
    cases = {one.record_id: one for one in current.scalars(select(WorkflowCase).where(WorkflowCase.table_name == "risk_object")).unique()}
    assert {one.id for one in waiting if one.state == "review"} == set(cases)
    assert {(one.node, one.version, one.ended_at) for one in cases.values()} == {("review", 2, None)}
    assert [gaps(current, one) for one in waiting] == [[]] * 4
