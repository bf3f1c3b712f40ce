"""自查标准维护: the park's guiding standards for self-checks, by type of unit; enterprises read those of their type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE, tag
from dashboard.blocks.state import empty
from dashboard.blocks.tables import Column as TableColumn
from dashboard.blocks.tables import table
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Figure, Filter, FormField, Panel, Parts
from dashboard.tasks import follow
from data import exports, own_standards
from data.choices import Choice, word
from data.choices.dangers import HIDDEN_LEVELS
from data.models import CheckItem, CheckStandard, OwnStandard
from data.query import Question
from data.viewer import Viewer
from pages.dangers import declaring

EDIT = "standard.edit"
ITEM_FIELDS = ("number", "category", "name", "basis", "method", "danger_level")
MOST_ITEMS = 500
HEADS = (("standard_id", "自查标准"), ("number", "序号"), ("category", "检查类别"), ("name", "检查内容"), ("basis", "依据"), ("method", "检查方式"), ("danger_level", "不符合时级别"))


def items_panel(session: Session, viewer: Viewer, standard: CheckStandard | OwnStandard) -> Component:
    """The items of a standard, in their order."""
    rows: Sequence[Any] = own_standards.items_of(session, standard)
    if not rows:
        return empty("还没有自查项", "在“修改”中逐条添加，或从 Excel 导入。")
    last = TableColumn("依据", lambda one: one.basis or NO_VALUE) if isinstance(standard, CheckStandard) else TableColumn("检查部位", lambda one: one.place or NO_VALUE)
    columns = (
        TableColumn("序号", lambda one: one.number, is_number=True, width="56px"),
        TableColumn("检查类别", lambda one: one.category),
        TableColumn("检查内容", lambda one: one.name),
        last,
        TableColumn("检查方式", lambda one: one.method or NO_VALUE),
        TableColumn("不符合时", lambda one: tag(word(HIDDEN_LEVELS, one.danger_level), "danger" if one.danger_level == "major" else "")),
    )
    return html.Div(table(columns, rows), className="file-lists")


def _counts(session: Session, viewer: Viewer, standards: Sequence[CheckStandard]) -> Mapping[int, Figure | Choice]:
    rows = select(CheckItem.standard_id, func.count()).where(CheckItem.standard_id.in_([one.id for one in standards]), CheckItem.deleted_at.is_(None))
    return {identity: Figure(f"{number:,} 项") for identity, number in session.execute(rows.group_by(CheckItem.standard_id))}


def _type(standard: CheckStandard) -> str:
    return standard.unit_type.name if standard.unit_type else "全部类型"


def _state(standard: CheckStandard) -> Choice:
    return Choice("1", "启用", "ok") if standard.is_active else Choice("0", "停用", "stale")


def _why_not_download(viewer: Viewer, standard: CheckStandard) -> str:
    return "代企业操作时不能导出，请先返回管理端。" if viewer.acting_for else ""


def _download(permission: str) -> Action:
    def run(session: Session, viewer: Viewer, standard: CheckStandard, values: Mapping[str, Any]) -> str:
        question = Question(filters={"standard_id": standard.id}, sort=(("number", False),))
        listing = exports.Listing(CheckItem.__tablename__, HEADS, question, standard.name, permission, f"自查标准“{standard.name}”的全部自查项")
        follow(exports.ask(session, viewer, listing))
        return "正在生成文件，完成后自动下载。"

    text = "下载“{}”的全部自查项（Excel），可修改后再导入。".format
    return Action("download", "下载", permission, run, lambda standard: text(standard.name), icon="download", why_not=_why_not_download, is_in_row=True)


STANDARDS = Resource(
    key="check_standard",
    model=CheckStandard,
    path="/dangers/standards",
    title="自查标准维护",
    short="自查标准",
    permission=declaring.VIEW,
    module=declaring.MODULE,
    group=declaring.GROUP,
    sort="name",
    placeholder="标准名称、编制依据",
    columns=(
        Column("name", width=300),
        Column("unit_type.name", "适用类型", width=180, show=_type),
        Column("items", "自查项", look="number", width=90, figures=_counts, is_sortable=False),
        Column("edition", width=100),
        Column("basis", width=260, hint=lambda one: one.basis or ""),
        Column("issued_on", width=110),
        Column("is_active", look="tag", width=80, show=_state),
    ),
    filters=(Filter("unit_type_id"), Filter("is_active"), Filter("issued_on")),
    tags=(Fact("is_active", show=_state),),
    subtitle=lambda one: (_type(one), one.edition or ""),
    facts={"标准": ("name", Fact("unit_type_id", "适用类型", _type), "edition", "basis", "issued_on", Fact("is_active", show=_state))},
    panels=(Panel("items", "自查项", items_panel, lambda session, viewer, one: own_standards.item_count(session, one)),),
    form={"标准": ("name", FormField("unit_type_id"), "edition", "basis", "issued_on", "is_active")},
    parts=(Parts("items", CheckItem, ITEM_FIELDS, "也可从 Excel 导入", MOST_ITEMS),),
    edit_permission=EDIT,
    can_add=True,
    delete_permission=EDIT,
    sheet="check_item",
    actions=(_download(declaring.VIEW),),
    empty_title="还没有自查标准",
    empty_text="添加标准后逐条填写自查项，或从 Excel 导入；企业按其类型看到适用的标准。",
)


def _make_own(session: Session, viewer: Viewer, standard: CheckStandard, values: Mapping[str, Any]) -> str:
    made = own_standards.add(session, viewer, values["name"], standard=standard)
    return f"已建立“{made.name}”，复制了 {own_standards.item_count(session, made)} 项。请在“本企业标准”中修改后提交。"


GUIDING = replace(
    STANDARDS,
    key="guiding_standard",
    path="/own/standards",
    title="自查标准",
    short="",
    permission=own_standards.OWN,
    group="自查标准",
    icon="list-check",
    columns=tuple(one for one in STANDARDS.columns if one.name != "is_active"),
    filters=(Filter("issued_on"),),
    tags=(),
    form={},
    parts=(),
    edit_permission="",
    can_add=False,
    delete_permission="",
    sheet="",
    actions=(
        Action(
            "make_own",
            "编制本企业标准",
            own_standards.OWN,
            _make_own,
            lambda standard: f"复制“{standard.name}”的全部自查项，按本企业的情况修改后提交审核。",
            icon="file-earmark-plus",
            fields=(FormField("name", "标准名称", is_required=True),),
            is_in_row=True,
        ),
        _download(own_standards.OWN),
    ),
    empty_title="还没有适用的自查标准",
    empty_text="监管部门发布适用于本企业类型的标准后列在这里。",
)
