"""The officer on duty speaks with a truck: states move on the page, the picture appears, nothing is reloaded."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from data.demo.transport import terminals
from tests.browsing import visit
from tests.platform import Platform
from tests.terminals import Obedient

pytestmark = pytest.mark.browser
expect.set_options(timeout=15_000)

PLATE = terminals()[20]["vehicle"]


def card_of(page: Page) -> None:
    page.goto(f"/vehicles?plate={PLATE}")
    page.locator("#map-card").get_by_role("button", name=f"{PLATE} 的指令").click()


def test_a_text_and_a_photo_of_a_truck(platform: Platform, browser: Browser) -> None:
    for guest in visit(platform, browser):
        guest.arrive("duty")
        page = guest.page
        card_of(page)
        card = page.locator("#map-card")
        newest = card.locator(".command-row").first
        # Mistakes stand at the field.
        card.get_by_role("button", name="发送文字").click()
        form = card.locator("form")
        form.get_by_role("button", name="发送").click()
        expect(form.locator("#command-text-fault")).to_have_text("请填写内容。")
        form.get_by_label("内容").fill("前方事故，请从二号门绕行")
        form.get_by_role("button", name="发送").click()
        # The truck is not there yet: it waits, and goes out when the truck signs in.
        expect(newest).to_contain_text("前方事故，请从二号门绕行")
        expect(newest.locator(".tag")).to_have_text("待发送")
        with Obedient(platform.settings.jt808_port, PLATE) as truck:
            expect(newest.locator(".tag")).to_have_text("已应答")
            assert [frame.msg_id for frame in truck.heard] == [0x8300]
            card.get_by_role("button", name="拍照").click()
            card.locator("form").get_by_role("button", name="发送").click()
            expect(newest).to_contain_text("已收到 1 张照片。")
            card.get_by_role("button", name="点名").click()
            expect(newest).to_contain_text("东经 120.430000°")
            card.get_by_role("button", name=f"{PLATE} 的照片").click()
            picture = card.locator(".command-picture img")
            expect(picture).to_be_visible()
            assert picture.evaluate("async (one) => { await one.decode(); return [one.naturalWidth, one.naturalHeight]; }") == [320, 240]
            whole = page.context.request.get(f"{platform.url}{card.locator('.command-picture').get_attribute('href')}")
            assert Image.open(io.BytesIO(whole.body())).size == (640, 480), "as it was asked for"
        page.goto("/vehicles/commands")
        expect(page.locator("body")).to_contain_text("前方事故，请从二号门绕行")
