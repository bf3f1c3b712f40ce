"""What a command room sees of one incident: where, wind, circles, legal clocks, forces near, plans that fit, measured values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import inf
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from data import emergency_search, save
from data.choices import word
from data.choices.incidents import INCIDENT_KINDS
from data.choices.risks import PLAN_KINDS
from data.drawn import drawn_of
from data.errors import Conflict, Invalid
from data.incidents import COMMAND, harm_of, locked, log
from data.models import (
    Incident,
    IncidentCircle,
    IncidentEntry,
    IncidentReport,
    InstallationPlan,
    LatestReading,
    PlanningRadius,
    Point,
    RescueTeam,
)
from data.query import get, visible
from data.rules.incident import is_grave
from data.rules.incident_clocks import Case, Clock, clocks
from data.rules.wind import FRESH, Wind, why_unfit
from data.standing import STALE_PERIODS
from data.validity import NOT_SAVED
from data.vehicles import distance_m
from data.viewer import Viewer

NEAR_M = 20_000
EACH_KIND = 3  # resources of a kind that are offered at once
MOST_CIRCLES = 8
MOST_POINTS = 6
_ORDER = ("team", "equipment", "supply", "medical", "shelter", "organization")  # who comes and with what, before the rest
# Words by which a plan is recognised for a kind of incident.
_PLAN_WORDS = {"leak": ("泄漏", "泄露"), "fire": ("火灾", "火"), "explosion": ("爆炸",), "poisoning": ("中毒", "窒息"), "environment": ("环境", "污染"), "traffic": ("运输", "道路", "交通"), "natural": ("自然灾害", "防汛", "台风", "地震")}


def entries_of(session: Session, incident: Incident) -> Sequence[IncidentEntry]:
    """The timeline of an incident that the viewer was given, the newest first."""
    return session.scalars(select(IncidentEntry).where(IncidentEntry.incident_id == incident.id).order_by(IncidentEntry.id.desc())).all()


# ---- Clocks --------------------------------------------------------------------------------------------------------------


def case_of(session: Session, incident: Incident) -> Case:
    """What the legal times ask of the incident."""
    reports = session.execute(select(IncidentReport.kind, IncidentReport.signed_at).where(IncidentReport.incident_id == incident.id, IncidentReport.deleted_at.is_(None)).order_by(IncidentReport.id)).all()
    times = dict(session.execute(select(IncidentEntry.kind, func.min(IncidentEntry.at)).where(IncidentEntry.incident_id == incident.id, IncidentEntry.kind == "quick_call").group_by(IncidentEntry.kind)).all())
    changed = session.scalar(select(func.max(IncidentEntry.at)).where(IncidentEntry.incident_id == incident.id, IncidentEntry.kind == "casualty"))
    last = reports[-1].signed_at if reports else None
    return Case(
        kind=incident.kind,
        occurred_at=incident.occurred_at,
        received_at=incident.received_at,
        level=incident.level,
        is_grave=is_grave(harm_of(incident), is_critical=incident.is_critical),
        ended_at=incident.ended_at,
        quick_at=times.get("quick_call"),
        first_report_at=reports[0].signed_at if reports else None,
        last_report_at=last,
        final_report_at=next((at for kind, at in reports if kind == "final"), None),
        has_unreported_change=changed is not None and last is not None and changed > last,
    )


def legal_clocks(session: Session, incident: Incident, now: datetime) -> list[Clock]:
    """The legal times of the incident; none of what was found to be nothing."""
    return [] if incident.state == "void" else clocks(case_of(session, incident), now)


# ---- Wind and circles ------------------------------------------------------------------------------------------------------


def wind_of(session: Session, viewer: Viewer, incident: Incident, now: datetime) -> Wind | None:
    """The newest wind: of a pair of points for wind nearest to the place, or as a person entered it, whichever was measured later."""
    found = [one for one in (_measured_wind(session, viewer, incident), _entered_wind(session, incident)) if one is not None]
    return max(found, key=lambda one: one.measured_at, default=None)


def _entered_wind(session: Session, incident: Incident) -> Wind | None:
    wanted = select(IncidentEntry).where(IncidentEntry.incident_id == incident.id, IncidentEntry.kind == "wind").order_by(IncidentEntry.id.desc()).limit(1)
    entry = session.scalars(wanted).first()
    if entry is None:
        return None
    at = datetime.fromisoformat(entry.facts["measured_at"])
    return Wind(entry.facts["direction_deg"], entry.facts["speed_ms"], at, f"{entry.user_name} 录入", at + FRESH)


def _measured_wind(session: Session, viewer: Viewer, incident: Incident) -> Wind | None:
    rows: Any = session.execute(
        visible(Point, viewer).join(LatestReading, LatestReading.point_id == Point.id).add_columns(LatestReading.value, LatestReading.ts).where(Point.quantity.in_(("wind_speed", "wind_direction")))
    ).unique()
    by_installation: dict[int, dict[str, tuple[Point, float, datetime]]] = {}
    for point, value, ts in rows:
        by_installation.setdefault(point.installation_id, {})[point.quantity] = (point, value, ts)
    pairs = [one for one in by_installation.values() if len(one) == 2]
    if not pairs:
        return None
    nearest = min(pairs, key=lambda one: _far(incident, one["wind_direction"][0]))
    (point, direction, at), (other, speed, at_speed) = nearest["wind_direction"], nearest["wind_speed"]
    measured = min(at, at_speed)
    return Wind(direction % 360, speed, measured, point.name, measured + timedelta(seconds=STALE_PERIODS * max(point.period_s, other.period_s)))


def _far(incident: Incident, thing: Any) -> float:
    """Metres to a thing with ``lon`` and ``lat``; infinity where either has no place."""
    if incident.lon is None or incident.lat is None or thing.lon is None or thing.lat is None:
        return inf
    return distance_m(incident.lon, incident.lat, thing.lon, thing.lat)


def circles_of(session: Session, incident: Incident) -> Sequence[IncidentCircle]:
    """The planning circles of an incident that the viewer was given, the smallest first."""
    return session.scalars(select(IncidentCircle).where(IncidentCircle.incident_id == incident.id, IncidentCircle.deleted_at.is_(None)).order_by(IncidentCircle.radius_m, IncidentCircle.id)).all()


def radii_for(session: Session, viewer: Viewer, incident: Incident) -> Sequence[PlanningRadius]:
    """The rows of the park's table that fit: of the kind, and of the substance or of any."""
    wanted = visible(PlanningRadius, viewer).where(PlanningRadius.kind == incident.kind)
    fits = PlanningRadius.substance.is_(None)
    wanted = wanted.where(or_(fits, PlanningRadius.substance == incident.substance)) if incident.substance else wanted.where(fits)
    return session.scalars(wanted.order_by(PlanningRadius.substance.is_(None), PlanningRadius.radius_m, PlanningRadius.id)).all()


def draw_circle(session: Session, viewer: Viewer, incident_id: int, values: dict[str, Any], now: datetime, radius_id: int | None = None) -> IncidentCircle:
    """Draw a circle: a row of the table, or what a person entered with its basis. Downwind only while the wind is fit for it."""
    viewer.require(COMMAND)
    incident = locked(session, viewer, incident_id)
    if not incident.is_open:
        raise Conflict("事件已结束，不能再画圈层。")
    if incident.lon is None:
        raise Invalid("事件还没有坐标，请先在“修改基本信息”中选取位置。")
    if len(circles_of(session, incident)) >= MOST_CIRCLES:
        raise Conflict(f"最多 {MOST_CIRCLES} 个圈层，请先撤下不用的。")
    row = get(session, PlanningRadius, radius_id, viewer) if radius_id else None
    given = {name: getattr(row, name) for name in ("name", "radius_m", "is_downwind", "basis")} if row is not None else {name: values.get(name) for name in ("name", "radius_m", "is_downwind", "basis")}
    given["is_downwind"] = bool(given["is_downwind"])
    if given["is_downwind"] and (why := why_unfit(wind_of(session, viewer, incident, now), now)):
        raise Invalid(NOT_SAVED, {"is_downwind": why})
    circle = save.create(session, IncidentCircle, viewer, {**{name: value for name, value in given.items() if value is not None}, "incident_id": incident.id})
    log(session, viewer, incident, "circle", f"{circle_words(circle)}，依据：{circle.basis}", now)
    return circle


def drop_circle(session: Session, viewer: Viewer, incident_id: int, circle_id: int, now: datetime) -> None:
    """Take a circle off the map; the timeline keeps that it was there."""
    viewer.require(COMMAND)
    incident = locked(session, viewer, incident_id)
    circle = get(session, IncidentCircle, circle_id, viewer)
    if circle.incident_id != incident.id:
        raise Conflict("这个圈层不属于本事件，请刷新页面。")
    save.delete(session, circle, viewer, "撤下")
    log(session, viewer, incident, "circle", f"撤下{circle_words(circle)}", now)


def circle_words(circle: IncidentCircle) -> str:
    """隔离 150 m 规划估算: the last words are never left out."""
    size = f"{circle.radius_m / 1000:.1f} km" if circle.radius_m >= 1000 else f"{circle.radius_m:.0f} m"
    return f"{circle.name} {size} 规划估算"


# ---- Forces, plans, points -----------------------------------------------------------------------------------------------


def nearest(session: Session, viewer: Viewer, incident: Incident, each: int = EACH_KIND) -> list[tuple[emergency_search.Kind, list[emergency_search.Resource]]]:
    """Of each kind the resources nearest to the place, as the crow flies; empty without a place or the right to see them."""
    if incident.lon is None or incident.lat is None or not viewer.may("emergency.view"):
        return []
    area = drawn_of({"kind": "circle", "center": [incident.lon, incident.lat], "radius_m": NEAR_M})
    found = emergency_search.search(session, viewer, area=area, keyword="")
    kinds = sorted(emergency_search.KINDS, key=lambda kind: _ORDER.index(kind.code) if kind.code in _ORDER else len(_ORDER))
    groups = [(kind, [one for one in found if one.kind == kind.code][:each]) for kind in kinds]
    return [(kind, rows) for kind, rows in groups if rows]


def teams_by_distance(session: Session, viewer: Viewer, incident: Incident) -> list[tuple[RescueTeam, float | None]]:
    """The rescue teams with their distance in metres, the nearest first; those without a place last."""
    if not viewer.may("emergency.view"):
        return []
    found = session.scalars(visible(RescueTeam, viewer).order_by(RescueTeam.name)).unique()
    far = [(one, _far(incident, one)) for one in found]
    return [(one, None if metres == inf else metres) for one, metres in sorted(far, key=lambda pair: (pair[1], pair[0].id))]


class Matched(NamedTuple):
    """A plan, and why it fits."""

    plan: InstallationPlan
    why: str


def plans_for(session: Session, viewer: Viewer, incident: Incident) -> list[Matched]:
    """The plans in force of the enterprise, those of the installation and of this kind first."""
    if incident.enterprise_id is None or not viewer.may("hazard.view"):
        return []
    wanted = visible(InstallationPlan, viewer).where(InstallationPlan.enterprise_id == incident.enterprise_id, InstallationPlan.state == "current")
    found = [(one, _fit(incident, one)) for one in session.scalars(wanted.order_by(InstallationPlan.id)).unique()]
    ranked = sorted(found, key=lambda pair: (-pair[1][0], pair[0].id))
    return [Matched(one, why) for one, (_, why) in ranked]


def _fit(incident: Incident, plan: InstallationPlan) -> tuple[int, str]:
    is_here = incident.installation_id is not None and plan.installation_id == incident.installation_id
    is_kind = any(one in plan.name for one in _PLAN_WORDS.get(incident.kind, ()))
    reasons = (["本危险源"] if is_here else ["本企业"]) + ([f"类型相符：{word(INCIDENT_KINDS, incident.kind)}"] if is_kind else []) + [word(PLAN_KINDS, plan.kind)]
    return (4 if is_here else 0) + (2 if is_kind else 0) + (1 if plan.kind == "onsite" else 0), " · ".join(reasons)


def points_near(session: Session, viewer: Viewer, incident: Incident, most: int = MOST_POINTS) -> list[Point]:
    """The point from which it came first, then the gas detectors and other points nearest to the place."""
    if not viewer.may("tank.view") or incident.enterprise_id is None:
        return []
    wanted = visible(Point, viewer).where(Point.enterprise_id == incident.enterprise_id)
    wanted = wanted.where(Point.installation_id == incident.installation_id) if incident.installation_id else wanted
    found = list(session.scalars(wanted).unique())
    own = next((one for one in found if one.id == incident.point_id), None)

    def order(one: Point) -> tuple[bool, bool, bool, float, int]:
        of_tank = own is not None and own.tank_id is not None and one.tank_id == own.tank_id
        return one.id != incident.point_id, not of_tank, one.quantity not in ("toxic", "combustible"), _far(incident, one), one.id

    return sorted(found, key=order)[:most]


def number_in(session: Session, viewer: Viewer, incident: Incident) -> int:
    """How many incidents are open besides this one, drills left out."""
    others = visible(Incident, viewer).where(Incident.is_drill.is_(False), Incident.state.in_(OPEN), Incident.id != incident.id)
    return session.scalar(select(func.count()).select_from(others.subquery())) or 0


OPEN = ("received", "verified", "responding")


def foremost(session: Session, viewer: Viewer, *, with_drills: bool = False) -> Incident | None:
    """The open incident that a wall shows: the gravest, then the newest; with ``with_drills`` a drill when there is no real one."""
    wanted = visible(Incident, viewer).where(Incident.state.in_(OPEN))
    wanted = wanted if with_drills else wanted.where(Incident.is_drill.is_(False))
    order = (Incident.is_drill, func.coalesce(Incident.level, 5), Incident.received_at.desc(), Incident.id.desc())
    return session.scalars(wanted.order_by(*order).limit(1)).unique().first()


