"""One record of any kind, made from what its columns declare; and the count of everything that is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from sqlalchemy import func, inspect, literal, select, text, union_all
from sqlalchemy.orm import Session

from data import db
from data.columns import referred
from data.dictionaries import choices as dictionary
from data.models import Base
from data.validity import required_of

_numbers = count(1)
_stored: dict[tuple[Any, ...], dict[str, tuple[int, int]]] = {}


def texts(session: Session, model: type[Base], places: Mapping[type[Base], int]) -> dict[str, str]:
    """What a person would type into the required fields of a new record; ``places`` has the ids of what it may belong to."""
    return {name: str(value) for name, value in values(session, model, places).items()}


def values(session: Session, model: type[Base], places: Mapping[type[Base], int]) -> dict[str, Any]:
    """Values for the columns without which there is no record, and for those that say to whom it belongs."""
    columns = inspect(model).column_attrs
    needed = [one.key for one in columns if _is_needed(one.columns[0])]
    return {name: _value(session, model, name, places) for name in dict.fromkeys([*needed, *(one.key for one in columns if referred(model, one.key) in places)])}


def _is_needed(column: Any) -> bool:
    return not column.nullable and column.default is None and column.server_default is None and not column.primary_key


def _value(session: Session, model: type[Base], name: str, places: Mapping[type[Base], int]) -> Any:
    column = inspect(model).column_attrs[name].columns[0]
    target = referred(model, name)
    if target is not None:
        there = places.get(target) or session.scalar(select(func.min(inspect(target).primary_key[0])))
        return there if there or column.nullable else _new(session, target, places)
    if column.info.get("dictionary"):
        return dictionary(session, column.info["dictionary"])[0].code
    if column.info.get("choices"):
        return column.info["choices"][0].code
    kind = column.type.python_type
    plain = {bool: True, int: 1, float: 1.0, object: {}, dict: {}, bytes: b"x", datetime: datetime.now(UTC), date: date(2026, 11, 24)}
    return plain.get(kind, f"样{next(_numbers)}")


def _new(session: Session, model: type[Base], places: Mapping[type[Base], int]) -> int:
    """The id of a record of which the park has none yet."""
    made: Any = model(**values(session, model, places))
    session.add(made)
    session.flush()
    return int(made.id)


def stored() -> dict[str, tuple[int, int]]:
    """Of every table how many rows it has and the transaction that wrote last to one of them: the same before and after
    means that nothing was written. The tables are read again only when something wrote, or tried to, since the last time."""
    with db.read_session() as current:
        place = (db.engine().url.database, current.scalar(select(func.pg_snapshot_xmax(func.pg_current_snapshot()))))
        if place not in _stored:
            _stored.clear()
            _stored[place] = _tables(current)
        return _stored[place]


def _tables(current: Session) -> dict[str, tuple[int, int]]:
    newest = text("coalesce(max(xmin::text::bigint), 0)")
    tables = [select(literal(one.name), func.count(), newest).select_from(one) for one in Base.metadata.sorted_tables]
    return {name: (number, last) for name, number, last in current.execute(union_all(*tables))}


def required_texts(model: type[Base]) -> list[str]:
    """The fields that a form of the model cannot do without."""
    return required_of(model)  # type: ignore[arg-type]
