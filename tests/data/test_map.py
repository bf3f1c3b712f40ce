"""What a person finds on the map: everything of their scope, nothing beyond it, and a base map that draws itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from data import map as park_map
from data.db import session as database_session
from data.errors import Forbidden
from data.models import Enterprise, Tank, Vehicle
from data.permissions import ROLES
from data.settings import Settings, current_settings
from data.viewer import Viewer, system_viewer
from tests.park import Park, make_park


@pytest.fixture(scope="module")
def park(database: Settings) -> Park:
    with database_session() as current:
        return make_park(current)


@pytest.fixture
def session(park: Park) -> Iterator[Session]:
    """A session whose changes are gone after the test."""
    with database_session() as current:
        yield current
        current.rollback()


@pytest.fixture
def own_base_map(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    monkeypatch.setenv("PARK_DATA_DIR", str(tmp_path))
    current_settings.cache_clear()
    (tmp_path / "map").mkdir()
    yield tmp_path / "map" / "base.json"
    current_settings.cache_clear()


def test_a_tank_is_on_the_map_with_place_size_and_the_limits_of_its_points(session: Session, park: Park) -> None:
    (tank,) = park_map.map_definition(session, park.viewer("duty"))["tanks"]
    level = next(point for point in tank["points"] if point["quantity"] == "level")
    assert (tank["code"], tank["diameter_m"]) == ("V-101", 10.0), "the tank and its true size"
    assert (level["high"], level["high_high"], level["unit"]) == (11.3, 12.4, "m"), "its level with limits and unit"


def test_an_enterprise_finds_its_own_things_and_nobody_elses(session: Session, park: Park) -> None:
    own = park_map.map_definition(session, park.viewer("enterprise", enterprise_id=park.second.id))
    assert [one["code"] for one in own["enterprises"]] == ["E002"], "its own grounds only"
    assert own["tanks"] == [], "the neighbour's tank is not in the data that reach its browser"


def test_an_enterprise_counts_its_hazards_and_tanks(session: Session, park: Park) -> None:
    found = {one["code"]: one for one in park_map.map_definition(session, park.viewer("duty"))["enterprises"]}
    assert (found["E001"]["hazards"], found["E001"]["tanks"]) == (1, 1), "one installation with one tank"
    assert (found["E002"]["hazards"], found["E002"]["tanks"]) == (0, 0), "a carrier has none"


def test_who_may_see_neither_map_nor_vehicles_is_refused(session: Session, park: Park) -> None:
    nobody = replace(park.viewer("duty"), permissions=frozenset({"alarm.view"}))
    with pytest.raises(Forbidden, match="权限"):
        park_map.map_definition(session, nobody)


def test_who_may_not_see_vehicles_gets_no_plates(session: Session, park: Park) -> None:
    walker = replace(park.viewer("duty"), permissions=frozenset({"map.view"}))
    assert park_map.map_definition(session, walker)["vehicles"] == [], "no plates without the right"


def test_no_telephone_number_of_a_driver_leaves_with_the_list(session: Session, park: Park) -> None:
    session.get_one(Vehicle, park.vehicle.id).driver_phone = "13812345678"
    session.flush()
    text = json.dumps(park_map.map_definition(session, park.viewer("duty")), default=str)
    assert "138****5678" in text, "the masked number is shown"
    assert "13812345678" not in text, "the number itself stays on the server"


def test_the_definition_can_travel_to_a_browser(session: Session, park: Park) -> None:
    definition = park_map.map_definition(session, park.viewer("duty"))
    assert json.loads(json.dumps(definition, default=str))["extent"] == definition["extent"], "plain data only"


def test_the_ground_is_painted_water_first_and_tanks_over_plots() -> None:
    kinds = [feature["properties"]["kind"] for feature in park_map.ground()["features"]]
    first = {kind: kinds.index(kind) for kind in dict.fromkeys(kinds)}
    assert first["river"] < first["outline"] < first["plot"] < first["building"] < first["tank"], "painting order"


def test_every_street_of_the_base_map_can_be_named() -> None:
    streets = [one for one in park_map.places()["features"] if one["properties"]["kind"] == "street"]
    assert streets, "there are streets"
    assert all(one["properties"]["name"] for one in streets), "each with its name"


def test_the_extent_of_the_park_contains_every_tank_of_the_demo(demo_database: Settings) -> None:
    west, south, east, north = park_map.extent()
    with database_session() as current:
        tanks = list(current.scalars(select(Tank)))
    assert len(tanks) > 100, "the demo park has its tanks"
    assert all(west < tank.lon < east and south < tank.lat < north for tank in tanks), "all lie inside"


def test_the_whole_demo_park_is_defined_for_a_browser_in_a_few_statements(demo_database: Settings) -> None:
    with database_session() as current:
        definition = park_map.map_definition(current, system_viewer("tests"))
        enterprises = list(current.scalars(select(Enterprise)))
    assert len(definition["enterprises"]) == len(enterprises), "every enterprise"
    assert len(definition["vehicles"]) == 40, "every truck"
    assert len(json.dumps(definition, default=str)) < 400_000, "small enough to load at once"


def test_a_park_with_a_survey_of_its_own_is_drawn_from_it(own_base_map: Path) -> None:
    ring = [[120.0, 41.0], [120.1, 41.0], [120.1, 41.1], [120.0, 41.0]]
    outline = {
        "properties": {"kind": "outline", "name": "新园区"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    own_base_map.write_text(json.dumps({"outline": {"type": "FeatureCollection", "features": [outline]}}))
    assert [one["properties"]["name"] for one in park_map.ground()["features"]] == ["新园区"], "its own outline"
    assert park_map.extent() == [120.0, 41.0, 120.1, 41.1], "and its own extent"


def test_every_role_with_the_map_may_open_it(session: Session, park: Park) -> None:
    viewers: list[Viewer] = [park.viewer(role.code) for role in ROLES if "map.view" in role.permissions]
    assert viewers, "some roles see the map"
    assert all(park_map.map_definition(session, viewer)["extent"] for viewer in viewers), "and each gets it"
