"""平面图: pictures of plants laid on the four-colour map by two points that are known in both."""

from __future__ import annotations

from math import cos, hypot, radians
from typing import Any

from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter, FormField
from data.models import RiskPlan

NEAREST_M, NEAREST_SHARE = 10.0, 10.0
_POINTS = ("first_x", "first_y", "lon", "lat", "second_x", "second_y", "second_lon", "second_lat")


def check(plan: Any, values: dict[str, Any]) -> dict[str, str]:
    """Two points that lie too near to one another lay the picture anywhere."""
    found = {name: values.get(name, getattr(plan, name, None)) for name in _POINTS}
    if any(value is None for value in found.values()):
        return {}
    mistakes = {}
    if hypot(found["second_x"] - found["first_x"], found["second_y"] - found["first_y"]) < NEAREST_SHARE:
        mistakes["second_x"] = "两点在图片上太近，请选相距至少一成图宽的两点。"
    east = (found["second_lon"] - found["lon"]) * cos(radians(found["lat"]))
    if hypot(east, found["second_lat"] - found["lat"]) * 111_195 < NEAREST_M:
        mistakes["second_lon"] = "两点在地图上太近，请选相距至少 10 m 的两点。"
    return mistakes


PLANS = Resource(
    key="risk_plan",
    model=RiskPlan,
    path="/risk-map/plans",
    title="平面图",
    permission="risk_map.view",
    module="双重预防",
    group="四色图设置",
    icon="image",
    sort="name",
    placeholder="名称",
    columns=(
        Column("name", width=260),
        Column("enterprise.name", label="企业"),
        Column("updated_at", label="更新时间", width=150),
    ),
    filters=(Filter("enterprise_id"),),
    subtitle=lambda plan: (plan.enterprise.name,),
    facts={"平面图": (Fact("enterprise.name", "企业"), "name"), "定位": _POINTS},
    form={
        "平面图": ("enterprise_id", "name"),
        "点一": (FormField("first_x", help="该点距图片左边，占图宽的百分比"), FormField("first_y", help="该点距图片上边，占图高的百分比"), "lon"),
        "点二": (FormField("second_x", help="选离点一远的一点，如对角的厂房角"), "second_y", "second_lon"),
    },
    edit_permission="risk_map.zone",
    can_add=True,
    check=check,
    delete_permission="risk_map.zone",
    empty_title="还没有平面图",
    empty_text="上传企业平面布置图，指出图上两点在地图上的位置，选中企业时即叠加在四色图上。",
)
