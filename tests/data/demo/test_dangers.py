"""What the demo park's dangers promise: every case could have been written by the engine, step by step; and what the duty room says of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.calendar import park_day
from data.db import session
from data.models import DutyHandover, HiddenDanger, NumberSeries, User, WorkflowCase, WorkflowStep
from data.validity import check_values
from data.viewers import viewer_from
from data.workflow.declaration import RETURN
from data.workflow.people import fits
from data.workflow.registry import workflow
from data.workflow.rules import declared
from data.workflow.steps import due_at


@pytest.fixture(scope="module")
def current(grown_database: Any) -> Iterator[Session]:
    with session() as opened:
        yield opened


@pytest.fixture(scope="module")
def dangers(current: Session) -> dict[int, HiddenDanger]:
    return {one.id: one for one in current.scalars(select(HiddenDanger)).unique()}


@pytest.fixture(scope="module")
def cases(current: Session) -> list[WorkflowCase]:
    return list(current.scalars(select(WorkflowCase).where(WorkflowCase.table_name == "hidden_danger").order_by(WorkflowCase.id)).unique())


@pytest.fixture(scope="module")
def taken(current: Session) -> dict[int, list[WorkflowStep]]:
    found: dict[int, list[WorkflowStep]] = defaultdict(list)
    for step in current.scalars(select(WorkflowStep).order_by(WorkflowStep.case_id, WorkflowStep.number)):
        found[step.case_id].append(step)
    return found


def test_every_step_is_a_declared_one_and_leads_where_the_next_begins(cases: list[WorkflowCase], taken: dict[int, list[WorkflowStep]]) -> None:
    faults = []
    for case in cases:
        flow, here = workflow(case.workflow), taken[case.id][0].from_node if taken[case.id] else case.node
        for number, step in enumerate(taken[case.id], 1):
            known = {one.key: (one.target, one.label) for one in flow.leaving(here)} | {RETURN: (step.to_node, "退回")}
            legal = step.action != RETURN or step.to_node in flow.node(here).returns_to
            if (step.number, step.from_node, (step.to_node, step.label)) != (number, here, known[step.action]) or not legal:
                faults.append((case.id, number))
            here = step.to_node
        if (case.node, case.version) != (here, len(taken[case.id]) + 1):
            faults.append((case.id, "end"))
    assert faults == []


def test_who_acted_might_have_acted_there(current: Session, cases: list[WorkflowCase], taken: dict[int, list[WorkflowStep]]) -> None:
    viewers = {one.id: viewer_from(one) for one in current.scalars(select(User)).unique()}
    wrong = []
    for case in cases:
        flow = workflow(case.workflow)
        for step in taken[case.id]:
            node = flow.node(step.from_node)
            if not fits(viewers[step.user_id], node, declared(node), case.enterprise_id):
                wrong.append((case.id, step.number, step.user_name))
    assert wrong == []


def test_a_record_stands_where_its_newest_case_stands(dangers: dict[int, HiddenDanger], cases: list[WorkflowCase]) -> None:
    newest = {case.record_id: case for case in cases}
    assert set(newest) == set(dangers)
    for danger in dangers.values():
        case = newest[danger.id]
        node = workflow(case.workflow).node(case.node)
        assert danger.state == case.node
        assert (danger.closed_on is not None) == node.is_end == (case.ended_at is not None)
        assert case.due_at == (None if node.is_end else due_at(node, node.due_days, danger, case.since))
    assert max(Counter(case.record_id for case in cases if case.ended_at is None).values()) == 1, "one open case a record"


def test_time_goes_forward_and_ends_before_today(dangers: dict[int, HiddenDanger], cases: list[WorkflowCase], taken: dict[int, list[WorkflowStep]]) -> None:
    today = park_day(datetime.now(UTC))
    for case in cases:
        times = [case.started_at, *(step.at for step in taken[case.id])]
        assert times == sorted(times)
        assert park_day(times[-1]) < today
    for danger in dangers.values():
        assert danger.found_on <= (danger.rectified_on or danger.found_on) <= (danger.closed_on or today)


def test_every_row_would_be_taken_from_a_form(dangers: dict[int, HiddenDanger]) -> None:
    names = [column.name for column in HiddenDanger.__table__.c if column.info.get("label") and not column.name.startswith(("created", "updated"))]
    for danger in dangers.values():
        check_values(HiddenDanger, {name: getattr(danger, name) for name in names})
        assert "{" not in f"{danger.name}{danger.place}{danger.measures}"


def test_numbers_have_no_gap_and_the_series_goes_on(current: Session, dangers: dict[int, HiddenDanger]) -> None:
    by_year: dict[str, list[int]] = defaultdict(list)
    for danger in dangers.values():
        prefix, year, number = (danger.number or "").split("-")
        by_year[f"{prefix}-{year}"].append(int(number))
    assert [year for year, numbers in by_year.items() if sorted(numbers) != list(range(1, len(numbers) + 1))] == []
    prefixes = {"YBYH": "danger:general", "ZDYH": "danger:major"}
    last = {(one.series, one.year): one.last for one in current.scalars(select(NumberSeries))}
    for key, numbers in by_year.items():
        prefix, year = key.split("-")
        assert last[prefixes[prefix], int(year)] == max(numbers)


def test_it_gets_better_from_year_to_year_and_some_wait_over_near_and_far(dangers: dict[int, HiddenDanger]) -> None:
    today = park_day(datetime.now(UTC))
    ages = Counter((today - one.found_on).days // 365 for one in dangers.values())
    assert ages[2] > ages[1] > ages[0] > 300
    left = [(one.deadline_on - today).days for one in dangers.values() if one.closed_on is None and one.deadline_on]
    assert sum(days < 0 for days in left) >= 3 and sum(0 <= days <= 10 for days in left) >= 5 and sum(days > 10 for days in left) >= 5
    assert {one.enterprise_id for one in dangers.values() if one.found_on > today - timedelta(days=3 * 365)} >= {1, 2, 3}


def test_a_hand_over_names_what_was_open_then_and_nothing_that_came_later(current: Session, dangers: dict[int, HiddenDanger]) -> None:
    handed = list(current.scalars(select(DutyHandover).where(DutyHandover.state == "signed")).unique())
    assert len(handed) > 30 and {item["section"] for one in handed for item in one.items or ()} >= {"重大隐患", "超期隐患", "重大风险区域"}
    for one in handed:
        named = [dangers[int(item["href"].rpartition("/")[2])] for item in one.items or () if item["section"] == "重大隐患"]
        assert named and one.handed_at is not None
        day = park_day(one.handed_at)
        assert all(danger.found_on < day and (danger.closed_on is None or danger.closed_on >= day) for danger in named)
