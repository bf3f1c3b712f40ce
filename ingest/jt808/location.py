"""The body of 0x0200 (JT/T 808-2013 table 23, 2019 table 24) and its additional items.

Two readings of the same bytes: ``read_position`` is the hot one, for the gateway; ``location_fields`` names everything,
for people and tests. Both take the items from the same table, and both keep a position whose items are broken.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from ingest.jt808.clock import DAYS, HOURS, MINUTES, SECONDS, day_seconds, iso_time
from ingest.jt808.frame import FrameError, unescape
from ingest.jt808.safety import SAFETY_ITEMS

BASE = struct.Struct(">IIIIHHH3s3B")
SIZE = 28
_HEAD_2013 = struct.Struct(">2xH6sH")
_HEAD_2019 = struct.Struct(">2xHx10sH")
SOUTH, WEST, FIXED, ENCRYPTED = 1 << 2, 1 << 3, 1 << 1, 1 << 5

ItemValue = int | float | str | dict[str, Any]


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


def _number(value: bytes) -> int:
    return int.from_bytes(value, "big")


def _tenths(value: bytes) -> float:
    return int.from_bytes(value, "big") / 10


def _signed_temperature(value: bytes) -> int:
    number = int.from_bytes(value, "big")
    return -(number & 0x7FFF) if number & 0x8000 else number


def _overspeed(value: bytes) -> dict[str, int]:
    place = {"area_type": value[0]}
    return place | {"area_id": _number(value[1:])} if len(value) == 5 else place


def _area(value: bytes) -> dict[str, int]:
    return {"area_type": value[0], "area_id": _number(value[1:5]), "direction": value[5]}


def _road_time(value: bytes) -> dict[str, int]:
    return {"route_id": _number(value[:4]), "seconds": _number(value[4:6]), "result": value[6]}


def _analog(value: bytes) -> dict[str, int]:
    return {"ad0": _number(value[2:]), "ad1": _number(value[:2])}


def _abnormal_driving(value: bytes) -> dict[str, int]:
    bits = {"bits": _number(value[:2])}
    return bits | {"fatigue": value[2]} if len(value) == 3 else bits


ITEMS: dict[tuple[int, int], tuple[str, Callable[[bytes], ItemValue]]] = {
    (0x01, 4): ("mileage_km", _tenths),
    (0x02, 2): ("fuel_l", _tenths),
    (0x03, 2): ("recorder_speed_kmh", _tenths),
    (0x04, 2): ("manual_alarm_event_id", _number),
    (0x05, 30): ("tire_pressure", bytes.hex),
    (0x06, 2): ("carriage_temp_c", _signed_temperature),
    (0x11, 1): ("overspeed", _overspeed),
    (0x11, 5): ("overspeed", _overspeed),
    (0x12, 6): ("area", _area),
    (0x13, 7): ("road_time", _road_time),
    (0x14, 4): ("video_alarm_bits", _number),
    (0x15, 4): ("video_loss_bits", _number),
    (0x16, 4): ("video_block_bits", _number),
    (0x17, 2): ("storage_fault_bits", _number),
    (0x18, 2): ("abnormal_driving", _abnormal_driving),
    (0x18, 3): ("abnormal_driving", _abnormal_driving),
    (0x25, 4): ("ext_status_bits", _number),
    (0x2A, 2): ("io_status_bits", _number),
    (0x2B, 4): ("analog", _analog),
    (0x30, 1): ("signal", _number),
    (0x31, 1): ("satellites", _number),
    **SAFETY_ITEMS,
}
"""Items by id and length. An id with another length is a vendor's own and stays raw: real devices break the table."""

_BY_WORD = {(key << 8) + length: entry for (key, length), entry in ITEMS.items()}


def _read_items(body: bytes, at: int, end: int) -> dict[str, ItemValue]:
    """The items of ``body[at:end]`` by name, unknown ones as hex under ``0x..``.

    A last one that overruns the body is dropped; of an id that comes twice the first counts.
    """
    items: dict[str, ItemValue] = {}
    known = _BY_WORD
    while at + 2 <= end:
        after = at + 2 + body[at + 1]
        if after > end:
            break
        entry = known.get((body[at] << 8) + body[at + 1])
        if entry is None:
            items.setdefault(f"0x{body[at]:02x}", body[at + 2 : after].hex())
        else:
            items.setdefault(entry[0], entry[1](body[at + 2 : after]))
        at = after
    return items


def _at(content: bytes, start: int, end: int) -> Position:
    """The position whose body is ``content[start:end]``; the caller has made sure of 28 bytes."""
    alarm, status, lat, lon, altitude, speed, heading, day, hour, minute, second = BASE.unpack_from(content, start)
    seconds = DAYS.get(day)
    if seconds is None:
        seconds = day_seconds(day)
    seconds += HOURS[hour] + MINUTES[minute] + SECONDS[second]
    return Position(
        seconds if seconds >= 0 else None,
        alarm,
        status,
        -lat / 1e6 if status & SOUTH else lat / 1e6,
        -lon / 1e6 if status & WEST else lon / 1e6,
        altitude,
        speed / 10,
        heading,
        _read_items(content, start + SIZE, end) if end > start + SIZE else {},
    )


def position(body: bytes) -> Position:
    """The position of a 0x0200 body. FrameError: shorter than 28 bytes."""
    if len(body) < SIZE:
        raise FrameError(f"location body shorter than its layout needs: {len(body)} bytes, {SIZE} expected")
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
        _, terminal, serial = _HEAD_2013.unpack_from(raw)
        return terminal, serial, _at(raw, 12, size - 1)
    if properties - 0x4000 + 18 == size and SIZE + 18 <= size < 0x400 + 18:
        _, terminal, serial = _HEAD_2019.unpack_from(raw)
        return terminal, serial, _at(raw, 17, size - 1)
    return None


def location_fields(body: bytes, raw_degrees: bool = False, start: int = 0, end: int | None = None) -> dict[str, Any]:
    """Every field of a 0x0200 body by name. ``raw_degrees`` adds the wire integers of latitude and longitude.

    FrameError: shorter than 28 bytes.
    """
    body = body[start:end]
    if len(body) < SIZE:
        raise FrameError(f"location body shorter than its layout needs: {len(body)} bytes, {SIZE} expected")
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
    return fields | _item_fields(body)


def _item_fields(body: bytes) -> dict[str, Any]:
    """Named values, raw hex, order and faults of the items behind the 28 bytes; empty when there are none."""
    fields: dict[str, Any] = {}
    raw: dict[str, str] = {}
    order: list[str] = []
    at, end = SIZE, len(body)
    while at + 2 <= end:
        key, length = body[at], body[at + 1]
        value = body[at + 2 : at + 2 + length]
        if len(value) < length:
            fields["items_error"] = f"item 0x{key:02x} declares {length} bytes, {len(value)} left"
            break
        order.append(f"0x{key:02x}")
        raw.setdefault(f"0x{key:02x}", value.hex())
        entry = ITEMS.get((key, length))
        if entry is not None:
            fields.setdefault(entry[0], entry[1](value))
        at += 2 + length
    else:
        if at < end:
            fields["items_trailing"] = body[at:].hex()
    return fields | {"items": raw, "item_order": order} if order else fields
