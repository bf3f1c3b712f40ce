"""When a measured value is an alarm: limits 低低 低 高 高高 with a dead band and a minimum duration.

The practice of alarm systems for process plants (IEC 62682, GB/T 41261): the dead band keeps a value that hovers at its limit
from alarming again and again, the minimum duration keeps a spike from alarming at all. Coming back is always taken at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

HIGH_SIDE = ("high", "high_high")
LOW_SIDE = ("low", "low_low")


class Limits(NamedTuple):
    """In the point's unit; None where there is no such limit. ``min_duration_s`` in seconds."""

    low_low: float | None = None
    low: float | None = None
    high: float | None = None
    high_high: float | None = None
    dead_band: float = 0.0
    min_duration_s: float = 0.0

    def of(self, kind: str) -> float | None:
        """The limit that ``kind`` names."""
        return getattr(self, kind, None)


@dataclass(slots=True)
class Watch:
    """What is remembered of a point between two values: its state, and the state it is about to enter since when."""

    state: str = ""
    pending: str = ""
    pending_since: float = 0.0
    last_ts: float = 0.0
    last_value: float = 0.0


class Step(NamedTuple):
    """A change of state; ``before`` and ``after`` are "" or one of the four kinds."""

    before: str
    after: str


def step(limits: Limits, watch: Watch, ts: float, value: float) -> Step | None:
    """Advance ``watch`` by one value taken at ``ts`` (seconds); the change of state, or None.

    A value that is not newer than the last one is history and changes nothing.
    """
    if ts <= watch.last_ts:
        return None
    watch.last_ts, watch.last_value = ts, value
    target = classify(limits, value, watch.state)
    if target == watch.state:
        watch.pending = ""
        return None
    if _is_worse(target, watch.state) and limits.min_duration_s > 0:
        if watch.pending != target:
            # A value that climbs from 高 to 高高 while it waits keeps the time it has waited already.
            if not (watch.pending and _side(watch.pending) == _side(target)):
                watch.pending_since = ts
            watch.pending = target
        if ts - watch.pending_since < limits.min_duration_s:
            return None
    change = Step(watch.state, target)
    watch.state, watch.pending = target, ""
    return change


def hold(limits: Limits, watch: Watch, ts: float, value: float) -> Step | None:
    """As ``step`` while alarms are suspended (抑制): a state may end, but none begins or gets worse."""
    if ts <= watch.last_ts:
        return None
    watch.pending = ""
    target = classify(limits, value, watch.state)
    if not _is_worse(target, watch.state):
        return step(limits, watch, ts, value)
    watch.last_ts, watch.last_value = ts, value
    if watch.state and _side(target) != _side(watch.state):
        change = Step(watch.state, "")
        watch.state = ""
        return change
    return None


def elapse(limits: Limits, watch: Watch, now: float) -> Step | None:
    """Advance ``watch`` by time alone: a value holds until the next one, so a limit stays broken while nothing comes."""
    if not watch.pending or now - watch.pending_since < limits.min_duration_s:
        return None
    change = Step(watch.state, watch.pending)
    watch.state, watch.pending = watch.pending, ""
    return change


def classify(limits: Limits, value: float, state: str) -> str:
    """The state that ``value`` belongs to, given the present one: a limit that is broken holds until the dead band is left."""
    held = limits.dead_band

    def above(kind: str) -> bool:
        limit = limits.of(kind)
        kept = state == kind or (kind == "high" and state == "high_high")
        return limit is not None and value >= limit - (held if kept else 0.0)

    def below(kind: str) -> bool:
        limit = limits.of(kind)
        kept = state == kind or (kind == "low" and state == "low_low")
        return limit is not None and value <= limit + (held if kept else 0.0)

    for kind, broken in (("high_high", above), ("low_low", below), ("high", above), ("low", below)):
        if broken(kind):
            return kind
    return ""


def _side(state: str) -> str:
    return "high" if state in HIGH_SIDE else "low" if state in LOW_SIDE else ""


def _is_worse(target: str, state: str) -> bool:
    """Whether going from ``state`` to ``target`` is something to be told: not a way back."""
    rank = {"": 0, "high": 1, "low": 1, "high_high": 2, "low_low": 2}
    return rank[target] > rank[state] or (bool(target) and _side(target) != _side(state))


def ordering_errors(limits: Limits, range_low: float, range_high: float) -> dict[str, str]:
    """Messages by field where the limits do not fit each other or the range: 量程下限 ≤ 低低 < 低 < 高 < 高高 ≤ 量程上限."""
    names = {"low_low": "低低限", "low": "低限", "high": "高限", "high_high": "高高限"}
    errors: dict[str, str] = {}
    if range_low >= range_high:
        errors["range_high"] = "量程上限应大于量程下限。"
    previous: tuple[str, float] | None = None
    for field, label in names.items():
        limit = limits.of(field)
        if limit is None:
            continue
        if not range_low <= limit <= range_high:
            errors[field] = f"{label}应在量程 {range_low:g}～{range_high:g} 之内。"
        elif previous and limit <= previous[1]:
            errors[field] = f"{label}应大于{previous[0]} {previous[1]:g}。"
        previous = (label, limit)
    if limits.dead_band < 0:
        errors["dead_band"] = "死区不能小于 0。"
    if limits.min_duration_s < 0:
        errors["min_duration_s"] = "最短持续不能小于 0 秒。"
    return errors
