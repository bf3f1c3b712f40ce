"""Taking a batch back within a week: what it made is deleted, what it changed is put back, if nobody touched it since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from data import bulk
from data.audit import entry
from data.errors import Conflict, Invalid
from data.imports.batches import UNDO, batch_of, refuse_undo
from data.imports.commit import Commit, Staged, title_in, writing_of
from data.imports.sheet import sheet_of
from data.models import Base, ImportRow, Record
from data.query import visible
from data.tasks import Work, handler

_NAMED = 10


@handler(UNDO, lane="import")
def undo(work: Work) -> None:
    """Take the batch of the task back, all of it or nothing."""
    identity = int(work.params["batch"])
    reason = str(work.params.get("reason", "")).strip()
    if not reason:
        raise Invalid("请填写撤销原因。")
    with work.session() as session:
        batch = batch_of(session, work.viewer, identity, lock=True)
        if batch.state != "undone" or batch.undo_task_id != work.id:
            refuse_undo(batch)
            undo_of(session, work, batch, reason)
            batch.state, batch.undone_at, batch.undo_reason, batch.undo_task_id = "undone", datetime.now(UTC), reason, work.id
    count = batch.new_count + batch.changed_count
    work.result.update(batch=identity, count=count, message=f"已撤销 {count:,} 行：删除 {batch.new_count:,}，恢复原值 {batch.changed_count:,}。")


def undo_of(session: Any, work: Work, batch: Any, reason: str) -> None:
    """Take the batch back, the last page first where its workbook has several."""
    if sheet_of(batch.sheet).pages:
        from data.imports.book import undo_book

        return undo_book(session, work, batch, reason)
    Undo(session, work, batch, reason).run()


class Undo(Commit):
    """One batch on its way back."""

    def __init__(self, session: Any, work: Work, batch: Any, reason: str) -> None:
        super().__init__(session, work, batch)
        self.reason = f"撤销导入批次 {batch.id}：{reason}"

    def run(self) -> None:
        """Look at everything first, so that every record in the way is named; then write."""
        writing_of(self.session, self.sheet)
        in_the_way: list[str] = []
        for rows in self._chunks():
            in_the_way += self._touched([row for row in rows if row.outcome in ("new", "changed")])
            in_the_way += self._used([row for row in rows if row.outcome == "new"])
            self.work.progress(0, self.batch.row_count)
        if in_the_way:
            more = f"等 {len(in_the_way)} 条" if len(in_the_way) > _NAMED else ""
            raise Conflict(f"导入后有记录被修改或使用，没有撤销任何行：{'；'.join(in_the_way[:_NAMED])}{more}。")
        done, total = 0, self.batch.row_count
        for rows in self._chunks():
            self._delete([row for row in rows if row.outcome == "new"])
            self._restore([row for row in rows if row.outcome == "changed"])
            done += len(rows)
            self.work.progress(min(done, total - 1), total)

    def _touched(self, rows: Sequence[Staged]) -> list[str]:
        identities = [row.record_id for row in rows]
        wanted = visible(self.model, self.viewer).where(self.model.id.in_(identities))
        plain = wanted.with_only_columns(self.model.id, self.model.version, maintain_column_froms=True)
        versions = {identity: version for identity, version in self.session.execute(plain.with_for_update(of=self.model))}
        changed = [row for row in rows if versions.get(int(row.record_id or 0)) != row.version]
        return [f"“{title_in(row.values, int(row.record_id or 0))}”（第 {row.number} 行）已被修改或删除" for row in changed]

    def _used(self, rows: Sequence[Staged]) -> list[str]:
        """New records to which others refer by now, those of the batch itself left out."""
        titles = {int(row.record_id or 0): title_in(row.values, int(row.record_id or 0)) for row in rows}
        own = select(ImportRow.record_id).where(ImportRow.batch_id == self.batch.id, ImportRow.outcome == "new")
        found: list[str] = []
        for mapper in sorted(Base.registry.mappers, key=lambda one: one.class_.__name__):
            other: Any = mapper.class_
            if not issubclass(other, Record):
                continue
            for column in mapper.local_table.c:
                if any(key.column.table is self.table for key in column.foreign_keys):
                    wanted = select(column).where(column.in_(titles), other.deleted_at.is_(None))
                    if other is self.model:
                        wanted = wanted.where(other.id.not_in(own))
                    found += [f"“{titles[one]}”已有{other.__title__}" for one in self.session.scalars(wanted.distinct().limit(_NAMED))]
        return found

    def _delete(self, rows: Sequence[Staged]) -> None:
        at = datetime.now(UTC)
        # A record that the import took up again out of the deleted ones gets its old values back too.
        revived = [row for row in rows if row.before]
        self._put_back(revived, deleted_at=at)
        fresh = [{"id": row.record_id} for row in rows if not row.before]
        bulk.update_rows(self.session, self.table, fresh, updated_by_id=self.viewer.id, deleted_at=at)
        self._say([row for row in rows if not row.before])

    def _restore(self, rows: Sequence[Staged]) -> None:
        self._put_back(rows, deleted_at=None)

    def _put_back(self, rows: Sequence[Staged], deleted_at: datetime | None) -> None:
        if not rows:
            return
        names = sorted(set().union(*(row.before for row in rows)))
        own = [getattr(self.model, name) for name in names]
        found = self.session.execute(select(self.model.id, *own).where(self.model.id.in_([row.record_id for row in rows])))
        kept = {identity: dict(zip(names, values, strict=True)) for identity, *values in found}
        new = [
            {"id": row.record_id} | {self.column_of[name]: row.before[name][0] if name in row.before else kept[int(row.record_id or 0)][name] for name in names}
            for row in rows
        ]
        bulk.update_rows(self.session, self.table, new, updated_by_id=self.viewer.id, deleted_at=deleted_at)
        self._say(rows)

    def _say(self, rows: Sequence[Staged]) -> None:
        told = []
        for row in rows:
            identity = int(row.record_id or 0)
            changes = {name: [row.values[name], row.before[name][0]] for name in row.before}
            told.append(entry(self.viewer, "undo", self.model, identity, title_in(row.values, identity), changes, self.reason))
        self._tell(told)
