"""What contributes to the colour of each zone: risk events, alarms, measures that fail, hidden dangers, missed inspections."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, event, func, or_, select, text, true
from sqlalchemy.orm import Session, aliased

from data.calendar import end_of
from data.choices import word
from data.choices.monitoring import ALARM_KINDS
from data.models import (
    Alarm,
    HiddenDanger,
    InspectionRecord,
    InspectionTask,
    Point,
    RiskEvent,
    RiskMeasure,
    RiskObject,
    RiskUnit,
    RiskZone,
)
from data.models.risk_zone import zone_installation, zone_object, zone_tank, zone_unit
from data.risk_rules import ASK_CHANNEL
from data.rules.risk_colour import Contribution

MOST_EVENTS = 5  # of one object that are named: its gravest
MISSED_DAYS = 7


class Spot(NamedTuple):
    """Where something is: at an enterprise, and there at a unit of a risk object, a tank or an installation where that is known."""

    enterprise_id: int
    unit_id: int | None = None
    object_id: int | None = None
    tank_id: int | None = None
    installation_id: int | None = None


class Asked(NamedTuple):
    """Which enterprises are asked for (None: all), and whether what ended after ``since`` is wanted too."""

    session: Session
    enterprises: Collection[int] | None
    since: datetime | None

    def of(self, column: Any) -> ColumnElement[bool]:
        return true() if self.enterprises is None else column.in_(self.enterprises)

    def lasts(self, *ends: Any) -> ColumnElement[bool]:
        """Whether none of these ends has come, or all that have came after ``since``."""
        return and_(*(one.is_(None) if self.since is None else or_(one.is_(None), one > self.since) for one in ends))


Source = Callable[[Asked], Iterator[tuple[Spot, Contribution]]]


class Places:
    """The zones of the enterprises, and what lies in each."""

    def __init__(self, asked: Asked) -> None:
        session, one = asked.session, RiskZone
        zones = select(one.id, one.enterprise_id, one.is_whole, one.object_id).where(one.deleted_at.is_(None), asked.of(one.enterprise_id))
        self.enterprise_of: dict[int, int] = {}
        self._whole: dict[int, list[int]] = {}
        self._objects: dict[int, list[int]] = {}
        for zone_id, enterprise_id, is_whole, object_id in session.execute(zones):
            self.enterprise_of[zone_id] = enterprise_id
            if is_whole:
                self._whole.setdefault(enterprise_id, []).append(zone_id)
            if object_id is not None:
                self._objects.setdefault(object_id, []).append(zone_id)
        self._units: dict[int, list[int]] = {}
        self._tanks: dict[int, list[int]] = {}
        self._installations: dict[int, list[int]] = {}
        for found, links in ((self._units, zone_unit), (self._objects, zone_object), (self._tanks, zone_tank), (self._installations, zone_installation)):
            mine = select(links).join(one, one.id == links.c.zone_id).where(asked.of(one.enterprise_id))
            self._add(found, session.execute(mine).all())
        # What belongs to an object lies where the object does.
        tanks = RiskObject.tanks.property.secondary
        mine = select(tanks).join(RiskObject, RiskObject.id == tanks.c.risk_object_id).where(asked.of(RiskObject.enterprise_id))
        self._add(self._tanks, [(zone, tank) for key, tank in session.execute(mine) for zone in self._objects.get(key, [])])
        farms = select(RiskObject.id, RiskObject.installation_id).where(RiskObject.installation_id.is_not(None), asked.of(RiskObject.enterprise_id))
        self._add(self._installations, [(zone, farm) for key, farm in session.execute(farms) for zone in self._objects.get(key, [])])

    def _add(self, found: dict[int, list[int]], pairs: Iterable[Any]) -> None:
        for zone_id, other in pairs:
            if zone_id in self.enterprise_of and zone_id not in found.get(other, []):
                found.setdefault(other, []).append(zone_id)

    def of(self, spot: Spot) -> list[int]:
        """The zones to which the spot belongs: those that name its unit, else its object, tank or installation, else the whole plot."""
        known = ((self._units, spot.unit_id), (self._objects, spot.object_id), (self._tanks, spot.tank_id), (self._installations, spot.installation_id))
        named = next((zones for found, key in known if key is not None and (zones := found.get(key))), [])
        own = [one for one in named if self.enterprise_of[one] == spot.enterprise_id]
        return own or self._whole.get(spot.enterprise_id, [])


def gather(session: Session, enterprises: Collection[int] | None = None, since: datetime | None = None) -> tuple[dict[int, int], dict[int, list[Contribution]]]:
    """(enterprise, contributions) by zone: what holds now and what begins later; with ``since`` also what ended after it."""
    asked = Asked(session, enterprises, since)
    places = Places(asked)
    found: dict[int, list[Contribution]] = {zone: [] for zone in places.enterprise_of}
    for source in SOURCES:
        for spot, contribution in source(asked):
            for zone in places.of(spot):
                found[zone].append(contribution)
    return places.enterprise_of, found


def start_of(day: date) -> datetime:
    """The instant at which the day begins in the park."""
    return end_of(day - timedelta(days=1))


def _alarms(asked: Asked) -> Iterator[tuple[Spot, Contribution]]:
    """Alarms of points and gateways until their condition is gone or somebody closed them; those of vehicles are elsewhere."""
    columns = (
        Alarm.id, Alarm.enterprise_id, Alarm.tank_id, Point.installation_id, Alarm.level, Alarm.kind, Alarm.source_name, Alarm.limit, Alarm.unit, Alarm.raised_at,
        func.least(Alarm.cleared_at, Alarm.closed_at),
    )
    joined = select(*columns).outerjoin(Point, (Alarm.source_type == "point") & (Point.id == Alarm.source_id))
    wanted = joined.where(Alarm.source_type != "vehicle", asked.of(Alarm.enterprise_id), asked.lasts(Alarm.cleared_at, Alarm.closed_at))
    for key, enterprise, tank, installation, level, kind, name, limit, unit, raised, ended in asked.session.execute(wanted):
        if enterprise is not None:
            detail = f"限值 {limit:g} {unit}".strip() if limit is not None and kind != "no_data" else ""
            found = Contribution("silent" if level == 4 else f"alarm_{level}", f"alarm:{key}", raised, f"{name} {word(ALARM_KINDS, kind)}", detail, until=ended)
            yield Spot(enterprise, tank_id=tank, installation_id=installation), found


def _dangers(asked: Asked) -> Iterator[tuple[Spot, Contribution]]:
    """Hidden dangers from the day on which they were found until they are closed, and once more from the day after their deadline."""
    one = HiddenDanger
    columns = (one.id, one.enterprise_id, RiskMeasure.object_id, RiskMeasure.unit_id, one.level, one.name, one.place, one.found_on, one.deadline_on, one.closed_on)
    wanted = select(*columns).outerjoin(RiskMeasure, RiskMeasure.id == one.measure_id)
    wanted = wanted.where(one.deleted_at.is_(None), one.state != "draft", asked.lasts(one.closed_on), asked.of(one.enterprise_id))
    for key, enterprise, about, part, level, name, place, found_on, deadline, closed_on in asked.session.execute(wanted):
        until = start_of(closed_on) if closed_on else None
        found = Contribution(f"danger_{level}", f"danger:{key}", start_of(found_on), name, place or "", until=until)
        spot = Spot(enterprise, part, about)
        yield spot, found
        if deadline is not None:
            yield spot, found._replace(kind=f"danger_{level}_over", begins=end_of(deadline), detail=" · ".join(filter(None, (place, f"整改期限 {deadline}"))))


def _events(asked: Asked) -> Iterator[tuple[Spot, Contribution]]:
    """Of every object in force its gravest events by their present level, an enterprise has hundreds; of a unit that has a zone of its
    own the gravest too."""
    of, part = RiskObject, RiskUnit
    zoned = select(zone_unit.c.risk_unit_id)
    events = select(RiskEvent.id, RiskEvent.unit_id, RiskEvent.name, RiskEvent.present_level, part.name.label("unit"), RiskEvent.created_at)
    events = events.join(part, part.id == RiskEvent.unit_id).where(RiskEvent.deleted_at.is_(None)).order_by(RiskEvent.present_level, RiskEvent.id).limit(MOST_EVENTS)
    of_object = events.where(RiskEvent.object_id == of.id, RiskEvent.unit_id.not_in(zoned)).correlate(of).lateral()
    own = aliased(part)
    of_unit = events.where(RiskEvent.unit_id == own.id).correlate(own).lateral()
    stands = (of.is_in_force, of.deleted_at.is_(None), asked.of(of.enterprise_id))
    for gravest, whence in ((of_object, select(of)), (of_unit, select(of).join(own, own.object_id == of.id).where(own.id.in_(zoned)))):
        columns = (of.id, of.enterprise_id, of.name, of.accepted_at, gravest.c.id, gravest.c.unit_id, gravest.c.name, gravest.c.present_level, gravest.c.unit, gravest.c.created_at)
        wanted = whence.join(gravest, true()).with_only_columns(*columns).where(*stands)
        for about, enterprise, place, accepted, key, unit_id, name, level, unit, created in asked.session.execute(wanted):
            yield Spot(enterprise, unit_id, about), Contribution("event", f"event:{key}", accepted or created, name, f"{place} · {unit}", level)


def _measures(asked: Asked) -> Iterator[tuple[Spot, Contribution]]:
    """Measures that a live point watches, while it alarms or is silent."""
    one = RiskMeasure
    columns = (one.id, one.enterprise_id, one.object_id, one.unit_id, one.name, Alarm.source_name, Alarm.kind, Alarm.raised_at, func.least(Alarm.cleared_at, Alarm.closed_at))
    wanted = select(*columns).join(Alarm, (Alarm.source_type == "point") & (Alarm.source_id == one.point_id)).join(RiskObject, RiskObject.id == one.object_id)
    stands = (one.way == "auto", one.is_active, one.deleted_at.is_(None), RiskObject.is_in_force, RiskObject.deleted_at.is_(None))
    wanted = wanted.where(*stands, asked.of(one.enterprise_id), asked.lasts(Alarm.cleared_at, Alarm.closed_at))
    for key, enterprise, about, part, name, point, kind, raised, ended in asked.session.execute(wanted):
        yield Spot(enterprise, part, about), Contribution("measure", f"measure:{key}", raised, name, f"{point} {word(ALARM_KINDS, kind)}", until=ended)


def _missed(asked: Asked) -> Iterator[tuple[Spot, Contribution]]:
    """Inspections that were missed, until somebody looks at the measure after all, at most MISSED_DAYS."""
    one = InspectionTask
    looked = select(func.min(InspectionRecord.checked_at)).where(
        InspectionRecord.measure_id == one.measure_id, InspectionRecord.checked_at >= one.due_at, InspectionRecord.deleted_at.is_(None)
    )
    columns = (one.id, one.enterprise_id, one.object_id, one.unit_id, RiskMeasure.name, one.person, one.due_at, looked.scalar_subquery())
    oldest = (asked.since or datetime.now(UTC)) - timedelta(days=MISSED_DAYS)
    wanted = select(*columns).join(RiskMeasure, RiskMeasure.id == one.measure_id)
    wanted = wanted.where(one.state == "missed", one.deleted_at.is_(None), one.due_at > oldest, asked.of(one.enterprise_id))
    for key, enterprise, about, part, name, person, due, seen in asked.session.execute(wanted):
        ends = due + timedelta(days=MISSED_DAYS)
        until = min(seen, ends) if seen is not None else ends
        yield Spot(enterprise, part, about), Contribution("missed", f"inspection:{key}", due, name, f"应巡检人 {person}" if person else "", until=until)


_TELLING = (HiddenDanger, InspectionRecord, InspectionTask, RiskEvent, RiskMeasure, RiskObject)


@event.listens_for(Session, "after_flush")
def _ask(session: Session, context: Any) -> None:
    """Whoever saves what contributes asks for new colours, once the transaction commits."""
    if any(isinstance(one, _TELLING) for one in (*session.new, *session.dirty)):
        session.connection().execute(text("SELECT pg_notify(:channel, '')"), {"channel": ASK_CHANNEL})


# A module that knows of further contributions adds its source here.
SOURCES: list[Source] = [_events, _alarms, _measures, _dangers, _missed]
