"""The quality of every tank's values now, judged by ``data.rules.value_quality`` from the newest values and the sums of minutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from data.choices import Choice
from data.models import Point
from data.query import visible
from data.rules.value_quality import (
    CLOCK,
    FLAT,
    FLAT_MINUTES,
    JUMP_MINUTES,
    JUMPING,
    LONGEST_FLAT_MINUTES,
    SILENT,
    Instrument,
    Seen,
    faults,
)
from data.viewer import Viewer

# The word at the value; the browser finds silence by itself, from second to second.
QUALITIES = (Choice(SILENT, "停更", "stale"), Choice(CLOCK, "时钟", "warn"), Choice(JUMPING, "跳变", "warn"), Choice(FLAT, "平直", "warn"))

_SEEN = text(f"""
    SELECT p.id, l.ts, l.received_at, l.quality, m.low, m.high, m.samples, m.first, m.last, m.spreads
    FROM unnest(CAST(:points AS bigint[]), CAST(:minutes AS int[])) AS p (id, minutes)
    LEFT JOIN latest_reading l ON l.point_id = p.id
    LEFT JOIN LATERAL (
        SELECT min(low) AS low, max(high) AS high, sum(samples) AS samples, min(ts) AS first, max(last_at) AS last,
            array_agg(high - low) FILTER (WHERE ts >= :now - make_interval(0, 0, 0, 0, 0, {JUMP_MINUTES}) AND high > low) AS spreads
        FROM reading_minute WHERE point_id = p.id AND ts >= :now - make_interval(0, 0, 0, 0, 0, p.minutes) AND ts < :now
    ) m ON true
""")


def qualities(session: Session, viewer: Viewer, now: datetime) -> dict[int, list[str]]:
    """Point → what is wrong with its newest value, of all points at tanks that the viewer sees; without those that are well."""
    viewer.require("tank.view")
    columns = (Point.id, Point.quantity, Point.period_s, Point.range_low, Point.range_high, Point.flat_minutes)
    wanted = visible(Point, viewer).where(Point.tank_id.is_not(None)).with_only_columns(*columns)
    instruments = {row[0]: Instrument(*row[1:]) for row in session.execute(wanted)}
    minutes = [min(one.flat_minutes or FLAT_MINUTES, LONGEST_FLAT_MINUTES) for one in instruments.values()]
    asked = {"points": list(instruments), "minutes": minutes, "now": now.replace(second=0, microsecond=0)}
    found = {row[0]: faults(instruments[row[0]], _seen(row), now.timestamp()) for row in session.execute(_SEEN, asked)}
    return {point: wrong for point, wrong in found.items() if wrong}


def _seen(row: Any) -> Seen:
    _, ts, received, quality, low, high, samples, first, last, spreads = row
    covers = (last - first) if first is not None else timedelta()
    taken, came = (ts.timestamp(), received.timestamp()) if ts is not None else (None, None)
    return Seen(taken, came, quality if quality is not None else 0, low, high, int(samples or 0), covers.total_seconds(), tuple(spreads or ()))
