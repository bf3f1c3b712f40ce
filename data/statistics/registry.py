"""Every declared statistic by its key: what exports, subscriptions and tests look up."""

from __future__ import annotations

from collections.abc import Mapping

from data.errors import NotFound
from data.statistics import alarms, danger_home, dangers, enterprises, hazards, incidents, risks, topics
from data.statistics.declaration import Statistic

_DECLARED = (
    *enterprises.STATISTICS, *enterprises.HOME, *dangers.STATISTICS, *danger_home.STATISTICS, *alarms.STATISTICS, *alarms.VEHICLE_STATISTICS,
    *hazards.STATISTICS, *risks.STATISTICS, *topics.STATISTICS, *incidents.STATISTICS, *incidents.DRILL_STATISTICS,
)  # fmt: skip
ALL: Mapping[str, Statistic] = {one.key: one for one in _DECLARED}


def find(key: str) -> Statistic:
    """The statistic of that key; NotFound when there is none: keys come from addresses."""
    if key not in ALL:
        raise NotFound("没有这项统计，可能已停用。")
    return ALL[key]
