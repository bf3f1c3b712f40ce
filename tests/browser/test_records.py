"""Many rows and long forms in a real browser: ticks, exports, columns, drafts that outlive a session, an import from file to undo."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from python_calamine import load_workbook

from tests.browsing import Visitor
from tests.platform import PASSWORD
from tests.sheets import HEADS, book, credit_code

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)


def opened(page: Page, path: str) -> Page:
    """The page with its rows drawn."""
    page.goto(path)
    expect(page.locator(".ag-row").first).to_be_visible(timeout=60_000)
    return page


def tick(page: Page, row: int) -> None:
    page.locator(f".ag-row[row-index='{row}'] .ag-checkbox-input").first.click()


def test_ticks_are_kept_over_pages_and_only_ticked_rows_are_exported(page: Page, tmp_path: Path) -> None:
    opened(page, "/enterprises")
    expect(page.locator("[data-export=ticked]")).to_be_disabled()
    tick(page, 0)
    first = page.locator(".ag-row[row-index='0'] [col-id=name]").inner_text()
    page.locator(".pager").get_by_text("2", exact=True).click()
    expect(page.locator(".pager .p.on")).to_have_text("2")
    expect(page.locator(".ag-row[row-index='0'] [col-id=name]")).not_to_have_text(first)
    tick(page, 1)
    expect(page.locator(".ticked")).to_contain_text("已选 2 条")
    expect(page.locator("[data-tick-open=edit]")).to_be_disabled()
    with page.expect_download(timeout=60_000) as found:
        page.locator("[data-export=ticked]").click()
    found.value.save_as(tmp_path / "ticked.xlsx")
    with load_workbook(tmp_path / "ticked.xlsx") as made:
        lines = made.get_sheet_by_index(0).to_python()
    assert (found.value.suggested_filename[:7], len(lines), lines[0][0]) == ("生产经营单位_", 3, "企业名称")
    assert first in [line[0] for line in lines]


def test_a_column_that_was_shown_is_still_shown_next_time(page: Page) -> None:
    opened(page, "/enterprises")
    expect(page.locator(".ag-header-cell[col-id=contact]")).to_have_count(0)
    page.locator(".columns summary").click()
    page.locator("[data-column=contact]").click()
    expect(page.locator(".ag-header-cell[col-id=contact]")).to_have_count(1)
    opened(page, "/enterprises")
    expect(page.locator(".ag-header-cell[col-id=contact]")).to_have_count(1)


def test_what_was_typed_is_there_again_after_the_session_was_lost(visitor: Visitor) -> None:
    visitor.arrive("officer", onward="/enterprises?q=华福")
    page = visitor.page
    page.locator(".ag-row .acts").get_by_text("修改").click()
    page.locator("input[name=contact]").fill("钱会在")
    expect(page.locator(".draft-note")).to_contain_text("已自动暂存")
    visitor.context.clear_cookies()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="保存").click()
    page.wait_for_url(re.compile("/login"))
    visitor.errors.clear()  # the 401 of the lost session
    page.fill("input[name=username]", "officer")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    expect(page.locator(".draft-bar")).to_contain_text("尚未保存的内容", timeout=60_000)
    expect(page.locator("input[name=contact]")).to_have_value("钱会在")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".message.success")).to_contain_text("已保存")
    page.reload()
    expect(page.locator(".record-drawer")).to_contain_text("钱会在", timeout=60_000)


def test_a_tree_at_the_left_narrows_the_rows(page: Page) -> None:
    opened(page, "/enterprises/jurisdiction")
    page.locator(".tree-search input").fill("柳城街道")
    page.locator(".tree-label", has_text="柳城街道").first.click()
    expect(page.locator(".pager b").first).to_have_text("16")
    expect(page).to_have_url(re.compile(r"division_id=\d+"))


def test_an_advanced_query_finds_and_is_kept_under_a_name(page: Page) -> None:
    opened(page, "/enterprises/query")
    page.locator(".query-field").first.select_option(label="企业名称")
    page.locator(".query-value input").first.fill("金属")
    page.locator(".query-acts").get_by_text("查询", exact=True).click()
    expect(page).to_have_url(re.compile("where="))
    expect(page.locator(".pager b").first).not_to_have_text("60")
    page.locator(".query-acts").get_by_text("保存查询").click()
    page.locator(".query-keep input").first.fill("金属企业")
    page.locator(".query-keep").get_by_text("保存", exact=True).click()
    expect(page.locator(".query-saved")).to_contain_text("金属企业")


def choose(page: Page, path: Path) -> None:
    """Choose a workbook on the page of imports."""
    page.goto("/enterprises/import")
    with page.expect_file_chooser() as asked:
        page.locator(".import-drop").click()
    asked.value.set_files(path)


def take_back(page: Page) -> None:
    """Undo the batch that is open, with a reason."""
    page.get_by_text("撤销本批").first.click()
    page.locator("input[name=reason], textarea[name=reason]").last.fill("试验")
    page.get_by_role("button", name=re.compile("撤销")).last.click()
    expect(page.locator(".import-page")).to_contain_text("已整批撤销", timeout=60_000)


def test_a_workbook_is_refused_by_cell_then_imported_and_taken_back(page: Page, tmp_path: Path) -> None:
    good = [f"朝阳第{number}试验化工有限公司" for number in (1, 2)]
    lines = [[name, credit_code(29_000 + number), "柳城街道", "危险物品类-危险化学品生产单位", "中型", 120, 120.43, 41.42] for number, name in enumerate(good)]
    bad = [[*lines[0][:2], "南双庙子", *lines[0][3:]], lines[1]]
    for name, rows in (("bad", bad), ("good", lines)):
        (tmp_path / f"{name}.xlsx").write_bytes(book(rows, HEADS).read())
    choose(page, tmp_path / "bad.xlsx")
    expect(page.locator(".import-page")).to_contain_text("C2", timeout=60_000)
    expect(page.get_by_role("button", name=re.compile("确认导入"))).to_be_disabled()
    choose(page, tmp_path / "good.xlsx")
    commit = page.get_by_role("button", name=re.compile("确认导入"))
    expect(commit).to_be_enabled(timeout=60_000)
    commit.click()
    undo = page.get_by_text("撤销本批").first
    expect(undo).to_be_visible(timeout=60_000)
    batch = page.url
    opened(page, "/enterprises?q=试验化工")
    expect(page.locator(".pager b").first).to_have_text("2")
    page.goto(batch)
    take_back(page)
    page.goto("/enterprises?q=试验化工")
    expect(page.locator(".list-blank")).to_contain_text("没有符合条件的记录", timeout=60_000)
