"""From a user's row to the viewer in whose name things are read and written. No Flask here: push and jobs use it too."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from data.models import User
from data.viewer import Viewer


class Standing(NamedTuple):
    """How a user stands now: ``epoch`` of the sign-ins that are still good, and the viewer with today's rights."""

    epoch: int
    viewer: Viewer


def viewer_of(session: Session, user_id: int) -> Standing | None:
    """How the user stands; None when there is none of that id, or it is deleted or disabled."""
    user = session.scalar(_active().where(User.id == user_id))
    return Standing(user.session_epoch, viewer_from(user)) if user else None


def viewer_from(user: User, address: str = "") -> Viewer:
    """The viewer with the rights that the user's role has now; ``address`` is where the request comes from."""
    return Viewer(
        id=user.id,
        username=user.username,
        name=user.name,
        role=user.role.code,
        permissions=frozenset(user.role.permissions),
        scope=user.role.scope,
        enterprise_id=user.enterprise_id,
        department_id=user.department_id,
        division_id=user.division_id,
        address=address,
    )


def user_signed_in(session: Session, user_id: int, epoch: int) -> User | None:
    """The user, if a sign-in of that epoch is still good: not deleted, not disabled, password not changed since."""
    return session.scalar(_active().where(User.id == user_id, User.session_epoch == epoch))


def user_named(session: Session, username: str, *, lock: bool = False) -> User | None:
    """The user with that name, disabled or not; ``lock`` keeps the row to this transaction until it ends."""
    wanted = select(User).where(User.username == username, User.deleted_at.is_(None))
    return session.scalar(wanted.with_for_update(of=User) if lock else wanted)


def _active() -> Select[User]:
    return select(User).where(User.is_active, User.deleted_at.is_(None))
