"""Hidden dangers as a whole: entering one, and putting it on its way to being put right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session

from data import numbers, save
from data.calendar import park_day
from data.errors import Conflict, Invalid
from data.models import HiddenDanger, WorkflowCase
from data.viewer import Viewer
from data.workflow import steps
from data.workflows.general_danger import GENERAL_DANGER
from data.workflows.major_danger import MAJOR_DANGER

EDIT, HANDLE, VIEW, OWN = "danger.edit", "danger.handle", "danger.view", "own.danger"
PREFIX = {"general": "YBYH", "major": "ZDYH"}


def is_open() -> ColumnElement[bool]:
    """Whether a danger is on its way and not closed yet: 未整改."""
    return and_(HiddenDanger.closed_on.is_(None), HiddenDanger.state != "draft")


def register(session: Session, viewer: Viewer, values: Mapping[str, Any], *, now: datetime) -> HiddenDanger:
    """The new danger with its number, still a draft. Invalid with the fields."""
    viewer.require(OWN if viewer.is_enterprise else EDIT)
    given = dict(values)
    faults = faults_of(given, park_day(now))
    if faults:
        raise Invalid("有的内容不能保存，已在字段下标出。", faults)
    given["number"] = _number(session, given.get("level", "general"), now)
    given.setdefault("finder", viewer.name)
    return save.create(session, HiddenDanger, viewer, given)


def put_on_its_way(session: Session, viewer: Viewer, danger: HiddenDanger, *, now: datetime) -> WorkflowCase:
    """Hand a draft over: a general danger waits for its enterprise to put it right, a major one is reported to the authority.

    A major one that an authority enters waits for the enterprise to complete the report.
    """
    if danger.state != "draft":
        raise Conflict("这条隐患已经提交，不能重复提交。")
    if danger.number is None:  # an imported one
        save.update(session, danger, viewer, {"number": _number(session, danger.level, now)})
    if danger.level == "general":
        if danger.deadline_on is None:
            raise Invalid("还没有整改期限。", {"deadline_on": "请填写整改期限。"})
        return steps.open_at(session, viewer, GENERAL_DANGER, danger, "rectify", now=now)
    if not viewer.is_enterprise:
        return steps.open_at(session, viewer, MAJOR_DANGER, danger, "report", now=now)
    return steps.begin(session, viewer, MAJOR_DANGER, danger, "submit", now=now)


def _number(session: Session, level: str, now: datetime) -> str:
    year = park_day(now).year
    return f"{PREFIX.get(level, 'YH')}-{year}-{numbers.take(session, f'danger:{level}', year):05}"


def faults_of(values: Mapping[str, Any], today: date) -> dict[str, str]:
    """What is wrong with the days of a danger, by field."""
    faults = {}
    found, deadline = values.get("found_on"), values.get("deadline_on")
    if found and found > today:
        faults["found_on"] = "发现日期不能晚于今天。"
    if found and deadline and deadline < found:
        faults["deadline_on"] = "整改期限不能早于发现日期。"
    return faults
