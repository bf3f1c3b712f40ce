"""The walls' own door: a request that shows a wall's token, or asks for a screen, is let in or refused here and nowhere else.

A wall has no session. Its token stands in the address of the page and in the header of what the page fetches; program files, which
are the same for everybody, are let through by a signed mark that the page leaves in the browser.
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Response, current_app, g, jsonify, make_response, request
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.exc import InterfaceError, OperationalError

from auth.answers import NO_DATABASE, plain_page
from auth.session import current_person, take_bearer_token
from data import walls
from data.db import session
from data.errors import Forbidden
from data.settings import Settings

PLACE = "/screen/"
BASE_MAP = "/map/base/"
MARK = "park_wall"
MARK_SECONDS = 40 * 24 * 3600  # the page reloads every night and renews it
RETRY_S = 30
_STATUS = {"missing": 401, "away": 503}


def token() -> str:
    """The wall's token that the request shows, or an empty text."""
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    found = shown.strip() if scheme.lower() == "bearer" else ""
    return next((one for one in (found, request.args.get("token", "")) if one.startswith(walls.PREFIX)), "")


def is_for_wall() -> bool:
    """Whether this request is decided here."""
    return request.path.startswith(PLACE) or bool(token())


def check() -> ResponseReturnValue | None:
    """None when the wall, or the person who previews, may have what is asked for; else what is answered."""
    try:
        g.wall = _seat()
    except walls.Refused as error:
        return refused(error.reason, str(error))
    except (OperationalError, InterfaceError):
        return refused("away", NO_DATABASE)
    return None


def current_seat() -> walls.Seat:
    """The wall of this request."""
    found: walls.Seat = g.wall
    return found


def _seat() -> walls.Seat:
    shown = token()
    if shown:
        with session() as current:
            seat = walls.admitted(current, shown, datetime.now(UTC))
    else:
        seat = _preview()
    if request.path.startswith(PLACE):
        screen = request.path.removeprefix(PLACE).partition("/")[0]
        if screen not in seat.screens:
            raise walls.Refused("screen", f"“{seat.name}”的大屏令牌不能打开这个画面。")
    elif not (request.path.startswith(BASE_MAP) and walls.WITH_MAP & set(seat.screens)):
        raise walls.Refused("elsewhere", "大屏令牌只能打开大屏画面。")
    return seat


def _preview() -> walls.Seat:
    person = current_person()
    if person is None and not take_bearer_token():
        raise walls.Refused("missing", "地址中没有大屏令牌。")
    try:
        if person is not None and person.must_change_password:
            raise Forbidden("请先设置自己的密码。")
        return walls.preview(g.token_viewer if person is None else person.viewer)
    except Forbidden as error:
        raise walls.Refused("person", f"{error}看大屏请用大屏令牌的地址。") from error


def refused(reason: str, message: str) -> Response:
    """A calm page that asks again by itself, with nothing on it to click; for the page's own questions JSON."""
    status = _STATUS.get(reason, 403)
    if request.path.startswith(PLACE) and request.path.count("/") == 2 and request.method == "GET":
        response = make_response(plain_page("wall.html", reason=reason, message=message, retry=RETRY_S, acting=None), status)
        response.headers["Refresh"] = str(RETRY_S)
        return response
    return make_response(jsonify({"error": message, "reason": reason}), status)


def leave_mark(response: Response) -> Response:
    """Let the browser of an admitted wall fetch the program's files."""
    settings: Settings = current_app.config["PARK_SETTINGS"]
    response.set_cookie(MARK, str(_signer(settings).dumps("wall")), max_age=MARK_SECONDS, httponly=True, samesite="Lax", secure=settings.secure_cookie)
    return response


def has_mark(settings: Settings) -> bool:
    """Whether a wall was admitted in this browser not long ago: enough for files of the program."""
    try:
        return bool(_signer(settings).loads(request.cookies.get(MARK, ""), max_age=MARK_SECONDS) == "wall")
    except BadData:
        return False


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.effective_secret_key, salt="park.wall")
