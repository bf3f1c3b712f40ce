"""Accounts from the command line, for the operator who cannot sign in (yet)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.passwords import hash_password, random_password
from data.errors import Conflict, NotFound
from data.models import Role, User
from data.save import create, update
from data.viewer import system_viewer

OPERATOR = system_viewer("命令行")


def add(session: Session, username: str, name: str, role: str) -> str:
    """A new account; gives its first password, which must be changed at the first sign-in."""
    if session.scalar(select(User.id).where(User.username == username)):
        raise Conflict(f"用户名“{username}”已被使用。")
    role_id = session.scalar(select(Role.id).where(Role.code == role))
    if role_id is None:
        known = "、".join(session.scalars(select(Role.code).order_by(Role.code)))
        raise NotFound(f"没有编码为“{role}”的角色，现有：{known}。")
    password = random_password()
    values = {
        "username": username,
        "name": name or username,
        "role_id": role_id,
        "password_hash": hash_password(password),
    }
    create(session, User, OPERATOR, {**values, "must_change_password": True})
    return password


def reset(session: Session, username: str) -> str:
    """A new password of an account, to be changed at the next sign-in. Sessions end, a lock is lifted."""
    user = _find(session, username)
    password = random_password()
    changes = {
        "password_hash": hash_password(password),
        "must_change_password": True,
        "session_epoch": user.session_epoch + 1,
    }
    update(session, user, OPERATOR, {**changes, "failed_count": 0, "locked_until": None}, verb="password")
    return password


def unlock(session: Session, username: str) -> None:
    """Lift the lock after wrong passwords."""
    update(session, _find(session, username), OPERATOR, {"failed_count": 0, "locked_until": None}, verb="unlock")


def _find(session: Session, username: str) -> User:
    user = session.scalar(select(User).where(User.username == username, User.deleted_at.is_(None)))
    if user is None:
        raise NotFound(f"没有用户名为“{username}”的用户。")
    return user
