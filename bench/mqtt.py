"""MQTT to the store: messages a second that are committed and acknowledged, beside the broker's own relay and a bare COPY."""

from __future__ import annotations

import socket
import struct
import threading
import time
from io import BytesIO
from typing import Any

import orjson

from bench.stage import Stage, figure, stage
from data.rules.shares import PREFIX, enterprise_in, share_of
from data.telemetry import ReadingRow, day_of, ensure_partitions, pack_readings
from ingest.mqtt.consumer import client_for

MESSAGES, VALUES = 20_000, 4
OFFERED = 2_000  # messages a second for the latency


class Blaster:
    """A gateway that sends QoS 1 messages as fast as the broker takes them: MQTT 3.1.1 packets written by hand, so that the
    sender is not what is measured."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        name = f"blaster-{time.monotonic_ns()}".encode()
        self._socket.sendall(_packet(0x10, b"\x00\x04MQTT\x04\x02\x00\x3c" + struct.pack("!H", len(name)) + name))
        assert self._socket.recv(4)[:2] == b"\x20\x02"
        self.acknowledged = 0

    def send(self, topic: str, payloads: list[bytes], window: int = 4000) -> None:
        """Send all with at most ``window`` unanswered, and wait for the last answer."""
        head = struct.pack("!H", len(topic)) + topic.encode()
        reader = threading.Thread(target=self._read, args=(len(payloads),))
        reader.start()
        for start in range(0, len(payloads), 200):
            while start - self.acknowledged > window:
                time.sleep(0.001)
            chunk = enumerate(payloads[start : start + 200], start)
            self._socket.sendall(
                b"".join(_packet(0x32, head + struct.pack("!H", 1 + n % 65_000) + body) for n, body in chunk)
            )
        reader.join()

    def _read(self, count: int) -> None:
        held = 0
        while self.acknowledged < count:
            held += len(self._socket.recv(65_536))
            self.acknowledged, held = self.acknowledged + held // 4, held % 4

    def close(self) -> None:
        self._socket.close()


def _packet(kind: int, body: bytes) -> bytes:
    size, left = b"", len(body)
    while True:
        left, digit = divmod(left, 128)
        size += bytes([digit | (0x80 if left else 0)])
        if not left:
            return bytes([kind]) + size + body


def durable() -> list[dict[str, Any]]:
    """Messages of four values a second, from the first byte to the last commit; the same messages relayed to a silent
    subscriber; the same rows by one prebuilt COPY."""
    with stage() as place:
        topic, codes, ids = gateway_of(place)
        relay = _relay(place, topic, codes)
        with place.role("ingest"):
            wait_for_ingest(place)
            started = time.perf_counter()
            payloads = _payloads(codes, time.time() - MESSAGES * 0.001)
            _blast(place, topic, payloads)
            place.until(lambda: _stored(place) >= MESSAGES * VALUES, 120)
            rate = MESSAGES / (time.perf_counter() - started)
        bare = _bare_copy(place, ids)
    against = "messages/s, the broker's relay to a subscriber that only answers"
    rows = figure("mqtt.durable_rows", rate * VALUES, "rows/s", "rows/s, one prebuilt COPY", bare)
    return [figure("mqtt.durable", rate, "messages/s", against, relay), rows]


def p99() -> dict[str, Any]:
    """99th percentile of publish → commit at OFFERED messages a second, against the goal of 250 ms."""
    with stage() as place, place.role("ingest"):
        wait_for_ingest(place)
        topic, codes, _ = gateway_of(place)
        sender = Blaster(place.settings.mqtt_port)
        start = time.time()
        for second in range(0, 5 * OFFERED, 100):
            due = start + second / OFFERED
            time.sleep(max(0.0, due - time.time()))
            # On a whole millisecond: half of a hundredth would round two messages onto one time, which is stored once.
            now = round(time.time(), 3)
            sender.acknowledged = 0
            sender.send(topic, [payload_of(codes, now + n * 1e-5) for n in range(100)])
        sender.close()
        place.until(lambda: _stored(place) >= 5 * OFFERED * VALUES, 120)
        value = _commit_delay(place)
    return figure("mqtt.p99", value * 1000, "ms", "ms, the goal", 250.0)


def _commit_delay(place: Stage) -> float:
    """Seconds from the sender's clock to the transaction's own commit time, which PostgreSQL keeps when asked."""
    cursor = place.connection().cursor()
    cursor.execute(
        "SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM pg_xact_commit_timestamp(xmin) - ts)) FROM reading"
    )
    return float(cursor.fetchone()[0])


def gateway_of(place: Stage) -> tuple[str, list[str], list[int]]:
    """Topic of a gateway, and codes and ids of its first level points."""
    cursor = place.connection().cursor()
    cursor.execute("""SELECT e.code, g.code, array_agg(p.code ORDER BY p.id), array_agg(p.id ORDER BY p.id) FROM point p
        JOIN gateway g ON g.id = p.gateway_id JOIN enterprise e ON e.id = p.enterprise_id WHERE p.quantity = 'level'
        GROUP BY e.code, g.code HAVING count(*) >= 4 LIMIT 1""")
    enterprise, gateway, codes, ids = cursor.fetchone()
    return f"park/{place.settings.park_code}/{enterprise}/{gateway}/telemetry", codes[:VALUES], ids[:VALUES]


def payload_of(codes: list[str], ts: float) -> bytes:
    """A message of one value a point."""
    return orjson.dumps({"ts": round(ts * 1000, 2), "points": [{"code": code, "v": 5.0, "q": 192} for code in codes]})


def _payloads(codes: list[str], start: float) -> list[bytes]:
    return [payload_of(codes, start + number * 0.001) for number in range(MESSAGES)]


def _blast(place: Stage, topic: str, payloads: list[bytes]) -> None:
    sender = Blaster(place.settings.mqtt_port)
    sender.send(topic, payloads)
    sender.close()


def _relay(place: Stage, topic: str, codes: list[str]) -> float:
    arrived = threading.Semaphore(0)
    client = client_for(place.settings.effective_mqtt_url, "relay-sink", clean_session=True)
    client.on_message = lambda *_: arrived.release()
    ready = threading.Event()
    client.on_subscribe = lambda *_: ready.set()
    client.on_connect = lambda *_: client.subscribe(f"{PREFIX}/{share_of(enterprise_in(topic))}/{topic}", qos=1)
    client.connect("127.0.0.1", place.settings.mqtt_port)
    client.loop_start()
    ready.wait(10)
    started = time.perf_counter()
    _blast(place, topic, _payloads(codes, time.time()))
    for _ in range(MESSAGES):
        arrived.acquire(timeout=30)
    rate = MESSAGES / (time.perf_counter() - started)
    client.disconnect()
    client.loop_stop()
    return rate


def _bare_copy(place: Stage, ids: list[int]) -> float:
    connection = place.connection()
    connection.autocommit = False
    cursor = connection.cursor()
    now = time.time()
    ensure_partitions(cursor, {day_of(now - 7200), day_of(now)})
    rows = [
        ReadingRow(100_000 + ids[n % VALUES], now - 3600 + n // VALUES * 0.001, 5.0, 192)
        for n in range(MESSAGES * VALUES)
    ]
    body = pack_readings(rows)
    started = time.perf_counter()
    cursor.copy_expert("COPY reading FROM STDIN (FORMAT binary)", BytesIO(body))
    connection.commit()
    rate = len(rows) / (time.perf_counter() - started)
    connection.close()
    return rate


def _stored(place: Stage) -> int:
    connection = place.connection()
    cursor = connection.cursor()
    cursor.execute("SELECT count(*) FROM reading")
    count = cursor.fetchone()[0]
    connection.close()
    return int(count)


def wait_for_ingest(place: Stage) -> None:
    """Return when ingest hears the broker."""
    connection = place.connection()
    cursor = connection.cursor()

    def is_listening() -> bool:
        cursor.execute("SELECT coalesce((facts->>'mqtt_connected')::bool, false) FROM role_state WHERE role = 'ingest'")
        row = cursor.fetchone()
        return bool(row and row[0])

    place.until(is_listening)
    connection.close()
