"""判定标准: the criteria by which a hidden danger is a major one, edition by edition."""

from __future__ import annotations

from datetime import date
from typing import Any

from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter, FormField
from data.choices import Choice
from data.models import MajorCriterion
from pages.dangers import declaring


def _standing(one: MajorCriterion) -> Choice:
    day: date = declaring.today()
    if one.valid_until is not None and one.valid_until < day:
        return Choice("ended", "已废止", "stale")
    return Choice("coming", "未实施", "primary") if one.valid_from is not None and one.valid_from > day else Choice("valid", "现行", "ok")


def _check(one: MajorCriterion | None, values: dict[str, Any]) -> dict[str, str]:
    start, end = values.get("valid_from"), values.get("valid_until")
    return {"valid_until": "废止日期不能早于实施日期。"} if start and end and end < start else {}


CRITERIA = Resource(
    key="major_criterion",
    model=MajorCriterion,
    path="/dangers/criteria",
    title="重大隐患判定标准",
    short="判定标准",
    permission=declaring.VIEW,
    module=declaring.MODULE,
    group=declaring.GROUP,
    sort="number",
    placeholder="判定情形、判定文件",
    columns=(
        Column("name", width=520, hint=lambda one: one.name),
        Column("number", width=70),
        Column("edition", width=320, hint=lambda one: one.edition),
        Column("valid_from", width=110),
        Column("standing", "状态", look="tag", width=90, show=_standing, is_sortable=False),
    ),
    filters=(Filter("valid_from"), Filter("valid_until")),
    tags=(Fact("standing", show=_standing),),
    facts={"判定标准": ("edition", "number", "name", "valid_from", "valid_until")},
    form={"判定标准": ("edition", "number", FormField("name", is_long=True), "valid_from", "valid_until")},
    check=_check,
    edit_permission="standard.edit",
    can_add=True,
    delete_permission="standard.edit",
)
