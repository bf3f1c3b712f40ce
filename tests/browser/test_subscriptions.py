"""Subscribing in a real browser: from a list with its conditions, a board and a topic to the personal home."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browsing import Visitor

pytestmark = pytest.mark.browser

PATIENCE = 30_000  # a busy machine draws a page in seconds


def test_a_list_is_subscribed_to_ordered_and_seen_on_the_home(visitor: Visitor) -> None:
    page = visitor.page
    visitor.arrive(onward="/enterprises?state=running")
    page.locator("[data-subscribe=list]").click()
    dialog = page.locator("dialog.subscribe")
    expect(dialog).to_contain_text("现在：记录数", timeout=PATIENCE)
    expect(dialog).to_contain_text("生产状态 正常")
    dialog.locator("[name=title]").fill("在产企业名单")
    dialog.get_by_text("达到条件时").click()
    dialog.locator("[name=bound]").fill("")
    dialog.get_by_role("button", name="订阅", exact=True).click()
    expect(dialog.locator(".mistake", has_text="请填写条件数值。")).to_be_visible(timeout=PATIENCE)
    visitor.errors.clear()  # the browser itself writes the 422 into its console
    dialog.get_by_text("每周", exact=True).click()
    dialog.get_by_role("button", name="订阅", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("已订阅“在产企业名单”：每周一 08:00", timeout=PATIENCE)
    expect(dialog).to_have_count(0)
    page.goto("/my/subscriptions")
    page.get_by_role("button", name="添加订阅").click()
    page.locator("dialog.subscribe [type=search]").fill("未关闭报警")
    page.locator("dialog.subscribe .offer").first.click()
    page.locator("dialog.subscribe").get_by_role("button", name="订阅", exact=True).click()
    first = page.locator(".list-grid .ag-center-cols-container [row-index='0']")
    expect(first).to_contain_text("在产企业名单", timeout=PATIENCE)
    expect(page.locator(".list-grid .ag-center-cols-container [row-index='1']")).to_contain_text("未关闭报警", timeout=PATIENCE)
    # A whole board, and a chart of a topic as it is filtered.
    page.goto("/decision/monthly")
    page.get_by_role("button", name="订阅此看板").click()
    expect(dialog).to_contain_text("现在：比上月变差的指标", timeout=PATIENCE)
    expect(dialog.locator("[name=schedule][value=monthly]")).to_be_checked()
    dialog.get_by_role("button", name="订阅", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("已订阅“每月看板”：每月 1 日 08:00", timeout=PATIENCE)
    page.goto("/decision/topics/enterprises?state=running")
    page.get_by_role("button", name="订阅“按企业规模”").click()
    expect(dialog).to_contain_text("条件：生产状态 正常", timeout=PATIENCE)
    dialog.get_by_role("button", name="订阅", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("已订阅“企业专题 · 按企业规模 · 生产状态 正常”", timeout=PATIENCE)
    page.goto("/my")
    expect(page.locator(".subscription-card")).to_have_count(4, timeout=PATIENCE)
    expect(page.locator(".subscription-card").first).to_contain_text("在产企业名单")
