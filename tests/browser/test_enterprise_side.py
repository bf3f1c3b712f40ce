"""The enterprise side in a real browser: an enterprise submits, an officer confirms, and acts as the enterprise under a red bar."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import Visitor, visit
from tests.platform import PASSWORD, Platform

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)
FIRM = "朝阳德美纳米材料有限公司"


@pytest.fixture
def enterprise(platform: Platform, browser: Browser) -> Iterator[Visitor]:
    """A visitor signed in as an enterprise, through its own door."""
    for guest in visit(platform, browser, width=1366, height=768):
        enter(guest, FIRM, "/enterprise/login")
        yield guest


@pytest.fixture
def officer(platform: Platform, browser: Browser) -> Iterator[Visitor]:
    for guest in visit(platform, browser, width=1366, height=768):
        enter(guest, "officer", "/login")
        yield guest


def enter(guest: Visitor, username: str, door: str) -> None:
    guest.page.goto(door)
    guest.page.fill("input[name=username]", username)
    guest.page.fill("input[name=password]", PASSWORD)
    guest.page.press("input[name=password]", "Enter")
    expect(guest.page.locator("#head-modules a").first).to_be_visible(timeout=60_000)


def number_of(page: Page) -> str:
    """The id of the enterprise in the list of an officer."""
    page.goto(f"/enterprises?q={FIRM}")
    page.locator(".ag-row a").first.click()
    expect(page).to_have_url(re.compile(r"open=\d+"))
    return re.search(r"open=(\d+)", page.url).group(1)  # type: ignore[union-attr]


def test_an_enterprise_submits_its_file_and_an_officer_confirms_it(enterprise: Visitor, officer: Visitor) -> None:
    page = enterprise.page
    expect(page.locator(".brand-words b")).to_have_text(FIRM)
    expect(page.locator(".side-mark")).to_have_text("企业端")
    expect(page.locator("#head-modules a")).to_have_text(["企业首页", "待办事项", "企业档案", "隐患登记", "本期上报", "风险管控", "重大危险源", "园区一张图", "储罐监测", "趋势分析", "报警中心", "实时视频", "风险四色图", "自查标准", "通知公告", "消息中心"])
    page.locator(".own-missing a", has_text="去补充").first.click()
    expect(page.locator(".own-file-form input:focus, .own-file-form select:focus, .own-file-form textarea:focus")).to_have_count(1)
    page.fill("input[name=legal_person]", "王新")
    part = page.locator("[data-part=safety_person]")
    part.get_by_role("button", name="添加一行").click()
    part.locator("[data-cell=name]").last.fill("新来的安全员")
    page.get_by_role("button", name="提交").click()
    expect(part.locator(".mistake")).to_have_text("请填写岗位。")
    expect(part.locator("[data-cell=name]").last).to_have_value("新来的安全员")
    part.locator("[data-cell=post]").last.select_option(index=1)
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".own-file-waiting .note").first).to_contain_text("已提交 2 项修改")
    expect(page.locator(".change-table")).to_contain_text("新来的安全员")

    desk = officer.page
    desk.goto("/enterprises/pending")
    desk.locator(".ag-row", has_text=FIRM).locator("a").first.click()
    expect(desk.locator(".record-drawer .change-table")).to_contain_text("王新")
    desk.locator(".record-drawer header").get_by_text("确认", exact=True).click()
    desk.locator(".record-question button[type=submit]").click()
    expect(desk.locator(".message.success")).to_contain_text("2 项修改已写入档案")

    page.reload()
    expect(page.locator("input[name=legal_person]")).to_have_value("王新")
    page.goto("/")
    expect(page.locator(".own-file-panel .tag").first).to_have_text("已确认")


def test_an_officer_acts_as_an_enterprise_under_a_red_bar_and_comes_back(officer: Visitor) -> None:
    page = officer.page
    number = number_of(page)
    page.goto(f"/enterprise/enter/{number}")
    expect(page.locator("main")).to_contain_text("30 分钟后自动结束")
    page.get_by_role("button", name="进入企业端").click()
    bar = page.locator(".acting-bar")
    expect(bar).to_contain_text(f"正在以“{FIRM}”的身份操作，操作记入日志，剩余 30 分钟")
    for path in ("/own/file", "/tanks"):
        page.goto(path)
        expect(bar).to_be_visible()
    assert bar.evaluate("bar => getComputedStyle(bar).backgroundColor").startswith("rgb(19")
    page.goto("/enterprises")
    expect(page.locator("#page-content")).to_contain_text("这是管理端的页面，企业端不能打开。")
    bar.get_by_role("button", name="返回管理端").click()
    expect(page).to_have_url(re.compile(rf"/enterprises\?open={number}"))
    expect(page.locator(".acting-bar")).to_have_count(0)
    expect(page.locator(".record-drawer h2")).to_have_text(FIRM)


def test_another_tab_notices_that_one_acts_as_somebody_else_now(officer: Visitor) -> None:
    page = officer.page
    number = number_of(page)
    second = officer.context.new_page()
    second.goto(f"/enterprise/enter/{number}")
    second.get_by_role("button", name="进入企业端").click()
    expect(second.locator(".acting-bar")).to_be_visible()
    page.locator("#head-modules a", has_text="首页").click()
    expect(page.locator(".acting-bar")).to_be_visible()
    second.locator(".acting-bar").get_by_role("button", name="返回管理端").click()
    expect(second.locator(".acting-bar")).to_have_count(0)


def test_a_phone_shows_the_enterprise_side_without_scrolling_sideways(platform: Platform, browser: Browser) -> None:
    for guest in visit(platform, browser, width=390, height=844):
        enter_on_phone(guest)
        for path in ("/", "/own/file"):
            guest.page.goto(path)
            expect(guest.page.locator(".own-file-panel, .own-file-form").first).to_be_visible()
            assert guest.page.evaluate("document.documentElement.scrollWidth") == 390
        expect(guest.page.get_by_role("button", name="提交")).to_be_in_viewport()


def enter_on_phone(guest: Visitor) -> None:
    guest.page.goto("/enterprise/login")
    guest.page.fill("input[name=username]", FIRM)
    guest.page.fill("input[name=password]", PASSWORD)
    guest.page.press("input[name=password]", "Enter")
    expect(guest.page.locator(".own-file-panel")).to_be_visible(timeout=60_000)


def test_an_officer_switches_an_item_off_for_a_type(page: Page) -> None:
    page.goto("/system/field-rules")
    page.locator(".rule-type", has_text="纺织行业").click()
    expect(page.locator(".rule-type.on")).to_contain_text("纺织行业")  # the table below is of this type now
    row = page.locator(".rule-table tr", has_text="年产值")
    row.locator("input.switch").first.uncheck()
    expect(row.locator("input.switch").last).to_be_disabled()
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".message.success")).to_contain_text("已保存 1 项设置")
    expect(row.locator(".tag")).to_have_text("本级设置")
    row.get_by_role("button", name="恢复默认").click()
    expect(row.locator(".tag")).to_have_count(0)
