"""Statistics in a real browser: the way from a shape to its rows, the three forms, the meaning, the workbook, the map."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import until

pytestmark = pytest.mark.browser

PATIENCE = 30_000  # a busy machine draws a page in seconds

BARS = "() => document.querySelectorAll('.statistic-chart .bars .point').length"


def open_page(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(".statistic-page, .module-home")


def click_middle(page: Page, shape: Any) -> None:
    box = shape.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_a_bar_opens_the_enterprises_that_it_counts(page: Page) -> None:
    open_page(page, "/enterprises/statistics?of=enterprise-scale")
    until(page, BARS)
    click_middle(page, page.locator(".statistic-chart .bars .point").first)
    page.wait_for_url("**/enterprises?*division_id=*")
    assert "scale=large" in page.url, "the first part of the first bar"
    expect(page.locator(".resource-page")).to_be_visible(timeout=PATIENCE)


def test_a_slice_opens_the_enterprises_that_it_counts(page: Page) -> None:
    open_page(page, "/enterprises/statistics?of=enterprise-scale&form=pie")
    shown = page.locator(".statistic-ring td.num a").first
    href = shown.get_attribute("href")
    ring = page.locator(".statistic-chart .pielayer")
    ring.wait_for()
    box = ring.bounding_box()
    # The largest part begins at the top and goes with the clock: just right of the top lies in it.
    page.mouse.move(box["x"] + box["width"] / 2 + 12, box["y"] + 14)
    page.mouse.click(box["x"] + box["width"] / 2 + 12, box["y"] + 14)
    page.wait_for_url(f"**{href}")


def test_the_form_the_conditions_and_the_statistic_stand_in_the_address(page: Page) -> None:
    open_page(page, "/enterprises/statistics")
    page.get_by_role("link", name="属地企业规模").click()
    expect(page.locator(".statistic-main h3")).to_have_text("属地企业规模", timeout=PATIENCE)
    page.get_by_role("link", name="表格", exact=True).click()
    page.wait_for_url("**of=enterprise-scale&form=table")
    page.locator(".as-table").wait_for()
    page.locator("select[name=scale]").select_option("small")
    page.get_by_role("button", name="查询").click()
    page.wait_for_url("**scale=small*")
    assert "of=enterprise-scale" in page.url
    assert "form=table" in page.url
    expect(page.locator("tfoot td.num a").first).to_have_attribute("href", "/enterprises?scale=small", timeout=PATIENCE)
    total = page.locator("tfoot td.num a").first.inner_text()
    page.locator("tfoot td.num a").first.click()
    page.wait_for_url("**/enterprises?scale=small")
    expect(page.locator(".pager").first).to_contain_text(f"共 {total} 条", timeout=PATIENCE)
    page.go_back()
    expect(page.locator("select[name=scale]")).to_have_value("small", timeout=PATIENCE)
    page.locator(".control-tree").first.click()
    page.locator(".picker-search input").fill("柳城街道")
    expect(page.locator(".picker-row").first).to_contain_text("柳城街道", timeout=PATIENCE)
    page.locator(".picker-row").first.click()
    page.get_by_role("button", name="查询").click()
    page.wait_for_url("**division_id=*")
    expect(page.get_by_role("combobox", name="属地")).to_have_value("辽宁省 / 朝阳市 / 朝阳县 / 柳城街道", timeout=PATIENCE)
    assert "scale=small" in page.url, "a place is added to the other conditions"
    page.get_by_role("link", name="重置").click()
    page.wait_for_url("**of=enterprise-scale&form=table")


def test_the_meaning_shows_on_focus_and_more_conditions_on_demand(page: Page) -> None:
    open_page(page, "/enterprises/statistics")
    tip = page.get_by_role("tooltip")
    expect(tip).to_be_hidden(timeout=PATIENCE)
    page.get_by_role("button", name="口径").focus()
    expect(tip).to_be_visible(timeout=PATIENCE)
    expect(tip).to_contain_text("按企业所在乡镇、街道归集", timeout=PATIENCE)
    expect(page.locator("select[name=state]")).to_be_hidden(timeout=PATIENCE)
    page.get_by_role("button", name="展开").click()
    expect(page.locator("select[name=state]")).to_be_visible(timeout=PATIENCE)


def test_the_workbook_comes_as_a_file(page: Page) -> None:
    open_page(page, "/enterprises/statistics?of=enterprise-scale&scale=small")
    with page.expect_download() as waiting:
        page.get_by_label("导出表格").click()
    assert waiting.value.suggested_filename.startswith("属地企业规模_")


def test_a_dot_of_the_home_opens_its_enterprise_and_the_colours_change(page: Page) -> None:
    open_page(page, "/enterprises/home")
    until(page, "() => Boolean(document.getElementById('map-enterprises')?.parkDots)")
    page.get_by_role("button", name="按规模").click()
    expect(page.locator(".spot-legend")).to_contain_text("大型", timeout=PATIENCE)
    assert page.url.endswith("map=scale")
    spot = page.evaluate("""() => { const frame = document.getElementById('map-enterprises'); const map = frame.querySelector('.leaflet-container').parkMap;
        const at = map.latLngToContainerPoint(frame.parkDots[0].getLatLng()), box = map.getContainer().getBoundingClientRect(); return [box.x + at.x, box.y + at.y]; }""")
    page.mouse.move(*spot)
    page.mouse.click(*spot)
    page.wait_for_url("**/enterprises?open=*")


def test_on_a_phone_statistics_and_home_need_no_sideways_scrolling(phone: Page) -> None:
    for address in ("/enterprises/statistics", "/enterprises/statistics?form=table", "/enterprises/home"):
        open_page(phone, address)
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
