"""Levels of risk: R = L × S and D = L × E × C by the bands of an edition, and the cycles in which measures are inspected.

Level 1 重大 (red), 2 较大 (orange), 3 一般 (yellow), 4 低 (blue). Pure: the edition's factors and bands come as values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from data.choices import word
from data.choices.risks import RISK_FACTORS, RISK_LEVELS

# The factors of a method in the order (likelihood, exposure, severity); LS has no exposure.
FACTORS = {"LS": ("L", "", "S"), "LEC": ("L", "E", "C")}
LOWEST = 4
CONTROL = {1: "公司级", 2: "公司、部门级", 3: "车间级", 4: "班组、岗位级"}  # who controls a risk of the level
_EPOCH = date(1970, 1, 5)  # a Monday: weeks and spans of days are counted from it


class Event(NamedTuple):
    """What may happen, with its factors; ``exposure`` is of no matter for LS."""

    name: str
    likelihood: float
    exposure: float | None
    severity: float


class Outcome(NamedTuple):
    """The highest score, its level, and a line for every event and the conclusion."""

    score: float
    level: int
    working: tuple[str, ...]


class Band(NamedTuple):
    """Scores above ``floor`` (or from it on, where it ``takes_floor``) have ``level`` until a higher band begins."""

    floor: float
    takes_floor: bool
    level: int


def score(method: str, likelihood: float, exposure: float | None, severity: float) -> float:
    """L × S or L × E × C, without the noise of decimal fractions."""
    return round(likelihood * (exposure or 0.0 if method == "LEC" else 1.0) * severity, 6)


def level(bands: Iterable[Band], value: float) -> int:
    """The level of the highest band that the score reaches; 4 where none does."""
    reached = [one for one in bands if value > one.floor or (one.takes_floor and value == one.floor)]
    return max(reached, key=lambda one: (one.floor, not one.takes_floor)).level if reached else LOWEST


def concluded(method: str, bands: Sequence[Band], events: Sequence[Event]) -> Outcome:
    """The outcome of at least one event, with the working: the gravest decides."""
    letter, keys = ("D" if method == "LEC" else "R"), [one for one in FACTORS[method] if one]
    lines, scores = [], []
    for one in events:
        factors = [one.likelihood, *([one.exposure or 0.0] if method == "LEC" else []), one.severity]
        scores.append(score(method, one.likelihood, one.exposure, one.severity))
        given = " × ".join(f"{each:g}" for each in factors)
        lines.append(f"{one.name}：{letter} = {' × '.join(keys)} = {given} = {_figure(scores[-1])}，{_level_word(level(bands, scores[-1]))}")
    highest = max(scores)
    reached = level(bands, highest)
    lines.append("，".join((f"取最高 {letter} = {_figure(highest)}", *_limits(letter, bands, reached), f"为{_level_word(reached)}")))
    return Outcome(highest, reached, tuple(lines))


def _limits(letter: str, bands: Sequence[Band], reached: int) -> list[str]:
    """Between which limits the scores of a level lie: D > 160, D ≤ 320."""
    own = [one for one in bands if one.level == reached]
    above = [one for one in bands if one.level < reached]
    found = []
    if own and (lowest := min(own, key=lambda one: one.floor)).floor:
        found.append(f"{letter} {'≥' if lowest.takes_floor else '>'} {lowest.floor:g}")
    if above:
        next_one = min(above, key=lambda one: one.floor)
        found.append(f"{letter} {'<' if next_one.takes_floor else '≤'} {next_one.floor:g}")
    return found


def _level_word(reached: int) -> str:
    return f"{word(RISK_LEVELS, reached)}风险"


def _figure(value: float) -> str:
    return f"{value:,.10g}" if value % 1 else f"{value:,.0f}"


def worst(levels: Iterable[int | None]) -> int | None:
    """The most serious of the levels; None when there is none."""
    return min((one for one in levels if one is not None), default=None)


def faults(method: str, factors: Mapping[str, Mapping[float, str]], likelihood: float | None, exposure: float | None, severity: float | None) -> dict[str, str]:
    """What is wrong with the factors of an assessment, by ``likelihood``, ``exposure``, ``severity``: missing, or none of the edition's values."""
    found = {}
    for key, name, value in zip(FACTORS[method], ("likelihood", "exposure", "severity"), (likelihood, exposure, severity), strict=True):
        if not key:
            continue
        label = word(RISK_FACTORS, key)
        if value is None:
            found[name] = f"请选择{label}。"
        elif value not in factors.get(key, {}):
            offered = "、".join(f"{one:g}" for one in sorted(factors.get(key, {})))
            found[name] = f"{label}没有 {value:g}，可选 {offered}。"
    return found


def edition_faults(method: str, factors: Sequence[tuple[str, float]], bands: Sequence[Band]) -> list[str]:
    """What is wrong with an edition of a method, each in one sentence: a level must never fall when a score rises."""
    found = []
    for key in filter(None, FACTORS[method]):
        values = [value for factor, value in factors if factor == key]
        if len(values) < 2:
            found.append(f"{word(RISK_FACTORS, key)}至少要有两个取值。")
        if len(values) != len(set(values)):
            found.append(f"{word(RISK_FACTORS, key)}有相同的分值。")
    strange = sorted({factor for factor, _ in factors if factor not in FACTORS[method]})
    found += [f"{method} 法没有因素 {one}。" for one in strange]
    ordered = sorted(bands, key=lambda one: (one.floor, not one.takes_floor))
    if not ordered or ordered[0].floor != 0:
        found.append("最低一级的下限应为 0。")
    if any(low.level < high.level for low, high in pairwise(ordered)):
        found.append("分值越高，风险等级不能越低。")
    if len({(one.floor, one.takes_floor) for one in bands}) != len(bands):
        found.append("分级标准有相同的下限。")
    return found


def window(count: int, unit: str, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The cycle in which ``now`` lies, (begin, end) as instants UTC, the end not included; by the clock and calendar of ``zone``.

    Hours are counted from midnight, days and weeks from a Monday, months and years from the calendar: everybody's cycle of one kind is the same.
    """
    local = now.astimezone(zone)
    day = local.date()
    if unit == "hour":
        first = local.hour // count * count
        midnight = datetime.combine(day, time(), zone)
        begin, end = midnight + timedelta(hours=first), midnight + timedelta(hours=min(first + count, 24))
        return begin.astimezone(UTC), end.astimezone(UTC)
    if unit in ("day", "week"):
        length = count * (7 if unit == "week" else 1)
        start = _EPOCH + timedelta(days=(day - _EPOCH).days // length * length)
        return _midnight(start, zone), _midnight(start + timedelta(days=length), zone)
    months = count * (12 if unit == "year" else 1)
    first = (day.year * 12 + day.month - 1) // months * months
    return _midnight(_month(first), zone), _midnight(_month(first + months), zone)


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def cycle_words(count: int | None, unit: str | None) -> str:
    """每天, 每 2 周, 每 8 小时; empty without a cycle."""
    from data.choices.risks import CYCLE_UNITS

    if not count or not unit:
        return ""
    name = word(CYCLE_UNITS, unit)
    return f"每{'个' if unit == 'month' else ''}{name}" if count == 1 else f"每 {count} {'个' if unit == 'month' else ''}{name}"
