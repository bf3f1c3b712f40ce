"""专题分析 in a real browser: a click narrows the other charts, the way back lifts it, a number opens its rows, a chart becomes a picture."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_statistics import click_middle

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
