"""Readings in small: one row a point and minute, and one a point and hour. Made by ``data.rollups`` from ``reading``, never by hand."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Identity, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from data.fields import field
from data.models.base import Base


class _Summary:
    """What is kept of the values of one span; values whose quality is bad are left out, as in a curve."""

    point_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    ts: Mapped[datetime] = field("开始", primary_key=True, required=True)
    low: Mapped[float] = field("最小", required=True)
    high: Mapped[float] = field("最大", required=True)
    total: Mapped[float] = field("合计", required=True)
    samples: Mapped[int] = field("个数", required=True)
    first_value: Mapped[float] = field("首值", required=True)
    last_value: Mapped[float] = field("末值", required=True)
    last_at: Mapped[datetime] = field("末值时间", required=True)


class ReadingMinute(_Summary, Base):
    """One minute of one point, partitioned by month."""

    __tablename__ = "reading_minute"
    __table_args__ = {"postgresql_partition_by": "RANGE (ts)"}


class ReadingHour(_Summary, Base):
    """One hour of one point, partitioned by year."""

    __tablename__ = "reading_hour"
    __table_args__ = {"postgresql_partition_by": "RANGE (ts)"}


class RollupMark(Base):
    """Says that values of these whole minutes were written and are not summed up yet.

    Written in the transaction of the values themselves, taken away in the one that sums up: nothing is forgotten, whenever a
    process dies, and a span that is summed up once more only gets the same sums. Without ``point_ids`` it is all points.
    """

    __tablename__ = "rollup_mark"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    since: Mapped[datetime] = field("自", required=True)
    until: Mapped[datetime] = field("至", required=True)
    point_ids: Mapped[list[int] | None] = field("监测点", ARRAY(BigInteger))


class RollupState(Base):
    """How far the sums go (one row): curves take them until there, and the values themselves after it."""

    __tablename__ = "rollup_state"
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    minute_until: Mapped[datetime] = field("分钟汇总至", required=True)
    hour_until: Mapped[datetime] = field("小时汇总至", required=True)
