"""The enterprises' gateways: their broker users, their topics, whether they are on line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.errors import Conflict, NotFound
from data.models import Enterprise, Gateway, GatewayState, LatestReading, Point, UnknownPoint
from data.rules.topics import filter_fault, overlap
from data.save import create, update
from data.servers.broker import new_password
from data.settings import Settings
from data.viewer import Viewer


@dataclass(frozen=True)
class GatewayAccess:
    """What the installer of a gateway needs; the password is not kept anywhere and cannot be shown again."""

    username: str
    password: str
    topic: str


def grant_access(
    session: Session, settings: Settings, enterprise_code: str, code: str, viewer: Viewer
) -> GatewayAccess:
    """A broker user with a new password for gateway ``code`` of the enterprise, the gateway made when it is not there.

    An empty ``code`` makes the next gateway of the enterprise. The broker learns of it by ``broker.refresh`` after the
    commit. NotFound for an unknown enterprise, Conflict for a gateway of another one.
    """
    enterprise = session.scalar(
        select(Enterprise).where(Enterprise.code == enterprise_code, Enterprise.deleted_at.is_(None))
    )
    if enterprise is None:
        raise NotFound(f"没有编码为“{enterprise_code}”的企业。")
    password, hashed = new_password()
    gateway = _gateway(session, enterprise, code or _next_code(session, enterprise), viewer)
    username = gateway.username or gateway.code
    update(session, gateway, viewer, {"username": username, "password_hash": hashed}, verb="update")
    return GatewayAccess(username, password, gateway.topic or own_topic(settings, gateway, "telemetry"))


def own_topic(settings: Settings, gateway: Gateway, kind: str) -> str:
    """The topic that the park's convention gives the gateway; ``kind`` is telemetry or status."""
    return f"{_own_prefix(settings, gateway.enterprise.code, gateway.code)}{kind}"


def gateway_faults(session: Session, settings: Settings, gateway: Gateway | None, values: Mapping[str, Any]) -> dict[str, str]:
    """Field → message for what cannot be of a gateway (None: a new one) as it would stand with ``values``.

    No topic may reach that of another gateway: nobody could tell who sent a message, and one enterprise's gateway could
    write another's measurements.
    """
    after = {name: values.get(name, getattr(gateway, name, None)) for name in ("enterprise_id", "code", "topic", "status_topic", "shape")}
    faults: dict[str, str] = {}
    if any(sign in (after["code"] or "") for sign in "*>./+# \t"):
        faults["code"] = "编码用作 MQTT 主题的一级，不能有空格和 * > . / + # 等字符。"
    number = gateway.id if gateway is not None else 0
    moved = gateway is not None and after["enterprise_id"] != gateway.enterprise_id
    if moved and session.scalar(select(func.count()).select_from(Point).where(Point.gateway_id == number, Point.deleted_at.is_(None))):
        faults["enterprise_id"] = "网关下已有测点，不能改到另一家企业。"
    firm = session.get(Enterprise, after["enterprise_id"]) if after["enterprise_id"] else None
    own = _own_prefix(settings, firm.code if firm else "", after["code"] or "")
    others = session.scalars(select(Gateway).where(Gateway.deleted_at.is_(None), Gateway.id != number)).all()
    for name in ("topic", "status_topic"):
        fault = _topic_fault(after[name] or "", own, others, dots=bool(settings.mqtt_url))
        if fault:
            faults[name] = fault
    if "status_topic" not in faults and after["topic"] and after["status_topic"] and overlap(after["topic"], after["status_topic"]):
        faults["status_topic"] = "状态主题与数据主题重叠。"
    return faults


def _topic_fault(pattern: str, own: str, others: Sequence[Gateway], *, dots: bool) -> str:
    if not pattern:
        return ""
    fault = filter_fault(pattern, own, dots=dots)
    met = next((one for one in others for topic in (one.topic, one.status_topic) if topic and overlap(pattern, topic)), None)
    return fault or (f"与网关 {met.code}（{met.enterprise.short_name}）的主题重叠，无法分辨报文由谁发出。" if met else "")


class Presence(NamedTuple):
    """What is known of a gateway: what it says of itself and since when, its newest value, its points and unknown keys."""

    is_online: bool | None
    since: datetime | None
    heard_at: datetime | None
    points: int
    unknown: int


def presences(session: Session, gateways: Sequence[Gateway]) -> dict[int, Presence]:
    """For each of the gateways, by id."""
    ids = [one.id for one in gateways]
    states = {row.gateway_id: row for row in session.scalars(select(GatewayState).where(GatewayState.gateway_id.in_(ids)))}
    points = (
        select(Point.gateway_id, func.count(), func.max(LatestReading.received_at))
        .outerjoin(LatestReading, LatestReading.point_id == Point.id)
        .where(Point.gateway_id.in_(ids), Point.deleted_at.is_(None))
        .group_by(Point.gateway_id)
    )
    measured = {key: (count, heard) for key, count, heard in session.execute(points)}
    keys = select(UnknownPoint.gateway_id, func.count()).where(UnknownPoint.gateway_id.in_(ids), UnknownPoint.is_ignored.is_(False))
    unknown = dict(session.execute(keys.group_by(UnknownPoint.gateway_id)).all())
    found = {}
    for key in ids:
        state, (count, heard) = states.get(key), measured.get(key, (0, None))
        found[key] = Presence(state.is_online if state else None, state.since if state else None, heard, count, unknown.get(key, 0))
    return found


def _own_prefix(settings: Settings, enterprise_code: str, code: str) -> str:
    return f"park/{settings.park_code}/{enterprise_code}/{code}/"


def _gateway(session: Session, enterprise: Enterprise, code: str, viewer: Viewer) -> Gateway:
    found = session.scalar(select(Gateway).where(Gateway.code == code))
    if found is None:
        return create(
            session,
            Gateway,
            viewer,
            {"enterprise_id": enterprise.id, "code": code, "name": f"{enterprise.short_name}采集网关"},
        )
    if found.enterprise_id != enterprise.id or found.deleted_at is not None:
        raise Conflict(f"网关编码“{code}”已被使用。")
    return found


def _next_code(session: Session, enterprise: Enterprise) -> str:
    number = session.scalar(select(func.count()).where(Gateway.enterprise_id == enterprise.id)) or 0
    while True:
        number += 1
        code = f"{enterprise.code}-g{number}"
        if session.scalar(select(Gateway.id).where(Gateway.code == code)) is None:
            return code
