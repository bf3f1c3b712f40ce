"""报警中心: open alarms as they come, those that were closed, and one alarm with its curve and its story.

The list is drawn in the browser from the live data (``assets/72-alarm-desk*.js``); the server answers what the stream does not
carry. Answers of people go through ``dashboard.alarm_answers``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import plotly.graph_objects as go
from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from sqlalchemy.orm import Session

from dashboard.blocks.limit_curve import HIGH, CurveLimit, limit_curve
from dashboard.callbacks import guarded
from dashboard.charts import figure, graph
from dashboard.past import wished
from dashboard.site import Page
from data import alarm_groups, alarm_handover, alarm_views, escalation, measure_dangers, suspensions, telemetry
from data.choices.monitoring import ALARM_LEVELS, ALARM_SOURCES
from data.db import read_session
from data.models import Alarm, Point
from data.query import get
from data.settings import current_settings
from data.viewer import Viewer

VIEWS = ("active", "waiting", "rising", "mine", "recovered", "closed")
DAYS = (1, 7, 30)
PAGE_SIZE = 50
BUCKETS = 240
HOUR = timedelta(hours=1)
CURVE = "alarm-curve"
ASK = {name: f"desk-ask-{name}" for name in ("figures", "history", "story")}
TOLD = {name: f"desk-{name}" for name in ("figures", "history", "story")}
START = "desk-start"
DESK = "alarm-desk"


def layout(
    viewer: Viewer, view: str = "", level: str = "", source: str = "", q: str = "", id: str = "", days: str = ""
) -> Component:
    """The desk in the state that its address names."""
    state = {
        "view": view if view in VIEWS else "active",
        "level": _level(level),
        "source": _source(source),
        "q": q[:60],
        "id": int(id) if id.isdecimal() and len(id) < 16 else 0,
        "days": int(days) if days.isdecimal() and int(days) in DAYS else 1,
    }
    with read_session() as db:
        facts = alarm_views.point_facts(db, viewer)
        start = {
            "state": state,
            "figures": _figures(db, viewer, datetime.now(UTC)),
            "gas": [fact.id for fact in facts if fact.is_gas],
            "periods": [[fact.id, fact.period_s] for fact in facts],
            "phones": {str(firm): phone for firm, phone in alarm_views.duty_phones(db, viewer).items()},
        }
    stores = [dcc.Store(id=name) for name in (*ASK.values(), *TOLD.values())]
    return html.Div(
        [
            html.Section(id="desk-hero", className="hero", hidden=True, **{"aria-label": "首要报警"}),
            html.Section(id="desk-views", className="desk-panel", **{"aria-label": "视图与统计"}),
            html.Section(id="desk-list", className="desk-panel", **{"aria-label": "报警列表"}),
            _detail(),
            dcc.Store(id=START, data=start),
            *stores,
        ],
        id=DESK,
        className="alarm-desk",
    )


def _detail() -> Component:
    parts = [html.Div(id=f"desk-detail-{name}") for name in ("head", "figures", "rises", "form", "story")]
    parts.insert(2, html.Div(graph(CURVE, figure("dark"), height=156), id="desk-detail-curve"))
    return html.Section(
        parts, id="desk-detail", className="desk-panel", **{"aria-label": "报警详情", "data-empty": "1"}
    )


def _level(given: Any) -> str:
    return str(given) if str(given) in {choice.code for choice in ALARM_LEVELS} else ""


def _source(given: Any) -> str:
    return str(given) if str(given) in {choice.code for choice in ALARM_SOURCES} else ""


def _figures(db: Session, viewer: Viewer, now: datetime) -> dict[str, Any]:
    """Hours of the last day, how fast people answered, how many were closed today, which ones the viewer has in hand."""
    answering = alarm_views.answering(db, viewer, now)
    return {
        "hours": [[alarm_views.to_ms(start), count] for start, count in alarm_views.hourly(db, viewer, now)],
        "mean_s": answering.mean_s,
        "online": alarm_views.online(db, viewer, now),
        "handled": alarm_views.handled(db, viewer, now),
        "answered": answering.count,
        "closed": alarm_views.closed_count(db, viewer, alarm_views.start_of_day(now)),
        "mine": alarm_views.handled_by(db, viewer),
        "suspended": suspensions.count(db, viewer, now),
        "rises": [_rise(rise) for rise in escalation.coming(db, viewer, now)],
    }


def _rise(rise: escalation.Rise) -> dict[str, Any]:
    return {"id": rise.alarm_id, "at": alarm_views.to_ms(rise.at), "post": rise.post, "people": "、".join(rise.people)}


def _history(db: Session, viewer: Viewer, wish: dict[str, Any], now: datetime) -> dict[str, Any]:
    days = next((span for span in DAYS if span == wish.get("days")), 1)
    given = wish.get("page")
    number = given if isinstance(given, int) else 1
    level = _level(wish.get("level"))
    found = alarm_views.history(
        db,
        viewer,
        since=alarm_views.start_of_day(now) - timedelta(days=days - 1),
        keyword=str(wish.get("q") or "")[:60],
        level=int(level) if level else None,
        source=_source(wish.get("source")),
        number=number,
        size=PAGE_SIZE,
    )
    last = max(1, -(-found.total // PAGE_SIZE))
    rows = alarm_views.cards(db, found.rows)
    return {
        "rows": rows,
        "total": found.total,
        "capped": found.is_capped,
        "page": max(1, min(number, last)),
        "size": PAGE_SIZE,
    }


def _story(db: Session, viewer: Viewer, identity: int, now: datetime) -> tuple[dict[str, Any], go.Figure]:
    alarm = get(db, Alarm, identity, viewer)
    point = alarm_views.point_of(db, alarm, viewer)
    ended = alarm.closed_at if alarm.closed_at and alarm.closed_at <= now else None
    until = min(now, ended + HOUR / 4) if ended else now
    since = max(until - 24 * HOUR, alarm.raised_at - HOUR / 2) if ended else until - HOUR
    curve = telemetry.curve(db, point.id, since, until, BUCKETS) if point else []
    repeats = alarm_views.repeats(db, alarm, viewer, now)
    told = {
        "alarm": alarm_views.cards(db, [alarm])[0],
        "events": [
            {
                "at": alarm_views.to_ms(event.at),
                "what": event.what,
                "word": event.word,
                "who": event.who,
                "value": event.value,
                "note": event.note,
            }
            for event in alarm_views.story(db, alarm)
            if event.at <= now
        ],
        "place": alarm_views.place_of(db, alarm, point, viewer),
        "spot": alarm_views.spot_of(db, alarm, point, viewer),
        "contacts": [contact._asdict() for contact in alarm_views.contacts(db, alarm, viewer)],
        "repeats": {"total": repeats.total, "causes": repeats.causes},
        "controls": measure_dangers.failed_by(db, viewer, alarm),
        "group": alarm_groups.members(db, alarm, viewer),
        "silenced": alarm_groups.silenced(db, alarm, viewer),
        "suspended": _suspended(db, point, now),
        "colleagues": [one._asdict() for one in alarm_handover.colleagues(db, viewer, alarm, now)],
        "rises": [_rise(rise) for rise in escalation.rises_of(db, alarm, now)],
        "point": point.code if point else "",
        "change": alarm_views.hourly_change(curve),
        "curved": bool(curve),
        "side": "high" if alarm.kind in HIGH else "low",
        "until": alarm_views.to_ms(curve[-1].ts) if curve else 0,
    }
    return told, _curve(alarm, point, curve, (since, until)) if point else figure("dark")


def _suspended(db: Session, point: Point | None, now: datetime) -> dict[str, Any] | None:
    found = suspensions.of_point(db, point.id, now) if point else None
    return {"until": alarm_views.to_ms(found.until), "reason": found.reason} if found else None


def _curve(alarm: Alarm, point: Point, curve: list[telemetry.Bucket], span: tuple[datetime, datetime]) -> go.Figure:
    return limit_curve(
        "dark",
        curve,
        span,
        [CurveLimit(*limit) for limit in alarm_views.limits_of(point)],
        kind=alarm.kind,
        limit=alarm.limit if alarm.condition in ("high", "low") else None,
        level=alarm.level,
        decimals=point.decimals,
        unit=point.unit,
        period_s=point.period_s,
        time_zone=current_settings().time_zone,
    )


def register(app: Dash) -> None:
    """Register the questions of the desk and the functions that draw it."""

    @guarded(
        app,
        Output(TOLD["figures"], "data"),
        Input(ASK["figures"], "data"),
        permission="alarm.view",
        prevent_initial_call=True,
    )
    def figures(viewer: Viewer, wish: Any) -> dict[str, Any]:
        with read_session() as db:
            return _figures(db, viewer, datetime.now(UTC))

    @guarded(
        app,
        Output(TOLD["history"], "data"),
        Input(ASK["history"], "data"),
        permission="alarm.view",
        prevent_initial_call=True,
    )
    def history(viewer: Viewer, wish: Any) -> dict[str, Any]:
        with read_session() as db:
            return _history(db, viewer, _mapping(wish), datetime.now(UTC))

    told = [Output(TOLD["story"], "data"), Output(CURVE, "figure")]

    @guarded(app, told, Input(ASK["story"], "data"), permission="alarm.view", prevent_initial_call=True)
    def story(viewer: Viewer, wish: Any) -> tuple[dict[str, Any], go.Figure]:
        identity = _mapping(wish).get("id")
        if type(identity) is not int:
            raise PreventUpdate
        with read_session() as db:
            return _story(db, viewer, identity, wished(wish))

    # With an output, though nothing is put out: Dash calls a function for a new page only where it has one.
    app.clientside_callback(ClientsideFunction("park_pages", "alarms"), Output(DESK, "className"), Input(START, "data"))
    for name, store in TOLD.items():
        app.clientside_callback(
            ClientsideFunction("park_pages", f"alarm_{name}"), Input(store, "data"), prevent_initial_call=True
        )


def _mapping(wish: Any) -> dict[str, Any]:
    if not isinstance(wish, dict):
        raise PreventUpdate
    return wish


PAGES = [
    Page(
        path="/alarms",
        title="报警中心",
        layout=layout,
        permission="alarm.view",
        side="both",
        shell="room",
        module="监测预警",
        icon="bell",
        register=register,
        short="报警",
        has_past=True,
    )
]
