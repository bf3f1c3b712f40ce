"""Who can help a vehicle that calls: the emergency resources nearest to where it was heard last."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.drawn import Drawn
from data.emergency_search import Resource, search
from data.models import LatestPosition, Terminal, Vehicle
from data.query import get
from data.rules.ground import Circle
from data.viewer import Viewer

# Kinds that can be sent to a vehicle, and how many of each are told; people come before things.
COMES = {"team": 3, "medical": 2, "transport": 1, "equipment": 1, "supply": 1}
PEOPLE = ("team", "medical", "transport")
WITHIN_M = (5_000.0, 20_000.0, 50_000.0)
ENOUGH = 6


def nearest(session: Session, viewer: Viewer, vehicle_id: int) -> Sequence[Resource]:
    """Who and what is nearest to the vehicle as the crow flies, as many of each kind as COMES says; none where it was never heard.
    NotFound for a vehicle outside of the viewer's scope."""
    viewer.require("vehicle.view")
    vehicle = get(session, Vehicle, vehicle_id, viewer)
    place = select(LatestPosition.lon, LatestPosition.lat).join(Terminal, Terminal.id == LatestPosition.terminal_id)
    at = session.execute(place.where(Terminal.vehicle_id == vehicle.id, Terminal.deleted_at.is_(None))).first()
    if at is None:
        return []
    found: list[Resource] = []
    for radius in WITHIN_M:
        middle = (at.lon, at.lat)
        found = _few(search(session, viewer, area=Drawn(Circle(middle, radius), middle), keyword=""))
        if len(found) >= ENOUGH:
            break
    return found


def _few(found: Sequence[Resource]) -> list[Resource]:
    kept: list[Resource] = []
    counts: dict[str, int] = {}
    for one in found:
        if counts.get(one.kind, 0) < COMES.get(one.kind, 0):
            counts[one.kind] = counts.get(one.kind, 0) + 1
            kept.append(one)
    return sorted(kept, key=lambda one: (one.kind not in PEOPLE, one.distance_m or 0.0))
