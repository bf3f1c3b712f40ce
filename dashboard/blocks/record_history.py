"""变更记录 of one record: 字段, 变更前, 变更后, 谁, 何时, 原因."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE
from dashboard.blocks.state import empty
from dashboard.blocks.tables import Column, table
from dashboard.moments import full_words, moment_words
from dashboard.resource import Resource
from data.choices import word
from data.choices.system import AUDIT_VERBS
from data.columns import attribute, choices_of, label_of, referred, title_of
from data.models import AuditEntry, Base, User

NEWEST = 200


def history(session: Session, resource: Resource, record: Any) -> Component:
    """What was changed, the newest first."""
    mine = select(AuditEntry).where(AuditEntry.table_name == resource.model.__tablename__, AuditEntry.record_id == record.id)
    entries = session.scalars(mine.order_by(AuditEntry.id.desc()).limit(NEWEST)).all()
    names = dict(session.execute(select(User.username, User.name).where(User.username.in_({one.username for one in entries}))).all())
    lines = [(entry, name, pair) for entry in entries for name, pair in (entry.changes or {"": ["", ""]}).items()]
    if not lines:
        return empty("还没有变更", "修改后，谁在何时把什么改成了什么，都记在这里。")
    now = datetime.now(UTC)
    model = resource.model
    columns: list[tuple[str, Callable[[Any], Any]]] = [
        ("字段", lambda line: label_of(model, line[1]) if line[1] else NO_VALUE),
        ("变更前", lambda line: html.Span(change_words(session, model, line[1], line[2][0]), className="was")),
        ("变更后", lambda line: change_words(session, model, line[1], line[2][1])),
        ("操作", lambda line: word(AUDIT_VERBS, line[0].verb)),
        ("谁", lambda line: names.get(line[0].username, line[0].username)),
        ("何时", lambda line: html.Span(moment_words(line[0].at, now), title=full_words(line[0].at))),
        ("原因", lambda line: line[0].reason or NO_VALUE),
    ]
    return table([Column(title, show) for title, show in columns], lines)


def change_count(session: Session, record: Any) -> int:
    """How many entries the record has in the audit trail."""
    mine = select(func.count()).where(AuditEntry.table_name == record.__tablename__, AuditEntry.record_id == record.id)
    return session.scalar(mine) or 0


def change_words(session: Session, model: type[Base], name: str, value: Any) -> str:
    """A value of the audit trail in the words of the screen."""
    if value in (None, ""):
        return NO_VALUE
    if isinstance(value, bool):
        return "是" if value else "否"
    choices = choices_of(model, name, session)
    if choices is not None:
        return word(choices, value)
    target = referred(model, name)
    if target is not None and isinstance(value, int):
        found = session.get(target, value)
        return title_of(found) if found is not None else f"编号 {value}"
    column = attribute(model, name)
    if column is not None and isinstance(value, str) and column.type.python_type is datetime:
        return full_words(datetime.fromisoformat(value))
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value) if not isinstance(value, (dict, list)) else "（内容较长）"
