"""Bodies about pictures that hold whole locations: 0x0801 and 0x0802 (JT/T 808 clause 8)."""

from __future__ import annotations

from typing import Any

from ingest.jt808.frame import Frame
from ingest.jt808.layout import read_body
from ingest.jt808.layouts import MEDIA_EVENT
from ingest.jt808.location import SIZE, location_fields
from ingest.jt808.reading import Body

Fields = dict[str, Any]


def media_data(body: Body, frame: Frame) -> Fields:
    """0x0801; the data itself is told by its length and first bytes."""
    fields = read_body(MEDIA_EVENT, body) | {"location": location_fields(body.take(SIZE), raw_degrees=True)}
    data = body.rest()
    return fields | {"data_len": len(data), "data_head": data[:8].hex()}


def media_found(body: Body, frame: Frame) -> Fields:
    """0x0802."""
    fields: Fields = {"ack_seq": body.word(), "count": body.word()}
    listed = []
    while body.left >= 7 + SIZE:
        item: Fields = {"media_id": body.dword(), "type": body.byte(), "channel": body.byte(), "event": body.byte()}
        listed.append(item | {"location": location_fields(body.take(SIZE), raw_degrees=True)})
    return fields | {"media": listed}
