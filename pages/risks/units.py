"""风险分析单元: the parts of the objects in force, each with its place of inspection."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import dot
from dashboard.blocks.state import empty
from dashboard.blocks.tables import Column as TableColumn
from dashboard.blocks.tables import table
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter, Panel
from data import risks
from data.choices import Choice
from data.models import RiskEvent, RiskMeasure, RiskUnit
from data.viewer import Viewer
from pages.risks import declaring

EVENTS = Column("events", "风险事件", look="number", width=90, figures=declaring.counted(RiskEvent, "unit_id", "/risks/events", "个"), is_sortable=False)
MEASURES = Column("measures", "管控措施", look="number", width=90, figures=declaring.counted(RiskMeasure, "unit_id", "/risks/measures", "条"), is_sortable=False)
LEVEL = Column("present", "现状最高等级", look="dot", width=110, figures=declaring.worst("unit_id"), is_sortable=False)


def _events(session: Session, viewer: Viewer, unit: RiskUnit) -> Component:
    rows = risks.children(session, unit)
    if not rows:
        return empty("还没有风险事件", "单元中可能发生的事故逐条填写、评价。")

    def level(number: int) -> Component | str:
        choice = declaring.level_of(number)
        return dot(choice.word, choice.tone) if isinstance(choice, Choice) else ""

    columns = (
        TableColumn("风险事件", lambda one: one.name),
        TableColumn("事故类型", lambda one: one.accident, width="110px"),
        TableColumn("固有", lambda one: level(one.inherent_level), width="70px"),
        TableColumn("现状", lambda one: level(one.present_level), width="70px"),
        TableColumn("评价", lambda one: f"{one.method}：{declaring.assessment(one, 'present')}", width="170px"),
    )
    return html.Div(table(columns, rows), className="file-lists risk-tree")


UNITS = Resource(
    key="risk_unit",
    model=RiskUnit,
    path="/risks/units",
    title="风险分析单元",
    permission=declaring.VIEW,
    module=declaring.MODULE,
    group=declaring.GROUP,
    sort="object_id",
    placeholder="单元、对象、企业名称",
    only=risks.BELOW_IN_FORCE,
    branches=declaring.TREE[:2],
    columns=(
        Column("name", width=180),
        declaring.OBJECT,
        declaring.FIRM,
        declaring.PLACE,
        LEVEL,
        EVENTS,
        MEASURES,
        Column("place", width=130, is_sortable=False),
        declaring.PERSON,
        Column("object_id", "对象编号", width=90, is_shown=False),
    ),
    filters=(*declaring.OF_FIRM, Filter("object_id"), Filter("risk_object.category", "对象类别")),
    subtitle=lambda one: (one.enterprise.name, one.risk_object.name),
    facts={"单元": ("enterprise_id", Fact("risk_object.name", "分析对象"), "department_name", "person", "place")},
    panels=(Panel("events", "风险事件", _events, lambda session, viewer, one: len(risks.children(session, one))),),
    empty_title="还没有风险分析单元",
    empty_text="企业在对象下划分单元，审核通过后列在这里。",
)
