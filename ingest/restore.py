"""What a writer remembers of points and terminals, read from the database: at its start, and when another role did the work until now."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ingest.directory import World
from ingest.vehicle_watch import VehicleWatch
from ingest.watch import AlarmWatch


def restore_points(cursor: Any, watch: AlarmWatch, world: World, is_mine: Callable[[str], bool]) -> None:
    """Take up the points and gateways of those enterprises (by code) where they were left: newest value, state, conditions that last."""
    now = time.time()
    points = {one.id for one in world.points.values() if is_mine(one.enterprise_code)}
    gateways = {one.id for one in world.gateways.values() if is_mine(one.enterprise_code)}
    cursor.execute("SELECT point_id, extract(epoch FROM ts)::float8, state FROM latest_reading")
    for point_id, ts, state in cursor.fetchall():
        if point_id in points:
            watch.restore_point(point_id, ts, state, now)
    cursor.execute("SELECT source_type, source_id, condition FROM alarm WHERE closed_at IS NULL AND cleared_at IS NULL AND source_type <> 'vehicle'")
    for source_type, source_id, condition in cursor.fetchall():
        if source_id not in (points if source_type == "point" else gateways):
            continue
        if condition in ("no_data", "gateway_lost"):
            watch.restore_silence(source_type, source_id)
        elif condition in ("rate", "flat"):
            watch.restore_motion(source_id, condition)


def restore_terminals(cursor: Any, vehicles: VehicleWatch, terminal_ids: list[int] | None = None) -> list[tuple[int, float, tuple[float, float]]]:
    """Take up these terminals, or all, of which something newer is stored than ``vehicles`` knows; (id, time, (longitude, latitude)) of each."""
    known = [(one, vehicles.terminals[one].last_ts if one in vehicles.terminals else 0.0) for one in terminal_ids or ()]
    chosen = "" if terminal_ids is None else _CHOSEN
    values = {"ids": [one for one, _ in known], "times": [ts for _, ts in known]}
    cursor.execute(_TERMINALS + chosen, values)
    rows = cursor.fetchall()
    cursor.execute(_OPEN, {"vehicles": [row[1] for row in rows if row[1] is not None]})
    conditions: dict[int, set[str]] = {}
    for vehicle_id, condition in cursor.fetchall():
        conditions.setdefault(vehicle_id, set()).add(condition)
    for terminal_id, vehicle_id, ts, bits, lon, lat, kept in rows:
        vehicles.restore(terminal_id, ts, bits, (lon, lat), conditions.get(vehicle_id, set()), kept or {})
    return [(row[0], row[2], (row[4], row[5])) for row in rows]


_TERMINALS = """
    SELECT p.terminal_id, t.vehicle_id, extract(epoch FROM p.ts)::float8, p.alarm_bits, p.lon, p.lat, k.track
    FROM latest_position p JOIN terminal t ON t.id = p.terminal_id LEFT JOIN terminal_track k ON k.terminal_id = p.terminal_id
"""
# Times are kept to the microsecond, so what is not newer by more than that is known already.
_CHOSEN = """
    JOIN unnest(%(ids)s::bigint[], %(times)s::float8[]) AS known (id, ts) ON known.id = p.terminal_id
    WHERE extract(epoch FROM p.ts)::float8 > known.ts + 0.000002
"""
_OPEN = """
    SELECT source_id, condition FROM alarm
    WHERE closed_at IS NULL AND cleared_at IS NULL AND source_type = 'vehicle' AND source_id = ANY(%(vehicles)s)
"""
