"""An alarm becomes an incident in a drill and for real: two in the room, one in the field with a phone, a wall that looks on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browsing import visit
from tests.platform import Platform

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)
TITLE = "液氨罐区法兰泄漏（演练）"


def seat(platform: Platform, browser: Browser, username: str, width: int, height: int) -> Iterator[Page]:
    for guest in visit(platform, browser, width=width, height=height):
        guest.arrive(username)
        yield guest.page


@pytest.fixture
def duty(platform: Platform, browser: Browser) -> Iterator[Page]:
    yield from seat(platform, browser, "duty", 1366, 768)


@pytest.fixture
def leader(platform: Platform, browser: Browser) -> Iterator[Page]:
    yield from seat(platform, browser, "leader", 1920, 1080)


@pytest.fixture
def field(platform: Platform, browser: Browser) -> Iterator[Page]:
    yield from seat(platform, browser, "inspector", 390, 844)


def step(page: Page, label: str, choice: str = "", words: str = "") -> None:
    """Unfold a step, choose and write what it needs, and take it."""
    fold = page.locator("#incident-form-move details", has=page.locator("summary", has_text=label))
    fold.locator("summary").click()
    if choice:
        fold.locator(".radio", has_text=choice).click()
    fold.locator("[name=words]").fill(words)
    fold.get_by_role("button", name=label).click()


def test_a_drill_from_the_first_report_to_the_report_by_two_and_a_phone(platform: Platform, duty: Page, leader: Page, field: Page, tmp_path: Path) -> None:
    duty.goto(f"{platform.url}/incidents/drills?do=add")
    duty.fill("#field-title", TITLE)
    duty.locator("#field-kind").select_option("leak")
    duty.fill("#field-place", "液氨罐区 V-203")
    duty.get_by_role("button", name="保存").click()
    duty.get_by_role("link", name="进入处置台").click()
    expect(duty.locator(".incident-desk.drill h1")).to_have_text(TITLE)
    address = duty.url
    leader.goto(address)
    # Both open the same step; the first takes it, the other is told and keeps what was typed.
    expect(leader.locator(".incident-desk h1")).to_have_text(TITLE)
    leader.locator("#incident-form-move summary", has_text="排除").click()
    leader.fill("[id='field-dismiss-words']", "像是误报")
    step(duty, "核实属实", choice="Ⅳ级 一般")
    expect(duty.locator(".inc-steps .here b")).to_have_text("核实")
    expect(leader.locator(".inc-steps .here b")).to_have_text("核实")
    leader.locator("#incident-form-move details[open]").get_by_role("button", name="排除").click()
    expect(leader.locator(".message.error", has_text="李志远刚刚办理了“核实属实”")).to_be_visible()
    expect(leader.locator("[id='field-respond-words']")).to_have_value("像是误报")
    # A task goes to the phone and comes back.
    duty.get_by_role("tab", name="任务").click()
    duty.locator("#incident-form-task summary").click()
    duty.fill("[id='field-task-what']", "疏散下风向人员")
    duty.locator("[id='field-task-user_id']").select_option(label="赵明辉（应急管理局）")
    duty.locator("#incident-form-task").get_by_role("button", name="下达", exact=True).click()
    expect(duty.locator("#incident-tasks .inc-task.waiting")).to_contain_text("疏散下风向人员")
    photo = tmp_path / "现场.jpg"
    Image.new("RGB", (640, 480), (120, 140, 160)).save(photo)
    field.goto(f"{platform.url}/incidents/tasks")
    field.get_by_role("link", name=re.compile("疏散下风向人员")).click()
    field.get_by_role("button", name="接收任务").click()
    field.locator("#field-text").fill("已疏散 88 人")
    field.locator(".radio", has_text="已完成").click()
    field.locator("input[type=file]").first.set_input_files(photo)
    expect(field.locator("[data-attachment] img")).to_have_count(1)
    assert field.evaluate("document.documentElement.scrollWidth") == 390
    field.get_by_role("button", name="提交反馈").click()
    expect(field.locator(".message.success", has_text="任务“已完成”")).to_be_visible()
    expect(duty.locator("#incident-tasks .inc-task.done")).to_contain_text("已疏散 88 人")
    # The report, and the end.
    duty.get_by_role("tab", name="报告").click()
    duty.get_by_role("button", name="起草专报").click()
    duty.fill("[id='field-report-recipient']", "县应急管理局")
    duty.fill("[id='field-report-course']", "巡检发现法兰泄漏")
    duty.get_by_role("button", name="签发专报").click()
    expect(duty.locator("#incident-reports")).to_contain_text("演练报告〔")
    with duty.expect_download() as taken:
        duty.locator("#incident-reports a", has_text="Word").click()
    assert taken.value.suggested_filename.endswith(".docx")
    step(duty, "结束事件", words="演练科目完成")
    expect(leader.locator(".inc-steps .here b")).to_have_text("结束")
    lines = leader.locator("#incident-timeline .inc-entries > li")
    expect(lines.first).to_contain_text("演练科目完成")
    expect(leader.locator("#incident-timeline").get_by_role("button", name="更正").first).to_be_visible()
