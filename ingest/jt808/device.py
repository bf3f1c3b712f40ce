"""The terminal's side of JT/T 808: what a device sends. For the simulator, the tests and the benchmark."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ingest.jt808.clock import STANDARD_OFFSET_S, bcd_time
from ingest.jt808.location import FIXED, SOUTH, WEST
from ingest.jt808.messages import REGISTRATION_WIDTHS
from ingest.jt808.reply import Voice, encode_frame, encode_message

ACC_ON = 1
SOS, OVERSPEED, FATIGUE, DANGER = 1 << 0, 1 << 1, 1 << 2, 1 << 3

_NUMBER_ITEMS = {
    "mileage_km": (0x01, 4, 10),
    "fuel_l": (0x02, 2, 10),
    "recorder_speed_kmh": (0x03, 2, 10),
    "manual_alarm_event_id": (0x04, 2, 1),
    "video_alarm_bits": (0x14, 4, 1),
    "ext_status_bits": (0x25, 4, 1),
    "io_status_bits": (0x2A, 2, 1),
    "signal": (0x30, 1, 1),
    "satellites": (0x31, 1, 1),
}


@dataclass(frozen=True)
class Report:
    """A position as a device knows it. ``at``: epoch seconds; degrees WGS-84 unless the device means another system."""

    lon: float
    lat: float
    at: float
    speed_kmh: float = 0.0
    heading_deg: int = 0
    altitude_m: int = 0
    alarm_bits: int = 0
    status_bits: int = ACC_ON | FIXED
    items: Mapping[str, float | str] = field(default_factory=dict)  # names as decoded, or "0xeb" with hex

    def body(self, offset_s: int = STANDARD_OFFSET_S) -> bytes:
        """The body of 0x0200, times on a clock ``offset_s`` ahead of UTC."""
        status = self.status_bits | (SOUTH if self.lat < 0 else 0) | (WEST if self.lon < 0 else 0)
        numbers = (self.alarm_bits, status, round(abs(self.lat) * 1e6), round(abs(self.lon) * 1e6))
        motion = (self.altitude_m & 0xFFFF, round(self.speed_kmh * 10), self.heading_deg % 360)
        return struct.pack(">IIIIHHH", *numbers, *motion) + bcd_time(self.at, offset_s) + items_body(self.items)


def items_body(items: Mapping[str, float | str]) -> bytes:
    """Additional items: numbers by their decoded name, anything else as hex under its id (``"0xeb": "000c…"``)."""
    parts = []
    for name, value in items.items():
        if isinstance(value, str):
            data = bytes.fromhex(value)
            parts.append(bytes((int(name, 16), len(data))) + data)
        else:
            key, size, scale = _NUMBER_ITEMS[name]
            parts.append(bytes((key, size)) + round(value * scale).to_bytes(size, "big"))
    return b"".join(parts)


class Device:
    """A terminal that speaks ``version`` (2011, 2013, 2019). Each call gives the bytes to send and counts the serial on."""

    def __init__(self, phone: str, version: str = "2013", serial: int = 0, offset_s: int = STANDARD_OFFSET_S) -> None:
        self.phone = phone
        self.version = version
        self.serial = serial
        self.offset_s = offset_s
        is_2019 = version == "2019"
        self.voice = Voice(bytes.fromhex(phone.zfill(20 if is_2019 else 12)), is_2019, 1 if is_2019 else 0, is_2019)

    def send(self, msg_id: int, body: bytes = b"") -> bytes:
        """Any message, in sub-packages when it is long."""
        frames = encode_message(self.voice, msg_id, self.serial, body)
        self.serial = (self.serial + len(frames)) & 0xFFFF
        return b"".join(frames)

    def register(
        self,
        plate: str,
        maker: str = "SIM",
        model: str = "SIM-808",
        device_id: str = "",
        color: int = 2,
        area: tuple[int, int] = (21, 1300),
    ) -> bytes:
        """0x0100; ``area`` is province and city of GB/T 2260, ``color`` 2 is yellow."""
        widths = REGISTRATION_WIDTHS[self.version]
        texts = (maker, model, device_id or self.phone[-7:])
        fixed = b"".join(
            text.encode("gbk")[:width].ljust(width, b"\0") for text, width in zip(texts, widths, strict=True)
        )
        return self.send(0x0100, struct.pack(">HH", *area) + fixed + bytes((color,)) + plate.encode("gbk"))

    def authenticate(self, code: str, imei: str = "", software: str = "1.0") -> bytes:
        """0x0102."""
        plain = code.encode("gbk")
        if self.version != "2019":
            return self.send(0x0102, plain)
        return self.send(
            0x0102,
            bytes((len(plain),))
            + plain
            + imei.encode().ljust(15, b"\0")[:15]
            + software.encode().ljust(20, b"\0")[:20],
        )

    def heartbeat(self) -> bytes:
        """0x0002."""
        return self.send(0x0002)

    def log_out(self) -> bytes:
        """0x0003."""
        return self.send(0x0003)

    def locate(self, report: Report) -> bytes:
        """0x0200."""
        return self.send(0x0200, report.body(self.offset_s))

    def batch(self, reports: Sequence[Report], blind: bool = True) -> bytes:
        """0x0704; ``blind``: kept while there was no network, sent now."""
        bodies: Iterable[bytes] = (report.body(self.offset_s) for report in reports)
        packed = b"".join(struct.pack(">H", len(body)) + body for body in bodies)
        return self.send(0x0704, struct.pack(">HB", len(reports), blind) + packed)

    def answer(self, acked_serial: int, acked_id: int, result: int = 0) -> bytes:
        """0x0001."""
        return self.send(0x0001, struct.pack(">HHB", acked_serial, acked_id, result))


def plain_frame(phone: str, msg_id: int, serial: int, body: bytes) -> bytes:
    """A 2013 frame with a given serial."""
    return encode_frame(Voice(bytes.fromhex(phone.zfill(12))), msg_id, serial, body)
