"""Reading an uploaded workbook a slice at a time, and what values alone do not tell: formulas and merged cells.

A workbook of Excel is a zip of XML. Its worksheet is cut between rows into small workbooks on the disk, each read by
calamine: memory does not grow with the file, and a file made to fill it is refused before it is opened.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum, load_workbook

from data.errors import Invalid
from data.imports import old_excel

MOST_BYTES = 20 * 2**20
MOST_UNPACKED = 600 * 2**20
MOST_COLUMNS = 100
SLICE_ROWS = 10_000
_PIECE = 2**20
_LONGEST_ROW = 8 * 2**20

NOT_A_WORKBOOK = "不是 Excel 工作簿，仅支持 xlsx、xls 格式。请用 Excel 或 WPS 另存为 xlsx 后再上传。"
_BROKEN = "工作簿已损坏或加了密码，无法读取。请用 Excel 或 WPS 重新保存后再上传。"
_TOO_BIG = "工作簿展开后太大，请删除多余的工作表和空行，或分成几个文件上传。"
_TOO_WIDE = f"工作表超过 {MOST_COLUMNS} 列，请只保留模板中的列。"

_ROW_END = re.compile(rb"</(?:\w+:)?row>|<(?:\w+:)?row\b[^>]*/>")
_ROW_NUMBER = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br=\"(\d{1,9})\"")
_FORMULA = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br=\"([A-Z]{1,3})(\d{1,9})\"[^>]*>\s*<(?:\w+:)?f[\s/>]")
_FAR = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br=\"(?:[A-Z]{3}|[D-Z][A-Z]|C[W-Z])\d+\"[^>]*[^/]>")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref=\"([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)\"")
_DATA = re.compile(rb"<(\w+:)?sheetData\s*/?>")

Row = tuple[int, list[Any]]  # number in the workbook from 1, cells from column A


@dataclass
class Merged:
    """Cells made one: rows from 1, columns from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def words(self) -> str:
        return f"{letters(self.left)}{self.top}:{letters(self.right)}{self.bottom}"


@dataclass
class Uploaded:
    """The worksheet of an upload. ``formulas`` are (row from 1, column from 0)."""

    name: str
    parts: list[Path]
    formulas: set[tuple[int, int]] = field(default_factory=set)
    merged: list[Merged] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """The rows that hold something, from the first."""
        for part in self.parts:
            yield from _rows(part, self.name)


def kind_of(file: BinaryIO) -> str:
    """``xlsx`` or ``xls`` by what the file holds; Invalid for anything else, whatever it is called."""
    head = file.read(8)
    file.seek(0)
    if head == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return "xls"
    if not head.startswith(b"PK\x03\x04"):
        raise Invalid(NOT_A_WORKBOOK)
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            unpacked = sum(one.file_size for one in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise Invalid(_BROKEN) from error
    finally:
        file.seek(0)
    if "xl/workbook.xml" not in names:
        raise Invalid(NOT_A_WORKBOOK)
    if unpacked > MOST_UNPACKED:
        raise Invalid(_TOO_BIG)
    return "xlsx"


def opened(path: Path, preferred: str, folder: Path) -> Uploaded:
    """The worksheet called ``preferred``, else the first one that shows; its parts are put into ``folder``."""
    with path.open("rb") as file:
        kind = kind_of(file)
    try:
        with _load(path) as book:
            name = _sheet_name(book, preferred)
            if kind == "xls":
                merged = book.get_sheet_by_name(name).merged_cell_ranges or []
                return Uploaded(name, [path], old_excel.formulas(path, name), [Merged(a + 1, b, c + 1, d) for (a, b), (c, d) in merged])
        return _cut(path, name, folder)
    except (zipfile.BadZipFile, ElementTree.ParseError, KeyError, EOFError, NotImplementedError, RuntimeError) as error:
        raise Invalid(_BROKEN) from error


@contextmanager
def _load(path: Path) -> Iterator[CalamineWorkbook]:
    """The workbook in calamine. A file that makes the reader itself stumble is a broken file, not a fault of the platform."""
    try:
        with load_workbook(path) as book:
            yield book
    except BaseException as error:
        if type(error).__name__ == "PanicException" or isinstance(error, CalamineError):
            raise Invalid(_BROKEN) from error
        raise


def letters(column: int) -> str:
    """The letters of a column counted from 0: 0 is A, 26 is AA."""
    words = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        words = chr(65 + rest) + words
    return words


def _column(words: bytes) -> int:
    number = 0
    for letter in words:
        number = number * 26 + letter - 64
    return number - 1


def _sheet_name(book: CalamineWorkbook, preferred: str) -> str:
    shown = [one.name for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet and one.visible == SheetVisibleEnum.Visible]
    if not shown:
        raise Invalid("工作簿中没有工作表。")
    return preferred if preferred in shown else shown[0]


def _rows(path: Path, name: str) -> Iterator[Row]:
    with _load(path) as book:
        sheet = book.get_sheet_by_name(name)
    if sheet.start is None:
        return
    if sheet.width + sheet.start[1] > MOST_COLUMNS:
        raise Invalid(_TOO_WIDE)
    empty: list[Any] = [""] * sheet.start[1]
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if any(cell != "" for cell in cells):
            yield number, empty + cells


def _member(archive: zipfile.ZipFile, name: str) -> str:
    """The part of the archive that is the worksheet of that name."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    wanted = next(one for one in book.iter() if one.tag.endswith("}sheet") and one.get("name") == name)
    relation = next(value for key, value in wanted.items() if key.endswith("}id"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = next(str(one.get("Target")) for one in links if one.get("Id") == relation)
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _cut(path: Path, name: str, folder: Path) -> Uploaded:
    found = Uploaded(name, [])
    with zipfile.ZipFile(path) as archive:
        member = _member(archive, name)
        cutter = _Cutter(archive, member, folder, found)
        with archive.open(member) as source:
            cutter.run(source)
    return found


class _Cutter:
    """Cuts the XML of one worksheet between rows into workbooks of at most SLICE_ROWS rows."""

    def __init__(self, archive: zipfile.ZipFile, member: str, folder: Path, found: Uploaded) -> None:
        self.archive, self.member, self.folder, self.found = archive, member, folder, found
        self.size = 0
        self.first: int | None = None
        self.rows: list[bytes] = []
        self.head = self.tail = b""

    def run(self, source: Any) -> None:
        """Read the whole part once."""
        rest = self._head(source)
        while rest is not None:
            rest = self._take(rest, source)
        if self.rows or not self.found.parts:
            self._write()

    def _read(self, source: Any) -> bytes:
        piece = source.read(_PIECE)
        self.size += len(piece)
        if self.size > MOST_UNPACKED:
            raise Invalid(_TOO_BIG)
        return piece

    def _head(self, source: Any) -> bytes | None:
        """What follows the start of the rows; None when there are none."""
        text = b""
        while not (start := _DATA.search(text)):
            piece = self._read(source)
            text += piece
            if not piece or len(text) > _LONGEST_ROW:
                raise Invalid(_BROKEN)
        mark = start.group(1) or b""
        self.head = text[: start.start()] + b"<" + mark + b"sheetData>"
        root = re.search(rb"<((?:\w+:)?worksheet)\b", self.head)
        if root is None:
            raise Invalid(_BROKEN)
        self.tail = b"</" + mark + b"sheetData></" + root.group(1) + b">"
        return None if start.group(0).endswith(b"/>") else text[start.end() :]

    def _take(self, text: bytes, source: Any) -> bytes | None:
        """Take the complete rows of ``text``; what is left of it with the next piece, None at the end."""
        start = 0
        for end in _ROW_END.finditer(text):
            self._row(text[start : end.end()])
            start = end.end()
        rest = text[start:]
        piece = self._read(source)
        if not piece:
            self._merged(rest)
            return None
        if len(rest) > _LONGEST_ROW:
            if b"sheetData>" not in rest[:200]:
                raise Invalid(_TOO_BIG)
            self._merged(rest)
            rest = rest[:200] + rest[-200:]
        return rest + piece

    def _row(self, row: bytes) -> None:
        number = _ROW_NUMBER.search(row)
        if number is None:
            raise Invalid(_BROKEN)
        if _FAR.search(row):
            raise Invalid(_TOO_WIDE)
        self.found.formulas.update((int(line), _column(column)) for column, line in _FORMULA.findall(row))
        at = int(number.group(1))
        self.first = at if self.first is None else self.first
        if len(self.rows) >= SLICE_ROWS or at - self.first >= SLICE_ROWS:
            self._write()
            self.first = at
        self.rows.append(row)

    def _merged(self, text: bytes) -> None:
        for left, top, right, bottom in _MERGED.findall(text):
            self.found.merged.append(Merged(int(top), _column(left), int(bottom), _column(right)))

    def _write(self) -> None:
        """One part: the workbook with these rows only, and without the other worksheets' content."""
        part = self.folder / f"part-{len(self.found.parts)}.xlsx"
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for one in self.archive.infolist():
                if one.filename == self.member:
                    archive.writestr(one.filename, b"".join((self.head, *self.rows, self.tail)))
                elif not one.filename.startswith(("xl/worksheets/", "xl/media/", "xl/drawings/")):
                    archive.writestr(one.filename, self.archive.read(one))
        self.found.parts.append(part)
        self.rows.clear()
