"""Days of the park: instants are UTC, a day is a day where the park lies."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.settings import current_settings


def park_day(now: datetime) -> date:
    """The date in the park at that instant."""
    return now.astimezone(ZoneInfo(current_settings().time_zone)).date()


def start_of(day: date) -> datetime:
    """The instant at which the day begins in the park."""
    return datetime.combine(day, time(), ZoneInfo(current_settings().time_zone)).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The instant at which the day is over in the park."""
    return start_of(day + timedelta(days=1))


def clock_words(at: datetime) -> str:
    """11月24日 03:24, as it stands in a document."""
    local = at.astimezone(ZoneInfo(current_settings().time_zone))
    return f"{local.month}月{local.day}日 {local:%H:%M}"
