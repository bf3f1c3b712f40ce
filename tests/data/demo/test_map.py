"""What the demo park's map promises."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from shapely import STRtree
from shapely.geometry import LineString, Point, Polygon, shape

from data.demo.enterprises import enterprises, homes
from data.demo.geometry import base_map, base_map_json
from data.demo.installations import tank_places, tanks
from data.demo.layout import OUTLINE, gates, plots, river, street, streets
from data.demo.plane import distance, nearest_on, to_local, to_lonlat
from data.demo.roads import roads, route

# A box that lies wholly in 朝阳县 (211321), west, south, east, north.
BOX = (120.385, 41.385, 120.475, 41.455)


def shapes(kind: str) -> list[Any]:
    return [shape(feature["geometry"]) for feature in base_map()[kind]["features"]]


def test_plots_do_not_overlap() -> None:
    polygons = [Polygon(plot.polygon) for plot in plots()]
    pairs = [(a, b) for a, b in STRtree(polygons).query(polygons, predicate="intersects").T if a < b]
    overlaps = [
        (plots()[a].number, plots()[b].number) for a, b in pairs if polygons[a].intersection(polygons[b]).area > 0.01
    ]
    assert overlaps == [], "no two plots share ground"


def test_plots_lie_in_the_outline_and_keep_off_the_streets() -> None:
    outline = Polygon(OUTLINE)
    assert all(outline.contains(Polygon(plot.polygon)) for plot in plots()), "each plot lies within the park"
    wide = [LineString(item.line).buffer(item.width_m / 2) for item in streets()]
    assert all(not road.intersects(Polygon(plot.polygon)) for road in wide for plot in plots()), (
        "no plot reaches into a street"
    )


def test_tanks_stand_in_the_plot_of_their_enterprise_and_clear_of_each_other() -> None:
    grounds = {code: Polygon(plot.polygon) for code, plot in homes().items()}
    round_ones = {tank["code"]: Point(tank_places()[tank["code"]]).buffer(tank["diameter_m"] / 2) for tank in tanks()}
    outside = [tank["code"] for tank in tanks() if not grounds[tank["enterprise"]].contains(round_ones[tank["code"]])]
    assert outside == [], "each tank lies in its enterprise"
    bodies = list(round_ones.values())
    assert all(a == b for a, b in STRtree(bodies).query(bodies, predicate="intersects").T), "no two tanks touch"


def test_no_building_stands_on_a_tank_or_on_another_building() -> None:
    buildings, bunds = shapes("building"), shapes("bund")
    assert all(a == b for a, b in STRtree(buildings).query(buildings, predicate="intersects").T), (
        "no two buildings touch"
    )
    assert STRtree(buildings).query(bunds, predicate="intersects").size == 0, "no building stands in a bund"


def test_each_gate_touches_its_street_and_the_outline() -> None:
    border = LineString([*OUTLINE, OUTLINE[0]])
    assert len(gates()) == 3, "three gates"
    assert all(distance(nearest_on(street(gate.street).line, gate.at), gate.at) < 0.1 for gate in gates()), (
        "a gate stands on its street"
    )
    assert all(border.distance(Point(gate.at)) < 0.1 for gate in gates()), "a gate stands in the fence"


def test_the_river_keeps_300_metres_from_the_park() -> None:
    assert LineString(river()).buffer(45).distance(Polygon(OUTLINE)) >= 300, "the river never cuts through the park"


def test_the_park_lies_in_its_county() -> None:
    inner = ("outline", "plot", "building", "bund", "tank", "gate", "force", "hydrant")
    bounds = [item.bounds for kind in inner for item in shapes(kind)]
    assert min(b[0] for b in bounds) > BOX[0] and min(b[1] for b in bounds) > BOX[1], (
        "nothing lies west or south of the box"
    )
    assert max(b[2] for b in bounds) < BOX[2] and max(b[3] for b in bounds) < BOX[3], (
        "nothing lies east or north of the box"
    )


def test_every_enterprise_has_a_plot_of_its_own() -> None:
    numbers = [item["plot"] for item in enterprises()]
    assert len(set(numbers)) == len(numbers) == 60, "60 enterprises on 60 plots"
    outlines = {item["code"]: shape(item["outline"]) for item in enterprises()}
    assert all(outlines[item["code"]].contains(Point(item["lon"], item["lat"])) for item in enterprises()), (
        "its mark lies in its outline"
    )


def test_all_shapes_are_valid_and_have_six_decimals() -> None:
    assert all(
        item.is_valid for kind in ("plot", "building", "bund", "tank", "outline", "river") for item in shapes(kind)
    ), "valid polygons"
    decimals = [
        len(repr(number).partition(".")[2])
        for plot in base_map()["plot"]["features"]
        for pair in plot["geometry"]["coordinates"][0]
        for number in pair
    ]
    assert max(decimals) <= 6, "no more than 0.1 m is claimed"


def test_features_are_sorted_and_named_by_kind() -> None:
    collections = base_map()
    ids = {kind: [feature["id"] for feature in collection["features"]] for kind, collection in collections.items()}
    assert all(names == sorted(names) for names in ids.values()), "each layer is sorted by id"
    assert all(
        feature["properties"]["kind"] == kind for kind, layer in collections.items() for feature in layer["features"]
    ), "each feature says its kind"


def test_the_base_map_is_kept_as_bytes() -> None:
    assert base_map_json() is base_map_json(), "made once a process"
    assert json.loads(base_map_json()) == json.loads(json.dumps(base_map())), "the bytes are the map"
    assert len(base_map_json()) < 500_000, "small enough to be sent with the page"


@pytest.mark.parametrize("place", [(0.0, 0.0), (2570.0, -920.0), (-2590.0, -460.0)])
def test_the_plane_and_wgs84_agree_both_ways(place: tuple[float, float]) -> None:
    assert distance(to_local(*to_lonlat(place)), place) < 0.1, "there and back within the rounding"


def test_every_enterprise_is_reached_from_every_gate_and_from_the_expressway() -> None:
    starts = [*(gate.code for gate in gates()), "X00"]
    ways = {(start, item["code"]): route(start, f"{item['code']}.bay") for start in starts for item in enterprises()}
    assert all(distance(a.b, b.a) < 0.001 for way in ways.values() for a, b in pairwise(way)), "a way has no gaps"
    assert all(leg.limit_kmh > 0 for way in ways.values() for leg in way), "each piece has a speed limit"


def test_streets_that_cross_share_a_node() -> None:
    joints = [name for name, edges in roads().edges.items() if len(edges) >= 4]
    assert len(joints) >= 35, "7 x 5 crossings and those with the ring road"
