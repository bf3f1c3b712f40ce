"""风险事件: what may happen, by LS or LEC, without measures (固有) and with them (现状)."""

from __future__ import annotations

from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter, Panel
from data import risks
from data.models import RiskEvent, RiskMeasure
from pages.risks import declaring

PRESENT = Column("present_level", "现状等级", look="dot", width=90)
INHERENT = Column("inherent_level", "固有等级", look="dot", width=90)
MEASURES = Column("measures", "管控措施", look="number", width=90, figures=declaring.counted(RiskMeasure, "event_id", "/risks/measures", "条"), is_sortable=False)
ASSESSED = Column("assessed", "现状评价", width=170, show=lambda one: f"{one.method}：{declaring.assessment(one, 'present')}", is_sortable=False)

FACTS: dict[str, tuple[Fact | str, ...]] = {
    "事件": ("enterprise_id", Fact("risk_object.name", "分析对象"), Fact("unit.name", "分析单元"), "accident", "other_accidents", "consequence", "department_name", "person"),
    "评价": (
        "method",
        Fact("edition.edition", "方法版本"),
        Fact("inherent", "固有风险", lambda one: declaring.assessment(one, "inherent")),
        "inherent_level",
        Fact("present", "现状风险", lambda one: declaring.assessment(one, "present")),
        "present_level",
        Fact("control", "管控层级", declaring.control_level),
    ),
}

EVENTS = Resource(
    key="risk_event",
    model=RiskEvent,
    path="/risks/events",
    title="风险事件",
    permission=declaring.VIEW,
    module=declaring.MODULE,
    group=declaring.GROUP,
    sort="present_level",
    placeholder="风险事件、单元、对象、企业名称",
    only=risks.BELOW_IN_FORCE,
    branches=declaring.TREE,
    edge=lambda one: f"risk-{one.present_level}",
    columns=(
        Column("name", width=220),
        PRESENT,
        INHERENT,
        Column("accident", width=110, is_sortable=False),
        declaring.UNIT,
        declaring.OBJECT,
        declaring.FIRM,
        declaring.PLACE,
        ASSESSED,
        MEASURES,
        Column("present_score", look="number", width=80, is_shown=False),
        Column("person", width=90, is_sortable=False, is_shown=False),
    ),
    filters=(
        *declaring.OF_FIRM,
        Filter("present_level"),
        Filter("inherent_level"),
        Filter("method"),
        Filter("accident"),
        Filter("object_id"),
        Filter("unit_id"),
        Filter("risk_object.category", "对象类别"),
    ),
    tags=("present_level",),
    subtitle=lambda one: (one.enterprise.name, one.risk_object.name, one.unit.name),
    facts=FACTS,
    panels=(Panel("measures", "管控措施", declaring.measures_table, lambda session, viewer, one: len(risks.children(session, one))),),
    empty_title="还没有风险事件",
    empty_text="企业按 LS 或 LEC 评价的事件，审核通过后列在这里。",
)
