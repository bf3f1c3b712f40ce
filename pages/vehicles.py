"""车辆监控: the hazmat vehicles in a list and on the map, one of them with its card and the track of its last hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.blocks import map as map_block
from dashboard.blocks.speed_curve import speed_curve
from dashboard.callbacks import guarded
from dashboard.charts import graph
from dashboard.past import wished
from dashboard.site import Page
from data.db import read_session
from data.drawn import drawn_of
from data.emergency_search import KINDS
from data.errors import Invalid
from data.map import map_definition
from data.replay import span_of
from data.settings import current_settings
from data.vehicle_help import COMES, nearest
from data.vehicles import GAP_SECONDS, LATE, TRACK_HOURS, Track, vehicle_detail, vehicle_track
from data.video import has_vehicles
from data.viewer import Viewer
from data.visits import Visit, visits
from pages import vehicle_commands
from pages.terminal_records import RECORDS

DEFINITION = "vehicles-definition"
MOUNTED = "vehicles-mounted"
PICKED = "vehicles-picked"  # the browser writes {"id": …}
DETAIL = "vehicles-detail"
TRACK_WISH = "vehicles-track-wish"  # the browser writes {"id": …, "hours": …}
TRACK = "vehicles-track"
CURVE = "vehicles-curve"
CURVE_BOX = "vehicles-curve-box"
VISITS_WISH = "vehicles-visits-wish"  # the browser writes {"area": …, "span": …, "start": …, "end": …}
VISITS = "vehicles-visits"
HELP_WISH = "vehicles-help-wish"  # the browser writes {"id": …}
HELP = "vehicles-help-found"


def layout(viewer: Viewer, plate: str = "", tab: str = "", hours: str = "", follow: str = "", q: str = "", cars: str = "", group: str = "") -> Component:
    """The list at the left, the map, and the card of ``plate``; ``hours`` shows its track, ``follow=1`` keeps it in the middle.
    ``cars`` are the plates, with commas, of those followed on small maps; ``group=carrier`` lists them by carrier."""
    with read_session() as session:
        definition = map_definition(session, viewer)
        definition["commands"] = vehicle_commands.definition(session, viewer)
    definition["video"] = viewer.may("video.view") and has_vehicles(current_settings())
    definition["wanted"] = {"plate": plate, "tab": tab, "hours": hours, "follow": follow, "q": q, "cars": cars, "group": group}
    definition["track_hours"] = list(TRACK_HOURS)
    definition["help"] = {kind.code: {"sign": kind.sign, "word": kind.word, "path": f"/emergency/{kind.path}"} for kind in KINDS if kind.code in COMES} if viewer.may("emergency.view") else None
    # The chart comes with the first track: without one the page need not load the library.
    curve = html.Div(id=CURVE_BOX, hidden=True)
    card = html.Div(
        [html.Div(id="vehicles-card-body"), curve],
        id="map-card",
        className="map-card car-card float",
        hidden=True,
        role="dialog",
    )
    aside = html.Aside(
        [
            html.Button(id="map-rail-handle", className="sheet-handle", title="展开或收起"),
            html.Div(id="vehicles-list", className="car-list"),
        ],
        id="map-rail",
        className="car-rail",
    )
    area = html.Div(id="vehicles-area", className="area-panel float")
    followed = html.Div(id="vehicles-follow", className="follow-strip", hidden=True)
    help_near = html.Aside(id="vehicles-help", className="help-panel float", hidden=True, **{"aria-label": "最近力量"})
    bar = html.Div(id="vehicles-sos", className="sos-bar", hidden=True, role="alert")
    stores = [dcc.Store(id=name) for name in (MOUNTED, PICKED, DETAIL, TRACK_WISH, TRACK, VISITS_WISH, VISITS, HELP_WISH, HELP)] + vehicle_commands.stores()
    return html.Div(
        [dcc.Store(id=DEFINITION, data=definition), *stores, aside, map_block.park_map("vehicles", bar, area, help_near, followed, card)],
        className="map-page cars-page",
    )


def _identity(value: Any) -> int:
    if not isinstance(value, dict) or type(value.get("id")) is not int:
        raise PreventUpdate
    return int(value["id"])


def track_columns(vehicle_id: int, found: Track) -> dict[str, Any]:
    """The track as columns for the browser: degrees, km/h, and for each point whether it came late or after a gap."""
    points = found.points
    gaps = [False, *((after.ts - here.ts).total_seconds() > GAP_SECONDS for here, after in pairwise(points))]
    return {
        "id": vehicle_id,
        "t": [milliseconds(point.ts) for point in points],
        "lon": [round(point.lon, 6) for point in points],
        "lat": [round(point.lat, 6) for point in points],
        "speed": [round(point.speed_kmh, 1) for point in points],
        "late": [int(bool(point.flags & LATE)) for point in points],
        "gap": [int(gap) for gap in gaps],
        "stops": [
            {"start": milliseconds(stop.start), "end": milliseconds(stop.end), "lon": stop.lon, "lat": stop.lat} for stop in found.stops
        ],
        "length_km": round(found.length_km, 2),
        "moving_s": round(found.moving_s),
        "top_kmh": found.top_kmh,
        "limit_kmh": found.limit_kmh,
        "late_count": found.late_count,
        "dropped_count": found.dropped_count,
    }


def milliseconds(at: datetime) -> int:
    """The instant as JavaScript counts time."""
    return round(at.timestamp() * 1000)


def _visit(one: Visit) -> dict[str, Any]:
    stay = one.stay
    return {
        "id": one.vehicle_id,
        "plate": one.plate,
        "carrier": one.carrier,
        "entered": milliseconds(stay.entered),
        "left": milliseconds(stay.left),
        "top": stay.top_kmh,
        "inside": stay.is_inside,
    }


def register(app: Dash) -> None:
    """Mount the drawing, and answer with the detail and the track of one vehicle."""
    vehicle_commands.register(app)
    mount = ClientsideFunction("park_pages", "vehicles")
    app.clientside_callback(mount, Output(MOUNTED, "data"), Input(DEFINITION, "data"))
    app.clientside_callback(
        ClientsideFunction("park_pages", "vehicle_detail"), Input(DETAIL, "data"), prevent_initial_call=True
    )
    app.clientside_callback(
        ClientsideFunction("park_pages", "vehicle_track"), Input(TRACK, "data"), prevent_initial_call=True
    )

    @guarded(app, Output(DETAIL, "data"), Input(PICKED, "data"), permission="vehicle.view", prevent_initial_call=True)
    def detail(viewer: Viewer, picked: Any) -> dict[str, Any]:
        with read_session() as session:
            return vehicle_detail(session, _identity(picked), viewer)

    app.clientside_callback(ClientsideFunction("park_pages", "vehicles_visits"), Input(VISITS, "data"), prevent_initial_call=True)

    @guarded(app, Output(VISITS, "data"), Input(VISITS_WISH, "data"), permission="vehicle.view", prevent_initial_call=True)
    def visited(viewer: Viewer, wish: Any) -> dict[str, Any]:
        if not isinstance(wish, dict):
            raise PreventUpdate
        told = {"key": wish.get("key") if isinstance(wish.get("key"), int) else 0}
        try:
            span = span_of(wish.get("span"), wish.get("start"), wish.get("end"), datetime.now(UTC))
            with read_session() as session:
                found = visits(session, drawn_of(wish.get("area")).shape, span, viewer)
        except Invalid as error:
            return told | {"text": str(error)}
        return told | {"cut": found.is_cut, "rows": [_visit(one) for one in found.found]}

    app.clientside_callback(ClientsideFunction("park_pages", "vehicles_help"), Input(HELP, "data"), prevent_initial_call=True)

    @guarded(app, Output(HELP, "data"), Input(HELP_WISH, "data"), permission="emergency.view", prevent_initial_call=True, quiet=True)
    def helped(viewer: Viewer, wish: Any) -> dict[str, Any]:
        identity = _identity(wish)
        with read_session() as session:
            found = nearest(session, viewer, identity)
        return {"id": identity, "rows": [{"kind": one.kind, "id": one.id, "name": one.name, "what": one.what, "phone": one.phone, "lon": one.lon, "lat": one.lat, "far": one.distance_m} for one in found]}

    drawn = [Output(TRACK, "data"), Output(CURVE_BOX, "children")]

    @guarded(app, drawn, Input(TRACK_WISH, "data"), permission="vehicle.view", prevent_initial_call=True)
    def track(viewer: Viewer, wish: Any) -> list[Any]:
        identity = _identity(wish)
        hours = wish.get("hours")
        if type(hours) is not int:
            raise Invalid("没有这一时段，请刷新页面后再试。")
        now = wished(wish)
        with read_session() as session:
            found = vehicle_track(session, identity, hours, viewer, now)
        settings = current_settings()
        span = {"start": now - timedelta(hours=hours), "end": now, "time_zone": settings.time_zone}
        curve = speed_curve("dark", found.points, found.stops, limit_kmh=found.limit_kmh, **span)
        return [track_columns(identity, found) | {"hours": hours}, graph(CURVE, curve, height=112)]


PAGES = [
    Page(
        "/vehicles",
        "车辆监控",
        layout,
        "vehicle.view",
        shell="room",
        module="危化品车辆",
        icon="truck",
        short="车辆",
        has_past=True,
        register=register,
        side="both",
    ),
    *RECORDS.pages(),
]
