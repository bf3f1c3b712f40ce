"""Answering alarms from any page: the stores that carry a person's wish out of the browser, and the callbacks that fulfil it.

``park.alarms`` in the browser fills ``ACKNOWLEDGE``, ``HANDLE`` or ``SUSPEND`` and reads ``ANSWERED``; nothing else may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from sqlalchemy.orm import Session

from dashboard.callbacks import guarded, say
from data import alarm_handover, alarms, suspensions
from data.alarm_views import cards
from data.db import session
from data.errors import Conflict, Invalid, NotFound
from data.models import Alarm
from data.query import get
from data.settings import current_settings
from data.viewer import Viewer

ACKNOWLEDGE = "alarm-acknowledge"
HANDLE = "alarm-handle"
SUSPEND = "alarm-suspend"
ANSWERED = "alarm-answered"
BUSY = "alarm-busy"
RIGHTS = "alarm-rights"

MOST_AT_ONCE = 200
HOURS = (1, 4, 8, 24, 168)  # for how long the desk offers to suspend a point

Answer = Callable[[Session, int], Alarm]


def answer_parts(viewer: Viewer) -> list[Component]:
    """What the frame of every page carries: the stores, and which buttons this person is shown."""
    rights = {
        "data-view": "1" if viewer.may("alarm.view") else "",
        "data-acknowledge": "1" if viewer.may("alarm.acknowledge") else "",
        "data-handle": "1" if viewer.may("alarm.handle") else "",
        "data-suspend": "1" if viewer.may("alarm.suspend") else "",
        "data-map": "1" if viewer.may("map.view") else "",
        "data-emergency": "1" if viewer.may("emergency.view") else "",
        "data-incident": "1" if viewer.may("incident.edit") else "",
        "data-video": "1" if viewer.may("video.view") else "",
        "data-office": "" if viewer.is_enterprise else "1",  # lists that enterprises do not have
        "data-tank": "1" if viewer.may("tank.view") else "",
        "data-vehicle": "1" if viewer.may("vehicle.view") else "",
    }
    return [
        html.Div(id=RIGHTS, hidden=True, **rights),
        *(dcc.Store(id=name) for name in (ACKNOWLEDGE, HANDLE, SUSPEND, ANSWERED, BUSY)),
    ]


def register_answers(app: Dash) -> None:
    """Register 确认, 处置, 转交, 关闭 and 抑制 for all pages."""
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
        done = {name: _text(wish, name) for name in ("measures", "result")}
        steps: dict[str, Answer] = {
            "start": lambda db, identity: alarms.start_handling(db, identity, viewer, note),
            "resolve": lambda db, identity: alarms.resolve(db, identity, viewer, cause, note, **done),
        }
        if _text(wish, "step") == "hand_over":
            person = _person(wish)
            return _answer(_identities(wish)[:1], lambda db, identity: alarm_handover.hand_over(db, identity, viewer, person, note), viewer)
        step = steps.get(_text(wish, "step"))
        if step is None:
            raise Invalid("没有这一操作，请刷新页面后再试。")
        return _answer(_identities(wish)[:1], step, viewer)

    @guarded(app, handled, Input(SUSPEND, "data"), permission="alarm.suspend", prevent_initial_call=True, running=running)
    def suspend(viewer: Viewer, wish: Any) -> dict[str, Any]:
        until, reason = _until(wish), _text(wish, "note")
        return _answer(_identities(wish)[:1], lambda db, identity: _suspend(db, identity, viewer, until, reason), viewer)

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


def _until(wish: Any) -> datetime:
    """The end that was wished: so many ``hours`` from now, or at ``until``, in the park's time."""
    given = wish if isinstance(wish, dict) else {}
    if given.get("hours") in HOURS:
        return datetime.now(UTC) + timedelta(hours=given["hours"])
    try:
        found = datetime.fromisoformat(given.get("until"))  # type: ignore[arg-type]
        return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(current_settings().time_zone))).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise Invalid("请选择抑制到什么时候。", {"until": "请选择抑制到什么时候。"}) from None


def _suspend(db: Session, identity: int, viewer: Viewer, until: datetime, reason: str) -> Alarm:
    alarm = get(db, Alarm, identity, viewer)
    if alarm.source_type != "point":
        raise Conflict("只有监测点的报警可以抑制。")
    suspensions.suspend(db, viewer, alarm.source_id, until, reason)
    say("success", f"{alarm.source_name}抑制至 {suspensions.clock(until)}，到时自动恢复报警。")
    return alarm


def _person(wish: Any) -> int:
    person = wish.get("person") if isinstance(wish, dict) else None
    if type(person) is not int or not 0 < person < 2**63:
        raise Invalid("请选择转交给谁。", {"person": "请从名单中选择。"})
    return person


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
