"""Alembic's entry: runs the migrations on the database of the settings, one process at a time."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, text

from data.models import Base

_LOCK = 0x5041524B  # any number; all starts of the platform agree on it


def run() -> None:
    address = context.config.get_main_option("sqlalchemy.url")
    with create_engine(address or "").connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})


run()
