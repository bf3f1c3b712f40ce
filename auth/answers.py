"""Refusals and errors in the form the asker can read: a page for a person's browser, JSON for scripts and callbacks."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from auth.entering import minutes_left
from auth.session import current_person
from data.errors import PlatformError
from data.settings import Settings

NO_DATABASE = "数据库暂时连不上，系统正在自动恢复，请稍后重试。"
_WORDS = {
    400: "请求的内容无法理解。",
    403: "没有执行这一操作的权限。",
    404: "没有这个地址。",
    405: "这个地址不接受这种请求。",
    413: "提交的内容太大。",
    415: "提交的内容格式不被接受。",
    429: "请求太频繁，请稍后再试。",
}


def plain_page(template: str, **words: Any) -> str:
    """A page outside the frame, with the names of the park."""
    settings: Settings = current_app.config["PARK_SETTINGS"]
    names = {"park_name": settings.park_name, "platform_name": settings.platform_name, "duty_phone": settings.duty_phone}
    return render_template(template, **names, **({"acting": acting_words()} | words))


def acting_words() -> dict[str, Any] | None:
    """What the red bar says while somebody acts as an enterprise: its ``name`` and id, whole ``minutes`` left and until when
    (seconds since 1970); None otherwise."""
    person = current_person()
    if person is None or person.entry is None:
        return None
    entry = person.entry
    return {"name": person.viewer.acting_for, "enterprise_id": entry.enterprise_id, "minutes": minutes_left(entry), "until": entry.until}


def refusal(status: int, message: str, number: str = "") -> Response:
    """The answer with that status and message; ``number`` stands in the log."""
    if _reads_json():
        body = {"error": message, "number": number} if number else {"error": message}
        return make_response(jsonify(body), status)
    return make_response(plain_page("error.html", code=status, message=message, number=number), status)


def init_app(server: Flask) -> None:
    """Errors of every route of ``server`` become such answers."""

    @server.errorhandler(PlatformError)
    def platform_error(error: PlatformError) -> Response:
        return refusal(error.status, str(error))

    @server.errorhandler(OperationalError)
    @server.errorhandler(InterfaceError)
    def no_database(error: Exception) -> Response:
        current_app.logger.warning("The database does not answer: %s", error)
        return refusal(503, NO_DATABASE)

    @server.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response | HTTPException:
        status = error.code or 500
        if status < 400:
            return error
        return refusal(status, _WORDS.get(status, "请求没有完成。"))

    @server.errorhandler(500)
    def fault(error: Exception) -> Response:
        import secrets

        number = f"E-{secrets.token_hex(3).upper()}"
        current_app.logger.error("%s at %s %s", number, request.method, request.path, exc_info=getattr(error, "original_exception", None))
        return refusal(500, "服务器没有完成请求，错误已记录。", number)


def _reads_json() -> bool:
    if request.path.startswith(("/api/", "/_dash-", "/live/")) or request.path in {"/healthz", "/metrics"}:
        return True
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]
