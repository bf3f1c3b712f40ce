"""How long the boards of leaders take on the server, among the three years of the demo park, among ten and a hundred times as much of
them, and among what a large park has after three years: a million hidden dangers, ten million alarms and fifty million readings, which
no board reads.

Beside each stands plain SQL that counts the same figures and everything that they are compared with from the rows themselves: what a
board without kept counts would have to ask. ``BENCH_MOST=10`` stops after the tenfold, ``BENCH_MOST=100`` before the large park,
which takes many minutes and about 20 GB.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy.orm import Session

from bench.stage import Stage, figure, stage

ROUNDS, TIMES = 5, 10
LARGE = 1000  # the name of the large park among the numbers of times
OF_LARGE = {"hidden_danger": 1_000_000, "alarm": 10_000_000}
READINGS, YEARS = 50_000_000, 3
DAYS_OF_DAILY = (*range(7), *(7 * week for week in range(1, 9)), *range(7, 14))
# What is copied to make more of it, without these columns, with those others. ``n`` counts the copies, ``s`` the rounds of copying.
_GROWN = ("alarm", "hidden_danger", "inspection_task")
_OWN = {"alarm": ("id", "answer_s", "group_id"), "hidden_danger": ("id", "number"), "inspection_task": ("id", "begins_at", "due_at", "record_id")}
_ONLY = {"alarm": "WHERE closed_at IS NOT NULL"}  # of open ones there is one each
_MORE = {"inspection_task": {"begins_at": "begins_at + n * :s * interval '1 second'", "due_at": "due_at - n * :s * interval '1 second'"}}


def measure(wanted: list[str]) -> list[dict[str, Any]]:
    """Milliseconds of each board (the median of ROUNDS) at 1×, 10× and 100× of the history, against plain SQL over the rows."""
    found, most = [], int(os.environ.get("BENCH_MOST", LARGE))
    with stage(with_history=True) as there:
        for times in (one for one in (1, TIMES, TIMES**2, LARGE) if one <= most):
            if times == LARGE:
                _grow_large(there)
                _read(there)
            elif times > 1:
                _grow(there, times // TIMES)
            words = "large" if times == LARGE else f"{times}×"
            began = time.perf_counter()
            _count(there)
            print(f"# {words}: {_rows(there)}; all days counted in {time.perf_counter() - began:.1f} s", flush=True)
            for name, board, plain in _boards():
                if name in wanted:
                    ours, theirs = _median(board), _median(plain, ROUNDS if times <= TIMES else 1)
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


def _grow(there: Stage, step: int) -> None:
    """Copy what happened, so that there is TIMES as much of it."""
    with closing(there.connection()) as connection, connection.cursor() as cursor:
        for name in _GROWN:
            _copy(cursor, name, step, TIMES - 1)


def _grow_large(there: Stage) -> None:
    """Copy dangers and alarms until there are as many as a large park has."""
    with closing(there.connection()) as connection, connection.cursor() as cursor:
        for name, wanted in OF_LARGE.items():
            cursor.execute(f"SELECT count(*) FROM {name}")
            there_now = cursor.fetchone()[0]
            _copy(cursor, name, 1, -(-(wanted - there_now) // there_now))


def _copy(cursor: Any, name: str, step: int, times: int) -> None:
    from data.models import Base

    columns = [f'"{one.name}"' for one in Base.metadata.tables[name].columns if one.name not in _OWN[name] and one.computed is None]
    changed = {column: value.replace(":s", str(step)) for column, value in _MORE.get(name, {}).items()}
    into, values = [*columns, *changed], [*columns, *changed.values()]
    cursor.execute("SET synchronous_commit = off")
    cursor.execute(f'INSERT INTO {name} ({", ".join(into)}) SELECT {", ".join(values)} FROM {name}, generate_series(1, {times}) n {_ONLY.get(name, "")}')


def _read(there: Stage) -> None:
    """READINGS of the points, evenly over the years."""
    from data.telemetry import ensure_partitions

    today = datetime.now(UTC).date()
    days = [today - timedelta(days=back) for back in range(365 * YEARS)]
    with closing(there.connection()) as connection, connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        ensure_partitions(cursor, days)
        cursor.execute("SELECT count(*) FROM point")
        each = READINGS // len(days) // cursor.fetchone()[0] + 1
        for day in days:
            cursor.execute(
                "INSERT INTO reading (point_id, ts, value, quality) SELECT p.id, %s::timestamptz + n * %s * interval '1 second', 50 + 10 * sin(n + p.id), 192 FROM point p, generate_series(0, %s) n",
                (f"{day} 00:00+00", 86_400 // each, each - 1),
            )


def _rows(there: Stage) -> str:
    with closing(there.connection()) as connection, connection.cursor() as cursor:
        names = (*_GROWN, "day_count")
        cursor.execute(f"SELECT {', '.join(f'(SELECT count(*) FROM {name})' for name in names)}, pg_size_pretty(pg_database_size(current_database()))")
        *numbers, size = cursor.fetchone()
    return f"{', '.join(f'{number:,} {name}' for name, number in zip(names, numbers, strict=True))}, {size}"


def _count(there: Stage) -> None:
    """Count the days, and let the database know its tables as autovacuum would have done."""
    from data.day_counts import refresh
    from data.db import session

    with closing(there.connection()) as connection, connection.cursor() as cursor:
        for name in (*_GROWN, "zone_colour"):
            cursor.execute(f"VACUUM (ANALYZE) {name}")
    with session() as current:
        refresh(current, datetime.now(UTC))
    with closing(there.connection()) as connection, connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) day_count")


def _median(ask: Callable[[Session], Any], rounds: int = ROUNDS) -> float:
    from data.db import read_session

    taken = []
    for place in range(rounds + 1):
        with read_session() as current:
            began = time.perf_counter()
            ask(current)
            if place:  # the first one fills caches of statements
                taken.append((time.perf_counter() - began) * 1000)
    return median(taken)
