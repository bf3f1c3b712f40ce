"""An uploaded workbook on its way into the tables: the batch, and every row of it with what was found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.choices.system import BATCH_STATES, ROW_OUTCOMES
from data.fields import field
from data.models.base import Base


class ImportBatch(Base):
    """One uploaded workbook. ``sheet`` is its key in ``data.imports.SHEETS``.

    ``headers`` lists the columns found: {"column": index from 0, "name": column of the model, "label": words}.
    ``messages`` are what is wrong with the file as a whole, as [address, sentence]; ``wrong_count`` counts these and the
    messages of all rows.
    """

    __tablename__ = "import_batch"
    __title__ = "导入批次"
    __table_args__ = (Index("ix_import_batch_sheet", "sheet", "created_at"),)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    sheet: Mapped[str] = field("导入表", String(60), required=True)
    state: Mapped[str] = field("状态", String(10), required=True, choices=BATCH_STATES, default="checking")
    file_name: Mapped[str] = field("文件名", String(200), required=True, search=True)
    file_path: Mapped[str] = field("文件位置", String(300), required=True)
    file_size: Mapped[int] = field("大小", required=True, unit="字节")
    digest: Mapped[str] = field("摘要", String(64), required=True, help="SHA-256")
    sheet_name: Mapped[str] = field("工作表", String(100), required=True, default="")
    headers: Mapped[list[dict[str, Any]]] = field("列", JSONB, required=True, default=list)
    messages: Mapped[list[list[str]]] = field("文件问题", JSONB, required=True, default=list)
    new_count: Mapped[int] = field("新增", required=True, default=0, unit="行")
    changed_count: Mapped[int] = field("更新", required=True, default=0, unit="行")
    same_count: Mapped[int] = field("不变", required=True, default=0, unit="行")
    refused_count: Mapped[int] = field("拒绝", required=True, default=0, unit="行")
    wrong_count: Mapped[int] = field("错误", required=True, default=0, unit="处")
    user_id: Mapped[int | None] = field("用户", BigInteger)
    username: Mapped[str] = field("上传人", String(200), required=True, search=True)
    created_at: Mapped[datetime] = field("上传时间", required=True)
    checked_at: Mapped[datetime | None] = field("检查时间")
    committed_at: Mapped[datetime | None] = field("导入时间")
    undone_at: Mapped[datetime | None] = field("撤销时间")
    undo_reason: Mapped[str | None] = field("撤销原因", Text)
    check_task_id: Mapped[int | None] = field("检查任务", BigInteger)
    commit_task_id: Mapped[int | None] = field("导入任务", BigInteger)
    undo_task_id: Mapped[int | None] = field("撤销任务", BigInteger)

    @property
    def row_count(self) -> int:
        """The rows of the file that hold something."""
        return self.new_count + self.changed_count + self.same_count + self.refused_count

    @property
    def is_good(self) -> bool:
        """Whether nothing in the file is refused."""
        return not self.messages and not self.refused_count


class ImportRow(Base):
    """One row of a batch. ``number`` is its row in the workbook.

    ``shown`` are the cells as read, in the order of the batch's ``headers``; ``messages`` are [index into ``shown``,
    sentence]; ``values`` hold what will be written, ``before`` for each changed column [old value, its words].
    """

    __tablename__ = "import_row"
    __title__ = "导入行"
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = field("行号", primary_key=True, required=True)
    outcome: Mapped[str] = field("结果", String(10), required=True, choices=ROW_OUTCOMES)
    shown: Mapped[list[str]] = field("单元格", JSONB, required=True)
    values: Mapped[dict[str, Any]] = field("值", JSONB, required=True)
    before: Mapped[dict[str, list[Any]]] = field("变更前", JSONB, required=True)
    messages: Mapped[list[list[Any]]] = field("原因", JSONB, required=True)
    record_id: Mapped[int | None] = field("记录编号", BigInteger)
    version: Mapped[int | None] = field("版本")
