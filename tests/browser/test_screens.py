"""A wall as it hangs: what stands on it, what interrupts it, what it does when nobody speaks, and how it is put up and taken down."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from data import db, incidents
from data.models import Message, User
from data.viewer import Viewer
from data.viewers import viewer_from
from tests.browsing import Visitor, visit
from tests.conftest import use_database
from tests.gateways import Gateway
from tests.platform import Platform, wait_for

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)

NORMAL, WHILE_CUT, URGENT = 6.0, 7.25, 14.0  # m, against limits of the methanol tanks
CODE = "V-109.LT"
TURNS = "rotate=park,tanks,vehicles&every=5"
ALL = ("综合态势", "储罐实时监测", "危化品车辆")
SOUND = "park.tones.playing()"
ANSWERED = "park.live.alarms.some((one) => one.name.includes('V-109') && one.state !== 'unacknowledged')"
# Three days behind: nothing on a wall may come from this clock.
WRONG_CLOCK = "(() => { const real = Date.now; Date.now = () => real() - 3 * 86400e3; })()"

# What stands on the tank at the moment in which the veil leaves.
UNVEILED = """new MutationObserver(() => {
    const tank = [...document.querySelectorAll(".screen-small, .screen-tank")].find((one) => one.textContent.includes("V-109"));
    if (document.querySelector(".screen-veil").hidden) window.unveiled = tank.textContent;
}).observe(document.querySelector(".screen-veil"), { attributes: true })"""


@pytest.fixture(scope="module")
def methanol(platform: Platform) -> Iterator[Gateway]:
    with Gateway(platform, CODE) as gateway:
        yield gateway
        gateway.say(NORMAL, int(time.time() * 1000), CODE)
        time.sleep(0.5)


@contextmanager
def on_duty(platform: Platform) -> Iterator[tuple[Session, Viewer]]:
    """What happens at another desk, by the officer on duty."""
    use_database(platform.settings.effective_database_url)
    with db.session() as current:
        yield current, viewer_from(current.scalars(select(User).where(User.username == "duty")).one())
    use_database("")


@contextmanager
def an_incident(platform: Platform, title: str) -> Iterator[None]:
    """An incident that is open for as long as the block lasts, and then dismissed."""
    with on_duty(platform) as (session, viewer):
        made = incidents.receive(session, viewer, {"title": title, "kind": "leak", "place": "甲醇罐区"}, datetime.now(UTC))
        identity, seen = made.id, made.state
    try:
        yield
    finally:
        with on_duty(platform) as (session, viewer):
            incidents.move(session, viewer, identity, "dismiss", seen, {}, datetime.now(UTC), "误报")
            session.execute(update(Message).where(Message.once == f"incident:{identity}").values(read_at=datetime.now(UTC)))  # it interrupts those on duty


@pytest.fixture
def admin(platform: Platform, browser: Browser) -> Iterator[Page]:
    for guest in visit(platform, browser):
        guest.arrive("admin")
        yield guest.page


@pytest.fixture
def hang(platform: Platform, browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """A wall: a browser in which nobody is signed in."""
    visits: list[Iterator[Visitor]] = []

    def show(address: str, width: int = 1920, height: int = 1080, before: Callable[[Page], Any] = lambda page: None) -> Visitor:
        visits.append(visit(platform, browser, width=width, height=height))
        guest = next(visits[-1])
        before(guest.page)
        guest.page.goto(address)
        return guest

    yield show
    for each in visits:
        next(each, None)


def put_up(page: Page, name: str, *shown: str) -> str:
    """Add a wall on the page of walls; its address, which is shown this once."""
    page.goto("/system/walls?do=add")
    page.locator("[name=name]").fill(name)
    for one in shown:
        page.get_by_label(one).check()
    page.get_by_role("button", name="保存").click()
    told = page.locator("#messages", has_text=f"“{name}”的大屏地址")
    expect(told).to_be_visible()
    return re.search(r"(http://\S+/screen/\S+token=wall_[\w-]+)", told.inner_text())[1]  # type: ignore[index]


@pytest.fixture(scope="module")
def address(platform: Platform, browser: Browser) -> str:
    """The address of a wall of all screens, without its rotation."""
    for guest in visit(platform, browser):
        guest.arrive("admin")
        found = put_up(guest.page, "测试墙", *ALL)
    return found


def says(page: Page, expression: str) -> bool:
    """Whether that is so on the page; not while it is loading just now."""
    with suppress(Error):
        return bool(page.evaluate(f"Boolean({expression})"))
    return False


def is_live(wall: Visitor) -> Page:
    """Its page, once what stands on it is true."""
    wait_for(lambda: wall.page.evaluate("Boolean(window.park?.screen?.shown) && park.screen.truth().state === 'live'"), 20, "a live wall")
    return wall.page


def test_nothing_scrolls_nothing_can_be_clicked_and_the_cursor_goes(hang: Callable[..., Visitor], address: str) -> None:
    page = is_live(hang(address, 3840, 1080))
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [3840, 1080]
    assert page.evaluate("document.querySelectorAll('a, button, input, [onclick]').length") == 0
    wait_for(lambda: page.evaluate("getComputedStyle(document.body).cursor") == "none", 10, "no cursor")
    assert page.evaluate("document.querySelectorAll('.screen-column').length") == 5, "a wide wall has more columns"


@pytest.mark.parametrize(("width", "height", "canvas"), [(1920, 1080, 1920), (3840, 2160, 1920), (6720, 2160, 3360), (1366, 768, 1920)])
def test_the_canvas_fits_every_wall_and_the_map_stands_in_its_place(hang: Callable[..., Visitor], address: str, width: int, height: int, canvas: int) -> None:
    page = is_live(hang(address, width, height))
    assert abs(page.evaluate("park.screen.width()") - canvas) < 2
    rects = page.evaluate("['.screen-hole', '.screen-map'].map((one) => Object.values(document.querySelector(one).getBoundingClientRect().toJSON()).map(Math.round))")
    assert rects[0] == rects[1]
    cut = "[...document.querySelectorAll('.screen-panel')].filter((one) => { const box = one.getBoundingClientRect(); return box.right > innerWidth + 1 || box.bottom > innerHeight + 1; }).length"
    assert page.evaluate(cut) == 0


def test_an_alarm_and_an_incident_interrupt_walls_that_rotate_and_those_that_do_not(
    hang: Callable[..., Visitor], address: str, admin: Page, methanol: Gateway, platform: Platform
) -> None:
    bare = address.partition("&")[0]
    turning = is_live(hang(f"{bare}&{TURNS}"))
    still = is_live(hang(bare.replace("/screen/park", "/screen/vehicles")))
    still.mouse.click(10, 10)  # a browser sounds after a click alone
    methanol.say(NORMAL, int(time.time() * 1000), CODE)
    wait_for(lambda: not still.evaluate(ANSWERED), what="the end of what an earlier try left")
    methanol.say(URGENT, int(time.time() * 1000), CODE)
    for page in (turning, still):
        band = page.locator(".screen-band")
        expect(band).to_be_visible()
        expect(band).to_contain_text("V-109 液位高高报")
        expect(band).to_contain_text("紧急 未确认")
        expect(page.locator(".screen-tanks .screen-tank.first")).to_contain_text("V-109")
    wait_for(lambda: still.evaluate(SOUND) == "urgent", what="the sound of an urgent alarm")
    admin.goto("/alarms")
    admin.locator(".alarm-row:not(.columns):not(.l4)", has_text="V-109").click()
    admin.keyboard.press("Space")
    expect(turning.locator(".screen-band")).to_be_hidden()
    expect(turning.locator(".screen-tank", has_text="V-109")).to_contain_text("已确认")
    for page in (still, turning):
        expect(page.locator(".screen-band")).to_be_hidden()
        expect(page.locator(".screen-vehicles")).to_be_visible()
    assert still.evaluate(SOUND) == ""
    with an_incident(platform, "甲醇罐区泄漏"):
        for page in (turning, still):
            expect(page.locator(".screen-incident-head")).to_contain_text("甲醇罐区泄漏")
        wait_for(lambda: still.evaluate(SOUND) == "urgent", what="the sound of an incident")
    expect(still.locator(".screen-vehicles")).to_be_visible()
    expect(turning.locator(".screen-incident")).to_have_count(0)
    wait_for(lambda: still.evaluate(SOUND) == "", what="silence")


def test_a_cut_cable_a_restarted_server_and_a_wrong_clock_show_no_old_number_as_live(
    hang: Callable[..., Visitor], address: str, methanol: Gateway, platform: Platform
) -> None:
    methanol.say(NORMAL, int(time.time() * 1000), CODE)

    def trouble(page: Page) -> None:
        page.add_init_script(WRONG_CLOCK)
        page.route("**/82-screen-panels.js*", lambda route: route.abort(), times=1)  # a file that did not come: the page loads itself again

    wall = hang(address.partition("&")[0].replace("/screen/park", "/screen/tanks"), before=trouble)
    wait_for(lambda: says(wall.page, "window.park?.screen?.readTanks"), 30, "the page that has loaded itself again")
    page = is_live(wall)
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))
    expect(page.locator(".screen-date")).to_contain_text(today)
    expect(page.locator("h1")).to_have_text("朝阳柳城经济开发区　储罐实时监测")
    assert page.evaluate("Math.abs(park.live.now() - Date.now() - 3 * 86400e3) < 5000"), "the wall's own clock is three days behind"
    tank = page.locator(".screen-small, .screen-tank", has_text="V-109")
    expect(tank).to_contain_text("6.00")
    page.evaluate(UNVEILED)
    wall.context.set_offline(True)
    for role in ("push", "web"):
        os.kill(platform.role(role), signal.SIGKILL)
    methanol.say(WHILE_CUT, int(time.time() * 1000), CODE)
    veil = page.locator(".screen-veil")
    expect(veil).to_be_visible(timeout=25_000)
    for words in ("数据中断", "最后数据", "正在重连", "画面数值不可用于判断"):
        expect(veil).to_contain_text(words)
    expect(tank).to_contain_text("6.00")
    expect(page.locator(".screen-date")).to_contain_text(today)
    wait_for(platform.healthy, 60, "the restarted server")
    wall.context.set_offline(False)
    expect(veil).to_be_hidden(timeout=30_000)
    assert "7.25" in page.evaluate("window.unveiled"), "the veil left before the new number stood there"
    wall.errors.clear()  # the browser notes each question that nobody answered


def test_a_wall_is_put_up_seen_alive_and_taken_down(hang: Callable[..., Visitor], admin: Page) -> None:
    shown = put_up(admin, "值班室屏", "储罐实时监测")
    wall = hang(shown)
    page = is_live(wall)
    expect(page.locator("h1")).to_contain_text("储罐实时监测")
    expect(page.locator(".screen-foot")).to_contain_text("心跳正常", timeout=30_000)
    admin.goto("/system/wall-beats")
    card = admin.locator(".wall-card", has_text="值班室屏")
    expect(card).to_contain_text("正常")
    expect(card).to_contain_text("1920×1080")
    admin.goto("/system/walls")
    admin.get_by_role("link", name="值班室屏").click()
    admin.locator(".record-drawer header").get_by_text("更多").click()
    admin.locator(".verbs-menu").get_by_text("停用令牌", exact=True).click()
    admin.locator("form").get_by_role("button", name="停用令牌").click()
    expect(admin.locator("#messages")).to_contain_text("令牌已停用")
    expect(page.locator("h1")).to_have_text("大屏未开放", timeout=60_000)
    expect(page.locator("body")).to_contain_text("“值班室屏”的大屏令牌已停用。")
    wall.errors.clear()  # what was refused stands in the console, as it should
