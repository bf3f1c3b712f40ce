"""Bodies by message id. Most are declared in ``layouts``; here is what their declaration cannot say.

``decode(frame)`` names the fields of any frame; a message without a reader keeps its body as hex, nothing is lost.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

from ingest.jt808.frame import Frame, FrameError, is_proven, packed_imei, parse, stripped
from ingest.jt808.layout import read_body, write_body
from ingest.jt808.layouts import LAYOUTS
from ingest.jt808.location import SIZE, Position, location_fields, position, write_location
from ingest.jt808.media import media_data, media_found
from ingest.jt808.reading import Body

Fields = dict[str, Any]

REGISTRATION_WIDTHS = {"2011": (5, 8, 7), "2013": (5, 20, 7), "2019": (11, 30, 30)}
"""Bytes of maker, model and terminal id in 0x0100."""


def _registration(body: Body, frame: Frame) -> Fields:
    """0x0100. 2011 and 2013 share a header, so the widths are told by length and by where a plate colour stands."""
    layout = "2019" if frame.is_2019 else _registration_layout(body.data)
    maker, model, device = REGISTRATION_WIDTHS[layout]
    return {
        "province": body.word(),
        "city": body.word(),
        "maker": body.text(maker),
        "model": body.text(model),
        "device_id": body.text(device),
        "plate_color": body.byte(),
        "plate": body.text(),
        "layout": layout,
    }


def _registration_layout(body: bytes) -> str:
    if len(body) < 37:
        return "2011"
    # A 2011 body with a VIN of 17 characters is as long as a 2013 one; then its colour byte, not this one, is 0 to 9.
    return "2013" if body[36] <= 9 or body[24] > 9 else "2011"


def _authentication(body: Body, frame: Frame) -> Fields:
    """0x0102. A 2019 device that still sends the bare code is told by a length byte that does not fit."""
    data = body.data
    if frame.is_2019 and data and len(data) >= 1 + data[0] + 35:
        return {"auth_code": body.counted_text(), "imei": body.text(15), "software": body.text(20)}
    if frame.is_2019 and data and len(data) == 1 + data[0]:
        return {"auth_code": body.counted_text()}
    return {"auth_code": body.text()}


def _location(body: Body, frame: Frame) -> Fields:
    """0x0200."""
    return location_fields(body.data)


def _location_answer(body: Body, frame: Frame) -> Fields:
    """0x0201 and 0x0500: the serial that is answered, then a whole location."""
    return {"ack_seq": body.word()} | location_fields(body.rest())


def _batch(body: Body, frame: Frame) -> Fields:
    """0x0704. One bad item is told in its place and does not cost the others."""
    fields: Fields = {"count": body.word(), "type": body.byte()}
    listed = []
    for item in batch_bodies(frame.body):
        try:
            listed.append(location_fields(item, raw_degrees=True))
        except FrameError as error:
            listed.append({"error": str(error), "raw": item.hex()})
    return fields | {"positions": listed}


READERS: dict[int, Callable[[Body, Frame], Fields]] = {
    0x0100: _registration,
    0x0102: _authentication,
    0x0200: _location,
    0x0201: _location_answer,
    0x0500: _location_answer,
    0x0704: _batch,
    0x0801: media_data,
    0x0802: media_found,
}
"""Messages that are more than one layout; all others are declared in ``layouts``."""

READABLE = READERS.keys() | LAYOUTS.keys()
"""Every message whose fields have names."""


def batch_bodies(body: bytes) -> list[bytes]:
    """The 0x0200 bodies in a 0x0704 body, as many as there are, whatever its count says. FrameError: shorter than 3 bytes."""
    reader = Body(body)
    reader.take(3)
    found = []
    while reader.left >= 2:
        size = reader.word()
        found.append(reader.take(min(size, reader.left)))
    return found


def batch_positions(body: bytes) -> tuple[bool, list[Position], int]:
    """Whether a 0x0704 body fills in a blind area, its positions, and how many of them were too short to be read."""
    bodies = batch_bodies(body)
    whole = [item for item in bodies if len(item) >= SIZE]
    return body[2] == 1, [position(item) for item in whole], len(bodies) - len(whole)


def decode(frame: Frame) -> Fields:
    """The fields of the frame's body by name. FrameError: the body does not fit the message.

    Encrypted bodies, single sub-packages and unknown messages come as ``{"raw": hex}``.
    """
    if frame.encryption:
        return {"raw": frame.body.hex(), "encryption": frame.encryption}
    if frame.parts is not None and frame.parts[0] > 1:
        return {"raw": frame.body.hex()}
    return decode_body(frame)


def decode_body(frame: Frame) -> Fields:
    """As ``decode``, for a frame whose body is known to be whole (joined from its sub-packages)."""
    read, layout = READERS.get(frame.msg_id), LAYOUTS.get(frame.msg_id)
    try:
        if read is not None:
            return read(Body(frame.body), frame)
        return {"raw": frame.body.hex()} if layout is None else read_body(layout, Body(frame.body), frame.is_2019)
    except (IndexError, ValueError) as error:
        raise FrameError(
            f"body does not fit message 0x{frame.msg_id:04X}: {error}", f"消息体与 0x{frame.msg_id:04X} 的结构不符"
        ) from error


def encode(msg_id: int, fields: Mapping[str, Any], is_2019: bool = False) -> bytes:
    """The body of a message whose fields, named as ``decode`` names them, are given: its inverse.

    ValueError: a message that is read only, or fields that do not make it.
    """
    try:
        if msg_id in LAYOUTS:
            return write_body(LAYOUTS[msg_id], fields, is_2019)
        return _WRITERS[msg_id](fields)
    except (KeyError, TypeError, AttributeError, OverflowError, struct.error) as error:
        raise ValueError(f"0x{msg_id:04X} cannot be made from {dict(fields)!r}: {error!r}") from error


def _write_location_answer(fields: Mapping[str, Any]) -> bytes:
    return struct.pack(">H", fields["ack_seq"]) + write_location(fields)


def _write_batch(fields: Mapping[str, Any]) -> bytes:
    bodies = [write_location(place) for place in fields["positions"]]
    return struct.pack(">HB", fields["count"], fields["type"]) + b"".join(struct.pack(">H", len(one)) + one for one in bodies)


_WRITERS: dict[int, Callable[[Mapping[str, Any]], bytes]] = {
    0x0200: write_location,
    0x0201: _write_location_answer,
    0x0500: _write_location_answer,
    0x0704: _write_batch,
}


def describe(content: bytes) -> Fields:
    """A whole frame with its delimiters as a plain dictionary, for ``python -m ingest.jt808 decode``; never raises.

    A single sub-package whose checksum or length is wrong is an error: it would spoil the joined message unseen. What
    could be read of it stands beside the error. A whole message in that state is shown, with ``checksum_ok`` false: a
    person is looking, nothing is stored.
    """
    frame: Frame | None = None
    try:
        frame = parse(between_delimiters(content))
        if frame.parts is not None and not frame.checksum_ok:
            raise FrameError("checksum mismatch in a sub-package", "分包的校验码错误", "bad_checksum")
        if frame.parts is not None and not frame.length_ok:
            raise FrameError(f"declared body length {frame.declared} differs from actual {len(frame.body)}")
        return _head(frame) | {"body": decode(frame)}
    except FrameError as error:
        seen = _head(frame) | ({"body": {"raw": frame.body.hex()}} if frame.parts else {}) if frame else {}
        return {"error": str(error)} | seen


def between_delimiters(content: bytes) -> bytes:
    """What stands between the delimiters of the only frame in ``content``; junk before the first is skipped."""
    start = content.find(b"\x7e")
    inner = content[start + 1 : -1]
    if start < 0 or len(content) - start < 2 or not content.endswith(b"\x7e"):
        raise FrameError("not delimited by 7e on both ends")
    if b"\x7e" in inner and not is_proven(inner):
        raise FrameError("more than one frame: 7e between the delimiters")
    return inner


def _head(frame: Frame) -> Fields:
    head: Fields = {
        "msg_id": f"0x{frame.msg_id:04X}",
        "version": "2019" if frame.is_2019 else "2013",
        "terminal": frame.terminal.hex(),
        "terminal_stripped": stripped(frame.terminal),
        "seq": frame.serial,
        "sub": {"total": frame.parts[0], "index": frame.parts[1]} if frame.parts else None,
        "checksum_ok": frame.checksum_ok,
    }
    imei = packed_imei(frame.terminal)
    return head | ({"imei_from_packed_terminal": imei} if imei else {})
