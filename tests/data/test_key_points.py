"""Promises of the key points: who did not pass within the window is told once, and whose positions came late is cleared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from data import key_points
from data.db import connection_raw, read_session, session
from data.models import Alarm, KeyPoint, KeyPointVisit, Vehicle
from data.query import get
from data.rules.ground import Circle
from data.save import create, delete, set_links
from data.telemetry import PositionRow, TrackPoint, ensure_partitions, store_positions
from tests.park import MAKER, Park, make_park

ZONE = ZoneInfo("Asia/Shanghai")
YESTERDAY = datetime.now(ZONE).date() - timedelta(days=1)
NOW = datetime(YESTERDAY.year, YESTERDAY.month, YESTERDAY.day, 12, tzinfo=ZONE).astimezone(UTC)  # noon of yesterday
LAT = 41.42


_numbers = count()


@pytest.fixture(scope="module")
def park(database: Any) -> Park:
    with session() as current:
        return make_park(current)


class Gate(NamedTuple):
    """A key point of one test, far from those of the others."""

    park: Park
    name: str
    lon: float

    def report(self, hour: float, east: float = 0.0, flags: int = 0) -> None:
        """A position of that hour of yesterday, ``east`` degrees from the gate."""
        at = (NOW - timedelta(hours=12 - hour)).timestamp()
        row = PositionRow(self.park.terminal.id, at, next(_numbers), at, self.lon + east, LAT, 40.0, 90, 170, 0, 3, flags, None)
        connection = connection_raw()
        with connection, connection.cursor() as cursor:
            ensure_partitions(cursor, [datetime.fromtimestamp(at, UTC).date()])
            store_positions(cursor, [row], fresh=True)
        connection.close()

    def visits(self) -> list[tuple[Any, bool]]:
        with read_session() as current:
            mine = select(KeyPointVisit).join(KeyPoint).where(KeyPoint.name == self.name)
            return [(one.on_date, one.passed_at is not None) for one in current.scalars(mine)]

    def alarm(self) -> Alarm:
        with read_session() as current:
            return current.scalars(select(Alarm).where(Alarm.about.startswith(self.name))).one()


@pytest.fixture
def gate(park: Park) -> Iterator[Gate]:
    number = next(_numbers)
    made = Gate(park, f"安检点 {number}", 120.43 + number * 0.02)
    with session() as current:
        values = {"name": made.name, "lon": made.lon, "lat": LAT, "radius_m": 60, "begins_at": "08:00", "ends_at": "10:00", "audience": "vehicles"}
        point = create(current, KeyPoint, MAKER, values)
        set_links(current, point, MAKER, "vehicles", [get(current, Vehicle, park.vehicle.id, MAKER)])
        current.execute(update(KeyPoint).values(created_at=NOW - timedelta(days=1)))
    yield made
    with session() as current:
        delete(current, get(current, KeyPoint, point.id, MAKER), MAKER, "试验完毕")


def checked(now: datetime = NOW) -> tuple[int, int]:
    with session() as current:
        return key_points.run(current, now)


def test_who_misses_the_window_is_told_once_with_place_and_time(gate: Gate) -> None:
    gate.report(7.5)
    assert checked() == (1, 0), "passing before the window does not count"
    assert checked(NOW + timedelta(minutes=5)) == (0, 0)
    alarm = gate.alarm()
    assert (alarm.kind, alarm.level, alarm.state) == ("key_point", 3, "unacknowledged")
    assert alarm.about == f"{gate.name} {YESTERDAY:%m-%d} 08:00–10:00"
    assert gate.visits() == [(YESTERDAY, False)]


def test_who_passes_is_entered_without_an_alarm_also_between_two_positions(gate: Gate) -> None:
    gate.report(9.0, -0.004)
    gate.report(9.01, 0.004)
    assert checked() == (0, 0)
    assert gate.visits() == [(YESTERDAY, True)]


def test_positions_that_come_late_clear_the_alarm(gate: Gate) -> None:
    assert checked() == (1, 0)
    gate.report(9.2, flags=2)
    assert checked(NOW + timedelta(hours=1)) == (0, 1)
    assert (gate.alarm().state, gate.visits()) == ("recovered", [(YESTERDAY, True)])


def test_a_window_that_has_just_ended_waits_for_what_is_on_its_way(gate: Gate) -> None:
    assert checked(NOW - timedelta(hours=2) + timedelta(minutes=9)) == (0, 0)
    assert checked(NOW - timedelta(hours=2) + timedelta(minutes=11)) == (1, 0)


def test_jumps_and_positions_without_a_fix_do_not_pass() -> None:
    def at(minute: int, lon: float, flags: int = 0) -> TrackPoint:
        return TrackPoint(NOW + timedelta(minutes=minute), lon, LAT, 0.0, 0, flags, 0)

    place = Circle((120.43, LAT), 60.0)
    assert key_points.passed_at([at(0, 120.40), at(1, 120.43, 8), at(2, 120.43, 1)], place) is None
    assert key_points.passed_at([at(0, 120.40), at(20, 120.46)], place) is None, "nobody knows the way in twenty minutes"
