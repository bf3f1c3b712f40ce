"""应急资源查询: resources of all kinds round a place or in an area, the nearest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from data.choices.enterprises import SUPPORT_KINDS
from data.drawn import Drawn
from data.models import (
    CommitteeMember,
    EmergencyOrganization,
    EmergencyPerson,
    Expert,
    RescueEquipment,
    RescueSupply,
    RescueTeam,
    Shelter,
    SupportInstitution,
)
from data.query import Question, answer
from data.rules.ground import LonLat
from data.vehicles import distance_m
from data.viewer import Viewer

MOST = 500  # of one kind


class Kind(NamedTuple):
    """One kind of resource: its code, word, sign on the map, model, and where its records are listed."""

    code: str
    word: str
    sign: str
    model: Any
    path: str
    what: Callable[[Any], str]
    support: str = ""


def _joined(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if part not in (None, ""))


KINDS = (
    Kind("organization", "应急机构", "指", EmergencyOrganization, "organizations", lambda one: _joined(one.head)),
    Kind("team", "救援队伍", "救", RescueTeam, "teams", lambda one: _joined(one.unit_name, one.member_count and f"{one.member_count} 人", one.speciality)),
    Kind("equipment", "救援装备", "装", RescueEquipment, "equipment", lambda one: _joined(one.model, f"{one.count} {one.count_unit}", one.team and one.team.name)),
    Kind("supply", "应急物资", "物", RescueSupply, "supplies", lambda one: _joined(one.model, f"库存 {one.stock:g} {one.stock_unit}", one.keeper)),
    Kind("shelter", "避难场所", "避", Shelter, "shelters", lambda one: _joined(f"可容纳 {one.capacity} 人", one.facilities)),
    *(
        Kind(choice.code, choice.word, sign, SupportInstitution, f"support/{choice.code}", lambda one: _joined(one.contact, one.capability), choice.code)
        for choice, sign in zip(SUPPORT_KINDS, "运医通技", strict=True)
    ),
    Kind("person", "应急人员", "人", EmergencyPerson, "people", lambda one: _joined(one.organization.name, one.post)),
    Kind("committee", "安委会成员单位", "委", CommitteeMember, "committee", lambda one: _joined(one.unit_name, one.post)),
    Kind("expert", "应急专家", "专", Expert, "experts", lambda one: _joined(one.unit_name, one.title, one.speciality)),
)


class Resource(NamedTuple):
    """A resource that was found. People stand where their organisation stands; what has no place has no distance."""

    kind: str
    id: int
    name: str
    what: str
    phone: str
    address: str
    lon: float | None
    lat: float | None
    distance_m: float | None


def search(session: Session, viewer: Viewer, *, area: Drawn | None, keyword: str) -> list[Resource]:
    """What the keyword finds inside of ``area`` (everywhere without one), by its distance from the middle of the area.

    Inside of an area nothing is told that has no place; else such resources come last. Dead equipment and empty stocks are told as they are.
    """
    viewer.require("emergency.view")
    start = area.middle if area else None
    found = [_found(kind, one, start) for kind in KINDS for one in _records(session, viewer, kind, keyword)]
    kept = [one for one in found if area is None or _lies_in(one, area)]
    return sorted(kept, key=lambda one: (one.distance_m is None, one.distance_m or 0.0, one.kind, one.name))


def _records(session: Session, viewer: Viewer, kind: Kind, keyword: str) -> Sequence[Any]:
    filters = {"kind": kind.support} if kind.support else {}
    statement = answer(kind.model, viewer, Question(keyword=keyword, filters=filters)).order_by(kind.model.id).limit(MOST)
    return session.scalars(statement).unique().all()


def _found(kind: Kind, one: Any, start: LonLat | None) -> Resource:
    place = one.organization if kind.model is EmergencyPerson else one
    lon, lat = getattr(place, "lon", None), getattr(place, "lat", None)
    phone = getattr(one, "duty_phone", None) or one.phone or getattr(one, "office_phone", None) or ""
    far = distance_m(start[0], start[1], lon, lat) if start and lon is not None and lat is not None else None
    return Resource(kind.code, one.id, one.name, kind.what(one), phone, getattr(place, "address", None) or "", lon, lat, far)


def _lies_in(one: Resource, area: Drawn) -> bool:
    return one.lon is not None and one.lat is not None and area.shape.covers(one.lon, one.lat)
