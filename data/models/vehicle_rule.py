"""Areas, routes and key points drawn for vehicles: where, for whom and when they hold; and what came of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from data.choices.vehicles import AUDIENCES, GEOFENCE_KINDS
from data.fields import field
from data.models.base import Base, Record
from data.models.organisation import Enterprise
from data.models.transport import Vehicle
from data.rules import entries
from data.rules.schedule import EVERY_DAY, time_of_day, weekdays


def _link(owner: str, other: str) -> Table:
    columns = (Column(f"{owner}_id", BigInteger, ForeignKey(f"{owner}.id"), primary_key=True), Column(f"{other}_id", BigInteger, ForeignKey(f"{other}.id"), primary_key=True))
    return Table(f"{owner}_{other}", Base.metadata, *columns)


_LINKS = {(owner, other): _link(owner, other) for owner in ("geofence", "vehicle_route", "key_point") for other in ("enterprise", "vehicle")}


class VehicleRule(Record):
    """What holds for vehicles at a place: for whom, on which days, at what time of the day, from when to when."""

    __abstract__ = True

    @declared_attr
    def audience(cls) -> Mapped[str]:
        return field("适用车辆", String(10), required=True, choices=AUDIENCES, default="all", server_default="all", sort_order=50)

    @declared_attr
    def days(cls) -> Mapped[str]:
        return field("生效日", String(7), required=True, default=EVERY_DAY, server_default=EVERY_DAY, check=weekdays, sort_order=51)

    @declared_attr
    def begins_at(cls) -> Mapped[str | None]:
        return field("每日开始", String(5), check=time_of_day, sort_order=52, help="如 08:30；全天则不填")

    @declared_attr
    def ends_at(cls) -> Mapped[str | None]:
        return field("每日结束", String(5), check=time_of_day, sort_order=53, help="早于开始时间即跨零点")

    @declared_attr
    def valid_from(cls) -> Mapped[date | None]:
        return field("生效日期", sort_order=54)

    @declared_attr
    def valid_to(cls) -> Mapped[date | None]:
        return field("失效日期", sort_order=55, help="含当日；不填即长期有效")

    @declared_attr
    def remark(cls) -> Mapped[str | None]:
        return field("备注", String(500), sort_order=60)

    @declared_attr
    def carriers(cls) -> Mapped[list[Enterprise]]:
        return relationship(secondary=_LINKS[cls.__tablename__, "enterprise"], order_by=Enterprise.id, info={"label": "运输企业"})

    @declared_attr
    def vehicles(cls) -> Mapped[list[Vehicle]]:
        return relationship(secondary=_LINKS[cls.__tablename__, "vehicle"], order_by=Vehicle.id, info={"label": "车辆"})


class Geofence(VehicleRule):
    """An area with rules for vehicles; ``shape`` is GeoJSON in WGS-84 (a circle is a Point with ``radius_m``)."""

    __tablename__ = "geofence"
    __title__ = "电子围栏"
    code: Mapped[str] = field("编码", String(30), required=True, unique=True, search=True)
    name: Mapped[str] = field("名称", String(100), required=True, search=True)
    kind: Mapped[str] = field("形状", String(10), required=True, choices=GEOFENCE_KINDS, default="polygon", server_default="polygon")
    shape: Mapped[dict[str, Any]] = field("范围", JSONB, required=True, kind="area")
    radius_m: Mapped[float | None] = field("半径", unit="m")
    tells_enter: Mapped[bool] = field("进入报警", required=True, default=False, server_default="false")
    tells_leave: Mapped[bool] = field("离开报警", required=True, default=False, server_default="false")
    stay_minutes: Mapped[int | None] = field("停留不超过", unit="分钟", check=entries.positive, help="空：不限")
    speed_limit_kmh: Mapped[int | None] = field("限速", unit="km/h", check=entries.positive, help="空：不限")
    is_sensitive: Mapped[bool] = field("敏感区域", required=True, default=False, help="进入报警按重要级别")
    is_parking: Mapped[bool] = field("允许停车", required=True, default=False, server_default="false", help="在此停车不算超时停车")


class VehicleRoute(VehicleRule):
    """A road that its vehicles keep to; ``shape`` is a GeoJSON LineString whose corners are numbered from 1."""

    __tablename__ = "vehicle_route"
    __title__ = "行驶线路"
    name: Mapped[str] = field("名称", String(100), required=True, unique=True, search=True)
    shape: Mapped[dict[str, Any]] = field("线路", JSONB, required=True, kind="line")
    width_m: Mapped[int] = field("宽度", required=True, default=50, unit="m", check=entries.road_width, help="偏出宽度之外即偏离")
    speed_limit_kmh: Mapped[int | None] = field("限速", unit="km/h", check=entries.positive, help="空：不限")

    sections: Mapped[list[RouteSection]] = relationship(order_by="RouteSection.first_corner", viewonly=True)


class RouteSection(Record):
    """A part of a route between two of its corners, with limits of its own."""

    __tablename__ = "route_section"
    __title__ = "路段"
    __part_of__ = "route_id"
    route_id: Mapped[int] = field("行驶线路", ForeignKey("vehicle_route.id"), required=True, index=True)
    name: Mapped[str] = field("路段名称", String(60), required=True)
    first_corner: Mapped[int] = field("起点", required=True, check=entries.positive, help="线路上拐点的序号")
    last_corner: Mapped[int] = field("终点", required=True, check=entries.positive, help="线路上拐点的序号")
    width_m: Mapped[int | None] = field("宽度", unit="m", check=entries.road_width)
    speed_limit_kmh: Mapped[int | None] = field("限速", unit="km/h", check=entries.positive)
    longest_min: Mapped[float | None] = field("最长", unit="分钟", check=entries.positive)
    shortest_min: Mapped[float | None] = field("最短", unit="分钟", check=entries.positive)


class KeyPoint(VehicleRule):
    """A place that its vehicles must pass within the daily window, such as a check-point or a weighbridge."""

    __tablename__ = "key_point"
    __title__ = "关键点"
    name: Mapped[str] = field("名称", String(100), required=True, unique=True, search=True)
    lon: Mapped[float] = field("经度", required=True, unit="°", kind="place", check=entries.longitude)
    lat: Mapped[float] = field("纬度", required=True, unit="°", check=entries.latitude)
    radius_m: Mapped[int] = field("到达半径", required=True, default=50, unit="m", check=entries.positive, help="进入半径以内即到达")


class KeyPointVisit(Base):
    """Whether a vehicle passed a key point on one day, found when its window is over."""

    __tablename__ = "key_point_visit"
    __title__ = "关键点到达"
    __table_args__ = (UniqueConstraint("key_point_id", "vehicle_id", "on_date"), Index("ix_key_point_visit_on_date", "on_date"))
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    key_point_id: Mapped[int] = field("关键点", ForeignKey("key_point.id"), required=True)
    vehicle_id: Mapped[int] = field("车辆", ForeignKey("vehicle.id"), required=True, index=True)
    enterprise_id: Mapped[int] = field("运输企业", ForeignKey("enterprise.id"), required=True, index=True)
    on_date: Mapped[date] = field("日期", required=True)
    begins_at: Mapped[datetime] = field("时段开始", required=True)
    ends_at: Mapped[datetime] = field("时段结束", required=True)
    passed_at: Mapped[datetime | None] = field("到达时间")

    key_point: Mapped[KeyPoint] = relationship(lazy="joined", innerjoin=True)
    vehicle: Mapped[Vehicle] = relationship(lazy="joined", innerjoin=True)
    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)


class TerminalTrack(Base):
    """What the rules on positions remember of a terminal's vehicle; written by ingest only, with the alarms that came of it."""

    __tablename__ = "terminal_track"
    terminal_id: Mapped[int] = mapped_column(ForeignKey("terminal.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    track: Mapped[dict[str, Any]] = field("状态", JSONB, required=True)
