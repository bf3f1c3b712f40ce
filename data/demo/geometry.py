"""The base map of the demo park as GeoJSON in WGS-84, drawn from nothing but the layout: no tiles, no survey.

Features are sorted, coordinates have six decimals; the bytes are the same on every machine.
"""

from __future__ import annotations

from functools import lru_cache
from random import Random
from typing import Any

import orjson

from data.demo.enterprises import enterprises, homes
from data.demo.installations import FARMS, bunds, tank_places, tanks
from data.demo.layout import (
    OUTLINE,
    RING_WIDTH_M,
    SEED,
    Plot,
    expressway,
    gates,
    inside,
    outside_roads,
    plots,
    rail_spur,
    railway,
    ramps,
    ring_road,
    river,
    street,
    streets,
    toll_station,
)
from data.demo.plane import Point, between, circle, contains, path, rectangle, ribbon, ring, to_lonlat

RIVER_WIDTH_M = 90.0
_SIZES = {"化工": (3, 5), "冶金": (3, 5), "机械": (3, 4), "物流": (2, 4), "公用工程": (1, 3)}


def _feature(kind: str, identity: str, geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": f"{kind}-{identity}",
        "properties": {"kind": kind, **properties},
        "geometry": geometry,
    }


def _polygon(points: list[Point]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring(points)]}


def _line(points: list[Point] | tuple[Point, ...]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": path(points)}


def _spot(point: Point) -> dict[str, Any]:
    return {"type": "Point", "coordinates": list(to_lonlat(point))}


def _outline() -> list[dict[str, Any]]:
    return [_feature("outline", "park", _polygon(OUTLINE), name="朝阳柳城经济开发区")]


def _streets() -> list[dict[str, Any]]:
    """Middle lines with name and width, and the areas of the same streets (kind street_area) for drawing to scale."""
    lines: list[tuple[str, str, float, list[Point]]] = []
    for item in streets():
        a, b = inside(item.line, list(ring_road()))
        lines.append((item.name, "main" if item.is_main else "side", item.width_m, [a, b]))
    for gate in gates():
        a, b = inside(street(gate.street).line, list(ring_road()))
        near = (
            a
            if abs(gate.at[0] - a[0]) + abs(gate.at[1] - a[1]) < abs(gate.at[0] - b[0]) + abs(gate.at[1] - b[1])
            else b
        )
        lines.append((gate.street, "main", 32.0, [near, gate.at]))
    corners = list(ring_road())
    lines.append(("环园路", "ring", RING_WIDTH_M, [*corners, corners[0]]))
    lines += [(name, "outside", width, list(line)) for name, width, line in outside_roads()]
    lines += [("柳城互通匝道", "ramp", 10.0, list(line)) for line in ramps()]
    lines.append(("G16 丹锡高速", "expressway", 28.0, list(expressway())))
    result = []
    for index, (name, grade, width, line) in enumerate(lines):
        result.append(_feature("street", f"{index:02d}", _line(line), name=name, grade=grade, width_m=width))
        result.append(_feature("street_area", f"{index:02d}", _polygon(ribbon(line, width)), name=name, grade=grade))
    return result


def _plots() -> list[dict[str, Any]]:
    owner = {item["plot"]: item for item in enterprises()}
    result = []
    for plot in plots():
        company = owner.get(plot.number)
        names = {
            "enterprise": company["code"] if company else None,
            "short_name": company["short_name"] if company else None,
        }
        name = company["name"] if company else f"{plot.number} 地块"
        result.append(
            _feature(
                "plot",
                plot.number,
                _polygon(plot.polygon),
                name=name,
                number=plot.number,
                use=plot.use,
                area_m2=round(plot.area_m2),
                **names,
            )
        )
    return result


def _clear_of(
    box: tuple[float, float, float, float], others: list[tuple[float, float, float, float]], gap: float
) -> bool:
    left, bottom, right, top = box
    return all(right + gap <= a or left - gap >= c or top + gap <= b or bottom - gap >= d for a, b, c, d in others)


def buildings_of(
    plot: Plot, reserved: list[tuple[float, float, float, float]]
) -> list[tuple[float, float, float, float]]:
    """Rectangles (left, bottom, right, top) of the plot's buildings: workshops first, then warehouses and an office."""
    random = Random(f"{SEED}/buildings/{plot.number}")
    xs, ys = [x for x, _ in plot.polygon], [y for _, y in plot.polygon]
    scale = min(1.6, max(0.7, (plot.area_m2 / 120_000) ** 0.5))
    fewest, most = _SIZES[plot.use]
    wanted = round(random.randint(fewest, most) * max(1.2, plot.area_m2 / 70_000)) + 2
    placed: list[tuple[float, float, float, float]] = []
    for _ in range(wanted * 14):
        if len(placed) >= wanted:
            break
        width, depth = random.uniform(30, 82) * scale, random.uniform(20, 55) * scale
        if random.random() < 0.35:
            width, depth = depth, width
        if len(placed) >= wanted - 2:
            width, depth = random.uniform(14, 26), random.uniform(12, 22)
        x, y = random.uniform(min(xs), max(xs)), random.uniform(min(ys), max(ys))
        box = (x - width / 2, y - depth / 2, x + width / 2, y + depth / 2)
        inside_plot = all(contains(plot.polygon, corner, 14.0) for corner in rectangle((x, y), width, depth))
        if inside_plot and _clear_of(box, placed, 14.0) and _clear_of(box, reserved, 22.0):
            placed.append(box)
    return placed


def _buildings() -> list[dict[str, Any]]:
    reserved: dict[str, list[tuple[float, float, float, float]]] = {}
    for farm in FARMS:
        left, bottom, right, top = bunds()[farm.code]
        reserved.setdefault(homes()[f"E{farm.enterprise:03d}"].number, []).append((left, bottom - 40, right, top))
    result = []
    for plot in plots():
        for index, (left, bottom, right, top) in enumerate(buildings_of(plot, reserved.get(plot.number, []))):
            corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
            result.append(_feature("building", f"{plot.number}-{index:02d}", _polygon(corners), plot=plot.number))
    return result


def _farms() -> list[dict[str, Any]]:
    result = []
    for farm in FARMS:
        left, bottom, right, top = bunds()[farm.code]
        corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
        result.append(_feature("bund", farm.code, _polygon(corners), name=farm.name, installation=farm.code))
    for tank in tanks():
        place = tank_places()[tank["code"]]
        if tank["shape"] == "horizontal":
            shape = rectangle(place, tank["diameter_m"] * 1.2, tank["diameter_m"] * 3.6)
        else:
            shape = circle(place, tank["diameter_m"] / 2)
        result.append(
            _feature(
                "tank",
                tank["code"],
                _polygon(shape),
                name=tank["code"],
                tank=tank["code"],
                installation=tank["installation"],
            )
        )
    return result


def _lines() -> list[dict[str, Any]]:
    """Pipe racks beside two streets, river, railway and spur."""
    result = []
    for number, name in enumerate(("化工一路", "锦华街")):
        a, b = inside(street(name).line, list(ring_road()))
        start, end = between(a, b, 0.06 if number == 0 else 0.5), between(a, b, 0.94)
        shift = (24.0, 0.0) if number == 0 else (0.0, 24.0)
        line = [(start[0] + shift[0], start[1] + shift[1]), (end[0] + shift[0], end[1] + shift[1])]
        result.append(_feature("pipe_rack", f"{number:02d}", _line(line), name=f"{name}公共管廊"))
    result.append(_feature("river", "00", _polygon(ribbon(river(), RIVER_WIDTH_M)), name="大凌河"))
    result.append(_feature("railway", "00", _line(railway()), name="锦承铁路"))
    for index, track in enumerate(rail_spur()):
        result.append(_feature("rail_spur", f"{index:02d}", _line(track), name="柳城货场专用线"))
    return result


# Name, sign, and the public plot in which it stands.
_PLACES = (
    ("园区消防救援站", "fire_station", "C-09"),
    ("管委会应急指挥中心", "command", "C-06"),
    ("柳城卫生院", "hospital", "B-07"),
    ("化工救援队", "rescue", "D-07"),
    ("德美应急班", "rescue", "E-14"),
    ("应急物资库", "store", "C-08"),
    ("一号避难场所", "shelter", "E-06"),
    ("二号避难场所", "shelter", "B-09"),
    ("气象站", "weather", "A-06"),
)


def _places() -> list[dict[str, Any]]:
    """Gates, toll station, forces, and hydrants every 120 m along the streets."""
    result = [_feature("gate", gate.code, _spot(gate.at), name=gate.name, street=gate.street) for gate in gates()]
    result.append(_feature("toll", "00", _spot(toll_station()), name="柳城收费站"))
    centers = {plot.number: plot.center for plot in plots()}
    for index, (name, sign, number) in enumerate(_PLACES):
        x, y = centers[number]
        result.append(_feature("force", f"{index:02d}", _spot((x - 60, y - 40)), name=name, sign=sign))
    count = 0
    for item in streets():
        a, b = inside(item.line, list(ring_road()))
        length = ((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) ** 0.5
        for step in range(1, int(length // 120)):
            x, y = between(a, b, step * 120 / length)
            beside = item.width_m / 2 + 3
            place = (x + beside, y) if item.runs_north else (x, y + beside)
            count += 1
            result.append(_feature("hydrant", f"{count:03d}", _spot(place), name=f"消火栓 {count:03d}"))
    return result


@lru_cache
def base_map() -> dict[str, dict[str, Any]]:
    """A GeoJSON FeatureCollection for each kind of feature, in the order in which they are to be drawn."""
    order = (
        "river",
        "outline",
        "plot",
        "street_area",
        "street",
        "building",
        "bund",
        "tank",
        "pipe_rack",
        "railway",
        "rail_spur",
        "gate",
        "toll",
        "force",
        "hydrant",
    )
    features = [*_outline(), *_streets(), *_plots(), *_buildings(), *_farms(), *_lines(), *_places()]
    result: dict[str, dict[str, Any]] = {}
    for kind in order:
        chosen = sorted(
            (item for item in features if item["properties"]["kind"] == kind), key=lambda item: str(item["id"])
        )
        result[kind] = {"type": "FeatureCollection", "features": chosen}
    return result


@lru_cache
def base_map_json() -> bytes:
    """``base_map`` as JSON, made once a process."""
    return orjson.dumps(base_map(), option=orjson.OPT_SORT_KEYS)
