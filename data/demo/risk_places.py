"""Where the risk objects of the demo park lie: rectangles on the plot of their enterprise, clear of the tanks and of one another."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from data.demo.enterprises import homes
from data.demo.installations import FARMS, bunds
from data.demo.plane import Point, contains, rectangle, to_lonlat

STEP, WIDTH, DEPTH = 52.0, 44.0, 32.0
MARGIN = 6.0


class Spot(NamedTuple):
    """Degrees WGS-84, and the outline as GeoJSON."""

    lon: float
    lat: float
    polygon: dict[str, Any]


def farm_spot(code: str) -> Spot:
    """The bund of a farm."""
    left, bottom, right, top = bunds()[code]
    return _spot(((left + right) / 2, (bottom + top) / 2), right - left, top - bottom)


@lru_cache
def spots(enterprise: str) -> tuple[Spot, ...]:
    """The places of an enterprise of this code, the ones next to the middle first."""
    plot = homes()[enterprise]
    taken = [bunds()[farm.code] for farm in FARMS if f"E{farm.enterprise:03d}" == enterprise]
    found: list[tuple[float, Point]] = []
    for column in range(-6, 7):
        for row in range(-6, 7):
            x, y = plot.center[0] + column * STEP, plot.center[1] + row * (DEPTH + 8)
            if all(contains(plot.polygon, corner, MARGIN) for corner in rectangle((x, y), WIDTH, DEPTH)) and not any(_meets(x, y, one) for one in taken):
                found.append((column * column * 4 + row * row, (x, y)))
    return tuple(_spot(place, WIDTH, DEPTH) for _, place in sorted(found)) or (_spot(plot.center, 16.0, 12.0),)


def _meets(x: float, y: float, box: tuple[float, float, float, float]) -> bool:
    left, bottom, right, top = box
    return x + WIDTH / 2 > left and x - WIDTH / 2 < right and y + DEPTH / 2 > bottom and y - DEPTH / 2 < top


def _spot(middle: Point, width: float, depth: float) -> Spot:
    corners = [list(to_lonlat(corner)) for corner in rectangle(middle, width, depth)]
    lon, lat = to_lonlat(middle)
    return Spot(lon, lat, {"type": "Polygon", "coordinates": [[*corners, corners[0]]]})
