"""Values of many rows as ``data.columns.reading_of`` gives them for one record, without making records: for exports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from data.columns import attribute, choices_of, referred
from data.models import Base
from data.settings import current_settings

_MOST_KEPT = 50_000
_TITLES = ("name", "plate", "title", "source_name", "username", "phone", "code")  # as data.columns.title_of looks


class Reading:
    """Reads one column of many rows. ``column`` is the column of the model's own table from which it starts.

    What stands in other tables is fetched once for each chunk, only the ids not seen yet.
    """

    def __init__(self, session: Session, model: type[Base], path: str) -> None:
        self.session, self.model, self.path = session, model, path
        relation, _, rest = path.partition(".")
        if rest:
            found = inspect(model).relationships[relation]
            self.column = next(iter(found.local_columns))
            self.further: Reading | _Title | None = Reading(session, found.mapper.class_, rest)
            self.target: type[Base] | None = found.mapper.class_
        else:
            self.column = attribute(model, path)
            self.target = referred(model, path)
            self.further = _Title(session, self.target) if self.target is not None else None
        self.kept: dict[Any, Any] = {}
        choices = None if rest else choices_of(model, path, session)
        self.words = {one.code: one.word for one in choices} if choices is not None else None
        self.zone = ZoneInfo(current_settings().time_zone)

    def read(self, values: Sequence[Any]) -> list[Any]:
        """The readings of the column's values, in their order."""
        if self.further is None:
            return [self._plain(value) for value in values]
        if len(self.kept) > _MOST_KEPT:
            self.kept.clear()
        self._fetch({value for value in values if value is not None and value not in self.kept})
        return [self.kept.get(value) if value is not None else None for value in values]

    def _plain(self, value: Any) -> Any:
        if value is None:
            return None
        if self.words is not None:
            return self.words.get(str(value), str(value))
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, datetime):
            return value.astimezone(self.zone).replace(tzinfo=None)
        return value if isinstance(value, (str, date, int, float)) else str(value)

    def _fetch(self, keys: set[Any]) -> None:
        if not keys or self.target is None or self.further is None:
            return
        key = inspect(self.target).primary_key[0]
        columns = self.further.columns
        rows = self.session.execute(select(key, *columns).where(key.in_(keys))).all()
        read = self.further.read([row[1] if len(columns) == 1 else row[1:] for row in rows])
        self.kept.update(zip((row[0] for row in rows), read, strict=True))

    @property
    def columns(self) -> list[Any]:
        """What it needs of its table."""
        return [self.column]


class _Title:
    """What a person would call the records of a model, from the columns that ``title_of`` looks at."""

    def __init__(self, session: Session, model: type[Base]) -> None:
        self.columns = [one for one in (attribute(model, name) for name in _TITLES) if one is not None] or [inspect(model).primary_key[0]]

    def read(self, rows: Sequence[Any]) -> list[str]:
        if len(self.columns) == 1:
            return [str(row) for row in rows]
        return [next((str(part) for part in row if part), "") for row in rows]
