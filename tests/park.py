"""A park of two enterprises, as small as the tests of the rules need it; made through ``data.save``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from data.models import (
    Department,
    Division,
    Enterprise,
    Gateway,
    Installation,
    Point,
    Role,
    Tank,
    Terminal,
    UnitType,
    User,
    Vehicle,
)
from data.permissions import ROLES, RoleDefinition
from data.save import create
from data.viewer import Viewer, system_viewer

MAKER = system_viewer("tests")


@dataclass
class Park:
    first: Enterprise
    second: Enterprise
    tank: Tank
    level: Point
    gas: Point
    gateway: Gateway
    vehicle: Vehicle
    terminal: Terminal
    people: dict[str, Viewer]

    def viewer(self, role: str, **changes: Any) -> Viewer:
        """A person of that role, as the sign-in would make it."""
        return replace(self.people[role], **changes)


def make_park(session: Session) -> Park:
    """Two enterprises, one tank with a level and a gas point, one gateway, one truck with its terminal, a user of each role."""
    town = create(session, Division, MAKER, {"code": "211321001", "name": "柳城街道", "level": "town"})
    office = create(session, Department, MAKER, {"name": "应急管理局", "short_name": "应急局"})
    top = create(session, UnitType, MAKER, {"code": "01", "name": "危险物品类"})
    makers = {"code": "0101", "name": "危险化学品生产单位", "parent_id": top.id, "department_id": office.id}
    unit_type = create(session, UnitType, MAKER, makers)
    first = _enterprise(session, "E001", "朝阳一号化工有限公司", town, office, unit_type)
    second = _enterprise(session, "E002", "朝阳二号运输有限公司", town, office, unit_type)
    place = {"enterprise_id": first.id, "lon": 120.43, "lat": 41.42}
    installation = create(session, Installation, MAKER, place | {"code": "H01", "name": "甲醇罐区", "level": 3})
    inside = place | {"installation_id": installation.id}
    size = {"shape": "vertical", "medium": "甲醇", "volume_m3": 1000.0, "height_m": 14.0, "diameter_m": 10.0}
    tank = create(session, Tank, MAKER, inside | size | {"code": "V-101", "name": "甲醇储罐"})
    gateway = create(session, Gateway, MAKER, {"enterprise_id": first.id, "code": "GW-01", "name": "甲醇罐区网关"})
    shared = inside | {"tank_id": tank.id, "gateway_id": gateway.id, "period_s": 10, "range_low": 0.0}
    limits = {"low_low": 1.0, "low": 2.0, "high": 11.3, "high_high": 12.4, "dead_band": 0.05}
    level = {"code": "V-101.LT", "name": "V-101 甲醇储罐 液位", "quantity": "level", "unit": "m", "range_high": 15.0}
    gas = {
        "code": "V-101.GT1",
        "name": "V-101 甲醇储罐 可燃气",
        "quantity": "combustible",
        "unit": "%LEL",
        "range_high": 100.0,
    }
    truck = {"plate": "辽N·A1234", "carrier_id": second.id, "speed_limit_kmh": 60}
    vehicle = create(session, Vehicle, MAKER, truck)
    terminal = {"phone": "13800000001", "vehicle_id": vehicle.id, "state": "approved", "auth_code": "code-1"}
    return Park(
        first,
        second,
        tank,
        create(session, Point, MAKER, shared | level | limits),
        create(
            session,
            Point,
            MAKER,
            shared | gas | {"high": 25.0, "high_high": 50.0, "dead_band": 1.0, "min_duration_s": 10},
        ),
        gateway,
        vehicle,
        create(session, Terminal, MAKER, terminal),
        {role.code: _person(session, role, first) for role in ROLES},
    )


def _enterprise(
    session: Session, code: str, name: str, town: Division, office: Department, unit_type: UnitType
) -> Enterprise:
    where = {"division_id": town.id, "department_id": office.id, "lon": 120.43, "lat": 41.42}
    words = {"unit_type_id": unit_type.id, "short_name": name[2:6]}
    return create(session, Enterprise, MAKER, where | words | {"code": code, "name": name})


def _person(session: Session, role: RoleDefinition, enterprise: Enterprise) -> Viewer:
    values = {"code": role.code, "name": role.name, "permissions": list(role.permissions), "scope": role.scope}
    record = create(session, Role, MAKER, values)
    own = enterprise.id if role.scope == "own_enterprise" else None
    person = {"username": f"user-{role.code}", "name": f"{role.name}某", "password_hash": "none", "role_id": record.id}
    user = create(session, User, MAKER, person | {"enterprise_id": own})
    rights = frozenset(role.permissions)
    return Viewer(
        user.id, user.username, user.name, role.code, rights, role.scope, enterprise_id=own, address="127.0.0.1"
    )
