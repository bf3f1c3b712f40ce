"""Instants in the words of the screen: the park's own time, the year only where it is not this one."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.settings import current_settings


def zone() -> ZoneInfo:
    """The zone in which instants are shown."""
    return ZoneInfo(current_settings().time_zone)


def moment_words(at: datetime, now: datetime, *, seconds: bool = False) -> str:
    """``11-23 09:42`` within this year, else ``2025-11-23 09:42``."""
    local = at.astimezone(zone())
    clock = "%H:%M:%S" if seconds else "%H:%M"
    return local.strftime(f"%m-%d {clock}" if local.year == now.astimezone(zone()).year else f"%Y-%m-%d {clock}")


def full_words(at: datetime) -> str:
    """``2026-11-23 09:42:08``."""
    return at.astimezone(zone()).strftime("%Y-%m-%d %H:%M:%S")


def span_words(length: timedelta) -> str:
    """How long, in the largest whole unit: 8 秒, 12 分钟, 3 小时, 5 天."""
    seconds = max(0, int(length.total_seconds()))
    for size, unit in ((86_400, "天"), (3_600, "小时"), (60, "分钟")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} 秒"


def start_of_day(text: str) -> datetime | None:
    """Midnight in the park of a day written as 2026-11-23; None when it is no day."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
        return datetime.combine(day, time(), zone()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
