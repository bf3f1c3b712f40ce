"""平面图: pictures of plants laid on the four-colour map by two points that are clicked on both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, hypot, radians
from typing import Any

import orjson
from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import notice
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter, FormField
from data.attachments import attachments_of
from data.choices import Choice
from data.models import RiskPlan
from data.viewer import Viewer

NEAREST_M, NEAREST_SHARE = 10.0, 10.0
_POINTS = ("first_x", "first_y", "lon", "lat", "second_x", "second_y", "second_lon", "second_lat")
PLACE = "在图片和地图上各点两点"
LOCATED, WAITING, BARE = Choice("1", "已定位", "ok"), Choice("0", "待定位", "warn"), Choice("", "缺图片", "stale")


def check(plan: Any, values: dict[str, Any]) -> dict[str, str]:
    """Both points or none; two that lie too near to one another lay the picture anywhere."""
    found = {name: values.get(name, getattr(plan, name, None)) for name in _POINTS}
    missing = [name for name, value in found.items() if value is None]
    if missing:
        return {} if len(missing) == len(_POINTS) else dict.fromkeys(missing, "两点在图片和地图上的位置请一并填写，都不填即待定位。")
    mistakes = {}
    if hypot(found["second_x"] - found["first_x"], found["second_y"] - found["first_y"]) < NEAREST_SHARE:
        mistakes["second_x"] = "两点在图片上太近，请选相距至少一成图宽的两点。"
    east = (found["second_lon"] - found["lon"]) * cos(radians(found["lat"]))
    if hypot(east, found["second_lat"] - found["lat"]) * 111_195 < NEAREST_M:
        mistakes["second_lon"] = "两点在地图上太近，请选相距至少 10 m 的两点。"
    return mistakes


def _standing(session: Session, viewer: Viewer, plans: Sequence[Any]) -> Mapping[int, Choice]:
    return {one.id: BARE if not attachments_of(session, one)["picture"] else LOCATED if one.is_located else WAITING for one in plans}


def _pointing(session: Session, viewer: Viewer, plan: Any) -> Component:
    """The picture and the map side by side (assets/68-risk-points.js)."""
    if plan is None:
        return notice("先保存名称，再上传图片、在图上指点；两点的位置可以都不填。")
    pictures = attachments_of(session, plan)["picture"]
    firm = plan.enterprise
    spec = {"url": f"/attachments/{pictures[-1].id}" if pictures else "", "name": plan.name, "outline": firm.outline, "lon": firm.lon, "lat": firm.lat}
    return html.Div(**{"data-plan-points": orjson.dumps(spec).decode()})


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
        Column("located", label="定位", width=110, look="tag", figures=_standing, is_sortable=False),
        Column("updated_at", label="更新时间", width=150),
    ),
    filters=(Filter("enterprise_id"),),
    subtitle=lambda plan: (plan.enterprise.name,),
    tags=(Fact("located", show=lambda plan: LOCATED if plan.is_located else WAITING),),
    facts={"平面图": (Fact("enterprise.name", "企业"), "name"), "定位": _POINTS},
    form={
        "平面图": ("enterprise_id", "name"),
        PLACE: (
            FormField("first_x", help="该点距图片左边，占图宽的百分比"),
            FormField("first_y", help="该点距图片上边，占图高的百分比"),
            "lon",
            "lat",
            FormField("second_x", help="选离点一远的一点，如对角的厂房角"),
            "second_y",
            "second_lon",
            "second_lat",
        ),
    },
    group_tops={PLACE: _pointing},
    edit_permission="risk_map.zone",
    can_add=True,
    check=check,
    delete_permission="risk_map.zone",
    save_note="保存后上传图片，再“修改”指出两点；已定位的平面图选中企业时叠加在四色图上。",
    empty_title="还没有平面图",
    empty_text="添加企业平面布置图，在图片和地图上各点两点，选中企业时即叠加在四色图上。",
)
