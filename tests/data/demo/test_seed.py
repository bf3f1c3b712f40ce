"""What filling an empty database promises."""

from __future__ import annotations

from sqlalchemy import func, select

from auth.passwords import hash_password
from data.db import session
from data.demo.seed import is_empty, seed, seed_essentials
from data.models import Department, Division, Enterprise, Installation, Point, Role, Tank, Terminal, User, Vehicle
from data.settings import Settings


def count(current, model) -> int:
    return current.scalar(select(func.count()).select_from(model))


def test_the_demo_park_is_entered_once(fresh_database: Settings) -> None:
    hashed: list[str] = []

    def hashing(password: str) -> str:
        hashed.append(password)
        return hash_password(password)

    with session() as current:
        assert is_empty(current), "a migrated database is empty"
        assert seed(current, fresh_database, hashing, "Demo-2026") == "Demo-2026", "the password in use is told"
        assert seed(current, fresh_database, hashing, "other") == "", "a second time changes nothing"
    assert hashed == ["Demo-2026"], "one hash serves all demo users"
    with session() as current:
        numbers = {
            model.__name__: count(current, model)
            for model in (Enterprise, Installation, Vehicle, Terminal, User, Role, Department)
        }
        wanted = {
            "Enterprise": 60,
            "Installation": 12,
            "Vehicle": 40,
            "Terminal": 40,
            "User": 72,
            "Role": 8,
            "Department": 12,
        }
        assert numbers == wanted, "all is there"
        assert count(current, Division) == 1750, "province, city, counties, towns and villages"
        point = current.scalar(select(Point).where(Point.code == "V-101.LT"))
        assert (point.tank.code, point.enterprise.short_name, point.is_simulated) == ("V-101", "华锦新材料", True), (
            "linked, and marked as simulated"
        )
        tank = current.scalar(select(Tank).where(Tank.code == "V-104"))
        assert tank.state == "maintenance" and tank.maintenance_until is not None, "a repair has an end"
        person = current.scalar(select(User).where(User.username == "朝阳华锦新材料有限公司"))
        assert person.enterprise.code == "E001" and not person.must_change_password, (
            "an enterprise's user belongs to it"
        )
        truck = current.scalar(select(Terminal).where(Terminal.phone == "14400000001"))
        assert (truck.vehicle.plate, truck.state) == ("辽N·A1234", "approved"), "terminals are approved"


def test_a_real_park_begins_with_roles_divisions_and_one_administrator(fresh_database: Settings) -> None:
    with session() as current:
        password = seed_essentials(current, Settings(admin_password=""), hash_password)
        people = current.scalars(select(User)).all()
        assert [person.username for person in people] == ["admin"], "nobody but the administrator"
        assert people[0].must_change_password and len(password) >= 12, "a password made by the system must be changed"
        assert (count(current, Enterprise), count(current, Role), count(current, Division)) == (0, 8, 1750), (
            "no invented company"
        )
