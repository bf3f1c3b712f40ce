"""Files of records: stored once under their SHA-256, checked by content, audited on the record that they belong to."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.audit import record_change
from data.errors import Forbidden, Invalid, NotFound
from data.fields import FileSlot
from data.file_types import PICTURE_WORDS, PICTURES, FileType, file_type, write_thumbnail
from data.models import Attachment, Record
from data.query import get
from data.settings import current_settings
from data.validity import why_not_change
from data.viewer import Viewer

_CHUNK = 256 * 1024
_GONE = "没有找到这个附件，它可能已删除，或不在您的数据范围内。"
_NAME_LENGTH = 200


def slot_of(model: type[Record], code: str) -> FileSlot:
    """The slot of that code; NotFound when such records have none: codes come from browsers."""
    found = next((one for one in model.__files__ if one.code == code), None)
    if found is None:
        raise NotFound("没有这类附件，请刷新页面。")
    return found


def attachments_of(session: Session, record: Record) -> dict[str, list[Attachment]]:
    """The attachments of a record that the viewer was given, by slot, in the order in which they came; every slot is there."""
    found: dict[str, list[Attachment]] = {one.code: [] for one in record.__files__}
    for attachment in session.scalars(_of(record).order_by(Attachment.id)):
        found.setdefault(attachment.slot, []).append(attachment)
    return found


def attachment_count(session: Session, record: Record) -> int:
    """How many files are attached to the record."""
    return session.scalar(select(func.count()).select_from(_of(record).subquery())) or 0


def find(session: Session, viewer: Viewer, identity: int) -> tuple[Attachment, Record]:
    """The attachment and the record that it belongs to; NotFound unless the viewer sees that record."""
    attachment = session.get(Attachment, identity)
    if attachment is None or attachment.deleted_at is not None:
        raise NotFound(_GONE)
    try:
        return attachment, get(session, _model_named(attachment.table_name), attachment.record_id, viewer)
    except NotFound as error:
        raise NotFound(_GONE) from error


def attach(session: Session, viewer: Viewer, record: Record, slot: str, name: str, stream: BinaryIO) -> Attachment:
    """The new attachment with the bytes of ``stream``. Invalid says why a file is not taken: size, type, number.

    Whether the viewer may change such records is for the caller to know; that this one is theirs to change is checked here.
    """
    model = type(record)
    place = slot_of(model, slot)
    _require_own(viewer, record)
    # One at a time a record: or two uploads would both find room for the last file.
    session.execute(select(model.id).where(model.id == record.id).with_for_update())
    present = list(session.scalars(_of(record).where(Attachment.slot == slot)))
    if len(present) >= place.most:
        raise Invalid(f"{place.label}最多 {place.most} 个文件，请先删除不需要的。")
    clean = clean_name(name)
    digest, size, kind = _store(stream, clean, place)
    if any(one.sha256 == digest for one in present):
        raise Invalid(f"“{clean}”已经上传过，内容完全相同。")
    attachment = Attachment(
        table_name=model.__tablename__,
        record_id=record.id,
        slot=slot,
        name=clean,
        size=size,
        sha256=digest,
        content_type=kind.content_type,
        created_by_id=viewer.id,
        updated_by_id=viewer.id,
    )
    session.add(attachment)
    session.flush()
    record_change(session, viewer, "attach", record, {place.label: [None, _described(attachment)]})
    return attachment


def keep(stream: BinaryIO, name: str) -> tuple[str, int, FileType]:
    """Put the bytes where attachments lie; their SHA-256, size and type, for whoever enters the rows itself."""
    return _store(stream, name)


def show_too(session: Session, viewer: Viewer, attachment: Attachment, record: Record, slot: str) -> None:
    """Show a file of one record with another one too; its bytes lie once."""
    same = {name: getattr(attachment, name) for name in ("name", "size", "sha256", "content_type")}
    session.add(Attachment(**same, table_name=type(record).__tablename__, record_id=record.id, slot=slot_of(type(record), slot).code, created_by_id=viewer.id, updated_by_id=viewer.id))
    session.flush()
    record_change(session, viewer, "attach", record, {slot_of(type(record), slot).label: [None, _described(attachment)]})


def detach(session: Session, viewer: Viewer, attachment: Attachment, reason: str = "") -> None:
    """Take the attachment off its record. The file is kept: the audit trail names it by its SHA-256."""
    owner = get(session, _model_named(attachment.table_name), attachment.record_id, viewer)
    _require_own(viewer, owner)
    label = next((one.label for one in owner.__files__ if one.code == attachment.slot), attachment.slot)
    attachment.deleted_at = datetime.now(UTC)
    attachment.updated_by_id = viewer.id
    session.flush()
    record_change(session, viewer, "detach", owner, {label: [_described(attachment), None]}, reason.strip()[:500] or None)


def path_of(attachment: Attachment, *, thumbnail: bool = False) -> Path:
    """Where the bytes of the attachment lie, or those of its small picture; NotFound when the disk has lost them."""
    path = _path(attachment.sha256)
    if thumbnail and attachment.content_type in PICTURES:
        path = path.with_name(f"{path.name}.jpg")
    if not path.is_file():
        raise NotFound(f"“{attachment.name}”不在服务器的数据目录中，请联系系统管理员从备份恢复。")
    return path


def open_file(attachment: Attachment) -> BinaryIO:
    """The bytes of the attachment, for reading. The caller closes it."""
    return path_of(attachment).open("rb")


def clean_name(name: str) -> str:
    """The last part of a path, without control characters, at most 200 long; the extension stays."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(one for one in last if one.isprintable()).strip(" .") or "未命名"
    stem, dot, extension = plain.rpartition(".")
    return plain if len(plain) <= _NAME_LENGTH else f"{stem[: _NAME_LENGTH - len(extension) - 1]}{dot}{extension}"[:_NAME_LENGTH]


def size_words(size: int) -> str:
    """1.8 MB, 640 KB, 12 B."""
    if size >= 1024 * 1024:
        return f"{size / 1024 / 1024:.1f} MB"
    return f"{size / 1024:.0f} KB" if size >= 1024 else f"{size} B"


def most_bytes() -> int:
    """How large a file may be."""
    return current_settings().attachment_mb * 1024 * 1024


def _of(record: Record) -> Any:
    mine = select(Attachment).where(Attachment.table_name == record.__tablename__, Attachment.record_id == record.id)
    return mine.where(Attachment.deleted_at.is_(None))


def _model_named(table: str) -> type[Record]:
    found = next((one.class_ for one in Record.registry.mappers if one.class_.__tablename__ == table), None)
    if found is None or not issubclass(found, Record):
        raise NotFound(_GONE)
    return found


def _require_own(viewer: Viewer, record: Record) -> None:
    reason = why_not_change(viewer, record)
    if reason:
        raise Forbidden(reason)


def _described(attachment: Attachment) -> str:
    return f"{attachment.name}（{size_words(attachment.size)}，SHA-256 {attachment.sha256}）"


def _root() -> Path:
    return current_settings().data_dir.resolve() / "files" / "attachments"


def _path(digest: str) -> Path:
    return _root() / digest[:2] / digest[2:4] / digest


def _store(stream: BinaryIO, name: str, slot: FileSlot | None = None) -> tuple[str, int, FileType]:
    """Write the bytes to their place and give digest, size and type; nothing stays of a file that is refused."""
    incoming = _root() / "incoming"
    incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, written = tempfile.mkstemp(dir=incoming)
    fresh = Path(written)
    small = fresh.with_name(f"{fresh.name}.jpg")
    try:
        with os.fdopen(handle, "wb") as file:
            digest, size = _copy(stream, file, name)
        kind = file_type(fresh, name)
        if slot is not None and slot.is_photo and not kind.picture:
            raise Invalid(f"“{name}”是 {kind.word} 文件，{slot.label}只接受图片（{PICTURE_WORDS}），请拍照或另存为图片后上传。")
        target = _path(digest)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if kind.picture:
            write_thumbnail(fresh, small, name)
            small.replace(target.with_name(f"{digest}.jpg"))
        fresh.replace(target)
        return digest, size, kind
    finally:
        for left in (fresh, small):
            left.unlink(missing_ok=True)


def _copy(stream: BinaryIO, file: BinaryIO, name: str) -> tuple[str, int]:
    digest, size, most = hashlib.sha256(), 0, most_bytes()
    chunks: Iterable[bytes] = iter(lambda: stream.read(_CHUNK), b"")
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise Invalid(f"“{name}”超过 {size_words(most)}，不能上传。")
        digest.update(chunk)
        file.write(chunk)
    if not size:
        raise Invalid(f"“{name}”是空文件。")
    file.flush()
    os.fsync(file.fileno())
    return digest.hexdigest(), size
