"""Bring the database to the newest schema (Alembic)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from data.settings import Settings


def configuration(settings: Settings) -> Config:
    """Alembic's configuration, without an ini file: the address comes from the settings."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", settings.effective_database_url.replace("%", "%%"))
    return config


def upgrade(settings: Settings) -> None:
    """Run all migrations that have not run yet."""
    command.upgrade(configuration(settings), "head")
