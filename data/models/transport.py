"""Hazmat vehicles, their terminals, and where they are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, relationship

from data.choices.vehicles import TERMINAL_STATES
from data.fields import field
from data.models.base import Base, Record
from data.models.organisation import Enterprise


class Vehicle(Record):
    __tablename__ = "vehicle"
    __title__ = "危化品车辆"
    plate: Mapped[str] = field("车牌号", String(20), required=True, unique=True, search=True)
    plate_color: Mapped[str] = field("车牌颜色", String(10), required=True, default="黄色")
    carrier_id: Mapped[int] = field("运输企业", ForeignKey("enterprise.id"), required=True, index=True)
    medium: Mapped[str | None] = field("准运介质", String(60), search=True)
    un_number: Mapped[str | None] = field("UN 号", String(10))
    tank_volume_m3: Mapped[float | None] = field("罐体容积", unit="m³")
    load_t: Mapped[float | None] = field("当前装载", unit="t")
    speed_limit_kmh: Mapped[int | None] = field("限速", unit="km/h", help="空：园区统一限速")
    driver: Mapped[str | None] = field("驾驶员", String(40), search=True)
    driver_phone: Mapped[str | None] = field("驾驶员电话", String(30))
    escort: Mapped[str | None] = field("押运员", String(40))
    is_simulated: Mapped[bool] = field("模拟数据", required=True, default=False, server_default="false")

    carrier: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)


class Terminal(Record):
    """A JT/T 808 terminal. ``phone`` is the terminal's number without leading zeros, the key under which it is looked up."""

    __tablename__ = "terminal"
    __title__ = "车载终端"
    phone: Mapped[str] = field("终端号", String(40), required=True, unique=True, search=True)
    vehicle_id: Mapped[int | None] = field("车辆", ForeignKey("vehicle.id"), unique=True)
    state: Mapped[str] = field("接入状态", String(12), required=True, choices=TERMINAL_STATES, default="pending")
    auth_code: Mapped[str | None] = field("鉴权码", String(60), secret=True)
    protocol: Mapped[str | None] = field("协议版本", String(10), help="2011、2013、2019")
    maker: Mapped[str | None] = field("制造商", String(30))
    model: Mapped[str | None] = field("型号", String(40))
    device_id: Mapped[str | None] = field("终端 ID", String(40))
    reported_plate: Mapped[str | None] = field("上报车牌", String(20), search=True)
    utc_offset_minutes: Mapped[int] = field(
        "终端时区", required=True, default=480, unit="分钟", help="JT/T 808 规定为东八区，即 480"
    )
    coordinate_system: Mapped[str] = field(
        "坐标系", String(10), required=True, default="wgs84", help="wgs84、gcj02、bd09"
    )
    approved_at: Mapped[datetime | None] = field("接入时间")
    last_peer: Mapped[str | None] = field("最近地址", String(60))
    last_seen_at: Mapped[datetime | None] = field("最近联系")

    vehicle: Mapped[Vehicle | None] = relationship(lazy="joined")


class LatestPosition(Base):
    """The newest position of a terminal; written by ingest only."""

    __tablename__ = "latest_position"
    terminal_id: Mapped[int] = field(
        "终端", ForeignKey("terminal.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, required=True
    )
    ts: Mapped[datetime] = field("设备时间", required=True)
    received_at: Mapped[datetime] = field("到达时间", required=True)
    lon: Mapped[float] = field("经度", required=True, unit="°")
    lat: Mapped[float] = field("纬度", required=True, unit="°")
    speed_kmh: Mapped[float] = field("速度", required=True, unit="km/h")
    heading_deg: Mapped[int] = field("方向", required=True, unit="°")
    altitude_m: Mapped[int] = field("高程", required=True, unit="m")
    alarm_bits: Mapped[int] = field("报警位", BigInteger, required=True)
    status_bits: Mapped[int] = field("状态位", BigInteger, required=True)
    mileage_km: Mapped[float | None] = field("里程", unit="km")
    is_fixed: Mapped[bool] = field("已定位", required=True)
    # Not indexed: an index here would cost every update, and the table has one row a source.
    changed_at: Mapped[datetime] = field("变化时间", required=True)
