"""Uploaded workbooks as batches: taking one in, finding it again, its rows for the page, and clearing old ones away."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import case, delete, select
from sqlalchemy.orm import Session

from data import db
from data.errors import Conflict, Invalid, NotFound
from data.imports.sheet import Sheet, sheet_of
from data.imports.workbook import MOST_BYTES, kind_of, letters
from data.models import ImportBatch, ImportRow, Task
from data.settings import Settings
from data.tasks import OPEN_STATES, enqueue
from data.viewer import Viewer

CHECK, COMMIT, UNDO, ERRORS = "import-check", "import-commit", "import-undo", "import-errors"
GOOD_FOR = timedelta(hours=24)  # between check and commit
UNDO_WITHIN = timedelta(days=7)


def receive(session: Session, viewer: Viewer, sheet: Sheet, file: BinaryIO, name: str, settings: Settings) -> ImportBatch:
    """The batch of an uploaded file, which is kept below the data directory; its check is on its way.

    Invalid when it is too large or no workbook, whatever it is called.
    """
    viewer.require(sheet.permission)
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Invalid(f"文件超过 {MOST_BYTES // 2**20} MB，请分成几个文件上传。")
    folder = settings.data_dir.resolve() / "files" / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / secrets.token_hex(16)
    path.write_bytes(content)
    try:
        with path.open("rb") as kept:
            kind = kind_of(kept)
        batch = ImportBatch(
            sheet=sheet.code,
            file_name=Path(name.replace("\\", "/")).name[-200:] or f"{sheet.file_title}.{kind}",
            file_path=str(path.relative_to(settings.data_dir.resolve())),
            file_size=len(content),
            digest=hashlib.sha256(content).hexdigest(),
            user_id=viewer.id,
            username=viewer.name or viewer.username,
            created_at=datetime.now(UTC),
        )
        session.add(batch)
        session.flush()
        batch.check_task_id = enqueue(session, viewer, CHECK, f"检查 {batch.file_name}", {"batch": batch.id}).id
        session.flush()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return batch


def batch_of(session: Session, viewer: Viewer, identity: int, *, lock: bool = False) -> ImportBatch:
    """The batch of that id, if the viewer uploaded it and still may import such records; else NotFound or Forbidden."""
    wanted = select(ImportBatch).where(ImportBatch.id == identity)
    batch = session.scalar(wanted.with_for_update() if lock else wanted)
    if batch is None or batch.user_id != viewer.id:
        raise NotFound("没有找到这一批导入，它可能已过期清除。")
    viewer.require(sheet_of(batch.sheet).permission)
    return batch


def ask_commit(session: Session, viewer: Viewer, identity: int) -> Task:
    """The task that will write the batch; the one on its way when it was asked for already."""
    batch = batch_of(session, viewer, identity, lock=True)
    under_way = _open_task(session, batch.commit_task_id)
    if under_way is not None:
        return under_way
    refuse_commit(batch)
    task = enqueue(session, viewer, COMMIT, f"导入 {batch.file_name}", {"batch": batch.id})
    batch.commit_task_id = task.id
    return task


def ask_undo(session: Session, viewer: Viewer, identity: int, reason: str) -> Task:
    """The task that will take the batch back."""
    batch = batch_of(session, viewer, identity, lock=True)
    under_way = _open_task(session, batch.undo_task_id)
    if under_way is not None:
        return under_way
    refuse_undo(batch)
    reason = reason.strip()[:500]
    if not reason:
        raise Invalid("请填写撤销原因。", {"reason": "请填写撤销原因。"})
    task = enqueue(session, viewer, UNDO, f"撤销导入 {batch.file_name}", {"batch": batch.id, "reason": reason})
    batch.undo_task_id = task.id
    return task


def ask_errors(session: Session, viewer: Viewer, identity: int) -> Task:
    """The task that writes the rows again, with every wrong cell marked."""
    batch = batch_of(session, viewer, identity)
    if batch.state != "checked" or batch.messages:
        raise Conflict("这一批没有可下载的错误清单。")
    return enqueue(session, viewer, ERRORS, f"错误清单 {batch.file_name}", {"batch": batch.id})


def refuse_commit(batch: ImportBatch, now: datetime | None = None) -> None:
    """Conflict when the batch cannot be written, saying why."""
    if batch.state != "checked":
        raise Conflict({"committed": "这一批已经导入。", "undone": "这一批已经撤销，请重新上传。"}.get(batch.state, "这一批还没有检查完。"))
    if not batch.is_good:
        raise Conflict(f"还有 {batch.refused_count or len(batch.messages)} 行有错，改好后才能导入。" if batch.refused_count else "文件有错，改好后才能导入。")
    if not batch.new_count + batch.changed_count:
        raise Conflict("没有需要写入的行。")
    if (now or datetime.now(UTC)) - (batch.checked_at or batch.created_at) > GOOD_FOR:
        raise Conflict("检查结果已超过 24 小时，请重新上传检查。")


def refuse_undo(batch: ImportBatch, now: datetime | None = None) -> None:
    """Conflict when the batch cannot be taken back, saying why."""
    if batch.state != "committed" or batch.committed_at is None:
        raise Conflict("这一批已经撤销。" if batch.state == "undone" else "这一批还没有导入，不需要撤销。")
    if (now or datetime.now(UTC)) - batch.committed_at > UNDO_WITHIN:
        raise Conflict(f"导入已超过 {UNDO_WITHIN.days} 天，不能整批撤销，请逐条修改。")


def rows_of(session: Session, batch: ImportBatch, outcome: str, *, number: int, size: int, wrong_first: bool) -> list[ImportRow]:
    """One page of the batch's rows, the refused ones first if wished; ``outcome`` keeps to one kind."""
    wanted = select(ImportRow).where(ImportRow.batch_id == batch.id)
    if outcome:
        wanted = wanted.where(ImportRow.outcome == outcome)
    if wrong_first:
        wanted = wanted.order_by(case((ImportRow.outcome == "refused", 0), else_=1))
    return list(session.scalars(wanted.order_by(ImportRow.number).offset((number - 1) * size).limit(size)))


def earlier(session: Session, viewer: Viewer, code: str, most: int = 10) -> list[ImportBatch]:
    """The viewer's latest batches of a sheet, the newest first."""
    mine = select(ImportBatch).where(ImportBatch.sheet == code, ImportBatch.user_id == viewer.id)
    return list(session.scalars(mine.order_by(ImportBatch.id.desc()).limit(most)))


PAGE = 1_000_000  # rows of the n-th page of a workbook are numbered from n times this on


def headers_of(batch: ImportBatch, number: int) -> list[dict[str, Any]]:
    """The columns of the page on which the row of that number stands."""
    return [one for one in batch.headers if one.get("page", 0) == number // PAGE]


def address(batch: ImportBatch, row: ImportRow, index: int) -> str:
    """Where a cell stands in the workbook: D6, or 单元 D6 where it has several pages."""
    head = headers_of(batch, row.number)[index]
    cell = f"{letters(head['column'])}{row.number % PAGE}"
    return f"{head['sheet']} {cell}" if "sheet" in head else cell


def clear(settings: Settings, now: datetime | None = None) -> int:
    """Remove files and rows of batches that can neither be written nor taken back any more; how many there were."""
    before = (now or datetime.now(UTC)) - UNDO_WITHIN
    root = settings.data_dir.resolve()
    old = (ImportBatch.created_at < before) & (ImportBatch.committed_at.is_(None) | (ImportBatch.committed_at < before))
    with db.session() as session:
        batches = session.scalars(select(ImportBatch).where(old, ImportBatch.file_path != "")).all()
        session.execute(delete(ImportRow).where(ImportRow.batch_id.in_([one.id for one in batches])))
        for batch in batches:
            (root / batch.file_path).unlink(missing_ok=True)
            batch.file_path = ""
    return len(batches)


def _open_task(session: Session, identity: int | None) -> Task | None:
    task: Any = session.get(Task, identity) if identity else None
    return task if task is not None and task.state in OPEN_STATES else None
