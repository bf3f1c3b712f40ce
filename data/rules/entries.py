"""What a single entry must look like. Each rule says in Chinese what is wrong; empty when nothing is."""

from __future__ import annotations

import re


def not_negative(value: float) -> str:
    """A number that counts or measures something."""
    return "不能小于 0。" if value < 0 else ""


def positive(value: float) -> str:
    """A limit that means something."""
    return "" if value > 0 else "应大于 0。"


def road_width(metres: float) -> str:
    """The width of a corridor along a road: what JT/T 808 can say in one byte, and more than the trembling of a fix."""
    return "" if 10 <= metres <= 255 else "应在 10–255 m 之间。"


def planning_radius(metres: float) -> str:
    """A circle that is drawn round an incident: neither a point nor the whole county."""
    return "" if 10 <= metres <= 20_000 else "应在 10–20000 m 之间。"


def email(text: str) -> str:
    """An address of electronic mail, as far as one can tell by its look."""
    return "" if re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", text) else "不是邮箱地址，应如 name@example.com。"


def postcode(text: str) -> str:
    """A Chinese postal code: six digits."""
    return "" if re.fullmatch(r"[0-9]{6}", text) else "邮政编码应为 6 位数字。"


def longitude(value: float) -> str:
    """Degrees east, WGS-84."""
    return "" if -180 <= value <= 180 else "经度应在 -180–180 之间。"


def latitude(value: float) -> str:
    """Degrees north, WGS-84."""
    return "" if -90 <= value <= 90 else "纬度应在 -90–90 之间。"


def cas_number(text: str) -> str:
    """A CAS registry number: two to seven digits, two digits, and the check digit over both (weights from the right)."""
    found = re.fullmatch(r"([0-9]{2,7})-([0-9]{2})-([0-9])", text)
    if not found:
        return "CAS 号应如 67-56-1。"
    digits = found[1] + found[2]
    total = sum(weight * int(digit) for weight, digit in enumerate(reversed(digits), 1))
    return "" if total % 10 == int(found[3]) else "CAS 号校验位不对，请核对。"


def percent(value: float) -> str:
    """Whether it is a share of a hundred."""
    return "" if 0 <= value <= 100 else "应在 0 到 100 之间。"
