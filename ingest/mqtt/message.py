"""A message of a gateway as rows: pure, no broker and no database.

The shapes stand in ``data/rules/telemetry_shapes.py``. The platform's own one has a way of its own here, because a thousand
messages a second come in it: the key is the point's code, its enterprise that of the topic. With any other shape the gateway
says whose message it is, and its points which keys are theirs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from data.rules.measured import Clock, Judged, judge
from data.rules.telemetry_shapes import GOOD, Unreadable, decode_own, keyed
from ingest.directory import GatewayInfo, PointInfo
from ingest.pipeline import Reading, Refusal, Unknown

__all__ = ["GOOD", "Clock", "Parsed", "enterprise_of", "parse", "presence_of"]

KEY_LENGTH, VALUE_LENGTH, TOPIC_LENGTH = 200, 60, 200
NAMED = 5  # unknown keys that a refusal names
ONLINE, OFFLINE = frozenset({"online", "on", "up", "1", "true", "connected"}), frozenset({"offline", "off", "down", "0", "false", "disconnected", "lost"})


class Parsed(NamedTuple):
    """What is in one message."""

    readings: list[Reading]
    refusals: list[Refusal]
    unknowns: list[Unknown]


def enterprise_of(topic: str) -> str:
    """The enterprise's code in a telemetry topic, or "" when the topic has another form."""
    parts = topic.split("/")
    return parts[2] if len(parts) == 5 and parts[0] == "park" and parts[4] == "telemetry" else ""


def parse(
    topic: str,
    payload: bytes | bytearray,
    points: Mapping[str, PointInfo],
    clock: Clock,
    gateway: GatewayInfo | None = None,
) -> Parsed:
    """The rows of one message of ``gateway`` (None: of one that is not registered). One bad value does not lose its neighbours."""
    parsed = Parsed([], [], [])
    if gateway is None and not enterprise_of(topic):
        parsed.refusals.append(_refusal(topic, payload, "unknown_topic", "没有网关登记了这个主题，或多个网关的主题重叠。"))
        return parsed
    try:
        if gateway is None or gateway.shape == "own":
            _own(parsed, topic, payload, points, clock, gateway)
        else:
            _mapped(parsed, topic, payload, clock, gateway)
    except Unreadable as error:
        parsed.refusals.append(_refusal(topic, payload, error.reason, error.detail))
    return parsed


def _own(
    parsed: Parsed,
    topic: str,
    payload: bytes | bytearray,
    points: Mapping[str, PointInfo],
    clock: Clock,
    gateway: GatewayInfo | None,
) -> None:
    message = decode_own(payload)
    enterprise = gateway.enterprise_code if gateway else enterprise_of(topic)
    keys = gateway.keys if gateway else points
    oldest, newest = (clock.now - clock.behind) * 1000, (clock.now + clock.ahead) * 1000
    for value in message.points:
        info = keys.get(value.code) or points.get(value.code)
        if info is None:
            parsed.refusals.append(_refusal(topic, payload, "unknown_point", f"测点 {value.code[:60]} 未登记。"))
            if gateway:
                parsed.unknowns.append(_unknown(gateway, value.code, value.v, topic))
            continue
        if info.enterprise_code != enterprise:
            detail = f"测点 {value.code} 属于企业 {info.enterprise_code}，不能由主题中的企业 {enterprise or '（无）'} 上报。"
            parsed.refusals.append(_refusal(topic, payload, "wrong_topic", detail))
            continue
        millis = value.ts if value.ts is not None else message.ts
        if type(value.v) is float and millis is not None and oldest <= millis <= newest and 0 < value.q < 256:
            # What judge would say of nearly every value, said here because its call is a third of the whole message.
            stored = value.v * info.scale + info.offset
            if info.range_low <= stored <= info.range_high:
                parsed.readings.append(Reading(info.id, millis / 1000, stored, value.q))
                continue
        _take(parsed, topic, payload, info, judge(info, value.v, millis, max(0, min(255, value.q)), clock))


def _mapped(parsed: Parsed, topic: str, payload: bytes | bytearray, clock: Clock, gateway: GatewayInfo) -> None:
    for one in keyed(gateway.shape, topic, payload):
        info = gateway.keys.get(one.key)
        if info is None:
            parsed.unknowns.append(_unknown(gateway, one.key, one.value, topic))
        else:
            _take(parsed, topic, payload, info, judge(info, one.value, one.millis, one.quality, clock, strict=False))
    if parsed.unknowns:
        keys = list(dict.fromkeys(one.key for one in parsed.unknowns))
        more = f" 等 {len(keys)} 个" if len(keys) > NAMED else ""
        detail = f"没有测点使用这些键：{'、'.join(key[:60] for key in keys[:NAMED])}{more}。"
        parsed.refusals.append(_refusal(topic, payload, "unknown_point", detail))


def _take(parsed: Parsed, topic: str, payload: bytes | bytearray, info: PointInfo, outcome: Judged | tuple[str, str]) -> None:
    if isinstance(outcome, Judged):
        parsed.readings.append(Reading(info.id, outcome.ts, outcome.value, outcome.quality))
        if outcome.remark:
            parsed.refusals.append(_refusal(topic, payload, *outcome.remark))
    else:
        parsed.refusals.append(_refusal(topic, payload, *outcome))


def presence_of(payload: bytes | bytearray) -> bool | None:
    """Whether a status message says on line or off line; None when it says neither.

    Known are a word (``online``, ``offline``, ``1``, ``0`` …) and an object with it as ``status``, ``state`` or ``online``.
    """
    text = bytes(payload[:1000]).decode("utf-8", errors="replace").strip()
    if text.startswith("{"):
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return None
        text = next((str(message[name]) for name in ("status", "state", "online") if name in message), "")
    word = text.strip('"').strip().lower()
    return True if word in ONLINE else False if word in OFFLINE else None


def _unknown(gateway: GatewayInfo, key: str, value: object, topic: str) -> Unknown:
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return Unknown(gateway.id, _storable(key, KEY_LENGTH), _storable(shown, VALUE_LENGTH), _storable(topic, TOPIC_LENGTH))


def _storable(text: str, length: int) -> str:
    """Without what PostgreSQL cannot keep: NUL, and halves of surrogate pairs."""
    return text[:length].replace("\x00", "�").encode("utf-8", "replace").decode()


def _refusal(topic: str, payload: bytes | bytearray, reason: str, detail: str) -> Refusal:
    return Refusal("mqtt", topic, reason, detail, bytes(payload[:2048]))
