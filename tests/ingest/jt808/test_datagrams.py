"""The gateway over UDP: the same session, a datagram instead of a stream."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
import uvloop

from ingest.jt808.frame import Frame, Framer, parse
from ingest.jt808.messages import decode_body
from ingest.jt808.reply import Voice, encode_frame
from tests.ingest.jt808.listening import CODE, Listening, answer_to, approved, commit, here, listening


@pytest.fixture
def gate() -> Iterator[Listening]:
    with listening(uvloop.new_event_loop, jt808_udp=True) as held:
        yield held


class Truck:
    """A terminal that sends datagrams from a port of its own."""

    def __init__(self, gate: Listening) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", gate.gateway.port))
        self.device = approved()

    def frame(self) -> Frame:
        (raw,) = Framer().feed(self.socket.recv(65_536))
        return parse(raw)

    def answer(self) -> dict[str, object]:
        frame = self.frame()
        return {"msg_id": frame.msg_id} | decode_body(frame)


@pytest.fixture
def truck(gate: Listening) -> Iterator[Truck]:
    made = Truck(gate)
    yield made
    made.socket.close()


def test_a_position_in_a_datagram_is_answered_after_the_commit(gate: Listening, truck: Truck) -> None:
    truck.socket.send(truck.device.locate(here()))
    taken = gate.take(lambda envelopes: len(envelopes) == 1)
    truck.socket.settimeout(0.2)
    with pytest.raises(TimeoutError):
        truck.socket.recv(1)
    truck.socket.settimeout(10)
    commit(taken)
    assert truck.answer() == answer_to(1, 0x0200)


def test_a_terminal_signs_in_and_is_sent_commands_over_the_same_way(gate: Listening, truck: Truck) -> None:
    truck.socket.send(truck.device.authenticate(CODE))
    assert truck.answer() == answer_to(1, 0x0102)
    assert gate.eventually(lambda: gate.gateway.ready(truck.device.phone) is not None)
    session = gate.gateway.ready(truck.device.phone)
    assert session is not None
    voice = Voice(bytes.fromhex(truck.device.phone.zfill(12)))
    gate.loop.call_soon_threadsafe(session.send, encode_frame(voice, 0x8201, 1, b""))
    assert truck.frame().msg_id == 0x8201


def test_two_senders_are_two_sessions_and_the_same_terminal_moves_to_the_newer(gate: Listening, truck: Truck) -> None:
    truck.socket.send(truck.device.heartbeat())
    assert truck.answer() == answer_to(1, 0x0002)
    moved = Truck(gate)
    moved.device = truck.device
    moved.socket.send(moved.device.heartbeat())
    assert moved.answer() == answer_to(2, 0x0002)
    assert gate.eventually(lambda: gate.gateway.metrics()["connections"] == 1), "the older one is closed"
    moved.socket.close()


def test_rubbish_harms_nobody(gate: Listening, truck: Truck) -> None:
    truck.socket.send(b"GET / HTTP/1.1\r\n\r\n")
    truck.socket.send(truck.device.heartbeat())
    assert truck.answer() == answer_to(1, 0x0002)
    assert gate.refusals()[0].sample.startswith(b"GET"), "and is kept for the diagnosis"


def test_nothing_is_heard_over_udp_unless_the_settings_say_so() -> None:
    with listening(uvloop.new_event_loop) as held:
        silent = Truck(held)
        silent.socket.settimeout(0.3)
        with pytest.raises(OSError, match=r"refused|timed out"):
            [silent.socket.send(silent.device.heartbeat()), silent.socket.recv(100)]
        silent.socket.close()
