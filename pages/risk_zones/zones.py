"""风险区域: the areas of enterprises that have a colour of their own, drawn on the map, and what belongs to each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter, FormField
from dashboard.site import address
from data.choices import Choice
from data.choices.risks import RISK_LEVELS
from data.db import notify
from data.errors import Invalid
from data.models import RiskZone, ZoneColour
from data.risk_map import plans
from data.risk_rules import ASK_CHANNEL
from data.validity import NOT_SAVED
from data.viewer import Viewer

LINKED = {"objects": "风险分析对象", "units": "风险分析单元", "installations": "重大危险源", "tanks": "储罐"}


def map_address(zone: RiskZone) -> str:
    """Where the zone is seen on the four-colour map."""
    return address("/risk-map", enterprise=zone.enterprise.code, zone=None if zone.is_whole else zone.id)


def _colours(session: Session, viewer: Viewer, zones: Sequence[Any]) -> dict[int, Choice]:
    rows = session.execute(select(ZoneColour.zone_id, ZoneColour.level).where(ZoneColour.ends_at.is_(None), ZoneColour.zone_id.in_([one.id for one in zones])))
    levels: dict[int, int] = dict(rows.all())
    return {one.id: next((choice for choice in RISK_LEVELS if choice.code == str(levels.get(one.id))), Choice("", "待计算", "stale")) for one in zones}


def _prepare(session: Session, viewer: Viewer, zone: Any, values: dict[str, Any]) -> dict[str, Any]:
    """A zone stays with its enterprise, and is drawn unless it takes another's outline."""
    if zone is not None and values.get("enterprise_id", zone.enterprise_id) != zone.enterprise_id:
        raise Invalid(NOT_SAVED, {"enterprise_id": "区域不能换到别的企业，请删除后重新添加。"})
    follows = zone is not None and (zone.is_whole or zone.object_id is not None)
    outline = values.get("outline", zone.outline if zone is not None else None)
    if not outline and not follows:
        raise Invalid(NOT_SAVED, {"outline": "请在图上画出区域的范围。"})
    return values


def _after_save(session: Session, zone: Any) -> None:
    """What belongs to a zone is of its enterprise; the colours follow at once."""
    strange = {name: f"{word_}“{one.name}”不属于{zone.enterprise.short_name}。" for name, word_ in LINKED.items() for one in getattr(zone, name) if one.enterprise_id != zone.enterprise_id}
    if strange:
        raise Invalid(NOT_SAVED, strange)
    notify(session, ASK_CHANNEL)


def _plans(session: Session, viewer: Viewer, zone: Any) -> Component:
    """The plan pictures by which a zone may be drawn (assets/68-risk-points.js)."""
    firm = {"data-firm": str(zone.enterprise_id)} if zone is not None else {}
    return html.P(**{"data-plan-under": orjson.dumps(plans(session, viewer)).decode()}, **firm)


def _is_kept(viewer: Viewer, zone: Any) -> str:
    return "每家企业都有全厂区域，不能删除。" if zone.is_whole else ""


def _names(name: str) -> Any:
    return lambda zone: "、".join(one.name for one in getattr(zone, name))


ZONES = Resource(
    key="risk_zone",
    model=RiskZone,
    path="/risk-map/zones",
    title="风险区域",
    permission="risk_map.view",
    module="双重预防",
    group="四色图设置",
    icon="bounding-box",
    sort="enterprise_id",
    placeholder="区域、企业、责任人",
    columns=(
        Column("name", width=220),
        Column("enterprise_id", label="企业", width=150, show=lambda zone: zone.enterprise.short_name, hint=lambda zone: zone.enterprise.name),
        Column("colour", label="当前等级", width=110, look="tag", figures=_colours, is_sortable=False),
        Column("contents", label="包含", show=lambda zone: "其余全部" if zone.is_whole else "、".join(filter(None, (zone.risk_object.name if zone.risk_object else "", *(_names(name)(zone) for name in LINKED)))), is_sortable=False),
        Column("person", width=100),
        Column("phone", width=130, is_sortable=False),
    ),
    filters=(Filter("enterprise_id"), Filter("is_whole")),
    subtitle=lambda zone: (zone.enterprise.name, "全厂" if zone.is_whole else ""),
    facts={
        "区域": (
            Fact("enterprise_id", show=lambda zone: zone.enterprise.name),
            Fact("map", "四色图", lambda zone: dcc.Link("在四色图中查看", href=map_address(zone))),
            "person",
            "phone",
            "remark",
        ),
        "包含": (
            Fact("object_id", "所依对象", lambda zone: zone.risk_object.name if zone.risk_object else ""),
            *(Fact(name, words, _names(name)) for name, words in LINKED.items()),
        ),
    },
    form={
        "区域": ("enterprise_id", "name", "person", "phone", FormField("remark", is_long=True)),
        "范围": ("outline",),
        "包含": (
            FormField("objects", help="其事件、措施、巡检和隐患算入本区域"),
            FormField("units", help="只有这个单元的事件、措施、巡检和隐患算入本区域，先于其所属对象"),
            FormField("installations", help="其监测点的报警算入本区域"),
            FormField("tanks", help="其监测点的报警算入本区域"),
        ),
    },
    group_tops={"范围": _plans},
    edit_permission="risk_map.zone",
    can_add=True,
    prepare=_prepare,
    after_save=_after_save,
    delete_permission="risk_map.zone",
    can_delete=_is_kept,
    before_delete=lambda session, viewer, zone: notify(session, ASK_CHANNEL),
    empty_title="还没有风险区域",
    empty_text="企业录入后自动有一个全厂区域；画出范围的风险分析对象自动成为区域。",
)
