"""决策分析 · 专题分析: one subject from several sides; what is chosen in one chart narrows the others."""

from __future__ import annotations

from dashboard.site import Page
from dashboard.topic import Chart, Topic
from data.statistics import topics
from pages.dangers.ledger import LEDGER
from pages.enterprises import ENTERPRISES
from pages.risks.events import EVENTS
from pages.risks.inspections import DONE

TOWN, TYPE = "enterprise.division_id", "enterprise.unit_type_id"

ENTERPRISE = Topic(
    path="/decision/topics/enterprises",
    title="企业专题",
    statistic=topics.ENTERPRISE,
    charts=(
        Chart("division_id", "按属地"),
        Chart("unit_type_id", "按企业类型"),
        Chart("scale", "按企业规模", "ring"),
        Chart("grade", "按监管等级"),
        Chart("state", "按生产状态", "ring"),
        Chart("completeness", "按档案完善度"),
    ),
    resource=ENTERPRISES,
    columns=("name", "unit_type.name", "division.name", "department.short_name", "scale", "grade", "completeness", "confirm_state", "state"),
    icon="pie-chart",
)
DANGER = Topic(
    path="/decision/topics/dangers",
    title="隐患专题",
    statistic=topics.DANGER,
    charts=(
        Chart("found_on", "按发现月份", "months"),
        Chart(TOWN, "按属地"),
        Chart(TYPE, "按企业类型"),
        Chart("level", "按隐患级别", "ring"),
        Chart("source", "按隐患来源"),
        Chart("kind", "按隐患类型"),
    ),
    resource=LEDGER,
    columns=("name", "enterprise.name", "enterprise.division.name", "level", "kind", "found_on", "state"),
)
RISK = Topic(
    path="/decision/topics/risks",
    title="风险专题",
    statistic=topics.RISK,
    charts=(
        Chart(TOWN, "按属地"),
        Chart(TYPE, "按企业类型"),
        Chart("present_level", "按现状风险等级", "ring"),
        Chart("inherent_level", "按固有风险等级"),
        Chart("accident", "按事故类型"),
        Chart("enterprise_id", "按企业"),
    ),
    resource=EVENTS,
    columns=("name", "present_level", "inherent_level", "accident", "unit.name", "risk_object.name", "enterprise.name", "enterprise.division.name"),
)
INSPECTION = Topic(
    path="/decision/topics/inspections",
    title="巡检专题",
    statistic=topics.INSPECTION,
    charts=(
        Chart("begins_at", "按巡检月份", "months"),
        Chart(TOWN, "按属地"),
        Chart(TYPE, "按企业类型"),
        Chart("state", "是否巡检", "ring"),
        Chart("enterprise.department_id", "按主管部门"),
        Chart("enterprise_id", "按企业"),
    ),
    resource=DONE,
    columns=("measure.name", "outcome", "record.checked_at", "due_at", "checker", "unit.name", "enterprise.name", "enterprise.division.name"),
)

PAGES: list[Page] = [one.page() for one in (ENTERPRISE, DANGER, RISK, INSPECTION)]
