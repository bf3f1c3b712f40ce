"""Whether the limits of a measured point make sense together. Pure: values in, messages out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import Any

_ORDER = (
    ("range_low", "量程下限"),
    ("low_low", "低低限"),
    ("low", "低限"),
    ("high", "高限"),
    ("high_high", "高高限"),
    ("range_high", "量程上限"),
)
_TOUCHING = {("range_low", "low_low"), ("range_low", "low"), ("high_high", "range_high"), ("high", "range_high")}


def limit_faults(values: Mapping[str, Any], changed: Collection[str] = ()) -> dict[str, str]:
    """Field → message for every value that does not fit the others; empty when all fit.

    量程下限 ≤ 低低限 < 低限 < 高限 < 高高限 ≤ 量程上限, those that are not set left out. The dead band must be narrower than
    the span between any two limits of different sides, or an alarm could never end. Of two values that do not fit, the one
    that was ``changed`` gets the message.
    """
    faults: dict[str, str] = {}
    present = [(name, label, float(values[name])) for name, label in _ORDER if values.get(name) is not None]
    for (before, before_label, low), (name, label, high) in pairwise(present):
        may_touch = (before, name) in _TOUCHING
        if high > low or (high == low and may_touch):
            continue
        if before in changed and name not in changed:
            faults[before] = f"{before_label} {low:g} 应{'不大于' if may_touch else '小于'}{label} {high:g}。"
        else:
            faults[name] = f"{label} {high:g} 应{'不小于' if may_touch else '大于'}{before_label} {low:g}。"
    faults |= _band_faults(values, present)
    decimals = values.get("decimals")
    if decimals is not None and not 0 <= decimals <= 6:
        faults["decimals"] = "小数位应为 0–6。"
    duration, period = values.get("min_duration_s"), values.get("period_s")
    if duration is not None and not 0 <= duration <= 3600:
        faults["min_duration_s"] = "最短持续应为 0–3600 秒。"
    if period is not None and not 1 <= period <= 86_400:
        faults["period_s"] = "上报周期应为 1–86400 秒。"
    return faults


def _band_faults(values: Mapping[str, Any], present: list[tuple[str, str, float]]) -> dict[str, str]:
    band = values.get("dead_band")
    if band is None:
        return {}
    if band < 0:
        return {"dead_band": "死区不能小于 0。"}
    numbers = {name: number for name, _, number in present}
    lower = max((numbers[name] for name in ("low_low", "low") if name in numbers), default=None)
    upper = min((numbers[name] for name in ("high", "high_high") if name in numbers), default=None)
    bottom = numbers.get("range_low") if lower is None else lower
    top = numbers.get("range_high") if upper is None else upper
    if bottom is not None and top is not None and bottom < top and 0 < top - bottom <= band:
        return {"dead_band": f"死区 {band:g} 应小于正常范围的宽度 {top - bottom:g}，否则报警不会恢复。"}
    return {}
