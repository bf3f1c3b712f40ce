"""Users as an administrator handles them: unlock, disable, enable, reset. Nobody can lock themselves or the last administrator out."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.errors import Conflict
from data.models import Role, User
from data.save import update
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


def _active_administrators(session: Session) -> int:
    # The rows are locked, so that two administrators who disable each other at once do not both succeed.
    mine = select(User.id).join(Role, Role.id == User.role_id).where(Role.code == "admin", User.is_active, User.deleted_at.is_(None))
    return session.scalar(select(func.count()).select_from(mine.with_for_update(of=User).cte("administrator"))) or 0
