"""The body of 0x0200 (JT/T 808-2013 table 23, 2019 table 24) and its additional items.

Two readings of the same bytes: ``read_position`` is the hot one, for the gateway; ``location_fields`` names everything,
for people and tests. Both take the items from the same table, and both keep a position whose items are broken.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from math import copysign
from typing import Any, NamedTuple

from ingest.jt808.clock import DAYS, HOURS, MINUTES, SECONDS, day_seconds, iso_time
from ingest.jt808.frame import FrameError, unescape
from ingest.jt808.items import ItemValue, item_fields, read_items
from ingest.jt808.layout import TIME

BASE = struct.Struct(">IIIIHHH3s3B")
SIZE = 28
_FRAME_2013 = struct.Struct(">4x6sHIIIIHHH3s3B")  # header and base in one
_FRAME_2019 = struct.Struct(">5x10sHIIIIHHH3s3B")
_new_tuple = tuple.__new__  # a NamedTuple's own constructor costs twice as much
SOUTH, WEST, FIXED, ENCRYPTED = 1 << 2, 1 << 3, 1 << 1, 1 << 5


class Position(NamedTuple):
    """A position as the device reported it. ``local_s``: its clock, seconds from 1970 as if it were UTC; None when no time."""

    local_s: int | None
    alarm_bits: int
    status_bits: int
    lat: float
    lon: float
    altitude_m: int  # unsigned, as the table has it
    speed_kmh: float
    heading_deg: int
    items: dict[str, ItemValue]


def _at(content: bytes, start: int, end: int) -> Position:
    """The position whose body is ``content[start:end]``; the caller has made sure of 28 bytes."""
    return _position((b"", 0, *BASE.unpack_from(content, start)), content, start + SIZE, end)


def _position(values: tuple[Any, ...], content: bytes, items_start: int, end: int) -> Position:
    _, _, alarm, status, lat, lon, altitude, speed, heading, day, hour, minute, second = values
    seconds = DAYS.get(day)
    if seconds is None:
        seconds = day_seconds(day)
    seconds += HOURS[hour] + MINUTES[minute] + SECONDS[second]
    return _new_tuple(
        Position,
        (
            seconds if seconds >= 0 else None,
            alarm,
            status,
            -lat / 1e6 if status & SOUTH else lat / 1e6,
            -lon / 1e6 if status & WEST else lon / 1e6,
            altitude,
            speed / 10,
            heading,
            read_items(content, items_start, end) if end > items_start else {},
        ),
    )


def position(body: bytes) -> Position:
    """The position of a 0x0200 body. FrameError: shorter than 28 bytes."""
    if len(body) < SIZE:
        raise FrameError(
            f"location body shorter than its layout needs: {len(body)} bytes, {SIZE} expected",
            f"位置信息只有 {len(body)} 字节，应不少于 {SIZE} 字节",
        )
    return _at(body, 0, len(body))


def read_position(raw: bytes) -> tuple[bytes, int, Position] | None:
    """Terminal id, serial and position of a whole, plain 0x0200 between two delimiters; the hot path of the gateway.

    None for anything unusual (another message, sub-packaged, encrypted, wrong length or checksum), which ``frame.parse``
    then judges: so this never decides on its own that a frame is bad.
    """
    if raw[:2] != b"\x02\x00":
        return None
    if b"\x7d" in raw:
        try:
            raw = unescape(raw)
        except FrameError:
            return None
    size = len(raw)
    value = int.from_bytes(raw, "big")
    while size > 128:
        size = (size + 1) >> 1
        value = (value >> (size << 3)) ^ (value & ((1 << (size << 3)) - 1))
    value ^= value >> 512
    value ^= value >> 256
    value ^= value >> 128
    value ^= value >> 64
    value ^= value >> 32
    value ^= value >> 16
    if (value ^ (value >> 8)) & 255:
        return None
    size = len(raw)
    if size < SIZE + 13:
        return None
    properties = raw[2] << 8 | raw[3]
    if properties + 13 == size and properties < 0x400:
        values = _FRAME_2013.unpack_from(raw)
        return values[0], values[1], _position(values, raw, 12 + SIZE, size - 1)
    if properties - 0x4000 + 18 == size and SIZE + 18 <= size < 0x400 + 18:
        values = _FRAME_2019.unpack_from(raw)
        return values[0], values[1], _position(values, raw, 17 + SIZE, size - 1)
    return None


def write_location(fields: Mapping[str, Any]) -> bytes:
    """The body of 0x0200 whose fields, as ``location_fields`` names them, are given; items by ``item_order`` and ``items``.

    KeyError, ValueError, struct.error: they do not make a location.
    """
    lat, lon = fields["latitude"], fields["longitude"]
    status = fields["status_bits"] & ~(SOUTH | WEST) | (SOUTH if copysign(1, lat) < 0 else 0) | (WEST if copysign(1, lon) < 0 else 0)
    place = (fields["alarm_bits"], status, round(abs(lat) * 1e6), round(abs(lon) * 1e6))
    motion = (fields["altitude_m"], round(fields["speed_kmh"] * 10), fields["direction_deg"])
    base = struct.pack(">IIIIHHH", *place, *motion) + TIME.write(fields["time"])
    values = {key: bytes.fromhex(fields["items"][key]) for key in fields.get("item_order", ())}
    return base + b"".join(bytes((int(key, 16), len(value))) + value for key, value in values.items())


def location_fields(body: bytes, raw_degrees: bool = False, start: int = 0, end: int | None = None) -> dict[str, Any]:
    """Every field of a 0x0200 body by name. ``raw_degrees`` adds the wire integers of latitude and longitude.

    FrameError: shorter than 28 bytes.
    """
    body = body[start:end]
    if len(body) < SIZE:
        raise FrameError(
            f"location body shorter than its layout needs: {len(body)} bytes, {SIZE} expected",
            f"位置信息只有 {len(body)} 字节，应不少于 {SIZE} 字节",
        )
    found = _at(body, 0, SIZE)
    fields: dict[str, Any] = {"alarm_bits": found.alarm_bits, "status_bits": found.status_bits}
    if raw_degrees:
        fields["latitude_raw"], fields["longitude_raw"] = struct.unpack_from(">II", body, 8)
    fields |= {
        "latitude": found.lat,
        "longitude": found.lon,
        "altitude_m": found.altitude_m,
        "speed_kmh": found.speed_kmh,
        "direction_deg": found.heading_deg,
        "time": iso_time(body[22:28]),
    }
    return fields | item_fields(body, SIZE)
