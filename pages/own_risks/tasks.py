"""巡检任务: all inspections of the enterprise, open, done and missed; who inspects may be changed while it is open."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from dashboard.resource import Resource
from dashboard.resource_parts import Column, Filter, FormField
from dashboard.site import HOME
from data import inspections, risks
from data.choices import Choice
from data.models import InspectionTask
from data.save import update
from data.viewer import Viewer
from pages.risks.inspections import AT, CHECKER, DANGER, FACTS, NAME, cycle, due

GROUP = "风险管控"


def why_over(viewer: Viewer, task: InspectionTask) -> str:
    """Why nothing of the task can be changed any more."""
    return "" if task.state == "open" else "这项巡检已经结束，不能再修改。"


def _state(task: InspectionTask) -> Choice:
    return inspections.outcome(task)


def _store(session: Session, viewer: Viewer, task: Any, values: dict[str, Any], version: int | None) -> InspectionTask:
    risks.require_own(viewer)
    changed: InspectionTask = update(session, task, viewer, values, version=version)
    return changed


TASKS = Resource(
    key="own_inspection",
    model=InspectionTask,
    path="/own/inspections/all",
    title="巡检任务与记录",
    permission=risks.OWN,
    module=HOME,
    group=GROUP,
    icon="list-check",
    sort="-begins_at",
    placeholder="措施、巡检人",
    heading=lambda one: one.measure.name,
    edge=lambda one: "danger" if one.state == "missed" or (one.record and one.record.result == "danger") else "",
    columns=(
        NAME,
        Column("state", "状态", look="tag", width=100, show=_state),
        Column("due_at", "截止", width=110, show=due),
        AT,
        CHECKER,
        DANGER,
        Column("unit.name", "分析单元", width=140),
        Column("risk_object.name", "分析对象", width=150),
        Column("cycle", "周期", width=80, show=cycle, is_sortable=False),
        Column("record.note", "说明", width=180, is_shown=False),
    ),
    filters=(Filter("state"), Filter("record.result", "巡检结果"), Filter("begins_at", "周期开始"), Filter("unit_id", "分析单元"), Filter("measure_id", "管控措施")),
    subtitle=lambda one: (one.risk_object.name, one.unit.name),
    facts=FACTS,
    form={"任务": (FormField("person", "应巡检人", is_required=True),)},
    edit_permission=risks.OWN,
    can_edit=why_over,
    store=_store,
    save_note="改派这一次的巡检人；长期改变请变更管控措施。",
    empty_title="还没有巡检任务",
    empty_text="清单审核通过后，系统按每条措施的周期产生任务。",
)
