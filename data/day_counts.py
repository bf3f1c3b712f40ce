"""The counts of each day: kept by a job, held against the rows they are made of, and read as a series."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, delete, func, insert, not_, or_, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from data.calendar import park_day
from data.day_figures import ALL, STOCKS, DayFigure
from data.messages import tell
from data.models import DayCount, DayCountCheck, Record, Role, User
from data.query import visible
from data.viewer import Viewer

WEEKS = 8
DAYS_BACK = 7 * WEEKS
RECENT = 62  # days that are counted anew every few minutes; the others every hour
_LOCK = 0x44415943


class Kept(NamedTuple):
    """What one round found: how many days differed from their rows, how many of these were before yesterday, and of how many of those no
    row that was entered or changed since the last round tells why."""

    changed: int
    past: int
    unexplained: int = 0


class Series(NamedTuple):
    """The counts of one figure by day, and the first day on which anything was counted at all (None: never)."""

    counts: Mapping[date, int]
    first: date | None

    def on(self, day: date) -> int | None:
        """The figure of the day; None before anything was counted."""
        return self.counts.get(day, 0) if self.first is not None and day >= self.first else None

    def usual(self, day: date) -> tuple[float, int] | None:
        """The mean of the last eight of the same weekday before it, and of how many: fewer where there are no more."""
        values = [value for week in range(1, WEEKS + 1) if (value := self.on(day - timedelta(days=7 * week))) is not None]
        return (sum(values) / len(values), len(values)) if values else None


def refresh(session: Session, now: datetime, figures: Iterable[DayFigure] = ALL) -> Kept:
    """Count all days anew, put right what differs, and keep when that was. Two at once wait for each other."""
    _alone(session)
    last = session.get(DayCountCheck, 1)
    since = last.at if last is not None else None
    recent = park_day(now) - timedelta(days=1)
    changed = past = unexplained = 0
    for figure in figures:
        days = _put_right(session, figure)
        before = {one for one in days if one < recent}
        changed, past = changed + len(days), past + len(before)
        unexplained += len(before - _touched(session, figure, since)) if before and since is not None else 0
    corrected = past if since is not None else 0
    statement = upsert(DayCountCheck).values({"id": 1, "at": now, "corrected": corrected})
    session.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"at": now, "corrected": corrected}))
    if last is not None:
        session.refresh(last)
    return Kept(changed, corrected, unexplained)


def refresh_recent(session: Session, now: datetime, figures: Iterable[DayFigure] = ALL) -> int:
    """Count the last RECENT days anew; how many days differed. Nothing before the first time that all were counted."""
    _alone(session)
    if session.get(DayCountCheck, 1) is None:
        return 0
    first = park_day(now) - timedelta(days=RECENT)
    return sum(len(_put_right(session, figure, first)) for figure in figures)


def warn(session: Session, kept: Kept, now: datetime) -> int:
    """Tell the administrators of a round that found what nobody changed; how many were told."""
    if not kept.unexplained:
        return 0
    people = session.scalars(select(User.id).join(Role, Role.id == User.role_id).where(Role.code == "admin", User.is_active, User.deleted_at.is_(None)))
    title = f"看板每日汇总与明细不一致：{kept.unexplained:,} 天，已按明细更正"
    body = "每日、每月看板的比较值来自每日汇总。核对发现这些日子的汇总与记录不符，而期间没有相应的补录或修改；请检查是否有人直接改动了数据库。"
    return tell(session, people, "system", title, body=body, href="/decision/daily", once=f"day-counts:{now:%Y%m%d%H}", now=now)


def _alone(session: Session) -> None:
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _touched(session: Session, figure: DayFigure, since: datetime) -> set[date]:
    """The days of the rows that were entered or changed since then."""
    model: Any = figure.model
    if not issubclass(figure.model, Record):
        return set()
    rows = session.execute(select(*figure.days_of()).where(model.updated_at > since)).all()
    return {day for row in rows for day in row if day is not None}


def differences(session: Session, figure: DayFigure) -> list[date]:
    """The days of which the counts of a figure are not what its rows say, one for each enterprise."""
    counted = figure.counted().subquery()
    kept = select(DayCount).where(DayCount.figure == figure.key).subquery()
    same = and_(kept.c.day == counted.c.day, kept.c.enterprise_id == counted.c.enterprise_id)
    other = func.coalesce(kept.c.count, 0) != func.coalesce(counted.c.count, 0)
    day = func.coalesce(kept.c.day, counted.c.day)
    return list(session.scalars(select(day).select_from(kept.join(counted, same, full=True)).where(other)))


def _put_right(session: Session, figure: DayFigure, since: date | None = None) -> list[date]:
    counted = figure.counted(since).cte("counted")
    mine = and_(DayCount.figure == figure.key, *([DayCount.day >= since] if since is not None else []))
    same = select(counted.c.day).where(counted.c.day == DayCount.day, counted.c.enterprise_id == DayCount.enterprise_id, counted.c.count == DayCount.count)
    gone = list(session.execute(delete(DayCount).where(mine, not_(same.exists())).returning(DayCount.day, DayCount.enterprise_id)).all())
    kept = select(DayCount.day).where(mine, DayCount.day == counted.c.day, DayCount.enterprise_id == counted.c.enterprise_id)
    missing = select(counted.c.figure, counted.c.day, counted.c.enterprise_id, counted.c.count).where(not_(kept.exists()))
    entered = insert(DayCount).from_select(["figure", "day", "enterprise_id", "count"], missing).returning(DayCount.day, DayCount.enterprise_id)
    new = list(session.execute(entered).all())
    return [day for day, _ in {(row.day, row.enterprise_id) for row in (*gone, *new)}]


def checked(session: Session) -> DayCountCheck | None:
    """When the counts were held against the rows; None before the first time."""
    return session.get(DayCountCheck, 1)


def series(session: Session, viewer: Viewer, keys: Sequence[str], last: date, first: date | None = None) -> dict[str, Series]:
    """The counts within the viewer's sight of each figure, of the days from ``first`` (eight weeks before) to ``last``."""
    first = first or last - timedelta(days=DAYS_BACK)
    begun = dict(zip(keys, session.execute(select(*(_begun(key) for key in keys))).one(), strict=True)) if keys else {}
    steps: dict[str, dict[date, int]] = defaultdict(dict)
    for key, day, count in session.execute(_steps(viewer, keys, first, last)):
        steps[key][day] = int(count)
    return {key: Series(_standing(steps[key], first, last) if key in STOCKS else steps[key], begun.get(key)) for key in keys}


def _begun(key: str) -> Any:
    """The first day of the figure: one look into the index, where a grouping would read all of it."""
    return select(func.min(DayCount.day)).where(DayCount.figure == key).scalar_subquery()


def _steps(viewer: Viewer, keys: Sequence[str], first: date, last: date) -> Select[Any]:
    """Sums by figure and day; what stood before the first day comes as one sum of the day before it."""
    day = func.greatest(DayCount.day, first - timedelta(days=1)).label("day")
    wanted = visible(DayCount, viewer).where(DayCount.figure.in_(keys), DayCount.day <= last, or_(DayCount.day >= first, DayCount.figure.in_(STOCKS)))
    return wanted.with_only_columns(DayCount.figure, day, func.sum(DayCount.count)).group_by(DayCount.figure, day)


def _standing(steps: Mapping[date, int], first: date, last: date) -> dict[date, int]:
    total, found = steps.get(first - timedelta(days=1), 0), {}
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        total += steps.get(day, 0)
        found[day] = total
    return found
