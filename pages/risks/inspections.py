"""巡检记录: inspections done against the measures, and those that were missed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from dashboard.moments import zone
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Figure, Filter, Head
from data import inspections
from data.choices import Choice
from data.choices.risks import INSPECTION_STATES
from data.models import InspectionTask
from data.rules.risk import cycle_words
from data.statistics.risks import OVER
from data.viewer import Viewer
from pages.risks import declaring


def cycle(task: InspectionTask) -> str:
    """In which cycle the measure is inspected."""
    return cycle_words(task.measure.cycle_count, task.measure.cycle_unit)


def dangers(session: Session, viewer: Viewer, tasks: Sequence[InspectionTask]) -> Mapping[int, Figure | Choice]:
    """The hidden danger that was found, with the way to it."""
    found = inspections.dangers_of(session, [one.record_id for one in tasks if one.record_id])
    return {one.id: Figure(found[one.record_id].number or "查看", f"/dangers/{found[one.record_id].id}") for one in tasks if one.record_id in found}


def states(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """What stands in the list: what is open is a task, not a record."""
    return [one for one in INSPECTION_STATES if one.code in ("done", "missed")]


def heads(session: Session, viewer: Viewer, wanted: Select[Any]) -> Sequence[Head]:
    """What was due, done and missed of the rows that the other conditions leave, with completion and coverage."""
    found = inspections.figures(session, wanted)
    return (
        Head("", "应巡检", found.due, "primary", "次", notes=(f"措施 {found.measures_due:,} 条", f"企业 {found.enterprises:,} 家")),
        Head("done", "已巡检", found.done, "ok", "次", notes=(f"完成率 {found.completion}", f"覆盖率 {found.coverage}")),
        Head("missed", "漏检", found.missed, "danger", "次", notes=(f"从未巡检 {found.measures_due - found.measures_done:,} 条", f"涉及 {found.missing_enterprises:,} 家")),
    )


def due(task: InspectionTask) -> str:
    """The end of the cycle as a person says it: a day ends at 24:00."""
    local = task.due_at.astimezone(zone())
    if (local.hour, local.minute) != (0, 0):
        return f"{local:%m-%d %H:%M}"
    return f"{local - timedelta(days=1):%m-%d} 24:00"


NAME = Column("measure.name", "管控措施", look="link", width=260, hint=lambda one: one.measure.name)
RESULT = Column("outcome", "结果", look="tag", width=90, show=inspections.outcome, is_sortable=False)
AT = Column("record.checked_at", "巡检时间", width=120)
CHECKER = Column("checker", "巡检人", width=90, show=lambda one: one.record.checker if one.record else one.person or "", is_sortable=False)
DANGER = Column("danger", "发现的隐患", width=150, figures=dangers, is_sortable=False)
FACTS: dict[str, tuple[Fact | str, ...]] = {
    "任务": ("enterprise_id", Fact("risk_object.name", "分析对象"), Fact("unit.name", "分析单元"), Fact("measure.name", "管控措施"), Fact("measure.content", "排查内容"), Fact("cycle", "巡检周期", cycle), "person", "begins_at", Fact("due_at", "截止", due)),
    "记录": (Fact("outcome", "结果", inspections.outcome), Fact("record.checked_at", "巡检时间"), Fact("record.checker", "巡检人"), Fact("record.is_at_place", "现场扫码"), Fact("record.note", "情况说明")),
}

DONE = Resource(
    key="inspection",
    model=InspectionTask,
    path="/risks/inspections",
    title="巡检记录",
    permission=declaring.VIEW,
    module=declaring.MODULE,
    group=declaring.GROUP,
    sort="-begins_at",
    placeholder="措施、企业名称、巡检人",
    only=OVER,
    heads=heads,
    head_filter="state",
    branches=declaring.TREE,
    heading=lambda one: one.measure.name,
    edge=lambda one: "danger" if one.state == "missed" or (one.record and one.record.result == "danger") else "",
    columns=(
        NAME,
        RESULT,
        AT,
        Column("due_at", "截止", width=110, show=due),
        CHECKER,
        DANGER,
        Column("unit.name", "分析单元", width=140),
        Column("risk_object.name", "分析对象", width=150),
        declaring.FIRM,
        declaring.PLACE,
        Column("cycle", "周期", width=80, show=cycle, is_sortable=False),
        Column("record.is_at_place", "现场扫码", width=90, is_shown=False),
        Column("record.note", "说明", width=200, is_shown=False),
    ),
    filters=(
        *declaring.OF_FIRM,
        Filter("state", "是否巡检", options=states),
        Filter("record.result", "巡检结果"),
        Filter("begins_at", "周期开始"),
        Filter("object_id"),
        Filter("unit_id"),
        Filter("measure_id"),
        Filter("measure.event.present_level", "风险等级"),
    ),
    tags=(Fact("outcome", show=inspections.outcome),),
    subtitle=lambda one: (one.enterprise.name, one.risk_object.name, one.unit.name),
    facts=FACTS,
    empty_title="还没有巡检记录",
    empty_text="企业按管控措施的周期巡检后列在这里；到期没有巡检的记为漏检。",
)
