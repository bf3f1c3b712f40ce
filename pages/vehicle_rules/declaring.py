"""What areas, routes and key points have in common: for whom and when they hold, how that is entered, shown and checked."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks import tables
from dashboard.blocks.state import empty
from dashboard.blocks.weekdays import days_field, days_words, window_words
from dashboard.resource_parts import Column, Fact, FormField, Panel
from data.choices import word
from data.choices.vehicles import AUDIENCES
from data.errors import Invalid
from data.models import Enterprise, Vehicle
from data.query import visible
from data.rules.schedule import window_faults
from data.validity import NOT_SAVED
from data.viewer import Viewer

VIEW, EDIT = "vehicle.view", "geofence.edit"
MODULE, GROUP = "危化品车辆", "围栏与线路"


def when(rule: Any) -> str:
    """When the rule holds: 工作日 22:00–次日 06:00，自 2026-11-01."""
    span = [f"自 {rule.valid_from.isoformat()}"] if rule.valid_from else []
    span += [f"至 {rule.valid_to.isoformat()}"] if rule.valid_to else []
    return "，".join([f"{days_words(rule.days)} {window_words(rule.begins_at, rule.ends_at)}", *span])


def whom(rule: Any) -> str:
    """For whom the rule is, in numbers: 指定车辆 4 辆. Which ones depends on who asks: ``audience_panel``."""
    if rule.audience == "all":
        return word(AUDIENCES, "all")
    count = f"{len(rule.carriers)} 家" if rule.audience == "carriers" else f"{len(rule.vehicles)} 辆"
    return f"{word(AUDIENCES, rule.audience)} {count}"


def audience_panel(session: Session, viewer: Viewer, rule: Any) -> Component:
    """The vehicles or carriers for which the rule is, as far as the viewer sees them."""
    if rule.audience == "all":
        return empty("全部车辆", "这条规则适用于园区的全部危化品车辆。")
    model, mine = (Enterprise, rule.carriers) if rule.audience == "carriers" else (Vehicle, rule.vehicles)
    seen = list(session.scalars(visible(model, viewer).where(model.id.in_([one.id for one in mine])).order_by(model.id)).unique())
    columns = (
        (tables.Column("运输企业", lambda one: one.name),)
        if model is Enterprise
        else (tables.Column("车牌号", lambda one: one.plate, width="140px"), tables.Column("运输企业", lambda one: one.carrier.short_name))
    )
    hidden = len(mine) - len(seen)
    note = html.P(f"另有 {hidden} 个不在您的数据范围内。", className="cap") if hidden else None
    return html.Div([tables.table(columns, seen), note])


def audience_count(session: Session, viewer: Viewer, rule: Any) -> int:
    """How many the panel is about."""
    return {"carriers": len(rule.carriers), "vehicles": len(rule.vehicles)}.get(rule.audience, 0)


FOR_WHOM = Panel("audience", "适用车辆", audience_panel, audience_count)


HOLDS = {
    "适用车辆": (
        "audience",
        FormField("carriers", "运输企业", help="适用车辆选“指定运输企业”时填写"),
        FormField("vehicles", "车辆", help="适用车辆选“指定车辆”时填写"),
    ),
    "生效时间": (days_field("days"), "begins_at", "ends_at", "valid_from", "valid_to", "remark"),
}
HOLDS_FACTS = (Fact("audience", "适用车辆", whom), Fact("days", "生效时间", when), "remark")
HOLDS_COLUMNS = (
    Column("audience", label="适用车辆", width=190, show=whom, hint=whom, is_sortable=False),
    Column("days", label="生效时间", width=190, show=when, hint=when, is_sortable=False),
)


def window_mistakes(record: Any, values: dict[str, Any]) -> dict[str, str]:
    """What does not fit together of the times as they would stand after the edit."""
    begins, ends, first, last = (values.get(name, getattr(record, name, None)) for name in ("begins_at", "ends_at", "valid_from", "valid_to"))
    return window_faults(begins, ends, first, last)


def check_audience(session: Session, rule: Any) -> None:
    """Refuse a rule that is for nobody."""
    if rule.audience == "carriers" and not rule.carriers:
        raise Invalid(NOT_SAVED, {"carriers": "请至少选择一家运输企业。"})
    if rule.audience == "vehicles" and not rule.vehicles:
        raise Invalid(NOT_SAVED, {"vehicles": "请至少选择一辆车。"})
