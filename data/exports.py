"""Lists as workbooks: the rows of a question within the viewer's scope, read in a stream and written in constant memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, inspect
from sqlalchemy.orm import Session

from data.audit import entry
from data.columns import attribute
from data.errors import Invalid
from data.models import AuditEntry, Base, Task
from data.query import Question, answer, count, in_order
from data.readings import Reading
from data.settings import Settings
from data.tasks import Work, enqueue, file_name, handler
from data.viewer import Viewer
from data.workbooks import MOST_ROWS, Writer, width_of, workbook

KIND = "export"
MOST_COLUMNS = 200
_CHUNK = 2_000


@dataclass(frozen=True)
class Listing:
    """What is exported: columns as (path, label), and the question whose rows they are; only what JSON can hold.

    ``permission`` is the right to see the list, asked for again when the task runs. ``words`` are the conditions as a
    person reads them.
    """

    table: str
    columns: tuple[tuple[str, str], ...]
    question: Question
    title: str
    permission: str
    words: str = ""
    deleted: bool = False

    def plain(self) -> dict[str, Any]:
        """As JSON; ``Listing.of`` reads it back."""
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Listing:
        """The listing that ``plain`` was made from."""
        columns = tuple((str(path), str(label)) for path, label in plain["columns"])
        return cls(**{**plain, "columns": columns, "question": Question.of(plain["question"])})


def ask(session: Session, viewer: Viewer, listing: Listing) -> Task:
    """The task that will write the listing; Invalid when it names what it may not."""
    viewer.require(listing.permission)
    check(listing)
    return enqueue(session, viewer, KIND, f"导出 {listing.title}", listing.plain())


def model_of(table: str) -> type[Base]:
    """The model of the table; Invalid when there is none."""
    found = next((one.class_ for one in Base.registry.mappers if one.class_.__tablename__ == table), None)
    if found is None:
        raise Invalid("没有这个列表，请刷新页面后再试。")
    return found


def check(listing: Listing) -> type[Base]:
    """The model of the listing; Invalid when it has a column that the model does not have, or that is secret."""
    model = model_of(listing.table)
    if not listing.columns or len(listing.columns) > MOST_COLUMNS:
        raise Invalid(f"请选择要导出的列，最多 {MOST_COLUMNS} 列。")
    for path, label in listing.columns:
        if attribute(model, path) is None:
            raise Invalid(f"不能导出“{label or path}”这一列。")
    in_order(answer(model, _NOBODY, listing.question), model, listing.question.sort)  # names come from browsers
    return model


_NOBODY = Viewer(None, "", "")


@handler(KIND)
def export(work: Work) -> None:
    """Write the listing of a task into its file, and who exported what into the audit."""
    listing = Listing.of(work.params)
    work.viewer.require(listing.permission)
    model = check(listing)
    now = datetime.now(UTC)
    local = now.astimezone(ZoneInfo(work.settings.time_zone))
    path = work.file(file_name(f"{listing.title}_{local:%Y%m%d_%H%M}"))
    with work.read_session() as session, workbook(path) as book:
        statement = answer(model, work.viewer, listing.question, deleted=listing.deleted)
        total = count(session, statement, model, cap=None)
        if total > MOST_ROWS:
            raise Invalid(f"共 {total:,} 行，一次最多导出 {MOST_ROWS:,} 行，请增加查询条件。")
        written = 0
        work.progress(0, total)
        sheet = Writer(book, listing.title)
        labels = [label for _, label in listing.columns]
        sheet.header(labels, [_width(model, path, label) for path, label in listing.columns])
        for rows in _rows(session, model, listing, statement):
            for row in rows:
                written += 1
                sheet.row(written, row)
            work.progress(written, max(total, written))
        sheet.sheet.autofilter(0, 0, max(written, 1), len(labels) - 1)
        _about(Writer(book, "说明"), work.viewer, listing, now, written, work.settings)
    _audit(work, model, listing, written)
    work.result.update(count=written, message=f"已导出 {written:,} 行。")


def _rows(session: Session, model: type[Base], listing: Listing, statement: Any) -> Iterator[list[tuple[Any, ...]]]:
    """The rows as they are read, some thousand at a time."""
    readings = [Reading(session, model, path) for path, _ in listing.columns]
    ordered = in_order(statement, model, listing.question.sort)
    columns = list(dict.fromkeys(one.column for one in readings))
    places = [columns.index(one.column) for one in readings]
    own = [getattr(model, inspect(model).get_property_by_column(one).key) for one in columns]
    plain = ordered.with_only_columns(*own, maintain_column_froms=True)
    found = session.execute(plain.execution_options(yield_per=_CHUNK))
    for chunk in found.partitions(_CHUNK):
        by_column = list(zip(*chunk, strict=True))
        yield list(zip(*(one.read(by_column[place]) for one, place in zip(readings, places, strict=True)), strict=True))


def _width(model: type[Base], path: str, label: str) -> float:
    kind = attribute(model, path).type
    length = getattr(kind, "length", None) or 0
    usual = {datetime: 17, bool: 8, int: 11, float: 12}.get(kind.python_type, 12 if not length else min(8 + length / 5, 40))
    return max(usual, width_of(label) + 5)


def _about(sheet: Writer, viewer: Viewer, listing: Listing, now: datetime, written: int, settings: Settings) -> None:
    local = now.astimezone(ZoneInfo(settings.time_zone))
    keyword = f"关键词“{listing.question.keyword}”" if listing.question.keyword else ""
    ticked = f"勾选的 {len(listing.question.ids)} 行" if listing.question.ids else ""
    lines = [
        ("内容", listing.title),
        ("条件", listing.words or "；".join(filter(None, (keyword, ticked))) or ("按查询条件" if listing.question.filters or listing.question.conditions else "全部")),
        ("数据时间", f"{local:%Y-%m-%d %H:%M:%S}（{settings.time_zone}）"),
        ("导出人", f"{viewer.name}（{viewer.username}）"),
        ("行数", written),
        ("来源", f"{settings.park_name}{settings.platform_name}"),
    ]
    sheet.header(("项目", "说明"), (14, 80))
    for number, line in enumerate(lines, 1):
        sheet.row(number, line)


def _audit(work: Work, model: type[Base], listing: Listing, written: int) -> None:
    changes: dict[str, list[Any]] = {"行数": [None, written], "条件": [None, listing.words or listing.question.plain()]}
    told = entry(work.viewer, "export", model, 0, listing.title, changes)
    with work.session() as session:
        session.execute(insert(AuditEntry).values(**told))


