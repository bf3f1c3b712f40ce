"""企业查报状态与周期: which enterprises report, and how often; single and in batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Filter, FormField
from data.choices import Choice, word
from data.choices.dangers import REPORT_CYCLES
from data.danger_reporting import REPORT, resume, set_cycle, suspend
from data.models import DangerReporting, ReportCycle
from data.viewer import Viewer

STATES = (Choice("0", "正常上报", "ok"), Choice("1", "暂不上报", "stale"))


def states(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """Whether an enterprise reports, in words."""
    return STATES


def cycles(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The cycles that may be set."""
    active = set(session.scalars(select(ReportCycle.code).where(ReportCycle.is_active, ReportCycle.deleted_at.is_(None))))
    return [one for one in REPORT_CYCLES if one.code in active]


def state_of(reporting: DangerReporting) -> Choice:
    return STATES[reporting.is_suspended]


def cycle_of(reporting: DangerReporting) -> str:
    """月报, or 月报（下期起季报)."""
    now = word(REPORT_CYCLES, reporting.cycle)
    return f"{now}（下期起{word(REPORT_CYCLES, reporting.next_cycle)}）" if reporting.next_cycle else now


def _suspend(session: Session, viewer: Viewer, reporting: DangerReporting, values: Mapping[str, Any]) -> str:
    suspend(session, viewer, reporting, values["reason"], now=datetime.now(UTC))
    return f"“{reporting.title}”已设为暂不上报。"


def _resume(session: Session, viewer: Viewer, reporting: DangerReporting, values: Mapping[str, Any]) -> str:
    resume(session, viewer, reporting, values.get("reason") or "", now=datetime.now(UTC))
    return f"“{reporting.title}”已恢复正常上报。"


def _set_cycle(session: Session, viewer: Viewer, reporting: DangerReporting, values: Mapping[str, Any]) -> str:
    changed = set_cycle(session, viewer, reporting, values["cycle"], values["reason"], now=datetime.now(UTC))
    return f"“{reporting.title}”：{cycle_of(reporting)}。" if changed else f"“{reporting.title}”的周期没有变化。"


WHY = FormField("reason", "原因", is_required=True)

REPORTING = Resource(
    key="danger_reporting",
    model=DangerReporting,
    path="/dangers/reporting",
    title="企业查报状态与周期",
    permission="danger.view",
    module="双重预防",
    group="隐患排查治理",
    placeholder="",
    columns=(
        Column("enterprise.name", width=260, is_sortable=False),
        Column("enterprise.unit_type.name", label="企业类型", width=170, hint=lambda one: one.enterprise.kind),
        Column("enterprise.division.name", label="属地", width=110),
        Column("is_suspended", label="申报状态", width=110, look="tag", show=state_of),
        Column("cycle", width=170, show=cycle_of),
        Column("reason", width=200, is_sortable=False),
        Column("suspended_from", width=110, is_shown=False),
    ),
    filters=(
        Filter("enterprise_id"),
        Filter("is_suspended", "申报状态", options=states),
        Filter("enterprise.division_id", "属地"),
        Filter("enterprise.unit_type_id", "企业类型"),
        Filter("enterprise.department_id", "主管部门"),
        Filter("cycle"),
    ),
    heading=lambda one: one.title,
    tags=(Fact("is_suspended", show=state_of),),
    subtitle=lambda one: (one.enterprise.kind, one.enterprise.division.name),
    facts={"查报": (Fact("is_suspended", "申报状态", state_of), "cycle", "next_cycle", "suspended_from", "reason")},
    actions=(
        Action(
            "suspend",
            "暂不上报",
            REPORT,
            _suspend,
            lambda one: f"“{one.title}”暂停后不能上报，未上报的期次不再计入应报。",
            icon="pause-circle",
            fields=(WHY,),
            when=lambda one: not one.is_suspended,
            is_in_row=True,
            is_batch=True,
        ),
        Action(
            "resume",
            "正常上报",
            REPORT,
            _resume,
            lambda one: f"“{one.title}”自本期起恢复上报。",
            icon="play-circle",
            fields=(FormField("reason", "原因", is_required=False),),
            when=lambda one: one.is_suspended,
            is_in_row=True,
            is_batch=True,
        ),
        Action(
            "cycle",
            "设置周期",
            REPORT,
            _set_cycle,
            lambda one: f"“{one.title}”现为{cycle_of(one)}。新周期自下一期起生效，本期不变。",
            icon="calendar3",
            fields=(FormField("cycle", "申报周期", options=cycles, is_required=True), WHY),
            is_in_row=True,
            is_batch=True,
        ),
    ),
    empty_title="还没有企业",
    empty_text="企业建档后，系统每天零时将其列入，初始为月报、正常上报。",
)
