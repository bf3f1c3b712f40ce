"""企业类型设置: a type is changed, moved to another department with all its enterprises, and kept while any is of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from data import db
from data.models import AuditEntry, Department, Enterprise, UnitType
from tests.dashboard.asking import listed, one, opened, rows


def in_use() -> UnitType:
    """A type below another that has enterprises and a department."""
    with db.read_session() as current:
        used = select(Enterprise.unit_type_id).group_by(Enterprise.unit_type_id).order_by(func.count().desc()).limit(1).scalar_subquery()
        return current.scalars(select(UnitType).where(UnitType.id == used)).one()


def count(*where: Any) -> int:
    with db.read_session() as current:
        return current.scalar(select(func.count()).select_from(Enterprise).where(*where)) or 0


def figure(row: dict[str, Any]) -> dict[str, Any]:
    return next(cell for cell in row.values() if isinstance(cell, dict) and "u" in cell)


def test_the_number_of_enterprises_leads_to_exactly_these_rows(person: Any) -> None:
    client = person("officer")
    below = in_use()
    for unit_type in (below, below.parent):
        row = next(one for one in rows(listed(client, "unit_type", q=unit_type.code, size="100"), "unit_type") if one["id"] == str(unit_type.id))
        shown = figure(row)
        assert shown["u"] == f"/enterprises?unit_type_id={unit_type.id}"
        found = rows(listed(client, "enterprise", unit_type_id=str(unit_type.id), size="100"), "enterprise")
        assert shown["w"] == f"{len(found)} 家"


def test_a_type_without_enterprises_is_a_number_without_a_link(person: Any) -> None:
    row = rows(listed(person("officer"), "unit_type", q="尾矿库"), "unit_type")[0]
    assert figure(row) == {"w": "0 家", "t": "", "u": ""}


def test_the_tree_at_the_left_keeps_to_what_is_below(person: Any) -> None:
    top = in_use().parent
    found = rows(listed(person("officer"), "unit_type", parent_id=str(top.id), size="100"), "unit_type")
    with db.read_session() as current:
        wanted = current.scalars(select(UnitType.id).where(UnitType.parent_id == top.id)).all()
    assert {row["id"] for row in found} == {str(identity) for identity in wanted}


def test_another_supervisor_takes_all_enterprises_of_the_type_and_says_how_many(person: Any, submit: Any) -> None:
    unit_type = in_use()
    number = count(Enterprise.unit_type_id == unit_type.id)
    other = one(Department, Department.id != unit_type.department_id)
    client = person("officer")
    assert f"有企业 {number} 家" in opened(client, "unit_type", open=str(unit_type.id), do="supervise")
    answer = submit(client, "unit_type", unit_type.id, "supervise", {"department_id": str(other.id)}, unit_type.version)
    assert f"“{unit_type.name}”由{other.name}主管，{number} 家企业和二级单位随之变更。" in answer
    assert count(Enterprise.unit_type_id == unit_type.id, Enterprise.department_id == other.id) == number
    with db.read_session() as current:
        moved = select(func.count()).where(AuditEntry.table_name == "enterprise", AuditEntry.verb == "supervise")
        assert current.scalar(moved) == number


def test_a_department_that_is_none_changes_nothing(person: Any, submit: Any) -> None:
    unit_type = in_use()
    assert "请从列表中选择" in submit(person("officer"), "unit_type", unit_type.id, "supervise", {"department_id": "999999"}, unit_type.version)
    assert in_use().department_id == unit_type.department_id


def test_the_form_names_but_does_not_move_the_supervisor(person: Any, submit: Any) -> None:
    unit_type = in_use()
    given = {"name": unit_type.name, "code": unit_type.code, "parent_id": str(unit_type.parent_id), "position": "88", "department_id": "1"}
    assert "已保存" in submit(person("officer"), "unit_type", unit_type.id, "edit", given, unit_type.version)
    after = in_use()
    assert (after.position, after.department_id) == (88, unit_type.department_id)


def test_a_type_with_enterprises_cannot_be_deleted(person: Any, submit: Any) -> None:
    unit_type = in_use()
    number = count(Enterprise.unit_type_id == unit_type.id)
    answer = submit(person("officer"), "unit_type", unit_type.id, "delete", {"reason": "合并"})
    assert f"生产经营单位 {number} 条" in answer and "请先处理后再删除。" in answer
    assert in_use().deleted_at is None


def test_types_stand_in_two_levels(person: Any, submit: Any) -> None:
    client = person("officer")
    below = in_use()
    answer = submit(client, "unit_type", "", "add", {"name": "第三级", "code": "010101", "parent_id": str(below.id)})
    assert f"类型分类、子类两级，“{below.name}”已是子类。" in answer
    top = below.parent
    other = one(UnitType, UnitType.parent_id.is_(None), UnitType.id != top.id)
    given = {"name": top.name, "code": top.code, "position": "1", "parent_id": str(other.id)}
    assert "个子类，不能再放到其他类型之下。" in submit(client, "unit_type", top.id, "edit", given, top.version)
    assert "已添加“仓储物流园”。" in submit(client, "unit_type", "", "add", {"name": "仓储物流园", "code": "1009", "parent_id": str(other.id)})


def test_who_may_not_keep_the_types_does_not_see_them(person: Any, submit: Any) -> None:
    unit_type = in_use()
    client = person("dept")
    assert "没有“维护企业类型”权限" in opened(client, "unit_type", open=str(unit_type.id))
    assert "没有“维护企业类型”权限" in submit(client, "unit_type", unit_type.id, "supervise", {"department_id": "1"}, unit_type.version)
