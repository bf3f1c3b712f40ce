"""Building frames, and the platform's answers 0x8001 and 0x8100, in the version that the terminal speaks."""

from __future__ import annotations

import struct
from typing import NamedTuple

from ingest.jt808.frame import Frame, checksum, escape

OK, FAILED, BAD_MESSAGE, NOT_SUPPORTED, ALARM_CONFIRMED = 0, 1, 2, 3, 4  # results of 0x8001
REGISTERED, VEHICLE_KNOWN, NO_VEHICLE, TERMINAL_KNOWN, NO_TERMINAL = 0, 1, 2, 3, 4  # results of 0x8100

MAX_BODY = 1023

_WORDS = struct.Struct(">HH")
_ANSWER = struct.Struct(">HHB")


class Voice(NamedTuple):
    """How one terminal writes its headers; it is answered in kind, with its id bytes exactly as received."""

    terminal: bytes
    is_2019: bool = False
    protocol: int = 1
    has_flag: bool = False

    @classmethod
    def of(cls, frame: Frame) -> Voice:
        return cls(frame.terminal, frame.is_2019, frame.protocol, frame.has_flag)


def encode_frame(
    voice: Voice, msg_id: int, serial: int, body: bytes = b"", parts: tuple[int, int] | None = None
) -> bytes:
    """One delimited frame. ``parts`` is (total, number from 1) of a sub-package. ValueError: body over 1 023 bytes."""
    if len(body) > MAX_BODY:
        raise ValueError(f"a body of {len(body)} bytes does not fit a frame: use encode_message")
    properties = len(body) | (0x4000 if voice.has_flag else 0) | (0x2000 if parts else 0)
    head = _WORDS.pack(msg_id, properties) + (bytes((voice.protocol,)) if voice.is_2019 else b"") + voice.terminal
    content = head + struct.pack(">H", serial & 0xFFFF) + (_WORDS.pack(*parts) if parts else b"") + body
    return escape(content + bytes((checksum(content),)))


def encode_message(voice: Voice, msg_id: int, serial: int, body: bytes) -> list[bytes]:
    """The frames of a message of any length: one, or sub-packages with consecutive serials from ``serial``."""
    if len(body) <= MAX_BODY:
        return [encode_frame(voice, msg_id, serial, body)]
    pieces = [body[at : at + MAX_BODY] for at in range(0, len(body), MAX_BODY)]
    return [encode_frame(voice, msg_id, serial + n, piece, (len(pieces), n + 1)) for n, piece in enumerate(pieces)]


def general_answer(voice: Voice, serial: int, acked_serial: int, acked_id: int, result: int = OK) -> bytes:
    """0x8001."""
    return encode_frame(voice, 0x8001, serial, _ANSWER.pack(acked_serial, acked_id, result))


def registration_answer(voice: Voice, serial: int, acked_serial: int, result: int, auth_code: str = "") -> bytes:
    """0x8100. The code is sent with result 0 only and never empty: many devices cannot read an empty one."""
    if result == REGISTERED and not auth_code:
        raise ValueError("a successful registration needs an authentication code")
    code = auth_code.encode("gbk") if result == REGISTERED else b""
    return encode_frame(voice, 0x8100, serial, struct.pack(">HB", acked_serial, result) + code)
