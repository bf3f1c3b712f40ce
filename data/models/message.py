"""What people are told: messages of the platform, notices of departments with receipts, and what goes out by other ways."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, String, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.choices.system import DELIVERY_CHANNELS, DELIVERY_STATES, MESSAGE_KINDS, NOTICE_STATES
from data.fields import FileSlot, field
from data.models.account import User
from data.models.base import Base, Record
from data.models.organisation import Department, Division, Enterprise, UnitType


class Message(Base):
    """One thing that one person is told, until it is read: a reminder, a step of a case, a notice."""

    __tablename__ = "message"
    __title__ = "消息"
    __table_args__ = (
        Index("ix_message_user_id", "user_id", "id"),
        Index("ix_message_unread", "user_id", "id", postgresql_where=text("read_at IS NULL")),
        Index("uq_message_once", "user_id", "once", unique=True, postgresql_where=text("once IS NOT NULL")),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int] = field("收件人", ForeignKey("user.id"), required=True)
    kind: Mapped[str] = field("种类", String(20), required=True, choices=MESSAGE_KINDS)
    title: Mapped[str] = field("标题", String(300), required=True, search=True)
    body: Mapped[str | None] = field("内容", Text)
    href: Mapped[str | None] = field("链接", String(300))
    once: Mapped[str | None] = field("只发一次的标记", String(120))
    is_urgent: Mapped[bool] = field("紧急", required=True, default=False, server_default="false")
    created_at: Mapped[datetime] = field("时间", required=True)
    read_at: Mapped[datetime | None] = field("阅读时间")


def _link(other: str, table: str) -> Table:
    """To which of those a notice is addressed."""
    columns = (Column("notice_id", BigInteger, ForeignKey("notice.id"), primary_key=True), Column(f"{other}_id", BigInteger, ForeignKey(f"{table}.id"), primary_key=True))
    return Table(f"notice_{other}", Base.metadata, *columns)


_ENTERPRISES, _UNIT_TYPES, _DIVISIONS = _link("enterprise", "enterprise"), _link("unit_type", "unit_type"), _link("division", "division")
_DEPARTMENTS, _USERS = _link("department", "department"), _link("user", "user")


class Notice(Record):
    """What a department tells enterprises and persons; from 发布 on each of them has a ``NoticeReceipt``.

    Until then the address only says who they will be: all enterprises, those of types and divisions (both narrow each other),
    ticked ones, the people of departments, and persons.
    """

    __tablename__ = "notice"
    __title__ = "通知公告"
    __owned_by__ = "department_id"
    __files__ = (FileSlot("paper", "附件", most=10),)
    __table_args__ = (Index("ix_notice_sent_at_id", "sent_at", "id"),)
    title: Mapped[str] = field("标题", String(200), required=True, search=True)
    body: Mapped[str] = field("内容", Text, kind="long", required=True)
    state: Mapped[str] = field("状态", String(10), required=True, choices=NOTICE_STATES, default="draft")
    is_urgent: Mapped[bool] = field("紧急通知", required=True, default=False, server_default="false", help="对方打开任何页面都会立即看到，须确认收到")
    wants_answer: Mapped[bool] = field("要求回复", required=True, default=False, server_default="false")
    answer_by: Mapped[date | None] = field("回复截止")
    department_id: Mapped[int | None] = field("发布单位", ForeignKey("department.id"), index=True)
    sent_at: Mapped[datetime | None] = field("发布时间")
    sent_by_id: Mapped[int | None] = field("发布人", ForeignKey("user.id"))

    to_all: Mapped[bool] = field("全部企业", required=True, default=False, server_default="false")

    department: Mapped[Department | None] = relationship(lazy="joined")
    sent_by: Mapped[User | None] = relationship(foreign_keys="Notice.sent_by_id", lazy="joined")
    unit_types: Mapped[list[UnitType]] = relationship(secondary=_UNIT_TYPES)
    divisions: Mapped[list[Division]] = relationship(secondary=_DIVISIONS)
    enterprises: Mapped[list[Enterprise]] = relationship(secondary=_ENTERPRISES)
    departments: Mapped[list[Department]] = relationship(secondary=_DEPARTMENTS)
    users: Mapped[list[User]] = relationship(secondary=_USERS)


class NoticeReceipt(Base):
    """To whom a notice went: an enterprise (all its people) or one person; who read it, who answered what."""

    __tablename__ = "notice_receipt"
    __title__ = "通知回执"
    __table_args__ = (
        Index("uq_notice_receipt_enterprise", "notice_id", "enterprise_id", unique=True, postgresql_where=text("enterprise_id IS NOT NULL")),
        Index("uq_notice_receipt_person", "notice_id", "user_id", unique=True, postgresql_where=text("user_id IS NOT NULL")),
        Index("ix_notice_receipt_enterprise_id", "enterprise_id", "id"),
        Index("ix_notice_receipt_user_id", "user_id", "id"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    notice_id: Mapped[int] = field("通知", ForeignKey("notice.id"), required=True)
    enterprise_id: Mapped[int | None] = field("企业", ForeignKey("enterprise.id"))
    user_id: Mapped[int | None] = field("人员", ForeignKey("user.id"))
    read_at: Mapped[datetime | None] = field("阅读时间")
    read_by_id: Mapped[int | None] = field("阅读人", ForeignKey("user.id"))
    answer: Mapped[str | None] = field("回复", Text)
    answered_at: Mapped[datetime | None] = field("回复时间")
    answered_by_id: Mapped[int | None] = field("回复人", ForeignKey("user.id"))

    notice: Mapped[Notice] = relationship(lazy="joined", innerjoin=True)
    enterprise: Mapped[Enterprise | None] = relationship(lazy="joined")
    user: Mapped[User | None] = relationship(foreign_keys="NoticeReceipt.user_id", lazy="joined")
    read_by: Mapped[User | None] = relationship(foreign_keys="NoticeReceipt.read_by_id")
    answered_by: Mapped[User | None] = relationship(foreign_keys="NoticeReceipt.answered_by_id")


class Delivery(Base):
    """A message on its way out of the platform by e-mail or webhook; tried again until it is sent or given up."""

    __tablename__ = "delivery"
    __title__ = "外发消息"
    __table_args__ = (Index("ix_delivery_waiting", "next_at", postgresql_where=text("state = 'waiting'")), Index("ix_delivery_created_at", "created_at"))
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    message_id: Mapped[int | None] = field("消息", BigInteger, index=True)
    channel: Mapped[str] = field("渠道", String(20), required=True, choices=DELIVERY_CHANNELS)
    address: Mapped[str] = field("地址", String(300), required=True)
    title: Mapped[str] = field("标题", String(300), required=True, search=True)
    body: Mapped[str] = field("内容", Text, required=True)
    state: Mapped[str] = field("状态", String(10), required=True, choices=DELIVERY_STATES, default="waiting")
    attempts: Mapped[int] = field("次数", required=True, default=0, server_default="0")
    next_at: Mapped[datetime] = field("下次发送", required=True)
    error: Mapped[str | None] = field("失败原因", String(500))
    created_at: Mapped[datetime] = field("提交时间", required=True)
    sent_at: Mapped[datetime | None] = field("发送时间")
    # Of a subscription: it is written when it is sent, with the rights of that moment.
    subscription_delivery_id: Mapped[int | None] = field("订阅推送", ForeignKey("subscription_delivery.id", ondelete="SET NULL"), index=True)
