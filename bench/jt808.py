"""JT/T 808 decoding on one core, beside a straightforward decoder in the same run."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from ingest.jt808.device import Device, Report
from ingest.jt808.frame import Framer
from ingest.jt808.location import read_position

FRAMES = 20_000
READ = 65_536  # bytes that a socket delivers at once
ROUNDS = 3
CST = timezone(timedelta(hours=8))


def decode() -> dict[str, Any]:
    """Frames a second of processor time, byte stream to named positions, best of three rounds; ``against`` the plain decoder."""
    stream = traffic(FRAMES)
    rate = _best(_platform, stream)
    plain = _best(_plain, stream[: len(stream) // 10])
    against = "plain struct and strptime decoder, same run"
    figures = {"against_value": round(plain), "ratio": round(rate / plain, 2)}
    return {"name": "jt808.decode", "value": round(rate), "unit": "frames/s/core", "against": against} | figures


def traffic(count: int) -> bytes:
    """0x0200 frames of 500 terminals with six items each, some bytes of which need escaping."""
    devices = [Device(f"138{number:08d}") for number in range(500)]
    start = 1_780_000_000
    items = {"fuel_l": 45.0, "recorder_speed_kmh": 43.2, "ext_status_bits": 0, "signal": 25, "satellites": 14}
    sent = []
    for number in range(count):
        report = Report(
            lon=120.4 + number % 997 / 9970,
            lat=41.4 + number % 499 / 4990,
            at=start + number // 50,
            speed_kmh=number % 80,
            heading_deg=number % 360,
            altitude_m=180,
            items={"mileage_km": 1000 + number / 10} | items,
        )
        sent.append(devices[number % 500].locate(report))
    return b"".join(sent)


def _best(run: Callable[[bytes], int], stream: bytes) -> float:
    rates = []
    for _ in range(ROUNDS):
        started = time.process_time()
        count = run(stream)
        rates.append(count / (time.process_time() - started))
    return max(rates)


def _platform(stream: bytes) -> int:
    framer, count = Framer(), 0
    for at in range(0, len(stream), READ):
        for raw in framer.feed(stream[at : at + READ]):
            if read_position(raw) is not None:
                count += 1
    return count


def _plain(stream: bytes) -> int:
    """Byte by byte, as the standard reads: the same fields, no tables."""
    count, frame, inside = 0, bytearray(), False
    for byte in stream:
        if byte != 0x7E:
            frame.append(byte)
        elif inside and frame:
            _plain_frame(bytes(frame))
            count += 1
            inside = False
            frame.clear()
        else:
            inside = True
            frame.clear()
    return count


def _plain_frame(raw: bytes) -> tuple[str, int, dict[str, Any]]:
    content, at = bytearray(), 0
    while at < len(raw):
        if raw[at] == 0x7D:
            content.append(0x7E if raw[at + 1] == 2 else 0x7D)
            at += 2
        else:
            content.append(raw[at])
            at += 1
    found = 0
    for byte in content[:-1]:
        found ^= byte
    if found != content[-1]:
        raise ValueError("checksum")
    _, properties = struct.unpack(">HH", content[:4])
    (serial,) = struct.unpack(">H", content[10:12])
    body = bytes(content[12 : 12 + (properties & 0x3FF)])
    alarm, status, lat, lon, altitude, speed, heading = struct.unpack(">IIIIHHH", body[:22])
    moment = datetime.strptime(body[22:28].hex(), "%y%m%d%H%M%S").replace(tzinfo=CST)
    fields: dict[str, Any] = {
        "alarm": alarm,
        "status": status,
        "lat": lat / 1e6,
        "lon": lon / 1e6,
        "altitude": altitude,
    }
    fields |= {"speed": speed / 10, "heading": heading, "ts": moment.timestamp()}
    at = 28
    while at < len(body):
        key, size = body[at], body[at + 1]
        fields[f"item_{key:02x}"] = int.from_bytes(body[at + 2 : at + 2 + size], "big")
        at += 2 + size
    return content[4:10].hex(), serial, fields
