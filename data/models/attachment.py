"""Files that belong to records."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped

from data.fields import field
from data.models.base import Record


class Attachment(Record):
    """One file of one record. Its bytes lie under their SHA-256 below the data directory: ``data.attachments``.

    It has no scope of its own: whoever sees the record sees it.
    """

    __tablename__ = "attachment"
    __title__ = "附件"
    __table_args__ = (Index("ix_attachment_record", "table_name", "record_id"),)
    table_name: Mapped[str] = field("对象类型", String(60), required=True)
    record_id: Mapped[int] = field("对象编号", BigInteger, required=True)
    slot: Mapped[str] = field("附件类别", String(40), required=True)
    name: Mapped[str] = field("文件名", String(200), required=True, search=True)
    size: Mapped[int] = field("大小", required=True, unit="B")
    sha256: Mapped[str] = field("SHA-256", String(64), required=True)
    content_type: Mapped[str] = field("类型", String(100), required=True)
