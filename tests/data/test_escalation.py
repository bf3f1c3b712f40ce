"""Promises of the duty roster: an alarm that nobody answers goes up one post at a time, and stops when somebody does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from data import alarms, escalation, messages
from data.alarms import Edge, Source
from data.db import connection_raw, engine, session
from data.models import Alarm, AlarmEvent, DutyShift, Message, User
from data.save import create
from data.settings import Settings
from data.viewer import system_viewer
from tests.park import Park, make_park

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LIMITS = Settings(alarm_answer_minutes=(2, 5, 15, 60), alarm_escalate_level=2)


@pytest.fixture
def park(fresh_database: Settings) -> Park:
    with session() as current:
        made = make_park(current)
        for tier, role in ((1, "duty"), (3, "leader")):
            shift = {"user_id": made.people[role].id, "tier": tier, "begins_at": START - MINUTE * 60, "ends_at": START + MINUTE * 60}
            create(current, DutyShift, system_viewer("tests"), shift)
    return made


def raise_alarm(park: Park, kind: str, at: datetime) -> None:
    source = Source("point", park.level.id, "V-101.LT", "V-101 液位", "某企业", park.first.id)
    connection = connection_raw()
    with connection, connection.cursor() as cursor:
        alarms.apply_edges(cursor, [Edge(source, "high", kind, alarms.LEVELS[kind], True, at.timestamp(), 12.6, 12.4)])
    connection.close()


def go_up(minutes: float) -> list[tuple[str, str]]:
    """Who was told what so far, ``minutes`` after the start."""
    with session() as current:
        escalation.run(current, START + MINUTE * minutes, LIMITS)
    with session() as current:
        told = select(User.name, Message.title).join(Message, Message.user_id == User.id).order_by(Message.id)
        return [(name, title) for name, title in current.execute(told)]


def test_an_alarm_goes_up_post_by_post_and_passes_over_an_empty_one(park: Park) -> None:
    raise_alarm(park, "high_high", START)
    with Session(engine()) as current:
        names = {tier: shift.user.name for tier, shift in ((one.tier, one) for one in current.scalars(select(DutyShift)))}
    assert go_up(1.9) == [], "there is time still"
    first = (names[1], "2 分钟无人确认：V-101 液位 高高报")
    assert go_up(2) == [first]
    assert go_up(3.9) == [first], "told once"
    both = [first, (names[3], "4 分钟无人确认：V-101 液位 高高报")]
    assert go_up(4) == both, "nobody is 带班领导: the next one is told"
    assert go_up(60) == both, "there is nobody above"
    with Session(engine()) as current:
        notes = list(current.scalars(select(AlarmEvent.note).where(AlarmEvent.what == "escalated").order_by(AlarmEvent.id)))
    assert notes == [f"值班员 {names[1]}", f"总值班 {names[3]}"]


def test_an_answer_stops_it_and_what_comes_back_begins_anew(park: Park) -> None:
    raise_alarm(park, "high_high", START)
    with session() as current:
        alarms.acknowledge(current, current.scalars(select(Alarm.id)).one(), park.viewer("duty"))
    assert go_up(30) == []
    raise_alarm(park, "high_high", START + MINUTE * 31)
    assert len(go_up(32.9)) == 0
    assert len(go_up(33)) == 1


def test_what_goes_up_interrupts_a_screen_until_the_alarm_is_answered(park: Park) -> None:
    raise_alarm(park, "high_high", START)
    go_up(2)
    duty = park.viewer("duty")

    def interrupts() -> list[str]:
        with session() as current:
            return [one.title for one in messages.urgent(current, duty)]

    assert interrupts() == ["2 分钟无人确认：V-101 液位 高高报"]
    with session() as current:
        alarms.acknowledge(current, current.scalars(select(Alarm.id)).one(), duty)
    assert interrupts() == []
    with session() as current:
        assert [one.read_at for one in current.scalars(select(Message))] == [None], "it still stands among the messages"


def test_milder_alarms_and_an_empty_roster_trouble_nobody(park: Park) -> None:
    raise_alarm(park, "no_data", START)
    assert go_up(600) == [], "level 4 stays on the desk"
    raise_alarm(park, "high", START + MINUTE * 300)
    assert go_up(306) == [], "the shifts are over"
    with Session(engine()) as current:
        assert current.scalars(select(AlarmEvent).where(AlarmEvent.what == "escalated")).all() == []
