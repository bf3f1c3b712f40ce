"""Areas, routes and key points of the demo park. Only what the script means to break is broken: everybody else keeps to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from data.demo.installations import bunds
from data.demo.layout import OUTLINE, gates, outside_roads, plots, street
from data.demo.plane import Point, cut, heading, reversed_line, ring, to_lonlat
from data.demo.roads import route
from data.demo.transport import vehicles
from data.demo.trips import OFFLINE, SOS_PLATE, STRAYER

TURN_DEG = 3.0  # a road that bends less is drawn straight


def geofences() -> list[dict[str, Any]]:
    """Seven areas. Only the park and its chemical core have a speed limit; the quarter of the town is closed by night."""
    core = cut(OUTLINE, reversed_line(street("化工一路").line))
    left, bottom, right, top = bunds()["MHI-02"]
    ammonia = ((left + right) / 2, (bottom + top) / 2)
    fire = next(plot.center for plot in plots() if plot.number == "C-09")
    x, y = next(gate.at for gate in gates() if gate.code == "G-E")
    waiting = [(x + 20, y - 60), (x + 200, y - 60), (x + 200, y + 60), (x + 20, y + 60)]
    rest = [(x - 240, y - 120), (x - 90, y - 120), (x - 90, y - 40), (x - 240, y - 40)]
    return [
        _fence("F-01", "园区限速区", OUTLINE, speed_limit_kmh=60),
        _fence("F-02", "化工核心区", core, speed_limit_kmh=50, is_sensitive=True),
        _circle("F-03", "液氨罐区警戒范围", ammonia, 200.0),
        _circle("F-04", "消防救援站出车通道", fire, 150.0, stay_minutes=30),
        _fence("F-05", "东门候检区", waiting, is_parking=True),
        _fence("F-06", "东门临时停车场", rest, is_parking=True),
        _town("F-07", "柳城街道居民区夜间禁行", (-3950.0, 1500.0), (700.0, 500.0)),
    ]


# Every row has every column, for they are entered together.
_NO_RULE: dict[str, Any] = {"radius_m": None, "speed_limit_kmh": None, "stay_minutes": None, "is_sensitive": False, "is_parking": False, "tells_enter": False, "begins_at": None, "ends_at": None}


def _fence(code: str, name: str, polygon: Sequence[Point], **rules: Any) -> dict[str, Any]:
    shape = {"type": "Polygon", "coordinates": [ring(list(polygon))]}
    return {"code": code, "name": name, "kind": "polygon", "shape": shape, **_NO_RULE, **rules}


def _circle(code: str, name: str, middle: Point, radius_m: float, **rules: Any) -> dict[str, Any]:
    shape = {"type": "Point", "coordinates": list(to_lonlat(middle))}
    return {"code": code, "name": name, "kind": "circle", "shape": shape, **_NO_RULE, "radius_m": radius_m, "is_sensitive": True, **rules}


def _town(code: str, name: str, middle: Point, size: Point) -> dict[str, Any]:
    """An upright rectangle of that size in metres."""
    lon, lat = to_lonlat(middle)
    east, north = round(size[0] / 83_500 / 2, 6), round(size[1] / 111_132 / 2, 6)
    west, south, east, north = (round(value, 6) for value in (lon - east, lat - north, lon + east, lat + north))
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    shape = {"type": "Polygon", "coordinates": [corners]}
    return {"code": code, "name": name, "kind": "rectangle", "shape": shape, **_NO_RULE, "tells_enter": True, "begins_at": "22:00", "ends_at": "06:00"}


def routes() -> list[dict[str, Any]]:
    """Two routes with their sections; ``vehicles`` are plates, corners are numbered from 1."""
    south = next(line for name, _, line in outside_roads() if name == "兴园二路南延")
    out = [*_corners(route("E027.bay", "G-S")), south[1], (south[1][0] + 900, -2905.0)]
    supply = _corners(route("E026.bay", "E001.bay"))
    return [
        {
            "name": "科技路—南门—G101 出园线",
            "shape": _line(out),
            "width_m": 60,
            "speed_limit_kmh": 60,
            "vehicles": (STRAYER,),
            "sections": (
                {"name": "环园路南段", "first_corner": 3, "last_corner": 4, "width_m": 50, "speed_limit_kmh": 40, "longest_min": 12.0, "shortest_min": None},
                {"name": "南门—G101", "first_corner": 5, "last_corner": 6, "width_m": 60, "speed_limit_kmh": 60, "longest_min": None, "shortest_min": None},
            ),
        },
        {
            "name": "物流大道—化工二路 甲醇专线",
            "shape": _line(supply),
            "width_m": 60,
            "speed_limit_kmh": 50,
            "vehicles": (SOS_PLATE,),
            "sections": ({"name": "物流大道", "first_corner": 3, "last_corner": 4, "width_m": 60, "speed_limit_kmh": 50, "longest_min": 20.0, "shortest_min": None},),
        },
    ]


def _corners(legs: Sequence[Any]) -> list[Point]:
    """Where the way turns, with its ends."""
    corners = [legs[0].a]
    for leg in legs:
        if leg.a == leg.b:
            continue
        turn = abs((heading(leg.a, leg.b) - heading(corners[-1], leg.a) + 180) % 360 - 180) if corners[-1] != leg.a else 0.0
        if turn > TURN_DEG:
            corners.append(leg.a)
    return [*corners, legs[-1].b]


def _line(corners: Sequence[Point]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [list(to_lonlat(corner)) for corner in corners]}


def key_points() -> list[dict[str, Any]]:
    """The check-point at the east gate; of its four vehicles one has been off line all the time."""
    lon, lat = to_lonlat(next(gate.at for gate in gates() if gate.code == "G-E"))
    plates = tuple(vehicles()[index]["plate"] for index in (11, 14, 17))
    point = {"name": "东门安检点", "lon": lon, "lat": lat, "radius_m": 60, "begins_at": "08:00", "ends_at": "20:00"}
    return [point | {"vehicles": (*plates, OFFLINE)}]
