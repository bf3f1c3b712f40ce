"""What ingest knows of the park: points, gateways, terminals and areas, read from the database and renewed when they change."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, lazyload

from data.alarms import Source
from data.db import notify, read_session, session
from data.models import Enterprise, Gateway, Installation, Point, Tank, Terminal, Vehicle
from data.rules.limits import Limits
from data.rules.motion import UNWATCHED, Motion
from data.rules.ruled_places import Rules
from data.rules.schedule import ALWAYS, Schedule, schedule
from data.rules.shares import share_of
from data.rules.topics import covers
from data.settings import current_settings
from data.suspensions import suspended_until
from data.terminals import CONFIG_CHANNEL
from data.vehicle_rules import rules_in_force, vehicle_source

log = logging.getLogger(__name__)

T = TypeVar("T")
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
    key: str = ""  # under which its gateway reports it; empty: its code
    motion: Motion = UNWATCHED
    hours: Schedule = ALWAYS  # when it may alarm


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
    carrier_id: int | None = None


class GatewayInfo(NamedTuple):
    """``shape`` is one of ``choices.GATEWAY_SHAPES``; empty topics are those below park/<park>/<enterprise>/<gateway>/.
    ``keys`` are its points by the key under which it reports them."""

    id: int
    code: str
    source: Source
    enterprise_code: str = ""
    enterprise_id: int = 0
    shape: str = "own"
    topic: str = ""
    status_topic: str = ""
    keys: Mapping[str, PointInfo] = {}


class Routes:
    """Which gateway speaks on a topic. A topic that belongs to two belongs to none of them: nobody could tell who sent it."""

    REMEMBERED = 20_000  # topics; below a filter with a wildcard a stranger may make any number

    def __init__(self, gateways: Iterable[GatewayInfo]) -> None:
        known = list(gateways)
        self._own = {(one.enterprise_code, one.code): one for one in known}
        self._telemetry = [(one.topic, one) for one in known if one.topic]
        self._status = [(one.status_topic, one) for one in known if one.status_topic]
        self._found: dict[str, tuple[GatewayInfo | None, bool]] = {}

    @property
    def filters(self) -> set[str]:
        """The topic filters beyond those that the park's convention covers."""
        return {pattern for pattern, _ in (*self._telemetry, *self._status)}

    def filters_of(self, share: int) -> set[str]:
        """Those of the gateways whose enterprise belongs to this share."""
        return {pattern for pattern, one in (*self._telemetry, *self._status) if share_of(one.enterprise_code) == share}

    def sender(self, topic: str) -> tuple[GatewayInfo | None, bool]:
        """(gateway or None, whether it is the topic of its status)."""
        found = self._found.get(topic)
        if found is None:
            if len(self._found) >= self.REMEMBERED:
                self._found.clear()
            found = self._found[topic] = self._search(topic)
        return found

    def _search(self, topic: str) -> tuple[GatewayInfo | None, bool]:
        for patterns, is_status in ((self._status, True), (self._telemetry, False)):
            senders = {one.id: one for pattern, one in patterns if covers(pattern, topic)}
            if senders:
                return (next(iter(senders.values())) if len(senders) == 1 else None), is_status
        parts = topic.split("/")
        if len(parts) == 5 and parts[0] == "park":
            return self._own.get((parts[2], parts[3])), parts[4] == "status"
        return None, False


@dataclass(frozen=True)
class World:
    """One consistent reading of the park."""

    points: dict[str, PointInfo] = field(default_factory=dict)
    points_by_id: dict[int, PointInfo] = field(default_factory=dict)
    gateways: dict[int, GatewayInfo] = field(default_factory=dict)
    terminals: dict[str, TerminalInfo] = field(default_factory=dict)
    terminals_by_id: dict[int, TerminalInfo] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    routes: Routes = field(default_factory=lambda: Routes([]))
    enterprises: frozenset[str] = frozenset()  # their codes


class Directory:
    """Look-ups without a database: the world is replaced whole by ``refresh``."""

    def __init__(self) -> None:
        self.world = World()
        self._lock = threading.Lock()
        self._listeners: list[Callable[[World], None]] = []

    def on_change(self, call: Callable[[World], None]) -> None:
        """Register what to call with each new world, in the thread that read it. It must not raise."""
        self._listeners.append(call)

    def refresh(self) -> World:
        """Read everything anew; the world now in force."""
        with self._lock, read_session() as current:
            # Each of what the others refer to is read once; joined, an enterprise with its outline would come with every point and truck.
            enterprises, others = _all(current, Enterprise), (_all(current, Installation), _all(current, Tank), _all(current, Vehicle))
            points = [one for one in _all(current, Point) if one.deleted_at is None]
            gateways = [one for one in _all(current, Gateway) if one.deleted_at is None]
            terminals = [one for one in _all(current, Terminal) if one.deleted_at is None]
            rules = rules_in_force(current, current_settings())
            names = {one.id: one.code for one in enterprises}
            suspended = suspended_until(current, datetime.now(UTC))
            infos = [_point(point, names, suspended.get(point.id)) for point in points]
            known = {terminal.phone: _terminal(terminal) for terminal in terminals}
            talkers = {gateway.id: _gateway(gateway, infos) for gateway in gateways}
            self.world = World(
                points={info.code: info for info in infos},
                points_by_id={info.id: info for info in infos},
                gateways=talkers,
                routes=Routes(talkers.values()),
                terminals=known,
                terminals_by_id={info.id: info for info in known.values()},
                rules=rules,
                enterprises=frozenset(names.values()),
            )
            del others  # the session forgets what nobody holds
        for call in self._listeners:
            call(self.world)
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
                    notify(current, CONFIG_CHANNEL)  # it may call another ingest role next
        except IntegrityError:
            log.info("terminal %s was entered by another gateway at the same time", phone)
        info = self.refresh().terminals.get(phone[:40])
        if info is None:
            raise OverflowError("the terminal could not be entered")
        return info


def _all(current: Session, model: type[T]) -> Sequence[T]:
    return current.scalars(select(model).options(lazyload("*"))).all()


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
        key=point.key_path or "",
        motion=Motion(point.rate_limit or 0.0, (point.flat_minutes or 0) * 60.0),
        hours=schedule(point.alarm_days, point.alarm_begins_at, point.alarm_ends_at, None, None),
    )


def _gateway(gateway: Gateway, points: Iterable[PointInfo]) -> GatewayInfo:
    place, firm = gateway.enterprise.short_name, gateway.enterprise.code
    own = (point for point in points if point.gateway_id == gateway.id and point.enterprise_code == firm)
    return GatewayInfo(
        gateway.id,
        gateway.code,
        Source("gateway", gateway.id, gateway.code, gateway.name, place, gateway.enterprise_id),
        firm,
        gateway.enterprise_id,
        gateway.shape,
        gateway.topic or "",
        gateway.status_topic or "",
        {point.key or point.code: point for point in own},
    )


def _terminal(terminal: Terminal) -> TerminalInfo:
    vehicle = terminal.vehicle
    return TerminalInfo(
        id=terminal.id,
        vehicle_id=terminal.vehicle_id,
        state=terminal.state,
        auth_code=terminal.auth_code,
        utc_offset_minutes=terminal.utc_offset_minutes,
        coordinate_system=terminal.coordinate_system,
        speed_limit_kmh=vehicle.speed_limit_kmh if vehicle else None,
        source=vehicle_source(vehicle) if vehicle else None,
        carrier_id=vehicle.carrier_id if vehicle else None,
    )
