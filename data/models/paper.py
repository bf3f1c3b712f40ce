"""文书: numbers without a gap, the park's own templates, and the documents that were made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.fields import FileSlot, field
from data.models.account import User
from data.models.base import Base, Record


class NumberSeries(Base):
    """The last number that was given out in a series in a year. Its row is locked while a number is taken, so none is lost."""

    __tablename__ = "number_series"
    __table_args__ = (UniqueConstraint("series", "year"),)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    series: Mapped[str] = field("编号规则", String(40), required=True)
    year: Mapped[int] = field("年度", required=True)
    last: Mapped[int] = field("最后编号", required=True, default=0)


class PaperTemplate(Record):
    """A Word template that the park put in the place of the one that comes with the platform."""

    __tablename__ = "paper_template"
    __title__ = "文书模板"
    __files__ = (FileSlot("template", "模板文件", most=1),)
    kind: Mapped[str] = field("文书种类", String(40), required=True, unique=True)
    name: Mapped[str] = field("文书名称", String(100), required=True)
    pattern: Mapped[str] = field("文号格式", String(100), required=True, help="{year} 年度，{number} 序号，如 朝应急改〔{year}〕{number}号")


class Paper(Record):
    """A document that was made for a record, with its number; the file hangs on the record in its slot 文书."""

    __tablename__ = "paper"
    __title__ = "文书"
    __table_args__ = (Index("ix_paper_record", "table_name", "record_id"), UniqueConstraint("kind", "number"))
    kind: Mapped[str] = field("文书种类", String(40), required=True)
    number: Mapped[str] = field("文号", String(60), required=True, search=True)
    title: Mapped[str] = field("标题", String(200), required=True, search=True)
    table_name: Mapped[str] = field("对象类型", String(60), required=True)
    record_id: Mapped[int] = field("对象编号", BigInteger, required=True)
    attachment_id: Mapped[int | None] = field("文件", BigInteger)
    enterprise_id: Mapped[int | None] = field("企业", ForeignKey("enterprise.id"), index=True)
    made_at: Mapped[datetime] = field("制作时间", required=True)
    voided_at: Mapped[datetime | None] = field("作废时间")
    void_reason: Mapped[str | None] = field("作废原因", String(200))
    made_by_id: Mapped[int | None] = field("制作人", ForeignKey("user.id"))

    made_by: Mapped[User | None] = relationship(foreign_keys="Paper.made_by_id", viewonly=True)
