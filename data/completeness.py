"""The completeness of enterprises' files: which items there are, which a type must hold, and what each file lacks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Integer, Table, bindparam, case, func, inspect, select, update
from sqlalchemy.orm import Session, lazyload

from data import db
from data.models import (
    FILE_LISTS,
    Attachment,
    Certificate,
    Enterprise,
    Equipment,
    FieldRule,
    FileRow,
    Insurance,
    SafetyPerson,
    UnitType,
)
from data.rules.completeness import Assessment, Item, Rows, Rule, effective
from data.rules.completeness import assess as assess_file

# The sections of the file, and the columns of each in the order of the form.
SECTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "basic": (
        "基本信息",
        (
            "name",
            "short_name",
            "credit_code",
            "unit_type_id",
            "division_id",
            "department_id",
            "scale",
            "state",
            "legal_person",
            "founded_on",
            "registered_address",
            "address",
            "business_scope",
            "industry_code",
            "economic_type",
            "registered_capital",
            "annual_output",
            "area_m2",
            "employee_count",
            "email",
            "postcode",
        ),
    ),
    "safety": (
        "安全管理信息",
        (
            "grade",
            "principal",
            "principal_phone",
            "contact",
            "phone",
            "duty_phone",
            "safety_staff_count",
            "certified_engineer_count",
            "standardization_level",
            "standardization_until",
            "safety_license_no",
            "safety_license_until",
            "key_processes",
            "key_chemicals",
        ),
    ),
    "place": ("位置", ("lon", "lat", "outline")),
    "other": ("其他信息", ("remark",)),
    "files": ("附件", ()),
}

# Required of every type unless 企业信息配置 says otherwise. What the table itself demands (name, type, place …) is not
# counted: a file cannot be without it.
REQUIRED = frozenset(
    {
        "credit_code",
        "legal_person",
        "founded_on",
        "registered_address",
        "address",
        "business_scope",
        "industry_code",
        "economic_type",
        "registered_capital",
        "area_m2",
        "employee_count",
        "principal",
        "principal_phone",
        "contact",
        "phone",
        "duty_phone",
        "safety_staff_count",
        "standardization_level",
        "safety_person",
        "equipment",
        "certificate",
        "insurance",
        "file:business_license",
        "file:site_plan",
        "file:injury_insurance",
        "file:emergency_card",
    }
)

# The date by which a row of a list runs out, and what counts as its renewal: a later row of the same.
_RUNS_OUT: dict[type[FileRow], tuple[Any, Any]] = {
    SafetyPerson: (SafetyPerson.certificate_until, SafetyPerson.name),
    Equipment: (Equipment.next_inspection_on, Equipment.id),
    Certificate: (Certificate.valid_until, Certificate.kind),
    Insurance: (Insurance.valid_until, Insurance.kind),
}


@lru_cache
def items() -> tuple[Item, ...]:
    """Everything that a file may hold and that 企业信息配置 can show, hide or require."""
    mapper = inspect(Enterprise)
    result = []
    for section, (_, names) in SECTIONS.items():
        for name in names:
            column = mapper.column_attrs[name].columns[0]
            if not column.info["required"]:
                kind = "until" if name.endswith("_until") else "value"
                result.append(Item(name, column.info["label"], section, kind))  # type: ignore[arg-type]
    result += [Item(name, model.__title__, name, "rows") for name, model in FILE_LISTS.items()]
    result += [Item(f"file:{slot.code}", slot.label, "files", "file") for slot in Enterprise.__files__]
    return tuple(result)


def rules_for(session: Session, unit_type_id: int | None) -> dict[str, Rule]:
    """The rule of every item for a type of unit: its own, else its 类's, else that of all types, else the default."""
    return _Rules(session).of(unit_type_id)


def assess(session: Session, enterprise: Enterprise, today: date) -> Assessment:
    """What the enterprise's file lacks on that day."""
    return assess_all(session, [enterprise], today)[enterprise.id]


def assess_all(session: Session, enterprises: Sequence[Enterprise], today: date) -> dict[int, Assessment]:
    """What each file lacks, by the enterprise's id; as many queries for a thousand as for one."""
    keys = [one.id for one in enterprises]
    rows, files, rules = _rows(session, keys, today), _files(session, keys), _Rules(session)
    result = {}
    for one in enterprises:
        required = rules.required(one.unit_type_id)
        values = {item.code: getattr(one, item.code) for item in required if item.kind in ("value", "until")}
        result[one.id] = assess_file(required, values, rows[one.id], files[one.id], today)
    return result


def refresh(session: Session, enterprise: Enterprise, today: date) -> Assessment:
    """Store the percent of the enterprise's file; what it lacks. A file that was 达标 and no longer is full loses that.

    Neither the version nor the time of change moves: nobody changed the file.
    """
    session.flush()
    found = assess(session, enterprise, today)
    _store(session, {enterprise.id: found})
    session.refresh(enterprise, ["completeness", "standard_state"])
    return found


def refresh_some(session: Session, enterprises: Sequence[Enterprise], today: date) -> None:
    """Store the percent of these files, as ``refresh`` does for one."""
    session.flush()
    before = {one.id: one for one in enterprises}
    found = assess_all(session, enterprises, today)
    _store(session, {key: one for key, one in found.items() if _is_other(before[key], one)})
    for one in enterprises:
        session.expire(one, ["completeness", "standard_state"])


def refresh_all(today: date, *, size: int = 1000) -> int:
    """Store the percent of every file, because certificates run out by themselves; how many files there are.

    Goes through them in the order of their ids, ``size`` in a transaction.
    """
    last, total = 0, 0
    while True:
        with db.session() as session:
            keys = refresh_part(session, today, after=last, size=size)
        if not keys:
            return total
        last, total = keys[-1], total + len(keys)


def refresh_part(session: Session, today: date, *, after: int = 0, size: int = 1000) -> list[int]:
    """Store the percent of the next ``size`` files behind the id ``after``; their ids."""
    wanted = select(Enterprise).options(lazyload("*")).where(Enterprise.id > after, Enterprise.deleted_at.is_(None))
    part = session.scalars(wanted.order_by(Enterprise.id).limit(size)).all()
    before = {one.id: one for one in part}
    found = assess_all(session, part, today)
    _store(session, {key: one for key, one in found.items() if _is_other(before[key], one)})
    return [one.id for one in part]


def _is_other(enterprise: Enterprise, found: Assessment) -> bool:
    return enterprise.completeness != found.percent or (found.percent < 100 and enterprise.standard_state == "met")


def _store(session: Session, found: Mapping[int, Assessment]) -> None:
    if not found:
        return
    table = cast(Table, Enterprise.__table__)
    is_full = bindparam("percent", type_=Integer) == 100
    standard = case((is_full | (table.c.standard_state != "met"), table.c.standard_state), else_="unmet")
    statement = update(table).where(table.c.id == bindparam("key"))
    session.connection().execute(
        statement.values(completeness=bindparam("percent", type_=Integer), standard_state=standard),
        [{"key": key, "percent": one.percent} for key, one in found.items()],
    )


class _Rules:
    """What was set for each type, read once."""

    def __init__(self, session: Session) -> None:
        self.lines: dict[int | None, dict[str, Rule]] = defaultdict(dict)
        columns = (FieldRule.unit_type_id, FieldRule.item, FieldRule.is_shown, FieldRule.is_required)
        for key, item, is_shown, is_required in session.execute(select(*columns).where(FieldRule.deleted_at.is_(None))):
            self.lines[key][item] = Rule(is_shown, is_required)
        self.above: dict[int, int | None] = dict(session.execute(select(UnitType.id, UnitType.parent_id)).all())
        self.known: dict[int | None, list[Item]] = {}

    def of(self, unit_type_id: int | None) -> dict[str, Rule]:
        line: list[int | None] = []
        while unit_type_id is not None and unit_type_id not in line:
            line.append(unit_type_id)
            unit_type_id = self.above.get(unit_type_id)
        return effective([self.lines[key] for key in [*line, None]], REQUIRED, items())

    def required(self, unit_type_id: int) -> list[Item]:
        if unit_type_id not in self.known:
            rules = self.of(unit_type_id)
            self.known[unit_type_id] = [item for item in items() if rules[item.code].is_required]
        return self.known[unit_type_id]


def _files(session: Session, keys: Sequence[int]) -> dict[int, set[str]]:
    """The file slots that hold something, by enterprise."""
    mine = (Attachment.table_name == Enterprise.__tablename__, Attachment.record_id.in_(keys))
    wanted = select(Attachment.record_id, Attachment.slot).where(*mine, Attachment.deleted_at.is_(None)).distinct()
    result: dict[int, set[str]] = defaultdict(set)
    for key, slot in session.execute(wanted):
        result[key].add(slot)
    return result


def _rows(session: Session, keys: Sequence[int], today: date) -> dict[int, dict[str, Rows]]:
    """Every list of each enterprise: the number of rows, and the oldest date by which one ran out without renewal."""
    result: dict[int, dict[str, Rows]] = defaultdict(dict)
    for name, model in FILE_LISTS.items():
        until, same = _RUNS_OUT.get(model, (None, None))
        owner = model.enterprise_id
        live = (owner.in_(keys), model.deleted_at.is_(None))
        if until is None:
            for key, count in session.execute(select(owner, func.count()).where(*live).group_by(owner)):
                result[key][name] = Rows(count)
            continue
        # A row without a date runs on for ever, so it renews the others of its kind.
        last = case((func.bool_or(until.is_(None)), None), else_=func.max(until)).label("last")
        each = select(owner.label("key"), func.count().label("count"), last).where(*live).group_by(owner, same).subquery()
        over = func.min(each.c.last).filter(each.c.last < today)
        found = select(each.c.key, func.sum(each.c.count), over).group_by(each.c.key)
        for key, count, expired_on in session.execute(found):
            result[key][name] = Rows(int(count), expired_on)
    return result
