"""Messages to terminals: what is asked becomes its message, in the edition that the terminal speaks. (That bytes are those
that other platforms send is a promise of test_conformance.)"""

from __future__ import annotations

import pytest

from data.command_kinds import KINDS, kind_named
from data.errors import Invalid
from ingest.jt808.commands import Moment, message, recorder_block

NOON = Moment(1_764_000_000.0, 8 * 3600)


@pytest.mark.parametrize(
    ("kind", "texts", "is_2019", "msg_id", "body"),
    [
        ("text", {"text": "前方堵车", "display": "1", "speak": "1"}, False, 0x8300, "0c" + "前方堵车".encode("gbk").hex()),
        ("text", {"text": "前方堵车", "display": "1", "is_urgent": "1"}, False, 0x8300, "05" + "前方堵车".encode("gbk").hex()),
        ("text", {"text": "停车", "speak": "1", "is_urgent": "1"}, True, 0x8300, "0a01" + "停车".encode("gbk").hex()),
        ("locate", {}, True, 0x8201, ""),
        ("track", {"interval_s": "5", "minutes": "10"}, False, 0x8202, "000500000258"),
        ("track", {"interval_s": "0", "minutes": "10"}, False, 0x8202, "0000"),
        ("photo", {"channel": "1", "resolution": "2", "count": "1", "interval_s": "5"}, False, 0x8801, "01000100000002058040" + "4080"),
        ("confirm", {"bit": "0"}, False, 0x8203, "000000000001"),
        ("query", {"extent": "all"}, True, 0x8104, ""),
        ("set", {"p0055": "80", "p005b": "50", "p0020": "2"}, False, 0x8103, "03" + "000000200400000002" + "000000550400000050" + "0000005b020032"),
        ("control", {"command": "4", "plate": "辽N·A1234"}, False, 0x8105, "04"),
        ("callback", {"mode": "1", "number": "04213809119"}, False, 0x8400, "01" + b"04213809119".hex()),
        ("media_search", {"channel": "0", "event": "0", "hours": "24"}, False, 0x8802, "000000" + "251124000000" + "251125000000"),
        ("media_fetch", {"media_id": "28410"}, False, 0x8805, "00006efa00"),
        ("recorder", {"block": "0"}, False, 0x8700, "00557a000000002f"),
    ],
)
def test_what_a_person_asks_becomes_a_message(kind: str, texts: dict[str, str], is_2019: bool, msg_id: int, body: str) -> None:
    made = message(kind, kind_named(kind).read(texts), is_2019, NOON)
    assert (f"0x{made.msg_id:04X}", made.body.hex()) == (f"0x{msg_id:04X}", body)


@pytest.mark.parametrize(
    ("kind", "texts", "field", "says"),
    [
        ("text", {"text": " ", "display": "1"}, "text", "请填写内容。"),
        ("text", {"text": "好的😀", "display": "1"}, "text", "终端不能显示“😀”，请改用汉字、字母、数字和常用符号。"),
        ("text", {"text": "汉" * 513, "display": "1"}, "text", "最多 512 个字，现有 513 个。"),
        ("text", {"text": "停车"}, "display", "屏幕显示和语音播报至少选一项。"),
        ("track", {"interval_s": "4000", "minutes": "1"}, "interval_s", "应在 0–3,600 s 之间。"),
        ("photo", {"channel": "x", "resolution": "2", "count": "1", "interval_s": "5"}, "channel", "请输入整数。"),
        ("set", {}, "p0001", "请至少填写一项要修改的参数。"),
        ("set", {"p0055": "500"}, "p0055", "应在 10–150 km/h 之间。"),
        ("control", {"plate": "辽N·A1234"}, "command", "请选择操作。"),
        ("callback", {"mode": "0", "number": "0421-3809119"}, "number", "只能填写数字，座机请连同区号。"),
        ("confirm", {"bit": "5"}, "bit", "请从列表中选择。"),
    ],
)
def test_what_cannot_be_sent_is_said_at_the_field(kind: str, texts: dict[str, str], field: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        kind_named(kind).read(texts)
    assert refused.value.fields == {field: says}


AREA = {"area_id": 7, "name": "罐区", "rules": {"enter": True, "leave": False, "limit_kmh": 20}}


@pytest.mark.parametrize(
    ("kind", "values", "is_2019", "msg_id", "body"),
    [
        ("area", {"circle": [120.43, 41.42, 300]}, False, 0x8600, "0101" + "00000007000a" + "027804e0072d9db0" + "0000012c" + "00140a"),
        ("area", {"corners": [[120.43, 41.42], [120.44, 41.42], [120.44, 41.43]]}, True, 0x8604, "00000007000a" + "00140a" + "0003" + "027804e0072d9db0" "027804e0072dc4c0" "02782bf0072dc4c0" + "0014" + "0004b9dec7f8"),
        ("area_delete", {"circle": [120.43, 41.42, 300]}, True, 0x8601, "0100000007"),
        ("area_delete", {"corners": []}, False, 0x8605, "0100000007"),
        ("area", {"rectangle": [120.43, 41.42, 120.44, 41.43], "window": ["22:00", "06:00"]}, False, 0x8602, "0101" + "00000007000b" + "02782bf0072d9db0" + "027804e0072dc4c0" + "000000220000" + "000000060000" + "00140a"),
        ("area_delete", {"rectangle": [120.43, 41.42, 120.44, 41.43]}, False, 0x8603, "0100000007"),
    ],
)
def test_an_area_of_the_park_becomes_a_circle_a_rectangle_or_a_polygon(kind: str, values: dict[str, object], is_2019: bool, msg_id: int, body: str) -> None:
    made = message(kind, AREA | values, is_2019, NOON)
    assert (f"0x{made.msg_id:04X}", made.body.hex()) == (f"0x{msg_id:04X}", body)


TURNS = [
    {"at": [120.43, 41.42], "section": 9, "width_m": 60, "limit_kmh": 40, "longest_s": 600, "shortest_s": 0},
    {"at": [120.44, 41.42], "section": 0, "width_m": 50, "limit_kmh": None},
    {"at": [120.44, 41.43], "section": 0, "width_m": 50, "limit_kmh": 40},
]
ROUTE = {"route_id": 3, "name": "南线", "rules": {"enter": False, "leave": True}, "turns": TURNS}


@pytest.mark.parametrize(
    ("is_2019", "head", "first", "name"),
    [(False, "000000030020", "002803" "02580000" "00280a", ""), (True, "000000030020", "002803" "02580000" "00280a" "0028", "0004c4cfcfdf")],
)
def test_a_route_of_the_park_is_sent_with_its_sections(is_2019: bool, head: str, first: str, name: str) -> None:
    made = message("route", ROUTE, is_2019, NOON)
    one = "00000001" "00000009" "027804e0072d9db0" "3c03" + first.removeprefix("002803")
    two = "00000002" "00000002" "027804e0072dc4c0" "3200"
    three = "00000003" "00000003" "02782bf0072dc4c0" "3200"
    assert (made.msg_id, made.body.hex()) == (0x8606, head + "0003" + one + two + three + name)
    assert message("route_delete", ROUTE, is_2019, NOON) == (0x8607, bytes.fromhex("0100000003"))


def test_live_video_goes_to_the_media_server() -> None:
    asked = message("video", {"server": "192.0.2.7:1078", "channel": 2, "data": "1", "stream": "1"}, False, NOON)
    assert (asked.msg_id, asked.body.hex()) == (0x9101, "09" + b"192.0.2.7".hex() + "0436" + "0436" + "020101")
    assert message("video_stop", {"channel": 2, "control": "0"}, False, NOON) == (0x9102, bytes.fromhex("02000000"))


def test_every_kind_has_its_words_and_a_bad_row_is_an_error_that_the_gateway_knows() -> None:
    assert [kind.title for kind in KINDS if kind.title == kind.code] == [], "a kind without a Chinese name"
    for values in ({}, {"text": None, "display": 1, "speak": 1, "is_urgent": 0}, {"text": "x", "display": "x" * 9}):
        with pytest.raises(ValueError, match="cannot be made"):
            message("text", values, False, NOON)
    with pytest.raises(ValueError, match="cannot be made"):
        message("sing", {}, False, NOON)


def test_a_recorder_block_ends_with_its_check() -> None:
    assert recorder_block(0x08, bytes.fromhex("0102")).hex() == "557a080002000102" + "26"
