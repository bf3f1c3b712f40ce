"""The check of an uploaded workbook: what every row would do, and each wrong cell in one sentence. Writes only the batch."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from data import bulk, db
from data.errors import Invalid, PlatformError
from data.imports.batches import CHECK, batch_of
from data.imports.cells import FORMULA, Column, plain, shown
from data.imports.existing import Existing
from data.imports.sheet import REASON, Sheet, sheet_of
from data.imports.workbook import Merged, Uploaded, letters, opened
from data.models import ImportBatch, ImportRow
from data.tasks import Cancelled, Interrupted, Work, handler
from data.validity import why_not_own
from data.viewer import Viewer

CHUNK = 2_000
MOST_ROWS = 200_000
HEAD_WITHIN = 10  # rows in which the heads are looked for
EXAMPLE = "示例："  # a row that begins so is the template's, not the person's


class Draft:
    """A row on its way through the check. ``faults`` are by index of the column."""

    __slots__ = ("before", "faults", "hidden", "number", "outcome", "record_id", "shown", "values", "version")

    def __init__(self, number: int, texts: list[str]) -> None:
        self.number, self.shown = number, texts
        self.values: dict[str, Any] = {}
        self.faults: dict[int, str] = {}
        self.hidden = False  # refused for a cell of another row with which its own was merged
        self.outcome = "new"
        self.record_id: int | None = None
        self.version: int | None = None
        self.before: dict[str, list[Any]] = {}

    @property
    def is_good(self) -> bool:
        return not self.faults and not self.hidden


@handler(CHECK, lane="import")
def check(work: Work) -> None:
    """Check the batch of the task and store what was found."""
    identity = int(work.params["batch"])
    try:
        with work.session() as session:
            batch = batch_of(session, work.viewer, identity, lock=True)
            session.execute(delete(ImportRow).where(ImportRow.batch_id == identity))
            with tempfile.TemporaryDirectory(prefix="import-") as folder:
                _check(session, work, batch, Path(folder))
    except Interrupted:
        raise
    except BaseException as error:
        _fail(identity, "检查已取消。" if isinstance(error, Cancelled) else str(error) if isinstance(error, PlatformError) else "检查没有完成，请重新上传。")
        raise


def _fail(identity: int, why: str) -> None:
    with db.session() as session:
        batch = session.get(ImportBatch, identity)
        if batch is not None:
            batch.state, batch.messages = "failed", [["", why]]


def _check(session: Session, work: Work, batch: ImportBatch, folder: Path) -> None:
    sheet = sheet_of(batch.sheet)
    if sheet.pages:
        from data.imports.book import check_book

        return check_book(session, work, batch, sheet, folder)
    file = opened(work.settings.data_dir.resolve() / batch.file_path, sheet.title, folder)
    rows = file.rows()
    first = list(islice(rows, HEAD_WITHIN))
    head, headers, messages = find_headers(sheet, first)
    batch.sheet_name, batch.headers, batch.messages = file.name, headers, messages
    counts = dict.fromkeys(("new", "changed", "same", "refused"), 0)
    wrong = len(messages)
    if not messages:
        checker = Checker(session, work.viewer, sheet, file, headers, head)
        done = 0
        for drafts in checker.chunks(_chain(first, rows, head)):
            store(session, batch, drafts)
            for draft in drafts:
                counts[draft.outcome] += 1
                wrong += len(draft.faults)
            done += len(drafts)
            work.progress(done)
        if not done:
            batch.messages = [["", "表头下面没有数据，请从第 2 行起填写。"]]
            wrong = 1
    for outcome, number in counts.items():
        setattr(batch, f"{outcome}_count", number)
    batch.wrong_count, batch.state, batch.checked_at = wrong, "checked", datetime.now(UTC)
    work.result.update(batch=batch.id, message=f"检查完成，{batch.row_count:,} 行中 {batch.refused_count:,} 行有错。" if not batch.messages else "文件有错，没有逐行检查。")


def _chain(first: Sequence[Any], rest: Iterator[Any], head: int) -> Iterator[Any]:
    yield from (row for row in first if row[0] > head)
    yield from (row for row in rest if row[0] > head)


def find_headers(sheet: Sheet, rows: Sequence[tuple[int, list[Any]]]) -> tuple[int, list[dict[str, Any]], list[list[str]]]:
    """The number of the row with the heads, the columns found, and what is wrong with them as [address, sentence]."""
    known = {head_words(sheet.label(name)): name for name in sheet.columns}
    titles = [(number, [head_words(cell) for cell in cells]) for number, cells in rows]
    number, heads = max(titles, key=lambda row: len(set(row[1]) & known.keys()), default=(1, []))
    if not set(heads) & known.keys():
        return 1, [], [["", "没有找到表头，请使用模板，不要改动第 1 行。"]]
    headers: list[dict[str, Any]] = []
    messages: list[list[str]] = []
    seen: dict[str, str] = {}
    for place, head in enumerate(heads):
        at = f"{letters(place)}{number}"
        if not head or (head == REASON and head not in known):
            continue
        if head in seen:
            messages.append([at, f"列“{head}”重复，{seen[head]} 已有同名的列。"])
        elif head in known:
            headers.append({"column": place, "name": known[head], "label": sheet.label(known[head])})
        else:
            near = get_close_matches(head, [one for one in known if one not in heads], n=1, cutoff=0.5)
            messages.append([at, f"没有“{head}”这一列" + (f"，是否为“{near[0]}”？" if near else "，请删除此列或使用模板。")])
        seen.setdefault(head, at)
    missing = [sheet.label(name) for label, name in known.items() if sheet.is_required(name) and label not in seen]
    messages += [["", f"缺少必填列“{label}”。"] for label in missing]
    return number, headers, messages


def head_words(cell: Any) -> str:
    """A head as it is compared: without star and blanks."""
    return shown(cell).replace(" ", "").replace("\n", "").strip("*＊")


class Checker:
    """Checks the rows of one worksheet chunk by chunk; remembers what must not occur twice in the file."""

    def __init__(self, session: Session, viewer: Viewer, sheet: Sheet, file: Uploaded, headers: list[dict[str, Any]], head: int) -> None:
        self.session, self.viewer, self.sheet, self.file = session, viewer, sheet, file
        self.columns = [Column(session, viewer, sheet, one["name"]) for one in headers]
        self.places: list[int] = [one["column"] for one in headers]
        self.index = {one.name: place for place, one in enumerate(self.columns)}
        self.seen: dict[str, dict[Any, int]] = {}
        self.existing = Existing(session, viewer, sheet, {one.name: one for one in self.columns})
        self.merged = [one for one in file.merged if one.bottom > head]
        self.key_place = self.index[sheet.key[0]]

    def chunks(self, rows: Iterable[tuple[int, list[Any]]]) -> Iterator[list[Draft]]:
        """The checked rows, CHUNK at a time."""
        left = iter(rows)
        total = 0
        while chunk := list(islice(left, CHUNK)):
            total += len(chunk)
            if total > MOST_ROWS:
                raise Invalid(f"超过 {MOST_ROWS:,} 行，请分成几个文件上传。")
            yield self._checked(chunk)

    def _checked(self, chunk: list[tuple[int, list[Any]]]) -> list[Draft]:
        read = [(number, [cells[place] if place < len(cells) else "" for place in self.places]) for number, cells in chunk]
        drafts = [(Draft(number, [shown(cell) for cell in cells]), cells) for number, cells in read]
        drafts = [(draft, cells) for draft, cells in drafts if any(draft.shown) and not next(filter(None, draft.shown), "").startswith(EXAMPLE)]
        for place, column in enumerate(self.columns):
            if column.lookup is not None:
                column.lookup.prepare({draft.shown[place] for draft, _ in drafts})
        for draft, cells in drafts:
            self._read(draft, cells)
            self._once(draft)
        rows = [draft for draft, _ in drafts]
        self.existing.match(rows, self.index)
        self._rules(rows)
        for draft in rows:
            draft.outcome = "refused" if not draft.is_good else draft.outcome
        return rows

    def _read(self, draft: Draft, cells: list[Any]) -> None:
        for place, column in enumerate(self.columns):
            at = (draft.number, self.places[place])
            merged = next((one for one in self.merged if one.top <= at[0] <= one.bottom and one.left <= at[1] <= one.right), None) if self.merged else None
            if merged is not None:
                self._merged(draft, place, merged)
            elif at in self.file.formulas:
                draft.faults[place] = FORMULA
            else:
                self._value(draft, place, column, cells[place])

    def _merged(self, draft: Draft, place: int, merged: Merged) -> None:
        """One sentence at the first cell of a merged range; the rows of the others are refused with it."""
        first_place = next((n for n, column in enumerate(self.places) if merged.left <= column <= merged.right), place)
        if draft.number == merged.top and first_place == place:
            draft.faults[place] = f"{merged.words} 已合并，请取消合并后逐格填写。"
        else:
            draft.hidden = True

    def _value(self, draft: Draft, place: int, column: Column, cell: Any) -> None:
        text = draft.shown[place]
        if not text:
            if column.is_required:
                draft.faults[place] = f"{column.label}必须填写。"
            return
        try:
            draft.values[column.name] = column.read(cell, text)
        except ValueError as error:
            draft.faults[place] = str(error)

    def _once(self, draft: Draft) -> None:
        """What finds a record, and what only one may have, occurs in one row of the file."""
        groups = [self.sheet.key, *((name,) for name in self.sheet.unique if (name,) != self.sheet.key)]
        for names in groups:
            if not all(name in draft.values for name in names):
                continue
            value = tuple(draft.values[name] for name in names)
            seen = self.seen.setdefault(names[0], {})
            first = seen.setdefault(value if len(value) > 1 else value[0], draft.number)
            if first != draft.number:
                place = self.index[names[-1]]
                draft.faults.setdefault(place, f"与第 {first} 行重复，{self.columns[place].label}不能相同。")

    def _rules(self, drafts: list[Draft]) -> None:
        for draft in drafts:
            found = why_not_own(self.viewer, self.sheet.model, draft.values)
            found |= self.sheet.check(self.session, self.viewer, draft.values) if self.sheet.check else {}
            for name, words in found.items():
                if words:
                    draft.faults.setdefault(self.index.get(name, self.key_place), words)


def store(session: Session, batch: ImportBatch, drafts: Sequence[Draft]) -> None:
    """Write checked rows into the batch."""
    rows = [
        {
            "batch_id": batch.id,
            "number": draft.number,
            "outcome": draft.outcome,
            "shown": draft.shown,
            "values": {name: plain(value) for name, value in draft.values.items()},
            "before": draft.before,
            "messages": [[place, text] for place, text in sorted(draft.faults.items())],
            "record_id": draft.record_id,
            "version": draft.version,
        }
        for draft in drafts
    ]
    bulk.insert_rows(session, ImportRow.__table__, rows)  # type: ignore[arg-type]
