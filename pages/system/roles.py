"""角色: what its people may open and do, and whose records they see. A change works at once."""

from __future__ import annotations

import json
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dashboard.blocks.checks import checks
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, FormField
from data import accounts
from data.choices import word
from data.choices.system import SCOPES
from data.models import Role, User
from data.permissions import ALL_PERMISSIONS, GROUPS, PERMISSIONS
from data.viewer import Viewer


def _boxes(session: Session, viewer: Viewer, text: str) -> Component:
    return checks("permissions", [(group.title, group.permissions) for group in GROUPS], _codes(text))


def _codes(text: str) -> list[str]:
    """The codes as a record holds them, or joined by commas as the boxes send them."""
    try:
        return [str(one) for one in json.loads(text)] if text.startswith("[") else text.split(",")
    except (ValueError, RecursionError):
        return []


def _ticked(session: Session, viewer: Viewer, text: str) -> list[str]:
    codes = [code for code in text.split(",") if code]
    if set(codes) - ALL_PERMISSIONS:
        raise ValueError("请选择列出的权限。")
    return [one.code for one in PERMISSIONS if one.code in codes]


def _prepare(session: Session, viewer: Viewer, role: Any, values: dict[str, Any]) -> dict[str, Any]:
    accounts.check_role(session, viewer, role, values)
    return values


def holders(session: Session, viewer: Viewer, role: Role) -> Component:
    """How many people have the role."""
    number = session.scalar(select(func.count()).select_from(User).where(User.role_id == role.id, User.deleted_at.is_(None))) or 0
    words = [html.Span("用户"), html.B(f"{number:,} 人")]
    return html.Div(html.A(words, href=f"/system/users?role_id={role.id}"), className="related-rows")


def _words(role: Role) -> Component:
    lines = []
    for group in GROUPS:
        held = [one.word for one in group.permissions if one.code in role.permissions]
        if held:
            lines.append(html.Div([html.B(f"{group.title}："), "、".join(held)]))
    return html.Div(lines) if lines else html.Span("（没有权限）")


ROLES = Resource(
    key="role",
    model=Role,
    path="/system/roles",
    title="角色管理",
    permission="role.edit",
    module="系统管理",
    group="用户与权限",
    icon="people",
    sort="id",
    placeholder="角色名称",
    columns=(
        Column("name", width=200),
        Column("code", width=140),
        Column("scope", width=180),
        Column("permissions", width=120, look="number", show=lambda role: f"{len(role.permissions)}", is_sortable=False),
        Column("updated_at", look="muted", width=130, is_on_card=False),
    ),
    facts={"角色": ("name", "code", Fact("scope", show=lambda role: word(SCOPES, role.scope))), "权限": (Fact("permissions", "可做的事", _words),)},
    rail=holders,
    form={
        "角色": ("name", FormField("code", help="英文小写，建立后不要更改"), FormField("scope", help="决定看得到哪些企业及其数据")),
        "权限": (FormField("permissions", draw=_boxes, read=_ticked, is_long=True, is_required=False, help="菜单、按钮和接口都按此放行，保存后立即生效。"),),
    },
    edit_permission="role.edit",
    can_add=True,
    prepare=_prepare,
    save_note="保存后立即生效：正在使用的人下一次操作即按新权限。",
    delete_permission="role.edit",
    before_delete=lambda session, viewer, role: accounts.check_role(session, viewer, role, {}),
)
