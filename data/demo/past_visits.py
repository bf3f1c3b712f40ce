"""The week before the first start at the key points: who passed when, as the jobs role would have found it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from data.demo.installations import seeded
from data.demo.trips import OFFLINE
from data.models import KeyPoint, KeyPointVisit

DAYS = 7


def past_visits(session: Session, now: datetime, time_zone: str) -> int:
    """Enter a visit a vehicle and day for every key point of the demo park; the number of rows."""
    zone = ZoneInfo(time_zone)
    today, rows = now.astimezone(zone).date(), []
    for point in session.scalars(select(KeyPoint).order_by(KeyPoint.id)):
        begins, ends = (time.fromisoformat(text or "00:00") for text in (point.begins_at, point.ends_at))
        for back in range(DAYS, 0, -1):
            day = today - timedelta(days=back)
            first, last = (datetime.combine(day, clock, zone) for clock in (begins, ends))
            for vehicle in point.vehicles:
                passed = first + timedelta(seconds=seeded(f"visit/{vehicle.plate}/{back}").randrange(300, 9000))
                row = {"key_point_id": point.id, "vehicle_id": vehicle.id, "enterprise_id": vehicle.carrier_id, "on_date": day}
                rows.append(row | {"begins_at": first, "ends_at": last, "passed_at": None if vehicle.plate == OFFLINE else passed})
    session.execute(insert(KeyPointVisit), rows)
    return len(rows)
