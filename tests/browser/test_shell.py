"""The frame in a real browser: signing in, the two shells, tabs, messages, refusals, the end of a session, the phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import Visitor
from tests.platform import Platform

pytestmark = pytest.mark.browser

CONTENT = "#page-content .page"


@pytest.fixture
def page(page: Page) -> Page:
    """Home, as the sign-in leads to it."""
    page.goto("/")
    return page


@pytest.fixture
def phone(phone: Page) -> Page:
    phone.goto("/")
    return phone


def test_home_greets_the_person_and_marks_demo_data(page: Page) -> None:
    expect(page.locator(".greeting h3")).to_contain_text("系统管理员")
    expect(page.locator(".demo")).to_have_text("演示数据")


def test_every_figure_of_home_has_a_unit_a_time_and_a_way_to_its_rows(page: Page) -> None:
    expect(page.locator(".home .kpi small").first).to_be_visible()
    figures = page.locator(".home a.kpi")
    assert figures.count() == page.locator(".home .kpi").count(), "each figure is a link"
    expect(page.locator(".home-title .cap")).to_contain_text(re.compile(r"截至 \d\d:\d\d:\d\d"))


def test_figures_that_are_no_longer_renewed_say_since_when(page: Page) -> None:
    stamp = page.locator(".home-title [data-as-of]")
    expect(stamp).not_to_have_class(re.compile("late"))
    stamp.evaluate("stamp => { stamp.dataset.asOf = park.live.now() - 31_000; }")
    expect(stamp).to_have_class(re.compile("late"), timeout=5_000)
    expect(stamp).to_have_attribute("data-late", re.compile(r"停更 00:3\d，"))


def test_the_clock_of_the_header_shows_the_park_s_time(page: Page) -> None:
    expect(page.locator("#head-clock .clock-time")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))


def test_a_room_page_turns_the_frame_dark_and_home_turns_it_light(page: Page) -> None:
    page.locator("#head-modules").get_by_text("监测预警").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("#side-menu")).to_be_hidden()
    page.locator(".brand").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.locator("#side-menu")).to_be_visible()


def test_going_back_shows_the_page_before(page: Page) -> None:
    page.locator("a.kpi", has_text="储罐在线").click()
    expect(page).to_have_title(re.compile("储罐监测"))
    page.go_back()
    expect(page).to_have_title(re.compile("首页"))


def test_an_unknown_address_says_so_inside_the_frame(page: Page) -> None:
    page.evaluate("park.shell.go('/nowhere')")
    expect(page.locator(CONTENT)).to_contain_text("没有找到这个页面")
    expect(page.locator("#head-modules a").first).to_be_visible()


def test_success_leaves_by_itself_and_an_error_stays(page: Page) -> None:
    expect(page.locator("#messages")).to_be_attached()
    both = "park.shell.show({kind: 'error', text: '失败了'}); park.shell.show({kind: 'success', text: '成了'})"
    assert page.evaluate(f"() => {{ {both}; return document.querySelectorAll('.message').length; }}") == 2
    expect(page.locator(".message")).to_have_count(1)
    expect(page.locator(".message")).to_contain_text("失败了")
    page.locator(".message-close").click()
    expect(page.locator(".message")).to_have_count(0)


def test_what_is_said_before_the_frame_is_drawn_is_not_lost(page: Page) -> None:
    expect(page.locator("#messages")).to_be_attached()
    page.evaluate("""() => {
        const area = document.getElementById('messages');
        area.id = 'not-yet';
        park.shell.show({kind: 'error', text: '说早了'});
        setTimeout(() => { area.id = 'messages'; }, 300);
    }""")
    expect(page.locator(".message")).to_contain_text("说早了")


def test_the_menu_of_the_person_closes_on_escape(page: Page) -> None:
    page.locator(".person summary").click()
    expect(page.locator(".person .menu")).to_contain_text("修改密码")
    page.keyboard.press("Escape")
    expect(page.locator(".person .menu")).to_be_hidden()


def test_the_side_menu_folds_and_stays_folded(page: Page) -> None:
    page.locator("#menu-fold").click()
    page.reload()
    expect(page.locator(".side")).to_have_css("width", "56px")


def test_signing_out_leads_to_the_sign_in_page(page: Page) -> None:
    page.locator(".person summary").click()
    page.get_by_role("button", name="退出").click()
    expect(page).to_have_url(re.compile("/login"))


def test_after_the_sign_in_the_person_is_where_they_wanted_to_be(visitor: Visitor, platform: Platform) -> None:
    visitor.page.goto(f"{platform.url}/tanks")
    expect(visitor.page).to_have_url(re.compile(r"/login\?next="))
    expect(visitor.page.get_by_role("heading", name="管理端登录")).to_be_visible()


def test_a_password_can_be_looked_at_while_it_is_typed(visitor: Visitor, platform: Platform) -> None:
    visitor.page.goto(f"{platform.url}/login")
    visitor.page.locator("input[name=password]").fill("secret")
    visitor.page.locator(".eye").click()
    expect(visitor.page.locator("input[name=password]")).to_have_attribute("type", "text")


def test_the_phone_has_five_entries_of_44_pixels_at_the_bottom(phone: Page) -> None:
    entries = phone.locator("#phone-nav a")
    expect(entries).to_have_count(5)
    assert min(box["height"] for box in (entry.bounding_box() for entry in entries.all()) if box) >= 44


def test_no_page_of_the_phone_is_wider_than_the_phone(phone: Page) -> None:
    expect(phone.locator(".greeting")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing to scroll sideways"
