"""双重预防: what can go wrong at an enterprise and what keeps it from happening; 对象 → 单元 → 事件 → 措施.

Field names after the report format of the dual-prevention systems of the chemical industry. ``RiskObject.is_in_force`` says what counts: a tree
that an authority accepted. A change of it is a copy with ``revises_id`` and ``origin_id`` until it is accepted too (``data.risk_review``), so that
measures keep their ids, inspections and hidden dangers.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, SmallInteger, String, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, relationship

from data.choices.risks import (
    CYCLE_UNITS,
    MEASURE_CATEGORIES,
    MEASURE_KINDS,
    MEASURE_WAYS,
    RISK_CATEGORIES,
    RISK_FACTORS,
    RISK_LEVELS,
    RISK_METHODS,
    RISK_STATES,
)
from data.fields import FileSlot, field
from data.models.base import Base, Record
from data.models.enterprise_file import Process
from data.models.installation import Installation, Point, Tank
from data.models.organisation import Enterprise
from data.rules import entries

_LIVE = text("deleted_at IS NULL")
OBJECT_TANKS = Table(
    "risk_object_tank",
    Base.metadata,
    Column("risk_object_id", BigInteger, ForeignKey("risk_object.id", ondelete="CASCADE"), primary_key=True),
    Column("tank_id", BigInteger, ForeignKey("tank.id", ondelete="CASCADE"), primary_key=True),
)


class RiskMethod(Record):
    """An edition of a method of assessment, LS or LEC: its factors (``RiskFactor``) and its bands (``RiskBand``).

    An event keeps the edition by which it was assessed; one that is used is not changed, the next edition is made from it. One edition of each
    method is in force (``is_active``): new assessments use it.
    """

    __tablename__ = "risk_method"
    __title__ = "风险评价方法"
    __table_args__ = (UniqueConstraint("code", "edition"),)
    code: Mapped[str] = field("评价方法", String(10), required=True, choices=RISK_METHODS)
    edition: Mapped[str] = field("版本", String(40), required=True, search=True)
    name: Mapped[str] = field("名称", String(100), required=True, search=True)
    basis: Mapped[str | None] = field("依据", String(300), search=True)
    valid_from: Mapped[date | None] = field("启用日期")
    is_active: Mapped[bool] = field("使用中", required=True, default=False, server_default="false", help="每种方法只有一个版本使用中，新的评价按它计算")
    remark: Mapped[str | None] = field("说明", Text, kind="long")


class RiskFactor(Record):
    """One value that a factor of the method may take: L 3 “可能，但不经常”."""

    __tablename__ = "risk_factor"
    __title__ = "因素取值"
    __part_of__ = "method_id"
    method_id: Mapped[int] = field("评价方法", ForeignKey("risk_method.id"), required=True, index=True)
    factor: Mapped[str] = field("因素", String(10), required=True, choices=RISK_FACTORS)
    score: Mapped[float] = field("分值", required=True, check=entries.not_negative)
    name: Mapped[str] = field("判定", String(200), required=True)

    @property
    def title(self) -> str:
        """What a person would call it."""
        return f"{self.factor} {self.score:g} {self.name}"


class RiskBand(Record):
    """From which score on a risk has a level: ``score > floor``, or ``>=`` where the band ``takes_floor``. The lowest band has floor 0."""

    __tablename__ = "risk_band"
    __title__ = "分级标准"
    __part_of__ = "method_id"
    method_id: Mapped[int] = field("评价方法", ForeignKey("risk_method.id"), required=True, index=True)
    floor: Mapped[float] = field("下限", required=True, check=entries.not_negative)
    takes_floor: Mapped[bool] = field("含下限", required=True, default=True, server_default="true")
    level: Mapped[int] = field("风险等级", SmallInteger, required=True, choices=RISK_LEVELS)
    name: Mapped[str | None] = field("含义", String(100))

    @property
    def title(self) -> str:
        """What a person would call it."""
        return f"{'≥' if self.takes_floor else '>'} {self.floor:g}"


class RiskObject(Record):
    """风险分析对象: a plant, a tank farm, a place or an activity of an enterprise whose risks are analysed; reviewed with its whole tree.

    ``state`` is the node of the workflow ``risk_object``. ``is_in_force`` is true from acceptance on, and for a revision never: what it
    changes is then written into the object that it ``revises``.
    """

    __tablename__ = "risk_object"
    __title__ = "风险分析对象"
    __table_args__ = (
        *(Index(f"ix_risk_object_{name}_id", name, "id", postgresql_where=_LIVE) for name in ("enterprise_id", "state", "category")),
        Index("ix_risk_object_in_force", "enterprise_id", "id", postgresql_where=text("is_in_force AND deleted_at IS NULL")),
    )
    __found_by__ = ("enterprise",)
    __files__ = (FileSlot("photo", "现场照片", most=9, is_photo=True), FileSlot("other", "其他", most=10))
    enterprise_id: Mapped[int] = field("企业名称", ForeignKey("enterprise.id"), required=True)
    name: Mapped[str] = field("对象名称", String(100), required=True, search=True)
    category: Mapped[str] = field("对象类别", String(20), required=True, choices=RISK_CATEGORIES, default="area")
    department_name: Mapped[str] = field("责任部门", String(60), required=True)
    person: Mapped[str] = field("责任人", String(40), required=True, search=True)
    phone: Mapped[str | None] = field("联系电话", String(30), kind="phone")
    place: Mapped[str | None] = field("位置", String(200), search=True)
    lon: Mapped[float | None] = field("经度", unit="°", kind="place", check=entries.longitude)
    lat: Mapped[float | None] = field("纬度", unit="°", check=entries.latitude)
    polygon: Mapped[dict[str, Any] | None] = field("范围", JSONB, kind="polygon", help="在图上画出的多边形，四色图按它着色")
    installation_id: Mapped[int | None] = field("重大危险源", ForeignKey("installation.id"), index=True)
    process_id: Mapped[int | None] = field("生产工艺", ForeignKey("process.id"))
    description: Mapped[str | None] = field("说明", Text, kind="long")
    state: Mapped[str] = field("状态", String(10), required=True, choices=RISK_STATES, default="draft")
    is_in_force: Mapped[bool] = field("已生效", required=True, default=False, server_default="false")
    accepted_at: Mapped[datetime | None] = field("审核通过时间")
    revises_id: Mapped[int | None] = field("变更的对象", ForeignKey("risk_object.id"), index=True)

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    installation: Mapped[Installation | None] = relationship(lazy="select")
    process: Mapped[Process | None] = relationship(lazy="select")
    revises: Mapped[RiskObject | None] = relationship(remote_side="RiskObject.id", lazy="select")
    tanks: Mapped[list[Tank]] = relationship(secondary=OBJECT_TANKS, info={"label": "储罐"})


class RiskUnit(Record):
    """风险分析单元: a part of an object, with the place (``place_code`` in its QR code) where its measures are inspected."""

    __tablename__ = "risk_unit"
    __title__ = "风险分析单元"
    __table_args__ = (Index("ix_risk_unit_enterprise_id_id", "enterprise_id", "id", postgresql_where=_LIVE),)
    __found_by__ = ("enterprise", "risk_object")
    enterprise_id: Mapped[int] = field("企业名称", ForeignKey("enterprise.id"), required=True)
    object_id: Mapped[int] = field("风险分析对象", ForeignKey("risk_object.id"), required=True, index=True)
    name: Mapped[str] = field("单元名称", String(100), required=True, search=True)
    department_name: Mapped[str | None] = field("责任部门", String(60), help="不填即对象的责任部门")
    person: Mapped[str | None] = field("责任人", String(40), search=True, help="不填即对象的责任人")
    place: Mapped[str | None] = field("巡检点", String(200), search=True, help="贴二维码的位置")
    place_code: Mapped[str] = field("巡检点编码", String(24), required=True, unique=True, help="二维码中的编码，自动生成")
    origin_id: Mapped[int | None] = field("变更的单元", ForeignKey("risk_unit.id"), index=True)

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    risk_object: Mapped[RiskObject] = relationship(lazy="joined", innerjoin=True)


class RiskEvent(Record):
    """风险事件: what may happen in a unit, assessed twice by one edition of LS or LEC: without measures (固有) and with them (现状).

    Factors are kept beside score and level. ``severity`` is S of LS and C of LEC; ``exposure`` (E) is LEC's only. Levels: 1 重大 … 4 低.
    """

    __tablename__ = "risk_event"
    __title__ = "风险事件"
    __table_args__ = (
        Index("ix_risk_event_enterprise_id_id", "enterprise_id", "id", postgresql_where=_LIVE),
        Index("ix_risk_event_present_level_id", "present_level", "id", postgresql_where=_LIVE),
        Index("ix_risk_event_object_id_level", "object_id", "present_level", postgresql_where=_LIVE),
    )
    __found_by__ = ("enterprise", "risk_object", "unit")
    enterprise_id: Mapped[int] = field("企业名称", ForeignKey("enterprise.id"), required=True)
    object_id: Mapped[int] = field("风险分析对象", ForeignKey("risk_object.id"), required=True)
    unit_id: Mapped[int] = field("风险分析单元", ForeignKey("risk_unit.id"), required=True, index=True)
    name: Mapped[str] = field("风险事件", String(200), required=True, search=True)
    accident: Mapped[str] = field("事故类型", String(40), required=True, dictionary="accident_kind")
    other_accidents: Mapped[str | None] = field("其他事故类型", String(200), help="几种时用顿号隔开")
    consequence: Mapped[str | None] = field("可能后果", String(500))
    method: Mapped[str] = field("评价方法", String(10), required=True, choices=RISK_METHODS, default="LS")
    edition_id: Mapped[int] = field("方法版本", ForeignKey("risk_method.id"), required=True, index=True)
    inherent_likelihood: Mapped[float] = field("固有可能性 L", required=True)
    inherent_exposure: Mapped[float | None] = field("固有暴露 E")
    inherent_severity: Mapped[float] = field("固有严重性 S/C", required=True)
    inherent_score: Mapped[float] = field("固有风险值", required=True)
    inherent_level: Mapped[int] = field("固有风险等级", SmallInteger, required=True, choices=RISK_LEVELS)
    present_likelihood: Mapped[float] = field("现状可能性 L", required=True)
    present_exposure: Mapped[float | None] = field("现状暴露 E")
    present_severity: Mapped[float] = field("现状严重性 S/C", required=True)
    present_score: Mapped[float] = field("现状风险值", required=True)
    present_level: Mapped[int] = field("现状风险等级", SmallInteger, required=True, choices=RISK_LEVELS)
    department_name: Mapped[str | None] = field("责任部门", String(60), help="不填即单元的责任部门")
    person: Mapped[str | None] = field("责任人", String(40), search=True, help="不填即单元的责任人")
    origin_id: Mapped[int | None] = field("变更的事件", ForeignKey("risk_event.id"), index=True)

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    risk_object: Mapped[RiskObject] = relationship(lazy="joined", innerjoin=True)
    unit: Mapped[RiskUnit] = relationship(lazy="joined", innerjoin=True)
    edition: Mapped[RiskMethod] = relationship(lazy="select")


class RiskMeasure(Record):
    """管控措施: what keeps an event from happening, watched by a live point or inspected by a person in a cycle."""

    __tablename__ = "risk_measure"
    __title__ = "风险管控措施"
    __table_args__ = (
        Index("ix_risk_measure_enterprise_id_id", "enterprise_id", "id", postgresql_where=_LIVE),
        Index("ix_risk_measure_object_id_way", "object_id", "way", postgresql_where=_LIVE),
        Index("ix_risk_measure_point_id", "point_id", postgresql_where=text("point_id IS NOT NULL")),
    )
    __found_by__ = ("enterprise", "risk_object", "unit", "event")
    enterprise_id: Mapped[int] = field("企业名称", ForeignKey("enterprise.id"), required=True)
    object_id: Mapped[int] = field("风险分析对象", ForeignKey("risk_object.id"), required=True)
    unit_id: Mapped[int] = field("风险分析单元", ForeignKey("risk_unit.id"), required=True, index=True)
    event_id: Mapped[int] = field("风险事件", ForeignKey("risk_event.id"), required=True, index=True)
    name: Mapped[str] = field("管控措施", String(500), required=True, search=True)
    kind: Mapped[str] = field("措施类别", String(20), required=True, choices=MEASURE_KINDS, default="engineering")
    category: Mapped[str | None] = field("措施分类", String(10), choices=MEASURE_CATEGORIES, help="上报格式中的二级分类")
    way: Mapped[str] = field("管控方式", String(10), required=True, choices=MEASURE_WAYS, default="manual")
    point_id: Mapped[int | None] = field("监测点", ForeignKey("point.id"), help="自动化监控的措施填写：它报警即措施失效")
    makes_danger: Mapped[bool] = field("失效即生成隐患", required=True, default=True, server_default="true", help="自动化监控的措施：监测点报警时自动登记隐患")
    content: Mapped[str | None] = field("排查内容", String(500), search=True, help="人工巡检的措施填写")
    cycle_count: Mapped[int | None] = field("巡检周期", SmallInteger, help="每几小时、天、周、月", check=entries.not_negative)
    cycle_unit: Mapped[str | None] = field("周期单位", String(10), choices=CYCLE_UNITS)
    person: Mapped[str | None] = field("巡检人", String(40), search=True, help="不填即事件的责任人")
    is_active: Mapped[bool] = field("使用中", required=True, default=True, server_default="true", help="停用的措施不产生巡检任务")
    origin_id: Mapped[int | None] = field("变更的措施", ForeignKey("risk_measure.id"), index=True)

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    risk_object: Mapped[RiskObject] = relationship(lazy="joined", innerjoin=True)
    unit: Mapped[RiskUnit] = relationship(lazy="joined", innerjoin=True)
    event: Mapped[RiskEvent] = relationship(lazy="joined", innerjoin=True)
    point: Mapped[Point | None] = relationship(lazy="select")
