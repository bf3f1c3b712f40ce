"""How enterprises report: suspended or not, in which cycle, and the rules of each cycle. For the authority."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from data import save
from data.calendar import park_day
from data.choices import word
from data.choices.dangers import REPORT_CYCLES
from data.enterprises import require_authority, required_reason
from data.errors import Conflict, Forbidden, Invalid
from data.models import DangerReport, DangerReporting, ReportCycle
from data.viewer import Viewer

REPORT = "danger.report"


def suspend(session: Session, viewer: Viewer, reporting: DangerReporting, reason: str, *, now: datetime) -> DangerReporting:
    """The enterprise does not report from today on (暂不上报); what it still owes is not asked for either."""
    require_authority(viewer, REPORT)
    words = required_reason(reason, "暂停原因")
    if len(words) > 300:
        raise Invalid("暂停原因太长。", {"reason": f"最多 300 个字，现有 {len(words)} 个。"})
    if reporting.is_suspended:
        raise Conflict(f"“{reporting.title}”已经是暂不上报。")
    save.update(session, reporting, viewer, {"is_suspended": True, "suspended_from": park_day(now), "reason": words}, reason=words)
    _turn(session, viewer, reporting, "open", "suspended", words)
    return reporting


def resume(session: Session, viewer: Viewer, reporting: DangerReporting, reason: str = "", *, now: datetime) -> DangerReporting:
    """The enterprise reports again (正常上报), beginning with the period that runs today."""
    require_authority(viewer, REPORT)
    if not reporting.is_suspended:
        raise Conflict(f"“{reporting.title}”本来就是正常上报。")
    words = reason.strip() or "恢复正常上报"
    save.update(session, reporting, viewer, {"is_suspended": False, "suspended_from": None, "reason": None}, reason=words)
    _turn(session, viewer, reporting, "suspended", "open", words, DangerReport.ends_on >= park_day(now))
    return reporting


def _turn(session: Session, viewer: Viewer, reporting: DangerReporting, before: str, after: str, words: str, *only: Any) -> None:
    mine = select(DangerReport).where(DangerReport.enterprise_id == reporting.enterprise_id, DangerReport.deleted_at.is_(None))
    for report in session.scalars(mine.where(DangerReport.state == before, *only).with_for_update(of=DangerReport)).unique():
        save.update(session, report, viewer, {"state": after}, reason=words)


def set_cycle(session: Session, viewer: Viewer, reporting: DangerReporting, cycle: str, reason: str, *, now: datetime) -> bool:
    """Let the enterprise report in another cycle from its next period on; whether that changed anything.

    The present cycle takes an intended change back.
    """
    require_authority(viewer, REPORT)
    words = required_reason(reason, "原因")
    rules = session.scalar(select(ReportCycle).where(ReportCycle.code == cycle, ReportCycle.deleted_at.is_(None)))
    if rules is None or not rules.is_active:
        raise Invalid("不能用这个周期。", {"cycle": f"“{word(REPORT_CYCLES, cycle)}”没有启用，请选择其他周期。"})
    wanted = None if cycle == reporting.cycle else cycle
    if wanted == reporting.next_cycle:
        return False
    save.update(session, reporting, viewer, {"next_cycle": wanted}, reason=words)
    return True


def set_rules(session: Session, viewer: Viewer, cycle: ReportCycle, values: Mapping[str, Any], *, version: int | None = None) -> ReportCycle:
    """The cycle with other days of grace and reminder. Periods that are open are due accordingly; those that have ended so stay.

    One in which enterprises report cannot be switched off.
    """
    reason = why_not_set_rules(viewer)
    if reason:
        raise Forbidden(reason)
    if values.get("is_active") is False:
        used = or_(DangerReporting.cycle == cycle.code, DangerReporting.next_cycle == cycle.code)
        count = session.scalar(select(func.count()).where(used, DangerReporting.deleted_at.is_(None)))
        if count:
            raise Invalid("这个周期还在用。", {"is_active": f"还有 {count:,} 家企业按{word(REPORT_CYCLES, cycle.code)}上报，请先为其设置其他周期。"})
    for name in ("grace_days", "remind_days"):
        if values.get(name) is not None and not 0 <= values[name] <= 60:
            raise Invalid("天数不对。", {name: "请填 0 到 60 之间的天数。"})
    before = cycle.grace_days
    saved = save.update(session, cycle, viewer, values, version=version)
    if saved.grace_days != before:
        open_ones = update(DangerReport).where(DangerReport.cycle == saved.code, DangerReport.state.in_(("open", "suspended")))
        session.execute(open_ones.values(due_on=DangerReport.ends_on + timedelta(days=saved.grace_days)), execution_options={"synchronize_session": False})
        session.expire_all()
    return saved


def why_not_set_rules(viewer: Viewer) -> str:
    """Why the viewer cannot change the rules of cycles: they hold for the whole park."""
    if not viewer.may(REPORT) or viewer.scope != "all":
        return "查报周期对全园区生效，请由园区管理人员修改。"
    return ""
