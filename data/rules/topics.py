"""Topic filters of MQTT 3.1.1 (section 4.7): whether one can be used, covers a topic, or meets another. Pure."""

from __future__ import annotations

from itertools import zip_longest

LONGEST_TOPIC = 200


def covers(pattern: str, topic: str) -> bool:
    """Whether a message on ``topic`` comes to a subscription of ``pattern``."""
    wanted, given = pattern.split("/"), topic.split("/")
    for have, is_there in zip_longest(wanted, given):
        if have == "#":
            return True
        if have is None or is_there is None or have not in ("+", is_there):
            return False
    return True


def overlap(one: str, other: str) -> bool:
    """Whether there is a topic that comes to both."""
    for left, right in zip_longest(one.split("/"), other.split("/")):
        if "#" in (left, right):
            return True
        if left is None or right is None or ("+" not in (left, right) and left != right):
            return False
    return True


def filter_fault(pattern: str, own: str, *, dots: bool = True) -> str:
    """Why a gateway whose own topics begin with ``own`` (park/<park>/<enterprise>/<gateway>/) cannot have this filter; "" when it can.

    Without ``dots``, as in the embedded broker, which keeps a dot for the border of two levels, none may be in it.
    """
    levels = pattern.split("/")
    if len(pattern) > LONGEST_TOPIC:
        return f"主题不能超过 {LONGEST_TOPIC} 个字符。"
    if any(sign in pattern for sign in " \t\r\n*>\0") or (not dots and "." in pattern):
        return f"主题中不能有空格和 * >{'' if dots else ' .'} 等字符。"
    if any("#" in level and level != "#" for level in levels) or "#" in levels[:-1]:
        return "通配符 # 只能单独作为最后一级。"
    if any("+" in level and level != "+" for level in levels):
        return "通配符 + 必须单独占一级。"
    if levels[0] in ("", "+", "#") or levels[0].startswith("$"):
        return "主题的第一级必须是确定的名称，不能是通配符、$ 开头或空。"
    if levels[0] == "park" and not pattern.startswith(own):
        return f"park/ 开头的主题只能在本网关名下：{own}…"
    return ""
