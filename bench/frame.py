"""How long a wall's browser is blocked by an update of 5,000 vehicles and 2,000 points; beside it the same things by Interval and callback."""

from __future__ import annotations

import logging
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from typing import Any

import orjson
from playwright.sync_api import Page, Response, sync_playwright

from bench.stage import Stage, figure, stage
from tests.browsing import CHROMIUM_OPTIONS, chromium
from tests.platform import free_ports, is_up

VEHICLES, POINTS = 5_000, 2_000
UPDATES, EVERY_S = 15, 1.0
LIMIT_MS = 50.0

_FILL = (
    """INSERT INTO vehicle (plate, plate_color, carrier_id, medium, load_t, is_simulated, version)
    SELECT '测' || n, '黄色', (SELECT min(id) FROM enterprise), '甲醇', 20, false, 1 FROM generate_series(1, %(vehicles)s - (SELECT count(*) FROM vehicle)) n""",
    """INSERT INTO terminal (phone, vehicle_id, state, utc_offset_minutes, coordinate_system, version)
    SELECT (900000000 + id)::text, id, 'approved', 480, 'wgs84', 1 FROM vehicle v WHERE NOT EXISTS (SELECT 1 FROM terminal t WHERE t.vehicle_id = v.id)""",
    """INSERT INTO latest_position (terminal_id, ts, received_at, lon, lat, speed_kmh, heading_deg, altitude_m, alarm_bits, status_bits, is_fixed, changed_at)
    SELECT id, now(), now(), 120.40 + random() * 0.06, 41.40 + random() * 0.04, 40, (id %% 360)::int, 180, 0, 3, true, now() FROM terminal WHERE vehicle_id IS NOT NULL
    ON CONFLICT (terminal_id) DO UPDATE SET ts = now(), received_at = now(), changed_at = now()""",
    """INSERT INTO point (enterprise_id, installation_id, tank_id, code, name, quantity, unit, decimals, range_low, range_high, dead_band, min_duration_s, period_s, scale, "offset", is_simulated, version)
    SELECT t.enterprise_id, t.installation_id, t.id, 'B-' || n, '测点 ' || n, 'temperature', '℃', 1, 0, 100, 0, 0, 10, 1, 0, false, 1
    FROM generate_series(1, %(points)s - (SELECT count(*) FROM point)) n JOIN (SELECT *, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS every FROM tank) t ON t.place = n %% t.every + 1""",
    "INSERT INTO latest_reading SELECT id, now(), now(), range_low + 1, 192, '', now() FROM point ON CONFLICT (point_id) DO NOTHING",
)
# A fifth of the vehicles and every point: what a park of this size says in a second.
_MOVE = (
    """UPDATE latest_position SET lon = lon + (random() - 0.5) * 0.0006, lat = lat + (random() - 0.5) * 0.0004, heading_deg = (heading_deg + 10) %% 360,
    ts = now(), received_at = now(), changed_at = now() WHERE terminal_id %% 5 = %(turn)s""",
    "UPDATE latest_reading SET value = value + random() * 0.01, ts = now(), changed_at = now()",
    "SELECT pg_notify('live_latest', '')",
)
TASK = "RunTask"  # the end of the name of a task of a thread in a trace


def frame() -> list[dict[str, Any]]:
    """Median over UPDATES of the longest time that an update blocks the main thread, against the limit and against the peer."""
    with stage() as place:
        prepare(place)
        with ExitStack() as stack:
            for role in ("push", "web"):
                stack.enter_context(place.role(role))
            place.until(lambda: is_up(place.settings.web_port))
            address = f"http://127.0.0.1:{place.settings.web_port}/screen/park?token={wall_token('park')}"
            own = blocked(place, address, "Boolean(window.park?.screen?.shown) && park.live.vehicles.size >= 5000 && park.live.points.size >= 2000")
        with peer_page(place) as address:
            peer = blocked(place, address, "document.querySelectorAll('.leaflet-container canvas').length > 0")
    return [figure("live.frame", own, f"ms blocked, {VEHICLES} vehicles", "ms, the limit", LIMIT_MS), figure("live.frame.peer", own, "ms blocked", "ms, Interval and callback", peer)]


def prepare(place: Stage, vehicles: int = VEHICLES, points: int = POINTS) -> None:
    """Enter vehicles and points until there are as many as are measured, each with a newest value."""
    cursor = place.connection().cursor()
    for statement in _FILL:
        cursor.execute(statement, {"vehicles": vehicles, "points": points})


def wall_token(*screens: str) -> str:
    """The token of a new wall of these screens."""
    from data.db import session
    from data.viewer import system_viewer
    from data.walls import save_wall

    with session() as current:
        return save_wall(current, system_viewer("bench"), None, {"name": "bench", "screens": list(screens)}, None)[1]


def blocked(place: Stage, address: str, is_ready: str) -> float:
    """The median in ms, over the updates, of the longest task of the page's main thread, in the thread's own processor time: what other
    programs of the machine take away is not the page's."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_OPTIONS)
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(address)
        place.until(lambda: page.evaluate(is_ready))
        page.wait_for_timeout(4000)
        answers: list[Response] = []
        page.on("response", lambda answer: answers.append(answer) if "/_dash-update-component" in answer.url else None)
        page.evaluate("window.heard = 0; window.park && park.live.attach(document.body, { vehicles: () => window.heard++ })")
        browser.start_tracing(page=page, categories=["toplevel", "blink.user_timing"])
        for number in range(UPDATES):
            move(place, page, number)
        heard = len(answers) or page.evaluate("window.heard")
        trace = orjson.loads(browser.stop_tracing())["traceEvents"]
        browser.close()
    # A busy machine leaves some seconds without an update: what counts are those in which one came.
    return statistics.median(sorted(longest(trace), reverse=True)[:heard])


def move(place: Stage, page: Page, number: int) -> None:
    """One second of the park: a fifth of the vehicles and every point, marked in the page's trace."""
    cursor = place.connection().cursor()
    until = time.monotonic() + EVERY_S
    page.evaluate("performance.mark('bench-update')")
    for statement in _MOVE:
        cursor.execute(statement, {"turn": number % 5})
    page.wait_for_timeout(max(0.0, until - time.monotonic()) * 1000)


def longest(trace: list[dict[str, Any]]) -> list[float]:
    """Of each update the longest task in ms; a task has its processor time in µs."""
    marks = sorted(one["ts"] for one in trace if one.get("name") == "bench-update")
    thread = next((one["pid"], one["tid"]) for one in trace if one.get("name") == "bench-update")
    tasks = [(one["ts"], one["tdur"] / 1000) for one in trace if one.get("name", "").endswith(TASK) and (one["pid"], one["tid"]) == thread and "tdur" in one]
    return [max((length for at, length in tasks if begin <= at < end), default=0.0) for begin, end in pairwise([*marks, float("inf")])]


@contextmanager
def peer_page(place: Stage) -> Iterator[str]:
    """The address of a Dash page with the same vehicles and points, renewed each second by an Interval and a callback."""
    import dash_leaflet as dl
    from dash import Dash, Input, Output, dcc, html
    from werkzeug.serving import make_server

    from data.db import read_session
    from data.live import point_states, vehicle_states

    app = Dash("peer", include_assets_files=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    longitude, latitude = place.settings.map_center
    layer = dl.GeoJSON(id="vehicles", pointToLayer={"variable": "peer.dot"})
    app.layout = html.Div([dl.MapContainer([layer], center=(latitude, longitude), zoom=13, preferCanvas=True, style={"height": "900px"}), html.Div(id="points"), dcc.Interval(id="tick", interval=int(EVERY_S * 1000))])
    app.index_string = app.index_string.replace("{%renderer%}", "<script>window.peer = {dot: (feature, at) => L.circleMarker(at, {radius: 5})};</script>{%renderer%}")

    @app.callback([Output("vehicles", "data"), Output("points", "children")], Input("tick", "n_intervals"))
    def renew(number: int | None) -> tuple[dict[str, Any], str]:
        with read_session() as session:
            vehicles, points = vehicle_states(session), point_states(session)
        features = [
            {"type": "Feature", "properties": {"id": one.vehicle_id, "speed": one.speed, "heading": one.heading}, "geometry": {"type": "Point", "coordinates": [one.lon / 1e6, one.lat / 1e6]}}
            for one in vehicles
        ]
        return {"type": "FeatureCollection", "features": features}, " ".join(f"{one.point_id}:{one.value}" for one in points)

    (port,) = free_ports(1)
    server = make_server("127.0.0.1", port, app.server, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.shutdown()
        thread.join()
