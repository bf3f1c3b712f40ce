"""What vehicles did in a span of time: their tracks with stops, alarms and sums, for the replay and its files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from data.errors import Invalid
from data.models import Alarm, Vehicle
from data.query import get, visible
from data.settings import current_settings
from data.telemetry import TrackPoint
from data.vehicles import NOT_FIXED, Track, limit_of, positions, summed
from data.viewer import Viewer

MOST_VEHICLES = 4
LONGEST = timedelta(days=7)
STOP_MINUTES = (2, 5, 10, 30)
MOST_ALARMS = 500
MOST_READ = 130_000  # seven days at a position every 5 s
BEFORE_ALARM = timedelta(minutes=5)
AROUND_ALARM = timedelta(minutes=30)


class Span(NamedTuple):
    """From ``start`` to before ``end``."""

    start: datetime
    end: datetime


class Wish(NamedTuple):
    """What is to be replayed: whose tracks, when, and from how many minutes on a stand is a stop."""

    vehicles: tuple[int, ...]
    span: Span
    stop_minutes: int

    def plain(self) -> dict[str, Any]:
        """As JSON; ``Wish.of`` reads it back."""
        return {"ids": list(self.vehicles), "span": "free", "start": self.span.start.isoformat(), "end": self.span.end.isoformat(), "stop": self.stop_minutes}

    @classmethod
    def of(cls, plain: Any, now: datetime) -> Wish:
        """The wish that a browser or a task holds; Invalid with the field it stands at when it cannot be fulfilled."""
        if not isinstance(plain, dict):
            raise Invalid("提交的内容无法理解，请刷新页面。")
        ids = plain.get("ids")
        if not isinstance(ids, list) or not ids or any(type(one) is not int or not 0 < one < 2**63 for one in ids):
            raise _fault("vehicles", "请选择车辆。")
        if len(set(ids)) > MOST_VEHICLES:
            raise _fault("vehicles", f"一次最多回放 {MOST_VEHICLES} 辆车。")
        stop = plain.get("stop")
        if stop not in STOP_MINUTES or type(stop) is not int:
            raise _fault("stop", "停车时长请从列表中选择。")
        span = span_of(plain.get("span"), plain.get("start"), plain.get("end"), now)
        return cls(tuple(dict.fromkeys(ids)), span, stop)


def _fault(name: str, text: str) -> Invalid:
    return Invalid(text, {name: text})


def span_of(kind: Any, start: Any, end: Any, now: datetime) -> Span:
    """The span that ``kind`` (today, yesterday, 24h, free) means at ``now``; ``start`` and ``end`` are ISO, in the park's time when they name none."""
    zone = ZoneInfo(current_settings().time_zone)
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if kind == "today":
        return Span(midnight, now)
    if kind == "yesterday":
        return Span((midnight - timedelta(days=1)), midnight)
    if kind == "24h":
        return Span(now - timedelta(hours=24), now)
    if kind != "free":
        raise _fault("span", "时段请从列表中选择。")
    first, last = _instant(start, zone, "start", "开始"), _instant(end, zone, "end", "结束")
    if last <= first:
        raise _fault("end", "结束时间应晚于开始时间。")
    if last - first > LONGEST:
        raise _fault("end", f"一次最多回放 {LONGEST.days} 天，请缩短时段。")
    if first >= now:
        raise _fault("start", "开始时间还没有到。")
    return Span(first, last)


def _instant(text: Any, zone: ZoneInfo, name: str, word: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(zone)
    except (TypeError, ValueError, OverflowError):
        raise _fault(name, f"请填写{word}时间，如 2026-11-24 08:00。") from None


class Replay(NamedTuple):
    """One vehicle's part: ``points`` are all with a fix, ``track`` has them thinned for drawing with stops and sums."""

    vehicle: Vehicle
    points: Sequence[TrackPoint]
    track: Track
    alarms: Sequence[Alarm]
    is_cut: bool  # more positions than are read: the track ends early


def replay(session: Session, wish: Wish, viewer: Viewer) -> list[Replay]:
    """The part of each vehicle; NotFound when one lies outside the viewer's scope or has no terminal."""
    viewer.require("vehicle.view")
    return [_of(session, get(session, Vehicle, identity, viewer), wish, viewer) for identity in wish.vehicles]


def _of(session: Session, vehicle: Vehicle, wish: Wish, viewer: Viewer) -> Replay:
    found = positions(session, vehicle, wish.span.start, wish.span.end, MOST_READ)
    track = summed(found, limit_of(vehicle))
    long = [stop for stop in track.stops if stop.seconds >= wish.stop_minutes * 60]
    points = [point for point in found if not point.flags & NOT_FIXED]
    return Replay(vehicle, points, track._replace(stops=long), _alarms(session, vehicle, wish.span, viewer), len(found) == MOST_READ)


def _alarms(session: Session, vehicle: Vehicle, span: Span, viewer: Viewer) -> Sequence[Alarm]:
    """What was raised about the vehicle in the span, the oldest first; nothing for who may not see alarms."""
    if not viewer.may("alarm.view"):
        return []
    statement = visible(Alarm, viewer).where(
        Alarm.source_type == "vehicle", Alarm.source_id == vehicle.id, Alarm.raised_at >= span.start, Alarm.raised_at < span.end
    )
    return session.scalars(statement.order_by(Alarm.raised_at, Alarm.id).limit(MOST_ALARMS)).all()


class AroundAlarm(NamedTuple):
    """Where the replay of an alarm begins."""

    vehicle_id: int
    span: Span
    at: datetime


def around_alarm(session: Session, alarm_id: int, viewer: Viewer) -> AroundAlarm:
    """Half an hour before and after a vehicle's alarm, beginning five minutes before it; Invalid when it is no vehicle's."""
    viewer.require("alarm.view")
    alarm = get(session, Alarm, alarm_id, viewer)
    if alarm.source_type != "vehicle":
        raise Invalid("这条报警不是车辆报警，没有轨迹。")
    vehicle = get(session, Vehicle, alarm.source_id, viewer)
    return AroundAlarm(vehicle.id, Span(alarm.raised_at - AROUND_ALARM, alarm.raised_at + AROUND_ALARM), alarm.raised_at - BEFORE_ALARM)
