"""With a PostgreSQL and a broker of one's own the platform brings none along."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.servers.postgres import EmbeddedPostgres
from data.settings import Settings
from tests.platform import Platform, alive, descendants


@pytest.fixture
def guest(folder: Path, cluster: EmbeddedPostgres, broker: Settings) -> Iterator[Platform]:
    """A platform on servers that somebody else runs."""
    (folder / "guest").mkdir()
    cluster.create_database("own")
    servers = {"PARK_DATABASE_URL": cluster.url("own"), "PARK_MQTT_URL": broker.effective_mqtt_url, "PARK_DEMO": "0"}
    whole = Platform(folder / "guest", servers)
    yield whole
    whole.close()
    cluster.drop_database("own")


def test_it_uses_the_servers_of_the_settings_and_starts_none(
    guest: Platform, cluster: EmbeddedPostgres, broker: Settings
) -> None:
    guest.start()
    assert (guest.role("postgres"), guest.role("broker")) == (0, 0)
    assert cluster.query('SELECT username FROM "user"', database="own") == [("admin",)]
    assert f"MQTT 127.0.0.1:{broker.mqtt_port}" in guest.printed()
    assert broker.broker_password not in guest.printed(), "the broker's password is not for the console"
    assert guest.process is not None
    family = descendants(guest.process.pid)
    guest.stop()
    assert alive(family) == []
    assert cluster.answers(), "what it did not start it does not stop"
