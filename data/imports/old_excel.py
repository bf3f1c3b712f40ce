"""Where formulas stand in a workbook of Excel 97–2003 ([MS-XLS]): its reader gives their last values only, as if somebody had typed them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from olefile import OleFileIO

from data.errors import Invalid

_STREAMS = ("Workbook", "Book")  # BIFF8, and BIFF5 before it
_BOF, _EOF, _SHEET = 0x0809, 0x000A, 0x0085
_FORMULAS = frozenset({0x0006, 0x0206, 0x0406})  # of BIFF5 and 8, 3, 4
_HEAD = struct.Struct("<HH")
_UNREADABLE = "工作簿已损坏或加了密码，无法读取。请用 Excel 或 WPS 另存为 xlsx 后再上传。"


def formulas(path: Path, sheet: str) -> set[tuple[int, int]]:
    """The cells of the sheet that hold a formula: (row from 1, column from 0). Invalid when the file cannot be read so far."""
    content = _stream(path)
    start = _begin_of(content, sheet)
    found: set[tuple[int, int]] = set()
    depth = 0
    for kind, body in _records(content, start):
        if kind == _BOF:
            depth += 1  # a chart within the sheet is a part of its own
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return found
        elif kind in _FORMULAS and depth == 1 and len(body) >= 4:
            row, column = _HEAD.unpack_from(body)
            found.add((row + 1, column))
    return found


def _stream(path: Path) -> bytes:
    try:
        with OleFileIO(str(path)) as file:
            name = next((one for one in _STREAMS if file.exists(one)), None)
            if name is None:
                raise Invalid(_UNREADABLE)
            with file.openstream(name) as stream:
                return bytes(stream.read())
    except OSError as error:
        raise Invalid(_UNREADABLE) from error


def _records(content: bytes, at: int) -> Iterator[tuple[int, memoryview]]:
    """The records from ``at`` on, (kind, body)."""
    whole = memoryview(content)
    while 0 <= at <= len(content) - _HEAD.size:
        kind, length = _HEAD.unpack_from(content, at)
        yield kind, whole[at + _HEAD.size : at + _HEAD.size + length]
        at += _HEAD.size + length


def _begin_of(content: bytes, sheet: str) -> int:
    """Where the records of the sheet begin. Its name stands in the record that announces it."""
    is_biff8 = len(content) >= 6 and struct.unpack_from("<H", content, 4)[0] == 0x0600
    for kind, body in _records(content, 0):
        if kind == _SHEET and len(body) >= 8 and _name(bytes(body[6:]), is_biff8) == sheet:
            return int(struct.unpack_from("<I", body)[0])
        if kind == _EOF:
            break
    raise Invalid(_UNREADABLE)


def _name(body: bytes, is_biff8: bool) -> str:
    length = body[0]
    if not is_biff8:
        return body[1 : 1 + length].decode("gbk", "replace")
    is_wide = bool(body[1] & 1)
    return body[2 : 2 + length * 2].decode("utf-16-le", "replace") if is_wide else body[2 : 2 + length].decode("latin-1")
