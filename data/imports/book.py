"""A workbook of several pages, one below the other: rows of a page name rows of the pages before, which may be as new as they are.

It is one batch: rows are numbered by page (``batches.PAGE``), and a reference to a new row is its number with a minus until the commit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, inspect, select
from sqlalchemy.orm import Session

from data.errors import Conflict
from data.imports.batches import PAGE
from data.imports.cells import Column
from data.imports.check import HEAD_WITHIN, Checker, Draft, _chain, find_headers, store
from data.imports.commit import CHUNK, Commit, Staged
from data.imports.existing import Existing
from data.imports.sheet import Sheet, Within, sheet_of
from data.imports.undo import Undo
from data.imports.workbook import Uploaded, opened
from data.models import ImportBatch, ImportRow
from data.tasks import Work
from data.viewer import Viewer

Path_ = tuple[str, ...]  # the words of a record from the first page down


class Row(NamedTuple):
    """A staged row whose references are ids."""

    number: int
    outcome: str
    values: dict[str, Any]
    before: dict[str, list[Any]]
    record_id: int | None
    version: int | None


# The check


def check_book(session: Session, work: Work, batch: ImportBatch, sheet: Sheet, folder: Path) -> None:
    """Check page after page and store what was found."""
    assert sheet.within is not None, "a workbook of several pages says what it may change"
    within = sheet.within(session, work.viewer)
    known: dict[Path_, int] = _there(session, sheet, within)
    counts = dict.fromkeys(("new", "changed", "same", "refused"), 0)
    messages: list[list[str]] = []
    headers: list[dict[str, Any]] = []
    wrong = done = 0
    for place, declared in enumerate(sheet.every_page):
        page = replace(declared, fixed={**declared.fixed, **within.fixed})
        found, file, rows, faults, head = _read(work, batch, page, folder / str(place))
        headers += [{**one, "page": place, "sheet": page.title} for one in found]
        messages += faults
        if faults:
            continue
        checker = PageChecker(session, work.viewer, page, file, found, head, Links(page, within, known, place))
        for drafts in checker.chunks(rows):
            store(session, batch, drafts)
            for draft in drafts:
                counts[draft.outcome] += 1
                wrong += len(draft.faults)
            done += len(drafts)
            work.progress(done)
    if not messages and not done:
        messages = [["", "各工作表的表头下面都没有数据，请从第 2 行起填写。"]]
    batch.sheet_name, batch.headers, batch.messages = sheet.book, headers, messages
    for outcome, number in counts.items():
        setattr(batch, f"{outcome}_count", number)
    batch.wrong_count, batch.state, batch.checked_at = wrong + len(messages), "checked", datetime.now(UTC)
    work.result.update(batch=batch.id, message=f"检查完成，{batch.row_count:,} 行中 {batch.refused_count:,} 行有错。" if not messages else "文件有错，没有逐行检查。")


def _read(work: Work, batch: ImportBatch, page: Sheet, folder: Path) -> tuple[list[dict[str, Any]], Uploaded, Iterator[Any], list[list[str]], int]:
    """The columns found, the file, its rows, what is wrong with the page, and the row of its heads."""
    folder.mkdir()
    file = opened(work.settings.data_dir.resolve() / batch.file_path, page.title, folder)
    if file.name != page.title:
        return [], file, iter(()), [["", f"缺少工作表“{page.title}”，请使用模板；没有内容的工作表留表头即可。"]], 1
    rows = file.rows()
    first = list(islice(rows, HEAD_WITHIN))
    head, headers, faults = find_headers(page, first)
    return headers, file, _chain(first, rows, head), [[f"{page.title} {at}".strip(), text] for at, text in faults], head


def _there(session: Session, sheet: Sheet, within: Within) -> dict[Path_, int]:
    """The records that rows may name, by their words from the top."""
    first: Any = sheet.model
    names: dict[Any, Path_] = {identity: (name,) for identity, name in session.execute(select(first.id, first.name).where(first.id.in_(within.ids)))}
    known: dict[Path_, int] = {path: identity for identity, path in names.items()}
    for page in sheet.pages[:-1]:
        model: Any = page.model
        below: dict[Any, Path_] = {}
        rows = select(model.id, model.name, getattr(model, page.links[-1])).where(getattr(model, page.links[0]).in_(within.ids), model.deleted_at.is_(None))
        for identity, name, above in session.execute(rows):
            below[identity] = (*names.get(above, ()), name)
        known |= {path: identity for identity, path in below.items()}
        names = below
    return known


class Links:
    """The words by which the rows of a page name those of the pages before; what a page has is known to the next."""

    def __init__(self, page: Sheet, within: Within, known: dict[Path_, int], place: int) -> None:
        self.page, self.within, self.known, self.place = page, within, known, place

    def resolve(self, draft: Draft, blame: Any) -> None:
        """Put ids, or numbers of new rows with a minus, in the place of words."""
        path: Path_ = ()
        for name in self.page.links:
            text = str(draft.values.get(name) or "")
            if not text:
                return
            path = (*path, text)
            if not self.known.get(path):
                blame(draft, name, self._unknown(path))
                return
            draft.values[name] = self.known[path]

    def _unknown(self, path: Path_) -> str:
        if path in self.known:
            return f"“{path[-1]}”在前面的工作表中有错，请先改好。"
        if len(path) == 1:
            return self.within.taken.get(path[0]) or f"“{path[0]}”不在前面的工作表中，也不是编制中的{self.page.every_page[0].label(self.page.links[0])}。"
        return f"“{'／'.join(path[:-1])}”下没有“{path[-1]}”，请先在前面的工作表中填写。"

    def learn(self, draft: Draft, path: Path_) -> None:
        """What the rows below may name: good rows, by all their words."""
        whole = (*path, str(draft.values.get("name") or ""))
        if draft.is_good and draft.values.get("name"):
            self.known[whole] = draft.record_id or -(draft.number + self.place * PAGE)
        elif not self.known.get(whole):
            self.known[whole] = 0  # there, but wrong


class PageChecker(Checker):
    """Checks the rows of one page of a workbook."""

    def __init__(self, session: Session, viewer: Viewer, sheet: Sheet, file: Uploaded, headers: list[dict[str, Any]], head: int, links: Links) -> None:
        super().__init__(session, viewer, sheet, file, headers, head)
        self.links = links
        extra = {name: Column(session, viewer, sheet, name) for name in sheet.derived}
        self.existing = _Linked(session, viewer, sheet, {one.name: one for one in self.columns} | extra, links)
        for column in self.columns:
            column.lookup = None if column.name in sheet.links else column.lookup

    def _checked(self, chunk: list[tuple[int, list[Any]]]) -> list[Draft]:
        rows = super()._checked(chunk)
        for draft in rows:
            draft.number += self.links.place * PAGE
        return rows

    def _value(self, draft: Draft, place: int, column: Column, cell: Any) -> None:
        text = draft.shown[place]
        if column.name in self.sheet.links and text:
            draft.values[column.name] = text
        else:
            super()._value(draft, place, column, cell)


class _Linked(Existing):
    """Compares rows with what may be changed, after their references became ids."""

    def __init__(self, session: Session, viewer: Viewer, sheet: Sheet, columns: Mapping[str, Column], links: Links) -> None:
        super().__init__(session, viewer, sheet, columns)
        self.links = links

    def match(self, drafts: Sequence[Draft], index: Mapping[str, int]) -> None:
        self.index = dict(index)
        paths = {id(draft): tuple(str(draft.values.get(name) or "") for name in self.sheet.links) for draft in drafts}
        for draft in drafts:
            self.links.resolve(draft, self._blame)
            taken = self.links.within.taken.get(str(draft.values.get("name"))) if not self.sheet.links else None
            if taken:
                self._blame(draft, "name", taken)
            if self.sheet.derive is not None and draft.is_good:
                draft.values |= self.sheet.derive(self.session, draft.values)
        super().match([draft for draft in drafts if draft.is_good], index)
        for draft in drafts:
            self.links.learn(draft, paths[id(draft)])

    def _with_keys(self, keys: set[tuple[Any, ...]]) -> ColumnElement[bool]:
        return and_(super()._with_keys(keys), _may_change(self.sheet, self.links.within.ids))


def _may_change(page: Sheet, ids: frozenset[int]) -> ColumnElement[bool]:
    model: Any = page.model
    return (getattr(model, page.links[0]) if page.links else model.id).in_(ids)


# Writing and taking back


def commit_book(session: Session, work: Work, batch: ImportBatch) -> None:
    """Write the pages in their order. Conflict when a record that may be changed no longer may."""
    sheet = sheet_of(batch.sheet)
    assert sheet.within is not None
    within = sheet.within(session, work.viewer)
    for place in range(len(sheet.every_page)):
        PageCommit(session, work, batch).turn(place, within).run()


def undo_book(session: Session, work: Work, batch: ImportBatch, reason: str) -> None:
    """Take the pages back, the last one first."""
    sheet = sheet_of(batch.sheet)
    assert sheet.within is not None
    within = sheet.within(session, work.viewer)
    for place in reversed(range(len(sheet.every_page))):
        PageUndo(session, work, batch, reason).turn(place, within).run()


class _Paged(Commit):
    """Looks at the rows of one page."""

    place = 0
    within: Within

    def turn(self, place: int, within: Within) -> Any:
        """The same, at that page."""
        self.sheet = sheet_of(self.batch.sheet).every_page[place]
        self.place, self.within, self.model = place, within, self.sheet.model
        self.table = self.model.__table__
        self.column_of = {one.key: one.columns[0].name for one in inspect(self.model).column_attrs}
        self.types = {one.key: one.columns[0].type.python_type for one in inspect(self.model).column_attrs}
        return self

    def _chunks(self) -> Iterator[Sequence[Staged]]:
        columns = [getattr(ImportRow, name) for name in Row._fields]
        made = dict(self.session.execute(select(ImportRow.number, ImportRow.record_id).where(ImportRow.batch_id == self.batch.id, ImportRow.number < self.place * PAGE)).all())
        last, end = self.place * PAGE - 1, (self.place + 1) * PAGE
        while True:
            wanted = select(*columns).where(ImportRow.batch_id == self.batch.id, ImportRow.number > last, ImportRow.number < end)
            rows = self.session.execute(wanted.order_by(ImportRow.number).limit(CHUNK)).all()
            if not rows:
                return
            last = rows[-1].number
            ours = {*self.within.ids, *made.values()}
            yield [self._resolved(Row(*row), made, ours) for row in rows]

    def _resolved(self, row: Row, made: Mapping[int, int | None], ours: set[int | None]) -> Row:
        values = dict(row.values)
        for name in self.sheet.links:
            if name in values and int(values[name]) < 0:
                values[name] = made[-int(values[name])]
        top = values.get(self.sheet.links[0]) if self.sheet.links else row.record_id
        if row.outcome != "same" and top is not None and int(top) not in ours:
            raise Conflict(f"第 {row.number % PAGE} 行（{self.sheet.title}）所属的记录已提交或删除，没有写入任何行，请重新上传检查。")
        return row._replace(values=values)


class PageCommit(_Paged):
    """One page on its way into its table."""

    def _still_free(self, rows: Sequence[Staged]) -> None:
        ours = _may_change(self.sheet, self.within.ids)
        model: Any = self.model
        columns = [getattr(model, name) for name in self.sheet.key]
        there = {tuple(row) for row in self.session.execute(select(*columns).where(ours, model.deleted_at.is_(None)))}
        moved = [row.number % PAGE for row in rows if tuple(row.values[name] for name in self.sheet.key) in there]
        if moved:
            raise Conflict(f"{self.sheet.title}第 {moved[0]} 行等 {len(moved)} 行对应的记录在检查后已新增，没有写入任何行，请重新上传检查。")


class PageUndo(_Paged, Undo):
    """One page on its way back."""
