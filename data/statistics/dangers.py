"""隐患统计分析: which hidden dangers there are, by place, industry and time (manual M2.10)."""

from __future__ import annotations

from data.models import HiddenDanger
from data.statistics.declaration import Count, Statistic
from data.statistics.dimensions import Dimension, Period, Tree, Words

TOWN = Tree("enterprise.division_id", "属地", level="town")
TYPE = Tree("enterprise.unit_type_id", "企业类型", depth=1)
DEPARTMENT = Tree("enterprise.department_id", "主管部门", word="short_name")
MONTH, YEAR = Period("found_on", "发现月份"), Period("found_on", "发现年度", step="year")
# A draft of an enterprise is its own until it is submitted: the list of the rows leaves it out too.
NO_DRAFTS_OF_ENTERPRISES = {"any": [{"field": "state", "op": "ne", "value": "draft"}, {"field": "source", "op": "ne", "value": "self"}]}
FILTERS = ("enterprise.division_id", "enterprise.unit_type_id", "enterprise.department_id", "found_on", "kind", "source")


def _statistic(key: str, title: str, definition: str, *dimensions: Dimension) -> Statistic:
    return Statistic(
        key=f"danger-{key}",
        title=title,
        model=HiddenDanger,
        dimensions=dimensions,
        series=Words("level", is_graded=True),
        measures=(Count(label="隐患数", unit="条"),),
        filters=FILTERS,
        definition=f"统计已登记的隐患，限于您的数据范围；{definition}再按隐患级别划分。",
        only=NO_DRAFTS_OF_ENTERPRISES,
        records="/dangers/all",
        permission="danger.view",
        noun="隐患",
    )


BY_PLACE = _statistic("place", "属地隐患", "按企业所在乡镇、街道归集，村、社区的企业计入所属乡镇，", TOWN)
BY_INDUSTRY = _statistic("industry", "行业隐患", "按企业类型的大类归集，", TYPE)
BY_DEPARTMENT = _statistic("department", "部门隐患", "按企业的行业主管部门归集，", DEPARTMENT)
BY_YEAR = _statistic("year", "年度隐患", "按发现日期所在年度归集，", YEAR)
BY_MONTH = _statistic("month", "月度隐患", "按发现日期所在月份归集，", MONTH)
STATISTICS: tuple[Statistic, ...] = (BY_PLACE, BY_INDUSTRY, BY_DEPARTMENT, BY_YEAR, BY_MONTH)
