"""Promises of what any gateway may send: which values come out of its shape, for which points, and what is left over."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.alarms import Source
from data.choices.monitoring import GATEWAY_SHAPES
from data.rules.topics import covers, filter_fault, overlap
from ingest.directory import GatewayInfo, Routes
from ingest.mqtt.message import Parsed, parse, presence_of
from ingest.pipeline import Reading, Unknown
from tests.ingest.test_mqtt_message import CLOCK, JSON, NOW, point

MS = NOW * 1000
QUOTA = "210001234560010100101WD001"[:24]


def gateway(shape: str, *, topic: str = "", keys: tuple[str, ...] = (), number: int = 1, **more: object) -> GatewayInfo:
    """Gateway GW-01 of E001 whose point V-101.LT (0.001 of what is sent, plus 1) stands under each of these keys."""
    info = point("V-101.LT", scale=0.001, offset=1.0)
    return GatewayInfo(number, f"GW-0{number}", Source("gateway", number, "GW-01", "网关", "某企业", 1), "E001", 1, shape, topic, keys=dict.fromkeys(keys, info), **more)  # type: ignore[arg-type]


def read(shape: str, topic: str, message: object, *keys: str) -> Parsed:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return parse(topic, payload, {}, CLOCK, gateway(shape, keys=keys))


@pytest.mark.parametrize(
    "message",
    [
        {"ts": MS, "values": {"level": 2000}},
        [{"ts": MS, "values": {"level": "2000"}}],
        {"level": 2000},
        [{"level": 2000.0}],
    ],
)
def test_thingsboard_device_telemetry_in_each_of_its_forms(message: object) -> None:
    assert read("tb_device", "v1/devices/me/telemetry", message, "level") == Parsed([Reading(7, NOW, 3.0, 192)], [], [])


def test_thingsboard_gateway_telemetry_names_the_device_in_the_key() -> None:
    message = {"Tank A": [{"ts": MS, "values": {"level": 2000}}], "Tank B": [{"ts": MS, "values": {"level": 1}}]}
    parsed = read("tb_gateway", "v1/gateway/telemetry", message, "Tank A/level")
    assert parsed.readings == [Reading(7, NOW, 3.0, 192)]
    assert parsed.unknowns == [Unknown(1, "Tank B/level", "1", "v1/gateway/telemetry")]
    assert [(one.reason, one.detail) for one in parsed.refusals] == [("unknown_point", "没有测点使用这些键：Tank B/level。")]


def test_objects_in_values_are_walked_through() -> None:
    message = {"ts": MS, "values": {"tank": {"levels": [1, 2000]}, "ok": True}}
    parsed = read("tb_device", "t", message, "tank.levels[1]")
    assert parsed.readings == [Reading(7, NOW, 3.0, 192)]
    assert [(one.key, one.value) for one in parsed.unknowns] == [("tank.levels[0]", "1"), ("ok", "True")]


@pytest.mark.parametrize("payload", [b"2000", b" 2000.0\r\n", b'"2000"'])
def test_a_plain_value_is_known_by_its_topic(payload: bytes) -> None:
    assert read("plain", "gds/V-101/LT", payload, "gds/V-101/LT") == Parsed([Reading(7, NOW, 3.0, 192)], [], [])


def nested(**changes: object) -> dict[str, object]:
    """The example of the list form, sampled at NOW."""
    message: dict[str, object] = {"dataId": "1", "enterpriseId": "21000123456", "gatewayId": "g", "collectTime": "20251124160000"}
    message |= {"isConnectDataSource": True, "reportType": "report", "datas": [{"quotaId": QUOTA, "value": 2000, "isValid": True}]}
    return message | changes


def test_the_nested_list_form_has_the_time_of_china() -> None:
    assert datetime.fromtimestamp(NOW, UTC) == datetime(2025, 11, 24, 16, tzinfo=UTC), "what follows counts on it"
    at = NOW - 8 * 3600
    assert read("nested", "t", nested(), QUOTA) == Parsed([Reading(7, at, 3.0, 192)], [], [])
    assert read("nested", "t", nested(collectTime="2025-11-24 16:00:00"), QUOTA).readings[0].ts == at


@pytest.mark.parametrize("changes", [{"isConnectDataSource": False}, {"datas": [{"quotaId": QUOTA, "value": 2000, "isValid": False}]}])
def test_what_the_gateway_calls_invalid_is_kept_as_bad_and_told(changes: dict[str, object]) -> None:
    parsed = read("nested", "t", nested(**changes), QUOTA)
    assert [row.quality for row in parsed.readings] == [0]
    assert [(one.reason, one.detail) for one in parsed.refusals] == [("not_valid", "V-101.LT = 3，网关标明数值无效。")]


@pytest.mark.parametrize(
    ("shape", "message", "detail"),
    [
        ("tb_device", 3, '报文结构与“ThingsBoard 设备”不符：应为 {"键": 值} 或 {"ts": 毫秒, "values": {…}}。'),
        ("tb_device", {"ts": "noon", "values": {"a": 1}}, "报文结构与“ThingsBoard 设备”不符：ts 应为毫秒数，收到 noon。"),
        ("tb_gateway", {"A": 3}, "报文结构与“ThingsBoard 网关”不符：“A”之下应是列表。"),
        ("nested", nested(collectTime="noon"), "报文结构与“指标清单（datas）”不符：collectTime 应为 14 位年月日时分秒，收到 noon。"),
        ("nested", {"a": 1}, '报文结构与“指标清单（datas）”不符：应为 {"collectTime": "…", "datas": [{"quotaId": "…", "value": …}]}。'),
    ],
)
def test_another_shape_is_refused_in_words(shape: str, message: object, detail: str) -> None:
    parsed = read(shape, "t", message)
    assert [(one.reason, one.detail) for one in parsed.refusals] == [("bad_shape", detail)]


def test_what_is_no_number_is_refused_and_its_neighbours_are_taken() -> None:
    parsed = read("tb_device", "t", {"a": "high", "b": 2000, "c": True, "d": 99_000}, "a", "b", "c", "d")
    assert [(row.value, row.quality) for row in parsed.readings] == [(3.0, 192), (100.0, 0)]
    assert [one.detail for one in parsed.refusals] == [
        "V-101.LT 的数值 high 不是数字。",
        "V-101.LT 的数值 True 不是数字。",
        "V-101.LT = 100，量程 0～15。",
    ]


def test_the_own_shape_may_have_keys_of_its_own_and_its_unknown_codes_are_listed() -> None:
    message = {"ts": MS, "points": [{"code": "LT1", "v": 2000}, {"code": "new", "v": 4.5}]}
    parsed = read("own", "park/liucheng/E001/GW-01/telemetry", message, "LT1")
    assert parsed.readings == [Reading(7, NOW, 3.0, 192)]
    assert parsed.unknowns == [Unknown(1, "new", "4.5", "park/liucheng/E001/GW-01/telemetry")]


@given(st.sampled_from([one.code for one in GATEWAY_SHAPES]), JSON | st.dictionaries(st.sampled_from(["datas", "values", "ts", "collectTime"]), JSON), st.binary(max_size=40))
def test_nothing_raises_in_any_shape(shape: str, document: object, payload: bytes) -> None:
    read(shape, "t", document, "a")
    read(shape, "t", payload, "a")


def test_a_topic_leads_to_the_one_gateway_that_has_it() -> None:
    one, two = gateway("plain", topic="gds/+/value", number=1), gateway("own", number=2, status_topic="edge/2/lwt")
    routes = Routes([one, two])
    assert routes.sender("gds/7/value") == (one, False)
    assert routes.sender("park/liucheng/E001/GW-02/telemetry") == (two, False)
    assert routes.sender("park/liucheng/E001/GW-02/status") == (two, True)
    assert routes.sender("edge/2/lwt") == (two, True)
    assert routes.sender("gds/value") == (None, False)
    assert routes.filters == {"gds/+/value", "edge/2/lwt"}


def test_a_topic_of_two_gateways_is_nobodys() -> None:
    routes = Routes([gateway("plain", topic="gds/#", number=1), gateway("plain", topic="gds/+/value", number=2)])
    assert routes.sender("gds/7/value") == (None, False)
    parsed = parse("gds/7/value", b"1", {}, CLOCK, None)
    assert [one.reason for one in parsed.refusals] == ["unknown_topic"]


@pytest.mark.parametrize(("pattern", "topic", "is_covered"), [("a/#", "a", True), ("a/#", "a/b/c", True), ("a/+", "a", False), ("a/+", "a/b", True), ("a/+", "a/b/c", False), ("a/b", "a/c", False)])
def test_filters_cover_topics_as_mqtt_says(pattern: str, topic: str, is_covered: bool) -> None:
    assert covers(pattern, topic) is is_covered


@pytest.mark.parametrize(("one", "other", "meet"), [("a/+/c", "a/b/+", True), ("a/#", "a", True), ("a/+", "a", False), ("a/+/c", "a/b/d", False), ("+/b", "a/#", True)])
def test_filters_meet_where_a_topic_comes_to_both(one: str, other: str, meet: bool) -> None:
    assert overlap(one, other) is meet
    assert overlap(other, one) is meet


OWN = "park/liucheng/E001/GW-01/"


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("v1/devices/me/telemetry", ""),
        (f"{OWN}#", ""),
        ("park/liucheng/E002/#", f"park/ 开头的主题只能在本网关名下：{OWN}…"),
        ("#", "主题的第一级必须是确定的名称，不能是通配符、$ 开头或空。"),
        ("$SYS/x", "主题的第一级必须是确定的名称，不能是通配符、$ 开头或空。"),
        ("a/#/b", "通配符 # 只能单独作为最后一级。"),
        ("a/b+", "通配符 + 必须单独占一级。"),
        ("a b", "主题中不能有空格和 * > 等字符。"),
    ],
)
def test_a_filter_that_reaches_too_far_is_refused(pattern: str, said: str) -> None:
    assert filter_fault(pattern, OWN) == said


@pytest.mark.parametrize(
    ("payload", "is_online"),
    [(b"online", True), (b"offline", False), (b'{"status": "Offline"}', False), (b'{"online": true}', True), (b"1", True), (b"", None), (b"{", None), (b"\xff", None)],
)
def test_a_status_says_on_line_or_off_line(payload: bytes, is_online: bool | None) -> None:
    assert presence_of(payload) is is_online
