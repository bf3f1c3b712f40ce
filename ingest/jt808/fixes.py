"""A position as a device reported it, made into the row that is stored: clock, coordinates, flags."""

from __future__ import annotations

from typing import NamedTuple

from ingest.coordinates import is_possible, to_wgs84
from ingest.directory import TerminalInfo
from ingest.jt808.location import ENCRYPTED, FIXED, Position
from ingest.pipeline import CLOCK_REPLACED, LATE, NOT_FIXED, Fix


class Clock(NamedTuple):
    """The time of arrival (epoch s), and how far before and after it a device's time is believed."""

    now: float
    ahead_s: float
    behind_s: float


class Remark(NamedTuple):
    """Why something about a position was not believed; ``reason`` is a code of ``data.choices.REFUSALS``."""

    reason: str
    detail: str


def fix(
    place: Position, serial: int, info: TerminalInfo, clock: Clock, late: bool = False
) -> tuple[Fix | None, Remark | None]:
    """The row of ``place`` in UTC and WGS-84, and what is to be told about it.

    A clock that cannot be believed is replaced by the time of arrival and flagged; a late position (blind area fill)
    without a believable time has no place in history, so it is refused (no row).
    """
    ts, flags, remark = _time(place, info, clock)
    if late and flags:
        return None, remark and Remark(remark.reason, f"补传位置{remark.detail}，未入库")
    if late:
        flags |= LATE
    lon, lat = place.lon, place.lat
    if not place.status_bits & FIXED or place.status_bits & ENCRYPTED or not is_possible(lon, lat):
        flags |= NOT_FIXED
    elif info.coordinate_system != "wgs84":
        lon, lat = to_wgs84(lon, lat, info.coordinate_system)
    items = dict(place.items)
    mileage = items.pop("mileage_km", None)
    row = Fix(
        terminal_id=info.id,
        ts=ts,
        serial=serial,
        lon=lon,
        lat=lat,
        speed_kmh=place.speed_kmh,
        heading_deg=place.heading_deg % 360,
        altitude_m=place.altitude_m - 65536 if place.altitude_m > 32767 else place.altitude_m,
        alarm_bits=place.alarm_bits,
        status_bits=place.status_bits,
        flags=flags,
        mileage_km=mileage if isinstance(mileage, float) else None,
        items=items or None,
    )
    return row, remark and Remark(remark.reason, f"位置{remark.detail}，已按到达时间入库")


def _time(place: Position, info: TerminalInfo, clock: Clock) -> tuple[float, int, Remark | None]:
    """The instant in UTC, the flag of a replaced clock or 0, and why."""
    if place.local_s is None:
        return clock.now, CLOCK_REPLACED, Remark("clock_behind", "的设备时间无效（全零或非日期）")
    ts = float(place.local_s - info.utc_offset_minutes * 60)
    if ts > clock.now + clock.ahead_s:
        return clock.now, CLOCK_REPLACED, Remark("clock_ahead", f"的设备时间比平台超前 {_span(ts - clock.now)}")
    if ts < clock.now - clock.behind_s:
        return (
            clock.now,
            CLOCK_REPLACED,
            Remark("clock_behind", f"的设备时间早于保存期限（落后 {_span(clock.now - ts)}）"),
        )
    return ts, 0, None


def _span(seconds: float) -> str:
    if seconds < 7200:
        return f"{seconds / 60:.0f} 分钟"
    return f"{seconds / 3600:.0f} 小时" if seconds < 172_800 else f"{seconds / 86_400:.0f} 天"
