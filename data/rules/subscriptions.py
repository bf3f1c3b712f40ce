"""When a subscription is due, when a number is worth telling, and what differs from the time before. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo


class Timing(NamedTuple):
    """A schedule in the park's time: daily, weekly (``weekday`` 1 is Monday) or monthly, at a whole hour."""

    schedule: str
    hour: int = 8
    weekday: int = 1
    month_day: int = 1


class Seen(NamedTuple):
    """What was told at one time: the number, its parts by key, and of a list the ids of its rows (None: too many to compare).

    ``span`` is the day whose happenings are counted while it runs: another day begins from nothing.
    """

    value: float | None = None
    parts: Mapping[str, float | None] = {}
    keys: tuple[int, ...] | None = None
    span: str = ""

    def plain(self) -> dict[str, Any]:
        """As JSON; ``Seen.of`` reads it back."""
        return {"value": self.value, "parts": dict(self.parts), "keys": list(self.keys) if self.keys is not None else None, "span": self.span}

    @classmethod
    def of(cls, plain: Mapping[str, Any] | None) -> Seen | None:
        """What ``plain`` was made from; None for nothing."""
        if not plain:
            return None
        keys = plain.get("keys")
        return cls(plain.get("value"), dict(plain.get("parts") or {}), tuple(keys) if keys is not None else None, str(plain.get("span") or ""))

    def base(self, now: Seen) -> Seen:
        """This, as far as it can be compared with ``now``: of a day that is over only that the new one began with nothing."""
        return self if self.span == now.span else Seen(0, {}, None, now.span)


class Difference(NamedTuple):
    """What changed: the number by how much (None: there is nothing to compare with), each part from what to what, rows new and gone."""

    is_first: bool
    value: float | None
    parts: Mapping[str, tuple[float | None, float | None]]
    new: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()


def next_slot(timing: Timing, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the schedule that is later than ``after``."""
    local = after.astimezone(zone)
    day = local.date()
    for ahead in range(63):
        on = day + timedelta(days=ahead)
        if _is_on(timing, on):
            slot = datetime.combine(on, time(timing.hour), zone).astimezone(UTC)
            if slot > after:
                return slot
    raise ValueError(f"no such schedule: {timing}")


def _is_on(timing: Timing, day: date) -> bool:
    match timing.schedule:
        case "daily":
            return True
        case "weekly":
            return day.isoweekday() == timing.weekday
        case "monthly":
            return day.day == timing.month_day
    return False


def is_met(rule: str, bound: float, value: float | None, before: float | None) -> bool:
    """Whether the number is beyond the bound, or has moved that far from what was told before."""
    if value is None:
        return False
    match rule:
        case "rise":
            return value >= bound
        case "fall":
            return value <= bound
        case "by":
            return before is not None and abs(value - before) >= bound
        case "percent":
            if before is None:
                return False
            return abs(value - before) >= abs(before) * bound / 100 if before else value != 0
    return False


def is_news(rule: str, bound: float, value: float | None, before: float | None, *, was_beyond: bool) -> bool:
    """Whether it is to be told now: a bound is crossed once, until the number has come back."""
    met = is_met(rule, bound, value, before)
    return met and not was_beyond if rule in ("rise", "fall") else met


def difference(before: Seen | None, now: Seen) -> Difference:
    """What ``now`` has otherwise than ``before``; without a time before nothing is compared."""
    if before is None:
        return Difference(True, None, {})
    before = before.base(now)
    changed = None if before.value is None or now.value is None else now.value - before.value
    names = dict.fromkeys([*now.parts, *before.parts])
    parts = {name: (before.parts.get(name, 0), now.parts.get(name, 0)) for name in names if before.parts}
    moved = {name: pair for name, pair in parts.items() if pair[0] != pair[1]}
    if before.keys is None or now.keys is None:
        return Difference(False, changed, moved)
    then, here = set(before.keys), set(now.keys)
    return Difference(False, changed, moved, tuple(one for one in now.keys if one not in then), tuple(one for one in before.keys if one not in here))


def change_words(changed: float | None, *, is_first: bool = False, unit: str = "", decimals: int = 0) -> str:
    """比上次 +3 条, 与上次持平, or that there was no time before."""
    if is_first:
        return "首次推送，下次起与本次比较"
    if changed is None:
        return "与上次无法比较"
    rounded = round(changed, decimals)
    return f"比上次 {rounded:+,.{decimals}f}{f' {unit}' if unit else ''}" if rounded else "与上次持平"


def period(schedule: str, today: date, *, stands: bool) -> tuple[date, date]:
    """The days that a figure is told of: what stands is told of today, what happened of the day, week or month that is over."""
    if stands or schedule == "change":
        return today, today
    if schedule == "monthly":
        last = today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last
    return today - timedelta(days=7 if schedule == "weekly" else 1), today - timedelta(days=1)


def schedule_words(timing: Timing, rule: str = "", bound: float | None = None, unit: str = "", *, rules: Sequence[tuple[str, str]] = (), weekdays: Sequence[tuple[str, str]] = ()) -> str:
    """每周一 08:00, or when which condition is met."""
    clock = f"{timing.hour:02d}:00"
    match timing.schedule:
        case "daily":
            return f"每日 {clock}"
        case "weekly":
            return f"每{dict(weekdays).get(str(timing.weekday), '周')} {clock}"
        case "monthly":
            return f"每月 {timing.month_day} 日 {clock}"
    words = dict(rules).get(rule, "").replace("（%）", "")
    return f"{words} {bound or 0:g}{' %' if rule == 'percent' else f' {unit}' if unit else ''} 时"
