"""企业信息配置: which items of the file are shown and required, for all types of unit, for a 类, or for one 子类.

Only what differs is stored: an own rule of a type wins over that of its 类, that over the one for all types, that over the default.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, lazyload

from data import save
from data.completeness import REQUIRED, items, refresh_some
from data.enterprises import require_authority
from data.errors import Invalid
from data.models import Enterprise, FieldRule, UnitType
from data.query import get
from data.rules.completeness import Item, Rule, effective
from data.viewer import Viewer

EDIT = "field_rule.edit"
MOST_AT_ONCE = 60  # files that are assessed while the person waits; more are done at night (data.jobs)
Source = Literal["own", "class", "all", "default"]


class RuleLine(NamedTuple):
    """An item with its rule for a type, from where the rule comes, and what it would be without an own one."""

    item: Item
    rule: Rule
    source: Source
    inherited: Rule


class Effect(NamedTuple):
    """How many enterprises a change of rules touches, and whether their percent was computed at once."""

    changed: int
    enterprises: int
    is_refreshed: bool


def lines_for(session: Session, unit_type_id: int | None) -> list[RuleLine]:
    """Every item in the order of the file with its rule for the type; None asks for all types."""
    own = _stored(session, unit_type_id)
    above = session.scalar(select(UnitType.parent_id).where(UnitType.id == unit_type_id)) if unit_type_id is not None else None
    higher: list[tuple[Source, dict[str, Rule]]] = [("class", _stored(session, above))] if above is not None else []
    higher += [("all", _stored(session, None))] if unit_type_id is not None else []
    inherited = effective([rules for _, rules in higher], REQUIRED, items())
    rules = effective([own, *(stored for _, stored in higher)], REQUIRED, items())
    result = []
    for item in items():
        source: Source = "own" if item.code in own else next((name for name, stored in higher if item.code in stored), "default")
        result.append(RuleLine(item, rules[item.code], source, inherited[item.code]))
    return result


def set_rules(session: Session, viewer: Viewer, unit_type_id: int | None, wanted: Mapping[str, Rule], today: date) -> Effect:
    """Make these the rules of the type, item by item: stored where they differ from what holds above it, else the own one goes."""
    _check(session, viewer, unit_type_id)
    unknown = set(wanted) - {item.code for item in items()}
    if unknown:
        raise Invalid(f"没有这些信息项：{'、'.join(sorted(unknown))}，请刷新页面。")
    own, changed = _rows(session, unit_type_id), 0
    for line in lines_for(session, unit_type_id):
        code = line.item.code
        if code not in wanted:
            continue
        rule = Rule(wanted[code].is_shown, wanted[code].is_required and wanted[code].is_shown)
        if rule == line.rule:
            continue
        changed += 1
        values = {"is_shown": rule.is_shown, "is_required": rule.is_required}
        if rule == line.inherited:
            save.delete(session, own[code], viewer, "与上级一致")
        elif code in own:
            save.update(session, own[code], viewer, values)
        else:
            save.create(session, FieldRule, viewer, {"unit_type_id": unit_type_id, "item": code, **values})
    return _effect(session, unit_type_id, changed, today)


def reset_rules(session: Session, viewer: Viewer, unit_type_id: int | None, item: str, today: date) -> Effect:
    """Take away the own rule of the type for one item, or with an empty ``item`` all of them."""
    _check(session, viewer, unit_type_id)
    rows = [row for code, row in _rows(session, unit_type_id).items() if item in ("", code)]
    for row in rows:
        save.delete(session, row, viewer, "恢复默认")
    return _effect(session, unit_type_id, len(rows), today)


def own_counts(session: Session) -> dict[int | None, int]:
    """How many own rules each type has; those for all types under None."""
    found: dict[int | None, int] = {}
    for key in session.scalars(select(FieldRule.unit_type_id).where(FieldRule.deleted_at.is_(None))):
        found[key] = found.get(key, 0) + 1
    return found


def _check(session: Session, viewer: Viewer, unit_type_id: int | None) -> None:
    require_authority(viewer, EDIT)
    if unit_type_id is not None:
        get(session, UnitType, unit_type_id, viewer)


def _stored(session: Session, unit_type_id: int | None) -> dict[str, Rule]:
    return {code: Rule(row.is_shown, row.is_required) for code, row in _rows(session, unit_type_id).items()}


def _rows(session: Session, unit_type_id: int | None) -> dict[str, FieldRule]:
    mine = FieldRule.unit_type_id.is_(None) if unit_type_id is None else FieldRule.unit_type_id == unit_type_id
    return {row.item: row for row in session.scalars(select(FieldRule).where(mine, FieldRule.deleted_at.is_(None)))}


def _effect(session: Session, unit_type_id: int | None, changed: int, today: date) -> Effect:
    """Compute the percent of the enterprises of the type anew, if they are not too many."""
    wanted = select(Enterprise).options(lazyload("*")).where(Enterprise.deleted_at.is_(None))
    if unit_type_id is not None:
        below = select(UnitType.id).where(or_(UnitType.id == unit_type_id, UnitType.parent_id == unit_type_id))
        wanted = wanted.where(Enterprise.unit_type_id.in_(below))
    session.flush()
    found = session.scalars(wanted.order_by(Enterprise.id).limit(MOST_AT_ONCE + 1)).all()
    is_few = len(found) <= MOST_AT_ONCE
    if changed and is_few:
        refresh_some(session, found, today)
    return Effect(changed, len(found), is_few)
