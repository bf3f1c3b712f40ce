"""What the reporting of hidden dangers by periods promises."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from data import jobs
from data.attachments import attach
from data.danger_reporting import resume, set_cycle, set_rules, suspend
from data.danger_reports import close_periods, due_soon, earlier_reports, open_periods, reporting_of, submit
from data.dangers import change_draft, discard, lacking, put_on_its_way, register
from data.db import session
from data.errors import Conflict, Forbidden, Invalid
from data.models import AuditEntry, DangerReport, DangerReporting, Enterprise, HiddenDanger, ReportCycle, User
from data.save import restore
from data.viewer import Viewer, system_viewer
from data.viewers import viewer_from

ALL = system_viewer("tests")


def noon(month: int, day: int, year: int = 2027) -> datetime:
    return datetime(year, month, day, 4, tzinfo=UTC)


@pytest.fixture
def current(fresh_demo_database: Any) -> Iterator[Session]:
    """A database in which nobody ever reported, at work until the end of the test."""
    with session() as clean:
        clean.execute(update(HiddenDanger).values(report_id=None))
        clean.query(DangerReport).delete()
        clean.query(DangerReporting).delete()
    with session() as at_work:
        yield at_work


@pytest.fixture
def own(current: Session) -> Viewer:
    """An enterprise's own user."""
    return viewer_from(current.scalars(select(User).where(User.enterprise_id.is_not(None)).order_by(User.id)).first())  # type: ignore[arg-type]


@pytest.fixture
def officer(current: Session) -> Viewer:
    return viewer_from(current.scalars(select(User).where(User.username == "officer")).one())


def reports(current: Session, viewer: Viewer) -> list[DangerReport]:
    current.expire_all()
    return list(current.scalars(select(DangerReport).where(DangerReport.enterprise_id == viewer.enterprise_id).order_by(DangerReport.starts_on)).unique())


def report(current: Session, viewer: Viewer) -> DangerReport:
    return reports(current, viewer)[-1]


def reporting(current: Session, viewer: Viewer) -> DangerReporting:
    return reporting_of(current, viewer.enterprise_id or 0)


def danger(current: Session, viewer: Viewer, now: datetime, **more: Any) -> HiddenDanger:
    given = {"name": "配电室电缆沟封堵不严", "place": "配电室", "person": "刘海涛", "found_on": now.date(), "deadline_on": date(2027, 12, 30)}
    return register(current, viewer, given | more, now=now)


def handed_over(current: Session, viewer: Viewer, now: datetime, **more: Any) -> HiddenDanger:
    made = danger(current, viewer, now, **more)
    put_on_its_way(current, viewer, made, now=now)
    return made


# Periods by the clock


def test_every_enterprise_gets_the_running_month_once(current: Session, own: Viewer) -> None:
    firms = current.scalar(select(func.count()).select_from(Enterprise).where(Enterprise.deleted_at.is_(None)))
    assert open_periods(current, noon(2, 10)) == firms
    assert open_periods(current, noon(2, 10)) == 0
    assert open_periods(current, noon(2, 28)) == 0
    made = report(current, own)
    assert (made.period, made.starts_on, made.ends_on, made.due_on, made.state) == ("2027-02", date(2027, 2, 1), date(2027, 2, 28), date(2027, 3, 5), "open")
    assert open_periods(current, noon(3, 1)) == firms


def test_days_are_those_of_the_park(current: Session, own: Viewer) -> None:
    open_periods(current, datetime(2027, 2, 28, 15, 59, tzinfo=UTC))
    assert report(current, own).period == "2027-02"
    open_periods(current, datetime(2027, 2, 28, 16, 0, tzinfo=UTC))
    assert report(current, own).period == "2027-03"


def test_periods_without_a_platform_are_opened_afterwards(current: Session, own: Viewer) -> None:
    open_periods(current, noon(2, 10))
    open_periods(current, noon(5, 2))
    assert [one.period for one in reports(current, own)] == ["2027-02", "2027-03", "2027-04", "2027-05"]


def test_a_deleted_enterprise_reports_no_more_and_a_restored_one_again(current: Session, own: Viewer) -> None:
    open_periods(current, noon(2, 10))
    firm = current.get_one(Enterprise, own.enterprise_id)
    firm.deleted_at = noon(2, 11)
    current.flush()
    open_periods(current, noon(3, 10))
    assert [one.period for one in reports(current, own)] == ["2027-02"]
    assert report(current, own).deleted_at
    restore(current, current.get_one(Enterprise, own.enterprise_id), ALL)
    open_periods(current, noon(3, 11))
    assert report(current, own).period == "2027-03"


def test_who_has_not_reported_is_found_the_day_after_the_due_day(current: Session, own: Viewer) -> None:
    open_periods(current, noon(2, 10))
    assert close_periods(current, noon(3, 5)) == 0
    assert close_periods(current, noon(3, 6)) > 0
    assert close_periods(current, noon(3, 6)) == 0
    missed = report(current, own)
    assert missed.state == "missed"
    entry = current.scalars(select(AuditEntry).where(AuditEntry.table_name == "danger_report", AuditEntry.record_id == missed.id)).one()
    assert (entry.username, entry.changes, entry.reason) == ("定时任务", {"state": ["open", "missed"]}, "到期未上报")


def test_the_job_does_both_and_repeats_without_effect(current: Session, own: Viewer) -> None:
    assert jobs.report_periods(noon(2, 10))[1] > 0
    closed, opened = jobs.report_periods(noon(3, 6))
    assert closed == opened > 0
    assert jobs.report_periods(noon(3, 6)) == (0, 0)
    assert [(one.period, one.state) for one in reports(current, own)] == [("2027-02", "missed"), ("2027-03", "open")]


# Cycles


def test_another_cycle_begins_with_the_next_period_and_leaves_no_day_out(current: Session, own: Viewer, officer: Viewer) -> None:
    open_periods(current, noon(1, 10))
    assert set_cycle(current, officer, reporting(current, own), "quarter", "风险较低", now=noon(1, 11))
    assert reporting(current, own).cycle == "month"
    open_periods(current, noon(2, 1))
    assert (reporting(current, own).cycle, reporting(current, own).next_cycle) == ("quarter", None)
    found = [(one.period, one.starts_on, one.ends_on, one.due_on) for one in reports(current, own)]
    assert found == [("2027-01", date(2027, 1, 1), date(2027, 1, 31), date(2027, 2, 5)), ("2027Q1", date(2027, 2, 1), date(2027, 3, 31), date(2027, 4, 10))]
    open_periods(current, noon(4, 1))
    assert (report(current, own).period, report(current, own).starts_on) == ("2027Q2", date(2027, 4, 1))


def test_the_present_cycle_takes_an_intended_change_back(current: Session, own: Viewer, officer: Viewer) -> None:
    open_periods(current, noon(1, 10))
    one = reporting(current, own)
    assert set_cycle(current, officer, one, "year", "调整", now=noon(1, 11))
    assert not set_cycle(current, officer, one, "year", "调整", now=noon(1, 11))
    assert set_cycle(current, officer, one, "month", "撤销调整", now=noon(1, 12))
    assert one.next_cycle is None


def test_a_cycle_needs_a_reason_and_must_be_in_use(current: Session, own: Viewer, officer: Viewer) -> None:
    one = reporting(current, own)
    with pytest.raises(Invalid, match="请填写原因。"):
        set_cycle(current, officer, one, "year", " ", now=noon(1, 11))
    rules = current.scalars(select(ReportCycle).where(ReportCycle.code == "year")).one()
    set_rules(current, officer, rules, {"is_active": False})
    with pytest.raises(Invalid) as refused:
        set_cycle(current, officer, one, "year", "调整", now=noon(1, 11))
    assert refused.value.fields == {"cycle": "“年报”没有启用，请选择其他周期。"}


def test_other_days_of_grace_hold_for_what_is_open(current: Session, own: Viewer, officer: Viewer) -> None:
    open_periods(current, noon(2, 10))
    rules = current.scalars(select(ReportCycle).where(ReportCycle.code == "month")).one()
    set_rules(current, officer, rules, {"grace_days": 2})
    assert report(current, own).due_on == date(2027, 3, 2)
    with pytest.raises(Invalid) as refused:
        set_rules(current, officer, rules, {"is_active": False})
    assert "家企业按月报上报，请先为其设置其他周期。" in refused.value.fields["is_active"]
    town = viewer_from(current.scalars(select(User).where(User.username == "town")).one())
    with pytest.raises(Forbidden, match="请由园区管理人员修改"):
        set_rules(current, town, rules, {"grace_days": 9})


# Suspended


def test_a_suspended_enterprise_cannot_report_and_is_not_counted_as_missing(current: Session, own: Viewer, officer: Viewer) -> None:
    open_periods(current, noon(2, 10))
    suspend(current, officer, reporting(current, own), "全厂停产检修", now=noon(2, 11))
    with pytest.raises(Conflict, match="本企业已设为暂不上报（原因：全厂停产检修），不能上报"):
        submit(current, own, report(current, own), is_zero=True, now=noon(2, 20))
    draft = danger(current, own, noon(2, 20))
    with pytest.raises(Conflict, match="全厂停产检修"):
        put_on_its_way(current, own, draft, now=noon(2, 20))
    close_periods(current, noon(3, 10))
    open_periods(current, noon(3, 10))
    assert [one.state for one in reports(current, own)] == ["suspended", "suspended"]
    resume(current, officer, reporting(current, own), now=noon(3, 12))
    assert [one.state for one in reports(current, own)] == ["suspended", "open"]
    assert submit(current, own, report(current, own), is_zero=False, now=noon(3, 13)) if put_on_its_way(current, own, draft, now=noon(3, 13)) else None


def test_suspending_needs_a_reason_and_is_in_the_audit(current: Session, own: Viewer, officer: Viewer) -> None:
    one = reporting(current, own)
    with pytest.raises(Invalid, match="请填写暂停原因。"):
        suspend(current, officer, one, "", now=noon(2, 11))
    suspend(current, officer, one, "季节性停产", now=noon(2, 11))
    with pytest.raises(Conflict, match="已经是暂不上报"):
        suspend(current, officer, one, "季节性停产", now=noon(2, 11))
    entry = current.scalars(select(AuditEntry).where(AuditEntry.table_name == "danger_reporting", AuditEntry.record_id == one.id)).one()
    assert (entry.username, entry.reason, entry.changes["is_suspended"]) == ("officer", "季节性停产", [False, True])
    with pytest.raises(Forbidden):
        resume(current, own, one, now=noon(2, 12))


# Reporting


def test_nothing_found_is_declared_and_not_left_empty(current: Session, own: Viewer) -> None:
    open_periods(current, noon(2, 10))
    with pytest.raises(Invalid, match="确实没有发现隐患的，请作零隐患申报。"):
        submit(current, own, report(current, own), is_zero=False, now=noon(2, 26))
    done = submit(current, own, report(current, own), is_zero=True, remark=" 已组织自查 ", now=noon(2, 26))
    assert (done.state, done.is_zero, done.danger_count, done.remark, done.submitted_by_id) == ("submitted", True, 0, "已组织自查", own.id)
    with pytest.raises(Conflict, match="2027 年 2 月已经上报，不能重复上报。"):
        submit(current, own, done, is_zero=True, now=noon(2, 26))


def test_a_zero_report_is_refused_when_something_was_found(current: Session, own: Viewer) -> None:
    open_periods(current, noon(2, 10))
    draft = danger(current, own, noon(2, 20))
    with pytest.raises(Invalid, match="还有 1 条隐患草稿"):
        submit(current, own, report(current, own), is_zero=True, now=noon(2, 26))
    put_on_its_way(current, own, draft, now=noon(2, 26))
    with pytest.raises(Invalid, match="本期已提交 1 条隐患，不能申报零隐患"):
        submit(current, own, report(current, own), is_zero=True, now=noon(2, 26))
    done = submit(current, own, report(current, own), is_zero=False, now=noon(2, 26))
    assert (done.is_zero, done.danger_count) == (False, 1)


def test_the_due_day_is_in_time_and_the_day_after_is_late(current: Session, own: Viewer) -> None:
    open_periods(current, noon(1, 10))
    assert submit(current, own, report(current, own), is_zero=True, now=noon(2, 5)).state == "submitted"
    open_periods(current, noon(2, 5))
    close_periods(current, noon(3, 6))
    assert submit(current, own, report(current, own), is_zero=True, now=noon(3, 6)).state == "late"
    assert [one.period for one in earlier_reports(current, own, date(2027, 3, 6))] == ["2027-02", "2027-01"]


def test_only_the_enterprise_itself_reports(current: Session, own: Viewer, officer: Viewer) -> None:
    open_periods(current, noon(2, 10))
    other = viewer_from(current.scalars(select(User).where(User.enterprise_id.is_not(None)).order_by(User.id.desc())).first())  # type: ignore[arg-type]
    for stranger in (officer, other):
        with pytest.raises(Forbidden):
            submit(current, stranger, report(current, own), is_zero=True, now=noon(2, 20))


def test_a_danger_belongs_to_the_period_in_which_it_was_found_while_that_is_open(current: Session, own: Viewer) -> None:
    open_periods(current, noon(2, 10))
    open_periods(current, noon(3, 2))
    february, march = reports(current, own)
    assert handed_over(current, own, noon(3, 2), found_on=date(2027, 2, 27)).report_id == february.id
    assert handed_over(current, own, noon(3, 2)).report_id == march.id
    submit(current, own, february, is_zero=False, now=noon(3, 3))
    assert handed_over(current, own, noon(3, 3), found_on=date(2027, 2, 27)).report_id == march.id


def test_what_is_found_after_a_zero_report_takes_the_zero_back(current: Session, own: Viewer) -> None:
    open_periods(current, noon(2, 10))
    submit(current, own, report(current, own), is_zero=True, now=noon(2, 20))
    late_found = handed_over(current, own, noon(2, 25))
    amended = report(current, own)
    assert (late_found.report_id, amended.is_zero, amended.danger_count, amended.state) == (amended.id, False, 1, "submitted")


def test_a_danger_needs_no_clock_to_have_a_period(current: Session, own: Viewer) -> None:
    assert handed_over(current, own, noon(2, 25)).report_id == report(current, own).id


def test_reminders_name_what_is_due_within_the_days_of_its_cycle(current: Session, own: Viewer) -> None:
    open_periods(current, noon(2, 10))
    def named(day: date) -> bool:
        return own.enterprise_id in {firm for firm, _ in due_soon(current, day)}

    assert [named(date(2027, 3, day)) for day in (1, 2, 5, 6)] == [False, True, True, False]
    submit(current, own, report(current, own), is_zero=True, now=noon(3, 2))
    assert not named(date(2027, 3, 3))


# Registering


def test_a_draft_is_the_enterprises_own_whatever_was_sent(current: Session, own: Viewer) -> None:
    other = current.scalars(select(Enterprise.id).where(Enterprise.id != own.enterprise_id)).first()
    made = danger(current, own, noon(2, 10), enterprise_id=other, source="inspection", cause="不该有", rectified_on=date(2027, 2, 10))
    assert (made.enterprise_id, made.source, made.state, made.cause, made.rectified_on) == (own.enterprise_id, "self", "draft", None, None)


def test_what_is_missing_is_named_before_a_draft_goes_on_its_way(current: Session, own: Viewer) -> None:
    made = danger(current, own, noon(2, 10), level="major")
    assert lacking(current, made) == {"criterion_id": "判定依据", "cause": "现状及产生原因", "harm": "危害程度", "difficulty": "整改难易程度分析"}
    with pytest.raises(Invalid, match="提交前请补充：判定依据、现状及产生原因、危害程度、整改难易程度分析。"):
        put_on_its_way(current, own, made, now=noon(2, 10))
    assert made.state == "draft"
    change_draft(current, own, made, {"level": "general", "deadline_on": date(2027, 3, 1)}, now=noon(2, 10))
    assert lacking(current, made) == {"person": "整改责任人"}


def test_a_major_danger_waits_for_the_authority_even_from_a_suspended_enterprise(current: Session, own: Viewer, officer: Viewer) -> None:
    open_periods(current, noon(2, 1))
    suspend(current, officer, reporting(current, own), "停产", now=noon(2, 2))
    more = {"level": "major", "criterion_id": 1, "cause": "未设置", "harm": "可能爆炸", "difficulty": "须停车"}
    assert handed_over(current, own, noon(2, 10), **more).state == "review"


def test_what_was_put_right_at_once_waits_to_be_looked_at(current: Session, own: Viewer) -> None:
    made = danger(current, own, noon(2, 10), treatment="at_once", rectified_on=date(2027, 2, 10), result="已重新封堵")
    assert lacking(current, made) == {"file:after": "整改后照片"}
    picture = BytesIO()
    Image.new("RGB", (90, 60), "teal").save(picture, "PNG")
    picture.seek(0)
    attach(current, own, made, "after", "整改后.png", picture)
    case = put_on_its_way(current, own, made, now=noon(2, 10))
    assert (made.state, case.node, made.deadline_on) == ("check", "check", date(2027, 2, 10))


def test_a_submitted_danger_is_no_draft_any_more(current: Session, own: Viewer) -> None:
    made = handed_over(current, own, noon(2, 10))
    with pytest.raises(Conflict, match="这条隐患已经提交，请在办理页面继续办理。"):
        change_draft(current, own, made, {"name": "别的"}, now=noon(2, 10))
    with pytest.raises(Conflict, match="已经提交"):
        discard(current, own, made)
    draft = danger(current, own, noon(2, 10))
    discard(current, own, draft)
    assert draft.deleted_at


def test_dates_that_cannot_be_are_named_at_the_field(current: Session, own: Viewer) -> None:
    for fault, more in (("found_on", {"found_on": date(2027, 2, 11)}), ("deadline_on", {"deadline_on": date(2027, 2, 9)}), ("rectified_on", {"treatment": "at_once", "rectified_on": date(2027, 2, 11)})):
        with pytest.raises(Invalid) as refused:
            danger(current, own, noon(2, 10), **more)
        assert list(refused.value.fields) == [fault]
