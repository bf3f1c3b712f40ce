"""企业类型设置: the types of unit in two levels, and the department that supervises each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, object_session

from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Figure, Filter, FormField
from dashboard.site import address
from data.enterprises import set_supervisor
from data.errors import Invalid
from data.models import Department, Enterprise, SecondaryUnit, UnitType
from data.query import get, visible
from data.validity import NOT_SAVED
from data.viewer import Viewer

ONLY_PARK = "设置行业主管部门会改变各部门监管的企业，请由园区管理人员办理。"


def enterprise_counts(session: Session, viewer: Viewer, types: Sequence[UnitType]) -> dict[int, int]:
    """How many enterprises that the viewer sees are of each type or of one below it."""
    rows = visible(Enterprise, viewer).with_only_columns(Enterprise.unit_type_id, func.count(), maintain_column_froms=True)
    direct: Mapping[int, int] = dict(session.execute(rows.group_by(Enterprise.unit_type_id)).all())
    counts = Counter(direct)
    for identity, parent in session.execute(select(UnitType.id, UnitType.parent_id).where(UnitType.parent_id.is_not(None))):
        counts[parent] += direct.get(identity, 0)
    return {one.id: counts[one.id] for one in types}


def _figures(session: Session, viewer: Viewer, types: Sequence[UnitType]) -> dict[int, Figure]:
    may_see = viewer.may("enterprise.view")
    counts = enterprise_counts(session, viewer, types)
    return {key: Figure(f"{number:,} 家", address("/enterprises", unit_type_id=key) if number and may_see else "") for key, number in counts.items()}


def _prepare(session: Session, viewer: Viewer, unit_type: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Types stand in two levels: what has types below it stays above, and only what stands above may have any."""
    parent_id = values.get("parent_id")
    if not parent_id:
        return values
    parent = get(session, UnitType, parent_id, viewer)
    if unit_type is not None and parent.id == unit_type.id:
        raise Invalid(NOT_SAVED, {"parent_id": "不能放到自己之下。"})
    if parent.parent_id is not None:
        raise Invalid(NOT_SAVED, {"parent_id": f"类型分类、子类两级，“{parent.name}”已是子类。"})
    below = select(func.count()).where(UnitType.parent_id == unit_type.id, UnitType.deleted_at.is_(None)) if unit_type is not None else None
    number = session.scalar(below) if below is not None else 0
    if number:
        raise Invalid(NOT_SAVED, {"parent_id": f"本类型下有 {number} 个子类，不能再放到其他类型之下。"})
    return values


def _following(session: Session, unit_type: UnitType) -> tuple[int, int]:
    """How many enterprises and secondary units go with the type when its supervisor changes."""
    follow = or_(UnitType.id == unit_type.id, (UnitType.parent_id == unit_type.id) & UnitType.department_id.is_(None))
    types = select(UnitType.id).where(follow)
    counts = [session.scalar(select(func.count()).where(model.unit_type_id.in_(types), model.deleted_at.is_(None))) or 0 for model in (Enterprise, SecondaryUnit)]
    return counts[0], counts[1]


def _question(unit_type: UnitType) -> str:
    session = object_session(unit_type)
    assert session is not None, "the record was just read"
    now = f"现由{unit_type.department.name}主管" if unit_type.department else "现没有主管部门"
    firms, units = _following(session, unit_type)
    return f"“{unit_type.path}”{now}，有企业 {firms:,} 家、二级单位 {units:,} 个。设置后都由所选部门监管，未单独指定部门的子类随之变更；不选部门则企业保持不变。"


def _supervise(session: Session, viewer: Viewer, unit_type: UnitType, values: Mapping[str, Any]) -> str:
    chosen = values.get("department_id")
    department = get(session, Department, int(chosen), viewer) if chosen else None
    moved = set_supervisor(session, viewer, unit_type, department)
    if department is None:
        return f"“{unit_type.name}”不再指定主管部门，企业保持不变。"
    return f"“{unit_type.name}”由{department.name}主管，{moved:,} 家企业和二级单位随之变更。"


UNIT_TYPES = Resource(
    key="unit_type",
    model=UnitType,
    path="/enterprises/types",
    title="企业类型设置",
    permission="unit_type.edit",
    module="综合监管",
    group="一企一档",
    sort="code",
    placeholder="类型名称、编码",
    tree="parent_id",
    columns=(
        Column("name", width=200, hint=lambda one: one.path),
        Column("code", width=80),
        Column("parent.name", label="上级类型", width=130),
        Column("department.short_name", label="主管部门", width=130, hint=lambda one: one.department.name if one.department else ""),
        Column("enterprises", label="企业", width=80, look="number", figures=_figures, is_sortable=False),
        Column("position", width=80, is_shown=False),
    ),
    filters=(Filter("parent_id", "企业类型"), Filter("department_id", "主管部门")),
    subtitle=lambda one: (one.path, one.department.name if one.department else "没有主管部门"),
    facts={"企业类型": ("name", "code", Fact("parent.name", "上级类型"), "department.name", "position")},
    form={
        "企业类型": (
            "name",
            FormField("code", help="每级两位数字，如 0105；列表按编码排列"),
            FormField("parent_id", help="不选即为一级类型"),
            "position",
            FormField("department_id", is_fixed=True, help="保存后用“设置主管部门”更改，企业随之变更"),
        )
    },
    edit_permission="unit_type.edit",
    can_add=True,
    prepare=_prepare,
    delete_permission="unit_type.edit",
    actions=(
        Action(
            "supervise",
            "设置主管部门",
            "unit_type.edit",
            _supervise,
            _question,
            icon="diagram-2",
            fields=(FormField("department_id", "主管部门"),),
            why_not=lambda viewer, one: "" if viewer.scope == "all" else ONLY_PARK,
            is_in_row=True,
        ),
    ),
)
