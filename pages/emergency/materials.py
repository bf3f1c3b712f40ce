"""应急物资装备: teams, equipment, supplies, shelters and cameras, each with its place."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard.resource_parts import Column, Fact, Filter, FormField
from data.calendar import park_day
from data.choices import Choice
from data.models import Camera, RescueEquipment, RescueSupply, RescueTeam, Shelter
from data.rules.deadlines import expiry
from pages.emergency.declaring import OF_OFFICE, OFFICE, OWNED, PLACED, any_of, emergency
from pages.video.cameras import camera_owners, picture_state

GROUP = "应急物资装备"

TEAMS = emergency(
    RescueTeam,
    "teams",
    "应急救援队伍",
    GROUP,
    icon="truck",
    placeholder="队伍名称、依托单位、专长",
    columns=(
        Column("name", width=220),
        Column("kind", width=140),
        Column("member_count", label="人数", width=80),
        Column("head", width=90),
        Column("duty_phone", label="值班电话", width=140),
        Column("speciality"),
        OFFICE,
    ),
    filters=(Filter("kind"), OF_OFFICE),
    tags=("kind",),
    subtitle=lambda team: (team.unit_name or "", f"{team.member_count} 人" if team.member_count else ""),
    form={"队伍": ("name", "kind", "unit_name", "head", "phone", "duty_phone", "member_count", "speciality"), **PLACED},
)

EQUIPMENT = emergency(
    RescueEquipment,
    "equipment",
    "应急救援装备",
    GROUP,
    placeholder="装备名称、保管人",
    columns=(
        Column("name", width=190),
        Column("kind", width=100),
        Column("model", width=110),
        Column("count", width=80, look="number", show=lambda one: f"{one.count:,} {one.count_unit}"),
        Column("state", width=80),
        Column("team.name", width=150, hint=lambda one: one.team.name if one.team else ""),
        Column("keeper", width=80),
        Column("phone", width=130),
        OFFICE,
    ),
    filters=(Filter("kind"), Filter("state"), Filter("team_id", options=any_of(RescueTeam)), OF_OFFICE),
    tags=("kind", "state"),
    form={"装备": ("name", "kind", "model", "count", "count_unit", "state", "team_id", "keeper", "phone"), **PLACED},
)


def _until(supply: RescueSupply) -> Choice | str:
    """How long the supply is good: in words when it ran out or soon will, else the date."""
    found = expiry(supply.expires_on, park_day(datetime.now(UTC)))
    return found or (supply.expires_on.isoformat() if supply.expires_on else "")


def _expiry(supply: RescueSupply) -> Choice | None:
    return expiry(supply.expires_on, park_day(datetime.now(UTC)))


def _shortage(supply: RescueSupply) -> Choice | None:
    is_short = supply.least_stock is not None and supply.stock < supply.least_stock
    return Choice("short", "低于最低库存", "danger") if is_short else None


SUPPLIES = emergency(
    RescueSupply,
    "supplies",
    "应急救援物资",
    GROUP,
    placeholder="物资名称、保管人",
    sort="expires_on",
    columns=(
        Column("name", width=180),
        Column("kind", width=100),
        Column("model", width=110),
        Column("stock", width=100, look="number", show=lambda one: f"{one.stock:,.10g} {one.stock_unit}"),
        Column("least_stock", width=100, look="number", is_shown=False, show=lambda one: "" if one.least_stock is None else f"{one.least_stock:,.10g} {one.stock_unit}"),
        Column("expires_on", width=130, look="tag", show=_until, hint=lambda one: one.expires_on.isoformat() if one.expires_on else ""),
        Column("keeper", width=90),
        Column("phone", width=140),
        OFFICE,
    ),
    filters=(Filter("kind"), Filter("expires_on"), OF_OFFICE),
    tags=("kind", Fact("expires_on", show=_expiry), Fact("stock", show=_shortage)),
    form={"物资": ("name", "kind", "model", "stock", "stock_unit", "least_stock", "expires_on", "keeper", "phone"), **PLACED},
)

SHELTERS = emergency(
    Shelter,
    "shelters",
    "应急避难场区",
    GROUP,
    placeholder="场所名称、管理人",
    columns=(
        Column("name", width=220),
        Column("kind", width=130),
        Column("capacity", width=120, look="number", show=lambda one: f"{one.capacity:,} 人"),
        Column("area_m2", width=110, look="number", show=lambda one: "" if one.area_m2 is None else f"{one.area_m2:,.10g} m²"),
        Column("facilities"),
        Column("keeper", width=90),
        Column("phone", width=140),
        OFFICE,
    ),
    filters=(Filter("kind"), Filter("capacity", kind="range"), OF_OFFICE),
    tags=("kind",),
    form={"场所": ("name", "kind", "capacity", "area_m2", "facilities", "keeper", "phone"), **PLACED},
)


CAMERAS = emergency(
    Camera,
    "cameras",
    "监控摄像头",
    GROUP,
    sort="code",
    placeholder="编码、名称",
    columns=(
        Column("code", width=130),
        Column("name", width=240),
        Column("enterprise.short_name", label="企业", width=150, hint=lambda one: one.enterprise.name if one.enterprise else ""),
        Column("picture", label="画面", look="tag", width=130, figures=picture_state, is_sortable=False),
        Column("department.short_name", label="所属机构", width=120, hint=lambda one: one.department.name if one.department else ""),
    ),
    filters=(Filter("enterprise_id", options=camera_owners), OF_OFFICE),
    subtitle=lambda one: (one.code, one.enterprise.name if one.enterprise else "园区公共"),
    form={"摄像头": ("code", "name", FormField("enterprise_id", help="不填即园区公共")), "位置": ("lon",), "归属": (OWNED["归属"][0],)},
)
