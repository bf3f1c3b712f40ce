"""Bodies of the messages to terminals (JT/T 808-2013 and 2019 clause 8, JT/T 1078-2016 clause 5): values in, bytes out.

``ENCODERS`` takes fields under the names by which such a message is described; ``message`` turns a command as the room
asks for it (``data.command_kinds``) into its message. Where the editions differ, ``is_2019`` decides. All is pure.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from data.command_kinds import ALL, parameter_field
from data.terminal_parameters import PARAMETERS
from ingest.jt808.clock import bcd_time

Fields = Mapping[str, Any]

BY_TIME, LIMITED = 1 << 0, 1 << 1  # bits of an area's attribute, and of a section's
URGENT, DISPLAY, SPEAK = 1 << 0, 1 << 2, 1 << 3  # flags of 0x8300 in 2013
URGENT_2019, NOTICE_2019 = 0b10, 0b11  # the class in bits 0-1 of 2019
NOTICE = 1  # type of 0x8300 in 2019

_WORD, _DWORD = struct.Struct(">H"), struct.Struct(">I")


class Message(NamedTuple):
    msg_id: int
    body: bytes


def _gbk(text: str) -> bytes:
    return text.encode("gbk", "replace")


def _counted(text: str) -> bytes:
    data = _gbk(text)
    return _WORD.pack(len(data)) + data


def _degrees(value: float) -> bytes:
    """Always positive: the hemisphere stands in the attribute."""
    return _DWORD.pack(round(abs(value) * 1e6))


def _time(text: str) -> bytes:
    """``2026-11-24T08:00:00+08:00`` or ``261124080000`` as six bytes of BCD."""
    return bytes.fromhex(re.sub(r"\D", "", text[:19])[-12:])


def _text(fields: Fields, is_2019: bool) -> bytes:
    """0x8300; 2019 has the type of the message behind the flags."""
    return bytes((fields["flag"], *((fields.get("type", NOTICE),) if is_2019 else ()))) + _gbk(fields["text"])


def _tracking(fields: Fields, is_2019: bool) -> bytes:
    """0x8202; an interval of 0 ends it and nothing follows."""
    interval = _WORD.pack(fields["interval_s"])
    return interval + _DWORD.pack(fields["valid_s"]) if fields["interval_s"] else interval


def _picture(fields: Fields, is_2019: bool) -> bytes:
    """0x8801."""
    look = ("save", "resolution", "quality", "brightness", "contrast", "saturation", "chroma")
    head = struct.pack(">BHH", fields["channel"], fields["command"], fields["interval_s"])
    return head + bytes(fields[name] for name in look)


def _settings(fields: Fields, is_2019: bool) -> bytes:
    """0x8103, values as hex under their id."""
    items = [(int(key, 16), bytes.fromhex(value)) for key, value in fields["params"].items()]
    return bytes((len(items),)) + b"".join(_DWORD.pack(key) + bytes((len(value),)) + value for key, value in items)


def _query(fields: Fields, is_2019: bool) -> bytes:
    """0x8106."""
    return bytes((len(fields["ids"]),)) + b"".join(_DWORD.pack(int(key, 16)) for key in fields["ids"])


def _ids(fields: Fields, is_2019: bool) -> bytes:
    """0x8601, 0x8603, 0x8605, 0x8607; no ids: all."""
    return bytes((len(fields["ids"]),)) + b"".join(map(_DWORD.pack, fields["ids"]))


def _times(area: Fields) -> bytes:
    return _time(area["start"]) + _time(area["end"]) if area["attr"] & BY_TIME else b""


def _limit(area: Fields) -> bytes:
    return struct.pack(">HB", area["max_speed_kmh"], area["overspeed_s"]) if area["attr"] & LIMITED else b""


def _night(area: Fields, is_2019: bool) -> bytes:
    return _WORD.pack(area.get("night_max_speed_kmh", 0)) if is_2019 and area["attr"] & LIMITED else b""


def _name(area: Fields, is_2019: bool) -> bytes:
    return _counted(area.get("name", "")) if is_2019 else b""


def _areas(fields: Fields, is_2019: bool, shape: Callable[[Fields], bytes]) -> bytes:
    bodies = [
        _DWORD.pack(area["id"]) + _WORD.pack(area["attr"]) + shape(area) + _times(area) + _limit(area) + _night(area, is_2019) + _name(area, is_2019)
        for area in fields["areas"]
    ]
    return bytes((fields["action"], len(bodies))) + b"".join(bodies)


def _circles(fields: Fields, is_2019: bool) -> bytes:
    """0x8600."""
    return _areas(fields, is_2019, lambda area: _degrees(area["center_lat"]) + _degrees(area["center_lon"]) + _DWORD.pack(area["radius_m"]))


def _rectangles(fields: Fields, is_2019: bool) -> bytes:
    """0x8602."""
    return _areas(fields, is_2019, lambda area: b"".join(_degrees(area[name]) for name in ("ul_lat", "ul_lon", "lr_lat", "lr_lon")))


def _polygon(fields: Fields, is_2019: bool) -> bytes:
    """0x8604: one area a message; 2019 has the limit at night and the name behind the corners."""
    corners = b"".join(_degrees(lat) + _degrees(lon) for lat, lon in fields["points"])
    head = _DWORD.pack(fields["id"]) + _WORD.pack(fields["attr"]) + _times(fields) + _limit(fields)
    return head + _WORD.pack(len(fields["points"])) + corners + _night(fields, is_2019) + _name(fields, is_2019)


def _turn(point: Fields, is_2019: bool) -> bytes:
    head = struct.pack(">II", point["point_id"], point["section_id"]) + _degrees(point["lat"]) + _degrees(point["lon"])
    timed = struct.pack(">HH", point["max_time_s"], point["min_time_s"]) if point["attr"] & BY_TIME else b""
    return head + bytes((point["width_m"], point["attr"])) + timed + _limit(point) + _night(point, is_2019)


def _route(fields: Fields, is_2019: bool) -> bytes:
    """0x8606."""
    head = _DWORD.pack(fields["id"]) + _WORD.pack(fields["attr"]) + _times(fields)
    return head + _WORD.pack(len(fields["points"])) + b"".join(_turn(point, is_2019) for point in fields["points"]) + _name(fields, is_2019)


def _media_search(fields: Fields, is_2019: bool) -> bytes:
    """0x8802."""
    return bytes((fields["type"], fields["channel"], fields["event"])) + _time(fields["start"]) + _time(fields["end"])


def _video(fields: Fields, is_2019: bool) -> bytes:
    """0x9101."""
    server = fields["ip"].encode("ascii")
    ports = struct.pack(">HH", fields["tcp_port"], fields["udp_port"])
    return bytes((len(server),)) + server + ports + bytes((fields["channel"], fields["data_type"], fields["stream"]))


def _missing(fields: Fields, is_2019: bool) -> bytes:
    """0x8003 and 0x0005; the count has one byte in 2013, two in 2019."""
    parts = fields["missing"]
    count = _WORD.pack(len(parts)) if is_2019 else bytes((len(parts),))
    return _WORD.pack(fields["orig_seq"]) + count + b"".join(map(_WORD.pack, parts))


def _media_answer(fields: Fields, is_2019: bool) -> bytes:
    """0x8800; nothing follows the id when every part has come."""
    parts = fields.get("resend")
    return _DWORD.pack(fields["media_id"]) + (b"" if parts is None else bytes((len(parts),)) + b"".join(map(_WORD.pack, parts)))


ENCODERS: dict[int, Callable[[Fields, bool], bytes]] = {
    0x8003: _missing,
    0x8103: _settings,
    0x8104: lambda fields, is_2019: b"",
    0x8105: lambda fields, is_2019: bytes((fields["command"],)) + _gbk(fields.get("params_text") or ""),
    0x8106: _query,
    0x8201: lambda fields, is_2019: b"",
    0x8202: _tracking,
    0x8203: lambda fields, is_2019: struct.pack(">HI", fields["alarm_seq"], fields["alarm_bits"]),
    0x8300: _text,
    0x8400: lambda fields, is_2019: bytes((fields["flag"],)) + _gbk(fields["phone"]),
    0x8600: _circles,
    0x8601: _ids,
    0x8602: _rectangles,
    0x8603: _ids,
    0x8604: _polygon,
    0x8605: _ids,
    0x8606: _route,
    0x8607: _ids,
    0x8700: lambda fields, is_2019: bytes((fields["command"],)) + fields["block"],
    0x8800: _media_answer,
    0x8801: _picture,
    0x8802: _media_search,
    0x8805: lambda fields, is_2019: struct.pack(">IB", fields["media_id"], fields["delete"]),
    0x9101: _video,
    0x9102: lambda fields, is_2019: bytes(fields[name] for name in ("channel", "command", "close_type", "stream")),
}

ANSWERS = {0x8104: 0x0104, 0x8106: 0x0104, 0x8201: 0x0201, 0x8700: 0x0700, 0x8801: 0x0805, 0x8802: 0x0802}
"""The messages that are answered by one of their own; all others by 0x0001."""


def recorder_block(command: int, data: bytes = b"") -> bytes:
    """A frame of GB/T 19056 (annex A): 55 7A, command, length, reserve, data, exclusive or of all."""
    content = b"\x55\x7a" + bytes((command,)) + _WORD.pack(len(data)) + b"\0" + data
    check = 0
    for byte in content:
        check ^= byte
    return content + bytes((check,))


class Moment(NamedTuple):
    """When a message is made (epoch s), and how far the terminal's clock is ahead of UTC."""

    now: float
    offset_s: int


def _text_fields(values: Fields, is_2019: bool, moment: Moment) -> Fields:
    shown = (DISPLAY if values["display"] else 0) | (SPEAK if values["speak"] else 0)
    if is_2019:
        return {"flag": shown | (URGENT_2019 if values["is_urgent"] else NOTICE_2019), "text": values["text"]}
    return {"flag": shown | (URGENT if values["is_urgent"] else 0), "text": values["text"]}


def _photo_fields(values: Fields, is_2019: bool, moment: Moment) -> Fields:
    several = values["interval_s"] if values["count"] > 1 else 0
    look = {"save": 0, "resolution": int(values["resolution"]), "quality": 5, "brightness": 128, "contrast": 64, "saturation": 64, "chroma": 128}
    return {"channel": values["channel"], "command": values["count"], "interval_s": several, **look}


def _set_fields(values: Fields, is_2019: bool, moment: Moment) -> Fields:
    given = [(one, values.get(parameter_field(one.id))) for one in PARAMETERS]
    return {"params": {one.code: int(value).to_bytes(one.size, "big").hex() for one, value in given if value is not None}}


def _search_fields(values: Fields, is_2019: bool, moment: Moment) -> Fields:
    ends = [bcd_time(at, moment.offset_s).hex() for at in (moment.now - values["hours"] * 3600, moment.now)]
    return {"type": 0, "channel": values["channel"], "event": int(values["event"]), "start": ends[0], "end": ends[1]}


_KINDS: dict[str, tuple[int, Callable[[Fields, bool, Moment], Fields]]] = {
    "text": (0x8300, _text_fields),
    "photo": (0x8801, _photo_fields),
    "locate": (0x8201, lambda values, is_2019, moment: {}),
    "track": (0x8202, lambda values, is_2019, moment: {"interval_s": values["interval_s"], "valid_s": values["minutes"] * 60}),
    "confirm": (0x8203, lambda values, is_2019, moment: {"alarm_seq": values.get("serial", 0), "alarm_bits": 1 << int(values["bit"])}),
    "query": (0x8106, lambda values, is_2019, moment: {"ids": [one.code for one in PARAMETERS]}),
    "set": (0x8103, _set_fields),
    "control": (0x8105, lambda values, is_2019, moment: {"command": int(values["command"])}),
    "callback": (0x8400, lambda values, is_2019, moment: {"flag": int(values["mode"]), "phone": values["number"]}),
    "media_search": (0x8802, _search_fields),
    "media_fetch": (0x8805, lambda values, is_2019, moment: {"media_id": values["media_id"], "delete": 0}),
    "recorder": (0x8700, lambda values, is_2019, moment: {"command": int(values["block"]), "block": recorder_block(int(values["block"]))}),
}


ENTER_TELLS, LEAVE_TELLS = 1 << 3, 1 << 5  # attributes: tell the platform
APPEND = 1
HOLDS_S = 10  # a limit must be exceeded this long


def _area(kind: str, values: Fields) -> tuple[int, Fields]:
    """An area of the park as a circle or a polygon of its own number, or its removal."""
    is_circle = "circle" in values
    if kind == "area_delete":
        return 0x8601 if is_circle else 0x8605, {"ids": [values["area_id"]]}
    rules = values["rules"]
    limit = rules["limit_kmh"]
    attr = (ENTER_TELLS if rules["enter"] else 0) | (LEAVE_TELLS if rules["leave"] else 0) | (LIMITED if limit else 0)
    area = {"id": values["area_id"], "attr": attr, "max_speed_kmh": limit, "overspeed_s": HOLDS_S, "night_max_speed_kmh": limit, "name": values["name"]}
    if is_circle:
        lon, lat, radius = values["circle"]
        return 0x8600, {"action": APPEND, "areas": [area | {"center_lat": lat, "center_lon": lon, "radius_m": radius}]}
    return 0x8604, area | {"points": [(lat, lon) for lon, lat in values["corners"]]}


def _chosen(kind: str, values: Fields, is_2019: bool, moment: Moment) -> tuple[int, Fields]:
    if kind in ("area", "area_delete"):
        return _area(kind, values)
    if kind == "query" and values["extent"] == ALL:
        return 0x8104, {}
    msg_id, fields_of = _KINDS[kind]
    return msg_id, fields_of(values, is_2019, moment)


def message(kind: str, values: Fields, is_2019: bool, moment: Moment) -> Message:
    """The message of a command. ValueError: no such kind, or values that do not make one."""
    try:
        msg_id, fields = _chosen(kind, values, is_2019, moment)
        return Message(msg_id, ENCODERS[msg_id](fields, is_2019))
    except (KeyError, TypeError, OverflowError, struct.error, AttributeError) as error:
        raise ValueError(f"command {kind} cannot be made from {values!r}: {error!r}") from error
