"""From rows to alarms: the state that is remembered of every point and terminal, and the edges that a batch makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import cos, hypot, radians

from shapely import Point as Dot
from shapely import prepare
from shapely.geometry import shape

from data.alarms import LEVELS, Edge, Source
from data.rules.limits import HIGH_SIDE, Watch, elapse, hold, step
from data.rules.vehicle import (
    BIT_RULES,
    OVERSPEED_BAND_KMH,
    OVERSPEED_SECONDS,
    SAFETY_ENDED,
    SAFETY_KINDS,
    safety_alarm,
)
from ingest.directory import Directory, PointInfo, SpeedArea, TerminalInfo
from ingest.pipeline import LATE, NOT_FIXED, Fix, Reading

GATEWAY_SILENT_S = 60.0
SILENT_PERIODS = 3


@dataclass(slots=True)
class TerminalWatch:
    last_ts: float = 0.0
    bits: int = 0
    is_speeding: bool = False
    fast_since: float = 0.0
    conditions: set[str] = field(default_factory=set)
    safety: dict[str, int] = field(default_factory=dict)  # the id of the newest alarm of each kind


class AlarmWatch:
    """Turns rows into edges. Not thread-safe: the writer's thread owns it. ``now`` is always an argument."""

    def __init__(self, directory: Directory, default_speed_kmh: int, started: float) -> None:
        self._directory = directory
        self._default_speed = default_speed_kmh
        self.points: dict[int, Watch] = {}
        self.terminals: dict[int, TerminalWatch] = {}
        self._heard: dict[int, float] = {}
        self._silent: set[int] = set()
        self._gateway_heard: dict[int, float] = {}
        self._gateway_silent: set[int] = set()
        self._started = started
        self._areas: list[tuple[SpeedArea, object]] = []
        self._areas_of: object = None

    def restore_point(self, point_id: int, ts: float, state: str) -> None:
        """Take up a point where the last process left it: its newest value and its state then."""
        self.points[point_id] = Watch(state=state, last_ts=ts)
        self._heard[point_id] = self._started
        info = self._directory.world.points_by_id.get(point_id)
        if info and info.gateway_id is not None:
            self._gateway_heard[info.gateway_id] = self._started

    def restore_terminal(self, terminal_id: int, ts: float, bits: int, conditions: set[str]) -> None:
        """Take up a terminal: its newest time and alarm bits, and its conditions that are still open."""
        watch = TerminalWatch(ts, bits, "overspeed" in conditions, ts, conditions)
        self.terminals[terminal_id] = watch

    def restore_silence(self, source_type: str, source_id: int) -> None:
        """Take up an open 数据停更 or 网关无心跳."""
        (self._silent if source_type == "point" else self._gateway_silent).add(source_id)

    def readings(self, rows: list[Reading], received: float) -> list[Edge]:
        """The edges of these values, which arrived at ``received``."""
        edges: list[Edge] = []
        world = self._directory.world
        for row in rows:
            info = world.points_by_id.get(row.point_id)
            if info is None or row.quality == 0:
                continue
            edges += self._heard_again(info, received)
            watch = self.points.setdefault(row.point_id, Watch())
            move = hold if received < info.suspended_until else step
            change = move(info.limits, watch, row.ts, row.value) if info.alarms else None
            if change:
                edges += _threshold_edges(info, change.before, change.after, row)
        return edges

    def fixes(self, rows: list[Fix]) -> list[Edge]:
        """The edges of these positions. History (blind area fill, or older than the newest) makes none."""
        edges: list[Edge] = []
        for row in rows:
            info = self._directory.world.terminals_by_id.get(row.terminal_id)
            watch = self.terminals.setdefault(row.terminal_id, TerminalWatch())
            if row.flags & LATE or row.ts < watch.last_ts or info is None or info.source is None:
                continue
            if row.flags & NOT_FIXED:
                source = info.source
            else:
                source = info.source._replace(lon=row.lon, lat=row.lat)
            edges += self._bits(source, watch, row)
            edges += self._speed(info, source, watch, row)
            if row.items:
                edges += self._safety(source, watch, row)
            watch.last_ts, watch.bits = row.ts, row.alarm_bits
        return edges

    def told(self, gateway_id: int, is_online: bool, now: float) -> list[Edge]:
        """The edges of what a gateway, or its last will, says of itself: off line is silence that is known at once."""
        gateway = self._directory.world.gateways.get(gateway_id)
        if gateway is None or is_online != (gateway_id in self._gateway_silent):
            return []
        if is_online:
            self._gateway_silent.discard(gateway_id)
            self._gateway_heard[gateway_id] = now  # it gets the usual time to send its first values
        else:
            self._gateway_silent.add(gateway_id)
        return [Edge(gateway.source, "gateway_lost", "gateway_lost", 4, not is_online, now)]

    def tick(self, now: float) -> list[Edge]:
        """The edges that time makes: limits broken long enough by ``now``, points and gateways that should have reported.

        A silent gateway is one alarm, not one for each of its points.
        """
        edges = self._elapsed(now)
        world = self._directory.world
        for gateway_id, heard in self._gateway_heard.items():
            gateway = world.gateways.get(gateway_id)
            if gateway and gateway_id not in self._gateway_silent and now - heard > GATEWAY_SILENT_S:
                self._gateway_silent.add(gateway_id)
                edges.append(Edge(gateway.source, "gateway_lost", "gateway_lost", 4, True, now))
        for point_id, heard in self._heard.items():
            info = world.points_by_id.get(point_id)
            if info is None or point_id in self._silent or not info.alarms or now < info.suspended_until:
                continue
            # Half a minute of grace: a gateway that goes silent is found first, and then speaks for its points.
            if (
                now - heard > max(SILENT_PERIODS * info.period_s, GATEWAY_SILENT_S + 30)
                and info.gateway_id not in self._gateway_silent
            ):
                self._silent.add(point_id)
                # The limit is the reporting period, and it stands in seconds whatever the point measures.
                source = info.source._replace(unit="s", decimals=0)
                edges.append(Edge(source, "no_data", "no_data", 4, True, now, limit=float(info.period_s)))
        return edges

    def _elapsed(self, now: float) -> list[Edge]:
        edges: list[Edge] = []
        for point_id, watch in self.points.items():
            info = self._directory.world.points_by_id.get(point_id) if watch.pending else None
            change = elapse(info.limits, watch, now) if info and now >= info.suspended_until else None
            if info and change:
                edges += _threshold_edges(info, change.before, change.after, Reading(point_id, now, watch.last_value, 192))
        return edges

    def _heard_again(self, info: PointInfo, received: float) -> list[Edge]:
        self._heard[info.id] = received
        edges: list[Edge] = []
        if info.id in self._silent:
            self._silent.discard(info.id)
            edges.append(Edge(info.source, "no_data", "no_data", 4, False, received))
        if info.gateway_id is not None:
            self._gateway_heard[info.gateway_id] = received
            gateway = self._directory.world.gateways.get(info.gateway_id)
            if gateway and info.gateway_id in self._gateway_silent:
                self._gateway_silent.discard(info.gateway_id)
                edges.append(Edge(gateway.source, "gateway_lost", "gateway_lost", 4, False, received))
        return edges

    def _bits(self, source: Source, watch: TerminalWatch, row: Fix) -> list[Edge]:
        edges: list[Edge] = []
        changed = watch.bits ^ row.alarm_bits
        for rule in BIT_RULES:
            if rule.condition == "overspeed" or not changed & rule.mask:
                continue
            was, is_now = bool(watch.bits & rule.mask), bool(row.alarm_bits & rule.mask)
            if is_now and not was:
                edges.append(Edge(source, rule.condition, rule.condition, rule.level, True, row.ts, row.speed_kmh))
            elif was and not is_now and not rule.is_once:
                edges.append(Edge(source, rule.condition, rule.condition, rule.level, False, row.ts, row.speed_kmh))
        return edges

    def _safety(self, source: Source, watch: TerminalWatch, row: Fix) -> list[Edge]:
        """Active safety alarms. The same one comes again in every report while it lasts, and again when a report is resent."""
        edges: list[Edge] = []
        for name in SAFETY_KINDS:
            said = (row.items or {}).get(name)
            found = safety_alarm(name, said) if said else None
            if not said or found is None:
                continue
            kind, level = found
            speed = float(said["speed_kmh"])
            if said["flag"] == SAFETY_ENDED:
                if watch.safety.pop(kind, None) is not None:
                    edges.append(Edge(source, kind, kind, level, False, row.ts, speed))
            elif watch.safety.get(kind) != said["alarm_id"]:
                edges.append(Edge(source, kind, kind, level, True, row.ts, speed))
                watch.safety[kind] = said["alarm_id"]
        return edges

    def _speed(self, info: TerminalInfo, source: Source, watch: TerminalWatch, row: Fix) -> list[Edge]:
        limit = self._limit_at(info, row)
        told = bool(row.alarm_bits & 2)
        over = not row.flags & NOT_FIXED and row.speed_kmh > limit
        if over and not watch.fast_since:
            watch.fast_since = row.ts
        elif not over:
            watch.fast_since = 0.0
        fast = told or (over and row.ts - watch.fast_since >= OVERSPEED_SECONDS)
        if fast and not watch.is_speeding:
            watch.is_speeding = True
            return [Edge(source, "overspeed", "overspeed", 2, True, row.ts, row.speed_kmh, float(limit))]
        if watch.is_speeding and not told and row.speed_kmh <= limit - OVERSPEED_BAND_KMH:
            watch.is_speeding = False
            return [Edge(source, "overspeed", "overspeed", 2, False, row.ts, row.speed_kmh, float(limit))]
        return []

    def _limit_at(self, info: TerminalInfo, row: Fix) -> int:
        limits = [info.speed_limit_kmh or self._default_speed]
        for area, geometry in self._speed_areas():
            if _inside(area, geometry, row.lon, row.lat):
                limits.append(area.speed_limit_kmh)
        return min(limits)

    def _speed_areas(self) -> list[tuple[SpeedArea, object]]:
        areas = self._directory.world.areas
        if areas is not self._areas_of:
            self._areas_of, self._areas = areas, []
            for area in areas:
                geometry = shape(area.shape)
                prepare(geometry)
                self._areas.append((area, geometry))
        return self._areas


def _inside(area: SpeedArea, geometry: object, lon: float, lat: float) -> bool:
    if area.radius_m is None:
        return bool(geometry.covers(Dot(lon, lat)))  # type: ignore[attr-defined]
    center = geometry.coords[0]  # type: ignore[attr-defined]
    east = (lon - center[0]) * 111_320 * cos(radians(center[1]))
    return hypot(east, (lat - center[1]) * 111_132) <= area.radius_m


def _threshold_edges(info: PointInfo, before: str, after: str, row: Reading) -> list[Edge]:
    """A change of state as edges of the two conditions 高侧 and 低侧; from 高高 back to 高 is no edge, the alarm goes on."""
    edges: list[Edge] = []
    was, is_now = _condition(before), _condition(after)
    if was and was != is_now:
        edges.append(Edge(info.source, was, before, LEVELS[before], False, row.ts, row.value, info.limits.of(before)))
    if after and (was != is_now or LEVELS[after] < LEVELS[before]):
        edges.append(Edge(info.source, is_now, after, LEVELS[after], True, row.ts, row.value, info.limits.of(after)))
    return edges


def _condition(state: str) -> str:
    return ("high" if state in HIGH_SIDE else "low") if state else ""
