"""From positions to alarms: what terminals report themselves, and what the park's rules find by where vehicles are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from data.alarms import Edge, Source
from data.rules.drift import Trust, doubt
from data.rules.positions import Spot, Track, Who, forget, judge, told
from data.rules.vehicle import BIT_RULES, ONCE, POSITION_KINDS, SAFETY_ENDED, SAFETY_KINDS, SHARED, family, safety_alarm
from data.vehicle_rules import edges_of
from ingest.directory import Directory, TerminalInfo
from ingest.pipeline import DRIFT, LATE, NOT_FIXED, Fix

_SHARED_BITS = sum(SHARED)
_LASTING = frozenset(POSITION_KINDS) - ONCE  # conditions that positions end, too
_OWN_BITS = tuple(rule for rule in BIT_RULES if rule.mask not in SHARED)


@dataclass(slots=True)
class TerminalWatch:
    last_ts: float = 0.0
    bits: int = 0
    safety: dict[str, int] = field(default_factory=dict)  # the id of the newest alarm of each kind
    track: Track = field(default_factory=Track)
    trust: Trust = field(default_factory=Trust)
    rules: object = None  # those by which it was judged last
    kept: dict[str, Any] = field(default_factory=dict)  # its track as it is stored


class VehicleWatch:
    """Turns positions into edges. Not thread-safe: the writer's thread owns it."""

    def __init__(self, directory: Directory, default_speed_kmh: int, simulated_pace: float = 1.0) -> None:
        """``simulated_pace``: how many seconds of its script a simulated vehicle drives in a second."""
        self._directory = directory
        self._default_speed = default_speed_kmh
        self._pace = simulated_pace
        self.terminals: dict[int, TerminalWatch] = {}

    def restore(self, terminal_id: int, ts: float, bits: int, place: tuple[float, float], conditions: Iterable[str], kept: dict[str, Any]) -> None:
        """Take up a terminal: its last position and alarm bits, what the rules remember of it, and its conditions that are still open."""
        track = Track.taken_up(kept, ts, *place)
        track.raised |= {one for one in conditions if family(one) in _LASTING}
        self.terminals[terminal_id] = TerminalWatch(ts, bits, track=track, trust=Trust(ts * self._pace_of(terminal_id), *place), kept=kept)

    def checked(self, row: Fix) -> Fix:
        """The position, flagged when it is a jump that nobody believes: it is stored, but no rule looks at it."""
        watch = self.terminals.get(row.terminal_id)
        if watch is None or row.flags & (LATE | NOT_FIXED) or row.ts < watch.last_ts:
            return row
        is_doubted = doubt(watch.trust, row.ts * self._pace_of(row.terminal_id), row.lon, row.lat, row.speed_kmh)
        return row._replace(flags=row.flags | DRIFT) if is_doubted else row

    def _pace_of(self, terminal_id: int) -> float:
        info = self._directory.world.terminals_by_id.get(terminal_id) if self._pace != 1.0 else None
        return self._pace if info and info.source and info.source.is_simulated else 1.0

    def fixes(self, rows: list[Fix]) -> list[Edge]:
        """The edges of these positions. History (blind area fill, or older than the newest) makes none."""
        edges: list[Edge] = []
        world = self._directory.world
        for row in rows:
            info = world.terminals_by_id.get(row.terminal_id)
            watch = self.terminals.get(row.terminal_id)
            if watch is None:
                watch = self.terminals[row.terminal_id] = TerminalWatch()
            if row.flags & LATE or row.ts < watch.last_ts or info is None or info.source is None:
                continue
            is_placed = not row.flags & (NOT_FIXED | DRIFT)
            source = info.source._replace(lon=row.lon, lat=row.lat) if is_placed else info.source
            if watch.bits != row.alarm_bits:
                edges += _bits(source, watch, row)
            edges += self._rules(info, source, watch, row, is_placed)
            if row.items:
                edges += _safety(source, watch, row)
            watch.last_ts, watch.bits = row.ts, row.alarm_bits
        return edges

    def _rules(self, info: TerminalInfo, source: Source, watch: TerminalWatch, row: Fix, is_placed: bool) -> list[Edge]:
        rules, bits = self._directory.world.rules, row.alarm_bits & _SHARED_BITS
        says = frozenset(condition for mask, condition in SHARED.items() if bits & mask) if bits else frozenset()
        spot = Spot(row.ts, row.lon, row.lat, row.speed_kmh, says)
        if not is_placed:
            return edges_of(source, told(watch.track, spot)) if says else []
        if watch.rules is not rules:
            watch.rules = rules
            gone = edges_of(source, forget(rules, watch.track, row.ts))
        else:
            gone = []
        who = Who(source.id, info.carrier_id, info.speed_limit_kmh or self._default_speed, not source.is_simulated)
        found = judge(rules, watch.track, who, spot)
        return gone + edges_of(source, found) if found else gone

    def changed_tracks(self, terminal_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
        """What is to be kept of these terminals and is not stored yet."""
        found = {}
        for terminal_id in terminal_ids:
            watch = self.terminals.get(terminal_id)
            if watch and (now := watch.track.kept()) != watch.kept:
                found[terminal_id] = now
        return found

    def stored(self, tracks: dict[int, dict[str, Any]]) -> None:
        """Take note that these are written."""
        for terminal_id, kept in tracks.items():
            self.terminals[terminal_id].kept = kept


def _bits(source: Source, watch: TerminalWatch, row: Fix) -> list[Edge]:
    edges: list[Edge] = []
    changed = watch.bits ^ row.alarm_bits
    for rule in _OWN_BITS:
        if not changed & rule.mask:
            continue
        was, is_now = bool(watch.bits & rule.mask), bool(row.alarm_bits & rule.mask)
        if is_now and not was:
            edges.append(Edge(source, rule.condition, rule.condition, rule.level, True, row.ts, row.speed_kmh))
        elif was and not is_now and not rule.is_once:
            edges.append(Edge(source, rule.condition, rule.condition, rule.level, False, row.ts, row.speed_kmh))
    return edges


def _safety(source: Source, watch: TerminalWatch, row: Fix) -> list[Edge]:
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
