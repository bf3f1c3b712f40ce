"""A vehicle's terminal that does what it is told, on a socket and in a thread of its own."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from types import TracebackType

from data.demo.transport import terminals
from ingest.jt808.device import Device, Report
from ingest.jt808.frame import Frame, Framer, parse
from ingest.simulator.obedience import PLATFORM_ANSWERS, Obedience


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
        self.obedience = Obedience()

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
                if frame.msg_id not in PLATFORM_ANSWERS:
                    self.heard.append(frame)
                    self.line.sendall(self.obedience.obey(self.device, frame, self.report))

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
