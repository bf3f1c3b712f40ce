"""Times of JT/T 808: six bytes of BCD, year to second, in the zone of the terminal (the standard says GMT+8)."""

from __future__ import annotations

from datetime import UTC, date, datetime

INVALID = -(10**12)
STANDARD_OFFSET_S = 8 * 3600


def _table(limit: int, seconds: int) -> list[int]:
    """Seconds that each BCD byte stands for; a value far below zero for a byte that is no BCD or out of range."""
    table = [INVALID] * 256
    for value in range(limit):
        table[value // 10 * 16 + value % 10] = value * seconds
    return table


HOURS, MINUTES, SECONDS = _table(24, 3600), _table(60, 60), _table(60, 1)
DAYS: dict[bytes, int] = {}
"""Epoch seconds of each day seen, by its three bytes; emptied when hostile input has filled it."""


def day_seconds(day: bytes) -> int:
    """Seconds from 1970 to the day ``day`` (3 bytes of BCD, years from 2000) as if it were UTC; INVALID when no date."""
    digits = day.hex()
    try:
        midnight = datetime.combine(
            date(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:])), datetime.min.time(), UTC
        )
        seconds = int(midnight.timestamp())
    except ValueError:
        seconds = INVALID
    if len(DAYS) > 5000:
        DAYS.clear()
    DAYS[day] = seconds
    return seconds


def local_seconds(bcd: bytes) -> int | None:
    """Seconds from 1970 of the six bytes ``bcd`` read as if they were UTC, None when they are no time."""
    day = DAYS.get(bcd[:3])
    seconds = (day_seconds(bcd[:3]) if day is None else day) + HOURS[bcd[3]] + MINUTES[bcd[4]] + SECONDS[bcd[5]]
    return seconds if seconds >= 0 else None


def iso_time(bcd: bytes) -> str:
    """``2024-10-01T23:59:59+08:00`` for the six bytes ``bcd``, or ``bcd:`` and the digits when they are no time."""
    if local_seconds(bcd) is None:
        return f"bcd:{bcd.hex()}"
    d = bcd.hex()
    return f"20{d[:2]}-{d[2:4]}-{d[4:6]}T{d[6:8]}:{d[8:10]}:{d[10:]}+08:00"


def bcd_time(seconds: float, offset_s: int = STANDARD_OFFSET_S) -> bytes:
    """The six bytes of the instant ``seconds`` (epoch) on a clock ``offset_s`` ahead of UTC."""
    return bytes.fromhex(datetime.fromtimestamp(seconds + offset_s, UTC).strftime("%y%m%d%H%M%S"))
