"""The four-colour map as people meet it: why an enterprise is orange, what an alarm does to the open page, how it was before."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import paho.mqtt.client as mqtt
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import Visitor, visit
from tests.platform import Platform, wait_for

pytestmark = pytest.mark.browser
expect.set_options(timeout=15_000)

FIRM, TOPIC, POINT = "E011", "park/liucheng/E011/GW-12/telemetry", "V-1106.LT"
NORMAL, HIGH_HIGH = 8.0, 13.6  # m, against limits of 13.0 and 13.3
VIEW = "document.getElementById('map-risk').riskView"


@pytest.fixture(scope="module")
def publish(platform: Platform) -> Iterator[Callable[[float], None]]:
    """What the gateway of the tank farm does: send the level of one tank. At the end it is back to normal."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", platform.settings.mqtt_port)
    client.loop_start()

    def send(value: float) -> None:
        body = {"ts": int(time.time() * 1000), "points": [{"code": POINT, "v": value}]}
        client.publish(TOPIC, json.dumps(body), qos=1).wait_for_publish(5)

    yield send
    send(NORMAL)
    client.loop_stop()
    client.disconnect()


@pytest.fixture
def officer(platform: Platform, browser: Browser) -> Iterator[Visitor]:
    for guest in visit(platform, browser):
        guest.arrive("officer")
        yield guest


@pytest.fixture
def own(platform: Platform, browser: Browser) -> Iterator[Visitor]:
    """The enterprise's own user, in a browser of their own."""
    for guest in visit(platform, browser):
        guest.arrive("朝阳柳城石油储运有限公司", door="/enterprise/login")
        yield guest


def opened(page: Page, path: str = "/risk-map") -> Page:
    """The page once its colours have come."""
    page.goto(path)
    wait_for(lambda: page.evaluate(f"Boolean(document.getElementById('map-risk')?.riskView) && {VIEW}.levels.size > 0"), 30, "the first colours")
    return page


def level(page: Page, code: str = FIRM) -> int:
    """The level of an enterprise as the open map has it."""
    found: int = page.evaluate(f"code => {VIEW}.levels.get({VIEW}.definition.enterprises.find(one => one.code === code).id).level", code)
    return found


def test_an_officer_finds_why_an_enterprise_is_orange_within_three_clicks(officer: Visitor) -> None:
    page = officer.page
    page.goto("/")
    page.locator("#head-modules a", has_text="双重预防").click()
    page.locator("#side-menu a", has_text="风险四色图").first.click()
    page.locator(".risk-row.r2").first.click()
    zone = page.locator(".risk-zone").first
    expect(zone.locator(".risk-zone-head .risk-letter")).to_have_text("较")
    carries = zone.locator(".risk-one.r2").first
    expect(carries.locator("small")).to_contain_text("较大")
    expect(carries.locator(".risk-when span")).not_to_be_empty()
    assert carries.locator("a").get_attribute("href").startswith(("/dangers/", "/alarms?")), "the reason opens its record"


def test_a_tank_alarm_changes_zone_enterprise_and_park_on_the_open_page_and_back(officer: Visitor, own: Visitor, publish: Callable[[float], None]) -> None:
    publish(NORMAL)
    page, mine = opened(officer.page), opened(own.page)
    before = level(page)
    assert before > 1 and level(mine) == before, "nothing urgent at first"
    publish(HIGH_HIGH)
    row = page.locator(f".risk-row[data-enterprise={FIRM}]")
    expect(row.locator(".risk-letter")).to_have_text("重")
    expect(row).to_contain_text("高高报")
    expect(mine.locator("#risk-head .risk-level")).to_contain_text("重大风险")
    expect(mine.locator(".risk-zone-head .risk-letter").first).to_have_text("重")
    expect(mine.locator(".risk-one.r1").first).to_contain_text("紧急报警")
    publish(NORMAL)
    wait_for(lambda: level(page) == before, 15, "the colour from before")
    wait_for(lambda: level(mine) == before, 15, "the colour from before on the enterprise's side")


def test_a_minute_of_the_past_is_marked_and_keeps_its_reasons(officer: Visitor, publish: Callable[[float], None]) -> None:
    page = opened(officer.page)
    publish(HIGH_HIGH)
    wait_for(lambda: level(page) == 1, 15, "the alarm")
    during = int(datetime.now(UTC).timestamp() * 1000)
    publish(NORMAL)
    wait_for(lambda: level(page) > 1, 15, "its end")
    opened(page, f"/risk-map?enterprise={FIRM}&at={during}")
    wait_for(lambda: level(page) == 1, 15, "the colour of then")
    expect(page.locator("#risk-flag")).to_contain_text("历史")
    expect(page.locator(".risk-mark")).to_contain_text("历史")
    expect(page.locator(".risk-one.r1").first).to_contain_text("高高报")
    page.locator(".risk-now").click()
    wait_for(lambda: level(page) > 1, 15, "now")
    expect(page.locator("#risk-flag")).to_be_hidden()
    expect(page.locator(".risk-mark")).to_contain_text("实时")
