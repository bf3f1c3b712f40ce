"""Replaying vehicles: which spans are taken, what of a track is given, whose it is, and its files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy.orm import Session

from data.db import connection_raw
from data.db import session as database_session
from data.errors import Forbidden, Invalid, NotFound
from data.models import Alarm
from data.replay import Span, Wish, around_alarm, replay, span_of
from data.replay_files import ask, gpx
from data.settings import Settings
from data.telemetry import PositionRow, day_of, ensure_partitions, store_positions
from tests.park import Park, make_park

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # 12:00 in the park
HOUR = Span(NOON, NOON + timedelta(hours=1))


@pytest.fixture(scope="module")
def park(database: Settings) -> Park:
    """A truck that drove, stood six minutes, was silent for ten minutes and drove on; one point came late."""
    with database_session() as current:
        made = make_park(current)
    drive = [(second, 40.0, second * 1e-5, 0) for second in range(0, 300, 10)]
    stand = [(300 + second, 0.0, 0.003, 0) for second in range(0, 360, 10)]
    again = [(1260 + second, 50.0, 0.003 + second * 1e-5, 2 if second == 10 else 0) for second in range(0, 100, 10)]
    rows = [
        PositionRow(made.terminal.id, NOON.timestamp() + second, number, NOON.timestamp() + second, 120.43, 41.42 + north, speed, 0, 0, 0, 3, flags, None)
        for number, (second, speed, north, flags) in enumerate([*drive, *stand, *again])
    ]
    raw = connection_raw()
    with raw, raw.cursor() as cursor:
        ensure_partitions(cursor, {day_of(NOON.timestamp())})
        store_positions(cursor, rows, fresh=True)
    raw.close()
    return made


@pytest.fixture
def session(park: Park) -> Iterator[Session]:
    with database_session() as current:
        yield current
        current.rollback()


def wish(park: Park, **changes: Any) -> Wish:
    plain = {"ids": [park.vehicle.id], "span": "free", "start": "2026-11-24T12:00", "end": "2026-11-24T13:00", "stop": 5} | changes
    return Wish.of(plain, NOON + timedelta(days=1))


def alarm(session: Session, park: Park, **changes: Any) -> Alarm:
    at = NOON + timedelta(minutes=6)
    columns = {"source_type": "vehicle", "source_id": park.vehicle.id, "source_code": "x", "source_name": "x", "place": "x", "enterprise_id": park.second.id, "condition": "sos", "kind": "sos", "level": 1, "lon": 120.43, "lat": 41.423, "raised_at": at, "last_at": at}
    made = Alarm(**columns | changes)
    session.add(made)
    session.flush()
    return made


def test_a_day_is_the_parks_own_day(park: Park) -> None:
    today, yesterday = (span_of(kind, None, None, NOON) for kind in ("today", "yesterday"))
    assert today.start == datetime(2026, 11, 23, 16, tzinfo=UTC), "midnight in the park"
    assert yesterday == Span(today.start - timedelta(days=1), today.start), "the day before, whole"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"end": "2026-12-01T12:01"}, "end", "最多回放 7 天"),
        ({"end": "2026-11-24T11:00"}, "end", "晚于开始"),
        ({"start": "2026-11-26T11:00", "end": "2026-11-26T12:00"}, "start", "还没有到"),
        ({"start": "昨天"}, "start", "请填写开始时间"),
        ({"ids": []}, "vehicles", "请选择车辆"),
        ({"ids": [1, 2, 3, 4, 5]}, "vehicles", "最多回放 4 辆"),
        ({"ids": ["1"]}, "vehicles", "请选择车辆"),
        ({"stop": 7}, "stop", "从列表中选择"),
        ({"span": "ever"}, "span", "从列表中选择"),
    ],
)
def test_what_cannot_be_replayed_is_said_at_its_field(park: Park, changes: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        wish(park, **changes)
    assert field in refused.value.fields, "at the field"


def test_a_part_has_the_track_its_stops_and_its_alarms(session: Session, park: Park) -> None:
    made = alarm(session, park)
    alarm(session, park, condition="fatigue", kind="fatigue", raised_at=NOON - timedelta(minutes=1))
    (part,) = replay(session, wish(park), park.viewer("duty"))
    assert len(part.points) == 76, "every position of the hour"
    assert [round(stop.seconds / 60) for stop in part.track.stops] == [6], "one stop, which ends when the silence begins"
    assert (part.track.late_count, part.track.top_kmh) == (1, 50.0), "the late point is in it and told"
    assert [one.id for one in part.alarms] == [made.id], "what was raised in the span, and nothing before it"


def test_a_stand_shorter_than_asked_for_is_no_stop(session: Session, park: Park) -> None:
    (part,) = replay(session, wish(park, stop=10), park.viewer("duty"))
    assert part.track.stops == [], "six minutes are fewer than ten"


def test_who_may_not_see_alarms_sees_none_on_the_track(session: Session, park: Park) -> None:
    alarm(session, park)
    (part,) = replay(session, wish(park), park.viewer("duty", permissions=frozenset({"vehicle.view"})))
    assert part.alarms == [], "the track without them"


def test_a_carrier_replays_its_own_vehicles_only(session: Session, park: Park) -> None:
    own = park.viewer("duty", scope="own_enterprise", enterprise_id=park.second.id)
    other = park.viewer("duty", scope="own_enterprise", enterprise_id=park.first.id)
    assert len(replay(session, wish(park), own)) == 1, "its own"
    for refused in (lambda: replay(session, wish(park), other), lambda: ask(session, other, wish(park), "gpx")):
        with pytest.raises(NotFound, match="危化品车辆"):
            refused()
    with pytest.raises(Forbidden):
        replay(session, wish(park), park.viewer("duty", permissions=frozenset()))


def test_an_alarm_is_replayed_from_five_minutes_before(session: Session, park: Park) -> None:
    made = alarm(session, park)
    found = around_alarm(session, made.id, park.viewer("duty"))
    assert (found.vehicle_id, found.at) == (park.vehicle.id, made.raised_at - timedelta(minutes=5)), "the vehicle, and where the hand stands"
    with pytest.raises(Invalid, match="不是车辆报警"):
        around_alarm(session, alarm(session, park, source_type="point", condition="high").id, park.viewer("duty"))


def test_a_gpx_is_cut_where_the_vehicle_was_silent(session: Session, park: Park) -> None:
    alarm(session, park)
    space = {"g": "http://www.topografix.com/GPX/1/1"}
    tree = ElementTree.fromstring("".join(gpx(replay(session, wish(park), park.viewer("duty")))))
    assert [len(one) for one in tree.findall("g:trk/g:trkseg", space)] == [66, 10], "two segments, nothing drawn through the gap"
    assert [one.findtext("g:name", namespaces=space) for one in tree.findall("g:wpt", space)] == ["辽N·A1234 停车 6 分", "辽N·A1234 SOS 人工报警"], "stops and alarms are waypoints"
    assert tree.findtext("g:trk/g:trkseg/g:trkpt/g:time", namespaces=space) == "2026-11-24T04:00:00Z", "in UTC"


def test_a_format_that_is_not_offered_is_refused(session: Session, park: Park) -> None:
    with pytest.raises(Invalid, match="导出格式"):
        ask(session, park.viewer("duty"), wish(park), "kml")
