"""Writing workbooks: row by row in constant memory, typed cells, a head that stays, and no text that turns into a formula."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO
from unicodedata import east_asian_width

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_000_000  # a worksheet has 1 048 576
_LONGEST = 32_767  # characters of a cell
_EPOCH = datetime(1899, 12, 30)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")

HEAD = {"bold": True, "bg_color": "#F2F5F9", "font_color": "#1C2733", "border": 1, "border_color": "#CBD3DE", "valign": "vcenter", "text_wrap": True}
FONT = {"font_name": "微软雅黑", "font_size": 10, "valign": "vcenter"}


@contextmanager
def workbook(target: Path | BinaryIO, *, is_long: bool = True) -> Iterator[Workbook]:
    """A new workbook that is closed at the end. A long one is written row after row and must not go back."""
    options: dict[str, Any] = {
        "constant_memory": is_long,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
        "default_format_properties": FONT,
    }
    if isinstance(target, Path):
        options["tmpdir"] = str(target.parent)
    book = Workbook(target if not isinstance(target, Path) else str(target), options)
    try:
        yield book
    except BaseException:
        book.fileclosed = 1  # what was begun is thrown away; closing would write it
        raise
    book.close()


class Writer:
    """Writes typed cells into one worksheet."""

    def __init__(self, book: Workbook, name: str) -> None:
        self.sheet: Worksheet = book.add_worksheet(sheet_name(name))
        make = book.add_format
        self.head, self.text = make(FONT | HEAD), make(FONT | {"num_format": "@"})
        self.day, self.instant = make(FONT | {"num_format": "yyyy-mm-dd"}), make(FONT | {"num_format": "yyyy-mm-dd hh:mm"})
        self.whole, self.decimal, self.plain = make(FONT | {"num_format": "#,##0"}), make(FONT | {"num_format": "#,##0.######"}), make(FONT)

    def header(self, labels: Sequence[str], widths: Sequence[float]) -> None:
        """The first row: styled, frozen; and how wide the columns are."""
        for place, width in enumerate(widths):
            self.sheet.set_column(place, place, width)
        self.sheet.set_row(0, 24)
        for place, label in enumerate(labels):
            self.sheet.write_string(0, place, label, self.head)
        self.sheet.freeze_panes(1, 0)

    def row(self, number: int, values: Sequence[Any]) -> None:
        """Write a row; nothing for None."""
        for place, value in enumerate(values):
            if value is not None:
                self.cell(number, place, value)

    def cell(self, row: int, place: int, value: Any, style: Any = None) -> None:
        """Write one cell by the type of the value. Text stays text, whatever it begins with."""
        sheet = self.sheet
        if isinstance(value, str):
            if value:
                sheet.write_string(row, place, clean(value), style or self.text)
        elif isinstance(value, bool):
            sheet.write_string(row, place, "是" if value else "否", style or self.text)
        elif isinstance(value, int):
            sheet.write_number(row, place, value, style or self.whole)
        elif isinstance(value, float):
            sheet.write_number(row, place, value, style or (self.whole if value.is_integer() else self.decimal))
        elif isinstance(value, datetime):
            sheet.write_number(row, place, (value.replace(tzinfo=None) - _EPOCH).total_seconds() / 86_400, style or self.instant)
        elif isinstance(value, date):
            sheet.write_number(row, place, (datetime(value.year, value.month, value.day) - _EPOCH).days, style or self.day)
        else:
            sheet.write_string(row, place, clean(str(value)), style or self.text)


def clean(text: str) -> str:
    """The text without what a cell cannot hold."""
    return _CONTROL.sub("", text)[:_LONGEST]


def sheet_name(title: str) -> str:
    """``title`` as the name of a worksheet: at most 31 characters, none of []:*?/\\."""
    return re.sub(r"[\[\]:*?/\\']+", " ", title).strip()[:31] or "数据"


def width_of(text: str) -> int:
    """How many narrow characters wide the text is."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
