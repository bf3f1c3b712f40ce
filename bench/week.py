"""A wall for a week in minutes: each simulated night it loads itself anew, and its cable, servers and clock fail in between.

BENCH_NIGHTS says how many nights (7), BENCH_NIGHT_S how many seconds each lasts (60). While a night lasts the park changes every second and
the wall rotates through all its screens.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from playwright.sync_api import BrowserContext, Error, Page, sync_playwright

from bench.frame import move, prepare, wall_token
from bench.soak import heap_mb
from bench.stage import Stage, figure, stage
from tests.browsing import CHROMIUM_OPTIONS, chromium
from tests.platform import is_up

SCREENS = ("park", "risk", "tanks", "vehicles")
BACK_S = 30.0  # a wall shows the truth again this soon after what was wrong is right
CUT_S = 15.0  # longer than a wall believes in silence
WRONG_CLOCK = "(() => { const real = Date.now; Date.now = () => real() - 3 * 86400e3; })()"
LIVE = "Boolean(window.park?.screen?.shown) && park.screen.truth().state === 'live'"


def week() -> list[dict[str, Any]]:
    """Heap after the last night against that after the first, and the longest time until the wall was true again after a failure."""
    nights, lasts = int(os.environ.get("BENCH_NIGHTS", "7")), float(os.environ.get("BENCH_NIGHT_S", "60"))
    with stage() as place, ExitStack() as stack:
        prepare(place)
        roles = {name: stack.enter_context(ExitStack()) for name in ("push", "web")}
        for name, role in roles.items():
            role.enter_context(place.role(name))
        place.until(lambda: is_up(place.settings.web_port))
        address = f"http://127.0.0.1:{place.settings.web_port}/screen/park?token={wall_token(*SCREENS)}&rotate=all&every=5"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_OPTIONS)
            context = browser.new_context(viewport={"width": 1920, "height": 1080})
            page = context.new_page()
            page.goto(address)
            _until_live(place, page)
            failures = _failures(place, context, page, roles)
            heaps, backs = [], []
            for night in range(nights):
                _spend(place, page, night, lasts)
                if failures:
                    backs.append(failures.pop(0)())
                _load_anew(place, page)
                page.wait_for_timeout(5000)
                session = context.new_cdp_session(page)
                session.send("Performance.enable")
                heaps.append(heap_mb(session))
                session.detach()
            browser.close()
    return [
        figure("wall.week", heaps[-1], f"MB after {nights} nights", "MB after the first", heaps[0]),
        figure("wall.week.back", max(backs, default=0.0), "s, longest until true again", "s, the limit", BACK_S),
    ]


def _failures(place: Stage, context: BrowserContext, page: Page, roles: dict[str, ExitStack]) -> list[Callable[[], float]]:
    """What goes wrong, one a night; each gives the seconds from when it is right again until the wall is."""

    def cut() -> float:
        # A browser that is told to be off line keeps its stream: nobody answers, as behind a cable that is cut.
        context.set_offline(True)
        for role in roles.values():
            role.close()
        page.wait_for_timeout(CUT_S * 1000)
        assert not page.evaluate(LIVE), "without a server the wall went on as if its values were true"
        for name, role in roles.items():
            role.enter_context(place.role(name))
        context.set_offline(False)
        return _until_live(place, page)

    def restart(name: str) -> Callable[[], float]:
        def again() -> float:
            roles[name].close()
            page.wait_for_timeout(CUT_S * 1000)
            roles[name].enter_context(place.role(name))
            return _until_live(place, page)

        return again

    def wrong_clock() -> float:
        page.add_init_script(WRONG_CLOCK)
        took = _load_anew(place, page)
        behind = page.evaluate("park.live.now() - Date.now()")
        assert abs(behind - 3 * 86400e3) < 5000, f"the wall took the time of its own clock: {behind} ms"
        return took

    return [cut, restart("push"), restart("web"), wrong_clock]


def _spend(place: Stage, page: Page, night: int, seconds: float) -> None:
    until, number = time.monotonic() + seconds, night * 10_000
    while time.monotonic() < until:
        move(place, page, number)
        number += 1


def _load_anew(place: Stage, page: Page) -> float:
    """Seconds that the nightly loading takes: by the function that the wall itself calls at night, every second until it is done."""
    page.evaluate("window.isOfYesterday = true")
    return _until_live(place, page, "!(window.isOfYesterday && (park.screen.reload(), true)) && ")


def _until_live(place: Stage, page: Page, besides: str = "") -> float:
    started = time.monotonic()

    def is_live() -> bool:
        try:
            return bool(page.evaluate(besides + LIVE))
        except Error:  # it is loading just now
            return False

    place.until(is_live, seconds=4 * BACK_S)
    return time.monotonic() - started
