"""值班日报、周报: what the platform says of a day or a week, corrected by hand where it must be, signed and frozen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, relationship

from data.choices.monitoring import DUTY_REPORT_KINDS, DUTY_REPORT_STATES
from data.day_figure_words import BY_HAND, WORDS
from data.fields import FileSlot, field
from data.models.account import User
from data.models.base import Record
from data.models.organisation import Department
from data.rules import entries


class DutyReport(Record):
    """The report of a day, or of the seven days until ``day``. Its figures are counted at every look until it is signed;
    then ``content`` keeps them (``data.duty_reports.Line`` as JSON) and nothing of it changes any more."""

    __tablename__ = "duty_report"
    __title__ = "值班报告"
    __table_args__ = (Index("uq_duty_report_day", "kind", "day", unique=True, postgresql_where=text("deleted_at IS NULL")),)
    __files__ = (FileSlot("paper", "文书", most=5, is_made=True), FileSlot("other", "其他", most=10))
    kind: Mapped[str] = field("种类", String(10), required=True, choices=DUTY_REPORT_KINDS, default="daily")
    day: Mapped[date] = field("日期", required=True, help="周报为截止日，含当日共 7 天")
    incidents: Mapped[str | None] = field("突发事件及处置", Text, kind="long", search=True)
    orders: Mapped[str | None] = field("领导批示和交办事项", Text, kind="long", search=True)
    handover: Mapped[str | None] = field("交接班事项", Text, kind="long", search=True)
    state: Mapped[str] = field("状态", String(10), required=True, choices=DUTY_REPORT_STATES, default="draft", server_default="draft")
    content: Mapped[list[dict[str, Any]] | None] = field("签发时的内容", JSONB)
    signed_at: Mapped[datetime | None] = field("签发时间")
    signed_by_id: Mapped[int | None] = field("签发人", ForeignKey("user.id"))

    signed_by: Mapped[User | None] = relationship(foreign_keys="DutyReport.signed_by_id", viewonly=True)

    @property
    def title(self) -> str:
        """值班日报 2026-11-29."""
        return f"{'值班日报' if self.kind == 'daily' else '值班周报'} {self.day.isoformat()}"

    @property
    def supervisor(self) -> Department | None:
        """It goes out in the name of the office of whoever signs it."""
        return None


class DutyCorrection(Record):
    """A figure of a report that a person put right by hand, or filled in where the platform knows none; its own number stays beside it."""

    __tablename__ = "duty_correction"
    __title__ = "人工更正"
    __part_of__ = "report_id"
    report_id: Mapped[int] = field("值班报告", ForeignKey("duty_report.id"), required=True, index=True)
    figure: Mapped[str] = field("指标", String(30), required=True, choices=(*WORDS, *BY_HAND))
    value: Mapped[int] = field("更正为", required=True, check=entries.not_negative)
    reason: Mapped[str] = field("更正原因", String(200), required=True)
