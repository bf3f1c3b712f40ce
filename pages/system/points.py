"""测点配置: the limits of measured points, which ingest takes over at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.blocks.weekdays import days_field, days_words, window_words
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter, FormField
from data.choices import Choice
from data.db import notify, read_session
from data.models import Enterprise, Gateway, Point
from data.point_keys import mapping_faults
from data.query import visible
from data.rules.motion import motion_faults
from data.rules.point_limits import limit_faults
from data.rules.schedule import window_faults
from data.terminals import CONFIG_CHANNEL
from data.viewer import Viewer

CHECKED = ("range_low", "range_high", "low_low", "low", "high", "high_high", "dead_band", "min_duration_s", "period_s")


def firms(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The enterprises that have points the viewer sees."""
    used = visible(Point, viewer).with_only_columns(Point.enterprise_id)
    rows = session.execute(select(Enterprise.id, Enterprise.short_name).where(Enterprise.id.in_(used)).order_by(Enterprise.short_name))
    return [Choice(str(key), name) for key, name in rows]


def check(point: Point, values: dict[str, Any]) -> dict[str, str]:
    """What is wrong with the limits as they would stand after the edit."""
    after = {name: values.get(name, getattr(point, name)) for name in (*CHECKED, "decimals")}
    faults = limit_faults(after, [name for name, value in after.items() if value != getattr(point, name)])
    rate, flat = (values.get(name, getattr(point, name)) for name in ("rate_limit", "flat_minutes"))
    faults |= motion_faults(rate, flat, after["period_s"])
    begins, ends = (values.get(name, getattr(point, name)) for name in ("alarm_begins_at", "alarm_ends_at"))
    faults |= {f"alarm_{name}": text for name, text in window_faults(begins, ends, None, None).items()}
    with read_session() as session:
        return faults | mapping_faults(session, point, values)


def _tell_ingest(session: Session, point: Point) -> None:
    notify(session, CONFIG_CHANNEL)


def own_gateways(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The gateways that the viewer sees, with their enterprise."""
    rows = session.scalars(visible(Gateway, viewer).order_by(Gateway.code))
    return [Choice(str(one.id), f"{one.code}（{one.enterprise.short_name}）") for one in rows]


def hours(point: Point) -> str:
    """When the point may alarm: 每天 全天, 工作日 08:00–18:00."""
    return f"{days_words(point.alarm_days)} {window_words(point.alarm_begins_at, point.alarm_ends_at)}"


def _gateway(point: Point) -> str:
    return f"{point.gateway.code} {point.gateway.name}" if point.gateway else "未指定"


def _limit(name: str) -> Any:
    return lambda point: "" if (value := getattr(point, name)) is None else f"{value:g}"


POINTS = Resource(
    key="point",
    model=Point,
    path="/system/points",
    title="测点配置",
    permission="point.edit",
    module="监测预警",
    group="监测配置",
    icon="sliders",
    sort="code",
    placeholder="编码、名称",
    columns=(
        Column("code", width=170),
        Column("name"),
        Column("enterprise.short_name", label="企业", width=120, hint=lambda point: point.enterprise.name),
        Column("quantity", width=90),
        Column("range_low", label="量程", width=120, show=lambda point: f"{point.range_low:g} – {point.range_high:g}", is_sortable=False),
        Column("low_low", label="低低", width=80, look="number", show=_limit("low_low")),
        Column("low", label="低", width=80, look="number", show=_limit("low")),
        Column("high", label="高", width=80, look="number", show=_limit("high")),
        Column("high_high", label="高高", width=80, look="number", show=_limit("high_high")),
        Column("unit", width=80, is_sortable=False),
        Column("period_s", label="周期 s", width=90),
        Column("alarm_days", label="报警时段", width=170, show=hours, is_sortable=False, is_shown=False),
    ),
    filters=(Filter("enterprise_id", options=firms), Filter("quantity"), Filter("gateway_id")),
    subtitle=lambda point: (point.code, point.enterprise.name, point.installation.name, point.tank.name if point.tank else ""),
    tags=("quantity",),
    facts={
        "测点": ("code", "name", Fact("enterprise.name", "企业"), Fact("installation.name", "重大危险源"), Fact("tank.name", "储罐"), Fact("quantity"), "unit", "decimals"),
        "量程与限值": (*CHECKED, "rate_limit", "flat_minutes", Fact("alarm_days", "报警时段", hours)),
        "接入": (Fact("gateway_id", "网关", _gateway), "key_path", "scale", "offset", "is_simulated"),
    },
    form={
        "测点": ("name", FormField("unit"), FormField("decimals", help="画面上显示的小数位数，0–6")),
        "量程": ("range_low", "range_high"),
        "报警限值": (
            FormField("low_low", help="留空则不报警"),
            FormField("high_high", help="留空则不报警"),
            FormField("low", help="量程下限 ≤ 低低限 < 低限 < 高限 < 高高限 ≤ 量程上限"),
            "high",
            "dead_band",
            "min_duration_s",
            FormField("rate_limit", help="每分钟升或降不超过，按测点单位；留空不判"),
            FormField("flat_minutes", help="数值持续不变这么久即报数据平直；留空不判"),
        ),
        "报警时段": (
            days_field("alarm_days", help="时段以外不产生新报警，已有的报警照常恢复；时段开始时仍越限即报警"),
            "alarm_begins_at",
            "alarm_ends_at",
        ),
        "接入": (
            FormField("gateway_id", options=own_gateways, help="哪台网关上报该测点"),
            "key_path",
            FormField("scale", help="入库数值 = 上报值 × 系数 + 零点，如上报 kPa、单位 MPa 时填 0.001"),
            "offset",
            "period_s",
        ),
    },
    edit_permission="point.edit",
    check=check,
    after_save=_tell_ingest,
)
