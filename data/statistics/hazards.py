"""重大危险源统计: how many installations there are by place, industry, kind and level, and what stands in them (manual M8.5)."""

from __future__ import annotations

from data.models import HazardMedium, Installation, PlanDrill, RiskAssessment
from data.statistics.declaration import Count, Statistic, Sum
from data.statistics.dimensions import Dimension, Period, Tree, Words

TOWN = Tree("enterprise.division_id", "属地", level="town")
TYPE = Tree("enterprise.unit_type_id", "企业类型", depth=1)
DEPARTMENT = Tree("enterprise.department_id", "主管部门", word="short_name")
LEVEL = Words("level", is_graded=True)
PLACES = ("enterprise.division_id", "enterprise.department_id")
PERMISSION = "hazard.view"


def _installations(key: str, title: str, definition: str, *dimensions: Dimension, series: Dimension | None = LEVEL) -> Statistic:
    return Statistic(
        key=f"hazard-{key}",
        title=title,
        model=Installation,
        dimensions=dimensions,
        series=series,
        measures=(Count(label="重大危险源", unit="处"),),
        filters=(*PLACES, "enterprise.unit_type_id", "level", "unit_kind", "is_key_process", "is_key_chemical"),
        definition=f"统计您数据范围内登记的重大危险源，{definition}级别为最近一次辨识的结果，未辨识或不构成的为未填写。",
        records="/hazards",
        permission=PERMISSION,
        noun="重大危险源",
    )


BY_LEVEL = _installations("level", "级别", "按级别归集，再按单元类型划分。", LEVEL, series=Words("unit_kind"))
BY_PLACE = _installations("place", "属地", "按企业所在乡镇、街道归集，再按级别划分。", TOWN)
BY_INDUSTRY = _installations("industry", "行业", "按企业类型的大类归集，再按级别划分。", TYPE)
BY_DEPARTMENT = _installations("department", "主管部门", "按企业的主管部门归集，再按级别划分。", DEPARTMENT)
BY_MEDIUM = Statistic(
    key="hazard-medium",
    title="危险性",
    model=HazardMedium,
    dimensions=(Words("table_row", is_sparse=True), Words("hazard_class", is_sparse=True), Words("beta_class", is_sparse=True)),
    measures=(Count(label="介质", unit="条"), Sum("quantity", "设计最大量", "quantity_t", "t")),
    filters=PLACES,
    definition="统计您数据范围内重大危险源的介质，按 GB 18218-2018 表1 品名、表2 类别或表4 类别归集；设计最大量为各介质之和。",
    records="/hazards/media",
    permission=PERMISSION,
    noun="介质",
)
BY_RISK = Statistic(
    key="hazard-risk",
    title="风险评估",
    model=RiskAssessment,
    dimensions=(Words("level", is_graded=True), TOWN, Period("assessed_on", "评估年度", step="year")),
    measures=(Count(label="评估", unit="次"),),
    filters=(*PLACES, "assessed_on"),
    definition="统计您数据范围内的风险评估，等级取评估中最高的 D 值（LEC 法，因素取值待核实）。",
    records="/hazards/assessments",
    permission=PERMISSION,
    noun="评估",
)
BY_DRILL = Statistic(
    key="hazard-drill",
    title="应急演练",
    model=PlanDrill,
    dimensions=(Period("held_on", "演练年度", step="year"), Period("held_on", "演练月份"), TOWN),
    series=Words("way"),
    measures=(Count(label="演练", unit="次"), Sum("people", "参演人次", "people_count", "人次")),
    filters=(*PLACES, "held_on"),
    definition="统计您数据范围内重大危险源预案的演练，按演练日期归集，再按形式划分。",
    records="/hazards/drills",
    permission=PERMISSION,
    noun="演练",
)
STATISTICS: tuple[Statistic, ...] = (BY_LEVEL, BY_PLACE, BY_INDUSTRY, BY_DEPARTMENT, BY_MEDIUM, BY_RISK, BY_DRILL)
