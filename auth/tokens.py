"""Tokens for programs (API) and for the push connection. No Flask here: the push role reads tokens too."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from data.db import session as db_session
from data.errors import Forbidden, Invalid, NotFound
from data.models import ApiToken, User
from data.save import create
from data.settings import Settings, current_settings
from data.viewer import Viewer, system_viewer
from data.viewers import user_named, viewer_from
from data.walls import Seat

_USE_STEP = timedelta(minutes=1)


def digest(token: str) -> str:
    """What is kept of a token: its SHA-256 in hexadecimal. The token has 256 random bits, so it needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue(session: Session, username: str, name: str, *, by: Viewer | None = None) -> str:
    """A new API token of the user, shown this once. NotFound when nobody has that username, Invalid when disabled.

    Forbidden to whoever acts as an enterprise: a token would outlive the half hour.
    """
    if by is not None and by.acting_for:
        raise Forbidden(f"正在以“{by.acting_for}”的身份操作，不能签发令牌。请先返回管理端。")
    user = user_named(session, username)
    if user is None:
        raise NotFound(f"没有用户名为“{username}”的用户。")
    if not user.is_active:
        raise Invalid(f"用户“{username}”已停用，不能签发令牌。")
    token = "park_" + secrets.token_urlsafe(32)
    values = {"user_id": user.id, "name": name[:60], "digest": digest(token)}
    create(session, ApiToken, by or system_viewer("命令行"), values, verb="token")
    return token


def viewer_for(token: str, address: str = "") -> Viewer | None:
    """The viewer whose token this is, with today's rights; None when it is unknown, revoked or its user disabled."""
    if not token:
        return None
    with db_session() as session:
        wanted = select(ApiToken, User).join(User, User.id == ApiToken.user_id).where(ApiToken.digest == digest(token))
        found = session.execute(wanted).one_or_none()
        if found is None:
            return None
        kept, user = found
        if kept.revoked_at or kept.deleted_at or user.deleted_at or not user.is_active:
            return None
        _note_use(session, kept)
        return viewer_from(user, address)


def _note_use(session: Session, kept: ApiToken) -> None:
    """Remember the use, at most once a minute: a poller must not turn every read into a write."""
    now = datetime.now(UTC)
    if kept.last_used_at is None or now - kept.last_used_at > _USE_STEP:
        session.execute(update(ApiToken).where(ApiToken.id == kept.id).values(last_used_at=now, updated_at=kept.updated_at))


def push_token(viewer: Viewer, settings: Settings | None = None) -> str:
    """A token by which the viewer's browser connects to the push role: signed, good for settings.push_token_seconds.

    It names the person only (acting as an enterprise: its user); the push role reads scope and rights when it is used, so what
    was taken is gone at once.
    """
    return str(_serializer(settings or current_settings()).dumps(viewer.acting_as_id or viewer.id))


def wall_push_token(seat: Seat, settings: Settings | None = None) -> str:
    """The same for the window of a wall: it names the wall and which of its tokens opened the window."""
    return str(_serializer(settings or current_settings()).dumps(f"wall:{seat.wall_id}:{seat.epoch}"))


class Subject(NamedTuple):
    """Whose stream a push token opens: a ``user_id``, or a ``wall_id`` with the ``epoch`` of its token."""

    user_id: int | None
    wall_id: int | None = None
    epoch: int = 0


def read_push_token(text: str, settings: Settings | None = None) -> Subject:
    """Whose token it is; Forbidden when it is forged or too old."""
    settings = settings or current_settings()
    try:
        said = str(_serializer(settings).loads(text, max_age=settings.push_token_seconds))
        if said.startswith("wall:"):
            _, wall_id, epoch = said.split(":")
            return Subject(None, int(wall_id), int(epoch))
        return Subject(int(said))
    except (BadData, TypeError, ValueError) as error:
        raise Forbidden("实时连接的凭证无效或已过期，请刷新页面。") from error


def _serializer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.effective_secret_key, salt="park.push")
