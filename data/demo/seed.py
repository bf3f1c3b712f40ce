"""Fills an empty database: with the demo park, or with no more than a park needs to begin."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from data import risk_colours
from data.demo.alarm_history import enter_alarm_history
from data.demo.cameras import sources
from data.demo.dangers import enter_dangers
from data.demo.divisions import divisions
from data.demo.duty import enter_duty
from data.demo.duty_room import enter_duty_room, enter_matters
from data.demo.enterprises import departments, enterprises, users
from data.demo.files import files
from data.demo.hazard_filings import enter_filings
from data.demo.hazards import enter_hazard_history, enter_hazards
from data.demo.incidents import enter_incidents, enter_radii
from data.demo.inspections import enter_inspections
from data.demo.installations import cameras, gateways, installations, tanks
from data.demo.major_dangers import enter_major_dangers
from data.demo.plans import enter_plans
from data.demo.points import points
from data.demo.reports import enter_reports
from data.demo.risks import enter_reviews, enter_risks
from data.demo.seed_files import enter_changes, enter_confirmations, enter_emergency, enter_files, enter_papers
from data.demo.subscriptions import enter_subscriptions
from data.demo.transport import terminals, vehicles
from data.demo.vehicle_rules import geofences, key_points, routes
from data.dictionaries import first_items
from data.first_types import FIRST_RULES, type_rows, type_words
from data.models import (
    Base,
    Camera,
    Department,
    DictionaryItem,
    Division,
    Enterprise,
    FieldRule,
    Gateway,
    Geofence,
    Installation,
    KeyPoint,
    Point,
    RiskObject,
    Role,
    RouteSection,
    Tank,
    Terminal,
    UnitType,
    User,
    Vehicle,
    VehicleRoute,
)
from data.permissions import ROLES
from data.risk_sources import start_of
from data.settings import Settings

Ids = dict[str, int]
MAINTENANCE = timedelta(days=2)
COLOURS = timedelta(days=7)  # of which the four-colour map knows the past
ACCEPTED = timedelta(days=180)  # ago the risks were


def is_empty(session: Session) -> bool:
    """Whether nothing was ever entered: no person and no enterprise."""
    return session.scalar(select(User.id).limit(1)) is None and session.scalar(select(Enterprise.id).limit(1)) is None


def seed(
    session: Session, settings: Settings, password_hash: Callable[[str], str], password: str = "", *, with_history: bool = True, with_colours: bool = True
) -> str:
    """Enter the demo park into an empty database; the password of all its users.

    Without its history nothing happened there yet: no hidden danger was found and none reported. Whoever enters more of the past
    afterwards (``history.fill``) replays the colours of the zones then: ``with_colours`` is for those who do not.

    The password is ``password``, else ``settings.admin_password``, else one made at random. It is hashed once, because a
    good hash is slow on purpose. Does nothing and returns "" when the database is not empty.
    """
    if not is_empty(session):
        return ""
    password = password or settings.admin_password or make_password()
    digest = password_hash(password)
    division = _divisions(session)
    role = _roles(session)
    department = _departments(session, division)
    _dictionaries(session)
    unit_type = _unit_types(session, department)
    today = datetime.now(ZoneInfo(settings.time_zone)).date()
    enterprise = _enterprises(session, division, department, unit_type, today)
    enter_files(session, enterprise, division, department, unit_type, today)
    enter_emergency(session, department, today)
    _installations(session, enterprise, department, settings)
    _transport(session, enterprise)
    rows = []
    for item in users():
        links = {"role_id": role[item["role"]], "department_id": department.get(item["department"] or "")}
        links |= {
            "division_id": division.get(item["division"] or ""),
            "enterprise_id": enterprise.get(item["enterprise"] or ""),
        }
        rows.append(
            {
                "username": item["username"],
                "name": item["name"],
                "phone": item["phone"],
                "password_hash": digest,
                **links,
            }
        )
    session.execute(insert(User), rows)
    enter_hazards(session, today)
    enter_papers(session, enterprise)
    enter_confirmations(session, enterprise, today)
    enter_changes(session, enterprise, today)
    enter_radii(session)
    risks = enter_risks(session, enterprise)
    enter_plans(session, enterprise)
    risk_colours.enter_zones(session)
    if with_history:
        enter_dangers(session, enterprise, department, today)
        enter_reports(session, enterprise, today)
        enter_major_dangers(session, enterprise, today)
        enter_hazard_history(session, today)
        enter_filings(session, today)
        enter_inspections(session, enterprise, department, risks, today)
        enter_reviews(session, enterprise, today)
        enter_duty(session, today)
        enter_duty_room(session, settings, today)
        enter_alarm_history(session, today)
        enter_incidents(session, today)
        midnight = start_of(today)
        session.execute(update(RiskObject).where(RiskObject.accepted_at.is_(None), RiskObject.is_in_force).values(accepted_at=midnight - ACCEPTED))
        if with_colours:
            risk_colours.replay(session, midnight - COLOURS, midnight)
            enter_matters(session)
        enter_subscriptions(session, settings, datetime.now(UTC))
    return password


def seed_essentials(
    session: Session, settings: Settings, password_hash: Callable[[str], str], password: str = ""
) -> str:
    """Enter roles, divisions, dictionaries, unit types and the first administrator into an empty database; his password.

    One that was made here must be changed at the first sign-in. Does nothing and returns "" when the database is not empty.
    """
    if not is_empty(session):
        return ""
    chosen = password or settings.admin_password
    password = chosen or make_password()
    _divisions(session)
    _dictionaries(session)
    _unit_types(session, {})
    role = _roles(session)
    row = {
        "username": "admin",
        "name": "系统管理员",
        "role_id": role["admin"],
        "password_hash": password_hash(password),
    }
    session.execute(insert(User), [{**row, "must_change_password": not chosen}])
    return password


def make_password() -> str:
    """A password of 12 signs that nobody mistakes for one another."""
    signs = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(signs) for _ in range(4)) for _ in range(3))


def _without(item: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in names}


def _enter(session: Session, model: type[Base], key: str, rows: Iterable[dict[str, Any]]) -> Ids:
    """Insert the rows; the ids by the value of ``key``."""
    entered = list(rows)
    session.execute(insert(model), entered)
    table = model.__table__
    return dict(session.execute(select(table.c[key], table.c.id)).all())


def _divisions(session: Session) -> Ids:
    ids: Ids = {}
    for level in ("province", "city", "county", "town", "village"):
        rows = [
            {"code": item["code"], "name": item["name"], "level": level, "parent_id": ids.get(item["parent"])}
            for item in divisions()
            if item["level"] == level
        ]
        ids = _enter(session, Division, "code", rows)
    return ids


def _roles(session: Session) -> Ids:
    rows = [
        {"code": role.code, "name": role.name, "scope": role.scope, "permissions": list(role.permissions)}
        for role in ROLES
    ]
    return _enter(session, Role, "code", rows)


def _departments(session: Session, division: Ids) -> Ids:
    ids: Ids = {}
    for item in departments():
        links = {"parent_id": ids.get(item["parent"]), "division_id": division.get(item["division"] or "")}
        ids = _enter(session, Department, "short_name", [{**_without(item, "parent", "division"), **links}])
    return ids


def _dictionaries(session: Session) -> None:
    session.execute(insert(DictionaryItem), first_items())


def _unit_types(session: Session, department: Ids) -> Ids:
    """The ids by the words 类-子类; in the demo park each type has the department of its enterprises."""
    used = {item["kind"]: department.get(item["department"]) for item in enterprises()}
    ids: Ids = {}
    for level in (1, 2):
        rows = [
            {
                **_without(item, "parent"),
                "parent_id": ids.get(item["parent"] or ""),
                "department_id": used.get(type_words(item["code"])),
            }
            for item in type_rows(level)
        ]
        ids = _enter(session, UnitType, "code", rows)
    rules = [{"unit_type_id": ids[code], "item": item, "is_required": True} for code, item in FIRST_RULES]
    session.execute(insert(FieldRule), rules)
    return {type_words(code): identity for code, identity in ids.items()}


def _enterprises(session: Session, division: Ids, department: Ids, unit_type: Ids, today: date) -> Ids:
    further = files(today)
    rows = [
        {
            **_without(item, "division", "department", "plot", "kind"),
            **further[item["code"]],
            "unit_type_id": unit_type[item["kind"]],
            "division_id": division[item["division"]],
            "department_id": department[item["department"]],
        }
        for item in enterprises()
    ]
    return _enter(session, Enterprise, "code", rows)


def _installations(session: Session, enterprise: Ids, department: Ids, settings: Settings) -> None:
    rows = [{**_without(item, "enterprise"), "enterprise_id": enterprise[item["enterprise"]]} for item in installations()]
    installation = _enter(session, Installation, "code", rows)
    gateway_rows = [
        {**_without(item, "enterprise", "installation"), "enterprise_id": enterprise[item["enterprise"]]}
        for item in gateways()
    ]
    gateway = _enter(session, Gateway, "code", gateway_rows)
    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + MAINTENANCE
    tank_rows = []
    for item in tanks():
        links = {"enterprise_id": enterprise[item["enterprise"]], "installation_id": installation[item["installation"]]}
        repair = until if item["state"] == "maintenance" else None
        tank_rows.append({**_without(item, "enterprise", "installation"), **links, "maintenance_until": repair})
    tank = _enter(session, Tank, "code", tank_rows)
    point_rows = []
    for item in points():
        links = {"enterprise_id": enterprise[item["enterprise"]], "installation_id": installation[item["installation"]]}
        links |= {"gateway_id": gateway[item["gateway"]], "is_simulated": True}
        tank_id = tank[item["tank"]] if item["tank"] else None
        point_rows.append(
            {**_without(item, "enterprise", "installation", "tank", "gateway"), **links, "tank_id": tank_id}
        )
    _enter(session, Point, "code", point_rows)
    camera_rows = [
        {
            **_without(item, "enterprise"),
            "enterprise_id": enterprise[item["enterprise"]] if item["enterprise"] else None,
            "department_id": department["应急管理局"],
            **(sources(item["code"], settings.simulate_media_port) if settings.simulating else {}),
        }
        for item in cameras()
    ]
    _enter(session, Camera, "code", camera_rows)


def _transport(session: Session, enterprise: Ids) -> None:
    rows = [
        {**_without(item, "carrier", "customer"), "carrier_id": enterprise[item["carrier"]], "is_simulated": True}
        for item in vehicles()
    ]
    vehicle = _enter(session, Vehicle, "plate", rows)
    now = datetime.now(UTC)
    terminal_rows = [
        {**_without(item, "vehicle"), "vehicle_id": vehicle[item["vehicle"]], "approved_at": now}
        for item in terminals()
    ]
    _enter(session, Terminal, "phone", terminal_rows)
    _enter(session, Geofence, "code", geofences())
    _places(session, vehicle)


def _places(session: Session, vehicle: Ids) -> None:
    """Routes with their sections, and key points, each for its vehicles."""
    lines, spots = routes(), key_points()
    route = _enter(session, VehicleRoute, "name", [_without(item, "vehicles", "sections") | {"audience": "vehicles"} for item in lines])
    sections = [{**part, "route_id": route[item["name"]]} for item in lines for part in item["sections"]]
    session.execute(insert(RouteSection), sections)
    point = _enter(session, KeyPoint, "name", [_without(item, "vehicles") | {"audience": "vehicles"} for item in spots])
    for owner, ids, items in ((VehicleRoute, route, lines), (KeyPoint, point, spots)):
        link = owner.vehicles.property.secondary
        rows = [{link.c[0].name: ids[item["name"]], "vehicle_id": vehicle[plate]} for item in items for plate in item["vehicles"]]
        session.execute(insert(link), rows)
