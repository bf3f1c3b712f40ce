"""同源: alarms that came of one cause are one group, named after the alarm that came first.

Many new alarms of one enterprise within a short time are one event (a flood, IEC 62682): the first of them is marked, because
what is behind it is most likely behind the others. A gateway that goes silent is the cause of its points' silence.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.choices import word
from data.choices.monitoring import ALARM_KINDS, ALARM_STATES
from data.models import Alarm, Point
from data.query import visible
from data.settings import current_settings
from data.viewer import Viewer

MOST_SHOWN = 50

_LATELY = """
    SELECT id, group_id FROM alarm WHERE enterprise_id = %s AND source_type IN ('point', 'gateway')
        AND raised_at > %s AND raised_at <= %s ORDER BY raised_at, id
"""
_GROUP = "UPDATE alarm SET group_id = %s WHERE id = ANY(%s) AND group_id IS NULL"
_SILENCE = """
    UPDATE alarm SET group_id = %(gateway_alarm)s WHERE closed_at IS NULL AND (id = %(gateway_alarm)s OR condition = 'no_data'
        AND source_type = 'point' AND source_id IN (SELECT id FROM point WHERE gateway_id = %(gateway)s))
"""
_SILENT = """
    SELECT count(*) FROM alarm WHERE closed_at IS NULL AND condition = 'no_data' AND source_type = 'point'
        AND source_id IN (SELECT id FROM point WHERE gateway_id = %s)
"""


def join(cursor: Any, alarm_id: int, source: Any, condition: str, at: datetime) -> None:
    """Put a new alarm, raised at ``at``, into the group to which it belongs, if to any; in the transaction that raised it."""
    if source.source_type not in ("point", "gateway") or source.enterprise_id is None:
        return
    if condition == "gateway_lost":
        cursor.execute(_SILENT, (source.id,))
        if cursor.fetchone()[0]:
            cursor.execute(_SILENCE, {"gateway_alarm": alarm_id, "gateway": source.id})
            return
    settings = current_settings()
    cursor.execute(_LATELY, (source.enterprise_id, at - timedelta(seconds=settings.alarm_flood_s), at))
    lately = cursor.fetchall()
    groups = [group for _, group in lately if group is not None]
    if groups:
        cursor.execute(_GROUP, (groups[-1], [alarm_id]))
    elif len(lately) >= settings.alarm_flood_count:
        cursor.execute(_GROUP, (lately[0][0], [identity for identity, _ in lately]))


def members(session: Session, alarm: Alarm, viewer: Viewer) -> list[dict[str, Any]]:
    """The alarms of this one's group as far as the viewer sees them, the first cause first, MOST_SHOWN at most; empty without a group."""
    if alarm.group_id is None:
        return []
    mine = visible(Alarm, viewer).where(Alarm.group_id == alarm.group_id).order_by(Alarm.id != alarm.group_id, Alarm.raised_at, Alarm.id)
    return [
        {
            "id": one.id,
            "title": f"{one.source_name} {word(ALARM_KINDS, one.kind)}",
            "level": one.level,
            "state": one.state,
            "state_word": word(ALARM_STATES, one.state),
            "raised": int(one.raised_at.timestamp() * 1000),
            "first": one.id == alarm.group_id,
        }
        for one in session.scalars(mine.limit(MOST_SHOWN))
    ]


def silenced(session: Session, alarm: Alarm, viewer: Viewer) -> int:
    """How many points report through the gateway that is silent; 0 for any other alarm."""
    if alarm.condition != "gateway_lost":
        return 0
    counted = visible(Point, viewer).where(Point.gateway_id == alarm.source_id).with_only_columns(func.count(Point.id))
    return session.scalar(select(counted.scalar_subquery())) or 0
