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

COMES = ("team", "medical", "transport", "equipment", "supply")  # kinds that can be sent to a vehicle
WITHIN_M = (5_000.0, 20_000.0, 50_000.0)
MOST, MOST_OF_A_KIND = 8, 3


def nearest(session: Session, viewer: Viewer, vehicle_id: int) -> Sequence[Resource]:
    """At most MOST resources by their distance from the vehicle as the crow flies, at most MOST_OF_A_KIND of a kind; none where it was
    never heard. NotFound for a vehicle outside of the viewer's scope."""
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
        if len(found) >= MOST:
            break
    return found


def _few(found: Sequence[Resource]) -> list[Resource]:
    kept: list[Resource] = []
    counts: dict[str, int] = {}
    for one in found:
        if one.kind in COMES and counts.get(one.kind, 0) < MOST_OF_A_KIND:
            counts[one.kind] = counts.get(one.kind, 0) + 1
            kept.append(one)
    return kept[:MOST]
