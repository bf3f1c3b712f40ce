"""Writing workbooks: row by row in constant memory, typed cells, a head that stays, and no text that turns into a formula."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from html import escape as _escape
from math import isfinite
from pathlib import Path
from typing import Any, BinaryIO
from unicodedata import east_asian_width

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_000_000  # a worksheet has 1 048 576
_LONGEST = 32_767  # characters of a cell
_EPOCH = datetime(1899, 12, 30)
_CODED = re.compile(r"_(?=x[0-9a-fA-F]{4}_)")
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
        self.styles = {name: getattr(self, name)._get_xf_index() for name in ("text", "day", "instant", "whole", "decimal")}
        self.letters: list[str] = []

    def header(self, labels: Sequence[str], widths: Sequence[float]) -> None:
        """The first row: styled, frozen; and how wide the columns are."""
        for place, width in enumerate(widths):
            self.sheet.set_column(place, place, width)
        self.sheet.set_row(0, 24)
        for place, label in enumerate(labels):
            self.sheet.write_string(0, place, label, self.head)
        self.sheet.freeze_panes(1, 0)

    def row(self, number: int, values: Sequence[Any]) -> None:
        """Write a whole row; nothing for None. In a long workbook the rows come in their order."""
        sheet = self.sheet
        if not sheet.constant_memory:
            for place, value in enumerate(values):
                if value is not None:
                    self.cell(number, place, value)
            return
        # XlsxWriter keeps each cell as an object until its row is over; of two million cells that is most of the time.
        sheet._write_single_row(number)
        sheet._check_dimensions(number, len(values) - 1)
        cells = "".join([self._xml(f"{letter}{number + 1}", value) for letter, value in zip(self._letters(len(values)), values, strict=True) if value is not None])
        sheet.fh.write(f'<row r="{number + 1}">{cells}</row>')

    def _letters(self, count: int) -> list[str]:
        while len(self.letters) < count:
            self.letters.append(xl_col_to_name(len(self.letters)))
        return self.letters[:count]

    def _xml(self, at: str, value: Any) -> str:
        """One cell as the worksheet's file has it."""
        if isinstance(value, bool) or not isinstance(value, (int, float, date)):
            words = clean(str(value)) if not isinstance(value, bool) else "是" if value else "否"
            if "_x" in words:  # Excel would read _x0041_ as a letter
                words = _CODED.sub("_x005F_", words)
            return f'<c r="{at}" s="{self.styles["text"]}" t="inlineStr"><is><t xml:space="preserve">{_escape(words, quote=False)}</t></is></c>' if words else ""
        if isinstance(value, float):
            if not isfinite(value):
                return ""
            style = self.styles["whole" if value.is_integer() else "decimal"]
        elif isinstance(value, int):
            style = self.styles["whole"]
        else:
            style, value = self.styles["instant" if isinstance(value, datetime) else "day"], serial(value)
        return f'<c r="{at}" s="{style}"><v>{value!r}</v></c>'

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
            sheet.write_number(row, place, serial(value), style or self.instant)
        elif isinstance(value, date):
            sheet.write_number(row, place, serial(value), style or self.day)
        else:
            sheet.write_string(row, place, clean(str(value)), style or self.text)


def serial(value: date) -> float:
    """A day, or an instant without its zone, as Excel counts: days since 1899-12-30."""
    if isinstance(value, datetime):
        return (value.replace(tzinfo=None) - _EPOCH).total_seconds() / 86_400
    return float((datetime(value.year, value.month, value.day) - _EPOCH).days)


def clean(text: str) -> str:
    """The text without what a cell cannot hold."""
    if text.isprintable() and len(text) <= _LONGEST:
        return text
    return _CONTROL.sub("", text)[:_LONGEST]


def sheet_name(title: str) -> str:
    """``title`` as the name of a worksheet: at most 31 characters, none of []:*?/\\."""
    return re.sub(r"[\[\]:*?/\\']+", " ", title).strip()[:31] or "数据"


def width_of(text: str) -> int:
    """How many narrow characters wide the text is."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
