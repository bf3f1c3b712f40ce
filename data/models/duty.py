"""Who is on duty when: the people to whom an alarm goes that nobody answers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, relationship

from data.choices.monitoring import DUTY_TIERS
from data.fields import field
from data.models.account import User
from data.models.base import Record


class DutyShift(Record):
    """One person on duty from ``begins_at`` until ``ends_at``; ``tier`` says who is told first, next and last."""

    __tablename__ = "duty_shift"
    __title__ = "值班"
    __found_by__ = ("user",)
    __table_args__ = (Index("ix_duty_shift_begins_at", "begins_at", "ends_at"),)
    user_id: Mapped[int] = field("值班人", ForeignKey("user.id"), required=True, index=True)
    tier: Mapped[int] = field("岗位", SmallInteger, required=True, choices=DUTY_TIERS)
    begins_at: Mapped[datetime] = field("开始", required=True)
    ends_at: Mapped[datetime] = field("结束", required=True, help="一班最长 7 天")

    user: Mapped[User] = relationship(lazy="joined", foreign_keys=[user_id])
