"""Layouts of bodies: declared once as a row of parts, and read and written by the same declaration.

A part reads its fields from a ``Body`` into a dictionary and writes them from one. ``read_body`` and ``write_body`` do so
for a whole body; for values that fit their fields the two are inverse. ``is_2019`` is the edition of the header.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Protocol

from ingest.jt808.clock import iso_time
from ingest.jt808.frame import FrameError
from ingest.jt808.reading import Body
from ingest.jt808.text import text_of

Fields = dict[str, Any]


class Part(Protocol):
    def read(self, body: Body, fields: Fields, is_2019: bool) -> None:
        """Put what stands next in ``body`` into ``fields``. FrameError: it ends before."""

    def write(self, fields: Mapping[str, Any], is_2019: bool) -> bytes:
        """The bytes of its fields. KeyError, ValueError, OverflowError: missing, or beyond what the part holds."""


Layout = Sequence[Part]


class Kind(NamedTuple):
    """How one value stands in a body."""

    read: Callable[[Body], Any]
    write: Callable[[Any], bytes]


@dataclass(frozen=True)
class Field:
    """One value under its name."""

    name: str
    kind: Kind

    def read(self, body: Body, fields: Fields, is_2019: bool) -> None:
        fields[self.name] = self.kind.read(body)

    def write(self, fields: Mapping[str, Any], is_2019: bool) -> bytes:
        return self.kind.write(fields[self.name])


@dataclass(frozen=True)
class Many:
    """Values behind their count. ``head``: bytes of the count, one number or one for each edition; 0: until the body ends.

    ``each`` is a layout (rows become dictionaries) or a single kind. A count beyond the end of the body is no error:
    devices count wrongly.
    """

    name: str
    head: int | tuple[int, int]
    each: Layout | Kind

    def read(self, body: Body, fields: Fields, is_2019: bool) -> None:
        size = self._head(is_2019)
        left = int.from_bytes(body.take(size), "big") if size else -1
        found: list[Any] = []
        while left and body.left:
            found.append(self.each.read(body) if isinstance(self.each, Kind) else read_body(self.each, body, is_2019))
            left -= 1
        fields[self.name] = found

    def write(self, fields: Mapping[str, Any], is_2019: bool) -> bytes:
        rows, each = fields[self.name], self.each
        head = len(rows).to_bytes(self._head(is_2019), "big") if self.head else b""
        if isinstance(each, Kind):
            return head + b"".join(map(each.write, rows))
        return head + b"".join(write_body(each, row, is_2019) for row in rows)

    def _head(self, is_2019: bool) -> int:
        return self.head if isinstance(self.head, int) else self.head[is_2019]


@dataclass(frozen=True)
class When:
    """Parts that are there when what was read before, or the edition, says so."""

    is_there: Callable[[Mapping[str, Any], bool], object]
    parts: Layout

    def read(self, body: Body, fields: Fields, is_2019: bool) -> None:
        if self.is_there(fields, is_2019):
            _read(self.parts, body, fields, is_2019)

    def write(self, fields: Mapping[str, Any], is_2019: bool) -> bytes:
        return write_body(self.parts, fields, is_2019) if self.is_there(fields, is_2019) else b""


@dataclass(frozen=True)
class Tail:
    """Parts that are there when at least ``least`` bytes are left, and written when their first field is given."""

    first: str
    parts: Layout
    least: int = 1

    def read(self, body: Body, fields: Fields, is_2019: bool) -> None:
        if body.left >= self.least:
            _read(self.parts, body, fields, is_2019)

    def write(self, fields: Mapping[str, Any], is_2019: bool) -> bytes:
        return write_body(self.parts, fields, is_2019) if self.first in fields else b""


@dataclass(frozen=True)
class OneOf:
    """The first of several layouts that uses up the body exactly; ``layout`` names it. Editions and vendors differ."""

    ways: Mapping[str, Layout]

    def read(self, body: Body, fields: Fields, is_2019: bool) -> None:
        start = body.at
        for name, parts in self.ways.items():
            body.at = start
            found = dict(fields)
            try:
                _read(parts, body, found, is_2019)
            except FrameError:
                continue
            if not body.left:
                fields.update(found, layout=name)
                return
        body.at = start
        raise FrameError(
            f"{body.left} bytes from {start} on fit none of the layouts {', '.join(self.ways)}",
            f"第 {start} 字节起的 {body.left} 字节与已知的结构都不符",
        )

    def write(self, fields: Mapping[str, Any], is_2019: bool) -> bytes:
        return write_body(self.ways[fields["layout"]], fields, is_2019)


@dataclass(frozen=True)
class Parameters:
    """Terminal parameters of 0x0104 and 0x8103 as hex under their id, behind their count.

    The length byte of an item is trusted, not the standard's table: vendors differ.
    """

    def read(self, body: Body, fields: Fields, is_2019: bool) -> None:
        fields["count"] = body.byte()
        values: dict[str, str] = {}
        number = 0
        while body.left >= 5 and number < fields["count"]:
            key = f"0x{body.dword():04X}"
            values[key] = body.take(body.byte()).hex()
            number += 1
        if body.left:
            raise FrameError(f"parameters do not fill the body: {body.left} bytes left after {number} of {fields['count']}")
        fields["params"] = values

    def write(self, fields: Mapping[str, Any], is_2019: bool) -> bytes:
        items = [(int(key, 16), bytes.fromhex(value)) for key, value in fields["params"].items()]
        return bytes((fields.get("count", len(items)),)) + b"".join(
            key.to_bytes(4, "big") + bytes((len(value),)) + value for key, value in items
        )


def read_body(layout: Layout, body: Body, is_2019: bool = False) -> Fields:
    """The fields of ``layout`` from where ``body`` stands. FrameError: it ends before."""
    fields: Fields = {}
    _read(layout, body, fields, is_2019)
    return fields


def write_body(layout: Layout, fields: Mapping[str, Any], is_2019: bool = False) -> bytes:
    """The bytes of ``fields``. KeyError, ValueError, OverflowError: they do not make this layout."""
    return b"".join(part.write(fields, is_2019) for part in layout)


def _read(layout: Layout, body: Body, fields: Fields, is_2019: bool) -> None:
    for part in layout:
        part.read(body, fields, is_2019)


# Kinds


def number(size: int) -> Kind:
    """An unsigned number of ``size`` bytes."""
    return Kind(lambda body: int.from_bytes(body.take(size), "big"), lambda value: value.to_bytes(size, "big"))


def code(size: int, digits: str) -> Kind:
    """A number shown as ``0x…``; ``digits`` is its format, as ``04X``."""
    plain = number(size)
    return Kind(lambda body: f"0x{plain.read(body):{digits}}", lambda value: plain.write(int(value, 16)))


def hexadecimal(size: int | None = None) -> Kind:
    """``size`` bytes as hex (also BCD digits), or all that are left."""
    return Kind(
        lambda body: (body.rest() if size is None else body.take(size)).hex(),
        lambda value: _exactly(bytes.fromhex(value), size),
    )


def _exactly(data: bytes, size: int | None) -> bytes:
    if size is not None and len(data) != size:
        raise ValueError(f"{len(data)} bytes where {size} stand")
    return data


def text(size: int | None = None) -> Kind:
    """GBK of fixed width, padded with zeros, or all that is left."""

    def write(value: str) -> bytes:
        data = value.encode("gbk")
        if size is not None and len(data) > size:
            raise ValueError(f"{value!r} is longer than {size} bytes of GBK")
        return data if size is None else data.ljust(size, b"\0")

    return Kind(lambda body: body.text(size), write)


def counted(head: int = 1) -> Kind:
    """GBK behind its length in ``head`` bytes."""
    return Kind(
        lambda body: body.text(int.from_bytes(body.take(head), "big")),
        lambda value: len(data := value.encode("gbk")).to_bytes(head, "big") + data,
    )


def counted_bytes(head: int) -> Kind:
    """Bytes, as hex, behind their length in ``head`` bytes."""
    return Kind(
        lambda body: body.take(int.from_bytes(body.take(head), "big")).hex(),
        lambda value: len(data := bytes.fromhex(value)).to_bytes(head, "big") + data,
    )


def _write_time(value: str) -> bytes:
    plain = value[4:] if value.startswith("bcd:") else re.sub(r"\D", "", value[:19])[2:]
    return _exactly(bytes.fromhex(plain), 6)


def _read_utc(body: Body) -> str:
    return iso_time(body.take(6)).replace("+08:00", "+00:00")


def _degrees(body: Body) -> float:
    return body.dword() / 1e6


def _time_of_day(body: Body) -> str:
    digits = body.digits(5)
    return f"{digits[:2]}:{digits[2:4]}:{digits[4:6]}.{digits[6:]}"


def _pair(body: Body) -> list[float]:
    return [_degrees(body), _degrees(body)]


def _write_degrees(value: float) -> bytes:
    return round(abs(value) * 1e6).to_bytes(4, "big")


BYTE, WORD, DWORD = number(1), number(2), number(4)
TIME = Kind(Body.time, _write_time)
"""Six bytes of BCD, GMT+8; what is no time comes as ``bcd:`` and its digits."""
TIME_UTC = Kind(_read_utc, _write_time)
DEGREES = Kind(_degrees, _write_degrees)
"""Always positive: the hemisphere stands in an attribute."""
CORNER = Kind(_pair, lambda value: b"".join(map(_write_degrees, value)))
TIME_OF_DAY = Kind(_time_of_day, lambda value: _exactly(bytes.fromhex(re.sub(r"\D", "", value)), 5))
"""hh:mm:ss and two bytes of a fraction."""


def _row(kind: Kind, names: str) -> list[Part]:
    return [Field(name, kind) for name in names.split()]


def fields_of(kind: Kind) -> Callable[[str], list[Part]]:
    """Several fields of the same kind in a row, by their names in one string."""
    return partial(_row, kind)


bytes_, words, dwords = fields_of(BYTE), fields_of(WORD), fields_of(DWORD)
times, degrees = fields_of(TIME), fields_of(DEGREES)


def readable(data: bytes) -> str | None:
    """GBK text, or None when the bytes are none."""
    try:
        data.decode("gbk")
    except UnicodeDecodeError:
        return None
    return text_of(data)
