"""The scripted hour of the demo park's tanks: what every point measures at a moment, as a pure function of time.

The hour repeats. Most of the park is calm; these things happen, in minutes of the hour:

====== =======================================================================================================
 0-15  V-305.TT  苯 is too cold (低) from the start; again from 45
 0-17  V-101.LT  the tank is filled: 高 at 2, 高高 at 9.4, held, then drawn off: 高高 ends at 13, 高 at 21
 8-34  V-603.TT  丙烯 warms up slowly: 高 at 22, back at 26; its pressure follows
12-25  V-203.GT1 ammonia leaks: 高 at 13.9, 高高 at 15.4, gone at 21; V-203.GT2 reaches 高 at 15
18-31  V-402.LT  the sensor is dead
34-40  GW-03     the gateway is silent
40-55  V-302.PT  a loose contact: the value jumps to and fro, within its limits
always V-303.TT  the transmitter is stuck: nothing moves
====== =======================================================================================================

What the trucks do meanwhile stands in ``trips``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import pi, sin
from typing import Any, NamedTuple

from data.demo.installations import IN_MAINTENANCE, seeded
from data.demo.media import MEDIA, TOXIC
from data.demo.points import points

CYCLE_S = 3600.0

Curve = tuple[
    tuple[float, float], ...
]  # (minute of the hour, value), in order of time; between two straight, round the hour closed

SCRIPT: dict[str, Curve] = {
    "V-101.LT": ((0, 11.65), (10.2, 12.46), (12.3, 12.46), (29.3, 11.10), (50, 11.10)),
    "V-305.TT": ((0, 6.6), (12, 6.6), (18, 8.6), (26, 9.6), (36, 9.0), (47, 6.8), (52, 6.6)),
    "V-603.TT": ((0, 24), (8, 24), (23, 35.8), (24, 36.2), (26, 34.0), (44, 24)),
    "V-203.GT1": (
        (0, 4),
        (12, 4),
        (13, 12),
        (14, 27),
        (15.5, 52),
        (16.5, 57),
        (18, 46),
        (20, 30),
        (22, 18),
        (25, 8),
        (29, 4),
    ),
    "V-203.GT2": ((0, 3), (12.5, 3), (13.5, 6), (15, 27), (16.5, 34), (18.5, 28), (20, 19), (26, 5), (30, 3)),
}
DEAD: dict[str, tuple[float, float]] = {"V-402.LT": (18, 31)}
LOOSE: dict[str, tuple[float, float]] = {"V-302.PT": (40, 55)}
LOOSE_SHARE = 0.08  # of the range, up and down
STUCK = frozenset({"V-303.TT"})
SILENT: dict[str, tuple[float, float]] = {"GW-03": (34, 40)}


class _Signal(NamedTuple):
    """One point: a slow curve and three small waves round it, each (amplitude, waves an hour, phase)."""

    code: str
    curve: Curve
    waves: tuple[tuple[float, int, float], ...]
    low: float
    high: float


def minute_of(t: float) -> float:
    """Minute of the scripted hour at ``t`` seconds after its start; ``t`` may be negative."""
    return (t % CYCLE_S) / 60.0


def on_curve(curve: Sequence[tuple[float, float]], minute: float) -> float:
    """The value at a minute; before the first and behind the last corner the hour closes on itself."""
    before, after = (curve[-1][0] - 60, curve[-1][1]), (curve[0][0] + 60, curve[0][1])
    for corner in curve:
        if corner[0] > minute:
            after = corner
            break
        before = corner
    span = after[0] - before[0]
    return before[1] + (after[1] - before[1]) * ((minute - before[0]) / span if span else 0.0)


def _level_curve(point: dict[str, Any]) -> Curve:
    """A third of the tanks stand still, the others are filled or drawn off a little in the hour."""
    random = seeded(f"level/{point['code']}")
    height = point["range_high"]
    rest = height * random.uniform(0.28, 0.70)
    if random.random() < 0.35:
        return ((0, rest),)
    stroke = height * random.uniform(0.015, 0.06) * random.choice((1, -1))
    start, hold = random.uniform(0, 20), random.uniform(4, 14)
    return ((start, rest), (start + 14, rest + stroke), (start + 14 + hold, rest + stroke), (start + 36, rest))


def _usual(point: dict[str, Any], medium: str) -> tuple[float, float]:
    """The usual value and the height of its waves, of everything but a level."""
    random = seeded(f"usual/{point['code']}")
    if point["quantity"] == "temperature":
        return MEDIA[medium].temperature[0] + random.uniform(-0.6, 0.6), 0.25
    if point["quantity"] == "pressure":
        pressure = MEDIA[medium].pressure
        assert pressure is not None
        return pressure[0] * random.uniform(0.94, 1.06), pressure[0] * 0.02
    if point["quantity"] == "combustible":
        return random.choice((0.5, 1.0, 1.5, 2.0, 3.0)), 0.4
    gas = TOXIC[MEDIA[medium].gas]
    return gas.usual * random.uniform(0.6, 1.2), gas.usual * 0.15


@lru_cache
def _signals() -> tuple[_Signal, ...]:
    from data.demo.installations import FARMS, tanks

    medium_of = {tank["code"]: tank["medium"] for tank in tanks()}
    first_of = {farm.code: farm.groups[0].medium for farm in FARMS}
    result = []
    for point in points():
        if point["tank"] in IN_MAINTENANCE:
            continue
        random = seeded(f"waves/{point['code']}")
        if point["quantity"] == "level":
            curve, height = _level_curve(point), 0.004
        else:
            usual, height = _usual(point, medium_of.get(point["tank"]) or first_of[point["installation"]])
            curve = ((0.0, usual),)
        curve = SCRIPT.get(point["code"], curve)
        if point["code"] == "V-603.PT":
            # Liquid and vapour are in balance: about 0.027 MPa a degree.
            curve = tuple((minute, 0.68 + (value - 6.5) * 0.027) for minute, value in SCRIPT["V-603.TT"])
        waves = tuple(
            (height * share, count, random.uniform(0, 2 * pi)) for share, count in ((0.5, 2), (0.3, 11), (0.2, 97))
        )
        if point["code"] in STUCK:
            waves = ()
        result.append(_Signal(point["code"], curve, waves, point["range_low"], point["range_high"]))
    return tuple(result)


def values(t: float) -> dict[str, float]:
    """What the points measure ``t`` seconds after the start of the hour, by code; dead points and tanks under repair are missing.

    Whether a gateway can send what it reads is another question: see ``silent_gateways``.
    """
    minute = minute_of(t)
    angle = 2 * pi * minute / 60
    dead = {code for code, (start, end) in DEAD.items() if start <= minute < end}
    result = {}
    for code, curve, waves, low, high in _signals():
        if code not in dead:
            value = on_curve(curve, minute) if len(curve) > 1 else curve[0][1]
            for height, count, phase in waves:
                value += height * sin(count * angle + phase)
            if code in LOOSE and LOOSE[code][0] <= minute < LOOSE[code][1]:
                value += LOOSE_SHARE * (high - low) * (1 if int(t // 20) % 2 else -1)
            result[code] = round(min(high, max(low, value)), 4)
    return result


def silent_gateways(t: float) -> frozenset[str]:
    """Codes of the gateways that are cut off at ``t``."""
    minute = minute_of(t)
    return frozenset(code for code, (start, end) in SILENT.items() if start <= minute < end)
