"""The field of the chaos: thousands of devices that keep what was not answered, and say it again when the platform is back."""

from __future__ import annotations

import asyncio
import random
import struct
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

import orjson
import uvloop

from ingest.jt808.device import SOS, Device, Report
from ingest.jt808.frame import Framer, parse
from ingest.jt808.messages import decode

EVERY_S = 10
PATIENCE_S = 10.0  # for an answer, then the line is taken for dead
AT_ONCE = 10
ROUND, BEGINS, ENDS = 6, 2, 4  # of each round of reports those from BEGINS to before ENDS are alarming


class Said(NamedTuple):
    """A report: the device's own second, its number for the answer, and its bytes."""

    at: int
    number: int
    data: bytes
    alarms: bool


class Talker:
    """A device that reports every EVERY_S seconds. ``acknowledged`` are the seconds of which it was told that they are safe."""

    def __init__(self, field: Field, alarms: bool) -> None:
        self.field = field
        self.alarms = alarms
        self.waiting: deque[Said] = deque()
        self.acknowledged: list[int] = []
        self.said: list[Said] = []
        self.chance = random.Random(len(field.talkers))
        self.due = field.begins + self.chance.randrange(EVERY_S)
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def live(self) -> None:
        """Report until the field is over and everything is answered."""
        while self.waiting or not self.field.is_over:
            while self.due <= time.time() and not self.field.is_over:
                number = len(self.said)
                one = self.report(self.due, number, self.alarms and BEGINS <= number % ROUND < ENDS)
                self.waiting.append(one)
                self.said.append(one)
                self.due += EVERY_S
            try:
                if self.waiting:
                    await asyncio.wait_for(self._deliver(list(self.waiting)[:AT_ONCE]), PATIENCE_S)
                else:
                    await asyncio.sleep(min(1.0, max(0.02, self.due - time.time())))
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                self._lose()
                await self.field.network.wait()
                await asyncio.sleep(self.chance.uniform(0.2, 2.0))

    async def _deliver(self, reports: list[Said]) -> None:
        if self._line is None:
            self._line = await self.connect()
        reader, writer = self._line
        writer.write(b"".join(one.data for one in reports))
        left = {one.number: one for one in reports}
        while left:
            for number in await self.answers(reader):
                if not self.field.network.is_set():
                    raise TimeoutError("the answer is lost on its way")
                if one := left.pop(number, None):
                    self.acknowledged.append(one.at)
                    self.waiting.remove(one)

    def _lose(self) -> None:
        if self._line is None:
            return
        if self.field.network.is_set():
            self._line[1].close()
        else:  # the platform is not told that this line is dead
            self.field.half_open.append(self._line[1])
        self._line = None

    def report(self, at: int, number: int, alarms: bool) -> Said:
        raise NotImplementedError

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        raise NotImplementedError

    async def answers(self, reader: asyncio.StreamReader) -> Iterable[int]:
        raise NotImplementedError


class Truck(Talker):
    """A terminal that stands; it calls one gateway, and when that one does not answer the other."""

    def __init__(self, field: Field, phone: str, alarms: bool) -> None:
        super().__init__(field, alarms)
        self.phone, self.device, self.calls = phone, Device(phone), len(field.talkers)

    def report(self, at: int, number: int, alarms: bool) -> Said:
        serial = self.device.serial
        return Said(at, serial, self.device.locate(Report(120.43, 41.42, at, alarm_bits=SOS if alarms else 0)), alarms)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self.framer, self.calls = Framer(), self.calls + 1
        return await asyncio.open_connection("127.0.0.1", self.field.ports[self.calls % len(self.field.ports)])

    async def answers(self, reader: asyncio.StreamReader) -> list[int]:
        if not (data := await reader.read(4096)):
            raise ConnectionResetError
        said = [decode(parse(raw)) for raw in self.framer.feed(data)]
        if any(one["result"] for one in said):
            self.field.refused += 1
        return [one["ack_seq"] for one in said if not one["result"]]


class Station(Talker):
    """A data gateway with its points: MQTT 3.1.1 by hand, QoS 1."""

    NORMAL, HIGH = 50.0, 95.0

    def __init__(self, field: Field, topic: str, codes: list[str], alarms: bool) -> None:
        super().__init__(field, alarms)
        self.topic, self.codes = topic.encode(), codes

    def report(self, at: int, number: int, alarms: bool) -> Said:
        value = self.HIGH if alarms else self.NORMAL
        body = orjson.dumps({"ts": at * 1000, "points": [{"code": code, "v": value} for code in self.codes]})
        mid = 1 + number % 65_000
        return Said(at, mid, _packet(0x32, struct.pack("!H", len(self.topic)) + self.topic + struct.pack("!H", mid) + body), alarms)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.field.mqtt_port)
        name = f"chaos-{id(self)}".encode()
        writer.write(_packet(0x10, b"\x00\x04MQTT\x04\x02\x00\x3c" + struct.pack("!H", len(name)) + name))
        if (await reader.readexactly(4))[3]:
            raise ConnectionRefusedError
        return reader, writer

    async def answers(self, reader: asyncio.StreamReader) -> list[int]:
        packet = await reader.readexactly(4)
        return [int.from_bytes(packet[2:], "big")]


class Field(threading.Thread):
    """All devices on a loop of their own. ``network`` is set while there is one."""

    def __init__(self, ports: list[int], mqtt_port: int) -> None:
        super().__init__(name="field", daemon=True)
        self.ports, self.mqtt_port = ports, mqtt_port
        self.begins = int(time.time()) + 2
        self.talkers: list[Talker] = []
        self.half_open: list[asyncio.StreamWriter] = []
        self.refused = 0
        self.is_over = False
        self._loop = uvloop.new_event_loop()
        self.network = asyncio.Event()
        self.network.set()

    def run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._live())

    async def _live(self) -> None:
        await asyncio.gather(*(one.live() for one in self.talkers))
        for writer in self.half_open:
            writer.close()

    def cut(self, seconds: float) -> None:
        """No network for so long: nothing that is sent or answered arrives, and nobody is told."""
        self._loop.call_soon_threadsafe(self.network.clear)
        time.sleep(seconds)
        self._loop.call_soon_threadsafe(self.network.set)

    def owes(self, until: float) -> bool:
        """Whether a device still waits for the answer to something that it had to say by then."""
        return any(one.waiting and one.waiting[0].at <= until for one in list(self.talkers))


def _packet(kind: int, body: bytes) -> bytes:
    size, left = b"", len(body)
    while True:
        left, digit = divmod(left, 128)
        size += bytes([digit | (0x80 if left else 0)])
        if not left:
            return bytes([kind]) + size + body
