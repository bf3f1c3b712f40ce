"""Promises of an alarm's life: raised once, worse is told anew, answered by one person, closed when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from data import alarm_groups, alarms
from data.alarms import Edge, Source
from data.db import connection_raw, engine, session
from data.errors import Conflict, Forbidden, Invalid, NotFound
from data.models import Alarm, AlarmEvent, AuditEntry
from data.settings import Settings
from tests.park import Park, make_park

T0 = datetime(2026, 11, 24, 3, 0, tzinfo=UTC).timestamp()


@pytest.fixture
def park(fresh_database: Any) -> Park:
    with session() as current:
        return make_park(current)


@pytest.fixture
def current(park: Park) -> Iterator[Session]:
    with Session(engine(), expire_on_commit=False) as opened:
        yield opened


def level(park: Park) -> Source:
    return Source(
        "point", park.level.id, "V-101.LT", "V-101 液位", "某企业 · 甲醇罐区", park.first.id, park.tank.id, "m"
    )


def sos(park: Park) -> Source:
    return Source("vehicle", park.vehicle.id, "辽N·A1234", "辽N·A1234", "运输企业", park.second.id)


def high(park: Park, ts: float, *, raised: bool = True, kind: str = "high", value: float = 11.5) -> Edge:
    return Edge(level(park), "high", kind, alarms.LEVELS[kind], raised, ts, value, 11.3)


def write(*edges: Edge) -> None:
    connection = connection_raw()
    with connection, connection.cursor() as cursor:
        alarms.apply_edges(cursor, edges)
    connection.close()


def the_alarm(current: Session) -> Alarm:
    current.commit()
    current.expire_all()
    return current.scalars(select(Alarm)).one()


def test_an_alarm_keeps_the_value_that_raised_it_and_the_worst_in_between(park: Park, current: Session) -> None:
    from data.telemetry import ReadingRow, day_of, ensure_partitions, store_readings

    connection = connection_raw()
    with connection, connection.cursor() as cursor:
        ensure_partitions(cursor, {day_of(T0)})
        store_readings(cursor, [ReadingRow(park.level.id, T0 + seconds, value, 192) for seconds, value in ((0, 11.5), (20, 12.2), (40, 11.9), (60, 9.0))], fresh=True)
    connection.close()
    write(high(park, T0))
    assert (the_alarm(current).raised_value, the_alarm(current).worst_value) == (11.5, 11.5)
    write(high(park, T0 + 60, raised=False, value=9.0))
    alarm = the_alarm(current)
    assert (alarm.raised_value, alarm.worst_value, alarm.value) == (11.5, 12.2, 9.0)


def test_a_truck_that_stands_still_in_the_end_is_told_by_its_highest_speed(park: Park, current: Session) -> None:
    from data.telemetry import PositionRow, day_of, ensure_partitions, store_positions

    connection = connection_raw()
    with connection, connection.cursor() as cursor:
        ensure_partitions(cursor, {day_of(T0)})
        fixes = [PositionRow(park.terminal.id, T0 + seconds, seconds, T0 + seconds, 120.43, 41.42, speed, 0, 0, 0, 3, flags, None) for seconds, speed, flags in ((0, 72.0, 0), (30, 81.0, 0), (40, 190.0, 8), (90, 0.0, 0))]
        store_positions(cursor, fixes, fresh=True)
    connection.close()
    write(Edge(sos(park), "overspeed", "overspeed", 2, True, T0, 72.0, 60.0))
    write(Edge(sos(park), "overspeed", "overspeed", 2, False, T0 + 90, 0.0, 60.0))
    alarm = the_alarm(current)
    assert (alarm.raised_value, alarm.worst_value, alarm.value) == (72.0, 81.0, 0.0), "a jump that nobody believes is left out"


def events(current: Session) -> list[str]:
    return list(current.scalars(select(AlarmEvent.what).order_by(AlarmEvent.id)))


def test_a_condition_raises_one_alarm_and_its_end_is_not_the_end_of_the_alarm(park: Park, current: Session) -> None:
    write(high(park, T0))
    assert the_alarm(current).state == "unacknowledged"
    write(high(park, T0 + 60, raised=False, value=9.0))
    alarm = the_alarm(current)
    assert (alarm.state, alarm.value, alarm.cleared_at) == ("recovered", 9.0, datetime.fromtimestamp(T0 + 60, UTC))
    assert events(current) == ["raised", "cleared"]


def test_an_alarm_that_comes_back_is_counted_not_repeated(park: Park, current: Session) -> None:
    write(high(park, T0), high(park, T0 + 60, raised=False), high(park, T0 + 90))
    alarm = the_alarm(current)
    assert (alarm.occurrences, alarm.state, alarm.raised_at) == (2, "unacknowledged", datetime.fromtimestamp(T0, UTC))
    assert events(current) == ["raised", "cleared", "again"]


def test_worse_wants_to_be_acknowledged_anew(park: Park, current: Session) -> None:
    write(high(park, T0))
    alarms.acknowledge(current, the_alarm(current).id, park.viewer("duty"), "企业正在卸车")
    current.commit()
    write(high(park, T0 + 120, kind="high_high", value=12.5))
    alarm = the_alarm(current)
    assert (alarm.state, alarm.kind, alarm.level, alarm.occurrences) == ("unacknowledged", "high_high", 1, 1)
    assert events(current) == ["raised", "acknowledged", "worse"]


def test_acknowledged_and_over_is_closed(park: Park, current: Session) -> None:
    write(high(park, T0))
    alarms.acknowledge(current, the_alarm(current).id, park.viewer("duty"))
    current.commit()
    write(high(park, T0 + 60, raised=False))
    assert the_alarm(current).state == "closed"
    write(high(park, T0 + 90))
    assert current.query(Alarm).count() == 2


def test_over_and_then_acknowledged_is_closed(park: Park, current: Session) -> None:
    write(high(park, T0), high(park, T0 + 60, raised=False))
    assert alarms.acknowledge(current, the_alarm(current).id, park.viewer("duty")).state == "closed"


def test_the_second_to_acknowledge_is_told_who_was_first(park: Park, current: Session) -> None:
    write(high(park, T0))
    identity = the_alarm(current).id
    alarms.acknowledge(current, identity, park.viewer("duty"))
    with pytest.raises(Conflict, match=r"V-101 液位 高报已由值班人员某于 \d\d-\d\d \d\d:\d\d:\d\d 确认。"):
        alarms.acknowledge(current, identity, park.viewer("admin"))


def test_without_the_right_nothing_happens(park: Park, current: Session) -> None:
    write(high(park, T0))
    with pytest.raises(Forbidden, match="园区领导某没有“确认报警”权限，请联系系统管理员。"):
        alarms.acknowledge(current, the_alarm(current).id, park.viewer("leader"))
    assert the_alarm(current).state == "unacknowledged"


def test_an_alarm_of_another_enterprise_does_not_exist_for_an_enterprise(park: Park, current: Session) -> None:
    write(Edge(sos(park), "sos", "sos", 1, True, T0), high(park, T0))
    own = alarms.open_alarms(current, park.viewer("enterprise"))
    assert [alarm.source_code for alarm in own] == ["V-101.LT"]
    other = current.scalars(select(Alarm).where(Alarm.kind == "sos")).one()
    rights = park.viewer("enterprise", permissions=frozenset({"*"}))
    with pytest.raises(NotFound, match="不在您的数据范围内"):
        alarms.acknowledge(current, other.id, rights)


def test_handling_keeps_an_alarm_open_until_its_cause_is_known(park: Park, current: Session) -> None:
    duty = park.viewer("duty")
    write(high(park, T0))
    alarms.start_handling(current, the_alarm(current).id, duty, "已通知企业停止进料")
    current.commit()
    write(high(park, T0 + 60, raised=False))
    assert the_alarm(current).state == "in_progress"
    resolved = alarms.resolve(current, the_alarm(current).id, duty, "process", "进料过快")
    assert (resolved.state, resolved.cause, resolved.note) == ("closed", "process", "进料过快")


def test_a_lasting_condition_is_not_closed_as_something_real(park: Park, current: Session) -> None:
    write(high(park, T0))
    with pytest.raises(Conflict, match="V-101 液位 高报仍未恢复，不能以“工艺波动”关闭；请先处置，待数值恢复后关闭。"):
        alarms.resolve(current, the_alarm(current).id, park.viewer("duty"), "process")
    assert alarms.resolve(current, the_alarm(current).id, park.viewer("duty"), "false_alarm").state == "closed"


def test_closing_wants_a_cause(park: Park, current: Session) -> None:
    write(high(park, T0))
    with pytest.raises(Invalid, match="请选择报警原因。"):
        alarms.resolve(current, the_alarm(current).id, park.viewer("duty"), "")


def test_an_sos_stays_until_somebody_says_what_it_was(park: Park, current: Session) -> None:
    duty = park.viewer("duty")
    write(Edge(sos(park), "sos", "sos", 1, True, T0))
    assert alarms.acknowledge(current, the_alarm(current).id, duty).state == "acknowledged"
    assert alarms.resolve(current, the_alarm(current).id, duty, "real", "已派救援").state == "closed"


def test_a_warning_that_has_no_end_ends_with_the_answer(park: Park, current: Session) -> None:
    write(Edge(sos(park), "area", "area", 2, True, T0))
    assert alarms.acknowledge(current, the_alarm(current).id, park.viewer("duty")).state == "closed"


def test_every_answer_is_in_the_audit_with_its_remark(park: Park, current: Session) -> None:
    write(high(park, T0))
    alarms.acknowledge(current, the_alarm(current).id, park.viewer("duty"), "电话核实")
    entry = current.scalars(select(AuditEntry).where(AuditEntry.table_name == "alarm")).one()
    assert (entry.verb, entry.username, entry.reason, entry.address) == (
        "acknowledge",
        "user-duty",
        "电话核实",
        "127.0.0.1",
    )


def test_the_desk_shows_what_nobody_answered_first_and_the_urgent_before_the_rest(park: Park, current: Session) -> None:
    gas = level(park)._replace(id=park.gas.id, name="V-101 可燃气")
    write(
        high(park, T0),
        Edge(gas, "high", "high_high", 1, True, T0 + 1, 60, 50),
        Edge(sos(park), "sos", "sos", 1, True, T0 + 2),
    )
    first = current.scalars(select(Alarm).where(Alarm.kind == "sos")).one()
    alarms.acknowledge(current, first.id, park.viewer("duty"))
    order = [(alarm.kind, alarm.state) for alarm in alarms.open_alarms(current, park.viewer("duty"))]
    assert order == [("high_high", "unacknowledged"), ("high", "unacknowledged"), ("sos", "acknowledged")]


def test_closing_tells_what_was_done_and_a_real_danger_is_not_closed_without(park: Park, current: Session) -> None:
    duty = park.viewer("duty")
    write(high(park, T0), high(park, T0 + 60, raised=False, value=9.0))
    with pytest.raises(Invalid, match="真实险情应写明采取的措施") as refused:
        alarms.resolve(current, the_alarm(current).id, duty, "real")
    assert refused.value.fields == {"measures": "请填写采取的措施。"}
    alarms.resolve(current, the_alarm(current).id, duty, "real", measures="停泵倒罐", result="液位恢复到 9 m")
    alarm = the_alarm(current)
    assert (alarm.state, alarm.measures, alarm.result) == ("closed", "停泵倒罐", "液位恢复到 9 m")


def test_each_level_has_its_time_for_an_answer_and_for_an_end(park: Park, current: Session) -> None:
    limits = Settings(alarm_answer_minutes=(2, 5, 15, 60), alarm_handle_hours=(2, 8, 24, 72))
    write(high(park, T0))
    alarm = the_alarm(current)
    raised = datetime.fromtimestamp(T0, UTC)
    assert alarms.due_at(alarm, limits) == raised + timedelta(minutes=5)
    write(high(park, T0 + 60, kind="high_high", value=12.5))
    assert alarms.due_at(the_alarm(current), limits) == raised + timedelta(seconds=60, minutes=2), "worse: less time, from then on"
    alarms.acknowledge(current, the_alarm(current).id, park.viewer("duty"))
    assert alarms.due_at(the_alarm(current), limits) == raised + timedelta(seconds=60, hours=2)
    alarms.resolve(current, the_alarm(current).id, park.viewer("duty"), "drill")
    assert alarms.due_at(the_alarm(current), limits) is None


def of_point(park: Park, number: int, ts: float, condition: str = "high") -> Edge:
    source = Source("point", 1000 + number, f"P-{number}", f"测点 {number}", "某企业", park.first.id)
    return Edge(source, condition, condition, alarms.LEVELS[condition], True, ts, 11.5, 11.3)


def grouped(current: Session) -> list[tuple[str, str | None]]:
    """Each alarm's source and that of its first cause, in the order in which they were raised."""
    current.expire_all()
    found = {alarm.id: alarm for alarm in current.scalars(select(Alarm).order_by(Alarm.id))}
    return [(alarm.source_code, found[alarm.group_id].source_code if alarm.group_id else None) for alarm in found.values()]


def test_a_flood_of_one_enterprise_is_one_event_and_its_first_alarm_is_marked(park: Park, current: Session) -> None:
    write(*(of_point(park, number, T0 + number) for number in range(4)))
    assert {cause for _, cause in grouped(current)} == {None}, "four are no flood"
    current.commit()
    write(of_point(park, 4, T0 + 30), Edge(sos(park), "sos", "sos", 1, True, T0 + 31), of_point(park, 5, T0 + 85))
    write(of_point(park, 6, T0 + 300))
    assert grouped(current) == [
        *((f"P-{number}", "P-0") for number in range(5)),
        ("辽N·A1234", None),
        ("P-5", "P-0"),
        ("P-6", None),
    ]
    members = alarm_groups.members(current, current.scalars(select(Alarm).where(Alarm.source_code == "P-3")).one(), park.viewer("duty"))
    assert [(one["title"], one["first"]) for one in members][:2] == [("测点 0 高报", True), ("测点 1 高报", False)]
    assert alarm_groups.members(current, current.scalars(select(Alarm).where(Alarm.source_code == "P-3")).one(), park.viewer("enterprise", enterprise_id=park.second.id)) == [], "others see none of it"


def test_a_silent_gateway_is_the_cause_of_its_points_silence(park: Park, current: Session) -> None:
    silent = Edge(level(park), "no_data", "no_data", 4, True, T0)
    gateway = Source("gateway", park.gateway.id, "GW-01", "甲醇罐区网关", "某企业", park.first.id)
    write(silent, Edge(gateway, "gateway_lost", "gateway_lost", 4, True, T0 + 900))
    assert grouped(current) == [("V-101.LT", "GW-01"), ("GW-01", "GW-01")]
    lost = current.scalars(select(Alarm).where(Alarm.condition == "gateway_lost")).one()
    assert alarm_groups.silenced(current, lost, park.viewer("duty")) == 2
