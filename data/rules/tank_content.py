"""How much of a tank is filled at a level: geometry only, heads of horizontal tanks are taken as flat."""

from __future__ import annotations

from math import acos, pi, sqrt


def filled_share(shape: str, level_m: float, height_m: float) -> float:
    """The share 0–1 of the volume below ``level_m`` in a tank of the shape (``choices.TANK_SHAPES``); ``height_m`` is the inner
    height, of a sphere and a horizontal cylinder the diameter."""
    share = min(max(level_m / height_m, 0.0), 1.0) if height_m > 0 else 0.0
    if shape == "sphere":
        return share * share * (3 - 2 * share)
    if shape == "horizontal":
        return (acos(1 - 2 * share) - 2 * (1 - 2 * share) * sqrt(share - share * share)) / pi
    return share
