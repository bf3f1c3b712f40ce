"""电子围栏: circles, rectangles and polygons in which vehicles must not be, stay or speed, or which they must not leave."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from dashboard.blocks.place import drawn_shape
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter
from data.choices import Choice
from data.models import Geofence
from data.rules.ground import is_upright
from data.viewer import Viewer
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

WIDEST_M = 50_000


def counts(area: Geofence) -> str:
    """What counts in the area: 进入、停留 30 分钟、限速 40 km/h."""
    said = [words for is_on, words in ((area.tells_enter, "进入"), (area.tells_leave, "离开")) if is_on]
    said += [f"停留 {area.stay_minutes} 分钟"] if area.stay_minutes else []
    said += [f"限速 {area.speed_limit_kmh} km/h"] if area.speed_limit_kmh else []
    said += ["允许停车"] if area.is_parking else []
    return "、".join(said) or "只显示"


def _marks(area: Geofence) -> Choice | str:
    return Choice("sensitive", "敏感区域", "danger") if area.is_sensitive else ""


def check(record: Any, values: dict[str, Any]) -> dict[str, str]:
    """What does not fit together: a circle without a radius, and the times."""
    shape, radius = (values.get(name, getattr(record, name, None)) for name in ("shape", "radius_m"))
    faults = window_mistakes(record, values)
    if shape and shape.get("type") == "Point" and not 5 <= (radius or 0) <= WIDEST_M:
        faults["radius_m"] = f"圆形的半径应为 5–{WIDEST_M:,} m。"
    return faults


def kind_of(shape: dict[str, Any]) -> str:
    """One of ``choices.GEOFENCE_KINDS``."""
    if shape.get("type") == "Point":
        return "circle"
    return "rectangle" if is_upright((shape.get("coordinates") or [[]])[0]) else "polygon"


def _prepare(session: Session, viewer: Viewer, record: Any, values: dict[str, Any]) -> dict[str, Any]:
    if "shape" not in values:
        return values
    kind = kind_of(values["shape"])
    return values | {"kind": kind} | ({} if kind == "circle" else {"radius_m": None})


FENCES = Resource(
    key="geofence",
    model=Geofence,
    path="/vehicles/fences",
    title="电子围栏",
    permission=VIEW,
    module=MODULE,
    group=GROUP,
    icon="bounding-box-circles",
    sort="code",
    placeholder="编码、名称",
    columns=(
        Column("code", width=100),
        Column("name", width=200),
        Column("kind", width=90),
        Column("tells_enter", label="规则", show=counts, hint=counts, is_sortable=False),
        Column("is_sensitive", label="标记", look="tag", width=100, show=_marks),
        *HOLDS_COLUMNS,
    ),
    filters=(Filter("kind"), Filter("is_sensitive"), Filter("is_parking"), Filter("audience")),
    tags=("kind", Fact("is_sensitive", show=_marks)),
    subtitle=lambda area: (area.code,),
    above=lambda session, viewer, area: drawn_shape(area.name, area.shape, area.radius_m),
    facts={"围栏": ("code", "name", "kind", Fact("tells_enter", "规则", counts), "is_sensitive", "is_parking"), "适用": HOLDS_FACTS},
    panels=(FOR_WHOM,),
    form={
        "围栏": ("code", "name", "shape"),
        "规则": ("tells_enter", "tells_leave", "stay_minutes", "speed_limit_kmh", "is_sensitive", "is_parking"),
        **HOLDS,
    },
    edit_permission=EDIT,
    can_add=True,
    check=check,
    prepare=_prepare,
    after_save=check_audience,
    delete_permission=EDIT,
    save_note="保存后立即按新的规则判断此后到达的位置，并记入变更记录。",
    empty_title="还没有电子围栏",
    empty_text="在图上画出区域，设置进入、离开、停留、限速规则，适用的车辆按此报警。",
)
