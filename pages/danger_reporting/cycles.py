"""隐患查报周期维护: how long after a period one may still report in time, and when enterprises are reminded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import Session

from dashboard.resource import Resource
from dashboard.resource_parts import Column, Figure, FormField
from dashboard.site import address
from data.calendar import park_day
from data.danger_reporting import REPORT, set_rules, why_not_set_rules
from data.models import DangerReporting, ReportCycle
from data.query import visible
from data.rules.periods import period_of, period_words
from data.viewer import Viewer


def running(cycle: ReportCycle) -> str:
    """The period of the cycle that runs today, with its days."""
    one = period_of(cycle.code, park_day(datetime.now(UTC)))
    return f"{period_words(one.key)}（{one.starts_on:%m-%d} 至 {one.ends_on:%m-%d}）"


def users(session: Session, viewer: Viewer, rows: Sequence[Any]) -> Mapping[int, Figure]:
    """How many enterprises report in each of the cycles."""
    mine = visible(DangerReporting, viewer).with_only_columns(DangerReporting.cycle, func.count()).group_by(DangerReporting.cycle).order_by(None)
    found = dict(session.execute(mine).all())
    return {one.id: Figure(f"{found.get(one.code, 0):,}", address("/dangers/reporting", cycle=one.code)) for one in rows}


def _store(session: Session, viewer: Viewer, cycle: Any, values: dict[str, Any], version: int | None) -> ReportCycle:
    return set_rules(session, viewer, cycle, values, version=version)


CYCLES = Resource(
    key="report_cycle",
    model=ReportCycle,
    path="/dangers/cycles",
    title="隐患查报周期维护",
    permission="danger.view",
    module="双重预防",
    group="隐患排查治理",
    sort="id",
    placeholder="",
    columns=(
        Column("name", width=120),
        Column("code", label="本期", width=260, show=running, is_sortable=False),
        Column("grace_days", width=110),
        Column("remind_days", width=110),
        Column("is_active", width=90),
        Column("version", label="企业数", width=90, look="number", figures=users, is_sortable=False),
    ),
    facts={"周期": ("name", "grace_days", "remind_days", "is_active")},
    form={"周期": (FormField("name"), FormField("grace_days", is_required=True), FormField("remind_days", help="截止前几天起提醒企业", is_required=True), FormField("is_active", is_required=True))},
    edit_permission=REPORT,
    can_edit=lambda viewer, cycle: why_not_set_rules(viewer),
    store=_store,
    save_note="保存后，未上报期次的截止日随之调整；已结束的期次不变。",
    can_export=False,
)
