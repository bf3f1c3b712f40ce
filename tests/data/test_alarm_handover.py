"""Promises of 转交 and 即将升级: into whose hands an alarm may go and who learns of it; where it goes when nobody answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from data import alarm_handover, alarms, escalation
from data.alarms import Edge, Source
from data.db import connection_raw
from data.db import session as database_session
from data.errors import Conflict, Forbidden, Invalid, NotFound
from data.messages import urgent
from data.models import Alarm, AlarmEvent, DutyShift, Message, User
from data.save import create
from data.settings import Settings
from data.viewer import system_viewer
from tests.park import Park, make_park

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LIMITS = Settings(alarm_answer_minutes=(2, 5, 15, 60), alarm_escalate_level=2)


@pytest.fixture(scope="module")
def park(database: Settings) -> Park:
    """A leader as 带班领导 (nobody is 值班员) until five minutes after the start, then another as 总值班."""
    with database_session() as current:
        made = make_park(current)
        for tier, role, until in ((2, "leader", 5), (3, "officer", 60)):
            shift = {"user_id": made.people[role].id, "tier": tier, "begins_at": START - MINUTE * 60, "ends_at": START + MINUTE * until}
            create(current, DutyShift, system_viewer("tests"), shift)
    raw = connection_raw()
    with raw, raw.cursor() as cursor:
        source = Source("point", made.level.id, "V-101.LT", "V-101 液位", "某企业", made.first.id, made.tank.id)
        alarms.apply_edges(cursor, [Edge(source, "high", "high_high", 1, True, START.timestamp(), 12.6, 12.4)])
        alarms.apply_edges(cursor, [Edge(source._replace(id=made.gas.id, name="V-101 可燃气"), "no_data", "no_data", 4, True, START.timestamp())])
    raw.close()
    return made


@pytest.fixture
def session(park: Park) -> Iterator[Session]:
    with database_session() as current:
        yield current
        current.rollback()


@pytest.fixture
def level(session: Session) -> Alarm:
    return session.scalars(select(Alarm).where(Alarm.kind == "high_high")).one()


def test_what_goes_up_next_says_when_and_to_whom_and_passes_over_an_empty_post(session: Session, park: Park, level: Alarm) -> None:
    leader, officer = (park.people[role].name for role in ("leader", "officer"))
    (rise,) = escalation.coming(session, park.viewer("duty"), START + MINUTE, LIMITS)
    assert rise == (level.id, START + 2 * MINUTE, "带班领导", (leader,)), "the alarm of the silent detector goes nowhere"
    steps = escalation.rises_of(session, level, START + MINUTE, LIMITS)
    assert [(one.at, one.post, one.people) for one in steps] == [(START + 2 * MINUTE, "带班领导", (leader,)), (START + 6 * MINUTE, "总值班", (officer,))]


def test_without_anybody_on_duty_it_says_so_and_after_an_answer_nothing_is_coming(session: Session, park: Park, level: Alarm) -> None:
    (rise,) = escalation.coming(session, park.viewer("duty"), START + MINUTE * 90, LIMITS)
    assert (rise.post, rise.people) == ("", ())
    alarms.acknowledge(session, level.id, park.viewer("duty"))
    assert escalation.coming(session, park.viewer("duty"), START + MINUTE, LIMITS) == []
    with pytest.raises(Forbidden):
        escalation.coming(session, park.viewer("duty", permissions=frozenset()), START, LIMITS)


def test_an_alarm_is_handed_to_who_may_handle_it_and_sees_it(session: Session, park: Park, level: Alarm) -> None:
    duty = park.viewer("duty")
    names = [one.name for one in alarm_handover.colleagues(session, duty, level, START)]
    assert park.people["admin"].name in names and park.people["duty"].name not in names, "to others than oneself"
    assert park.people["inspector"].name not in names, "who may not handle alarms takes none"
    handed = alarm_handover.hand_over(session, level.id, duty, park.people["admin"].id or 0, "请到现场核实")
    assert (handed.state, handed.in_progress_by_id, handed.acknowledged_by_id) == ("in_progress", park.people["admin"].id, duty.id)
    event = session.scalars(select(AlarmEvent).where(AlarmEvent.what == "handed_over")).one()
    assert event.note == f"{park.people['admin'].name}，请到现场核实"
    message = session.scalars(select(Message).where(Message.user_id == park.people["admin"].id)).one()
    assert (message.title, message.is_urgent) == (f"{duty.name}转交：V-101 液位 高高报", True)
    assert [one.id for one in urgent(session, park.people["admin"])] == [message.id]
    with pytest.raises(Conflict, match=f"已在{park.people['admin'].name}手中"):
        alarm_handover.hand_over(session, level.id, duty, park.people["admin"].id or 0)
    alarms.resolve(session, level.id, park.people["admin"], "false_alarm")
    assert urgent(session, park.people["admin"]) == [], "what is closed interrupts nobody"


def test_nobody_else_takes_an_alarm(session: Session, park: Park, level: Alarm) -> None:
    duty = park.viewer("duty")
    for person in (park.people["inspector"].id or 0, 10**15):
        with pytest.raises(Invalid, match="不能转交给此人"):
            alarm_handover.hand_over(session, level.id, duty, person)
    switched_off = session.get(User, park.people["admin"].id)
    assert switched_off is not None
    switched_off.is_active = False
    with pytest.raises(Invalid, match="不能转交给此人"):
        alarm_handover.hand_over(session, level.id, duty, switched_off.id)
    with pytest.raises(NotFound):
        alarm_handover.hand_over(session, 10**15, duty, duty.id or 0)
    with pytest.raises(Forbidden):
        alarm_handover.hand_over(session, level.id, park.viewer("leader"), duty.id or 0)
