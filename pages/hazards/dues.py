"""到期事项: what of installations and plans runs out or falls due, computed at every look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import panel, tag
from dashboard.blocks.state import empty
from dashboard.blocks.tables import Column, Condition, search_row, table
from dashboard.site import HOME, Page, address
from data.calendar import park_day
from data.choices import Choice
from data.choices.risks import HAZARD_DUES
from data.db import read_session
from data.hazard_dues import Due, dues
from data.hazards import OWN, VIEW
from data.rules.plan_cycles import NEAR_DAYS
from data.viewer import Viewer
from pages.hazards.declaring import GROUP, MODULE, OWN_PATH, PATH, base

AT_HOME = 5
STATES = (Choice("over", "已过期", "danger"), Choice("near", "临期", "warn"))


def href_of(viewer: Viewer, one: Due) -> str:
    """Where the thing is looked after."""
    return address(base(viewer) if one.record == "installation" else f"{base(viewer)}/plans", open=one.record_id)


def layout(viewer: Viewer, kind: str = "", state: str = "") -> Component:
    """Everything near or over, of one kind where the address names it."""
    with read_session() as session:
        found = dues(session, viewer, park_day(datetime.now(UTC)))
    shown = [one for one in found if kind in ("", one.kind) and (state == "" or one.is_over == (state == "over"))]
    conditions = (Condition("kind", "事项", choices=HAZARD_DUES), Condition("state", "状态", choices=STATES))
    over = sum(one.is_over for one in shown)
    body = _table(viewer, shown) if shown else empty("没有临期或过期的事项", f"备案、安全评估、预案评估提前 {NEAR_DAYS['filing']} 天，演练提前 {NEAR_DAYS['drill']} 天列出。")
    return html.Div([search_row(f"{base(viewer)}/due", conditions, {"kind": kind, "state": state}), panel("到期事项", body, note=f"共 {len(shown)} 项，已过期 {over} 项", className="flush")], className="hazard-due")


def _table(viewer: Viewer, rows: Sequence[Due]) -> Component:
    columns = [
        Column("期限", lambda one: tag(one.standing.word, one.standing.tone), width="120px"),
        Column("到期日", lambda one: one.due_on.isoformat(), width="110px"),
        Column("事项", lambda one: one.word, width="110px"),
        Column("对象", lambda one: dcc.Link(one.title, href=href_of(viewer, one))),
        *([] if viewer.is_enterprise else [Column("企业", lambda one: one.enterprise)]),
    ]
    return table(columns, rows)


def due_panel(session: Session, viewer: Viewer, now: datetime, most: int = AT_HOME) -> list[Component]:
    """The most urgent of them for a home; nothing when there is nothing, or the viewer may not see them."""
    if not viewer.may(OWN if viewer.is_enterprise else VIEW):
        return []
    found = dues(session, viewer, park_day(now))
    if not found:
        return []
    lines = [html.Div([tag(one.standing.word, one.standing.tone), dcc.Link(f"{one.word}：{one.title}", href=href_of(viewer, one), className="grow cut"), html.Small(one.enterprise, className="muted nowrap")]) for one in found[:most]]
    over = sum(one.is_over for one in found)
    return [panel("重大危险源到期事项", html.Div(lines, className="rows"), note=f"共 {len(found)} 项，已过期 {over} 项", actions=dcc.Link("全部", href=f"{base(viewer)}/due"), className="flush")]


PAGE = Page(f"{PATH}/due", "到期事项", layout, permission=VIEW, module=MODULE, group=GROUP)
OWN_PAGE = Page(f"{OWN_PATH}/due", "到期事项", layout, permission=OWN, module=HOME, group=GROUP, side="enterprise")
