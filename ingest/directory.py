"""What ingest knows of the park: points, gateways, terminals and areas, read from the database and renewed when they change."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from data.alarms import Source
from data.db import read_session, session
from data.models import Enterprise, Gateway, Geofence, Point, Terminal
from data.rules.limits import Limits
from data.suspensions import suspended_until

log = logging.getLogger(__name__)

PENDING_LIMIT = 1000  # terminals waiting for approval; a stranger must not fill the table


@dataclass(frozen=True)
class PointInfo:
    """A point as ingest uses it; ``label`` is 液位, 温度 …; a point of a tank under repair does not alarm."""

    id: int
    code: str
    enterprise_code: str
    gateway_id: int | None
    range_low: float
    range_high: float
    scale: float
    offset: float
    period_s: int
    limits: Limits
    alarms: bool
    source: Source
    suspended_until: float = 0.0  # seconds since 1970 UTC


@dataclass(frozen=True)
class TerminalInfo:
    """``state`` is one of ``choices.TERMINAL_STATES``; ``speed_limit_kmh`` None means the park's."""

    id: int
    vehicle_id: int | None
    state: str
    auth_code: str | None
    utc_offset_minutes: int
    coordinate_system: str
    speed_limit_kmh: int | None = None
    source: Source | None = None


class GatewayInfo(NamedTuple):
    id: int
    code: str
    source: Source


class SpeedArea(NamedTuple):
    name: str
    shape: Mapping[str, Any]
    radius_m: float | None
    speed_limit_kmh: int


@dataclass(frozen=True)
class World:
    """One consistent reading of the park."""

    points: dict[str, PointInfo] = field(default_factory=dict)
    points_by_id: dict[int, PointInfo] = field(default_factory=dict)
    gateways: dict[int, GatewayInfo] = field(default_factory=dict)
    terminals: dict[str, TerminalInfo] = field(default_factory=dict)
    terminals_by_id: dict[int, TerminalInfo] = field(default_factory=dict)
    areas: list[SpeedArea] = field(default_factory=list)


class Directory:
    """Look-ups without a database: the world is replaced whole by ``refresh``."""

    def __init__(self) -> None:
        self.world = World()
        self._lock = threading.Lock()

    def refresh(self) -> World:
        """Read everything anew; the world now in force."""
        with self._lock, read_session() as current:
            points = current.scalars(select(Point).where(Point.deleted_at.is_(None))).all()
            gateways = current.scalars(select(Gateway).where(Gateway.deleted_at.is_(None))).all()
            terminals = current.scalars(select(Terminal).where(Terminal.deleted_at.is_(None))).all()
            areas = current.scalars(
                select(Geofence).where(Geofence.deleted_at.is_(None), Geofence.speed_limit_kmh.is_not(None))
            ).all()
            names = dict(current.execute(select(Enterprise.id, Enterprise.code)).all())
            suspended = suspended_until(current, datetime.now(UTC))
            infos = [_point(point, names, suspended.get(point.id)) for point in points]
            known = {terminal.phone: _terminal(terminal) for terminal in terminals}
            self.world = World(
                points={info.code: info for info in infos},
                points_by_id={info.id: info for info in infos},
                gateways={gateway.id: _gateway(gateway) for gateway in gateways},
                terminals=known,
                terminals_by_id={info.id: info for info in known.values()},
                areas=[SpeedArea(area.name, area.shape, area.radius_m, area.speed_limit_kmh or 0) for area in areas],
            )
        return self.world

    def terminal(self, phone: str) -> TerminalInfo | None:
        """The terminal with that number (no leading zeros), or None."""
        return self.world.terminals.get(phone)

    def register(self, phone: str, registration: Mapping[str, Any]) -> TerminalInfo:
        """Keep what a terminal said of itself; an unknown one is entered as 待审核. The terminal as it now stands.

        ``registration`` may have protocol, maker, model, device_id, plate and peer. An approved terminal without an
        authentication code is given one. Raises OverflowError when too many wait for approval.
        """
        said: dict[str, Any] = {
            name: str(registration[name])[:40] for name in ("maker", "model", "device_id") if registration.get(name)
        }
        said |= {
            "protocol": str(registration.get("protocol") or "")[:10] or None,
            "last_peer": str(registration.get("peer") or "")[:60] or None,
        }
        said |= {"reported_plate": str(registration.get("plate") or "")[:20] or None, "last_seen_at": datetime.now(UTC)}
        try:
            with session() as current:
                record = current.scalar(
                    select(Terminal).where(Terminal.phone == phone[:40]).with_for_update(of=Terminal)
                )
                if record is None:
                    waiting = (
                        current.scalar(select(func.count()).select_from(Terminal).where(Terminal.state == "pending"))
                        or 0
                    )
                    if waiting >= PENDING_LIMIT:
                        raise OverflowError(f"{waiting} terminals wait for approval already")
                    record = Terminal(phone=phone[:40], state="pending")
                    current.add(record)
                for name, value in said.items():
                    setattr(record, name, value)
                if record.state == "approved" and not record.auth_code:
                    record.auth_code = secrets.token_hex(8)
        except IntegrityError:
            log.info("terminal %s was entered by another gateway at the same time", phone)
        info = self.refresh().terminals.get(phone[:40])
        if info is None:
            raise OverflowError("the terminal could not be entered")
        return info


def _point(point: Point, enterprise_codes: Mapping[int, str], suspended: datetime | None) -> PointInfo:
    tank = point.tank
    place = f"{point.enterprise.short_name} · {point.installation.name}"
    source = Source(
        "point",
        point.id,
        point.code,
        point.name,
        place,
        point.enterprise_id,
        point.tank_id,
        point.unit,
        point.decimals,
        point.lon or (tank.lon if tank else None),
        point.lat or (tank.lat if tank else None),
        point.is_simulated,
    )
    limits = Limits(point.low_low, point.low, point.high, point.high_high, point.dead_band, point.min_duration_s)
    return PointInfo(
        id=point.id,
        code=point.code,
        enterprise_code=enterprise_codes[point.enterprise_id],
        gateway_id=point.gateway_id,
        range_low=point.range_low,
        range_high=point.range_high,
        scale=point.scale,
        offset=point.offset,
        period_s=point.period_s,
        limits=limits,
        alarms=tank is None or tank.state == "in_service",
        source=source,
        suspended_until=suspended.timestamp() if suspended else 0.0,
    )


def _gateway(gateway: Gateway) -> GatewayInfo:
    place = gateway.enterprise.short_name
    return GatewayInfo(
        gateway.id,
        gateway.code,
        Source("gateway", gateway.id, gateway.code, gateway.name, place, gateway.enterprise_id),
    )


def _terminal(terminal: Terminal) -> TerminalInfo:
    vehicle = terminal.vehicle
    source = None if vehicle is None else Source(
        "vehicle",
        vehicle.id,
        vehicle.plate,
        vehicle.plate,
        vehicle.carrier.short_name,
        vehicle.carrier_id,
        unit="km/h",
        decimals=0,
        is_simulated=vehicle.is_simulated,
    )
    return TerminalInfo(
        id=terminal.id,
        vehicle_id=terminal.vehicle_id,
        state=terminal.state,
        auth_code=terminal.auth_code,
        utc_offset_minutes=terminal.utc_offset_minutes,
        coordinate_system=terminal.coordinate_system,
        speed_limit_kmh=vehicle.speed_limit_kmh if vehicle else None,
        source=source,
    )
