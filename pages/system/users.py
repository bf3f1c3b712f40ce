"""用户: who may sign in; unlock, disable, enable, reset the password."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.passwords import hash_password, random_password
from dashboard.callbacks import say
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Filter, FormField
from data import accounts
from data.choices import Choice, word
from data.choices.system import SCOPES
from data.models import Role, User
from data.permissions import PERMISSIONS
from data.save import update
from data.viewer import Viewer

ACTIVE, DISABLED, LOCKED = Choice("1", "启用", "ok"), Choice("0", "停用", "stale"), Choice("locked", "锁定", "danger")


def roles(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The roles, as choices."""
    return [Choice(str(key), name) for key, name in session.execute(select(Role.id, Role.name).where(Role.deleted_at.is_(None)).order_by(Role.id))]


def standing(user: User) -> Choice:
    """Whether the user can sign in now."""
    if not user.is_active:
        return DISABLED
    return LOCKED if accounts.is_locked(user) else ACTIVE


def _unlock(session: Session, viewer: Viewer, user: User, values: Mapping[str, Any]) -> str:
    accounts.unlock(session, viewer, user)
    return f"已解除“{user.name}”的锁定。"


def _disable(session: Session, viewer: Viewer, user: User, values: Mapping[str, Any]) -> str:
    accounts.disable(session, viewer, user, values["reason"])
    return f"已停用“{user.name}”，其登录立即失效。"


def _enable(session: Session, viewer: Viewer, user: User, values: Mapping[str, Any]) -> str:
    accounts.enable(session, viewer, user)
    return f"已启用“{user.name}”。"


def _reset(session: Session, viewer: Viewer, user: User, values: Mapping[str, Any]) -> str:
    password = random_password()
    accounts.reset_password(session, viewer, user, hash_password(password))
    return f"“{user.name}”的一次性密码：{password}。只显示这一次，首次登录须修改。"


def _role_words(user: User) -> str:
    return "、".join(word(PERMISSIONS, code) for code in user.role.permissions)


def _store(session: Session, viewer: Viewer, user: User | None, values: dict[str, Any], version: int | None) -> User:
    if user is not None:
        accounts.check_user(session, viewer, user, values)
        return update(session, user, viewer, values, version=version)
    password = random_password()
    made = accounts.add(session, viewer, {name: value for name, value in values.items() if value is not None}, hash_password(password))
    say("info", f"“{made.name}”的一次性密码：{password}。只显示这一次，首次登录须修改。", stays=True)
    return made


USERS = Resource(
    key="user",
    model=User,
    path="/system/users",
    title="用户管理",
    permission="user.view",
    module="系统管理",
    group="用户与权限",
    icon="people",
    sort="username",
    placeholder="用户名、姓名",
    columns=(
        Column("username", width=300),
        Column("name", width=160),
        Column("role.name", label="角色", width=140),
        Column("department.name", label="部门"),
        Column("is_active", label="状态", look="tag", width=100, show=standing),
        Column("updated_at", look="muted", width=130, is_on_card=False),
    ),
    filters=(
        Filter("role_id", options=roles),
        Filter("is_active", label="状态", options=lambda session, viewer: (ACTIVE, DISABLED)),
    ),
    subtitle=lambda user: (user.username, user.role.name, user.enterprise.name if user.enterprise else user.department.name if user.department else ""),
    facts={
        "账号": (
            "username",
            "name",
            "phone",
            "email",
            Fact("is_active", "状态", standing),
            Fact("must_change_password"),
            Fact("failed_count", "连续错误", lambda user: f"{user.failed_count} 次"),
            Fact("locked_until"),
            Fact("created_at"),
        ),
        "权限": (
            Fact("role.name", "角色"),
            Fact("role.scope", "数据范围", lambda user: word(SCOPES, user.role.scope)),
            "department.name",
            Fact("enterprise.name", "企业"),
            Fact("role.permissions", "可做的事", _role_words),
        ),
    },
    form={
        "账号": (FormField("username", help="登录用，建立后可以更改；企业用户填企业全称"), "name", "phone", "email"),
        "权限": (
            "role_id",
            FormField("department_id", help="数据范围为“本部门监管企业”“本单位”时必填"),
            FormField("division_id", help="数据范围为“本属地及下级”时必填"),
            FormField("enterprise_id", help="企业用户填写"),
        ),
    },
    edit_permission="user.edit",
    can_add=True,
    store=_store,
    save_note="添加后显示一次性密码，请转告本人，首次登录须修改。",
    delete_permission="user.edit",
    before_delete=lambda session, viewer, user: accounts.disable(session, viewer, user, "删除用户") if user.is_active else None,
    actions=(
        Action(
            "unlock", "解除锁定", "user.edit", _unlock, lambda user: f"“{user.name}”可以立即再次登录，密码不变。", icon="unlock", when=accounts.is_locked, is_in_row=True
        ),
        Action(
            "reset",
            "重置密码",
            "user.edit",
            _reset,
            lambda user: f"为“{user.name}”生成一次性密码，其全部登录立即失效，首次登录须修改密码。",
            icon="key",
            is_batch=True,
            stays=True,
            why_not=lambda viewer, user: "请在右上角“修改密码”中改自己的密码。" if viewer.id == user.id else "",
        ),
        Action(
            "disable",
            "停用",
            "user.edit",
            _disable,
            lambda user: f"停用后“{user.name}”不能登录，正在使用的登录立即失效。历史记录不受影响。",
            icon="slash-circle",
            is_dangerous=True,
            fields=(FormField("reason", "停用原因", is_required=True),),
            when=lambda user: user.is_active,
            why_not=accounts.why_not_disable,
        ),
        Action("enable", "启用", "user.edit", _enable, lambda user: f"“{user.name}”可以再次登录，密码不变。", when=lambda user: not user.is_active, is_in_row=True),
    ),
)
