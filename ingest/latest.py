"""The newest value of each source as rows, and how they are written: in order of their ids, so that two roles that meet the same
rows wait one for the other, and not each for the other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from psycopg2.extras import Json, execute_values

from data.telemetry import PositionRow
from ingest.pipeline import NOT_FIXED, Fix


def write_readings(cursor: Any, latest: Mapping[int, tuple[Any, ...]]) -> None:
    """Write rows of ``latest_reading`` by point, where they are not older than what is there."""
    if latest:
        now = datetime.now(UTC)
        execute_values(cursor, _UPSERT_READINGS, [(*row, now) for _, row in sorted(latest.items())], page_size=1000)


def write_positions(cursor: Any, latest: Mapping[int, tuple[Any, ...]], tracks: Mapping[int, dict[str, Any]]) -> None:
    """Write rows of ``latest_position`` by terminal, and what the rules remember of some of them, where they are not older than what is there."""
    if latest:
        now = datetime.now(UTC)
        execute_values(cursor, _UPSERT_POSITIONS, [(*row, now) for _, row in sorted(latest.items())], page_size=1000)
        cursor.execute(_SEEN, (list(latest),))
    if tracks:
        rows = [(terminal, Json(kept), latest[terminal][1]) for terminal, kept in sorted(tracks.items())]
        execute_values(cursor, _UPSERT_TRACKS, rows, template="(%s, %s::jsonb, %s)", page_size=1000)


def position_row(row: Fix, received: float) -> PositionRow:
    """A position as it is stored; ``received`` in seconds since 1970 UTC."""
    items = dict(row.items or {})
    if row.mileage_km is not None:
        items["mileage_km"] = row.mileage_km
    return PositionRow(
        row.terminal_id,
        row.ts,
        row.serial,
        received,
        row.lon,
        row.lat,
        row.speed_kmh,
        row.heading_deg,
        max(-32768, min(32767, row.altitude_m)),
        row.alarm_bits,
        row.status_bits,
        row.flags,
        items or None,
    )


def latest_position(row: Fix, place: tuple[float, float], received: float) -> tuple[Any, ...]:
    """The columns of ``latest_position`` up to ``is_fixed``; ``place`` is the last longitude and latitude that were believed."""
    head = (row.terminal_id, utc(row.ts), utc(received), *place, row.speed_kmh, row.heading_deg, row.altitude_m)
    return (*head, row.alarm_bits, row.status_bits, row.mileage_km, not row.flags & NOT_FIXED)


def utc(ts: float) -> datetime:
    """The instant of seconds since 1970 UTC."""
    return datetime.fromtimestamp(ts, UTC)


_UPSERT_READINGS = """
    INSERT INTO latest_reading AS l (point_id, ts, received_at, value, quality, state, changed_at) VALUES %s
    ON CONFLICT (point_id) DO UPDATE SET ts = EXCLUDED.ts, received_at = EXCLUDED.received_at, value = EXCLUDED.value,
        quality = EXCLUDED.quality, state = EXCLUDED.state, changed_at = EXCLUDED.changed_at
    WHERE EXCLUDED.ts >= l.ts
"""
_UPSERT_POSITIONS = """
    INSERT INTO latest_position AS l (terminal_id, ts, received_at, lon, lat, speed_kmh, heading_deg, altitude_m, alarm_bits,
        status_bits, mileage_km, is_fixed, changed_at) VALUES %s
    ON CONFLICT (terminal_id) DO UPDATE SET ts = EXCLUDED.ts, received_at = EXCLUDED.received_at,
        lon = EXCLUDED.lon, lat = EXCLUDED.lat, speed_kmh = EXCLUDED.speed_kmh, heading_deg = EXCLUDED.heading_deg, altitude_m = EXCLUDED.altitude_m,
        alarm_bits = EXCLUDED.alarm_bits, status_bits = EXCLUDED.status_bits,
        mileage_km = coalesce(EXCLUDED.mileage_km, l.mileage_km), is_fixed = EXCLUDED.is_fixed, changed_at = EXCLUDED.changed_at
    WHERE EXCLUDED.ts >= l.ts
"""
_UPSERT_TRACKS = """
    INSERT INTO terminal_track (terminal_id, track) SELECT v.id, v.track FROM (VALUES %s) AS v (id, track, ts)
    JOIN latest_position l ON l.terminal_id = v.id AND l.ts <= v.ts ON CONFLICT (terminal_id) DO UPDATE SET track = EXCLUDED.track
"""
_SEEN = "UPDATE terminal SET last_seen_at = now() WHERE id = ANY(%s) AND (last_seen_at IS NULL OR last_seen_at < now() - interval '1 minute')"
