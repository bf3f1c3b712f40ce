"""Coordinate systems of devices, turned into WGS-84 at the edge. Degrees, longitude before latitude.

GCJ-02 is WGS-84 shifted by a smooth, secret-looking formula; the open form used here agrees with published points to
about 0.7 m. BD-09 is GCJ-02 shifted once more. Functions take floats or NumPy arrays and give back the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

SYSTEMS = ("wgs84", "gcj02", "bd09")

_A = 6378245.0  # Krasovsky 1940
_EE = 0.00669342162296594323
_X_PI = np.pi * 3000.0 / 180.0
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271  # the formula is applied inside only


def to_wgs84(lon: Any, lat: Any, system: str) -> tuple[Any, Any]:
    """WGS-84 of a position in ``system`` (one of SYSTEMS); unchanged outside China. ValueError: unknown system."""
    if system == "wgs84":
        return lon, lat
    if system == "gcj02":
        return gcj02_to_wgs84(lon, lat)
    if system == "bd09":
        return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))
    raise ValueError(f"unknown coordinate system {system!r}")


def is_possible(lon: float, lat: float) -> bool:
    """Whether the degrees can be a place on the Earth; exactly 0, 0 is what a receiver sends before its first fix."""
    return -180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0 and not (lon == 0.0 and lat == 0.0)


def wgs84_to_gcj02(lon: Any, lat: Any) -> tuple[Any, Any]:
    """The GCJ-02 position of a WGS-84 one."""
    east, north = _shift(lon, lat)
    return _plain(lon + east, lat + north, lon)


def gcj02_to_wgs84(lon: Any, lat: Any) -> tuple[Any, Any]:
    """The WGS-84 position of a GCJ-02 one, by three steps of a fixed point: within 0.1 mm of the exact inverse."""
    found_lon, found_lat = lon, lat
    for _ in range(3):
        east, north = _shift(found_lon, found_lat)
        found_lon, found_lat = lon - east, lat - north
    return _plain(found_lon, found_lat, lon)


def gcj02_to_bd09(lon: Any, lat: Any) -> tuple[Any, Any]:
    """The BD-09 position of a GCJ-02 one."""
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _X_PI)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _X_PI)
    return _plain(radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006, lon)


def bd09_to_gcj02(lon: Any, lat: Any) -> tuple[Any, Any]:
    """The GCJ-02 position of a BD-09 one, closed form: within 0.2 m."""
    x, y = lon - 0.0065, lat - 0.006
    radius = np.hypot(x, y) - 0.00002 * np.sin(y * _X_PI)
    angle = np.arctan2(y, x) - 0.000003 * np.cos(x * _X_PI)
    return _plain(radius * np.cos(angle), radius * np.sin(angle), lon)


def _shift(lon: Any, lat: Any) -> tuple[Any, Any]:
    """Degrees by which GCJ-02 lies east and north of WGS-84; zero outside China."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    wave = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    radians = np.deg2rad(lat)
    magic = 1.0 - _EE * np.sin(radians) ** 2
    root_magic = np.sqrt(magic)
    north = north * 180.0 / (_A * (1.0 - _EE) / (magic * root_magic) * np.pi)
    east = east * 180.0 / (_A / root_magic * np.cos(radians) * np.pi)
    inside = (lon >= _WEST) & (lon <= _EAST) & (lat >= _SOUTH) & (lat <= _NORTH)
    return np.where(inside, east, 0.0), np.where(inside, north, 0.0)


def _plain(lon: Any, lat: Any, like: Any) -> tuple[Any, Any]:
    """Floats for floats, arrays for arrays."""
    return (lon, lat) if isinstance(like, np.ndarray) else (float(lon), float(lat))
