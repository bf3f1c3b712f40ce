"""Everything of the demo park in one canonical form, and the digest that proves it equal on every machine."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any

import orjson

from data.demo.divisions import divisions
from data.demo.emergency import emergency
from data.demo.enterprises import departments, enterprises, users
from data.demo.files import changes, confirmations, file_rows, files, secondary_units
from data.demo.geometry import base_map
from data.demo.installations import cameras, gateways, installations, tanks
from data.demo.papers import papers
from data.demo.points import points
from data.demo.transport import terminals, vehicles
from data.demo.vehicle_rules import geofences, key_points, routes

DAY = date(2026, 11, 24)  # papers run out relative to the day on which the park is entered; here it is always this one


def world() -> dict[str, Any]:
    """All that is generated, by table, and the base map."""
    return {
        "divisions": divisions(),
        "departments": departments(),
        "enterprises": enterprises(),
        "installations": installations(),
        "tanks": tanks(),
        "gateways": gateways(),
        "points": points(),
        "cameras": cameras(),
        "vehicles": vehicles(),
        "terminals": terminals(),
        "geofences": geofences(),
        "routes": routes(),
        "key_points": key_points(),
        "users": users(),
        "files": files(DAY),
        "file_rows": file_rows(DAY),
        "confirmations": confirmations(DAY),
        "changes": changes(DAY),
        "papers": papers(),
        "secondary_units": secondary_units(),
        "emergency": emergency(DAY),
        "base_map": base_map(),
    }


def canonical_json() -> bytes:
    """``world`` as JSON with sorted keys."""
    return orjson.dumps(world(), option=orjson.OPT_SORT_KEYS)


def digest() -> str:
    """SHA-256 of ``canonical_json``, as 64 hexadecimal digits."""
    return sha256(canonical_json()).hexdigest()
