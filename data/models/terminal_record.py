"""What vehicle terminals report besides positions and pictures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.choices.vehicles import TERMINAL_RECORD_KINDS
from data.fields import field
from data.models.base import Base
from data.models.organisation import Enterprise
from data.models.transport import Terminal, Vehicle


class TerminalRecord(Base):
    """One report of a terminal: a waybill, a driver's card, CAN data, data passed through. Written by ingest only.

    A report that is sent again, with the same serial number and the same bytes, is the one that is there.
    """

    __tablename__ = "terminal_record"
    __title__ = "终端上报记录"
    __found_by__ = ("vehicle", "terminal")
    __table_args__ = (
        UniqueConstraint("terminal_id", "kind", "serial", "digest"),
        Index("ix_terminal_record_received_at", "received_at"),
        Index("ix_terminal_record_vehicle_id", "vehicle_id", "ts"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    terminal_id: Mapped[int] = field("终端", ForeignKey("terminal.id", ondelete="CASCADE"), required=True)
    vehicle_id: Mapped[int | None] = field("车辆", ForeignKey("vehicle.id"))
    enterprise_id: Mapped[int | None] = field("运输企业", ForeignKey("enterprise.id"), index=True)
    kind: Mapped[str] = field("类型", String(20), required=True, choices=TERMINAL_RECORD_KINDS)
    summary: Mapped[str] = field("内容", String(500), required=True, search=True)
    ts: Mapped[datetime] = field("上报时间", required=True, help="终端的时间；终端没有给出或不可信时，为到达时间")
    received_at: Mapped[datetime] = field("到达时间", required=True)
    serial: Mapped[int] = field("流水号", required=True)
    content: Mapped[dict[str, Any]] = field("字段", JSONB, required=True)
    digest: Mapped[str] = mapped_column(String(64), nullable=False)

    terminal: Mapped[Terminal] = relationship(lazy="joined", innerjoin=True)
    vehicle: Mapped[Vehicle | None] = relationship(lazy="joined")
    enterprise: Mapped[Enterprise | None] = relationship(lazy="select")
