"""How the archive of enterprises is kept: which fields a type must fill in, what waits for confirmation, stored queries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, relationship

from data.choices.enterprises import CHANGE_STATES
from data.fields import field
from data.models.account import User
from data.models.base import Record
from data.models.organisation import Enterprise, UnitType


class FieldRule(Record):
    """Whether an item of the file is shown and required for a type of unit. ``data.completeness`` names the items."""

    __tablename__ = "field_rule"
    __title__ = "企业信息配置"
    __table_args__ = (
        Index(
            "uq_field_rule_unit_type_id_item",
            "unit_type_id",
            "item",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    unit_type_id: Mapped[int | None] = field("单位类型", ForeignKey("unit_type.id"), help="空：全部类型")
    item: Mapped[str] = field("信息项", String(60), required=True, help="字段名、清单名，或 file:附件栏")
    is_shown: Mapped[bool] = field("显示", required=True, default=True, server_default="true")
    is_required: Mapped[bool] = field("必填", required=True, default=False, server_default="false")

    unit_type: Mapped[UnitType | None] = relationship(lazy="joined")


class EnterpriseChange(Record):
    """What an enterprise wants changed in its file; it takes effect when the authority confirms it.

    ``values`` maps a column to [before, after], and a list of the file (``FILE_LISTS``) to what becomes of its rows:
    ``{"added": [values], "changed": [{"id", "name", "values": {column: [before, after]}}], "removed": [{"id", "name"}]}``.
    """

    __tablename__ = "enterprise_change"
    __title__ = "待确认变更"
    __part_of__ = "enterprise_id"
    __table_args__ = (
        Index("uq_enterprise_change_open", "enterprise_id", unique=True, postgresql_where=text("state = 'pending'")),
        Index("ix_enterprise_change_state_id", "state", "id"),
    )
    enterprise_id: Mapped[int] = field("企业", ForeignKey("enterprise.id"), required=True, index=True)
    values: Mapped[dict[str, Any]] = field("变更内容", JSONB, required=True)
    state: Mapped[str] = field("状态", String(10), required=True, choices=CHANGE_STATES, default="pending")
    reason: Mapped[str | None] = field("退回原因", String(500))
    submitted_by_id: Mapped[int | None] = field("提交人", ForeignKey("user.id"))
    submitted_at: Mapped[datetime] = field("提交时间", required=True)
    decided_by_id: Mapped[int | None] = field("处理人", ForeignKey("user.id"))
    decided_at: Mapped[datetime | None] = field("处理时间")

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    submitted_by: Mapped[User | None] = relationship(foreign_keys="EnterpriseChange.submitted_by_id", viewonly=True)
    decided_by: Mapped[User | None] = relationship(foreign_keys="EnterpriseChange.decided_by_id", viewonly=True)

    @property
    def title(self) -> str:
        """What a person would call it."""
        return f"{self.enterprise.name}的变更"


class SavedQuery(Record):
    """A question to a list (``data.query.Question.plain``) that somebody keeps for another day, or for all."""

    __tablename__ = "saved_query"
    __title__ = "保存的查询"
    user_id: Mapped[int] = field("用户", ForeignKey("user.id"), required=True, index=True)
    resource: Mapped[str] = field("列表", String(60), required=True)
    name: Mapped[str] = field("名称", String(60), required=True, search=True)
    question: Mapped[dict[str, Any]] = field("查询条件", JSONB, required=True)
    is_shared: Mapped[bool] = field("共享", required=True, default=False, server_default="false", help="管理部门都可使用")

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True, viewonly=True)
