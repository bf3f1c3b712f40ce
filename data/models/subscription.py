"""系统订阅: what a person wants to be told of, when and how; and each time that they were told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.choices.subscriptions import HOURS, RULES, SCHEDULES, SUBSCRIBED, SUBSCRIPTION_STATES, WEEKDAYS
from data.fields import field
from data.models.account import User
from data.models.base import Base, Record


def _month_day(value: int) -> str:
    return "" if 1 <= value <= 28 else "应在 1–28 之间：每个月都有这一天。"


class Subscription(Record):
    """A statistic, a figure of the daily board or a list with its filters, as its address says it (``path`` and ``query``).

    The hour is one of the park. ``rule`` and ``bound`` hold while ``schedule`` is change. ``seen`` is what was told last
    (``data.subscriptions.content.Seen``), ``is_beyond`` whether the number was beyond the bound when it was last looked at.
    """

    __tablename__ = "subscription"
    __title__ = "订阅"
    __table_args__ = (
        Index("ix_subscription_user_id", "user_id", "position"),
        Index("ix_subscription_due", "next_at", postgresql_where=text("state = 'active' AND deleted_at IS NULL")),
    )
    user_id: Mapped[int] = field("订阅人", ForeignKey("user.id"), required=True)
    title: Mapped[str] = field("订阅内容", String(100), required=True, search=True)
    kind: Mapped[str] = field("统计类型", String(10), required=True, choices=SUBSCRIBED)
    key: Mapped[str] = field("统计项", String(60), required=True)
    query: Mapped[dict[str, str]] = field("条件", JSONB, required=True)
    path: Mapped[str] = field("页面", String(200), required=True)
    module: Mapped[str] = field("订阅模块", String(100), required=True, search=True)
    measure: Mapped[str | None] = field("统计指标", String(40))
    schedule: Mapped[str] = field("推送周期", String(10), required=True, choices=SCHEDULES, default="daily", server_default="daily")
    hour: Mapped[int] = field("推送时间", required=True, choices=HOURS, default=8, server_default="8")
    weekday: Mapped[int] = field("每周几", required=True, choices=WEEKDAYS, default=1, server_default="1")
    month_day: Mapped[int] = field("每月几日", required=True, default=1, server_default="1", unit="日", check=_month_day)
    rule: Mapped[str | None] = field("条件类型", String(10), choices=RULES)
    bound: Mapped[float | None] = field("条件数值")
    to_email: Mapped[bool] = field("邮件", required=True, default=False, server_default="false")
    to_robot: Mapped[bool] = field("群机器人", required=True, default=False, server_default="false")
    position: Mapped[int] = field("排序", required=True, default=0, server_default="0")
    state: Mapped[str] = field("状态", String(10), required=True, choices=SUBSCRIPTION_STATES, default="active", server_default="active")
    reason: Mapped[str | None] = field("暂停原因", String(300))
    next_at: Mapped[datetime | None] = field("下次推送")
    last_at: Mapped[datetime | None] = field("最近推送")
    seen: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    is_beyond: Mapped[bool] = mapped_column(nullable=False, default=False, server_default="false")

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class SubscriptionDelivery(Base):
    """What was told at one time: the numbers, and how they differ from the time before. Sent further by its ``Delivery`` rows.

    ``slot`` is when it was due: nothing is told twice for the same. ``rights`` says how far the owner saw then; with other
    rights it is neither sent nor shown any more.
    """

    __tablename__ = "subscription_delivery"
    __title__ = "订阅推送"
    __table_args__ = (UniqueConstraint("subscription_id", "slot", name="uq_subscription_delivery_slot"), Index("ix_subscription_delivery_at", "at"))
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    subscription_id: Mapped[int] = field("订阅", ForeignKey("subscription.id"), required=True)
    user_id: Mapped[int] = field("订阅人", ForeignKey("user.id"), required=True)
    slot: Mapped[datetime] = field("应推送时间", required=True)
    at: Mapped[datetime] = field("推送时间", required=True)
    summary: Mapped[str] = field("内容", String(300), required=True)
    content: Mapped[dict[str, Any]] = field("明细", JSONB, required=True)
    rights: Mapped[str] = field("当时的数据范围", String(100), required=True)
    note: Mapped[str | None] = field("说明", String(300))

    subscription: Mapped[Subscription] = relationship(lazy="joined", innerjoin=True)
