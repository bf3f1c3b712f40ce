"""趋势分析: up to six points over one another for any period, with limits and alarms, beside the same hours of an earlier day.

The picker, the readout at the cursor and zooming are the browser's (``assets/58-trend*.js``); a span that was zoomed into is asked for
anew, so that it comes in the fineness that fits it. The state of the view is its address.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.blocks.tank_trend import holes
from dashboard.blocks.trend_overlay import COLOURS, AlarmSpan, TrendLine, arrangement, trend_overlay
from dashboard.callbacks import guarded, say
from dashboard.charts import CONFIG, graph
from dashboard.site import Page
from dashboard.tasks import follow
from data import trends
from data.alarm_views import point_of, to_ms
from data.choices import word
from data.choices.monitoring import ALARM_KINDS, ALARM_LEVELS, ALARM_STATES
from data.db import read_session, session
from data.errors import PlatformError
from data.models import Alarm
from data.query import get
from data.settings import current_settings
from data.telemetry import Bucket
from data.trend_files import ask
from data.trends import (
    HOURS,
    MOST_POINTS,
    MOST_SHIFT_DAYS,
    Curve,
    Trend,
    Wish,
    ended_at,
    grain_words,
    limits_of,
    name_of,
    trend,
)
from data.viewer import Viewer

START, MOUNTED, WISH, FOUND, BOX, GRAPH, FILE, FILE_ASKED = (
    "trend-start",
    "trend-mounted",
    "trend-wish",  # the browser writes {"points": […], "hours" or "start" and "end", "shift", "view", "limits", "key"}
    "trend-found",
    "trend-box",
    "trend-graph",
    "trend-file",
    "trend-file-asked",
)
VIEWS = ("", "apart")
AROUND = timedelta(hours=1)  # before and after an alarm
_LONGEST_STATE = 6 * 61


def layout(
    viewer: Viewer, points: str = "", hours: str = "", start: str = "", end: str = "", shift: str = "", view: str = "", limits: str = "", alarm: str = ""
) -> Component:
    """The page with the points of the codes ``points`` (a list with commas) in the state that its address names; or with the point of
    ``alarm`` around its time."""
    state: dict[str, Any] = {
        "points": [code for code in points[:_LONGEST_STATE].split(",") if code][:MOST_POINTS],
        "hours": int(hours) if hours.isdecimal() and int(hours[:6]) in HOURS else 0 if start and end else 8,
        "start": start[:32],
        "end": end[:32],
        "shift": int(shift) if shift.isdecimal() and len(shift) < 4 and int(shift) <= MOST_SHIFT_DAYS else 0,
        "view": view if view in VIEWS else "",
        "limits": limits != "0",
    }
    with read_session() as db:
        if alarm.isdecimal() and len(alarm) < 16:
            state |= _of_alarm(db, viewer, int(alarm))
        facts = {"state": state, "points": trends.choices(db, viewer), "most": MOST_POINTS, "colours": list(COLOURS)}
    stores = [dcc.Store(id=START, data=facts), *(dcc.Store(id=name) for name in (MOUNTED, WISH, FOUND, FILE, FILE_ASKED))]
    stage = html.Div([html.Div(id=BOX, className="trend-box"), html.Div(id="trend-cursor", hidden=True), html.Div(id="trend-empty", className="trend-empty", hidden=True)], id="trend-stage", tabIndex=0, className="trend-stage")
    told = html.Div([html.Div(id="trend-head"), stage, html.Div(id="trend-readout"), html.Div(id="trend-alarms")], className="trend-main")
    return html.Div([html.Aside(id="trend-side", className="trend-side", **{"aria-label": "选择测点"}), told, *stores], id="trend", className="trend-page")


def _of_alarm(db: Any, viewer: Viewer, identity: int) -> dict[str, Any]:
    """The point of the alarm, from an hour before it began until an hour after it ended."""
    viewer.require("alarm.view")
    found = get(db, Alarm, identity, viewer)
    point = point_of(db, found, viewer)
    if point is None:
        return {}
    now = datetime.now(UTC)
    start, end = found.raised_at - AROUND, min(now, (ended_at(found) or now) + AROUND)
    start = max(start, end - trends.LONGEST)
    return {"points": [point.code], "hours": 0, "start": start.isoformat(timespec="seconds"), "end": end.isoformat(timespec="seconds")}


def told_of(found: Trend) -> dict[str, Any]:
    """What the browser shows beside the picture: numbers of every line, the fineness, the alarms."""
    wish = found.wish
    longest = max((curve.point.period_s for curve in found.curves), default=0)
    return {
        "start": to_ms(wish.start),
        "end": to_ms(wish.end),
        "width": found.fineness.width_s,
        "grain": grain_words(found.fineness, longest),
        "missing": found.missing,
        "lines": [_line(curve, wish) for curve in found.curves],
        "alarms": [_alarm(alarm, place, curve) for place, curve in enumerate(found.curves) for alarm in curve.alarms],
    }


def _line(curve: Curve, wish: Wish) -> dict[str, Any]:
    point, buckets = curve.point, curve.curve
    samples = sum(bucket.samples for bucket in buckets)
    missing = sum((until - since).total_seconds() for since, until in holes(buckets, point.period_s, wish.start, wish.end))
    return {
        "code": point.code,
        "name": name_of(point),
        "tank": point.tank.code if point.tank else "",
        "unit": point.unit,
        "decimals": point.decimals,
        "low": min((bucket.low for bucket in buckets), default=None),
        "high": max((bucket.high for bucket in buckets), default=None),
        "mean": sum(bucket.mean * bucket.samples for bucket in buckets) / samples if samples else None,
        "complete": 1 - missing / max(1.0, (wish.end - buckets[0].ts).total_seconds()) if buckets else None,
        "limits": limits_of(point),
        "now": _columns(buckets, point.decimals),
        "before": _columns(curve.before, point.decimals),
        "longest": max(3 * point.period_s, 90),
    }


def _columns(buckets: list[Bucket], decimals: int) -> dict[str, list[Any]]:
    return {"t": [to_ms(bucket.ts) for bucket in buckets], "v": [round(bucket.mean, decimals + 1) for bucket in buckets]}


def _alarm(alarm: Alarm, place: int, curve: Curve) -> dict[str, Any]:
    return {
        "id": alarm.id,
        "line": place,
        "name": name_of(curve.point),
        "begin": to_ms(alarm.raised_at),
        "end": to_ms(ended_at(alarm)),
        "words": word(ALARM_KINDS, alarm.kind),
        "level": alarm.level,
        "level_word": word(ALARM_LEVELS, str(alarm.level)),
        "state": alarm.state,
        "state_word": word(ALARM_STATES, alarm.state),
        "limit": alarm.limit,
        "decimals": alarm.decimals,
        "unit": alarm.unit,
    }


def drawn(found: Trend, wished: str, with_limits: bool) -> tuple[list[TrendLine], Any]:
    """The lines of the picture, and the picture."""
    lines = [
        TrendLine(name_of(one.point), one.point.unit, one.point.decimals, one.point.period_s, limits_of(one.point), one.curve, one.before, _spans(one)) for one in found.curves
    ]
    wish = found.wish
    zone = current_settings().time_zone
    return lines, trend_overlay("dark", lines, wish.start, wish.end, found.fineness.width_s, zone, wished=wished, with_limits=with_limits)


def _spans(curve: Curve) -> list[AlarmSpan]:
    return [AlarmSpan(alarm.id, alarm.raised_at, ended_at(alarm), word(ALARM_KINDS, alarm.kind), alarm.level) for alarm in curve.alarms]


def register(app: Dash) -> None:
    """Register the questions of the page and the functions that draw it."""

    @guarded(app, [Output(FOUND, "data"), Output(BOX, "children")], Input(WISH, "data"), permission="tank.view", prevent_initial_call=True)
    def look(viewer: Viewer, plain: Any) -> tuple[dict[str, Any], Any]:
        told: dict[str, Any] = {"key": _key(plain)}
        now = datetime.now(UTC)
        try:
            wish = Wish.of(plain, now)
            with read_session() as db:
                found = trend(db, wish, viewer, now)
                told |= told_of(found)
                lines, picture = drawn(found, "apart" if plain.get("view") == "apart" else "", plain.get("limits") is not False)
        except PlatformError as error:
            return told | {"text": str(error), "faults": getattr(error, "fields", {})}, no_update
        told["arrangement"] = arrangement(lines, str(plain.get("view") or ""))
        shown = graph(GRAPH, picture)
        shown.config = {**CONFIG, "doubleClick": False}  # it leads back to the period before, not to the axis before
        return told, shown

    @guarded(app, Output(FILE_ASKED, "data"), Input(FILE, "data"), permission="tank.view", prevent_initial_call=True)
    def file(viewer: Viewer, plain: Any) -> dict[str, Any]:
        key = _key(plain)
        now = datetime.now(UTC)
        wish = Wish.of(plain, now)
        with session() as db:
            task = ask(db, viewer, wish, now)
        follow(task)
        say("success", "已开始导出，完成后自动下载。")
        return {"key": key}

    app.clientside_callback(ClientsideFunction("park_pages", "trend"), Output(MOUNTED, "data"), Input(START, "data"))
    app.clientside_callback(ClientsideFunction("park_pages", "trend_found"), Input(FOUND, "data"), prevent_initial_call=True)


def _key(plain: Any) -> Any:
    if not isinstance(plain, dict):
        raise PreventUpdate
    key = plain.get("key")
    return key if isinstance(key, int | str) else ""


PAGES = [
    Page(
        path="/tanks/trend",
        title="趋势分析",
        layout=layout,
        permission="tank.view",
        side="both",
        shell="room",
        module="监测预警",
        icon="graph-up",
        register=register,
        short="趋势",
    )
]
