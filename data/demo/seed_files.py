"""Enters the files of the demo park's enterprises and the emergency resources."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from data import attachments, completeness
from data.demo.emergency import emergency
from data.demo.files import changes, confirmations, file_rows, secondary_units
from data.demo.papers import LABELS, page, papers
from data.models import EMERGENCY_RESOURCES, FILE_LISTS, Attachment, Enterprise, EnterpriseChange, SecondaryUnit, User

Ids = dict[str, int]


def enter_files(session: Session, enterprise: Ids, division: Ids, department: Ids, unit_type: Ids, today: date) -> None:
    """The lists of the files and the secondary units; keys are codes, short names and the words 类-子类."""
    for name, rows in file_rows(today).items():
        owned = [{**_without(row, "enterprise"), "enterprise_id": enterprise[row["enterprise"]]} for row in rows]
        session.execute(insert(FILE_LISTS[name]), owned)
    units = [
        {
            **_without(item, "enterprise", "kind", "department", "division"),
            "enterprise_id": enterprise[item["enterprise"]],
            "unit_type_id": unit_type[item["kind"]],
            "department_id": department[item["department"]],
            "division_id": division[item["division"]],
        }
        for item in secondary_units()
    ]
    session.execute(insert(SecondaryUnit), units)


def enter_papers(session: Session, enterprise: Ids) -> None:
    """The attachments; the bytes of a kind of paper are kept once."""
    kept = {}
    for slot, label in LABELS.items():
        digest, size, kind = attachments.keep(BytesIO(page(label)), f"{label}.pdf")
        kept[slot] = {"sha256": digest, "size": size, "content_type": kind.content_type}
    common = {"table_name": Enterprise.__tablename__}
    rows = [
        {**_without(item, "enterprise"), **common, "record_id": enterprise[item["enterprise"]], **kept[item["slot"]]} for item in papers()
    ]
    session.execute(insert(Attachment), rows)


def enter_changes(session: Session, enterprise: Ids, today: date) -> None:
    """What waits for confirmation, submitted by the enterprises' own users, who must be there."""
    users: dict[int | None, int] = dict(session.execute(select(User.enterprise_id, User.id)).all())
    rows = [
        {
            **_without(item, "enterprise"),
            "enterprise_id": enterprise[item["enterprise"]],
            "submitted_by_id": users[enterprise[item["enterprise"]]],
        }
        for item in changes(today)
    ]
    session.execute(insert(EnterpriseChange), rows)


def enter_confirmations(session: Session, enterprise: Ids, today: date) -> None:
    """How complete the files are, and which an officer has confirmed. The users must be there."""
    officer = session.scalar(select(User.id).where(User.username == "officer"))
    found = completeness.assess_all(session, session.scalars(select(Enterprise)).all(), today)
    rows = []
    for code, state in confirmations(today).items():
        percent = found[enterprise[code]].percent
        is_confirmed = state["confirm_state"] == "confirmed"
        standard = ("met" if percent == 100 else "unmet") if is_confirmed else "unrated"
        by = officer if is_confirmed else None
        rows.append({"key": enterprise[code], **state, "confirmed_by_id": by, "completeness": percent, "standard_state": standard})
    table = cast(Table, Enterprise.__table__)
    # Not through the mapper: it would count this as a second version.
    session.connection().execute(update(table).where(table.c.id == bindparam("key")), rows)
    session.expire_all()


def enter_emergency(session: Session, department: Ids, today: date) -> None:
    """The emergency resources; those that another one refers to stand before it."""
    known: dict[str, Ids] = {}
    models = {model.__tablename__: model for model in EMERGENCY_RESOURCES}
    for name, rows in emergency(today).items():
        model = models[name]
        entered = [_linked(row, department, known) for row in rows]
        session.execute(insert(model), entered)
        table = model.__table__
        known[name] = dict(session.execute(select(table.c.name, table.c.id)).all())


_LINKS = {"organization": "emergency_organization", "group": "expert_group", "team": "rescue_team"}


def _linked(row: dict[str, Any], department: Ids, known: dict[str, Ids]) -> dict[str, Any]:
    values = {**_without(row, "department", *_LINKS), "department_id": department[row["department"]]}
    return values | {f"{link}_id": known[table].get(row[link] or "") for link, table in _LINKS.items() if link in row}


def _without(item: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in names}
