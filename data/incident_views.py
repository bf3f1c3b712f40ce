"""An incident as plain data for drawings: what lies on the map, and what a wall shows. No telephone number goes onto a wall."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.alarm_views import to_ms
from data.choices import word
from data.choices.incidents import INCIDENT_KINDS, INCIDENT_LEVELS, INCIDENT_STATES, RESPONSE_LEVELS, TASK_STATES
from data.choices.monitoring import QUANTITIES
from data.emergency_search import KINDS
from data.incident_desk import circle_words, circles_of, foremost, nearest, number_in, points_near, wind_of
from data.incidents import harm_of
from data.models import ChemicalInUse, Incident, IncidentTask
from data.query import visible
from data.rules.wind import Wind, name_of, why_unfit
from data.viewer import Viewer

_SIGNS = {kind.code: kind.sign for kind in KINDS}
_MAP_KINDS = frozenset({"organization", "team", "equipment", "supply", "shelter", "medical"})
_WALL_KINDS = ("team", "equipment", "supply", "medical", "shelter", "transport")
WALL_FORCES = 6


def drawing(session: Session, viewer: Viewer, incident: Incident, now: datetime) -> dict[str, Any]:
    """What ``park.incident`` draws on a map: the place, circles, wind, forces near. Degrees WGS-84, times in ms."""
    wind = wind_of(session, viewer, incident, now)
    rows = nearest(session, viewer, incident)
    return {
        "id": incident.id,
        "lon": incident.lon,
        "lat": incident.lat,
        "place": incident.place,
        "drill": incident.is_drill,
        "open": incident.is_open,
        "wind": wind_plain(wind, now),
        "circles": [{"words": circle_words(one), "radius_m": one.radius_m, "downwind": one.is_downwind} for one in circles_of(session, incident)],
        "forces": [{"sign": _SIGNS[one.kind], "name": one.name, "lon": one.lon, "lat": one.lat} for kind, group in rows if kind.code in _MAP_KINDS for one in group],
    }


def wind_plain(wind: Wind | None, now: datetime) -> dict[str, Any]:
    """The wind as a browser draws it; ``why`` says why nothing may be drawn by it. It becomes unfit by itself at ``until``."""
    told: dict[str, Any] = {"why": why_unfit(wind, now)}
    if wind is None:
        return told
    return told | {"words": wind.words, "speed": wind.speed_ms, "toward": wind.toward_deg, "to": name_of(wind.toward_deg), "at": to_ms(wind.measured_at), "until": to_ms(wind.good_until), "source": wind.source}


def tasks_of(session: Session, viewer: Viewer, incident: Incident) -> Sequence[IncidentTask]:
    """The tasks of the incident: the overdue and the open by their due times, then what is done."""
    found = session.scalars(visible(IncidentTask, viewer).where(IncidentTask.incident_id == incident.id)).unique().all()
    far = datetime.max.replace(tzinfo=incident.received_at.tzinfo)
    return sorted(found, key=lambda one: (not one.is_open, one.due_at or far, one.id))


def for_wall(session: Session, viewer: Viewer, now: datetime) -> dict[str, Any]:
    """What /screen/incident shows: the gravest open incident, a drill when there is no real one, or that there is none."""
    viewer.require("incident.view")
    incident = foremost(session, viewer, with_drills=True)
    if incident is None:
        return {"incident": None}
    return {"incident": _head(session, viewer, incident) | drawing(session, viewer, incident, now) | {"points": _points(session, viewer, incident), "chemical": _chemical(session, viewer, incident), "rows": _forces(session, viewer, incident), "tasks": [_task(one) for one in tasks_of(session, viewer, incident)]}}


def _head(session: Session, viewer: Viewer, incident: Incident) -> dict[str, Any]:
    return {
        "number": incident.number,
        "title": incident.title,
        "kind": word(INCIDENT_KINDS, incident.kind),
        "state": word(INCIDENT_STATES, incident.state),
        "level": word(INCIDENT_LEVELS, incident.level) if incident.level else "",
        "response": word(RESPONSE_LEVELS, incident.response_level) if incident.response_level else "",
        "responded": to_ms(incident.responded_at),
        "commander": incident.commander or "",
        "since": to_ms(incident.occurred_at),
        "harm": harm_of(incident).words,
        "others": number_in(session, viewer, incident),
    }


def _points(session: Session, viewer: Viewer, incident: Incident) -> list[dict[str, Any]]:
    return [{"id": one.id, "label": f"{word(QUANTITIES, one.quantity)} {one.code}", "unit": one.unit, "decimals": one.decimals, "period": one.period_s} for one in points_near(session, viewer, incident, 4)]


def _chemical(session: Session, viewer: Viewer, incident: Incident) -> dict[str, str]:
    """The substance with what the enterprise filed of it; no advice is made up."""
    if not incident.substance:
        return {}
    filed = select(ChemicalInUse).where(ChemicalInUse.enterprise_id == incident.enterprise_id, ChemicalInUse.name == incident.substance, ChemicalInUse.deleted_at.is_(None))
    found = session.scalars(filed.limit(1)).first()
    return {"name": incident.substance, "cas": (found.cas or "") if found is not None else ""}


def _forces(session: Session, viewer: Viewer, incident: Incident) -> list[dict[str, Any]]:
    found = [(kind, one) for kind, group in nearest(session, viewer, incident, 2) if kind.code in _WALL_KINDS for one in group]
    ranked = sorted(found, key=lambda pair: (_WALL_KINDS.index(pair[0].code) > 0, pair[1].distance_m or 0.0))
    return [{"sign": kind.sign, "name": one.name, "far": one.distance_m} for kind, one in ranked[:WALL_FORCES]]


def _task(task: IncidentTask) -> dict[str, Any]:
    return {"what": task.what, "unit": task.unit, "state": task.state, "word": word(TASK_STATES, task.state), "feedback": (task.feedback or "")[:40], "due": to_ms(task.due_at), "closed": to_ms(task.closed_at)}
