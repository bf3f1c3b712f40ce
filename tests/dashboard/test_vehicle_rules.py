"""Areas, routes and key points: officers draw them, everybody who sees vehicles reads them, and what cannot be is said at its field."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from dashboard.resource_state import filter_rows, question_of, read_state
from data import db
from data.alarms import Edge, Source, apply_edges
from data.db import connection_raw
from data.models import Alarm, Geofence, KeyPoint, RouteSection, Vehicle, VehicleRoute
from data.query import answer, count
from data.statistics import compute
from data.statistics.alarms import VEHICLE_STATISTICS
from data.viewer import system_viewer
from pages.vehicle_alarms import VIOLATIONS
from pages.vehicle_rules import RESOURCES
from tests.dashboard.asking import listed, one, opened, rows

RING = [[120.43, 41.42], [120.44, 41.42], [120.44, 41.43], [120.43, 41.43], [120.43, 41.42]]
LINE = {"type": "LineString", "coordinates": [[120.42, 41.40], [120.43, 41.40], [120.44, 41.40], [120.45, 41.41]]}
WHEN = {"audience": "all", "days": "1,2,3,4,5", "begins_at": "22:00", "ends_at": "06:00"}


def area(**changes: str) -> dict[str, str]:
    shape = {"type": "Polygon", "coordinates": [RING]}
    first = {"code": "F-90", "name": "试验区", "shape": json.dumps(shape), "radius_m": "", "tells_enter": "1", "tells_leave": "0", "is_sensitive": "0", "is_parking": "0"}
    return first | WHEN | changes


def road(sections: list[dict[str, str]], **changes: str) -> dict[str, str]:
    first = {"name": "试验线", "width_m": "50", "shape": json.dumps(LINE), "rows:sections": json.dumps([{"id": "", **part} for part in sections])}
    return first | WHEN | changes


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.key)
def test_who_sees_vehicles_reads_and_officers_draw(person: Any, resource: Any) -> None:
    assert isinstance(rows(listed(person("inspector"), resource.key), resource.key), list)
    may_add = "添加" in json.dumps(listed(person("officer"), resource.key)[1], ensure_ascii=False)
    assert may_add == bool(resource.form)
    assert "添加" not in json.dumps(listed(person("inspector"), resource.key)[1], ensure_ascii=False)


def test_an_upright_polygon_is_a_rectangle_and_its_rule_reads_in_words(person: Any, submit: Any) -> None:
    client = person("officer")
    assert "已添加“试验区”。" in submit(client, "geofence", "", "add", area(speed_limit_kmh="40"))
    made = one(Geofence, Geofence.code == "F-90")
    assert (made.kind, made.days, made.tells_enter, made.radius_m) == ("rectangle", "12345", True, None)
    drawer = opened(person("inspector"), "geofence", open=str(made.id))
    assert "进入、限速 40 km/h" in drawer
    assert "工作日 22:00–次日 06:00" in drawer
    assert "data-shape" in drawer


def test_a_circle_needs_its_radius(person: Any, submit: Any) -> None:
    client, circle = person("officer"), json.dumps({"type": "Point", "coordinates": [120.43, 41.42]})
    assert "圆形的半径应为 5–50,000 m。" in submit(client, "geofence", "", "add", area(code="F-91", shape=circle))
    assert "已添加" in submit(client, "geofence", "", "add", area(code="F-91", shape=circle, radius_m="250"))
    assert (one(Geofence, Geofence.code == "F-91").kind, one(Geofence, Geofence.code == "F-91").radius_m) == ("circle", 250.0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shape": '{"type": "LineString", "coordinates": [[1, 2], [3, 4]]}'}, "不是范围，请在图上依次点出角点。"),
        ({"shape": "[]"}, "不是图形，请在图上点出。"),
        ({"shape": '{"type": "Point", "coordinates": [200, 0]}'}, "经纬度超出可能的范围。"),
        ({"ends_at": ""}, "开始和结束时间请一并填写，全天则都不填。"),
        ({"begins_at": "25:00"}, "应为一天中的时间，如 08:30。"),
        ({"days": ""}, "请至少选择一天。"),
        ({"audience": "vehicles"}, "请至少选择一辆车。"),
        ({"valid_from": "2026-12-01", "valid_to": "2026-11-01"}, "不能早于生效日期 2026-12-01。"),
        ({"stay_minutes": "0"}, "应大于 0。"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(person: Any, submit: Any, changes: dict[str, str], words: str) -> None:
    assert words in submit(person("officer"), "geofence", "", "add", area(code="F-92", **changes))
    with pytest.raises(Exception, match="No row"):
        one(Geofence, Geofence.code == "F-92")


def test_a_route_is_for_its_vehicles_and_has_sections_that_fit_its_corners(person: Any, submit: Any) -> None:
    client, truck = person("officer"), one(Vehicle)
    west, east = {"name": "西段", "first_corner": "1", "last_corner": "3", "longest_min": "10"}, {"name": "东段", "first_corner": "2", "last_corner": "4"}
    assert "与第 1 行的路段重叠。" in submit(client, "vehicle_route", "", "add", road([west, east]))
    assert "线路只有 4 个拐点。" in submit(client, "vehicle_route", "", "add", road([west | {"last_corner": "5"}]))
    assert "应小于最长 10 分钟。" in submit(client, "vehicle_route", "", "add", road([west | {"shortest_min": "12"}]))
    fits = road([west, east | {"first_corner": "3"}], audience="vehicles", vehicles=str(truck.id))
    assert "已添加“试验线”。" in submit(client, "vehicle_route", "", "add", fits)
    made = one(VehicleRoute, VehicleRoute.name == "试验线")
    assert one(RouteSection, RouteSection.route_id == made.id).name == "西段"
    drawer = opened(client, "vehicle_route", open=str(made.id), tab="sections")
    assert "1 → 3" in drawer
    assert "最长 10 分钟" in drawer


def test_a_key_point_needs_its_window(person: Any, submit: Any) -> None:
    client = person("officer")
    spot = {"name": "试验点", "lon": "120.43", "lat": "41.42", "radius_m": "60"} | WHEN
    assert "请填写每天应到达的时段。" in submit(client, "key_point", "", "add", spot | {"begins_at": "", "ends_at": ""})
    assert "已添加“试验点”。" in submit(client, "key_point", "", "add", spot)
    assert one(KeyPoint, KeyPoint.name == "试验点").ends_at == "06:00"


def test_every_number_of_the_violations_opens_its_rows(demo_database: Any) -> None:
    trucks = [one(Vehicle), one(Vehicle, Vehicle.plate != one(Vehicle).plate)]
    made = [(0, "enter:1", "area_enter", 3, "液氨罐区"), (1, "enter:2", "area_enter", 3, "液氨罐区"), (1, "off_route", "off_route", 2, "南线"), (0, "sos", "sos", 1, ""), (0, "night_driving", "night_driving", 2, ""), (1, "long_stop", "long_stop", 3, "")]  # fmt: skip
    connection = connection_raw()
    with connection, connection.cursor() as cursor:
        for number, condition, kind, level, about in made:
            truck = trucks[number]
            source = Source("vehicle", truck.id, truck.plate, truck.plate, truck.carrier.short_name, truck.carrier_id)
            apply_edges(cursor, [Edge(source, condition, kind, level, True, 1_795_000_000.0, 30.0, about=about)])
        apply_edges(cursor, [Edge(Source("point", 1, "P", "P", "E", None), "high", "high", 2, True, 1_795_000_000.0, 30.0)])
    connection.close()
    viewer, wrong = system_viewer("tests"), []
    with db.read_session() as current:
        filters = filter_rows(current, viewer, VIOLATIONS)
        for statistic in VEHICLE_STATISTICS:
            result = compute(current, viewer, statistic, {})
            expected = 1 if statistic.key in ("vehicle-night", "vehicle-stop") else len(made)
            assert result.value() == expected, f"{statistic.key}: vehicles only"
            for cell in (cell for cell in result.cells() if cell[2] in ("", "count")):
                href = result.address(*cell)
                state = read_state(VIOLATIONS, filters, dict(parse_qsl(urlsplit(href or "").query)))
                found = count(current, answer(Alarm, viewer, question_of(VIOLATIONS, filters, state)), Alarm, None)
                wrong += [(href, found)] if href and found != result.value(*cell) else []
        assert compute(current, viewer, VEHICLE_STATISTICS[3], {"about": "液氨罐区"}).value() == 2
    assert wrong == []
