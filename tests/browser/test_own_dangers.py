"""An enterprise enters a hidden danger on a phone: form, photo, submission."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browsing import visit
from tests.platform import Platform

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)
FIRM = "朝阳德美纳米材料有限公司"


def test_a_danger_is_entered_with_a_photo_on_a_phone(platform: Platform, browser: Browser, tmp_path: Path) -> None:
    photo = tmp_path / "现场.jpg"
    Image.new("RGB", (640, 480), (120, 140, 160)).save(photo)
    for guest in visit(platform, browser, width=390, height=844):
        guest.arrive(FIRM, "/own/reports", "/enterprise/login")
        page = guest.page
        offered = page.get_by_role("button", name="提交上报").inner_text()
        before = int(re.sub(r"\D", "", offered) or 0)
        page.goto("/own/dangers?do=add")
        page.fill("[name=name]", "可燃气体报警器 2 台超期未检")
        page.fill("[name=place]", "甲类仓库 2 号门东侧")
        expect(page.locator("#field-cause")).to_be_hidden()
        page.locator("#field-level label", has_text="重大").click()
        expect(page.locator("#field-cause")).to_be_visible()
        expect(page.locator("#field-deadline_on")).to_be_hidden()
        page.locator("#field-level label", has_text="一般").click()
        page.fill("[name=deadline_on]", "2099-01-01")
        page.fill("[name=person]", "刘海涛")
        page.locator("[name=kind]").select_option("instrument")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.get_by_role("button", name="保存草稿").click()
        draft = page.locator(".own-draft")
        expect(draft).to_contain_text("内容已齐，可以提交")
        draft.locator("[aria-label=拍摄整改前照片]").set_input_files(photo)
        expect(draft.locator("[data-attachment] img")).to_have_count(1)
        draft.get_by_text("提交", exact=True).click()
        page.locator(".record-question button[type=submit]").click()
        expect(page.locator(".message.success", has_text="已提交 YBYH-")).to_be_visible()
        expect(page.locator(".record-drawer")).to_contain_text("打开办理页面")
        page.goto("/own/reports")
        expect(page.get_by_role("button", name=f"提交上报（{before + 1} 条）")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
