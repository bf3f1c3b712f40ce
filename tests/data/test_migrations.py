"""The tables that the migrations make are those that the models say."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from data.db import engine
from data.models import Base
from data.settings import Settings

# Made by the platform while it runs (daily partitions), by migrations in SQL (indexes on expressions), or by Alembic itself.
NOT_MODELLED = ("reading_", "position_", "alembic_version")


def _is_ours(item: Any, name: str | None, kind: str, is_reflected: bool, counterpart: Any) -> bool:
    return not (kind in ("table", "index") and is_reflected and counterpart is None and (kind == "index" or str(name).startswith(NOT_MODELLED)))


def test_models_and_migrations_agree(database: Settings) -> None:
    with engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": _is_ours})
        assert compare_metadata(context, Base.metadata) == []
