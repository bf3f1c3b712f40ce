"""Forms that follow what one enters: factors of the chosen method only, a question before what nobody saved is left, a plan laid by clicks
and a zone drawn over it."""

from __future__ import annotations

import io
import time
from functools import partial

import pytest
from PIL import Image
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.browsing import until, visit
from tests.platform import Platform, wait_for

pytestmark = pytest.mark.browser
expect.set_options(timeout=15_000)
POINTS = (("first_x", "first_y", "lon", "lat"), ("second_x", "second_y", "second_lon", "second_lat"))


def questions(page: Page) -> list[str]:
    """What the page asks before it is left: stayed at first, then left."""
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        (dialog.dismiss if len(asked) == 1 else dialog.accept)()

    page.on("dialog", answer)
    return asked


def test_an_event_offers_the_factors_of_its_method_and_is_not_left_unsaved(platform: Platform, browser: Browser) -> None:
    for guest in visit(platform, browser):
        guest.arrive("朝阳柳城石油储运有限公司", "/own/risks/events?do=add", door="/enterprise/login")
        page = guest.page
        asked = questions(page)
        likelihood = page.locator("[name=inherent_likelihood]")
        expect(likelihood.locator("option")).to_have_count(6)
        expect(page.locator("[name=inherent_exposure]")).to_be_hidden()
        page.locator("#field-method label", has_text="LEC").click()
        expect(page.locator("[name=inherent_exposure]")).to_be_visible()
        expect(likelihood.locator("option").nth(1)).to_have_text("10 完全可以预料")
        likelihood.select_option("10")
        page.locator("#field-method label", has_text="LS").click()
        expect(likelihood).to_have_value("")
        elsewhere = page.locator("#head-modules a", has_text="企业档案")
        elsewhere.click()
        expect(page.locator("[name=inherent_likelihood]")).to_be_visible()
        elsewhere.click()
        page.wait_for_url("**/own/file*")
        assert len(asked) == 2 and asked[0].startswith("修改还没有保存，确定离开？")


def choose(page: Page, firm: str) -> None:
    """Choose the enterprise of a form."""
    page.locator("#field-enterprise_id").click()
    page.locator(".picker-search input").fill(firm)
    page.locator(".picker-row").first.click()


# How far, in pixels, a point of the newest plan picture lies from where it should lie on the map of the zone.
AWAY = """([name, x, y, lon, lat]) => {
  const image = [...document.querySelectorAll(`.control-polygon .risk-plan[alt="${name}"]`)].pop();
  const to = document.querySelector(".control-polygon .place-map").parkSmall.latLngToLayerPoint([lat, lon]);
  const at = new DOMMatrix(image.style.transform).transformPoint(new DOMPoint(x / 100 * image.naturalWidth, y / 100 * image.naturalHeight));
  return Math.hypot(at.x - to.x, at.y - to.y);
}"""


def is_laid(page: Page, name: str, points: list[list[float]]) -> bool:
    return all(page.evaluate(AWAY, [name, *one]) < 1.0 for one in points)


def test_a_plan_is_laid_by_two_points_on_both_and_a_zone_is_drawn_over_it(platform: Platform, browser: Browser) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (800, 600), "white").save(picture, "PNG")
    name = f"平面图 {time.time_ns() % 10**9}"  # others lie there too
    for guest in visit(platform, browser):
        guest.arrive("officer", "/risk-map/plans?do=add")
        page = guest.page
        choose(page, "石油储运")
        page.fill("[name=name]", name)
        page.get_by_role("button", name="保存", exact=True).click()
        page.locator(".record-drawer").get_by_text("修改", exact=True).first.click()
        page.locator(".attach-input").first.set_input_files({"name": "平面图.png", "mimeType": "image/png", "buffer": picture.getvalue()})
        left, right = page.locator(".plan-both .place-map").first, page.locator(".plan-both .place-map").last
        expect(left.locator("img")).to_be_visible()
        for x, y in ((60, 60), (260, 220)):
            left.click(position={"x": x, "y": y})
            right.click(position={"x": x, "y": y})
        expect(page.locator(".plan-points [role=status]")).to_contain_text("图片宽约")
        expect(page.locator("[name=second_lat]")).not_to_have_value("")
        expect(right.locator(".risk-plan")).to_be_visible()
        numbers = [[float(page.input_value(f"[name={name}]")) for name in names] for names in POINTS]
        page.get_by_role("button", name="保存", exact=True).click()
        expect(page.locator(".record-drawer")).to_contain_text("已定位")
        # The same picture lies under the outline of a zone, both points in their place, also nearer by.
        page.goto("/risk-map/zones?do=add")
        choose(page, "石油储运")
        expect(page.locator("[data-plan-under]")).to_contain_text("图上叠加了平面图")
        canvas = page.locator(".control-polygon .place-map")
        picture_there = canvas.get_by_alt_text(name, exact=True)
        expect(picture_there).to_be_visible()
        assert is_laid(page, name, numbers)
        zoom = "document.querySelector('.control-polygon .place-map').parkSmall.getZoom()"
        before = page.evaluate(zoom)
        canvas.locator("xpath=..").get_by_role("button", name="放大").click()
        until(page, f"{zoom} === {before + 1}")
        wait_for(partial(is_laid, page, name, numbers), 5, "the picture in its place after the zoom")
        for x, y in ((200, 110), (330, 120), (300, 210)):
            canvas.click(position={"x": x, "y": y})
        expect(page.locator(".control-polygon [role=status]")).to_contain_text("3 个角点")
