"""Recordings of a terminal (0x0801): what one says, and how its missing parts are asked for. Pure."""

from __future__ import annotations

from ingest.directory import TerminalInfo
from ingest.jt808.fixes import Clock, fix
from ingest.jt808.location import SIZE, position
from ingest.jt808.messages import encode
from ingest.jt808.parts import Gap
from ingest.jt808.reading import Body
from ingest.pipeline import NOT_FIXED
from ingest.vehicle_media import Media

MEDIA = 0x0801
JPEG = b"\xff\xd8"
HEAD = 8  # bytes before the location, which 2011 lacks
MOST_MISSING = 255  # part numbers in one request


def read_media(body: bytes, info: TerminalInfo, vehicle_id: int, clock: Clock) -> Media:
    """The recording in a whole body. FrameError: shorter than its head. Its time is that of arrival where its own is not believed."""
    head = Body(body)
    media_id = head.dword()
    kind, form, event, channel = head.take(4)
    taken, where = clock.now, None
    if body[HEAD : HEAD + 2] != JPEG:
        row, _ = fix(position(head.take(SIZE)), 0, info, clock)
        if row is not None:
            taken = row.ts
            where = None if row.flags & NOT_FIXED else (row.lon, row.lat, row.speed_kmh)
    return Media(info.id, vehicle_id, media_id, kind, form, event, channel, taken, where, head.rest())


def request_for(gap: Gap, is_2019: bool) -> tuple[int, bytes]:
    """Message id and body that ask for the missing parts: 0x8800 for a recording whose id is known, else 0x8003."""
    wanted = gap.missing[:MOST_MISSING]
    if gap.msg_id == MEDIA and len(gap.head) >= 4:
        return 0x8800, encode(0x8800, {"media_id": int.from_bytes(gap.head[:4], "big"), "resend": wanted}, is_2019)
    return 0x8003, encode(0x8003, {"orig_seq": gap.serial, "missing": wanted}, is_2019)
