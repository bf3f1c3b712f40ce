"""When a rule holds: days of the week, a daily window that may run over midnight, and the days from and to."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY_MINUTES = 1440
EVERY_DAY = "1234567"
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


class Moment(NamedTuple):
    """An instant on the park's clock: the day's ordinal, ISO weekday (1 Monday), and minute of the day."""

    day: int
    weekday: int
    minute: int


@lru_cache(256)  # positions of one second share it
def moment(second: int, zone: ZoneInfo) -> Moment:
    """The moment of an instant, in whole seconds since 1970 UTC."""
    local = datetime.fromtimestamp(second, UTC).astimezone(zone)
    return Moment(local.toordinal(), local.isoweekday(), local.hour * 60 + local.minute)


class Schedule(NamedTuple):
    """``begins`` and ``ends`` in minutes of the day, the same for the whole day; ``first`` and ``last`` ordinals of days."""

    days: str = EVERY_DAY
    begins: int = 0
    ends: int = 0
    first: int | None = None
    last: int | None = None

    def is_on(self, now: Moment) -> bool:
        """Whether the rule holds. After midnight a window that runs over it belongs to the day on which it began."""
        day, weekday = now.day, now.weekday
        if self.begins < self.ends:
            if not self.begins <= now.minute < self.ends:
                return False
        elif self.begins > self.ends:
            if self.ends <= now.minute < self.begins:
                return False
            if now.minute < self.ends:
                day, weekday = day - 1, (weekday + 5) % 7 + 1
        return str(weekday) in self.days and (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    @property
    def is_always(self) -> bool:
        """Whether no clock need be read."""
        return self.days == EVERY_DAY and self.begins == self.ends and self.first is None and self.last is None


def schedule(days: str | None, begins: str | None, ends: str | None, first: date | None, last: date | None) -> Schedule:
    """The schedule that the columns of a rule describe; texts of the day as 08:30, None for the whole day."""
    return Schedule(
        days or EVERY_DAY, minutes(begins) or 0, minutes(ends) or 0, first.toordinal() if first else None, last.toordinal() if last else None
    )


ALWAYS = Schedule()


def minutes(text: str | None) -> int | None:
    """The minute of the day of 08:30; None when it is no time. 24:00 is the end of the day."""
    if text == "24:00":
        return DAY_MINUTES
    found = _CLOCK.fullmatch(text or "")
    return int(found[1]) * 60 + int(found[2]) if found else None


def time_of_day(text: str) -> str:
    """What is wrong with a time of the day as it was typed; empty when nothing is."""
    return "" if minutes(text) is not None else "应为一天中的时间，如 08:30。"


def weekdays(text: str) -> str:
    """What is wrong with days of the week; empty when nothing is."""
    return "" if re.fullmatch(r"[1-7]{1,7}", text) and len(set(text)) == len(text) else "请至少选择一天。"


def window_faults(begins: str | None, ends: str | None, first: date | None, last: date | None) -> dict[str, str]:
    """Messages by field where the ends of a window do not fit each other."""
    faults: dict[str, str] = {}
    if bool(begins) != bool(ends):
        faults["ends_at" if begins else "begins_at"] = "开始和结束时间请一并填写，全天则都不填。"
    elif begins and begins == ends:
        faults["ends_at"] = "结束时间不能与开始时间相同，全天则都不填。"
    if first and last and last < first:
        faults["valid_to"] = f"不能早于生效日期 {first.isoformat()}。"
    return faults
