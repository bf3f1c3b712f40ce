"""What is subscribed to, computed as somebody: the number, its parts or rows, and the way to all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from data.calendar import park_day
from data.choices import word
from data.choices.system import SCOPES
from data.day_counts import series
from data.day_figures import BY_KEY, DayFigure
from data.errors import Invalid, NotFound
from data.exports import Listing, model_of
from data.models import Base, Subscription
from data.query import answer, count, in_order, visible
from data.readings import Reading
from data.rules.subscriptions import Seen, period
from data.statistics import Measure, Ratio, Result, Statistic, compute, topics
from data.statistics.crossing import chips, crossed, read
from data.statistics.options import chosen, in_words, options
from data.statistics.registry import find
from data.subscriptions.boards import board
from data.subscriptions.lists import listing_of
from data.viewer import Viewer

BOARD, BOARD_PATH = "decision.view", "/decision/daily"
DAYS = 14
MOST_KEYS = 5_000  # rows of a list that are compared one by one
MOST_COLUMNS = 4
VIEW = ("of", "form", "by")  # of a statistic's address: how it is looked at, no condition
PERIOD = "period"  # of a statistic: the column whose days are those of the schedule, last month's of what is told monthly
TOPICS = frozenset(one.key for one in topics.STATISTICS)


class Row(NamedTuple):
    """A part of the number, or a day of it, or a record. ``detail`` is what else is known of it."""

    key: str
    label: str
    value: float | None = None
    href: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Content:
    """What a subscription tells at one time. ``label`` says what the number counts, ``shape`` how its rows look: bars, days or records;
    of a board figures, whose rows are what is drawn of some over time (``detail`` names the figure).

    ``figures`` stand beside the number: other measures, the parts of a series, the figures of a board. ``table`` names the table of the records.
    """

    label: str
    unit: str
    value: float | None
    seen: Seen
    href: str
    conditions: str
    scope: str
    shape: str
    rows: tuple[Row, ...] = ()
    figures: tuple[Row, ...] = ()
    decimals: int = 0
    table: str = ""
    listing: Listing | None = None


class What(NamedTuple):
    """Of what a subscription is, without when and how."""

    kind: str
    key: str
    query: Mapping[str, str]
    path: str
    measure: str = ""
    schedule: str = "change"

    @classmethod
    def of(cls, one: Subscription) -> What:
        """What the stored subscription is of."""
        return cls(one.kind, one.key, {str(name): str(text) for name, text in (one.query or {}).items()}, one.path, one.measure or "", one.schedule)

    @property
    def address(self) -> str:
        """Where it stands on the platform."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


def content(session: Session, viewer: Viewer, what: What, now: datetime) -> Content:
    """What the viewer is told at ``now``. Forbidden without the right, NotFound when it is no longer there, Invalid when a
    condition of it means nothing any more: it is never told more widely than it was asked for."""
    match what.kind:
        case "board":
            return _of_board(session, viewer, what, now)
        case "statistic":
            what = in_days(what, now)
            return of_result(statistic_result(session, viewer, what, now), what, conditions_of(session, viewer, what), viewer)
        case "figure":
            return _of_figure(session, viewer, figure_of(viewer, what.key), what, now)
        case "list":
            return _of_list(session, viewer, what)
    raise NotFound("没有这种订阅，可能已停用。")


def scope_words(viewer: Viewer) -> str:
    """Whose rows are counted, in words."""
    return word(SCOPES, viewer.scope)


# ---- Statistics --------------------------------------------------------------------------------------------------------


def in_days(what: What, now: datetime) -> What:
    """The same with the days of its period as plain conditions: those of the day, week or month that is over, of the month that runs
    for what is looked at now."""
    column = what.query.get(PERIOD)
    if not column:
        return what
    today = park_day(now)
    first, last = (today.replace(day=1), today) if what.schedule == "change" else period(what.schedule, today, stands=False)
    rest = {name: text for name, text in what.query.items() if name != PERIOD}
    return what._replace(query={**rest, f"{column}_from": first.isoformat(), f"{column}_to": last.isoformat()})


def statistic_result(session: Session, viewer: Viewer, what: What, now: datetime) -> Result:
    """The statistic's numbers under the conditions of its address."""
    statistic = find(what.key)
    viewer.require(statistic.permission)
    return compute(session, viewer, statistic, _choices(session, viewer, statistic, what.query), by=what.query.get("by", ""), at=now)


def choices_of(session: Session, viewer: Viewer, statistic: Statistic, query: Mapping[str, str]) -> dict[str, str]:
    """The conditions in an address that mean something: of a topic what was chosen in its charts, else what the page offers."""
    if statistic.key in TOPICS:
        return read(session, statistic, query)
    return chosen(options(session, viewer, statistic), query)


def _choices(session: Session, viewer: Viewer, statistic: Statistic, query: Mapping[str, str]) -> dict[str, str]:
    given = {name: text for name, text in query.items() if name not in VIEW}
    found = choices_of(session, viewer, statistic, given)
    if lost := given.keys() - found.keys():
        raise Invalid(f"订阅的条件（{'、'.join(sorted(lost))}）已不可用，请到页面上重新订阅。")
    return found


def conditions_of(session: Session, viewer: Viewer, what: What) -> str:
    """The conditions of a statistic in words; empty when there is none."""
    statistic = find(what.key)
    if statistic.key not in TOPICS:
        available = options(session, viewer, statistic)
        return in_words(available, chosen(available, what.query))
    choices = read(session, statistic, what.query)
    named = {one.name: crossed(session, viewer, statistic, choices, one.name) for one in statistic.dimensions if any(name.startswith(one.name) for name in choices)}
    return "，".join(f"{one.label} {one.word}" for one in chips(session, statistic, choices, named))


def measure_of(statistic: Statistic, key: str) -> Measure:
    """The measure that is told first: the one named, else the first ratio, else the main one. Charts of topics show the main one."""
    shown = statistic.shown
    ratio = None if statistic.key in TOPICS else next((one for one in shown if isinstance(one, Ratio)), None)
    return next((one for one in shown if one.key == key), None) or ratio or statistic.main


def of_result(result: Result, what: What, conditions: str, viewer: Viewer) -> Content:
    """What is told of a statistic whose numbers are known."""
    statistic = result.statistic
    told = measure_of(statistic, what.measure)
    rows = tuple(Row(one.key, one.label, result.value(one.key, measure=told.key), result.address(one.key, measure=told.key)) for one in result.groups)
    figures = [Row(f"m:{one.key}", one.label, result.value(measure=one.key), result.address(measure=one.key), one.unit) for one in statistic.shown if one is not told]
    figures += [Row(f"s:{one.key}", one.label, result.value(series=one.key), result.address(series=one.key), statistic.main.unit) for one in result.series]
    value = result.value(measure=told.key)
    parts = {f"g:{one.key}": _rounded(one.value) for one in rows} | {one.key: _rounded(one.value) for one in figures}
    return Content(
        label=told.label,
        unit=told.unit,
        value=value,
        seen=Seen(_rounded(value), parts),
        href=what.address if "of" in what.query or statistic.key in TOPICS else result.address(measure=told.key) or what.path,
        conditions=conditions,
        scope=scope_words(viewer),
        shape="bars",
        rows=rows,
        figures=tuple(figures),
        decimals=told.decimals,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


# ---- Boards and their figures ----------------------------------------------------------------------------------------


def _of_board(session: Session, viewer: Viewer, what: What, now: datetime) -> Content:
    viewer.require(BOARD)
    found = board(session, viewer, what.key, what.schedule, now)
    worse = sum(one.is_worse for one in found.numbers)
    return Content(
        label=found.label,
        unit="项",
        value=worse,
        seen=Seen(worse, {one.figure.key: one.value for one in found.numbers}),
        href=found.href,
        conditions="",
        scope=scope_words(viewer),
        shape="figures",
        rows=tuple(Row(f"{one.figure.key} {name}", name, value, detail=one.figure.label) for one in found.trends for name, value in one.values.items()),
        figures=tuple(Row(one.figure.key, one.figure.label, one.value, one.href, one.figure.unit) for one in found.numbers),
    )


def figure_of(viewer: Viewer, key: str) -> DayFigure:
    """The figure of that key, if the viewer may see the board and the figure."""
    found = BY_KEY.get(key)
    if found is None:
        raise NotFound("没有这个看板指标，可能已停用。")
    viewer.require(BOARD)
    viewer.require(found.permission)
    return found


def _of_figure(session: Session, viewer: Viewer, figure: DayFigure, what: What, now: datetime) -> Content:
    today = park_day(now)
    first, last = period(what.schedule, today, stands=bool(figure.ends))
    value = count(session, figure.rows(viewer, first, last), figure.model, None)
    return Content(
        label=f"{figure.label}（{_days_words(first, last, today)}）",
        unit=figure.unit,
        value=value,
        seen=Seen(value, span=today.isoformat() if what.schedule == "change" and not figure.ends else ""),
        href=figure.address(first, last),
        conditions="",
        scope=scope_words(viewer),
        shape="days",
        rows=days_of(session, viewer, figure, last, today),
    )


def days_of(session: Session, viewer: Viewer, figure: DayFigure, last: date, today: date) -> tuple[Row, ...]:
    """The figure of the fourteen days until ``last``: today's counted from its rows, the others as they are kept."""
    kept = series(session, viewer, [figure.key], last, last - timedelta(days=DAYS))[figure.key]
    found = []
    for back in range(DAYS - 1, -1, -1):
        day = last - timedelta(days=back)
        value = kept.on(day) if day < today else count(session, figure.rows(viewer, day), figure.model, None)
        found.append(Row(day.isoformat(), f"{day:%m-%d}", value, figure.address(day) if value else ""))
    return tuple(found)


def _days_words(first: date, last: date, today: date) -> str:
    if first == last:
        return "今日" if last == today else f"{last:%m-%d} 全天"
    return f"{first:%Y 年 %m 月}" if first.day == 1 and (last + timedelta(days=1)).day == 1 else f"{first:%m-%d} 至 {last:%m-%d}"


# ---- Lists -------------------------------------------------------------------------------------------------------------


def _of_list(session: Session, viewer: Viewer, what: What) -> Content:
    listing = listing_of(session, viewer, what.key, what.query)
    viewer.require(listing.permission)
    model = model_of(listing.table)
    statement = answer(model, viewer, listing.question)
    total = count(session, statement, model, None)
    keys: tuple[int, ...] | None = None
    if total <= MOST_KEYS:
        ordered = in_order(statement, model, listing.question.sort)
        keys = tuple(session.scalars(ordered.with_only_columns(inspect(model).primary_key[0], maintain_column_froms=True)))
    return Content(
        label="记录数",
        unit="条",
        value=total,
        seen=Seen(total, keys=keys),
        href=what.address,
        conditions=listing.words,
        scope=scope_words(viewer),
        shape="records",
        table=listing.table,
        listing=listing,
    )


def with_records(session: Session, viewer: Viewer, told: Content, most: int) -> Content:
    """The same with the first of its records."""
    return replace(told, rows=tuple(records(session, viewer, told, told.seen.keys or (), most))) if told.listing else told


def records(session: Session, viewer: Viewer, told: Content, keys: Sequence[int], most: int) -> list[Row]:
    """The first of these records of the list that the viewer sees, each in a few words, in this order."""
    if told.listing is None or not keys:
        return []
    model = model_of(told.listing.table)
    return _read(session, viewer, model, told.listing, keys[: most * 4], told.href)[:most]


def _read(session: Session, viewer: Viewer, model: type[Base], listing: Listing, keys: Sequence[int], href: str) -> list[Row]:
    readings = [Reading(session, model, path) for path, _ in listing.columns[:MOST_COLUMNS]]
    key = inspect(model).primary_key[0]
    columns = list(dict.fromkeys([key, *(one.column for one in readings)]))
    own = [getattr(model, inspect(model).get_property_by_column(one).key) for one in columns]
    wanted = visible(model, viewer).where(key.in_(keys)).with_only_columns(*own, maintain_column_froms=True).order_by(None)
    found = session.execute(wanted).all()
    if not found:
        return []
    by_column = list(zip(*found, strict=True))
    read = list(zip(*(one.read(by_column[columns.index(one.column)]) for one in readings), strict=True))
    start = f"{href}{'&' if '?' in href else '?'}open="
    rows = {row[0]: _row(row[0], [_words(value) for value in values], start) for row, values in zip(found, read, strict=True)}
    return [rows[one] for one in keys if one in rows]


def _row(identity: int, words: Sequence[str], start: str) -> Row:
    label, *rest = words
    return Row(str(identity), label or f"编号 {identity}", href=f"{start}{identity}", detail=" · ".join(one for one in rest if one))


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%m-%d %H:%M}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def still_seen(session: Session, viewer: Viewer, table: str, keys: Sequence[int]) -> set[int]:
    """Which of these records the viewer sees now."""
    if not keys:
        return set()
    model = model_of(table)
    key = inspect(model).primary_key[0]
    return set(session.scalars(select(key).where(key.in_(visible(model, viewer).where(key.in_(keys)).with_only_columns(key, maintain_column_froms=True).order_by(None)))))
