"""Answering alarms from any page: the stores that carry a person's wish out of the browser, and the callbacks that fulfil it.

``park.alarms`` in the browser fills ``ACKNOWLEDGE`` or ``HANDLE`` and reads ``ANSWERED``; nothing else may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from sqlalchemy.orm import Session

from dashboard.callbacks import guarded, say
from data import alarms
from data.alarm_views import cards
from data.db import session
from data.errors import Conflict, Invalid, NotFound
from data.models import Alarm
from data.viewer import Viewer

ACKNOWLEDGE = "alarm-acknowledge"
HANDLE = "alarm-handle"
ANSWERED = "alarm-answered"
BUSY = "alarm-busy"
RIGHTS = "alarm-rights"

MOST_AT_ONCE = 200

Answer = Callable[[Session, int], Alarm]


def answer_parts(viewer: Viewer) -> list[Component]:
    """What the frame of every page carries: the stores, and which buttons this person is shown."""
    rights = {
        "data-view": "1" if viewer.may("alarm.view") else "",
        "data-acknowledge": "1" if viewer.may("alarm.acknowledge") else "",
        "data-handle": "1" if viewer.may("alarm.handle") else "",
        "data-map": "1" if viewer.may("map.view") else "",
    }
    return [
        html.Div(id=RIGHTS, hidden=True, **rights),
        *(dcc.Store(id=name) for name in (ACKNOWLEDGE, HANDLE, ANSWERED, BUSY)),
    ]


def register_answers(app: Dash) -> None:
    """Register 确认, 处置 and 关闭 for all pages."""
    running = [(Output(BUSY, "data"), True, False)]

    @guarded(
        app,
        Output(ANSWERED, "data"),
        Input(ACKNOWLEDGE, "data"),
        permission="alarm.acknowledge",
        prevent_initial_call=True,
        running=running,
    )
    def acknowledge(viewer: Viewer, wish: Any) -> dict[str, Any]:
        note = _text(wish, "note")
        return _answer(_identities(wish), lambda db, identity: alarms.acknowledge(db, identity, viewer, note), viewer)

    handled = Output(ANSWERED, "data", allow_duplicate=True)

    @guarded(app, handled, Input(HANDLE, "data"), permission="alarm.handle", prevent_initial_call=True, running=running)
    def handle(viewer: Viewer, wish: Any) -> dict[str, Any]:
        note, cause = _text(wish, "note"), _text(wish, "cause")
        steps: dict[str, Answer] = {
            "start": lambda db, identity: alarms.start_handling(db, identity, viewer, note),
            "resolve": lambda db, identity: alarms.resolve(db, identity, viewer, cause, note),
        }
        step = steps.get(_text(wish, "step"))
        if step is None:
            raise Invalid("没有这一操作，请刷新页面后再试。")
        return _answer(_identities(wish)[:1], step, viewer)

    for source, function in ((ANSWERED, "alarm_answered"), (BUSY, "alarm_busy")):
        app.clientside_callback(
            ClientsideFunction("park_pages", function), Input(source, "data"), prevent_initial_call=True
        )


def _answer(identities: Iterable[int], step: Answer, viewer: Viewer) -> dict[str, Any]:
    """Each alarm in a transaction of its own: where somebody else was first, the others are answered all the same."""
    done: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    for identity in identities:
        try:
            with session() as db:
                done += cards(db, [step(db, identity)])
        except (Conflict, NotFound) as error:
            refused.append({"id": identity, "text": str(error)})
    if refused:
        more = f"（另有 {len(refused) - 1} 条同样未能处理）" if len(refused) > 1 else ""
        say("warning", refused[0]["text"] + more)
    return {"alarms": done, "refused": refused}


def _identities(wish: Any) -> list[int]:
    given = wish.get("ids") if isinstance(wish, dict) else None
    if not isinstance(given, list) or not given:
        raise PreventUpdate
    if len(given) > MOST_AT_ONCE or not all(type(identity) is int for identity in given):
        raise Invalid(f"一次最多处理 {MOST_AT_ONCE} 条报警。")
    return list(dict.fromkeys(given))


def _text(wish: Any, name: str) -> str:
    value = wish.get(name) if isinstance(wish, dict) else None
    return value.strip() if isinstance(value, str) else ""
