"""Reminders: told to those who can act, on the right day, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data import reminders
from data.models import DangerReport, Enterprise, HiddenDanger, Message, WorkflowCase
from data.save import create
from data.viewer import Viewer
from data.workflow import rules, steps
from data.workflow.people import holders
from data.workflow.registry import workflow
from tests.data.workflow.conftest import MAKER, NOW

Who = Callable[[str], Viewer]


@pytest.fixture
def general(current: Session, who: Who, firm: Enterprise) -> tuple[HiddenDanger, WorkflowCase]:
    """A general danger that its enterprise is to put right until 26 November."""
    values = {"enterprise_id": firm.id, "name": "灭火器过期", "found_on": date(2026, 11, 18), "deadline_on": date(2026, 11, 26), "state": "rectify"}
    made = create(current, HiddenDanger, MAKER, values)
    return made, steps.open_at(current, who("dept"), workflow("general_danger"), made, "rectify", now=NOW)


def told(session: Session, viewer: Viewer, words: str) -> list[tuple[str, str]]:
    mine = select(Message.kind, Message.title).where(Message.user_id == viewer.id, Message.title.contains(words)).order_by(Message.id)
    return [(kind, title) for kind, title in session.execute(mine)]


def on(day: int) -> datetime:
    """Ten in the morning of that day of November in China."""
    return NOW.replace(day=day)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (24, []),
        (25, [("due", "剩 1 天：整改 · 灭火器过期")]),
        (26, [("due", "今天到期：整改 · 灭火器过期")]),
        (27, [("overdue", "超期 1 天：整改 · 灭火器过期")]),
        (29, [("overdue", "超期 3 天：整改 · 灭火器过期")]),
    ],
)
def test_a_case_is_reminded_of_from_a_day_before_it_is_due(current: Session, who: Who, general: object, day: int, expected: list[tuple[str, str]]) -> None:
    reminders.remind_cases(current, on(day))
    assert told(current, who("own"), "灭火器过期") == expected
    assert told(current, who("dept"), "灭火器过期") == []


def test_it_is_told_once_a_day_and_again_on_the_next(current: Session, who: Who, general: tuple[HiddenDanger, WorkflowCase]) -> None:
    for hours in (0, 1, 5, 24):
        reminders.remind_cases(current, on(27) + timedelta(hours=hours))
    assert [title for _, title in told(current, who("own"), "灭火器过期")] == ["超期 1 天：整改 · 灭火器过期", "超期 2 天：整改 · 灭火器过期"]
    message = current.scalars(select(Message).where(Message.user_id == who("own").id, Message.title.contains("灭火器过期"))).first()
    assert message is not None and message.href == f"/dangers/{general[0].id}"


def test_the_park_decides_how_early(current: Session, who: Who, general: object) -> None:
    rules.set_rule(current, who("admin"), "general_danger", "rectify", {"remind_days": 3})
    reminders.remind_cases(current, on(23))
    assert told(current, who("own"), "灭火器过期") == [("due", "剩 3 天：整改 · 灭火器过期")]


def test_what_is_done_is_not_reminded_of(current: Session, who: Who, general: tuple[HiddenDanger, WorkflowCase]) -> None:
    general[1].ended_at = NOW
    current.flush()
    reminders.remind_cases(current, on(29))
    assert told(current, who("own"), "灭火器过期") == []


def test_everybody_hears_of_the_dangers_in_their_own_sight(current: Session, who: Who, general: object, firm: Enterprise) -> None:
    reminders.remind_dangers(current, on(29))
    reminders.remind_dangers(current, on(29) + timedelta(hours=2))
    [(kind, title)] = told(current, who("own"), "未整改隐患")
    overdue = select(func.count()).select_from(HiddenDanger).where(reminders._due(date(2026, 11, 28)), HiddenDanger.enterprise_id == firm.id, HiddenDanger.deleted_at.is_(None))
    assert (kind, title.split("，")[0]) == ("overdue", f"未整改隐患：{current.scalar(overdue):,} 条已超期")
    assert len(told(current, who("dept"), "未整改隐患")) == 1
    assert told(current, who("duty"), "未整改隐患") == []


@pytest.mark.parametrize(("day", "words"), [(1, ""), (2, "2026-11 隐患上报剩 3 天"), (5, "2026-11 隐患上报今天到期"), (6, "")])
def test_a_period_is_reminded_of_before_its_last_day(current: Session, who: Who, firm: Enterprise, day: int, words: str) -> None:
    current.query(DangerReport).delete()
    period = {"cycle": "month", "period": "2026-11", "starts_on": date(2026, 11, 1), "ends_on": date(2026, 11, 30), "due_on": date(2026, 12, 5)}
    create(current, DangerReport, MAKER, {"enterprise_id": firm.id, **period})
    reminders.remind_periods(current, NOW.replace(month=12, day=day))
    assert told(current, who("own"), "隐患上报") == ([("due", words)] if words else [])


def test_who_is_urged_hears_of_it_at_once(current: Session, who: Who, general: tuple[HiddenDanger, WorkflowCase]) -> None:
    case = general[1]
    steps.urge(current, who("dept"), case, version=case.version, now=NOW, opinion="请今天完成")
    assert told(current, who("own"), "灭火器过期") == [("urge", "催办：整改 · 灭火器过期")]
    number = current.scalar(select(func.count()).select_from(Message).where(Message.title == "催办：整改 · 灭火器过期"))
    assert number == len(holders(current, case))
