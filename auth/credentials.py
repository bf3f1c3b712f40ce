"""Whether a username and a password let somebody in: lock-out, the right door, equal answers for unknown names. No Flask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from auth.passwords import MAX_LENGTH, hash_password, needs_rehash, verify, verify_nobody
from data.models import LoginEvent, User
from data.settings import Settings
from data.viewers import user_named


@dataclass(frozen=True)
class Outcome:
    """``result`` is one of ``choices.LOGIN_RESULTS``; ``message`` is for the person, empty on success."""

    result: str
    user: User | None = None
    message: str = ""

    @property
    def is_in(self) -> bool:
        return self.result == "ok" and self.user is not None


def check(session: Session, username: str, password: str, *, enterprise_door: bool, settings: Settings, now: datetime) -> Outcome:
    """Try to enter, counting what is wrong. The user's row is locked, so that guesses sent at once are counted one by one."""
    user = user_named(session, username, lock=True)
    if user is None:
        return _stranger(session, username, password, settings, now)
    if user.locked_until and user.locked_until > now:
        return Outcome("locked", user, _locked(user.locked_until, settings))
    if len(password) > MAX_LENGTH or not verify(user.password_hash, password):
        return _wrong(session, user, settings, now)
    if not user.is_active:
        return Outcome("disabled", user, "账号已停用，请联系系统管理员。")
    if enterprise_door != (user.enterprise_id is not None):
        right = "企业端" if user.enterprise_id is not None else "管理端"
        return Outcome("wrong_door", user, f"这是{right}账号，请从{right}登录。")
    changes: dict[str, object] = {"failed_count": 0, "locked_until": None}
    if needs_rehash(user.password_hash):
        changes["password_hash"] = hash_password(password)
    _note(session, user, **changes)
    return Outcome("ok", user)


def remember(session: Session, outcome: Outcome, username: str, address: str, agent: str, now: datetime) -> None:
    """Write the line of the login log."""
    user_id = outcome.user.id if outcome.user else None
    line = LoginEvent(at=now, username=username[:200], user_id=user_id, address=address, agent=agent[:200], result=outcome.result)
    session.add(line)


def _wrong(session: Session, user: User, settings: Settings, now: datetime) -> Outcome:
    misses = (0 if user.locked_until else user.failed_count) + 1  # a lock that ran out starts the count anew
    if misses < settings.login_attempts:
        _note(session, user, failed_count=misses, locked_until=None)
        return Outcome("wrong", user, _left(settings.login_attempts - misses, settings))
    until = now + timedelta(minutes=settings.login_lock_minutes)
    _note(session, user, failed_count=misses, locked_until=until)
    return Outcome("wrong", user, _locked(until, settings))


def _stranger(session: Session, username: str, password: str, settings: Settings, now: datetime) -> Outcome:
    """The answer for a name that nobody has: the same words, counts and time as for one that somebody has."""
    verify_nobody(password[:MAX_LENGTH])
    window = timedelta(minutes=settings.login_lock_minutes)
    recent = (LoginEvent.username == username[:200], LoginEvent.at > now - window)
    misses, last = session.execute(
        select(func.count(), func.max(LoginEvent.at)).where(*recent, LoginEvent.result == "wrong")
    ).one()
    if misses >= settings.login_attempts:
        return Outcome("locked", None, _locked(last + window, settings))
    misses += 1
    if misses < settings.login_attempts:
        return Outcome("wrong", None, _left(settings.login_attempts - misses, settings))
    return Outcome("wrong", None, _locked(now + window, settings))


def _note(session: Session, user: User, **changes: object) -> None:
    """Change what signing in changes. Not an edit of the record: its version and its audit trail stay as they are."""
    session.execute(update(User).where(User.id == user.id).values(**changes).execution_options(synchronize_session=False))


def _left(count: int, settings: Settings) -> str:
    limit = f"连续错误 {settings.login_attempts} 次，账号锁定 {settings.login_lock_minutes} 分钟。"
    return f"用户名或密码不正确，还可尝试 {count} 次。{limit}"


def _locked(until: datetime, settings: Settings) -> str:
    clock = until.astimezone(ZoneInfo(settings.time_zone)).strftime("%H:%M")
    return f"密码连续错误 {settings.login_attempts} 次，账号已锁定，请在 {clock} 后再试，或联系系统管理员解锁。"
