"""报警统计: how many alarms there were, where and why, how fast they were acknowledged and how many were dealt with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from data.models import Alarm, Base
from data.statistics.declaration import Count, Ratio, Statistic, Sum
from data.statistics.dimensions import Dimension, Group, Period, Reference, Words

ENTERPRISE = Reference("enterprise_id", "企业", word="short_name")
MONTH, YEAR = Period("raised_at", "发生月份"), Period("raised_at", "发生年度", step="year")
FILTERS = ("enterprise_id", "raised_at", "level", "kind", "source_type")
_MEANING = "处置率 = 已关闭 ÷ 报警数；平均确认用时 = 已确认报警从发生到确认的时间之和 ÷ 已确认报警数。"


@dataclass(frozen=True)
class Occurring(Words):
    """The words of a column, only those that occur: of forty kinds a list shows a handful."""

    def groups(self, session: Session, model: type[Base], found: Mapping[str, str], chosen: str) -> list[Group]:
        return [one for one in super().groups(session, model, found, chosen) if one.key in found]


def _statistic(key: str, title: str, definition: str, *dimensions: Dimension, series: Dimension | None = None) -> Statistic:
    return Statistic(
        key=f"alarm-{key}",
        title=title,
        model=Alarm,
        dimensions=dimensions,
        series=series,
        measures=(
            Count(label="报警数", unit="条"),
            Count("closed", "已关闭", "条", where={"closed_at_from": "2000-01-01"}, is_hidden=True),
            Ratio("closed_rate", "处置率", "closed", "count"),
            Count("answered", "已确认", "条", where={"answer_s_from": "0"}, is_hidden=True),
            Sum("answer_sum", "确认用时合计", "answer_s", "秒", is_hidden=True),
            Ratio("answer_mean", "平均确认用时", "answer_sum", "answered", "分", factor=1 / 60, good="low"),
        ),
        filters=FILTERS,
        definition=f"统计您数据范围内的报警，{definition}{_MEANING}",
        records="/alarms/records",
        permission="alarm.view",
        noun="报警",
    )


LEVEL = Words("level", is_graded=True)
BY_ENTERPRISE = _statistic("enterprise", "企业报警", "按企业归集，再按级别划分。", ENTERPRISE, series=LEVEL)
BY_MONTH = _statistic("month", "月度报警", "按发生时间所在月份归集，再按级别划分。", MONTH, YEAR, series=LEVEL)
BY_KIND = _statistic("kind", "报警类型", "按报警类型归集，再按级别划分。", Occurring("kind"), series=LEVEL)
BY_CAUSE = _statistic("cause", "报警原因", "按关闭时选择的原因归集，未关闭的原因未填写，再按级别划分。", Words("cause"), series=LEVEL)
BY_SOURCE = _statistic("source", "高频报警对象", "按监测点、车辆、网关归集，报警多的在前，再按级别划分。", Words("source_name", "对象"), series=LEVEL)
STATISTICS: tuple[Statistic, ...] = (BY_ENTERPRISE, BY_SOURCE, BY_KIND, BY_CAUSE, BY_MONTH)

# 车辆违章与报警: the same of vehicles alone, as the list at /vehicles/alarms has them.
OF_VEHICLES = {"field": "source_type", "op": "eq", "value": "vehicle"}
VEHICLE_FILTERS = ("enterprise_id", "raised_at", "level", "kind", "source_name", "about", "raised_hour")
HOUR = Words("raised_hour")
PLATE = Words("source_name", "车辆")


def _of_vehicles(key: str, title: str, definition: str, *dimensions: Dimension) -> Statistic:
    found = _statistic(key, title, definition, *dimensions, series=LEVEL)
    definition = f"统计您数据范围内危化品车辆的报警和违章，{definition}{_MEANING}"
    return replace(found, key=f"vehicle-{key}", definition=definition, only=OF_VEHICLES, filters=VEHICLE_FILTERS, records="/vehicles/alarms", permission="vehicle.view")


def _of_kind(key: str, title: str, kind: str, what: str) -> Statistic:
    """One kind of violation by vehicle, carrier, hour, place and month, each number with exactly its rows."""
    return Statistic(
        key=f"vehicle-{key}",
        title=title,
        model=Alarm,
        dimensions=(PLATE, ENTERPRISE, HOUR, Words("about", "区域、线路"), MONTH),
        measures=(
            Count(label=title, unit="次", where={"kind": kind}),
            Count("closed", "已关闭", "次", where={"kind": kind, "closed_at_from": "2000-01-01"}, is_hidden=True),
            Ratio("closed_rate", "处置率", "closed", "count"),
        ),
        filters=tuple(name for name in VEHICLE_FILTERS if name != "kind"),
        only=OF_VEHICLES,
        definition=f"统计您数据范围内危化品车辆{what}，可按车辆、运输企业、时段、区域和月份归集。处置率 = 已关闭 ÷ {title}数。",
        records="/vehicles/alarms",
        permission="vehicle.view",
        noun="报警",
    )


VEHICLE_STATISTICS: tuple[Statistic, ...] = (
    _of_vehicles("kind", "违章类型", "按类型归集，再按级别划分。", Occurring("kind")),
    _of_vehicles("carrier", "运输企业违章", "按运输企业归集，再按级别划分。", ENTERPRISE),
    _of_vehicles("plate", "车辆违章", "按车辆归集，违章多的在前，再按级别划分。", PLATE),
    _of_vehicles("hour", "分时段违章", "按发生时间所在的小时归集，再按级别划分。", HOUR),
    _of_kind("night", "凌晨行车", "night_driving", "在禁行时段行驶的凌晨行车报警"),
    _of_kind("stop", "超时停车", "long_stop", "在许可区域以外停放超时的停车报警"),
    _of_vehicles("place", "区域与线路", "按越过的区域、线路归集，与地点无关的归入未填写，再按级别划分。", Words("about", "区域、线路")),
    _of_vehicles("month", "月度违章", "按发生时间所在月份归集，再按级别划分。", MONTH, YEAR),
)
