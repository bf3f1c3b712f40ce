"""隐患: what was found wrong, how it is put right, and what enterprises report about it period by period.

Called hidden dangers in code, because 重大危险源 (``Installation``) is the "hazard" of GB 18218.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from data.choices.dangers import (
    HIDDEN_KINDS,
    HIDDEN_LEVELS,
    HIDDEN_SOURCES,
    HIDDEN_STATES,
    HIDDEN_TREATMENTS,
    REPORT_CYCLES,
    REPORT_STATES,
    STANDARD_STATES_OWN,
    SUPERVISION_LEVELS,
)
from data.fields import FileSlot, field
from data.models.account import User
from data.models.alarm import Alarm
from data.models.base import Record
from data.models.inspection import InspectionRecord
from data.models.organisation import Department, Enterprise, UnitType
from data.models.risk import RiskMeasure
from data.rules import entries

_LIVE = text("deleted_at IS NULL")
_OPEN = text("deleted_at IS NULL AND closed_on IS NULL")


class MajorCriterion(Record):
    """A criterion by which a hidden danger is a major one. Editions are kept: a decision names the one it was made by."""

    __tablename__ = "major_criterion"
    __title__ = "重大隐患判定标准"
    edition: Mapped[str] = field("判定文件", String(200), required=True, search=True)
    number: Mapped[int] = field("序号", required=True)
    name: Mapped[str] = field("判定情形", String(500), required=True, search=True)
    valid_from: Mapped[date | None] = field("实施日期")
    valid_until: Mapped[date | None] = field("废止日期")


class HiddenDanger(Record):
    """One hidden danger from finding to closing. ``closed_on`` is set when it is put right and accepted; until then it is open.

    Field names after the seed manual 2.1–2.3 and the report format of the dual-prevention systems; states are the nodes of the
    workflows ``general_danger`` and ``major_danger``. The lists' orders and filters have an index each, as those of ``Enterprise``;
    migration 0007 adds ``ix_hidden_danger_search`` on ``data.query.search_text(HiddenDanger)``.
    """

    __tablename__ = "hidden_danger"
    __title__ = "隐患"
    __table_args__ = (
        *(Index(f"ix_hidden_danger_{name}_id", name, "id", postgresql_where=_LIVE) for name in ("enterprise_id", "found_on", "state", "level", "source", "kind", "closed_on")),
        Index("ix_hidden_danger_deadline_on_id", "deadline_on", "id", postgresql_where=_LIVE),
        Index("ix_hidden_danger_open", "deadline_on", "id", postgresql_where=_OPEN, postgresql_include=["enterprise_id", "level", "state"]),
        *(Index(f"ix_hidden_danger_{name}_down", text(f"{name} DESC NULLS LAST"), text("id DESC"), postgresql_where=_LIVE) for name in ("deadline_on", "closed_on")),
        Index("uq_hidden_danger_number", "number", unique=True),
        *(Index(f"ix_hidden_danger_{name}", name, postgresql_where=text(f"{name} IS NOT NULL")) for name in ("measure_id", "inspection_id", "alarm_id")),
    )
    __found_by__ = ("enterprise",)
    __files__ = (
        FileSlot("before", "整改前照片", most=9, is_photo=True),
        FileSlot("after", "整改后照片", most=9, is_photo=True),
        FileSlot("plan", "整改方案", most=5),
        FileSlot("report", "阶段报告", most=10),
        FileSlot("paper", "文书", most=20, is_made=True),
        FileSlot("other", "其他", most=20),
    )
    number: Mapped[str | None] = field("编号", String(40), search=True, help="保存后自动生成")
    enterprise_id: Mapped[int] = field("企业名称", ForeignKey("enterprise.id"), required=True)
    name: Mapped[str] = field("隐患描述", String(300), required=True, search=True)
    place: Mapped[str | None] = field("隐患部位", String(200), search=True)
    level: Mapped[str] = field("隐患级别", String(10), required=True, choices=HIDDEN_LEVELS, default="general")
    source: Mapped[str] = field("隐患来源", String(20), required=True, choices=HIDDEN_SOURCES, default="self")
    kind: Mapped[str] = field("隐患类型", String(20), required=True, choices=HIDDEN_KINDS, default="safety")
    treatment: Mapped[str] = field("治理类型", String(20), required=True, choices=HIDDEN_TREATMENTS, default="by_deadline")
    state: Mapped[str] = field("状态", String(20), required=True, choices=HIDDEN_STATES, default="draft")
    found_on: Mapped[date] = field("发现日期", required=True)
    finder: Mapped[str | None] = field("登记人", String(40))
    report_id: Mapped[int | None] = field("上报期", ForeignKey("danger_report.id"), index=True)
    # 巡检发现
    measure_id: Mapped[int | None] = field("管控措施", ForeignKey("risk_measure.id"))
    inspection_id: Mapped[int | None] = field("巡检记录", ForeignKey("inspection_record.id"))
    alarm_id: Mapped[int | None] = field("监测报警", ForeignKey("alarm.id", ondelete="SET NULL"))
    # 重大隐患上报
    criterion_id: Mapped[int | None] = field("判定依据", ForeignKey("major_criterion.id"))
    cause: Mapped[str | None] = field("现状及产生原因", Text, kind="long")
    harm: Mapped[str | None] = field("危害程度", Text, kind="long")
    difficulty: Mapped[str | None] = field("整改难易程度分析", Text, kind="long")
    interim: Mapped[str | None] = field("临时防范措施", Text, kind="long")
    # 整改
    person: Mapped[str | None] = field("整改责任人", String(40), search=True)
    phone: Mapped[str | None] = field("联系电话", String(30), kind="phone")
    measures: Mapped[str | None] = field("整改措施", Text, kind="long")
    funds: Mapped[float | None] = field("整改资金", kind="money", check=entries.not_negative)
    deadline_on: Mapped[date | None] = field("整改期限")
    leader: Mapped[str | None] = field("责任领导", String(40))
    emergency_plan: Mapped[str | None] = field("应急预案", Text, kind="long")
    progress: Mapped[int | None] = field("整改进度", unit="%", check=entries.percent)
    rectified_on: Mapped[date | None] = field("整改完成日期")
    result: Mapped[str | None] = field("整改情况", Text, kind="long")
    # 挂牌督办
    supervision: Mapped[str | None] = field("督办级别", String(10), choices=SUPERVISION_LEVELS)
    supervision_number: Mapped[str | None] = field("督办文号", String(60), search=True)
    supervisor_id: Mapped[int | None] = field("督办单位", ForeignKey("department.id"))
    notice_number: Mapped[str | None] = field("整改通知书文号", String(60), search=True)
    noticed_on: Mapped[date | None] = field("通知书下达日期")
    extended_until: Mapped[date | None] = field("申请延期至")
    extension_reason: Mapped[str | None] = field("延期理由", Text, kind="long")
    acceptor: Mapped[str | None] = field("验收人", String(60))
    accepted_on: Mapped[date | None] = field("验收日期")
    acceptance: Mapped[str | None] = field("验收意见", Text, kind="long")
    lifting_number: Mapped[str | None] = field("解除督办文号", String(60), search=True)
    closed_on: Mapped[date | None] = field("销号日期")

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    criterion: Mapped[MajorCriterion | None] = relationship(lazy="joined")
    supervisor: Mapped[Department | None] = relationship(lazy="joined", foreign_keys="HiddenDanger.supervisor_id")
    measure: Mapped[RiskMeasure | None] = relationship(lazy="select")
    inspection: Mapped[InspectionRecord | None] = relationship(lazy="select")
    alarm: Mapped[Alarm | None] = relationship(lazy="select", viewonly=True)


class ReportCycle(Record):
    """A kind of reporting period and its rules (隐患查报周期维护): how many days after the end one may still report in time."""

    __tablename__ = "report_cycle"
    __title__ = "查报周期"
    code: Mapped[str] = field("周期", String(10), required=True, unique=True, choices=REPORT_CYCLES)
    name: Mapped[str] = field("名称", String(40), required=True)
    grace_days: Mapped[int] = field("宽限天数", required=True, default=0, server_default="0", unit="天", help="周期结束后几天内上报仍算按时", check=entries.not_negative)
    remind_days: Mapped[int] = field("提前提醒", required=True, default=3, server_default="3", unit="天", check=entries.not_negative)
    is_active: Mapped[bool] = field("启用", required=True, default=True, server_default="true")


class DangerReporting(Record):
    """How one enterprise reports (企业查报状态、隐患查报周期): its cycle, the one from the next period on, and whether it is suspended."""

    __tablename__ = "danger_reporting"
    __title__ = "企业查报"
    __part_of__ = "enterprise_id"
    __table_args__ = (UniqueConstraint("enterprise_id"),)
    enterprise_id: Mapped[int] = field("企业名称", ForeignKey("enterprise.id"), required=True)
    cycle: Mapped[str] = field("申报周期", String(10), required=True, choices=REPORT_CYCLES, default="month")
    next_cycle: Mapped[str | None] = field("下期起", String(10), choices=REPORT_CYCLES)
    is_suspended: Mapped[bool] = field("暂不上报", required=True, default=False, server_default="false")
    suspended_from: Mapped[date | None] = field("暂停起")
    reason: Mapped[str | None] = field("暂停原因", String(300))

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)

    @property
    def title(self) -> str:
        """What a person would call it."""
        return self.enterprise.name


class DangerReport(Record):
    """What one enterprise reported in one period; ``is_zero`` was declared, not left empty."""

    __tablename__ = "danger_report"
    __title__ = "隐患上报"
    __part_of__ = "enterprise_id"
    __table_args__ = (
        Index("uq_danger_report_period", "enterprise_id", "period", unique=True),
        Index("ix_danger_report_period_id", "period", "id"),
        Index("ix_danger_report_ends_on_id", "ends_on", "id"),
    )
    enterprise_id: Mapped[int] = field("企业名称", ForeignKey("enterprise.id"), required=True)
    cycle: Mapped[str] = field("申报周期", String(10), required=True, choices=REPORT_CYCLES)
    period: Mapped[str] = field("上报期", String(10), required=True, search=True, help="2026-05、2026Q2、2026H1、2026")
    starts_on: Mapped[date] = field("期初", required=True)
    ends_on: Mapped[date] = field("期末", required=True)
    due_on: Mapped[date] = field("上报截止", required=True)
    state: Mapped[str] = field("上报状态", String(10), required=True, choices=REPORT_STATES, default="open")
    is_zero: Mapped[bool] = field("零隐患", required=True, default=False, server_default="false")
    danger_count: Mapped[int] = field("隐患数", required=True, default=0, server_default="0", unit="条")
    submitted_at: Mapped[datetime | None] = field("上报时间")
    submitted_by_id: Mapped[int | None] = field("上报人", ForeignKey("user.id"))
    remark: Mapped[str | None] = field("说明", Text, kind="long")

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    submitted_by: Mapped[User | None] = relationship(foreign_keys="DangerReport.submitted_by_id", viewonly=True)

    @property
    def title(self) -> str:
        """What a person would call it."""
        return f"{self.enterprise.name} {self.period}"


class CheckStandard(Record):
    """A guiding self-check standard for a type of unit (自查标准), issued by the park."""

    __tablename__ = "check_standard"
    __title__ = "自查标准"
    __files__ = (FileSlot("document", "标准文件"),)
    name: Mapped[str] = field("标准名称", String(200), required=True, search=True)
    unit_type_id: Mapped[int | None] = field("适用类型", ForeignKey("unit_type.id"), index=True, help="不选即全部类型")
    edition: Mapped[str | None] = field("版本", String(40))
    basis: Mapped[str | None] = field("编制依据", String(300), search=True)
    issued_on: Mapped[date | None] = field("发布日期")
    is_active: Mapped[bool] = field("启用", required=True, default=True, server_default="true")

    unit_type: Mapped[UnitType | None] = relationship(lazy="joined")


class CheckItem(Record):
    """One thing to look at, of a guiding standard."""

    __tablename__ = "check_item"
    __title__ = "自查项"
    __part_of__ = "standard_id"
    standard_id: Mapped[int] = field("自查标准", ForeignKey("check_standard.id"), required=True, index=True)
    number: Mapped[int] = field("序号", required=True)
    category: Mapped[str] = field("检查类别", String(60), required=True)
    name: Mapped[str] = field("检查内容", String(500), required=True)
    basis: Mapped[str | None] = field("依据", String(300))
    method: Mapped[str | None] = field("检查方式", String(100))
    danger_level: Mapped[str] = field("不符合时级别", String(10), required=True, choices=HIDDEN_LEVELS, default="general")


class OwnStandard(Record):
    """An enterprise's own self-check standard, made from a guiding one; used once it is approved (自定义标准)."""

    __tablename__ = "own_standard"
    __title__ = "自定义标准"
    enterprise_id: Mapped[int] = field("企业名称", ForeignKey("enterprise.id"), required=True, index=True)
    standard_id: Mapped[int | None] = field("参照标准", ForeignKey("check_standard.id"))
    name: Mapped[str] = field("标准名称", String(200), required=True, search=True)
    state: Mapped[str] = field("状态", String(10), required=True, choices=STANDARD_STATES_OWN, default="draft")
    remark: Mapped[str | None] = field("说明", Text, kind="long")

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    standard: Mapped[CheckStandard | None] = relationship(lazy="joined")


class OwnItem(Record):
    """One thing to look at, of an enterprise's own standard."""

    __tablename__ = "own_item"
    __title__ = "自定义自查项"
    __part_of__ = "own_standard_id"
    own_standard_id: Mapped[int] = field("自定义标准", ForeignKey("own_standard.id"), required=True, index=True)
    enterprise_id: Mapped[int] = field("企业", ForeignKey("enterprise.id"), required=True)
    number: Mapped[int] = field("序号", required=True)
    category: Mapped[str] = field("检查类别", String(60), required=True)
    name: Mapped[str] = field("检查内容", String(500), required=True)
    method: Mapped[str | None] = field("检查方式", String(100))
    place: Mapped[str | None] = field("检查部位", String(100))
    danger_level: Mapped[str] = field("不符合时级别", String(10), required=True, choices=HIDDEN_LEVELS, default="general")
