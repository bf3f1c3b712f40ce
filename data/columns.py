"""What a model says of its columns: by name or by a path such as ``division.name``. The one place that reads ``info``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import inspect
from sqlalchemy.orm import Session, object_session

from data.choices import Choice, word
from data.models import Base
from data.settings import current_settings

# Models do not change while the program runs, and a list asks the same of every cell. Names come from browsers too.
_MOST_KEPT = 4096


@lru_cache(_MOST_KEPT)
def attribute(model: type[Base], path: str) -> Any:
    """The table column behind a name or a path; None when there is none or it is secret."""
    mapper = inspect(model)
    *relations, last = path.split(".")
    for name in relations:
        if name not in mapper.relationships:
            return None
        mapper = mapper.relationships[name].mapper
    if last not in mapper.column_attrs:
        return None
    column = mapper.column_attrs[last].columns[0]
    return None if column.info.get("secret") else column


def label_of(model: type[Base], path: str) -> str:
    """The Chinese name of a column; a path takes that of its foreign key: ``division.name`` and ``enterprise.division_id`` are 属地."""
    relation = "" if path.endswith("_id") else path.rpartition(".")[0]
    key = attribute(model, f"{relation}_id") if relation else None
    column = key if key is not None else attribute(model, path)
    return str(column.info.get("label", path)) if column is not None else path


def value_of(record: Any, path: str) -> Any:
    """The value at the end of the path; None as soon as something on the way is missing."""
    for name in path.split("."):
        record = getattr(record, name, None)
    return record


def choices_of(model: type[Base], path: str, session: Session | None = None) -> Sequence[Choice] | None:
    """The words of a coded column, those no longer in use too; None when it is not coded. A dictionary needs the session."""
    from data import dictionaries

    column = attribute(model, path)
    if column is None:
        return None
    name = column.info.get("dictionary")
    if name:
        return dictionaries.choices(session, name, all_of_them=True) if session is not None else ()
    return column.info.get("choices")


@lru_cache(_MOST_KEPT)
def referred(model: type[Base], name: str) -> type[Base] | None:
    """The model to which the column, or the one at the end of a path, is a foreign key; None when it is none."""
    relation, _, rest = name.partition(".")
    if rest:
        reached = related(model, relation)
        return referred(reached, rest) if reached is not None else None
    mapper = inspect(model)
    if name not in mapper.column_attrs:
        return None
    keys = mapper.column_attrs[name].columns[0].foreign_keys
    table = next((key.column.table for key in keys), None)
    return next((one.class_ for one in mapper.registry.mappers if one.local_table is table), None)


def related(model: type[Base], relation: str) -> type[Base] | None:
    """The model of the one record to which the relation leads; None when there is no such relation, or it leads to many."""
    relations = inspect(model).relationships
    if relation not in relations or relations[relation].uselist:
        return None
    found: type[Base] = relations[relation].mapper.class_
    return found


def is_tree(model: type[Base]) -> bool:
    """Whether records of the model have a parent of their own kind."""
    return "parent_id" in inspect(model).column_attrs and referred(model, "parent_id") is model


def title_of(record: Any) -> str:
    """What a person would call this record."""
    names = ("name", "plate", "title", "source_name", "username", "phone", "code")
    return next((str(getattr(record, name)) for name in names if getattr(record, name, None)), str(record.id))


def reading_of(record: Any, path: str) -> Any:
    """The value of a column as one reads or exports it: a word for a code, a name for a foreign key, 是/否, local time.

    Numbers, dates and empty values stay what they are; an instant loses its zone after it was moved to the park's.
    """
    model: type[Base] = type(record)
    value = value_of(record, path)
    if value is None:
        return None
    choices = choices_of(model, path, object_session(record))
    if choices is not None:
        return word(choices, value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(current_settings().time_zone)).replace(tzinfo=None)
    if isinstance(value, (date, int, float)) and referred(model, path) is None:
        return value
    if referred(model, path) is not None:
        target = value_of(record, path.removesuffix("_id"))
        return title_of(target) if target is not None else str(value)
    return str(value)
