"""People who sign in, what they may do, and what the platform remembers of their doings."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.choices.system import AUDIT_VERBS, LOGIN_RESULTS, SCOPES
from data.fields import field
from data.models.base import Base, Record
from data.models.organisation import Department, Enterprise
from data.rules import entries

if TYPE_CHECKING:
    from data.models.hidden_danger import HiddenDanger


class Role(Record):
    """A named set of permissions (``auth.permissions``) and a data scope."""

    __tablename__ = "role"
    __title__ = "角色"
    code: Mapped[str] = field("编码", String(30), required=True, unique=True)
    name: Mapped[str] = field("角色名称", String(40), required=True, unique=True, search=True)
    permissions: Mapped[list[str]] = field("权限", JSONB, required=True)
    scope: Mapped[str] = field("数据范围", String(20), required=True, choices=SCOPES, default="own")


class User(Record):
    __tablename__ = "user"
    __title__ = "用户"
    username: Mapped[str] = field("用户名", String(200), required=True, unique=True, search=True)
    name: Mapped[str] = field("姓名", String(60), required=True, search=True)
    phone: Mapped[str | None] = field("电话", String(30))
    email: Mapped[str | None] = field("邮箱", String(120), check=entries.email, help="平台配置邮件后，提醒和通知同时发到这里")
    password_hash: Mapped[str] = field("密码", String(200), required=True, secret=True)
    must_change_password: Mapped[bool] = field("须改密码", required=True, default=False)
    is_active: Mapped[bool] = field("启用", required=True, default=True)
    role_id: Mapped[int] = field("角色", ForeignKey("role.id"), required=True)
    department_id: Mapped[int | None] = field("部门", ForeignKey("department.id"))
    division_id: Mapped[int | None] = field("属地", ForeignKey("division.id"))
    enterprise_id: Mapped[int | None] = field("企业", ForeignKey("enterprise.id"), help="企业端用户")
    failed_count: Mapped[int] = field("连续错误", required=True, default=0)
    locked_until: Mapped[datetime | None] = field("锁定至")
    session_epoch: Mapped[int] = field("会话代", required=True, default=1, help="加一即令全部登录失效")

    role: Mapped[Role] = relationship(lazy="joined", innerjoin=True)
    department: Mapped[Department | None] = relationship(lazy="joined")
    enterprise: Mapped[Enterprise | None] = relationship(lazy="joined", foreign_keys="User.enterprise_id")


class ApiToken(Record):
    """A token for programs; only its SHA-256 is kept."""

    __tablename__ = "api_token"
    __title__ = "接口令牌"
    user_id: Mapped[int] = field("用户", ForeignKey("user.id"), required=True)
    name: Mapped[str] = field("用途", String(60), required=True)
    digest: Mapped[str] = field("摘要", String(64), required=True, unique=True, secret=True)
    last_used_at: Mapped[datetime | None] = field("最近使用")
    revoked_at: Mapped[datetime | None] = field("吊销时间")


class LoginEvent(Base):
    __tablename__ = "login_event"
    __title__ = "登录日志"
    __table_args__ = (Index("ix_login_event_at", "at"),)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = field("时间", required=True)
    username: Mapped[str] = field("用户名", String(200), required=True, search=True)
    user_id: Mapped[int | None] = field("用户", BigInteger)
    address: Mapped[str] = field("地址", String(60), required=True, search=True)
    agent: Mapped[str] = field("浏览器", String(200), required=True)
    result: Mapped[str] = field("结果", String(10), required=True, choices=LOGIN_RESULTS)


class AuditEntry(Base):
    """Who did what to which record, with the values before and after; written in the same transaction as the change.

    ``seal`` is SHA-256 over the previous seal and this entry, in the order of ``seal_number``; the jobs role fills both in,
    ``verify-audit`` recomputes them.
    """

    __tablename__ = "audit_entry"
    __title__ = "操作日志"
    __table_args__ = (Index("ix_audit_entry_record", "table_name", "record_id"), Index("ix_audit_entry_at", "at"))
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = field("时间", required=True)
    user_id: Mapped[int | None] = field("用户", BigInteger)
    username: Mapped[str] = field("操作用户", String(200), required=True, search=True)
    address: Mapped[str] = field("地址", String(60), required=True)
    verb: Mapped[str] = field("操作", String(20), required=True, choices=AUDIT_VERBS)
    table_name: Mapped[str] = field("对象类型", String(60), required=True)
    record_id: Mapped[int] = field("对象编号", BigInteger, required=True)
    record_name: Mapped[str] = field("对象", String(200), required=True, search=True)
    changes: Mapped[dict[str, Any]] = field("变更", JSONB, required=True, help="字段名 → [变更前, 变更后]")
    reason: Mapped[str | None] = field("原因", Text)
    seal_number: Mapped[int | None] = field("封印序号", BigInteger, unique=True)
    seal: Mapped[str | None] = field("封印", String(64))

    # Of entries about hidden dangers only; asked for with their ``table_name``.
    danger: Mapped[HiddenDanger | None] = relationship(primaryjoin="foreign(AuditEntry.record_id) == HiddenDanger.id", viewonly=True)


class RoleState(Base):
    """The sign of life of a process: what it is doing, renewed every few seconds."""

    __tablename__ = "role_state"
    role: Mapped[str] = field("进程", String(20), primary_key=True, required=True)
    beat_at: Mapped[datetime] = field("心跳", required=True)
    started_at: Mapped[datetime] = field("启动", required=True)
    facts: Mapped[dict[str, Any]] = field("指标", JSONB, required=True)
