"""Whether a camera's picture comes, judged from one look at its playlist and what was known before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

LEAST_PAUSE_S = 10.0  # a playlist that stands still for less than this, or for three of its pieces, only has not come on yet


class Look(NamedTuple):
    """What one look found: the ``mark`` of the playlist and the longest piece in it, or the ``reason`` why there is none."""

    mark: str = ""
    target_s: float = 10.0
    is_ended: bool = False
    reason: str = ""


class Known(NamedTuple):
    """What is known of a camera: its state, since when, when its picture last came on, and the mark of then."""

    state: str
    since: datetime
    seen_at: datetime | None
    mark: str
    reason: str = ""


def judge(before: Known | None, look: Look, now: datetime) -> Known:
    """What is known after the look.

    A playlist that is there is no picture yet: it must have come on between two looks. So the first one says ``checking``, and one
    that stands still for three pieces says ``stalled``.
    """
    seen = before.seen_at if before else None
    mark = before.mark if before else ""
    if look.reason:
        return _next(before, "offline", now, seen, mark, look.reason)
    if look.is_ended:
        return _next(before, "stalled", now, seen, look.mark, "播放列表已结束，不是直播")
    if before is None or not mark:
        return _next(before, "checking", now, seen, look.mark, "")
    if look.mark != mark:
        return _next(before, "online", now, now, look.mark, "")
    stands_since = seen or before.since
    if now - stands_since <= timedelta(seconds=max(LEAST_PAUSE_S, 3 * look.target_s)):
        state = before.state if before.state in ("online", "checking") else "checking"
        return _next(before, state, now, seen, mark, "")
    return _next(before, "stalled", now, seen, mark, "播放列表不再更新")


def _next(before: Known | None, state: str, now: datetime, seen: datetime | None, mark: str, reason: str) -> Known:
    since = before.since if before and before.state == state else now
    return Known(state, since, seen, mark, reason)
