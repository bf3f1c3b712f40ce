"""月报: the month of the whole park as a numbered document, made once, kept as it was and never counted again."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from data import monthly
from data.attachments import attachments_of, path_of
from data.calendar import park_day
from data.day_figures import BY_KEY
from data.documents.making import make_paper
from data.errors import Conflict, Invalid
from data.models import MonthlyReport, Task
from data.monthly import Month, Split, Told
from data.save import create, update
from data.tasks import OPEN_STATES, Work, enqueue, handler
from data.viewer import Viewer, system_viewer

VIEW = "decision.report"
KIND = PAPER = "monthly_report"
_PARK = system_viewer("monthly report")
Numbers = tuple[int | None, int | None, int | None]  # of the month, of the month before, of last year's


@dataclass(frozen=True)
class Line:
    """A figure of the month with what it meant then. None is not known."""

    key: str
    label: str
    unit: str
    definition: str
    good: str
    numbers: Numbers
    months: tuple[int | None, ...]


@dataclass(frozen=True)
class Table:
    """The rows of the month told apart: (name, numbers), the largest first; ``total`` of all of them."""

    title: str
    by: str
    label: str
    unit: str
    definition: str
    rows: tuple[tuple[str, Numbers], ...]
    total: Numbers


@dataclass(frozen=True)
class Content:
    """All numbers of a report. ``spans`` are the first and last days of what the numbers of a line are of."""

    spans: tuple[tuple[str, str], ...]
    months: tuple[str, ...]
    lines: tuple[Line, ...]
    tables: tuple[Table, ...]

    def plain(self) -> dict[str, Any]:
        """As JSON; ``Content.of`` reads it back."""
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """The content that ``plain`` was made from."""
        lines = tuple(Line(**{**one, "numbers": tuple(one["numbers"]), "months": tuple(one["months"])}) for one in plain.get("lines", ()))
        tables = tuple(Table(**{**one, "rows": tuple((name, tuple(numbers)) for name, numbers in one["rows"]), "total": tuple(one["total"])}) for one in plain.get("tables", ()))
        return cls(tuple((first, last) for first, last in plain.get("spans", ())), tuple(plain.get("months", ())), lines, tables)


def ask(session: Session, viewer: Viewer, month: str, now: datetime) -> Task:
    """The task that will make the report of the month (2026-11); Invalid for one that has not begun, or is none,
    Conflict while one is being made."""
    viewer.require(VIEW)
    key = _asked(month, now).key
    open_ones = select(Task.id).where(Task.kind == KIND, Task.state.in_(OPEN_STATES), Task.params["month"].astext == key)
    if session.scalar(open_ones.limit(1)) is not None:
        raise Conflict(f"{key} 的月报正在生成，请等它完成。")
    return enqueue(session, viewer, KIND, f"生成月报 {key}", {"month": key})


@handler(KIND)
def work(work: Work) -> None:
    """Make the report of a task, and give its document to who asked."""
    work.viewer.require(VIEW)
    now = datetime.now(UTC)
    month = _asked(str(work.params.get("month", "")), now)
    work.progress(0, 2)
    with work.session() as session:
        report = make(session, work.viewer, month, now)
        work.progress(1, 2)
        paper = attachments_of(session, report)["paper"][-1]
        shutil.copyfile(path_of(paper), work.file(paper.name))
        work.result.update(id=report.id, message=f"已生成{report.title}，编号 {report.number}，保存在“月报”中。")


def make(session: Session, viewer: Viewer, month: Month, now: datetime) -> MonthlyReport:
    """The report of the month as the rows are now, with its number and document; Invalid when nothing is known of the month."""
    viewer.require(VIEW)
    content = counted(session, month)
    if not any(value for one in content.lines for value in one.months):
        raise Invalid(f"{month.key} 和以前的一年还没有任何记录，没有生成月报。")
    is_whole = monthly.months_before(month.first, -1) <= park_day(now)
    values = {"month": month.key, "last_on": month.last, "is_whole": is_whole, "as_of": now, "made_by_id": viewer.id, "content": content.plain()}
    report = create(session, MonthlyReport, viewer, values)
    paper = make_paper(session, viewer, PAPER, report, now)
    return update(session, report, viewer, {"number": paper.number}, version=report.version)


def counted(session: Session, month: Month) -> Content:
    """The numbers of the month as the rows of the whole park are now."""
    told = monthly.figures(session, _PARK, month, is_counted=True)
    spans = (month, monthly.same_days(month, 1), monthly.same_days(month, 12))
    firsts = [monthly.months_before(month.first, back) for back in range(monthly.MONTHS - 1, -1, -1)]
    return Content(
        spans=tuple((one.first.isoformat(), one.last.isoformat()) for one in spans),
        months=tuple(f"{one:%Y-%m}" for one in firsts),
        lines=tuple(_line(one) for one in told.values()),
        tables=tuple(_table(session, split, spans, told[split.figure.key]) for split in monthly.SPLITS),
    )


def changed_since(session: Session, report: MonthlyReport) -> list[str]:
    """Which figures of the month the rows would give otherwise now, in words; the report itself stays."""
    kept = Content.of(report.content)
    month = Month(report.last_on.replace(day=1), report.last_on)
    figures = [BY_KEY[one.key] for one in kept.lines if one.key in BY_KEY]
    anew = monthly.figures(session, _PARK, month, figures, is_counted=True)
    words = [(one.label, one.numbers[0], anew[one.key].value) for one in kept.lines if one.key in anew]
    return [f"{label} {_plain(before)} → {_plain(now)}" for label, before, now in words if before != now]


def _asked(month: str, now: datetime) -> Month:
    today = park_day(now)
    found = monthly.month_of(month, today)
    if found.key != month:
        raise Invalid("请选择已开始的月份，格式如 2026-01。")
    return found


def _line(told: Told) -> Line:
    one = told.figure
    return Line(one.key, one.label, one.unit, one.definition, one.good, (told.value, told.before, told.year_ago), told.months)


def _table(session: Session, split: Split, spans: Sequence[Month], told: Told) -> Table:
    """The numbers of each group in the three spans; None throughout a span of which nothing is known."""
    found: list[dict[str, int] | None] = []
    names: dict[str, str] = {}
    for month, known in zip(spans, (told.value, told.before, told.year_ago), strict=True):
        if known is None:
            found.append(None)
            continue
        result = split.result(session, _PARK, month)
        groups = result.series if split.is_by_part else result.groups
        names |= {one.key: one.label for one in groups}
        found.append({one.key: int((result.value(series=one.key) if split.is_by_part else result.value(one.key)) or 0) for one in groups})

    def numbers(key: str) -> Numbers:
        first, second, third = (None if one is None else one.get(key, 0) for one in found)
        return first, second, third

    rows = [(name, numbers(key)) for key, name in names.items()]
    if not split.is_by_part:
        rows.sort(key=lambda row: (-(row[1][0] or 0), -(row[1][1] or 0), row[0]))
    used = tuple(row for row in rows if any(row[1]))
    first, second, third = (None if one is None else sum(one.values()) for one in found)
    main, model = split.statistic.main, split.statistic.model
    by = split.statistic.series if split.is_by_part and split.statistic.series else split.statistic.dimensions[0]
    return Table(split.title, by.title(model), main.label, main.unit, split.statistic.definition, used, (first, second, third))


def _plain(value: int | None) -> str:
    return "/" if value is None else f"{value:,}"
