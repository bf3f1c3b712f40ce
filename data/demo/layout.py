"""Outline, streets, plots and the lines round the demo park, in the local plane."""

from __future__ import annotations

from functools import lru_cache
from math import sin
from random import Random
from typing import NamedTuple

from data.demo.plane import (
    Line,
    Point,
    Polygon,
    area,
    centroid,
    contains,
    crossing,
    cut,
    distance,
    inset,
    reversed_line,
)

SEED = "chaoyang-liucheng-v1"
# Anticlockwise and convex, none of its corners square; about 5.2 x 3.8 km.
OUTLINE: Polygon = [
    (-1950, -1790),
    (1380, -1900),
    (2570, -920),
    (2600, 1230),
    (1480, 1890),
    (-2270, 1580),
    (-2590, -460),
]
RING_INSET_M = 25.0
RING_WIDTH_M = 16.0
VERGE_M = 6.0  # between a street and the plots
PARCEL_GAP_M = 10.0
SMALLEST_PLOT_M2 = 15_000.0
FAR_M = 9_000.0  # how far the lines outside are drawn

_VERTICAL_NAMES = ("兴园一路", "兴园二路", "创业路", "科技路", "化工一路", "化工二路", "凌河路")
_HORIZONTAL_NAMES = ("物流大道", "通达街", "锦华街", "安泰街", "柳城大街")
_MAIN = {"兴园二路", "化工二路", "物流大道", "锦华街", "安泰街"}


class Street(NamedTuple):
    name: str
    line: Line  # endless; runs east or north
    width_m: float
    is_main: bool
    runs_north: bool


class Gate(NamedTuple):
    code: str
    name: str
    at: Point
    street: str


class Plot(NamedTuple):
    number: str
    use: str
    polygon: Polygon
    area_m2: float
    center: Point


@lru_cache
def streets() -> tuple[Street, ...]:
    """The seven streets that run north and the five that run east, each a little out of true."""
    random = Random(f"{SEED}/streets")
    result = []
    for index, name in enumerate(_VERTICAL_NAMES):
        x = -1950 + 650 * index + random.uniform(-60, 60)
        lean = random.uniform(-22, 22)
        main = name in _MAIN
        result.append(Street(name, ((x - lean, -1900.0), (x + lean, 1900.0)), 32.0 if main else 16.0, main, True))
    for index, name in enumerate(_HORIZONTAL_NAMES):
        y = -1240 + 620 * index + random.uniform(-60, 60)
        lean = random.uniform(-26, 26)
        main = name in _MAIN
        result.append(Street(name, ((-2600.0, y - lean), (2600.0, y + lean)), 32.0 if main else 16.0, main, False))
    return tuple(result)


def street(name: str) -> Street:
    return next(item for item in streets() if item.name == name)


@lru_cache
def ring_road() -> tuple[Point, ...]:
    """The corners of the road that runs inside the outline."""
    return tuple(inset(OUTLINE, RING_INSET_M))


def inside(line: Line, polygon: Polygon) -> Line:
    """The part of an endless line inside a convex polygon, in the line's direction."""
    hits = []
    for index, here in enumerate(polygon):
        after = polygon[(index + 1) % len(polygon)]
        point = crossing(line, (here, after))
        if contains(polygon, point, -0.001):
            hits.append(point)
    along = sorted(
        hits,
        key=lambda p: (p[0] - line[0][0]) * (line[1][0] - line[0][0]) + (p[1] - line[0][1]) * (line[1][1] - line[0][1]),
    )
    return along[0], along[-1]


@lru_cache
def gates() -> tuple[Gate, ...]:
    """Three gates, each where a main road meets the outline."""
    west = inside(street("安泰街").line, OUTLINE)[0]
    east = inside(street("锦华街").line, OUTLINE)[1]
    south = inside(street("兴园二路").line, OUTLINE)[0]
    return (
        Gate("G-W", "西门", west, "安泰街"),
        Gate("G-E", "东门", east, "锦华街"),
        Gate("G-S", "南门", south, "兴园二路"),
    )


def _use(center: Point, random: Random) -> str:
    """Land use by zone: the wind comes from the north-west, so the chemical plants stand in the east, in its lee."""
    x, y = center
    if y < -1250:
        return "物流" if x < 900 else "化工"
    if x > 620:
        return "化工"
    if x > 20:
        return random.choice(("化工", "公用工程", "冶金"))
    if x > -1200:
        return random.choice(("冶金", "冶金", "冶金", "公用工程"))
    return random.choice(("机械", "机械", "机械", "物流"))


def _split(block: Polygon, random: Random) -> list[Polygon]:
    """One to three parcels of a block, cut across its longer side."""
    xs, ys = [p[0] for p in block], [p[1] for p in block]
    wide = max(xs) - min(xs) >= max(ys) - min(ys)
    size = area(block)
    parts = 1 if size < 70_000 else random.choice((1, 2, 2)) if size < 200_000 else random.choice((1, 2, 2, 3))
    if random.random() < 0.3:
        wide = not wide
    low, high = (min(xs), max(xs)) if wide else (min(ys), max(ys))
    result, rest = [], block
    for index in range(1, parts):
        at = low + (high - low) * (index / parts + random.uniform(-0.06, 0.06))
        line = ((at, 0.0), (at, 1.0)) if wide else ((1.0, at), (0.0, at))
        result.append(cut(rest, line, PARCEL_GAP_M / 2))
        rest = cut(rest, reversed_line(line), PARCEL_GAP_M / 2)
    return [part for part in [*result, rest] if part]


@lru_cache
def plots() -> tuple[Plot, ...]:
    """Parcels with a number (row letter from the north, then counted from the west) and a land use."""
    random = Random(f"{SEED}/plots")
    field = inset(OUTLINE, RING_INSET_M + RING_WIDTH_M / 2 + VERGE_M)
    norths = [item for item in streets() if item.runs_north]
    easts = [item for item in streets() if not item.runs_north][::-1]
    result = []
    for row in range(len(easts) + 1):
        band = field
        if row > 0:
            band = cut(band, reversed_line(easts[row - 1].line), easts[row - 1].width_m / 2 + VERGE_M)
        if row < len(easts):
            band = cut(band, easts[row].line, easts[row].width_m / 2 + VERGE_M)
        number = 0
        for column in range(len(norths) + 1):
            block = band
            if column > 0 and block:
                block = cut(block, reversed_line(norths[column - 1].line), norths[column - 1].width_m / 2 + VERGE_M)
            if column < len(norths) and block:
                block = cut(block, norths[column].line, norths[column].width_m / 2 + VERGE_M)
            for parcel in _split(block, random) if block and area(block) >= SMALLEST_PLOT_M2 else []:
                if area(parcel) >= SMALLEST_PLOT_M2:
                    number += 1
                    center = centroid(parcel)
                    result.append(
                        Plot(f"{'ABCDEFGH'[row]}-{number:02d}", _use(center, random), parcel, area(parcel), center)
                    )
    return tuple(result)


@lru_cache
def river() -> tuple[Point, ...]:
    """The middle line of the river north of the park, 90 m wide, well over 300 m away from it."""
    return tuple(
        (float(x), 2560 + 130 * sin(x / 900) + 60 * sin(x / 370 + 1)) for x in range(int(-FAR_M), int(FAR_M) + 1, 150)
    )


@lru_cache
def expressway() -> tuple[Point, ...]:
    """The middle line of the expressway east of the park, from south to north."""
    return tuple((3080 + 90 * sin(y / 2600), float(y)) for y in range(int(-FAR_M), int(FAR_M) + 1, 300))


@lru_cache
def railway() -> tuple[Point, ...]:
    """The middle line of the railway south of the park."""
    return tuple((float(x), -2420 + 60 * sin(x / 3000)) for x in range(int(-FAR_M), int(FAR_M) + 1, 300))


@lru_cache
def rail_spur() -> tuple[tuple[Point, ...], ...]:
    """The spur to the goods yard by the logistics zone and its two sidings."""
    spur = (
        (-2700.0, -2466.0),
        (-2250.0, -2400.0),
        (-1750.0, -2180.0),
        (-1400.0, -2090.0),
        (-900.0, -2075.0),
        (450.0, -2120.0),
    )
    first = ((-1400.0, -2090.0), (-1100.0, -2060.0), (-900.0, -2052.0), (300.0, -2092.0))
    second = ((-1400.0, -2090.0), (-1100.0, -2095.0), (-900.0, -2098.0), (300.0, -2138.0))
    return spur, first, second


@lru_cache
def outside_roads() -> tuple[tuple[str, float, tuple[Point, ...]], ...]:
    """Roads beyond the gates: name, width in metres, middle line."""
    g101 = tuple((float(x), -2900 + 40 * sin(x / 1500)) for x in range(int(-FAR_M), int(FAR_M) + 1, 300))
    west, east, south = gates()
    s306 = (
        (-3150.0, -FAR_M),
        (-3150.0, -2900 + 40 * sin(-3150 / 1500)),
        (-3120.0, -500.0),
        (-3180.0, west.at[1] + 30),
        (-3260.0, 2300.0),
        (-3500.0, FAR_M),
    )
    toll = toll_station()
    return (
        ("G101 京沈线", 20.0, g101),
        ("S306", 14.0, s306),
        ("安泰街西延", 20.0, (west.at, (-3180.0, west.at[1] + 30))),
        ("锦华街东延", 20.0, (east.at, toll)),
        ("兴园二路南延", 20.0, (south.at, (south.at[0] - 12, -2900 + 40 * sin((south.at[0] - 12) / 1500)))),
    )


def toll_station() -> Point:
    """The toll station between the east gate and the interchange."""
    east = gates()[1].at
    return east[0] + 240, east[1] + 8


def interchange() -> tuple[int, int]:
    """Indices of the two vertices of the expressway where the ramps join it, south and north of the toll station."""
    y = toll_station()[1]
    line = expressway()
    nearest = min(range(len(line)), key=lambda i: distance(line[i], (line[i][0], y)))
    return nearest - 2, nearest + 2


@lru_cache
def ramps() -> tuple[tuple[Point, ...], ...]:
    """The two ramps of the interchange, from the toll station to the expressway."""
    toll, line = toll_station(), expressway()
    result = []
    for index, sign in zip(interchange(), (-1, 1), strict=True):
        end = line[index]
        middle = (toll[0] + 110.0, toll[1] + sign * 120.0), ((toll[0] + end[0]) / 2 + 80, toll[1] + sign * 320.0)
        result.append((toll, *middle, end))
    return tuple(result)
