"""Letting vehicle terminals in and shutting them out. Ingest learns of it at once by NOTIFY."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.choices import Choice
from data.db import notify
from data.errors import Conflict
from data.models import Terminal, Vehicle
from data.query import get, visible
from data.save import update
from data.viewer import Viewer

CONFIG_CHANNEL = "config"  # ingest.directory reads everything anew when it hears this


def free_vehicles(session: Session, viewer: Viewer) -> list[Choice]:
    """The vehicles without a terminal, as choices: id and plate with carrier."""
    taken = select(Terminal.vehicle_id).where(Terminal.vehicle_id.is_not(None), Terminal.deleted_at.is_(None))
    rows = session.scalars(visible(Vehicle, viewer).where(Vehicle.id.not_in(taken)).order_by(Vehicle.plate))
    return [Choice(str(row.id), f"{row.plate}（{row.carrier.short_name}）") for row in rows]


def approve(session: Session, viewer: Viewer, terminal: Terminal, vehicle_id: int | None) -> Terminal:
    """Let the terminal in, bound to the vehicle (None: to the one it already has). Conflict when another terminal has that one."""
    viewer.require("terminal.approve")
    wanted = vehicle_id or terminal.vehicle_id
    if wanted is None:
        raise Conflict("请先选择车辆。")
    vehicle = get(session, Vehicle, wanted, viewer)
    other = session.scalar(select(Terminal).where(Terminal.vehicle_id == vehicle.id, Terminal.id != terminal.id, Terminal.deleted_at.is_(None)))
    if other is not None:
        raise Conflict(f"车辆 {vehicle.plate} 已绑定终端 {other.phone}，请先停用那个终端并解除绑定。")
    values = {"state": "approved", "vehicle_id": vehicle.id, "approved_at": datetime.now(UTC)}
    update(session, terminal, viewer, values, verb="approve")
    notify(session, CONFIG_CHANNEL)
    return terminal


def disable(session: Session, viewer: Viewer, terminal: Terminal, reason: str) -> Terminal:
    """Shut the terminal out: it is refused from now on, its history stays. Its vehicle is free for another terminal."""
    viewer.require("terminal.approve")
    update(session, terminal, viewer, {"state": "disabled", "vehicle_id": None}, reason=reason)
    notify(session, CONFIG_CHANNEL)
    return terminal
