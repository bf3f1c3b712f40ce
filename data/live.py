"""What browsers are shown live: compact columns of the newest values, positions and alarms.

Read by the push role for its streams and by the web role for the snapshot that browsers fetch when there is no stream.
A frame has one list a column; ``at`` is the server's time in milliseconds. ``full`` says that what is not in it is gone.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.alarms import CHANNEL as ALARMS_CHANNEL
from data.alarms import due_at, in_order
from data.choices import word
from data.choices.monitoring import ALARM_KINDS, ALARM_STATES
from data.health import OK, summary
from data.models import Alarm, Enterprise, LatestPosition, LatestReading, Terminal, User, Vehicle
from data.query import visible
from data.risk_colours import CHANNEL as RISK_CHANNEL
from data.risk_colours import ZoneState, states
from data.vehicle_commands import LIVE_CHANNEL as COMMANDS_CHANNEL
from data.viewer import Viewer
from data.workflow.steps import CHANNEL as TODO_CHANNEL

LATEST_CHANNEL = "live_latest"
INCIDENTS_CHANNEL = "live_incidents"  # here, because what writes incidents asks for the views of alarms
CHANNELS = (LATEST_CHANNEL, ALARMS_CHANNEL, TODO_CHANNEL, COMMANDS_CHANNEL, INCIDENTS_CHANNEL, RISK_CHANNEL)
BARE = {TODO_CHANNEL: "todo", COMMANDS_CHANNEL: "commands", INCIDENTS_CHANNEL: "incidents"}  # events that say only that something is new

Frame = dict[str, Any]

# Any one of these rights opens the channel.
RIGHTS = {
    "points": ("tank.view", "map.view"),
    "vehicles": ("vehicle.view", "map.view"),
    "alarms": ("alarm.view",),
    "risk": ("risk_map.view",),
    "health": ("",),
}


class Reach(NamedTuple):
    """How far a viewer sees: which channels, and of which enterprises (None: all of the park)."""

    channels: frozenset[str]
    enterprises: frozenset[int] | None

    def covers(self, enterprise_id: int | None) -> bool:
        return self.enterprises is None or enterprise_id in self.enterprises


def reach(session: Session, viewer: Viewer) -> Reach:
    """The channels and enterprises that the viewer may follow."""
    channels = frozenset(name for name, rights in RIGHTS.items() if any(viewer.may(right) for right in rights))
    if viewer.scope == "all":
        return Reach(channels, None)
    return Reach(channels, frozenset(session.scalars(visible(Enterprise, viewer).with_only_columns(Enterprise.id))))


class PointState(NamedTuple):
    point_id: int
    enterprise_id: int
    value: float
    ts: int
    quality: int
    state: str


class VehicleState(NamedTuple):
    """Degrees x 1e6 and km/h x 10 as integers: they are shorter in JSON."""

    vehicle_id: int
    enterprise_id: int
    lon: int
    lat: int
    speed: int
    heading: int
    ts: int
    received: int
    is_fixed: int


_POINT_STATES = """
    SELECT l.point_id, p.enterprise_id, round(l.value * 10000) / 10000, floor(round(date_part('epoch', l.ts) * 1000000) / 1000)::bigint,
        l.quality, l.state
    FROM latest_reading l JOIN point p ON p.id = l.point_id WHERE p.deleted_at IS NULL
"""


def point_states(session: Session, since: datetime | None = None) -> list[PointState]:
    """The newest value of every point that reported, or of those that changed after ``since``."""
    # By the driver itself, figures made ready by the database: this is read for every screen, of thousands of points.
    cursor: Any = session.connection().connection.cursor()
    with cursor:
        cursor.execute(_POINT_STATES if since is None else f"{_POINT_STATES} AND l.changed_at > %s", (since,) if since else None)
        return [*map(PointState._make, cursor.fetchall())]


def vehicle_states(session: Session, since: datetime | None = None) -> list[VehicleState]:
    """The newest position of every vehicle that reported, or of those that changed after ``since``."""
    at = LatestPosition
    columns = (
        Vehicle.id,
        Vehicle.carrier_id,
        at.lon,
        at.lat,
        at.speed_kmh,
        at.heading_deg,
        at.ts,
        at.received_at,
        at.is_fixed,
    )
    statement = (
        select(*columns).join(Terminal, Terminal.id == at.terminal_id).join(Vehicle, Vehicle.id == Terminal.vehicle_id)
    )
    statement = statement.where(Vehicle.deleted_at.is_(None), Terminal.state == "approved")
    if since is not None:
        statement = statement.where(at.changed_at > since)
    return [
        VehicleState(v, c, round(lon * 1e6), round(lat * 1e6), round(k * 10), h, _ms(ts), _ms(received), int(fixed))
        for v, c, lon, lat, k, h, ts, received, fixed in session.execute(statement)
    ]


def alarm_states(session: Session) -> list[tuple[int | None, Frame]]:
    """(enterprise, what a browser needs) of every open alarm, in the order of the desk."""
    alarms = in_order(session.scalars(select(Alarm).where(Alarm.closed_at.is_(None))))
    people = {alarm.acknowledged_by_id for alarm in alarms} | {alarm.in_progress_by_id for alarm in alarms}
    names = dict(session.execute(select(User.id, User.name).where(User.id.in_(people - {None}))).all())
    points = [alarm.source_id for alarm in alarms if alarm.source_type == "point"]
    values = dict(
        session.execute(
            select(LatestReading.point_id, LatestReading.value).where(LatestReading.point_id.in_(points))
        ).all()
    )
    return [(alarm.enterprise_id, alarm_row(alarm, names, values)) for alarm in alarms]


def alarm_row(alarm: Alarm, names: dict[int, str], values: dict[int, float] | None = None) -> Frame:
    """The alarm as a browser shows it; a point's value is the newest one where ``values`` has it."""
    value = alarm.value
    if alarm.source_type == "point" and alarm.condition in ("high", "low"):
        value = (values or {}).get(alarm.source_id, value)
    return {
        "id": alarm.id,
        "source_type": alarm.source_type,
        "source_id": alarm.source_id,
        "code": alarm.source_code,
        "name": alarm.source_name,
        "place": f"{alarm.about} · {alarm.place}" if alarm.about else alarm.place,
        "about": alarm.about,
        "enterprise_id": alarm.enterprise_id,
        "tank_id": alarm.tank_id,
        "condition": alarm.condition,
        "kind": alarm.kind,
        "kind_word": word(ALARM_KINDS, alarm.kind),
        "level": alarm.level,
        "state": alarm.state,
        "state_word": word(ALARM_STATES, alarm.state),
        "value": value,
        "raised_value": alarm.raised_value,
        "worst_value": alarm.worst_value,
        "limit": alarm.limit,
        "unit": alarm.unit,
        "decimals": alarm.decimals,
        "lon": alarm.lon,
        "lat": alarm.lat,
        "n": alarm.occurrences,
        "group": alarm.group_id,
        "due": (due := due_at(alarm)) and _ms(due),
        "raised": _ms(alarm.raised_at),
        "last": _ms(alarm.last_at),
        "cleared": alarm.cleared_at and _ms(alarm.cleared_at),
        "acknowledged": alarm.acknowledged_at and _ms(alarm.acknowledged_at),
        "acknowledged_by": names.get(alarm.acknowledged_by_id or 0),
        "in_progress_by": names.get(alarm.in_progress_by_id or 0),
        "simulated": alarm.is_simulated,
    }


def points_frame(states: list[PointState], reach: Reach, *, full: bool) -> Frame:
    rows = [state for state in states if reach.covers(state.enterprise_id)]
    return {
        "full": full,
        "at": now_ms(),
        "id": [row.point_id for row in rows],
        "v": [row.value for row in rows],
        "t": [row.ts for row in rows],
        "q": [row.quality for row in rows],
        "s": [row.state for row in rows],
    }


def vehicles_frame(states: list[VehicleState], reach: Reach, *, full: bool) -> Frame:
    rows = [state for state in states if reach.covers(state.enterprise_id)]
    return {
        "full": full,
        "at": now_ms(),
        "id": [row.vehicle_id for row in rows],
        "lon": [row.lon for row in rows],
        "lat": [row.lat for row in rows],
        "k": [row.speed for row in rows],
        "h": [row.heading for row in rows],
        "t": [row.ts for row in rows],
        "r": [row.received for row in rows],
        "f": [row.is_fixed for row in rows],
    }


def alarms_frame(states: list[tuple[int | None, Frame]], reach: Reach) -> Frame:
    return {
        "full": True,
        "at": now_ms(),
        "alarms": [row for enterprise_id, row in states if reach.covers(enterprise_id)],
    }


def risk_frame(found: list[ZoneState], reach: Reach, *, full: bool) -> Frame:
    """The colours of these zones as far as they are within reach; of a full frame, what is not in it has none."""
    rows = [state for state in found if reach.covers(state.enterprise_id)]
    return {
        "full": full,
        "at": now_ms(),
        "id": [row.zone_id for row in rows],
        "l": [row.level for row in rows],
        "b": [row.before for row in rows],
        "s": [_ms(row.since) for row in rows],
        "c": [_ms(row.changed) for row in rows],
        "w": [row.why for row in rows],
        "n": [row.reason_count for row in rows],
    }


def health_frame() -> Frame:
    """Whether database, broker and ingest are there, as the banner of every page shows it; ``ingest_at`` is its last beat."""
    found = summary()
    beat = found.roles.get("ingest")
    ingest_at = now_ms() - int(beat["age_s"] * 1000) if beat else None
    return {
        "at": now_ms(),
        "database": found.database == OK,
        "broker": found.broker == OK,
        "ingest": found.ingest == OK,
        "ingest_at": ingest_at,
    }


def snapshot(session: Session, viewer: Viewer) -> Frame:
    """All channels of the viewer at once."""
    extent = reach(session, viewer)
    frames: Frame = {"health": health_frame()}
    if "points" in extent.channels:
        frames["points"] = points_frame(point_states(session), extent, full=True)
    if "vehicles" in extent.channels:
        frames["vehicles"] = vehicles_frame(vehicle_states(session), extent, full=True)
    if "alarms" in extent.channels:
        frames["alarms"] = alarms_frame(alarm_states(session), extent)
    if "risk" in extent.channels:
        frames["risk"] = risk_frame(states(session), extent, full=True)
    return frames


def bare_frame() -> Frame:
    """That somebody took a step, or a command moved on. It tells nothing more, so everybody gets it; each browser asks for its own."""
    return {"at": now_ms()}


def now_ms() -> int:
    return int(time.time() * 1000)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
