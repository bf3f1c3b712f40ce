"""How a measured value moves: too fast (变化率超限), or not at all (数据平直), which no process and no sound instrument does.

IEC 62682 / GB/T 41261: rate-of-change and bad-measurement alarms. A rate is taken over a minute at least, so that the last digit of an
instrument that reports every second is no rate.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

SPAN_S = 60.0
LONGEST_S = 600.0  # between values further apart nobody knows how the value moved
BACK = 0.9  # of the limit, below which a rate is over


class Motion(NamedTuple):
    """``rate_limit`` in the point's unit a minute, ``flat_s`` in seconds; 0: not watched."""

    rate_limit: float = 0.0
    flat_s: float = 0.0

    @property
    def is_watched(self) -> bool:
        return bool(self.rate_limit or self.flat_s)


UNWATCHED = Motion()


@dataclass(slots=True)
class Moved:
    """What is remembered of a point: the values of the last minute, since when it has not changed, and what is raised."""

    recent: deque[tuple[float, float]] = field(default_factory=deque)
    same_since: float = 0.0
    raised: set[str] = field(default_factory=set)


class Turn(NamedTuple):
    """``condition`` rate or flat; ``value`` and ``limit`` in unit/min, or in minutes."""

    condition: str
    is_raised: bool
    value: float
    limit: float


def move(motion: Motion, moved: Moved, ts: float, value: float, may_raise: bool = True) -> list[Turn]:
    """Advance by one value taken at ``ts``; what began or ended. A value that is not newer than the last changes nothing."""
    recent = moved.recent
    if recent and ts <= recent[-1][0]:
        return []
    if not recent or value != recent[-1][1] or ts - recent[-1][0] > LONGEST_S:
        moved.same_since = ts
    while len(recent) > 1 and recent[1][0] <= ts - SPAN_S:
        recent.popleft()
    rate = _rate(recent, ts, value)
    recent.append((ts, value))
    turns = []
    for condition, is_on, said, limit in _states(motion, moved, ts, rate):
        was = condition in moved.raised
        if is_on != was and (may_raise or was):
            (moved.raised.add if is_on else moved.raised.discard)(condition)
            turns.append(Turn(condition, is_on, said, limit))
    return turns


def _rate(recent: deque[tuple[float, float]], ts: float, value: float) -> float | None:
    """The change a minute since the newest value that is a minute old; None when there is none."""
    if not recent or not SPAN_S <= ts - recent[0][0] <= LONGEST_S:
        return None
    return (value - recent[0][1]) / (ts - recent[0][0]) * 60.0


def _states(motion: Motion, moved: Moved, ts: float, rate: float | None) -> Iterator[tuple[str, bool, float, float]]:
    limit, size = motion.rate_limit, abs(rate or 0.0)
    is_fast = bool(limit) and (size > limit or ((rate is None or size > limit * BACK) and "rate" in moved.raised))
    yield "rate", is_fast, rate or 0.0, limit
    same = ts - moved.same_since
    yield "flat", bool(motion.flat_s) and same >= motion.flat_s, same / 60.0, motion.flat_s / 60.0


def motion_faults(rate_limit: float | None, flat_minutes: int | None, period_s: int | None) -> dict[str, str]:
    """Messages by field where the two do not fit the period in which the point reports."""
    faults: dict[str, str] = {}
    if rate_limit and (period_s or 0) > LONGEST_S:
        faults["rate_limit"] = f"上报周期超过 {LONGEST_S:.0f} 秒的测点不能判变化率。"
    if flat_minutes and flat_minutes * 60 < 3 * (period_s or 0):
        faults["flat_minutes"] = f"不能短于三个上报周期（{3 * (period_s or 0)} 秒）。"
    if flat_minutes and flat_minutes > 10_080:
        faults["flat_minutes"] = "不能超过 10080 分钟（7 天）。"
    return faults
