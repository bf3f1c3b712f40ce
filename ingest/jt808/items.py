"""Additional items of a location (JT/T 808-2013 table 27, 2019 table 28, JT/T 1078 table 13): {id, length, value}.

An id is decoded only when its length is the expected one; anything else is kept as hex, visible to the operator.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from ingest.jt808.safety import SAFETY_ITEMS, SAFETY_LAYOUTS, write_safety

ItemValue = int | float | str | dict[str, Any]


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

_WRITERS: dict[Callable[[bytes], Any], Callable[[Any, int], bytes]] = {
    _number: lambda value, size: value.to_bytes(size, "big"),
    _tenths: lambda value, size: round(value * 10).to_bytes(size, "big"),
    _signed_temperature: lambda value, size: (abs(value) | (0x8000 if value < 0 else 0)).to_bytes(size, "big"),
    _overspeed: lambda value, size: bytes((value["area_type"],)) + value.get("area_id", 0).to_bytes(size - 1, "big"),
    _area: lambda value, size: struct.pack(">BIB", value["area_type"], value["area_id"], value["direction"]),
    _road_time: lambda value, size: struct.pack(">IHB", value["route_id"], value["seconds"], value["result"]),
    _analog: lambda value, size: struct.pack(">HH", value["ad1"], value["ad0"]),
    _abnormal_driving: lambda value, size: struct.pack(">HB", value["bits"], value.get("fatigue", 0))[:size],
}
"""The inverse of each reader but those of the safety items, for a value of ``size`` bytes."""


def write_item(key: int, size: int, value: Any) -> bytes:
    """The item ``key`` of ``size`` bytes whose decoded value is given: id, length, value; hex for what is not in ``ITEMS``.

    KeyError, ValueError, OverflowError, struct.error: the value does not make such an item.
    """
    if (key, size) in SAFETY_LAYOUTS:
        data = write_safety(key, size, value)
    elif isinstance(value, str):
        data = bytes.fromhex(value)
    else:
        data = _WRITERS[ITEMS[key, size][1]](value, size)
    if len(data) != size:
        raise ValueError(f"item 0x{key:02x} of {len(data)} bytes where {size} are wanted")
    return bytes((key, size)) + data


_NUMBERS = {1: "B", 2: "H", 4: "I"}


class _Layout:
    """A sequence of items seen before: read by one Struct and compared, instead of walked."""

    __slots__ = ("heads", "mask", "names", "others", "tenths", "unpack")

    def __init__(self, walked: list[tuple[int, int]]) -> None:
        known = [ITEMS.get(item) or (f"0x{item[0]:02x}", bytes.hex) for item in walked]
        self.heads = int.from_bytes(b"".join(bytes(item) + bytes(item[1]) for item in walked), "big")
        self.mask = int.from_bytes(b"".join(b"\xff\xff" + bytes(item[1]) for item in walked), "big")
        self.names = tuple(name for name, _ in known)
        self.tenths = tuple(name for name, read in known if read is _tenths)
        self.others = tuple((name, read) for name, read in known if read not in (_number, _tenths))
        codes = (
            _NUMBERS[length] if read in (_number, _tenths) else f"{length}s"
            for (_, read), (_, length) in zip(known, walked, strict=True)
        )
        self.unpack = struct.Struct(">" + "".join(f"xx{code}" for code in codes)).unpack_from


_LAYOUTS: dict[int, _Layout] = {}
"""The newest layout of each length in bytes: at most as many as a body can be long."""


def read_items(body: bytes, at: int, end: int) -> dict[str, ItemValue]:
    """The items of ``body[at:end]`` by name, unknown ones as hex under ``0x..``.

    A last one that overruns the body is dropped; of an id that comes twice the first counts.
    """
    layout = _LAYOUTS.get(end - at)
    if layout is not None and int.from_bytes(body[at:end], "big") & layout.mask == layout.heads:
        items: dict[str, Any] = dict(zip(layout.names, layout.unpack(body, at)))  # noqa: B905 (strict costs 5 % here)
        for name in layout.tenths:
            items[name] /= 10
        for name, read in layout.others:
            items[name] = read(items[name])
        return items
    return _walk(body, at, end)


def _walk(body: bytes, at: int, end: int) -> dict[str, ItemValue]:
    """As ``read_items``, item by item; remembers the layout when it is plain."""
    items: dict[str, ItemValue] = {}
    walked = []
    start = at
    while at + 2 <= end:
        item = (body[at], body[at + 1])
        after = at + 2 + item[1]
        if after > end:
            break
        name, read = ITEMS.get(item) or (f"0x{item[0]:02x}", bytes.hex)
        if name not in items:
            items[name] = read(body[at + 2 : after])
        walked.append(item)
        at = after
    if at == end and len(walked) == len(items):
        _LAYOUTS[end - start] = _Layout(walked)
    return items


def item_fields(body: bytes, at: int) -> dict[str, Any]:
    """Named values, raw hex, order and faults of the items in ``body`` from ``at`` on; empty when there are none."""
    fields: dict[str, Any] = {}
    raw: dict[str, str] = {}
    order: list[str] = []
    end = len(body)
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
