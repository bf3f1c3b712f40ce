"""隐患增删改记录查询: who entered, changed, moved on or deleted which hidden danger, with the values before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.moments import full_words
from dashboard.resource_parts import Column, Fact, Figure, Filter
from data.choices import Choice
from data.choices.dangers import HIDDEN_LEVELS
from data.choices.system import AUDIT_VERBS
from data.models import AuditEntry, Enterprise, HiddenDanger
from data.viewer import Viewer
from pages.dangers import declaring
from pages.system.logs import AUDIT, moment

DONE_TO_DANGERS = ("create", "update", "delete", "restore", "step", "import", "undo", "attach", "detach", "void", "export")


def verbs(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """What can be done to a hidden danger."""
    return [one for one in AUDIT_VERBS if one.code in DONE_TO_DANGERS]


def firms(session: Session, viewer: Viewer, entries: Sequence[AuditEntry]) -> Mapping[int, Figure | Choice]:
    """The enterprise of each entry's danger, deleted ones too."""
    rows = select(HiddenDanger.id, Enterprise.name).join(Enterprise, Enterprise.id == HiddenDanger.enterprise_id)
    names = {identity: name for identity, name in session.execute(rows.where(HiddenDanger.id.in_({one.record_id for one in entries})))}
    return {one.id: Figure(names[one.record_id]) for one in entries if one.record_id in names}


def levels(session: Session, viewer: Viewer, entries: Sequence[AuditEntry]) -> Mapping[int, Figure | Choice]:
    """The level of each entry's danger, as it is now."""
    rows = select(HiddenDanger.id, HiddenDanger.level).where(HiddenDanger.id.in_({one.record_id for one in entries}))
    codes = {identity: level for identity, level in session.execute(rows)}
    words = {one.code: one for one in HIDDEN_LEVELS}
    return {one.id: words[codes[one.record_id]] for one in entries if one.record_id in codes}


LOG = replace(
    AUDIT,
    key="danger_log",
    path="/dangers/log",
    title="隐患增删改记录查询",
    short="增删改记录",
    permission=declaring.VIEW,
    module=declaring.MODULE,
    group=declaring.GROUP,
    icon="",
    placeholder="隐患描述、操作用户",
    where={"table_name": HiddenDanger.__tablename__},
    columns=(
        Column("record_name", "隐患描述", look="link", width=300, is_sortable=False),
        Column("danger.enterprise.name", "企业名称", width=220, figures=firms, is_sortable=False),
        Column("danger.level", "隐患级别", look="tag", width=90, figures=levels, is_sortable=False),
        Column("username", "操作用户", width=160, is_sortable=False),
        Column("at", "操作时间", width=160, show=moment),
        Column("verb", "操作类型", width=110, is_sortable=False),
        Column("reason", "说明", width=220, is_sortable=False),
        Column("address", width=140, is_sortable=False, is_on_card=False, is_shown=False),
    ),
    filters=(
        Filter("danger.enterprise_id", "企业名称"),
        Filter("verb", "操作类型", options=verbs),
        Filter("danger.level", "隐患级别"),
        Filter("at", "操作时间", kind="days"),
        Filter("danger.enterprise.division_id", "属地"),
    ),
    heading=lambda entry: entry.record_name,
    facts={
        "操作": (
            Fact("at", show=lambda entry: full_words(entry.at)),
            "username",
            "verb",
            "record_name",
            Fact("danger.enterprise.name", "企业名称"),
            Fact("danger.level", "隐患级别"),
            "address",
            "reason",
        )
    },
    empty_title="还没有记录",
    empty_text="隐患的新增、修改、办理、删除都记在这里。",
)
