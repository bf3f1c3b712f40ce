"""A gateway that listens on a real port, the real queue behind it, and a writer that commits when the test says so."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from data.settings import Settings
from ingest.directory import TerminalInfo
from ingest.jt808.device import Device, Report
from ingest.jt808.frame import Frame, Framer, parse
from ingest.jt808.gateway import Gateway
from ingest.jt808.messages import decode
from ingest.pipeline import Envelope, Fix, Pipeline, Refusal

APPROVED, PENDING, DISABLED, MARS = "13800000001", "13800000002", "13800000003", "13800000004"
CODE = "c0de-0001"
OK = 0  # result of 0x8001


class Terminals:
    """The directory's part that the gateway uses, without a database."""

    def __init__(self) -> None:
        self.known = {
            APPROVED: TerminalInfo(1, 11, "approved", CODE, 480, "wgs84"),
            PENDING: TerminalInfo(2, None, "pending", None, 480, "wgs84"),
            DISABLED: TerminalInfo(3, 13, "disabled", "x", 480, "wgs84"),
            MARS: TerminalInfo(4, 14, "approved", None, 60, "gcj02"),
        }
        self.registrations: list[tuple[str, Mapping[str, Any]]] = []

    def terminal(self, phone: str) -> TerminalInfo | None:
        return self.known.get(phone)

    def register(self, phone: str, registration: Mapping[str, Any]) -> TerminalInfo:
        self.registrations.append((phone, registration))
        return self.known.setdefault(phone, TerminalInfo(len(self.known) + 1, None, "pending", None, 480, "wgs84"))


class Client:
    """A device's socket."""

    def __init__(self, port: int, receive_bytes: int = 0) -> None:
        self.socket = socket.socket()
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", port))
        self._framer = Framer()
        self._frames: list[Frame] = []

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def offers(self, data: bytes) -> bool:
        """Send as much of ``data`` as the connection takes; always False, to be asked again."""
        with suppress(TimeoutError):
            self.socket.send(data)
        return False

    def answer(self) -> dict[str, Any]:
        """The next answer of the platform, with its ``msg_id``."""
        frame = self.frame()
        return {"msg_id": frame.msg_id} | decode(frame)

    def frame(self) -> Frame:
        while not self._frames:
            data = self.socket.recv(65_536)
            if not data:
                raise ConnectionError("the platform closed the connection")
            self._frames += [parse(raw) for raw in self._framer.feed(data)]
        return self._frames.pop(0)

    def is_silent(self, seconds: float = 0.2) -> bool:
        """Whether nothing comes for that long."""
        self.socket.settimeout(seconds)
        try:
            return not self._frames and self.socket.recv(1) == b"\0"
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(10)

    def is_closed(self) -> bool:
        """Whether the platform ends the connection."""
        try:
            while self.socket.recv(65_536):
                pass
        except ConnectionError:
            pass
        return True

    def close(self) -> None:
        self.socket.close()


class Listening:
    """What a test holds: the gateway, its queue, its directory, and clients to be closed."""

    def __init__(
        self, gateway: Gateway, pipeline: Pipeline, terminals: Terminals, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.gateway, self.pipeline, self.terminals, self.loop = gateway, pipeline, terminals, loop
        self.clients: list[Client] = []

    def connect(self, receive_bytes: int = 0) -> Client:
        client = Client(self.gateway.port, receive_bytes)
        self.clients.append(client)
        return client

    def take(self, until: Callable[[list[Envelope]], bool], seconds: float = 10.0) -> list[Envelope]:
        """Envelopes as the writer takes them, until the condition holds; not yet committed."""
        taken: list[Envelope] = []
        deadline = time.monotonic() + seconds
        while not until(taken) and time.monotonic() < deadline:
            taken += self.pipeline.take(10_000, 0.0, 0.05)
        assert until(taken), f"only {len(taken)} envelopes came in {seconds} s"
        return taken

    def fixes(self, count: int) -> list[Fix]:
        """That many positions, committed and answered."""
        taken = self.take(lambda envelopes: sum(len(one.fixes) for one in envelopes) >= count)
        commit(taken)
        return [row for envelope in taken for row in envelope.fixes]

    def refusals(self, count: int = 1) -> list[Refusal]:
        """That many refusals."""
        taken = self.take(lambda envelopes: sum(len(one.refusals) for one in envelopes) >= count)
        commit(taken)
        return [refusal for envelope in taken for refusal in envelope.refusals]

    def eventually(self, condition: Callable[[], bool], seconds: float = 10.0) -> bool:
        deadline = time.monotonic() + seconds
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.01)
        return condition()


def commit(envelopes: list[Envelope]) -> None:
    """What the writer does after its commit."""
    for envelope in envelopes:
        if envelope.ack:
            envelope.ack()


@contextmanager
def listening(
    factory: Callable[[], asyncio.AbstractEventLoop], capacity: int = 50_000, **settings: Any
) -> Iterator[Listening]:
    """A gateway on a free port, its loop in a thread of its own."""
    loop = factory()
    pipeline, terminals = Pipeline(capacity), Terminals()
    gateway = Gateway(Settings(host="127.0.0.1", jt808_port=0, **settings), pipeline, terminals)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(gateway.start(), loop).result(10)
    held = Listening(gateway, pipeline, terminals, loop)
    try:
        yield held
    finally:
        for client in held.clients:
            client.close()
        asyncio.run_coroutine_threadsafe(gateway.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def approved(serial: int = 1) -> Device:
    return Device(APPROVED, serial=serial)


def here(at: float | None = None, **more: object) -> Report:
    return Report(120.43, 41.42, time.time() if at is None else at, 43.2, 90, 180, **more)  # type: ignore[arg-type]


def answer_to(serial: int, msg_id: int, result: int = OK) -> dict[str, object]:
    return {"msg_id": 0x8001, "ack_seq": serial, "ack_id": f"0x{msg_id:04X}", "result": result}
