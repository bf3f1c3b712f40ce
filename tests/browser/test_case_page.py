"""A major danger from its report to 销号, by all whom it concerns, each in their own browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browsing import visit
from tests.platform import Platform

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)
FIRM = "朝阳华锦新材料有限公司"
NAME = "甲醇罐区 V-201 紧急切断阀未投用"


@pytest.fixture
def own(platform: Platform, browser: Browser) -> Iterator[Page]:
    for guest in visit(platform, browser, width=1366, height=768):
        guest.arrive(FIRM, "/own/dangers?do=add", "/enterprise/login")
        yield guest.page


@pytest.fixture
def dept(platform: Platform, browser: Browser) -> Iterator[Page]:
    for guest in visit(platform, browser, width=1440, height=900):
        guest.arrive("dept")
        yield guest.page


@pytest.fixture
def leader(platform: Platform, browser: Browser) -> Iterator[Page]:
    for guest in visit(platform, browser, width=1920, height=1080):
        guest.arrive("leader")
        yield guest.page


def open_todo(page: Page, name: str = NAME) -> None:
    """Go from the to-dos to the page of the case."""
    page.goto("/todos")
    page.locator(".todo-list").get_by_role("link", name=name).first.click()
    expect(page.locator(".case-title h2")).to_have_text(name)


def press(page: Page, label: str) -> None:
    """Press the button of the step at hand, or of the bar, and see that it was taken."""
    page.locator(".case-panel:not([hidden]), .case-bar").get_by_role("button", name=label, exact=True).first.click()
    expect(page.locator(".message.success", has_text=f"已办理“{label}”。").last).to_be_visible()


def stands_at(page: Page, step: str) -> None:
    """Strip and diagram agree on where the case stands."""
    expect(page.locator(".flow-strip [aria-current] b")).to_have_text(step)
    expect(page.locator(".flow-node.current text, .flow-node.returned text")).to_have_text(step)


def fill_in(page: Page, button: str, **values: str) -> None:
    """Unfold the form behind a button of the bar and fill it in."""
    page.locator(".case-bar").get_by_role("button", name=button, exact=True).click()
    for name, words in values.items():
        page.fill(f".case-panel:not([hidden]) [name={name}]", words)


def pick(page: Page, field: str, words: str) -> None:
    """Choose the first record that the words find."""
    page.locator(f"form:not([hidden]) [id$='field-{field}']").click()
    page.locator(".picker-search input").fill(words)
    expect(page.locator(".picker-row").first).to_contain_text(words)
    page.locator(".picker-row").first.click()


def report(page: Page, photo: Path) -> None:
    """Enter the danger as a major one, add a photo, and submit it."""
    page.fill("[name=name]", NAME)
    page.fill("[name=place]", "罐区二")
    page.locator("#field-level label", has_text="重大").click()
    page.locator("[name=kind]").select_option("instrument")
    pick(page, "criterion_id", "紧急切断")
    for name, words in (("cause", "紧急切断阀气源断开"), ("harm", "泄漏时不能远程切断"), ("difficulty", "需停用罐区三天")):
        page.fill(f"[name={name}]", words)
    page.get_by_role("button", name="保存草稿").click()
    draft = page.locator(".own-draft")
    draft.locator("[aria-label=拍摄整改前照片]").set_input_files(photo)
    expect(draft.locator("[data-attachment] img")).to_have_count(1)
    draft.get_by_text("提交", exact=True).click()
    page.locator(".record-question button[type=submit]").click()
    expect(page.locator(".message.success", has_text="已提交 ZDYH-")).to_be_visible()


def test_a_major_danger_goes_from_its_report_to_its_end(own: Page, dept: Page, leader: Page, tmp_path: Path) -> None:
    photo = tmp_path / "现场.jpg"
    Image.new("RGB", (640, 480), (120, 140, 160)).save(photo)
    report(own, photo)

    open_todo(dept)
    stands_at(dept, "部门审核")
    pick(dept, "supervisor_id", "应急管理局")
    press(dept, "县级挂牌督办")
    dept.fill(".case-panel:not([hidden]) [name=deadline_on]", "2099-12-25")
    press(dept, "下达通知书")
    dept.get_by_role("tab", name="附件").click()
    expect(dept.locator(".case-tab:not([hidden])")).to_contain_text(".docx")

    open_todo(own)
    plan = {"leader": "王德胜", "measures": "更换切断阀 4 台，接入 SIS", "funds": "86", "person": "刘海涛", "emergency_plan": "24 小时专人值守"}
    for name, words in plan.items():
        own.fill(f".case-panel:not([hidden]) [name={name}]", words)
    press(own, "提交整改方案")

    open_todo(dept)
    dept.locator(".case-bar").get_by_role("button", name="退回", exact=True).click()
    expect(dept.locator(".case-bar .mistake")).to_contain_text("请填写退回原因")
    dept.fill("#case-opinion", "资金明细不足")
    press(dept, "退回")

    open_todo(own)
    expect(own.locator(".flow-strip .returned b")).to_have_text("制定整改方案")
    own.fill(".case-panel:not([hidden]) [name=measures]", "更换切断阀 4 台 62 万元，SIS 测试 24 万元")
    press(own, "提交整改方案")
    open_todo(dept)
    press(dept, "通过")

    for outcome in ("验收不通过", "验收通过"):
        open_todo(own)
        finish = own.locator(".case-panel:not([hidden])")
        finish.locator("[name=rectified_on]").fill(own.evaluate("new Intl.DateTimeFormat('sv', {timeZone: 'Asia/Shanghai'}).format(new Date())"))
        finish.locator("[name=result]").fill("已更换并试验")
        if outcome == "验收不通过":
            finish.locator("input[type=file]").first.set_input_files(photo)
            expect(finish.locator("[data-attachment] img")).to_have_count(1)
        press(own, "整改完成，申请验收")
        open_todo(dept)
        if outcome == "验收不通过":
            dept.fill("#case-opinion", "现场未挂牌")
        else:
            dept.fill(".case-panel:not([hidden]) [name=acceptor]", "韩宏伟")
            dept.fill(".case-panel:not([hidden]) [name=acceptance]", "现场核查合格")
        press(dept, outcome)

    open_todo(leader)
    stands_at(leader, "销号")
    press(leader, "销号")
    expect(leader.locator(".flow-strip li.done")).to_have_count(8)
    expect(leader.locator(".case-title")).to_contain_text("已销号")
    own.goto(leader.url)
    own.get_by_role("tab", name="流程").click()
    expect(own.locator(".case-tab:not([hidden]) .flow-steps tbody tr")).to_have_count(12)


def test_what_is_no_major_danger_is_put_right_as_a_general_one(dept: Page, platform: Platform, browser: Browser) -> None:
    name = "罐区紧急切断功能未投用"
    open_todo(dept, name)
    fill_in(dept, "降级为一般隐患", deadline_on="2099-12-25", opinion="")
    dept.locator(".case-panel:not([hidden])").get_by_role("button", name="降级为一般隐患", exact=True).click()
    expect(dept.locator(".case-panel:not([hidden]) .mistake")).to_be_visible()
    dept.fill(".case-panel:not([hidden]) [name=opinion]", "不符合重大隐患判定标准，按一般隐患整改")
    press(dept, "降级为一般隐患")
    expect(dept.locator(".case-title")).to_contain_text("整改")
    firm = dept.locator(".case-head .cap a").first.inner_text()
    for guest in visit(platform, browser, width=1366, height=768):
        guest.arrive(firm, "/todos", "/enterprise/login")
        open_todo(guest.page, name)
        stands_at(guest.page, "整改")


def test_what_the_city_supervises_comes_back_with_its_number(dept: Page, leader: Page) -> None:
    name = "可燃气体检测报警器未按要求设置"
    open_todo(leader, name)
    stands_at(leader, "上报市级督办")
    leader.fill(".case-panel:not([hidden]) [name=supervision_number]", "朝应急督〔2026〕18 号")
    pick(leader, "supervisor_id", "应急管理局")
    press(leader, "市级已挂牌")
    open_todo(dept, name)
    stands_at(dept, "下达通知书")
    expect(dept.locator("main")).to_contain_text("朝应急督〔2026〕18 号")
    dept.fill(".case-panel:not([hidden]) [name=deadline_on]", "2099-12-25")
    press(dept, "下达通知书")
    stands_at(dept, "制定整改方案")
