"""车辆报警与违章: what vehicles did wrong, as a list, and counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dashboard.resource_parts import Filter
from dashboard.statistic import StatisticPage
from data.statistics.alarms import VEHICLE_STATISTICS
from pages.alarm_records import RECORDS

MODULE, GROUP = "危化品车辆", "违章与报警"
_LOOKS: dict[str, dict[str, Any]] = {
    "source_name": {"label": "车牌号", "width": 130},
    "place": {"label": "运输企业", "width": 110},
    "kind": {"label": "类型", "width": 120},
    "about": {"is_shown": True, "width": 0},
    "cause": {"is_shown": False},
    "answer_s": {"is_shown": False},
    "closed_at": {"is_shown": False},
}

VIOLATIONS = replace(
    RECORDS,
    key="vehicle_alarm",
    path="/vehicles/alarms",
    title="车辆违章与报警",
    permission="vehicle.view",
    module=MODULE,
    group=GROUP,
    icon="exclamation-triangle",
    placeholder="车牌号、运输企业、区域",
    where={"source_type": "vehicle"},
    columns=tuple(replace(one, **_LOOKS.get(one.name, {})) for one in RECORDS.columns),
    filters=(*(one for one in RECORDS.filters if one.name != "source_type"), Filter("raised_hour")),
    empty_title="没有车辆违章或报警",
)

VEHICLE_ALARM_STATISTICS = StatisticPage(
    path="/vehicles/statistics",
    title="违章统计",
    statistics=VEHICLE_STATISTICS,
    permission="vehicle.view",
    module=MODULE,
    group=GROUP,
    icon="bar-chart",
)

PAGES = [*VIOLATIONS.pages(), VEHICLE_ALARM_STATISTICS.page()]
