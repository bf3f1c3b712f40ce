"""巡检: when a measure is to be looked at (``InspectionTask``), and what was found (``InspectionRecord``)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, relationship

from data.choices.risks import INSPECTION_RESULTS, INSPECTION_STATES
from data.fields import FileSlot, field
from data.models.account import User
from data.models.base import Record
from data.models.organisation import Enterprise
from data.models.risk import RiskMeasure, RiskObject, RiskUnit

_LIVE = text("deleted_at IS NULL")


class InspectionRecord(Record):
    """巡检记录: one measure was looked at. A hidden danger that was found points back here (``HiddenDanger.inspection_id``)."""

    __tablename__ = "inspection_record"
    __title__ = "巡检记录"
    __table_args__ = (
        Index("ix_inspection_record_enterprise_id_checked_at", "enterprise_id", "checked_at", postgresql_where=_LIVE),
        Index("ix_inspection_record_measure_id_checked_at", "measure_id", "checked_at", postgresql_where=_LIVE),
        Index("ix_inspection_record_checked_at_id", "checked_at", "id", postgresql_where=_LIVE),
    )
    enterprise_id: Mapped[int] = field("企业名称", ForeignKey("enterprise.id"), required=True)
    object_id: Mapped[int] = field("风险分析对象", ForeignKey("risk_object.id"), required=True)
    unit_id: Mapped[int] = field("风险分析单元", ForeignKey("risk_unit.id"), required=True)
    measure_id: Mapped[int] = field("管控措施", ForeignKey("risk_measure.id"), required=True)
    result: Mapped[str] = field("巡检结果", String(10), required=True, choices=INSPECTION_RESULTS, default="normal")
    checked_at: Mapped[datetime] = field("巡检时间", required=True)
    checker: Mapped[str] = field("巡检人", String(40), required=True, search=True)
    checked_by_id: Mapped[int | None] = field("登记账号", ForeignKey("user.id"))
    is_at_place: Mapped[bool] = field("现场扫码", required=True, default=False, server_default="false")
    note: Mapped[str | None] = field("情况说明", Text, kind="long", search=True)

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    measure: Mapped[RiskMeasure] = relationship(lazy="select")
    unit: Mapped[RiskUnit] = relationship(lazy="select")
    checked_by: Mapped[User | None] = relationship(foreign_keys="InspectionRecord.checked_by_id", viewonly=True)

    @property
    def title(self) -> str:
        """What a person would call it."""
        return f"{self.measure.name} {self.checked_at:%Y-%m-%d}"


class InspectionTask(Record):
    """巡检任务: a measure is to be looked at from ``begins_at`` to ``due_at`` (not included). One a measure and cycle; the jobs role makes
    them and finds those that were missed."""

    __tablename__ = "inspection_task"
    __title__ = "巡检任务"
    __table_args__ = (
        Index("uq_inspection_task_measure_id_begins_at", "measure_id", "begins_at", unique=True),
        Index("ix_inspection_task_enterprise_id_due_at", "enterprise_id", "due_at", postgresql_where=_LIVE),
        Index("ix_inspection_task_due_at_id", "due_at", "id", postgresql_where=_LIVE),
        Index("ix_inspection_task_state_id", "state", "id", postgresql_where=_LIVE),
        # What leaders and statistics count: from the index alone.
        Index("ix_inspection_task_state_due_at", "state", "due_at", "enterprise_id", postgresql_where=_LIVE),
        Index("ix_inspection_task_begins_at", "begins_at", "state", "enterprise_id", postgresql_where=_LIVE),
        Index("ix_inspection_task_open", "due_at", postgresql_where=text("state = 'open' AND deleted_at IS NULL")),
    )
    __found_by__ = ("enterprise", "measure")
    __files__ = (FileSlot("photo", "现场照片", most=9, is_photo=True),)
    enterprise_id: Mapped[int] = field("企业名称", ForeignKey("enterprise.id"), required=True)
    object_id: Mapped[int] = field("风险分析对象", ForeignKey("risk_object.id"), required=True, index=True)
    unit_id: Mapped[int] = field("风险分析单元", ForeignKey("risk_unit.id"), required=True, index=True)
    measure_id: Mapped[int] = field("管控措施", ForeignKey("risk_measure.id"), required=True)
    person: Mapped[str | None] = field("应巡检人", String(40), search=True)
    begins_at: Mapped[datetime] = field("开始时间", required=True)
    due_at: Mapped[datetime] = field("截止时间", required=True)
    state: Mapped[str] = field("任务状态", String(10), required=True, choices=INSPECTION_STATES, default="open")
    record_id: Mapped[int | None] = field("巡检记录", ForeignKey("inspection_record.id"), index=True)

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    risk_object: Mapped[RiskObject] = relationship(lazy="select")
    unit: Mapped[RiskUnit] = relationship(lazy="select")
    measure: Mapped[RiskMeasure] = relationship(lazy="select")
    record: Mapped[InspectionRecord | None] = relationship(lazy="joined")

    @property
    def title(self) -> str:
        """What a person would call it."""
        return f"{self.measure.name} {self.begins_at:%Y-%m-%d}"
