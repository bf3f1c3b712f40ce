"""The scripted hour of the demo park's trucks: where each is at a moment, as a pure function of time.

The hour repeats, as that of the tanks. In minutes: 辽N·B7702 races through the park at 3, 辽N·A1234 stops and presses SOS from 27
to 30, 辽N·K5520 leaves its road from 35 to 39, 辽N·L4471 has no signal from 41 to 47 and sends what it missed afterwards,
辽N·P7725 has been off line all the time. The others deliver, come and go by the expressway, or stand in their yards.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from math import sin
from random import Random
from typing import NamedTuple

from data.demo.installations import seeded
from data.demo.layout import expressway, street
from data.demo.plane import Point, between, crossing, distance, heading, to_lonlat
from data.demo.roads import Leg, route
from data.demo.scenario import CYCLE_S
from data.demo.transport import vehicles

SOS_PLATE, RACER, STRAYER, DARK, OFFLINE = "辽N·A1234", "辽N·B7702", "辽N·K5520", "辽N·L4471", "辽N·P7725"
SOS, ROUTE_LEFT = 1 << 0, 1 << 23  # alarm bits of JT/T 808-2019 table 24
ACC_ON, FIXED, GPS, BEIDOU, FULL = 1 << 0, 1 << 1, 1 << 18, 1 << 19, 3 << 8  # status bits, table 23
DARK_MINUTES = (41.0, 47.0)
LAST_SEEN_S = -47 * 60.0  # when the truck that is off line was heard for the last time

_STEP_M = 20.0
_LANE_M = 4.0  # right of the middle line
_ACCELERATION, _BRAKING = 0.7, 0.9  # m/s2
_CORNER_KMH = 14.0


class TruckState(NamedTuple):
    """WGS-84 degrees, km/h, degrees from north clockwise, metres, kilometres."""

    lon: float
    lat: float
    speed_kmh: float
    heading_deg: int
    altitude_m: int
    alarm_bits: int
    status_bits: int
    mileage_km: float
    is_moving: bool
    is_online: bool


class _Sample(NamedTuple):
    t: float
    x: float
    y: float
    heading_deg: float
    speed: float  # m/s
    metres: float  # since the start of the hour


class _Plan:
    """A truck's hour as samples in order of time; ``alarms`` are (start, end, bit) in its own time."""

    def __init__(self, start: Point, facing: float) -> None:
        self.samples = [_Sample(0.0, start[0], start[1], facing, 0.0, 0.0)]
        self.alarms: list[tuple[float, float, int]] = []

    @property
    def t(self) -> float:
        return self.samples[-1].t

    def wait(self, seconds: float) -> None:
        last = self.samples[-1]
        self.samples.append(last._replace(t=last.t + max(seconds, 1.0), speed=0.0))

    def wait_until(self, t: float) -> None:
        if t < self.t:
            raise ValueError(f"the trip takes {self.t:.0f} s, more than the {t:.0f} s it has")
        self.wait(t - self.t)

    def drive(self, legs: Sequence[Leg], pace: float) -> None:
        """Drive along the legs at ``pace`` times their speed limit, slow at corners, from standing to standing."""
        self.follow(_profile(legs, pace))

    def follow(self, profile: Sequence[_Sample]) -> None:
        """Drive as in a profile that begins at 0 s and 0 m."""
        t, metres = self.t, self.samples[-1].metres
        self.samples += [sample._replace(t=t + sample.t, metres=metres + sample.metres) for sample in profile]

    @property
    def clock(self) -> list[float]:
        return [sample.t for sample in self.samples]


def _profile(legs: Sequence[Leg], pace: float) -> list[_Sample]:
    """The drive along the legs, from standing at 0 s and 0 m to standing."""
    spots: list[tuple[Point, float, float]] = []  # place, heading, the highest speed there in m/s
    for index, leg in enumerate(legs):
        facing, length = heading(leg.a, leg.b), distance(leg.a, leg.b)
        top = leg.limit_kmh * pace / 3.6
        count = max(1, round(length / _STEP_M))
        for step in range(count):
            turns = (
                index > 0
                and step == 0
                and abs((facing - heading(legs[index - 1].a, legs[index - 1].b) + 180) % 360 - 180) > 25
            )
            spots.append(
                (_lane(between(leg.a, leg.b, step / count), leg), facing, min(top, _CORNER_KMH / 3.6) if turns else top)
            )
    spots.append((_lane(legs[-1].b, legs[-1]), heading(legs[-1].a, legs[-1].b), 0.0))
    gaps = [distance(a[0], b[0]) for a, b in pairwise(spots)]
    speeds = [spot[2] for spot in spots]
    speeds[0] = speeds[-1] = 0.0
    for index, gap in enumerate(gaps):
        speeds[index + 1] = min(speeds[index + 1], (speeds[index] ** 2 + 2 * _ACCELERATION * gap) ** 0.5)
    for index in range(len(gaps) - 1, -1, -1):
        speeds[index] = min(speeds[index], (speeds[index + 1] ** 2 + 2 * _BRAKING * gaps[index]) ** 0.5)
    result: list[_Sample] = []
    t = metres = 0.0
    for index, gap in enumerate(gaps):
        t += gap / max((speeds[index] + speeds[index + 1]) / 2, 0.5)
        metres += gap
        (x, y), facing, _ = spots[index + 1]
        result.append(_Sample(t, x, y, facing, speeds[index + 1], metres))
    return result


def _lane(point: Point, leg: Leg) -> Point:
    length = distance(leg.a, leg.b) or 1.0
    return point[0] + (leg.b[1] - leg.a[1]) / length * _LANE_M, point[1] - (leg.b[0] - leg.a[0]) / length * _LANE_M


def _there_and_back(home: str, stops: Sequence[tuple[str, float]], pace: float, shares: Sequence[float]) -> _Plan:
    """From home by the stops (node, seconds) and back home; what is left of the hour is spent at home and at the stops by ``shares``."""
    ways = [
        route(a, b)
        for a, b in zip([home, *(node for node, _ in stops)], [*(node for node, _ in stops), home], strict=True)
    ]
    drives = [_profile(way, pace) for way in ways]
    spare = CYCLE_S - sum(drive[-1].t for drive in drives) - sum(seconds for _, seconds in stops) - 5
    if spare < 60:
        raise ValueError(f"a round from {home} takes too long by {60 - spare:.0f} s")
    plan = _Plan(_lane(ways[0][0].a, ways[0][0]), heading(ways[0][0].a, ways[0][0].b))
    plan.wait(spare * shares[0])
    for drive, (_, seconds), share in zip(drives, stops, shares[1:], strict=False):
        plan.follow(drive)
        plan.wait(seconds + spare * share)
    plan.follow(drives[-1])
    plan.wait_until(CYCLE_S)
    return plan


def _round(yard: str, bay: str, pace: float, random: Random) -> _Plan:
    """A round in the park from the yard: one customer after the other, as long as about 40 minutes of driving bring it home."""

    def seconds(start: str, end: str) -> float:
        return 20 + 1.15 * sum(3.6 * distance(leg.a, leg.b) / (leg.limit_kmh * pace) for leg in route(start, end))

    stops, driven = [bay], seconds(yard, bay)
    for _ in range(12):
        other = f"{random.choice(vehicles())['customer']}.bay"
        if other != stops[-1] and driven + seconds(stops[-1], other) + seconds(other, yard) < 40 * 60:
            driven += seconds(stops[-1], other)
            stops.append(other)
    return _there_and_back(yard, [(stop, 60.0) for stop in stops], pace, [0.2] + [0.8 / len(stops)] * len(stops))


def _sos_plan() -> _Plan:
    """From its yard to 华锦新材料; on the way it stops and calls for help."""
    corner = crossing(street("物流大道").line, street("化工一路").line)
    way = route("E026.bay", "E001.bay")
    cut = min(range(len(way)), key=lambda index: distance(way[index].b, corner))
    first = _profile(way[: cut + 1], 0.9)
    plan = _Plan(_lane(way[0].a, way[0]), heading(way[0].a, way[0].b))
    plan.wait_until(27 * 60 - first[-1].t - 8)
    plan.drive(way[: cut + 1], 0.9)
    plan.alarms.append((27 * 60, 30 * 60, SOS))
    plan.wait_until(30 * 60 + 40)
    plan.drive(way[cut + 1 :], 0.9)
    plan.wait(10 * 60)
    plan.drive(route("E001.bay", "E026.bay"), 0.9)
    plan.wait_until(CYCLE_S)
    return plan


def _racing_plan() -> _Plan:
    """In by the west gate and through the park at 68 km/h, where 60 and 50 are allowed; back at a proper speed."""
    plan = _Plan((-2416.0, 646.0), 100.0)
    east = route("G-W", "E002.bay")
    plan.wait_until(135.0)
    plan.drive(east, 1.7)
    plan.wait(20 * 60)
    plan.drive(route("E002.bay", "G-W"), 0.9)
    plan.wait_until(CYCLE_S)
    return plan


def _straying_plan() -> _Plan:
    """A delivery by the south gate; on the way back it turns off 兴园二路南延 into the fields and stands there."""
    out = route("E027.bay", "G-S")
    gate = out[-1].b
    field = [(gate[0] + 40, gate[1] - 150), (gate[0] + 260, gate[1] - 210), (gate[0] + 420, gate[1] - 170)]
    corners = [gate, *field]
    astray = [Leg(a, b, 24, "") for a, b in pairwise(corners)]
    back = [Leg(leg.b, leg.a, 24, "") for leg in reversed(astray)]
    first = _profile(out, 0.9)
    plan = _Plan(_lane(out[0].a, out[0]), heading(out[0].a, out[0].b))
    plan.wait_until(34.5 * 60 - first[-1].t)
    plan.drive(out, 0.9)
    left = plan.t + 20
    plan.drive(astray, 0.9)
    plan.wait(100)
    plan.drive(back, 0.9)
    plan.alarms.append((left, plan.t - 20, ROUTE_LEFT))
    plan.drive(route("G-S", "E027.bay"), 0.9)
    plan.wait_until(CYCLE_S)
    return plan


_SERVICE_AREAS = ("X06", f"X{len(expressway()) - 7:02d}")
_SCRIPTED = {SOS_PLATE: _sos_plan, RACER: _racing_plan, STRAYER: _straying_plan}


def _ordinary_plan(index: int, plate: str) -> _Plan:
    """Of ten trucks four come by the expressway, four serve the park from their yards, two stand."""
    random = seeded(f"trip/{plate}")
    truck = vehicles()[index]
    bay, yard, pace = f"{truck['customer']}.bay", f"{truck['carrier']}.bay", random.uniform(0.84, 0.93)
    turn = index % 10
    if turn in {1, 4, 7, 9}:
        return _there_and_back(
            random.choice(_SERVICE_AREAS), (("G-E", 40.0), (bay, 300.0), ("G-E", 25.0)), pace, (0.35, 0.0, 0.65, 0.0)
        )
    if turn in {0, 2, 5, 6}:
        return _round(yard, bay, pace, random)
    way = route(yard, bay)
    plan = _Plan(way[0].a, random.uniform(0, 359))
    plan.wait_until(CYCLE_S)
    return plan


def _longest_drive(plan: _Plan) -> float:
    """When the plan's longest drive without a stop begins."""
    begun, best, longest = 0.0, 0.0, 0.0
    for before, after in pairwise(plan.samples):
        if after.metres == before.metres:
            begun = after.t
        elif after.t - begun > longest:
            best, longest = begun, after.t - begun
    return best


class _Hour(NamedTuple):
    plan: _Plan
    clock: list[float]
    shift: float
    loaded: bool
    odometer_km: float
    phase: float


@lru_cache
def _hours() -> dict[str, _Hour]:
    result = {}
    for index, truck in enumerate(vehicles()):
        plate = truck["plate"]
        random = seeded(f"hour/{plate}")
        scripted = _SCRIPTED.get(plate)
        plan = scripted() if scripted else _ordinary_plan(index, plate)
        shift = 0.0 if scripted else random.uniform(0, CYCLE_S)
        if plate == DARK:
            # It loses the signal half a minute into its longest drive.
            shift = (_longest_drive(plan) + 30 - DARK_MINUTES[0] * 60) % CYCLE_S
        result[plate] = _Hour(
            plan,
            plan.clock,
            shift,
            truck["load_t"] > 0,
            round(random.uniform(20_000, 240_000), 1),
            random.uniform(0, 6),
        )
    return result


def plates() -> tuple[str, ...]:
    """The plates of all trucks."""
    return tuple(_hours())


def truck(plate: str, t: float) -> TruckState:
    """Where the truck is ``t`` seconds after the start of the hour; ``t`` may be negative."""
    hour = _hours()[plate]
    own, rounds = (t + hour.shift) % CYCLE_S, (t + hour.shift) // CYCLE_S
    samples = hour.plan.samples
    index = min(max(bisect_right(hour.clock, own), 1), len(samples) - 1)
    before, after = samples[index - 1], samples[index]
    share = min(1.0, (own - before.t) / (after.t - before.t)) if after.t > before.t else 1.0
    speed = 3.6 * (before.speed + (after.speed - before.speed) * share)
    moving = after.metres > before.metres
    if moving:
        speed = max(speed + 0.8 * sin(t / 7 + hour.phase), 1.0)
    x, y = between((before.x, before.y), (after.x, after.y), share)
    lon, lat = to_lonlat((x + 0.8 * sin(t / 31 + hour.phase), y + 0.8 * sin(t / 37 + 2 * hour.phase)))
    bits = sum(bit for start, end, bit in hour.plan.alarms if start <= own < end)
    working = moving or (hour.plan.samples[-1].metres > 0)
    status = FIXED | GPS | BEIDOU | (ACC_ON if working else 0) | (FULL if hour.loaded else 0)
    metres = before.metres + (after.metres - before.metres) * share + rounds * samples[-1].metres
    facing = round(after.heading_deg) % 360
    mileage = round(hour.odometer_km + metres / 1000, 1)
    return TruckState(
        lon,
        lat,
        round(speed, 1) if moving else 0.0,
        facing,
        round(172 + 6 * sin(x / 900)),
        bits,
        status,
        mileage,
        moving,
        _is_online(plate, t),
    )


def _is_online(plate: str, t: float) -> bool:
    if plate == OFFLINE:
        return t <= LAST_SEEN_S
    minute = (t % CYCLE_S) / 60
    return not (plate == DARK and DARK_MINUTES[0] <= minute < DARK_MINUTES[1])
