"""The list of what is not put right yet in a real browser: colours, figures that are conditions, urging, the way to the work."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from data.calendar import park_day
from tests.browsing import Visitor

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)


def entered(page: Page, name: str, days: int) -> None:
    """Enter a danger of the first enterprise that the picker offers, and hand it over."""
    today = park_day(datetime.now(UTC))
    page.goto("/dangers/all?do=add")
    page.locator("#field-enterprise_id").click()
    page.locator(".picker-row").first.click()
    page.locator("textarea[name=name]").fill(name)
    page.locator("input[name=found_on]").fill((today - timedelta(days=60)).isoformat())
    page.locator("input[name=deadline_on]").fill((today + timedelta(days=days)).isoformat())
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text(f"已添加“{name}”。")).to_be_visible()
    page.locator(".record-drawer header").get_by_text("提交", exact=True).click()
    page.locator(".record-question").get_by_role("button", name="提交").click()
    expect(page.get_by_text(f"已提交“{name}”，请企业整改。")).to_be_visible()


def test_an_officer_enters_dangers_sees_them_by_their_deadlines_urges_them_and_goes_to_work(visitor: Visitor) -> None:
    visitor.arrive("officer", onward="/dangers/all")
    page = visitor.page
    mark = datetime.now(UTC).strftime("%H%M%S%f")
    for name, days in (("超期", -3), ("临期", 8), ("从容", 26)):
        entered(page, f"{name}隐患{mark}", days)
    page.goto(f"/dangers/unrectified?q={mark}")
    rows = page.locator(".ag-center-cols-container .ag-row")
    expect(rows).to_have_count(3)
    expect(page.locator(".ag-center-cols-container .due")).to_have_text(["超期 3 天", "剩 8 天", "剩 26 天"])
    for place, look, shape in ((0, "red", "exclamation-triangle-fill"), (1, "orange", "clock-fill"), (2, "green", "check-circle-fill")):
        expect(rows.nth(place)).to_have_class(re.compile(f"edge-{look}"))
        expect(rows.nth(place).locator(f".due.{look} .bi-{shape}")).to_have_count(1)
    figures = page.locator(".head-card")
    expect(figures.locator(".v span")).to_have_text(["3", "1", "1", "1"])
    figures.nth(1).click()
    expect(rows).to_have_count(1)
    expect(figures.nth(1)).to_have_class(re.compile(r"\bon\b"))
    expect(figures.locator(".v span")).to_have_text(["3", "1", "1", "1"])
    figures.nth(0).click()
    expect(rows).to_have_count(3)
    for place in (0, 1):
        page.locator(f".ag-pinned-left-cols-container .ag-row[row-index='{place}'] .ag-checkbox-input").click()
    page.locator("[data-batch=urge]").click()
    page.locator(".dialog").get_by_role("button", name="督办").click()
    expect(page.locator(".dialog")).to_contain_text("督办：完成 2 条")
    page.locator(".dialog").get_by_role("button", name="知道了").click()
    page.get_by_role("link", name=f"超期隐患{mark}").click()
    page.wait_for_url(re.compile(r"/dangers/\d+$"))
    expect(page.get_by_text(f"超期隐患{mark}").first).to_be_visible()
