"""An urgent notice in a real browser: it interrupts the enterprise's screen and asks for an answer, which the office then sees."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browsing import visit
from tests.platform import PASSWORD, Platform

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)
FIRM = "朝阳凌河涂料有限公司"  # whose screen no other test of this platform looks at


def enter(page: object, username: str, door: str = "/login") -> None:
    page.goto(door)  # type: ignore[attr-defined]
    page.fill("input[name=username]", username)  # type: ignore[attr-defined]
    page.fill("input[name=password]", PASSWORD)  # type: ignore[attr-defined]
    page.press("input[name=password]", "Enter")  # type: ignore[attr-defined]
    expect(page.locator("#head-modules a").first).to_be_visible(timeout=60_000)  # type: ignore[attr-defined]


def test_an_urgent_notice_interrupts_until_it_is_taken_note_of(platform: Platform, browser: Browser) -> None:
    for office in visit(platform, browser, width=1366, height=768):
        for firm in visit(platform, browser, width=1366, height=768):
            enter(firm.page, FIRM, "/enterprise/login")
            page = office.page
            enter(page, "officer")
            page.goto("/notices?do=add")
            page.fill("input[name=title]", "立即停止露天装卸作业")
            page.fill("textarea[name=body]", "今晚有大到暴雪，请立即停止。")
            for name in ("is_urgent", "wants_answer"):
                page.locator(f"#field-{name}").get_by_label("是").check()
            page.locator("#field-enterprises").click()
            page.locator(".picker-search input").fill(FIRM)
            expect(page.locator(".picker-row")).to_have_count(1)
            page.keyboard.press("Enter")
            page.keyboard.press("Escape")
            page.get_by_role("button", name="保存").click()
            page.locator(".record-drawer").get_by_role("link", name="发布").click()
            page.locator(".record-drawer, .dialog").get_by_role("button", name="发布").last.click()
            expect(page.locator("#messages")).to_contain_text("已发布“立即停止露天装卸作业”")
            call = firm.page.get_by_role("dialog", name="紧急通知")
            expect(call).to_contain_text("今晚有大到暴雪，请立即停止。")
            firm.page.keyboard.press("Escape")
            expect(call).to_be_visible()
            call.get_by_role("link", name="查看全文").click()
            expect(firm.page).to_have_url(re.compile(r"/own/notices\?open=\d+"))
            firm.page.fill("textarea[name=answer]", "已停止。")
            firm.page.get_by_role("button", name="提交回复").click()
            expect(firm.page.locator(".notice-reply .notice-body")).to_have_text("已停止。")  # not what was typed: what was taken
            expect(firm.page.get_by_role("dialog", name="紧急通知")).to_have_count(0)
            page.locator(".drawer-tabs").get_by_role("link", name=re.compile("回执")).click()
            expect(page.locator(".record-drawer")).to_contain_text("已停止。")
