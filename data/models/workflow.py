"""Cases on their way through a workflow: where each stands, every step that was taken, who was asked, who was told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.choices.system import COUNTERSIGNS, SIGN_ANSWERS, STEP_KINDS
from data.fields import field
from data.models.account import User
from data.models.base import Base, Record
from data.models.organisation import Enterprise


class WorkflowRule(Record):
    """What the park decided about one node of a workflow: who may act, by when, whether the step is taken at all.

    A node without a row runs as it is declared (``data.workflow.declaration``).
    """

    __tablename__ = "workflow_rule"
    __title__ = "流程配置"
    __table_args__ = (Index("uq_workflow_rule_node", "workflow", "node", unique=True),)
    workflow: Mapped[str] = field("流程", String(40), required=True)
    node: Mapped[str] = field("节点", String(40), required=True)
    roles: Mapped[list[str]] = field("办理角色", JSONB, required=True)
    is_on: Mapped[bool] = field("启用", required=True, default=True, server_default="true")
    due_days: Mapped[int | None] = field("办理时限", unit="天", help="从到达本步骤起，按自然日计")
    remind_days: Mapped[int] = field("提前提醒", required=True, default=1, server_default="1", unit="天")
    countersign: Mapped[str] = field("会签", String(10), required=True, choices=COUNTERSIGNS, default="none", server_default="none")
    may_own: Mapped[bool] = field("可办理本人提交的", required=True, default=False, server_default="false")

    @property
    def name(self) -> str:
        """What people call it, in messages and in the log: 重大隐患挂牌督办 · 部门审核."""
        from data.workflow.registry import workflows

        flow = workflows().get(self.workflow)
        return f"{flow.title} · {flow.node(self.node).label}" if flow is not None and flow.has(self.node) else f"{self.workflow} · {self.node}"


class WorkflowCase(Base):
    """One record on its way. ``node`` is where it stands; the record's own column ``state`` always says the same.

    ``version`` counts the steps: who acts says which one was on the screen, and only one of two who act at once succeeds.
    ``holder_id`` names the one person it was transferred to; without one, everybody whom the node's rule names may act.
    """

    __tablename__ = "workflow_case"
    __title__ = "流程"
    __table_args__ = (
        Index("uq_workflow_case_open", "table_name", "record_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_workflow_case_record", "table_name", "record_id"),
        Index("ix_workflow_case_todo", "workflow", "node", "id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_workflow_case_due_at", "due_at", postgresql_where=text("ended_at IS NULL")),
        Index("ix_workflow_case_enterprise_id", "enterprise_id", "id"),
        Index("ix_workflow_case_started_by_id", "started_by_id", "id"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    workflow: Mapped[str] = field("流程", String(40), required=True)
    table_name: Mapped[str] = field("对象类型", String(60), required=True)
    record_id: Mapped[int] = field("对象编号", BigInteger, required=True)
    title: Mapped[str] = field("标题", String(300), required=True, search=True)
    node: Mapped[str] = field("当前步骤", String(40), required=True)
    since: Mapped[datetime] = field("到达时间", required=True)
    due_at: Mapped[datetime | None] = field("办理期限")
    sent_by_id: Mapped[int | None] = field("送办人", ForeignKey("user.id"))
    holder_id: Mapped[int | None] = field("指定办理人", ForeignKey("user.id"))
    enterprise_id: Mapped[int | None] = field("企业", ForeignKey("enterprise.id"))
    started_by_id: Mapped[int | None] = field("发起人", ForeignKey("user.id"))
    started_at: Mapped[datetime] = field("发起时间", required=True)
    ended_at: Mapped[datetime | None] = field("办结时间")
    urged_at: Mapped[datetime | None] = field("催办时间")
    urged_count: Mapped[int] = field("催办次数", required=True, default=0, server_default="0")
    reminded_on: Mapped[date | None] = field("最近提醒")
    version: Mapped[int] = field("步数", required=True, default=1)

    enterprise: Mapped[Enterprise | None] = relationship(lazy="joined")
    holder: Mapped[User | None] = relationship(foreign_keys="WorkflowCase.holder_id", lazy="joined")
    started_by: Mapped[User | None] = relationship(foreign_keys="WorkflowCase.started_by_id", lazy="joined")
    sent_by: Mapped[User | None] = relationship(foreign_keys="WorkflowCase.sent_by_id")
    steps: Mapped[list[WorkflowStep]] = relationship(order_by="WorkflowStep.number", viewonly=True)


class WorkflowStep(Base):
    """One step that was taken; never changed afterwards. ``number`` runs from 1 without a gap."""

    __tablename__ = "workflow_step"
    __title__ = "流程步骤"
    __table_args__ = (Index("uq_workflow_step_number", "case_id", "number", unique=True), Index("ix_workflow_step_user_id", "user_id", "at"))
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    case_id: Mapped[int] = field("流程", ForeignKey("workflow_case.id"), required=True)
    number: Mapped[int] = field("步数", required=True)
    kind: Mapped[str] = field("种类", String(10), required=True, choices=STEP_KINDS)
    action: Mapped[str] = field("操作", String(40), required=True)
    label: Mapped[str] = field("操作名称", String(40), required=True)
    from_node: Mapped[str] = field("从", String(40), required=True)
    to_node: Mapped[str] = field("到", String(40), required=True)
    at: Mapped[datetime] = field("时间", required=True)
    waited_s: Mapped[int] = field("停留", required=True, unit="s", default=0)
    user_id: Mapped[int | None] = field("办理人", ForeignKey("user.id"))
    user_name: Mapped[str] = field("办理人姓名", String(120), required=True)
    opinion: Mapped[str | None] = field("意见", String(1000))
    values: Mapped[dict[str, Any]] = field("填写内容", JSONB, required=True)


class WorkflowSign(Base):
    """Somebody who was asked for their opinion before a node is left (会签, 加签). Empty ``answer``: still open."""

    __tablename__ = "workflow_sign"
    __title__ = "会签"
    __table_args__ = (
        Index("uq_workflow_sign_open", "case_id", "user_id", unique=True, postgresql_where=text("answered_at IS NULL AND dropped_at IS NULL")),
        Index("ix_workflow_sign_user_id", "user_id", postgresql_where=text("answered_at IS NULL AND dropped_at IS NULL")),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    case_id: Mapped[int] = field("流程", ForeignKey("workflow_case.id"), required=True, index=True)
    node: Mapped[str] = field("步骤", String(40), required=True)
    entered: Mapped[int] = field("到达步数", required=True, help="节点是第几步到达的：再次到达须重新会签")
    user_id: Mapped[int] = field("会签人", ForeignKey("user.id"), required=True)
    asked_by_id: Mapped[int | None] = field("发起人", ForeignKey("user.id"))
    asked_at: Mapped[datetime] = field("发起时间", required=True)
    answer: Mapped[str | None] = field("结果", String(10), choices=SIGN_ANSWERS)
    opinion: Mapped[str | None] = field("意见", String(1000))
    answered_at: Mapped[datetime | None] = field("答复时间")
    dropped_at: Mapped[datetime | None] = field("作废时间")

    user: Mapped[User] = relationship(foreign_keys="WorkflowSign.user_id", lazy="joined", innerjoin=True)
    asked_by: Mapped[User | None] = relationship(foreign_keys="WorkflowSign.asked_by_id")


class WorkflowCopy(Base):
    """Somebody who is kept informed of a case (抄送)."""

    __tablename__ = "workflow_copy"
    __title__ = "抄送"
    __table_args__ = (Index("uq_workflow_copy_person", "case_id", "user_id", unique=True), Index("ix_workflow_copy_user_id", "user_id", "read_at"))
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    case_id: Mapped[int] = field("流程", ForeignKey("workflow_case.id"), required=True)
    user_id: Mapped[int] = field("抄送给", ForeignKey("user.id"), required=True)
    sent_by_id: Mapped[int | None] = field("抄送人", ForeignKey("user.id"))
    sent_at: Mapped[datetime] = field("抄送时间", required=True)
    read_at: Mapped[datetime | None] = field("阅读时间")
