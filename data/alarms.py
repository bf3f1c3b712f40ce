"""The life of an alarm in the database: raised and cleared by ingest, answered by people.

Of one condition of one source at most one alarm is open. A condition is 高侧 ("high"), 低侧 ("low"), "no_data", "sos" …;
its ``kind`` names the worst that was reached (高报 → 高高报) and never gets milder while the condition lasts. An alarm that
gets worse, or comes back after it was gone, wants to be acknowledged anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from data import alarm_groups
from data.audit import record_change
from data.choices import word
from data.choices.monitoring import ALARM_CAUSES, ALARM_KINDS
from data.db import notify
from data.errors import Conflict, Invalid, NotFound
from data.models import Alarm, AlarmEvent, User
from data.query import visible
from data.rules.vehicle import ONCE, family
from data.settings import Settings, current_settings
from data.vehicle_commands import confirm_alarm
from data.viewer import Viewer

CHANNEL = "live_alarms"

LEVELS = {"high_high": 1, "low_low": 1, "high": 2, "low": 2, "rate": 3, "flat": 3, "no_data": 4, "gateway_lost": 4}


class Source(NamedTuple):
    """What an alarm is about, as it is written into its row."""

    source_type: str
    id: int
    code: str
    name: str
    place: str
    enterprise_id: int | None
    tank_id: int | None = None
    unit: str = ""
    decimals: int = 2
    lon: float | None = None
    lat: float | None = None
    is_simulated: bool = False


class Edge(NamedTuple):
    """A condition that began (``is_raised``), got worse, or ended, at ``ts`` (seconds since 1970 UTC)."""

    source: Source
    condition: str
    kind: str
    level: int
    is_raised: bool
    ts: float
    value: float | None = None
    limit: float | None = None
    about: str = ""  # the area, route or key point


_RAISE = """
    INSERT INTO alarm AS a (source_type, source_id, source_code, source_name, place, enterprise_id, tank_id, condition, kind, level,
        value, raised_value, worst_value, "limit", about, unit, decimals, lon, lat, occurrences, is_simulated, raised_at, last_at, version)
    VALUES (%(source_type)s, %(source_id)s, %(code)s, %(name)s, %(place)s, %(enterprise_id)s, %(tank_id)s, %(condition)s, %(kind)s,
        %(level)s, %(value)s, %(value)s, %(value)s, %(limit)s, %(about)s, %(unit)s, %(decimals)s, %(lon)s, %(lat)s, 1, %(is_simulated)s, %(at)s, %(at)s, 1)
    ON CONFLICT (source_type, source_id, condition) WHERE closed_at IS NULL DO UPDATE SET
        kind = CASE WHEN EXCLUDED.level <= a.level THEN EXCLUDED.kind ELSE a.kind END,
        "limit" = CASE WHEN EXCLUDED.level <= a.level THEN EXCLUDED."limit" ELSE a."limit" END,
        about = CASE WHEN EXCLUDED.level <= a.level THEN EXCLUDED.about ELSE a.about END,
        level = least(a.level, EXCLUDED.level),
        value = EXCLUDED.value,
        worst_value = CASE WHEN a.condition = 'low' THEN least(a.worst_value, EXCLUDED.value) ELSE greatest(a.worst_value, EXCLUDED.value) END,
        lon = EXCLUDED.lon, lat = EXCLUDED.lat, last_at = EXCLUDED.last_at,
        occurrences = a.occurrences + CASE WHEN EXCLUDED.level < a.level THEN 0 ELSE 1 END,
        cleared_at = NULL, escalations = 0,
        acknowledged_at = NULL, acknowledged_by_id = NULL,
        in_progress_at = CASE WHEN EXCLUDED.level < a.level THEN NULL ELSE a.in_progress_at END,
        in_progress_by_id = CASE WHEN EXCLUDED.level < a.level THEN NULL ELSE a.in_progress_by_id END,
        version = a.version + 1
    RETURNING id, occurrences, version
"""
_CLEAR = """
    UPDATE alarm SET cleared_at = %(at)s, value = coalesce(%(value)s, value), version = version + 1,
        closed_at = CASE WHEN acknowledged_at IS NOT NULL AND in_progress_at IS NULL THEN %(at)s::timestamptz END
    WHERE source_type = %(source_type)s AND source_id = %(source_id)s AND condition = %(condition)s
        AND closed_at IS NULL AND cleared_at IS NULL
    RETURNING id, closed_at, raised_at
"""
# The worst between two edges is in the values themselves; the index by source and time finds them. Of an alarm that lasted for months the
# newest are looked at.
_WORST = {
    "point": """
        UPDATE alarm AS a SET worst_value = CASE WHEN a.condition = 'low' THEN least(a.worst_value, v.low) ELSE greatest(a.worst_value, v.high) END
        FROM (SELECT min(value) AS low, max(value) AS high FROM reading WHERE point_id = %(source_id)s AND quality >= 64 AND ts BETWEEN %(since)s AND %(at)s) AS v
        WHERE a.id = %(id)s""",
    "vehicle": """
        UPDATE alarm AS a SET worst_value = greatest(a.worst_value, v.high)
        FROM (SELECT max(p.speed_kmh) AS high FROM position AS p JOIN terminal AS t ON t.id = p.terminal_id
              WHERE t.vehicle_id = %(source_id)s AND p.flags & 8 = 0 AND p.ts BETWEEN %(since)s AND %(at)s) AS v
        WHERE a.id = %(id)s""",
}
_MEASURED = {"point": ("high", "low"), "vehicle": ("overspeed",)}  # conditions whose value is what the store holds
LOOK_BACK = timedelta(days=2)
_EVENT = "INSERT INTO alarm_event (alarm_id, at, what, value) VALUES (%s, %s, %s, %s)"


def apply_edges(cursor: Any, edges: Sequence[Edge]) -> None:
    """Write the edges in the cursor's transaction, the same as that of the values that caused them, and tell listeners."""
    for edge in edges:
        at = datetime.fromtimestamp(edge.ts, UTC)
        values = {
            "at": at,
            "condition": edge.condition,
            "kind": edge.kind,
            "level": edge.level,
            "value": edge.value,
            "limit": edge.limit,
            "about": edge.about[:160],
        }
        values |= edge.source._asdict() | {"source_id": edge.source.id}
        if edge.is_raised:
            cursor.execute(_RAISE, values)
            identity, occurrences, version = cursor.fetchone()
            what = "raised" if version == 1 else "again" if occurrences > 1 else "worse"
            cursor.execute(_EVENT, (identity, at, what, edge.value))
            if version == 1:
                alarm_groups.join(cursor, identity, edge.source, edge.condition, at)
        else:
            cursor.execute(_CLEAR, values)
            for identity, closed_at, raised_at in cursor.fetchall():
                if family(edge.condition) in _MEASURED.get(edge.source.source_type, ()):
                    since = max(raised_at, at - LOOK_BACK)
                    cursor.execute(_WORST[edge.source.source_type], {"id": identity, "source_id": edge.source.id, "since": since, "at": at})
                cursor.execute(_EVENT, (identity, at, "cleared", edge.value))
                if closed_at is not None:
                    cursor.execute(_EVENT, (identity, at, "closed", None))
    if edges:
        cursor.execute("SELECT pg_notify(%s, '')", (CHANNEL,))


def due_at(alarm: Alarm, settings: Settings | None = None) -> datetime | None:
    """When a person's next step is due: acknowledging, then closing, counted from the last occurrence; None for a closed one."""
    limits = settings or current_settings()
    if alarm.closed_at is not None:
        return None
    level = min(max(alarm.level, 1), 4) - 1
    if alarm.acknowledged_at is None:
        return alarm.last_at + timedelta(minutes=limits.alarm_answer_minutes[level])
    return alarm.last_at + timedelta(hours=limits.alarm_handle_hours[level])


_STATE_RANK = {"unacknowledged": 0, "recovered": 1, "acknowledged": 2, "in_progress": 2}


def in_order(alarms: Iterable[Alarm]) -> list[Alarm]:
    """Unacknowledged first, by level and then newest; then those a person has answered, by level."""
    return sorted(
        alarms, key=lambda alarm: (_STATE_RANK.get(alarm.state, 3), alarm.level, -alarm.raised_at.timestamp())
    )


def open_alarms(session: Session, viewer: Viewer) -> list[Alarm]:
    """All alarms that are not closed and that the viewer may see, in the order of the desk."""
    viewer.require("alarm.view")
    return in_order(session.scalars(visible(Alarm, viewer).where(Alarm.closed_at.is_(None))))


def acknowledge(session: Session, alarm_id: int, viewer: Viewer, note: str = "") -> Alarm:
    """Take note of an alarm: it stops sounding, its colour stays while the condition lasts. Conflict names who was first."""
    viewer.require("alarm.acknowledge")
    alarm = _open(session, alarm_id, viewer)
    if alarm.acknowledged_at is not None:
        raise Conflict(
            f"{title(alarm)}已由{_person(session, alarm.acknowledged_by_id)}于 {_clock(alarm.acknowledged_at)} 确认。"
        )
    now = datetime.now(UTC)
    alarm.acknowledged_at, alarm.acknowledged_by_id = now, viewer.id
    if family(alarm.condition) in ONCE - {"sos", "collision", "rollover"}:
        # Nothing tells when such a condition ends: a person's answer is its end. An SOS stays until somebody says what it was.
        alarm.cleared_at = alarm.cleared_at or now
    if alarm.cleared_at is not None and alarm.in_progress_at is None:
        alarm.closed_at = now
    if alarm.source_type == "vehicle":
        confirm_alarm(session, viewer, alarm.source_id, alarm.condition, now)
    return _done(session, alarm, viewer, "acknowledge", "acknowledged", note)


def start_handling(session: Session, alarm_id: int, viewer: Viewer, note: str = "") -> Alarm:
    """Say that somebody is at work on it. It then closes by ``resolve`` only."""
    viewer.require("alarm.handle")
    alarm = _open(session, alarm_id, viewer)
    if alarm.in_progress_at is not None:
        raise Conflict(
            f"{title(alarm)}已由{_person(session, alarm.in_progress_by_id)}于 {_clock(alarm.in_progress_at)} 开始处置。"
        )
    now = datetime.now(UTC)
    if alarm.acknowledged_at is None:
        alarm.acknowledged_at, alarm.acknowledged_by_id = now, viewer.id
    alarm.in_progress_at, alarm.in_progress_by_id = now, viewer.id
    return _done(session, alarm, viewer, "handle", "in_progress", note)


def hand_over(session: Session, alarm_id: int, viewer: Viewer, person: User, note: str = "") -> Alarm:
    """Give an alarm into the hands of ``person``, who is chosen by ``data.alarm_handover``; it is in progress then."""
    viewer.require("alarm.handle")
    alarm = _open(session, alarm_id, viewer)
    if alarm.in_progress_by_id == person.id:
        raise Conflict(f"{title(alarm)}已在{person.name}手中。")
    now = datetime.now(UTC)
    if alarm.acknowledged_at is None:
        alarm.acknowledged_at, alarm.acknowledged_by_id = now, viewer.id
    alarm.in_progress_at, alarm.in_progress_by_id = now, person.id
    return _done(session, alarm, viewer, "handle", "handed_over", f"{person.name}，{note.strip()}".rstrip("，"))


def resolve(
    session: Session, alarm_id: int, viewer: Viewer, cause: str, note: str = "", *, measures: str = "", result: str = ""
) -> Alarm:
    """Close an alarm with its cause, what was done (措施) and what came of it (结果).

    While a measured condition lasts, only 误报, 检修 and 演练 may close it. 真实险情 needs words on what was done.
    """
    viewer.require("alarm.handle")
    if cause not in {choice.code for choice in ALARM_CAUSES}:
        raise Invalid("请选择报警原因。", {"cause": "请选择误报、检修、工艺波动、真实险情或演练。"})
    long = {name: f"最多 500 个字，现有 {len(said)} 个。" for name, said in (("measures", measures), ("result", result)) if len(said) > 500}
    if long:
        raise Invalid("措施或结果太长。", long)
    if cause == "real" and not (measures.strip() or note.strip()):
        raise Invalid("真实险情应写明采取的措施。", {"measures": "请填写采取的措施。"})
    alarm = _open(session, alarm_id, viewer)
    is_measured = family(alarm.condition) not in ONCE
    if is_measured and alarm.cleared_at is None and cause not in {"false_alarm", "maintenance", "drill"}:
        raise Conflict(f"{title(alarm)}仍未恢复，不能以“{word(ALARM_CAUSES, cause)}”关闭；请先处置，待数值恢复后关闭。")
    now = datetime.now(UTC)
    if alarm.acknowledged_at is None:
        alarm.acknowledged_at, alarm.acknowledged_by_id = now, viewer.id
    alarm.resolved_at, alarm.closed_at, alarm.cause, alarm.note = now, now, cause, note.strip() or None
    alarm.measures, alarm.result = measures.strip() or None, result.strip() or None
    return _done(session, alarm, viewer, "resolve", "resolved", note)


def title(alarm: Alarm) -> str:
    """How people speak of the alarm: V-101 甲醇储罐 液位 高高报."""
    return f"{alarm.source_name} {word(ALARM_KINDS, alarm.kind)}"


def _open(session: Session, alarm_id: int, viewer: Viewer) -> Alarm:
    alarm = session.scalar(visible(Alarm, viewer).where(Alarm.id == alarm_id).with_for_update())
    if alarm is None:
        raise NotFound("没有找到这条报警，它可能不在您的数据范围内。")
    if alarm.closed_at is not None:
        raise Conflict(f"{title(alarm)}已于 {_clock(alarm.closed_at)} 关闭。")
    return alarm


def _done(session: Session, alarm: Alarm, viewer: Viewer, verb: str, what: str, note: str) -> Alarm:
    if len(note) > 500:
        raise Invalid("说明太长。", {"note": f"最多 500 个字，现有 {len(note)} 个。"})
    now = datetime.now(UTC)
    alarm.version += 1
    session.add(AlarmEvent(alarm_id=alarm.id, at=now, what=what, user_id=viewer.id, note=note.strip() or None))
    if alarm.closed_at is not None:
        session.add(AlarmEvent(alarm_id=alarm.id, at=now, what="closed", user_id=viewer.id))
    record_change(session, viewer, verb, alarm, {"state": [None, alarm.state]}, note.strip() or None)
    session.flush()
    notify(session, CHANNEL)
    return alarm


def _person(session: Session, user_id: int | None) -> str:
    return session.scalar(select(User.name).where(User.id == user_id)) or "他人"


def _clock(at: datetime) -> str:
    from zoneinfo import ZoneInfo

    return at.astimezone(ZoneInfo(current_settings().time_zone)).strftime("%m-%d %H:%M:%S")
