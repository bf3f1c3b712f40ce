"""Asking something of a vehicle's terminal, and taking it back. Ingest carries it out: ``ingest.commands``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload, lazyload

from data.choices import Choice
from data.command_kinds import kind_named
from data.db import notify
from data.errors import Conflict, Invalid, NotFound
from data.models import (
    Attachment,
    Enterprise,
    Geofence,
    RouteSection,
    Terminal,
    Vehicle,
    VehicleCommand,
    VehicleMedia,
    VehicleRoute,
)
from data.query import get, visible
from data.rules.ground import is_upright
from data.save import create, update
from data.settings import current_settings
from data.validity import NOT_SAVED
from data.viewer import Viewer

CHANNEL = "vehicle_command"  # wakes the gateways
LIVE_CHANNEL = "live_commands"  # wakes the browsers
MOST_CORNERS = 100
MOST_WAITING = 20  # of one vehicle
OPEN = ("waiting", "sent")
CONFIRMED = {"sos": "0", "danger_warning": "3", "area": "20", "route": "21"}  # conditions of alarms, and their bits of 0x8203


def ask(session: Session, viewer: Viewer, vehicle_id: int, kind: str, texts: Mapping[str, Any], now: datetime | None = None) -> VehicleCommand:
    """The new command of that kind. Invalid names fields; Conflict says why the vehicle cannot be asked now."""
    viewer.require("vehicle.command")
    vehicle = get(session, Vehicle, vehicle_id, viewer)
    asked = kind_named(kind)
    values = asked.read(texts)
    if asked.code == "control" and _plain(values.pop("plate")) != _plain(vehicle.plate):
        raise Invalid(NOT_SAVED, {"plate": "与这辆车的车牌号不一致，没有发送。"})
    terminal = session.scalar(select(Terminal).options(lazyload("*")).where(Terminal.vehicle_id == vehicle.id, Terminal.deleted_at.is_(None)))
    if terminal is None:
        raise NotFound(f"{vehicle.plate}没有绑定车载终端，不能下发指令。")
    if terminal.state != "approved":
        raise Conflict(f"{vehicle.plate}的终端 {terminal.phone} 尚未通过审核，不能下发指令。")
    waiting = session.scalar(select(func.count()).select_from(VehicleCommand).where(VehicleCommand.vehicle_id == vehicle.id, VehicleCommand.state == "waiting"))
    if (waiting or 0) >= MOST_WAITING:
        raise Conflict(f"{vehicle.plate}已有 {waiting} 条指令等待发送，请先撤销不需要的。")
    if "area_id" in values:
        values = _with_area(session, viewer, terminal, values)
    if "route_id" in values:
        values = _with_route(session, viewer, terminal, values)
    if asked.code == "video":
        values |= {"server": _media_server()}
    at = now or datetime.now(UTC)
    row = {
        "vehicle_id": vehicle.id,
        "terminal_id": terminal.id,
        "enterprise_id": vehicle.carrier_id,
        "kind": asked.code,
        "values": values,
        "text": asked.says(values),
        "asked_by": viewer.name,
        "expires_at": at + timedelta(minutes=asked.keep_minutes),
    }
    command = create(session, VehicleCommand, viewer, row, verb="command")
    _tell(session)
    return command


def _media_server() -> str:
    """host:port to which a terminal shall send; Conflict when the park has none."""
    server = current_settings().media_server
    if not server:
        raise Conflict("没有配置流媒体服务器（PARK_MEDIA_SERVER），不能请求视频。")
    return server


def areas(session: Session, viewer: Viewer) -> list[Choice]:
    """The areas that a terminal can hold: circles, rectangles and polygons of at most MOST_CORNERS corners."""
    rows = session.scalars(visible(Geofence, viewer).order_by(Geofence.name))
    return [Choice(str(row.id), row.name) for row in rows if _outline(row) is not None]


def _with_area(session: Session, viewer: Viewer, terminal: Terminal, values: dict[str, Any]) -> dict[str, Any]:
    """The values with the area as it is now: what was sent stays known when the area changes."""
    area = get(session, Geofence, values["area_id"], viewer)
    outline = _outline(area)
    if outline is None:
        raise Invalid(NOT_SAVED, {"area_id": f"只能下发圆形或不超过 {MOST_CORNERS} 个角点的多边形。"})
    _check_degrees(terminal)
    rules = {name: values[name] for name in ("enter", "leave", "limit_kmh") if name in values}
    return {"area_id": area.id, "name": area.name[:50], "rules": rules, **_window(area), **outline}


def _check_degrees(terminal: Terminal) -> None:
    if terminal.coordinate_system != "wgs84":
        raise Conflict(f"终端 {terminal.phone} 不使用 WGS-84 坐标，不能下发区域和线路。")


def _window(rule: Geofence | VehicleRoute) -> dict[str, Any]:
    """The daily window in which the terminal shall judge; nothing for the whole day."""
    return {"window": [rule.begins_at, rule.ends_at]} if rule.begins_at and rule.ends_at else {}


def _outline(area: Geofence) -> dict[str, Any] | None:
    """``{"circle": [lon, lat, m]}``, ``{"rectangle": [west, south, east, north]}`` or ``{"corners": [[lon, lat], …]}``; None for
    any other shape."""
    kind, at = area.shape.get("type"), area.shape.get("coordinates") or []
    if kind == "Point" and area.radius_m:
        return {"circle": [*at[:2], round(area.radius_m)]}
    if kind == "Polygon" and len(at) == 1 and is_upright(at[0]):
        lons, lats = zip(*at[0], strict=True)
        return {"rectangle": [min(lons), min(lats), max(lons), max(lats)]}
    if kind == "Polygon" and len(at) == 1 and len(at[0]) <= MOST_CORNERS + 1:
        return {"corners": [corner[:2] for corner in at[0][:-1]]}
    return None


def routes(session: Session, viewer: Viewer) -> list[Choice]:
    """The routes that a terminal can hold: those of at most MOST_CORNERS corners."""
    rows = session.scalars(visible(VehicleRoute, viewer).order_by(VehicleRoute.name))
    return [Choice(str(row.id), row.name) for row in rows if 2 <= len(_corners(row)) <= MOST_CORNERS]


def _corners(route: VehicleRoute) -> list[list[float]]:
    return route.shape.get("coordinates") or [] if route.shape.get("type") == "LineString" else []


def _with_route(session: Session, viewer: Viewer, terminal: Terminal, values: dict[str, Any]) -> dict[str, Any]:
    """The values with the route as it is now: each corner with what holds on the piece that begins there."""
    route = get(session, VehicleRoute, values["route_id"], viewer)
    corners = _corners(route)
    if not 2 <= len(corners) <= MOST_CORNERS:
        raise Invalid(NOT_SAVED, {"route_id": f"只能下发 2–{MOST_CORNERS} 个拐点的线路。"})
    _check_degrees(terminal)
    parts = session.scalars(select(RouteSection).where(RouteSection.route_id == route.id, RouteSection.deleted_at.is_(None))).all()
    turns = []
    for number, (lon, lat) in enumerate(corners, 1):
        part = next((one for one in parts if one.first_corner <= number < one.last_corner), None)
        limit = (part and part.speed_limit_kmh) or route.speed_limit_kmh
        times = {"longest_s": round((part.longest_min or 0) * 60), "shortest_s": round((part.shortest_min or 0) * 60)} if part else {}
        turns.append({"at": [lon, lat], "section": part.id if part else 0, "width_m": (part and part.width_m) or route.width_m, "limit_kmh": limit, **times})
    rules = {name: values[name] for name in ("enter", "leave") if name in values}
    return {"route_id": route.id, "name": route.name[:50], "rules": rules, "turns": turns, **_window(route)}


def confirm_alarm(session: Session, viewer: Viewer, vehicle_id: int, condition: str, now: datetime | None = None) -> VehicleCommand | None:
    """Tell the terminal that a person has taken note of its alarm: only 0x8203 silences an SOS that keeps repeating.

    Whoever may acknowledge the alarm may do this. None where there is no such message for the condition, no terminal to be
    told, or one that is on its way already.
    """
    bit = CONFIRMED.get(condition)
    vehicle = session.get(Vehicle, vehicle_id)
    if bit is None or vehicle is None:
        return None
    terminal = session.scalar(select(Terminal).options(lazyload("*")).where(Terminal.vehicle_id == vehicle_id, Terminal.deleted_at.is_(None), Terminal.state == "approved"))
    under_way = select(VehicleCommand.id).where(
        VehicleCommand.vehicle_id == vehicle_id, VehicleCommand.kind == "confirm", VehicleCommand.state.in_(OPEN), VehicleCommand.values.contains({"bit": bit})
    )
    if terminal is None or session.scalar(under_way.limit(1)) is not None:
        return None
    kind = kind_named("confirm")
    row = {
        "vehicle_id": vehicle.id,
        "terminal_id": terminal.id,
        "enterprise_id": vehicle.carrier_id,
        "kind": kind.code,
        "values": {"bit": bit},
        "text": f"{kind.says({'bit': bit})}（报警已确认）",
        "asked_by": viewer.name,
        "expires_at": (now or datetime.now(UTC)) + timedelta(minutes=kind.keep_minutes),
    }
    command = create(session, VehicleCommand, viewer, row, verb="command")
    _tell(session)
    return command


def cancel(session: Session, viewer: Viewer, command_id: int) -> VehicleCommand:
    """Take back a command that has not been sent yet; Conflict when it has."""
    viewer.require("vehicle.command")
    command = get(session, VehicleCommand, command_id, viewer)
    # The gateway may be about to take it: whoever has the row's lock was first.
    session.refresh(command, with_for_update={"of": VehicleCommand})
    if command.state != "waiting":
        raise Conflict("这条指令已经发出，不能撤销。" if command.state == "sent" else "这条指令已经结束，不能撤销。")
    update(session, command, viewer, {"state": "cancelled"}, verb="cancel")
    _tell(session)
    return command


def commands_of(session: Session, viewer: Viewer, vehicle_id: int, most: int = 20) -> list[VehicleCommand]:
    """The newest commands of a vehicle."""
    viewer.require("vehicle.view")
    statement = visible(VehicleCommand, viewer).where(VehicleCommand.vehicle_id == vehicle_id)
    return list(session.scalars(statement.order_by(VehicleCommand.id.desc()).limit(most)))


def pictures_of(session: Session, viewer: Viewer, vehicle_id: int, most: int = 24) -> list[tuple[VehicleMedia, Attachment]]:
    """The newest pictures of a vehicle, each with its file."""
    viewer.require("vehicle.view")
    shown = list(session.scalars(visible(VehicleMedia, viewer).where(VehicleMedia.vehicle_id == vehicle_id).order_by(VehicleMedia.taken_at.desc(), VehicleMedia.id.desc()).limit(most)))
    return _with_files(session, shown)


class PictureWish(NamedTuple):
    """Which pictures of all vehicles are wanted: words of a plate or carrier, what caused them, of how many days back."""

    words: str = ""
    event: str = ""
    days: int = 0


class Pictures(NamedTuple):
    found: list[tuple[VehicleMedia, Attachment]]
    total: int
    number: int


def newest_pictures(session: Session, viewer: Viewer, wish: PictureWish, now: datetime, number: int, size: int) -> Pictures:
    """A page of the pictures of all vehicles that the viewer sees, the newest first."""
    viewer.require("vehicle.view")
    wanted = visible(VehicleMedia, viewer).options(lazyload("*")).join(Vehicle, Vehicle.id == VehicleMedia.vehicle_id).join(Enterprise, Enterprise.id == VehicleMedia.enterprise_id)
    for word in wish.words.split()[:5]:
        sought = word.replace("·", "")
        wanted = wanted.where(or_(func.replace(Vehicle.plate, "·", "").icontains(sought, autoescape=True), Enterprise.name.icontains(word, autoescape=True), Enterprise.short_name.icontains(word, autoescape=True)))
    wanted = wanted.where(VehicleMedia.event == wish.event) if wish.event else wanted
    wanted = wanted.where(VehicleMedia.taken_at > now - timedelta(days=wish.days)) if wish.days else wanted
    total = session.scalar(wanted.with_only_columns(func.count())) or 0
    page = min(number, max(1, -(-total // size)))
    rows = session.scalars(wanted.options(joinedload(VehicleMedia.vehicle).lazyload("*"), joinedload(VehicleMedia.enterprise).lazyload("*")).order_by(VehicleMedia.taken_at.desc(), VehicleMedia.id.desc()).offset((page - 1) * size).limit(size)).all()
    return Pictures(_with_files(session, rows), total, page)


def _with_files(session: Session, shown: Sequence[VehicleMedia]) -> list[tuple[VehicleMedia, Attachment]]:
    of_them = select(Attachment).where(Attachment.table_name == VehicleMedia.__tablename__, Attachment.record_id.in_([one.id for one in shown]), Attachment.deleted_at.is_(None))
    files = {one.record_id: one for one in session.scalars(of_them)}
    return [(one, files[one.id]) for one in shown if one.id in files]


def _tell(session: Session) -> None:
    notify(session, CHANNEL)
    notify(session, LIVE_CHANNEL)


def _plain(plate: str) -> str:
    return plate.replace("·", "").replace(" ", "").upper()
