"""The rules on positions: how many positions a second the watch judges with many areas and routes, beside the same without any."""

from __future__ import annotations

import random
import time
from typing import Any

from bench.stage import figure
from data.alarms import Source
from data.rules.ground import Circle, Corridor, Polygon
from data.rules.ruled_places import Area, Hours, Route, Rules, Section
from ingest.directory import Directory, TerminalInfo, World
from ingest.pipeline import Fix
from ingest.vehicle_watch import VehicleWatch

AREAS, ROUTES, VEHICLES, EACH = 200, 20, 500, 80
WEST, SOUTH, WIDTH, HEIGHT = 120.39, 41.39, 0.08, 0.06


def positions() -> dict[str, Any]:
    """Positions a second, judged in one thread as the writer does it, with AREAS areas and ROUTES routes of the size of a park's."""
    chance = random.Random(808)
    rows = _rows(chance)
    plain = _rate(Rules(hours=_HOURS), rows)
    return figure("rules.positions", _rate(_rules(chance), rows), f"positions/s, {AREAS} areas", "positions/s without an area", plain)


_HOURS = Hours(1800, 4 * 3600, 2 * 3600, 1200, (120, 300))


def _place(chance: random.Random) -> tuple[float, float]:
    return WEST + chance.random() * WIDTH, SOUTH + chance.random() * HEIGHT


def _rules(chance: random.Random) -> Rules:
    areas = []
    for number in range(AREAS):
        lon, lat = _place(chance)
        ring = [(lon, lat), (lon + 0.004, lat), (lon + 0.005, lat + 0.003), (lon + 0.002, lat + 0.005), (lon - 0.001, lat + 0.002)]
        shape = Circle((lon, lat), 150.0) if number % 2 else Polygon(ring)
        areas.append(Area(number + 1, f"区域 {number}", shape, enters=True, stay_s=1800, limit_kmh=40))
    routes = []
    for number in range(ROUTES):
        line = [_place(chance)]
        while len(line) < 12:
            line.append((line[-1][0] + chance.uniform(-0.002, 0.006), line[-1][1] + chance.uniform(-0.003, 0.003)))
        routes.append(Route(number + 1, f"线路 {number}", Corridor(line, [60.0] * 11), (Section(number + 1, "路段", 2, 5, 40, 600, 60),)))
    return Rules(areas, routes, hours=_HOURS)


def _rows(chance: random.Random) -> list[Fix]:
    """Vehicles that drive through the park, a position every five seconds of each."""
    starts = [(*_place(chance), chance.uniform(-2e-4, 2e-4), chance.uniform(-2e-4, 2e-4)) for _ in range(VEHICLES)]
    begun = time.time() - 5 * EACH
    return [
        Fix(number + 1, begun + 5 * step, step, lon + east * step, lat + north * step, 38.0, 90, 170, 0, 3, 0, None, None)
        for step in range(EACH)
        for number, (lon, lat, east, north) in enumerate(starts)
    ]


def _rate(rules: Rules, rows: list[Fix]) -> float:
    directory = Directory()
    sources = [Source("vehicle", number, f"辽N·{number:05d}", f"辽N·{number:05d}", "运输公司", 1) for number in range(1, VEHICLES + 1)]
    terminals = {source.id: TerminalInfo(source.id, source.id, "approved", None, 480, "wgs84", 60, source, 1) for source in sources}
    directory.world = World(terminals_by_id=terminals, rules=rules)
    watch = VehicleWatch(directory, 80)
    started = time.perf_counter()
    for row in rows:
        watch.fixes([watch.checked(row)])
    return len(rows) / (time.perf_counter() - started)
