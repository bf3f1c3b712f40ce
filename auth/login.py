"""Sign-in for the park's people and for enterprises, sign-out, change of password, and the ticket of the push connection."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, make_response, redirect, request
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.exc import InterfaceError, OperationalError

from auth import entry_pages
from auth import session as sign_in
from auth.answers import NO_DATABASE, plain_page, refusal
from auth.credentials import Outcome, check, remember
from auth.passwords import MAX_LENGTH, MIN_LENGTH, faults, hash_password, verify
from auth.session import address, current_person, current_viewer
from auth.tokens import push_token
from data.db import session
from data.models import User
from data.save import update
from data.settings import Settings, current_settings

DOORS = {
    "/login": ("管理端登录", "园区、部门、乡镇工作人员使用"),
    "/enterprise/login": ("企业端登录", "园区企业使用，用户名为企业全称"),
}
RULE = f"{MIN_LENGTH}–{MAX_LENGTH} 位，含大写字母、小写字母、数字、符号中的三种，不含用户名"
_STATUS = {"wrong": 401, "locked": 423, "disabled": 403, "wrong_door": 403}
_HERE = Path(__file__).parent


def blueprint(settings: Settings) -> Blueprint:
    """The routes of this module, with the plain pages' own files under /public."""
    pages = Blueprint("auth", __name__, template_folder=str(_HERE / "templates"), static_folder=str(_HERE / "static"), static_url_path="/public")
    for path in DOORS:
        pages.add_url_rule(path, f"door_{path}".replace("/", "_"), lambda path=path: _door(path, settings), methods=["GET", "POST"])
    pages.add_url_rule("/logout", "logout", _logout, methods=["POST"])
    pages.add_url_rule("/password", "password", _password, methods=["GET", "POST"])
    entry_pages.add_to(pages, settings)
    pages.add_url_rule("/live/token", "live_token", lambda: _live_token(settings), methods=["GET"])
    return pages


def local_path(text: str | None) -> str:
    """``text`` when it is a path of this site that one may be sent to, else "/": never another site's address."""
    text = text or ""
    try:
        parts = urlsplit(text)
    except ValueError:  # http://[
        return "/"
    is_local = text.startswith("/") and not text.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    has_control = any(ord(letter) < 32 or letter == "\\" for letter in text)
    if not is_local or has_control or parts.path in {*DOORS, "/logout", "/password"} or parts.path.startswith("/_dash"):
        return "/"
    return text


def _door(path: str, settings: Settings) -> ResponseReturnValue:
    onward = local_path(request.form.get("next") or request.args.get("next"))
    if request.method == "GET":
        return redirect(onward) if current_person() else _form(path, onward)
    # A NUL is in nobody's name, and the database takes none.
    username, password = request.form.get("username", "").replace("\0", "").strip(), request.form.get("password", "")
    if not username or not password:
        return _form(path, onward, username, "请输入用户名和密码。"), 400
    try:
        outcome = _enter(path, username, password, settings)
    except (OperationalError, InterfaceError):
        return _form(path, onward, username, NO_DATABASE), 503
    if not outcome.is_in or outcome.user is None:
        return _form(path, onward, username, outcome.message), _STATUS[outcome.result]
    sign_in.begin(outcome.user)
    return redirect("/password" if outcome.user.must_change_password else onward)


def _enter(path: str, username: str, password: str, settings: Settings) -> Outcome:
    now = datetime.now(UTC)
    with session() as current:
        at_enterprise = path == "/enterprise/login"
        outcome = check(current, username, password, enterprise_door=at_enterprise, settings=settings, now=now)
        remember(current, outcome, username, address(), request.user_agent.string, now)
    return outcome


def _form(path: str, onward: str, username: str = "", error: str = "") -> str:
    title, subtitle = DOORS[path]
    return plain_page("login.html", title=title, subtitle=subtitle, action=path, next=onward, username=username, error=error)


def _logout() -> ResponseReturnValue:
    person = current_person()
    door = "/login"
    if person is not None:
        door = "/enterprise/login" if person.is_enterprise else "/login"
        with session() as current:
            user = current.get(User, person.viewer.id)
            remember(current, Outcome("logout", user), person.viewer.username, address(), request.user_agent.string, datetime.now(UTC))
    sign_in.end()
    return redirect(door)


def _password() -> ResponseReturnValue:
    person = current_person()
    if person is None:
        return redirect("/login?next=/password")
    if person.entry is not None:
        return refusal(403, f"正在以“{person.viewer.acting_for}”的身份操作，不能修改密码。请先返回管理端。")
    if request.method == "GET":
        return _password_form(person)
    if not _is_own_form(person, request.form.get("csrf_token", "")):
        return _password_form(person, {"": "页面已过期，请重新填写。"}), 400
    current_password, new = request.form.get("current", ""), request.form.get("password", "")
    mistakes = {}
    with session() as current:
        user = current.get_one(User, person.viewer.id, with_for_update={"of": User})
        if len(current_password) > MAX_LENGTH or not verify(user.password_hash, current_password):
            mistakes["current"] = "原密码不正确。"
        found = faults(new, username=user.username, current=current_password)
        if found:
            mistakes["password"] = "".join(found)
        if new != request.form.get("repeat", ""):
            mistakes["repeat"] = "两次输入的新密码不一致。"
        if mistakes:
            return _password_form(person, mistakes), 422
        values = {"password_hash": hash_password(new), "must_change_password": False, "session_epoch": user.session_epoch + 1}
        update(current, user, person.viewer, values, verb="password")
    sign_in.begin(user)
    return redirect("/")


def _password_form(person: sign_in.Person, mistakes: dict[str, str] | None = None) -> str:
    return plain_page(
        "password.html",
        username=person.viewer.name,
        forced=person.must_change_password,
        error=mistakes,
        rule=RULE,
        csrf_token=_forms().dumps(person.get_id()),
    )


def _is_own_form(person: sign_in.Person, token: str) -> bool:
    """Whether the form was made for this person's present sign-in, within the last hour."""
    try:
        return _forms().loads(token, max_age=3600) == person.get_id()
    except BadData:
        return False


def _forms() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_settings().effective_secret_key, salt="park.form")


def push_address(settings: Settings) -> str:
    """Where the push role is for the browser of this request."""
    host = request.host.rpartition(":")[0] or request.host
    base = settings.push_url.rstrip("/") or f"{request.scheme}://{host}:{settings.push_port}"
    return base if base.endswith("/live") else f"{base}/live"


def _live_token(settings: Settings) -> Response:
    """Where the push role is and the ticket for one connection."""
    return make_response(jsonify({"url": push_address(settings), "token": push_token(current_viewer(), settings)}))
