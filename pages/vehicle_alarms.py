"""车辆报警与违章: what vehicles did wrong, as a list, and counted."""

from __future__ import annotations

from dataclasses import replace

from dashboard.statistic import StatisticPage
from data.statistics.alarms import VEHICLE_STATISTICS
from pages.alarm_records import RECORDS

MODULE, GROUP = "危化品车辆", "违章与报警"
_NAMES = {"source_name": "车牌号", "place": "运输企业", "kind": "类型"}

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
    columns=tuple(replace(one, label=_NAMES.get(one.name, one.label)) for one in RECORDS.columns),
    filters=tuple(one for one in RECORDS.filters if one.name != "source_type"),
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
