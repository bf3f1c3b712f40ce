"""Active safety items 0x64 to 0x67 of a location (T/JSATL 12-2017, tables 4-15 to 4-23). Times GMT+8, speeds km/h."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from ingest.jt808.clock import iso_time
from ingest.jt808.text import text_of

_TAIL = struct.Struct(">BHII6sH")
_LABEL = struct.Struct(">7s6sBBB")
TAIL_SIZE = _TAIL.size + _LABEL.size  # 35


def _tail(value: bytes) -> dict[str, Any]:
    """Speed, place, time, vehicle status and the label that names the evidence files."""
    speed, altitude, lat, lon, time, status = _TAIL.unpack_from(value)
    terminal, label_time, sequence, attachments, reserved = _LABEL.unpack_from(value, _TAIL.size)
    return {
        "speed_kmh": speed,
        "altitude_m": altitude,
        "latitude": lat / 1e6,
        "longitude": lon / 1e6,
        "time": iso_time(time),
        "vehicle_status": status,
        "label_terminal": text_of(terminal),
        "label_time": iso_time(label_time),
        "label_seq": sequence,
        "label_attachments": attachments,
        "label_reserved": reserved,
    }


def _head(value: bytes) -> dict[str, Any]:
    return {"alarm_id": int.from_bytes(value[:4], "big"), "flag": value[4]}


def _driver_assistance(value: bytes) -> dict[str, Any]:
    names = ("front_speed_kmh", "front_distance_100ms", "deviation", "sign_type", "sign_data")
    return (
        _head(value)
        | {"type": f"0x{value[5]:02x}", "level": value[6]}
        | dict(zip(names, value[7:12], strict=True))
        | _tail(value[12:])
    )


def _driver_state(value: bytes) -> dict[str, Any]:
    kind = {"type": f"0x{value[5]:02x}", "level": value[6], "fatigue": value[7], "reserved": value[8:12].hex()}
    return _head(value) | kind | _tail(value[12:])


def _tires(value: bytes) -> dict[str, Any]:
    wheels = [
        {
            "wheel": wheel,
            "alarm_bits": bits,
            "pressure_kpa": pressure,
            "temperature_c": temperature,
            "battery_percent": battery,
        }
        for wheel, bits, pressure, temperature, battery in struct.iter_unpack(">BHHHH", value[6 + TAIL_SIZE :])
    ]
    return _head(value) | _tail(value[5:]) | {"wheels": wheels}


def _blind_spot(value: bytes) -> dict[str, Any]:
    return _head(value) | {"type": f"0x{value[5]:02x}"} | _tail(value[6:])


SAFETY_ITEMS: dict[tuple[int, int], tuple[str, Callable[[bytes], dict[str, Any]]]] = {
    (0x64, 47): ("safety_0x64", _driver_assistance),
    (0x65, 47): ("safety_0x65", _driver_state),
    (0x67, 41): ("safety_0x67", _blind_spot),
} | {(0x66, 41 + 9 * wheels): ("safety_0x66", _tires) for wheels in range(1, 24)}
"""Readers by item id and length; any other length is a vendor's own item."""
