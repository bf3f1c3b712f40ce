"""An identification is reckoned while one types, and kept."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browsing import visit
from tests.platform import Platform

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)


def test_the_result_follows_the_form_and_is_kept(platform: Platform, browser: Browser) -> None:
    for guest in visit(platform, browser):
        guest.arrive("officer", "/hazards/identify")
        page = guest.page
        page.locator(".hazard-chooser select").select_option(label="三元佳源 溶剂罐区")
        result = page.locator(".hazard-result")
        expect(result).to_contain_text("四级")
        quantity = page.locator("[data-cell=quantity_t]").first
        quantity.fill("464400")
        expect(result).to_contain_text("三级")
        quantity.fill("-1")
        expect(result).to_contain_text("第 1 行设计最大量：不能小于 0。")
        page.get_by_role("button", name="保存辨识结果").click()
        expect(page.locator(".hazard-form .mistake")).to_have_text("不能小于 0。")
        page.locator("[data-cell=quantity_t]").first.fill("4600")
        page.get_by_role("button", name="保存辨识结果").click()
        page.get_by_role("link", name="查看辨识记录").click()
        expect(page.locator(".ag-center-cols-container .ag-row").first).to_contain_text(re.compile("溶剂罐区.*四级", re.S))
