"""突发事件统计: incidents by kind, level and month; drills are counted by themselves and never with the others."""

from __future__ import annotations

from data.models import Incident
from data.statistics.declaration import Count, Statistic, Sum
from data.statistics.dimensions import Dimension, Period, Reference, Words

KIND, LEVEL = Words("kind", is_sparse=True), Words("level")
ENTERPRISE = Reference("enterprise_id", "企业", word="short_name")
MONTH, YEAR = Period("received_at", "接报月份"), Period("received_at", "接报年度", step="year")
FILTERS = ("received_at", "kind", "level", "enterprise_id", "source")


def _statistic(key: str, title: str, definition: str, *dimensions: Dimension, series: Dimension | None = None, is_drill: bool = False) -> Statistic:
    noun = "演练" if is_drill else "事件"
    harm = () if is_drill else (Sum("dead", "死亡", "dead_count", "人"), Sum("serious", "重伤", "serious_count", "人"))
    return Statistic(
        key=f"incident-{'drill-' if is_drill else ''}{key}",
        title=title,
        model=Incident,
        dimensions=dimensions,
        series=series,
        measures=(Count(label=noun, unit="次" if is_drill else "起"), *harm),
        filters=FILTERS,
        only={"field": "is_drill", "op": "eq", "value": "1" if is_drill else "0"},
        definition=f"统计您数据范围内的{'演练' if is_drill else '突发事件，演练不计'}，{definition}误报、重复的也计为接报，状态为“已排除”。",
        records="/incidents/drills" if is_drill else "/incidents",
        permission="incident.view",
        noun=noun,
    )


BY_KIND = _statistic("kind", "事件类型", "按事件类型归集，再按级别划分。", KIND, series=LEVEL)
BY_LEVEL = _statistic("level", "事件级别", "按初判级别归集，再按状态划分；未判定的为未填写。", LEVEL, series=Words("state"))
BY_MONTH = _statistic("month", "月度事件", "按接报时间所在月份归集，再按级别划分。", MONTH, YEAR, series=LEVEL)
BY_ENTERPRISE = _statistic("enterprise", "企业事件", "按企业归集，不在企业内的为未填写，再按级别划分。", ENTERPRISE, series=LEVEL)
DRILL_KIND = _statistic("kind", "演练类型", "按事件类型归集。", KIND, is_drill=True)
DRILL_MONTH = _statistic("month", "月度演练", "按接报时间所在月份归集。", MONTH, YEAR, is_drill=True)
STATISTICS: tuple[Statistic, ...] = (BY_KIND, BY_LEVEL, BY_MONTH, BY_ENTERPRISE)
DRILL_STATISTICS: tuple[Statistic, ...] = (DRILL_KIND, DRILL_MONTH)
