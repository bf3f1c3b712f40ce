"""部门维护: the tree of departments, and which types of unit each supervises."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter, FormField, Panel
from data.errors import Invalid
from data.models import Department, Enterprise, UnitType, User
from data.query import visible
from data.tree import would_loop
from data.viewer import Viewer


def _types(session: Session, department: Department) -> list[UnitType]:
    wanted = select(UnitType).where(UnitType.department_id == department.id, UnitType.deleted_at.is_(None))
    return list(session.scalars(wanted.order_by(UnitType.code)).unique())


def supervised(session: Session, viewer: Viewer, department: Department) -> Component:
    """The types of unit that the department supervises, each with its number of enterprises."""
    mine = visible(Enterprise, viewer).where(Enterprise.department_id == department.id)
    counts = dict(session.execute(mine.with_only_columns(Enterprise.unit_type_id, func.count()).group_by(Enterprise.unit_type_id)).all())
    rows = [
        html.A([html.Span(one.path), html.B(f"{counts.get(one.id, 0):,} 家")], href=f"/enterprises?unit_type_id={one.id}&department_id={department.id}")
        for one in _types(session, department)
    ]
    change = html.P(["在 ", html.A("企业类型设置", href="/enterprises/types"), " 中指定每类企业的主管部门。"], className="cap")
    return html.Div([html.Div(rows or html.P("没有指定监管的企业类型。", className="cap"), className="related-rows"), change])


def _people(session: Session, viewer: Viewer, department: Department) -> Component:
    number = session.scalar(select(func.count()).select_from(User).where(User.department_id == department.id, User.deleted_at.is_(None))) or 0
    return html.Div(html.Span([html.Span("用户"), html.B(f"{number:,} 人")], className="related-row"), className="related-rows")


def _prepare(session: Session, viewer: Viewer, department: Any, values: dict[str, Any]) -> dict[str, Any]:
    if department is not None and would_loop(session, Department, department.id, values.get("parent_id")):
        raise Invalid("有的内容不能保存，已在字段下标出。", {"parent_id": "不能放到自己或自己的下级之下。"})
    return values


DEPARTMENTS = Resource(
    key="department",
    model=Department,
    path="/system/departments",
    title="部门维护",
    permission="department.edit",
    module="系统管理",
    group="基础数据",
    sort="id",
    placeholder="部门名称",
    tree="parent_id",
    columns=(
        Column("name", width=300),
        Column("short_name", width=130),
        Column("parent.name", label="上级部门"),
        Column("division.name", width=120),
        Column("phone", width=140, is_sortable=False),
    ),
    filters=(Filter("parent_id", "部门"),),
    facts={"部门": ("name", "short_name", Fact("parent.name", "上级部门"), "division.name", "phone")},
    panels=(Panel("types", "监管企业类型", supervised, lambda session, viewer, one: len(_types(session, one))),),
    rail=_people,
    form={"部门": ("name", "short_name", "parent_id", "division_id", FormField("phone"))},
    edit_permission="department.edit",
    can_add=True,
    sheet="department",
    prepare=_prepare,
    delete_permission="department.edit",
)
