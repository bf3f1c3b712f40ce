"""What may be imported: a declaration, checked when it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import UniqueConstraint, inspect
from sqlalchemy.orm import Session

from data.columns import attribute, label_of
from data.errors import NotFound
from data.models import Record
from data.viewer import Viewer

Values = dict[str, Any]
class Within(NamedTuple):
    """What a workbook may change: the ids of records of its first page, what new rows of every page get, why a name cannot be used."""

    ids: frozenset[int]
    fixed: Mapping[str, Any]
    taken: Mapping[str, str]


REASON = "原因"  # the column that the check adds to the rows it gives back; not read when they come again


@dataclass(frozen=True)
class Sheet:
    """Records of one model as rows of a worksheet.

    ``columns`` are columns of the model: texts, numbers, dates, yes/no, coded ones (by their words) and foreign keys (by
    name, path such as 朝阳县/柳城街道, or code). ``key`` are those by which a record is found again. ``fixed`` is given to
    every new record. ``complete(session, values)`` fills what a new record needs besides; ``check(session, viewer, values)``
    gives what a rule has against a row: column → sentence; it is given the cells that could be read. ``notes`` and ``example`` go into the template.
    """

    code: str
    model: type[Record]
    title: str
    permission: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    check: Callable[[Session, Viewer, Values], Mapping[str, str]] | None = None
    complete: Callable[[Session, Values], None] | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    example: Mapping[str, str] = field(default_factory=dict)
    # Of a workbook with several worksheets, one below the other (data.imports.book)
    book: str = ""  # what the workbook is called; the sheet itself is its first page
    pages: tuple[Sheet, ...] = ()  # the further pages
    links: tuple[str, ...] = ()  # columns that name a row of the pages before by its words, the topmost first
    within: Callable[[Session, Viewer], Within] | None = None  # which records of the first page may be changed
    derive: Callable[[Session, Values], Values] | None = None  # columns that follow from the others, in new rows and old
    derived: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise ValueError("\n".join(f"Sheet {self.code}: {one}" for one in problems))

    def _problems(self) -> Iterable[str]:
        for name in (*self.columns, *self.fixed):
            if "." in name or attribute(self.model, name) is None:
                yield f"{self.model.__name__} has no column {name!r} of its own"
                return
        if not self.key or not set(self.key) <= set(self.columns):
            yield "key: columns of the sheet by which a record is found again"
        if not self.permission:
            yield "permission: an import needs a right"
        labels = [self.label(name) for name in self.columns]
        for label in {one for one in labels if labels.count(one) > 1}:
            yield f"two columns are called {label}"
        missing = [name for name in required_columns(self.model) if name not in {*self.columns, *self.fixed}]
        if missing and self.complete is None:
            yield f"a new record needs {', '.join(missing)}"

    def label(self, name: str) -> str:
        """The head of the column."""
        return label_of(self.model, name)

    def is_required(self, name: str) -> bool:
        """Whether every row must fill the column in: it finds the record, or the record cannot be without it."""
        column = attribute(self.model, name)
        if name in self.key:
            return True
        return bool(column.info.get("required")) and column.default is None and column.server_default is None and name not in self.fixed and not self._completes(name)

    def _completes(self, name: str) -> bool:
        return self.complete is not None and name in getattr(self.complete, "fills", ())

    @property
    def every_page(self) -> tuple[Sheet, ...]:
        """The worksheets of the workbook, the first one first."""
        return (self, *self.pages)

    @property
    def file_title(self) -> str:
        """What files about it are called."""
        return self.book or self.title

    @cached_property
    def unique(self) -> tuple[str, ...]:
        """Columns of the model of which no two records may have the same value."""
        return unique_columns(self.model)


def fills(*names: str) -> Callable[[Callable[[Session, Values], None]], Callable[[Session, Values], None]]:
    """Say of a ``complete`` function which required columns it fills, so that a row may leave them empty."""

    def mark(function: Callable[[Session, Values], None]) -> Callable[[Session, Values], None]:
        function.fills = names  # type: ignore[attr-defined]
        return function

    return mark


@lru_cache
def required_columns(model: type[Record]) -> tuple[str, ...]:
    """Columns without which a record of the model cannot be."""
    every = {one.key: one.columns[0] for one in inspect(model).column_attrs}
    return tuple(key for key, one in every.items() if one.info.get("required") and one.default is None and one.server_default is None)


def unique_columns(model: type[Record]) -> tuple[str, ...]:
    """Columns that alone are unique in the table."""
    table = model.__table__
    alone = {one.columns.keys()[0] for one in table.constraints if isinstance(one, UniqueConstraint) and len(one.columns) == 1}  # type: ignore[attr-defined]
    indexed = {one.columns.keys()[0] for one in table.indexes if one.unique and len(one.columns) == 1}  # type: ignore[attr-defined]
    return tuple(one.key for one in inspect(model).column_attrs if one.columns[0].name in alone | indexed)


SHEETS: dict[str, Sheet] = {}


def register(sheet: Sheet) -> Sheet:
    """Make the sheet known to the pages and to the jobs role under its code."""
    if sheet.code in SHEETS:
        raise ValueError(f"two sheets are called {sheet.code}")
    SHEETS[sheet.code] = sheet
    return sheet


def sheet_of(code: str) -> Sheet:
    """The sheet of that code; NotFound when there is none: codes come from browsers."""
    import data.sheets  # noqa: F401 - the declarations; they need this module

    if code not in SHEETS:
        raise NotFound("没有这种导入，请刷新页面。")
    return SHEETS[code]
