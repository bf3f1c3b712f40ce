"""行驶线路: roads that vehicles keep to, with sections that have a width, a limit of speed and limits of time."""

from __future__ import annotations

from dash.development.base_component import Component
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.blocks import tables
from dashboard.blocks.place import drawn_shape
from dashboard.blocks.state import empty
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Filter, FormField, Panel, Parts
from data.errors import Invalid
from data.models import RouteSection, VehicleRoute
from data.validity import NOT_SAVED
from data.vehicle_rules import section_faults
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

SECTION_FIELDS = ("name", "first_corner", "last_corner", "width_m", "speed_limit_kmh", "longest_min", "shortest_min")


def sections_of(session: Session, route: VehicleRoute) -> list[RouteSection]:
    """The sections of a route in the order in which its form shows them."""
    mine = RouteSection.route_id == route.id, RouteSection.deleted_at.is_(None)
    return list(session.scalars(select(RouteSection).where(*mine).order_by(RouteSection.id)))


def _after_save(session: Session, route: VehicleRoute) -> None:
    check_audience(session, route)
    parts = sections_of(session, route)
    faults = section_faults(route.shape, [(one.first_corner, one.last_corner) for one in parts])
    faults |= {f"{n}.shortest_min": f"应小于最长 {one.longest_min:g} 分钟。" for n, one in enumerate(parts) if one.longest_min and (one.shortest_min or 0) >= one.longest_min}
    if faults:
        raise Invalid(NOT_SAVED, {f"sections.{name}": text for name, text in faults.items()})


def _limits(part: RouteSection) -> str:
    said = [f"限速 {part.speed_limit_kmh} km/h"] if part.speed_limit_kmh else []
    said += [f"最长 {part.longest_min:g} 分钟"] if part.longest_min else []
    said += [f"最短 {part.shortest_min:g} 分钟"] if part.shortest_min else []
    return "、".join(said)


def sections_panel(session: Session, viewer: Viewer, route: VehicleRoute) -> Component:
    """The sections of the route, in their order along it."""
    parts = sorted(sections_of(session, route), key=lambda one: one.first_corner)
    if not parts:
        return empty("没有路段", "全线按线路的宽度和限速判断。")
    columns = (
        tables.Column("路段", lambda one: one.name),
        tables.Column("拐点", lambda one: f"{one.first_corner} → {one.last_corner}", width="90px"),
        tables.Column("宽度", lambda one: f"{one.width_m or route.width_m} m", is_number=True, width="80px"),
        tables.Column("限制", _limits),
    )
    return tables.table(columns, parts)


ROUTES = Resource(
    key="vehicle_route",
    model=VehicleRoute,
    path="/vehicles/routes",
    title="行驶线路",
    permission=VIEW,
    module=MODULE,
    group=GROUP,
    icon="signpost-split",
    sort="name",
    placeholder="名称",
    columns=(Column("name", width=240), Column("width_m", width=90), Column("speed_limit_kmh", width=90), *HOLDS_COLUMNS),
    filters=(Filter("audience"),),
    above=lambda session, viewer, route: drawn_shape(route.name, route.shape),
    facts={"线路": ("name", "width_m", "speed_limit_kmh"), "适用": HOLDS_FACTS},
    panels=(Panel("sections", "路段", sections_panel, lambda session, viewer, route: len(sections_of(session, route))), FOR_WHOM),
    form={"线路": ("name", "width_m", "speed_limit_kmh", FormField("shape")), **HOLDS},
    parts=(Parts("sections", RouteSection, SECTION_FIELDS, "起点、终点为线路上拐点的序号；宽度不填按线路宽度", most=50),),
    edit_permission=EDIT,
    can_add=True,
    check=window_mistakes,
    after_save=_after_save,
    delete_permission=EDIT,
    save_note="保存后立即按新的规则判断此后到达的位置，并记入变更记录。",
    empty_title="还没有行驶线路",
    empty_text="沿道路画出线路并指定车辆；车辆上线路后偏出宽度之外，即报偏离路线。",
)
