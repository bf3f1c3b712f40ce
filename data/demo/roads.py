"""The streets of the demo park as a graph on which trucks find their way."""

from __future__ import annotations

from functools import lru_cache
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple

from data.demo.enterprises import enterprises, homes
from data.demo.layout import (
    OUTLINE,
    expressway,
    gates,
    inside,
    interchange,
    outside_roads,
    ramps,
    ring_road,
    streets,
    toll_station,
)
from data.demo.plane import Point, between, contains, distance, nearest_on


class Edge(NamedTuple):
    to: str
    metres: float
    street: str
    limit_kmh: int
    shape: tuple[Point, ...]  # from the edge's start to its end


class Roads(NamedTuple):
    nodes: dict[str, Point]
    edges: dict[str, list[Edge]]


class _Builder:
    """Collects polylines, breaks them where they meet, and keeps points that coincide as one node."""

    def __init__(self) -> None:
        self.nodes: dict[str, Point] = {}
        self.edges: dict[str, list[Edge]] = {}
        self.pieces: list[tuple[Point, Point, str, int]] = []

    def node(self, point: Point, name: str = "") -> str:
        key = name or f"N{round(point[0])}:{round(point[1])}"
        self.nodes.setdefault(key, point)
        self.edges.setdefault(key, [])
        return key

    def line(self, points: list[Point] | tuple[Point, ...], street: str, limit: int) -> None:
        self.pieces += [(a, b, street, limit) for a, b in pairwise(points)]

    def split_all(self, stops: list[Point]) -> None:
        """Break every piece where another meets it and at every stop on it, and make the edges."""
        for a, b, street, limit in self.pieces:
            cuts = {0.0: a, 1.0: b}
            for c, d, other, _ in self.pieces:
                meeting = _meeting((a, b), (c, d)) if other != street else None
                if meeting is not None:
                    cuts[meeting[0]] = meeting[1]
            for stop in stops:
                near = nearest_on((a, b), stop)
                if distance(near, stop) < 0.5:
                    cuts[distance(a, near) / distance(a, b)] = near
            along = [cuts[share] for share in sorted(cuts)]
            for start, end in pairwise(along):
                self.join(self.node(start), self.node(end), street, limit)

    def join(self, start: str, end: str, street: str, limit: int) -> None:
        if start == end or any(edge.to == end for edge in self.edges[start]):
            return
        a, b = self.nodes[start], self.nodes[end]
        self.edges[start].append(Edge(end, distance(a, b), street, limit, (a, b)))
        self.edges[end].append(Edge(start, distance(a, b), street, limit, (b, a)))


def _meeting(one: tuple[Point, Point], other: tuple[Point, Point]) -> tuple[float, Point] | None:
    """Share along ``one`` and the point where two segments touch or cross, ends included."""
    (a, b), (c, d) = one, other
    turn = (b[0] - a[0]) * (d[1] - c[1]) - (b[1] - a[1]) * (d[0] - c[0])
    if abs(turn) < 1e-9:
        return None
    share = ((c[0] - a[0]) * (d[1] - c[1]) - (c[1] - a[1]) * (d[0] - c[0])) / turn
    across = ((c[0] - a[0]) * (b[1] - a[1]) - (c[1] - a[1]) * (b[0] - a[0])) / turn
    if -1e-6 <= share <= 1 + 1e-6 and -1e-6 <= across <= 1 + 1e-6:
        share = round(min(1.0, max(0.0, share)), 6)
        return share, between(a, b, share)
    return None


@lru_cache
def loading_bays() -> dict[str, tuple[Point, Point, Point]]:
    """For each enterprise: where it meets the street, its gate on the plot's border, and its loading bay inside."""
    lines = [inside(item.line, list(ring_road())) for item in streets()]
    result = {}
    for item in enterprises():
        plot = homes()[item["code"]]
        on_street = min(
            (nearest_on(line, plot.center) for line in lines), key=lambda point: distance(point, plot.center)
        )
        way = distance(on_street, plot.center)
        gate = next(
            between(on_street, plot.center, metres / way)
            for metres in range(4, 400)
            if contains(plot.polygon, between(on_street, plot.center, metres / way))
        )
        bay = between(on_street, plot.center, min(0.55, (distance(on_street, gate) + 55) / way))
        result[item["code"]] = (on_street, gate, bay)
    return result


@lru_cache
def roads() -> Roads:
    """The graph of streets inside, the ways to the bays, and the roads outside as far as trucks go."""
    builder = _Builder()
    corners = list(ring_road())
    for index, corner in enumerate(corners):
        builder.line([corner, corners[(index + 1) % len(corners)]], f"环园路{index}", 30)
    for item in streets():
        a, b = inside(item.line, corners)
        builder.line([a, b], item.name, 40 if item.is_main else 30)
    for gate in gates():
        ends = inside(next(item.line for item in streets() if item.name == gate.street), corners)
        builder.line([min(ends, key=lambda point: distance(point, gate.at)), gate.at], f"{gate.street}口", 20)
    for name, _, line in outside_roads():
        builder.line(line, name, 60)
    builder.split_all([on_street for on_street, _, _ in loading_bays().values()])
    _add_expressway(builder)
    for code, (on_street, entrance, bay) in loading_bays().items():
        builder.nodes |= {f"{code}.gate": entrance, f"{code}.bay": bay}
        builder.edges |= {f"{code}.gate": [], f"{code}.bay": []}
        builder.join(builder.node(on_street), f"{code}.gate", "厂门", 15)
        builder.join(f"{code}.gate", f"{code}.bay", "厂内", 10)
    for gate in gates():
        builder.join(builder.node(gate.at), builder.node(gate.at, gate.code), "门岗", 10)
    return Roads(builder.nodes, builder.edges)


def _add_expressway(builder: _Builder) -> None:
    """The expressway crosses all other roads on bridges: it meets them at the toll station only."""
    line = expressway()
    names = [f"X{index:02d}" for index in range(len(line))]
    for name, point in zip(names, line, strict=True):
        builder.node(point, name)
    for start, end in pairwise(names):
        builder.join(start, end, "G16 丹锡高速", 80)
    toll = builder.node(toll_station())
    for index, ramp in zip(interchange(), ramps(), strict=True):
        previous = toll
        for step, point in enumerate(ramp[1:-1]):
            here = builder.node(point, f"R{index}-{step}")
            builder.join(previous, here, "柳城互通匝道", 40)
            previous = here
        builder.join(previous, names[index], "柳城互通匝道", 40)


class Leg(NamedTuple):
    """A piece of a route: from one node to the next with its speed limit."""

    a: Point
    b: Point
    limit_kmh: int
    street: str


@lru_cache(maxsize=512)
def route(start: str, end: str) -> tuple[Leg, ...]:
    """The quickest way between two nodes; ValueError when there is none."""
    graph = roads()
    best: dict[str, tuple[float, str, Edge | None]] = {start: (0.0, "", None)}
    queue, done = [(0.0, start)], set()
    while queue:
        cost, here = heappop(queue)
        if here == end:
            break
        if here in done:
            continue
        done.add(here)
        for edge in graph.edges[here]:
            total = cost + edge.metres / edge.limit_kmh
            if edge.to not in best or total < best[edge.to][0]:
                best[edge.to] = (total, here, edge)
                heappush(queue, (total, edge.to))
    if end not in best:
        raise ValueError(f"no way from {start} to {end}")
    legs: list[Leg] = []
    here = end
    while here != start:
        _, before, used = best[here]
        assert used is not None
        legs.append(Leg(used.shape[0], used.shape[-1], used.limit_kmh, used.street))
        here = before
    return tuple(reversed(legs))


def is_in_park(point: Point) -> bool:
    """Whether a local point lies inside the park's outline."""
    return contains(OUTLINE, point)
