"""An enterprise's risks: objects, units, events and measures as it enters them, and what of them may be changed when."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data import save
from data.errors import Conflict, Forbidden, Invalid
from data.models import Point, RiskEvent, RiskMeasure, RiskObject, RiskUnit
from data.query import get
from data.risk_methods import assessed
from data.validity import NOT_SAVED
from data.viewer import Viewer

OWN, VIEW, REVIEW = "own.risk", "risk.view", "risk.review"
Node = RiskObject | RiskUnit | RiskEvent | RiskMeasure
N = TypeVar("N", RiskUnit, RiskEvent, RiskMeasure)
# What counts: accepted objects, and what stands below them.
IN_FORCE = {"field": "is_in_force", "op": "eq", "value": "1"}
BELOW_IN_FORCE = {"field": "risk_object.is_in_force", "op": "eq", "value": "1"}
# The children of each kind: model, and the name of their way back.
LEVELS: tuple[tuple[type[Any], str], ...] = ((RiskUnit, "object_id"), (RiskEvent, "unit_id"), (RiskMeasure, "event_id"))


def new_place_code() -> str:
    """A code for a place that nobody guesses."""
    return secrets.token_hex(8)


def object_of(node: Node) -> RiskObject:
    """The object to which the node belongs."""
    return node if isinstance(node, RiskObject) else node.risk_object


def why_fixed(node: Node) -> str:
    """Why the enterprise cannot change the node now; empty for a draft."""
    state = object_of(node).state
    if state == "review":
        return "已提交审核，审核期间不能修改；需要修改请先撤回。"
    return "已审核通过，直接修改不会生效；请在“风险分析对象”中“申请变更”，修改后再提交。" if state == "accepted" else ""


def require_own(viewer: Viewer) -> int:
    """The viewer's enterprise; Forbidden for anybody who does not work for one."""
    viewer.require(OWN)
    if viewer.enterprise_id is None or not viewer.is_enterprise:
        raise Forbidden("只有企业自己的用户可以填报本企业的风险。")
    return viewer.enterprise_id


def save_object(session: Session, viewer: Viewer, record: RiskObject | None, values: Mapping[str, Any], version: int | None = None) -> RiskObject:
    """The object of the viewer's enterprise with these values, still a draft. Conflict when it is not the enterprise's to change now."""
    firm = require_own(viewer)
    if record is not None:
        _changeable(record)
        return save.update(session, record, viewer, values, version=version)
    return save.create(session, RiskObject, viewer, {**_given(values), "enterprise_id": firm})


def save_unit(session: Session, viewer: Viewer, record: RiskUnit | None, values: Mapping[str, Any], version: int | None = None) -> RiskUnit:
    """The unit with these values."""
    require_own(viewer)
    above = _parent(session, viewer, RiskObject, record, values, "object_id")
    given = {**values, "object_id": above.id, "enterprise_id": above.enterprise_id}
    if record is None:
        return save.create(session, RiskUnit, viewer, {**_given(given), "place_code": new_place_code()})
    moved = record.object_id != above.id
    saved = save.update(session, record, viewer, given, version=version)
    if moved:
        _move(session, viewer, saved)
    return saved


def save_event(session: Session, viewer: Viewer, record: RiskEvent | None, values: Mapping[str, Any], version: int | None = None) -> RiskEvent:
    """The event with these values, its scores and levels computed. Invalid with the factors that cannot be."""
    require_own(viewer)
    above = _parent(session, viewer, RiskUnit, record, values, "unit_id")
    kept = {name: getattr(record, name) for name in RiskEvent.__table__.c.keys() if "likelihood" in name or "exposure" in name or "severity" in name or name == "method"} if record else {}  # noqa: SIM118
    given = assessed(session, {**kept, **values}) | {"unit_id": above.id, "object_id": above.object_id, "enterprise_id": above.enterprise_id}
    if record is None:
        return save.create(session, RiskEvent, viewer, _given(given))
    moved = record.unit_id != above.id
    saved = save.update(session, record, viewer, given, version=version)
    if moved:
        for one in children(session, saved):
            save.update(session, one, viewer, {"unit_id": saved.unit_id, "object_id": saved.object_id})
    return saved


def save_measure(session: Session, viewer: Viewer, record: RiskMeasure | None, values: Mapping[str, Any], version: int | None = None) -> RiskMeasure:
    """The measure with these values. An automatic one names a point of the enterprise, a manual one its content and cycle."""
    require_own(viewer)
    above = _parent(session, viewer, RiskEvent, record, values, "event_id")
    given = {**values, "event_id": above.id, "unit_id": above.unit_id, "object_id": above.object_id, "enterprise_id": above.enterprise_id}
    whole = {**({name: getattr(record, name) for name in ("way", "point_id", "content", "cycle_count", "cycle_unit")} if record else {"way": "manual"}), **_given(given)}
    mistakes = measure_faults(whole)
    point = session.get(Point, whole["point_id"]) if whole.get("point_id") else None
    if point is not None and point.enterprise_id != above.enterprise_id:
        mistakes["point_id"] = "监测点不属于本企业。"
    if mistakes:
        raise Invalid(NOT_SAVED, mistakes)
    given |= tidied(whole)
    if record is None:
        return save.create(session, RiskMeasure, viewer, _given(given))
    return save.update(session, record, viewer, given, version=version)


def measure_faults(values: Mapping[str, Any]) -> dict[str, str]:
    """What a measure lacks, by field: a point when it is automatic, content and cycle when a person inspects it."""
    if values.get("way") == "auto":
        return {} if values.get("point_id") else {"point_id": "自动化监控的措施请选择监测点。"}
    found = {}
    if not values.get("content"):
        found["content"] = "人工巡检的措施请填写排查内容。"
    if not values.get("cycle_count"):
        found["cycle_count"] = "请填写巡检周期，至少 1。"
    elif values["cycle_count"] > 1000:
        found["cycle_count"] = "巡检周期太长。"
    elif values.get("cycle_unit") == "hour" and 24 % values["cycle_count"]:
        found["cycle_count"] = "按小时巡检的周期应能整除 24，如 1、2、4、8、12。"
    if not values.get("cycle_unit"):
        found["cycle_unit"] = "请选择周期单位。"
    return found


def tidied(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the other way of control does not have, emptied."""
    return {"content": None, "cycle_count": None, "cycle_unit": None} if values.get("way") == "auto" else {"point_id": None}


def children(session: Session, node: Node) -> list[Any]:
    """What stands directly below the node, in the order of entry."""
    level = next((place for place, kind in enumerate((RiskObject, RiskUnit, RiskEvent)) if isinstance(node, kind)), None)
    if level is None:
        return []
    model, back = LEVELS[level]
    return list(session.scalars(select(model).where(getattr(model, back) == node.id, model.deleted_at.is_(None)).order_by(model.id)).unique())


def remove(session: Session, viewer: Viewer, node: Node, reason: str) -> None:
    """Delete the node with everything below it. Conflict when it is not the enterprise's to change now."""
    require_own(viewer)
    _changeable(node)
    for one in children(session, node):
        remove(session, viewer, one, reason)
    save.delete(session, node, viewer, reason)


class Size(NamedTuple):
    """How much stands below an object."""

    units: int
    events: int
    measures: int
    worst: int | None


def sizes(session: Session, objects: list[int]) -> dict[int, Size]:
    """The size of each of these objects, by id."""
    def counted(model: type[N]) -> dict[int, int]:
        rows = select(model.object_id, func.count()).where(model.object_id.in_(objects), model.deleted_at.is_(None)).group_by(model.object_id)
        return dict(session.execute(rows).all())

    units, events, measures = counted(RiskUnit), counted(RiskEvent), counted(RiskMeasure)
    rows = select(RiskEvent.object_id, func.min(RiskEvent.present_level)).where(RiskEvent.object_id.in_(objects), RiskEvent.deleted_at.is_(None))
    levels: dict[int, int] = dict(session.execute(rows.group_by(RiskEvent.object_id)).all())
    return {one: Size(units.get(one, 0), events.get(one, 0), measures.get(one, 0), levels.get(one)) for one in objects}


def gaps(session: Session, record: RiskObject) -> list[str]:
    """What an object lacks before it can be reviewed: units, events in each unit, measures for each event; each in one sentence."""
    units = children(session, record)
    found = [] if units else ["还没有风险分析单元。"]
    for unit in units:
        events = children(session, unit)
        found += [] if events else [f"单元“{unit.name}”还没有风险事件。"]
        found += [f"风险事件“{event.name}”还没有管控措施。" for event in events if not children(session, event)]
    return found


def _changeable(node: Node) -> None:
    reason = why_fixed(node)
    if reason:
        raise Conflict(reason)


def _parent(session: Session, viewer: Viewer, model: type[Any], record: Any, values: Mapping[str, Any], back: str) -> Any:
    """The record above, in the viewer's scope and open to change, as is the one that is changed."""
    identity = values.get(back) or (getattr(record, back) if record is not None else None)
    if not identity:
        raise Invalid(NOT_SAVED, {back: f"请选择{model.__title__}。"})
    above = get(session, model, int(identity), viewer)
    _changeable(above)
    if record is not None:
        _changeable(record)
    return above


def _move(session: Session, viewer: Viewer, unit: RiskUnit) -> None:
    for event in children(session, unit):
        save.update(session, event, viewer, {"object_id": unit.object_id})
        for measure in children(session, event):
            save.update(session, measure, viewer, {"object_id": unit.object_id})


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
