"""A value that a gateway reports, as the point's reading or as the reason why it is none. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from data.rules.telemetry_shapes import BAD, UNCERTAIN, number


class Measured(Protocol):
    """What of a point decides over its values: stored value = reported value x scale + offset, in the point's unit."""

    @property
    def code(self) -> str: ...
    @property
    def scale(self) -> float: ...
    @property
    def offset(self) -> float: ...
    @property
    def range_low(self) -> float: ...
    @property
    def range_high(self) -> float: ...


class Clock(NamedTuple):
    """``now`` and what is still believed of a device's clock, all in seconds."""

    now: float
    ahead: float
    behind: float


class Judged(NamedTuple):
    """``ts`` in seconds since 1970 UTC; ``remark`` is (reason, Chinese sentence) where something about the value must be told."""

    ts: float
    value: float
    quality: int
    remark: tuple[str, str] | None


def judge(
    point: Measured, value: Any, millis: float | None, quality: int, clock: Clock, *, strict: bool = True
) -> Judged | tuple[str, str]:
    """The reading, or (reason, Chinese sentence) when there is none.

    ``strict`` is the own shape: a text is no number, and a value without a time is uncertain.
    """
    found = number(value, strict=strict)
    if found is None:
        return "bad_shape", f"{point.code} 的数值 {str(value)[:60]} 不是数字。"
    remark = None
    if millis is None:
        ts, quality = clock.now, min(quality, UNCERTAIN) if strict else quality
    elif not millis / 1000 <= clock.now + clock.ahead:
        ts, quality = clock.now, min(quality, UNCERTAIN)
        remark = ("clock_ahead", f"{point.code} 的采集时间比平台超前，已按到达时间入库。")
    else:
        ts = millis / 1000
        if ts < clock.now - clock.behind:
            return "clock_behind", f"{point.code} 的采集时间早于保存期限，未入库。"
    if quality == BAD:
        remark = ("not_valid", f"{point.code} = {found * point.scale + point.offset:g}，网关标明数值无效。")
    stored = found * point.scale + point.offset
    if not point.range_low <= stored <= point.range_high:
        quality = BAD
        remark = (
            "out_of_range",
            f"{point.code} = {stored:g}，量程 {point.range_low:g}～{point.range_high:g}。",
        )
    return Judged(ts, stored, quality, remark)
