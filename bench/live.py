"""From a device to the eye: publish → pixel in a real browser, and one change to many browsers."""

from __future__ import annotations

import asyncio
import statistics
import time
from contextlib import ExitStack
from typing import Any

import orjson
from playwright.sync_api import sync_playwright

from bench.mqtt import Blaster, gateway_of, payload_of, wait_for_ingest
from bench.stage import Stage, figure, stage
from tests.browsing import CHROMIUM_OPTIONS, chromium
from tests.platform import PASSWORD, is_up

ROUNDS = 40
BROWSERS = 200

# The second frame after the values were told is on the screen.
_WATCH = """() => {
    window.seen = [];
    park.live.attach(document.body, { points(ids) {
        if (!ids) return;
        const sent = park.live.points.get(ids[0]).t;
        requestAnimationFrame(() => requestAnimationFrame(() => window.seen.push(Date.now() - sent)));
    } });
}"""


def latency() -> dict[str, Any]:
    """Median time from publishing a value over MQTT to the frame that shows it on the page of tanks; the goal is 2 s."""
    with stage() as place, ExitStack() as stack:
        for role in ("ingest", "push", "web"):
            stack.enter_context(place.role(role))
        place.until(lambda: is_up(place.settings.web_port))
        wait_for_ingest(place)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_OPTIONS)
            page = browser.new_page(viewport={"width": 1920, "height": 1080})
            sign_in(page, place)
            page.goto(f"http://127.0.0.1:{place.settings.web_port}/tanks")
            # Asked for, not waited for in the page: the pages' policy lets nobody evaluate text.
            place.until(lambda: page.evaluate("window.park && park.live && park.live.status.mode === 'push'"))
            page.wait_for_timeout(2000)
            page.evaluate(_WATCH)
            _publish(place)
            page.wait_for_timeout(2500)
            seen = page.evaluate("window.seen")
            browser.close()
    return figure("live.latency", statistics.median(seen), "ms", "ms, the goal", 2000.0)


def fanout() -> dict[str, Any]:
    """Time until the last of BROWSERS streams has a change, beside the time until a single stream has it."""
    from auth.tokens import push_token
    from data.db import read_session
    from data.viewers import viewer_of

    with stage() as place, place.role("push"):
        with read_session() as session:
            standing = viewer_of(session, 1)
        assert standing is not None
        token = push_token(standing.viewer, place.settings)
        many = asyncio.run(_last_of(place, token, BROWSERS))
        one = asyncio.run(_last_of(place, token, 1))
    return figure("live.fanout", many * 1000, f"ms, {BROWSERS} streams", "ms, one stream", one * 1000)


async def _last_of(place: Stage, token: str, count: int) -> float:
    streams = [await _open(place, token) for _ in range(count)]
    await asyncio.gather(*(_event(reader, b"event: alarms") for reader, _ in streams))
    delays = []
    for number in range(9):
        cursor = place.connection().cursor()
        cursor.execute(
            """INSERT INTO latest_reading SELECT id, now(), now(), %s, 192, '', now() FROM point
            ON CONFLICT (point_id) DO UPDATE SET value = EXCLUDED.value, ts = now(), changed_at = now()""",
            (float(number),),
        )
        started = time.perf_counter()
        cursor.execute("SELECT pg_notify('live_latest', '')")
        await asyncio.gather(*(_event(reader, b"event: points") for reader, _ in streams))
        delays.append(time.perf_counter() - started)
    for _, writer in streams:
        writer.close()
    return statistics.median(delays)


async def _open(place: Stage, token: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    for _ in range(100):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", place.settings.push_port, limit=4 * 1024 * 1024)
            break
        except OSError:
            await asyncio.sleep(0.1)
    writer.write(f"GET /live?token={token} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    return reader, writer


async def _event(reader: asyncio.StreamReader, name: bytes) -> None:
    while name not in await reader.readline():
        pass


def _publish(place: Stage) -> None:
    topic, codes, _ = gateway_of(place)
    sender = Blaster(place.settings.mqtt_port)
    for number in range(ROUNDS):
        sender.acknowledged = 0
        body = orjson.loads(payload_of(codes, time.time()))
        body["points"][0]["v"] = 5.0 + number / 100
        sender.send(topic, [orjson.dumps(body)])
        time.sleep(0.75)
    sender.close()


def sign_in(page: Any, place: Stage) -> None:
    """Sign in as admin."""
    page.goto(f"http://127.0.0.1:{place.settings.web_port}/login")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
