"""Keys that no point claims: a proposal for the point, the point made of one, and those that are left out of sight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.choices import Choice
from data.choices.monitoring import QUANTITIES
from data.db import notify
from data.errors import Invalid
from data.models import Installation, Point, Tank, UnknownPoint
from data.point_keys import mapping_faults
from data.query import get, visible
from data.rules.point_guess import guess, last_part, name_of
from data.rules.point_limits import limit_faults
from data.save import create
from data.terminals import CONFIG_CHANNEL
from data.viewer import Viewer

NUMBERS = {"range_low": "量程下限", "range_high": "量程上限", "scale": "系数", "offset": "零点"}


def proposal(session: Session, unknown: UnknownPoint) -> dict[str, str]:
    """The texts of a form for the point, by field: what the key seems to say, and the enterprise's only hazard where it has one."""
    of_firm = unknown.enterprise_id
    tanks = session.scalars(select(Tank).where(Tank.enterprise_id == of_firm, Tank.deleted_at.is_(None)).order_by(Tank.code)).all()
    found = guess(unknown.key, [tank.code for tank in tanks])
    tank = tanks[found.tank] if found.tank is not None else None
    places = session.scalars(select(Installation.id).where(Installation.enterprise_id == of_firm, Installation.deleted_at.is_(None)).limit(2)).all()
    place = tank.installation_id if tank else places[0] if len(places) == 1 else None
    high = tank.height_m if tank and found.quantity == "level" else found.high
    return {
        "installation_id": str(place or ""),
        "tank_id": str(tank.id) if tank else "",
        "code": _code(session, unknown, tank, found.suffix),
        "name": name_of(unknown.key, f"{tank.code} {tank.name}" if tank else "", found.quantity),
        "quantity": found.quantity,
        "unit": found.unit,
        "range_low": "" if found.low is None else f"{found.low:g}",
        "range_high": "" if high is None else f"{high:g}",
        "scale": "1",
        "offset": "0",
    }


def _code(session: Session, unknown: UnknownPoint, tank: Tank | None, suffix: str) -> str:
    """The key itself in the platform's own shape, else tank and tag; with a number where that one is taken."""
    if unknown.gateway.shape == "own":
        return unknown.key[:60]
    first = f"{tank.code}.{suffix}" if tank and suffix else f"{unknown.gateway.code}.{last_part(unknown.key)}"[:56]
    taken = set(session.scalars(select(Point.code).where(Point.code.startswith(first, autoescape=True))))
    return next(code for code in (first, *(f"{first}{number}" for number in range(2, 1000))) if code not in taken)


def installations(session: Session, viewer: Viewer) -> list[Choice]:
    """The hazards that the viewer sees, with their enterprise."""
    rows = session.scalars(visible(Installation, viewer).order_by(Installation.code))
    return [Choice(str(one.id), f"{one.enterprise.short_name} · {one.name}") for one in rows]


def tanks(session: Session, viewer: Viewer) -> list[Choice]:
    """The tanks that the viewer sees."""
    return [Choice(str(one.id), f"{one.code} {one.name}") for one in session.scalars(visible(Tank, viewer).order_by(Tank.code))]


def quantities(session: Session, viewer: Viewer) -> list[Choice]:
    """What may be measured."""
    return list(QUANTITIES)


def register(session: Session, viewer: Viewer, unknown: UnknownPoint, typed: Mapping[str, Any]) -> Point:
    """The point made of the key with what the form says; Invalid names the fields. Ingest takes its values from the commit on."""
    viewer.require("point.edit")
    numbers, faults = _numbers(typed)
    place = get(session, Installation, int(typed["installation_id"]), viewer)
    tank = get(session, Tank, int(typed["tank_id"]), viewer) if typed.get("tank_id") else None
    if place.enterprise_id != unknown.enterprise_id:
        faults["installation_id"] = f"应选择{unknown.enterprise.short_name}的重大危险源。"
    elif tank is not None and tank.installation_id != place.id:
        faults["tank_id"] = "储罐不在所选的重大危险源内。"
    code = str(typed["code"]).strip()
    if session.scalar(select(Point.id).where(Point.code == code)) is not None:
        faults["code"] = "该测点编码已被使用。"
    values: dict[str, Any] = {
        "enterprise_id": unknown.enterprise_id,
        "installation_id": place.id,
        "tank_id": tank.id if tank else None,
        "gateway_id": unknown.gateway_id,
        "code": code,
        "key_path": unknown.key if unknown.key != code else None,
        **{name: str(typed[name]).strip() for name in ("name", "quantity", "unit")},
        **numbers,
    }
    if not faults:
        faults = mapping_faults(session, None, values) | limit_faults(values)
    if faults:
        raise Invalid("还有内容需要修改。", faults)
    point = create(session, Point, viewer, {name: value for name, value in values.items() if value is not None})
    session.delete(unknown)
    notify(session, CONFIG_CHANNEL)
    return point


def _numbers(typed: Mapping[str, Any]) -> tuple[dict[str, float], dict[str, str]]:
    numbers, faults = {}, {}
    for name, label in NUMBERS.items():
        try:
            numbers[name] = float(str(typed.get(name) or "").strip().replace(",", ""))
            if not -1e12 < numbers[name] < 1e12:
                raise ValueError
        except ValueError:
            faults[name] = f"{label}应为数字。"
    return numbers, faults


def ignore(session: Session, viewer: Viewer, unknown: UnknownPoint, *, is_ignored: bool) -> None:
    """Leave the key out of sight, or bring it back. It goes on being counted."""
    viewer.require("point.edit")
    unknown.is_ignored = is_ignored
    session.flush()
