"""By when an incident must be reported: the legal times as rules with their source, and what became of each. Pure.

国务院令第493号 art. 9 (one hour to the county), 11 (each level within two hours), 13 (casualties within 30 days, road and fire 7);
总局令第21号 art. 7 (较大 and above, 较大涉险: by telephone within an hour), 10 (one further report a day, two of 重大 and 特别重大).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
RULES_EDITION = "国务院令第493号（2007）、总局令第21号（2009）"
State = Literal["waiting", "over", "met", "late", "window"]


class Rule(NamedTuple):
    """One time limit: what is due, how long one has, and where that is written."""

    key: str
    label: str
    limit: timedelta
    source: str


UNIT = Rule("unit", "企业向属地部门报告", HOUR, "国务院令第493号第九条：1 小时内")
QUICK = Rule("quick", "电话快报", HOUR, "总局令第21号第七条：较大及以上、较大涉险 1 小时内")
UPWARD = Rule("upward", "首次书面报告（专报）", 2 * HOUR, "国务院令第493号第十一条：逐级上报，每级不超过 2 小时")
DAILY = Rule("daily", "续报（每日至少 1 次）", DAY, "总局令第21号第十条：一般、较大、较大涉险")
TWICE = Rule("twice", "续报（每日至少 2 次）", DAY / 2, "总局令第21号第十条：重大、特别重大")
CHANGE = Rule("change", "伤亡人数变化补报", 30 * DAY, "国务院令第493号第十三条：30 日内")
CHANGE_SHORT = Rule("change", "伤亡人数变化补报", 7 * DAY, "国务院令第493号第十三条：道路交通、火灾 7 日内")
SHORT_KINDS = frozenset({"traffic", "fire"})
# 国务院令第493号 is about accidents of production and business; the park's own rules hold for what else happens.
ACCIDENTS = frozenset({"leak", "fire", "explosion", "poisoning", "injury", "traffic"})


class Case(NamedTuple):
    """What the rules ask of an incident. ``ended_at`` is also the time at which it was found to be nothing."""

    kind: str
    occurred_at: datetime
    received_at: datetime
    level: int | None = None
    is_grave: bool = False
    ended_at: datetime | None = None
    quick_at: datetime | None = None
    first_report_at: datetime | None = None
    last_report_at: datetime | None = None
    final_report_at: datetime | None = None
    has_unreported_change: bool = False


class Clock(NamedTuple):
    """A limit in one incident: due when, met when, and how that is: still time, over, met, met late, or only a span in which it holds."""

    rule: Rule
    due_at: datetime
    done_at: datetime | None
    state: State
    note: str = ""


def why_none(case: Case) -> str:
    """Why no legal times run; empty when they do."""
    return "" if case.kind in ACCIDENTS else "不属生产安全事故，法定报告时限不适用；按有关专项规定和上级要求报告。"


def clocks(case: Case, now: datetime) -> list[Clock]:
    """The limits that hold for the incident, in the order in which they fall due at first."""
    if why_none(case):
        return []
    found = [_clock(UNIT, case.occurred_at + UNIT.limit, case.received_at, now)]
    if case.is_grave or (case.level is not None and case.level <= 3):
        found.append(_clock(QUICK, case.received_at + QUICK.limit, case.quick_at, now, case.ended_at))
    found.append(_clock(UPWARD, case.received_at + UPWARD.limit, case.first_report_at, now, case.ended_at))
    found += _further(case, now)
    span = CHANGE_SHORT if case.kind in SHORT_KINDS else CHANGE
    until = case.occurred_at + span.limit
    if now <= until:
        found.append(Clock(span, until, None, "window", "有变化尚未续报，应及时补报" if case.has_unreported_change else "期内有变化应及时补报"))
    return found


def _further(case: Case, now: datetime) -> list[Clock]:
    """When the next further report is due: counted from the last one, until the incident has ended or its final report went out."""
    if case.last_report_at is None or case.final_report_at is not None or case.ended_at is not None:
        return []
    if case.level is None and not case.is_grave:
        return []
    rule = TWICE if case.level is not None and case.level <= 2 else DAILY
    return [_clock(rule, case.last_report_at + rule.limit, None, now)]


def _clock(rule: Rule, due: datetime, done: datetime | None, now: datetime, ended: datetime | None = None) -> Clock:
    if done is not None:
        return Clock(rule, due, done, "met" if done <= due else "late")
    if ended is not None and ended <= due:
        return Clock(rule, due, ended, "met", "事件在时限内结束")
    return Clock(rule, due, None, "waiting" if now <= due else "over")
