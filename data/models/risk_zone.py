"""风险四色图: the zones of enterprises, what belongs to each, the rules by which they get their colour, and every colour they had."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, SmallInteger, String, Table, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.choices.risks import RISK_EFFECTS, RISK_LEVELS
from data.fields import FileSlot, field
from data.models.base import Base, Record
from data.models.installation import Installation, Tank
from data.models.organisation import Enterprise
from data.models.risk import RiskObject, RiskUnit
from data.rules import entries
from data.rules.risk_colour import KIND_CHOICES

zone_object = Table(
    "risk_zone_object",
    Base.metadata,
    Column("zone_id", ForeignKey("risk_zone.id", ondelete="CASCADE"), primary_key=True),
    Column("risk_object_id", ForeignKey("risk_object.id", ondelete="CASCADE"), primary_key=True),
)
zone_unit = Table(
    "risk_zone_unit",
    Base.metadata,
    Column("zone_id", ForeignKey("risk_zone.id", ondelete="CASCADE"), primary_key=True),
    Column("risk_unit_id", ForeignKey("risk_unit.id", ondelete="CASCADE"), primary_key=True),
)
zone_installation = Table(
    "risk_zone_installation",
    Base.metadata,
    Column("zone_id", ForeignKey("risk_zone.id", ondelete="CASCADE"), primary_key=True),
    Column("installation_id", ForeignKey("installation.id", ondelete="CASCADE"), primary_key=True),
)
zone_tank = Table(
    "risk_zone_tank",
    Base.metadata,
    Column("zone_id", ForeignKey("risk_zone.id", ondelete="CASCADE"), primary_key=True),
    Column("tank_id", ForeignKey("tank.id", ondelete="CASCADE"), primary_key=True),
)


class RiskPlan(Record):
    """A plan picture of an enterprise (平面图), laid on the map by two of its points: a turn, a scale and a shift.

    The places of the two points in the picture are percent of its width from the left and of its height from the top. A plan
    without all of them waits for somebody to point them out; the map leaves it out.
    """

    __tablename__ = "risk_plan"
    __title__ = "平面图"
    __found_by__ = ("enterprise",)
    __files__ = (FileSlot("picture", "图片", required=True, most=1, is_photo=True),)
    enterprise_id: Mapped[int] = field("企业", ForeignKey("enterprise.id"), required=True, index=True)
    name: Mapped[str] = field("名称", String(100), required=True, search=True)
    first_x: Mapped[float | None] = field("点一横向", unit="%", help="距图片左边", check=entries.percent)
    first_y: Mapped[float | None] = field("点一纵向", unit="%", help="距图片上边", check=entries.percent)
    lon: Mapped[float | None] = field("点一经度", unit="°", check=entries.longitude)
    lat: Mapped[float | None] = field("点一纬度", unit="°", check=entries.latitude)
    second_x: Mapped[float | None] = field("点二横向", unit="%", help="距图片左边", check=entries.percent)
    second_y: Mapped[float | None] = field("点二纵向", unit="%", help="距图片上边", check=entries.percent)
    second_lon: Mapped[float | None] = field("点二经度", unit="°", check=entries.longitude)
    second_lat: Mapped[float | None] = field("点二纬度", unit="°", check=entries.latitude)

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)

    @property
    def points(self) -> list[list[float]]:
        """Both points as (share of width, share of height, longitude, latitude); empty while one is not known whole."""
        found = (self.first_x, self.first_y, self.lon, self.lat), (self.second_x, self.second_y, self.second_lon, self.second_lat)
        known = [[x / 100, y / 100, lon, lat] for x, y, lon, lat in found if x is not None and y is not None and lon is not None and lat is not None]
        return known if len(known) == len(found) else []

    @property
    def is_located(self) -> bool:
        """Whether both points are known on the picture and on the map."""
        return bool(self.points)


class RiskZone(Record):
    """An area of an enterprise that has a colour of its own. The one that ``is_whole`` is the enterprise's plot: what belongs to no
    other zone belongs to it, and without an outline of its own it has the enterprise's. A risk object with a polygon has a zone by
    itself (``object_id``), with that polygon as long as nobody draws another."""

    __tablename__ = "risk_zone"
    __title__ = "风险区域"
    __table_args__ = (
        Index("uq_risk_zone_whole", "enterprise_id", unique=True, postgresql_where=text("is_whole AND deleted_at IS NULL")),
        Index("uq_risk_zone_object", "object_id", unique=True, postgresql_where=text("deleted_at IS NULL")),
    )
    __found_by__ = ("enterprise",)
    enterprise_id: Mapped[int] = field("企业", ForeignKey("enterprise.id"), required=True, index=True)
    name: Mapped[str] = field("区域名称", String(100), required=True, search=True)
    is_whole: Mapped[bool] = field("全厂", required=True, default=False, server_default="false", help="没有划入其他区域的都算在内")
    object_id: Mapped[int | None] = field("风险分析对象", ForeignKey("risk_object.id"), help="由该对象自动建立")
    outline: Mapped[dict[str, Any] | None] = field("范围", JSONB, kind="polygon", help="在地图上画出；全厂区域不画即为厂区范围")
    person: Mapped[str | None] = field("责任人", String(40), search=True)
    phone: Mapped[str | None] = field("联系电话", String(30), kind="phone")
    remark: Mapped[str | None] = field("备注", String(300))

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    risk_object: Mapped[RiskObject | None] = relationship(lazy="joined")
    objects: Mapped[list[RiskObject]] = relationship(secondary=zone_object, order_by=RiskObject.name, lazy="selectin", info={"label": "风险分析对象"})
    units: Mapped[list[RiskUnit]] = relationship(secondary=zone_unit, order_by=RiskUnit.name, lazy="selectin", info={"label": "风险分析单元"})
    installations: Mapped[list[Installation]] = relationship(secondary=zone_installation, order_by=Installation.code, lazy="selectin", info={"label": "重大危险源"})
    tanks: Mapped[list[Tank]] = relationship(secondary=zone_tank, order_by=Tank.code, lazy="selectin", info={"label": "储罐"})


class RiskRule(Record):
    """A line of the table by which zones get their colour. A saved change makes a new ``RiskRuleVersion``."""

    __tablename__ = "risk_rule"
    __title__ = "动态风险规则"
    kind: Mapped[str] = field("情形", String(30), required=True, choices=KIND_CHOICES)
    threshold: Mapped[int] = field("达到", required=True, default=0, server_default="0", help="持续多久或有多少项起算，单位见列表", check=entries.not_negative)
    effect: Mapped[str] = field("作用", String(10), required=True, choices=RISK_EFFECTS, default="none")
    is_active: Mapped[bool] = field("启用", required=True, default=True, server_default="true")
    remark: Mapped[str | None] = field("说明", String(200))

    @property
    def title(self) -> str:
        """What a person would call it."""
        return next(one.word for one in KIND_CHOICES if one.code == self.kind)


class RiskRuleVersion(Base):
    """The rules as they were in force from ``at`` on; never changed. ``id`` is the number of the version."""

    __tablename__ = "risk_rule_version"
    __title__ = "规则版本"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, info={"label": "版本"})
    at: Mapped[datetime] = field("生效时间", required=True)
    rules: Mapped[list[list[Any]]] = field("规则", JSONB, required=True, help="[情形, 达到, 作用]")
    user_name: Mapped[str] = field("修改人", String(60), required=True)


class ZoneColour(Base):
    """One colour that a zone had, from ``begins_at`` until ``ends_at`` (None: it has it now), and all reasons for it.

    A further row is written whenever the reasons change too, so that every minute of the past can be told with its reasons.
    ``before`` is the level that the zone had until then, None for its first row.
    """

    __tablename__ = "zone_colour"
    __title__ = "区域颜色"
    __table_args__ = (
        Index("uq_zone_colour_now", "zone_id", unique=True, postgresql_where=text("ends_at IS NULL")),
        Index("ix_zone_colour_zone", "zone_id", "begins_at"),
        Index("ix_zone_colour_ends_at", "ends_at"),
        Index("ix_zone_colour_enterprise", "enterprise_id", "begins_at"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    zone_id: Mapped[int] = field("区域", ForeignKey("risk_zone.id"), required=True)
    enterprise_id: Mapped[int] = field("企业", ForeignKey("enterprise.id"), required=True)
    level: Mapped[int] = field("风险等级", SmallInteger, required=True, choices=RISK_LEVELS)
    before: Mapped[int | None] = field("此前等级", SmallInteger, choices=RISK_LEVELS)
    level_since: Mapped[datetime] = field("此等级起", required=True)
    begins_at: Mapped[datetime] = field("起", required=True)
    ends_at: Mapped[datetime | None] = field("止")
    reasons: Mapped[list[dict[str, Any]]] = field("原因", JSONB, required=True)
    mark: Mapped[str] = field("标记", String(32), required=True, help="同样的原因有同样的标记")
    rule_version: Mapped[int] = field("规则版本", BigInteger, required=True)
