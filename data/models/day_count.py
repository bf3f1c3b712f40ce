"""What happened on each day, counted once: what dashboards compare a day or a month with. Made by ``data.day_counts``, never by hand."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from data.fields import field
from data.models.base import Base


class DayCount(Base):
    """How much of a figure (``data.day_figures``) one day brought one enterprise; 0 stands for no enterprise.

    Of what happens it is how often; of what stands it is the change: begun less ended, so that the sum until a day is what stood then.
    """

    __tablename__ = "day_count"
    __title__ = "每日计数"
    figure: Mapped[str] = mapped_column(String(30), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    count: Mapped[int] = field("数量", required=True)


class DayCountCheck(Base):
    """When the counts were last held against the rows they were made of (one row), and how many of past days had to be put right."""

    __tablename__ = "day_count_check"
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = field("核对时间", required=True)
    corrected: Mapped[int] = field("更正", required=True)
