"""What the four-colour map is made of besides the colours: zones, enterprises, places of the region, plan pictures."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from data.choices.risks import RISK_LEVELS
from data.map import extent
from data.models import Attachment, Division, Enterprise, RiskObject, RiskPlan, RiskZone, Tank
from data.query import visible
from data.rules.risk_colour import RISK_LETTERS
from data.settings import current_settings
from data.viewer import Viewer


def risk_definition(session: Session, viewer: Viewer) -> dict[str, Any]:
    """Everything of the viewer's scope that the map draws; colours come with the live data and are keyed by the zones' ids."""
    viewer.require("risk_map.view")
    firms = session.scalars(visible(Enterprise, viewer).options(lazyload("*")).order_by(Enterprise.id)).all()
    return {
        "extent": _extent(firms, viewer),
        "park": current_settings().park_name,
        "levels": {int(one.code): {"word": one.word, "letter": RISK_LETTERS[int(one.code)]} for one in RISK_LEVELS},
        "enterprises": [_enterprise(one) for one in firms],
        "divisions": dict(session.execute(select(Division.id, Division.name).where(Division.id.in_({one.division_id for one in firms}))).all()),
        "zones": _zones(session, viewer),
        "plans": plans(session, viewer),
        "tanks": _tanks(session, viewer),
        "detectors": [],
        "cameras": [],
        "fences": [],
        "vehicles": [],
        "rights": {"tank": False, "vehicle": False, "alarm": False},
    }


def _extent(firms: Any, viewer: Viewer) -> list[float]:
    """The park; for a single enterprise its own plot with some room around it."""
    if not viewer.is_enterprise or len(firms) != 1:
        return extent()
    corners = [pair for ring in (firms[0].outline or {}).get("coordinates", []) for pair in ring] or [[firms[0].lon, firms[0].lat]]
    lons, lats = [one[0] for one in corners], [one[1] for one in corners]
    return [min(lons) - 0.001, min(lats) - 0.001, max(lons) + 0.001, max(lats) + 0.001]


def _enterprise(one: Enterprise) -> dict[str, Any]:
    return {
        "id": one.id, "code": one.code, "name": one.name, "short": one.short_name, "division": one.division_id,
        "lon": one.lon, "lat": one.lat, "outline": one.outline, "hazards": 0, "tanks": 0,
    }


def _zones(session: Session, viewer: Viewer) -> list[dict[str, Any]]:
    zones = visible(RiskZone, viewer).options(lazyload("*")).outerjoin(RiskObject, RiskObject.id == RiskZone.object_id).add_columns(RiskObject.polygon)
    rows = session.execute(zones.order_by(RiskZone.is_whole.desc(), RiskZone.id))
    return [{"id": one.id, "enterprise_id": one.enterprise_id, "name": one.name, "whole": one.is_whole, "outline": one.outline or polygon, "person": one.person, "phone": one.phone} for one, polygon in rows]


def _tanks(session: Session, viewer: Viewer) -> list[dict[str, Any]]:
    """Tanks as circles in their place, without values."""
    columns = (Tank.id, Tank.code, Tank.name, Tank.diameter_m, Tank.lon, Tank.lat, Tank.state)
    rows = session.execute(visible(Tank, viewer).with_only_columns(*columns).order_by(Tank.id))
    return [{"id": key, "code": code, "name": name, "diameter_m": size, "lon": lon, "lat": lat, "state": state, "points": []} for key, code, name, size, lon, lat, state in rows]


def plans(session: Session, viewer: Viewer) -> list[dict[str, Any]]:
    """The plan pictures with the two points by which each lies on the map: (share of width, share of height, longitude, latitude)."""
    picture = (Attachment.table_name == RiskPlan.__tablename__) & (Attachment.record_id == RiskPlan.id) & Attachment.deleted_at.is_(None)
    rows = session.execute(visible(RiskPlan, viewer).options(lazyload("*")).join(Attachment, picture).add_columns(Attachment.id).order_by(RiskPlan.id))
    return [
        {"id": one.id, "enterprise_id": one.enterprise_id, "name": one.name, "url": f"/attachments/{file_id}", "points": one.points}
        for one, file_id in rows
        if one.is_located
    ]
