"""The monitoring pages without a mouse: an alarm from its first tone to its cause, and curves beside a plan of the tanks."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from playwright.sync_api import Page, expect

from tests.browsing import Visitor
from tests.platform import Platform, wait_for

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)

TOPIC = "park/liucheng/E011/GW-12/telemetry"
NORMAL, HIGH_HIGH = 3.0, 60.0  # %LEL
AN_HOUR_LATER = "(() => { const { present } = park.live; const real = present.now; present.now = () => real() + 3600e3; })()"
TANKS = iter((("V-1101", "V-1103"), ("V-1111", "V-1113")))  # a second try finds alarms of its own
STANDS_ON = "() => { const row = document.activeElement.closest('.alarm-row'); return row ? row.innerText : document.activeElement.dataset.key || document.activeElement.tagName; }"


@pytest.fixture(scope="module")
def publish(platform: Platform) -> Iterator[Any]:
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", platform.settings.mqtt_port)
    client.loop_start()

    def send(code: str, value: float) -> None:
        body = {"ts": int(time.time() * 1000), "points": [{"code": code, "v": value}]}
        client.publish(TOPIC, json.dumps(body), qos=1).wait_for_publish(5)

    yield send
    for tank in ("V-1101", "V-1103", "V-1111", "V-1113"):
        send(f"{tank}.GT1", NORMAL)
    client.loop_stop()
    client.disconnect()


def stands_on(page: Page, words: str) -> None:
    wait_for(lambda: words in str(page.evaluate(STANDS_ON)), 10, f"the focus on {words}, not on {page.evaluate(STANDS_ON)}")


def test_an_alarm_is_worked_from_confirming_to_its_cause_by_keys_alone(visitor: Visitor, publish: Any) -> None:
    tank, other = next(TANKS)
    visitor.arrive("duty", onward="/alarms")
    page, keys = visitor.page, visitor.page.keyboard
    expect(page.locator(".view-button").first).to_be_visible()
    publish(f"{tank}.GT1", HIGH_HIGH)
    row = page.locator(".alarm-row:not(.columns):not(.l4)", has_text=tank)
    expect(row).to_contain_text("未确认")
    keys.press("?")
    expect(page.locator("#desk-help")).to_contain_text("转交给他人")
    keys.press("Escape")
    expect(page.locator("#desk-help")).to_have_count(0)
    keys.press("/")
    keys.type(tank)
    expect(page.locator(".alarm-row:not(.columns):not(.l4)")).to_have_count(1)
    keys.press("Escape")
    expect(page.locator(".desk-search")).to_have_value(tank)  # it goes back to the list, it does not take the filter away
    keys.press("Home")
    stands_on(page, tank)
    keys.press("3")
    expect(page.locator(".list-head h3")).to_have_text("即将升级")
    expect(row).to_have_count(1)
    stands_on(page, tank)
    keys.press("2")
    keys.press("Space")
    expect(row).to_contain_text("已确认")
    stands_on(page, tank)
    publish(f"{other}.GT1", HIGH_HIGH)
    expect(page.locator(".desk-note")).to_contain_text("另有")
    stands_on(page, tank)
    keys.press("c")
    expect(row).to_contain_text("处置中")
    keys.press("b")
    keys.type("现场复测正常")
    expect(page.locator("#desk-note")).to_have_value("现场复测正常")
    keys.press("Escape")
    expect(page.locator('[data-key="colleague"]')).to_be_visible()
    keys.press("z")
    stands_on(page, "colleague")
    keys.press("ArrowDown")
    keys.press("Tab")
    keys.press("Enter")
    expect(page.locator("#desk-detail-story")).to_contain_text("转交")
    keys.press("g")
    keys.press("Enter")
    for _ in range(5):
        keys.press("Tab")
    stands_on(page, "close")
    keys.press("Enter")
    expect(row).to_have_count(0)
    expect(page.locator("#desk-detail-form")).to_contain_text("误报")


def test_curves_are_laid_over_one_another_read_and_narrowed_by_keys_and_a_tank_opens_from_the_plan(visitor: Visitor) -> None:
    visitor.arrive("duty", onward="/tanks/trend?hours=1&shift=1")
    page, keys = visitor.page, visitor.page.keyboard
    expect(page.locator(".trend-empty h3")).to_have_text("选择要看的测点，最多 6 个")
    page.locator(".trend-empty dt", has_text="单罐全部测点").locator("+ dd button").first.click()
    expect(page.locator("#trend-graph .js-plotly-plot")).to_be_visible(timeout=60_000)
    chosen = page.locator(".trend-chip").count()
    assert chosen > 1, "one click chooses all points of a tank"
    expect(page.locator(".trend-table tbody tr")).to_have_count(chosen)
    expect(page.locator(".trend-table thead")).to_contain_text("昨日")
    expect(page.locator(".trend-words")).to_contain_text("原始数据")
    page.locator("#trend-stage").focus()
    keys.press("ArrowLeft")
    expect(page.locator("#trend-cursor")).to_be_visible()
    keys.press("-")
    expect(page.locator(".trend-words")).to_contain_text("每点")
    assert "start=" in page.url and "hours=" not in page.url, "the period stands in the address"
    keys.press("Backspace")
    expect(page.locator('[data-hours="1"]')).to_have_class("on")
    expect(page.locator(".trend-words")).to_contain_text("原始数据")
    page.evaluate(AN_HOUR_LATER)
    expect(page.locator(".trend-stale")).to_contain_text("停更 1:00:")
    page.goto(f"{visitor.platform.url}/tanks?view=plan")
    page.locator(".plan-area select").select_option(label="甲醇罐区")  # it begins with the tanks that are most urgent now
    tank = page.locator('.plan-list [data-code="V-105"]')
    expect(page.locator("#map-tank-plan .plan-canvas")).to_be_attached()
    tank.focus()
    keys.press("Enter")
    expect(page.locator("#tank-head h2")).to_have_text("V-105 甲醇储罐")
    assert "view=plan" in page.url and "tank=V-105" in page.url
