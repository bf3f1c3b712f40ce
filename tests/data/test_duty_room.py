"""Promises of the duty room: shifts change hands only as both want it, a shift is handed over or missed, and who is asked is measured."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data import duty_calls, duty_exchanges, duty_handovers, duty_plans, duty_watch, notices
from data.db import session
from data.errors import Conflict, Forbidden, Invalid
from data.messages import urgent
from data.models import AuditEntry, DutyCall, DutyExchange, DutyHandover, DutyShift, Message, User
from data.rules.duty import moments
from data.save import create
from data.settings import Settings
from data.viewer import Viewer, system_viewer
from tests.park import Park, make_park

# Real time where the database's own clock decides; shifts are laid around it.
NOW = datetime.now(UTC).replace(microsecond=0)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MAKER = system_viewer("tests")
LIMITS = Settings(duty_calls_per_day=0)


@pytest.fixture(scope="module")
def park(database: Any) -> Park:
    with session() as current:
        return make_park(current)


@pytest.fixture
def current(park: Park) -> Iterator[Session]:
    with session() as one:
        yield one
        one.rollback()


def shift(current: Session, who: Viewer, begins: float, hours: float = 12, tier: int = 1) -> DutyShift:
    made = create(current, DutyShift, MAKER, {"user_id": who.id, "tier": tier, "begins_at": NOW + begins * HOUR, "ends_at": NOW + (begins + hours) * HOUR})
    made.created_at = NOW - 90 * 24 * HOUR
    current.flush()
    current.refresh(made)
    return made


def titles(current: Session, who: Viewer) -> list[str]:
    return list(current.scalars(select(Message.title).where(Message.user_id == who.id).order_by(Message.id)))


# ---- Exchanges --------------------------------------------------------------------------------------------------------


def test_both_shifts_change_at_once_when_the_other_agreed_and_a_leader_approved(current: Session, park: Park) -> None:
    one, other, leader = park.people["duty"], park.people["inspector"], park.people["leader"]
    mine, theirs = shift(current, one, 24), shift(current, other, 48)
    asked = duty_exchanges.ask(current, one, mine.id, other.id, theirs.id, "家中有事", NOW)
    assert titles(current, other) == [f"{one.name}请您换班：{duty_plans.span_words(mine.begins_at, mine.ends_at)}"]
    with pytest.raises(Conflict, match="由检查人员某本人答复"):
        duty_exchanges.answer(current, one, asked, agrees=True, now=NOW)
    with pytest.raises(Conflict, match="还没有对方的同意"):
        duty_exchanges.decide(current, leader, asked, approves=True, now=NOW)
    duty_exchanges.answer(current, other, asked, agrees=True, now=NOW)
    assert (mine.user_id, theirs.user_id, asked.state) == (one.id, other.id, "agreed"), "nothing changed yet"
    with pytest.raises(Forbidden, match="没有“批准换班”权限"):
        duty_exchanges.decide(current, other, asked, approves=True, now=NOW)
    duty_exchanges.decide(current, leader, asked, approves=True, now=NOW)
    assert (mine.user_id, theirs.user_id, asked.state) == (other.id, one.id, "done")
    assert asked.begins_at == mine.begins_at, "what was asked for stays to be read"
    verbs = current.scalars(select(AuditEntry.verb).where(AuditEntry.table_name == "duty_shift", AuditEntry.record_id.in_([mine.id, theirs.id]), AuditEntry.verb == "exchange"))
    assert len(list(verbs)) == 2
    assert titles(current, one)[-1] == "换班已生效"


def test_where_no_approval_is_wanted_agreement_is_enough(current: Session, park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duty_exchanges, "current_settings", lambda: Settings(duty_exchange_approved=False))
    one, other = park.people["duty"], park.people["inspector"]
    mine = shift(current, one, 24)
    duty_exchanges.answer(current, other, duty_exchanges.ask(current, one, mine.id, other.id, None, "代班", NOW), agrees=True, now=NOW)
    assert mine.user_id == other.id


def test_nobody_gives_away_what_is_not_theirs_or_has_begun(current: Session, park: Park) -> None:
    one, other = park.people["duty"], park.people["inspector"]
    theirs, begun, chief = shift(current, other, 24), shift(current, one, -1), shift(current, one, 24, tier=3)
    with pytest.raises(Forbidden, match="只能换自己的班"):
        duty_exchanges.ask(current, one, theirs.id, other.id, None, "无", NOW)
    for ids, field, why in (
        ((begun.id, other.id, None), "shift_id", "已经开始"),
        ((chief.id, one.id, None), "other_id", "不能与自己换班"),
        ((chief.id, park.people["enterprise"].id, None), "other_id", "园区的在用人员"),
        ((chief.id, other.id, theirs.id), "other_shift_id", "只能与同一岗位的班次互换"),
        ((chief.id, other.id, begun.id), "other_shift_id", "这一班不是对方的"),
        ((chief.id, other.id, None), "other_id", "那时已有班"),
    ):
        with pytest.raises(Invalid) as refused:
            duty_exchanges.ask(current, one, *ids, "有事", NOW)
        assert why in refused.value.fields[field]
    assert current.scalar(select(func.count()).select_from(DutyExchange)) == 0


def test_an_exchange_is_refused_when_the_roster_moved_on_and_lapses_when_the_shift_begins(current: Session, park: Park) -> None:
    one, other, third = park.people["duty"], park.people["inspector"], park.people["officer"]
    mine, later = shift(current, one, 24), shift(current, one, 72)
    asked = duty_exchanges.ask(current, one, mine.id, other.id, None, "有事", NOW)
    with pytest.raises(Invalid) as twice:
        duty_exchanges.ask(current, one, mine.id, third.id, None, "有事", NOW)
    assert "已有换班申请在办" in twice.value.fields["shift_id"]
    mine.user_id = third.id
    current.flush()
    with pytest.raises(Conflict, match="值班表已变化"):
        duty_exchanges.answer(current, other, asked, agrees=True, now=NOW)
    waiting = duty_exchanges.ask(current, one, later.id, other.id, None, "有事", NOW)
    assert duty_exchanges.lapse(current, NOW + 71 * HOUR) == 1, "the first one's shift has begun"
    assert duty_exchanges.lapse(current, NOW + 72 * HOUR) == 1
    current.refresh(waiting)
    assert waiting.state == "lapsed"
    assert titles(current, one)[-1] == "换班申请已失效：班次已开始或已取消"


def test_a_leader_never_approves_an_exchange_of_their_own(current: Session, park: Park) -> None:
    leader, other = park.people["leader"], park.people["inspector"]
    mine = shift(current, leader, 24, tier=2)
    asked = duty_exchanges.ask(current, leader, mine.id, other.id, None, "有事", NOW)
    duty_exchanges.answer(current, other, asked, agrees=True, now=NOW)
    with pytest.raises(Conflict, match="不能批准自己参与的换班"):
        duty_exchanges.decide(current, leader, asked, approves=True, now=NOW)
    with pytest.raises(Invalid, match="请说明不批准的原因"):
        duty_exchanges.decide(current, park.people["officer"], asked, approves=False, now=NOW)
    duty_exchanges.decide(current, park.people["officer"], asked, approves=False, remark="当日有检查", now=NOW)
    assert (asked.state, mine.user_id) == ("rejected", leader.id)


# ---- Series -----------------------------------------------------------------------------------------------------------


def test_a_series_names_its_conflicts_and_makes_all_or_only_the_others(current: Session, park: Park) -> None:
    one, other, officer = park.people["duty"], park.people["inspector"], park.people["officer"]
    first = date(2199, 3, 1)
    wish = duty_plans.Wish(1, (one.id or 0, other.id or 0), "08:00-20:00，20:00-08:00", first, first + timedelta(days=2))
    long_ago = datetime(2199, 2, 1, tzinfo=UTC)
    taken = {"user_id": one.id, "tier": 2, "begins_at": datetime(2199, 3, 1, 1, tzinfo=UTC), "ends_at": datetime(2199, 3, 1, 2, tzinfo=UTC)}
    create(current, DutyShift, MAKER, taken)
    planned = duty_plans.plan(current, wish, long_ago)
    assert [bool(each.conflict) for each in planned] == [True, False, False, False, False, False]
    assert planned[0].conflict == "本人已有班：03-01 09:00–10:00 带班领导"
    with pytest.raises(Conflict, match="1 班有冲突，没有生成"):
        duty_plans.make(current, officer, wish, long_ago)
    assert duty_plans.make(current, officer, wish, long_ago, skip=True) == (5, 1)
    assert all(each.conflict.startswith("本人已有班") for each in duty_plans.plan(current, wish, long_ago)), "made once"
    with pytest.raises(Forbidden, match="没有“维护值班表”权限"):
        duty_plans.make(current, park.people["leader"], wish, long_ago)


def test_a_wish_that_cannot_be_is_refused_at_its_fields(current: Session, park: Park) -> None:
    known, today = duty_plans.staff(current), date(2026, 3, 2)
    wrong = duty_plans.fault(duty_plans.Wish(9, (10**9,), "8-20", today - timedelta(days=1), today, 0), known, today)
    assert wrong.keys() == {"tier", "people", "times", "first", "each"}
    firm = park.people["enterprise"].id or 0
    assert "people" in duty_plans.fault(duty_plans.Wish(1, (firm,), "8:00-20:00", today, today), known, today), "enterprises stand no duty"
    long = duty_plans.fault(duty_plans.Wish(1, (park.people["duty"].id or 0,), "8:00-20:00，20:00-8:00", today, today + timedelta(days=300)), known, today)
    assert "一次最多生成 400 班" in long["last"]


# ---- Hand-overs -------------------------------------------------------------------------------------------------------


def test_a_shift_is_handed_over_by_who_goes_and_signed_by_who_comes(current: Session, park: Park) -> None:
    one, other, third = park.people["duty"], park.people["inspector"], park.people["officer"]
    mine = shift(current, one, -11)
    shift(current, other, 1)
    with pytest.raises(Forbidden, match="只能为自己的班次"):
        duty_handovers.write(current, other, mine.id, "", NOW)
    made = duty_handovers.write(current, one, mine.id, "关注 V-101 液位", NOW)
    with pytest.raises(Conflict, match="由交班人"):
        duty_handovers.hand_over(current, other, made, NOW)
    with pytest.raises(Conflict, match="结束前 2 小时内"):
        duty_handovers.hand_over(current, one, made, NOW - 2 * HOUR)
    duty_handovers.hand_over(current, one, made, NOW)
    assert (made.state, made.handed_at, made.incoming_id) == ("handed", NOW, other.id)
    assert any(title.startswith(f"请接班：{one.name}") for title in titles(current, other))
    with pytest.raises(Conflict, match="不能自己接自己的班"):
        duty_handovers.take_over(current, one, made, "", NOW)
    with pytest.raises(Conflict, match="值班表上不是您"):
        duty_handovers.take_over(current, third, made, "", NOW)
    duty_handovers.take_over(current, other, made, "已清楚", NOW + 5 * MINUTE)
    assert (made.state, made.signed_at) == ("signed", NOW + 5 * MINUTE)
    with pytest.raises(Conflict, match="已经接班"):
        duty_handovers.take_over(current, other, made, "", NOW)


def test_what_is_open_stands_in_it_as_it_was_when_it_was_handed_over(current: Session, park: Park) -> None:
    from data.models import HiddenDanger

    one = park.people["duty"]
    mine = shift(current, one, -11)
    danger = HiddenDanger(enterprise_id=park.first.id, name="紧急切断阀未投用", level="major", state="rectify", source="check", found_on=date(2026, 3, 1))
    current.add(danger)
    current.flush()
    made = duty_handovers.write(current, one, mine.id, "", NOW)
    assert [item.text for item in duty_handovers.lines(current, made, NOW) if item.section == "重大隐患"] == ["紧急切断阀未投用，一号化工"]
    duty_handovers.hand_over(current, one, made, NOW)
    danger.name = "已改名"
    current.flush()
    kept = [item for item in duty_handovers.lines(current, made, NOW) if item.section == "重大隐患"]
    assert [(item.text, item.href) for item in kept] == [("紧急切断阀未投用，一号化工", f"/dangers/{danger.id}")], "fixed, and leads to its row"


def test_a_shift_without_a_hand_over_is_found_once_and_may_be_written_late(current: Session, park: Park) -> None:
    one, other, leader = park.people["duty"], park.people["inspector"], park.people["leader"]
    shift(current, one, -27)
    goes_on = shift(current, one, -15)
    last = shift(current, other, -3, hours=1)
    shift(current, leader, -1, tier=2)
    assert duty_watch.run(current, NOW, LIMITS).missing == 2, "who goes on hands over to nobody"
    assert duty_watch.run(current, NOW, LIMITS).missing == 0
    rows = {each.shift_id: each for each in current.scalars(select(DutyHandover)).unique()}
    assert {key: each.state for key, each in rows.items()} == {goes_on.id: "missing", last.id: "missing"}
    assert sum(title.startswith("缺交接班记录") for title in titles(current, leader)) == 2
    late = duty_handovers.write(current, other, last.id, "补写", NOW)
    assert (late.id, late.state, late.is_late) == (rows[last.id].id, "draft", True)
    duty_handovers.hand_over(current, other, late, NOW)
    assert duty_watch.run(current, NOW, LIMITS).missing == 0


# ---- Are you there ----------------------------------------------------------------------------------------------------


def test_who_is_on_duty_is_interrupted_and_the_server_measures_the_answer(current: Session, park: Park) -> None:
    one, leader, now = park.people["duty"], park.people["leader"], datetime.now(UTC).replace(microsecond=0)  # screens go by the clock on the wall
    shift(current, one, -1)
    shift(current, leader, -1, tier=2)
    with pytest.raises(Forbidden, match="没有“查岗”权限"):
        duty_calls.ask(current, one, tier=None, enterprise_id=None, now=now)
    (call,) = duty_calls.ask(current, leader, tier=None, enterprise_id=None, now=now)
    assert (call.user_id, call.tier, call.state) == (one.id, 1, "waiting"), "who asks is not asked"
    (told,) = urgent(current, one)
    assert told.title == "查岗：请在 5 分钟内应答"
    with pytest.raises(Invalid, match="不能保存"):
        duty_calls.ask(current, leader, tier=1, enterprise_id=None, now=now)
    notices.confirm(current, one, told.id, now + timedelta(seconds=38))
    current.refresh(call)
    assert (call.state, call.answer_s) == ("answered", 38)
    assert urgent(current, one) == []
    assert not duty_calls.answer(current, one.id or 0, call.id, now + MINUTE), "once"
    with pytest.raises(Exception, match="没有找到这次查岗"):
        duty_calls.answer(current, leader.id or 0, call.id, NOW)


def test_who_does_not_answer_in_time_is_missed_and_the_leader_told(current: Session, park: Park) -> None:
    one, leader, officer = park.people["duty"], park.people["leader"], park.people["officer"]
    shift(current, one, -1)
    shift(current, leader, -1, tier=2)
    (call,) = duty_calls.ask(current, officer, tier=1, enterprise_id=None, now=NOW - 6 * MINUTE)
    assert urgent(current, one) == [], "its time is over: it interrupts nobody"
    assert not duty_calls.answer(current, one.id or 0, call.id, NOW)
    assert duty_watch.run(current, NOW, LIMITS).missed == 1
    assert duty_watch.run(current, NOW, LIMITS).missed == 0
    current.refresh(call)
    assert (call.state, call.answer_s) == ("missed", None)
    said = f"查岗未应答：值班员 {one.name}"
    assert said in titles(current, leader)
    assert said in titles(current, officer), "and who asked"


def test_accounts_of_an_enterprise_are_asked_too(current: Session, park: Park) -> None:
    firm, leader = park.people["enterprise"], park.people["leader"]
    (call,) = duty_calls.ask(current, leader, tier=None, enterprise_id=park.first.id, now=NOW)
    assert (call.user_id, call.enterprise_id, call.tier) == (firm.id, park.first.id, None)
    with pytest.raises(Invalid) as none:
        duty_calls.ask(current, leader, tier=None, enterprise_id=park.second.id, now=NOW)
    assert none.value.fields["enterprise_id"] == "该企业没有在用账号。"


def test_at_random_everybody_is_asked_once_a_moment_and_never_long_after_it(current: Session, park: Park) -> None:
    from zoneinfo import ZoneInfo

    one = park.people["duty"]
    limits = Settings(duty_calls_per_day=2, duty_call_window="00:00-24:00", secret_key="a secret for this test alone", time_zone="Asia/Shanghai")
    day = NOW.astimezone(ZoneInfo("Asia/Shanghai")).date()
    moment = moments(day, 2, limits.duty_call_window, limits.effective_secret_key, ZoneInfo("Asia/Shanghai"))[0]
    shift(current, one, (moment - NOW) / HOUR - 3, hours=6)
    assert duty_calls.at_random(current, moment - MINUTE, limits) == 0
    assert duty_calls.at_random(current, moment + MINUTE, limits) == 1
    assert duty_calls.at_random(current, moment + 2 * MINUTE, limits) == 0
    (call,) = current.scalars(select(DutyCall)).unique()
    assert (call.kind, call.round, call.asked_by_id) == ("random", f"{day.isoformat()}#1", None)
    current.delete(call)
    current.flush()
    assert duty_calls.at_random(current, moment + 11 * MINUTE, limits) == 0, "the platform was away: nobody is asked late"


def test_the_rate_and_the_median_are_of_the_answers(current: Session, park: Park) -> None:
    one, other = park.people["duty"], park.people["inspector"]
    day = date(2026, 3, 2)
    asked = datetime(2026, 3, 2, 4, tzinfo=UTC)
    for who, took in ((one, 10), (one, 30), (one, 200), (one, None), (other, 40)):
        row = {"user_id": who.id, "kind": "hand", "asked_at": asked, "due_at": asked + 5 * MINUTE, "state": "missed" if took is None else "answered", "answer_s": took}
        create(current, DutyCall, MAKER, row)
    together, people = duty_calls.answering(current, MAKER, day, day)
    assert together == duty_calls.Answering(5, 4, 1, 35.0)
    assert together.rate == 80
    assert [(user.id, found) for user, found in people] == [(one.id, duty_calls.Answering(4, 3, 1, 30.0)), (other.id, duty_calls.Answering(1, 1, 0, 40.0))]
    assert duty_calls.answering(current, MAKER, day, day, "random") == (duty_calls.Answering(0, 0, 0, None), [])
    assert isinstance(people[0][0], User)
