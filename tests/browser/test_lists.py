"""Lists, drawers and forms in a real browser: the address is the state."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)


def opened(page: Page, path: str) -> Page:
    """The page with its rows drawn."""
    page.goto(path)
    expect(page.locator(".ag-row").first).to_be_visible(timeout=60_000)
    return page


def verb(page: Page, words: str) -> Locator:
    """A verb that stands under 更多 of the drawer."""
    page.locator(".record-drawer header").get_by_text("更多").click()
    return page.locator(".verbs-menu").get_by_text(words, exact=True)


def test_a_search_narrows_the_rows_and_stands_in_the_address(page: Page) -> None:
    opened(page, "/enterprises")
    expect(page.locator(".pager b").first).to_have_text("60")
    page.locator(".search input[name=q]").fill("朝阳柳城热电有限公司")
    page.locator(".search input[name=q]").press("Enter")
    expect(page.locator(".pager b").first).to_have_text("1")
    expect(page).to_have_url(re.compile(r"\?q=%E6%9C%9D%E9%98%B3%E6%9F%B3%E5%9F%8E"))
    expect(page.locator(".ag-center-cols-container .ag-row")).to_have_count(1)
    page.locator(".search").get_by_text("重置", exact=True).click()
    expect(page.locator(".pager b").first).to_have_text("60")
    expect(page).to_have_url(re.compile("/enterprises$"))


def test_nothing_found_says_which_conditions_and_offers_to_clear_them(page: Page) -> None:
    page.goto("/enterprises?q=没有这家&state=running")
    expect(page.locator(".list-blank")).to_contain_text("当前条件：关键词 没有这家，生产状态 正常")
    expect(page.locator(".when-folded")).to_contain_text("展开(1)")
    page.get_by_text("清空条件").click()
    expect(page.locator(".pager b").first).to_have_text("60")


def test_a_head_sorts_all_rows_and_going_back_restores_the_order(page: Page) -> None:
    opened(page, "/enterprises?size=20")
    first = page.locator(".ag-row[row-index='0'] [col-id=name]").first
    before = first.inner_text()
    page.locator(".ag-header-cell[col-id=name]").click()
    expect(page).to_have_url(re.compile("sort=name"))
    expect(first).not_to_have_text(before)
    page.go_back()
    expect(first).to_have_text(before)


def test_a_page_number_leads_to_other_rows(page: Page) -> None:
    opened(page, "/enterprises")
    first = page.locator(".ag-row[row-index='0'] [col-id=name]").first
    before = first.inner_text()
    page.locator(".pager").get_by_text("2", exact=True).click()
    expect(page.locator(".pager .p.on")).to_have_text("2")
    expect(first).not_to_have_text(before)
    expect(page).to_have_url(re.compile("page=2"))


def test_a_row_opens_a_drawer_with_an_address_of_its_own(page: Page) -> None:
    opened(page, "/enterprises")
    link = page.locator(".ag-row[row-index='0'] a").first
    name = link.inner_text()
    link.click()
    expect(page.locator(".record-drawer h2")).to_have_text(name)
    expect(page).to_have_url(re.compile(r"open=\d+"))
    page.reload()
    expect(page.locator(".record-drawer h2")).to_have_text(name)
    page.get_by_label("下一条").click()
    expect(page.locator(".record-drawer h2")).not_to_have_text(name)
    page.keyboard.press("Escape")
    expect(page.locator(".record-drawer")).to_have_count(0)
    expect(page).to_have_url(re.compile("/enterprises$"))
    page.go_back()
    expect(page.locator(".record-drawer")).to_be_visible()


def test_limits_out_of_order_are_refused_at_the_field_and_right_ones_are_saved(page: Page) -> None:
    opened(page, "/system/points?q=V-101.LT")
    page.locator(".ag-row .acts").get_by_text("修改").click()
    high = page.locator("input[name=high]")
    good = high.input_value()
    high.fill("100000")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".mistake").first).to_contain_text("应")
    expect(high).to_have_value("100000")
    page.locator("input[name=high]").fill(str(float(good) - 0.01))
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".message.success")).to_contain_text("已保存")
    page.locator(".drawer-tabs").get_by_text("变更记录").click()
    expect(page.locator(".record-drawer table")).to_contain_text("高限")
    expect(page.locator(".record-drawer table .was").first).to_have_text(re.compile(r"\d"))


def test_an_unsaved_form_asks_before_it_is_left(page: Page) -> None:
    opened(page, "/system/points?q=V-101.LT")
    page.locator(".ag-row .acts").get_by_text("修改").click()
    page.locator("input[name=name]").fill("另一个名称")
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.locator(".record-drawer").get_by_label("关闭").click()
    expect(page.locator("input[name=name]")).to_have_value("另一个名称")
    assert asked == ["修改还没有保存，确定离开？已填写的内容会暂存在本机。"]


def test_a_user_is_shut_out_with_a_reason_and_let_in_again(page: Page) -> None:
    opened(page, "/system/users?q=inspector3")
    page.locator(".ag-row a").first.click()
    verb(page, "停用").click()
    page.locator(".record-question input[name=reason]").fill("休假")
    page.locator(".record-question button[type=submit]").click()
    expect(page.locator(".message.success")).to_contain_text("其登录立即失效")
    expect(page.locator(".ag-row .tag")).to_have_text("停用")
    verb(page, "启用").click()
    page.locator(".record-question button[type=submit]").click()
    expect(page.locator(".ag-row .tag")).to_have_text("启用")


def test_oneself_cannot_be_shut_out(page: Page) -> None:
    opened(page, "/system/users?q=admin")
    page.locator(".ag-row a").first.click()
    expect(verb(page, "停用")).to_have_attribute("title", "不能停用自己的账号。")


def test_the_diagnosis_shows_how_the_processes_stand(page: Page) -> None:
    page.goto("/system/ingest")
    expect(page.locator(".role", has_text="数据接入")).to_contain_text("运行中")
    expect(page.locator(".role", has_text="数据接入")).to_contain_text("已连接")


def test_a_phone_shows_cards_and_a_drawer_over_the_whole_width(phone: Page) -> None:
    phone.goto("/enterprises")
    card = phone.locator(".record-card").first
    expect(card).to_be_visible()
    name = card.locator("b").inner_text()
    card.click()
    expect(phone.locator(".record-drawer h2")).to_have_text(name)
    box = phone.locator(".record-drawer").bounding_box()
    assert box
    assert (box["x"], box["width"]) == (0, 390)
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
