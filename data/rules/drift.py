"""Which positions are not to be believed: the zero of a device without a fix, and jumps that no vehicle drives.

A doubtful position is stored, but no rule looks at it. Three in a row that agree with each other are believed after all: the
vehicle was carried, or the first one was wrong. So is the tenth in a row, whatever it is.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import cos, hypot, radians
from statistics import fmean, pstdev

from data.rules.ground import M_PER_LAT, M_PER_LON

IMPOSSIBLE_KMH = 200.0
NEAR_M = 100.0  # whatever its speed, such a step is the trembling of a fix
LEGS = 8
SIGMAS, LEAST_SIGMA_KMH, SLACK_KMH = 3.0, 5.0, 30.0
AGREEING = 3
MOST_DOUBTED = 10  # in a row, whatever they are: a filter must not blind the room
ZERO_DEG = 0.05


@dataclass(slots=True)
class Trust:
    """The last position believed, by how much the way between positions was faster than the speed reported, and what was doubted since."""

    ts: float = 0.0
    lon: float = 0.0
    lat: float = 0.0
    excess: deque[float] = field(default_factory=lambda: deque(maxlen=LEGS))
    doubted: list[tuple[float, float, float]] = field(default_factory=list)
    in_a_row: int = 0


def doubt(trust: Trust, ts: float, lon: float, lat: float, speed_kmh: float) -> str:
    """Why the position is not believed: ``zero``, ``speed``, ``jump``; empty when it is. Advances ``trust``."""
    if abs(lon) < ZERO_DEG and abs(lat) < ZERO_DEG:
        return "zero"
    reason, excess = _reason(trust, ts, lon, lat, speed_kmh)
    if reason:
        last = trust.doubted[-1] if trust.doubted else None
        agrees = last is None or _kmh(last, (ts, lon, lat))[0] <= max(speed_kmh, SLACK_KMH) + SLACK_KMH
        trust.doubted = [*trust.doubted, (ts, lon, lat)] if agrees else [(ts, lon, lat)]
        trust.in_a_row += 1
        if len(trust.doubted) < AGREEING and trust.in_a_row < MOST_DOUBTED:
            return reason
        trust.excess.clear()
    elif excess is not None:
        trust.excess.append(excess)
    trust.ts, trust.lon, trust.lat = ts, lon, lat
    trust.doubted, trust.in_a_row = [], 0
    return ""


def _reason(trust: Trust, ts: float, lon: float, lat: float, speed_kmh: float) -> tuple[str, float | None]:
    if not trust.ts or ts <= trust.ts:
        return "", None
    kmh, metres = _kmh((trust.ts, trust.lon, trust.lat), (ts, lon, lat))
    excess = kmh - speed_kmh
    if metres <= NEAR_M:
        return "", excess
    if kmh > IMPOSSIBLE_KMH:
        return "speed", None
    if len(trust.excess) == LEGS:
        usual, sigma = fmean(trust.excess), max(pstdev(trust.excess), LEAST_SIGMA_KMH)
        if excess > max(usual, 0.0) + SIGMAS * sigma + SLACK_KMH:
            return "jump", None
    return "", excess


def _kmh(a: tuple[float, float, float], b: tuple[float, float, float]) -> tuple[float, float]:
    """(km/h, metres) of the straight way from a to b."""
    metres = hypot((b[1] - a[1]) * M_PER_LON * cos(radians(a[2])), (b[2] - a[2]) * M_PER_LAT)
    seconds = b[0] - a[0]
    return (metres / seconds * 3.6 if seconds > 0 else (0.0 if metres <= NEAR_M else IMPOSSIBLE_KMH * 2)), metres
