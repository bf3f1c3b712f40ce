"""The shapes in which gateways send telemetry, as keys with values. Pure: topic and bytes in, values out.

* ``own``: ``{"ts": ms, "points": [{"code": "V-101.LT", "v": 5.2, "q": 192}]}``; the key is the code.
* ``tb_device``: ThingsBoard device telemetry, ``{"k": v}``, ``[{"k": v}]``, ``{"ts": ms, "values": {"k": v}}`` or a list of these.
* ``tb_gateway``: ThingsBoard gateway telemetry, ``{"Device A": [{"ts": ms, "values": {"k": v}}]}``; the key is ``Device A/k``.
* ``plain``: the payload is one number; the key is the topic.
* ``nested``: ``{"collectTime": "20260101120000", "datas": [{"quotaId": "…", "value": 1.23, "isValid": true}]}``, as platforms of
  major hazards hand it on; the key is the quotaId, the time is that of China.

Objects in values are walked through: ``{"tank": {"levels": [1.2]}}`` has the key ``tank.levels[0]``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

import msgspec

from data.choices import word
from data.choices.monitoring import GATEWAY_SHAPES

GOOD, UNCERTAIN, BAD = 192, 64, 0
LONGEST = 256 * 1024  # bytes of one message
MOST_KEYS = 5000  # of one message
DEEPEST = 6  # objects within objects
CHINA = timezone(timedelta(hours=8))


class PointValue(msgspec.Struct):
    """A value in the platform's own shape."""

    code: str
    v: float | str | bool | None = None
    ts: float | None = None
    q: int = GOOD


class Telemetry(msgspec.Struct):
    """A message in the platform's own shape."""

    points: list[PointValue]
    ts: float | None = None


class Keyed(NamedTuple):
    """A value under its key. ``millis`` is the device's time in ms since 1970 UTC, None when the message has none."""

    key: str
    value: Any
    millis: float | None
    quality: int


class Unreadable(Exception):
    """The message does not have the shape; ``reason`` is one of ``choices.REFUSALS``, ``detail`` a Chinese sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


_own = msgspec.json.Decoder(Telemetry).decode
_any = msgspec.json.Decoder().decode


def decode_own(payload: bytes | bytearray) -> Telemetry:
    """A message of the own shape; Unreadable says why it is none."""
    return _decoded(_own, payload)


def keyed(shape: str, topic: str, payload: bytes | bytearray) -> list[Keyed]:
    """Every value of a message that ``shape`` has; Unreadable when the message is of another shape."""
    if shape == "own":
        message = decode_own(payload)
        return [Keyed(one.code, one.v, message.ts if one.ts is None else one.ts, max(0, min(255, one.q))) for one in message.points]
    if shape == "plain":
        return [Keyed(topic, _plain(payload), None, GOOD)]
    read = {"tb_device": _device, "tb_gateway": _gateway, "nested": _nested}[shape]
    values: list[Keyed] = []
    for one in read(_decoded(_any, payload)):
        values.append(one)
        if len(values) > MOST_KEYS:
            raise Unreadable("bad_shape", f"一条报文中超过 {MOST_KEYS} 个值。")
    return values


def number(value: Any, *, strict: bool = False) -> float | None:
    """The number that the value is; None for none. A text of digits counts unless ``strict``; true and false do not."""
    if isinstance(value, str) and not strict and len(value) < 40:
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def _decoded(decode: Callable[[bytes | bytearray], Any], payload: bytes | bytearray) -> Any:
    if len(payload) > LONGEST:
        raise Unreadable("bad_shape", f"报文 {len(payload)} 字节，超过 {LONGEST} 字节。")
    try:
        return decode(payload)
    except msgspec.ValidationError as error:
        raise Unreadable("bad_shape", f"报文结构不符：{error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("bad_json", f"JSON 无法解析：{error}") from None


def _plain(payload: bytes | bytearray) -> Any:
    if len(payload) > 100:
        raise Unreadable("bad_shape", f"报文 {len(payload)} 字节；单值主题的报文应是一个数字。")
    text = bytes(payload).decode("utf-8", errors="replace").strip().strip('"').strip()
    return text if number(text) is None else float(text)


def _device(message: Any) -> Iterator[Keyed]:
    for entry in message if isinstance(message, list) else [message]:
        yield from _entry("", entry, "tb_device")


def _gateway(message: Any) -> Iterator[Keyed]:
    if not isinstance(message, dict):
        raise _mismatch("tb_gateway", '应为 {"设备名": [{"ts": 毫秒, "values": {…}}]}')
    for device, entries in message.items():
        if not isinstance(entries, list):
            raise _mismatch("tb_gateway", f"“{str(device)[:60]}”之下应是列表")
        for entry in entries:
            yield from _entry(f"{device}/", entry, "tb_gateway")


def _entry(prefix: str, entry: Any, shape: str) -> Iterator[Keyed]:
    if not isinstance(entry, dict):
        raise _mismatch(shape, '应为 {"键": 值} 或 {"ts": 毫秒, "values": {…}}')
    values, millis = entry, None
    if isinstance(entry.get("values"), dict):
        values = entry["values"]
        millis = number(entry.get("ts"))
        if millis is None and entry.get("ts") is not None:
            raise _mismatch(shape, f"ts 应为毫秒数，收到 {str(entry['ts'])[:40]}")
    for key, value in values.items():
        yield from _walked(f"{prefix}{key}", value, millis, GOOD, DEEPEST)


def _nested(message: Any) -> Iterator[Keyed]:
    datas = message.get("datas") if isinstance(message, dict) else None
    if not isinstance(datas, list):
        raise _mismatch("nested", '应为 {"collectTime": "…", "datas": [{"quotaId": "…", "value": …}]}')
    millis = _china_millis(message.get("collectTime"))
    connected = message.get("isConnectDataSource", True) is not False
    for entry in datas:
        if not isinstance(entry, dict) or not isinstance(entry.get("quotaId"), (str, int)):
            raise _mismatch("nested", "datas 的每一项应有 quotaId")
        quality = GOOD if connected and entry.get("isValid", True) is not False else BAD
        own = entry.get("collectTime")
        yield Keyed(str(entry["quotaId"]), entry.get("value"), millis if own is None else _china_millis(own), quality)


def _china_millis(text: Any) -> float | None:
    """``20260101120000`` or ``2026-01-01 12:00:00`` in China's time, or milliseconds, as milliseconds since 1970 UTC."""
    if text is None or text == "":
        return None
    shown = str(text).strip()
    digits = "".join(sign for sign in shown if sign.isdecimal() and sign.isascii())
    if len(digits) == 13 and len(shown) == 13:
        return float(digits)
    try:
        if len(digits) not in (14, 17):
            raise ValueError
        moment = datetime.strptime(digits[:14], "%Y%m%d%H%M%S").replace(tzinfo=CHINA)
    except ValueError:
        raise _mismatch("nested", f"collectTime 应为 14 位年月日时分秒，收到 {shown[:40]}") from None
    return moment.timestamp() * 1000 + (int(digits[14:]) if len(digits) == 17 else 0)


def _walked(key: str, value: Any, millis: float | None, quality: int, depth: int) -> Iterator[Keyed]:
    if depth and isinstance(value, dict):
        for name, inner in value.items():
            yield from _walked(f"{key}.{name}", inner, millis, quality, depth - 1)
    elif depth and isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _walked(f"{key}[{place}]", inner, millis, quality, depth - 1)
    else:
        yield Keyed(key, value, millis, quality)


def _mismatch(shape: str, what: str) -> Unreadable:
    return Unreadable("bad_shape", f"报文结构与“{word(GATEWAY_SHAPES, shape)}”不符：{what}。")
