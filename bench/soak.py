"""A wall before a large park for half an hour: does it stay as quick and as small as it began, and does one push role serve fifty?

BENCH_MINUTES says for how long (30). Every second a fifth of 5,000 vehicles and all of 2,000 points change.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from playwright.sync_api import CDPSession, Page, sync_playwright

from bench.frame import LIMIT_MS, POINTS, UPDATES, VEHICLES, blocked, longest, move, peer_page, prepare, wall_token
from bench.stage import Stage, figure, stage
from tests.browsing import CHROMIUM_OPTIONS, chromium
from tests.platform import is_up

CLIENTS = 50
WARM_MINUTES = 5.0  # what is allocated once has been by then
GOAL_MS = 2000.0
READY = f"Boolean(window.park?.screen?.shown) && park.live.vehicles.size >= {VEHICLES} && park.live.points.size >= {POINTS}"

# From the change in the database to the second frame after it was told.
_WATCH = """() => {
    window.seen = [];
    park.live.attach(document.body, { vehicles(ids) {
        if (!ids) return;
        const sent = park.live.vehicles.get(ids[0]).t;
        requestAnimationFrame(() => requestAnimationFrame(() => window.seen.push(Date.now() - sent)));
    } });
}"""


def minutes() -> float:
    """How long the run lasts."""
    return float(os.environ.get("BENCH_MINUTES", "30"))


def soak() -> list[dict[str, Any]]:
    """Blocked main thread at the beginning and the end, delay, heap, the push role's share of a core, clients that missed something, and the
    same page by Interval and callback."""
    lasts = minutes() * 60
    with stage() as place, ExitStack() as stack:
        prepare(place)
        push = stack.enter_context(place.role("push"))
        web = ExitStack()
        web.enter_context(place.role("web"))
        stack.enter_context(web)
        place.until(lambda: is_up(place.settings.web_port))
        address = f"http://127.0.0.1:{place.settings.web_port}/screen/park?token={wall_token('park')}"
        with _crowd(place) as crowd:
            found = _watched(place, address, lasts, push.pid)
        with peer_page(place) as peer_address:
            peer = blocked(place, peer_address, "document.querySelectorAll('.leaflet-container canvas').length > 0")
    most = max(one.changes for one in crowd)
    assert most > UPDATES, f"the streams were told of {most} changes: nobody followed"
    missed = [one for one in crowd if one.changes < most - 1 and one.snapshots < 2]
    return [
        figure("live.soak", found["end"], f"ms blocked after {minutes():g} min", "ms, the limit", LIMIT_MS),
        figure("live.soak.first", found["end"], "ms blocked at the end", "ms, in the first minute", found["begin"]),
        figure("live.soak.p95", found["p95"], "ms, 95 % of changes", "ms, the goal", GOAL_MS),
        figure("live.soak.heap", found["heap"], "MB at the end", f"MB after {min(WARM_MINUTES, minutes() / 2):g} min", found["warm"]),
        figure("live.soak.push", found["core"], f"% of a core, {CLIENTS} clients", "%, a core", 100.0),
        figure("live.soak.missed", len(missed), "clients without a frame", "clients", CLIENTS),
        figure("live.soak.peer", found["end"], "ms blocked", "ms, Interval and callback", peer),
    ]


def _watched(place: Stage, address: str, lasts: float, push: int) -> dict[str, float]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_OPTIONS)
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(address)
        place.until(lambda: page.evaluate(READY))
        page.wait_for_timeout(4000)
        page.evaluate(_WATCH)
        measure = page.context.new_cdp_session(page)
        measure.send("Performance.enable")
        begin = _traced(place, page, 0)
        started, used = time.monotonic(), processor_s(push)
        warm, number = 0.0, UPDATES
        while (passed := time.monotonic() - started) < lasts:
            if not warm and passed > min(WARM_MINUTES * 60, lasts / 2):
                warm = heap_mb(measure)
            move(place, page, number)
            number += 1
        core = 100 * (processor_s(push) - used) / (time.monotonic() - started)
        end = _traced(place, page, number)
        heap = heap_mb(measure)
        seen = page.evaluate("window.seen")
        browser.close()
    return {"begin": begin, "end": end, "p95": statistics.quantiles(seen, n=20)[-1], "heap": heap, "warm": warm, "core": core}


def _traced(place: Stage, page: Page, number: int) -> float:
    """The median of the longest task of UPDATES updates, in ms of processor time."""
    browser = page.context.browser
    assert browser is not None
    browser.start_tracing(page=page, categories=["toplevel", "blink.user_timing"])
    for step in range(UPDATES):
        move(place, page, number + step)
    return statistics.median(longest(orjson.loads(browser.stop_tracing())["traceEvents"]))


def heap_mb(session: CDPSession) -> float:
    """What the page's scripts hold after the garbage is collected."""
    session.send("HeapProfiler.collectGarbage")
    told = session.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in told if one["name"] == "JSHeapUsedSize")) / 2**20


def processor_s(process: int) -> float:
    """Seconds of processor time that the process has used."""
    with open(f"/proc/{process}/stat", encoding="ascii") as stat:
        parts = stat.read().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


# ---- Fifty who follow ---------------------------------------------------------------------------------------------------------------


@dataclass
class Follower:
    """What one stream was told of vehicles: changes, and snapshots (one when it began, another after each time it was too slow)."""

    changes: int = 0
    snapshots: int = 0


@contextmanager
def _crowd(place: Stage) -> Iterator[list[Follower]]:
    """CLIENTS streams of the push role for as long as the block lasts."""
    from auth.tokens import push_token
    from data.db import read_session
    from data.viewers import viewer_of

    with read_session() as session:
        standing = viewer_of(session, 1)
    assert standing is not None
    token = push_token(standing.viewer, place.settings)
    crowd = [Follower() for _ in range(CLIENTS)]
    stop = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_follow_all(place, token, crowd, stop)))
    thread.start()
    try:
        yield crowd
    finally:
        stop.set()
        thread.join()


async def _follow_all(place: Stage, token: str, crowd: list[Follower], stop: threading.Event) -> None:
    tasks = [asyncio.create_task(_follow(place, token, one)) for one in crowd]
    await asyncio.to_thread(stop.wait)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _follow(place: Stage, token: str, told: Follower) -> None:
    for _ in range(300):  # the role may still be starting
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", place.settings.push_port, limit=16 * 1024 * 1024)
            break
        except OSError:
            await asyncio.sleep(0.1)
    writer.write(f"GET /live?token={token} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    try:
        while line := await reader.readline():
            if line.startswith(b"event: vehicles"):
                data = await reader.readline()
                if data.startswith(b'data: {"full":true'):
                    told.snapshots += 1
                else:
                    told.changes += 1
    finally:
        writer.close()
