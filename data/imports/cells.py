"""One cell: as it is shown again, and as the value of its column."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from data import dictionaries
from data.choices import Choice
from data.columns import attribute, referred
from data.imports.lookups import References, Words, lookup_for
from data.imports.sheet import Sheet
from data.settings import current_settings
from data.values import scalar
from data.viewer import Viewer
from data.workbooks import clean

_EXACT = 10**15  # Excel keeps 15 digits of a number
_ERRORS = ("#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!")
YES_NO = (Choice("1", "是"), Choice("0", "否"))
FORMULA = "是公式，请复制后“粘贴为数值”。"


def shown(cell: Any) -> str:
    """The cell as text, as it is stored and shown again."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e18 else f"{cell:.12g}"
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}" if cell.time() != time() else f"{cell:%Y-%m-%d}"
    if isinstance(cell, (date, time, timedelta)):
        return str(cell)
    return clean(str(cell)).strip()[:2000]


class Column:
    """A column of the sheet: ``read`` turns cells into values."""

    def __init__(self, session: Session, viewer: Viewer, sheet: Sheet, name: str) -> None:
        self.name, self.label = name, sheet.label(name)
        self.column = attribute(sheet.model, name)
        self.kind = self.column.type.python_type
        self.is_required = sheet.is_required(name)
        self.lookup: Words | References | None = lookup_for(session, viewer, referred(sheet.model, name), self._choices(session))
        self.zone = ZoneInfo(current_settings().time_zone)

    def _choices(self, session: Session) -> Any:
        info = self.column.info
        if info.get("dictionary"):
            return dictionaries.choices(session, info["dictionary"])
        return YES_NO if self.kind is bool else info.get("choices")

    def read(self, cell: Any, text: str) -> Any:
        """The value of the cell, of which ``text`` is what is shown; ValueError says in Chinese what is wrong."""
        if text == "":
            return None
        if text in _ERRORS:
            raise ValueError(f"公式出错（{text}），请改为数值。")
        if self.lookup is not None:
            found = self.lookup.find(text)
            return found == "1" if self.kind is bool else self.kind(found)
        return self._checked(self._typed(cell, text))

    def _typed(self, cell: Any, text: str) -> Any:
        is_day = isinstance(cell, (date, datetime))
        is_number = isinstance(cell, (int, float)) and not isinstance(cell, bool)
        if self.kind in (int, float):
            if is_day or isinstance(cell, (bool, time, timedelta)):
                raise ValueError(f"应为数字，现为“{text}”。")
        elif self.kind is datetime:
            if is_day:
                return datetime.combine(cell, cell.time() if isinstance(cell, datetime) else time(), self.zone)
        elif self.kind is date:
            if isinstance(cell, datetime) and cell.time() != time():
                raise ValueError("应为日期，不带时刻，如 2026-11-24。")
            if is_day:
                return date(cell.year, cell.month, cell.day)
        elif is_number and abs(cell) >= _EXACT:
            raise ValueError("数字超过 15 位，Excel 已改动末尾数字，请把单元格设为文本后重新填写。")
        return scalar(self.column, text)

    def _checked(self, value: Any) -> Any:
        check = self.column.info.get("check")
        fault = check(value) if check and isinstance(value, (date, datetime)) else ""
        if fault:
            raise ValueError(fault)
        return value


def plain(value: Any) -> Any:
    """The value as JSON holds it and the database reads it back."""
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def same(old: Any, new: Any) -> bool:
    """Whether two values are the same to a person: an instant of any zone, a number however it is written."""
    if isinstance(old, float) and isinstance(new, (int, float)):
        return abs(old - new) <= 1e-9 * max(1.0, abs(old))
    return bool(old == new)
