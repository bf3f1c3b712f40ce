"""What contributes to the colour of each zone: alarms, hidden dangers and whatever else a module adds to ``SOURCES``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session

from data.calendar import end_of
from data.choices import ALARM_KINDS, HIDDEN_LEVELS, word
from data.models import Alarm, HiddenDanger, Point, RiskZone
from data.models.risk_zone import zone_installation, zone_tank
from data.rules.risk_colour import Contribution


class Spot(NamedTuple):
    """Where something is: at an enterprise, and there at a tank or an installation where that is known."""

    enterprise_id: int
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
        session = asked.session
        zones = session.execute(select(RiskZone.id, RiskZone.enterprise_id, RiskZone.is_whole).where(RiskZone.deleted_at.is_(None), asked.of(RiskZone.enterprise_id)))
        self.enterprise_of: dict[int, int] = {}
        self._whole: dict[int, list[int]] = {}
        for zone_id, enterprise_id, is_whole in zones:
            self.enterprise_of[zone_id] = enterprise_id
            if is_whole:
                self._whole.setdefault(enterprise_id, []).append(zone_id)
        self._tanks = self._linked(session, zone_tank)
        self._installations = self._linked(session, zone_installation)

    def _linked(self, session: Session, table: Any) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for zone_id, other in session.execute(select(table)):
            if zone_id in self.enterprise_of:
                found.setdefault(other, []).append(zone_id)
        return found

    def of(self, spot: Spot) -> list[int]:
        """The zones to which the spot belongs: those that name its tank or installation, else the whole plot."""
        named = self._tanks.get(spot.tank_id or 0) or self._installations.get(spot.installation_id or 0) or []
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
            yield Spot(enterprise, tank, installation), found


def _dangers(asked: Asked) -> Iterator[tuple[Spot, Contribution]]:
    """Hidden dangers from the day on which they were found until they are closed, and once more from the day after their deadline."""
    one = HiddenDanger
    columns = (one.id, one.enterprise_id, one.level, one.name, one.place, one.found_on, one.deadline_on, one.closed_on)
    wanted = select(*columns).where(one.deleted_at.is_(None), one.state != "draft", asked.lasts(one.closed_on), asked.of(one.enterprise_id))
    for key, enterprise, level, name, place, found_on, deadline, closed_on in asked.session.execute(wanted):
        until = start_of(closed_on) if closed_on else None
        words = f"{word(HIDDEN_LEVELS, level)}隐患" + (f" · {place}" if place else "")
        found = Contribution(f"danger_{level}", f"danger:{key}", start_of(found_on), name, words, until=until)
        yield Spot(enterprise), found
        if deadline is not None:
            yield Spot(enterprise), found._replace(kind=f"danger_{level}_over", begins=end_of(deadline), detail=f"{words} · 整改期限 {deadline}")


# A module that knows of further contributions adds its source here.
SOURCES: list[Source] = [_alarms, _dangers]
