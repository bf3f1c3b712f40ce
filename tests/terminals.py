"""A vehicle's terminal that does what it is told, on a socket and in a thread of its own."""

from __future__ import annotations

import io
import socket
import struct
import threading
import time
from contextlib import suppress
from types import TracebackType

from PIL import Image

from data.demo.transport import terminals
from ingest.jt808.device import Device, Report
from ingest.jt808.frame import Frame, Framer, parse
from ingest.jt808.reply import encode_message


def photo(colour: tuple[int, int, int] = (60, 120, 200)) -> bytes:
    """A JPEG of several sub-packages."""
    stream = io.BytesIO()
    picture = Image.effect_noise((320, 240), 60).convert("RGB")
    picture.paste(colour, (80, 60, 240, 180))
    picture.save(stream, "JPEG", quality=80)
    return stream.getvalue()


class Obedient(threading.Thread):
    """The terminal of a truck of the demo park: shows texts, tells where it is, takes photos. ``heard`` lists what came."""

    def __init__(self, port: int, plate: str, lon: float = 120.43, lat: float = 41.42) -> None:
        super().__init__(daemon=True)
        mine = next(item for item in terminals() if item["vehicle"] == plate)
        self.device = Device(mine["phone"], mine["protocol"])
        self.line = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.framer = Framer()
        self.place = (lon, lat)
        self.plate = plate
        self.heard: list[Frame] = []
        self.photos = 0

    def __enter__(self) -> Obedient:
        self.line.sendall(self.device.register(self.plate))
        (answer,) = self._frames()
        self.line.sendall(self.device.authenticate(answer.body[3:].decode()) + self.device.locate(self.report()))
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(OSError):
            self.line.shutdown(socket.SHUT_RDWR)
        self.join(10)
        self.line.close()

    def report(self) -> Report:
        return Report(*self.place, time.time(), 36.0, 90)

    def run(self) -> None:
        while frames := self._frames():
            for frame in frames:
                if frame.msg_id not in (0x8001, 0x8100, 0x8800):
                    self.heard.append(frame)
                    self._obey(frame)

    def _frames(self) -> list[Frame]:
        """The next frames; none when the connection has ended."""
        found: list[bytes] = []
        with suppress(OSError):
            while not found:
                data = self.line.recv(65_536)
                if not data:
                    return []
                found = self.framer.feed(data)
        return [parse(raw) for raw in found]

    def _obey(self, frame: Frame) -> None:
        serial = struct.pack(">H", frame.serial)
        if frame.msg_id == 0x8201:
            self._say(0x0201, serial + self.report().body())
        elif frame.msg_id in (0x8104, 0x8106):
            self._say(0x0104, serial + b"\x02" + bytes.fromhex("000000010400000014" + "000000550400000050"))
        elif frame.msg_id == 0x8801:
            self.photos += 1
            self._say(0x0805, serial + struct.pack(">BHI", 0, 1, self.photos))
            head = struct.pack(">IBBBB", self.photos, 0, 0, 0, frame.body[0])
            self._say(0x0801, head + self.report().body() + photo())
        else:
            self.line.sendall(self.device.answer(frame.serial, frame.msg_id))

    def _say(self, msg_id: int, body: bytes) -> None:
        frames = encode_message(self.device.voice, msg_id, self.device.serial, body)
        self.device.serial = (self.device.serial + len(frames)) & 0xFFFF
        self.line.sendall(b"".join(frames))
