"""The local plane in which the demo park is laid out, and the little geometry that it needs.

Metres, x along the streets that run east, y along those that run north; turned by -18 degrees round the park's centre.
Only convex polygons are cut, so that no geometry library decides a vertex and the result is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import atan2, cos, degrees, hypot, radians, sin

Point = tuple[float, float]
Line = tuple[Point, Point]
Polygon = list[Point]

CENTER = (120.43, 41.42)  # WGS-84 longitude, latitude
ROTATION_DEG = -18.0
_METRES_PER_LAT = 111_132.0
_METRES_PER_LON = 111_320.0 * cos(radians(CENTER[1]))
_COS, _SIN = cos(radians(ROTATION_DEG)), sin(radians(ROTATION_DEG))


def to_lonlat(point: Point) -> tuple[float, float]:
    """WGS-84 longitude and latitude of a local point, rounded to 6 decimals (0.1 m)."""
    x, y = point
    east, north = x * _COS - y * _SIN, x * _SIN + y * _COS
    return round(CENTER[0] + east / _METRES_PER_LON, 6), round(CENTER[1] + north / _METRES_PER_LAT, 6)


def to_local(lon: float, lat: float) -> Point:
    """The local point of a WGS-84 position; the inverse of ``to_lonlat`` up to its rounding."""
    east, north = (lon - CENTER[0]) * _METRES_PER_LON, (lat - CENTER[1]) * _METRES_PER_LAT
    return east * _COS + north * _SIN, -east * _SIN + north * _COS


def heading(a: Point, b: Point) -> float:
    """Degrees clockwise from north of the way from a to b, 0 to below 360."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    return degrees(atan2(dx * _COS - dy * _SIN, dx * _SIN + dy * _COS)) % 360.0


def distance(a: Point, b: Point) -> float:
    """Metres between two local points."""
    return hypot(b[0] - a[0], b[1] - a[1])


def between(a: Point, b: Point, share: float) -> Point:
    """The point at ``share`` (0 to 1) of the way from a to b."""
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def side(line: Line, point: Point) -> float:
    """Metres from the endless line to the point; positive at its left."""
    (ax, ay), (bx, by) = line
    length = hypot(bx - ax, by - ay)
    return ((bx - ax) * (point[1] - ay) - (by - ay) * (point[0] - ax)) / length


def crossing(one: Line, other: Line) -> Point:
    """Where two endless lines that are not parallel meet."""
    (a, b), (c, d) = one, other
    turn = (b[0] - a[0]) * (d[1] - c[1]) - (b[1] - a[1]) * (d[0] - c[0])
    share = ((c[0] - a[0]) * (d[1] - c[1]) - (c[1] - a[1]) * (d[0] - c[0])) / turn
    return between(a, b, share)


def reversed_line(line: Line) -> Line:
    return line[1], line[0]


def cut(polygon: Sequence[Point], line: Line, margin: float = 0.0) -> Polygon:
    """The part of a convex polygon that lies at least ``margin`` metres left of the line; empty when there is none."""
    result: Polygon = []
    for index, here in enumerate(polygon):
        after = polygon[(index + 1) % len(polygon)]
        now, then = side(line, here) - margin, side(line, after) - margin
        if now >= 0:
            result.append(here)
        if (now >= 0) != (then >= 0):
            result.append(between(here, after, now / (now - then)))
    return result if len(result) > 2 else []


def inset(polygon: Sequence[Point], margin: float) -> Polygon:
    """The convex, anticlockwise polygon drawn in by ``margin`` metres on every side."""
    result = list(polygon)
    for index, here in enumerate(polygon):
        result = cut(result, (here, polygon[(index + 1) % len(polygon)]), margin) if result else []
    return result


def contains(polygon: Sequence[Point], point: Point, margin: float = 0.0) -> bool:
    """Whether the point lies in the convex, anticlockwise polygon, ``margin`` metres from its border."""
    return all(side((here, polygon[(index + 1) % len(polygon)]), point) >= margin for index, here in enumerate(polygon))


def area(polygon: Sequence[Point]) -> float:
    """Square metres; positive when anticlockwise."""
    total = 0.0
    for index, (x, y) in enumerate(polygon):
        after = polygon[(index + 1) % len(polygon)]
        total += x * after[1] - after[0] * y
    return total / 2


def centroid(polygon: Sequence[Point]) -> Point:
    """The centre of gravity."""
    total, cx, cy = 0.0, 0.0, 0.0
    for index, (x, y) in enumerate(polygon):
        nx, ny = polygon[(index + 1) % len(polygon)]
        part = x * ny - nx * y
        total, cx, cy = total + part, cx + (x + nx) * part, cy + (y + ny) * part
    return cx / (3 * total), cy / (3 * total)


def rectangle(center: Point, width: float, depth: float) -> Polygon:
    """An anticlockwise rectangle along the plane's axes."""
    (x, y), w, d = center, width / 2, depth / 2
    return [(x - w, y - d), (x + w, y - d), (x + w, y + d), (x - w, y + d)]


def circle(center: Point, radius: float, corners: int = 24) -> Polygon:
    """A circle as a polygon."""
    turn = radians(360 / corners)
    return [(center[0] + radius * cos(i * turn), center[1] + radius * sin(i * turn)) for i in range(corners)]


def ribbon(line: Sequence[Point], width: float) -> Polygon:
    """The area of a road of ``width`` metres along an open line, mitred at its bends."""
    left: Polygon = []
    right: Polygon = []
    for index, (x, y) in enumerate(line):
        before, after = line[max(index - 1, 0)], line[min(index + 1, len(line) - 1)]
        length = distance(before, after)
        nx, ny = -(after[1] - before[1]) / length, (after[0] - before[0]) / length
        left.append((x + nx * width / 2, y + ny * width / 2))
        right.append((x - nx * width / 2, y - ny * width / 2))
    return right + left[::-1]


def nearest_on(line: Line, point: Point) -> Point:
    """The point of a segment that is nearest to ``point``."""
    a, b = line
    length = (b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2
    share = ((point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])) / length
    return between(a, b, min(1.0, max(0.0, share)))


def ring(points: Iterable[Point]) -> list[list[float]]:
    """A closed GeoJSON ring of the polygon."""
    coordinates = [list(to_lonlat(point)) for point in points]
    return [*coordinates, coordinates[0]]


def path(points: Iterable[Point]) -> list[list[float]]:
    """GeoJSON coordinates of a line."""
    return [list(to_lonlat(point)) for point in points]
