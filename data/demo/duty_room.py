"""The duty room of the demo park: four weeks of calls and hand-overs, and a few exchanges of shifts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from data import duty_handovers
from data.calendar import end_of, park_day
from data.demo.danger_ways import moment
from data.demo.duty import BACK_DAYS, LEADER, WATCH
from data.models import DutyCall, DutyExchange, DutyHandover, DutyShift, User
from data.settings import Settings

# What a watch leaves to the next one, by turns.
MATTERS = (
    "本班平稳，无突发事件。甲醇罐区 V-101 液位接近高报，请关注收料进度。",
    "下午有 2 辆液氨槽车进园卸车，已核对运单；卸车区可燃气曾短时波动，已恢复。",
    "夜间巡视园区大屏、报警台正常；环氧乙烷装置仪表校验，相关测点已设报警抑制，到期自动恢复。",
    "接气象部门口头提醒夜间大风，已通知各企业检查高处作业和临时设施。",
    "本班平稳。某运输企业 1 台终端离线，已电话通知，明日检修。",
)
ANSWERS = (18, 34, 27, 61, 42, 22, 95, 31, 49, 25, 38, 143)  # seconds, by turns; every NOT_ANSWERED-th call is missed
NOT_ANSWERED = 17
REASONS = ("家中有事", "参加应急管理培训", "外出体检")


def enter_duty_room(session: Session, settings: Settings, today: date) -> None:
    """Enter what happened until the day began. The shifts must be there."""
    people = dict(session.execute(select(User.username, User.id).where(User.enterprise_id.is_(None))).all())
    shifts = [dict(row) for row in session.execute(select(DutyShift.id, DutyShift.user_id, DutyShift.tier, DutyShift.begins_at, DutyShift.ends_at).order_by(DutyShift.begins_at, DutyShift.tier)).mappings()]
    over = moment(today, 0)
    _calls(session, settings, people, shifts, today)
    _handovers(session, [one for one in shifts if one["tier"] == WATCH], over)
    _exchanges(session, people, [one for one in shifts if one["tier"] == LEADER], over)


def _calls(session: Session, settings: Settings, people: Mapping[str, int], shifts: list[dict[str, Any]], today: date) -> None:
    """Twice a day everybody who watches or leads is asked; on Wednesdays the leader asks by hand besides."""
    rows: list[dict[str, Any]] = []
    minutes = timedelta(minutes=settings.duty_call_minutes)

    def ask(at: datetime, kind: str, round_: str | None, asked_by: int | None) -> None:
        there = [one for one in shifts if one["tier"] in (WATCH, LEADER) and one["begins_at"] <= at < one["ends_at"] and one["user_id"] != asked_by]
        for one in there:
            place = len(rows)
            is_missed = place % NOT_ANSWERED == NOT_ANSWERED - 1
            took = ANSWERS[place % len(ANSWERS)]
            answered = {} if is_missed else {"answered_at": at + timedelta(seconds=took), "answer_s": took}
            row = {"user_id": one["user_id"], "tier": one["tier"], "kind": kind, "asked_by_id": asked_by, "asked_at": at, "due_at": at + minutes, "round": round_}
            rows.append({"answered_at": None, "answer_s": None, "state": "missed" if is_missed else "answered", **row, **answered})

    for back in range(BACK_DAYS - 1, 0, -1):
        day = today - timedelta(days=back)
        for place, hour in enumerate((10 + day.toordinal() % 5, 22 + day.toordinal() % 2)):
            ask(moment(day, hour) + timedelta(minutes=day.toordinal() * 7 % 50), "random", f"{day.isoformat()}#{place + 1}", None)
        if day.weekday() == 2:
            ask(moment(day, 15), "hand", None, people["leader"])
    session.execute(insert(DutyCall), rows)


def _handovers(session: Session, watches: list[dict[str, Any]], over: datetime) -> None:
    rows = []
    for place, (one, following) in enumerate(pairwise(watches)):
        if one["ends_at"] > over:
            break
        handed, is_missing = one["ends_at"] - timedelta(minutes=6 + place % 5), place % 19 == 11
        known = {"shift_id": one["id"], "user_id": one["user_id"], "tier": WATCH, "begins_at": one["begins_at"], "ends_at": one["ends_at"]}
        done = {"incoming_id": following["user_id"], "matters": MATTERS[place % len(MATTERS)], "items": [], "state": "signed", "handed_at": handed, "signed_at": handed + timedelta(minutes=4)}
        none = dict.fromkeys(done) | {"state": "missing"}
        rows.append({**known, **(none if is_missing else done)})
    session.execute(insert(DutyHandover), rows)


def enter_matters(session: Session) -> None:
    """Enter what was open in the park at each hand-over, as it stood when the day before was over: what came later nobody could know.
    To be called when alarms, dangers and colours of zones are there."""
    left: dict[date, list[dict[str, str]]] = {}
    for one in session.scalars(select(DutyHandover).where(DutyHandover.handed_at.is_not(None))).unique():
        day = park_day(one.ends_at) - timedelta(days=1)
        if day not in left:
            left[day] = [item._asdict() for item in duty_handovers.items(session, end_of(day) - timedelta(seconds=1))]
        session.execute(update(DutyHandover).where(DutyHandover.id == one.id).values(items=left[day]))


def _exchanges(session: Session, people: Mapping[str, int], shifts: list[dict[str, Any]], over: datetime) -> None:
    """Three that are over, of which one was not approved, and one that waits for approval."""
    past, ahead = [one for one in shifts if one["ends_at"] <= over], [one for one in shifts if one["begins_at"] > over + timedelta(days=3)]
    rows = []
    for place, (state, pair) in enumerate((("done", past[4:]), ("rejected", past[11:]), ("done", past[18:]), ("agreed", ahead))):
        mine, other = pair[0], next(one for one in pair if one["user_id"] != pair[0]["user_id"])
        # After it is done the first shift belongs to the other.
        asker, asked = (other["user_id"], mine["user_id"]) if state == "done" else (mine["user_id"], other["user_id"])
        at = min(mine["begins_at"] - timedelta(days=3), over - timedelta(hours=20))
        is_decided = state != "agreed"
        decided = {"decided_by_id": people["officer2"] if is_decided else None, "decided_at": at + timedelta(hours=3) if is_decided else None, "remark": "当日有上级检查，请按原班值守。" if state == "rejected" else None}
        spans = {"begins_at": mine["begins_at"], "ends_at": mine["ends_at"], "other_begins_at": other["begins_at"], "other_ends_at": other["ends_at"]}
        row = {"shift_id": mine["id"], "other_shift_id": other["id"], "asked_by_id": asker, "other_id": asked, "tier": LEADER, "reason": REASONS[place % len(REASONS)]}
        rows.append({**row, **spans, **decided, "state": state, "created_at": at, "answered_at": at + timedelta(hours=1)})
    session.execute(insert(DutyExchange), rows)
