"""Time series, latest values and refused messages. Written by ingest in bulk, so these are not business records.

``reading`` and ``position`` are partitioned by day; ``data.telemetry`` makes and drops the partitions.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, SmallInteger, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.choices.monitoring import REFUSALS
from data.fields import field
from data.models.base import Base


class Reading(Base):
    """One value of one point. ``quality`` is OPC style: 192 good, 64 uncertain (clock replaced), 0 bad (out of range)."""

    __tablename__ = "reading"
    __table_args__ = {"postgresql_partition_by": "RANGE (ts)"}
    point_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    ts: Mapped[datetime] = field("采集时间", primary_key=True, required=True)
    value: Mapped[float] = field("数值", required=True)
    quality: Mapped[int] = field("质量", SmallInteger, required=True)


class Position(Base):
    """One position of one terminal. ``serial`` is the message's serial number plus 65536 x its place in a batch (0x0704),
    so that a message sent again falls on the same key and is dropped."""

    __tablename__ = "position"
    __table_args__ = {"postgresql_partition_by": "RANGE (ts)"}
    terminal_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    ts: Mapped[datetime] = field("设备时间", primary_key=True, required=True)
    serial: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    received_at: Mapped[datetime] = field("到达时间", required=True)
    lon: Mapped[float] = field("经度", required=True, unit="°")
    lat: Mapped[float] = field("纬度", required=True, unit="°")
    speed_kmh: Mapped[float] = field("速度", required=True, unit="km/h")
    heading_deg: Mapped[int] = field("方向", SmallInteger, required=True, unit="°")
    altitude_m: Mapped[int] = field("高程", SmallInteger, required=True, unit="m")
    alarm_bits: Mapped[int] = field("报警位", BigInteger, required=True)
    status_bits: Mapped[int] = field("状态位", BigInteger, required=True)
    flags: Mapped[int] = field("标志", SmallInteger, required=True, help="1 未定位，2 补传，4 时钟异常，8 漂移")
    items: Mapped[dict[str, Any] | None] = field("附加信息", JSONB)


class LatestReading(Base):
    """The newest value of a point; ``state`` is its alarm state: empty, low_low, low, high, high_high."""

    __tablename__ = "latest_reading"
    __table_args__ = {"postgresql_with": {"fillfactor": "50"}}
    point_id: Mapped[int] = mapped_column(
        ForeignKey("point.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    ts: Mapped[datetime] = field("采集时间", required=True)
    received_at: Mapped[datetime] = field("到达时间", required=True)
    value: Mapped[float] = field("数值", required=True)
    quality: Mapped[int] = field("质量", SmallInteger, required=True)
    state: Mapped[str] = field("报警状态", String(12), required=True, default="")
    # Not indexed: an index here would cost every update, and the table has one row a source.
    changed_at: Mapped[datetime] = field("变化时间", required=True)


class DeadLetter(Base):
    """Messages that were refused, counted by source, sender, reason and hour, with the newest one as a sample.

    Counted, not kept one by one: a broken gateway may send a thousand a second, and the disk must not fill.
    """

    __tablename__ = "dead_letter"
    __table_args__ = (UniqueConstraint("source", "peer", "reason", "hour"), Index("ix_dead_letter_last_at", "last_at"))
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    source: Mapped[str] = field("来源", String(10), required=True, help="mqtt、jt808")
    peer: Mapped[str] = field("发送方", String(200), required=True, search=True, help="主题或终端与地址")
    reason: Mapped[str] = field("原因", String(30), required=True, choices=REFUSALS)
    detail: Mapped[str] = field("说明", String(500), required=True, search=True)
    hour: Mapped[datetime] = field("小时", required=True)
    count: Mapped[int] = field("条数", BigInteger, required=True, unit="条")
    first_at: Mapped[datetime] = field("首次", required=True)
    last_at: Mapped[datetime] = field("最近", required=True)
    sample: Mapped[bytes] = field("样本", LargeBinary, required=True, help="最近一条的前 2 048 字节")
