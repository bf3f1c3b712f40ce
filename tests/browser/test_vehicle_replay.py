"""Replaying a truck that drove a moment ago, choosing vehicles by an area, and the map as a picture; as people do it."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from data.demo.transport import terminals
from ingest.jt808.device import Device, Report
from ingest.jt808.frame import Framer, parse
from tests.platform import Platform

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)

LON, LAT = 120.4300, 41.4200
TERMINAL = terminals()[33]  # of no other test
PLATE = TERMINAL["vehicle"]


@pytest.fixture(scope="module")
def driven(platform: Platform) -> Iterator[str]:
    """The plate of a truck that drove east, stood five minutes, and drove on, until now."""
    device = Device(TERMINAL["phone"], TERMINAL["protocol"])
    with socket.create_connection(("127.0.0.1", platform.settings.jt808_port), timeout=10) as line:

        def say(frame: bytes) -> bytes:
            line.sendall(frame)
            framer = Framer()
            while not (answers := framer.feed(line.recv(4096))):
                pass
            return parse(answers[0]).body

        say(device.authenticate(say(device.register(PLATE))[3:].decode()))
        legs = [(630 - 30 * n, n * 0.001, 40.0) for n in range(8)] + [(390 - 30 * n, 0.008, 0.0) for n in range(10)] + [(90 - 30 * n, 0.009 + n * 0.001, 50.0) for n in range(4)]
        for ago, east, speed in legs:
            say(device.locate(Report(LON + east, LAT, time.time() - ago, speed, 90, alarm_bits=0)))
        yield PLATE


def test_a_drive_is_played_with_its_stop_and_kept_in_the_address(page: Page, driven: str) -> None:
    page.goto(f"/vehicles/replay?plate={driven}&span=24h&rate=60")
    expect(page.locator(".replay-summary")).to_contain_text("22 点")
    stop = page.locator(".replay-section", has_text="停车").locator(".replay-row").first
    expect(stop).to_contain_text("5 分")
    before = page.locator(".replay-now").inner_text()
    page.keyboard.press("Space")
    expect(page.locator(".replay-now")).not_to_have_text(before)
    page.locator(".replay-play").click()
    expect(page).to_have_url(re.compile(r"at=\d+"))
    stop.click()
    expect(page.locator(".replay-side .map-facts")).to_contain_text("停车")


def test_a_span_that_is_too_long_is_refused_in_place(page: Page, driven: str) -> None:
    page.goto(f"/vehicles/replay?plate={driven}&span=free&start=2026-01-01T00:00&end=2026-02-01T00:00")
    expect(page.locator(".replay-summary.wrong")).to_contain_text("最多回放 7 天")
    expect(page.locator(".replay-when.wrong")).to_have_value("2026-02-01T00:00")


def test_a_box_on_the_map_lists_who_is_inside_and_who_was(page: Page, driven: str) -> None:
    page.goto("/vehicles")
    expect(page.locator(f'.car-row[data-plate="{driven}"]')).to_contain_text("km/h")
    page.get_by_role("button", name="框选").click()
    frame = page.locator("#map-vehicles").bounding_box()
    assert frame is not None
    page.mouse.click(frame["x"] + 8, frame["y"] + frame["height"] - 70)
    page.mouse.click(frame["x"] + frame["width"] - 80, frame["y"] + 6)
    expect(page.locator(".area-rows")).to_contain_text(driven)
    page.get_by_role("button", name="进出记录").click()
    expect(page.locator(".area-words")).to_contain_text("进入")
    expect(page.locator(".area-rows")).to_contain_text(driven)


def test_the_map_is_saved_as_a_picture(page: Page) -> None:
    page.goto("/map")
    page.get_by_role("button", name="更多工具").click()
    with page.expect_download() as saved:
        page.get_by_text("保存图片").click()
    assert saved.value.suggested_filename.endswith(".png"), "a picture"
    assert saved.value.path().read_bytes().startswith(b"\x89PNG"), "that is one"
