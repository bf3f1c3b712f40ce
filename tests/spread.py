"""Enterprises at random over the levels of a county: what statistics count in the tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from data.models import Department, Division, Enterprise, UnitType
from data.save import create
from tests.park import MAKER, Park, make_park

ENTERPRISES = 160


@dataclass
class World:
    park: Park
    county: Division
    towns: list[Division]
    villages: list[Division]
    office: Department


def make_world(current: Session, chance: Random) -> World:
    """A county of four towns with three villages each, two offices, and enterprises at every level, some deleted, some half empty."""
    park = make_park(current)
    county = create(current, Division, MAKER, {"code": "211321", "name": "朝阳县", "level": "county"})
    towns = [create(current, Division, MAKER, {"code": f"21132110{n}", "name": f"{n} 号镇", "level": "town", "parent_id": county.id}) for n in range(4)]
    villages = [create(current, Division, MAKER, {"code": f"{town.code}{n:03}", "name": f"{n} 号村", "level": "village", "parent_id": town.id}) for town in towns for n in range(3)]
    office = create(current, Department, MAKER, {"name": "交通运输局", "short_name": "交通局"})
    desk = create(current, Department, MAKER, {"name": "运输管理科", "short_name": "运管科", "parent_id": office.id})
    top = create(current, UnitType, MAKER, {"code": "02", "name": "交通运输类"})
    kinds = [create(current, UnitType, MAKER, {"code": f"020{n}", "name": f"运输{n}", "parent_id": top.id}) for n in range(2)]
    kinds.append(current.get_one(UnitType, park.first.unit_type_id))
    for number in range(ENTERPRISES):
        place = chance.choice([county, *towns, *villages])
        firm = create(current, Enterprise, MAKER, enterprise(number, place, chance) | {"unit_type_id": chance.choice(kinds).id, "department_id": chance.choice([office.id, desk.id, None])})
        firm.created_at = datetime(2025, 11, 1, 12, tzinfo=UTC) + timedelta(hours=chance.randrange(24 * 150))
        firm.deleted_at = chance.choice([None] * 9 + [datetime.now(UTC)])
    current.flush()
    return World(park, county, towns, villages, office)


def enterprise(number: int, place: Division, chance: Random) -> dict[str, Any]:
    return {
        "code": f"R{number:04}",
        "name": f"随机企业{number}",
        "short_name": f"随机{number}",
        "completeness": chance.choice([0, 69, 70, 89, 90, 100]),
        "confirm_state": chance.choice(["pending", "confirmed", "returned"]),
        "standard_state": chance.choice(["unrated", "met", "unmet"]),
        "scale": chance.choice(["large", "medium", "small", "micro"]),
        "state": chance.choice(["running", "running", "stopped", "ordered_stop"]),
        "grade": chance.choice(["A", "B", "C", "D", "", None]),
        "employee_count": chance.choice([None, 0, 49, 50, 99, 100, 299, 300, 2000]),
        "division_id": place.id,
        "lon": 120.4,
        "lat": 41.4,
    }
