"""The duty roster of the demo park: somebody at every post from four weeks ago until eight weeks ahead."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from data.demo.danger_ways import moment
from data.models import DutyShift, User

BACK_DAYS, AHEAD_DAYS = 28, 56
CHANGE_HOUR = 8
WATCH, LEADER, CHIEF = 1, 2, 3


def enter_duty(session: Session, today: date) -> None:
    """Enter the shifts: the duty room by twelve hours, the leader on duty by days, the chief by weeks. The users must be there."""
    people = dict(session.execute(select(User.username, User.id).where(User.enterprise_id.is_(None))).all())
    rows: list[dict[str, Any]] = []

    def shift(username: str, tier: int, begins: datetime, hours: int) -> None:
        rows.append({"user_id": people[username], "tier": tier, "begins_at": begins, "ends_at": begins + timedelta(hours=hours)})

    for ahead in range(-BACK_DAYS, AHEAD_DAYS):
        day = today + timedelta(days=ahead)
        begins = moment(day, CHANGE_HOUR)
        pair = ("duty", "duty2") if day.isocalendar().week % 2 else ("duty2", "duty")
        shift(pair[0], WATCH, begins, 12)
        shift(pair[1], WATCH, begins + timedelta(hours=12), 12)
        shift(("leader", "leader2", "officer")[day.toordinal() % 3], LEADER, begins, 24)
        if day.weekday() == 0 or ahead == -BACK_DAYS:
            shift(("officer", "officer2")[day.isocalendar().week % 2], CHIEF, begins, 24 * (7 - day.weekday()))
    session.execute(insert(DutyShift), rows)
