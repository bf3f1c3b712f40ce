"""月报: what the platform said of a month when the report was made; it never changes again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, relationship

from data.fields import FileSlot, field
from data.models.account import User
from data.models.base import Record
from data.models.organisation import Department


class MonthlyReport(Record):
    """The report of a month up to ``last_on``. ``content`` keeps its numbers (``data.monthly_reports.Content`` as JSON), the document
    hangs on it as 文书; it is long, so that no list or change log shows it. Of one month there may be several: each has a number and a time of its own."""

    __tablename__ = "monthly_report"
    __title__ = "月报"
    __files__ = (FileSlot("paper", "文书", most=1, is_made=True),)
    month: Mapped[str] = field("月份", String(7), required=True, search=True, index=True)
    last_on: Mapped[date] = field("统计截止日", required=True)
    is_whole: Mapped[bool] = field("整月", required=True)
    as_of: Mapped[datetime] = field("数据截至", required=True)
    number: Mapped[str | None] = field("编号", String(60), search=True)
    made_by_id: Mapped[int | None] = field("生成人", ForeignKey("user.id"))
    content: Mapped[dict[str, Any]] = field("生成时的内容", JSONB, required=True, secret=True)

    made_by: Mapped[User | None] = relationship(foreign_keys="MonthlyReport.made_by_id", viewonly=True)

    @property
    def title(self) -> str:
        """2026年11月安全生产月报."""
        year, _, number = self.month.partition("-")
        return f"{year}年{number.lstrip('0')}月安全生产月报"

    @property
    def supervisor(self) -> Department | None:
        """It goes out in the name of the office of whoever makes it."""
        return None
