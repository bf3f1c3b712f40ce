"""Areas that a person draws on the map to ask what is or was inside."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any, NamedTuple

from data.errors import Invalid
from data.rules.ground import Circle, LonLat, Polygon, Shape
from data.vehicles import distance_m

MOST_CORNERS = 200
WIDEST_M = 50_000.0


class Drawn(NamedTuple):
    """An area with its middle, from which distances are measured."""

    shape: Shape
    middle: LonLat


def drawn_of(plain: Any) -> Drawn:
    """The area that a browser sent: {"kind": "circle", "center": [lon, lat], "radius_m": …} or {"kind": "polygon", "corners": [[lon, lat], …]};
    degrees in WGS-84. Invalid when it is none, or larger than fifty kilometres."""
    if isinstance(plain, dict) and plain.get("kind") == "circle":
        radius = plain.get("radius_m")
        if not isinstance(radius, int | float) or isinstance(radius, bool) or not 0 < radius <= WIDEST_M:
            raise Invalid(f"半径应大于 0，不超过 {WIDEST_M / 1000:.0f} km。", {"radius": "半径不对"})
        middle = _place(plain.get("center"))
        return Drawn(Circle(middle, float(radius)), middle)
    corners = plain.get("corners") if isinstance(plain, dict) and plain.get("kind") == "polygon" else None
    if not isinstance(corners, list) or not 3 <= len(corners) <= MOST_CORNERS:
        raise Invalid(f"请在地图上画出范围：圆，或 3 至 {MOST_CORNERS} 个角点的多边形。")
    ring = [_place(corner) for corner in corners]
    shape = Polygon(ring)
    west, south, east, north = shape.box
    if distance_m(west, south, east, north) > 2 * WIDEST_M:
        raise Invalid("范围太大，请画得小一些。")
    return Drawn(shape, _middle(ring))


def _place(value: Any) -> LonLat:
    if not isinstance(value, list) or len(value) != 2 or any(isinstance(one, bool) or not isinstance(one, int | float) or not isfinite(one) for one in value):
        raise Invalid("地图上的位置无法理解，请重新画。")
    lon, lat = float(value[0]), float(value[1])
    if abs(lon) > 180 or abs(lat) > 85:
        raise Invalid("地图上的位置超出范围，请重新画。")
    return lon, lat


def _middle(ring: Sequence[LonLat]) -> LonLat:
    return sum(lon for lon, _ in ring) / len(ring), sum(lat for _, lat in ring) / len(ring)
