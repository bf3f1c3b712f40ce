"""JT/T 808 to the store: positions a second over many connections, and what a connection costs."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from bench.mqtt import wait_for_ingest
from bench.stage import Stage, figure, stage
from ingest.jt808.device import Device, Report

CONNECTIONS, EACH = 1_000, 60
IDLE_CONNECTIONS = 1_500


def durable() -> dict[str, Any]:
    """Positions a second, answered after the commit, over CONNECTIONS terminals; beside a server that only counts
    delimiters and answers nothing, fed by the same sender."""
    with stage() as place:
        approve(place, CONNECTIONS)
        streams = streams_of(CONNECTIONS)
        counted = asyncio.run(_count_delimiters(streams))
        with place.role("ingest"):
            wait_for_ingest(place)
            rate = asyncio.run(send([place.settings.jt808_port], streams))
            place.until(lambda: _stored(place) == CONNECTIONS * EACH)
    against = "frames/s, a server that only counts delimiters"
    return figure("jt808.durable", rate, f"positions/s, {CONNECTIONS:,} connections", against, counted)


def connections() -> dict[str, Any]:
    """KiB of the ingest process for a connected terminal; the goal is 4 KiB of its own, sockets' buffers not counted."""
    with stage() as place, place.role("ingest") as running:
        approve(place, IDLE_CONNECTIONS)
        wait_for_ingest(place)
        before = _resident(running.pid)
        cost = asyncio.run(_hold(place, running.pid, before))
    return figure("jt808.connections", cost, "KiB/connection", "KiB, the goal", 4.0)


def approve(place: Stage, count: int) -> None:
    """Enter that many approved terminals, numbered from 19900000000."""
    connection = place.connection()
    connection.cursor().execute(
        """INSERT INTO terminal (phone, state, utc_offset_minutes, coordinate_system)
        SELECT (19900000000 + n)::text, 'approved', 480, 'wgs84' FROM generate_series(0, %s) n""",
        (count - 1,),
    )
    connection.close()


def streams_of(count: int) -> list[list[bytes]]:
    """EACH positions of each of these terminals, a second apart and up to now."""
    now = time.time() - EACH
    devices = [Device(str(19_900_000_000 + number)) for number in range(count)]
    return [
        [device.locate(Report(120.43 + n * 1e-5, 41.42, now + n, speed_kmh=40, heading_deg=90)) for n in range(EACH)]
        for device in devices
    ]


async def send(ports: list[int], streams: list[list[bytes]]) -> float:
    """Frames a second from the first byte to the last answer, the terminals dealt out to the ports. Each terminal sends ten, waits for its answers, and goes on."""
    opened = [await asyncio.open_connection("127.0.0.1", ports[number % len(ports)]) for number in range(len(streams))]
    started = time.perf_counter()
    await asyncio.gather(*(_terminal(*pair, frames) for pair, frames in zip(opened, streams, strict=True)))
    rate = sum(map(len, streams)) / (time.perf_counter() - started)
    for _, writer in opened:
        writer.close()
    return rate


async def _terminal(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, frames: list[bytes]) -> None:
    for start in range(0, len(frames), 10):
        chunk = frames[start : start + 10]
        writer.write(b"".join(chunk))
        answers = 0
        while answers < len(chunk):
            data = await reader.read(4096)
            if not data:
                raise ConnectionError("the gateway closed the connection")
            answers += data.count(b"\x7e") // 2


class _Counter(asyncio.Protocol):
    total = 0

    def data_received(self, data: bytes) -> None:
        type(self).total += data.count(b"\x7e")


async def _count_delimiters(streams: list[list[bytes]]) -> float:
    _Counter.total = 0
    server = await asyncio.get_running_loop().create_server(_Counter, "127.0.0.1", 0, backlog=4096)
    port = server.sockets[0].getsockname()[1]
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in streams]
    wanted = sum(map(len, streams))
    started = time.perf_counter()
    for start in range(0, EACH, 10):
        for (_, writer), frames in zip(opened, streams, strict=True):
            writer.write(b"".join(frames[start : start + 10]))
        await asyncio.sleep(0)
    while _Counter.total < 2 * wanted:  # noqa: ASYNC110 — counting is all that the peer does
        await asyncio.sleep(0.001)
    rate = wanted / (time.perf_counter() - started)
    for _, writer in opened:
        writer.close()
    server.close()
    return rate


async def _hold(place: Stage, process: int, before: float) -> float:
    opened = [await asyncio.open_connection("127.0.0.1", place.settings.jt808_port) for _ in range(IDLE_CONNECTIONS)]
    for number, (_, writer) in enumerate(opened):
        writer.write(Device(str(19_900_000_000 + number)).heartbeat())
    await asyncio.gather(*(reader.read(1) for reader, _ in opened))
    cost = (_resident(process) - before) / IDLE_CONNECTIONS
    for _, writer in opened:
        writer.close()
    return cost


def _resident(process: int) -> float:
    """KiB of memory that the process holds."""
    status = Path(f"/proc/{process}/status").read_text()
    return float(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def _stored(place: Stage) -> int:
    connection = place.connection()
    cursor = connection.cursor()
    cursor.execute("SELECT count(*) FROM position")
    count = int(cursor.fetchone()[0])
    connection.close()
    return count
