"""What the alarm desk asks of the database besides the open alarms: history, counts, how fast people answer, one alarm's story."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session

from data.choices import Choice, word
from data.choices.monitoring import ALARM_CAUSES, ALARM_EVENTS, ALARM_KINDS
from data.live import alarm_row
from data.models import (
    Alarm,
    AlarmEvent,
    Enterprise,
    LatestPosition,
    LatestReading,
    Point,
    Terminal,
    User,
    Vehicle,
)
from data.query import COUNT_CAP, Page, visible
from data.scope import scoped
from data.settings import current_settings
from data.telemetry import Bucket
from data.viewer import Viewer

GAS_QUANTITIES = ("combustible", "toxic", "oxygen")
HOURS = 24
MAX_SIZE = 200
REPEAT_DAYS = 30
LIMIT_KINDS = ("high_high", "high", "low", "low_low")
_SILENT = ("no_data", "gateway_lost")
_SEARCHED = (Alarm.source_code, Alarm.source_name, Alarm.place)


class Event(NamedTuple):
    """One step of an alarm's story: when, which step, its word, who (empty for the platform), value and remark."""

    at: datetime
    what: str
    word: str
    who: str
    value: float | None
    note: str


class Contact(NamedTuple):
    """Whom to call about an alarm. ``phone`` is as entered in the archive."""

    label: str
    name: str
    phone: str


class Limit(NamedTuple):
    kind: str
    word: str
    value: float


class Answering(NamedTuple):
    """How fast alarms were acknowledged: mean in seconds (None without any) over ``count`` alarms."""

    mean_s: float | None
    count: int  # type: ignore[assignment]  # a tuple has a method of this name


class Repeats(NamedTuple):
    """How often the same source alarmed before: ``total``, and of these the causes that people named, most frequent first."""

    total: int
    causes: list[tuple[str, int]]


def start_of_day(now: datetime) -> datetime:
    """Midnight of the park's own day in which ``now`` lies."""
    local = now.astimezone(ZoneInfo(current_settings().time_zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


class PointFacts(NamedTuple):
    """What the browser must know of a point to sort its alarms by source and to see that its value is too old."""

    id: int
    period_s: int
    is_gas: bool


def point_facts(session: Session, viewer: Viewer) -> list[PointFacts]:
    """The facts of all points that the viewer may see."""
    viewer.require("alarm.view")
    columns = (Point.id, Point.period_s, Point.quantity.in_(GAS_QUANTITIES))
    return [
        PointFacts(*row)
        for row in session.execute(visible(Point, viewer).with_only_columns(*columns).order_by(Point.id))
    ]


def duty_phones(session: Session, viewer: Viewer) -> dict[int, str]:
    """Enterprise → number of its duty room, else its own; without those that have none."""
    viewer.require("alarm.view")
    number = func.coalesce(Enterprise.duty_phone, Enterprise.phone)
    statement = visible(Enterprise, viewer).where(number.is_not(None)).with_only_columns(Enterprise.id, number)
    return dict(session.execute(statement).all())


def handled_by(session: Session, viewer: Viewer) -> list[int]:
    """Ids of the open alarms that the viewer has taken in hand."""
    viewer.require("alarm.view")
    mine = visible(Alarm, viewer).where(Alarm.closed_at.is_(None), Alarm.in_progress_by_id == viewer.id)
    return list(session.scalars(mine.with_only_columns(Alarm.id).order_by(Alarm.id))) if viewer.id else []


def history(
    session: Session,
    viewer: Viewer,
    *,
    since: datetime,
    keyword: str = "",
    level: int | None = None,
    source: str = "",
    number: int = 1,
    size: int = 50,
) -> Page:
    """Page ``number`` (from 1) of the alarms closed since then, the last closed first.

    ``keyword`` is looked for in object, code, place and kind; ``source`` is one of ``choices.ALARM_SOURCES`` or empty.
    """
    viewer.require("alarm.view")
    wanted = visible(Alarm, viewer).where(Alarm.closed_at >= since, of_source(source), _matching(keyword.strip()))
    wanted = wanted.where(Alarm.level == level) if level else wanted
    size = max(1, min(size, MAX_SIZE))
    total = (
        session.scalar(
            select(func.count()).select_from(wanted.with_only_columns(Alarm.id).limit(COUNT_CAP + 1).subquery())
        )
        or 0
    )
    number = max(1, min(number, max(1, -(-total // size))))
    rows = session.scalars(
        wanted.order_by(Alarm.closed_at.desc(), Alarm.id.desc()).offset((number - 1) * size).limit(size)
    )
    return Page(list(rows), min(total, COUNT_CAP), total > COUNT_CAP)


def closed_count(session: Session, viewer: Viewer, since: datetime) -> int:
    """How many alarms were closed since then."""
    viewer.require("alarm.view")
    return session.scalar(scoped(select(func.count(Alarm.id)).where(Alarm.closed_at >= since), Alarm, viewer)) or 0


def of_source(source: str) -> ColumnElement[bool]:
    """Whether an alarm belongs to that entry of ``choices.ALARM_SOURCES``; an empty one takes all."""
    is_data = or_(Alarm.source_type == "gateway", and_(Alarm.source_type == "point", Alarm.condition.in_(_SILENT)))
    is_gas = Alarm.source_id.in_(select(Point.id).where(Point.quantity.in_(GAS_QUANTITIES)))
    is_point = and_(Alarm.source_type == "point", ~is_data)
    conditions = {
        "tank": and_(is_point, ~is_gas),
        "gas": and_(is_point, is_gas),
        "vehicle": Alarm.source_type == "vehicle",
        "data": is_data,
    }
    return conditions.get(source, true())


def _matching(keyword: str) -> ColumnElement[bool]:
    if not keyword:
        return true()
    kinds = [choice.code for choice in ALARM_KINDS if keyword in choice.word]
    return or_(*(column.icontains(keyword, autoescape=True) for column in _SEARCHED), Alarm.kind.in_(kinds))


def hourly(session: Session, viewer: Viewer, now: datetime) -> list[tuple[datetime, int]]:
    """The last 24 hours, oldest first: the start of each full hour and how many alarms were raised in it.

    The last hour is the present one and still counting.
    """
    viewer.require("alarm.view")
    last = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    hours = [last - timedelta(hours=back) for back in range(HOURS - 1, -1, -1)]
    hour = func.date_trunc("hour", Alarm.raised_at)
    statement = (
        select(hour, func.count(Alarm.id)).where(Alarm.raised_at >= hours[0], Alarm.raised_at <= now).group_by(hour)
    )
    counts: dict[datetime, int] = {start: count for start, count in session.execute(scoped(statement, Alarm, viewer))}
    return [(start, counts.get(start, 0)) for start in hours]


def answering(session: Session, viewer: Viewer, now: datetime) -> Answering:
    """How long alarms raised in the last 24 hours waited for a person's acknowledgement."""
    viewer.require("alarm.view")
    waited = func.extract("epoch", Alarm.acknowledged_at - Alarm.raised_at)
    statement = select(func.avg(waited), func.count(Alarm.id)).where(
        Alarm.raised_at > now - timedelta(hours=HOURS), Alarm.raised_at <= now, Alarm.acknowledged_at.is_not(None)
    )
    mean, count = session.execute(scoped(statement, Alarm, viewer)).one()
    return Answering(None if mean is None else float(mean), count)


class Share(NamedTuple):
    """``part`` of ``whole``; of nothing there is no share."""

    part: int
    whole: int


def online(session: Session, viewer: Viewer, now: datetime) -> Share:
    """在线率: how many of the registered points have reported within three of their periods (90 s at least)."""
    viewer.require("alarm.view")
    silence = func.make_interval(0, 0, 0, 0, 0, 0, func.greatest(3 * Point.period_s, 90))
    heard = func.count().filter(LatestReading.received_at >= now - silence)
    points = visible(Point, viewer).outerjoin(LatestReading, LatestReading.point_id == Point.id)
    part, whole = session.execute(points.with_only_columns(heard, func.count()).order_by(None)).one()
    return Share(part, whole)


def handled(session: Session, viewer: Viewer, now: datetime) -> Share:
    """处置率: how many of the alarms raised in the last 24 hours are closed."""
    viewer.require("alarm.view")
    closed = func.count().filter(Alarm.closed_at.is_not(None))
    statement = select(closed, func.count(Alarm.id)).where(Alarm.raised_at > now - timedelta(hours=HOURS), Alarm.raised_at <= now)
    part, whole = session.execute(scoped(statement, Alarm, viewer)).one()
    return Share(part, whole)


def story(session: Session, alarm: Alarm) -> list[Event]:
    """What happened to the alarm, in order, with the names of those who did it."""
    steps = (
        select(AlarmEvent, User.name)
        .outerjoin(User, User.id == AlarmEvent.user_id)
        .where(AlarmEvent.alarm_id == alarm.id)
    )
    return [
        Event(step.at, step.what, word(ALARM_EVENTS, step.what), who or "", step.value, step.note or "")
        for step, who in session.execute(steps.order_by(AlarmEvent.id))
    ]


def contacts(session: Session, alarm: Alarm, viewer: Viewer) -> list[Contact]:
    """Whom to call, the most useful first, without those of whom no number is known."""
    viewer.require("alarm.view")
    found: list[Contact] = []
    if alarm.source_type == "vehicle":
        vehicle = session.scalar(visible(Vehicle, viewer).where(Vehicle.id == alarm.source_id))
        found += [Contact("驾驶员", vehicle.driver or "", vehicle.driver_phone or "")] if vehicle else []
    firm = session.scalar(visible(Enterprise, viewer).where(Enterprise.id == alarm.enterprise_id))
    if firm:
        found += [
            Contact("企业值班", firm.short_name, firm.duty_phone or ""),
            Contact("安全负责人", firm.contact or "", firm.phone or ""),
        ]
    return [contact for contact in found if contact.phone]


def cards(session: Session, alarms: Sequence[Alarm]) -> list[dict[str, Any]]:
    """The alarms as a browser shows them: what ``data.live`` pushes, and besides when handling began, how each ended and why.

    An open alarm of a point carries the point's newest value, a closed one the value at which it ended.
    """
    people = {alarm.acknowledged_by_id for alarm in alarms} | {alarm.in_progress_by_id for alarm in alarms}
    names = dict(session.execute(select(User.id, User.name).where(User.id.in_(people - {None}))).all())
    points = [alarm.source_id for alarm in alarms if alarm.source_type == "point" and alarm.closed_at is None]
    values = dict(
        session.execute(
            select(LatestReading.point_id, LatestReading.value).where(LatestReading.point_id.in_(points))
        ).all()
    )
    return [alarm_row(alarm, names, values if alarm.closed_at is None else None) | _ending(alarm) for alarm in alarms]


def _ending(alarm: Alarm) -> dict[str, Any]:
    return {
        "in_progress": to_ms(alarm.in_progress_at),
        "closed": to_ms(alarm.closed_at),
        "cause_word": word(ALARM_CAUSES, alarm.cause) if alarm.cause else "",
        "note": alarm.note or "",
        "measures": alarm.measures or "",
        "result": alarm.result or "",
    }


def to_ms(at: datetime | None) -> int | None:
    """Milliseconds since 1970 UTC, as browsers count time."""
    return None if at is None else int(at.timestamp() * 1000)


def point_of(session: Session, alarm: Alarm, viewer: Viewer) -> Point | None:
    """The measured point that the alarm is about; None for a vehicle or a gateway."""
    if alarm.source_type != "point":
        return None
    return session.scalar(visible(Point, viewer).where(Point.id == alarm.source_id))


def place_of(session: Session, alarm: Alarm, point: Point | None, viewer: Viewer) -> str:
    """What the map is asked to select for the alarm: truck:<plate>, tank:<code>, gas:<code> or ent:<code>; may be empty."""
    if alarm.source_type == "vehicle":
        return f"truck:{alarm.source_code}"
    if point and point.tank:
        return f"tank:{point.tank.code}"
    if point and point.quantity in GAS_QUANTITIES:
        return f"gas:{point.code}"
    firm = session.scalar(visible(Enterprise, viewer).where(Enterprise.id == alarm.enterprise_id))
    return f"ent:{firm.code}" if firm else ""


def spot_of(session: Session, alarm: Alarm, point: Point | None, viewer: Viewer) -> tuple[float, float] | None:
    """Where the alarm is, (longitude, latitude) in WGS-84: the vehicle now, else the point, its tank or the enterprise; None where nobody knows."""
    if alarm.source_type == "vehicle":
        newest = select(LatestPosition.lon, LatestPosition.lat).join(Terminal, Terminal.id == LatestPosition.terminal_id).join(Vehicle, Vehicle.id == Terminal.vehicle_id)
        row = session.execute(scoped(newest.where(Vehicle.id == alarm.source_id).order_by(LatestPosition.ts.desc()), Vehicle, viewer)).first()
        return (row.lon, row.lat) if row else None
    firm = session.scalar(visible(Enterprise, viewer).where(Enterprise.id == alarm.enterprise_id))
    spots = [(one.lon, one.lat) for one in (point, point.tank if point else None, firm) if one is not None]
    return next(((lon, lat) for lon, lat in spots if lon is not None and lat is not None), None)


def limits_of(point: Point) -> list[Limit]:
    """The limits that are set, the highest first."""
    values = ((kind, getattr(point, kind)) for kind in LIMIT_KINDS)
    return [Limit(kind, word(_LIMIT_WORDS, kind), value) for kind, value in values if value is not None]


_LIMIT_WORDS = (Choice("high_high", "高高"), Choice("high", "高"), Choice("low", "低"), Choice("low_low", "低低"))


def hourly_change(curve: Sequence[Bucket], minutes: int = 10) -> float | None:
    """By how much the value changes in an hour, taken from the last ``minutes``; None when they hold too little."""
    if len(curve) < 2:
        return None
    last = curve[-1]
    earlier = next(bucket for bucket in curve if bucket.ts >= last.ts - timedelta(minutes=minutes))
    seconds = (last.ts - earlier.ts).total_seconds()
    return (last.mean - earlier.mean) / seconds * 3600 if seconds >= minutes * 30 else None


def repeats(session: Session, alarm: Alarm, viewer: Viewer, now: datetime) -> Repeats:
    """How often the same source alarmed in the 30 days before ``now``, this alarm left out."""
    viewer.require("alarm.view")
    statement = select(Alarm.cause, func.count(Alarm.id)).where(
        Alarm.source_type == alarm.source_type,
        Alarm.source_id == alarm.source_id,
        Alarm.raised_at.between(now - timedelta(days=REPEAT_DAYS), now),
        Alarm.id != alarm.id,
    )
    found = session.execute(scoped(statement, Alarm, viewer).group_by(Alarm.cause))
    counts: dict[str | None, int] = {cause: count for cause, count in found}
    causes = [(word(ALARM_CAUSES, cause), count) for cause, count in counts.items() if cause]
    return Repeats(sum(counts.values()), sorted(causes, key=lambda item: -item[1]))
