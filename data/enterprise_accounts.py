"""The enterprise's own user, who signs in with the enterprise's name: made with it, kept in step, gone with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.enterprises import department_of, rename_user
from data.errors import Invalid, NotFound
from data.models import Enterprise, Role, UnitType, User
from data.save import create, delete, update
from data.viewer import Viewer

ROLE = "enterprise"
_FIRST = "QY"


def next_code(session: Session) -> str:
    """QY0001, QY0002 …: the next code for an enterprise that was given none."""
    number = func.max(func.substr(Enterprise.code, len(_FIRST) + 1))
    last = session.scalar(select(number).where(Enterprise.code.op("~")(rf"^{_FIRST}\d{{4,8}}$"))) or "0"
    return f"{_FIRST}{int(last) + 1:04d}"


def complete(session: Session, enterprise: Enterprise | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` with what follows from them: the authority of the type, and for a new one its code and short name."""
    known = dict(values)
    unit_type = session.get(UnitType, known["unit_type_id"]) if known.get("unit_type_id") else None
    if unit_type is not None and (enterprise is None or unit_type.id != enterprise.unit_type_id):
        department_id = department_of(session, unit_type)
        if department_id is not None:
            known["department_id"] = department_id
    if enterprise is None:
        known["code"] = known.get("code") or next_code(session)
        known["short_name"] = known.get("short_name") or str(known.get("name", ""))[:40]
    return known


def add(session: Session, viewer: Viewer, values: Mapping[str, Any], password_hash: str) -> Enterprise:
    """A new enterprise with its user; its code and authority are filled in. Invalid when its name is somebody's username."""
    viewer.require("enterprise.edit")
    made = create(session, Enterprise, viewer, complete(session, None, values))
    if session.scalar(select(User.id).where(User.username == made.name)) is not None:
        raise Invalid("有的内容不能保存，已在字段下标出。", {"name": f"用户名“{made.name}”已被使用，企业端将无法登录，请核对。"})
    _add_user(session, viewer, made, password_hash)
    return made


def _add_user(session: Session, viewer: Viewer, enterprise: Enterprise, password_hash: str) -> User:
    role_id = session.scalar(select(Role.id).where(Role.code == ROLE, Role.deleted_at.is_(None)))
    if role_id is None:
        raise NotFound("没有编码为“enterprise”的企业角色，请联系系统管理员。")
    account = {"username": enterprise.name, "name": enterprise.short_name, "role_id": role_id, "enterprise_id": enterprise.id}
    # Its people lie outside the scope of those who add an enterprise.
    return create(session, User, replace(viewer, scope="all"), {**account, "password_hash": password_hash, "must_change_password": True})


def change(session: Session, viewer: Viewer, enterprise: Enterprise, values: Mapping[str, Any], version: int | None) -> Enterprise:
    """The enterprise with the new values; another type brings its authority, another name the name of its user."""
    viewer.require("enterprise.edit")
    before = enterprise.name
    saved = update(session, enterprise, viewer, complete(session, enterprise, values), version=version)
    rename_user(session, viewer, saved, before)
    return saved


def user_of(session: Session, enterprise: Enterprise) -> User | None:
    """The user that signs in with the enterprise's name, else its oldest one."""
    mine = select(User).where(User.enterprise_id == enterprise.id, User.deleted_at.is_(None))
    return session.scalars(mine.order_by((User.username == enterprise.name).desc(), User.id)).first()


def reset_password(session: Session, viewer: Viewer, enterprise: Enterprise, password_hash: str) -> User:
    """The enterprise's user with a new first password, which must be changed; every sign-in of theirs ends at once.

    An enterprise that was imported has no user yet: it is made here.
    """
    viewer.require("enterprise.account")
    user = user_of(session, enterprise)
    if user is None:
        return _add_user(session, viewer, enterprise, password_hash)
    values = {"password_hash": password_hash, "must_change_password": True, "session_epoch": user.session_epoch + 1}
    values |= {"failed_count": 0, "locked_until": None}
    return update(session, user, replace(viewer, scope="all"), values, verb="password", reason=f"重置“{enterprise.name}”的密码")


def remove_users(session: Session, viewer: Viewer, enterprise: Enterprise) -> None:
    """Delete the enterprise's users before the enterprise itself is deleted; their sign-ins end at once."""
    viewer.require("enterprise.delete")
    everybody = replace(viewer, scope="all")
    for user in session.scalars(select(User).where(User.enterprise_id == enterprise.id, User.deleted_at.is_(None))):
        update(session, user, everybody, {"is_active": False, "session_epoch": user.session_epoch + 1}, reason="删除企业")
        delete(session, user, everybody, f"删除企业“{enterprise.name}”")
