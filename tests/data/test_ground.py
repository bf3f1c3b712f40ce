"""Promises of the geometry: inside, outside and the way across are those of an independent library, and the grid loses nothing."""

from __future__ import annotations

from itertools import pairwise
from math import cos, radians

from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import LineString, Point
from shapely import Polygon as Reference

from data.rules.ground import M_PER_LAT, M_PER_LON, Circle, Corridor, Grid, Placed, Polygon, is_upright, shape_of

CENTER = (120.43, 41.42)
NEAR_BORDER_M = 0.5  # where rounding decides, nobody promises anything
METRES = st.floats(-4000, 4000, allow_nan=False, width=32)
PLACES = st.tuples(METRES, METRES)
SIZES = st.floats(5, 2000)


def at(place: tuple[float, float]) -> tuple[float, float]:
    """Degrees of a place in metres east and north of the middle."""
    return CENTER[0] + place[0] / (M_PER_LON * cos(radians(CENTER[1]))), CENTER[1] + place[1] / M_PER_LAT


def ring_of(corners: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A ring round the middle that never meets itself: the corners in the order of their direction."""
    around = sorted({round(x) + 1j * round(y) for x, y in corners}, key=lambda one: (Point(one.real, one.imag).distance(Point(0, 0)), one.real))
    hull = Reference([(one.real, one.imag) for one in around]).convex_hull if len(around) > 2 else Reference()
    return [(float(x), float(y)) for x, y in hull.exterior.coords] if isinstance(hull, Reference) and not hull.is_empty else []


RINGS = st.lists(PLACES, min_size=3, max_size=8).map(ring_of).filter(lambda ring: len(ring) > 3 and Reference(ring).area > 1000)


@given(PLACES, SIZES, PLACES, PLACES)
def test_a_circle_covers_and_is_crossed_as_a_circle(middle: tuple[float, float], radius: float, a: tuple[float, float], b: tuple[float, float]) -> None:
    ours, theirs, way = Circle(at(middle), radius), Point(middle), LineString([a, b])
    assume(abs(theirs.distance(Point(a)) - radius) > 12 and abs(theirs.distance(way) - radius) > 12)
    assert ours.covers(*at(a)) == (theirs.distance(Point(a)) < radius)
    assert (ours.crossed(at(a), at(b)) is not None) == (theirs.distance(way) < radius)


@given(RINGS, PLACES, PLACES)
def test_a_polygon_covers_and_is_crossed_as_a_polygon(ring: list[tuple[float, float]], a: tuple[float, float], b: tuple[float, float]) -> None:
    ours, theirs, way = Polygon([at(corner) for corner in ring]), Reference(ring), LineString([a, b])
    assume(theirs.exterior.distance(Point(a)) > 12 and theirs.exterior.distance(Point(b)) > 12 and a != b)
    assert ours.covers(*at(a)) == theirs.contains(Point(a))
    touches = theirs.intersects(way)
    assume(touches == theirs.buffer(12).intersects(way) == theirs.buffer(-12).intersects(way))
    assert (ours.crossed(at(a), at(b)) is not None) == touches


@given(st.lists(PLACES, min_size=2, max_size=6), st.integers(10, 255), PLACES, PLACES)
def test_a_corridor_is_what_lies_near_its_line(line: list[tuple[float, float]], width: int, a: tuple[float, float], b: tuple[float, float]) -> None:
    assume(all(LineString([one, other]).length > 1 for one, other in pairwise(line)))
    ours, theirs, way = Corridor([at(corner) for corner in line], [width] * (len(line) - 1)), LineString(line), LineString([a, b])
    assume(abs(theirs.distance(Point(a)) - width / 2) > 12 and abs(theirs.distance(way) - width / 2) > 12)
    assert ours.covers(*at(a)) == (theirs.distance(Point(a)) < width / 2)
    assert (ours.crossed(at(a), at(b)) is not None) == (theirs.distance(way) < width / 2)


@given(st.lists(st.tuples(PLACES, SIZES), max_size=30), PLACES, PLACES)
def test_the_grid_finds_every_shape_on_the_way(circles: list[tuple[tuple[float, float], float]], a: tuple[float, float], b: tuple[float, float]) -> None:
    shapes = [Circle(at(middle), radius) for middle, radius in circles]
    grid = Grid(Placed(one.box, one) for one in shapes)
    assert {one for one in shapes if one.crossed(at(a), at(b))} <= set(grid.along(at(a), at(b)))
    assert {one for one in shapes if one.covers(*at(b))} <= set(grid.near(*at(b)))


def test_who_was_inside_is_still_inside_at_the_border() -> None:
    yard = Polygon([at(corner) for corner in ((0, 0), (100, 0), (100, 100), (0, 100), (0, 0))])
    assert not yard.covers(*at((107, 50)))
    assert yard.covers(*at((107, 50)), 10.0)
    assert not yard.covers(*at((113, 50)), 10.0)


def test_a_place_on_a_corridor_belongs_to_the_nearest_piece_and_knows_how_far_along_it_is() -> None:
    road = Corridor([at(corner) for corner in ((0, 0), (1000, 0), (1000, 500))], [40, 60])
    first, second = road.piece(*at((300, 15))), road.piece(*at((1025, 200)))
    assert first is not None and first[0] == 0 and abs(first[1] - 300) < 2
    assert second is not None and second[0] == 1 and abs(second[1] - 1200) < 3
    assert road.piece(*at((300, 25))) is None, "the first piece is 40 m wide"


def test_what_was_drawn_becomes_a_shape_or_nothing() -> None:
    ring = [[120.4, 41.4], [120.5, 41.4], [120.5, 41.5], [120.4, 41.5], [120.4, 41.4]]
    assert isinstance(shape_of({"type": "Polygon", "coordinates": [ring]}), Polygon)
    assert isinstance(shape_of({"type": "Point", "coordinates": [120.4, 41.4]}, 200), Circle)
    assert shape_of({"type": "Point", "coordinates": [120.4, 41.4]}) is None
    assert shape_of({}) is None
    assert is_upright(ring)
    assert not is_upright([[120.4, 41.4], [120.5, 41.41], [120.5, 41.5], [120.4, 41.5], [120.4, 41.4]])
