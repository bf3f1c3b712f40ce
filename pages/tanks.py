"""储罐监测: every tank of the park live, and one tank with its curves, limits and alarms.

Tiles and values are drawn in the browser (``assets/55-tanks.js``, ``assets/56-tank-drawer.js``) from the live data; the server
gives the definitions once, two hours in small each minute, and what is asked about one tank. Answers to alarms go through
``dashboard.alarm_answers``, which every page carries.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import plotly.graph_objects as go
from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from sqlalchemy.orm import Session

from dashboard.blocks.map import park_map
from dashboard.blocks.tank_trend import BUCKETS, TrendMark, TrendPoint, holes, tank_trend
from dashboard.callbacks import guarded
from dashboard.charts import graph
from dashboard.past import wished
from dashboard.site import Page
from data import tanks, telemetry, value_quality
from data.alarm_views import LIMIT_KINDS, hourly_change, to_ms
from data.choices import word
from data.choices.monitoring import ALARM_KINDS
from data.db import read_session
from data.map import plan_definition
from data.models import Alarm, Point, Tank
from data.query import get
from data.settings import current_settings
from data.viewer import Viewer

GROUPS = ("area", "enterprise")
VIEWS = ("cards", "table", "sums", "plan")
ONLY = ("abnormal", "urgent", "important", "stale", "doubtful", "maintenance", "simulated", "normal")
HOURS = (1, 8, 24, 168, 720)
START, SPARKS, STORY, DRAWN, TREND, TREND_BOX = (
    "tanks-start",
    "tanks-sparks",
    "tank-storied",
    "tank-drawn",
    "tank-trend",
    "tank-trend-box",
)
MOUNTED, ASK_SPARKS, ASK_STORY, ASK_TREND = "tanks-mounted", "tanks-ask-sparks", "tanks-ask-story", "tanks-ask-trend"
ASK_PLAN, PLANNED, PLAN = "tanks-ask-plan", "tanks-planned", "tanks-plan-map"


def layout(
    viewer: Viewer, group: str = "", only: str = "", q: str = "", view: str = "", tank: str = "", hours: str = "", at: str = ""
) -> Component:
    """The page in the state that its address names."""
    state = {
        "group": group if group in GROUPS else GROUPS[0],
        "only": only if only in ONLY else "",
        "q": q[:60],
        "view": view if view in VIEWS else VIEWS[0],
        "tank": tank[:30],
        "at": at[:21],
        "hours": int(hours) if hours.isdecimal() and int(hours) in HOURS else 8,
    }
    with read_session() as db:
        start = {"state": state, **tanks.definitions(db, viewer)}
    return html.Div(
        [
            html.Div(
                [html.Div(id="tanks-head"), html.Div(id="tanks-body", tabIndex=-1), _plan()],
                className="tanks-main",
            ),
            _drawer(),
            dcc.Store(id=START, data=start),
            *(dcc.Store(id=name) for name in (SPARKS, STORY, DRAWN, MOUNTED, ASK_SPARKS, ASK_STORY, ASK_TREND, ASK_PLAN, PLANNED)),
        ],
        id="tanks",
        className="tanks",
    )


def _plan() -> Component:
    """The place of 平面图: its map comes when somebody looks at it for the first time."""
    side = html.Nav(id="tanks-plan-side", className="tanks-plan-side", **{"aria-label": "平面图中的储罐"})
    return html.Div([side, html.Div(id=PLAN, className="tanks-plan-map")], id="tanks-plan", className="tanks-plan", hidden=True)


def _drawer() -> Component:
    # The chart comes with its first answer: a page waits for the chart library before it does anything else.
    trend = html.Section([html.Div(id="tank-trend-head"), html.Div(id=TREND_BOX)], className="tank-panel tank-curves")
    told = html.Div(
        [html.Div(id="tank-alarms"), trend, html.Section(id="tank-story", className="tank-panel")],
        className="tank-told",
    )
    body = html.Div([html.Section(id="tank-now", className="tank-panel"), told], className="tank-body")
    return html.Aside([html.Header(id="tank-head"), body], id="tank-drawer", **{"aria-label": "储罐详情"})


class _Minute:
    """The sparklines of this minute, read once for all who see the same tanks; those of the past are read each time."""

    def __init__(self) -> None:
        self.found: dict[tuple[Any, ...], dict[str, Any]] = {}

    def sparks(self, viewer: Viewer, at: datetime) -> dict[str, Any]:
        minute, now = at.replace(second=0, microsecond=0), datetime.now(UTC).replace(second=0, microsecond=0)
        if minute < now:
            return self._read(viewer, at)
        key = (minute, viewer.scope, viewer.enterprise_id, viewer.department_id, viewer.division_id)
        if key not in self.found:
            values = self._read(viewer, at, is_now=True)
            self.found = {**{old: found for old, found in self.found.items() if old[0] == minute}, key: values}
        return self.found[key]

    def _read(self, viewer: Viewer, at: datetime, *, is_now: bool = False) -> dict[str, Any]:
        with read_session() as db:
            sparks = tanks.sparks(db, viewer, at)
            # Of the past it is not known how the values looked to who saw them then.
            quality = value_quality.qualities(db, viewer, at) if is_now else {}
        return {
            "start": to_ms(sparks.start),
            "ids": list(sparks.values),
            "values": list(sparks.values.values()),
            "quality": {str(point): wrong for point, wrong in quality.items()},
        }


def _trend(db: Session, viewer: Viewer, tank: Tank, hours: int, now: datetime) -> tuple[dict[str, Any], go.Figure]:
    start = now - timedelta(hours=hours)
    points = tanks.points_of(db, tank, viewer)
    curves = {point.id: telemetry.curve(db, point.id, start, now, BUCKETS) for point in points}
    raised = [alarm for alarm in tanks.alarms_since(db, tank, viewer, start) if alarm.raised_at <= now]
    shown = [_trend_point(point, tank, curves[point.id], raised) for point in points]
    drawn = tank_trend("dark", shown, start, now, current_settings().time_zone)
    facts = {
        "id": tank.id,
        "hours": hours,
        "points": [point.id for point in points],
        "changes": {str(point.id): _change(db, point, curves[point.id], hours, now) for point in points},
        "until": {str(point.id): to_ms(curves[point.id][-1].ts) if curves[point.id] else 0 for point in points},
        "ranges": {str(point.id): extent for point, extent in zip(points, _ranges(drawn, len(points)), strict=True)},
        "complete": _complete(points[0], curves[points[0].id], start, now) if points else None,
        "since": _since(curves[points[0].id], start, now) if points else None,
        "start": to_ms(start),
        "end": to_ms(now),
    }
    return facts, drawn


def _change(db: Session, point: Point, curve: list[telemetry.Bucket], hours: int, now: datetime) -> float | None:
    """By how much the value changes in an hour; the buckets of days are too long to tell."""
    return hourly_change(curve if hours <= 24 else telemetry.curve(db, point.id, now - timedelta(minutes=30), now, 60))


def _ranges(drawn: go.Figure, count: int) -> list[list[float]]:
    """Bottom and top of each curve's axis: a live value outside asks for a new figure."""
    return [list(drawn.layout["yaxis" if number == 0 else f"yaxis{number + 1}"].range) for number in range(count)]


def _trend_point(point: Point, tank: Tank, curve: list[telemetry.Bucket], raised: list[Alarm]) -> TrendPoint:
    limits = {kind: value for kind in LIMIT_KINDS if (value := getattr(point, kind)) is not None}
    mine = [alarm for alarm in raised if alarm.source_type == "point" and alarm.source_id == point.id]
    marks = [TrendMark(alarm.raised_at, word(ALARM_KINDS, alarm.kind), alarm.level) for alarm in mine[-20:]]
    name = tanks.label(point.name, (tank.code, tank.name), point.quantity)
    return TrendPoint(
        name, point.unit, point.decimals, point.period_s, point.range_low, point.range_high, limits, curve, marks
    )


def _complete(point: Point, curve: list[telemetry.Bucket], start: datetime, end: datetime) -> float | None:
    """Share of the time since the first value in which data are there; None when there are none."""
    if not curve:
        return None
    missing = sum((until - since).total_seconds() for since, until in holes(curve, point.period_s, start, end))
    return 1.0 - missing / max(1.0, (end - curve[0].ts).total_seconds())


def _since(curve: list[telemetry.Bucket], start: datetime, end: datetime) -> int | None:
    """When the first value came, in ms; None where it came as early as the picture can show."""
    late = curve and curve[0].ts - start > (end - start) / 50
    return to_ms(curve[0].ts) if late else None


def _event(event: tanks.TankEvent) -> dict[str, Any]:
    step = event.step
    told = event._asdict() | {
        "at": to_ms(step.at),
        "what": step.what,
        "word": step.word,
        "who": step.who,
        "value": step.value,
        "note": step.note,
    }
    told.pop("step")
    return told


def register(app: Dash) -> None:
    """Register the questions of the page and the functions that draw it."""
    minute = _Minute()

    @guarded(
        app,
        Output(SPARKS, "data"),
        Input(ASK_SPARKS, "data"),
        permission="tank.view",
        quiet=True,
        prevent_initial_call=True,
    )
    def sparks(viewer: Viewer, wish: Any) -> dict[str, Any]:
        return minute.sparks(viewer, wished(wish))

    @guarded(
        app,
        Output(STORY, "data"),
        Input(ASK_STORY, "data"),
        permission="tank.view",
        quiet=True,
        prevent_initial_call=True,
    )
    def story(viewer: Viewer, wish: Any) -> dict[str, Any]:
        with read_session() as db:
            tank = get(db, Tank, _identity(wish), viewer)
            return {
                "id": tank.id,
                "events": [_event(event) for event in tanks.events(db, tank, viewer, wished(wish))],
            }

    drawn = [Output(DRAWN, "data"), Output(TREND_BOX, "children")]

    @guarded(app, drawn, Input(ASK_TREND, "data"), permission="tank.view", prevent_initial_call=True)
    def trend(viewer: Viewer, wish: Any) -> tuple[dict[str, Any], Component]:
        identity = _identity(wish)
        if wish.get("hours") not in HOURS:
            raise PreventUpdate
        with read_session() as db:
            facts, shown = _trend(db, viewer, get(db, Tank, identity, viewer), wish["hours"], wished(wish))
        return facts, graph(TREND, shown)

    @guarded(app, [Output(PLANNED, "data"), Output(PLAN, "children")], Input(ASK_PLAN, "data"), permission="tank.view", prevent_initial_call=True)
    def plan(viewer: Viewer, wish: Any) -> tuple[dict[str, Any], Component]:
        with read_session() as db:
            return plan_definition(db, viewer), park_map("tank-plan")

    # Dash calls a function when its page appears only if it has an output.
    app.clientside_callback(ClientsideFunction("park_pages", "tanks"), Output(MOUNTED, "data"), Input(START, "data"))
    for store, function in {SPARKS: "tank_sparks", STORY: "tank_story", DRAWN: "tank_drawn", PLANNED: "tank_plan"}.items():
        app.clientside_callback(
            ClientsideFunction("park_pages", function), Input(store, "data"), prevent_initial_call=True
        )


def _identity(wish: Any) -> int:
    identity = wish.get("id") if isinstance(wish, dict) else None
    if type(identity) is not int:
        raise PreventUpdate
    return identity


PAGES = [
    Page(
        path="/tanks",
        title="储罐监测",
        layout=layout,
        permission="tank.view",
        side="both",
        shell="room",
        module="监测预警",
        icon="moisture",
        register=register,
        short="储罐",
        has_past=True,
    )
]
