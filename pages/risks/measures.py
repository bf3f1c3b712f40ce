"""风险管控措施: what keeps events from happening; watched by live points or inspected in a cycle by a person."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import section
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter, Panel
from data import inspections, risk_lists, risks
from data.choices import Choice
from data.models import RiskMeasure
from data.viewer import Viewer
from pages.risks import declaring

CONTROL = Column("control", "管控方式", width=140, show=declaring.cycle, is_sortable=False)
STANDING = Column("standing", "现在", look="dot", width=130, figures=declaring.standing, is_sortable=False)
EVENT = Column("event.name", "风险事件", width=180)

def _makes_danger(measure: RiskMeasure) -> str:
    return "" if measure.way != "auto" else "是" if measure.makes_danger else "否"


FACTS: dict[str, tuple[Fact | str, ...]] = {
    "措施": ("enterprise_id", Fact("risk_object.name", "分析对象"), Fact("unit.name", "分析单元"), Fact("event.name", "风险事件"), "kind", "category"),
    "管控": (Fact("control", "管控方式", declaring.cycle), Fact("point.name", "监测点"), Fact("makes_danger", "失效即生成隐患", _makes_danger), "content", "person", "is_active"),
}


def _live(session: Session, viewer: Viewer, measure: RiskMeasure) -> Component | None:
    """How an automatic measure stands, and the way to its tank."""
    if measure.way != "auto" or measure.point is None:
        return None
    from datetime import UTC, datetime

    now = risk_lists.standings(session, [measure], datetime.now(UTC))[measure.id]
    tank = dcc.Link("在储罐监测中查看", href=f"/tanks?id={measure.point.tank_id}") if measure.point.tank_id and viewer.may("tank.view") else None
    return html.Div([section("现在"), html.P(html.B(now.word)), html.P(measure.point.name, className="cap"), tank], className="rail-parts")


MEASURES = Resource(
    key="risk_measure",
    model=RiskMeasure,
    path="/risks/measures",
    title="风险管控措施",
    permission=declaring.VIEW,
    module=declaring.MODULE,
    group=declaring.GROUP,
    sort="object_id",
    placeholder="措施、排查内容、事件、企业名称",
    only=risks.BELOW_IN_FORCE,
    branches=declaring.TREE,
    edge=lambda one: "" if isinstance(declaring.level_of(one.event.present_level), str) else f"risk-{one.event.present_level}",
    columns=(
        Column("name", width=280, hint=lambda one: one.name),
        Column("event.present_level", "风险等级", look="dot", width=90),
        Column("kind", width=90),
        CONTROL,
        STANDING,
        EVENT,
        declaring.UNIT,
        declaring.FIRM,
        declaring.PLACE,
        declaring.PERSON,
        Column("content", width=260, is_sortable=False, is_shown=False),
        Column("risk_object.name", label="分析对象", width=150, is_shown=False),
        Column("object_id", "对象编号", width=90, is_shown=False),
    ),
    filters=(
        *declaring.OF_FIRM,
        Filter("event.present_level", "风险等级"),
        Filter("way"),
        Filter("kind"),
        Filter("cycle_unit", "巡检周期"),
        Filter("is_active"),
        Filter("object_id"),
        Filter("unit_id"),
        Filter("event_id"),
    ),
    tags=("kind", Fact("now", show=lambda one: Choice("off", "停用", "stale") if not one.is_active else "")),
    subtitle=lambda one: (one.enterprise.name, one.unit.name, one.event.name),
    facts=FACTS,
    panels=(Panel("records", "巡检记录", declaring.records_table, lambda session, viewer, one: len(inspections.of_measure(session, one))),),
    rail=_live,
    empty_title="还没有管控措施",
    empty_text="企业为风险事件制定的措施，审核通过后列在这里。",
)
