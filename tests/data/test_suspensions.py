"""Promises of 抑制: no alarm begins until the time that was said, what is open ends, and it is over by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from data import alarms, suspensions
from data.alarms import Edge, apply_edges
from data.db import connection_raw, engine, session
from data.errors import Conflict, Forbidden, Invalid, NotFound
from data.models import Alarm, AlarmEvent, AlarmSuspension
from data.settings import Settings
from ingest.directory import Directory
from ingest.pipeline import Reading
from ingest.watch import AlarmWatch
from tests.park import Park, make_park

NOW = datetime.now(UTC).replace(microsecond=0)
T0 = NOW.timestamp()
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def made(database: Settings) -> Park:
    with session() as current:
        return make_park(current)


@pytest.fixture
def park(made: Park) -> Iterator[Park]:
    yield made
    with session() as current:
        for model in (AlarmEvent, Alarm, AlarmSuspension):
            current.query(model).delete()


@pytest.fixture
def current(park: Park) -> Iterator[Session]:
    with Session(engine(), expire_on_commit=False) as opened:
        yield opened


def watching() -> AlarmWatch:
    directory = Directory()
    directory.refresh()
    return AlarmWatch(directory, T0)


def edges(watch: AlarmWatch, point_id: int, seconds: float, value: float) -> list[tuple[str, bool]]:
    found = watch.readings([Reading(point_id, T0 + seconds, value, 192)], T0 + seconds)
    return [(edge.kind, edge.is_raised) for edge in found]


def test_a_suspended_point_raises_nothing_until_the_time_is_over_and_then_by_itself(park: Park, current: Session) -> None:
    suspensions.suspend(current, park.viewer("duty"), park.level.id, NOW + HOUR, "仪表校验", NOW)
    current.commit()
    watch = watching()
    assert edges(watch, park.level.id, 60, 12.0) == []
    for seconds in range(100, 3500, 50):
        assert edges(watch, park.gas.id, seconds, 1.0) == [], "the gateway lives"
    assert watch.tick(T0 + 3500) == [], "its silence is not told either"
    assert edges(watch, park.level.id, 3599, 12.6) == []
    assert edges(watch, park.level.id, 3601, 12.6) == [("high_high", True)], "what is still wrong is told with the next value"


def test_an_open_alarm_comes_to_its_end_and_gets_no_worse(park: Park, current: Session) -> None:
    watch = watching()
    assert edges(watch, park.level.id, 1, 11.5) == [("high", True)]
    suspensions.suspend(current, park.viewer("duty"), park.level.id, NOW + HOUR, "仪表校验", NOW)
    current.commit()
    watch._directory.refresh()
    assert edges(watch, park.level.id, 2, 12.6) == [], "no worse"
    assert edges(watch, park.level.id, 3, 0.5) == [("high", False)], "gone, and the other side is not begun"
    assert edges(watch, park.level.id, 4, 11.5) == [], "nor the same again"


def test_who_suspends_says_until_when_and_why_and_the_open_alarm_tells(park: Park, current: Session) -> None:
    duty = park.viewer("duty")
    source = alarms.Source("point", park.level.id, "V-101.LT", "V-101 液位", "某企业", park.first.id)
    connection = connection_raw()
    with connection, connection.cursor() as cursor:
        apply_edges(cursor, [Edge(source, "high", "high", 2, True, T0, 11.5, 11.3)])
    connection.close()
    with pytest.raises(Forbidden):
        suspensions.suspend(current, park.viewer("leader"), park.level.id, NOW + HOUR, "校验", NOW)
    with pytest.raises(Invalid, match="晚于现在") as refused:
        suspensions.suspend(current, duty, park.level.id, NOW, "", NOW)
    assert refused.value.fields == {"until": "抑制的结束时间应晚于现在。", "reason": "请填写抑制原因。"}
    with pytest.raises(Invalid, match="最长抑制 30 天"):
        suspensions.suspend(current, duty, park.level.id, NOW + timedelta(days=31), "校验", NOW)
    with pytest.raises(NotFound):
        suspensions.suspend(current, duty, 999_999, NOW + HOUR, "校验", NOW)
    made = suspensions.suspend(current, duty, park.level.id, NOW + HOUR, " 校验 ", NOW)
    with pytest.raises(Conflict, match=r"已抑制至 .*（校验）"):
        suspensions.suspend(current, duty, park.level.id, NOW + 2 * HOUR, "再校验", NOW)
    suspensions.end(current, duty, made, NOW + HOUR / 2)
    with pytest.raises(Conflict, match=r"已于 .* 结束"):
        suspensions.end(current, duty, made, NOW + HOUR / 2)
    assert list(current.scalars(select(AlarmEvent.what).order_by(AlarmEvent.id))) == ["raised", "suspended", "unsuspended"]
    assert suspensions.suspended_until(current, NOW + HOUR / 2) == {}
