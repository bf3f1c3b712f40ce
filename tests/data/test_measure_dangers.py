"""An alarm that proves an automatic measure failed makes a hidden danger: one while it is open, named in the log, closed by people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from data import measure_dangers
from data.alarms import Edge, Source, apply_edges
from data.db import engine, session
from data.models import Alarm, AuditEntry, DictionaryItem, HiddenDanger, RiskMeasure, WorkflowCase
from data.settings import Settings
from tests.park import Park, make_park
from tests.risks import risk_event, risk_measure, risk_object, risk_unit

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


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
def measure(current: Session, park: Park) -> RiskMeasure:
    """A measure in force that the level of the tank watches."""
    own = park.viewer("enterprise")
    event = risk_event(current, own, risk_unit(current, own, risk_object(current, own)), name="储罐满溢")
    made = risk_measure(current, own, event, name="高液位报警联锁", way="auto", point_id=park.level.id)
    made.risk_object.is_in_force, made.risk_object.state = True, "accepted"
    current.flush()
    return made


def alarm(current: Session, park: Park, at: datetime, *, is_raised: bool = True, kind: str = "high_high", level: int = 1) -> None:
    condition = "no_data" if kind == "no_data" else "high"
    source = Source("point", park.level.id, "V-101.LT", "V-101 甲醇储罐 液位", "", park.first.id, park.tank.id, "m")
    cursor: Any = current.connection().connection.cursor()
    apply_edges(cursor, [Edge(source, condition, kind, level, is_raised, at.timestamp(), 12.5 if is_raised else 9.0, 12.4)])
    current.expire_all()


def run(current: Session, at: datetime, **settings: Any) -> list[HiddenDanger]:
    return measure_dangers.run(current, at, Settings(**settings))


def close(current: Session, danger: HiddenDanger, at: datetime) -> None:
    """As the workflow leaves it when people are done."""
    danger.closed_on, danger.state = at.date(), "rectified"
    case = current.scalars(select(WorkflowCase).where(WorkflowCase.table_name == "hidden_danger", WorkflowCase.record_id == danger.id)).unique().one()
    case.ended_at, case.node = at, "rectified"
    current.flush()


def test_an_alarm_of_its_point_makes_one_danger_that_says_what_happened(current: Session, park: Park, measure: RiskMeasure) -> None:
    alarm(current, park, NOON)
    (danger,) = run(current, NOON + MINUTE)
    assert (danger.name, danger.level, danger.source, danger.state, danger.measure_id) == ("自动化监控措施失效：高液位报警联锁", "general", "monitor", "rectify", measure.id)
    assert (danger.place, danger.person, danger.finder, str(danger.found_on), str(danger.deadline_on)) == ("甲醇罐区 储罐本体", "李建国", "监测系统", "2026-11-24", "2026-12-01")
    assert danger.cause == "V-101 甲醇储罐 液位 高高报 12.50 m（限值 12.4 m），2026-11-24 12:00。所控风险事件：储罐满溢。"
    entry = current.scalars(select(AuditEntry).where(AuditEntry.table_name == "hidden_danger", AuditEntry.record_id == danger.id, AuditEntry.verb == "create")).one()
    assert entry.username == "监测系统" and (entry.reason or "").startswith("由报警自动登记：V-101 甲醇储罐 液位 高高报")


def test_there_is_one_while_it_is_open_whatever_the_alarm_does(current: Session, park: Park, measure: RiskMeasure) -> None:
    alarm(current, park, NOON)
    (danger,) = run(current, NOON + MINUTE)
    alarm(current, park, NOON + 5 * MINUTE, is_raised=False)
    assert run(current, NOON + 6 * MINUTE) == []
    assert danger.closed_on is None, "people close it, not the end of the alarm"
    alarm(current, park, NOON + 8 * MINUTE, kind="high", level=2)
    assert run(current, NOON + 9 * MINUTE) == []


def test_after_it_was_closed_only_what_alarms_anew_makes_another(current: Session, park: Park, measure: RiskMeasure) -> None:
    alarm(current, park, NOON)
    (danger,) = run(current, NOON + MINUTE)
    close(current, danger, NOON + 10 * MINUTE)
    assert run(current, NOON + 11 * MINUTE) == []
    first = current.scalars(select(Alarm)).one()
    first.cleared_at = first.closed_at = NOON + 12 * MINUTE
    current.flush()
    alarm(current, park, NOON + 20 * MINUTE)
    (second,) = run(current, NOON + 21 * MINUTE)
    assert second.id != danger.id and second.alarm_id != danger.alarm_id


def test_an_alarm_that_was_over_before_anybody_looked_counts_too(current: Session, park: Park, measure: RiskMeasure) -> None:
    alarm(current, park, NOON)
    alarm(current, park, NOON + MINUTE, is_raised=False)
    assert len(run(current, NOON + 2 * MINUTE)) == 1


def test_silence_counts_once_it_has_lasted(current: Session, park: Park, measure: RiskMeasure) -> None:
    alarm(current, park, NOON, kind="no_data", level=4)
    assert run(current, NOON + 59 * MINUTE) == []
    assert run(current, NOON + 60 * MINUTE, measure_danger_silent_minutes=0) == []
    (danger,) = run(current, NOON + 60 * MINUTE)
    assert danger.kind == "instrument"


@pytest.mark.parametrize("how", ["measure", "park", "cause", "retired"])
def test_nothing_is_made_where_nobody_wants_it_or_nothing_failed(current: Session, park: Park, measure: RiskMeasure, how: str) -> None:
    alarm(current, park, NOON)
    measure.makes_danger = how != "measure"
    measure.risk_object.is_in_force = how != "retired"
    current.scalars(select(Alarm)).one().cause = "false_alarm" if how == "cause" else None
    current.flush()
    assert run(current, NOON + MINUTE, measure_dangers=how != "park") == []
