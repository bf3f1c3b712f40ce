"""What a vehicle does wrong by where it is: areas entered, left or stayed in, speed, routes left, long stops, night driving, fatigue.

Pure: what is remembered of a vehicle is a ``Track``, which can be kept as JSON and taken up again; a position and the park's rules
(``Rules``) advance it and give findings. Only positions that are newer than the last, fixed and believed may be given.

Sources: 道路运输车辆动态监督管理办法 (continuous driving, nights, areas and routes watched by the operator's platform);
道路交通安全法实施条例 62 (4 h, 20 min rest); JT/T 808 table 24 for what terminals find themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from math import cos, hypot, radians
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from data.rules.ground import M_PER_LAT, M_PER_LON, LonLat
from data.rules.ruled_places import BORDER_M, Area, Route, Rules
from data.rules.schedule import DAY_MINUTES, Moment, moment
from data.rules.vehicle import OVERSPEED_BAND_KMH, OVERSPEED_SECONDS

GAP_S = 600.0  # after a longer silence nobody knows which way was taken
STANDS_KMH = 3.0
SAME_PLACE_M = 60.0
OFF_ROUTE_S = 10.0
ARRIVAL_M = 150.0  # who leaves a route this near to its ends has arrived
WHOLE = 0.8  # of a section must be driven before its shortest time counts
NIGHT_MOVES_S = 120.0
NIGHT = (22 * 60, 6 * 60)  # 夜间, for the hours of driving


class Who(NamedTuple):
    """The vehicle, its carrier and its own limit; ``tires`` is False for one without a human driver (模拟数据)."""

    vehicle: int
    carrier: int | None
    limit_kmh: int
    tires: bool = True


class Spot(NamedTuple):
    """A position as the rules use it; ``told`` are the conditions that the terminal itself reports."""

    ts: float
    lon: float
    lat: float
    speed_kmh: float
    told: frozenset[str] = frozenset()


class Finding(NamedTuple):
    """A condition that began or ended; ``value`` and ``limit`` in ``unit``, ``about`` names the area, route or section."""

    condition: str
    is_raised: bool
    ts: float
    value: float | None = None
    limit: float | None = None
    unit: str = "km/h"
    about: str = ""
    is_grave: bool = False


@dataclass(slots=True)
class Track:
    """What is remembered of a vehicle. ``inside`` maps areas to since when, ``raised`` are the conditions found and not ended;
    instants in seconds since 1970 UTC, 0 for none."""

    ts: float = 0.0
    lon: float = 0.0
    lat: float = 0.0
    inside: dict[int, float] = field(default_factory=dict)
    raised: set[str] = field(default_factory=set)
    fast_since: float = 0.0
    route: int = 0
    off_since: float = 0.0
    section: int = 0
    section_since: float = 0.0
    section_m: float = 0.0
    stop_since: float = 0.0
    stop_at: LonLat = (0.0, 0.0)
    drive_since: float = 0.0
    paused_s: float = 0.0
    paused_night_s: float = 0.0
    moving_since: float = 0.0

    def kept(self) -> dict[str, Any]:
        """As JSON, without the position itself, which is stored anyway, and without what is empty."""
        said = {name: value for name, value in asdict(self).items() if value and name not in ("ts", "lon", "lat")}
        if self.raised:
            said["raised"] = sorted(self.raised)
        return said

    @classmethod
    def taken_up(cls, said: dict[str, Any], ts: float, lon: float, lat: float) -> Track:
        """From what ``kept`` gave and the last position; what another version kept is left out."""
        track = cls(ts, lon, lat)
        for one in fields(cls):
            if isinstance(value := said.get(one.name), (int, float)):
                setattr(track, one.name, value)
        track.inside = {int(key): float(since) for key, since in (said.get("inside") or {}).items()}
        track.raised = set(said.get("raised") or ())
        at = said.get("stop_at") or (0.0, 0.0)
        track.stop_at = (float(at[0]), float(at[1]))
        return track


def judge(rules: Rules, track: Track, who: Who, spot: Spot) -> list[Finding]:
    """Advance ``track`` by a position and say what began and what ended."""
    now = moment(int(spot.ts), rules.zone)
    found = [*_areas(rules, track, who, spot, now), *_route(rules, track, who, spot, now)]
    found += [*_speed(rules, track, who, spot, now), *_standing(rules, track, spot), *_hours(rules, track, who, spot, now)]
    track.ts, track.lon, track.lat = spot.ts, spot.lon, spot.lat
    return found


def told(track: Track, spot: Spot) -> list[Finding]:
    """What a position that is not to be believed says all the same: conditions that the terminal itself reports."""
    return [one for condition in sorted(spot.told) for one in _turned(track, condition, True, spot.ts)]


def forget(rules: Rules, track: Track, ts: float) -> list[Finding]:
    """End what belongs to areas and routes that are no more."""
    track.inside = {key: since for key, since in track.inside.items() if key in rules.areas}
    if track.route not in rules.routes:
        track.route = track.section = 0
    known = rules.conditions()
    gone = sorted(one for one in track.raised if ":" in one and one not in known)
    track.raised -= set(gone)
    return [Finding(one, False, ts) for one in gone]


def _turned(track: Track, condition: str, is_on: bool, ts: float, **said: Any) -> Iterator[Finding]:
    """The finding when the condition changes to ``is_on``."""
    if is_on != (condition in track.raised):
        (track.raised.add if is_on else track.raised.discard)(condition)
        yield Finding(condition, is_on, ts, **said)


# Areas


def _areas(rules: Rules, track: Track, who: Who, spot: Spot, now: Moment) -> Iterator[Finding]:
    here = (spot.lon, spot.lat)
    before = (track.lon, track.lat) if 0 < spot.ts - track.ts <= GAP_S and track.ts else here
    near = rules.along(before, here)
    if track.inside or track.raised:
        near += [area for key in _kept_areas(track) if (area := rules.areas.get(key)) and area not in near]
    for area in near:
        if area.audience.has(who.vehicle, who.carrier):
            yield from _area(area, track, spot, before, area.schedule.is_always or area.schedule.is_on(now))
        elif area.id in track.inside:
            del track.inside[area.id]


def _kept_areas(track: Track) -> list[int]:
    """The areas in which the vehicle was, and those it has left without permission."""
    return [*track.inside, *(int(one[6:]) for one in track.raised if one.startswith("leave:"))]


def _area(area: Area, track: Track, spot: Spot, before: LonLat, is_on: bool) -> Iterator[Finding]:
    was = area.id in track.inside
    is_inside = area.shape.covers(spot.lon, spot.lat, BORDER_M if was else 0.0)
    said: dict[str, Any] = {"value": spot.speed_kmh, "about": area.name, "is_grave": area.is_sensitive}
    if is_inside and is_on:
        track.inside.setdefault(area.id, spot.ts)
        yield from _turned(track, f"leave:{area.id}", False, spot.ts, **said)
        yield from _turned(track, f"enter:{area.id}", area.enters, spot.ts, **said)
        stayed = spot.ts - track.inside[area.id]
        is_long = bool(area.stay_s) and stayed >= area.stay_s
        yield from _turned(track, f"stay:{area.id}", is_long, spot.ts, value=stayed / 60, limit=area.stay_s / 60, unit="分钟", about=area.name)
        return
    if was:
        stayed = spot.ts - track.inside.pop(area.id)
        yield from _turned(track, f"enter:{area.id}", False, spot.ts, **said)
        yield from _turned(track, f"stay:{area.id}", False, spot.ts, value=stayed / 60, limit=area.stay_s / 60, unit="分钟", about=area.name)
    elif is_on and (area.enters or area.leaves) and (span := area.shape.crossed(before, (spot.lon, spot.lat))):
        # Jumped over between two positions: it was inside all the same.
        at = [track.ts + share * (spot.ts - track.ts) for share in span]
        if area.enters:
            yield Finding(f"enter:{area.id}", True, at[0], **said)
            yield Finding(f"enter:{area.id}", False, at[1], **said)
        was = True
    yield from _turned(track, f"leave:{area.id}", is_on and area.leaves and (was or f"leave:{area.id}" in track.raised), spot.ts, **said)


# Speed


def _speed(rules: Rules, track: Track, who: Who, spot: Spot, now: Moment) -> Iterator[Finding]:
    limit, about = _limit(rules, track, who)
    is_told, is_over = "overspeed" in spot.told, spot.speed_kmh > limit
    track.fast_since = (track.fast_since or spot.ts) if is_over else 0.0
    is_fast = is_told or (is_over and spot.ts - track.fast_since >= OVERSPEED_SECONDS)
    is_slow = not is_told and spot.speed_kmh <= limit - OVERSPEED_BAND_KMH
    if is_fast or is_slow:
        yield from _turned(track, "overspeed", is_fast, spot.ts, value=spot.speed_kmh, limit=float(limit), about=about)


def _limit(rules: Rules, track: Track, who: Who) -> tuple[int, str]:
    """The lowest limit that holds here, and whose it is; empty for the vehicle's own."""
    limits = [(who.limit_kmh, "")]
    limits += [(area.limit_kmh, area.name) for key in track.inside if (area := rules.areas.get(key)) and area.limit_kmh]
    route = rules.routes.get(track.route)
    section = route.section_by(track.section) if route else None
    if route and section and section.limit_kmh:
        limits.append((section.limit_kmh, f"{route.name} {section.name}"))
    elif route and route.limit_kmh:
        limits.append((route.limit_kmh, route.name))
    return min(limits, key=lambda one: one[0])


# Routes


def _route(rules: Rules, track: Track, who: Who, spot: Spot, now: Moment) -> Iterator[Finding]:
    before = rules.routes.get(track.route)
    holds = before is not None and _holds(before, who, now)
    route, at = (before, before.corridor.piece(spot.lon, spot.lat)) if before and holds else (None, None)
    if at is None:  # it stays on the one it is on while that one covers it
        route, at = next(((one, at) for one in dict.fromkeys(rules.routes_near(spot.lon, spot.lat)) if _holds(one, who, now) and (at := one.corridor.piece(spot.lon, spot.lat))), (None, None))
    if before and before is not route:
        yield from _left(before, track, spot, _along(before, track))
    if route and at:
        yield from _on(route, at, before, track, spot)
        track.route, track.off_since = route.id, 0.0
    elif before and holds and (track.off_since or not _has_arrived(before, track)):
        track.off_since = track.off_since or spot.ts
    else:
        track.route, track.off_since = 0, 0.0
    is_off = bool(track.off_since) and spot.ts - track.off_since >= OFF_ROUTE_S
    about = rules.routes[track.route].name if track.route else ""
    if is_off or not track.off_since:
        yield from _turned(track, "off_route", is_off or "off_route" in spot.told, spot.ts, value=spot.speed_kmh, about=about)


def _holds(route: Route, who: Who, now: Moment) -> bool:
    """Whether the route is one of the vehicle's at this moment."""
    return route.audience.has(who.vehicle, who.carrier) and (route.schedule.is_always or route.schedule.is_on(now))


def _along(route: Route, track: Track) -> float:
    """Metres from the route's beginning of the last position."""
    at = route.corridor.piece(track.lon, track.lat, BORDER_M)
    return at[1] if at else route.length_m / 2


def _has_arrived(route: Route, track: Track) -> bool:
    along = _along(route, track)
    return min(along, route.length_m - along) <= ARRIVAL_M


def _on(route: Route, at: tuple[int, float], before: Route | None, track: Track, spot: Spot) -> Iterator[Finding]:
    """The section on which it is; that which it left first."""
    piece, along = at
    section = route.section(piece)
    if before is route and (section is None or section.id != track.section):
        yield from _left(route, track, spot, along)
    if section is None:
        return
    if section.id != track.section:
        track.section, track.section_since, track.section_m = section.id, spot.ts, along
    seconds = spot.ts - track.section_since
    is_long = bool(section.longest_s) and seconds > section.longest_s
    said = {"value": seconds / 60, "limit": section.longest_s / 60, "unit": "分钟", "about": f"{route.name} {section.name}"}
    yield from _turned(track, f"section_long:{section.id}", is_long, spot.ts, **said)


def _left(route: Route, track: Track, spot: Spot, along: float) -> Iterator[Finding]:
    """The end of a section: whether it took too little time for one that was driven from end to end."""
    section = route.section_by(track.section)
    track.section = 0
    if section is None:
        return
    seconds = spot.ts - track.section_since
    said: dict[str, Any] = {"value": seconds / 60, "unit": "分钟", "about": f"{route.name} {section.name}"}
    yield from _turned(track, f"section_long:{section.id}", False, spot.ts, limit=section.longest_s / 60, **said)
    if section.shortest_s and seconds < section.shortest_s and abs(along - track.section_m) >= WHOLE * route.length_of(section):
        yield Finding(f"section_short:{section.id}", True, spot.ts, limit=section.shortest_s / 60, **said)


# Standing, driving by night, driving too long


def _standing(rules: Rules, track: Track, spot: Spot) -> Iterator[Finding]:
    stands = spot.speed_kmh <= STANDS_KMH and (not track.stop_since or _metres(track.stop_at, spot) <= SAME_PLACE_M)
    if stands and not track.stop_since:
        track.stop_since, track.stop_at = spot.ts, (spot.lon, spot.lat)
    elif not stands:
        track.stop_since = 0.0
    limit, stood = rules.hours.stop_s, spot.ts - track.stop_since if track.stop_since else 0.0
    is_long = "long_stop" in track.raised and bool(track.stop_since)
    if limit and stood >= limit and not is_long:
        is_long = not rules.may_stand(spot.lon, spot.lat)
    yield from _turned(track, "long_stop", is_long or "long_stop" in spot.told, spot.ts, value=stood / 60 or None, limit=limit / 60 or None, unit="分钟")


def _metres(at: LonLat, spot: Spot) -> float:
    return hypot((spot.lon - at[0]) * M_PER_LON * cos(radians(at[1])), (spot.lat - at[1]) * M_PER_LAT)


def _hours(rules: Rules, track: Track, who: Who, spot: Spot, now: Moment) -> Iterator[Finding]:
    hours, moves = rules.hours, spot.speed_kmh > STANDS_KMH
    yield from _night(rules, track, who, spot, now, moves)
    stood = spot.ts - track.stop_since if track.stop_since else 0.0
    is_silent = track.ts and spot.ts - track.ts >= hours.rest_s and _metres((track.lon, track.lat), spot) <= 1000.0
    if stood >= hours.rest_s or is_silent:
        track.drive_since = track.paused_s = track.paused_night_s = 0.0
    elif moves:
        track.drive_since = track.drive_since or spot.ts
    elif track.drive_since and track.ts:
        pause = min(spot.ts - track.ts, GAP_S)
        track.paused_s += pause
        track.paused_night_s += pause if is_night(now, NIGHT) else 0.0
    driven, night = driven_s(track, spot.ts, rules.zone) if track.drive_since and spot.ts - track.drive_since >= min(hours.day_s, hours.night_s) else (0.0, 0.0)
    by_night = bool(hours.night_s) and night >= hours.night_s
    is_tired = who.tires and bool(track.drive_since) and (by_night or (bool(hours.day_s) and driven >= hours.day_s))
    limit, value = (hours.night_s, night) if by_night else (hours.day_s, driven)
    yield from _turned(track, "fatigue", is_tired or "fatigue" in spot.told, spot.ts, value=value / 3600 or None, limit=limit / 3600 or None, unit="小时")


def driven_s(track: Track, ts: float, zone: ZoneInfo) -> tuple[float, float]:
    """Seconds driven since the last long rest, and how many of them by night; short stops left out."""
    if not track.drive_since:
        return 0.0, 0.0
    whole = ts - track.drive_since
    begun = moment(int(track.drive_since), zone).minute
    night = _nightly(begun, whole / 60) * 60
    return max(0.0, whole - track.paused_s), max(0.0, night - track.paused_night_s)


def _nightly(begun: float, length: float) -> float:
    """How many of ``length`` minutes from a minute of the day on are between 22:00 and 06:00."""
    total, end, night = 0.0, begun + length, NIGHT[0] - DAY_MINUTES
    while night < end:
        total += max(0.0, min(end, night + DAY_MINUTES - NIGHT[0] + NIGHT[1]) - max(begun, night))
        night += DAY_MINUTES
    return total


def is_night(now: Moment, span: tuple[int, int]) -> bool:
    """Whether the minute of the day lies in a span that may run over midnight."""
    begins, ends = span
    return begins <= now.minute < ends if begins <= ends else now.minute >= begins or now.minute < ends


def _night(rules: Rules, track: Track, who: Who, spot: Spot, now: Moment, moves: bool) -> Iterator[Finding]:
    is_banned = rules.hours.ban[0] != rules.hours.ban[1] and is_night(now, rules.hours.ban) and who.tires
    if not is_banned:
        track.moving_since = 0.0
    elif moves:
        track.moving_since = track.moving_since or spot.ts
    stood = spot.ts - track.stop_since if track.stop_since else 0.0
    if stood >= NIGHT_MOVES_S:
        track.moving_since = 0.0
    is_on = bool(track.moving_since) and spot.ts - track.moving_since >= NIGHT_MOVES_S
    if is_on or not track.moving_since:
        yield from _turned(track, "night_driving", is_on or "night_driving" in spot.told, spot.ts, value=spot.speed_kmh)
