"""隐患统计分析: which enterprises report, and which hidden dangers there are, by place, industry and time (manual M2.10)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from data.calendar import park_day
from data.choices import Choice
from data.danger_reports import DONE, DUE, RATE_WORDS
from data.models import DangerReport, HiddenDanger
from data.rules.periods import period_words, recent
from data.statistics.declaration import Count, Ratio, Statistic
from data.statistics.dimensions import Dimension, Period, Tree, Words
from data.statistics.parameters import any_of

TOWN = Tree("enterprise.division_id", "属地", level="town")
TYPE = Tree("enterprise.unit_type_id", "企业类型", depth=1)
DEPARTMENT = Tree("enterprise.department_id", "主管部门", word="short_name")
MONTH, YEAR = Period("found_on", "发现月份"), Period("found_on", "发现年度", step="year")
# A draft of an enterprise is its own until it is submitted: the list of the rows leaves it out too.
NO_DRAFTS_OF_ENTERPRISES = {"any": [{"field": "state", "op": "ne", "value": "draft"}, {"all": [{"field": "source", "op": "ne", "value": one} for one in ("self", "patrol")]}]}
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


def _periods() -> Sequence[Choice]:
    return [Choice(one.key, period_words(one.key)) for one in recent(park_day(datetime.now(UTC)))]


def _rate(key: str, title: str, definition: str, dimension: Dimension) -> Statistic:
    return Statistic(
        key=f"danger-report-{key}",
        title=title,
        model=DangerReport,
        dimensions=(dimension,),
        measures=(
            Count("due", "应上报", "家次", where={"state": any_of(DUE)}),
            Count("done", "已上报", "家次", where={"state": any_of(DONE)}, tone="ok", is_part=True),
            Count("missed", "未上报", "家次", where={"state": "missed"}, tone="danger", is_part=True),
            Count("late", "其中逾期上报", "家次", where={"state": "late"}),
            Ratio("rate", "上报率", "done", "due"),
        ),
        filters=("period", "enterprise.division_id", "enterprise.unit_type_id", "enterprise.department_id", "cycle"),
        offered={"period": _periods},
        definition=f"统计企业各期隐患自查自报，每家企业每期计一次，限于您的数据范围；{definition}{RATE_WORDS}",
        records="/dangers/reports",
        usual={"period": "all"},
        permission="danger.view",
        noun="上报记录",
    )


RATE_BY_PLACE = _rate("place", "属地上报率", "按企业所在乡镇、街道归集，村、社区的企业计入所属乡镇。", TOWN)
RATE_BY_INDUSTRY = _rate("industry", "行业上报率", "按企业类型的大类归集。", TYPE)

STATISTICS: tuple[Statistic, ...] = (RATE_BY_PLACE, RATE_BY_INDUSTRY, BY_PLACE, BY_INDUSTRY, BY_DEPARTMENT, BY_YEAR, BY_MONTH)
