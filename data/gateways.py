"""Broker users of the enterprises' gateways."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.errors import Conflict, NotFound
from data.models import Enterprise, Gateway
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
    topic = f"park/{settings.park_code}/{enterprise.code}/{gateway.code}/telemetry"
    return GatewayAccess(username, password, topic)


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
