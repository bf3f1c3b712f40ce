"""Everything of the demo park in one canonical form, and the digest that proves it equal on every machine."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import orjson

from data.demo.divisions import divisions
from data.demo.enterprises import departments, enterprises, users
from data.demo.geometry import base_map
from data.demo.installations import cameras, gateways, installations, tanks
from data.demo.points import points
from data.demo.transport import geofences, terminals, vehicles


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
        "users": users(),
        "base_map": base_map(),
    }


def canonical_json() -> bytes:
    """``world`` as JSON with sorted keys."""
    return orjson.dumps(world(), option=orjson.OPT_SORT_KEYS)


def digest() -> str:
    """SHA-256 of ``canonical_json``, as 64 hexadecimal digits."""
    return sha256(canonical_json()).hexdigest()
