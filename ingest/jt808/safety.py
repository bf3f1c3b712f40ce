"""Active safety items 0x64 to 0x67 of a location (T/JSATL 12-2017, tables 4-15 to 4-23; label widths also of T/GDRTA 002).

Times GMT+8, speeds km/h.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ingest.jt808.layout import (
    DEGREES,
    Field,
    Layout,
    Many,
    bytes_,
    code,
    dwords,
    hexadecimal,
    read_body,
    text,
    times,
    words,
    write_body,
)
from ingest.jt808.reading import Body


def label(terminal: int = 7, reserved: int = 1) -> Layout:
    """The key under which the evidence files of an alarm are kept."""
    last = bytes_("label_reserved") if reserved == 1 else words("label_reserved")
    return (Field("label_terminal", text(terminal)), *times("label_time"), *bytes_("label_seq label_attachments"), *last)


_HEAD: Layout = (*dwords("alarm_id"), *bytes_("flag"))
_TYPE = Field("type", code(1, "02x"))


def _layouts(terminal: int, reserved: int) -> dict[int, Layout]:
    """The items by id, with labels of this width."""
    tail: Layout = (
        *bytes_("speed_kmh"),
        *words("altitude_m"),
        Field("latitude", DEGREES),
        Field("longitude", DEGREES),
        *times("time"),
        *words("vehicle_status"),
        *label(terminal, reserved),
    )
    wheel = [*bytes_("wheel"), *words("alarm_bits pressure_kpa temperature_c battery_percent")]
    front = bytes_("level front_speed_kmh front_distance_100ms deviation sign_type sign_data")
    return {
        0x64: (*_HEAD, _TYPE, *front, *tail),
        0x65: (*_HEAD, _TYPE, *bytes_("level fatigue"), Field("reserved", hexadecimal(4)), *tail),
        0x66: (*_HEAD, *tail, Many("wheels", 1, wheel)),
        0x67: (*_HEAD, _TYPE, *tail),
    }


SAFETY_LAYOUTS: dict[tuple[int, int], Layout] = {}
"""By item id and length; any other length is a vendor's own item."""
for _longer, _items in ((0, _layouts(7, 1)), (24, _layouts(30, 2))):
    for _key, _size in ((0x64, 47), (0x65, 47), (0x67, 41)):
        SAFETY_LAYOUTS[_key, _size + _longer] = _items[_key]
    for _size in range(41 + _longer, 256, 9):
        SAFETY_LAYOUTS[0x66, _size] = _items[0x66]


def _read(layout: Layout, value: bytes) -> dict[str, Any]:
    return read_body(layout, Body(value))


def write_safety(key: int, size: int, said: dict[str, Any]) -> bytes:
    """The value of item ``key`` of that size."""
    return write_body(SAFETY_LAYOUTS[key, size], said)


SAFETY_ITEMS: dict[tuple[int, int], tuple[str, Callable[[bytes], dict[str, Any]]]] = {
    item: (f"safety_0x{item[0]:02x}", partial(_read, layout)) for item, layout in SAFETY_LAYOUTS.items()
}
"""Readers by item id and length."""
