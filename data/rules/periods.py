"""The periods in which enterprises report: months, quarters, half years and years of the calendar. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

# Months that a period of each cycle lasts; the codes are those of ``data.choices.REPORT_CYCLES``.
MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
RECENT = {"month": 36, "quarter": 12, "half": 6, "year": 3}  # periods of each cycle: three years
_KEY = re.compile(r"(?P<year>\d{4})(?:-(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])|H(?P<half>[12]))?", re.ASCII)


class Period(NamedTuple):
    """One period: its key (2026-05, 2026Q2, 2026H1, 2026), its first and its last day."""

    cycle: str
    key: str
    starts_on: date
    ends_on: date


def period_of(cycle: str, day: date) -> Period:
    """The period of the cycle in which the day lies. KeyError for a cycle that there is not."""
    length = MONTHS[cycle]
    number = (day.month - 1) // length
    starts_on = date(day.year, number * length + 1, 1)
    return Period(cycle, _key(cycle, day.year, number + 1), starts_on, _last_day(day.year, (number + 1) * length))


def period_named(key: str) -> Period:
    """The period of that key. ValueError when it is none: keys come from addresses."""
    found = _KEY.fullmatch(key)
    if found is None or found["year"] == "0000":
        raise ValueError(f"{key!r} names no period")
    cycle = next((one for one in ("month", "quarter", "half") if found[one]), "year")
    number = int(found[cycle]) if cycle != "year" else 1
    return period_of(cycle, date(int(found["year"]), (number - 1) * MONTHS[cycle] + 1, 1))


def following(period: Period) -> Period:
    """The next period of the same cycle."""
    return period_of(period.cycle, period.ends_on + timedelta(days=1))


def preceding(period: Period) -> Period:
    """The period of the same cycle before it."""
    return period_of(period.cycle, period.starts_on - timedelta(days=1))


def recent(day: date) -> list[Period]:
    """The periods of the three years up to that day: those that run, and those before them, cycle by cycle, the newest first."""
    found = []
    for cycle, number in RECENT.items():
        one = period_of(cycle, day)
        for _ in range(number):
            found.append(one)
            one = preceding(one)
    return found


def period_words(key: str) -> str:
    """2026 年 5 月, 2026 年第 2 季度, 2026 年上半年, 2026 年度; the key itself when it names no period."""
    found = _KEY.fullmatch(key)
    if found is None:
        return key
    year = f"{found['year']} 年"
    if found["month"]:
        return f"{year} {int(found['month'])} 月"
    if found["quarter"]:
        return f"{year}第 {found['quarter']} 季度"
    return f"{year}{'上' if found['half'] == '1' else '下'}半年" if found["half"] else f"{year}度"


def _key(cycle: str, year: int, number: int) -> str:
    return {"month": f"{year:04}-{number:02}", "quarter": f"{year:04}Q{number}", "half": f"{year:04}H{number}", "year": f"{year:04}"}[cycle]


def _last_day(year: int, month: int) -> date:
    return date(year, 12, 31) if month == 12 else date(year, month + 1, 1) - timedelta(days=1)
