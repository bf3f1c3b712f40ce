"""A person with a real browser, who notices what a tester would: errors in the console, requests to elsewhere."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, WebError, sync_playwright

from tests.platform import PASSWORD, Platform

CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


WHOLE = ("chromium", "chromium-browser", "google-chrome")


def chromium(*, whole: bool = False) -> str:
    """The program of the distribution's Chromium; empty when there is none. Its headless shell is quicker, the ``whole`` one
    shows PDFs too."""
    names = WHOLE if whole else ("chromium-headless-shell", *WHOLE)
    return next((path for path in map(shutil.which, names) if path), "")


def started(program: str) -> Iterator[Browser]:
    """The browser while it is needed; without one the tests are skipped, in CI they fail."""
    if not program:
        reason = "没有 Chromium：apt install chromium chromium-headless-shell fonts-noto-cjk"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    with sync_playwright() as playwright:
        engine = playwright.chromium.launch(executable_path=program, args=CHROMIUM_OPTIONS)
        yield engine
        engine.close()


@dataclass
class Visitor:
    """One browser profile on the platform."""

    platform: Platform
    context: BrowserContext
    page: Page
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Note what goes wrong on every page of the profile."""
        for event, note in self._notes():
            self.context.on(event, note)  # type: ignore[call-overload]

    def leave(self) -> None:
        """Close every page, and hear no more of the profile."""
        for page in self.context.pages:
            page.close()
        for event, note in self._notes():
            self.context.remove_listener(event, note)

    def _notes(self) -> tuple[tuple[str, Any], ...]:
        return ("console", self._console), ("weberror", self._error), ("request", self._request)

    def sign_in(self, username: str = "admin", password: str = PASSWORD, onward: str = "") -> None:
        """Sign in through the page, as a person does."""
        self.page.goto(f"{self.platform.url}/login" + (f"?next={onward}" if onward else ""))
        self.page.fill("input[name=username]", username)
        self.page.fill("input[name=password]", password)
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url(lambda url: urlsplit(url).path != "/login")

    def arrive(self, username: str = "admin", onward: str = "", door: str = "/login") -> None:
        """Be signed in already, and go ``onward`` if that is said: for tests that are not about signing in."""
        cookie = {"name": "park_session", "value": self.platform.session(username, door), "url": self.platform.url, "httpOnly": True, "sameSite": "Lax"}
        self.context.add_cookies([cookie])  # type: ignore[list-item]
        if onward:
            self.page.goto(f"{self.platform.url}{onward}")

    def complaints(self) -> list[str]:
        """What a tester would write down."""
        return self.errors + [f"outside request: {url}" for url in self.outside]

    def _error(self, error: WebError) -> None:
        self.errors.append(str(error.error))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname not in {"127.0.0.1", "localhost"}:
            self.outside.append(request.url)


def until(page: Page, expression: str, arg: Any = None, milliseconds: int = 15_000) -> None:
    """Wait for a true answer. Not ``wait_for_function``: it needs eval in the page, which the platform forbids."""
    end = time.monotonic() + milliseconds / 1000
    while not page.evaluate(expression, arg):
        assert time.monotonic() < end, f"not within {milliseconds} ms: {expression}"
        page.wait_for_timeout(50)


# Contexts that were used and emptied, by browser and size: the next one finds the program's files in the cache, as a person's
# second visit does. Parsing them anew for every test is most of what a page costs on a machine without a GPU.
_emptied: WeakKeyDictionary[Browser, dict[tuple[int, int], list[BrowserContext]]] = WeakKeyDictionary()


def visit(platform: Platform, browser: Browser, width: int = 1920, height: int = 1080) -> Iterator[Visitor]:
    """A visitor with an empty profile; complaints fail the test afterwards."""
    free = _emptied.setdefault(browser, {}).setdefault((width, height), [])
    context = free.pop() if free else _new(platform, browser, width, height)
    guest = Visitor(platform, context, context.new_page())
    guest.listen()
    try:
        yield guest
    finally:
        guest.leave()
        _empty(context, platform)
        free.append(context)
    assert guest.complaints() == [], "the browser complained: " + "\n".join(guest.complaints())


def _new(platform: Platform, browser: Browser, width: int, height: int) -> BrowserContext:
    context = browser.new_context(
        base_url=platform.url,
        viewport={"width": width, "height": height},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",  # nothing moves under a click; and software drawing is slow
    )
    context.set_default_timeout(30_000)
    return context


def _empty(context: BrowserContext, platform: Platform) -> None:
    """Leave nothing of a visit but the cache of files that are the same for everybody."""
    context.clear_cookies()
    page = context.new_page()
    kinds = "local_storage,indexeddb,service_workers,cache_storage"
    context.new_cdp_session(page).send("Storage.clearDataForOrigin", {"origin": platform.url, "storageTypes": kinds})
    page.close()
