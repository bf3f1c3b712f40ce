"""What is still known of a past instant, and how finely."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from data.errors import Invalid
from data.rollups import HOUR, LEVELS, MINUTE, Horizon, floor
from data.settings import Settings, current_settings

WORDS = {"reading": "原始数据", "reading_minute": "分钟汇总", "reading_hour": "小时汇总"}
UNITS = dict(zip(LEVELS, (timedelta(0), MINUTE, HOUR), strict=True))
FIRST = datetime(2020, 1, 1, tzinfo=UTC)
SLACK = timedelta(seconds=5)  # a browser's clock may be a little ahead


class Kept(NamedTuple):
    """``level``: the finest table that still keeps readings of the instant, None beyond all of them. ``notes`` say in words what is missing."""

    at: datetime
    level: str | None
    has_positions: bool
    has_colours: bool
    notes: tuple[str, ...]


def kept(at: datetime, known: Horizon, now: datetime, settings: Settings | None = None) -> Kept:
    """What is known of ``at``; of a time that keeps only sums, the whole minute or hour before it. Invalid for a time that has not come."""
    limits = settings or current_settings()
    if at > now + SLACK:
        raise Invalid("这一时刻还没有到。")
    if at < FIRST:
        raise Invalid("时间超出范围，请重新选择。")
    level = next((name for name, since in zip(LEVELS, known.since, strict=True) if at >= since), None)
    has_positions = at >= known.since[0]
    has_colours = at >= now - timedelta(days=limits.risk_days)
    notes = []
    if level is None:
        notes.append(f"测点数据已超出保存期限（小时汇总保存 {limits.hour_years} 年）")
    elif level != "reading":
        notes.append(f"原始数据已超过 {limits.raw_days} 天，显示{WORDS[level]}的末值")
    if not has_positions:
        notes.append(f"车辆位置已超出保存期限（{limits.raw_days} 天）")
    if not has_colours:
        notes.append(f"四色等级已超出保存期限（{limits.risk_days} 天）")
    return Kept(floor(at, UNITS[level]) if level and level != "reading" else at, level, has_positions, has_colours, tuple(notes))
