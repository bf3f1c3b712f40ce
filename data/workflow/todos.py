"""What waits for a person, what they did, what they began, what they were told of: 待办, 已办, 我发起, 抄送我."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from data.calendar import end_of, park_day
from data.choices import Choice
from data.models import WorkflowCase, WorkflowCopy, WorkflowSign, WorkflowStep
from data.query import visible
from data.viewer import Viewer
from data.workflow.people import waiting_for

BOXES = (Choice("todo", "待办"), Choice("done", "已办"), Choice("started", "我发起"), Choice("copied", "抄送我"))


def box(session: Session, viewer: Viewer, key: str) -> Select[WorkflowCase]:
    """The cases of one of BOXES, in no order yet; an unknown key is 待办."""
    seen = visible(WorkflowCase, viewer)
    match key:
        case "done":
            mine = select(WorkflowStep.id).where(WorkflowStep.case_id == WorkflowCase.id, WorkflowStep.user_id == viewer.id)
            return seen.where(exists(mine.where(WorkflowStep.kind.in_(("start", "pass", "branch", "return", "sign")))))
        case "started":
            return seen.where(WorkflowCase.started_by_id == viewer.id)
        case "copied":
            return seen.where(exists(_copies(viewer).where(WorkflowCopy.case_id == WorkflowCase.id)))
        case _:
            return todo(session, viewer)


def todo(session: Session, viewer: Viewer) -> Select[WorkflowCase]:
    """What waits for the viewer to act or to sign."""
    mine = waiting_for(session, viewer).with_only_columns(WorkflowCase.id)
    asked = select(WorkflowSign.case_id).where(WorkflowSign.user_id == viewer.id, WorkflowSign.answered_at.is_(None), WorkflowSign.dropped_at.is_(None))
    return visible(WorkflowCase, viewer).where(or_(WorkflowCase.id.in_(mine), WorkflowCase.id.in_(asked)), WorkflowCase.ended_at.is_(None))


def in_order(statement: Select[WorkflowCase], key: str) -> Select[WorkflowCase]:
    """To-dos by what is due first, everything else by what came last."""
    if key in ("done", "started", "copied"):
        return statement.order_by(WorkflowCase.since.desc(), WorkflowCase.id.desc())
    return statement.order_by(WorkflowCase.due_at.asc().nulls_last(), WorkflowCase.since.asc(), WorkflowCase.id.asc())


def counts(session: Session, viewer: Viewer, now: datetime) -> dict[str, int]:
    """``todo`` that wait, ``overdue`` and due ``today`` of them, and ``copied`` that are not read yet: what the header shows."""
    waiting = todo(session, viewer).with_only_columns(WorkflowCase.id, WorkflowCase.due_at).order_by(None).subquery()
    overdue, today = waiting.c.due_at <= now, waiting.c.due_at == end_of(park_day(now))
    row = session.execute(select(func.count(), func.count().filter(overdue), func.count().filter(today)).select_from(waiting)).one()
    unread = select(func.count()).select_from(_copies(viewer).where(WorkflowCopy.read_at.is_(None)).subquery())
    return {"todo": row[0], "overdue": row[1], "today": row[2], "copied": session.scalar(unread) or 0}


def _copies(viewer: Viewer) -> Select[Any]:
    return select(WorkflowCopy.id).where(WorkflowCopy.user_id == viewer.id)
