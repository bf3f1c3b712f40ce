"""Looking back: the park at a past instant is what the stored rows say of it, within scope, and playing from there leads where it went."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from data import rollups
from data.alarms import Edge, Source, apply_edges
from data.db import connection_raw
from data.db import session as database_session
from data.errors import Forbidden, Invalid
from data.live import Frame
from data.models import Alarm, AlarmEvent, RiskZone, ZoneColour
from data.past import playing
from data.past.kept import kept
from data.past.values import values_at
from data.rollups import Horizon
from data.settings import Settings
from data.telemetry import PositionRow, ReadingRow, day_of, ensure_partitions, store_positions, store_readings
from tests.park import Park, make_park

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # 12:00 in the park
LATER = NOON + timedelta(days=1)
MINUTE = timedelta(minutes=1)
NOT_FIXED, LATE, DRIFT = 1, 2, 8


class Past:
    """What happened around noon: a level that rose and fell, a gas detector that fell silent, a truck that drove."""

    def __init__(self, park: Park) -> None:
        self.park = park
        start = NOON.timestamp() - 1797  # nothing falls on a whole step of playing
        self.readings = [ReadingRow(park.level.id, start + step, 5 + step / 600, 192 if step % 70 else 0) for step in range(0, 5400, 10)]
        self.readings += [ReadingRow(park.gas.id, start + step, 1.0 + step / 1000, 192) for step in range(0, 1500, 10)]
        flags = {180: NOT_FIXED, 190: DRIFT, 300: LATE}
        self.positions = [
            PositionRow(park.terminal.id, start + step, step, start + step + (600 if step == 300 else 1), 120.43 + step * 1e-6, 41.42, 40.0, 90, 180, 0, 3, flags.get(step, 0), None)
            for step in range(0, 3000, 10)
        ]

    def level(self, at: datetime, point: int) -> ReadingRow | None:
        """The last value that was not bad, found by looking at all rows."""
        return max((row for row in self.readings if row.point_id == point and row.quality and row.ts <= at.timestamp()), key=lambda row: row.ts, default=None)

    def place(self, at: datetime) -> tuple[PositionRow, PositionRow]:
        """The last position, and the last whose place is believed."""
        known = [row for row in self.positions if row.ts <= at.timestamp()]
        return known[-1], [row for row in known if not row.flags & (NOT_FIXED | DRIFT)][-1]


@pytest.fixture(scope="module")
def past(database: Settings) -> Past:
    with database_session() as current:
        made = Past(make_park(current))
        zone = RiskZone(enterprise_id=made.park.first.id, name="全厂", is_whole=True)
        current.add(zone)
        current.flush()
        shared = {"zone_id": zone.id, "enterprise_id": made.park.first.id, "reasons": [], "rule_version": 1, "mark": "x"}
        for level, begins, ends in ((4, NOON - timedelta(days=2), NOON + 2 * MINUTE), (1, NOON + 2 * MINUTE, None)):
            current.add(ZoneColour(**shared, level=level, before=None, level_since=begins, begins_at=begins, ends_at=ends))
    raw = connection_raw()
    with raw, raw.cursor() as cursor:
        ensure_partitions(cursor, {day_of(NOON.timestamp())})
        store_readings(cursor, made.readings, fresh=True)
        store_positions(cursor, made.positions, fresh=True)
    rollups.refresh(raw, LATER)
    raw.close()
    return made


@pytest.fixture(scope="module")
def alarm(past: Past) -> int:
    """High at 12:01, confirmed at 12:02, worse at 12:03, again over at 12:05, closed by a confirmation at 12:06."""
    park = past.park
    level = Source("point", park.level.id, "V-101.LT", "V-101 甲醇储罐 液位", "甲醇罐区", park.first.id, park.tank.id, "m")
    edges = [("high", True, 1, 11.5, 11.3), ("high_high", True, 3, 12.6, 12.4), ("high_high", False, 5, 9.0, 12.4)]
    with database_session() as current:
        cursor: Any = current.connection().connection.cursor()
        for kind, is_raised, minutes, value, limit in edges:
            apply_edges(cursor, [Edge(level, "high", kind, {"high": 2}.get(kind, 1), is_raised, (NOON + minutes * MINUTE).timestamp(), value, limit)])
        found = current.scalars(select(Alarm)).one()
        duty = park.viewer("duty")
        for minutes, what in ((2, "acknowledged"), (6, "acknowledged"), (6, "closed")):
            current.add(AlarmEvent(alarm_id=found.id, at=NOON + minutes * MINUTE, what=what, user_id=duty.id))
        found.acknowledged_at = found.closed_at = NOON + 6 * MINUTE
        found.acknowledged_by_id = duty.id
        return found.id


@pytest.fixture
def session(past: Past, alarm: int) -> Iterator[Session]:
    with database_session() as current:
        yield current
        current.rollback()


def state(session: Session, past: Past, at: datetime, role: str = "officer") -> Frame:
    return playing.state(session, past.park.viewer(role), at, LATER)


def points(frame: Frame) -> dict[int, tuple[float, int]]:
    return {key: (value, at) for key, value, at in zip(frame["id"], frame["v"], frame["t"], strict=True)}


def ms(ts: float) -> int:
    return round(ts * 1000)


@pytest.mark.parametrize("seconds", [-1799, -1203, -1200, -600, 0, 61, 2000, 3599, 7300])
def test_values_are_the_last_ones_that_were_stored_before(session: Session, past: Past, seconds: int) -> None:
    at = NOON + timedelta(seconds=seconds)
    expected = {point: (round(row.value, 4), ms(row.ts)) for point in (past.park.level.id, past.park.gas.id) if (row := past.level(at, point))}
    assert points(state(session, past, at)["points"]) == expected


@pytest.mark.parametrize("seconds", [-1790, -1625, -1615, -1605, -1495, -100, 1205, 9000])
def test_a_vehicle_stands_where_it_was_last_believed_to_be(session: Session, past: Past, seconds: int) -> None:
    at = NOON + timedelta(seconds=seconds)
    last, believed = past.place(at)
    frame = state(session, past, at)["vehicles"]
    assert (frame["id"], frame["t"], frame["f"]) == ([past.park.vehicle.id], [ms(last.ts)], [int(not last.flags & NOT_FIXED)])
    assert frame["lon"] == [round(believed.lon * 1e6)]
    assert frame["r"] == [ms(min(last.ts if last.flags & LATE else last.received, at.timestamp()))]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (59, None),
        (61, ("high", 2, "unacknowledged", 11.3, 1)),
        (130, ("high", 2, "acknowledged", 11.3, 1)),
        (181, ("high_high", 1, "unacknowledged", 12.4, 1)),
        (301, ("high_high", 1, "recovered", 12.4, 1)),
        (361, None),
    ],
)
def test_an_alarm_is_told_as_it_stood_then(session: Session, past: Past, seconds: int, told: tuple[Any, ...] | None) -> None:
    frame = state(session, past, NOON + timedelta(seconds=seconds))
    shown = [tuple(one[name] for name in ("kind", "level", "state", "limit", "n")) for one in frame["alarms"]["alarms"]]
    assert shown == ([told] if told else [])
    broken = dict(zip(frame["points"]["id"], frame["points"]["s"], strict=True))[past.park.level.id]
    assert broken == (told[0] if told and told[2] != "recovered" else ""), "the value's state is that of its alarm"


def test_who_confirmed_later_is_not_told_before(session: Session, past: Past) -> None:
    before, after = (state(session, past, NOON + timedelta(seconds=seconds))["alarms"]["alarms"][0] for seconds in (119, 121))
    assert (before["acknowledged_by"], after["acknowledged_by"]) == (None, past.park.viewer("duty").name)


def test_colours_are_those_of_the_instant(session: Session, past: Past) -> None:
    assert [state(session, past, NOON + minutes * MINUTE)["risk"]["l"] for minutes in (1, 3)] == [[4], [1]]


@pytest.mark.parametrize("pace", list(playing.PACES))
def test_playing_leads_to_the_state_of_its_end(session: Session, past: Past, pace: int) -> None:
    viewer = past.park.viewer("officer")
    first = state(session, past, NOON)
    told = playing.frames(session, viewer, NOON, pace, LATER)
    values, places, alarms, risk = points(first["points"]), dict(zip(first["vehicles"]["id"], first["vehicles"]["lon"], strict=True)), first["alarms"]["alarms"], first["risk"]["l"]
    for frame in told["frames"]:
        values |= points(frame["points"]) if "points" in frame else {}
        places |= dict(zip(frame["vehicles"]["id"], frame["vehicles"]["lon"], strict=True)) if "vehicles" in frame else {}
        alarms = frame["alarms"]["alarms"] if "alarms" in frame else alarms
        risk = frame["risk"]["l"] if "risk" in frame else risk
    last = state(session, past, datetime.fromtimestamp(told["until"] / 1000, UTC))
    assert values == points(last["points"])
    assert places == dict(zip(last["vehicles"]["id"], last["vehicles"]["lon"], strict=True))
    assert [(one["id"], one["state"]) for one in alarms] == [(one["id"], one["state"]) for one in last["alarms"]["alarms"]]
    assert risk == last["risk"]["l"]
    assert told["step"] == ms(playing.PACES[pace].total_seconds()) and len(told["frames"]) == playing.MOST_FRAMES


def test_what_came_late_is_played_before_it_is_in_the_sums(session: Session, past: Past) -> None:
    at, point = NOON + timedelta(hours=5), past.park.level.id
    cursor: Any = session.connection().connection.cursor()
    store_readings(cursor, [ReadingRow(point, at.timestamp() + 90, 7.25, 192)], fresh=False)
    told = playing.frames(session, past.park.viewer("officer"), at, 60, LATER)
    assert [points(frame["points"])[point][0] for frame in told["frames"] if "points" in frame] == [7.25]


def test_playing_ends_at_the_present(session: Session, past: Past) -> None:
    told = playing.frames(session, past.park.viewer("officer"), NOON, 60, NOON + timedelta(minutes=3, seconds=20))
    assert (told["until"], told["is_now"], len(told["frames"])) == (ms((NOON + 3 * MINUTE).timestamp()), True, 3)


def test_an_enterprise_sees_its_own_past_and_nobody_else_s(session: Session, past: Past) -> None:
    own = state(session, past, NOON + MINUTE + MINUTE, "enterprise")
    assert set(own["points"]["id"]) == {past.park.level.id, past.park.gas.id} and len(own["alarms"]["alarms"]) == 1
    other = past.park.viewer("enterprise", enterprise_id=past.park.second.id)
    strange = playing.state(session, other, NOON + 2 * MINUTE, LATER)
    assert (strange["points"]["id"], strange["alarms"]["alarms"], strange["risk"]["id"]) == ([], [], [])
    assert strange["vehicles"]["id"] == [past.park.vehicle.id], "the truck is its own"
    told = playing.frames(session, other, NOON, 10, LATER)
    assert not [frame for frame in told["frames"] if "points" in frame or frame.get("alarms", {}).get("alarms")]


def test_rights_open_the_channels(session: Session, past: Past) -> None:
    narrow = past.park.viewer("officer", permissions=frozenset({"vehicle.view"}))
    assert {"points", "alarms", "risk"}.isdisjoint(playing.state(session, narrow, NOON, LATER))
    with pytest.raises(Forbidden, match="不能历史回看"):
        playing.state(session, past.park.viewer("officer", permissions=frozenset()), NOON, LATER)


def test_silence_is_told_and_what_spoke_long_ago_keeps_its_age(session: Session, past: Past) -> None:
    at = NOON + timedelta(hours=9)
    frame, last = state(session, past, at), past.level(at, past.park.level.id)
    assert last is not None and frame["silent"] == ms(last.ts)
    assert points(frame["points"])[past.park.gas.id][1] == ms(NOON.timestamp() - 307)
    assert state(session, past, NOON)["silent"] is None


def test_the_day_marks_its_alarms_and_its_empty_hours(session: Session, past: Past) -> None:
    day = playing.day(session, past.park.viewer("officer"), NOON, LATER)
    assert (day["start"], day["end"]) == (ms(NOON.timestamp() - 12 * 3600), ms(NOON.timestamp() + 12 * 3600))
    assert day["marks"] == [[ms((NOON + MINUTE).timestamp()), 1, "V-101 甲醇储罐 液位 高高报"]]
    hours = {(one - day["start"]) // 3_600_000 for one in day["empty"]}
    assert hours == set(range(24)) - {11, 12}
    assert playing.day(session, past.park.viewer("officer"), NOON - timedelta(days=1), LATER)["after"] == day["marks"][0][0]


def test_sums_tell_the_last_value_of_their_minute_where_values_are_gone(session: Session, past: Past) -> None:
    at = NOON + 7 * MINUTE
    (found,) = values_at(session, [past.park.level.id], at, "reading_minute")
    row = past.level(at - timedelta(microseconds=1), past.park.level.id)
    assert row is not None and (found.value, found.ts.timestamp()) == (row.value, row.ts)


def test_what_is_not_kept_any_more_is_said(session: Session, past: Past) -> None:
    known = Horizon((LATER, LATER, LATER), (LATER - timedelta(days=90), LATER - timedelta(days=360), LATER - timedelta(days=3600)))
    at = datetime(2026, 6, 1, 3, 4, 5, tzinfo=UTC)
    then = kept(at, known, LATER)
    assert (then.level, then.at, then.has_positions) == ("reading_minute", at.replace(second=0), False)
    assert then.notes == ("原始数据已超过 90 天，显示分钟汇总的末值", "车辆位置已超出保存期限（90 天）")
    assert kept(datetime(2021, 1, 1, tzinfo=UTC), known._replace(since=(LATER, LATER, LATER)), LATER).level is None
    with pytest.raises(Invalid, match="还没有到"):
        kept(LATER + MINUTE, known, LATER)
    with pytest.raises(Invalid, match="回看速度应为 ×1、×10、×60、×300 之一"):
        playing.frames(session, past.park.viewer("officer"), NOON, 7, LATER)
