"""What is known of a major hazard installation besides itself: its media, identifications, risk assessments, plans and drills."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, relationship

from data.choices import Choice
from data.choices.risks import DRILL_WAYS, HAZARD_LEVELS, PLAN_KINDS, PLAN_STATES, RISK_LEVELS
from data.fields import FileSlot, field
from data.models.account import User
from data.models.base import Record
from data.models.installation import Installation
from data.models.organisation import Department, Enterprise
from data.rules import entries
from data.rules.gb18218_tables import table1, table2

TABLE_ROWS = tuple(Choice(str(one.row), f"{one.row} {one.name}") for one in table1())
HAZARD_CLASSES = tuple(Choice(one.symbol, f"{one.symbol} {one.hazard}：{one.condition}") for one in table2().values())


class HazardMedium(Record):
    """A substance in an installation with its design maximum, as an identification begins with it. By ``table_row`` of table 1 of
    GB 18218-2018, or by ``hazard_class`` of table 2; ``beta_class`` is the symbol of table 4 where table 3 has no β."""

    __tablename__ = "hazard_medium"
    __title__ = "介质"
    __part_of__ = "installation_id"
    __found_by__ = ("enterprise",)
    enterprise_id: Mapped[int] = field("企业", ForeignKey("enterprise.id"), required=True, index=True)
    installation_id: Mapped[int] = field("重大危险源", ForeignKey("installation.id"), required=True, index=True)
    name: Mapped[str] = field("介质", String(60), required=True, search=True)
    table_row: Mapped[int | None] = field("表1 品名", choices=TABLE_ROWS)
    hazard_class: Mapped[str | None] = field("表2 类别", String(5), choices=HAZARD_CLASSES)
    beta_class: Mapped[str | None] = field("表4 类别", String(5), choices=HAZARD_CLASSES)
    quantity_t: Mapped[float] = field("设计最大量", required=True, unit="t", check=entries.not_negative)
    is_mixture: Mapped[bool] = field("混合物", required=True, default=False, server_default="false")

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    installation: Mapped[Installation] = relationship(lazy="joined", innerjoin=True)


class Identification(Record):
    """One identification and grading (辨识与分级): a snapshot that is never changed. ``substances`` are what was entered, ``result``
    the exact figures as text and the working, ``standard`` the version of the tables that was used."""

    __tablename__ = "identification"
    __title__ = "辨识记录"
    __part_of__ = "installation_id"
    __found_by__ = ("enterprise",)
    __table_args__ = (Index("ix_identification_installation_id_identified_at", "installation_id", "identified_at"),)
    __files__ = (FileSlot("paper", "文书", most=5, is_made=True),)
    enterprise_id: Mapped[int] = field("企业", ForeignKey("enterprise.id"), required=True, index=True)
    installation_id: Mapped[int] = field("重大危险源", ForeignKey("installation.id"), required=True)
    name: Mapped[str] = field("名称", String(100), required=True, search=True)
    identified_at: Mapped[datetime] = field("辨识时间", required=True)
    identified_by_id: Mapped[int | None] = field("辨识人", ForeignKey("user.id"))
    standard: Mapped[str] = field("依据", String(60), required=True)
    people: Mapped[int] = field("厂外 500 m 常住人口", required=True, unit="人")
    s: Mapped[float] = field("S", required=True)
    r: Mapped[float | None] = field("R")
    level: Mapped[int | None] = field("级别", choices=HAZARD_LEVELS)
    substances: Mapped[list[dict[str, Any]]] = field("危险化学品", JSONB, required=True)
    result: Mapped[dict[str, Any]] = field("计算过程", JSONB, required=True)
    remark: Mapped[str | None] = field("说明", String(300))

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    installation: Mapped[Installation] = relationship(lazy="joined", innerjoin=True)
    identified_by: Mapped[User | None] = relationship(foreign_keys="Identification.identified_by_id", viewonly=True)

    @property
    def supervisor(self) -> Department | None:
        """The office in whose name a document about it goes out."""
        return self.enterprise.department


class RiskAssessment(Record):
    """A semi-quantitative risk assessment (LEC) of an installation, kept as it was made: its events are ``AssessedEvent``s, ``score`` and
    ``level`` those of the gravest, ``working`` how they came about, ``method`` the edition in words. One that was made before editions
    were kept names none."""

    __tablename__ = "risk_assessment"
    __title__ = "风险评估"
    __part_of__ = "installation_id"
    __found_by__ = ("enterprise", "installation")
    __files__ = (FileSlot("report", "评估报告", most=5),)
    enterprise_id: Mapped[int] = field("企业", ForeignKey("enterprise.id"), required=True, index=True)
    installation_id: Mapped[int] = field("重大危险源", ForeignKey("installation.id"), required=True, index=True)
    name: Mapped[str] = field("评估名称", String(100), required=True, search=True)
    assessed_on: Mapped[date] = field("评估日期", required=True)
    assessor: Mapped[str] = field("评估人", String(60), required=True)
    method: Mapped[str] = field("方法", String(150), required=True, default="")
    edition_id: Mapped[int | None] = field("方法版本", ForeignKey("risk_method.id"), index=True)
    score: Mapped[float | None] = field("最高 D 值")
    level: Mapped[int | None] = field("风险等级", choices=RISK_LEVELS)
    working: Mapped[list[str] | None] = field("计算过程", JSONB)
    conclusion: Mapped[str | None] = field("结论与措施", Text, kind="long")

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    installation: Mapped[Installation] = relationship(lazy="joined", innerjoin=True)


class AssessedEvent(Record):
    """One thing that may happen, with its three factors as values of the assessment's edition of LEC."""

    __tablename__ = "assessed_event"
    __title__ = "风险事件"
    __part_of__ = "assessment_id"
    enterprise_id: Mapped[int] = field("企业", ForeignKey("enterprise.id"), required=True, index=True)
    assessment_id: Mapped[int] = field("风险评估", ForeignKey("risk_assessment.id"), required=True, index=True)
    name: Mapped[str] = field("风险事件", String(100), required=True)
    likelihood: Mapped[float] = field("可能性 L", required=True)
    exposure: Mapped[float] = field("暴露频率 E", required=True)
    consequence: Mapped[float] = field("后果 C", required=True)
    measures: Mapped[str | None] = field("现有控制措施", String(300))


class InstallationPlan(Record):
    """An emergency plan of an installation in one edition. The dates that fall due follow from the others (``data.rules.plan_cycles``)
    and are set whenever the plan or a drill of it is saved (``data.hazard_plans``)."""

    __tablename__ = "installation_plan"
    __title__ = "应急预案"
    __part_of__ = "installation_id"
    __found_by__ = ("enterprise", "installation")
    __files__ = (FileSlot("plan", "预案文本", most=5), FileSlot("review", "评审、评估材料", most=10))
    enterprise_id: Mapped[int] = field("企业", ForeignKey("enterprise.id"), required=True, index=True)
    installation_id: Mapped[int] = field("重大危险源", ForeignKey("installation.id"), required=True, index=True)
    name: Mapped[str] = field("预案名称", String(100), required=True, search=True)
    kind: Mapped[str] = field("预案类型", String(20), required=True, choices=PLAN_KINDS)
    edition: Mapped[int] = field("版次", required=True, default=1, server_default="1")
    state: Mapped[str] = field("状态", String(20), required=True, choices=PLAN_STATES, default="current", server_default="current")
    compiled_by: Mapped[str | None] = field("编制单位", String(100))
    published_on: Mapped[date] = field("发布日期", required=True)
    filing_number: Mapped[str | None] = field("备案号", String(60), search=True)
    filed_on: Mapped[date | None] = field("备案日期", help="公布之日起 20 个工作日内备案")
    filing_due_on: Mapped[date | None] = field("备案期限")
    reviewed_on: Mapped[date | None] = field("最近评估", help="每三年至少评估一次")
    review_due_on: Mapped[date | None] = field("下次评估")
    last_drilled_on: Mapped[date | None] = field("最近演练")
    drill_due_on: Mapped[date | None] = field("下次演练")
    remark: Mapped[str | None] = field("备注", Text, kind="long")

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    installation: Mapped[Installation] = relationship(lazy="joined", innerjoin=True)


class PlanDrill(Record):
    """A drill of a plan: what was practised, by how many, what was found and what became of it."""

    __tablename__ = "plan_drill"
    __title__ = "应急演练"
    __part_of__ = "plan_id"
    __found_by__ = ("enterprise", "plan")
    __files__ = (FileSlot("record", "演练方案、记录", most=10), FileSlot("photo", "现场照片", most=9, is_photo=True))
    enterprise_id: Mapped[int] = field("企业", ForeignKey("enterprise.id"), required=True, index=True)
    plan_id: Mapped[int] = field("应急预案", ForeignKey("installation_plan.id"), required=True, index=True)
    name: Mapped[str] = field("演练名称", String(100), required=True, search=True)
    way: Mapped[str] = field("演练形式", String(20), required=True, choices=DRILL_WAYS)
    held_on: Mapped[date] = field("演练日期", required=True)
    place: Mapped[str | None] = field("地点", String(100))
    people_count: Mapped[int | None] = field("参演人数", unit="人", check=entries.not_negative)
    evaluation: Mapped[str | None] = field("评估意见", Text, kind="long")
    findings: Mapped[str | None] = field("发现的问题", Text, kind="long")
    rectified_on: Mapped[date | None] = field("整改完成日期")

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    plan: Mapped[InstallationPlan] = relationship(lazy="joined", innerjoin=True)
