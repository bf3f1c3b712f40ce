"""What ingest notes of gateways: whether they are on line, and the keys in their messages that no point claims."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from data.fields import field
from data.models.base import Base
from data.models.installation import Gateway
from data.models.organisation import Enterprise


class GatewayState(Base):
    """Whether a gateway says of itself that it is on line (status topic, last will), and since when."""

    __tablename__ = "gateway_state"
    gateway_id: Mapped[int] = field("网关", ForeignKey("gateway.id", ondelete="CASCADE"), primary_key=True, required=True, autoincrement=False)
    is_online: Mapped[bool | None] = field("在线", Boolean, help="空：从未收到状态消息")
    since: Mapped[datetime | None] = field("状态起始")


class UnknownPoint(Base):
    """A key that a gateway reports and no point claims, counted, with its newest value. At most 500 a gateway."""

    __tablename__ = "unknown_point"
    __title__ = "未登记测点"
    __table_args__ = (UniqueConstraint("gateway_id", "key"), Index("ix_unknown_point_last_at", "last_at"))
    id: Mapped[int] = field("编号", BigInteger, primary_key=True, required=True, autoincrement=True)
    gateway_id: Mapped[int] = field("网关", ForeignKey("gateway.id", ondelete="CASCADE"), required=True)
    enterprise_id: Mapped[int] = field("企业", ForeignKey("enterprise.id", ondelete="CASCADE"), required=True, index=True)
    key: Mapped[str] = field("报文中的键", String(200), required=True, search=True)
    value: Mapped[str] = field("最近的值", String(60), required=True)
    topic: Mapped[str] = field("主题", String(200), required=True, search=True)
    count: Mapped[int] = field("次数", BigInteger, required=True, unit="次")
    first_at: Mapped[datetime] = field("首次", required=True)
    last_at: Mapped[datetime] = field("最近", required=True)
    is_ignored: Mapped[bool] = field("已忽略", required=True, default=False, server_default="false")

    gateway: Mapped[Gateway] = relationship(lazy="joined", innerjoin=True)
    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
