"""The controls of forms in a real browser: what is chosen, clicked, drawn and dropped is what the form sends."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from data.settings import Settings
from tests.browsing import chromium, started, until
from tests.controls import serving
from tests.platform import PASSWORD, free_ports

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj\ntrailer<</Root 1 0 R>>\n"


@pytest.fixture(scope="module")
def address(demo_database: Settings, folder: Path) -> Iterator[str]:
    with serving(demo_database, free_ports(1)[0], folder / "controls.log") as url:
        yield url


def signed_in(browser: Browser, address: str, width: int, height: int) -> Iterator[BrowserContext]:
    """A profile in which admin is signed in; errors of its pages fail the tests."""
    context = browser.new_context(base_url=address, viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce")
    context.set_default_timeout(30_000)
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    page = context.new_page()
    page.goto("/login")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(address + "/")
    page.close()
    yield context
    context.close()
    assert errors == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The whole browser: a PDF is looked at."""
    yield from started(chromium(whole=True))


@pytest.fixture(scope="module")
def desk_profile(browser: Browser, address: str) -> Iterator[BrowserContext]:
    yield from signed_in(browser, address, 1366, 900)


@pytest.fixture(scope="module")
def phone_profile(browser: Browser, address: str) -> Iterator[BrowserContext]:
    yield from signed_in(browser, address, 390, 844)


def opened(profile: BrowserContext) -> Iterator[Page]:
    """The page of controls, fresh."""
    page = profile.new_page()
    page.goto("/")
    expect(page.locator("#all-controls #field-name")).to_be_visible(timeout=60_000)
    yield page
    page.close()


@pytest.fixture
def desk(desk_profile: BrowserContext) -> Iterator[Page]:
    yield from opened(desk_profile)


@pytest.fixture
def small(phone_profile: BrowserContext) -> Iterator[Page]:
    yield from opened(phone_profile)


def sent(page: Page) -> dict[str, str]:
    """What the form would send now."""
    found: dict[str, str] = page.evaluate("() => Object.fromEntries(new FormData(document.querySelector('#all-controls')))")
    return found


def rows_sent(page: Page) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(sent(page)["rows:staff"])
    return rows


def test_every_control_sends_one_text_under_its_name(desk: Page) -> None:
    found = sent(desk)
    assert set(found) == {
        "name", "credit_code", "division_id", "scale", "state", "employee_count", "founded_on", "registered_capital", "updated_at",
        "others", "enterprise_id", "remark", "lon", "lat", "outline", "rows:staff",
    }  # fmt: skip
    assert (found["name"], found["employee_count"], found["founded_on"], found["registered_capital"]) == ("朝阳华锦新材料有限公司", "286", "2026-09-30", "1,234,567.5")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", found["updated_at"])


def test_labels_lead_to_their_controls(desk: Page) -> None:
    for label, control in (("企业名称", "field-name"), ("从业人数", "field-employee_count"), ("备注", "field-remark")):
        desk.locator("#all-controls .f > label", has_text=re.compile(f"^{label}$")).click()
        expect(desk.locator(f"#all-controls #{control}")).to_be_focused()
    desk.locator("#all-controls .f > label", has_text="企业规模").click()
    expect(desk.locator(".control-radio input:checked").first).to_be_focused()
    desk.locator("#all-controls .f > label", has_text=re.compile("^属地$")).click()
    expect(desk.locator(".picker-search input")).to_be_focused()


def test_radios_answer_to_arrows_and_say_when_nothing_is_chosen(desk: Page) -> None:
    desk.locator("#field-scale").get_by_label("大型").focus()
    desk.keyboard.press("ArrowRight")
    assert sent(desk)["scale"] == "medium"
    state = desk.locator("#field-state")
    expect(state).to_have_attribute("aria-describedby", "mistake-state")
    expect(state.get_by_text("清除")).to_have_count(0)


def test_a_division_is_chosen_in_the_tree_by_keyboard_alone(desk: Page) -> None:
    box = desk.locator("#all-controls #field-division_id")
    expect(box).to_have_value("辽宁省 / 朝阳市 / 朝阳县 / 二十家子镇")
    box.focus()
    desk.keyboard.press("Enter")
    here = desk.locator(".picker-row.here")
    expect(here).to_have_text("二十家子镇")
    desk.keyboard.press("ArrowLeft")
    expect(here).to_have_text("朝阳县")
    desk.keyboard.press("ArrowLeft")
    expect(here).to_have_attribute("aria-expanded", "false")
    desk.keyboard.press("Enter")
    expect(box).to_have_value("辽宁省 / 朝阳市 / 朝阳县")
    expect(box).to_be_focused()
    desk.keyboard.press("Enter")
    desk.keyboard.press("Escape")
    expect(desk.locator(".picker-panel")).to_have_count(0)
    expect(box).to_have_value("辽宁省 / 朝阳市 / 朝阳县")


def test_a_name_is_found_in_the_tree_and_comes_with_its_path(desk: Page) -> None:
    before = sent(desk)["division_id"]
    desk.locator("#all-controls #field-division_id").click()
    desk.locator(".picker-search input").fill("柳城街道")
    expect(desk.locator(".picker-row").first).to_contain_text("辽宁省 / 朝阳市 / 朝阳县 / 柳城街道")
    desk.locator(".picker-row").first.click()
    expect(desk.locator("#all-controls #field-division_id")).to_have_value("辽宁省 / 朝阳市 / 朝阳县 / 柳城街道")
    assert sent(desk)["division_id"] not in {"", before}


def test_an_enterprise_is_searched_and_cleared(desk: Page) -> None:
    box = desk.locator("#field-enterprise_id")
    box.click()
    desk.keyboard.type("没有这一家")
    expect(desk.locator(".picker-note")).to_have_text("没有“没有这一家”这样的生产经营单位")
    desk.locator(".picker-search input").fill("朝阳华锦")
    expect(desk.locator(".picker-row")).to_have_count(1)
    desk.keyboard.press("Enter")
    expect(box).to_have_value("朝阳华锦新材料有限公司")
    assert sent(desk)["enterprise_id"].isdigit()


def test_several_are_chips_and_a_clear_button_takes_all(desk: Page) -> None:
    box = desk.locator("#field-others")
    box.click()
    expect(desk.locator(".picker-row.on")).to_have_text("二十家子镇")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    desk.keyboard.press("Escape")
    chips = desk.locator(".picker.many .chip")
    expect(chips).to_have_count(2)
    assert sent(desk)["others"].count(",") == 1
    chips.first.get_by_role("button").click()
    expect(chips).to_have_count(1)
    box.press("Backspace")
    assert sent(desk)["others"] == ""


def test_a_place_is_clicked_or_typed(desk: Page) -> None:
    canvas = desk.locator(".control-place .leaflet-container")
    canvas.scroll_into_view_if_needed()
    before = sent(desk)
    expect(desk.locator(".place-pin")).to_be_visible()
    canvas.click(position={"x": 200, "y": 120})
    after = sent(desk)
    assert (after["lon"], after["lat"]) != (before["lon"], before["lat"])
    assert re.fullmatch(r"120\.\d{1,5}", after["lon"])
    desk.locator("#field-lat").fill("41.5")
    until(desk, "() => Math.abs(document.querySelector('.control-place .leaflet-container').parkMap.getCenter().lat - 41.5) < 0.001")
    expect(desk.locator(".place-pin")).to_be_visible()
    assert sent(desk)["lat"] == "41.5"


def test_an_area_is_drawn_mended_and_taken_back(desk: Page) -> None:
    canvas = desk.locator(".control-polygon .leaflet-container")
    canvas.scroll_into_view_if_needed()
    corners = desk.locator(".place-corner")
    for number, (x, y) in enumerate(((300, 80), (420, 90), (400, 200), (310, 190)), 1):
        canvas.click(position={"x": x, "y": y})
        expect(corners).to_have_count(number)
    drawn = json.loads(sent(desk)["outline"])
    assert (drawn["type"], len(drawn["coordinates"][0])) == ("Polygon", 5)
    expect(desk.locator(".control-polygon .help")).to_have_text(re.compile(r"面积 [\d,]+ m²，4 个角点"))
    desk.locator(".place-middle").first.drag_to(canvas, target_position={"x": 360, "y": 60})
    expect(corners).to_have_count(5)
    desk.get_by_text("撤销一点").click()
    expect(corners).to_have_count(4)
    desk.locator(".control-polygon").get_by_text("清除").click()
    assert sent(desk)["outline"] == ""


def drawn(page: Page, form: str) -> tuple[Any, str]:
    """(GeoJSON or None, radius) that the form of a shape would send now."""
    found = page.evaluate("id => Object.fromEntries(new FormData(document.getElementById(id)))", f"{form}-form")
    return (json.loads(found["shape"]) if found["shape"] else None), found.get("radius_m", "")


def test_circle_rectangle_and_polygon_are_drawn_in_one_control(desk: Page) -> None:
    desk.goto("/?part=shapes")
    form = desk.locator("#area-form")
    canvas, handles = form.locator(".leaflet-container"), form.locator(".place-corner")
    canvas.scroll_into_view_if_needed()
    canvas.click(position={"x": 300, "y": 200})
    expect(handles).to_have_count(2)
    shape, radius = drawn(desk, "area")
    assert (shape["type"], radius) == ("Point", "200")
    form.locator("[name=radius_m]").fill("450")
    expect(form.locator(".help")).to_have_text(re.compile("半径 450 m。"))
    handles.last.drag_to(canvas, target_position={"x": 500, "y": 200})
    assert int(drawn(desk, "area")[1]) > 450, "the edge was pulled further out"
    form.get_by_text("矩形").click()
    assert drawn(desk, "area") == (None, "")
    canvas.click(position={"x": 300, "y": 120})
    canvas.click(position={"x": 460, "y": 240})
    expect(handles).to_have_count(4)
    (ring,) = drawn(desk, "area")[0]["coordinates"]
    assert (len(ring), len({x for x, _ in ring}), len({y for _, y in ring})) == (5, 2, 2)
    form.get_by_text("多边形").click()
    form.locator(".place-middle").first.drag_to(canvas, target_position={"x": 380, "y": 300})
    expect(handles).to_have_count(5)
    assert len(drawn(desk, "area")[0]["coordinates"][0]) == 6, "a rectangle goes on as a polygon"


def test_a_line_has_numbered_corners(desk: Page) -> None:
    desk.goto("/?part=shapes")
    form = desk.locator("#line-form")
    canvas = form.locator(".leaflet-container")
    canvas.scroll_into_view_if_needed()
    for x, y in ((200, 120), (320, 160), (420, 260)):
        canvas.click(position={"x": x, "y": y})
    expect(form.locator(".place-corner.numbered")).to_have_text(["1", "2", "3"])
    form.locator(".place-middle").first.drag_to(canvas, target_position={"x": 260, "y": 200})
    expect(form.locator(".place-corner.numbered")).to_have_count(4)
    shape, _ = drawn(desk, "line")
    assert (shape["type"], len(shape["coordinates"])) == ("LineString", 4)
    expect(form.locator(".help")).to_have_text(re.compile(r"长 [\d,]+ m，4 个拐点。"))
    form.get_by_text("撤销一点").click()
    assert len(drawn(desk, "line")[0]["coordinates"]) == 3


def test_rows_are_added_removed_and_keep_their_ids(desk: Page) -> None:
    assert [(row["id"], row["name"]) for row in rows_sent(desk)] == [("7", "刘海涛"), ("8", "孙丽")]
    expect(desk.locator("[id='field-staff.1.certificate_no-mistake']")).to_have_text("编号应为 14 位，现为 12 位。")
    desk.get_by_role("button", name="添加一行").click()
    desk.keyboard.type("王强")
    assert rows_sent(desk)[2] == {"id": "", "name": "王强", "post": "", "certificate_no": "", "certificate_until": "", "phone": ""}
    desk.get_by_role("button", name="删除安全管理人员").first.click()
    assert [(row["id"], row["name"]) for row in rows_sent(desk)] == [("8", "孙丽"), ("", "王强")]
    expect(desk.locator(".rows-number").first).to_have_text("1")


def test_after_a_new_drawing_by_the_server_everything_works_again(desk: Page) -> None:
    name = desk.locator("#all-controls #field-name")
    name.fill("改过的名称")
    desk.locator("#redraw").click()
    expect(name).to_have_value("朝阳华锦新材料有限公司")
    desk.get_by_role("button", name="添加一行").click()
    assert len(rows_sent(desk)) == 3
    desk.locator("#all-controls #field-division_id").click()
    expect(desk.locator(".picker-row.here")).to_be_visible()


def test_a_draft_fills_every_kind_of_control(desk: Page) -> None:
    before = sent(desk)
    texts: dict[str, Any] = {
        "name": "草稿", "scale": "small", "division_id": before["division_id"], "remark": "一\n二", "lon": "120.5", "lat": "41.6",
        "rows:staff": json.dumps([{"id": "8", "name": "孙丽丽"}]),
    }  # fmt: skip
    desk.evaluate("texts => { for (const [name, text] of Object.entries(texts)) park.inputs.set(document.querySelector('#all-controls'), name, text); }", texts)
    after = sent(desk)
    assert {name: after[name].replace("\r", "") for name in texts if name != "rows:staff"} == {name: text for name, text in texts.items() if name != "rows:staff"}
    assert [row["name"] for row in rows_sent(desk)] == ["孙丽丽"]
    expect(desk.locator("#all-controls #field-division_id")).to_have_value("辽宁省 / 朝阳市 / 朝阳县 / 二十家子镇")


def test_a_filter_is_the_same_picker_under_its_own_id(desk: Page) -> None:
    desk.locator("#filter-division_id").click()
    expect(desk.locator(".picker-row").first).to_have_text("辽宁省")
    desk.locator(".picker-row").first.click()
    value: str = desk.evaluate("() => new FormData(document.querySelector('#filters')).get('division_id')")
    assert value.isdigit()


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (800, 600), "teal").save(target, "PNG")
    return target.getvalue()


def test_files_are_sent_looked_at_and_taken_off(desk: Page) -> None:
    desk.goto("/?part=files")
    box = desk.locator(".attachments", has_text="其他")
    choose = box.locator("input[type=file]").first
    choose.set_input_files(
        [
            {"name": "许可证.pdf", "mimeType": "application/pdf", "buffer": PDF},
            {"name": "假.png", "mimeType": "image/png", "buffer": b"<html>"},
            {"name": "现场.png", "mimeType": "image/png", "buffer": picture()},
        ]
    )
    expect(box.locator("[data-attachment]")).to_have_count(2)
    expect(box.locator(".mistake")).to_have_text("“假.png”不是可以上传的文件，只接受 PDF、JPG、PNG、WebP、Word、Excel、MP4。")
    expect(box.locator("img.attach-thumb")).to_have_js_property("naturalWidth", 320)
    box.get_by_role("button", name="预览 许可证.pdf").click()
    frame = desk.locator("dialog.preview iframe")
    expect(frame).to_have_attribute("src", re.compile(r"^/attachments/\d+$"))
    desk.get_by_role("button", name="下一个").click()
    expect(desk.locator("dialog.preview img")).to_have_js_property("naturalWidth", 800)
    desk.keyboard.press("Escape")
    expect(desk.locator("dialog")).to_have_count(0)
    box.get_by_role("button", name="删除 现场.png").click()
    desk.locator("dialog.ask").get_by_role("button", name="取消").click()
    expect(box.locator("[data-attachment]")).to_have_count(2)
    box.get_by_role("button", name="删除 现场.png").click()
    desk.locator("dialog.ask").get_by_role("button", name="删除").click()
    expect(box.locator("[data-attachment]")).to_have_count(1)
    with desk.expect_download() as download:
        box.get_by_role("link", name="下载 许可证.pdf").click()
    assert download.value.suggested_filename == "许可证.pdf"
    expect(desk.get_by_text("保存后可以上传营业执照。")).to_be_visible()


def test_a_phone_has_targets_for_fingers_and_a_sheet_for_choosing(small: Page) -> None:
    heights = small.evaluate(
        "() => [...document.querySelectorAll('#all-controls :is(.input, select, .radio, .button, .rows-off)')].map((one) => Math.round(one.getBoundingClientRect().height))"
    )
    assert min(heights) >= 44
    small.locator("#all-controls #field-division_id").click()
    panel = small.locator(".picker-panel").bounding_box()
    assert panel is not None and (panel["x"], panel["width"], round(panel["y"] + panel["height"])) == (0, 390, 844)
    small.locator(".picker-shut").click()
    expect(small.locator(".picker-panel")).to_have_count(0)
    assert small.evaluate("() => document.documentElement.scrollWidth") == 390
