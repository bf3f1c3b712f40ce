"""Bodies about pictures, sound and recordings (JT/T 808 clauses 8.54 on, JT/T 1078-2016)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ingest.jt808.location import SIZE, location_fields
from ingest.jt808.reading import Body

Fields = dict[str, Any]


def _media_event(body: Body) -> Fields:
    """0x0800."""
    return {
        "media_id": body.dword(),
        "type": body.byte(),
        "format": body.byte(),
        "event": body.byte(),
        "channel": body.byte(),
    }


def _media_data(body: Body) -> Fields:
    """0x0801; the data itself is told by its length and first bytes."""
    fields = _media_event(body) | {"location": location_fields(body.take(SIZE), raw_degrees=True)}
    data = body.rest()
    return fields | {"data_len": len(data), "data_head": data[:8].hex()}


def _media_found(body: Body) -> Fields:
    """0x0802."""
    fields: Fields = {"ack_seq": body.word(), "count": body.word()}
    listed = []
    while body.left >= 7 + SIZE:
        item: Fields = {"media_id": body.dword(), "type": body.byte(), "channel": body.byte(), "event": body.byte()}
        listed.append(item | {"location": location_fields(body.take(SIZE), raw_degrees=True)})
    return fields | {"media": listed}


def _picture_answer(body: Body) -> Fields:
    """0x0805."""
    fields: Fields = {"ack_seq": body.word(), "result": body.byte()}
    count = body.word() if body.left >= 2 else 0
    return fields | {"media_ids": [body.dword() for _ in range(min(count, body.left // 4))]}


def _video_attributes(body: Body) -> Fields:
    """0x1003."""
    names = ("audio_codec", "audio_channels", "audio_rate", "audio_bits")
    fields: Fields = {name: body.byte() for name in names} | {"audio_frame_len": body.word()}
    names = ("audio_output", "video_codec", "max_audio_channels", "max_video_channels")
    return fields | {name: body.byte() for name in names}


def _recordings(body: Body) -> Fields:
    """0x1205."""
    fields: Fields = {"ack_seq": body.word(), "count": body.dword()}
    listed = []
    while body.left >= 28:
        item: Fields = {
            "channel": body.byte(),
            "start": body.time(),
            "end": body.time(),
            "alarm_bits_hex": body.digits(8),
        }
        item |= {"media_type": body.byte(), "stream": body.byte(), "storage": body.byte(), "size": body.dword()}
        listed.append(item)
    return fields | {"resources": listed}


def _upload_done(body: Body) -> Fields:
    """0x1206."""
    return {"ack_seq": body.word(), "result": body.byte()}


MEDIA: dict[int, Callable[[Body], Fields]] = {
    0x0800: _media_event,
    0x0801: _media_data,
    0x0802: _media_found,
    0x0805: _picture_answer,
    0x1003: _video_attributes,
    0x1205: _recordings,
    0x1206: _upload_done,
}
