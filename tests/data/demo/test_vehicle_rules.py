"""Promises of the demo park's rules for vehicles: what the script means to break is broken, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from data.demo.enterprises import enterprises
from data.demo.scenario import CYCLE_S
from data.demo.transport import vehicles
from data.demo.trips import OFFLINE, RACER, STRAYER, plates, truck
from data.demo.vehicle_rules import geofences, key_points, routes
from data.models import Geofence, RouteSection, VehicleRoute
from data.rules.ground import shape_of
from data.rules.positions import Spot, Track, Who, judge
from data.rules.ruled_places import Audience, Hours, Rules
from data.vehicle_rules import area_of, route_of, section_faults

STEP_S = 5
DAY = 1_795_485_600.0  # 2026-11-24 10:00 in Shanghai


def park_rules() -> tuple[Rules, dict[str, int]]:
    """The rules as ingest makes them of the records, and the vehicles' numbers by plate."""
    numbers = {item["plate"]: number for number, item in enumerate(vehicles(), 1)}
    areas = [area_of(Geofence(id=number, days="1234567", audience="all", tells_leave=False, **item)) for number, item in enumerate(geofences(), 1)]
    made = []
    for number, item in enumerate(routes(), 1):
        parts = [RouteSection(id=10 * number + n, **part) for n, part in enumerate(item["sections"])]
        rule = VehicleRoute(id=number, days="1234567", audience="all", **{name: value for name, value in item.items() if name not in ("vehicles", "sections")})
        made.append((route_of(rule, parts), item["vehicles"]))
    yards = [shape for item in enterprises() if (shape := shape_of(item["outline"]))]
    whose = [replace(one, audience=Audience(frozenset(numbers[plate] for plate in mine))) for one, mine in made if one]
    return Rules([one for one in areas if one], whose, yards, Hours(1800, 4 * 3600, 2 * 3600, 1200, (120, 300))), numbers


@pytest.fixture(scope="module")
def found() -> dict[str, list[Any]]:
    """What the rules find in two rounds of the scripted hour, by plate."""
    rules, numbers = park_rules()
    result = {}
    for plate in plates():
        track, who = Track(), Who(numbers[plate], None, 80, tires=False)
        spots = ((t, truck(plate, t)) for t in range(0, int(2 * CYCLE_S), STEP_S))
        result[plate] = [one for t, at in spots if at.is_online for one in judge(rules, track, who, Spot(DAY + t, at.lon, at.lat, at.speed_kmh))]
    return {plate: found for plate, found in result.items() if found}


def test_the_racer_speeds_and_the_strayer_leaves_its_road_and_nobody_else_does_wrong(found: dict[str, list[Any]]) -> None:
    said = {plate: sorted({(one.condition, one.about) for one in mine}) for plate, mine in found.items()}
    assert said == {
        RACER: [("overspeed", "化工核心区"), ("overspeed", "园区限速区")],
        STRAYER: [("off_route", "科技路—南门—G101 出园线")],
    }


def test_what_the_script_breaks_ends_within_the_hour(found: dict[str, list[Any]]) -> None:
    for mine in found.values():
        assert [one.is_raised for one in mine] == [number % 2 == 0 for number in range(len(mine))]
    (left, back, *_) = found[STRAYER]
    assert 34.5 * 60 < left.ts - DAY < 37 * 60 < back.ts - DAY < 40 * 60


def test_every_route_has_sections_that_fit_it() -> None:
    for item in routes():
        assert section_faults(item["shape"], [(part["first_corner"], part["last_corner"]) for part in item["sections"]]) == {}
    assert [OFFLINE in item["vehicles"] for item in key_points()] == [True]
