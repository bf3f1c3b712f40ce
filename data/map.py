"""What stands on the map of the park: the base map, and what the viewer may see on it, as plain data for the browser.

Positions are WGS-84 degrees. Live values are not in here: they are pushed and keyed by the ids below.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from data.choices import word
from data.choices.enterprises import ENTERPRISE_STATES
from data.choices.monitoring import QUANTITIES, TANK_SHAPES, TANK_STATES
from data.choices.risks import HAZARD_LEVELS
from data.models import (
    Camera,
    Enterprise,
    Geofence,
    Installation,
    KeyPoint,
    Point,
    Tank,
    UnitType,
    VehicleRoute,
)
from data.query import visible
from data.settings import current_settings
from data.vehicles import vehicle_cards
from data.video import picture_kind
from data.viewer import Viewer

Layers = dict[str, Any]

# What the map library paints as areas and lines, from below to above.
GROUND = ("river", "outline", "plot", "street_area", "building", "bund", "tank", "pipe_rack", "railway", "rail_spur")
# What is written and signed on top of it. Lines of streets and rivers are here for their names.
PLACES = ("street", "river", "railway", "gate", "toll", "force")
_SHOWN = {"kind", "use", "grade", "name", "short_name", "width_m", "sign", "number"}

GAS = ("combustible", "toxic", "oxygen")


def base_map() -> Layers:
    """A GeoJSON FeatureCollection for each kind of feature; the park's own drawing where it has one, else the demo's.

    A park puts its survey at ``<data directory>/map/base.json`` in the same form: ``{"plot": FeatureCollection, …}``.
    """
    own = current_settings().data_dir / "map" / "base.json"
    if own.is_file():
        return _read(own, own.stat().st_mtime_ns)
    from data.demo import geometry

    return geometry.base_map()


@lru_cache(maxsize=2)
def _read(path: Path, changed: int) -> Layers:
    layers: Layers = orjson.loads(path.read_bytes())
    return layers


def ground() -> Layers:
    """One FeatureCollection of all areas and lines in the order in which they are painted."""
    layers = base_map()
    return _collection(feature for kind in GROUND for feature in layers.get(kind, {}).get("features", []))


def places() -> Layers:
    """The features whose names or signs are drawn: streets, water, gates, fire station and the like."""
    layers = base_map()
    return _collection(feature for kind in PLACES for feature in layers.get(kind, {}).get("features", []))


def _collection(features: Any) -> Layers:
    lean = [
        {
            "type": "Feature",
            "properties": {
                name: value for name, value in feature["properties"].items() if name in _SHOWN and value is not None
            },
            "geometry": feature["geometry"],
        }
        for feature in features
    ]
    return {"type": "FeatureCollection", "features": lean}


def map_definition(session: Session, viewer: Viewer) -> dict[str, Any]:
    """Everything of the viewer's scope that has a place: enterprises, tanks, detectors, cameras, areas and vehicles."""
    if not viewer.may("vehicle.view"):
        viewer.require("map.view")
    settings = current_settings()
    return {
        "center": list(settings.map_center),
        "zoom": settings.map_zoom,
        "extent": extent(),
        "enterprises": _enterprises(session, viewer),
        "tanks": _tanks(session, viewer),
        "detectors": _detectors(session, viewer),
        "cameras": _cameras(session, viewer),
        "fences": fences(session, viewer),
        "routes": routes(session, viewer) if viewer.may("vehicle.view") else [],
        "key_points": key_points(session, viewer) if viewer.may("vehicle.view") else [],
        "vehicles": vehicle_cards(session, viewer) if viewer.may("vehicle.view") else [],
        "rights": {
            "tank": viewer.may("tank.view"),
            "vehicle": viewer.may("vehicle.view"),
            "alarm": viewer.may("alarm.view"),
            "video": viewer.may("video.view"),
        },
    }


def plan_definition(session: Session, viewer: Viewer) -> dict[str, Any]:
    """The ground of 平面图: where the park lies, and the plots of the viewer's enterprises. The tanks are told by ``data.tanks``."""
    viewer.require("tank.view")
    settings = current_settings()
    return {"center": list(settings.map_center), "zoom": settings.map_zoom, "extent": extent(), "enterprises": _enterprises(session, viewer)}


def _enterprises(session: Session, viewer: Viewer) -> list[dict[str, Any]]:
    hazards = Counter(session.scalars(visible(Installation, viewer).with_only_columns(Installation.enterprise_id)))
    tanks = Counter(session.scalars(visible(Tank, viewer).with_only_columns(Tank.enterprise_id)))
    types: dict[int, str] = dict(session.execute(select(UnitType.id, UnitType.name)).all())
    rows = session.scalars(visible(Enterprise, viewer).options(lazyload("*")).order_by(Enterprise.id))
    return [
        {
            "id": row.id,
            "code": row.code,
            "name": row.name,
            "short": row.short_name,
            "kind": types[row.unit_type_id],
            "state": row.state,
            "state_word": word(ENTERPRISE_STATES, row.state),
            "grade": row.grade,
            "contact": row.contact,
            "duty_phone": row.duty_phone or row.phone,
            "hazards": hazards[row.id],
            "tanks": tanks[row.id],
            "lon": row.lon,
            "lat": row.lat,
            "outline": row.outline,
        }
        for row in rows
    ]


def _tanks(session: Session, viewer: Viewer) -> list[dict[str, Any]]:
    points: dict[int, list[dict[str, Any]]] = {}
    statement = visible(Point, viewer).options(lazyload("*")).where(Point.tank_id.is_not(None)).order_by(Point.id)
    for point in session.scalars(statement):
        points.setdefault(point.tank_id or 0, []).append(point_card(point))
    names = dict(session.execute(select(Installation.id, Installation.name)).all())
    levels = dict(session.execute(select(Installation.id, Installation.level)).all())
    rows = session.scalars(visible(Tank, viewer).options(lazyload("*")).order_by(Tank.id))
    return [
        {
            "id": row.id,
            "code": row.code,
            "name": row.name,
            "enterprise_id": row.enterprise_id,
            "installation": names.get(row.installation_id, ""),
            "hazard": f"{word(HAZARD_LEVELS, levels[row.installation_id])}重大危险源" if levels.get(row.installation_id) else "",
            "shape": row.shape,
            "shape_word": word(TANK_SHAPES, row.shape),
            "medium": row.medium,
            "volume_m3": row.volume_m3,
            "height_m": row.height_m,
            "diameter_m": row.diameter_m,
            "state": row.state,
            "state_word": word(TANK_STATES, row.state),
            "maintenance_until": row.maintenance_until,
            "lon": row.lon,
            "lat": row.lat,
            "points": points.get(row.id, []),
        }
        for row in rows
    ]


def point_card(point: Point) -> dict[str, Any]:
    """What a drawing needs to know of a measured point, limits in its own unit."""
    return {
        "id": point.id,
        "code": point.code,
        "name": point.name,
        "quantity": point.quantity,
        "word": word(QUANTITIES, point.quantity),
        "unit": point.unit,
        "decimals": point.decimals,
        "range_low": point.range_low,
        "range_high": point.range_high,
        "low_low": point.low_low,
        "low": point.low,
        "high": point.high,
        "high_high": point.high_high,
        "period_s": point.period_s,
        "simulated": point.is_simulated,
    }


def _detectors(session: Session, viewer: Viewer) -> list[dict[str, Any]]:
    statement = (
        visible(Point, viewer)
        .options(lazyload("*"))
        .where(Point.quantity.in_(GAS), Point.lon.is_not(None), Point.lat.is_not(None))
    )
    rows = session.scalars(statement.order_by(Point.id))
    return [
        point_card(row) | {"tank_id": row.tank_id, "enterprise_id": row.enterprise_id, "lon": row.lon, "lat": row.lat}
        for row in rows
    ]


def _cameras(session: Session, viewer: Viewer) -> list[dict[str, Any]]:
    rows, settings = session.scalars(visible(Camera, viewer).order_by(Camera.id)), current_settings()
    return [
        {
            "id": row.id,
            "code": row.code,
            "name": row.name,
            "key": f"c{row.id}",
            "kind": picture_kind(row, settings),
            "lon": row.lon,
            "lat": row.lat,
        }
        for row in rows
    ]


def fences(session: Session, viewer: Viewer) -> list[dict[str, Any]]:
    """The areas drawn for vehicles; a circle is a Point with a radius in metres."""
    rows = session.scalars(visible(Geofence, viewer).order_by(Geofence.id))
    return [
        {
            "id": row.id,
            "code": row.code,
            "name": row.name,
            "shape": row.shape,
            "radius_m": row.radius_m,
            "speed_limit_kmh": row.speed_limit_kmh,
            "sensitive": row.is_sensitive,
        }
        for row in rows
    ]


def routes(session: Session, viewer: Viewer) -> list[dict[str, Any]]:
    """The roads that vehicles keep to; the width in metres."""
    rows = session.scalars(visible(VehicleRoute, viewer).order_by(VehicleRoute.id))
    return [{"id": row.id, "name": row.name, "shape": row.shape, "width_m": row.width_m, "speed_limit_kmh": row.speed_limit_kmh} for row in rows]


def key_points(session: Session, viewer: Viewer) -> list[dict[str, Any]]:
    """The places that vehicles must pass within a daily window."""
    rows = session.scalars(visible(KeyPoint, viewer).order_by(KeyPoint.id))
    return [{"id": row.id, "name": f"{row.name} {row.begins_at or ''}–{row.ends_at or ''}".rstrip(" –"), "lon": row.lon, "lat": row.lat, "radius_m": row.radius_m} for row in rows]


def extent() -> list[float]:
    """West, south, east and north of the park: of its outline, or of all that is drawn when it has none."""
    layers = base_map()
    chosen = [layers["outline"]] if layers.get("outline", {}).get("features") else list(layers.values())
    corners = [
        pair for layer in chosen for feature in layer["features"] for pair in _pairs(feature["geometry"]["coordinates"])
    ]
    if not corners:
        lon, lat = current_settings().map_center
        return [lon - 0.03, lat - 0.02, lon + 0.03, lat + 0.02]
    lons, lats = [lon for lon, _ in corners], [lat for _, lat in corners]
    return [min(lons), min(lats), max(lons), max(lats)]


def _pairs(coordinates: Any) -> list[tuple[float, float]]:
    """All positions of a GeoJSON geometry, whatever its depth."""
    if coordinates and isinstance(coordinates[0], int | float):
        return [(coordinates[0], coordinates[1])]
    return [pair for part in coordinates for pair in _pairs(part)]
