"""A command as the room asks for it (``data.command_kinds``) becomes its message to the terminal (JT/T 808-2013 and 2019 clause 8).

Here are the fields; ``ingest.jt808.messages.encode`` makes the bytes. Where the editions differ, ``is_2019`` decides. All is pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from data.command_kinds import ALL, parameter_field
from data.terminal_parameters import PARAMETERS
from ingest.jt808.clock import bcd_time
from ingest.jt808.messages import encode

Fields = Mapping[str, Any]

BY_TIME, LIMITED = 1 << 0, 1 << 1  # bits of the attribute of an area, a route and a section
URGENT, DISPLAY, SPEAK = 1 << 0, 1 << 2, 1 << 3  # flags of 0x8300 in 2013
URGENT_2019, NOTICE_2019 = 0b10, 0b11  # the class in bits 0-1 of 2019
NOTICE = 1  # type of 0x8300 in 2019


class Message(NamedTuple):
    msg_id: int
    body: bytes


ANSWERS = {0x8104: 0x0104, 0x8106: 0x0104, 0x8201: 0x0201, 0x8700: 0x0700, 0x8801: 0x0805, 0x8802: 0x0802}
"""The messages that are answered by one of their own; all others by 0x0001."""


def recorder_block(command: int, data: bytes = b"") -> bytes:
    """A frame of GB/T 19056 (annex A): 55 7A, command, length, reserve, data, exclusive or of all."""
    content = b"\x55\x7a" + bytes((command,)) + len(data).to_bytes(2, "big") + b"\0" + data
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
        return {"flag": shown | (URGENT_2019 if values["is_urgent"] else NOTICE_2019), "type": NOTICE, "text": values["text"]}
    return {"flag": shown | (URGENT if values["is_urgent"] else 0), "text": values["text"]}


def _track_fields(values: Fields, is_2019: bool, moment: Moment) -> Fields:
    """An interval of 0 ends it, and nothing follows."""
    interval = {"interval_s": values["interval_s"]}
    return interval | {"valid_s": values["minutes"] * 60} if values["interval_s"] else interval


def _photo_fields(values: Fields, is_2019: bool, moment: Moment) -> Fields:
    several = values["interval_s"] if values["count"] > 1 else 0
    look = {"save": 0, "resolution": int(values["resolution"]), "quality": 5, "brightness": 128, "contrast": 64, "saturation": 64, "chroma": 128}
    return {"channel": values["channel"], "command": values["count"], "interval_s": several, **look}


def _set_fields(values: Fields, is_2019: bool, moment: Moment) -> Fields:
    given = [(one, values.get(parameter_field(one.id))) for one in PARAMETERS]
    return {"params": {one.code: int(value).to_bytes(one.size, "big").hex() for one, value in given if value is not None}}


def _search_fields(values: Fields, is_2019: bool, moment: Moment) -> Fields:
    ends = [f"bcd:{bcd_time(at, moment.offset_s).hex()}" for at in (moment.now - values["hours"] * 3600, moment.now)]
    return {"type": 0, "channel": values["channel"], "event": int(values["event"]), "start": ends[0], "end": ends[1]}


def _video_fields(values: Fields, is_2019: bool, moment: Moment) -> Fields:
    """JT/T 1078-2016 table 17; the media server listens at one port for both."""
    host, _, port = values["server"].rpartition(":")
    return {"ip": host, "tcp_port": int(port), "udp_port": int(port), "channel": values["channel"], "data_type": int(values["data"]), "stream": int(values["stream"])}


def _video_control(values: Fields, is_2019: bool, moment: Moment) -> Fields:
    return {"channel": values["channel"], "command": int(values["control"]), "close_type": 0, "stream": 0}


_KINDS: dict[str, tuple[int, Callable[[Fields, bool, Moment], Fields]]] = {
    "text": (0x8300, _text_fields),
    "photo": (0x8801, _photo_fields),
    "locate": (0x8201, lambda values, is_2019, moment: {}),
    "track": (0x8202, _track_fields),
    "confirm": (0x8203, lambda values, is_2019, moment: {"alarm_seq": values.get("serial", 0), "alarm_bits": 1 << int(values["bit"])}),
    "query": (0x8106, lambda values, is_2019, moment: {"ids": [one.code for one in PARAMETERS]}),
    "set": (0x8103, _set_fields),
    "control": (0x8105, lambda values, is_2019, moment: {"command": int(values["command"])}),
    "callback": (0x8400, lambda values, is_2019, moment: {"flag": int(values["mode"]), "phone": values["number"]}),
    "media_search": (0x8802, _search_fields),
    "media_fetch": (0x8805, lambda values, is_2019, moment: {"media_id": values["media_id"], "delete": 0}),
    "video": (0x9101, _video_fields),
    "video_stop": (0x9102, _video_control),
    "recorder": (0x8700, lambda values, is_2019, moment: {"command": f"{int(values['block']):02x}", "data": recorder_block(int(values["block"])).hex()}),
}


ENTER_TELLS, LEAVE_TELLS = 1 << 3, 1 << 5  # attributes: tell the platform
APPEND = 1
HOLDS_S = 10  # a limit must be exceeded this long
NEVER_S = 0xFFFF  # too long a time for a section to be exceeded
_REMOVED = {"circle": 0x8601, "rectangle": 0x8603}


def _shown(name: str) -> str:
    """The name as a terminal can show it: GBK only."""
    return name.encode("gbk", "replace").decode("gbk")


def _rules(values: Fields, limit: int | None = None) -> dict[str, Any]:
    """The attribute of an area or a route, and the daily window when it has one (JT/T 808 table 33: the date is zeros)."""
    rules, window = values["rules"], values.get("window")
    attr = (ENTER_TELLS if rules["enter"] else 0) | (LEAVE_TELLS if rules["leave"] else 0) | (LIMITED if limit else 0) | (BY_TIME if window else 0)
    times = {name: f"000000{clock.replace(':', '')}00" for name, clock in zip(("start", "end"), window, strict=True)} if window else {}
    return {"attr": attr, "name": _shown(values["name"]), **times}


def _area(kind: str, values: Fields) -> tuple[int, Fields]:
    """An area of the park as a circle, a rectangle or a polygon of its own number, or its removal."""
    if kind == "area_delete":
        return next((msg_id for shape, msg_id in _REMOVED.items() if shape in values), 0x8605), {"ids": [values["area_id"]]}
    limit = values["rules"]["limit_kmh"]
    area = {"id": values["area_id"], "max_speed_kmh": limit, "overspeed_s": HOLDS_S, "night_max_speed_kmh": limit, **_rules(values, limit)}
    if "rectangle" in values:
        west, south, east, north = values["rectangle"]
        return 0x8602, {"action": APPEND, "areas": [area | {"ul_lat": north, "ul_lon": west, "lr_lat": south, "lr_lon": east}]}
    if "circle" in values:
        lon, lat, radius = values["circle"]
        return 0x8600, {"action": APPEND, "areas": [area | {"center_lat": lat, "center_lon": lon, "radius_m": radius}]}
    return 0x8604, area | {"points": [(lat, lon) for lon, lat in values["corners"]]}


def _route(kind: str, values: Fields) -> tuple[int, Fields]:
    """A route of the park with its sections, or its removal."""
    if kind == "route_delete":
        return 0x8607, {"ids": [values["route_id"]]}
    points = [_turn(number, turn, number == len(values["turns"])) for number, turn in enumerate(values["turns"], 1)]
    return 0x8606, {"id": values["route_id"], "points": points, **_rules(values)}


def _turn(number: int, turn: Fields, is_last: bool) -> Fields:
    """A corner, with what holds on the piece that begins there; behind the last corner nothing does."""
    (lon, lat), limit = turn["at"], None if is_last else turn["limit_kmh"]
    longest, shortest = (0 if is_last else turn.get(name, 0) for name in ("longest_s", "shortest_s"))
    attr = (BY_TIME if longest or shortest else 0) | (LIMITED if limit else 0)
    limits = {"max_time_s": longest or NEVER_S, "min_time_s": shortest, "max_speed_kmh": limit, "overspeed_s": HOLDS_S, "night_max_speed_kmh": limit}
    return {"point_id": number, "section_id": turn["section"] or number, "lat": lat, "lon": lon, "width_m": turn["width_m"], "attr": attr, **limits}


def _chosen(kind: str, values: Fields, is_2019: bool, moment: Moment) -> tuple[int, Fields]:
    if kind in ("area", "area_delete"):
        return _area(kind, values)
    if kind in ("route", "route_delete"):
        return _route(kind, values)
    if kind == "query" and values["extent"] == ALL:
        return 0x8104, {}
    msg_id, fields_of = _KINDS[kind]
    return msg_id, fields_of(values, is_2019, moment)


def message(kind: str, values: Fields, is_2019: bool, moment: Moment) -> Message:
    """The message of a command. ValueError: no such kind, or values that do not make one."""
    try:
        msg_id, fields = _chosen(kind, values, is_2019, moment)
        return Message(msg_id, encode(msg_id, fields, is_2019))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"command {kind} cannot be made from {values!r}: {error!r}") from error
