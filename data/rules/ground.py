"""Where a place lies: circles, polygons and corridors in WGS-84, and whether the straight way between two places meets them.

Each shape reckons in metres on the plane that touches the earth at its own middle; over the ten kilometres of a park the error is
below a metre. ``Grid`` finds the shapes near a place, so that a position is compared with the few that can matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from math import cos, floor, hypot, inf, radians, sqrt
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

M_PER_LAT = 111_132.0
M_PER_LON = 111_320.0  # at the equator
CELL_DEG = 0.005  # about 500 m
MOST_CELLS = 400  # a longer way, or a larger shape, is looked up by its box

LonLat = tuple[float, float]
Box = tuple[float, float, float, float]  # west, south, east, north
Span = tuple[float, float]  # of the way from a (0) to b (1)


class Shape(Protocol):
    """An area on the ground."""

    @property
    def box(self) -> Box: ...

    def covers(self, lon: float, lat: float, margin_m: float = 0.0) -> bool:
        """Whether the place is inside, or at most ``margin_m`` outside."""
        ...

    def crossed(self, a: LonLat, b: LonLat) -> Span | None:
        """The first and the last point inside on the straight way from a to b; None when it does not meet the area."""
        ...


class _Plane:
    """Metres east and north of a middle."""

    def __init__(self, middle: LonLat) -> None:
        self.lon, self.lat = middle
        self.per_lon = M_PER_LON * cos(radians(middle[1]))

    def __call__(self, lon: float, lat: float) -> LonLat:
        return (lon - self.lon) * self.per_lon, (lat - self.lat) * M_PER_LAT


class Circle:
    """A radius in metres round a middle."""

    def __init__(self, middle: LonLat, radius_m: float) -> None:
        self._at, self._radius = _Plane(middle), radius_m
        east, north = radius_m / max(self._at.per_lon, 1.0), radius_m / M_PER_LAT
        self.box: Box = (middle[0] - east, middle[1] - north, middle[0] + east, middle[1] + north)

    def covers(self, lon: float, lat: float, margin_m: float = 0.0) -> bool:
        return hypot(*self._at(lon, lat)) <= self._radius + margin_m

    def crossed(self, a: LonLat, b: LonLat) -> Span | None:
        return _in_circle(self._at(*a), self._at(*b), (0.0, 0.0), self._radius)


class Polygon:
    """One ring without holes; first and last corner may be the same."""

    def __init__(self, ring: Sequence[LonLat]) -> None:
        corners = list(ring[:-1] if len(ring) > 1 and ring[0] == ring[-1] else ring)
        self.box = _box(corners)
        self._at = _Plane(((self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2))
        flat = [self._at(*corner) for corner in corners]
        self._sides = list(zip(flat, flat[1:] + flat[:1], strict=True))

    def covers(self, lon: float, lat: float, margin_m: float = 0.0) -> bool:
        x, y = self._at(lon, lat)
        return self._has(x, y) or (margin_m > 0 and any(_apart(x, y, side) <= margin_m for side in self._sides))

    def _has(self, x: float, y: float) -> bool:
        """By counting the sides that a ray to the east meets."""
        inside = False
        for (ax, ay), (bx, by) in self._sides:
            if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                inside = not inside
        return inside

    def crossed(self, a: LonLat, b: LonLat) -> Span | None:
        start, end = self._at(*a), self._at(*b)
        shares = [share for side in self._sides if (share := _meeting(start, end, side)) is not None]
        shares += [share for share, place in ((0.0, start), (1.0, end)) if self._has(*place)]
        return (min(shares), max(shares)) if shares else None


class Corridor:
    """A line with a width in metres for each of its pieces; a place on it belongs to one piece."""

    def __init__(self, line: Sequence[LonLat], widths_m: Sequence[float]) -> None:
        self._at = _Plane(line[len(line) // 2])
        self._pieces = list(pairwise(self._at(*corner) for corner in line))
        self._halves = [width / 2 for width in widths_m]
        self._boxes = [_wider(_box(piece), half) for piece, half in zip(self._pieces, self._halves, strict=True)]
        reach = max(self._halves)
        west, south, east, north = _box(line)
        aside, up = reach / max(self._at.per_lon, 1.0), reach / M_PER_LAT
        self.box: Box = (west - aside, south - up, east + aside, north + up)

    @cached_property
    def boxes(self) -> list[Box]:
        """Of each piece, in degrees."""
        lon, lat = self._at.lon, self._at.lat
        return [(lon + west / self._at.per_lon, lat + south / M_PER_LAT, lon + east / self._at.per_lon, lat + north / M_PER_LAT) for west, south, east, north in self._boxes]

    @cached_property
    def lengths_m(self) -> list[float]:
        """Of each piece."""
        return [hypot(bx - ax, by - ay) for (ax, ay), (bx, by) in self._pieces]

    def piece(self, lon: float, lat: float, margin_m: float = 0.0) -> tuple[int, float] | None:
        """(number of the piece, metres from the line's beginning) of a place on the corridor; None beside it."""
        x, y = self._at(lon, lat)
        best, found = inf, -1
        for number, (west, south, east, north) in enumerate(self._boxes):
            if west - margin_m <= x <= east + margin_m and south - margin_m <= y <= north + margin_m:
                apart = _apart(x, y, self._pieces[number])
                if apart < best and apart <= self._halves[number] + margin_m:
                    best, found = apart, number
        if found < 0:
            return None
        return found, sum(self.lengths_m[:found]) + self.lengths_m[found] * _share(x, y, self._pieces[found])

    def covers(self, lon: float, lat: float, margin_m: float = 0.0) -> bool:
        return self.piece(lon, lat, margin_m) is not None

    def crossed(self, a: LonLat, b: LonLat) -> Span | None:
        start, end = self._at(*a), self._at(*b)
        spans = [span for piece, half in zip(self._pieces, self._halves, strict=True) if (span := _near(start, end, piece, half))]
        return (min(one for one, _ in spans), max(one for _, one in spans)) if spans else None


def _box(corners: Iterable[LonLat]) -> Box:
    lons, lats = zip(*corners, strict=True)
    return min(lons), min(lats), max(lons), max(lats)


def _wider(box: Box, by: float) -> Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def _share(x: float, y: float, side: tuple[LonLat, LonLat]) -> float:
    """Where on the side, from 0 to 1, the place is nearest."""
    (ax, ay), (bx, by) = side
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy
    return 0.0 if length2 == 0.0 else min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) / length2))


def _apart(x: float, y: float, side: tuple[LonLat, LonLat]) -> float:
    """Metres between a place and a side."""
    (ax, ay), (bx, by) = side
    share = _share(x, y, side)
    return hypot(x - ax - (bx - ax) * share, y - ay - (by - ay) * share)


def _meeting(a: LonLat, b: LonLat, side: tuple[LonLat, LonLat]) -> float | None:
    """Where on the way from a to b it meets the side; None when it does not, or both run the same way."""
    (cx, cy), (dx, dy) = side
    turn = (b[0] - a[0]) * (dy - cy) - (b[1] - a[1]) * (dx - cx)
    if turn == 0.0:
        return None
    share = ((cx - a[0]) * (dy - cy) - (cy - a[1]) * (dx - cx)) / turn
    across = ((cx - a[0]) * (b[1] - a[1]) - (cy - a[1]) * (b[0] - a[0])) / turn
    return share if 0.0 <= share <= 1.0 and 0.0 <= across <= 1.0 else None


def _in_circle(a: LonLat, b: LonLat, middle: LonLat, radius: float) -> Span | None:
    """The part of the way from a to b inside a circle, all in metres."""
    ax, ay, dx, dy = a[0] - middle[0], a[1] - middle[1], b[0] - a[0], b[1] - a[1]
    length2 = dx * dx + dy * dy
    if length2 == 0.0:
        return (0.0, 1.0) if ax * ax + ay * ay <= radius**2 else None
    nearest = -(ax * dx + ay * dy) / length2
    root = nearest * nearest - (ax * ax + ay * ay - radius**2) / length2
    if root < 0:
        return None
    start, end = max(0.0, nearest - sqrt(root)), min(1.0, nearest + sqrt(root))
    return (start, end) if start <= end else None


def _near(a: LonLat, b: LonLat, piece: tuple[LonLat, LonLat], half: float) -> Span | None:
    """The part of the way from a to b that is at most ``half`` from the piece, which is a rounded band: a convex shape."""
    (cx, cy), (dx, dy) = piece
    length = hypot(dx - cx, dy - cy) or 1.0
    aside = (-(dy - cy) / length * half, (dx - cx) / length * half)
    band = [(cx + aside[0], cy + aside[1]), (dx + aside[0], dy + aside[1]), (dx - aside[0], dy - aside[1]), (cx - aside[0], cy - aside[1])]
    shares = [share for side in zip(band, band[1:] + band[:1], strict=True) if (share := _meeting(a, b, side)) is not None]
    shares += [share for end in piece for share in _in_circle(a, b, end, half) or ()]
    shares += [share for share, place in ((0.0, a), (1.0, b)) if _apart(*place, piece) <= half]
    return (min(shares), max(shares)) if shares else None


S = TypeVar("S")


class Placed(NamedTuple, Generic[S]):
    """Something in a box."""

    box: Box
    what: S


class Grid(Generic[S]):
    """What may touch a place or a way, found by cells of half a kilometre."""

    def __init__(self, placed: Iterable[Placed[S]]) -> None:
        self._all = list(placed)
        self._cells: dict[tuple[int, int], list[Placed[S]]] = {}
        self._large: list[Placed[S]] = []
        for one in self._all:
            cells = _cells(one.box)
            if cells is None:
                self._large.append(one)
            for cell in cells or ():
                self._cells.setdefault(cell, []).append(one)

    def near(self, lon: float, lat: float) -> list[S]:
        """What may cover the place; the same more than once when several of its boxes do."""
        here = self._cells.get((floor(lon / CELL_DEG), floor(lat / CELL_DEG)), ())
        return [one.what for one in (*here, *self._large) if one.box[0] <= lon <= one.box[2] and one.box[1] <= lat <= one.box[3]]

    def along(self, a: LonLat, b: LonLat) -> list[S]:
        """What may touch the way from a to b, each box once."""
        box = (min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))
        west, south, east, north = (floor(edge / CELL_DEG) for edge in box)
        if west == east and south == north:
            found = self._cells.get((west, south), [])
        elif (cells := _cells(box)) is None:
            return [one.what for one in self._all if _overlap(one.box, box)]
        else:
            found = list({id(one): one for cell in cells for one in self._cells.get(cell, ())}.values())
        return [one.what for one in (*found, *self._large) if _overlap(one.box, box)]


def _cells(box: Box) -> list[tuple[int, int]] | None:
    """The cells that a box touches; None when they are too many."""
    west, south, east, north = (floor(edge / CELL_DEG) for edge in box)
    if (east - west + 1) * (north - south + 1) > MOST_CELLS:
        return None
    return [(x, y) for x in range(west, east + 1) for y in range(south, north + 1)]


def _overlap(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def shape_of(drawn: Mapping[str, Any], radius_m: float | None = None) -> Shape | None:
    """The area that a GeoJSON geometry (RFC 7946) describes: a Point with a radius, or a Polygon of one ring; None for any other."""
    kind, at = drawn.get("type"), drawn.get("coordinates") or []
    if kind == "Point" and radius_m:
        return Circle((at[0], at[1]), radius_m)
    if kind == "Polygon" and len(at) == 1 and len(at[0]) >= 4:
        return Polygon([(corner[0], corner[1]) for corner in at[0]])
    return None


def is_upright(ring: Sequence[Sequence[float]]) -> bool:
    """Whether a closed ring is a rectangle whose sides run east and north."""
    if len(ring) != 5:
        return False
    corners = {(corner[0], corner[1]) for corner in ring[:4]}
    return len(corners) == 4 and len({x for x, _ in corners}) == 2 and len({y for _, y in corners}) == 2
