"""Promises of the watch over vehicles: no alarm bit is ever lost, history raises nothing, and a restart changes nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from data.alarms import Edge
from data.db import read_session, session
from data.models import Alarm, Geofence, Position, RouteSection, TerminalTrack, Vehicle, VehicleRoute
from data.query import get
from data.save import create, delete, save_parts, set_links, update
from ingest.directory import Directory
from ingest.pipeline import DRIFT, LATE, NOT_FIXED, Fix
from ingest.vehicle_watch import VehicleWatch
from tests.ingest.test_writer import Bench, one
from tests.park import MAKER, Park, make_park

NOW = time.time() - 3600
SOS = 1
RING = [[120.44, 41.41], [120.45, 41.41], [120.45, 41.43], [120.44, 41.43], [120.44, 41.41]]
YARD = {"code": "F-1", "name": "液氨罐区", "shape": {"type": "Polygon", "coordinates": [RING]}, "tells_enter": True, "speed_limit_kmh": 30}


@pytest.fixture(scope="module")
def park(database: Any) -> Park:
    with session() as current:
        made = make_park(current)
        create(current, Geofence, MAKER, YARD)
    return made


@pytest.fixture
def watch(park: Park) -> VehicleWatch:
    directory = Directory()
    directory.refresh()
    return VehicleWatch(directory, 80)


def fix(park: Park, second: float, lon: float, **changes: Any) -> Fix:
    values = {"serial": round(second), "lat": 41.42, "speed_kmh": 20.0, "heading_deg": 90, "altitude_m": 170, "alarm_bits": 0, "status_bits": 3}
    return Fix(**{"terminal_id": park.terminal.id, "ts": NOW + second, "lon": lon, "flags": 0, "mileage_km": None, "items": None, **values, **changes})


def drive(watch: VehicleWatch, *rows: Fix) -> list[Edge]:
    return [edge for row in rows for edge in watch.fixes([watch.checked(row)])]


def said(edges: list[Edge]) -> list[tuple[str, bool, str]]:
    return [(edge.kind, edge.is_raised, edge.about) for edge in edges]


def test_an_alarm_of_an_area_names_it_with_limit_and_value(watch: VehicleWatch, park: Park) -> None:
    edges = drive(watch, fix(park, 0, 120.4395), fix(park, 5, 120.4401, speed_kmh=45.0), fix(park, 12, 120.4408, speed_kmh=45.0), fix(park, 16, 120.4415, speed_kmh=45.0))
    assert said(edges) == [("area_enter", True, "液氨罐区"), ("overspeed", True, "液氨罐区")]
    assert (edges[1].value, edges[1].limit, edges[1].source.unit, edges[1].source.lon) == (45.0, 30.0, "km/h", 120.4415)


def test_a_jump_is_flagged_and_judged_by_no_rule_but_its_sos_is_taken(watch: VehicleWatch, park: Park) -> None:
    assert drive(watch, fix(park, 0, 120.4300), fix(park, 5, 120.4303)) == []
    jump = watch.checked(fix(park, 10, 120.4450, alarm_bits=SOS))
    assert jump.flags == DRIFT
    assert said(watch.fixes([jump])) == [("sos", True, "")]
    assert drive(watch, fix(park, 15, 120.4306, alarm_bits=SOS)) == [], "the same SOS, back where it was"


def test_a_position_without_a_fix_raises_what_the_terminal_says(watch: VehicleWatch, park: Park) -> None:
    blind = fix(park, 0, 0.0, lat=0.0, flags=NOT_FIXED, alarm_bits=SOS | 1 << 2)
    assert sorted(said(drive(watch, blind))) == [("fatigue", True, ""), ("sos", True, "")]


def test_late_positions_neither_raise_nor_reopen(watch: VehicleWatch, park: Park) -> None:
    assert drive(watch, fix(park, 100, 120.4390)) == []
    assert drive(watch, fix(park, 50, 120.4450, flags=LATE), fix(park, 105, 120.4450, flags=LATE), fix(park, 60, 120.4450)) == []
    assert said(drive(watch, fix(park, 110, 120.4391))) == []


def test_the_bit_of_a_route_and_the_bit_of_a_deviation_are_two_alarms(watch: VehicleWatch, park: Park) -> None:
    edges = drive(watch, fix(park, 0, 120.4300), fix(park, 5, 120.4301, alarm_bits=1 << 21 | 1 << 23), fix(park, 10, 120.4302))
    assert said(edges) == [("route", True, ""), ("off_route", True, ""), ("off_route", False, "")]


def test_after_a_restart_what_lasts_is_ended_by_positions_and_what_was_missed_stays(watch: VehicleWatch, park: Park) -> None:
    opened = ["key_point:1", "section_short:9", "sos", "leave:999", "night_driving"]
    watch.restore(park.terminal.id, NOW, 0, (120.43, 41.42), opened, {})
    ended = [(edge.condition, edge.is_raised) for edge in drive(watch, fix(park, 5, 120.4301))]
    assert ended == [("leave:999", False), ("night_driving", False)]


def test_routes_and_audiences_come_into_force_as_they_are_saved(park: Park) -> None:
    line = {"type": "LineString", "coordinates": [[120.42, 41.40], [120.44, 41.40], [120.46, 41.40]]}
    part = {"name": "西段", "first_corner": 1, "last_corner": 2, "speed_limit_kmh": 20, "width_m": 100}
    directory = Directory()
    with session() as current:
        road = create(current, VehicleRoute, MAKER, {"name": "南线", "shape": line, "width_m": 60, "audience": "vehicles"})
        save_parts(current, road, MAKER, RouteSection, [(None, part)])
    found = directory.refresh().rules.routes[road.id]
    assert (found.audience.vehicles, found.sections[0].first, found.sections[0].last) == (frozenset(), 0, 0), "for nobody yet"
    with session() as current:
        road = get(current, VehicleRoute, road.id, MAKER)
        set_links(current, road, MAKER, "vehicles", [get(current, Vehicle, park.vehicle.id, MAKER)])
        update(current, road, MAKER, {"days": "12345"})
    found = directory.refresh().rules.routes[road.id]
    assert (found.audience.vehicles, found.schedule.days) == (frozenset({park.vehicle.id}), "12345")
    with session() as current:
        delete(current, get(current, VehicleRoute, road.id, MAKER), MAKER, "不再使用")
    assert directory.refresh().rules.routes == {}


@pytest.fixture
def bench(fresh_database: Any) -> Iterator[Bench]:
    with session() as current:
        own = make_park(current)
        create(current, Geofence, MAKER, YARD)
    running = Bench(fresh_database).start()
    running.park = own  # type: ignore[attr-defined]
    yield running
    running.stop()


def test_a_restart_of_ingest_takes_up_who_is_inside(bench: Bench) -> None:
    park: Park = bench.park  # type: ignore[attr-defined]
    bench.send(1, fixes=[fix(park, 0, 120.4398), fix(park, 5, 120.4402)])
    bench.wait_for(1)
    bench.stop()
    assert (one(Alarm).condition.split(":")[0], one(Alarm).about, one(Alarm).cleared_at) == ("enter", "液氨罐区", None)
    assert list(one(TerminalTrack).track["inside"].values()) == [NOW + 5]
    again = Bench(bench.settings).start()
    try:
        again.send(2, fixes=[fix(park, 10, 120.4405), fix(park, 15, 120.4455, speed_kmh=90.0)])
        again.wait_for(1)
        again.send(3, fixes=[fix(park, 20, 120.4406), fix(park, 25, 120.4397)])
        again.wait_for(2)
    finally:
        again.stop()
    alarm = one(Alarm)
    assert (alarm.occurrences, alarm.cleared_at.timestamp()) == (1, pytest.approx(NOW + 25)), "it did not enter again, and left"
    assert (one(TerminalTrack).track.get("inside"), alarm.state) == (None, "recovered")
    with read_session() as current:
        flags = dict(current.execute(select(Position.serial, Position.flags)).all())
    assert flags == {0: 0, 5: 0, 10: 0, 15: DRIFT, 20: 0, 25: 0}, "the jump is stored and marked"
