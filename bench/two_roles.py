"""Two ingest roles side by side: messages and positions a second that are committed and acknowledged, beside one role with the same work."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.gateway import EACH, approve, send, streams_of
from bench.mqtt import Blaster, payload_of, wait_for_ingest
from bench.stage import Stage, figure, stage
from data.rules.shares import SHARES, share_of
from tests.platform import free_ports

MESSAGES, POINTS, TERMINALS = 4_000, 4, 500  # messages for each share of MQTT


def two_roles() -> list[dict[str, Any]]:
    """The same messages of one enterprise in each share, and the same positions, through one role and then through two.

    All of it on one machine: with two cores the broker, the database and the senders take what a second role would use.
    """
    with stage() as place:
        codes = _enterprises(place)
        approve(place, TERMINALS)
        with place.role("ingest"):
            wait_for_ingest(place)
            one = _messages(place, codes), _positions(place, [place.settings.jt808_port])
        with _pair(place) as ports:
            two = _messages(place, codes), _positions(place, ports)
    return [
        figure("ingest.two_roles", two[0], "messages/s, MQTT", "messages/s, one role", one[0]),
        figure("ingest.two_roles_808", two[1], "positions/s, JT/T 808", "positions/s, one role", one[1]),
    ]


@contextmanager
def _pair(place: Stage) -> Iterator[list[int]]:
    """Two roles with half of the shares each; the ports of their gateways."""
    other = Stage(place.settings, place.environment | {"PARK_JT808_PORT": str(free_ports(1)[0])})
    with place.role("ingest"), other.role("ingest"):
        connection = place.connection()
        cursor = connection.cursor()

        def share_equally() -> bool:
            cursor.execute("""SELECT count(*) FILTER (WHERE (facts->>'mqtt_shares')::int = %s AND (facts->>'mqtt_connected')::bool) FROM role_state
                WHERE role LIKE 'ingest%%' AND beat_at > now() - interval '5 seconds'""", (SHARES // 2,))
            return bool(cursor.fetchone()[0] == 2)

        place.until(share_equally)
        connection.close()
        yield [place.settings.jt808_port, int(other.environment["PARK_JT808_PORT"])]


def _enterprises(place: Stage) -> list[str]:
    """The topics of one gateway a share, each with points made for it."""
    cursor = place.connection().cursor()
    cursor.execute("SELECT id, code FROM enterprise WHERE deleted_at IS NULL ORDER BY id")
    found: dict[int, tuple[int, str]] = {}
    for identity, code in cursor.fetchall():
        found.setdefault(share_of(code), (identity, code))
    assert len(found) == SHARES, "the demo park has enterprises in every share"
    for identity, code in found.values():
        cursor.execute("SELECT array_agg(column_name::text) FROM information_schema.columns WHERE table_name = 'point' AND column_name NOT IN ('id', 'code', 'enterprise_id', 'gateway_id', 'tank_id')")
        columns = ", ".join(f'"{name}"' for name in cursor.fetchone()[0])
        cursor.execute(f"""INSERT INTO point (code, enterprise_id, {columns}) SELECT %s || n, %s, {columns} FROM (SELECT * FROM point WHERE quantity = 'level' LIMIT 1) p,
            generate_series(1, {POINTS}) n""", (f"{code}-", identity))
    return [code for _, code in found.values()]


def _messages(place: Stage, codes: list[str]) -> float:
    """Messages a second from the first byte to the last commit."""
    before, began = _count(place, "reading"), time.perf_counter()
    start = time.time() - MESSAGES / 1000
    senders = [threading.Thread(target=_blast, args=(place, code, start)) for code in codes]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    place.until(lambda: _count(place, "reading") - before >= MESSAGES * len(codes) * POINTS, 180)
    return MESSAGES * len(codes) / (time.perf_counter() - began)


def _blast(place: Stage, code: str, start: float) -> None:
    points = [f"{code}-{number}" for number in range(1, POINTS + 1)]
    sender = Blaster(place.settings.mqtt_port)
    topic = f"park/{place.settings.park_code}/{code}/bench/telemetry"
    sender.send(topic, [payload_of(points, start + number / 1000) for number in range(MESSAGES)])
    sender.close()


def _positions(place: Stage, ports: list[int]) -> float:
    """Positions a second from the first byte to the last answer, over connections dealt out to the gateways."""
    before, streams = _count(place, "position"), streams_of(TERMINALS)
    rate = asyncio.run(send(ports, streams))
    place.until(lambda: _count(place, "position") - before == TERMINALS * EACH)
    return rate


def _count(place: Stage, table: str) -> int:
    connection = place.connection()
    cursor = connection.cursor()
    cursor.execute(f"SELECT count(*) FROM {table}")
    count = int(cursor.fetchone()[0])
    connection.close()
    return count
