"""风险评价方法: the editions of LS and LEC. A used edition stays as it is; the next one is made from it and put in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session, object_session

from dashboard.blocks.basic import dot, section
from dashboard.blocks.tables import Column as TableColumn
from dashboard.blocks.tables import table
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Figure, Filter, FormField, Panel, Parts
from data import risk_methods
from data.calendar import park_day
from data.choices import Choice, word
from data.choices.risks import RISK_FACTORS, RISK_LEVELS
from data.models import RiskBand, RiskFactor, RiskMethod
from data.viewer import Viewer

EDIT = risk_methods.PERMISSION


def _state(one: RiskMethod) -> Choice:
    return Choice("1", "使用中", "ok") if one.is_active else Choice("0", "未启用", "stale")


def _used(session: Session, viewer: Viewer, methods: Sequence[RiskMethod]) -> Mapping[int, Figure | Choice]:
    return {one.id: Figure(f"{risk_methods.use_count(session, one):,} 个") for one in methods}


def _held(viewer: Viewer, one: RiskMethod) -> str:
    session = object_session(one)
    return risk_methods.why_fixed(session, one) if session is not None else ""


def _tables(session: Session, viewer: Viewer, one: RiskMethod) -> Component:
    factors = (
        TableColumn("因素", lambda row: word(RISK_FACTORS, row.factor), width="120px"),
        TableColumn("分值", lambda row: f"{row.score:g}", True, "80px"),
        TableColumn("判定", lambda row: row.name),
    )
    bands = (
        TableColumn("风险值", lambda row: row.title, width="120px"),
        TableColumn("风险等级", lambda row: _level(row.level), width="100px"),
        TableColumn("含义", lambda row: row.name or ""),
    )
    parts = [section("因素取值"), table(factors, risk_methods.factors_of(session, one)), section("分级标准"), table(bands, risk_methods.bands_of(session, one))]
    return html.Div(parts, className="file-lists risk-tree")


def _level(level: int) -> Component:
    choice = next(one for one in RISK_LEVELS if one.code == str(level))
    return dot(choice.word, choice.tone)


def _next(session: Session, viewer: Viewer, one: RiskMethod, values: Mapping[str, Any]) -> str:
    made = risk_methods.next_edition(session, viewer, one, values["edition"])
    return f"已建立“{made.name} {made.edition}”，修改后启用。"


def _start(session: Session, viewer: Viewer, one: RiskMethod, values: Mapping[str, Any]) -> str:
    risk_methods.put_in_force(session, viewer, one, park_day(datetime.now(UTC)))
    return f"“{one.name} {one.edition}”已启用，此后的评价按它计算；已有评价不变。"


METHODS = Resource(
    key="risk_method",
    model=RiskMethod,
    path="/system/risk-methods",
    title="风险评价方法",
    permission=EDIT,
    module="系统管理",
    group="基础数据",
    icon="sliders",
    sort="code",
    placeholder="名称、版本",
    heading=lambda one: f"{one.name} {one.edition}",
    columns=(
        Column("name", width=260),
        Column("code", width=160),
        Column("edition", width=110),
        Column("is_active", look="tag", width=90, show=_state),
        Column("used", "已评价事件", look="number", width=100, figures=_used, is_sortable=False),
        Column("valid_from", width=110),
        Column("basis", width=300, hint=lambda one: one.basis or ""),
    ),
    filters=(Filter("code"), Filter("is_active")),
    tags=(Fact("is_active", show=_state),),
    facts={"方法": ("code", "edition", "basis", "valid_from", "remark")},
    panels=(Panel("tables", "因素与分级", _tables),),
    form={"方法": (FormField("code", is_fixed=True), "edition", "name", "basis", "remark")},
    parts=(Parts("factors", RiskFactor, ("factor", "score", "name"), most=60), Parts("bands", RiskBand, ("floor", "takes_floor", "level", "name"), "从下限起为该等级，直到更高一级的下限", most=12)),
    edit_permission=EDIT,
    can_edit=_held,
    actions=(
        Action("next", "另立新版本", EDIT, _next, lambda one: f"复制“{one.name} {one.edition}”的因素取值和分级标准，修改后再启用。", icon="files", fields=(FormField("edition", "新版本", is_required=True),), is_in_row=True),
        Action("start", "启用", EDIT, _start, lambda one: f"此后的评价按“{one.edition}”计算；已有评价保留原版本和结果。", icon="check2-circle", when=lambda one: not one.is_active, is_in_row=True),
    ),
    save_note="未启用的版本可以修改；启用时检查分值越高等级不降低。",
    can_export=False,
)
