"""Devices as the tests play them: a data gateway over MQTT, a terminal over a raw socket."""

from __future__ import annotations

import json
import socket
from types import TracebackType
from typing import Any

import psycopg2

from data.servers.postgres import EmbeddedPostgres
from ingest.jt808.device import Device
from ingest.mqtt.consumer import client_for, connect
from tests.platform import Platform, wait_for


def query(platform: Platform, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The rows of one query on the platform's database; none while it does not answer."""
    try:
        connection = psycopg2.connect(EmbeddedPostgres.of(platform.settings).url(), connect_timeout=2)
    except psycopg2.OperationalError:
        return []
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())
    finally:
        connection.close()


class Gateway:
    """A gateway that publishes with QoS 1 in the name of the gateway that owns ``point``; knows what the broker has taken."""

    def __init__(self, platform: Platform, point: str = "V-101.LT") -> None:
        found = query(
            platform,
            """SELECT p.id, e.code, g.code FROM point p JOIN enterprise e ON e.id = p.enterprise_id
            JOIN gateway g ON g.id = p.gateway_id WHERE p.code = %s""",
            (point,),
        )
        self.point, (self.point_id, enterprise, gateway) = point, found[0]
        self.topic = f"park/{platform.settings.park_code}/{enterprise}/{gateway}/telemetry"
        url = f"mqtt://127.0.0.1:{platform.settings.mqtt_port}"
        self.client = client_for(url, f"test-{id(self)}", clean_session=False)
        self.client.max_inflight_messages_set(200)
        self.taken: set[int] = set()
        self.client.on_publish = lambda client, userdata, mid, reason, properties: self.taken.add(mid)
        connect(self.client, url)
        wait_for(self.client.is_connected, 10, "the gateway's connection")

    def say(self, value: Any, ts_ms: float, code: str = "") -> int:
        """Publish one value; gives the message's id."""
        return self.say_raw(json.dumps({"ts": ts_ms, "points": [{"code": code or self.point, "v": value}]}).encode())

    def say_raw(self, payload: bytes) -> int:
        """Publish any bytes."""
        return self.client.publish(self.topic, payload, qos=1).mid

    def __enter__(self) -> Gateway:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.disconnect()
        self.client.loop_stop()


class Truck:
    """A terminal on a raw TCP socket."""

    def __init__(self, platform: Platform, phone: str) -> None:
        self.device = Device(phone)
        self.socket = socket.create_connection(("127.0.0.1", platform.settings.jt808_port), timeout=10)

    def send(self, data: bytes) -> None:
        """Any bytes."""
        self.socket.sendall(data)

    def answer(self) -> bytes:
        """The next that the platform sends; empty when it closed the connection."""
        return self.socket.recv(4096)

    def __enter__(self) -> Truck:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()
