"""What stands in a duty report: counted until it is signed, then kept as it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data import duty_report_parts as parts
from data.calendar import end_of, start_of
from data.choices import word
from data.choices.monitoring import DUTY_TIERS
from data.documents.making import make_paper
from data.duty_report_parts import NOT_FILLED, Asked, Line
from data.errors import Conflict, Forbidden
from data.models import DutyCorrection, DutyReport, DutyShift, Paper
from data.save import update
from data.viewer import Viewer

__all__ = ["NOT_FILLED", "Line"]
VIEW, EDIT, SIGN = "duty.report", "duty.report", "duty.sign"
PAPER = "duty_report"
LEADER_POST = 2


def span(report: Any) -> tuple[date, date]:
    """First and last day."""
    return report.day - timedelta(days=0 if report.kind == "daily" else 6), report.day


def lines(session: Session, report: DutyReport, now: datetime) -> list[Line]:
    """The report as it stands: as it was signed, else as the rows are now."""
    if report.content is not None:
        return [Line(**{name: one[name] for name in Line._fields}) for one in report.content]
    return counted(session, report, now)


def counted(session: Session, report: DutyReport, now: datetime) -> list[Line]:
    """The lines as the rows of the whole park are now, with what was corrected or filled in by hand."""
    return parts.counted(session, _asked(session, report, now))


def _asked(session: Session, report: DutyReport, now: datetime) -> Asked:
    mine = select(DutyCorrection).where(DutyCorrection.report_id == report.id, DutyCorrection.deleted_at.is_(None)).order_by(DutyCorrection.id)
    return Asked(report.kind, *span(report), now, {one.figure: (one.value, one.reason) for one in session.scalars(mine)})


def changed_since(session: Session, report: DutyReport, now: datetime) -> list[str]:
    """Which figures of a signed report the rows would give otherwise now, in words; the report itself stays."""
    if report.content is None:
        return []
    kept = {one.key: one for one in lines(session, report, now) if one.key}
    asked = Asked(report.kind, *span(report), now, {})
    anew = {one.key: parts.of_figure(session, asked, one) for one in parts.FIGURES if one.key in kept}
    return [f"{one.label} {one.value:,} → {anew[key].value:,}" for key, one in kept.items() if key in anew and one.value != anew[key].value]


def why_not_sign(session: Session, viewer: Viewer, report: DutyReport) -> str:
    """Why the viewer cannot sign it: only who was the leader on duty (带班领导) at some time of it may, and when its days have begun."""
    if report.state == "signed":
        return "已签发，内容不再改变。"
    first, last = span(report)
    mine = select(DutyShift.id).where(DutyShift.user_id == viewer.id, DutyShift.tier == LEADER_POST, DutyShift.deleted_at.is_(None))
    there = mine.where(DutyShift.begins_at < end_of(last), DutyShift.ends_at > start_of(first)).limit(1)
    return "" if session.scalar(there) is not None else f"只有当期{word(DUTY_TIERS, str(LEADER_POST))}可以签发，值班表上您不是。"


def sign(session: Session, viewer: Viewer, report: DutyReport, now: datetime) -> Paper:
    """Freeze the report as it is now and make its document; Forbidden for who was not the leader on duty, Conflict when it is signed."""
    viewer.require(SIGN)
    session.refresh(report, with_for_update=True)
    if report.state == "signed":
        raise Conflict("已签发，内容不再改变。")
    why = why_not_sign(session, viewer, report)
    if why:
        raise Forbidden(why)
    content = [{**one._asdict(), "words": one.words} for one in counted(session, report, now)]
    update(session, report, viewer, {"state": "signed", "content": content, "signed_at": now, "signed_by_id": viewer.id}, version=report.version)
    return make_paper(session, viewer, PAPER, report, now)


def in_sections(found: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    """The lines under their headings, in their order."""
    return [(section, [one for one in found if one.section == section]) for section in dict.fromkeys(one.section for one in found)]
