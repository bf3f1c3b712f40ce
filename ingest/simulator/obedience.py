"""What a simulated terminal does when it is told something: it confirms, tells where it is and how it is set, takes a photo."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime

from data.demo.photos import road_photo
from data.terminal_parameters import PARAMETERS
from ingest.jt808.commands import recorder_block
from ingest.jt808.device import Device, Report
from ingest.jt808.frame import Frame

PLATFORM_ANSWERS = frozenset({0x8001, 0x8003, 0x8100, 0x8800})  # answers of the platform, which want none
SETTINGS = {0x0001: 60, 0x0002: 10, 0x0003: 3, 0x0020: 0, 0x0029: 5, 0x0055: 80, 0x0056: 10, 0x0057: 14_400, 0x0059: 1200}
SIZES = {1: (320, 240), 2: (640, 480), 3: (800, 600), 4: (1024, 768)}  # by the resolution of 0x8801


class Obedience:
    """The memory of one terminal: its settings and how many photos it has taken."""

    def __init__(self) -> None:
        self.settings = dict(SETTINGS)
        self.photos = 0

    def obey(self, device: Device, frame: Frame, report: Callable[[], Report]) -> bytes:
        """What the terminal sends back; nothing to the platform's own answers. ``report`` tells where it is."""
        if frame.msg_id in PLATFORM_ANSWERS:
            return b""
        serial = struct.pack(">H", frame.serial)
        if frame.msg_id == 0x8201:
            return device.send(0x0201, serial + report().body(device.offset_s))
        if frame.msg_id in (0x8104, 0x8106):
            items = b"".join(struct.pack(">I", key) + _value(key, value) for key, value in self.settings.items())
            return device.send(0x0104, serial + bytes((len(self.settings),)) + items)
        if frame.msg_id == 0x8700:
            return device.send(0x0700, serial + frame.body[:1] + recorder_block(frame.body[0] if frame.body else 0, b"\x20\x12\x03"))
        if frame.msg_id == 0x8802:
            return device.send(0x0802, serial + b"\0\0")
        if frame.msg_id == 0x8801 and len(frame.body) >= 7:
            return self._photos(device, frame.body, serial, report())
        if frame.msg_id == 0x8103:
            self._set(frame.body)
        return device.answer(frame.serial, frame.msg_id, 0)

    def _set(self, body: bytes) -> None:
        at = 1
        while at + 5 <= len(body):
            size = body[at + 4]
            self.settings[int.from_bytes(body[at : at + 4], "big")] = int.from_bytes(body[at + 5 : at + 5 + size], "big")
            at += 5 + size

    def _photos(self, device: Device, body: bytes, serial: bytes, here: Report) -> bytes:
        channel, count = body[0], min(int.from_bytes(body[1:3], "big"), 3)
        ids = list(range(self.photos + 1, self.photos + 1 + count))
        self.photos += count
        said = device.send(0x0805, serial + struct.pack(f">BH{count}I", 0, count, *ids))
        picture = road_photo(SIZES.get(body[6], SIZES[1]), datetime.fromtimestamp(here.at, UTC), here.speed_kmh, here.lon, here.lat)
        for one in ids:
            said += device.send(0x0801, struct.pack(">IBBBB", one, 0, 0, 0, channel) + here.body(device.offset_s)[:28] + picture)
        return said


def _value(key: int, value: int) -> bytes:
    size = next((one.size for one in PARAMETERS if one.id == key), 4)
    return bytes((size,)) + value.to_bytes(size, "big")
