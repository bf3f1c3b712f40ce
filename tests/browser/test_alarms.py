"""The alarm desk as people meet it: what arrives, what they answer, what they may not, what it sounds like."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import Visitor, visit
from tests.platform import Platform, wait_for

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)

TOPIC = "park/liucheng/E011/GW-12/telemetry"
NORMAL, HIGH, HIGH_HIGH = 3.0, 30.0, 60.0  # %LEL, against limits of 25 and 50

Publish = Callable[[str, float], None]


@pytest.fixture(scope="module")
def publish(platform: Platform) -> Iterator[Publish]:
    """What a gateway does: send one value of a point. At the end every point is back to normal."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", platform.settings.mqtt_port)
    client.loop_start()
    used: set[str] = set()

    def send(code: str, value: float) -> None:
        used.add(code)
        body = {"ts": int(time.time() * 1000), "points": [{"code": code, "v": value}]}
        client.publish(TOPIC, json.dumps(body), qos=1).wait_for_publish(5)
        time.sleep(0.02)

    yield send
    for code in used:
        send(code, NORMAL)
    client.loop_stop()
    client.disconnect()


@pytest.fixture
def people(platform: Platform, browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Signed-in people, each in a browser of their own; a complaint of any of them fails the test."""
    visits: list[Iterator[Visitor]] = []

    def arrive(name: str, path: str = "/alarms", **size: int) -> Visitor:
        visits.append(visit(platform, browser, **size))
        guest = next(visits[-1])
        guest.arrive(name, onward=path)
        return guest

    yield arrive
    for each in visits:
        next(each, None)


def row(page: Page, code: str) -> Any:
    """The row of the point: the object's name begins with its tank's. A slow test also meets 数据停更 of the same point."""
    return page.locator(".alarm-row:not(.columns):not(.l4)", has_text=code.partition(".")[0])


def opened(page: Page) -> Page:
    """The page once its list has heard from the platform."""
    expect(page.locator(".view-button").first).to_be_visible()
    wait_for(lambda: page.evaluate("Boolean(window.park?.alarms?.isHeard())"), 20, "the first live data")
    return page


def test_a_value_over_the_limit_is_a_row_and_counted_in_the_header(
    people: Callable[..., Visitor], publish: Publish
) -> None:
    page = opened(people("duty").page)
    publish("V-1101.GT1", HIGH_HIGH)
    shown = row(page, "V-1101.GT1")
    expect(shown).to_be_visible()
    expect(shown).to_contain_text("高高报")
    expect(shown).to_contain_text("60.0 %LEL")
    expect(shown).to_contain_text("限值 50.0 %LEL")
    expect(shown).to_contain_text("未确认")
    expect(page.locator(".tally-level.l1.waiting")).to_be_visible()
    expect(page.locator("#alarm-said-urgent")).to_contain_text("紧急报警：V-1101")


def test_the_header_counts_the_rows_that_it_opens(people: Callable[..., Visitor], publish: Publish) -> None:
    page = opened(people("duty").page)
    publish("V-1103.GT1", HIGH)
    expect(row(page, "V-1103.GT1")).to_be_visible()
    for level in range(1, 5):
        page.locator(f".tally-level.l{level}").click()
        expect(page.locator(f'.level-filter [data-level="{level}"]')).to_have_attribute("aria-pressed", "true")
        counted = page.locator(f".tally-level.l{level} .tally-count").inner_text()
        expect(page.locator("#desk-list .alarm-row:not(.columns)")).to_have_count(int(counted))
        assert f"level={level}" in page.url


def test_confirming_with_a_remark_by_one_key_is_seen_by_another_browser_at_once(
    people: Callable[..., Visitor], publish: Publish
) -> None:
    mine, other = opened(people("duty").page), opened(people("admin", width=1366, height=768).page)
    publish("V-1105.GT1", HIGH_HIGH)
    row(mine, "V-1105.GT1").click()
    mine.locator("#desk-note").fill("已通知企业停止进料")
    mine.locator("#desk-note").press("Escape")
    mine.keyboard.press("Space")
    for page in (mine, other):
        expect(row(page, "V-1105.GT1")).to_contain_text("已确认")
        expect(row(page, "V-1105.GT1")).to_contain_text("李志远")
    expect(mine.locator("#desk-detail-story")).to_contain_text("李志远 确认：已通知企业停止进料")


def test_a_value_that_is_back_closes_an_answered_alarm_and_keeps_one_that_nobody_answered(
    people: Callable[..., Visitor], publish: Publish
) -> None:
    page = opened(people("duty").page)
    publish("V-1111.GT1", HIGH)
    publish("V-1113.GT1", HIGH)
    row(page, "V-1111.GT1").click()
    page.keyboard.press("Space")
    expect(row(page, "V-1111.GT1")).to_contain_text("已确认")
    publish("V-1111.GT1", NORMAL)
    publish("V-1113.GT1", NORMAL)
    expect(row(page, "V-1111.GT1")).to_have_count(0)
    expect(row(page, "V-1113.GT1")).to_contain_text("已恢复 未确认")
    expect(page.locator("#desk-detail-head")).to_contain_text("已关闭")
    row(page, "V-1113.GT1").click()
    page.keyboard.press("Space")
    expect(row(page, "V-1113.GT1")).to_have_count(0)
    page.locator(".view-button.closed").click()
    expect(row(page, "V-1113.GT1").first).to_contain_text("已关闭")


def test_handling_ends_with_a_cause_and_only_then_closes(people: Callable[..., Visitor], publish: Publish) -> None:
    page = opened(people("duty").page)
    publish("V-1103.GT1", NORMAL)
    publish("V-1103.GT1", HIGH)
    row(page, "V-1103.GT1").click()
    page.locator(".answers button", has_text="处置").click()
    expect(row(page, "V-1103.GT1")).to_contain_text("处置中")
    expect(page.locator(".view-button.mine .view-count")).not_to_have_text("0")
    expect(page.locator(".close-alarm")).to_be_disabled()
    page.locator(".cause", has_text="误报").click()
    page.locator(".close-alarm").click()
    expect(row(page, "V-1103.GT1")).to_have_count(0)
    expect(page.locator("#desk-detail-form")).to_contain_text("误报")


def test_who_came_second_is_told_who_was_first(people: Callable[..., Visitor], publish: Publish) -> None:
    first, second = opened(people("duty").page), opened(people("admin").page)
    publish("V-1101.GT1", NORMAL)
    publish("V-1101.GT1", HIGH_HIGH)
    row(first, "V-1101.GT1").click()
    expect(row(second, "V-1101.GT1")).to_be_visible()
    # The second browser has not heard of the answer yet: its stream is held back.
    number = int(row(second, "V-1101.GT1").get_attribute("data-id") or 0)
    first.keyboard.press("Space")
    expect(row(first, "V-1101.GT1")).to_contain_text("已确认")
    wish = {"ids": [number], "note": "", "key": "late"}
    second.evaluate("wish => dash_clientside.set_props('alarm-acknowledge', {data: wish})", wish)
    expect(second.locator("#messages .message.warning")).to_contain_text("已由李志远于")


def test_several_rows_are_confirmed_together(people: Callable[..., Visitor], publish: Publish) -> None:
    page = opened(people("duty").page)
    for code in ("V-1103.GT1", "V-1105.GT1"):
        publish(code, NORMAL)
        publish(code, HIGH)
        expect(row(page, code)).to_contain_text("未确认")
        row(page, code).locator(".row-tick").check()
    page.get_by_role("button", name="批量确认(2)").click()
    for code in ("V-1103.GT1", "V-1105.GT1"):
        expect(row(page, code)).to_contain_text("已确认")


def test_a_leader_sees_the_alarms_without_a_button_and_without_sound(
    people: Callable[..., Visitor], publish: Publish
) -> None:
    page = opened(people("leader").page)
    publish("V-1111.GT1", HIGH)
    row(page, "V-1111.GT1").click()
    expect(page.locator("#desk-detail-story")).to_contain_text("经过")
    for selector in (".confirm", ".close-alarm", ".batch", ".row-tick", "#desk-note", "#head-sound button"):
        expect(page.locator(selector)).to_have_count(0)
    page.keyboard.press("Space")
    expect(row(page, "V-1111.GT1")).to_contain_text("未确认")


FORGED = """async (number) => {
  const body = {
    output: "alarm-answered.data", outputs: {id: "alarm-answered", property: "data"},
    inputs: [{id: "alarm-acknowledge", property: "data", value: {ids: [number], note: "", key: "forged"}}],
    changedPropIds: ["alarm-acknowledge.data"],
  };
  const answer = await fetch("/_dash-update-component", {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body),
  });
  return [answer.status, await answer.text()];
}"""


def test_a_forged_confirmation_of_a_leader_is_refused_and_changes_nothing(
    people: Callable[..., Visitor], publish: Publish, platform: Platform
) -> None:
    page = opened(people("leader").page)
    publish("V-1113.GT1", HIGH)
    expect(row(page, "V-1113.GT1")).to_be_visible()
    number = int(row(page, "V-1113.GT1").get_attribute("data-id") or 0)
    status, text = page.evaluate(FORGED, number)
    assert "没有“确认报警”权限" in json.dumps(json.loads(text), ensure_ascii=False)
    assert status in (200, 403)
    found = platform.get("/api/v1/alarms?state=unacknowledged", platform.token())[1]["items"]
    assert number in [alarm["id"] for alarm in found]


def test_a_curve_of_the_last_hour_stands_beside_the_alarm(people: Callable[..., Visitor], publish: Publish) -> None:
    page = opened(people("duty").page)
    for value in (5.0, 20.0, HIGH):
        publish("V-1103.GT1", value)
    row(page, "V-1103.GT1").click()
    expect(page.locator("#alarm-curve .scatterlayer .trace path.js-line").first).to_be_attached()
    expect(page.locator("#alarm-curve .annotation-text", has_text="高 25.0")).to_be_attached()


def test_the_address_restores_the_view(people: Callable[..., Visitor], publish: Publish) -> None:
    page = opened(people("duty", "/alarms?view=closed&level=2&source=gas&days=7").page)
    expect(page.locator(".view-button.closed")).to_have_attribute("aria-pressed", "true")
    expect(page.locator('.level-filter [data-level="2"]')).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".source-button", has_text="气体探测")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".list-head h3")).to_have_text("已关闭 近 7 天")


def test_a_filter_never_hides_that_something_waits(people: Callable[..., Visitor], publish: Publish) -> None:
    page = opened(people("duty", "/alarms?source=vehicle").page)
    publish("V-1101.GT1", NORMAL)
    publish("V-1101.GT1", HIGH_HIGH)
    expect(page.locator(".desk-note")).to_contain_text("未确认报警不在当前筛选内")
    page.locator(".desk-note button").click()
    expect(row(page, "V-1101.GT1")).to_be_visible()


def sounds(page: Page) -> str:
    """Which pattern the page sounds now."""
    return str(page.evaluate("park.sound.state().playing"))


def test_an_urgent_alarm_sounds_until_it_is_confirmed_and_breaks_a_silence(
    people: Callable[..., Visitor], publish: Publish
) -> None:
    page = opened(people("duty").page)
    publish("V-1105.GT1", NORMAL)
    publish("V-1105.GT1", HIGH_HIGH)
    row(page, "V-1105.GT1").click()
    wait_for(lambda: sounds(page) == "urgent", 5, "the sound of 紧急")
    page.locator("#head-sound button").click()
    expect(page.locator("#head-sound button")).to_contain_text("静音至")
    assert sounds(page) == ""
    publish("V-1101.GT1", NORMAL)
    publish("V-1103.GT1", NORMAL)
    publish("V-1103.GT1", HIGH_HIGH)
    wait_for(lambda: sounds(page) == "urgent", 5, "a new 紧急 breaking the silence")
    ids = page.evaluate(
        "park.alarms.list().filter((alarm) => alarm.state === 'unacknowledged').map((alarm) => alarm.id)"
    )
    page.evaluate("ids => park.alarms.acknowledge(ids, '')", ids)
    wait_for(lambda: sounds(page) == "", 5, "silence after 确认")


def test_of_two_tabs_only_one_sounds(people: Callable[..., Visitor], publish: Publish) -> None:
    guest = people("duty")
    first = opened(guest.page)
    second = guest.context.new_page()
    second.goto(first.url)
    opened(second)
    for page in (first, second):
        page.bring_to_front()
        page.mouse.click(5, 400)
    publish("V-1111.GT1", NORMAL)
    publish("V-1111.GT1", HIGH_HIGH)
    wait_for(lambda: sorted([sounds(first), sounds(second)]) == ["", "urgent"], 10, "exactly one tab sounding")


def test_on_a_phone_the_first_alarm_is_a_card_with_one_big_button(
    people: Callable[..., Visitor], publish: Publish
) -> None:
    page = opened(people("duty", width=390, height=844).page)
    publish("V-1113.GT1", NORMAL)
    publish("V-1113.GT1", HIGH_HIGH)
    card = page.locator("#desk-hero")
    expect(card.locator(".hero-title")).to_contain_text("V-1113 ")
    size = card.locator(".hero-confirm").bounding_box()
    assert size is not None
    assert size["height"] >= 44
    card.locator(".hero-confirm").click()
    expect(card.locator(".hero-title", has_text="V-1113 ")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
