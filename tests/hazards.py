"""An installation of an enterprise that lacks nothing of what is filed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from secrets import token_hex

from sqlalchemy.orm import Session

from data.models import Enterprise, Identification, Installation, InstallationPlan
from data.save import create
from data.viewer import system_viewer

MAKER = system_viewer("tests")


def filed_installation(session: Session, firm: Enterprise) -> Installation:
    """A new one, identified, assessed, with its persons and a plan in force."""
    persons = {f"{name}_person": "王建国" for name in ("main", "technical", "operating")}
    place = {"enterprise_id": firm.id, "lon": 120.43, "lat": 41.42}
    one = create(session, Installation, MAKER, {**place, **persons, "code": f"T-{token_hex(4)}", "name": "中间罐区", "exposed_people": 0, "assessed_on": date(2026, 1, 5)})
    own = {"enterprise_id": firm.id, "installation_id": one.id}
    create(session, Identification, MAKER, {**own, "name": one.name, "identified_at": datetime(2026, 1, 5, tzinfo=UTC), "standard": "GB 18218-2018", "people": 0, "s": 0.0, "substances": [], "result": {"S": "0"}})
    create(session, InstallationPlan, MAKER, {**own, "name": "现场处置方案", "kind": "onsite", "published_on": date(2026, 1, 5)})
    return one
