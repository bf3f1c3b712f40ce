"""Callbacks that check who asks. Every server callback of the platform is registered by ``guarded``."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, Literal

from dash import Dash, no_update, set_props
from dash.exceptions import PreventUpdate
from flask import g
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from auth.session import current_viewer
from dashboard.ids import INBOX
from data.errors import Invalid, PlatformError
from data.values import storable

log = logging.getLogger("park.web")
NO_DATABASE = "数据库暂时连不上，系统正在自动恢复，请稍后重试。"


def say(kind: Literal["success", "info", "warning", "error"], text: str, *, stays: bool = False) -> None:
    """Show a message to the person, from within a callback. Success leaves after 3 s, errors and what ``stays`` do not."""
    told = getattr(g, "told", [])
    g.told = [*told, {"kind": kind, "text": text, "stays": stays}]
    set_props(INBOX, {"data": {"messages": g.told, "key": secrets.token_hex(4)}})


def record_fault(where: str) -> str:
    """Write the current exception to the log and return the number under which it stands there."""
    number = f"E-{secrets.token_hex(3).upper()}"
    log.exception("%s in %s", number, where)
    return number


def guarded(
    app: Dash, *dependencies: Any, permission: str, quiet: bool = False, **options: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function as a callback of ``app``; it gets the viewer before the callback's own values.

    The permission is checked on the server at every call, whatever the page showed ("" = any signed-in person).
    A PlatformError is shown as a message and changes nothing on the page; any other error is shown as a number that
    stands in the log; ``quiet`` shows neither, for what the page repeats by itself every few seconds. Only ids, not rights, come from the browser: the function still looks records up with the viewer.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        where = f"{function.__module__}.{function.__qualname__}"

        def tell(text: str) -> None:
            if not quiet:
                say("error", text)

        @wraps(function)
        def answer(*args: Any, **kwargs: Any) -> Any:
            try:
                viewer = current_viewer()
                viewer.require(permission)
                return function(viewer, *_storable(args), **kwargs)
            except (PreventUpdate, HTTPException):
                raise
            except PlatformError as error:
                tell(str(error))
            except (OperationalError, InterfaceError):
                log.warning("%s: the database does not answer", where, exc_info=True)
                tell(NO_DATABASE)
            except Exception:
                tell(f"操作没有完成，请稍后重试。错误编号 {record_fault(where)}")
            return no_update

        answer.permission = permission  # type: ignore[attr-defined]
        app.callback(*dependencies, **options)(answer)
        return function

    return register


def _storable(args: tuple[Any, ...]) -> list[Any]:
    try:
        return [storable(one) for one in args]
    except RecursionError as error:
        raise Invalid("提交的内容无法理解，请刷新页面。") from error


def permission_marks(app: Dash) -> dict[str, str | None]:
    """Output of every server callback of ``app`` with the permission it asks for; None where it asks for none."""
    server_side = ((key, entry["callback"]) for key, entry in app.callback_map.items() if "callback" in entry)
    return {key: getattr(function, "permission", None) for key, function in server_side}
