"""What terminals answer to commands, in words and as fields for the record. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from data.choices import word
from data.choices.vehicles import MEDIA_EVENTS
from data.command_kinds import RECORDER_BLOCKS
from data.terminal_parameters import BY_ID, Parameter
from ingest.jt808.frame import FrameError
from ingest.jt808.location import SIZE, location_fields
from ingest.jt808.reading import Body
from ingest.jt808.text import text_of

MOST_LISTED = 200


class Answer(NamedTuple):
    """``state`` is one of ``choices.COMMAND_STATES``, ``words`` one sentence, ``fields`` what the record shows."""

    state: str
    words: str
    fields: Mapping[str, Any]


_RESULTS = {0: "终端已执行。", 1: "终端执行失败。", 2: "终端认为消息有误。", 3: "终端不支持这种指令。"}


def general_words(result: int) -> str:
    """What the result of a 0x0001 means."""
    return _RESULTS.get(result, f"终端答复了未知的结果 {result}。")


def special_answer(msg_id: int, body: bytes) -> Answer:
    """What the body of such an answer says; its first word, the serial that is answered, is left out. FrameError: too short."""
    reader = Body(body)
    reader.word()
    return _READERS[msg_id](reader)


def _position(body: Body) -> Answer:
    """0x0201."""
    found = location_fields(body.rest())
    place = f"东经 {found['longitude']:.6f}°，北纬 {found['latitude']:.6f}°" if found["status_bits"] & 2 else "终端未定位"
    kept = ("longitude", "latitude", "speed_kmh", "direction_deg", "altitude_m", "time", "alarm_bits", "status_bits")
    return Answer("answered", f"{place}，{found['speed_kmh']:.0f} km/h。", {name: found[name] for name in kept})


def _parameters(body: Body) -> Answer:
    """0x0104. The length of an item is trusted, not the table's; items behind a broken one are lost, those before it are not."""
    body.byte()
    found: dict[str, str] = {}
    try:
        while body.left >= 5:
            key = body.dword()
            found[f"0x{key:04X}"] = _reading(BY_ID.get(key), body.take(body.byte()))
    except FrameError:
        found["…"] = "其余参数不完整"
    return Answer("answered", f"终端返回 {len(found)} 项参数。", {"parameters": found})


def _reading(known: Parameter | None, value: bytes) -> str:
    if known is None or (known.size and len(value) not in (1, 2, 4)):
        return value.hex()
    if not known.size:
        return text_of(value)
    number = int.from_bytes(value, "big")
    if known.choices:
        return word(known.choices, number)
    return f"{number:,}{f' {known.unit}' if known.unit else ''}"


def _pictures(body: Body) -> Answer:
    """0x0805."""
    result = body.byte()
    if result:
        return Answer("refused", {1: "终端拍照失败。", 2: "终端不支持这个通道。"}.get(result, f"终端拍照失败（结果 {result}）。"), {"result": result})
    count = body.word() if body.left >= 2 else 0
    ids = [body.dword() for _ in range(min(count, body.left // 4))]
    return Answer("answered", f"已拍摄 {len(ids)} 张，等待上传。" if ids else "终端已拍摄，等待上传。", {"media_ids": ids})


def _search(body: Body) -> Answer:
    """0x0802."""
    total = body.word()
    listed: list[dict[str, Any]] = []
    while body.left >= 7 + SIZE and len(listed) < MOST_LISTED:
        item = {"media_id": body.dword(), "type": body.byte(), "channel": body.byte(), "event": body.byte()}
        place = location_fields(body.take(SIZE))
        listed.append(item | {"event": word(MEDIA_EVENTS, item["event"]), "time": place["time"]})
    ids = "、".join(str(one["media_id"]) for one in listed[:20])
    return Answer("answered", f"终端存有 {total} 项，多媒体 ID：{ids}{'…' if len(listed) > 20 else ''}。" if listed else "终端没有符合条件的照片。", {"media": listed})


def _recorder(body: Body) -> Answer:
    """0x0700: a block of GB/T 19056, kept as it came."""
    command = body.byte()
    data = body.rest()
    return Answer("answered", f"已采集{word(RECORDER_BLOCKS, command)}，{len(data)} 字节。", {"command": command, "data": data.hex()})


_READERS: dict[int, Callable[[Body], Answer]] = {
    0x0104: _parameters,
    0x0201: _position,
    0x0700: _recorder,
    0x0802: _search,
    0x0805: _pictures,
}
