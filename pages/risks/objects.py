"""风险分析对象: what each enterprise analyses, accepted or waiting for review; the authority looks, asks back, accepts, and retires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import icon, section
from dashboard.blocks.place import place
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Branch, Column, Fact, Filter, FormField, Panel
from data import risk_lists, risk_review, risks
from data.choices import Choice
from data.choices.risks import RISK_STATES
from data.models import RiskEvent, RiskMeasure, RiskObject, RiskUnit
from data.viewer import Viewer
from data.workflows.risk_object import href
from pages.risks import declaring

UNITS = Column("units", "单元", look="number", width=80, figures=declaring.counted(RiskUnit, "object_id", "/risks/units", "个"), is_sortable=False)
EVENTS = Column("events", "风险事件", look="number", width=90, figures=declaring.counted(RiskEvent, "object_id", "/risks/events", "个"), is_sortable=False)
MEASURES = Column("measures", "管控措施", look="number", width=90, figures=declaring.counted(RiskMeasure, "object_id", "/risks/measures", "条"), is_sortable=False)
LEVEL = Column("present", "现状最高等级", look="dot", width=110, figures=declaring.worst("object_id"), is_sortable=False)
INHERENT = Column("inherent", "固有最高等级", look="dot", width=110, figures=declaring.worst("object_id", "inherent_level"), is_sortable=False, is_shown=False)

FACTS: dict[str, tuple[Fact | str, ...]] = {
    "对象": ("enterprise_id", "category", "department_name", "person", "phone", "place", "installation_id", "process_id", Fact("tanks", "储罐", lambda one: "、".join(tank.code for tank in one.tanks)), "description"),
    "审核": ("state", Fact("is_in_force", "已生效"), "accepted_at"),
}
TREE = Panel("tree", "风险清单", declaring.tree_table, lambda session, viewer, one: risk_lists.counts(session, RiskMeasure, "object_id", [one.id]).get(one.id, 0))


def states(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """What an authority is shown: a draft is the enterprise's own."""
    return [one for one in RISK_STATES if one.code != "draft"]


def subtitle(one: RiskObject) -> tuple[str, ...]:
    """The second line of the drawer."""
    return (one.enterprise.name, one.enterprise.division.name, "变更" if one.revises_id else "")


def _retire(session: Session, viewer: Viewer, one: RiskObject, values: Mapping[str, Any]) -> str:
    risk_review.retire(session, viewer, one, str(values.get("reason") or ""))
    return f"“{one.name}”已作废，其措施不再巡检。"


def _rail(session: Session, viewer: Viewer, one: RiskObject) -> Component:
    """Where the object lies, and the list of all risks of its enterprise."""
    paper = html.A([icon("file-earmark-word"), "下载《安全风险清单》"], href=f"/risks/documents/{one.enterprise_id}", **{"data-plain": "1", "download": ""})
    return html.Div([place(session, viewer, one), html.Div([section("文档"), paper, html.P("该企业全部已生效的风险。", className="cap")])], className="rail-parts")


OBJECTS = Resource(
    key="risk_object",
    model=RiskObject,
    path="/risks/objects",
    title="风险分析对象",
    permission=declaring.VIEW,
    module=declaring.MODULE,
    group=declaring.GROUP,
    icon="diagram-3",
    sort="enterprise_id",
    placeholder="对象名称、企业名称、责任人",
    only={"any": [risks.IN_FORCE, {"field": "state", "op": "eq", "value": "review"}]},
    branches=(Branch("enterprise_id"),),
    work_page=lambda one: href(one) if one.state == "review" else "",
    columns=(
        Column("name", width=180),
        declaring.FIRM,
        declaring.PLACE,
        Column("category", width=90),
        LEVEL,
        INHERENT,
        UNITS,
        EVENTS,
        MEASURES,
        Column("department_name", width=100, is_sortable=False, is_shown=False),
        declaring.PERSON,
        Column("state", look="tag", width=90),
        Column("accepted_at", look="muted", width=110, is_shown=False),
    ),
    filters=(*declaring.OF_FIRM, Filter("category"), Filter("state", options=states), Filter("installation_id"), Filter("accepted_at")),
    tags=("category", "state"),
    subtitle=subtitle,
    facts=FACTS,
    panels=(TREE,),
    rail=_rail,
    actions=(
        Action(
            "retire",
            "作废",
            risks.REVIEW,
            _retire,
            lambda one: f"“{one.name}”及其单元、事件、措施不再计入，巡检任务取消。企业应重新辨识后再报。",
            icon="x-octagon",
            is_dangerous=True,
            fields=(FormField("reason", "作废原因", is_required=True),),
            when=lambda one: one.is_in_force,
        ),
    ),
    empty_title="还没有风险分析对象",
    empty_text="企业填报并提交后在这里审核；审核通过的才计入。",
)
