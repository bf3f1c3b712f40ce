"""A platform to measure on: its own data directory, free ports, a durable database, and only the roles that are wanted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2

from data.servers import broker, process
from data.servers.postgres import EmbeddedPostgres
from data.settings import Settings, current_settings
from tests.platform import PASSWORD, PORTS, free_ports

ROOT = Path(__file__).parents[1]


@dataclass
class Stage:
    settings: Settings
    environment: dict[str, str]
    restarts: dict[str, Callable[[], None]] = field(default_factory=dict)

    def connection(self) -> Any:
        """A psycopg2 connection to the stage's database, each statement its own transaction."""
        opened = psycopg2.connect(EmbeddedPostgres.of(self.settings).url())
        opened.autocommit = True
        return opened

    def restart(self, server: str) -> None:
        """Stop ``postgres`` or ``broker`` as an administrator does and start it; returns when it answers."""
        self.restarts[server]()

    @contextmanager
    def role(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        """A role of the platform for as long as the block lasts."""
        with open(self.settings.data_dir / f"{name}.log", "ab") as log:
            running = subprocess.Popen(
                [sys.executable, "app.py", name], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(10)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()

    def until(self, question: Callable[[], Any], seconds: float = 60.0, every: float = 0.1) -> Any:
        """The first true answer, asked for ``every`` so many seconds; TimeoutError when there is none in time."""
        end = time.monotonic() + seconds
        while not (answer := question()):
            if time.monotonic() > end:
                raise TimeoutError(f"nothing within {seconds} s; see {self.settings.data_dir}")
            time.sleep(every)
        return answer

    def answers(self, path: str) -> bool:
        """Whether the web role answers that path with 200."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.settings.web_port}{path}", timeout=2) as answer:
                return bool(answer.status == 200 and json.load(answer))
        except (OSError, ValueError):
            return False


@contextmanager
def stage(*, with_history: bool = False) -> Iterator[Stage]:
    """The demo park on an embedded PostgreSQL (fsync on) and an embedded broker; all is removed afterwards.

    Without its history what is counted is only what a figure enters.
    """
    folder = Path(tempfile.mkdtemp(prefix="park-bench-"))
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    own = {
        "data_dir": str(folder),
        "admin_password": PASSWORD,
        "simulate": "0",
        **{name: str(port) for name, port in ports.items()},
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PARK_")}
    os.environ |= (given := {f"PARK_{name.upper()}": value for name, value in own.items()})
    current_settings.cache_clear()
    settings = current_settings()
    postgres = EmbeddedPostgres.of(settings)
    servers: dict[str, subprocess.Popen[bytes]] = {}

    def start_database() -> None:
        if "postgres" in servers:
            postgres.stop(servers["postgres"])
        servers["postgres"] = postgres.start(folder / "postgres.log")
        postgres.wait(servers["postgres"])

    def start_broker() -> None:
        if "broker" in servers:
            process.stop(servers["broker"], broker.STOP_SIGNAL, 5)
        servers["broker"] = broker.start(settings, folder / "broker.log")
        broker.wait(settings, servers["broker"])

    try:
        postgres.prepare()
        (postgres.folder / "local.conf").write_text("track_commit_timestamp = on\n")
        (postgres.folder / "local.conf").chmod(0o644)
        start_database()
        postgres.create_database()
        _fill(settings, with_history)
        broker.write_config(settings, [])
        start_broker()
        yield Stage(settings, environment | given, {"postgres": start_database, "broker": start_broker})
    finally:
        if "broker" in servers:
            process.stop(servers["broker"], broker.STOP_SIGNAL, 5)
        if "postgres" in servers:
            postgres.stop(servers["postgres"])
        for name in given:
            os.environ.pop(name, None)
        _forget()
        shutil.rmtree(folder, ignore_errors=True)


def _fill(settings: Settings, with_history: bool) -> None:
    from auth.passwords import hash_password
    from data.db import session
    from data.demo.seed import seed
    from data.migrate import upgrade

    _forget()
    upgrade(settings)
    with session() as current:
        seed(current, settings, hash_password, with_history=with_history)
    _forget()


def _forget() -> None:
    from data.db import forget_engine

    current_settings.cache_clear()
    forget_engine()
    current_settings.cache_clear()


def figure(name: str, value: float, unit: str, against: str, against_value: float) -> dict[str, Any]:
    """One result; the ratio is value / against; of a time, smaller is better."""
    ratio = value / against_value if against_value else 0.0
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "against": against,
        "against_value": against_value,
        "ratio": ratio,
    }
