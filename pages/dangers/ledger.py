"""隐患台账: every hidden danger; officers enter theirs here, one by one or from a workbook, and hand them over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Filter, FormField
from data.choices import Choice
from data.choices.dangers import HIDDEN_SOURCES
from data.dangers import NOT_ENTERED, faults_of, put_on_its_way, register
from data.errors import Invalid
from data.models import HiddenDanger
from data.save import update
from data.statistics.dangers import NO_DRAFTS_OF_ENTERPRISES
from data.validity import NOT_SAVED
from data.viewer import Viewer
from pages.dangers import declaring


def own_sources(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """Where a danger comes from that an authority enters."""
    return [one for one in HIDDEN_SOURCES if one.code not in NOT_ENTERED]


def _held(viewer: Viewer, danger: HiddenDanger) -> str:
    return "" if danger.state == "draft" else "已提交的隐患在办理页面按步骤填写，不能直接修改或删除。"


def _check(danger: HiddenDanger | None, values: dict[str, Any]) -> dict[str, str]:
    faults = faults_of(values, declaring.today())
    if values.get("level") != "major" and values.get("deadline_on") is None:
        faults.setdefault("deadline_on", "一般隐患请填写整改期限。")
    return faults


def _store(session: Session, viewer: Viewer, danger: HiddenDanger | None, values: dict[str, Any], version: int | None) -> HiddenDanger:
    if danger is not None and danger.number and values.get("level", danger.level) != danger.level:
        raise Invalid(NOT_SAVED, {"level": "编号已按级别生成，级别不能再改；请删除草稿后重新登记。"})
    if danger is not None:
        return update(session, danger, viewer, values, version=version)
    return register(session, viewer, {name: value for name, value in values.items() if value is not None}, now=datetime.now(UTC))


def _submit(session: Session, viewer: Viewer, danger: HiddenDanger, values: Mapping[str, Any]) -> str:
    put_on_its_way(session, viewer, danger, now=datetime.now(UTC))
    waits = "请企业整改" if danger.level == "general" else "请企业补充重大隐患报告"
    return f"已提交“{danger.name}”，{waits}。"


SUBMIT = Action(
    "submit",
    "提交",
    declaring.EDIT,
    _submit,
    lambda danger: f"提交后“{danger.name}”交{danger.enterprise.name}办理，不能再修改或删除。",
    icon="send",
    when=lambda danger: danger.state == "draft",
    is_in_row=True,
    is_batch=True,
)

LEDGER = Resource(
    key="dangers",
    model=HiddenDanger,
    path="/dangers/all",
    title="隐患台账",
    permission=declaring.VIEW,
    module=declaring.MODULE,
    group=declaring.GROUP,
    sort="-found_on",
    placeholder=declaring.KEYWORD,
    only=NO_DRAFTS_OF_ENTERPRISES,
    work_page=declaring.work_page,
    columns=(
        declaring.NAME,
        declaring.FIRM,
        declaring.PLACE,
        declaring.LEVEL,
        Column("kind", "类型", width=80),
        Column("source", "来源", width=120),
        Column("found_on", width=110),
        declaring.DEADLINE,
        declaring.STATE,
        Column("left", "剩余时间", look="due", width=140, show=declaring.left, is_sortable=False, is_shown=False),
        Column("closed_on", width=110, is_shown=False),
        Column("person", "责任人", width=90, is_sortable=False, is_shown=False),
        Column("phone", "联系电话", look="phone", width=130, is_sortable=False, is_shown=False),
        Column("place", width=140, is_sortable=False, is_shown=False),
        Column("finder", width=90, is_sortable=False, is_shown=False),
        Column("number", width=150, is_sortable=False, is_shown=False),
    ),
    filters=(
        *declaring.OF_FIRM,
        Filter("state"),
        Filter("kind", "隐患类型"),
        Filter("source", "隐患来源"),
        Filter("found_on"),
        Filter("deadline_on"),
        Filter("closed_on"),
    ),
    tags=("level", "state"),
    subtitle=declaring.subtitle,
    facts=declaring.FACTS,
    rail=declaring.rail,
    form={
        "隐患": (
            "enterprise_id",
            FormField("name", is_long=True),
            "place",
            "level",
            FormField("source", options=own_sources, begins="inspection"),
            "kind",
            "found_on",
            FormField("criterion_id", help="重大隐患请选择"),
        ),
        "整改": ("treatment", FormField("deadline_on", help="一般隐患必填"), "person", "phone", FormField("measures", is_required=False)),
    },
    edit_permission=declaring.EDIT,
    can_add=True,
    can_edit=_held,
    can_delete=_held,
    check=_check,
    slots=tuple(one for one in HiddenDanger.__files__ if one.code in ("before", "other")),
    store=_store,
    save_note="保存为草稿，可继续修改；提交后交企业办理。",
    actions=(SUBMIT, declaring.URGE),
    delete_permission=declaring.EDIT,
    sheet="hidden_danger",
    empty_title="还没有隐患",
    empty_text="企业上报的隐患列在这里；监管部门检查发现的在此登记或导入。",
)
