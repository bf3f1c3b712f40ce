"""Major hazard installations, tanks, measured points, gateways and cameras of the demo park."""

from __future__ import annotations

from functools import lru_cache
from random import Random
from typing import Any, NamedTuple

from data.demo.enterprises import enterprises, homes
from data.demo.layout import SEED, gates, streets
from data.demo.media import MEDIA
from data.demo.plane import Point, contains, crossing, rectangle, to_lonlat


class Group(NamedTuple):
    """Tanks of one kind in an installation: first number, size, medium, shape, m³, height and diameter in m."""

    first: int
    size: int
    medium: str
    shape: str
    volume: float
    height: float
    diameter: float


class Farm(NamedTuple):
    """An installation of the enterprise with this index. Its level follows from its identification (``data.demo.hazards``)."""

    code: str
    name: str
    enterprise: int
    groups: tuple[Group, ...]


FARMS: tuple[Farm, ...] = (
    Farm("MHI-01", "甲醇罐区", 1, (Group(101, 10, "甲醇", "floating", 1000, 14.0, 9.6),)),
    Farm("MHI-02", "液氨罐区", 2, (Group(201, 6, "液氨", "sphere", 1000, 12.3, 12.3),)),
    Farm(
        "MHI-03",
        "硫酸罐区",
        2,
        (Group(211, 4, "硫酸", "vertical", 500, 9.0, 8.5), Group(221, 2, "氢氧化钠溶液", "vertical", 500, 9.0, 8.5)),
    ),
    Farm(
        "MHI-04",
        "苯罐区",
        3,
        (Group(301, 6, "苯", "floating", 2000, 14.0, 13.5), Group(311, 6, "甲苯", "floating", 2000, 14.0, 13.5)),
    ),
    Farm("MHI-05", "双氧水罐区", 4, (Group(401, 8, "过氧化氢溶液", "vertical", 300, 8.0, 7.0),)),
    Farm("MHI-06", "液化气罐区", 5, (Group(501, 8, "液化石油气", "horizontal", 100, 3.0, 3.0),)),
    Farm(
        "MHI-07",
        "烯烃罐区",
        6,
        (Group(601, 4, "丙烯", "sphere", 2000, 15.7, 15.7), Group(611, 4, "环氧乙烷", "sphere", 400, 9.2, 9.2)),
    ),
    Farm(
        "MHI-08",
        "氯碱罐区",
        7,
        (Group(701, 6, "液氯", "horizontal", 50, 2.6, 2.6), Group(711, 4, "盐酸", "vertical", 200, 7.0, 6.1)),
    ),
    Farm(
        "MHI-09",
        "溶剂罐区",
        8,
        (Group(801, 6, "二甲苯", "floating", 1000, 12.0, 10.5), Group(811, 4, "丙酮", "floating", 500, 10.0, 8.2)),
    ),
    Farm(
        "MHI-10",
        "醇酯罐区",
        9,
        (Group(901, 6, "乙醇", "floating", 1000, 12.0, 10.5), Group(911, 4, "乙酸乙酯", "floating", 1000, 12.0, 10.5)),
    ),
    Farm(
        "MHI-11",
        "单体罐区",
        10,
        (Group(1001, 6, "苯乙烯", "floating", 1000, 12.0, 10.5), Group(1011, 4, "丙烯腈", "floating", 500, 10.0, 8.2)),
    ),
    Farm(
        "MHI-12",
        "油品罐区",
        11,
        (Group(1101, 6, "汽油", "floating", 3000, 15.0, 16.0), Group(1111, 4, "柴油", "vertical", 2000, 14.0, 13.5)),
    ),
)
IN_MAINTENANCE = frozenset({"V-104"})


def _short(medium: str) -> str:
    return {
        "过氧化氢溶液": "双氧水",
        "氢氧化钠溶液": "液碱",
        "液化石油气": "液化气",
        "液化天然气": "LNG",
        "硫酸": "浓硫酸",
    }.get(medium, medium)


_SHAPE_WORD = {"sphere": "球罐", "horizontal": "卧罐", "vertical": "储罐", "floating": "储罐"}


@lru_cache
def _grids() -> dict[str, dict[str, Point]]:
    """Where each tank of each farm stands: rows of up to five of equal length, one group after the other, clear of the plot's border."""
    result: dict[str, dict[str, Point]] = {}
    taken: dict[str, int] = {}
    for farm in FARMS:
        plot = homes()[f"E{farm.enterprise:03d}"]
        offset = taken.get(plot.number, 0)
        taken[plot.number] = offset + 1
        spots: dict[str, Point] = {}
        y = 0.0
        for group in farm.groups:
            pitch = group.diameter * 1.75 + 6
            columns = group.size if group.size < 5 else (group.size + 1) // 2
            for index in range(group.size):
                row, column = divmod(index, columns)
                spots[f"V-{group.first + index}"] = (column * pitch, y - row * pitch)
            y -= ((group.size - 1) // columns + 1) * pitch + 14
        width, depth = max(x for x, _ in spots.values()), -min(y for _, y in spots.values())
        # A second farm of the same enterprise stands to the west of the first.
        left, top = _free_place(plot.polygon, plot.center, width, depth, offset)
        result[farm.code] = {code: (left + x, top + y) for code, (x, y) in spots.items()}
    return result


def _free_place(polygon: list[Point], center: Point, width: float, depth: float, offset: int) -> Point:
    """The upper left tank's place: north-east of the middle, moved towards it until all fits with 45 m to the border."""
    for step in range(40, -1, -1):
        share = step / 40
        middle = (center[0] + share * 180 - offset * 190, center[1] + share * 120)
        if all(contains(polygon, corner, 45.0) for corner in rectangle(middle, width, depth)):
            return middle[0] - width / 2, middle[1] + depth / 2
    raise ValueError(f"no place for a tank farm of {width:.0f} x {depth:.0f} m")


def tank_places() -> dict[str, Point]:
    """The local position of every tank by its code."""
    return {code: place for spots in _grids().values() for code, place in spots.items()}


def bunds() -> dict[str, tuple[float, float, float, float]]:
    """The bund round each farm: left, bottom, right, top in local metres."""
    result = {}
    for farm in FARMS:
        spots, reach = _grids()[farm.code].values(), max(group.diameter for group in farm.groups) / 2 + 8
        xs, ys = [x for x, _ in spots], [y for _, y in spots]
        result[farm.code] = (min(xs) - reach, min(ys) - reach, max(xs) + reach, max(ys) + reach)
    return result


def installations() -> list[dict[str, Any]]:
    """The twelve major hazard installations; ``enterprise`` is a code."""
    result = []
    for farm in FARMS:
        left, bottom, right, top = bunds()[farm.code]
        lon, lat = to_lonlat(((left + right) / 2, (bottom + top) / 2))
        common = {
            "code": farm.code,
            "name": farm.name,
            "lon": lon,
            "lat": lat,
        }
        result.append({"enterprise": f"E{farm.enterprise:03d}", **common})
    return result


@lru_cache
def tanks() -> tuple[dict[str, Any], ...]:
    """All tanks; ``installation`` and ``enterprise`` are codes."""
    result = []
    for farm in FARMS:
        for group in farm.groups:
            medium = MEDIA[group.medium]
            for index in range(group.size):
                code = f"V-{group.first + index}"
                lon, lat = to_lonlat(tank_places()[code])
                result.append(
                    {
                        "code": code,
                        "enterprise": f"E{farm.enterprise:03d}",
                        "installation": farm.code,
                        "name": _short(group.medium) + _SHAPE_WORD[group.shape],
                        "shape": group.shape,
                        "medium": group.medium,
                        "cas": medium.cas,
                        "volume_m3": float(group.volume),
                        "height_m": group.height,
                        "diameter_m": group.diameter,
                        "density": medium.density,
                        "state": "maintenance" if code in IN_MAINTENANCE else "in_service",
                        "lon": lon,
                        "lat": lat,
                    }
                )
    return tuple(result)


def gateways() -> list[dict[str, Any]]:
    """One gateway for each installation."""
    return [
        {
            "code": f"GW-{farm.code[-2:]}",
            "enterprise": f"E{farm.enterprise:03d}",
            "name": f"{farm.name}采集网关",
            "installation": farm.code,
        }
        for farm in FARMS
    ]


def cameras() -> list[dict[str, Any]]:
    """Two cameras at each farm, one at each gate, the rest at crossings of streets."""
    result: list[dict[str, Any]] = []

    def add(name: str, place: Point, enterprise: str | None) -> None:
        lon, lat = to_lonlat(place)
        result.append(
            {"code": f"CAM-{len(result) + 1:03d}", "name": name, "enterprise": enterprise, "lon": lon, "lat": lat}
        )

    shorts = {item["code"]: item["short_name"] for item in enterprises()}
    for farm in FARMS:
        left, bottom, right, top = bunds()[farm.code]
        code = f"E{farm.enterprise:03d}"
        add(f"{shorts[code]} {farm.name}东北角", (right + 4, top + 4), code)
        add(f"{shorts[code]} {farm.name}西南角", (left - 4, bottom - 4), code)
    for gate in gates():
        add(f"园区{gate.name}", gate.at, None)
    norths = [street for street in streets() if street.runs_north]
    easts = [street for street in streets() if not street.runs_north]
    corners = [(north, east) for north in norths[1:6] for east in easts[1:5]]
    for north, east in corners[:19]:
        x, y = crossing(north.line, east.line)
        add(f"{east.name}与{north.name}路口", (x + 14, y + 14), None)
    return result


def seeded(name: str) -> Random:
    """A generator of its own for one thing, so that adding another thing changes nothing else."""
    return Random(f"{SEED}/{name}")
