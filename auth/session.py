"""Who is signed in: the session carries the user's id, epoch and time of sign-in; rights are read at every request."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from flask import Flask, current_app, g, has_request_context, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from auth.entering import Entry, acting_viewer, entry_from
from auth.tokens import viewer_for
from data.db import read_session
from data.errors import Forbidden
from data.models import User
from data.settings import Settings
from data.viewer import Viewer
from data.viewers import user_signed_in, viewer_from

SIGNED_IN_AT = "at"
ENTRY = "entry"
_KNOWN_SECONDS = 300
_known: dict[tuple[str, Entry | None], tuple[float, Person]] = {}


class Person(UserMixin):
    """The signed-in person of a request, as flask-login wants it. With an ``entry`` they act as an enterprise."""

    entry: Entry | None = None

    def __init__(self, user: User, address: str) -> None:
        self.viewer = viewer_from(user, address)
        self.epoch = user.session_epoch
        self.must_change_password = user.must_change_password
        self.is_enterprise = user.enterprise_id is not None

    def get_id(self) -> str:
        return f"{self.viewer.id}.{self.epoch}"

    def act(self, viewer: Viewer, entry: Entry) -> None:
        """Act as the enterprise from now on; a first password that its user has to change is not this person's to change."""
        self.viewer, self.entry, self.must_change_password = viewer, entry, False


def init_app(server: Flask, settings: Settings) -> None:
    """Signed cookies and flask-login on ``server``."""
    server.config.update(
        SECRET_KEY=settings.effective_secret_key,
        SESSION_COOKIE_NAME="park_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookie,
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        PARK_SETTINGS=settings,
    )
    manager = LoginManager()
    manager.init_app(server)
    manager.session_protection = "basic"
    manager.user_loader(_load)


def begin(user: User) -> None:
    """Sign the user in: a new session, nothing of an older one is kept."""
    session.clear()
    session.permanent = True
    session[SIGNED_IN_AT] = int(time.time())
    login_user(Person(user, address()))


def begin_entry(entry: Entry) -> None:
    """Act as an enterprise in this browser, until the entry is over."""
    session[ENTRY] = list(entry)


def end_entry() -> None:
    """Be oneself again."""
    session.pop(ENTRY, None)


def entry_has_ended() -> bool:
    """Whether this request came from somebody who was acting as an enterprise and no longer may."""
    return getattr(g, "entry_ended", False)


def identity_mark() -> str:
    """Who this request acts as, for the browser: a page of somebody else is then known to be out of date."""
    person = current_person()
    return f"{person.viewer.id}.{person.viewer.acting_as_id or 0}" if person else ""


def end() -> None:
    """Sign out this browser."""
    logout_user()
    session.clear()


def current_viewer() -> Viewer:
    """The viewer of this request, with rights as they are in the database now. Forbidden when nobody is signed in."""
    if not has_request_context():
        raise Forbidden("没有登录用户。")
    viewer = getattr(g, "token_viewer", None)
    if viewer is not None:
        return viewer
    if not current_user.is_authenticated:
        raise Forbidden("登录已失效，请重新登录。")
    return current_user.viewer


def current_person() -> Person | None:
    """The person of this request's session, or None."""
    return current_user if current_user.is_authenticated else None


def take_bearer_token() -> bool:
    """Whether the request carries a good API token; then its user is the viewer of this request."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return False
    g.token_viewer = viewer_for(token.strip(), address())
    return g.token_viewer is not None


def has_cookie() -> bool:
    """Whether the request has an unexpired signed session, without asking the database: enough for files of the program."""
    return "_user_id" in session and not _is_over()


def address() -> str:
    """The address the request comes from."""
    return (request.remote_addr or "")[:60]


def _is_over() -> bool:
    lifetime = current_app.permanent_session_lifetime.total_seconds()
    return time.time() - session.get(SIGNED_IN_AT, 0) > lifetime


def _load(identity: str) -> Person | None:
    """The person of a session, or None when it is over. While the database is down the last known one, for five minutes:
    the page then says that the database is down instead of asking for the password again."""
    if _is_over():
        return None
    user_id, _, epoch = identity.partition(".")
    entry = entry_from(session.get(ENTRY))
    key = (identity, entry)
    try:
        with read_session() as current:
            user = user_signed_in(current, int(user_id), int(epoch))
            person = _person(current, user, entry) if user else None
    except ValueError:
        return None
    except (OperationalError, InterfaceError):
        at, person = _known.get(key, (0.0, None))
        if person is None or time.monotonic() - at > _KNOWN_SECONDS or (entry and entry.until <= time.time()):
            raise
        return person
    if person is None or person.entry != entry:
        _known.pop(key, None)
    else:
        _known[key] = (time.monotonic(), person)
    return person


def _person(current: Session, user: User, entry: Entry | None) -> Person:
    """The person of the sign-in, acting as the enterprise of the entry while that is allowed."""
    person = Person(user, address())
    if entry is None:
        return person
    acting = acting_viewer(current, person.viewer, entry, datetime.now(UTC))
    if acting is None:
        end_entry()
        g.entry_ended = True
    else:
        person.act(acting, entry)
    return person
