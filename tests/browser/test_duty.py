"""查岗 in a real browser: it interrupts whatever page is open, has one button, and the leader sees how fast the answer came."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browsing import visit
from tests.platform import Platform

pytestmark = pytest.mark.browser
FIRM = "朝阳卡斯特化工有限公司"  # whose screen no other test of this platform looks at


def test_a_call_interrupts_and_one_button_answers_it(platform: Platform, browser: Browser) -> None:
    expect.set_options(timeout=30_000)
    for office in visit(platform, browser, width=1366, height=768):
        for firm in visit(platform, browser, width=390, height=844):
            firm.arrive(FIRM, door="/enterprise/login")
            firm.page.goto("/")
            expect(firm.page.locator("#phone-nav a").first).to_be_visible()
            office.arrive("leader2")
            page = office.page
            page.goto("/duty-calls?do=add")
            page.locator("#field-enterprise_id").click()
            page.locator(".picker-search input").fill(FIRM)
            expect(page.locator(".picker-row")).to_have_count(1)
            page.keyboard.press("Enter")
            page.get_by_role("button", name="发起查岗").click()
            call = firm.page.get_by_role("dialog", name="查岗")
            expect(call).to_contain_text("请点“在岗”")
            firm.page.keyboard.press("Escape")
            expect(call).to_be_visible()
            expect(call.get_by_role("link")).to_have_count(0)
            call.get_by_role("button", name="在岗").click()
            expect(call).to_have_count(0)
            page.goto("/duty-calls?state=answered&asked_at_from=2026-01-01")
            expect(page.locator(".ag-center-cols-container [role=row]").first).to_contain_text("已应答")
            page.goto("/duty-calls/statistics")
            expect(page.locator("table.list tr", has_text=re.compile("卡斯特")).first).to_contain_text("100.0 %")
