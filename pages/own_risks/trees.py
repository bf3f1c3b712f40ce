"""风险管控 on the enterprise side: objects, units, events and measures as it enters them, submits them and changes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.blocks.basic import icon, notice
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Branch, Column, Fact, Filter, FormField
from dashboard.site import HOME
from data import risk_methods, risk_review, risks
from data.choices import Choice
from data.models import Point, RiskEvent, RiskMeasure, RiskObject, RiskUnit
from data.query import visible
from data.rules.risk import FACTORS
from data.viewer import Viewer
from data.workflows.risk_object import href
from pages.risks import events, measures, objects, units
from pages.risks.declaring import OBJECT, PERSON, UNIT, counted, standing, worst

GROUP = "风险管控"
OWN = risks.OWN
OBJECTS_PATH, UNITS_PATH, EVENTS_PATH, MEASURES_PATH = "/own/risks/objects", "/own/risks/units", "/own/risks/events", "/own/risks/measures"
STATE = Column("risk_object.state", "状态", look="dot", width=90)
# A change that was accepted is in the object that it changed.
CURRENT = {"any": [{"field": "revises_id", "op": "empty"}, {"field": "state", "op": "ne", "value": "accepted"}]}
AUTO, MANUAL = ("way", ("auto",)), ("way", ("manual",))
DRAFT_NOTE = "保存为草稿；对象提交并审核通过后才计入、才产生巡检任务。"


def _drafts(session: Session, viewer: Viewer) -> list[RiskObject]:
    """The objects that may be changed now."""
    return list(session.scalars(visible(RiskObject, viewer).where(RiskObject.state == "draft").order_by(RiskObject.name)).unique())


def draft_objects(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The objects to which a unit may be added."""
    return [Choice(str(one.id), f"{one.name}{'（变更）' if one.revises_id else ''}") for one in _drafts(session, viewer)]


def draft_units(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The units to which an event may be added."""
    wanted = visible(RiskUnit, viewer).where(RiskUnit.object_id.in_([one.id for one in _drafts(session, viewer)]))
    return [Choice(str(one.id), f"{one.risk_object.name} / {one.name}") for one in session.scalars(wanted.order_by(RiskUnit.object_id, RiskUnit.id)).unique()]


def draft_events(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The events to which a measure may be added."""
    wanted = visible(RiskEvent, viewer).where(RiskEvent.object_id.in_([one.id for one in _drafts(session, viewer)]))
    return [Choice(str(one.id), f"{one.unit.name} / {one.name}") for one in session.scalars(wanted.order_by(RiskEvent.unit_id, RiskEvent.id)).unique()]


def own_points(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The live points of the viewer's enterprise."""
    rows = session.execute(select(Point.id, Point.name).where(Point.enterprise_id == (viewer.enterprise_id or 0), Point.deleted_at.is_(None)).order_by(Point.code))
    return [Choice(str(identity), name) for identity, name in rows]


def factors(name: str) -> Any:
    """The values of a factor (``likelihood``, ``exposure`` or ``severity``) by the editions in force, by method; a method without it has none."""
    place = risk_methods.PARTS.index(name)

    def options(session: Session, viewer: Viewer) -> Mapping[str, Sequence[Choice]]:
        return {code: risk_methods.factor_choices(session, code, keys[place]) for code, keys in FACTORS.items()}

    return options


def factor(aspect: str, name: str) -> FormField:
    """The field of a factor: the choices of the method that is chosen."""
    return FormField(f"{aspect}_{name}", by="method", options_by=factors(name))


def held(viewer: Viewer, record: Any) -> str:
    """Why the enterprise cannot change it now."""
    return risks.why_fixed(record)


def _hint(session: Session, viewer: Viewer) -> Component:
    """What to do next, above the lists."""
    number = len(_drafts(session, viewer))
    words = f"有 {number} 个对象在编制中，补齐单元、事件、措施后提交审核。" if number else "已生效的清单不能直接修改；需要修改时在对象上“申请变更”。"
    ways = [dcc.Link([icon("journals"), "从模板复制"], href="/own/risks/templates", className="button"), html.A([icon("file-earmark-word"), "安全风险清单"], href=f"/risks/documents/{viewer.enterprise_id}", className="button", **{"data-plain": "1", "download": ""})]
    ways.insert(1, html.A([icon("file-earmark-spreadsheet"), "导出清单"], href="/own/risks/book", className="button", **{"data-plain": "1", "download": ""}))
    return html.Div([html.Div(notice(words), className="grow"), *ways], className="row-line risk-top")


def _submit(session: Session, viewer: Viewer, one: RiskObject, values: Mapping[str, Any]) -> str:
    risk_review.submit(session, viewer, one, now=datetime.now(UTC))
    return f"已提交“{one.name}”，等待监管部门审核。"


def _revise(session: Session, viewer: Viewer, one: RiskObject, values: Mapping[str, Any]) -> str:
    made = risk_review.revise(session, viewer, one)
    return f"已建立“{made.name}”的变更稿，修改后提交；审核通过前仍按原清单管控。"


def _discard(session: Session, viewer: Viewer, node: Any, values: Mapping[str, Any]) -> str:
    risks.remove(session, viewer, node, str(values.get("reason") or "删除草稿"))
    return f"已删除“{node.name}”及其下的内容。"


REMOVE = Action("discard", "删除", OWN, _discard, lambda one: f"删除“{one.name}”及其下的全部内容。", icon="trash", is_dangerous=True, when=lambda one: not risks.why_fixed(one), is_batch=True)


def _mine(path: str, of: Resource, **changes: Any) -> Resource:
    """The list of an authority as the enterprise has it: without enterprise and place, with what it may do."""
    given = {"path": path, "permission": OWN, "module": HOME, "group": GROUP, "only": {}, "actions": (REMOVE,), "edit_permission": OWN, "can_add": True, "can_edit": held, "save_note": DRAFT_NOTE, "top": _hint}
    return replace(of, **given | changes)


def _without_firm(columns: Sequence[Column]) -> tuple[Column, ...]:
    return tuple(one for one in columns if not one.name.startswith("enterprise."))


def _filters(of: Sequence[Filter]) -> tuple[Filter, ...]:
    return tuple(one for one in of if not one.name.startswith("enterprise"))


OBJECTS = _mine(
    OBJECTS_PATH,
    objects.OBJECTS,
    key="own_risk_object",
    sheet="risk_book",
    store=lambda session, viewer, record, values, version: risks.save_object(session, viewer, record, values, version),
    title="风险分析对象",
    icon="diagram-3",
    sort="-id",
    placeholder="对象名称、责任人",
    only=CURRENT,
    branches=(),
    heading=lambda one: f"{one.name}{'（变更）' if one.revises_id else ''}",
    work_page=lambda one: href(one) if one.state == "review" else "",
    columns=(
        Column("name", width=220, show=lambda one: f"{one.name}{'（变更）' if one.revises_id else ''}"),
        Column("state", look="tag", width=90),
        Column("category", width=90),
        objects.LEVEL,
        *(replace(one, figures=counted(model, "object_id", path, unit)) for one, model, path, unit in ((objects.UNITS, RiskUnit, UNITS_PATH, "个"), (objects.EVENTS, RiskEvent, EVENTS_PATH, "个"), (objects.MEASURES, RiskMeasure, MEASURES_PATH, "条"))),
        Column("department_name", width=110, is_sortable=False),
        PERSON,
    ),
    filters=(Filter("state"), Filter("category"), Filter("is_in_force", "已生效")),
    form={
        "对象": ("name", "category", "department_name", "person", "phone", FormField("place", help="如 3 号厂房、罐区东侧")),
        "位置": ("lon", "polygon"),
        "关联": ("installation_id", "tanks", "process_id", FormField("description", is_long=True)),
    },
    actions=(
        Action("submit", "提交审核", OWN, _submit, lambda one: f"提交“{one.name}”及其单元、事件、措施，审核期间不能修改。", icon="send", when=lambda one: one.state == "draft", is_in_row=True, is_batch=True),
        Action("revise", "申请变更", OWN, _revise, lambda one: f"复制“{one.name}”的全部内容为变更稿，修改后提交审核；通过前原清单继续有效。", icon="pencil-square", when=lambda one: one.is_in_force, is_in_row=True),
        REMOVE,
    ),
    empty_title="还没有风险分析对象",
    empty_text="逐个添加，从模板复制，或从 Excel 导入；每个对象下划分单元，再填风险事件和管控措施。",
)

UNITS = _mine(
    UNITS_PATH,
    units.UNITS,
    key="own_risk_unit",
    branches=(Branch("object_id"),),
    columns=(
        Column("name", width=200),
        OBJECT,
        STATE,
        replace(units.LEVEL, figures=worst("unit_id")),
        replace(units.EVENTS, figures=counted(RiskEvent, "unit_id", EVENTS_PATH, "个")),
        replace(units.MEASURES, figures=counted(RiskMeasure, "unit_id", MEASURES_PATH, "条")),
        Column("place", width=150, is_sortable=False),
        PERSON,
        Column("object_id", "对象编号", width=90, is_shown=False),
    ),
    filters=(Filter("object_id"), Filter("risk_object.state", "状态")),
    facts={"单元": (Fact("risk_object.name", "分析对象"), "department_name", "person", "place", "place_code")},
    form={"单元": (FormField("object_id", options=draft_objects, help="只列编制中的对象"), "name", "place", "department_name", "person")},
    store=lambda session, viewer, record, values, version: risks.save_unit(session, viewer, record, values, version),
)

EVENTS = _mine(
    EVENTS_PATH,
    events.EVENTS,
    key="own_risk_event",
    branches=(Branch("object_id"), Branch("unit_id")),
    columns=(*_without_firm(events.EVENTS.columns)[:6], STATE, *_without_firm(events.EVENTS.columns)[6:7], replace(events.MEASURES, figures=counted(RiskMeasure, "event_id", MEASURES_PATH, "条")), Column("person", width=90, is_sortable=False, is_shown=False)),
    filters=(*_filters(events.EVENTS.filters), Filter("risk_object.state", "状态")),
    form={
        "事件": (FormField("unit_id", options=draft_units, help="只列编制中的对象的单元"), "name", "accident", "other_accidents", FormField("consequence", is_long=True), "department_name", "person"),
        "固有风险（没有管控措施时）": ("method", *(factor("inherent", name) for name in risk_methods.PARTS)),
        "现状风险（有管控措施后）": tuple(factor("present", name) for name in risk_methods.PARTS),
    },
    store=lambda session, viewer, record, values, version: risks.save_event(session, viewer, record, values, version),
    save_note="保存时按使用中的方法版本计算风险值和等级。",
)

MEASURES = _mine(
    MEASURES_PATH,
    measures.MEASURES,
    key="own_risk_measure",
    branches=(Branch("object_id"), Branch("unit_id"), Branch("event_id")),
    columns=(
        Column("name", width=280, hint=lambda one: one.name),
        Column("event.present_level", "风险等级", look="dot", width=90),
        measures.CONTROL,
        replace(measures.STANDING, figures=standing),
        Column("kind", width=90),
        measures.EVENT,
        UNIT,
        STATE,
        PERSON,
        Column("object_id", "对象编号", width=90, is_shown=False),
    ),
    filters=(*_filters(measures.MEASURES.filters), Filter("risk_object.state", "状态")),
    form={
        "措施": (FormField("event_id", options=draft_events, help="只列编制中的对象的事件"), FormField("name", is_long=True), "kind", "category"),
        "管控": (
            "way",
            FormField("point_id", options=own_points, when=AUTO),
            FormField("makes_danger", when=AUTO),
            FormField("content", is_long=True, when=MANUAL),
            FormField("cycle_count", when=MANUAL),
            FormField("cycle_unit", when=MANUAL),
            "person",
            "is_active",
        ),
    },
    store=lambda session, viewer, record, values, version: risks.save_measure(session, viewer, record, values, version),
)
