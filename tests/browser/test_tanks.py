"""The tank page as people meet it: values as they come, values that stop, one tank with its curves, answers beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browsing import Visitor, visit
from tests.gateways import Gateway
from tests.platform import PASSWORD, Platform, wait_for

pytestmark = pytest.mark.browser
expect.set_options(timeout=15_000)

LAST_POINT = "() => { const trace = document.querySelector('#tank-trend .js-plotly-plot').data[0]; return trace.y[trace.y.length - 1]; }"
BOX = "node => { const box = node.getBoundingClientRect(); return [box.left, box.top, box.width, box.height]; }"


def now_ms() -> int:
    return int(time.time() * 1000)


@pytest.fixture(scope="module")
def methanol(platform: Platform) -> Iterator[Gateway]:
    """The gateway of the methanol tanks. At the end their levels are back to normal."""
    with Gateway(platform, "V-105.LT") as gateway:
        yield gateway
        for code in ("V-105.LT", "V-106.LT", "V-107.LT", "V-108.LT"):
            gateway.say(6.0, now_ms(), code)
        time.sleep(0.5)


def sign_in(guest: Visitor, name: str, door: str) -> None:
    """Enterprises come in by a door of their own."""
    guest.page.goto(guest.platform.url + door)
    guest.page.fill("input[name=username]", name)
    guest.page.fill("input[name=password]", PASSWORD)
    guest.page.press("input[name=password]", "Enter")
    guest.page.wait_for_url(lambda url: not urlsplit(url).path.endswith("/login"))


@pytest.fixture
def people(platform: Platform, browser: Browser) -> Iterator[Callable[..., Page]]:
    """The page of a signed-in person, each in a browser of their own; a complaint of any of them fails the test."""
    visits: list[Iterator[Visitor]] = []

    def arrive(name: str, path: str = "/tanks", door: str = "/login", **size: int) -> Page:
        visits.append(visit(platform, browser, **size))
        guest = next(visits[-1])
        sign_in(guest, name, door)
        guest.page.goto(platform.url + path)
        expect(guest.page.locator(".tank-card, .tank-line, .tanks-nothing").first).to_be_visible(timeout=30_000)
        return guest.page

    yield arrive
    for each in visits:
        next(each, None)


def card(page: Page, code: str) -> Locator:
    return page.locator(f'.tank-card[data-code="{code}"]')


def value(tile: Locator) -> Locator:
    return tile.locator(".value-row.big .value-number")


def test_a_value_published_over_mqtt_stands_on_the_open_card_within_two_seconds(
    people: Callable[..., Page], methanol: Gateway
) -> None:
    tile = card(people("leader"), "V-105")
    methanol.say(6.11, now_ms())
    expect(value(tile)).to_have_text("6.11")
    methanol.say(6.25, now_ms())
    expect(value(tile)).to_have_text("6.25", timeout=2_000)
    expect(tile.locator(".card-age")).to_contain_text("秒前")


def test_a_card_whose_values_stop_turns_grey_and_says_since_when(
    people: Callable[..., Page], methanol: Gateway
) -> None:
    tile = card(people("leader"), "V-107")
    methanol.say(5.55, now_ms() - 20_000, "V-107.LT")
    expect(value(tile)).to_have_text("5.55")
    expect(tile).to_have_class("tank-card")
    expect(tile).to_have_class("tank-card stale", timeout=20_000)
    expect(tile.locator(".state-chip.stale")).to_contain_text("停更 00:3")
    expect(tile.locator(".card-age")).to_contain_text("末值")
    expect(value(tile)).to_have_text("5.55")


def test_a_click_opens_the_tank_with_its_curve_and_the_next_value_goes_on_the_curve(
    people: Callable[..., Page], methanol: Gateway
) -> None:
    page = people("leader")
    methanol.say(6.3, now_ms())
    card(page, "V-105").click()
    expect(page.locator("#tank-head h2")).to_have_text("V-105 甲醇储罐")
    expect(page.locator("#tank-trend .js-plotly-plot")).to_be_visible(timeout=60_000)
    assert "tank=V-105" in page.url, "the open tank stands in the address"
    methanol.say(6.42, now_ms())
    wait_for(lambda: page.evaluate(LAST_POINT) == 6.42, 10, "the value on the curve")
    expect(page.locator("#tank-now .value-row.big .value-number")).to_have_text("6.42")


def test_escape_closes_the_tank_and_the_address_forgets_it(people: Callable[..., Page]) -> None:
    page = people("leader", "/tanks?tank=V-105")
    drawer = page.locator("#tank-drawer")
    expect(drawer).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    assert "tank=" not in page.url, "a closed tank is not in the address"


def test_the_keyboard_opens_a_tank(people: Callable[..., Page]) -> None:
    page = people("leader")
    card(page, "V-201").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tank-head h2")).to_have_text("V-201 液氨球罐")


def test_a_value_over_the_limit_colours_only_its_card_and_is_answered_beside_the_tank(
    people: Callable[..., Page], methanol: Gateway
) -> None:
    page = people("duty", "/tanks?tank=V-106")
    for seconds_ago, level in ((14, 12.3), (2, 12.3)):  # longer than the ten seconds that an alarm waits
        methanol.say(level, now_ms() - 1000 * seconds_ago, "V-106.LT")
    tile = card(page, "V-106")
    expect(tile.locator(".state-chip.unacknowledged")).to_contain_text("高报 未确认")
    expect(tile.locator(".value-row.broken")).to_have_count(1)
    page.locator("#tank-alarms").get_by_role("button", name="确认").click()
    expect(tile.locator(".state-chip.acknowledged")).to_contain_text("已确认")
    expect(page.locator("#tank-story")).to_contain_text("确认")


def test_who_may_not_answer_is_shown_no_button(people: Callable[..., Page], methanol: Gateway) -> None:
    page = people("leader", "/tanks?tank=V-108")
    for seconds_ago, level in ((14, 12.3), (2, 12.3)):
        methanol.say(level, now_ms() - 1000 * seconds_ago, "V-108.LT")
    expect(page.locator(".tank-alarm")).to_contain_text("高报")
    expect(page.locator("#tank-alarms").get_by_role("button")).to_have_count(0)


def test_what_is_searched_and_filtered_stands_in_the_address_and_comes_back_with_it(
    people: Callable[..., Page],
) -> None:
    page = people("leader")
    page.get_by_role("searchbox", name="搜索罐号").fill("v201")
    expect(page.locator(".tank-card")).to_have_count(1)
    expect(card(page, "V-201")).to_be_visible()
    page.get_by_role("button", name="表格").click()
    expect(page.locator(".tank-line")).to_have_count(1)
    page.reload()
    expect(page.locator(".tank-line")).to_have_count(1)
    expect(page.get_by_role("searchbox", name="搜索罐号")).to_have_value("v201")


def test_a_count_in_the_head_equals_the_cards_it_opens(people: Callable[..., Page]) -> None:
    page = people("leader")
    count = page.locator('.count[data-only="maintenance"]')
    expect(count.locator("b")).not_to_have_text("0")
    shown = int(count.locator("b").inner_text())
    count.click()
    expect(page.locator(".tank-card")).to_have_count(shown)
    expect(page.locator(".tank-card .state-chip.maintenance")).to_have_count(shown)


def test_an_enterprise_sees_its_own_tanks_only(people: Callable[..., Page]) -> None:
    page = people("朝阳华锦新材料有限公司", door="/enterprise/login")
    names = page.locator(".tank-group h3 small:first-of-type")
    expect(names.first).to_have_text("朝阳华锦新材料有限公司")
    assert set(names.all_inner_texts()) == {"朝阳华锦新材料有限公司"}, "nobody else's"


def test_on_a_phone_the_tank_covers_the_screen_and_buttons_fit_a_thumb(people: Callable[..., Page]) -> None:
    page = people("duty", "/tanks", width=390, height=844)
    left, _, width, _ = card(page, "V-105").evaluate(BOX)
    assert left >= 0 and width > 340, "one column"
    card(page, "V-105").click()
    drawer: Any = page.locator("#tank-drawer")
    expect(drawer).to_be_visible()
    assert drawer.evaluate(BOX) == [0, 0, 390, 844], "the whole screen"
    heights = [one.evaluate(BOX)[3] for one in page.locator("#tank-head button").all()]
    assert min(heights) >= 44, "large enough"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing sticks out"
