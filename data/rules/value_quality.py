"""Whether a value may be believed: silent (停更), flat (平直), jumping (跳变), or taken by a wrong clock (时钟). Pure.

IEC 62682 / GB/T 41261 ask that bad measurements are told from alarms. What is judged here is a hint at the value, for every point and
without settings; a point may besides alarm for 数据平直 and 变化率超限 (``motion``), by limits of its own.
"""

from __future__ import annotations

from typing import NamedTuple

SILENT_PERIODS = 3
FLAT_MINUTES = 60  # where the point does not say itself after how long it is flat
LONGEST_FLAT_MINUTES = 1440  # further back nobody looks for a hint
FEWEST_SAMPLES = 5
JUMP_MINUTES = 15
JUMP_SHARE = 0.1  # of the range, within one minute
JUMPS = 3  # such minutes: a filling tank moves once, a loose contact again and again
CLOCK_S = 120.0
UNCERTAIN = 64  # the quality of a value whose time was replaced
_RESTING = ("pressure", "combustible", "toxic", "oxygen")  # what shows the same for days when all is well

SILENT, FLAT, JUMPING, CLOCK = "silent", "flat", "jumping", "clock"


class Seen(NamedTuple):
    """What is known of a point. ``ts`` and ``received`` of its newest value in seconds, None: there is none.

    ``low``, ``high``, ``samples`` are of the time that ``flat_after`` names; ``spreads`` are the differences between the most and the
    least value of each of the last JUMP_MINUTES minutes.
    """

    ts: float | None
    received: float | None
    quality: int
    low: float | None
    high: float | None
    samples: int
    covers_s: float
    spreads: tuple[float, ...] = ()


class Instrument(NamedTuple):
    """What of a point decides."""

    quantity: str
    period_s: float
    range_low: float
    range_high: float
    flat_minutes: int | None = None


def flat_after(of: Instrument) -> int:
    """For how many minutes without any change the point counts as flat."""
    return min(of.flat_minutes or FLAT_MINUTES, LONGEST_FLAT_MINUTES)


def faults(of: Instrument, seen: Seen, now: float) -> list[str]:
    """What is wrong with the newest value, the gravest first; empty for a value that may be believed.

    A silent point is nothing else: how its old values moved says nothing of the present. One whose values keep coming, dated long ago,
    is not silent: its clock is wrong.
    """
    longest = SILENT_PERIODS * of.period_s
    if seen.ts is None or now - seen.ts > longest:
        is_coming = seen.ts is not None and seen.received is not None and now - seen.received <= longest
        return [CLOCK] if is_coming and is_wrong_clock(of, seen.ts or 0.0, seen.received) else [SILENT]
    found = []
    if seen.quality <= UNCERTAIN or is_wrong_clock(of, seen.ts, seen.received):
        found.append(CLOCK)
    if sum(spread > JUMP_SHARE * (of.range_high - of.range_low) for spread in seen.spreads) >= JUMPS:
        found.append(JUMPING)
    if is_flat(of, seen):
        found.append(FLAT)
    return found


def is_wrong_clock(of: Instrument, ts: float, received: float | None) -> bool:
    """Whether a value says to be of another time than when it came: later than now, or so old that the device kept it back."""
    if received is None:
        return False
    return ts - received > CLOCK_S or received - ts > max(CLOCK_S, SILENT_PERIODS * of.period_s)


def is_flat(of: Instrument, seen: Seen) -> bool:
    """Whether values came all the time and none differed. A detector, or the pressure of
    a tank that breathes, is flat only where the point itself says when."""
    if of.quantity in _RESTING and not of.flat_minutes:
        return False
    if seen.low is None or seen.samples < FEWEST_SAMPLES or seen.covers_s < flat_after(of) * 60 * 0.9:
        return False
    return seen.low == seen.high
