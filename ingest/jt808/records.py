"""Reports of terminals that are kept as they are: e-waybill, driver's card, CAN data, data passed through."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from ingest.directory import TerminalInfo
from ingest.jt808.clock import local_seconds
from ingest.jt808.fixes import Clock
from ingest.jt808.frame import Frame
from ingest.jt808.messages import decode_body
from ingest.pipeline import Record

RECORDED = {0x0701: "waybill", 0x0702: "driver", 0x0705: "can", 0x0900: "transparent"}
"""Kinds of ``choices.TERMINAL_RECORD_KINDS`` by message."""

MOST = 65_536  # bytes of content that are kept; what is longer is marked as cut
DAY_S = 86_400


def record(frame: Frame, info: TerminalInfo, clock: Clock) -> Record:
    """The report in a whole frame. Its time is the terminal's where that can be believed, else that of arrival.

    FrameError: the body does not fit the message.
    """
    fields = decode_body(frame)
    if frame.msg_id == 0x0701:
        fields["text"] = readable_text(bytes.fromhex(fields["content_hex"]))
    for name in ("content_hex", "data"):
        if len(fields.get(name, "")) > 2 * MOST:
            fields |= {name: fields[name][: 2 * MOST], "is_cut": True}
    ts = _time(frame, fields, info, clock)
    return Record(info.id, RECORDED[frame.msg_id], frame.serial, ts, fields, sha256(frame.body).hexdigest())


def readable_text(data: bytes) -> str | None:
    """The text of a waybill, whose form no standard says: UTF-8, else GBK, else None (it is no text)."""
    for name in ("utf-8", "gbk"):
        try:
            text = data[:MOST].rstrip(b"\0").decode(name)
        except UnicodeDecodeError:
            continue
        if all(one.isprintable() or one in "\r\n\t" for one in text):
            return text.strip()
    return None


def _time(frame: Frame, fields: dict[str, Any], info: TerminalInfo, clock: Clock) -> float:
    offset = info.utc_offset_minutes * 60
    said: float | None = None
    if frame.msg_id == 0x0702:
        local = local_seconds(frame.body[1:7])
        said = None if local is None else local - offset
    elif frame.msg_id == 0x0705:
        said = _today(frame.body[2:5], clock.now + offset)
        said = None if said is None else said - offset
    if said is None or not clock.now - clock.behind_s <= said <= clock.now + clock.ahead_s:
        return clock.now
    return said


def _today(time_of_day: bytes, local_now: float) -> float | None:
    """Three bytes of BCD as the newest such time that is not in the future, in seconds as if the zone were UTC."""
    midnight = local_now - local_now % DAY_S
    digits = time_of_day.hex()
    if not digits.isdecimal() or int(digits[:2]) > 23 or int(digits[2:4]) > 59 or int(digits[4:]) > 59:
        return None
    said = midnight + int(digits[:2]) * 3600 + int(digits[2:4]) * 60 + int(digits[4:])
    return said if said <= local_now + 60 else said - DAY_S
