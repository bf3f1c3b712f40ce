"""What the hours before the first start promise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from data import telemetry
from data.db import session
from data.demo.history import fill
from data.demo.trips import OFFLINE
from data.models import Alarm, AlarmEvent, KeyPointVisit, LatestPosition, LatestReading, Point, Terminal
from data.settings import Settings


@pytest.fixture(scope="module")
def now(demo_database: Settings) -> datetime:
    moment = datetime.now(UTC).replace(microsecond=0)
    with session() as current:
        readings, positions = fill(current, moment)
    assert readings > 60_000 and positions > 4_000, "three hours of every point and truck"
    return moment


def test_a_curve_of_the_last_hours_is_there_and_shows_the_filling(now: datetime) -> None:
    with session() as current:
        point = current.scalars(select(Point).where(Point.code == "V-101.LT")).one()
        curve = telemetry.curve(current, point.id, now - timedelta(hours=3), now, 180)
    assert len(curve) >= 178, "one value a minute"
    assert max(bucket.high for bucket in curve) > 12.4 and min(bucket.low for bucket in curve) < 11.2, (
        "it was full and was drawn off"
    )


def test_a_track_of_the_last_hours_is_there(now: datetime) -> None:
    with session() as current:
        terminal = current.scalars(select(Terminal).where(Terminal.phone == "14400000001")).one()
        track = telemetry.track(current, terminal.id, now - timedelta(hours=3), now)
    assert len(track) > 90 and any(step.alarm_bits & 1 for step in track), "where it drove and where it called for help"


def test_every_point_and_truck_has_a_newest_value(now: datetime) -> None:
    with session() as current:
        in_use = select(func.count()).select_from(Point).where(Point.code.not_like("V-104.%"))
        assert current.scalar(select(func.count()).select_from(LatestReading)) == current.scalar(in_use), (
            "all but the tank under repair"
        )
        assert current.scalar(select(func.count()).select_from(LatestPosition)) == 40, "all trucks"
        oldest = current.scalar(select(func.min(LatestPosition.ts)))
    assert now - oldest > timedelta(minutes=45), "the truck that is off line was heard long ago"


def test_past_alarms_are_closed_in_order_and_marked_as_simulated(now: datetime) -> None:
    with session() as current:
        alarms = current.scalars(select(Alarm)).all()
        events = current.scalars(select(AlarmEvent).order_by(AlarmEvent.alarm_id, AlarmEvent.id)).all()
        assert 40 <= len(alarms) <= 70, "a week with a few a day"
        assert {alarm.state for alarm in alarms} == {"closed"} and all(alarm.is_simulated for alarm in alarms), (
            "none is open, none looks real"
        )
        assert all(
            alarm.raised_at < alarm.acknowledged_at < alarm.closed_at <= now + timedelta(minutes=1) for alarm in alarms
        ), "each step after the last"
        assert all(a.at <= b.at for a, b in pairwise(events) if a.alarm_id == b.alarm_id), "the story is told in order"


def test_of_the_week_at_the_check_point_only_the_truck_that_is_off_line_is_missing(now: datetime) -> None:
    with session() as current:
        visits = current.scalars(select(KeyPointVisit)).unique().all()
        assert len(visits) == 28, "four trucks, seven days"
        assert {visit.vehicle.plate for visit in visits if visit.passed_at is None} == {OFFLINE}
        assert all(visit.begins_at <= visit.passed_at < visit.ends_at < now for visit in visits if visit.passed_at)
