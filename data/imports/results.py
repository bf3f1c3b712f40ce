"""Workbooks about a batch: the uploaded rows with every wrong cell marked, and what became of each row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from data.choices import word
from data.choices.system import ROW_OUTCOMES
from data.columns import attribute
from data.errors import Conflict
from data.imports.batches import ERRORS, PAGE, address, batch_of, headers_of
from data.imports.sheet import REASON, Sheet, sheet_of
from data.models import ImportBatch, ImportRow
from data.tasks import Work, file_name, handler
from data.workbooks import FONT, Writer, width_of, workbook

_MOST_NOTES = 5_000  # comments are kept in memory until the file is closed
_CHUNK = 2_000
MERGED = "单元格与其他行合并，见上方。"


@handler(ERRORS)
def errors(work: Work) -> None:
    """Write the rows as they were uploaded, wrong cells red with the reason as a comment: to be mended and uploaded again."""
    with work.read_session() as session:
        batch = batch_of(session, work.viewer, int(work.params["batch"]))
        if not batch.headers:
            raise Conflict("这一批没有可下载的错误清单。")
        sheet = sheet_of(batch.sheet)
        with _book(work, f"{sheet.file_title}_错误清单_{_stamp(work)}") as book:
            wrong = book.add_format(FONT | {"bg_color": "#FDEBE9", "font_color": "#B3241A", "border": 1, "border_color": "#F0B8B3", "num_format": "@"})
            written, noted = 0, 0
            for place, page in enumerate(sheet.every_page):
                done, noted = _errors(work, session, batch, page, place, Writer(book, page.title), wrong, noted)
                written += done
    work.result.update(count=written, message=f"错误清单共 {written:,} 行，{batch.refused_count:,} 行有错。")


def _errors(work: Work, session: Session, batch: ImportBatch, sheet: Sheet, page: int, writer: Writer, wrong: Any, noted: int) -> tuple[int, int]:
    """Write the rows of one page; how many, and how many comments there are by now."""
    headers = headers_of(batch, page * PAGE)
    labels = [one["label"] for one in headers]
    writer.header([*labels, REASON], [*(max(14, width_of(label) + 5) for label in labels), 70])
    numbers = [attribute(sheet.model, one["name"]).type.python_type in (int, float) and one["name"] not in sheet.links for one in headers]
    written = 0
    for row in _rows(session, batch, page, wrong_first=True):
        written += 1
        faults = {index: text for index, text in row.messages}
        for place, text in enumerate(row.shown):
            if place in faults:
                writer.sheet.write_string(written, place, text, wrong)
                noted += 1
                if noted <= _MOST_NOTES:
                    writer.sheet.write_comment(written, place, faults[place], {"author": "导入检查", "x_scale": 2})
            else:
                writer.cell(written, place, _number(text) if numbers[place] else text)
        writer.cell(written, len(labels), reasons(batch, row))
        if written % _CHUNK == 0:
            work.progress(written, batch.row_count)
    return written, noted


def write_results(work: Work, identity: int) -> None:
    """Write what became of every row of a committed batch, with the number of its record."""
    with work.read_session() as session:
        batch = session.get_one(ImportBatch, identity)
        sheet = sheet_of(batch.sheet)
        with _book(work, f"{sheet.file_title}_导入结果_{_stamp(work)}") as book:
            for place, page in enumerate(sheet.every_page):
                _results(session, batch, place, Writer(book, page.title if sheet.pages else "导入结果"))


def _results(session: Session, batch: ImportBatch, page: int, writer: Writer) -> None:
    labels = ["行号", "结果", "记录编号", *(one["label"] for one in headers_of(batch, page * PAGE))]
    writer.header(labels, [8, 8, 12, *(max(14, width_of(label) + 5) for label in labels[3:])])
    written = 0
    for row in _rows(session, batch, page):
        written += 1
        writer.row(written, (row.number % PAGE, word(ROW_OUTCOMES, row.outcome), row.record_id, *row.shown))
    writer.sheet.autofilter(0, 0, max(written, 1), len(labels) - 1)


def reasons(batch: ImportBatch, row: ImportRow) -> str:
    """Every message of a row with its address."""
    if row.outcome == "refused" and not row.messages:
        return MERGED
    return "；".join(f"{address(batch, row, index)} {text}" for index, text in row.messages)


def _rows(session: Session, batch: ImportBatch, page: int, *, wrong_first: bool = False) -> Iterator[ImportRow]:
    for outcomes in ((ImportRow.outcome == "refused", ImportRow.outcome != "refused") if wrong_first else (true(),)):
        wanted = select(ImportRow).where(ImportRow.batch_id == batch.id, ImportRow.number >= page * PAGE, ImportRow.number < (page + 1) * PAGE, outcomes).order_by(ImportRow.number)
        for row in session.scalars(wanted.execution_options(yield_per=_CHUNK)):
            yield row
            session.expunge(row)


def _book(work: Work, title: str) -> AbstractContextManager[Any]:
    target: Path | BinaryIO = work.file(file_name(title))
    return workbook(target)


def _stamp(work: Work) -> str:
    return f"{datetime.now(UTC).astimezone(ZoneInfo(work.settings.time_zone)):%Y%m%d_%H%M}"


def _number(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text
