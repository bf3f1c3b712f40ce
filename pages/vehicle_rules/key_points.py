"""关键点 and 关键点到达: places that vehicles must pass within a daily window, and whether they did."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dashboard.blocks.place import place
from dashboard.moments import moment_words
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter
from data.choices import Choice
from data.models import KeyPoint, KeyPointVisit
from pages.vehicle_rules.declaring import (
    EDIT,
    FOR_WHOM,
    GROUP,
    HOLDS,
    HOLDS_COLUMNS,
    HOLDS_FACTS,
    MODULE,
    VIEW,
    check_audience,
    window_mistakes,
)


def check(record: Any, values: dict[str, Any]) -> dict[str, str]:
    """A key point needs its window: without an end nobody could say that it was missed."""
    faults = window_mistakes(record, values)
    if not values.get("begins_at", getattr(record, "begins_at", None)):
        faults.setdefault("begins_at", "请填写每天应到达的时段。")
    return faults


KEY_POINTS = Resource(
    key="key_point",
    model=KeyPoint,
    path="/vehicles/key-points",
    title="关键点",
    permission=VIEW,
    module=MODULE,
    group=GROUP,
    icon="pin-map",
    sort="name",
    placeholder="名称",
    columns=(Column("name", width=240), Column("radius_m", width=110), *HOLDS_COLUMNS),
    filters=(Filter("audience"),),
    above=place,
    facts={"关键点": ("name", "radius_m"), "适用": HOLDS_FACTS},
    panels=(FOR_WHOM,),
    form={"关键点": ("name", "lon", "radius_m"), **HOLDS},
    edit_permission=EDIT,
    can_add=True,
    check=check,
    after_save=check_audience,
    delete_permission=EDIT,
    save_note="时段结束后 10 分钟核对当日的轨迹，未到达的车辆报警。",
    empty_title="还没有关键点",
    empty_text="如安检点、地磅、停车场；设置每天应到达的时段，时段结束仍未到达的车辆报警。",
)


def _state(visit: KeyPointVisit) -> Choice:
    return Choice("passed", "已到达", "ok") if visit.passed_at else Choice("missed", "未到达", "danger")


def _window(visit: KeyPointVisit) -> str:
    now = datetime.now(UTC)
    return f"{moment_words(visit.begins_at, now)} – {moment_words(visit.ends_at, now)}"


VISITS = Resource(
    key="key_point_visit",
    model=KeyPointVisit,
    path="/vehicles/key-point-visits",
    title="关键点到达",
    permission=VIEW,
    module=MODULE,
    group=GROUP,
    icon="pin-angle",
    sort="-on_date",
    columns=(
        Column("on_date", width=120),
        Column("key_point.name", label="关键点", width=220),
        Column("vehicle.plate", label="车牌号", width=130),
        Column("enterprise.short_name", label="运输企业", width=130),
        Column("begins_at", label="时段", width=240, show=_window),
        Column("state", label="结果", look="tag", width=100, show=_state, is_sortable=False),
        Column("passed_at", width=150),
    ),
    filters=(Filter("on_date"), Filter("key_point_id"), Filter("vehicle_id"), Filter("passed_at")),
    heading=lambda visit: f"{visit.vehicle.plate} {visit.key_point.name}",
    tags=(Fact("state", "结果", _state),),
    subtitle=lambda visit: (visit.on_date.isoformat(), visit.enterprise.short_name),
    facts={"到达": (Fact("key_point.name", "关键点"), Fact("vehicle.plate", "车牌号"), "on_date", Fact("begins_at", "时段", _window), Fact("state", "结果", _state), "passed_at")},
    empty_title="还没有到达记录",
    empty_text="每个关键点的时段结束后，逐车记录当日是否到达。",
)
