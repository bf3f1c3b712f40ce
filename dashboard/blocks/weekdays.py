"""Days of the week as boxes to tick, and a daily window in words: what rules hold for a time have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.checks import checks
from dashboard.resource_parts import FormField
from data.choices import word
from data.choices.vehicles import WEEKDAYS
from data.rules.schedule import EVERY_DAY
from data.viewer import Viewer

_DAYS = {EVERY_DAY: "每天", "12345": "工作日", "67": "双休日"}


def days_words(days: str) -> str:
    """每天, 工作日, or 周一、周三."""
    return _DAYS.get(days) or "、".join(word(WEEKDAYS, day) for day in days)


def window_words(begins: str | None, ends: str | None) -> str:
    """全天, or 22:00–次日 06:00."""
    return f"{begins}–{'次日 ' if ends < begins else ''}{ends}" if begins and ends else "全天"


def days_field(name: str, help: str = "") -> FormField:
    """The field of a column that holds days as ``1234567``."""
    return FormField(name, help=help, draw=_boxes(name), read=_ticked, is_long=True)


def _boxes(name: str) -> Callable[[Session, Viewer, str], Component]:
    return lambda session, viewer, text: checks(name, [("星期", WEEKDAYS)], text.replace(",", ""))


def _ticked(session: Session, viewer: Viewer, text: str) -> Any:
    days = "".join(sorted({day for day in text.split(",") if day}))
    if not days or not set(days) <= set(EVERY_DAY):
        raise ValueError("请至少选择一天。")
    return days
