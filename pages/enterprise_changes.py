"""待确认变更: what enterprises want changed in their files, for the authority to confirm or return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from dashboard.blocks.basic import notice, section
from dashboard.blocks.change_table import change_count, change_table
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Filter, FormField
from data.choices import Choice
from data.enterprise_changes import confirm_change, conflicts, return_change
from data.enterprises import CONFIRM
from data.models import Enterprise, EnterpriseChange
from data.query import visible
from data.viewer import Viewer

PENDING = "pending"
MOST = 500  # enterprises that the condition offers


def enterprises(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The enterprises that the viewer sees and that ever submitted a change."""
    of_changes = visible(EnterpriseChange, viewer).with_only_columns(EnterpriseChange.enterprise_id)
    rows = session.execute(select(Enterprise.id, Enterprise.name).where(Enterprise.id.in_(of_changes)).order_by(Enterprise.name).limit(MOST))
    return [Choice(str(key), name) for key, name in rows]


def submitter(change: EnterpriseChange) -> str:
    """Who submitted it; somebody of an authority who acted as the enterprise is named as that."""
    who = change.submitted_by
    if who is None:
        return ""
    return who.name if who.enterprise_id == change.enterprise_id else f"{who.name}（代企业）"


def moved(change: EnterpriseChange) -> list[str]:
    """What is no longer as it was when the change was submitted; nothing for one that was decided."""
    session = object_session(change)
    return conflicts(session, change) if session is not None and change.state == PENDING else []


def _why_not_confirm(viewer: Viewer, change: EnterpriseChange) -> str:
    found = moved(change)
    return f"提交之后，{'、'.join(found)}已被修改，不能直接确认。请退回企业，请其按最新内容重新提交。" if found else ""


def _confirm(session: Session, viewer: Viewer, change: EnterpriseChange, values: Mapping[str, Any]) -> str:
    confirm_change(session, viewer, change, now=datetime.now(UTC))
    return f"已确认“{change.enterprise.name}”的变更，{change_count(change)} 项修改已写入档案。"


def _return(session: Session, viewer: Viewer, change: EnterpriseChange, values: Mapping[str, Any]) -> str:
    return_change(session, viewer, change, values["reason"], now=datetime.now(UTC))
    return f"已退回“{change.enterprise.name}”的变更，企业端会看到原因。"


def above(session: Session, viewer: Viewer, change: EnterpriseChange) -> Component:
    """What it changes, and what stands in its way."""
    found = _why_not_confirm(viewer, change)
    return html.Div([notice(found, "warn") if found else None, section(f"变更内容（{change_count(change)} 项）"), change_table(session, change)], className="change-above")


CHANGES = Resource(
    key="change",
    model=EnterpriseChange,
    path="/enterprises/pending",
    title="待确认变更",
    permission=CONFIRM,
    module="综合监管",
    group="一企一档",
    icon="clipboard-check",
    sort="-submitted_at",
    placeholder="",
    columns=(
        Column("enterprise.name", label="企业", width=260, is_sortable=False),
        Column("enterprise.unit_type.name", label="企业类型", width=160, hint=lambda change: change.enterprise.kind),
        Column("enterprise.department.short_name", label="主管部门", width=110),
        Column("submitted_by_id", label="提交人", width=150, show=submitter, is_sortable=False),
        Column("submitted_at", width=130),
        Column("values", label="变更项", width=90, look="number", show=lambda change: f"{change_count(change)}", is_sortable=False),
        Column("state", width=100, look="tag"),
        Column("decided_at", look="muted", width=130, is_on_card=False),
    ),
    filters=(Filter("state", default=PENDING), Filter("enterprise_id", "企业", options=enterprises), Filter("submitted_at")),
    heading=lambda change: change.title,
    tags=("state",),
    subtitle=lambda change: (change.enterprise.kind, change.enterprise.division.name, change.enterprise.department.name if change.enterprise.department else ""),
    above=above,
    facts={
        "办理": (
            Fact("enterprise.name", "企业", lambda change: dcc.Link(change.enterprise.name, href=f"/enterprises?open={change.enterprise_id}")),
            Fact("submitted_by_id", "提交人", submitter),
            "submitted_at",
            "state",
            Fact("decided_by_id", "处理人", lambda change: change.decided_by.name if change.decided_by else ""),
            "decided_at",
            "reason",
        ),
    },
    actions=(
        Action(
            "confirm",
            "确认",
            CONFIRM,
            _confirm,
            lambda change: f"“{change.enterprise.name}”提交的 {change_count(change)} 项修改将写入档案，立即生效。",
            when=lambda change: change.state == PENDING,
            why_not=_why_not_confirm,
            is_in_row=True,
            is_batch=True,
        ),
        Action(
            "return",
            "退回",
            CONFIRM,
            _return,
            lambda change: f"“{change.enterprise.name}”提交的修改不写入档案，企业端会看到退回原因，并可修改后再次提交。",
            icon="arrow-return-left",
            is_dangerous=True,
            fields=(FormField("reason", "退回原因", is_required=True, is_long=True),),
            when=lambda change: change.state == PENDING,
            is_in_row=True,
        ),
    ),
    can_export=False,
    empty_title="没有等待确认的变更",
    empty_text="企业在企业端提交的修改会出现在这里，确认后写入档案。已处理的可在“状态”中选“全部”查看。",
)
