"""A month of the park for its leaders: figures against the month before and the same month of last year, and thirteen months of each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from data import day_figures as of
from data.day_counts import Series, series
from data.day_figures import DayFigure
from data.query import count
from data.statistics import Result, Statistic, alarms, compute, dangers, risks
from data.viewer import Viewer

SHOWN: tuple[DayFigure, ...] = (of.ALARMS, of.ALARMS_URGENT, of.ALARMS_OF_TANKS, of.ALARMS_OF_VEHICLES, of.FOUND, of.CLOSED, of.OPEN, of.LATE, of.OPEN_MAJOR, of.INSPECTED, of.MISSED, of.ZONES[1])
MONTHS = 13
# title, the two figures of a chart
TRENDS: tuple[tuple[str, DayFigure, DayFigure], ...] = (
    ("报警", of.ALARMS, of.ALARMS_URGENT),
    ("隐患发现与销号", of.FOUND, of.CLOSED),
    ("隐患存量（月末）", of.OPEN, of.LATE),
    ("巡检", of.INSPECTED, of.MISSED),
)


class Split(NamedTuple):
    """By what the rows of a month are told apart: the groups of a statistic over the column of its days, or with ``is_by_part`` the
    parts of its series. ``figure`` says since when there are records."""

    title: str
    statistic: Statistic
    days: str
    figure: DayFigure
    is_by_part: bool = False

    def result(self, session: Session, viewer: Viewer, month: Month) -> Result:
        """The numbers of the month; Forbidden without the statistic's permission."""
        return compute(session, viewer, self.statistic, {f"{self.days}_from": month.first.isoformat(), f"{self.days}_to": month.last.isoformat()})


SPLITS: tuple[Split, ...] = (
    Split("隐患按属地", dangers.BY_PLACE, "found_on", of.FOUND),
    Split("隐患按行业", dangers.BY_INDUSTRY, "found_on", of.FOUND),
    Split("隐患按级别", dangers.BY_PLACE, "found_on", of.FOUND, is_by_part=True),
    Split("隐患按主管部门", dangers.BY_DEPARTMENT, "found_on", of.FOUND),
    Split("报警按级别", alarms.BY_ENTERPRISE, "raised_at", of.ALARMS, is_by_part=True),
    Split("报警按企业", alarms.BY_ENTERPRISE, "raised_at", of.ALARMS),
    Split("报警按类型", alarms.BY_KIND, "raised_at", of.ALARMS),
    Split("应巡检按属地", risks.BY_PLACE, "begins_at", of.INSPECTED),
)


class Month(NamedTuple):
    """A month up to ``last``: its end, or today while it runs."""

    first: date
    last: date

    @property
    def key(self) -> str:
        """2026-11."""
        return f"{self.first:%Y-%m}"


class Told(NamedTuple):
    """A figure of the month; None is not known. ``before`` and ``year_ago`` are of as many days of the month before and of last year's.

    ``months`` are whole months, the last one as far as it ran; of what stands, as it stood at their end.
    """

    figure: DayFigure
    value: int | None
    before: int | None
    year_ago: int | None
    months: tuple[int | None, ...]
    href: str


def month_of(text: str, today: date) -> Month:
    """The month that an address names; the one that runs for none, for a later one and for what is no month."""
    try:
        first = date.fromisoformat(f"{text}-01") if len(text) == 7 else today.replace(day=1)
    except ValueError:
        first = today.replace(day=1)
    return until(first if date(2000, 1, 1) <= first <= today else today.replace(day=1), today)


def until(first: date, today: date) -> Month:
    """The month that begins on the day, as far as it ran."""
    return Month(first, min(_after(first) - timedelta(days=1), today))


def months_before(first: date, number: int) -> date:
    """The first day of the month so many months earlier; later for a negative number."""
    place = first.year * 12 + first.month - 1 - number
    return date(place // 12, place % 12 + 1, 1)


def _after(first: date) -> date:
    return months_before(first, -1)


def same_days(month: Month, number: int) -> Month:
    """As many days of the month so many months earlier: all of it when the month is over."""
    first = months_before(month.first, number)
    end = _after(first) - timedelta(days=1)
    is_whole = month.last == _after(month.first) - timedelta(days=1)
    return Month(first, end if is_whole else min(end, first + (month.last - month.first)))


def figures(session: Session, viewer: Viewer, month: Month, wanted: Iterable[DayFigure] = SHOWN, *, is_counted: bool = False) -> dict[str, Told]:
    """The figures that the viewer may see, by key: the last day of the month is counted from its rows, the others come from the kept counts.
    With ``is_counted`` the whole month is counted from its rows, as a report asks that is kept."""
    mine = [one for one in wanted if viewer.may(one.permission)]
    kept = series(session, viewer, [one.key for one in mine], month.last, months_before(month.first, MONTHS - 1))
    found = {}
    for one in mine:
        past = kept[one.key]
        value = _value(session, viewer, one, past, month, is_counted)
        before = [total(one, past, until(months_before(month.first, back), month.last)) for back in range(MONTHS - 1, 0, -1)]
        last_month, last_year = (total(one, past, same_days(month, back)) for back in (1, 12))
        found[one.key] = Told(one, value, last_month, last_year, (*before, value), one.address(month.first, month.last) if value else "")
    return found


def _value(session: Session, viewer: Viewer, figure: DayFigure, kept: Series, month: Month, is_counted: bool) -> int | None:
    """The figure of the month: its last day from the rows, the days before it, of which nothing moves any more, from the kept counts.
    Where nothing was counted yet all of it comes from the rows; None before the records begin."""
    if kept.first is not None and month.last < kept.first:
        return None
    if is_counted or kept.first is None or figure.ends:
        return count(session, figure.rows(viewer, month.first, month.last), figure.model, None)
    last_day = count(session, figure.rows(viewer, month.last), figure.model, None)
    return last_day + sum(kept.counts.get(month.first + timedelta(days=ahead), 0) for ahead in range((month.last - month.first).days))


def total(figure: DayFigure, kept: Series, month: Month) -> int | None:
    """The figure of a month out of its days; None where the records begin later than the month."""
    if kept.first is None or month.first < kept.first:
        return None
    if figure.ends:
        return kept.on(month.last)
    return sum(kept.counts.get(month.first + timedelta(days=ahead), 0) for ahead in range((month.last - month.first).days + 1))
