"""Writing a checked batch: all of it or nothing, in one transaction, with an entry in the audit for every record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import inspect, select, text, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from data import bulk
from data.audit import entry
from data.errors import Conflict, Forbidden
from data.imports.batches import COMMIT, batch_of, refuse_commit
from data.imports.existing import new_rows
from data.imports.results import write_results
from data.imports.sheet import Sheet, sheet_of
from data.models import AuditEntry, ImportBatch, ImportRow, Record
from data.query import visible
from data.tasks import Work, handler
from data.viewer import Viewer

CHUNK = 2_000
Staged = Any  # a row of ImportRow without the cells as shown
_NAMES = ("name", "plate", "title", "source_name", "username", "phone", "code")  # as data.columns.title_of looks


@handler(COMMIT, lane="import")
def commit(work: Work) -> None:
    """Write the batch of the task, then its result as a workbook."""
    identity = int(work.params["batch"])
    with work.session() as session:
        batch = batch_of(session, work.viewer, identity, lock=True)
        # A process may have died between the commit and the workbook: the rows are there, only the workbook is made.
        if batch.state != "committed" or batch.commit_task_id != work.id:
            refuse_commit(batch)
            try:
                commit_of(session, work, batch)
            except IntegrityError as error:
                raise Conflict("有记录与他人刚刚保存的重复，没有写入任何行，请重新上传检查。") from error
            batch.state, batch.committed_at, batch.commit_task_id = "committed", datetime.now(UTC), work.id
    write_results(work, identity)
    written = batch.new_count + batch.changed_count
    work.result.update(batch=identity, count=written, message=f"已导入 {written:,} 行：新增 {batch.new_count:,}，更新 {batch.changed_count:,}。")


def commit_of(session: Session, work: Work, batch: ImportBatch) -> None:
    """Write the batch, page by page where its workbook has several."""
    if sheet_of(batch.sheet).pages:
        from data.imports.book import commit_book

        return commit_book(session, work, batch)
    Commit(session, work, batch).run()


def writing_of(session: Session, sheet: Sheet) -> None:
    """Let one transaction at a time import into the table: what two batches both add would not be seen by either."""
    key = text("SELECT pg_advisory_xact_lock(hashtext(:name))")
    session.execute(key, {"name": f"import {sheet.model.__tablename__}"})


def title_in(values: Mapping[str, Any], identity: int) -> str:
    """What a person would call the record with these values."""
    return next((str(values[name]) for name in _NAMES if values.get(name)), str(identity))


def reason_of(batch: ImportBatch) -> str:
    """What the audit says of why a record changed."""
    return f"导入批次 {batch.id}：{batch.file_name}"


class Commit:
    """One batch on its way into the table."""

    def __init__(self, session: Session, work: Work, batch: ImportBatch) -> None:
        self.session, self.work, self.batch = session, work, batch
        self.viewer: Viewer = work.viewer
        self.sheet = sheet_of(batch.sheet)
        self.model: type[Record] = self.sheet.model
        self.table: Any = self.model.__table__
        self.column_of = {one.key: one.columns[0].name for one in inspect(self.model).column_attrs}
        self.types = {one.key: one.columns[0].type.python_type for one in inspect(self.model).column_attrs}

    def run(self) -> None:
        """Write every row."""
        writing_of(self.session, self.sheet)
        done, total = 0, self.batch.row_count
        for rows in self._chunks():
            fresh = [row for row in rows if row.outcome == "new" and row.record_id is None]
            known = [row for row in rows if row.record_id is not None and row.outcome in ("new", "changed")]
            self._create(fresh)
            self._change(known)
            done += len(rows)
            self.work.progress(min(done, total - 1), total)

    def _chunks(self) -> Iterator[Sequence[Staged]]:
        columns = [getattr(ImportRow, name) for name in ("number", "outcome", "values", "before", "record_id", "version")]
        last = -1
        while True:
            wanted = select(*columns).where(ImportRow.batch_id == self.batch.id, ImportRow.number > last)
            rows = self.session.execute(wanted.order_by(ImportRow.number).limit(CHUNK)).all()
            if not rows:
                return
            last = rows[-1].number
            yield rows

    def _create(self, rows: Sequence[Staged]) -> None:
        if not rows:
            return
        self._still_free(rows)
        ids = bulk.reserve_ids(self.session, self.table, len(rows))
        bulk.insert_rows(self.session, self.table, new_rows(self.model, [row.values for row in rows], ids, self.viewer))
        self._inside(rows, ids)
        told = []
        for row, identity in zip(rows, ids, strict=True):
            changes = {name: [None, value] for name, value in row.values.items() if value is not None}
            told.append(self._entry(identity, title_in(row.values, identity), changes))
        self._tell(told)
        self._note([{"number": row.number, "record_id": identity, "version": 1} for row, identity in zip(rows, ids, strict=True)])

    def _change(self, rows: Sequence[Staged]) -> None:
        if not rows:
            return
        names = sorted(set().union(*(row.before for row in rows)))
        kept = self._locked(rows, names)
        new: list[dict[str, Any]] = []
        told = []
        for row in rows:
            old, title = kept[int(row.record_id or 0)]
            values = {self.column_of[name]: row.values[name] if name in row.before else old[name] for name in names}
            new.append({"id": row.record_id, **values})
            changes = {name: [row.before[name][0], row.values[name]] for name in row.before}
            told.append(self._entry(int(row.record_id or 0), title_in(row.values, 0) if title == "" else title, changes))
        bulk.update_rows(self.session, self.table, new, updated_by_id=self.viewer.id, deleted_at=None)
        self._tell(told)
        self._note([{"number": row.number, "record_id": row.record_id, "version": int(row.version or 0) + 1} for row in rows])

    def _locked(self, rows: Sequence[Staged], names: Sequence[str]) -> dict[int, tuple[dict[str, Any], str]]:
        """The records that the rows change, locked; Conflict when one is not as it was when it was checked."""
        titles = [name for name in _NAMES if name in self.column_of]
        own = [getattr(self.model, name) for name in (*names, *titles)]
        found: dict[int, tuple[dict[str, Any], str]] = {}
        versions: dict[int, int] = {}
        identities = [row.record_id for row in rows]
        for deleted in (False, True):
            wanted = visible(self.model, self.viewer, deleted=deleted).where(self.model.id.in_(identities))
            plain = wanted.with_only_columns(self.model.id, self.model.version, *own, maintain_column_froms=True)
            for identity, version, *values in self.session.execute(plain.with_for_update(of=self.model)):
                title = next((str(value) for value in values[len(names) :] if value), "")
                found[identity] = ({name: _json(value) for name, value in zip(names, values, strict=False)}, title)
                versions[identity] = version
        moved = [row.number for row in rows if versions.get(int(row.record_id or 0)) != row.version]
        if moved:
            raise Conflict(f"{_numbers(moved)}对应的记录在检查后被他人修改或删除，没有写入任何行，请重新上传检查。")
        return found

    def _still_free(self, rows: Sequence[Staged]) -> None:
        """Nobody has made a record with the key of a new row since the check."""
        columns = [getattr(self.model, name) for name in self.sheet.key]
        keys = {tuple(self._typed(name, row.values[name]) for name in self.sheet.key): row.number for row in rows}
        wanted = columns[0].in_([key[0] for key in keys]) if len(columns) == 1 else tuple_(*columns).in_(keys)
        found = self.session.execute(select(*columns).where(wanted, self.model.deleted_at.is_(None))).all()
        if found:
            numbers = sorted(keys[tuple(row)] for row in found if tuple(row) in keys)
            raise Conflict(f"{_numbers(numbers)}对应的记录在检查后已由他人新增，没有写入任何行，请重新上传检查。")

    def _typed(self, name: str, value: Any) -> Any:
        kind = self.types[name]
        return kind.fromisoformat(value) if kind in (date, datetime) and isinstance(value, str) else value

    def _inside(self, rows: Sequence[Staged], ids: Sequence[int]) -> None:
        inside = visible(self.model, self.viewer).where(self.model.id.in_(ids))
        seen = set(self.session.scalars(inside.with_only_columns(self.model.id, maintain_column_froms=True)))
        outside = [row.number for row, identity in zip(rows, ids, strict=True) if identity not in seen]
        if outside:
            raise Forbidden(f"{_numbers(outside)}不在您的数据范围内，没有写入任何行。")

    def _entry(self, identity: int, title: str, changes: dict[str, list[Any]]) -> dict[str, Any]:
        return entry(self.viewer, "import", self.model, identity, title, changes, reason_of(self.batch))

    def _tell(self, told: Sequence[Mapping[str, Any]]) -> None:
        bulk.insert_rows(self.session, AuditEntry.__table__, told)  # type: ignore[arg-type]

    def _note(self, facts: list[dict[str, Any]]) -> None:
        """Keep which record each row became, and its version, for the result and for the undoing."""
        given = text(
            "UPDATE import_row AS kept SET record_id = given.record_id, version = given.version "
            "FROM json_populate_recordset(CAST(NULL AS import_row), CAST(:rows AS json)) AS given "
            "WHERE kept.batch_id = :batch AND kept.number = given.number"
        )
        self.session.execute(given, {"rows": bulk.as_json(facts), "batch": self.batch.id})


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _numbers(numbers: Sequence[int]) -> str:
    shown = "、".join(str(number) for number in numbers[:10])
    return f"第 {shown} 行{f'等 {len(numbers)} 行' if len(numbers) > 10 else ''}"
