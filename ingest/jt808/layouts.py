"""The layout of every message that is one row of parts (JT/T 808-2011, 2013 and 2019 clause 8, JT/T 1078-2016,
T/JSATL 12-2017). What depends on more than that has a reader of its own in ``messages`` and ``media``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingest.jt808.layout import (
    BYTE,
    CORNER,
    DWORD,
    TIME,
    TIME_OF_DAY,
    TIME_UTC,
    WORD,
    Field,
    Fields,
    Layout,
    Many,
    OneOf,
    Parameters,
    Part,
    Tail,
    When,
    bytes_,
    code,
    counted,
    counted_bytes,
    degrees,
    dwords,
    hexadecimal,
    readable,
    text,
    times,
    words,
)
from ingest.jt808.reading import Body
from ingest.jt808.safety import label

BY_TIME, LIMITED = 1, 2  # bits of the attribute of an area, a route and a section


@dataclass(frozen=True)
class Arguments:
    """The text of 0x8105; what is no text is kept as hex beside it."""

    def read(self, body: Body, fields: Fields, is_2019: bool) -> None:
        data = body.rest()
        if data:
            fields["params_text"] = readable(data)
            if fields["params_text"] is None:
                fields["params_hex"] = data.hex()

    def write(self, fields: Mapping[str, Any], is_2019: bool) -> bytes:
        if fields.get("params_hex") is not None:
            return bytes.fromhex(fields["params_hex"])
        return (fields.get("params_text") or "").encode("gbk")


def _is_2019(fields: Mapping[str, Any], is_2019: bool) -> bool:
    return is_2019


NOTHING: Layout = (Tail("extra", [Field("extra", hexadecimal())]),)  # a body that is sent all the same is kept
GENERAL_ANSWER: Layout = (Field("ack_seq", WORD), Field("ack_id", code(2, "04X")), Field("result", BYTE))
RESEND: Layout = (Field("orig_seq", WORD), Many("missing", (1, 2), WORD))
ANSWERED: Layout = (*words("ack_seq"), *bytes_("result"))
KEY: Layout = (Field("e", DWORD), Field("n", hexadecimal(128)))
TYPED: Layout = (Field("type", code(1, "02x")), Field("data", hexadecimal()))

# Areas

_TIMES = When(lambda fields, _: fields["attr"] & BY_TIME, [Field("start", hexadecimal(6)), Field("end", hexadecimal(6))])
_LIMIT = When(lambda fields, _: fields["attr"] & LIMITED, [*words("max_speed_kmh"), *bytes_("overspeed_s")])
_NIGHT = When(lambda fields, is_2019: is_2019 and fields["attr"] & LIMITED, words("night_max_speed_kmh"))
_NAME = When(_is_2019, [Field("name", counted(2))])
_HEAD = (*dwords("id"), *words("attr"))


def _areas(shape: list[Part]) -> Layout:
    return (Field("action", BYTE), Many("areas", 1, [*_HEAD, *shape, _TIMES, _LIMIT, _NIGHT, _NAME]))


CIRCLES = _areas([*degrees("center_lat center_lon"), *dwords("radius_m")])
RECTANGLES = _areas(degrees("ul_lat ul_lon lr_lat lr_lon"))
POLYGON: Layout = (*_HEAD, _TIMES, _LIMIT, Many("points", 2, CORNER), _NIGHT, _NAME)
_TURN: Layout = (
    *dwords("point_id section_id"),
    *degrees("lat lon"),
    *bytes_("width_m attr"),
    When(lambda fields, _: fields["attr"] & BY_TIME, words("max_time_s min_time_s")),
    _LIMIT,
    _NIGHT,
)
ROUTE: Layout = (*_HEAD, _TIMES, Many("points", 2, _TURN), _NAME)
DELETED: Layout = (Many("ids", 1, DWORD),)


def _of_type(kind: int, shape: Layout) -> When:
    return When(lambda fields, _: fields["type"] == kind, [Many("found", 0, shape)])


_FOUND: Layout = (_of_type(1, CIRCLES), _of_type(2, RECTANGLES), _of_type(3, POLYGON), _of_type(4, ROUTE))

# Pictures and recordings

MEDIA_EVENT: Layout = (*dwords("media_id"), *bytes_("type format event channel"))
SEARCH: Layout = (*bytes_("type channel event"), *times("start end"))
_SERVER: Layout = (Field("ip", counted()), *words("tcp_port udp_port"))
RECORDING: Layout = (
    *bytes_("channel"),
    *times("start end"),
    Field("alarm_bits_hex", hexadecimal(8)),
    *bytes_("media_type stream storage"),
)
PTZ: dict[int, str] = {
    0x9301: "direction speed",
    0x9302: "focus",
    0x9303: "aperture",
    0x9304: "wiper",
    0x9305: "infrared",
    0x9306: "zoom",
}

# Evidence of active safety alarms: the label's widths are those of T/JSATL 12, or of Guangdong's T/GDRTA 002.


def _files(terminal: int, reserved: int) -> Layout:
    return (
        Field("terminal_id", text(terminal)),
        *label(terminal, reserved),
        Field("alarm_no", text(32)),
        *bytes_("info_type"),
        Many("files", 1, [Field("name", counted()), Field("size", DWORD)]),
    )


def _fetch(terminal: int, reserved: int) -> Layout:
    return (*_SERVER, *label(terminal, reserved), Field("alarm_no", text(32)), Field("reserved", hexadecimal(16)))


FILE: Layout = (Field("name", counted()), *bytes_("type"), *dwords("size"))

# The terminal itself


def _attributes(maker: int, model: int, device: int) -> Layout:
    return (
        *words("type_bits"),
        Field("maker", text(maker)),
        Field("model", text(model)),
        Field("device_id", text(device)),
        Field("iccid", hexadecimal(10)),
        Field("hardware", counted()),
        Field("firmware", counted()),
        *bytes_("gnss_bits comm_bits"),
    )


def _upgrade(maker: int) -> Layout:
    return (*bytes_("type"), Field("maker", text(maker)), Field("version", counted()), Field("data", counted_bytes(4)))


# Some devices send the driver on status 2, and the 2019 identity card in a 2013 frame: decided by the bytes left.
DRIVER: Layout = (
    *bytes_("status"),
    *times("time"),
    Tail(
        "ic_result",
        [
            *bytes_("ic_result"),
            Tail(
                "driver",
                [
                    Field("driver", counted()),
                    Field("certificate", text(20)),
                    Field("agency", counted()),
                    Field("expiry", hexadecimal(4)),
                    Tail("id_card", [Field("id_card", text(20))], least=20),
                ],
            ),
        ],
    ),
)

UP: dict[int, Layout] = {
    0x0001: GENERAL_ANSWER,
    0x0002: NOTHING,
    0x0003: NOTHING,
    0x0004: NOTHING,
    0x0005: RESEND,
    0x0104: (*words("ack_seq"), Parameters()),
    # The printed 2019 standard has 5 bytes of the maker; real devices send 5 and 11.
    0x0107: (
        OneOf({"2013": _attributes(5, 20, 7), "2019-maker5": _attributes(5, 30, 30), "2019-maker11": _attributes(11, 30, 30)}),
    ),
    0x0108: bytes_("type result"),
    0x0301: bytes_("event_id"),
    0x0302: (*words("ack_seq"), *bytes_("answer_id")),
    0x0303: bytes_("info_type flag"),
    # The printed text says ids; vendors send the areas themselves.
    0x0608: (
        *bytes_("type"),
        *dwords("count"),
        OneOf({"areas": _FOUND, "ids": [Many("ids", 0, DWORD)], "raw": [Field("raw", hexadecimal())]}),
    ),
    0x0700: (*words("ack_seq"), Field("command", code(1, "02x")), Field("data", hexadecimal())),
    0x0701: (*dwords("length"), Field("content_hex", hexadecimal())),
    0x0702: DRIVER,
    0x0705: (
        *words("count"),
        Field("time_of_day", TIME_OF_DAY),
        Many("frames", 0, [Field("id", hexadecimal(4)), Field("data", hexadecimal(8))]),
    ),
    0x0800: MEDIA_EVENT,
    0x0805: (*ANSWERED, Tail("media_ids", [Many("media_ids", 2, DWORD)])),
    0x0900: TYPED,
    0x0901: (*dwords("length"), Field("data", hexadecimal())),
    0x0A00: KEY,
    0x1003: (
        *bytes_("audio_codec audio_channels audio_rate audio_bits"),
        *words("audio_frame_len"),
        *bytes_("audio_output video_codec max_audio_channels max_video_channels"),
    ),
    0x1005: (*times("start end"), *words("on off")),
    0x1205: (*words("ack_seq"), *dwords("count"), Many("resources", 0, [*RECORDING, *dwords("size")])),
    0x1206: ANSWERED,
    0x1210: (OneOf({"t_jsatl_12": _files(7, 1), "guangdong": _files(30, 2), "raw": [Field("raw", hexadecimal())]}),),
    0x1211: FILE,
    0x1212: FILE,
}

DOWN: dict[int, Layout] = {
    0x8001: GENERAL_ANSWER,
    0x8003: RESEND,
    0x8004: (Field("time", TIME_UTC),),  # the one time that is UTC
    0x8100: (*ANSWERED, Tail("auth_code", [Field("auth_code", text())])),
    0x8103: (Parameters(),),
    0x8104: NOTHING,
    0x8105: (*bytes_("command"), Arguments()),
    0x8106: (Many("ids", 1, code(4, "04X")),),
    0x8107: NOTHING,
    0x8108: (OneOf({"maker5": _upgrade(5), "maker11": _upgrade(11), "raw": [Field("raw", hexadecimal())]}),),
    0x8201: NOTHING,
    0x8202: (*words("interval_s"), Tail("valid_s", dwords("valid_s"), least=4)),
    0x8203: (*words("alarm_seq"), *dwords("alarm_bits")),
    0x8204: NOTHING,
    0x8300: (*bytes_("flag"), When(_is_2019, bytes_("type")), Field("text", text())),
    0x8301: (*bytes_("type"), Tail("events", [Many("events", 1, [*bytes_("id"), Field("text", counted())])])),
    0x8302: (*bytes_("flag"), Field("question", counted()), Many("answers", 0, [*bytes_("id"), Field("text", counted(2))])),
    0x8303: (*bytes_("type"), Tail("infos", [Many("infos", 1, [*bytes_("type"), Field("name", counted(2))])])),
    0x8304: (*bytes_("info_type"), Field("text", counted(2))),
    0x8400: (*bytes_("flag"), Field("phone", text())),
    0x8401: (
        *bytes_("type"),
        Tail("contacts", [Many("contacts", 1, [*bytes_("flag"), Field("phone", counted()), Field("name", counted())])]),
    ),
    # Peers differ on the envelope of 2019: a list behind its count, or one item without.
    0x8500: (
        When(lambda _, is_2019: not is_2019, [*bytes_("flag"), *NOTHING]),
        When(
            _is_2019,
            [
                OneOf(
                    {
                        "list": [Many("controls", 2, [Field("id", code(2, "04X")), Field("value", BYTE)])],
                        "single": [Field("control_type", code(2, "04X")), Field("rest", hexadecimal())],
                    }
                )
            ],
        ),
    ),
    0x8600: CIRCLES,
    0x8601: DELETED,
    0x8602: RECTANGLES,
    0x8603: DELETED,
    0x8604: POLYGON,
    0x8605: DELETED,
    0x8606: ROUTE,
    0x8607: DELETED,
    0x8608: (*bytes_("type"), Many("ids", 4, DWORD)),
    0x8700: (Field("command", code(1, "02x")), Field("data", hexadecimal())),
    0x8701: (*bytes_("command"), Field("data", hexadecimal())),
    0x8702: NOTHING,
    0x8800: (*dwords("media_id"), Tail("resend", [Many("resend", 1, WORD)])),
    0x8801: (
        *bytes_("channel"),
        *words("command interval_s"),
        *bytes_("save resolution quality brightness contrast saturation chroma"),
    ),
    0x8802: SEARCH,
    0x8803: (*SEARCH, *bytes_("delete")),
    0x8804: (*bytes_("command"), *words("seconds"), *bytes_("save sample_rate")),
    0x8805: (*dwords("media_id"), *bytes_("delete")),
    0x8900: TYPED,
    0x8A00: KEY,
    0x9003: NOTHING,
    0x9101: (*_SERVER, *bytes_("channel data_type stream")),
    0x9102: bytes_("channel command close_type stream"),
    0x9105: bytes_("channel loss_rate"),
    0x9201: (*_SERVER, *bytes_("channel media_type stream storage mode speed"), *times("start end")),
    0x9202: (*bytes_("channel command speed"), Field("seek", TIME)),
    0x9205: RECORDING,
    0x9206: (
        Field("ip", counted()),
        *words("port"),
        *(Field(name, counted()) for name in ("username", "password", "path")),
        *RECORDING,
        *bytes_("condition"),
    ),
    0x9207: (*words("ack_seq"), *bytes_("command")),
    0x9208: (OneOf({"t_jsatl_12": _fetch(7, 1), "guangdong": _fetch(30, 2), "raw": [Field("raw", hexadecimal())]}),),
    0x9212: (Field("name", counted()), *bytes_("type result"), Many("resend", 1, dwords("offset length"))),
} | {key: bytes_(f"channel {names}") for key, names in PTZ.items()}

LAYOUTS: dict[int, Layout] = UP | DOWN
