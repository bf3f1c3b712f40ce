"""二级生产经营单位: parts of an enterprise with a type, an authority and standards of their own."""

from __future__ import annotations

from typing import Any

from dash import dcc
from sqlalchemy.orm import Session

from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter, FormField
from data.enterprises import department_of
from data.models import SecondaryUnit, UnitType
from data.viewer import Viewer


def _prepare(session: Session, viewer: Viewer, unit: Any, values: dict[str, Any]) -> dict[str, Any]:
    """The type brings its authority."""
    unit_type = session.get(UnitType, values.get("unit_type_id") or 0)
    return {**values, "department_id": department_of(session, unit_type)} if unit_type is not None else values


SECONDARY_UNITS = Resource(
    key="secondary_unit",
    model=SecondaryUnit,
    path="/enterprises/units",
    title="二级生产经营单位",
    permission="enterprise.view",
    module="综合监管",
    group="一企一档",
    sort="name",
    placeholder="单位名称、负责人",
    columns=(
        Column("name", width=240),
        Column("enterprise.name", label="所属企业", width=230),
        Column("unit_type.name", label="单位类型", width=170, hint=lambda unit: unit.unit_type.path),
        Column("division.name", width=110),
        Column("department.short_name", label="主管部门", width=120),
        Column("principal", width=100, is_sortable=False),
        Column("phone", width=130, is_sortable=False),
    ),
    filters=(Filter("enterprise_id"), Filter("division_id"), Filter("unit_type_id"), Filter("department_id", "主管部门")),
    subtitle=lambda unit: (unit.enterprise.name, unit.unit_type.path, unit.division.name),
    facts={
        "单位": (
            Fact("enterprise_id", show=lambda unit: dcc.Link(unit.enterprise.name, href=f"/enterprises?open={unit.enterprise_id}")),
            "unit_type_id",
            "department_id",
            "division_id",
            "address",
            "principal",
            "phone",
            "remark",
        )
    },
    form={
        "单位": (
            "name",
            "enterprise_id",
            "unit_type_id",
            FormField("department_id", help="由单位类型自动带出", is_fixed=True),
            "division_id",
            "address",
            "principal",
            "phone",
            "remark",
        ),
        "位置": ("lon",),
    },
    edit_permission="enterprise.edit",
    can_add=True,
    prepare=_prepare,
    delete_permission="enterprise.edit",
    empty_title="还没有二级单位",
    empty_text="企业的运输部、矿井等，行业主管部门或排查标准与企业本身不同时，在此单独登记。",
)
