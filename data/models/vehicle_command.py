"""What the room asks of vehicle terminals, and the pictures that they send."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, relationship

from data.choices.vehicles import COMMAND_KINDS, COMMAND_STATES, MEDIA_EVENTS, MEDIA_TYPES
from data.fields import FileSlot, field
from data.models.base import Record
from data.models.organisation import Enterprise
from data.models.transport import Terminal, Vehicle


class VehicleCommand(Record):
    """One message to a terminal. Entered by ``data.vehicle_commands``, carried out and its state moved on by ingest."""

    __tablename__ = "vehicle_command"
    __title__ = "车辆指令"
    __table_args__ = (
        Index("ix_vehicle_command_open", "state", postgresql_where=text("state IN ('waiting', 'sent')")),
        Index("ix_vehicle_command_vehicle_id", "vehicle_id", "id"),
    )
    __found_by__ = ("vehicle",)

    vehicle_id: Mapped[int] = field("车辆", ForeignKey("vehicle.id"), required=True)
    terminal_id: Mapped[int] = field("终端", ForeignKey("terminal.id"), required=True)
    enterprise_id: Mapped[int] = field("运输企业", ForeignKey("enterprise.id"), required=True, index=True)
    kind: Mapped[str] = field("指令", String(20), required=True, choices=COMMAND_KINDS)
    values: Mapped[dict[str, Any]] = field("参数", JSONB, required=True)
    text: Mapped[str] = field("内容", String(700), required=True, search=True)
    state: Mapped[str] = field("状态", String(12), required=True, choices=COMMAND_STATES, default="waiting")
    asked_by: Mapped[str] = field("下发人", String(60), required=True, search=True)
    expires_at: Mapped[datetime] = field("有效期至", required=True, help="到此时终端仍未上线，不再发送")
    sent_at: Mapped[datetime | None] = field("发送时间")
    due_at: Mapped[datetime | None] = field("应答期限")
    answered_at: Mapped[datetime | None] = field("应答时间")
    tries: Mapped[int] = field("发送次数", required=True, default=0, server_default="0")
    serial: Mapped[int | None] = field("流水号")
    result: Mapped[str | None] = field("应答", String(500), search=True)
    answer: Mapped[dict[str, Any] | None] = field("应答内容", JSONB)

    vehicle: Mapped[Vehicle] = relationship(lazy="joined", innerjoin=True)
    terminal: Mapped[Terminal] = relationship(lazy="select")
    enterprise: Mapped[Enterprise] = relationship(lazy="select")


class VehicleMedia(Record):
    """A picture that a terminal sent; its file is an attachment of this record. Entered by ingest."""

    __tablename__ = "vehicle_media"
    __title__ = "车载照片"
    __files__ = (FileSlot("file", "文件", most=1, is_made=True),)
    __table_args__ = (
        UniqueConstraint("terminal_id", "media_id", "sha256"),
        Index("ix_vehicle_media_vehicle_id", "vehicle_id", "taken_at"),
    )
    __found_by__ = ("vehicle",)

    vehicle_id: Mapped[int] = field("车辆", ForeignKey("vehicle.id"), required=True)
    terminal_id: Mapped[int] = field("终端", ForeignKey("terminal.id"), required=True)
    enterprise_id: Mapped[int] = field("运输企业", ForeignKey("enterprise.id"), required=True, index=True)
    command_id: Mapped[int | None] = field("所答指令", ForeignKey("vehicle_command.id"), index=True)
    media_id: Mapped[int] = field("多媒体 ID", BigInteger, required=True)
    type: Mapped[str] = field("类型", String(4), required=True, choices=MEDIA_TYPES)
    event: Mapped[str] = field("触发事件", String(4), required=True, choices=MEDIA_EVENTS)
    channel: Mapped[int] = field("通道", required=True)
    taken_at: Mapped[datetime] = field("拍摄时间", required=True)
    lon: Mapped[float | None] = field("经度", unit="°")
    lat: Mapped[float | None] = field("纬度", unit="°")
    speed_kmh: Mapped[float | None] = field("速度", unit="km/h")
    size: Mapped[int] = field("大小", required=True, unit="B")
    sha256: Mapped[str] = field("SHA-256", String(64), required=True)

    vehicle: Mapped[Vehicle] = relationship(lazy="joined", innerjoin=True)
    terminal: Mapped[Terminal] = relationship(lazy="select")
    enterprise: Mapped[Enterprise] = relationship(lazy="select")
