"""What the checked rows meet in the database: the records they change, and values that somebody else has already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, inspect, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from data import bulk
from data.columns import choices_of, label_of
from data.imports.cells import Column, plain, same, shown
from data.imports.lookups import References, Words
from data.imports.sheet import Sheet, required_columns
from data.models import Record
from data.query import visible
from data.viewer import Viewer

if TYPE_CHECKING:
    from data.imports.check import Draft


class _Known(NamedTuple):
    """A record with the key of a row."""

    id: int
    version: int
    is_deleted: bool
    is_seen: bool
    values: dict[str, Any]


class Existing:
    """Compares chunks of rows with the table."""

    def __init__(self, session: Session, viewer: Viewer, sheet: Sheet, columns: Mapping[str, Column]) -> None:
        self.session, self.viewer, self.sheet, self.columns = session, viewer, sheet, columns
        self.model: type[Record] = sheet.model
        self.index: dict[str, int] = {}

    def match(self, drafts: Sequence[Draft], index: Mapping[str, int]) -> None:
        """Say of each row whether it is new, changes a record, or changes nothing; and what it may not."""
        self.index = dict(index)
        keyed = [draft for draft in drafts if all(name in draft.values for name in self.sheet.key)]
        known = self._known({self._key(draft.values) for draft in keyed})
        for draft in keyed:
            found = known.get(self._key(draft.values), [])
            self._meet(draft, found)
        self._complete([draft for draft in keyed if draft.outcome == "new"])
        self._taken(keyed)
        self._in_words([draft for draft in keyed if draft.outcome == "changed"])
        if self.viewer.scope != "all":
            self._land([draft for draft in keyed if draft.outcome == "new" and draft.record_id is None and draft.is_good])

    def _key(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(values[name] for name in self.sheet.key)

    def _blame(self, draft: Draft, name: str, text: str) -> None:
        draft.faults.setdefault(self.index.get(name, self.index[self.sheet.key[0]]), text)

    def _known(self, keys: set[tuple[Any, ...]]) -> dict[tuple[Any, ...], list[_Known]]:
        if not keys:
            return {}
        model = self.model
        names = list(dict.fromkeys((*self.sheet.key, *self.columns)))
        own = [getattr(model, name) for name in names]
        wanted = self._with_keys(keys)
        rows = self.session.execute(select(model.id, model.version, model.deleted_at, *own).where(wanted)).all()
        seen: set[int] = set()
        for deleted in (False, True):
            statement = visible(model, self.viewer, deleted=deleted).where(wanted).with_only_columns(model.id, maintain_column_froms=True)
            seen |= set(self.session.scalars(statement))
        known: dict[tuple[Any, ...], list[_Known]] = {}
        for identity, version, deleted_at, *values in rows:
            one = _Known(identity, version, deleted_at is not None, identity in seen, dict(zip(names, values, strict=True)))
            known.setdefault(self._key(one.values), []).append(one)
        return known

    def _with_keys(self, keys: set[tuple[Any, ...]]) -> ColumnElement[bool]:
        columns = [getattr(self.model, name) for name in self.sheet.key]
        return columns[0].in_([key[0] for key in keys]) if len(columns) == 1 else tuple_(*columns).in_(keys)

    def _meet(self, draft: Draft, found: list[_Known]) -> None:
        alive = [one for one in found if not one.is_deleted]
        label = self.sheet.label(self.sheet.key[-1])
        if len(alive) > 1:
            self._blame(draft, self.sheet.key[-1], f"平台中有 {len(alive)} 条记录的{label}与此相同，请先在平台中处理。")
        elif alive and not alive[0].is_seen:
            self._blame(draft, self.sheet.key[-1], f"{label}已在平台中，但不在您的数据范围内。")
        elif alive:
            self._change(draft, alive[0])
        elif found:
            self._revive(draft, found)

    def _change(self, draft: Draft, old: _Known) -> None:
        draft.record_id, draft.version = old.id, old.version
        changed = {name: value for name, value in draft.values.items() if not same(old.values[name], value)}
        draft.before = {name: [plain(old.values[name]), ""] for name in changed}
        draft.outcome = "changed" if changed else "same"

    def _revive(self, draft: Draft, found: list[_Known]) -> None:
        """A deleted record whose key nobody else may have is taken up again; else the row makes a new one."""
        if not set(self.sheet.key) & set(self.sheet.unique) and len(found) > 1:
            return
        old = found[-1]
        if not old.is_seen:
            if set(self.sheet.key) & set(self.sheet.unique):
                self._blame(draft, self.sheet.key[-1], f"{self.sheet.label(self.sheet.key[-1])}属于一条已删除的记录，不在您的数据范围内。")
            return
        draft.record_id, draft.version = old.id, old.version
        draft.before = {name: [plain(old.values[name]), ""] for name, value in draft.values.items() if not same(old.values[name], value)}

    def _complete(self, drafts: list[Draft]) -> None:
        for draft in drafts:
            if not draft.is_good or draft.record_id is not None:
                continue
            draft.values = {**self.sheet.fixed, **draft.values}
            if self.sheet.complete is not None:
                self.sheet.complete(self.session, draft.values)
            for name in required_columns(self.model):
                if draft.values.get(name) in (None, ""):
                    self._blame(draft, name, f"{label_of(self.model, name)}必须填写。")

    def _taken(self, drafts: Sequence[Draft]) -> None:
        """Values that only one record may have, and another one has."""
        for name in self.sheet.unique:
            if (name,) == self.sheet.key:
                continue
            # A row whose key is somebody else's is that record: what else it holds is no second fault.
            given = [draft for draft in drafts if draft.values.get(name) is not None and self.index[self.sheet.key[-1]] not in draft.faults]
            column = getattr(self.model, name)
            rows = select(column, self.model.id, self.model.deleted_at).where(column.in_({draft.values[name] for draft in given}))
            holder = {value: (identity, deleted_at) for value, identity, deleted_at in self.session.execute(rows)} if given else {}
            for draft in given:
                identity, deleted_at = holder.get(draft.values[name], (None, None))
                if identity is not None and identity != draft.record_id:
                    which = "一条已删除的" if deleted_at else "另一条"
                    self._blame(draft, name, f"平台中{which}记录的{label_of(self.model, name)}已是“{draft.values[name]}”，不能相同。")

    def _in_words(self, drafts: Sequence[Draft]) -> None:
        """Old values as a person reads them."""
        for name, column in self.columns.items():
            old = {draft.before[name][0] for draft in drafts if name in draft.before and column.lookup is not None}
            words: Mapping[Any, str] = {}
            if isinstance(column.lookup, References):
                words = column.lookup.words_of(old)
            elif isinstance(column.lookup, Words):
                every = choices_of(self.model, name, self.session)
                words = {code: word for code, word, _ in every} if every is not None else {True: "是", False: "否"}
            for draft in drafts:
                if name in draft.before:
                    value = draft.before[name][0]
                    draft.before[name][1] = "" if value is None else words.get(value, words.get(str(value), shown(value)))

    def _land(self, drafts: Sequence[Draft]) -> None:
        """New records must come to lie within the viewer's scope: they are written, looked for, and taken back."""
        if not drafts:
            return
        table: Any = self.model.__table__
        ids = bulk.reserve_ids(self.session, table, len(drafts))
        rows = new_rows(self.model, [draft.values for draft in drafts], ids, self.viewer)
        point = self.session.begin_nested()
        try:
            bulk.insert_rows(self.session, table, rows)
            inside = visible(self.model, self.viewer).where(self.model.id.in_(ids)).with_only_columns(self.model.id, maintain_column_froms=True)
            seen = set(self.session.scalars(inside))
        except IntegrityError:
            return  # the commit says it again, and of which record
        finally:
            if point.is_active:
                point.rollback()
        for draft, identity in zip(drafts, ids, strict=True):
            if identity not in seen:
                self._blame(draft, self.sheet.key[-1], "不在您的数据范围内，不能新增。")


def new_rows(model: type[Record], rows: Sequence[Mapping[str, Any]], ids: Sequence[int], viewer: Viewer) -> list[dict[str, Any]]:
    """Values of new records as rows of the table: all columns that any has, with ids, makers and the model's defaults."""
    every = {one.key: one.columns[0] for one in inspect(model).column_attrs}
    names = set().union(*rows)
    names |= {key for key, one in every.items() if one.default is not None and one.default.is_scalar and key != "version"}
    made = {"created_by_id": viewer.id, "updated_by_id": viewer.id, "version": 1, "created_at": "now", "updated_at": "now"}
    result = []
    for identity, values in zip(ids, rows, strict=True):
        row: dict[str, Any] = {"id": identity, **made}
        for name in names:
            value = values.get(name)
            default = every[name].default
            if value is None and default is not None and default.is_scalar:
                value = default.arg
            row[every[name].name] = plain(value)
        result.append(row)
    return result
