"""专题分析 in a real browser: a click narrows the other charts, the way back lifts it, a number opens its rows, a chart becomes a picture.
Boards on paper: nothing cut, a head, numbered sheets."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_statistics import click_middle
from tests.browsing import until

pytestmark = pytest.mark.browser

PATIENCE = 30_000  # a busy machine draws a page in seconds


def test_one_click_narrows_the_others_and_the_way_back_lifts_it(page: Page) -> None:
    page.goto("/decision/topics/enterprises")
    chart = page.locator(".topic-chart", has=page.get_by_role("heading", name="按属地"))
    all_of_them = page.locator(".topic-all").inner_text()
    chart.locator(".bars .point").first.wait_for()
    click_middle(page, chart.locator(".bars .point").first)
    chip = page.locator(".topic-chip")
    expect(chip).to_contain_text("属地", timeout=PATIENCE)
    expect(page.locator(".topic-all")).not_to_have_text(all_of_them)
    assert "division_id=" in page.url
    fewer = page.locator(".topic-all").inner_text()
    page.go_back()
    expect(page.locator(".topic-all")).to_have_text(all_of_them, timeout=PATIENCE)
    page.go_forward()
    expect(page.locator(".topic-all")).to_have_text(fewer, timeout=PATIENCE)

    with page.expect_download() as saved:
        chart.get_by_role("button", name="保存为图片").click()
    assert saved.value.suggested_filename.endswith("按属地（家）.png")
    assert struct.unpack(">II", Path(saved.value.path()).read_bytes()[16:24]) == (1800, 1120)

    chart.get_by_role("button", name="图、表切换").click()
    chosen = chart.locator("tr.on td.num a").first
    number = chosen.inner_text()
    assert f"打开全部 {number} 家" in fewer
    chosen.click()
    expect(page.locator(".pager")).to_contain_text(number, timeout=PATIENCE)

    page.go_back()
    page.locator(".topic-chip").click()
    expect(page.locator(".topic-all")).to_have_text(all_of_them, timeout=PATIENCE)


# How far the widest chart reaches beyond its place, in pixels.
BEYOND = """() => Math.max(...[...document.querySelectorAll(".js-plotly-plot")].map((one) => one.querySelector(".main-svg").getBoundingClientRect().right - one.parentElement.getBoundingClientRect().right))"""


def test_boards_on_paper_have_a_head_and_whole_charts_and_the_screen_is_as_before(page: Page) -> None:
    page.goto("/decision/daily")
    expect(page.locator(".js-plotly-plot .bars .point").first).to_be_attached(timeout=PATIENCE)
    sheet = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", sheet)) == 1, "the day is one sheet"
    assert re.search(rb"/MediaBox \[0 0 59[4-6][\d.]* 84[12][\d.]*\]", sheet), "A4 upright"
    page.goto("/decision/monthly")
    chart = page.locator(".js-plotly-plot").first
    expect(chart.locator(".bars .point").first).to_be_attached(timeout=PATIENCE)
    width = "document.querySelector('.js-plotly-plot .main-svg').clientWidth"
    before = page.evaluate(width)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 703, "height": 1000})
    until(page, f"{width} < {before} / 2")  # a chart that is still being drawn is drawn for the paper next
    assert page.evaluate(BEYOND) <= 1
    assert "每月看板" in page.evaluate("getComputedStyle(document.querySelector('[data-paper]'), '::before').content")
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    until(page, f"Math.abs({width} - {before}) <= 1")
