"""From what a person typed to the value of a column. The messages stand at the field, so they do not repeat its name."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from data import dictionaries, picks
from data.columns import attribute, referred
from data.errors import NotFound
from data.models import Base
from data.settings import current_settings
from data.viewer import Viewer

_LARGEST_INT = 2**31 - 1
_LONGEST = 20_000  # of a text without a length of its own
_LARGEST = 1e15
_CORNERS = 200
_PHONE = re.compile(r"(\+?86[- ]?)?(1\d{2}[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]?\d{3,4}[- ]?\d{4}(-\d{1,6})?|\d{3,8}|400[- ]?\d{3}[- ]?\d{4})")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")


def scalar(column: Any, text: str) -> Any:
    """``text`` as a value of the column's type; None when it is empty. ValueError says in Chinese what is wrong.

    Foreign keys and coded columns are not looked up here: see ``FormReader`` and the import.
    """
    text = text.strip()
    if not text:
        return None
    value = _of_type(column, text)
    check = column.info.get("check")
    fault = check(value) if check else ""
    if fault:
        raise ValueError(fault)
    return value


def _of_type(column: Any, text: str) -> Any:
    kind = column.type.python_type
    if kind is bool:
        if text not in {"1", "0", "是", "否"}:
            raise ValueError("请填写是或否。")
        return text in {"1", "是"}
    if kind is int:
        return whole(text)
    if kind is float:
        return decimal(text)
    if shape := _SHAPES.get(column.info.get("kind", "")):
        return shape(text)
    if kind is datetime:
        return instant(text)
    if kind is date:
        return day(text)
    if column.info.get("kind") == "phone" and not _PHONE.fullmatch(text):
        raise ValueError("请输入手机号，或带区号的座机号，如 0421-3809119。")
    return short_enough(column, text)


def short_enough(column: Any, text: str) -> str:
    """The text itself; ValueError when the column is too short for it."""
    length = getattr(column.type, "length", None) or _LONGEST
    if len(text) > length:
        raise ValueError(f"最多 {length:,} 个字，现有 {len(text):,} 个。")
    return text


def storable(value: Any) -> Any:
    """What arrived as JSON, with every text as the database takes it: without NUL and halves of characters.

    RecursionError when it is nested so deeply that nobody can have meant it.
    """
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [storable(one) for one in value]
    return {storable(name): storable(one) for name, one in value.items()} if isinstance(value, dict) else value


def whole(text: str) -> int:
    """A whole number within four bytes; thousands may be separated."""
    plain = text.replace(",", "").replace("，", "")
    plain = plain.removesuffix(".0")
    if not re.fullmatch(r"[+-]?[0-9]{1,12}", plain) or abs(int(plain)) > _LARGEST_INT:
        raise ValueError("请输入整数。")
    return int(plain)


def decimal(text: str) -> float:
    """A finite number; thousands may be separated."""
    try:
        number = float(text.replace("，", "").replace(",", ""))
    except ValueError as error:
        raise ValueError("请输入数字。") from error
    if not math.isfinite(number) or abs(number) > _LARGEST:
        raise ValueError("请输入数字。")
    return number


def day(text: str) -> date:
    """2026-11-24, 2026/11/24, 2026.11.24 or 2026年11月24日."""
    found = _DAY.fullmatch(text)
    if not found:
        raise ValueError("不是日期，请写作 2026-11-24。")
    year, month, number = map(int, found.groups())
    if not 1 <= month <= 12:
        raise ValueError("不是日期，月份应为 01–12。")
    if not 1900 <= year <= 2200:
        raise ValueError("不是日期，年份应为 1900–2200。")
    try:
        return date(year, month, number)
    except ValueError as error:
        raise ValueError(f"不是日期，{year} 年 {month} 月没有 {number} 日。") from error


def instant(text: str) -> datetime:
    """2026-11-24 09:30 in the park's time; a ``T`` may stand between, seconds may follow."""
    first, _, rest = text.replace("T", " ").partition(" ")
    clock = _CLOCK.fullmatch(rest.strip() or "00:00")
    if not clock:
        raise ValueError("不是时间，请写作 2026-11-24 09:30。")
    hour, minute, second = (int(part or 0) for part in clock.groups())
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError("不是时间，请写作 2026-11-24 09:30。")
    on = day(first)
    local = datetime(on.year, on.month, on.day, hour, minute, second, tzinfo=ZoneInfo(current_settings().time_zone))
    return local.astimezone(UTC)


def polygon(text: str) -> dict[str, Any]:
    """A GeoJSON polygon of one closed ring in WGS-84 (RFC 7946, 3.1.6), at most ``_CORNERS`` corners."""
    try:
        given = json.loads(text)
        rings = given["coordinates"] if given["type"] == "Polygon" else []
        (ring,) = [[(float(lon), float(lat)) for lon, lat in one] for one in rings]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError("不是范围，请在图上依次点出角点。") from error
    if not 4 <= len(ring) <= _CORNERS + 1 or ring[0] != ring[-1]:
        raise ValueError(f"范围应有 3–{_CORNERS} 个角点，并且首尾相接。")
    if not all(abs(lon) <= 180 and abs(lat) <= 90 for lon, lat in ring):
        raise ValueError("范围的经纬度超出可能的范围。")
    return {"type": "Polygon", "coordinates": [[list(corner) for corner in ring]]}


def area(text: str) -> dict[str, Any]:
    """A polygon, or the middle of a circle as a GeoJSON Point, whose radius is a field of its own."""
    found = _geometry(text)
    if found.get("type") != "Point":
        return polygon(text)
    return {"type": "Point", "coordinates": _degrees([found.get("coordinates")])[0]}


def line(text: str) -> dict[str, Any]:
    """A GeoJSON LineString in WGS-84 of two to ``_CORNERS`` corners, no two neighbours the same."""
    found = _geometry(text)
    corners = _degrees(found.get("coordinates") if found.get("type") == "LineString" else [])
    if not 2 <= len(corners) <= _CORNERS:
        raise ValueError(f"线路应有 2–{_CORNERS} 个拐点，请在图上依次点出。")
    if any(one == other for one, other in pairwise(corners)):
        raise ValueError("相邻的拐点不能重合。")
    return {"type": "LineString", "coordinates": corners}


def _geometry(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError("不是图形，请在图上点出。")
    return found


def _degrees(corners: Any) -> list[list[float]]:
    try:
        found = [[float(lon), float(lat)] for lon, lat in corners]
    except (ValueError, TypeError) as error:
        raise ValueError("不是图形，请在图上点出。") from error
    if not all(abs(lon) <= 180 and abs(lat) <= 90 for lon, lat in found):
        raise ValueError("经纬度超出可能的范围。")
    return found


_SHAPES: dict[str, Callable[[str], dict[str, Any]]] = {"polygon": polygon, "area": area, "line": line}


class FormReader:
    """Reads what a form sent for columns of one model: codes and ids, all forged until checked."""

    def __init__(self, session: Session, viewer: Viewer, model: type[Base]) -> None:
        self.session, self.viewer, self.model = session, viewer, model

    def read(self, name: str, text: str) -> Any:
        """The value of the column; ValueError when the text is none."""
        column = attribute(self.model, name)
        if not text.strip():
            return None
        target = referred(self.model, name)
        if target is not None:
            return self.reference(target, text)
        codes = self.codes(name)
        if codes is None:
            return scalar(column, text)
        if text not in codes:
            raise ValueError("请选择列出的选项。")
        return column.type.python_type(text)

    def reference(self, target: type[Base], text: str) -> int:
        """The id of a record that the viewer sees."""
        if not re.fullmatch(r"[0-9]{1,18}", text):
            raise ValueError("请从列表中选择。")
        try:
            return int(picks.record(self.session, self.viewer, target, int(text)).id)  # type: ignore[attr-defined]
        except NotFound as error:
            raise ValueError("请从列表中选择，原来选的已删除或不在您的数据范围内。") from error

    def codes(self, name: str) -> set[str] | None:
        """The codes that a coded column takes now; None when it is not coded."""
        info = attribute(self.model, name).info
        if info.get("dictionary"):
            return {one.code for one in dictionaries.choices(self.session, info["dictionary"])}
        return {one.code for one in info["choices"]} if info.get("choices") else None
