"""What stands in a duty report: counted until it is signed, then kept as it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from data import day_figures as of
from data.calendar import end_of, park_day, start_of
from data.choices import word
from data.choices.monitoring import DUTY_TIERS
from data.daily import duty
from data.documents.making import make_paper
from data.errors import Conflict, Forbidden
from data.hazard_dues import dues
from data.models import DutyCorrection, DutyReport, DutyShift, Paper
from data.query import count
from data.save import update
from data.viewer import Viewer, system_viewer

VIEW, EDIT, SIGN = "duty.report", "duty.report", "duty.sign"
PAPER = "duty_report"
LEADER_POST = 2
SECTIONS: tuple[tuple[str, tuple[of.DayFigure, ...]], ...] = (
    ("突发事件", (of.INCIDENTS, of.INCIDENTS_OPEN)),
    ("报警与处置", (of.ALARMS, of.ALARMS_URGENT, of.ALARMS_CLOSED, of.ALARMS_OPEN)),
    ("储罐", (of.ALARMS_OF_TANKS,)),
    ("危化品车辆", (of.ALARMS_OF_VEHICLES,)),
    ("隐患排查治理", (of.FOUND, of.CLOSED, of.OPEN, of.LATE, of.OPEN_MAJOR)),
    ("风险巡检", (of.INSPECTED, of.MISSED)),
    ("风险四色", tuple(of.ZONES.values())),
)
NOT_FILLED = "/"
_PARK = system_viewer("duty report")


class Line(NamedTuple):
    """One line: where it stands, what it is called, its number or words, and beside a figure the one before, its rows, and what a
    person put in its place. ``why`` says why it is "/"."""

    section: str
    label: str
    text: str
    unit: str = ""
    key: str = ""
    value: int | None = None
    before: int | None = None
    href: str = ""
    corrected: int | None = None
    why: str = ""

    @property
    def shown(self) -> str:
        """What counts: the number put in by hand, else the platform's."""
        return f"{self.corrected:,}" if self.corrected is not None else self.text

    @property
    def words(self) -> str:
        """The line as it stands in the document."""
        before = "" if self.before is None or self.value is None else f"，{_change(self.value - self.before)}"
        mark = f"（人工更正，系统数 {self.text} {self.unit}：{self.why}）" if self.corrected is not None else f"（{self.why}）" if self.why else ""
        return f"{self.label}：{self.shown} {self.unit}".rstrip() + before + mark


def _change(number: int) -> str:
    return f"比上期{'增加' if number > 0 else '减少'} {abs(number):,}" if number else "与上期持平"


def span(report: Any) -> tuple[date, date]:
    """First and last day."""
    return report.day - timedelta(days=0 if report.kind == "daily" else 6), report.day


def lines(session: Session, report: DutyReport, now: datetime) -> list[Line]:
    """The report as it stands: as it was signed, else as the rows are now."""
    if report.content is not None:
        return [Line(**{name: one[name] for name in Line._fields}) for one in report.content]
    return counted(session, report, now)


def counted(session: Session, report: DutyReport, now: datetime) -> list[Line]:
    """The lines as the rows of the whole park are now, with what was corrected by hand."""
    by_hand = {one.figure: one for one in session.scalars(select(DutyCorrection).where(DutyCorrection.report_id == report.id, DutyCorrection.deleted_at.is_(None)).order_by(DutyCorrection.id))}
    found = _duty(session, report, now)
    for section, figures in SECTIONS:
        found += [_line(session, report, section, one, by_hand.get(one.key)) for one in figures]
    found.append(_hazards(session, report, now))
    found.append(Line("天气", "天气和预警", NOT_FILLED, why="平台没有接入气象数据"))
    return found


def _line(session: Session, report: DutyReport, section: str, figure: of.DayFigure, hand: DutyCorrection | None) -> Line:
    first, last = span(report)
    length = last - first + timedelta(days=1)
    value, before = (count(session, figure.rows(_PARK, one, other), figure.model, None) for one, other in ((first, last), (first - length, last - length)))
    href = figure.address(first, last) if value else ""
    corrected, why = (hand.value, hand.reason) if hand is not None else (None, "")
    return Line(section, figure.label, f"{value:,}", figure.unit, figure.key, value, before, href, corrected, why)


def _duty(session: Session, report: DutyReport, now: datetime) -> list[Line]:
    if report.kind != "daily":
        return [Line("值班", "值班人员", NOT_FILLED, why="周报不列值班人员，见各日日报")]
    posts = duty(session, report.day, end_of(report.day))
    found = []
    for tier in reversed(DUTY_TIERS):
        names = "、".join(dict.fromkeys(one.user.name for one in posts.get(int(tier.code), ())))
        found.append(Line("值班", tier.word, names or NOT_FILLED, why="" if names else "值班表上没有人"))
    return found


def _hazards(session: Session, report: DutyReport, now: datetime) -> Line:
    if report.day != park_day(now):
        return Line("重大危险源", "事项过期", NOT_FILLED, why="到期情况只保留当前状态，过去某日的不可知")
    over = sum(one.is_over for one in dues(session, _PARK, report.day))
    return Line("重大危险源", "事项过期", f"{over:,}", "项", value=over, href="/hazards/due?state=over" if over else "")


def changed_since(session: Session, report: DutyReport, now: datetime) -> list[str]:
    """Which figures of a signed report the rows would give otherwise now, in words; the report itself stays."""
    if report.content is None:
        return []
    kept = {one.key: one for one in lines(session, report, now) if one.key}
    anew = {one.key: one for one in (_line(session, report, "", figure, None) for _, figures in SECTIONS for figure in figures)}
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
