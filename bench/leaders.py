"""How long the boards of leaders take on the server, among the three years of the demo park and among ten times as much of them.

Beside each stands plain SQL that counts the same figures and everything that they are compared with from the rows themselves: what a
board without kept counts would have to ask.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.stage import figure, stage

ROUNDS, TIMES = 5, 10
DAYS_OF_DAILY = (*range(7), *(7 * week for week in range(1, 9)), *range(7, 14))
# What is copied to make more of it, without these columns, with those others.
_GROWN = ("alarm", "hidden_danger", "inspection_task")
_OWN = {"alarm": ("id", "answer_s", "group_id"), "hidden_danger": ("id", "number"), "inspection_task": ("id", "begins_at", "due_at", "record_id")}
_ONLY = {"alarm": "WHERE closed_at IS NOT NULL"}  # of open ones there is one each
_MORE = {"inspection_task": {"begins_at": "begins_at + n * interval '1 second'", "due_at": "due_at - n * interval '1 second'"}}


def measure(wanted: list[str]) -> list[dict[str, Any]]:
    """Milliseconds of each board (the median of ROUNDS) at 1× and 10× of the history, against plain SQL over the rows."""
    found = []
    with stage(with_history=True):
        for words, more in (("1×", 0), ("10×", TIMES - 1)):
            if more:
                _grow(more)
            _count()
            for name, board, plain in _boards():
                if name in wanted:
                    ours, theirs = _median(board), _median(plain)
                    found.append(figure(f"{name} {words}", ours, "ms", "plain SQL over the rows", theirs))
    return found


def _boards() -> list[tuple[str, Callable[[Session], Any], Callable[[Session], Any]]]:
    from data.calendar import park_day
    from data.daily import SHOWN as DAILY
    from data.monthly import MONTHS, months_before, until
    from data.monthly import SHOWN as MONTHLY
    from data.viewer import system_viewer
    from pages.leaders import daily, monthly

    viewer, today = system_viewer("bench"), park_day(datetime.now(UTC))
    days = [(today - timedelta(days=back),) * 2 for back in DAYS_OF_DAILY]
    spans = [until(months_before(today.replace(day=1), back), today) for back in range(MONTHS)]

    def plain(figures: Any, asked: list[tuple[date, date]]) -> Callable[[Session], Any]:
        from sqlalchemy import func, select

        def ask(session: Session) -> None:
            for one in figures:
                for first, last in asked:
                    rows = one.rows(viewer, first, last).with_only_columns(one.model.id, maintain_column_froms=True).order_by(None)
                    session.scalar(select(func.count()).select_from(rows.subquery()))

        return ask

    return [
        ("dashboard.daily", lambda session: daily.layout(viewer), plain(DAILY, days)),
        ("dashboard.monthly", lambda session: monthly.layout(viewer), plain(MONTHLY, [(one.first, one.last) for one in spans])),
    ]


def _grow(more: int) -> None:
    """Copy what happened, so that there is so many times more of it."""
    from data.db import session
    from data.models import Base

    with session() as current:
        for name in _GROWN:
            columns = [f'"{one.name}"' for one in Base.metadata.tables[name].columns if one.name not in _OWN[name]]
            changed = _MORE.get(name, {})
            into, values = [*columns, *changed], [*columns, *changed.values()]
            current.execute(text(f'INSERT INTO {name} ({", ".join(into)}) SELECT {", ".join(values)} FROM {name}, generate_series(1, :more) n {_ONLY.get(name, "")}'), {"more": more})


def _count() -> None:
    from data.day_counts import refresh
    from data.db import session

    with session() as current:
        refresh(current, datetime.now(UTC))
    with session() as current:
        for name in (*_GROWN, "day_count", "zone_colour"):
            current.execute(text(f"ANALYZE {name}"))


def _median(ask: Callable[[Session], Any]) -> float:
    from data.db import read_session

    taken = []
    for place in range(ROUNDS + 1):
        with read_session() as current:
            began = time.perf_counter()
            ask(current)
            if place:  # the first one fills caches of statements
                taken.append((time.perf_counter() - began) * 1000)
    return median(taken)
