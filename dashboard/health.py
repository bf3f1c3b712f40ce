"""How the platform is, for those who watch it: /healthz in one word, /metrics as Prometheus text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from flask import Flask, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from data.db import read_session
from data.health import OK, Health, summary
from data.models import Alarm, DeadLetter, LatestReading, Terminal

_PARTS = ("database", "broker", "ingest", "jobs")


def register(server: Flask) -> None:
    """Add both routes; the guard lets everybody ask for /healthz, and for /metrics the machine itself or a token."""

    @server.get("/healthz")
    def healthz() -> Response:
        health = summary()
        return Response(orjson.dumps(health.as_dict()), 200 if health.is_ok else 503, mimetype="application/json")

    @server.get("/metrics")
    def metrics() -> Response:
        return Response(text(), content_type=CONTENT_TYPE_LATEST)


def text() -> bytes:
    """All measurements now. They come from the database, so any web worker gives the same."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Platform())
    return generate_latest(registry)


class _Platform(Collector):
    def collect(self) -> Iterator[Metric]:
        health = summary()
        yield _family("park_up", "1 when the part answers", ["part"], [((part,), getattr(health, part) == OK) for part in _PARTS])
        yield from _roles(health)
        if health.database == OK:
            try:
                yield from _stored()
            except SQLAlchemyError:
                return


def _roles(health: Health) -> Iterator[Metric]:
    ages = [((role,), state["age_s"]) for role, state in health.roles.items()]
    yield _family("park_role_heartbeat_age_seconds", "Seconds since the role's last sign of life", ["role"], ages)
    names = sorted({name for state in health.roles.values() for name in state["facts"]})
    for name in names:
        found = [((role,), number) for role, state in health.roles.items() if (number := _number(state["facts"].get(name))) is not None]
        if found:
            yield _family(f"park_role_{_safe(name)}", f"{name} as the role reports it", ["role"], found)


def _stored() -> Iterator[Metric]:
    with read_session() as session:
        levels = session.execute(select(Alarm.level, func.count()).where(Alarm.closed_at.is_(None)).group_by(Alarm.level)).all()
        refused = session.execute(select(DeadLetter.source, DeadLetter.reason, func.sum(DeadLetter.count)).group_by(DeadLetter.source, DeadLetter.reason)).all()
        terminals = session.execute(select(Terminal.state, func.count()).where(Terminal.deleted_at.is_(None)).group_by(Terminal.state)).all()
        newest = session.scalar(select(func.extract("epoch", func.max(LatestReading.received_at))))
    yield _family("park_alarms_open", "Alarms that are not closed", ["level"], [((str(level),), count) for level, count in levels])
    yield _family("park_messages_refused", "Messages refused and still kept", ["source", "reason"], [((one, why), int(n)) for one, why, n in refused])
    yield _family("park_terminals", "JT/T 808 terminals", ["state"], [((state,), count) for state, count in terminals])
    if newest is not None:
        yield _family("park_newest_reading_timestamp_seconds", "When the newest reading arrived", [], [((), float(newest))])


def _family(name: str, about: str, labels: list[str], samples: list[tuple[tuple[str, ...], Any]]) -> Metric:
    family = GaugeMetricFamily(name, about, labels=labels)
    for values, number in samples:
        family.add_metric(list(values), float(number))
    return family


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (bool, int, float)) else None


def _safe(name: str) -> str:
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter == "_") else "_" for letter in name)
