"""Promises of the telemetry message: what is taken, what is refused, and with which words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.alarms import Source
from data.rules.limits import Limits
from ingest.directory import PointInfo
from ingest.mqtt.message import Clock, enterprise_of, parse
from ingest.pipeline import Reading

NOW = 1_764_000_000.0
CLOCK = Clock(now=NOW, ahead=300, behind=90 * 86_400)
TOPIC = "park/liucheng/E001/GW-01/telemetry"


def point(code: str, **changes: object) -> PointInfo:
    source = Source("point", 7, code, "V-101 液位", "某企业 · 罐区", 1)
    values = {
        "id": 7,
        "enterprise_code": "E001",
        "gateway_id": 1,
        "range_low": 0.0,
        "range_high": 15.0,
        "scale": 1.0,
        "offset": 0.0,
    }
    values |= {"period_s": 10, "limits": Limits(), "alarms": True, "source": source} | changes
    return PointInfo(code=code, **values)  # type: ignore[arg-type]


POINTS = {"V-101.LT": point("V-101.LT"), "V-102.LT": point("V-102.LT", id=8, scale=0.001, offset=1.0)}


def taken(message: object, topic: str = TOPIC) -> tuple[list[Reading], list[tuple[str, str]]]:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    readings, refusals, _ = parse(topic, payload, POINTS, CLOCK)
    return readings, [(refusal.reason, refusal.detail) for refusal in refusals]


def test_a_message_becomes_rows() -> None:
    message = {"ts": NOW * 1000, "points": [{"code": "V-101.LT", "v": 5.2, "q": 192}, {"code": "V-102.LT", "v": 2000}]}
    assert taken(message) == ([Reading(7, NOW, 5.2, 192), Reading(8, NOW, 3.0, 192)], [])


def test_the_time_of_a_point_wins_over_that_of_the_message() -> None:
    assert (
        taken({"ts": NOW * 1000, "points": [{"code": "V-101.LT", "v": 1, "ts": (NOW - 5) * 1000}]})[0][0].ts == NOW - 5
    )


def test_without_a_time_the_arrival_counts_and_the_value_is_uncertain() -> None:
    assert taken({"points": [{"code": "V-101.LT", "v": 1}]}) == ([Reading(7, NOW, 1.0, 64)], [])


def test_a_clock_in_2099_is_replaced_and_told() -> None:
    readings, refusals = taken({"ts": 4_070_908_800_000, "points": [{"code": "V-101.LT", "v": 1}]})
    assert readings == [Reading(7, NOW, 1.0, 64)]
    assert refusals == [("clock_ahead", "V-101.LT 的采集时间比平台超前，已按到达时间入库。")]


def test_a_value_out_of_range_is_kept_as_bad_and_told() -> None:
    readings, refusals = taken({"ts": NOW * 1000, "points": [{"code": "V-101.LT", "v": 99}]})
    assert readings == [Reading(7, NOW, 99.0, 0)]
    assert refusals == [("out_of_range", "V-101.LT = 99，量程 0～15。")]


def test_one_bad_value_does_not_lose_its_neighbours() -> None:
    points = [{"code": "nobody", "v": 1}, {"code": "V-101.LT", "v": "5"}, {"code": "V-102.LT", "v": 1000}]
    readings, refusals = taken({"ts": NOW * 1000, "points": points})
    assert [row.point_id for row in readings] == [8]
    assert refusals == [("unknown_point", "测点 nobody 未登记。"), ("bad_shape", "V-101.LT 的数值 5 不是数字。")]


def test_a_gateway_cannot_report_for_another_enterprise() -> None:
    _, refusals = taken(
        {"ts": NOW * 1000, "points": [{"code": "V-101.LT", "v": 1}]}, "park/liucheng/E002/GW-09/telemetry"
    )
    assert refusals == [("wrong_topic", "测点 V-101.LT 属于企业 E001，不能由主题中的企业 E002 上报。")]


def test_older_than_what_is_kept_is_refused() -> None:
    readings, refusals = taken({"ts": 946_684_800_000, "points": [{"code": "V-101.LT", "v": 1}]})
    assert (readings, refusals[0][0]) == ([], "clock_behind")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "bad_json"),
        (b"{", "bad_json"),
        (b"\xff\xfe\x00", "bad_json"),
        (b"[" * 100_000, "bad_shape"),
        (b"[]", "bad_shape"),
        (b'{"points": 3}', "bad_shape"),
        (b'{"ts": 1}', "bad_shape"),
        (b" " * 300_000, "bad_shape"),
    ],
)
def test_what_is_no_telemetry_is_refused_with_its_reason(payload: bytes, reason: str) -> None:
    readings, refusals, _ = parse(TOPIC, payload, POINTS, CLOCK)
    assert (readings, [refusal.reason for refusal in refusals]) == ([], [reason])


@given(st.binary(max_size=200))
def test_no_bytes_raise(payload: bytes) -> None:
    parse(TOPIC, payload, POINTS, CLOCK)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["ts", "points", "code", "v", "q"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_json_raises(document: object) -> None:
    parse(TOPIC, json.dumps(document).encode(), POINTS, CLOCK)


@pytest.mark.parametrize(
    ("topic", "enterprise"),
    [(TOPIC, "E001"), ("park/x/telemetry", ""), ("other/liucheng/E001/G/telemetry", ""), ("", "")],
)
def test_the_enterprise_stands_in_the_topic(topic: str, enterprise: str) -> None:
    assert enterprise_of(topic) == enterprise
