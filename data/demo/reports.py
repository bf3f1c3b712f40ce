"""What the enterprises of the demo park reported, month by month for a year: mostly in time, some late, some never, some nothing found."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from data.calendar import end_of
from data.models import DangerReport, DangerReporting, HiddenDanger, ReportCycle, User
from data.rules.periods import period_of, preceding

MONTHS = 12
SEED = 20261124


def enter_reports(session: Session, enterprise: dict[str, int], today: date) -> int:
    """Enter how each enterprise reports and its reports of the last year; how many reports. The current period is left to the clock."""
    chance = random.Random(SEED)
    grace = session.scalar(select(ReportCycle.grace_days).where(ReportCycle.code == "month")) or 0
    persons = dict(session.execute(select(User.enterprise_id, User.id).where(User.enterprise_id.is_not(None))).all())
    firms = sorted(enterprise.values())
    suspended = firms[-1]
    ways = [{"enterprise_id": firm, "cycle": "month", "is_suspended": firm == suspended, "reason": "冬季停产检修" if firm == suspended else None, "suspended_from": today - timedelta(days=40) if firm == suspended else None} for firm in firms]
    session.execute(insert(DangerReporting), ways)
    found = _found(session)
    rows, period = [], period_of("month", today)
    for _ in range(MONTHS):
        period = preceding(period)
        due = period.ends_on + timedelta(days=grace)
        if due < today:
            rows += [_report(chance, firm, period, due, found.get((firm, period.key), 0), persons.get(firm)) for firm in firms]
    session.execute(insert(DangerReport), rows)
    return len(rows)


def _found(session: Session) -> dict[tuple[int, str], int]:
    """How many dangers each enterprise found itself in each month."""
    month = func.to_char(HiddenDanger.found_on, "YYYY-MM")
    counted = select(HiddenDanger.enterprise_id, month, func.count()).where(HiddenDanger.source == "self").group_by(HiddenDanger.enterprise_id, month)
    return {(firm, key): number for firm, key, number in session.execute(counted)}


def _report(chance: random.Random, firm: int, period: Any, due: date, number: int, person: int | None) -> dict[str, Any]:
    drawn = chance.random()
    state = "submitted" if drawn < 0.9 else "late" if drawn < 0.96 else "missed"
    told = period.ends_on + timedelta(days=chance.randint(-2, (due - period.ends_on).days) if state == "submitted" else 0)
    at = datetime.combine(told, time(6, chance.randint(0, 59)), end_of(told).tzinfo) if state == "submitted" else end_of(due) + timedelta(hours=chance.randint(9, 70))
    is_told = state != "missed"
    return {
        "enterprise_id": firm,
        "cycle": "month",
        "period": period.key,
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
        "due_on": due,
        "state": state,
        "is_zero": is_told and number == 0,
        "danger_count": number if is_told else 0,
        "submitted_at": at if is_told else None,
        "submitted_by_id": person if is_told else None,
    }
