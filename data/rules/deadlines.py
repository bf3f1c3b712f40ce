"""How a date that something lasts until stands on a day: over, near, or far enough that nobody has to look."""

from __future__ import annotations

from datetime import date, timedelta

from data.choices import Choice

NEAR_DAYS = 10


def remaining(deadline: date | None, today: date, *, is_closed: bool = False) -> Choice | None:
    """超期 3 天, 今天到期 or 剩 8 天 with its tone: red when over, orange within ten days, green beyond; closed ones grey.

    Calendar days; exactly ten days left is orange. Source: seed manual 2.2 (rectification deadlines).
    """
    if deadline is None:
        return None
    left = (deadline - today).days
    if is_closed:
        return Choice("closed", "已办结", "stale")
    if left < 0:
        return Choice("over", f"超期 {-left:,} 天", "danger")
    if left == 0:
        return Choice("near", "今天到期", "warn")
    return Choice("near" if left <= NEAR_DAYS else "far", f"剩 {left:,} 天", "warn" if left <= NEAR_DAYS else "ok")


def span(code: str, today: date) -> dict[str, str]:
    """The deadlines that ``remaining`` calls over, near or far, as a filter of ``data.query``; the same boundaries."""
    last = today + timedelta(days=NEAR_DAYS)
    spans = {
        "over": {"to": today.isoformat()},
        "near": {"from": today.isoformat(), "through": last.isoformat()},
        "far": {"from": (last + timedelta(days=1)).isoformat()},
    }
    return spans[code]


def expiry(until: date | None, today: date, *, near_days: int = 30) -> Choice | None:
    """已过期 12 天 or 剩 20 天, with its tone; None when there is no date, or it is more than ``near_days`` away.

    What is good until a day is still good on that day.
    """
    if until is None or (until - today).days > near_days:
        return None
    left = (until - today).days
    if left < 0:
        return Choice("expired", f"已过期 {-left:,} 天", "danger")
    return Choice("near", f"剩 {left} 天" if left else "今天到期", "warn")
