"""专题: one statistic a topic, grouped by whatever its charts show; what is chosen in one chart is a condition of all others."""

from __future__ import annotations

from data.choices.risks import RISK_LEVELS
from data.models import Enterprise, HiddenDanger, InspectionTask, RiskEvent
from data.risks import BELOW_IN_FORCE
from data.statistics import dangers, enterprises, risks
from data.statistics.declaration import Count, Ratio, Statistic
from data.statistics.dimensions import Bands, Period, Words
from data.statistics.parameters import FILLED, NONE

ENTERPRISE = Statistic(
    key="topic-enterprise",
    title="企业专题",
    model=Enterprise,
    dimensions=(enterprises.TOWN, enterprises.TYPE, enterprises.SCALE, enterprises.GRADE, enterprises.STATE, Bands("completeness", "档案完善度", bands=enterprises.COMPLETENESS)),
    measures=(
        Count(label="企业数", unit="家"),
        Count("stopped", "停产、停业整顿", "家", where={"state": "any-stopped,ordered_stop"}),
        Count("confirmed", "档案已确认", "家", where={"confirm_state": "confirmed"}),
        Ratio("confirm_rate", "确认率", "confirmed", "count"),
    ),
    filters=enterprises.FILTERS,
    definition="统计档案中未删除的企业，限于您的数据范围；村、社区的企业计入所属乡镇、街道，企业类型按主类型的大类归集。确认率 = 已确认 ÷ 企业数。",
    records="/enterprises",
    permission="enterprise.view",
    noun="企业",
)
DANGER = Statistic(
    key="topic-danger",
    title="隐患专题",
    model=HiddenDanger,
    dimensions=(dangers.MONTH, dangers.TOWN, dangers.TYPE, Words("level"), Words("source", is_sparse=True), Words("kind", is_sparse=True)),
    measures=(
        Count(label="隐患数", unit="条"),
        Count("closed", "已销号", "条", where={"closed_on": FILLED}, tone="ok", is_part=True),
        Count("open", "未销号", "条", where={"closed_on": NONE}, tone="primary", is_part=True),
        Ratio("rate", "整改率", "closed", "count"),
    ),
    filters=(*dangers.FILTERS, "level", "closed_on"),
    definition="统计已登记的隐患，限于您的数据范围，企业的草稿不计；村、社区的企业计入所属乡镇、街道。整改率 = 已销号 ÷ 隐患数。",
    only=dangers.NO_DRAFTS_OF_ENTERPRISES,
    records="/dangers/all",
    permission="danger.view",
    noun="隐患",
)
RISK = Statistic(
    key="topic-risk",
    title="风险专题",
    model=RiskEvent,
    dimensions=(risks.TOWN, risks.TYPE, Words("present_level"), Words("inherent_level"), Words("accident", is_sparse=True), risks.ENTERPRISE),
    measures=(
        Count(label="风险事件", unit="个"),
        *(Count(f"level-{one.code}", one.word, "个", where={"present_level": one.code}, tone=one.tone, is_part=True) for one in RISK_LEVELS),
    ),
    filters=(*risks.OF_FIRM, "method"),
    definition="统计已生效的风险分析对象下的风险事件，限于您的数据范围；颜色为现状风险等级。",
    only=BELOW_IN_FORCE,
    records="/risks/events",
    permission="risk.view",
    noun="风险事件",
)
INSPECTION = Statistic(
    key="topic-inspection",
    title="巡检专题",
    model=InspectionTask,
    dimensions=(Period("begins_at", "巡检月份"), risks.TOWN, risks.TYPE, Words("state", "是否巡检", is_sparse=True), risks.DEPARTMENT, risks.ENTERPRISE),
    measures=(
        Count("due", "应巡检", "次"),
        Count("done", "已巡检", "次", where={"state": "done"}, tone="ok", is_part=True),
        Count("missed", "漏检", "次", where={"state": "missed"}, tone="danger", is_part=True),
        Ratio("rate", "巡检完成率", "done", "due"),
    ),
    filters=(*risks.OF_FIRM, "begins_at"),
    definition="统计人工巡检任务，每条措施每个周期计一次，限于您的数据范围。完成率 = 已巡检 ÷ 应巡检，应巡检 = 已巡检 + 漏检，没有到期的任务不计。",
    only=risks.OVER,
    records="/risks/inspections",
    permission="risk.view",
    noun="巡检",
)

STATISTICS: tuple[Statistic, ...] = (ENTERPRISE, DANGER, RISK, INSPECTION)
