"""Bodies about the terminal and what hangs on it: parameters, attributes, driver card, CAN, recorder, transparent data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ingest.jt808.frame import FrameError
from ingest.jt808.reading import Body

Fields = dict[str, Any]

ATTRIBUTE_WIDTHS = {"2013": (5, 20, 7), "2019-maker5": (5, 30, 30), "2019-maker11": (11, 30, 30)}
"""Bytes of maker, model and terminal id in 0x0107. The printed 2019 standard says 5, real devices send 5 and 11."""


def _parameters(body: Body) -> Fields:
    """0x0104. The length byte of an item is trusted, not the table's: vendors differ."""
    fields: Fields = {"ack_seq": body.word(), "count": body.byte()}
    values: dict[str, str] = {}
    read = 0
    while body.left >= 5 and read < fields["count"]:
        key = f"0x{body.dword():04X}"
        values[key] = body.take(body.byte()).hex()
        read += 1
    if body.left:
        raise FrameError(f"parameters do not fill the body: {body.left} bytes left after {read} of {fields['count']}")
    return fields | {"params": values}


def _attributes(body: Body) -> Fields:
    """0x0107, in the layout that uses up the body exactly."""
    for layout in ATTRIBUTE_WIDTHS:
        try:
            fields = _attributes_as(Body(body.data), layout)
        except FrameError:
            continue
        if fields is not None:
            return fields
    raise FrameError(f"body of {len(body.data)} bytes fits no layout of 0x0107")


def _attributes_as(body: Body, layout: str) -> Fields | None:
    maker, model, device = ATTRIBUTE_WIDTHS[layout]
    fields: Fields = {
        "type_bits": body.word(),
        "layout": layout,
        "maker": body.text(maker),
        "model": body.text(model),
        "device_id": body.text(device),
        "iccid": body.digits(10),
        "hardware": body.counted_text(),
        "firmware": body.counted_text(),
        "gnss_bits": body.byte(),
        "comm_bits": body.byte(),
    }
    return None if body.left else fields


def _upgrade_result(body: Body) -> Fields:
    """0x0108."""
    return {"type": body.byte(), "result": body.byte()}


def _driver(body: Body) -> Fields:
    """0x0702, decided by the bytes left: some devices send the driver on status 2, and the 2019 id card in a 2013 frame."""
    fields: Fields = {"status": body.byte(), "time": body.time()}
    if not body.left:
        return fields
    fields["ic_result"] = body.byte()
    if not body.left:
        return fields
    fields |= {
        "driver": body.counted_text(),
        "certificate": body.text(20),
        "agency": body.counted_text(),
        "expiry": body.digits(4),
    }
    return fields | ({"id_card": body.text(20)} if body.left >= 20 else {})


def _can(body: Body) -> Fields:
    """0x0705; the time of the first frame is hh-mm-ss and two bytes of a fraction."""
    count, time = body.word(), body.digits(5)
    frames: list[Fields] = []
    while body.left >= 12 and len(frames) < count:
        frames.append({"id": body.digits(4), "data": body.digits(8)})
    return {"count": count, "time_of_day": f"{time[:2]}:{time[2:4]}:{time[4:6]}.{time[6:]}", "frames": frames}


def _recorder(body: Body) -> Fields:
    """0x0700: a block of GB/T 19056, kept as hex."""
    return {"ack_seq": body.word(), "command": f"0x{body.byte():02x}", "data": body.rest().hex()}


def _waybill(body: Body) -> Fields:
    """0x0701: the standard does not define the content."""
    return {"length": body.dword(), "content_hex": body.rest().hex()}


def _transparent(body: Body) -> Fields:
    """0x0900."""
    return {"type": f"0x{body.byte():02x}", "data": body.rest().hex()}


def _compressed(body: Body) -> Fields:
    """0x0901: GZIP data, not unpacked here."""
    return {"length": body.dword(), "data": body.rest().hex()}


def _public_key(body: Body) -> Fields:
    """0x0A00."""
    return {"e": body.dword(), "n": body.take(128).hex()}


def _event(body: Body) -> Fields:
    """0x0301."""
    return {"event_id": body.byte()}


def _question_answer(body: Body) -> Fields:
    """0x0302."""
    return {"ack_seq": body.word(), "answer_id": body.byte()}


def _information(body: Body) -> Fields:
    """0x0303."""
    return {"info_type": body.byte(), "flag": body.byte()}


def _passengers(body: Body) -> Fields:
    """0x1005."""
    return {"start": body.time(), "end": body.time(), "on": body.word(), "off": body.word()}


EQUIPMENT: dict[int, Callable[[Body], Fields]] = {
    0x0104: _parameters,
    0x0107: _attributes,
    0x0108: _upgrade_result,
    0x0301: _event,
    0x0302: _question_answer,
    0x0303: _information,
    0x0700: _recorder,
    0x0701: _waybill,
    0x0702: _driver,
    0x0705: _can,
    0x0900: _transparent,
    0x0901: _compressed,
    0x0A00: _public_key,
    0x1005: _passengers,
}
