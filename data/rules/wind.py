"""Wind at an incident: from where, how strong, and whether it is still fit to draw by. Pure.

Directions are those from which it blows, in degrees clockwise from north, as 地面气象观测规范 (GB/T 35227-2017) counts them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

FRESH = timedelta(minutes=30)  # a wind that a person entered is good for so long
CALM_MS = 0.5  # below this the direction means nothing
_NAMES = ("北", "东北偏北", "东北", "东北偏东", "东", "东南偏东", "东南", "东南偏南", "南", "西南偏南", "西南", "西南偏西", "西", "西北偏西", "西北", "西北偏北")


class Wind(NamedTuple):
    """One observation; ``good_until`` is when it becomes too old to draw by."""

    direction_deg: float
    speed_ms: float
    measured_at: datetime
    source: str
    good_until: datetime

    @property
    def words(self) -> str:
        """西北风; 静风 when it hardly blows."""
        return "静风" if self.speed_ms < CALM_MS else f"{name_of(self.direction_deg)}风"

    @property
    def toward_deg(self) -> float:
        """Where it blows to."""
        return (self.direction_deg + 180) % 360


def name_of(degrees: float) -> str:
    """The point of the compass, of sixteen."""
    return _NAMES[round(degrees % 360 / 22.5) % 16]


def why_unfit(wind: Wind | None, now: datetime) -> str:
    """Why nothing can be drawn downwind; empty when it can."""
    if wind is None:
        return "没有风向风速：请录入现场气象，或接入风向风速测点。"
    if now > wind.good_until:
        minutes = int((now - wind.measured_at).total_seconds() // 60)
        return f"风向风速已过期（{minutes} 分钟前，{wind.source}）：请重新录入后再画下风向。"
    if wind.measured_at > now + timedelta(minutes=5):
        return "风向风速的时间晚于现在，请核对后重新录入。"
    if wind.speed_ms < CALM_MS:
        return "静风，没有下风向：按圆形圈层处置。"
    return ""
