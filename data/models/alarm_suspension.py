"""Spans in which a point raises no alarms, because somebody said so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.fields import field
from data.models.base import Record
from data.models.installation import Point
from data.models.organisation import Enterprise


class AlarmSuspension(Record):
    """One point, from ``created_at`` until ``until``; it ends by itself, or earlier when a person ends it (``ended_by_id``)."""

    __tablename__ = "alarm_suspension"
    __title__ = "报警抑制"
    __found_by__ = ("point",)
    __table_args__ = (Index("ix_alarm_suspension_point_id", "point_id", "until"),)
    point_id: Mapped[int] = field("监测点", ForeignKey("point.id"), required=True)
    enterprise_id: Mapped[int] = field("企业", ForeignKey("enterprise.id"), required=True, index=True)
    until: Mapped[datetime] = field("抑制至", required=True, help="到时自动恢复报警，最长 30 天")
    reason: Mapped[str] = field("原因", String(200), required=True, search=True, help="例如：仪表校验，联系仪表班")
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), info={"label": "提前解除人"})

    point: Mapped[Point] = relationship(lazy="joined")
    enterprise: Mapped[Enterprise] = relationship(lazy="joined")
