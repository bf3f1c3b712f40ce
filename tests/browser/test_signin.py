"""Signing in and out as a person does it, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import Visitor
from tests.platform import PASSWORD

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)

FIRM = "朝阳华锦新材料有限公司"


def fill(page: Page, username: str, password: str) -> None:
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.click("button.go")


def test_a_wrong_password_is_said_on_the_page_and_the_name_stays(visitor: Visitor) -> None:
    visitor.page.goto("/login")
    fill(visitor.page, "officer2", "wrong")
    expect(visitor.page.locator("[role=alert]")).to_contain_text("用户名或密码不正确，还可尝试 4 次。")
    expect(visitor.page.locator("input[name=username]")).to_have_value("officer2")
    visitor.errors.clear()  # the browser itself writes the 401 into its console


def test_a_page_asked_for_is_opened_after_the_sign_in(visitor: Visitor) -> None:
    visitor.page.goto("/enterprises?state=ordered_stop")
    expect(visitor.page).to_have_url(re.compile("/login"))
    fill(visitor.page, "admin", PASSWORD)
    expect(visitor.page).to_have_url(re.compile(r"/enterprises\?state=ordered_stop$"))
    expect(visitor.page.locator(".ag-row").first).to_be_visible()


def test_an_enterprise_enters_through_its_own_door_and_sees_no_administration(visitor: Visitor) -> None:
    visitor.page.goto("/login")
    visitor.page.get_by_text("企业端登录").click()
    expect(visitor.page.locator("h2")).to_have_text("企业端登录")
    fill(visitor.page, FIRM, PASSWORD)
    expect(visitor.page.locator("#head-modules")).to_contain_text("储罐监测")
    expect(visitor.page.locator("#head-modules")).not_to_contain_text("系统管理")
    visitor.page.goto("/system/users")
    expect(visitor.page.locator(".page")).to_contain_text("您没有查看此页面的权限")


def test_signing_out_leads_to_the_door_and_back_is_closed(visitor: Visitor) -> None:
    visitor.sign_in("leader")
    visitor.page.locator(".person summary").click()
    visitor.page.get_by_text("退出").click()
    expect(visitor.page).to_have_url(re.compile("/login$"))
    visitor.page.goto("/enterprises")
    expect(visitor.page).to_have_url(re.compile("/login"))


def test_the_form_to_change_the_password_names_each_mistake(visitor: Visitor) -> None:
    visitor.sign_in("leader2")
    visitor.page.goto("/password")
    visitor.page.fill("input[name=current]", "wrong")
    visitor.page.fill("input[name=password]", "short")
    visitor.page.fill("input[name=repeat]", "other")
    visitor.page.click("button.go")
    mistakes = visitor.page.locator(".mistake")
    expect(mistakes).to_contain_text(["原密码不正确。", "密码长度应为 8–128 位，现为 5 位。", "两次输入的新密码不一致。"])
    visitor.errors.clear()  # the browser itself writes the 422 into its console
