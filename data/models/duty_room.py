"""What happens in the duty room: shifts that change hands, what one shift leaves to the next, and who answers when asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, relationship

from data.choices.duty import CALL_KINDS, CALL_STATES, EXCHANGE_STATES, HANDOVER_STATES
from data.choices.monitoring import DUTY_TIERS
from data.fields import field
from data.models.account import User
from data.models.base import Record
from data.models.duty import DutyShift
from data.models.organisation import Enterprise


class DutyExchange(Record):
    """One person asks another to take a shift, in return for one of theirs or for none. The times stay as they were asked for."""

    __tablename__ = "duty_exchange"
    __title__ = "换班"
    __found_by__ = ("asked_by", "other")
    __table_args__ = (Index("ix_duty_exchange_open", "shift_id", postgresql_where=text("state IN ('asked', 'agreed')")),)
    shift_id: Mapped[int] = field("我的班次", ForeignKey("duty_shift.id"), required=True, index=True)
    other_shift_id: Mapped[int | None] = field("换来的班次", ForeignKey("duty_shift.id"), index=True, help="不选即请对方代班")
    asked_by_id: Mapped[int] = field("申请人", ForeignKey("user.id"), required=True)
    other_id: Mapped[int] = field("对方", ForeignKey("user.id"), required=True)
    tier: Mapped[int] = field("岗位", SmallInteger, required=True, choices=DUTY_TIERS)
    begins_at: Mapped[datetime] = field("原班次开始", required=True)
    ends_at: Mapped[datetime] = field("原班次结束", required=True)
    other_begins_at: Mapped[datetime | None] = field("换来班次开始")
    other_ends_at: Mapped[datetime | None] = field("换来班次结束")
    reason: Mapped[str] = field("换班原因", String(200), required=True, search=True)
    state: Mapped[str] = field("状态", String(10), required=True, choices=EXCHANGE_STATES, default="asked", server_default="asked")
    answered_at: Mapped[datetime | None] = field("对方答复时间")
    decided_by_id: Mapped[int | None] = field("批准人", ForeignKey("user.id"))
    decided_at: Mapped[datetime | None] = field("批准时间")
    remark: Mapped[str | None] = field("意见", String(200))

    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id], lazy="joined")
    other: Mapped[User] = relationship(foreign_keys=[other_id], lazy="joined")
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])

    @property
    def is_open(self) -> bool:
        """Whether somebody has still to act."""
        return self.state in ("asked", "agreed")


class DutyHandover(Record):
    """What a shift leaves to the next one: written by whoever goes, signed by whoever comes. ``items`` are the open matters of the
    platform as they stood when it was handed over; until then they are counted anew at every look."""

    __tablename__ = "duty_handover"
    __title__ = "交接班记录"
    __found_by__ = ("user",)
    __table_args__ = (Index("uq_duty_handover_shift_id", "shift_id", unique=True, postgresql_where=text("deleted_at IS NULL")),)
    shift_id: Mapped[int] = field("班次", ForeignKey("duty_shift.id"), required=True)
    user_id: Mapped[int] = field("交班人", ForeignKey("user.id"), required=True)
    incoming_id: Mapped[int | None] = field("接班人", ForeignKey("user.id"))
    tier: Mapped[int] = field("岗位", SmallInteger, required=True, choices=DUTY_TIERS)
    begins_at: Mapped[datetime] = field("班次开始", required=True)
    ends_at: Mapped[datetime] = field("班次结束", required=True, index=True)
    matters: Mapped[str | None] = field("交班事项", Text, kind="long", search=True, help="本班情况、待办和需要下一班注意的事；未关闭报警等由系统列出")
    items: Mapped[list[dict[str, Any]] | None] = field("交班时的事项", JSONB)
    state: Mapped[str] = field("状态", String(10), required=True, choices=HANDOVER_STATES, default="draft", server_default="draft")
    handed_at: Mapped[datetime | None] = field("交班时间")
    signed_at: Mapped[datetime | None] = field("接班时间")
    remark: Mapped[str | None] = field("接班意见", String(200))
    is_late: Mapped[bool] = field("补交", required=True, default=False, server_default="false")

    user: Mapped[User] = relationship(foreign_keys=[user_id], lazy="joined")
    incoming: Mapped[User | None] = relationship(foreign_keys=[incoming_id], lazy="joined")
    shift: Mapped[DutyShift] = relationship(foreign_keys=[shift_id], lazy="joined")


class DutyCall(Record):
    """查岗: one person was asked whether they are there. Both times are the server's."""

    __tablename__ = "duty_call"
    __title__ = "查岗"
    __found_by__ = ("user",)
    __table_args__ = (
        Index("ix_duty_call_waiting", "user_id", postgresql_where=text("state = 'waiting'")),
        Index("uq_duty_call_round", "round", "user_id", unique=True, postgresql_where=text("round IS NOT NULL")),
    )
    user_id: Mapped[int] = field("被查人", ForeignKey("user.id"), required=True, index=True)
    tier: Mapped[int | None] = field("岗位", SmallInteger, choices=DUTY_TIERS)
    enterprise_id: Mapped[int | None] = field("企业", ForeignKey("enterprise.id"), index=True)
    kind: Mapped[str] = field("方式", String(10), required=True, choices=CALL_KINDS)
    asked_by_id: Mapped[int | None] = field("发起人", ForeignKey("user.id"))
    asked_at: Mapped[datetime] = field("查岗时间", required=True, index=True)
    due_at: Mapped[datetime] = field("应答时限", required=True)
    answered_at: Mapped[datetime | None] = field("应答时间")
    answer_s: Mapped[int | None] = field("用时", unit="秒")
    state: Mapped[str] = field("状态", String(10), required=True, choices=CALL_STATES, default="waiting", server_default="waiting")
    round: Mapped[str | None] = field("轮次", String(40), help="随机查岗的日期和序号：同一轮不重复发起")

    user: Mapped[User] = relationship(foreign_keys=[user_id], lazy="joined")
    asked_by: Mapped[User | None] = relationship(foreign_keys=[asked_by_id])
    enterprise: Mapped[Enterprise | None] = relationship(lazy="joined")
