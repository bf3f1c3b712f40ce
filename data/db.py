"""Connections to the one PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session, sessionmaker

from data.settings import current_settings


@lru_cache
def engine() -> Engine:
    """The engine of this process; connections that died with a server are replaced on use."""
    return create_engine(
        current_settings().effective_database_url,
        pool_size=10,
        max_overflow=10,
        pool_pre_ping=True,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={"application_name": "park", "options": "-c timezone=UTC", "connect_timeout": 5},
    )


@lru_cache
def _sessions() -> sessionmaker[Session]:
    return sessionmaker(engine(), expire_on_commit=False)


@lru_cache
def _readers() -> sessionmaker[Session]:
    # The driver opens such transactions with BEGIN READ ONLY: one question to the server less than to say it afterwards.
    return sessionmaker(engine().execution_options(postgresql_readonly=True), expire_on_commit=False)


@contextmanager
def session() -> Iterator[Session]:
    """A session that commits at its end and rolls back when an error leaves it."""
    with _sessions().begin() as current:
        yield current


@contextmanager
def read_session() -> Iterator[Session]:
    """A session for reading: the database refuses a write."""
    with _readers().begin() as current:
        yield current


def connection_raw() -> Any:
    """A psycopg2 connection of its own, outside the pool: for COPY, LISTEN and advisory locks. The caller closes it.

    Both ends find out within about six seconds that the network between them is cut: its locks must not stay with who is gone.
    """
    url = engine().url
    import psycopg2

    arguments = {**url.translate_connect_args(username="user", database="dbname"), **dict(url.query)}
    found_out = {"tcp_keepalives_idle": 3, "tcp_keepalives_interval": 1, "tcp_keepalives_count": 3, "tcp_user_timeout": 6000}
    mine = {name.removeprefix("tcp_") if "keepalives" in name else name: value for name, value in found_out.items()}
    options = " ".join(["-c timezone=UTC", *(f"-c {name}={value}" for name, value in found_out.items())])
    return psycopg2.connect(**arguments, **mine, application_name="park", options=options, connect_timeout=5)


def notify(current: Session, channel: str, payload: str = "") -> None:
    """Tell listeners of ``channel`` when this session commits."""
    current.execute(text("SELECT pg_notify(:channel, :payload)"), {"channel": channel, "payload": payload})


def forget_engine() -> None:
    """Close all connections of this process and read the settings' address again at the next use."""
    if engine.cache_info().currsize:
        engine().dispose()
    _sessions.cache_clear()
    _readers.cache_clear()
    engine.cache_clear()
