"""Shifts in series, moments at random, and whether two shifts overlap. Pure: who and when in, who and when out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

MOST_TIMES, MOST_SHIFTS = 6, 400
_TIME = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—~～至]\s*(\d{1,2}):(\d{2})")
_DAY = 24 * 60


class Turn(NamedTuple):
    """One shift of a series: whose, from when until when."""

    user_id: int
    begins_at: datetime
    ends_at: datetime


def read_times(text: str) -> list[tuple[int, int]]:
    """(beginning, length) in minutes of each shift of a day, out of ``08:00-20:00，20:00-08:00``; ValueError says in Chinese what is wrong.

    An end that is not later than its beginning lies on the next day; the same time twice is a whole day.
    """
    parts = [one.strip() for one in re.split(r"[,，;；、\s]+(?=\d)", text.strip()) if one.strip()]
    if not parts:
        raise ValueError("请填写班次时间，如 08:00-20:00，20:00-08:00。")
    if len(parts) > MOST_TIMES:
        raise ValueError(f"一天最多 {MOST_TIMES} 班。")
    found = []
    for part in parts:
        given = _TIME.fullmatch(part)
        if given is None:
            raise ValueError(f"“{part[:20]}”不是班次时间，请写成 08:00-20:00。")
        first, minute, last, other = (int(one) for one in given.groups())
        if first > 23 or last > 24 or minute > 59 or other > 59 or (last == 24 and other):
            raise ValueError(f"“{part}”没有这样的时间。")
        begins, ends = first * 60 + minute, last * 60 + other
        found.append((begins, ends - begins if ends > begins else ends + _DAY - begins))
    found.sort()
    for (begins, length), (following, _) in zip(found, [*found[1:], (found[0][0] + _DAY, 0)], strict=True):
        if begins + length > following:
            raise ValueError("班次时间有重叠，请调整。")
    return found


def series(people: Sequence[int], times: Sequence[tuple[int, int]], first: date, last: date, each: int, zone: ZoneInfo) -> list[Turn]:
    """The shifts from the first day to the last: the people in turn, ``each`` so many shifts one after the other. At most MOST_SHIFTS and one."""
    found: list[Turn] = []
    for ahead in range((last - first).days + 1):
        for begins, length in times:
            at = datetime.combine(first + timedelta(days=ahead), time(), zone) + timedelta(minutes=begins)
            person = people[len(found) // each % len(people)]
            found.append(Turn(person, at.astimezone(UTC), (at + timedelta(minutes=length)).astimezone(UTC)))
            if len(found) > MOST_SHIFTS:
                return found
    return found


def moments(day: date, count: int, window: str, secret: str, zone: ZoneInfo) -> list[datetime]:
    """The moments of the day at which everybody is asked: nobody can foresee them without the secret, every process finds the same.

    The window begins on the day. Each moment lies in a share of it of its own, so that they do not come all at once.
    """
    begins, ends = (int(hour) * 60 + int(minute) for hour, minute in (one.split(":") for one in window.split("-")))
    length = (ends - begins if ends > begins else ends + _DAY - begins) * 60
    random = Random(hashlib.sha256(f"{secret}:{day.isoformat()}:{count}:{window}".encode()).digest())
    start = datetime.combine(day, time(), zone) + timedelta(minutes=begins)
    return [(start + timedelta(seconds=int(length * (place + random.random()) / count))).astimezone(UTC) for place in range(count)]


def overlap(begins: datetime, ends: datetime, other_begins: datetime, other_ends: datetime) -> bool:
    """Whether two spans have a moment in common; one that begins as the other ends has none."""
    return begins < other_ends and other_begins < ends


def gaps(spans: Sequence[tuple[datetime, datetime]], begins: datetime, ends: datetime) -> list[tuple[datetime, datetime]]:
    """The parts of the span from ``begins`` to ``ends`` that none of the spans covers."""
    found, at = [], begins
    for first, last in sorted(spans):
        if first > at:
            found.append((at, min(first, ends)))
        at = max(at, last)
        if at >= ends:
            break
    if at < ends:
        found.append((at, ends))
    return [one for one in found if one[0] < one[1]]
