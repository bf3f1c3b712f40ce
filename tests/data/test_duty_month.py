"""A month of simulated days: each day's report says what plain SQL counts, a week is its seven days, and a frozen one stays as it was.

Nothing here uses the platform's own figures to count: the numbers come from SQL written by hand, the days are cut in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from data import day_counts, duty_reports
from data.choices.incidents import INCIDENT_KINDS
from data.db import session
from data.duty_report_parts import FIGURES
from data.models import (
    Alarm,
    DayCount,
    DutyCall,
    DutyCorrection,
    DutyHandover,
    DutyReport,
    DutyShift,
    HiddenDanger,
    Incident,
    InspectionTask,
    Message,
    RiskMeasure,
    RiskZone,
    ZoneColour,
)
from data.viewer import Viewer
from tests.park import Park, make_park
from tests.risks import risk_tree

FIRST, DAYS = date(2026, 2, 20), 30  # a month with an end of a month in it
LAST = FIRST + timedelta(days=DAYS - 1)
MIDNIGHT = datetime(2026, 2, 19, 16, tzinfo=UTC)  # at which FIRST begins in Asia/Shanghai
NOW = MIDNIGHT + timedelta(days=DAYS + 10)
HOUR = timedelta(hours=1)

# Key → how many of day d. :z is the zone; a day begins and ends at midnight there.
_FROM, _TO = "(d.d::timestamp AT TIME ZONE 'Asia/Shanghai')", "((d.d + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')"
_RAISED = f"FROM alarm a WHERE a.raised_at >= {_FROM} AND a.raised_at < {_TO}"
_DANGER = "FROM hidden_danger h WHERE h.deleted_at IS NULL AND h.state <> 'draft'"
_STANDS = f"{_DANGER} AND h.found_on <= d.d AND (h.closed_on IS NULL OR h.closed_on > d.d)"
_TASK = f"FROM inspection_task t WHERE t.deleted_at IS NULL AND t.due_at > {_FROM} AND t.due_at <= {_TO}"
_ZONE = f"FROM zone_colour c WHERE c.begins_at < {_TO} AND (c.ends_at IS NULL OR c.ends_at >= {_TO})"
BY_SQL = {
    "alarm": _RAISED,
    "alarm-urgent": f"{_RAISED} AND a.level = 1",
    "alarm-tank": f"{_RAISED} AND a.tank_id IS NOT NULL",
    "alarm-vehicle": f"{_RAISED} AND a.source_type = 'vehicle'",
    "alarm-speed": f"{_RAISED} AND a.kind = 'overspeed'",
    "alarm-data": f"{_RAISED} AND a.kind IN ('no_data', 'gateway_lost')",
    "alarm-closed": f"FROM alarm a WHERE a.closed_at >= {_FROM} AND a.closed_at < {_TO}",
    "alarm-open": f"FROM alarm a WHERE a.raised_at < {_TO} AND (a.closed_at IS NULL OR a.closed_at >= {_TO})",
    "danger-found": f"{_DANGER} AND h.found_on = d.d",
    "danger-closed": f"{_DANGER} AND h.closed_on = d.d",
    "danger-open": _STANDS,
    "danger-major": f"{_STANDS} AND h.level = 'major'",
    "danger-late": f"{_DANGER} AND h.deadline_on < d.d AND (h.closed_on IS NULL OR h.closed_on > d.d)",
    "patrol-done": f"{_TASK} AND t.state = 'done'",
    "patrol-missed": f"{_TASK} AND t.state = 'missed'",
    **{f"zone-{level}": f"{_ZONE} AND c.level = {level}" for level in (1, 2, 3, 4)},
    "incident": f"FROM incident i WHERE i.deleted_at IS NULL AND NOT i.is_drill AND i.received_at >= {_FROM} AND i.received_at < {_TO}",
    "incident-open": f"FROM incident i WHERE i.deleted_at IS NULL AND NOT i.is_drill AND i.received_at < {_TO} AND (i.ended_at IS NULL OR i.ended_at >= {_TO})",
    "call": f"FROM duty_call q WHERE q.deleted_at IS NULL AND q.asked_at >= {_FROM} AND q.asked_at < {_TO}",
    "call-missed": f"FROM duty_call q WHERE q.deleted_at IS NULL AND q.state = 'missed' AND q.asked_at >= {_FROM} AND q.asked_at < {_TO}",
    "handover-missing": f"FROM duty_handover o WHERE o.deleted_at IS NULL AND o.state = 'missing' AND o.ends_at >= {_FROM} AND o.ends_at < {_TO}",
}


@pytest.fixture(scope="module")
def park(database: Any) -> Park:
    random = Random(20260220)
    with session() as current:
        made = make_park(current)
        _alarms(current, made, random)
        _dangers(current, made, random)
        _inspections(current, made, random)
        _zones(current, made, random)
        _duty_room(current, made, random)
        _incidents(current, made, random)
    return made


@pytest.fixture
def current(park: Park) -> Iterator[Session]:
    with session() as one:
        yield one
        one.rollback()


def instant(random: Random) -> datetime:
    """Any second of the month or near it; every sixth is a midnight of the park, where days are cut."""
    at = MIDNIGHT + timedelta(seconds=random.randrange(-5 * 86_400, (DAYS + 3) * 86_400))
    return MIDNIGHT + timedelta(days=random.randrange(-2, DAYS + 1)) if random.random() < 1 / 6 else at


def _alarms(current: Session, park: Park, random: Random) -> None:
    rows = []
    for number in range(400):
        kind = random.choice(("high", "high_high", "no_data", "gateway_lost", "overspeed", "off_route"))
        vehicle, at = kind in ("overspeed", "off_route"), instant(random)
        closed = at + random.choice((HOUR, 30 * HOUR, 200 * HOUR)) if random.random() < 0.8 else None
        place = {"source_type": "vehicle" if vehicle else "point", "source_id": number, "source_code": str(number), "source_name": "某", "place": "某", "enterprise_id": park.second.id if vehicle else park.first.id}
        tank = park.tank.id if kind in ("high", "high_high") else None
        rows.append({**place, "tank_id": tank, "condition": "high", "kind": kind, "level": random.randint(1, 4), "raised_at": at, "last_at": at, "closed_at": closed})
    current.execute(insert(Alarm), rows)


def _dangers(current: Session, park: Park, random: Random) -> None:
    rows = []
    for number in range(300):
        found = FIRST + timedelta(days=random.randrange(-20, DAYS + 3))
        deadline = found + timedelta(days=random.randrange(15)) if random.random() < 0.9 else None
        closed = found + timedelta(days=random.randrange(25)) if random.random() < 0.7 else None
        state = "draft" if number % 11 == 0 else "closed" if closed else "rectify"
        level = "major" if number % 7 == 0 else "general"
        deleted = NOW if number % 29 == 0 else None
        rows.append({"enterprise_id": park.first.id, "name": f"隐患 {number}", "level": level, "state": state, "found_on": found, "deadline_on": deadline, "closed_on": closed, "deleted_at": deleted})
    current.execute(insert(HiddenDanger), rows)


def _inspections(current: Session, park: Park, random: Random) -> None:
    risk_tree(current, park.viewer("enterprise"))
    measure = current.scalars(select(RiskMeasure)).one()
    place = {"enterprise_id": measure.enterprise_id, "object_id": measure.object_id, "unit_id": measure.unit_id, "measure_id": measure.id}
    shifts = [MIDNIGHT + place_ * 8 * HOUR for place_ in range(-6, 3 * DAYS + 6)]  # every third ends at midnight
    rows = [{**place, "begins_at": at, "due_at": at + 8 * HOUR, "state": random.choice(("done", "done", "missed", "open"))} for at in shifts]
    current.execute(insert(InspectionTask), rows)


def _zones(current: Session, park: Park, random: Random) -> None:
    zones = [RiskZone(enterprise_id=park.first.id, name=f"区域 {number}") for number in range(4)]
    current.add_all(zones)
    current.flush()
    rows: list[dict[str, Any]] = []
    for zone in zones:
        at = MIDNIGHT - 48 * HOUR
        while at < NOW:
            ends = at + random.choice((7, 24, 60)) * HOUR
            row = {"zone_id": zone.id, "enterprise_id": park.first.id, "level": random.randint(1, 4), "level_since": at, "begins_at": at}
            rows.append({**row, "ends_at": ends if ends < NOW else None, "reasons": [], "mark": "m", "rule_version": 1})
            at = ends
    current.execute(insert(ZoneColour), rows)


def _incidents(current: Session, park: Park, random: Random) -> None:
    rows = []
    for number in range(60):
        at = instant(random)
        ended = at + random.choice((HOUR, 20 * HOUR, 90 * HOUR)) if random.random() < 0.9 else None
        rows.append({"number": f"SJ-2026-{number:04}", "title": "泄漏", "kind": INCIDENT_KINDS[0].code, "place": "某处", "is_drill": number % 5 == 0, "occurred_at": at, "received_at": at, "ended_at": ended})
    current.execute(insert(Incident), rows)


def _duty_room(current: Session, park: Park, random: Random) -> None:
    duty = park.people["duty"].id
    calls = [{"user_id": duty, "kind": "random", "asked_at": at, "due_at": at + HOUR, "state": random.choice(("answered", "missed"))} for at in (instant(random) for _ in range(60))]
    current.execute(insert(DutyCall), calls)
    for number in range(DAYS):
        ends = MIDNIGHT + (24 * number + random.choice((0, 8, 20))) * HOUR
        shift = DutyShift(user_id=duty, tier=1, begins_at=ends - 8 * HOUR, ends_at=ends)
        current.add(shift)
        current.flush()
        current.add(DutyHandover(shift_id=shift.id, user_id=duty, tier=1, begins_at=shift.begins_at, ends_at=ends, state=random.choice(("signed", "missing"))))


def by_sql(current: Session, key: str) -> dict[date, int]:
    """Day → the number, of the month and of the week before it."""
    asked = text(f"SELECT d.d, (SELECT count(*) {BY_SQL[key]}) FROM (SELECT generate_series(CAST(:first AS date) - 7, :last, interval '1 day')::date AS d) d")
    return {day: number for day, number in current.execute(asked, {"first": FIRST, "last": LAST})}


def report(current: Session, day: date, kind: str = "daily") -> DutyReport:
    made = DutyReport(kind=kind, day=day)
    current.add(made)
    current.flush()
    return made


def test_the_report_has_the_eight_sections_and_every_figure_is_counted_here_too(current: Session) -> None:
    lines = duty_reports.lines(current, report(current, FIRST), NOW)
    assert [name for name, _ in duty_reports.in_sections(lines)] == ["安全承诺", "封闭化管理", "特殊作业", "重大危险源", "双重预防", "人员定位", "提醒、预警、报警", "其他"]
    assert {one.key for one in FIGURES} == BY_SQL.keys()


def test_each_day_says_what_plain_sql_counts_and_the_day_before(current: Session) -> None:
    expected = {key: by_sql(current, key) for key in BY_SQL}
    assert all(len(set(numbers.values())) > 1 for numbers in expected.values()), "every figure moves within the month"
    day_before = {day: day - timedelta(days=1) for day in (FIRST + timedelta(days=ahead) for ahead in range(DAYS))}
    for day, before in day_before.items():
        found = {one.key: (one.value, one.before) for one in duty_reports.lines(current, report(current, day), NOW) if one.key in BY_SQL}
        assert found == {key: (numbers[day], numbers[before]) for key, numbers in expected.items()}, day


def test_a_week_is_its_seven_days_and_names_who_had_most_and_what_is_left(current: Session) -> None:
    lines = duty_reports.lines(current, report(current, LAST, "weekly"), NOW)
    week = [LAST - timedelta(days=back) for back in range(7)]
    found = {one.key: one.value for one in lines if one.key}
    happened, stands = by_sql(current, "alarm"), by_sql(current, "danger-late")
    assert found["alarm"] == sum(happened[day] for day in week)
    assert found["danger-late"] == stands[LAST], "of what stands the last day counts"
    sections = dict(duty_reports.in_sections(lines))
    firm = current.execute(text("SELECT e.name, count(*) FROM alarm a JOIN enterprise e ON e.id = a.enterprise_id WHERE a.raised_at >= :first AND a.raised_at < :last GROUP BY 1 ORDER BY 2 DESC LIMIT 1"), {"first": MIDNIGHT + (DAYS - 7) * 24 * HOUR, "last": MIDNIGHT + DAYS * 24 * HOUR}).one()
    assert (sections["重点企业（前三）"][0].label, sections["重点企业（前三）"][0].value) == (f"新增报警第 1：{firm[0]}", firm[1])
    left = sections["未办结事项"]
    assert left[0].text.startswith("超期 ")
    assert all(one.why for one in left), "each says what it waits for"
    assert next(one for one in left if one.label == "其余超期隐患").text == f"{stands[LAST] - 10:,}"


def test_what_the_platform_does_not_know_is_filled_in_by_hand_with_its_source(current: Session) -> None:
    made = report(current, FIRST)
    current.add(DutyCorrection(report_id=made.id, figure="vehicle-in", value=46, reason="卡口台账"))
    current.flush()
    lines = {one.key or one.label: one for one in duty_reports.lines(current, made, NOW)}
    assert lines["vehicle-in"].words == "危化品车辆进园：46 辆（人工填报：卡口台账）"
    assert lines["vehicle-out"].words == "危化品车辆出园：/（平台没有接入卡口和电子运单）"
    assert all(one.why for one in lines.values() if one.shown == duty_reports.NOT_FILLED)


def test_a_frozen_report_does_not_change_when_data_is_put_right_later_and_says_so(current: Session, park: Park) -> None:
    day = FIRST + timedelta(days=9)
    leader = replace(park.viewer("officer"), permissions=frozenset({"*"}))
    current.add(DutyShift(user_id=leader.id, tier=2, begins_at=MIDNIGHT + 9 * 24 * HOUR, ends_at=MIDNIGHT + 10 * 24 * HOUR))
    made = report(current, day)
    duty_reports.sign(current, leader, made, NOW)
    kept = [one.words for one in duty_reports.lines(current, made, NOW)]
    assert duty_reports.changed_since(current, made, NOW) == []
    found = by_sql(current, "danger-found")[day]
    current.execute(text("UPDATE hidden_danger SET found_on = :day WHERE id = (SELECT max(id) FROM hidden_danger WHERE deleted_at IS NULL AND state = 'rectify' AND found_on > :day)"), {"day": day})
    assert [one.words for one in duty_reports.lines(current, made, NOW)] == kept
    assert f"新增隐患 {found} → {found + 1}" in duty_reports.changed_since(current, made, NOW)


def test_kept_counts_are_held_against_the_rows_and_what_nobody_changed_is_told(current: Session, park: Park) -> None:
    assert day_counts.refresh_recent(current, NOW) == 0, "nothing is kept before the first count of all"
    day_counts.refresh(current, NOW)
    kept = day_counts.series(current, _everything(park), ["alarm", "danger-open"], LAST, FIRST)
    for key, numbers in kept.items():
        sql = by_sql(current, key)
        assert {day: numbers.on(day) for day in (FIRST, LAST)} == {day: sql[day] for day in (FIRST, LAST)}
    one = current.scalars(select(DayCount).where(DayCount.figure == "alarm", DayCount.day == FIRST)).first()
    assert one is not None
    one.count += 5
    current.flush()
    found = day_counts.refresh(current, NOW)
    assert found == day_counts.Kept(1, 1, 1)
    day_counts.warn(current, found, NOW)
    told = current.scalars(select(Message).where(Message.kind == "system")).one()
    assert told.user_id == park.people["admin"].id
    assert told.title == "看板每日汇总与明细不一致：1 天，已按明细更正"
    assert day_counts.warn(current, day_counts.Kept(3, 3), NOW) == 0, "what was entered late is no fault"


def test_recent_days_are_counted_without_the_others_and_come_out_the_same(current: Session, park: Park) -> None:
    day_counts.refresh(current, NOW)
    before = current.execute(select(DayCount.figure, DayCount.day, DayCount.enterprise_id, DayCount.count)).all()
    assert day_counts.refresh_recent(current, NOW) == 0, "nothing differs: the days are cut alike"
    current.execute(text("DELETE FROM day_count WHERE day >= :day"), {"day": LAST})
    assert day_counts.refresh_recent(current, NOW) > 0
    assert set(current.execute(select(DayCount.figure, DayCount.day, DayCount.enterprise_id, DayCount.count)).all()) == set(before)


def _everything(park: Park) -> Viewer:
    return replace(park.viewer("admin"), permissions=frozenset({"*"}))
