"""Users and roles as an administrator handles them. Nobody can lock themselves or the last administrator out, and nobody
can give away a right that they do not hold themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.errors import Conflict, Forbidden, Invalid
from data.models import Role, User
from data.save import create, update
from data.viewer import Viewer


def is_locked(user: User) -> bool:
    """Whether wrong passwords keep the user out just now."""
    return user.locked_until is not None and user.locked_until > datetime.now(UTC)


def why_not_disable(viewer: Viewer, user: User) -> str:
    """Why the viewer may not disable the user; empty when they may."""
    return "不能停用自己的账号。" if user.id == viewer.id else ""


def unlock(session: Session, viewer: Viewer, user: User) -> User:
    """Forget the wrong passwords, so that the user may try again at once."""
    viewer.require("user.edit")
    return update(session, user, viewer, {"failed_count": 0, "locked_until": None}, reason="解除锁定")


def disable(session: Session, viewer: Viewer, user: User, reason: str) -> User:
    """Shut the user out; every sign-in of theirs ends at once. Conflict for oneself and for the last active administrator."""
    viewer.require("user.edit")
    refused = why_not_disable(viewer, user)
    if refused:
        raise Conflict(refused)
    if user.role.code == "admin" and _active_administrators(session) <= 1:
        raise Conflict("这是最后一个启用的系统管理员，不能停用。")
    return update(session, user, viewer, {"is_active": False, "session_epoch": user.session_epoch + 1}, reason=reason)


def enable(session: Session, viewer: Viewer, user: User) -> User:
    """Let the user in again."""
    viewer.require("user.edit")
    return update(session, user, viewer, {"is_active": True, "failed_count": 0, "locked_until": None})


def reset_password(session: Session, viewer: Viewer, user: User, password_hash: str) -> User:
    """Give the user a new first password, which they must change; every sign-in of theirs ends at once."""
    viewer.require("user.edit")
    values = {"password_hash": password_hash, "must_change_password": True, "session_epoch": user.session_epoch + 1, "failed_count": 0, "locked_until": None}
    return update(session, user, viewer, values, verb="password")


def check_role(session: Session, viewer: Viewer, role: Role | None, values: Mapping[str, Any]) -> None:
    """Raise Forbidden when the role, as it is or as it would be, holds a right that the viewer does not hold; Conflict when
    the administrator's role would lose what administrators need, or the viewer their own way back."""
    held = set(values.get("permissions", role.permissions if role else ())) | set(role.permissions if role else ())
    _require_all(viewer, held)
    if role is None or "permissions" not in values:
        return
    if role.code == "admin" and not {"role.edit", "user.edit", "user.view"} <= set(values["permissions"]):
        raise Conflict("系统管理员角色必须保留“维护角色”“查看用户”“维护用户”权限。")
    if role.code == viewer.role and "role.edit" not in values["permissions"]:
        raise Conflict("不能从自己的角色中去掉“维护角色”权限。")


def check_user(session: Session, viewer: Viewer, user: User | None, values: Mapping[str, Any]) -> None:
    """Raise Invalid when the user's role and place do not fit together, Forbidden when the role holds more than the viewer."""
    role = session.get(Role, values.get("role_id", user.role_id if user else None) or 0)
    if role is None:
        return
    _require_all(viewer, {*role.permissions, *(user.role.permissions if user else ())})
    places = {"departments": "department_id", "own_organisation": "department_id", "divisions": "division_id", "own_enterprise": "enterprise_id"}
    needed = places.get(role.scope)
    after = {name: values.get(name, getattr(user, name, None)) for name in set(places.values())}
    if needed and not after[needed]:
        raise Invalid("角色的数据范围需要所属单位。", {needed: f"“{role.name}”的数据范围由此决定，请选择。"})
    if after["enterprise_id"] and role.scope != "own_enterprise":
        raise Invalid("企业用户只能使用企业角色。", {"role_id": "企业用户的角色，其数据范围应为“本企业”。"})
    if user is not None and user.id == viewer.id and user.role_id != role.id:
        raise Conflict("不能更改自己的角色。")
    if user is not None and user.role.code == "admin" and role.code != "admin" and _active_administrators(session) <= 1:
        raise Conflict("这是最后一个启用的系统管理员，不能改为其他角色。")


def add(session: Session, viewer: Viewer, values: Mapping[str, Any], password_hash: str) -> User:
    """A new user with a first password, which they must change."""
    viewer.require("user.edit")
    check_user(session, viewer, None, values)
    return create(session, User, viewer, {**values, "password_hash": password_hash, "must_change_password": True})


def _require_all(viewer: Viewer, permissions: set[str]) -> None:
    beyond = [code for code in permissions if not viewer.may(code) and not code.startswith("own.")]
    if beyond:
        raise Forbidden("不能授予或更改自己没有的权限，请由系统管理员办理。")


def _active_administrators(session: Session) -> int:
    # The rows are locked, so that two administrators who disable each other at once do not both succeed.
    mine = select(User.id).join(Role, Role.id == User.role_id).where(Role.code == "admin", User.is_active, User.deleted_at.is_(None))
    return session.scalar(select(func.count()).select_from(mine.with_for_update(of=User).cte("administrator"))) or 0
