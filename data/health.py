"""Signs of life: each role writes one every few seconds, and anybody may ask how the whole is.

A process that only exists is not well: ingest that cannot reach the broker, or jobs that hang, stop or change their sign.
"""

from __future__ import annotations

import logging
import socket
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql import func

from data.db import read_session, session
from data.models import RoleState
from data.settings import current_settings

log = logging.getLogger(__name__)

STARTED_AT = datetime.now(UTC)
BEAT_S = 5.0
LATE_S = 20.0  # four beats: one slow commit is no alarm
WATCHED = ("ingest", "jobs")

OK, DOWN, UNKNOWN = "ok", "down", "unknown"


@dataclass
class Health:
    """How the parts are: ``ok``, ``down``, or ``unknown`` while the database that would tell is away."""

    database: str = UNKNOWN
    broker: str = UNKNOWN
    ingest: str = UNKNOWN
    jobs: str = UNKNOWN
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def is_ok(self) -> bool:
        """Whether everything that the platform needs is there."""
        return all(part == OK for part in (self.database, self.broker, self.ingest, self.jobs))

    def as_dict(self) -> dict[str, str]:
        """What ``/healthz`` answers; it tells a stranger no more than this."""
        parts = {"database": self.database, "broker": self.broker, "ingest": self.ingest, "jobs": self.jobs}
        return {"status": "ok" if self.is_ok else "degraded", **parts}


def beat(role: str, facts: dict[str, Any] | None = None) -> bool:
    """Write the sign of life of ``role`` with ``facts`` (numbers to show); false when the database is away.

    It does not raise then: a role outlives its database and goes on when that is back.
    """
    values = {"beat_at": func.now(), "started_at": STARTED_AT, "facts": facts or {}}
    statement = insert(RoleState).values(role=role, **values)
    try:
        with session() as current:
            current.execute(statement.on_conflict_do_update(index_elements=["role"], set_=values))
    except SQLAlchemyError as error:
        log.warning("the sign of life could not be written: %s", str(error).splitlines()[0])
        return False
    return True


def forget(role: str) -> None:
    """A further role of its kind (``ingest-2``) ends because somebody wants it to: it is not missed."""
    try:
        with session() as current:
            current.execute(delete(RoleState).where(RoleState.role == role, RoleState.role.contains("-")))
    except SQLAlchemyError as error:
        log.warning("the role could not be forgotten: %s", str(error).splitlines()[0])


def beat_until(stopping: Event, role: str) -> None:
    """Beat until ``stopping`` is set; for a role whose work goes on in other threads."""
    while True:
        beat(role)
        if stopping.wait(BEAT_S):
            return


def roles() -> dict[str, dict[str, Any]]:
    """The roles that ever lived: seconds since the last beat by the database's clock, start, facts.

    A further role of a kind (``ingest-2``) is forgotten when it has been gone for a day: somebody wanted fewer.
    """
    query = """SELECT role, extract(epoch FROM clock_timestamp() - beat_at)::float, started_at, facts FROM role_state
        WHERE role NOT LIKE '%-%' OR beat_at > now() - interval '1 day' ORDER BY role"""
    with read_session() as current:
        rows = current.execute(text(query)).all()
    return {role: {"age_s": age, "started_at": started_at, "facts": facts} for role, age, started_at, facts in rows}


def summary() -> Health:
    """How the platform is now. Never raises: it is asked when things are wrong."""
    health = Health(broker=OK if broker_answers() else DOWN)
    try:
        health.roles = roles()
    except SQLAlchemyError:
        health.database = DOWN
        return health
    health.database = OK
    for role in WATCHED:
        age = min((state["age_s"] for name, state in health.roles.items() if name.partition("-")[0] == role), default=float("inf"))
        setattr(health, role, OK if age < LATE_S else DOWN)
    return health


def broker_answers(within_s: float = 1.0) -> bool:
    """Whether the broker's port takes a connection; asked at most every two seconds a process."""
    now = time.monotonic()
    if now - _broker.asked > 2.0:
        address = urlsplit(current_settings().effective_mqtt_url)
        default = 8883 if address.scheme == "mqtts" else 1883
        try:
            socket.create_connection((address.hostname or "127.0.0.1", address.port or default), within_s).close()
            _broker.answered = True
        except OSError:
            _broker.answered = False
        _broker.asked = now
    return _broker.answered


@dataclass
class _Probe:
    asked: float = float("-inf")
    answered: bool = False


_broker = _Probe()
