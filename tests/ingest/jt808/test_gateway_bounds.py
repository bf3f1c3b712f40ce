"""The gateway under bad input, silence and load: told, bounded, never stopped."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest
import uvloop

from data.choices.monitoring import REFUSALS
from ingest.jt808.device import Device
from ingest.jt808.frame import MAX_FRAME
from ingest.jt808.reply import encode_frame
from tests.ingest.jt808.corpus import BY_ID
from tests.ingest.jt808.listening import (
    APPROVED,
    OK,
    Listening,
    answer_to,
    approved,
    here,
    listening,
)

NOT_SUPPORTED = 3


# Bad input


def test_garbage_is_counted_told_and_the_next_frame_is_read(gate: Listening) -> None:
    client = gate.connect()
    client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + b"\x7e\x01\x02\x7e" + approved().heartbeat())
    assert client.answer()["result"] == OK
    refusals = gate.refusals()
    known = {choice.code for choice in REFUSALS}
    assert refusals and {refusal.reason for refusal in refusals} <= known
    assert all(refusal.detail.endswith("。") and not refusal.detail.isascii() for refusal in refusals), (
        "told in Chinese"
    )


def test_a_wrong_checksum_is_not_answered_but_told(gate: Listening) -> None:
    client, good = gate.connect(), approved().locate(here())
    client.send(good[:-2] + bytes((good[-2] ^ 0x11,)) + good[-1:])
    (refusal,) = gate.refusals()
    assert (refusal.reason, refusal.peer) == ("bad_checksum", "127.0.0.1"), "its number cannot be trusted either"
    assert client.is_silent()


def test_a_truncated_frame_is_told_and_does_not_cost_the_next(gate: Listening) -> None:
    client, frame = gate.connect(), approved(5).locate(here())
    client.send(frame[:30] + frame)
    gate.fixes(1)
    assert client.answer() == answer_to(5, 0x0200)
    assert gate.gateway.metrics()["bad_frames"] == 1


def test_a_connection_that_ends_within_a_frame_is_told(gate: Listening) -> None:
    client = gate.connect()
    client.send(approved().locate(here())[:30])
    client.close()
    (refusal,) = gate.refusals()
    assert "未成帧" in refusal.detail and len(refusal.sample) == 29


def test_ten_megabytes_without_a_delimiter_cost_no_memory_and_are_told(gate: Listening) -> None:
    client = gate.connect()
    client.send(b"\x7e" + b"\x55" * 10_000_000 + approved().heartbeat())
    assert client.answer()["result"] == OK, "the connection lives on"
    assert all(len(session._framer.pending) <= MAX_FRAME for session in gate.gateway._sessions)
    refusals = gate.refusals()
    assert [refusal.reason for refusal in refusals] == ["frame_too_long"], "told once, not for every read"
    assert len(refusals[0].sample) <= 2048 and gate.pipeline.depth == 0


def test_a_sender_of_nothing_but_bad_frames_is_disconnected(gate: Listening) -> None:
    client = gate.connect()
    client.send(b"\x7ebadbadbadbadbad\x7e" * 1100)
    assert client.is_closed()
    other = gate.connect()
    other.send(approved().heartbeat())
    assert other.answer()["result"] == OK


def test_an_encrypted_message_is_told_and_not_guessed_at(gate: Listening) -> None:
    client = gate.connect()
    client.send(bytes.fromhex(BY_ID["hy-043"]["hex"]))
    assert client.answer()["result"] == NOT_SUPPORTED
    assert "加密" in gate.refusals()[0].detail


# Bounds


def test_reading_stops_while_the_queue_is_full_and_nothing_is_lost() -> None:
    with listening(uvloop.new_event_loop, capacity=20) as gate:
        client, device = gate.connect(), approved(0)
        client.send(b"".join(device.locate(here()) for _ in range(30)))
        assert gate.eventually(lambda: gate.pipeline.full)
        client.send(b"".join(device.locate(here()) for _ in range(30)))
        time.sleep(0.2)
        assert gate.gateway.metrics()["positions"] == 30 and gate.gateway.metrics()["held"] == 1
        rows = gate.fixes(60)
        assert [row.serial for row in rows] == list(range(60))
        assert [client.answer()["ack_seq"] for _ in range(60)] == list(range(60))


def test_a_terminal_that_does_not_read_its_answers_is_not_read_from() -> None:
    with listening(uvloop.new_event_loop) as gate:
        client, beats = gate.connect(receive_bytes=4096), approved().heartbeat() * 1000
        client.send(beats)
        assert gate.eventually(lambda: gate.gateway.metrics()["connections"] == 1)
        (session,) = gate.gateway._sessions
        session._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # type: ignore[union-attr]
        client.socket.settimeout(0.05)
        assert gate.eventually(lambda: session._waits_for_reader or client.offers(beats), 30), (
            "its answers wait, and so does it"
        )
        frames = gate.gateway.metrics()["frames"]
        time.sleep(0.2)
        assert gate.gateway.metrics()["frames"] == frames, "it is not read from"


@pytest.mark.parametrize("factory", [uvloop.new_event_loop, asyncio.new_event_loop])
def test_a_silent_connection_is_closed_whether_or_not_it_has_spoken(
    monkeypatch: pytest.MonkeyPatch, factory: object
) -> None:
    monkeypatch.setattr("ingest.jt808.gateway.SWEEP_S", 0.05)
    monkeypatch.setattr("ingest.jt808.gateway.FIRST_FRAME_S", 0.2)
    with listening(factory, jt808_idle_s=30) as gate:  # type: ignore[arg-type]
        mute, speaker = gate.connect(), gate.connect()
        speaker.send(approved().heartbeat())
        speaker.answer()
        assert mute.is_closed()
        assert gate.gateway.metrics()["timed_out"] == 1, "who has spoken has the full time"
        (session,) = gate.gateway._sessions
        session.heard -= 31
        assert speaker.is_closed()


def test_one_address_cannot_take_every_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.jt808.gateway.PER_ADDRESS", 3)
    monkeypatch.setattr("ingest.jt808.gateway._is_loopback", lambda address: False)
    with listening(uvloop.new_event_loop) as gate:
        clients = [gate.connect() for _ in range(4)]
        assert clients[3].is_closed()
        clients[0].send(approved().heartbeat())
        assert clients[0].answer()["result"] == OK
        assert gate.gateway.metrics()["turned_away"] == 1


def test_a_thousand_terminals_report_at_once_and_each_is_answered_after_its_commit() -> None:
    with listening(uvloop.new_event_loop) as gate:
        phones = [f"139{number:08d}" for number in range(1000)]
        sample = gate.terminals.known[APPROVED]
        gate.terminals.known |= {
            phone: type(sample)(100 + n, n, "approved", None, 480, "wgs84") for n, phone in enumerate(phones)
        }
        clients = [gate.connect() for _ in phones]
        for client, phone in zip(clients, phones, strict=True):
            client.send(Device(phone, serial=9).locate(here()))
        rows = gate.fixes(1000)
        assert {row.terminal_id for row in rows} == set(range(100, 1100))
        assert all(client.answer() == answer_to(9, 0x0200) for client in clients)
        metrics = gate.gateway.metrics()
        assert (metrics["connections"], metrics["terminals"], metrics["answered"]) == (1000, 1000, 1000)


def test_a_frame_byte_by_byte_is_a_frame(gate: Listening) -> None:
    client, frame = gate.connect(), encode_frame(approved().voice, 0x0002, 3)
    for at in range(len(frame)):
        client.send(frame[at : at + 1])
    assert client.answer() == answer_to(3, 0x0002)
