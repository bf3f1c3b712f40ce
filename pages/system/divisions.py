"""行政区域维护: the tree from the province to the village."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter, FormField
from data.choices import word
from data.choices.enterprises import DIVISION_LEVELS
from data.errors import Invalid
from data.models import Division
from data.tree import would_loop
from data.viewer import Viewer

LEVELS = [one.code for one in DIVISION_LEVELS]


def _prepare(session: Session, viewer: Viewer, division: Any, values: dict[str, Any]) -> dict[str, Any]:
    """A division stands below one of a higher level, and not below itself."""
    after = {name: values.get(name, getattr(division, name, None)) for name in ("parent_id", "level")}
    parent = session.get(Division, after["parent_id"]) if after["parent_id"] else None
    if division is not None and would_loop(session, Division, division.id, after["parent_id"]):
        raise Invalid("有的内容不能保存，已在字段下标出。", {"parent_id": "不能放到自己或自己的下级之下。"})
    if parent is not None and LEVELS.index(parent.level) >= LEVELS.index(after["level"]):
        message = f"{word(DIVISION_LEVELS, after['level'])}的上级应高于本级，“{parent.name}”是{word(DIVISION_LEVELS, parent.level)}。"
        raise Invalid("有的内容不能保存，已在字段下标出。", {"parent_id": message})
    return values


DIVISIONS = Resource(
    key="division",
    model=Division,
    path="/system/divisions",
    title="行政区域维护",
    permission="division.edit",
    module="系统管理",
    group="基础数据",
    sort="code",
    placeholder="名称、代码",
    tree="parent_id",
    columns=(
        Column("name"),
        Column("code", width=160),
        Column("level", width=120),
        Column("parent.name", label="上级", width=160),
        Column("updated_at", look="muted", width=130, is_on_card=False),
    ),
    filters=(Filter("parent_id", "行政区域"), Filter("level")),
    facts={"行政区域": ("name", "code", "level", Fact("parent.name", "上级"))},
    form={"行政区域": ("name", FormField("code", help="统计用区划代码，9 位或 12 位"), "level", "parent_id")},
    edit_permission="division.edit",
    can_add=True,
    sheet="division",
    prepare=_prepare,
    delete_permission="division.edit",
)
