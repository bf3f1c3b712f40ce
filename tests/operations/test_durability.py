"""The promise of ingest: what was acknowledged is in the store, and once, whatever dies meanwhile."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator

import psycopg2
import pytest

from ingest.mqtt.consumer import client_for, connect
from tests.platform import Platform, wait_for

POINT, TOPIC_TAIL = "V-101.LT", "telemetry"
ROUNDS, A_ROUND = 5, 400


@pytest.fixture
def publisher(platform: Platform) -> Iterator[Publisher]:
    one = Publisher(platform)
    yield one
    one.close()


class Publisher:
    """A gateway that publishes with QoS 1 and knows which of its messages the broker has taken."""

    def __init__(self, platform: Platform) -> None:
        with psycopg2.connect(database(platform)) as connection, connection.cursor() as cursor:
            cursor.execute(
                """SELECT p.id, e.code, g.code FROM point p JOIN enterprise e ON e.id = p.enterprise_id
                JOIN gateway g ON g.id = p.gateway_id WHERE p.code = %s""",
                (POINT,),
            )
            self.point_id, enterprise, gateway = cursor.fetchone()
        connection.close()
        self.topic = f"park/{platform.settings.park_code}/{enterprise}/{gateway}/{TOPIC_TAIL}"
        self.url = f"mqtt://127.0.0.1:{platform.settings.mqtt_port}"
        self.client = client_for(self.url, "test-publisher", clean_session=False)
        self.client.max_inflight_messages_set(200)
        self.taken: dict[int, int] = {}
        self.client.on_publish = lambda client, userdata, mid, reason, properties: self.taken.setdefault(mid, 1)
        connect(self.client, self.url)
        wait_for(self.client.is_connected, 10, "the publisher's connection")

    def publish(self, ts: int, value: float = 5.0) -> int:
        body = json.dumps({"ts": ts, "points": [{"code": POINT, "v": value}]})
        return self.client.publish(self.topic, body, qos=1).mid

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def database(platform: Platform) -> str:
    from data.servers.postgres import EmbeddedPostgres

    return EmbeddedPostgres.of(platform.settings).url()


def stored(platform: Platform, publisher: Publisher, since: int) -> tuple[int, int]:
    """(rows, distinct times) of the point since then; rows of a killed database count when it answers again."""
    try:
        connection = psycopg2.connect(database(platform), connect_timeout=2)
    except psycopg2.OperationalError:
        return 0, 0
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT ts) FROM reading WHERE point_id = %s AND ts >= to_timestamp(%s)",
            (publisher.point_id, since / 1000),
        )
        row = cursor.fetchone()
    connection.close()
    return row


@pytest.mark.parametrize("victim", ["ingest", "postgres", "broker"])
def test_what_was_acknowledged_survives_kills_and_is_stored_once(
    victim: str, platform: Platform, publisher: Publisher
) -> None:
    start = int(time.time() * 1000) - 60_000
    rounds = {"ingest": ROUNDS}.get(victim, 1)
    sent = {}
    for number in range(rounds * A_ROUND):
        sent[start + number] = publisher.publish(start + number)
        time.sleep(0.002)
        if number % A_ROUND == A_ROUND // 2:
            os.kill(wait_for(lambda: platform.role(victim), 30, victim), signal.SIGKILL)
    wait_for(lambda: len(publisher.taken) >= len(sent), 60, "the broker's answers")
    wait_for(lambda: stored(platform, publisher, start)[0] >= len(sent), 60, "the store")
    assert stored(platform, publisher, start) == (len(sent), len(sent))
    wait_for(platform.healthy, 60, "health")
