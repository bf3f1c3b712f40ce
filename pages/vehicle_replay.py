"""轨迹回放: where one to four vehicles drove in a span of time, played on the map, with speed, stops and alarms."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from sqlalchemy.orm import Session

from dashboard.blocks import map as map_block
from dashboard.callbacks import guarded, say
from dashboard.site import Page
from dashboard.tasks import follow
from data.choices import word
from data.choices.monitoring import ALARM_KINDS, ALARM_LEVELS, ALARM_STATES
from data.db import read_session, session
from data.errors import Invalid, PlatformError
from data.map import map_definition
from data.models import Alarm
from data.replay import LONGEST, MOST_VEHICLES, STOP_MINUTES, Replay, Wish, around_alarm, replay
from data.replay_files import ask
from data.settings import current_settings
from data.viewer import Viewer
from pages.vehicles import milliseconds, track_columns

DEFINITION = "replay-definition"
MOUNTED = "replay-mounted"
WISH = "replay-wish"  # the browser writes {"ids": […], "span": …, "start": …, "end": …, "stop": …}
FOUND = "replay-found"
FILE = "replay-file"  # the browser writes a wish with {"ending": …}
FILE_ASKED = "replay-file-asked"


def layout(
    viewer: Viewer, plate: str = "", span: str = "", start: str = "", end: str = "", stop: str = "", at: str = "", rate: str = "", by: str = "", alarm: str = ""
) -> Component:
    """The replay of the vehicles with the plates ``plate`` (a list with commas) in ``span`` (today, yesterday, 24h, free from ``start``
    to ``end``), its hand at ``at``; or of the half hours before and after ``alarm``. The browser keeps its state in these parameters."""
    with read_session() as db:
        definition = map_definition(db, viewer)
        wanted: dict[str, Any] = {"plate": plate, "span": span, "start": start, "end": end, "stop": stop, "at": at, "rate": rate, "by": by}
        if alarm:
            wanted |= _of_alarm(db, viewer, alarm)
    definition["wanted"] = wanted
    definition["replay"] = {"most": MOST_VEHICLES, "days": LONGEST.days, "stops": list(STOP_MINUTES)}
    parts = [html.Div(id=f"replay-{part}", className=f"replay-{part} float") for part in ("query", "legend")]
    stage = html.Div([map_block.park_map("replay", *parts), html.Div(id="replay-deck", className="replay-deck")], className="replay-stage")
    stores = [dcc.Store(id=name) for name in (MOUNTED, WISH, FOUND, FILE, FILE_ASKED)]
    return html.Div([dcc.Store(id=DEFINITION, data=definition), *stores, stage, html.Aside(id="replay-side", className="replay-side")], className="replay-page")


def _of_alarm(db: Session, viewer: Viewer, alarm: str) -> dict[str, Any]:
    if not alarm.isascii() or not alarm.isdigit() or len(alarm) > 18:
        raise Invalid("没有这条报警，请从报警中心进入。")
    found = around_alarm(db, int(alarm), viewer)
    zone = ZoneInfo(current_settings().time_zone)
    start, end = (f"{one.astimezone(zone):%Y-%m-%dT%H:%M}" for one in found.span)
    return {"id": found.vehicle_id, "span": "free", "start": start, "end": end, "at": str(milliseconds(found.at))}


def _alarm(alarm: Alarm, part: Replay) -> dict[str, Any]:
    over = ""
    if alarm.kind == "overspeed" and alarm.limit is not None:
        speeds = [point.speed_kmh for point in part.points if alarm.raised_at <= point.ts <= (alarm.cleared_at or alarm.last_at)]
        over = f" {max(speeds):.0f}，限 {alarm.limit:.0f}" if speeds else f"，限 {alarm.limit:.0f}"
    return {
        "id": alarm.id,
        "t": milliseconds(alarm.raised_at),
        "end": milliseconds(alarm.cleared_at) if alarm.cleared_at else None,
        "words": f"{word(ALARM_KINDS, alarm.kind)}{over}",
        "about": alarm.about,
        "level": alarm.level,
        "level_word": word(ALARM_LEVELS, alarm.level),
        "state": alarm.state,
        "state_word": word(ALARM_STATES, alarm.state),
        "lon": alarm.lon,
        "lat": alarm.lat,
    }


def part_columns(part: Replay) -> dict[str, Any]:
    """One vehicle's track as columns, with its heading, stops, sums and alarms."""
    columns = track_columns(part.vehicle.id, part.track)
    return columns | {
        "plate": part.vehicle.plate,
        "carrier": part.vehicle.carrier.name,
        "cargo": " ".join(filter(None, (part.vehicle.medium, f"{part.vehicle.load_t:g} t" if part.vehicle.load_t else ""))),
        "heading": [point.heading_deg for point in part.track.points],
        "count": len(part.points),
        "is_cut": part.is_cut,
        "alarms": [_alarm(alarm, part) for alarm in part.alarms],
    }


def register(app: Dash) -> None:
    """Mount the drawing, answer with the tracks, and take orders for files."""
    for source, function in ((DEFINITION, "replay"), (FOUND, "replay_found"), (FILE_ASKED, "replay_file")):
        target = [Output(MOUNTED, "data")] if source == DEFINITION else []
        app.clientside_callback(ClientsideFunction("park_pages", function), *target, Input(source, "data"), prevent_initial_call=source != DEFINITION)

    @guarded(app, Output(FOUND, "data"), Input(WISH, "data"), permission="vehicle.view", prevent_initial_call=True)
    def look(viewer: Viewer, plain: Any) -> dict[str, Any]:
        told = {"key": _key(plain)}
        try:
            wish = Wish.of(plain, datetime.now(UTC))
            with read_session() as db:
                parts = [part_columns(part) for part in replay(db, wish, viewer)]
        except PlatformError as error:
            return told | {"text": str(error), "faults": getattr(error, "fields", {})}
        return told | {"start": milliseconds(wish.span.start), "end": milliseconds(wish.span.end), "parts": parts}

    @guarded(app, Output(FILE_ASKED, "data"), Input(FILE, "data"), permission="vehicle.view", prevent_initial_call=True)
    def file(viewer: Viewer, plain: Any) -> dict[str, Any]:
        key = _key(plain)
        wish = Wish.of(plain, datetime.now(UTC))
        with session() as db:
            task = ask(db, viewer, wish, str(plain.get("ending") or ""))
        follow(task)
        say("success", "已开始导出，完成后自动下载。")
        return {"key": key}


def _key(plain: Any) -> Any:
    if not isinstance(plain, dict):
        raise PreventUpdate
    key = plain.get("key")
    return key if isinstance(key, int | str) else ""


PAGES = [
    Page(
        "/vehicles/replay",
        "轨迹回放",
        layout,
        "vehicle.view",
        shell="room",
        module="危化品车辆",
        icon="clock-history",
        short="回放",
        register=register,
        side="both",
    )
]
