"""What enterprises report of hidden dangers, period by period (隐患自查自报): periods open and end by the clock, and are reported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, exists, func, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, lazyload

from data import save
from data.calendar import park_day
from data.errors import Conflict, Forbidden, Invalid
from data.models import DangerReport, DangerReporting, Enterprise, HiddenDanger, ReportCycle
from data.query import get
from data.rules.periods import Period, period_of, period_words
from data.viewer import Viewer, system_viewer

OWN = "own.danger"
FIRST_CYCLE = "month"
WAITING = ("open", "missed")  # not reported yet, in time or no longer
DONE = ("submitted", "late")
DUE = (*DONE, "missed")  # what 上报率 is counted of, everywhere: nobody is blamed for a period that still runs
RATE_WORDS = "上报率 = 已上报 ÷ 应上报。已上报含逾期上报；应上报 = 已上报 + 到期未上报，未到截止日、还没有上报的不计，暂不上报的不计。"
PROGRESS_WORDS = "上报进度 = 已上报 ÷（已上报 + 还没有上报的），未到截止日的也计，暂不上报的不计。"
MOST_PERIODS = 60  # that are opened at once for one enterprise, after a long time without the platform
CLOCK = system_viewer("定时任务")
_CHUNK = 1000


class Entered(NamedTuple):
    """What an enterprise entered for a period so far."""

    submitted: int
    drafts: int


# The clock


def open_periods(session: Session, now: datetime) -> int:
    """Open the period that runs today for every enterprise that has none yet; how many were opened. Repeating it changes nothing."""
    _follow_enterprises(session, now)
    return _open(session, park_day(now))


def close_periods(session: Session, now: datetime) -> int:
    """Find who has not reported: what is open and past its due day becomes 未上报; how many, each in the audit."""
    known = {"today": park_day(now), "who": CLOCK.username, "table": DangerReport.__tablename__}
    return session.execute(_CLOSE, known).rowcount  # type: ignore[attr-defined]


def reporting_of(session: Session, enterprise_id: int) -> DangerReporting:
    """How the enterprise reports. One that nobody entered reports every month, and is entered so."""
    wanted = select(DangerReporting).where(DangerReporting.enterprise_id == enterprise_id)
    found = session.scalars(wanted).first()
    if found is None:
        session.execute(insert(DangerReporting).values(enterprise_id=enterprise_id, cycle=FIRST_CYCLE).on_conflict_do_nothing())
        found = session.scalars(wanted).one()
    return found


def open_for(session: Session, enterprise_id: int, today: date) -> None:
    """Open the period that runs on that day for one enterprise: it need not wait for the clock."""
    reporting_of(session, enterprise_id)
    _open(session, today, enterprise_id)


def _follow_enterprises(session: Session, now: datetime) -> None:
    """Every enterprise reports, and none that was deleted; one that was restored reports as before."""
    live = and_(Enterprise.id == DangerReporting.enterprise_id, Enterprise.deleted_at.is_(None))
    unknown = select(Enterprise.id, literal(FIRST_CYCLE)).where(Enterprise.deleted_at.is_(None), ~exists().where(DangerReporting.enterprise_id == Enterprise.id))
    session.execute(insert(DangerReporting).from_select(["enterprise_id", "cycle"], unknown).on_conflict_do_nothing())
    quiet = {"synchronize_session": False}
    session.execute(update(DangerReporting).where(DangerReporting.deleted_at.is_(None), ~exists().where(live)).values(deleted_at=now), execution_options=quiet)
    session.execute(update(DangerReporting).where(DangerReporting.deleted_at.is_not(None), exists().where(live)).values(deleted_at=None), execution_options=quiet)
    gone = exists().where(Enterprise.id == DangerReport.enterprise_id, Enterprise.deleted_at.is_not(None))
    session.execute(update(DangerReport).where(DangerReport.deleted_at.is_(None), DangerReport.state.in_(WAITING), gone).values(deleted_at=now), execution_options=quiet)


def _open(session: Session, today: date, enterprise_id: int | None = None) -> int:
    mine = and_(DangerReport.enterprise_id == DangerReporting.enterprise_id)
    last = select(func.max(DangerReport.ends_on)).where(mine).correlate(DangerReporting).scalar_subquery()
    wanted = select(DangerReporting, last).where(DangerReporting.deleted_at.is_(None), ~exists().where(mine, DangerReport.ends_on >= today))
    wanted = wanted.where(DangerReporting.enterprise_id == enterprise_id) if enterprise_id is not None else wanted
    grace = dict(session.execute(select(ReportCycle.code, ReportCycle.grace_days)).all())
    rows: list[dict[str, Any]] = []
    found = session.execute(wanted.options(lazyload(DangerReporting.enterprise)).with_for_update(of=DangerReporting)).all()
    for reporting, last_day in found:
        rows += [_row(reporting, one, grace) for one in _due(session, reporting, last_day, today)]
    opened = 0
    for start in range(0, len(rows), _CHUNK):
        statement = insert(DangerReport).values(rows[start : start + _CHUNK]).on_conflict_do_nothing()
        opened += session.execute(statement).rowcount  # type: ignore[attr-defined]
    return opened


def _due(session: Session, reporting: DangerReporting, last_day: date | None, today: date) -> Iterable[Period]:
    """The periods to open, from the day after the last one: no day is reported twice, and none is left out.

    Where one begins the cycle that was set for it takes effect; it then begins after the last one, be it in the middle of a quarter.
    """
    day = last_day + timedelta(days=1) if last_day else None
    for _ in range(MOST_PERIODS):
        if day is not None and day > today:
            return
        if reporting.next_cycle:
            words = f"自 {(day or today).isoformat()} 起"
            save.update(session, reporting, CLOCK, {"cycle": reporting.next_cycle, "next_cycle": None}, reason=words)
        found = period_of(reporting.cycle, day or today)
        yield found._replace(starts_on=max(found.starts_on, day or found.starts_on))
        day = found.ends_on + timedelta(days=1)


def _row(reporting: DangerReporting, period: Period, grace: dict[str, int]) -> dict[str, Any]:
    is_out = reporting.is_suspended and (reporting.suspended_from is None or reporting.suspended_from <= period.ends_on)
    return {
        "enterprise_id": reporting.enterprise_id,
        "cycle": period.cycle,
        "period": period.key,
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
        "due_on": period.ends_on + timedelta(days=grace.get(period.cycle, 0)),
        "state": "suspended" if is_out else "open",
    }


# In one statement: at the end of a month a hundred thousand may be late, and each has its entry in the audit.
_CLOSE = text("""
    WITH late AS (
        UPDATE danger_report SET state = 'missed', version = version + 1, updated_at = now()
        WHERE state = 'open' AND due_on < :today AND deleted_at IS NULL
        RETURNING id, enterprise_id, period
    )
    INSERT INTO audit_entry (at, username, address, verb, table_name, record_id, record_name, changes, reason)
    SELECT clock_timestamp(), :who, '', 'update', :table, late.id, left(enterprise.name || ' ' || late.period, 200),
           '{"state": ["open", "missed"]}'::jsonb, '到期未上报'
    FROM late JOIN enterprise ON enterprise.id = late.enterprise_id
""")


# Reporting


def current_reports(session: Session, viewer: Viewer, today: date) -> Sequence[DangerReport]:
    """The periods that the viewer's enterprise still can report in time or that run today, the first due one first."""
    runs = DangerReport.ends_on >= today
    wanted = _own(viewer).where(DangerReport.starts_on <= today, or_(DangerReport.state == "open", runs))
    return session.scalars(wanted.order_by(DangerReport.due_on, DangerReport.id)).unique().all()


def earlier_reports(session: Session, viewer: Viewer, today: date, most: int = 36) -> Sequence[DangerReport]:
    """The enterprise's other periods, the newest first."""
    wanted = _own(viewer).where(DangerReport.ends_on < today, DangerReport.state != "open")
    return session.scalars(wanted.order_by(DangerReport.ends_on.desc(), DangerReport.id.desc()).limit(most)).unique().all()


def _own(viewer: Viewer) -> Select[DangerReport]:
    return select(DangerReport).where(DangerReport.enterprise_id == (viewer.enterprise_id or 0), DangerReport.deleted_at.is_(None))


def entered(session: Session, report: DangerReport) -> Entered:
    """How many hidden dangers the enterprise submitted for the period, and how many of its days are still drafts."""
    live = HiddenDanger.deleted_at.is_(None)
    submitted = select(func.count()).where(HiddenDanger.report_id == report.id, HiddenDanger.state != "draft", live)
    return Entered(session.scalar(submitted) or 0, session.scalar(select(func.count()).where(*_drafts(report))) or 0)


def _drafts(report: DangerReport) -> tuple[Any, ...]:
    in_period = HiddenDanger.found_on.between(report.starts_on, report.ends_on)
    return HiddenDanger.enterprise_id == report.enterprise_id, HiddenDanger.state == "draft", HiddenDanger.source.in_(("self", "patrol")), in_period, HiddenDanger.deleted_at.is_(None)


def why_suspended(session: Session, enterprise_id: int) -> str:
    """Why the enterprise cannot report now; empty when it can."""
    reporting = session.scalars(select(DangerReporting).where(DangerReporting.enterprise_id == enterprise_id)).first()
    if reporting is None or not reporting.is_suspended:
        return ""
    reason = f"（原因：{reporting.reason}）" if reporting.reason else ""
    return f"本企业已设为暂不上报{reason}，不能上报。恢复生产后请联系主管部门改为正常上报。"


def submit(session: Session, viewer: Viewer, report: DangerReport, *, is_zero: bool, remark: str = "", now: datetime) -> DangerReport:
    """The period, reported: with what was submitted in it, or with the declaration that nothing was found.

    Conflict when it cannot be reported now, Invalid when the declaration and what was entered contradict each other. After the
    due day it is 逾期上报.
    """
    viewer.require(OWN)
    if not viewer.is_enterprise or viewer.enterprise_id != report.enterprise_id:
        raise Forbidden("只有企业自己的用户可以上报本企业的隐患。")
    report = _locked(session, get(session, DangerReport, report.id, viewer).id)
    reason = why_suspended(session, report.enterprise_id) or _why_not(report, park_day(now))
    if reason:
        raise Conflict(reason)
    found = entered(session, report)
    if is_zero and found.submitted:
        raise Invalid(f"本期已提交 {found.submitted} 条隐患，不能申报零隐患，请提交上报。")
    if is_zero and found.drafts:
        raise Invalid(f"本期还有 {found.drafts} 条隐患草稿，请先提交或删除，再申报零隐患。")
    if not is_zero and not found.submitted:
        raise Invalid("本期还没有已提交的隐患。确实没有发现隐患的，请作零隐患申报。")
    values = {
        "state": "late" if park_day(now) > report.due_on else "submitted",
        "is_zero": is_zero,
        "danger_count": found.submitted,
        "submitted_at": now,
        "submitted_by_id": viewer.id,
        "remark": remark.strip() or None,
    }
    return save.update(session, report, viewer, values, verb="submit", reason="零隐患申报" if is_zero else f"上报 {found.submitted} 条隐患")


def _why_not(report: DangerReport, today: date) -> str:
    name = period_words(report.period)
    if report.state in DONE:
        return f"{name}已经上报，不能重复上报。"
    if report.state == "suspended":
        return f"{name}为暂不上报，不用上报。"
    return f"{name}还没有开始。" if report.starts_on > today else ""


def join(session: Session, viewer: Viewer, danger: HiddenDanger, *, now: datetime) -> DangerReport | None:
    """Put a hidden danger that an enterprise submits into the period to which it belongs; that period, or None.

    It is the period in which it was found while that is not reported, else the one that runs. A period that was reported already
    takes it in and is no longer one without dangers. Conflict for an enterprise that is suspended, unless the danger is a major
    one: these are reported at any time (安全生产法 art. 41).
    """
    today = park_day(now)
    reason = why_suspended(session, danger.enterprise_id)
    if reason and danger.source == "patrol":
        return None  # found on an inspection, it is put right whether one reports or not
    if reason and danger.level != "major":
        raise Conflict(reason)
    open_for(session, danger.enterprise_id, today)
    report = _period_for(session, danger, today)
    if report is None:
        return None
    save.update(session, danger, viewer, {"report_id": report.id})
    if report.state in DONE:
        count = select(func.count()).where(HiddenDanger.report_id == report.id, HiddenDanger.deleted_at.is_(None))
        values = {"danger_count": session.scalar(count) or 1, "is_zero": False}
        save.update(session, report, viewer, values, reason=f"上报后补报隐患 {danger.number or ''}".strip())
    return report


def _period_for(session: Session, danger: HiddenDanger, today: date) -> DangerReport | None:
    mine = (DangerReport.enterprise_id == danger.enterprise_id, DangerReport.deleted_at.is_(None))
    day = danger.found_on
    found_in = select(DangerReport.id).where(*mine, DangerReport.state.in_(WAITING), DangerReport.starts_on <= day, DangerReport.ends_on >= day)
    running = select(DangerReport.id).where(*mine, DangerReport.starts_on <= today, DangerReport.ends_on >= today)
    identity = session.scalar(found_in.limit(1)) or session.scalar(running.limit(1))
    return _locked(session, identity) if identity is not None else None


def _locked(session: Session, identity: int) -> DangerReport:
    wanted = select(DangerReport).where(DangerReport.id == identity).with_for_update(of=DangerReport)
    return session.scalars(wanted.execution_options(populate_existing=True)).unique().one()


def due_soon(session: Session, today: date) -> list[tuple[int, DangerReport]]:
    """(enterprise, period) of what is still open and will be due within the days of reminder of its cycle, today included."""
    days = select(ReportCycle.remind_days).where(ReportCycle.code == DangerReport.cycle).scalar_subquery()
    near = DangerReport.due_on - today <= func.coalesce(days, 0)
    wanted = select(DangerReport).where(DangerReport.state == "open", DangerReport.deleted_at.is_(None), DangerReport.due_on >= today, near)
    return [(one.enterprise_id, one) for one in session.scalars(wanted.order_by(DangerReport.due_on, DangerReport.enterprise_id)).unique()]
