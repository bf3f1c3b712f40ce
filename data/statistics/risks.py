"""风险分级管控统计分析: the levels of risks by place, and inspections by time and place (manual M3.7)."""

from __future__ import annotations

from data.models import HiddenDanger, InspectionTask, RiskEvent
from data.risks import BELOW_IN_FORCE
from data.statistics.declaration import Count, Ratio, Statistic
from data.statistics.dimensions import Dimension, Period, Reference, Tree, Words
from data.statistics.parameters import any_of

TOWN = Tree("enterprise.division_id", "属地", level="town")
TYPE = Tree("enterprise.unit_type_id", "企业类型", depth=1)
DEPARTMENT = Tree("enterprise.department_id", "主管部门", word="short_name")
ENTERPRISE = Reference("enterprise_id", "企业", word="short_name")
OF_FIRM = ("enterprise.division_id", "enterprise.unit_type_id", "enterprise.department_id")
# What is over: done, or missed. What still may be done is no part of a rate.
OVER = {"any": [{"field": "state", "op": "eq", "value": "done"}, {"field": "state", "op": "eq", "value": "missed"}]}
# What measures found: people who inspected them, and points that watch them.
OF_MEASURES = {"any": [{"field": "source", "op": "eq", "value": "patrol"}, {"field": "source", "op": "eq", "value": "monitor"}]}
OF_PATROLS = {"all": [OF_MEASURES, {"field": "state", "op": "ne", "value": "draft"}]}


def _levels(key: str, title: str, column: str, what: str) -> Statistic:
    return Statistic(
        key=f"risk-{key}",
        title=title,
        model=RiskEvent,
        dimensions=(TOWN, TYPE, DEPARTMENT, ENTERPRISE),
        series=Words(column),
        measures=(Count(label="风险事件", unit="个"), Count("grave", "其中重大、较大", "个", where={column: any_of(("1", "2"))}), Ratio("share", "重大、较大占比", "grave", "count", good="low")),
        filters=(*OF_FIRM, "method"),
        definition=f"统计已生效的风险分析对象下的风险事件，限于您的数据范围；按{what}划分为重大、较大、一般、低四级。",
        only=BELOW_IN_FORCE,
        records="/risks/events",
        permission="risk.view",
        noun="风险事件",
    )


LEVELS = _levels("levels", "属地风险等级", "present_level", "现状风险等级")
INHERENT = _levels("inherent", "属地固有风险", "inherent_level", "固有风险等级")


def _inspections(key: str, title: str, definition: str, *dimensions: Dimension) -> Statistic:
    return Statistic(
        key=f"risk-inspection-{key}",
        title=title,
        model=InspectionTask,
        dimensions=dimensions,
        measures=(
            Count("due", "应巡检", "次"),
            Count("done", "已巡检", "次", where={"state": "done"}, tone="ok", is_part=True),
            Count("missed", "漏检", "次", where={"state": "missed"}, tone="danger", is_part=True),
            Ratio("rate", "巡检完成率", "done", "due"),
        ),
        filters=(*OF_FIRM, "begins_at"),
        definition=f"统计人工巡检任务，每条措施每个周期计一次，限于您的数据范围；{definition}完成率 = 已巡检 ÷ 应巡检，应巡检 = 已巡检 + 漏检，没有到期的任务不计。",
        only=OVER,
        records="/risks/inspections",
        permission="risk.view",
        noun="巡检",
    )


BY_TIME = _inspections("time", "年度风险巡检", "按周期开始时间所在月份或年度归集。", Period("begins_at", "巡检月份"), Period("begins_at", "巡检年度", step="year"))
BY_PLACE = _inspections("place", "属地风险巡检", "按企业所在乡镇、街道归集，村、社区的企业计入所属乡镇。", TOWN, TYPE, DEPARTMENT, ENTERPRISE)

FOUND = Statistic(
    key="risk-dangers",
    title="巡检、监测发现隐患",
    model=HiddenDanger,
    dimensions=(Period("found_on", "发现月份"), TOWN, TYPE),
    measures=(
        Count(label="发现隐患", unit="条"),
        Count("closed", "已整改", "条", where={"closed_on_from": "2000-01-01"}, is_hidden=True),
        Ratio("rate", "整改率", "closed", "count"),
    ),
    filters=(*OF_FIRM, "found_on", "kind"),
    definition="统计巡检发现并已提交的隐患，以及自动化监控措施失效时由报警登记的隐患，限于您的数据范围。整改率 = 已销号 ÷ 发现。",
    only=OF_PATROLS,
    records="/risks/dangers",
    permission="risk.view",
    noun="隐患",
)

STATISTICS: tuple[Statistic, ...] = (LEVELS, BY_TIME, BY_PLACE, INHERENT, FOUND)
