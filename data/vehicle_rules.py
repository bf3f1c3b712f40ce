"""The park's rules for vehicles as ingest and jobs apply them: read from the records, and findings as edges of alarms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import event, select, text
from sqlalchemy.orm import Session, selectinload

from data.alarms import Edge, Source
from data.models import Enterprise, Geofence, RouteSection, Vehicle, VehicleRoute
from data.rules.ground import Corridor, shape_of
from data.rules.positions import Finding
from data.rules.ruled_places import Area, Audience, Hours, Route, Rules, Section
from data.rules.schedule import Schedule, minutes, schedule
from data.rules.vehicle import POSITION_KINDS, family
from data.settings import Settings
from data.terminals import CONFIG_CHANNEL


def rules_in_force(session: Session, settings: Settings) -> Rules:
    """The areas and routes that are drawn, the enterprises' own grounds, and the limits of time; what has no shape is left out."""
    areas = session.scalars(_with_audience(Geofence)).unique()
    routes = session.scalars(_with_audience(VehicleRoute).options(selectinload(VehicleRoute.sections))).unique()
    grounds = session.scalars(select(Enterprise.outline).where(Enterprise.deleted_at.is_(None), Enterprise.outline.is_not(None)))
    yards = [shape for ground in grounds if (shape := shape_of(ground))]
    return Rules(
        [area for one in areas if (area := area_of(one))], [route for one in routes if (route := route_of(one, one.sections))], yards, hours(settings), settings.time_zone
    )


def _with_audience(model: Any) -> Any:
    return select(model).where(model.deleted_at.is_(None)).order_by(model.id).options(selectinload(model.carriers), selectinload(model.vehicles))


def hours(settings: Settings) -> Hours:
    """The limits of time as the settings have them."""
    begins, _, ends = settings.night_ban.partition("-")
    return Hours(
        settings.long_stop_minutes * 60,
        settings.fatigue_hours * 3600,
        settings.fatigue_night_hours * 3600,
        settings.rest_minutes * 60,
        (minutes(begins) or 0, minutes(ends) or 0),
    )


def schedule_of(rule: Any) -> Schedule:
    """When a rule holds."""
    return schedule(rule.days, rule.begins_at, rule.ends_at, rule.valid_from, rule.valid_to)


def audience_of(rule: Any) -> Audience:
    """For whom a rule is."""
    if rule.audience == "vehicles":
        return Audience(vehicles=frozenset(one.id for one in rule.vehicles))
    return Audience(carriers=frozenset(one.id for one in rule.carriers)) if rule.audience == "carriers" else Audience()


def area_of(one: Geofence) -> Area | None:
    """The area as the rules use it; None when nothing that can be reckoned with is drawn."""
    shape = shape_of(one.shape, one.radius_m)
    return None if shape is None else Area(
        one.id,
        one.name,
        shape,
        one.tells_enter,
        one.tells_leave,
        (one.stay_minutes or 0) * 60,
        one.speed_limit_kmh or 0,
        one.is_sensitive,
        one.is_parking,
        schedule_of(one),
        audience_of(one),
    )


def route_of(one: VehicleRoute, sections: Iterable[RouteSection]) -> Route | None:
    """The route with its sections as the rules use it; None when no line is drawn."""
    line = one.shape.get("coordinates") or []
    if one.shape.get("type") != "LineString" or len(line) < 2:
        return None
    parts = [part for part in sections if part.deleted_at is None]
    widths = [float(one.width_m)] * (len(line) - 1)
    for part in parts:
        for piece in range(part.first_corner - 1, min(part.last_corner - 1, len(widths))):
            widths[piece] = float(part.width_m or one.width_m)
    corridor = Corridor([(corner[0], corner[1]) for corner in line], widths)
    return Route(one.id, one.name, corridor, tuple(map(_section, parts)), one.speed_limit_kmh or 0, schedule_of(one), audience_of(one))


def _section(part: RouteSection) -> Section:
    longest, shortest = ((value or 0.0) * 60 for value in (part.longest_min, part.shortest_min))
    return Section(part.id, part.name, part.first_corner - 1, part.last_corner - 2, part.speed_limit_kmh or 0, int(longest), int(shortest))


def vehicle_source(vehicle: Vehicle) -> Source:
    """The vehicle as the source of an alarm."""
    carrier = vehicle.carrier
    return Source("vehicle", vehicle.id, vehicle.plate, vehicle.plate, carrier.short_name, carrier.id, unit="km/h", decimals=0, is_simulated=vehicle.is_simulated)


def edges_of(source: Source, findings: Iterable[Finding]) -> list[Edge]:
    """The findings as edges of the vehicle's alarms; ``source`` says where it is."""
    return [_edge(source, found) for found in findings]


def _edge(source: Source, found: Finding) -> Edge:
    kind, level = POSITION_KINDS[family(found.condition)]
    if found.is_grave:
        level = min(level, 2)
    of = source._replace(unit=found.unit, decimals=1 if found.unit in ("分钟", "小时") else 0)
    return Edge(of, found.condition, kind, level, found.is_raised, found.ts, found.value, found.limit, found.about)


def _tell_ingest(mapper: Any, connection: Any, record: Any) -> None:
    """Whoever saves, deletes or restores such a record: the rules come into force with it."""
    connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CONFIG_CHANNEL})


for _model in (Geofence, VehicleRoute, RouteSection):
    for _moment in ("after_insert", "after_update"):
        event.listen(_model, _moment, _tell_ingest)


def section_faults(shape: dict[str, Any] | None, sections: Sequence[tuple[int | None, int | None]]) -> dict[str, str]:
    """Messages under ``n.field`` for sections (first and last corner, from 1) that do not fit the line or each other."""
    corners = len((shape or {}).get("coordinates") or [])
    faults: dict[str, str] = {}
    taken: dict[int, int] = {}
    for number, (first, last) in enumerate(sections):
        if first is None or last is None:
            continue
        if corners and last > corners:
            faults[f"{number}.last_corner"] = f"线路只有 {corners} 个拐点。"
        elif last <= first:
            faults[f"{number}.last_corner"] = f"应大于起点 {first}。"
        else:
            other = next((taken[piece] for piece in range(first, last) if piece in taken), None)
            if other is not None:
                faults[f"{number}.first_corner"] = f"与第 {other + 1} 行的路段重叠。"
            taken |= dict.fromkeys(range(first, last), number)
    return faults
