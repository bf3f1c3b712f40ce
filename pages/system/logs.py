"""登录日志 and 操作日志: who signed in or tried to, and who changed what."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE
from dashboard.blocks.record_history import change_words
from dashboard.blocks.state import empty
from dashboard.blocks.tables import Column as TableColumn
from dashboard.blocks.tables import table
from dashboard.moments import full_words, moment_words
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter, Panel
from data.choices import Choice, word
from data.choices.system import LOGIN_RESULTS
from data.columns import label_of
from data.models import AuditEntry, Base, LoginEvent, Record
from data.viewer import Viewer

_MODELS: dict[str, type[Base]] = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
TABLES = tuple(sorted((Choice(name, model.__title__) for name, model in _MODELS.items() if getattr(model, "__title__", "")), key=lambda one: one.word))


def moment(row: Any) -> str:
    """When the entry was written, to the second."""
    return moment_words(row.at, datetime.now(UTC), seconds=True)


LOGINS = Resource(
    key="login",
    model=LoginEvent,
    path="/system/logins",
    title="登录日志",
    permission="log.view",
    module="系统管理",
    group="日志",
    icon="journal-text",
    sort="-at",
    placeholder="用户名、地址",
    columns=(
        Column("at", width=160, show=moment),
        Column("username", width=300),
        Column("result", look="tag", width=160, show=lambda row: next((one for one in LOGIN_RESULTS if one.code == row.result), row.result)),
        Column("address", width=160),
        Column("agent", is_sortable=False, is_on_card=False),
    ),
    filters=(Filter("result"), Filter("at", "时间", kind="days")),
    heading=lambda row: f"{row.username} · {word(LOGIN_RESULTS, row.result)}",
    facts={"登录": (Fact("at", show=lambda row: full_words(row.at)), "username", Fact("result"), "address", "agent")},
    empty_title="还没有人登录",
)


def title_of(entry: AuditEntry) -> str:
    """The Chinese name of the kind of record that the entry is about."""
    return word(TABLES, entry.table_name)


def changes(session: Session, viewer: Viewer, entry: AuditEntry) -> Component:
    """What changed, field by field."""
    if not entry.changes:
        return empty("没有字段变更", "这次操作没有改动字段。")
    model = _MODELS.get(entry.table_name)

    def words(name: str, value: Any) -> str:
        return change_words(session, model, name, value) if model else NO_VALUE if value is None else str(value)

    columns = (
        TableColumn("字段", lambda line: label_of(model, line[0]) if model else line[0]),
        TableColumn("变更前", lambda line: html.Span(words(line[0], line[1][0]), className="was")),
        TableColumn("变更后", lambda line: words(line[0], line[1][1])),
    )
    return table(columns, list(entry.changes.items()))


def _seal(entry: AuditEntry) -> str:
    return f"第 {entry.seal_number} 号 {(entry.seal or '')[:16]}…" if entry.seal_number else "等待封印（每分钟一次）"


AUDIT = Resource(
    key="audit",
    model=AuditEntry,
    path="/system/audit",
    title="操作日志",
    permission="log.view",
    module="系统管理",
    group="日志",
    sort="-at",
    placeholder="操作用户、对象",
    columns=(
        Column("at", width=160, show=moment),
        Column("username", width=200),
        Column("verb", width=120),
        Column("table_name", width=140, show=title_of),
        Column("record_name"),
        Column("reason", width=220, is_sortable=False),
        Column("address", width=140, is_on_card=False),
    ),
    filters=(
        Filter("verb"),
        Filter("table_name", options=lambda session, viewer: [one for one in TABLES if issubclass(_MODELS[one.code], Record) or one.code == "alarm"]),
        Filter("at", "时间", kind="days"),
    ),
    heading=lambda entry: f"{title_of(entry)} {entry.record_name}",
    subtitle=lambda entry: (full_words(entry.at), entry.username, entry.address),
    facts={
        "操作": (
            Fact("at", show=lambda entry: full_words(entry.at)),
            "username",
            Fact("verb"),
            Fact("table_name", show=title_of),
            "record_name",
            "address",
            "reason",
            Fact("seal_number", "防篡改封印", _seal),
        ),
    },
    panels=(Panel("changes", "变更内容", changes),),
    empty_title="还没有操作",
)
