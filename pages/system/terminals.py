"""车载终端: those that wait for approval, those that are in, those that were shut out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Filter, FormField
from data import terminals
from data.choices import Choice, word
from data.choices.vehicles import TERMINAL_STATES
from data.models import Terminal
from data.viewer import Viewer


def _approve(session: Session, viewer: Viewer, terminal: Terminal, values: Mapping[str, Any]) -> str:
    chosen = values.get("vehicle_id")
    terminals.approve(session, viewer, terminal, int(chosen) if chosen else None)
    return f"终端 {terminal.phone} 已接入，下次鉴权即可上报。"


def _disable(session: Session, viewer: Viewer, terminal: Terminal, values: Mapping[str, Any]) -> str:
    terminals.disable(session, viewer, terminal, values["reason"])
    return f"终端 {terminal.phone} 已停用。"


def _state(terminal: Terminal) -> Choice | str:
    return next((one for one in TERMINAL_STATES if one.code == terminal.state), terminal.state)


def _vehicle(terminal: Terminal) -> str:
    return terminal.vehicle.plate if terminal.vehicle else "未绑定"


def _ask(terminal: Terminal) -> str:
    said = f"终端自报车牌 {terminal.reported_plate}，请核对后绑定。" if terminal.reported_plate else "请选择终端所在的车辆。"
    return f"{said}通过后，其位置记在该车辆名下。"


TERMINALS = Resource(
    key="terminal",
    model=Terminal,
    path="/system/terminals",
    title="车载终端",
    permission="ingest.view",
    module="系统管理",
    group="数据接入",
    sort="-last_seen_at",
    placeholder="终端号、上报车牌",
    columns=(
        Column("phone", width=180),
        Column("state", look="tag", width=110, show=_state),
        Column("vehicle.plate", label="绑定车辆", width=130, show=_vehicle),
        Column("reported_plate", width=120),
        Column("protocol", width=110),
        Column("maker", width=110),
        Column("model"),
        Column("last_peer", width=190, is_sortable=False, is_on_card=False),
        Column("last_seen_at", look="muted", width=130),
    ),
    filters=(Filter("state"),),
    heading=lambda terminal: f"终端 {terminal.phone}",
    tags=("state",),
    subtitle=lambda terminal: (_vehicle(terminal), terminal.maker or "", terminal.model or ""),
    facts={
        "终端": ("phone", Fact("state"), "reported_plate", "protocol", "maker", "model", "device_id", "utc_offset_minutes", "coordinate_system"),
        "接入": (Fact("vehicle.plate", "绑定车辆", _vehicle), "approved_at", "last_peer", "last_seen_at"),
    },
    actions=(
        Action(
            "approve",
            "审核通过",
            "terminal.approve",
            _approve,
            _ask,
            fields=(FormField("vehicle_id", "绑定车辆", options=terminals.free_vehicles, is_required=True),),
            when=lambda terminal: terminal.state != "approved",
            is_in_row=True,
        ),
        Action(
            "disable",
            "停用",
            "terminal.approve",
            _disable,
            lambda terminal: f"停用后该终端的上报被拒收，{_vehicle(terminal)} 可绑定其他终端。历史轨迹保留。",
            icon="slash-circle",
            is_dangerous=True,
            fields=(FormField("reason", "停用原因", is_required=True),),
            when=lambda terminal: terminal.state != "disabled",
        ),
    ),
    empty_title="还没有终端",
    empty_text=f"终端第一次注册后出现在这里，状态为“{word(TERMINAL_STATES, 'pending')}”，审核并绑定车辆后其数据才会入库。",
)
