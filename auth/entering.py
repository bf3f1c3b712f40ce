"""快速登录企业端: somebody of an authority acts as an enterprise's user for a while, named as themselves in every log. No Flask.

What allows it is read again at every request: the right, the enterprise within the person's own scope, and the enterprise's
user being active. So it ends by itself, and at once when any of that is taken away.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from data.audit import record_change
from data.errors import Conflict, Forbidden
from data.models import Enterprise, LoginEvent, Role, User
from data.query import get, visible
from data.scope import MANAGEMENT
from data.settings import Settings
from data.viewer import Viewer
from data.viewers import viewer_from

ENTER = "enterprise.enter"


class Entry(NamedTuple):
    """What the session keeps: as which user of which enterprise one acts, and until when (seconds since 1970)."""

    user_id: int
    enterprise_id: int
    until: int


def entry_from(kept: object) -> Entry | None:
    """The entry out of a session's value; None when it is none."""
    if isinstance(kept, (list, tuple)) and len(kept) == 3 and all(isinstance(one, int) for one in kept):
        return Entry(*kept)
    return None


def enterprise_for(session: Session, viewer: Viewer, enterprise_id: int) -> tuple[Enterprise, User]:
    """The enterprise that the viewer may enter and the user as whom. Forbidden, NotFound or Conflict say why not."""
    if viewer.acting_for:
        raise Forbidden(f"正在以“{viewer.acting_for}”的身份操作，请先返回管理端。")
    viewer.require(ENTER)
    if viewer.scope not in MANAGEMENT:
        raise Forbidden("只有监管部门的人员可以快速登录企业端。")
    enterprise = get(session, Enterprise, enterprise_id, viewer)
    user = _user_of(session, enterprise)
    if user is None:
        raise Conflict(f"“{enterprise.name}”没有启用的企业端用户，不能登录企业端。")
    return enterprise, user


def enter(session: Session, viewer: Viewer, enterprise_id: int, agent: str, settings: Settings, now: datetime) -> Entry:
    """Begin to act as the enterprise; both logs say who and as whom."""
    enterprise, user = enterprise_for(session, viewer, enterprise_id)
    until = now + timedelta(minutes=settings.enter_minutes)
    clock = until.astimezone(ZoneInfo(settings.time_zone)).strftime("%H:%M")
    record_change(session, viewer, "enter", enterprise, {}, f"以企业用户“{user.name}”的身份操作，{clock} 自动结束")
    _log(session, viewer, enterprise.name, agent, "enter", now)
    return Entry(user.id, enterprise.id, int(until.timestamp()))


def leave(session: Session, acting: Viewer, agent: str, now: datetime) -> None:
    """End it before its time, and log that."""
    enterprise = session.get(Enterprise, acting.enterprise_id)
    if enterprise is not None:
        record_change(session, replace(acting, acting_for=""), "leave", enterprise, {})
    _log(session, acting, acting.acting_for, agent, "leave", now)


def acting_viewer(session: Session, person: Viewer, entry: Entry, now: datetime) -> Viewer | None:
    """The person with the rights of the enterprise's user; None when the time is over or anything that allowed it is gone."""
    if now.timestamp() >= entry.until or not person.may(ENTER) or person.scope not in MANAGEMENT:
        return None
    name = session.scalar(visible(Enterprise, person).where(Enterprise.id == entry.enterprise_id).with_only_columns(Enterprise.name))
    user = session.scalar(select(User).join(Role, Role.id == User.role_id).where(User.id == entry.user_id, *_usable(entry.enterprise_id)))
    if name is None or user is None:
        return None
    rights = viewer_from(user, person.address)
    return replace(rights, id=person.id, username=person.username, name=person.name, acting_for=name, acting_as_id=user.id)


def minutes_left(entry: Entry, now: datetime | None = None) -> int:
    """Whole minutes until it ends, begun ones counted."""
    seconds = entry.until - (now or datetime.now(UTC)).timestamp()
    return max(0, -int(-seconds // 60))


def _user_of(session: Session, enterprise: Enterprise) -> User | None:
    """The user as whom one enters: the one with the enterprise's name, else its first."""
    mine = select(User).join(Role, Role.id == User.role_id).where(*_usable(enterprise.id))
    return session.scalars(mine.order_by((User.username == enterprise.name).desc(), User.id).limit(1)).first()


def _usable(enterprise_id: int) -> tuple[ColumnElement[bool], ...]:
    mine = (User.enterprise_id == enterprise_id, User.is_active.is_(True), User.deleted_at.is_(None))
    return (*mine, Role.scope == "own_enterprise", Role.deleted_at.is_(None))


def _log(session: Session, viewer: Viewer, enterprise: str, agent: str, result: str, now: datetime) -> None:
    both = f"{viewer.username}（代 {enterprise}）"
    session.add(LoginEvent(at=now, username=both[:200], user_id=viewer.id, address=viewer.address, agent=agent[:200], result=result))
