"""Many rows by one statement each, in the caller's transaction: PostgreSQL itself turns JSON into the table's types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Table, text
from sqlalchemy.orm import Session

Rows = Sequence[Mapping[str, Any]]


def reserve_ids(session: Session, table: Table, count: int) -> list[int]:
    """As many new ids of the table, to be given with the rows."""
    drawn = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    return list(session.scalars(drawn, {"name": _name(session, table), "count": count}))


def insert_rows(session: Session, table: Table, rows: Rows) -> None:
    """Insert the rows; a column that none of them has takes the database's default. All have the columns of the first."""
    if not rows:
        return
    name, columns = _name(session, table), ", ".join(_quoted(session, one) for one in rows[0])
    source = f"json_populate_recordset(CAST(NULL AS {name}), CAST(:rows AS json))"
    session.execute(text(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {source}"), {"rows": as_json(rows)})


def update_rows(session: Session, table: Table, rows: Rows, **same: Any) -> None:
    """Give each row, found by its ``id``, its other columns and those of ``same``; the version moves on."""
    if not rows:
        return
    name = _name(session, table)
    own = [f"{_quoted(session, one)} = given.{_quoted(session, one)}" for one in rows[0] if one != "id"]
    own += [f"{_quoted(session, one)} = :{one}" for one in same]
    own += ["version = kept.version + 1", "updated_at = now()"] if "version" in table.c else []
    source = f"json_populate_recordset(CAST(NULL AS {name}), CAST(:rows AS json))"
    changed = text(f"UPDATE {name} AS kept SET {', '.join(own)} FROM {source} AS given WHERE kept.id = given.id")
    session.execute(changed, {"rows": as_json(rows), **same})


def as_json(rows: Rows) -> str:
    """The rows as the database reads them."""
    return orjson.dumps(list(rows), option=orjson.OPT_NON_STR_KEYS).decode()


def _name(session: Session, table: Table) -> str:
    return session.get_bind().dialect.identifier_preparer.format_table(table)


def _quoted(session: Session, column: str) -> str:
    return session.get_bind().dialect.identifier_preparer.quote(column)
