"""The places that have rules for vehicles: areas, routes with their sections, and the limits of time, as ``positions`` uses them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from data.rules.ground import Corridor, Grid, LonLat, Placed, Shape
from data.rules.schedule import ALWAYS, Schedule

BORDER_M = 10.0  # a place this far outside still counts as inside for who was inside: positions tremble


class Audience(NamedTuple):
    """For whom a rule is; None: for all."""

    vehicles: frozenset[int] | None = None
    carriers: frozenset[int] | None = None

    def has(self, vehicle: int, carrier: int | None) -> bool:
        return (self.vehicles is None or vehicle in self.vehicles) and (self.carriers is None or carrier in self.carriers)


ALL = Audience()


@dataclass(frozen=True, eq=False)
class Area:
    """``is_parking``: a long stop there is none. ``stay_s`` and ``limit_kmh`` 0: no such rule."""

    id: int
    name: str
    shape: Shape
    enters: bool = False
    leaves: bool = False
    stay_s: int = 0
    limit_kmh: int = 0
    is_sensitive: bool = False
    is_parking: bool = False
    schedule: Schedule = ALWAYS
    audience: Audience = ALL

    @property
    def has_rule(self) -> bool:
        return self.enters or self.leaves or bool(self.stay_s or self.limit_kmh)


class Section(NamedTuple):
    """Pieces ``first`` to ``last`` of a route's line (from 0, both included). 0: no such limit."""

    id: int
    name: str
    first: int
    last: int
    limit_kmh: int = 0
    longest_s: int = 0
    shortest_s: int = 0


@dataclass(frozen=True, eq=False)
class Route:
    """A line that its vehicles must not leave while they are on it."""

    id: int
    name: str
    corridor: Corridor
    sections: tuple[Section, ...] = ()
    limit_kmh: int = 0
    schedule: Schedule = ALWAYS
    audience: Audience = ALL

    @cached_property
    def length_m(self) -> float:
        return sum(self.corridor.lengths_m)

    def section(self, piece: int) -> Section | None:
        """The section to which a piece of the line belongs."""
        return next((one for one in self.sections if one.first <= piece <= one.last), None)

    def section_by(self, identity: int) -> Section | None:
        return next((one for one in self.sections if one.id == identity), None)

    def length_of(self, section: Section) -> float:
        return sum(self.corridor.lengths_m[section.first : section.last + 1])


class Hours(NamedTuple):
    """The park's limits of time, 0: none. Seconds; ``ban`` in minutes of the day, empty when equal."""

    stop_s: float = 0.0
    day_s: float = 0.0
    night_s: float = 0.0
    rest_s: float = 1200.0
    ban: tuple[int, int] = (0, 0)


NO_HOURS = Hours()


class Rules:
    """The park's rules in force. ``yards`` are shapes in which vehicles may stand as long as they like."""

    def __init__(self, areas: Sequence[Area] = (), routes: Sequence[Route] = (), yards: Sequence[Shape] = (), hours: Hours = NO_HOURS, zone: str = "Asia/Shanghai") -> None:
        self.areas = {one.id: one for one in areas}
        self.routes = {one.id: one for one in routes}
        self.hours, self.zone = hours, ZoneInfo(zone)
        self._areas: Grid[Area] = Grid(Placed(one.shape.box, one) for one in areas if one.has_rule)
        self._routes: Grid[Route] = Grid(Placed(box, one) for one in routes for box in one.corridor.boxes)
        permitted = [*(one.shape for one in areas if one.is_parking), *yards]
        self._yards: Grid[Shape] = Grid(Placed(shape.box, shape) for shape in permitted)

    def along(self, a: LonLat, b: LonLat) -> list[Area]:
        """The areas with rules that the way may touch."""
        return self._areas.along(a, b)

    def routes_near(self, lon: float, lat: float) -> list[Route]:
        """The routes on which the place may be."""
        return self._routes.near(lon, lat)

    def may_stand(self, lon: float, lat: float) -> bool:
        """Whether a vehicle may stand here as long as it likes."""
        return any(shape.covers(lon, lat, BORDER_M) for shape in self._yards.near(lon, lat))

    def conditions(self) -> Collection[str]:
        """The conditions that the areas, routes and sections can make; an open one that is none of them ends."""
        of_areas = {f"{kind}:{key}" for key in self.areas for kind in ("enter", "leave", "stay")}
        return of_areas | {f"section_long:{one.id}" for route in self.routes.values() for one in route.sections}
