"""A telemetry message as rows: pure, no broker and no database.

    {"ts": 1764000000000, "points": [{"code": "V-101.LT", "v": 5.2, "q": 192}]}

``ts`` is the time of sampling in milliseconds since 1970 UTC, of the message or of a point; without one the time of arrival
counts and the quality is 64 (uncertain). ``q`` is OPC quality, 192 (good) unless said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from ingest.directory import PointInfo
from ingest.pipeline import Reading, Refusal

GOOD, UNCERTAIN, BAD = 192, 64, 0
LONGEST = 256 * 1024  # bytes of one message


class PointValue(msgspec.Struct):
    code: str
    v: float | str | bool | None = None
    ts: float | None = None
    q: int = GOOD


class Telemetry(msgspec.Struct):
    points: list[PointValue]
    ts: float | None = None


_decode = msgspec.json.Decoder(Telemetry).decode


class Clock(NamedTuple):
    """``now`` and what is still believed of a device's clock, all in seconds."""

    now: float
    ahead: float
    behind: float


def enterprise_of(topic: str) -> str:
    """The enterprise's code in a telemetry topic, or "" when the topic has another form."""
    parts = topic.split("/")
    return parts[2] if len(parts) == 5 and parts[0] == "park" and parts[4] == "telemetry" else ""


def parse(
    topic: str, payload: bytes | bytearray, points: Mapping[str, PointInfo], clock: Clock
) -> tuple[list[Reading], list[Refusal]]:
    """(rows, refusals) of one message. One bad value does not lose its neighbours."""

    def refused(reason: str, detail: str) -> Refusal:
        return Refusal("mqtt", topic, reason, detail, bytes(payload[:2048]))

    if len(payload) > LONGEST:
        return [], [refused("bad_shape", f"报文 {len(payload)} 字节，超过 {LONGEST} 字节。")]
    try:
        message = _decode(payload)
    except msgspec.ValidationError as error:
        return [], [refused("bad_shape", f"报文结构不符：{error}")]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return [], [refused("bad_json", f"JSON 无法解析：{error}")]
    enterprise = enterprise_of(topic)
    readings: list[Reading] = []
    refusals: list[Refusal] = []
    for value in message.points:
        outcome = _reading(value, message.ts, enterprise, points, clock)
        if isinstance(outcome, Reading):
            readings.append(outcome)
            if outcome.quality == BAD:
                info = points[value.code]
                refusals.append(
                    refused(
                        "out_of_range",
                        f"{value.code} = {outcome.value:g}，量程 {info.range_low:g}～{info.range_high:g}。",
                    )
                )
            elif outcome.quality == UNCERTAIN and _ahead(value.ts or message.ts, clock):
                refusals.append(refused("clock_ahead", f"{value.code} 的采集时间比平台超前，已按到达时间入库。"))
        else:
            refusals.append(refused(*outcome))
    return readings, refusals


def _reading(
    value: PointValue, message_ts: float | None, enterprise: str, points: Mapping[str, PointInfo], clock: Clock
) -> Reading | tuple[str, str]:
    info = points.get(value.code)
    if info is None:
        return "unknown_point", f"测点 {value.code[:60]} 未登记。"
    if info.enterprise_code != enterprise:
        return (
            "wrong_topic",
            f"测点 {value.code} 属于企业 {info.enterprise_code}，不能由主题中的企业 {enterprise or '（无）'} 上报。",
        )
    if isinstance(value.v, bool) or not isinstance(value.v, (int, float)) or not math.isfinite(value.v):
        return "bad_shape", f"{value.code} 的数值 {str(value.v)[:60]} 不是数字。"
    millis = value.ts if value.ts is not None else message_ts
    quality = max(0, min(255, value.q))
    if millis is None or _ahead(millis, clock):
        ts, quality = clock.now, min(quality, UNCERTAIN)
    else:
        ts = millis / 1000
        if ts < clock.now - clock.behind:
            return "clock_behind", f"{value.code} 的采集时间早于保存期限，未入库。"
    number = value.v * info.scale + info.offset
    if not info.range_low <= number <= info.range_high:
        quality = BAD
    return Reading(info.id, ts, number, quality)


def _ahead(millis: float | None, clock: Clock) -> bool:
    return millis is not None and not millis / 1000 <= clock.now + clock.ahead
