"""The boards of leaders as something that is told: all their figures of the days that are over, and how many have become worse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from data import daily, monthly
from data import day_figures as of
from data.calendar import park_day
from data.day_figures import DayFigure
from data.errors import NotFound
from data.viewer import Viewer


class Place(NamedTuple):
    """A board: its name and where it stands."""

    title: str
    path: str


class Number(NamedTuple):
    """A figure of the board; ``value`` None is not known."""

    figure: DayFigure
    value: int | None
    change: int | None
    href: str

    @property
    def is_worse(self) -> bool:
        """Whether it has moved to where it should not."""
        return bool(self.figure.good and self.change) and ((self.change or 0) > 0) == (self.figure.good == "low")


class Trend(NamedTuple):
    """A figure over the days or months until then, by their names."""

    figure: DayFigure
    values: Mapping[str, int | None]


class Board(NamedTuple):
    """What is told of a board: its days in words, its page of these days, its figures, and what is drawn of them."""

    label: str
    href: str
    numbers: Sequence[Number]
    trends: Sequence[Trend]


DRAWN = (of.ALARMS, of.FOUND)
BOARDS = {"daily": Place("每日看板", "/decision/daily"), "monthly": Place("每月看板", "/decision/monthly")}


def board(session: Session, viewer: Viewer, key: str, schedule: str, now: datetime) -> Board:
    """The board as ``schedule`` tells it. NotFound for one that is none."""
    today = park_day(now)
    match key:
        case "daily":
            return _daily(session, viewer, today if schedule == "change" else today - timedelta(days=1), today)
        case "monthly":
            first = today.replace(day=1)
            return _monthly(session, viewer, monthly.until(monthly.months_before(first, 1) if schedule == "monthly" else first, today))
    raise NotFound("没有这个看板，可能已停用。")


def _daily(session: Session, viewer: Viewer, day: date, today: date) -> Board:
    told = daily.figures(session, viewer, day, daily.SHOWN)
    words = "今日" if day == today else f"{day:%m-%d} 全天"
    days = [f"{day - timedelta(days=back):%m-%d}" for back in range(daily.WEEK - 1, -1, -1)]
    trends = [Trend(one, dict(zip(days, told[one.key].week, strict=True))) for one in DRAWN if one.key in told]
    return Board(f"比前一日变差的指标（{words}）", f"{BOARDS['daily'].path}?day={day.isoformat()}", [Number(one.figure, one.value, one.change, one.href) for one in told.values()], trends)


def _monthly(session: Session, viewer: Viewer, month: monthly.Month) -> Board:
    told = monthly.figures(session, viewer, month)
    is_over = monthly.until(month.first, date.max) == month
    words = f"{month.first:%Y 年 %m 月}" if is_over else f"{month.first:%m-%d} 至 {month.last:%m-%d}"
    numbers = [Number(one.figure, one.value, None if one.value is None or one.before is None else one.value - one.before, one.href) for one in told.values()]
    names = [f"{monthly.months_before(month.first, back):%Y-%m}" for back in range(monthly.MONTHS - 1, -1, -1)]
    trends = [Trend(one, dict(zip(names, told[one.key].months, strict=True))) for one in DRAWN if one.key in told]
    return Board(f"比上月变差的指标（{words}）", f"{BOARDS['monthly'].path}?month={month.key}", numbers, trends)
