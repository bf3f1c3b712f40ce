"""Work that takes longer than a page may wait: what was asked for, how far it is, and the file that came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.choices.system import TASK_STATES
from data.fields import field
from data.models.base import Base


class Task(Base):
    """One piece of background work of one person. ``done`` of ``total`` rows; a ``total`` of 0 is not known yet.

    ``file_path`` lies below the data directory. ``attempts`` counts the starts: a task that a dying process left behind is
    started once more.
    """

    __tablename__ = "task"
    __title__ = "后台任务"
    __table_args__ = (Index("ix_task_state", "state", "id"), Index("ix_task_user_id", "user_id", "created_at"))
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = field("种类", String(30), required=True)
    title: Mapped[str] = field("任务", String(200), required=True, search=True)
    state: Mapped[str] = field("状态", String(10), required=True, choices=TASK_STATES, default="waiting")
    done: Mapped[int] = field("已处理", required=True, default=0, unit="行")
    total: Mapped[int] = field("总数", required=True, default=0, unit="行")
    attempts: Mapped[int] = field("启动次数", required=True, default=0)
    params: Mapped[dict[str, Any]] = field("参数", JSONB, required=True)
    result: Mapped[dict[str, Any] | None] = field("结果", JSONB)
    file_name: Mapped[str | None] = field("文件名", String(200))
    file_path: Mapped[str | None] = field("文件位置", String(300))
    user_id: Mapped[int | None] = field("用户", BigInteger)
    username: Mapped[str] = field("用户名", String(200), required=True, search=True)
    address: Mapped[str] = field("地址", String(60), required=True, default="")
    created_at: Mapped[datetime] = field("提交时间", required=True)
    started_at: Mapped[datetime | None] = field("开始时间")
    finished_at: Mapped[datetime | None] = field("结束时间")
    error: Mapped[str | None] = field("失败原因", Text)
