"""The park at a past instant as frames of the live data, and the frames that follow it.

A frame has the columns of ``data.live``, so the same functions of the browser draw the past and the present. What a viewer may see
is what they may see live: the same rights open the same channels, and the same enterprises are within reach.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from data import live, rollups
from data.choices import word
from data.choices.monitoring import ALARM_KINDS
from data.errors import Forbidden, Invalid
from data.live import Frame, PointState, Reach, VehicleState
from data.models import Alarm, Point, ReadingHour, Terminal, Vehicle, ZoneColour
from data.past import alarms
from data.past.kept import UNITS, Kept, kept
from data.past.values import Fix, Value, fixes_at, fixes_between, values_at, values_between
from data.query import visible
from data.risk_colours import states
from data.rollups import Horizon
from data.settings import current_settings
from data.viewer import Viewer

# How fast the past may go by, and how far apart its frames are then.
PACES = {1: timedelta(seconds=5), 10: timedelta(seconds=10), 60: timedelta(minutes=1), 300: timedelta(minutes=2)}
MOST_FRAMES, FEWEST_FRAMES = 30, 6
MOST_VALUES = 60_000  # of one answer: a park with many points gets fewer frames at once
MOST_MARKS = 500


class Ground(NamedTuple):
    """What the viewer may look back on: channels, points with their enterprises, terminals with their vehicles, vehicles with their carriers."""

    reach: Reach
    points: Mapping[int, int]
    terminals: dict[int, int]
    carriers: Mapping[int, int]
    known: Horizon


def ground(session: Session, viewer: Viewer, now: datetime) -> Ground:
    """The viewer's part of the park; Forbidden for who may see nothing that is live."""
    reach = live.reach(session, viewer)
    if not reach.channels - {"health"}:
        raise Forbidden("没有查看监测、车辆或报警的权限，不能历史回看。")
    points: dict[int, int] = {}
    if "points" in reach.channels:
        points = dict(session.execute(visible(Point, viewer).with_only_columns(Point.id, Point.enterprise_id)).all())
    terminals, carriers = {}, {}
    if "vehicles" in reach.channels:
        bound = visible(Vehicle, viewer).join(Terminal, Terminal.vehicle_id == Vehicle.id).where(Terminal.state == "approved", Terminal.deleted_at.is_(None))
        for terminal, vehicle, carrier in session.execute(bound.with_only_columns(Terminal.id, Vehicle.id, Vehicle.carrier_id)):
            terminals[terminal], carriers[vehicle] = vehicle, carrier
    return Ground(reach, points, terminals, carriers, rollups.horizon(session, now))


def state(session: Session, viewer: Viewer, at: datetime, now: datetime) -> Frame:
    """All channels of the viewer at ``at``, with what is known of that time and what is not."""
    seen = ground(session, viewer, now)
    known = kept(min(at, now) if at <= now + timedelta(seconds=5) else at, seen.known, now)
    values = values_at(session, seen.points, known.at, known.level) if known.level else []
    told = alarms.lives(session, viewer, known.at, known.at)
    open_then = alarms.standing(told, known.at)
    frame: Frame = {"at": _ms(known.at), "level": known.level, "notes": list(known.notes), "silent": _silence(values, known)}
    if "points" in seen.reach.channels:
        frame["points"] = _points(seen, values, alarms.conditions(open_then), known.at, full=True)
    if "vehicles" in seen.reach.channels:
        fixes = fixes_at(session, seen.terminals, known.at) if known.has_positions else []
        frame["vehicles"] = _vehicles(seen, fixes, known.at, full=True)
    if "alarms" in seen.reach.channels:
        frame["alarms"] = _alarms(open_then, told, {one.point_id: one.value for one in values}, known.at)
    if "risk" in seen.reach.channels:
        frame["risk"] = _risk(session, viewer, known.at) if known.has_colours else live.risk_frame([], seen.reach, full=True)
    return frame


def _silence(values: Sequence[Value], known: Kept) -> int | None:
    """When anything was heard last, in ms, where that is more than five minutes (or a unit of the sums) before; else None."""
    last = max((one.ts for one in values), default=None)
    if last is None or known.level is None:
        return None
    return _ms(last) if known.at - last > max(timedelta(minutes=5), UNITS[known.level]) else None


def _points(seen: Ground, values: Sequence[Value], broken: Mapping[int, str], at: datetime, *, full: bool) -> Frame:
    rows = [PointState(one.point_id, seen.points[one.point_id], round(one.value, 4), _ms(one.ts), one.quality, broken.get(one.point_id, "")) for one in values]
    return live.points_frame(rows, seen.reach, full=full) | {"at": _ms(at)}


def _vehicles(seen: Ground, fixes: Sequence[Fix], at: datetime, *, full: bool) -> Frame:
    rows = [
        VehicleState(
            one.vehicle_id,
            seen.carriers[one.vehicle_id],
            round(one.lon * 1e6),
            round(one.lat * 1e6),
            round(one.speed_kmh * 10),
            one.heading_deg,
            _ms(one.ts),
            _ms(min(one.received, at)),
            int(one.is_fixed),
        )
        for one in fixes
    ]
    return live.vehicles_frame(rows, seen.reach, full=full) | {"at": _ms(at)}


def _alarms(found: Sequence[Alarm], told: alarms.Lives, values: Mapping[int, float], at: datetime) -> Frame:
    return {"full": True, "at": _ms(at), "alarms": alarms.rows(found, told.names, dict(values))}


def _risk(session: Session, viewer: Viewer, at: datetime) -> Frame:
    return live.risk_frame(states(session, viewer, at), Reach(frozenset(), None), full=True) | {"at": _ms(at)}


# ---- Going on ---------------------------------------------------------------------------------------------------------------


def frames(session: Session, viewer: Viewer, start: datetime, pace: int, now: datetime) -> Frame:
    """What changed after ``start``, in frames as far apart as ``pace`` (one of PACES) asks for, the present at the latest.

    ``until`` is where the next answer begins. A frame has only what is new in it; alarms and colours are told whole.
    """
    if pace not in PACES:
        raise Invalid(f"回看速度应为 {'、'.join(f'×{one}' for one in PACES)} 之一。")
    seen = ground(session, viewer, now)
    known = kept(start, seen.known, now)
    step = max(PACES[pace], UNITS[known.level] if known.level else timedelta(0))
    begin = known.at if step < timedelta(minutes=1) else rollups.floor(known.at, min(step, timedelta(hours=1)))
    most = max(FEWEST_FRAMES, min(MOST_FRAMES, MOST_VALUES // max(1, len(seen.points))))
    count = max(0, min(most, int((now - begin) / step)))
    until = begin + count * step
    values = values_between(session, list(seen.points), begin, step, count, known.level, seen.known) if known.level and count else {}
    fixes = fixes_between(session, seen.terminals, begin, step, count) if known.has_positions and count else {}
    told = alarms.lives(session, viewer, begin, until)
    colours = _changes(session, viewer, begin, until) if "risk" in seen.reach.channels and known.has_colours else []
    latest = {one.point_id: one.value for one in values_at(session, _measured(told), begin, known.level)} if known.level else {}
    made: list[Frame] = []
    shown: list[Any] = [_look(alarms.standing(told, begin))]
    for number in range(1, count + 1):
        at = begin + number * step
        frame: Frame = {"at": _ms(at)}
        open_then = alarms.standing(told, at)
        latest |= {one.point_id: one.value for one in values.get(number, ())}
        if number in values:
            frame["points"] = _points(seen, values[number], alarms.conditions(open_then), at, full=False)
        if number in fixes:
            frame["vehicles"] = _vehicles(seen, fixes[number], at, full=False)
        look = _look(open_then)
        if "alarms" in seen.reach.channels and look != shown[-1]:
            frame["alarms"] = _alarms(open_then, told, latest, at)
        shown.append(look)
        if any(at - step < one <= at for one in colours):
            frame["risk"] = _risk(session, viewer, at)
        made.append(frame)
    return {"from": _ms(begin), "until": _ms(until), "step": round(step.total_seconds() * 1000), "is_now": until + step > now, "frames": made}


def _look(found: Sequence[Alarm]) -> list[tuple[Any, ...]]:
    """By what two lists of alarms differ for a person."""
    return [(one.id, one.level, one.state, one.occurrences, one.cleared_at) for one in found]


def _measured(told: alarms.Lives) -> set[int]:
    return {one.source_id for one in told.alarms if one.source_type == "point" and one.condition in ("high", "low")}


def _changes(session: Session, viewer: Viewer, start: datetime, end: datetime) -> list[datetime]:
    """When colours changed in the span."""
    one = ZoneColour
    wanted = visible(one, viewer).with_only_columns(one.begins_at, one.ends_at)
    inside = or_(one.begins_at.between(start, end), one.ends_at.between(start, end))
    return sorted({at for pair in session.execute(wanted.where(inside)) for at in pair if at is not None})


# ---- The day ----------------------------------------------------------------------------------------------------------------


def day(session: Session, viewer: Viewer, at: datetime, now: datetime) -> Frame:
    """The park's day in which ``at`` lies: its alarms as marks, the hours without any data, and the next alarms outside of it."""
    seen = ground(session, viewer, now)
    zone = ZoneInfo(current_settings().time_zone)
    start = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    end = (start + timedelta(days=1)).replace(hour=0)
    found: Frame = {"start": _ms(start), "end": _ms(end), "empty": _empty(session, seen, start, min(end, now)), "marks": [], "counts": {}, "before": None, "after": None}
    if "alarms" not in seen.reach.channels:
        return found
    mine = visible(Alarm, viewer)
    today = mine.where(Alarm.raised_at >= start, Alarm.raised_at < end)
    counts = Counter(dict(session.execute(today.with_only_columns(Alarm.level, func.count()).group_by(Alarm.level)).all()))
    marks = session.scalars(today.order_by(Alarm.level, Alarm.raised_at.desc(), Alarm.id.desc()).limit(MOST_MARKS)).all()
    before = session.scalar(mine.with_only_columns(func.max(Alarm.raised_at)).where(Alarm.raised_at < start))
    after = session.scalar(mine.with_only_columns(func.min(Alarm.raised_at)).where(Alarm.raised_at >= end))
    found["marks"] = [[_ms(one.raised_at), one.level, f"{one.source_name} {word(ALARM_KINDS, one.kind)}"] for one in sorted(marks, key=lambda one: (one.raised_at, one.id))]
    return found | {"counts": dict(counts), "before": before and _ms(before), "after": after and _ms(after)}


def _empty(session: Session, seen: Ground, start: datetime, end: datetime) -> list[int]:
    """The beginnings (ms) of the whole hours in which no point of the viewer reported, as far as those are summed up."""
    if not seen.points or start < seen.known.since[2]:
        return []
    until = min(end, seen.known.until[2])
    told = select(ReadingHour.ts).distinct().where(ReadingHour.point_id.in_(list(seen.points)), ReadingHour.ts >= start, ReadingHour.ts < until)
    there = set(session.scalars(told))
    hours = [start + timedelta(hours=n) for n in range(25) if start + timedelta(hours=n + 1) <= until]
    return [_ms(hour) for hour in hours if hour not in there]


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
