"""An alarm becomes an incident: two in the room, one in the field with a phone, to the report and the end. Drills the same, apart."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from docx import Document
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browsing import visit
from tests.platform import Platform

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)
DRILL = "液氨罐区法兰泄漏（演练）"
TANK, POINT, TOPIC = "V-110", "V-110.GT1", "park/liucheng/E001/GW-01/telemetry"
NORMAL, HIGH_HIGH = 3.0, 60.0  # %LEL, against limits of 25 and 50
PERSON = "赵明辉（应急管理局）"


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


@pytest.fixture
def publish(platform: Platform) -> Iterator[Callable[[float], None]]:
    """What the gateway does: send one value of the detector. At the end it is back to normal."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", platform.settings.mqtt_port)
    client.loop_start()

    def send(value: float) -> None:
        body = {"ts": int(time.time() * 1000), "points": [{"code": POINT, "v": value}]}
        client.publish(TOPIC, json.dumps(body), qos=1).wait_for_publish(5)

    yield send
    send(NORMAL)
    client.loop_stop()
    client.disconnect()


def named(what: str) -> str:
    """Like no other: a try after one that broke off meets its own task only."""
    return f"{what} {time.time_ns() // 1_000_000 % 10**7}"


def give_task(page: Page, what: str) -> None:
    """Give the person in the field a task."""
    page.get_by_role("tab", name="任务").click()
    page.locator("#incident-form-task summary").click()
    page.fill("[id='field-task-what']", what)
    page.locator("[id='field-task-user_id']").select_option(label=PERSON)
    page.locator("#incident-form-task").get_by_role("button", name="下达", exact=True).click()
    expect(page.locator("#incident-tasks .inc-task.waiting")).to_contain_text(what)


def accepted(page: Page, platform: Platform, what: str) -> None:
    """On the phone: open one's task and accept it."""
    page.goto(f"{platform.url}/incidents/tasks")
    page.get_by_role("link", name=re.compile(what)).click()
    page.get_by_role("button", name="接收任务").click()


def answered(page: Page, text: str) -> None:
    """On the phone: say that it is done."""
    page.locator("#field-text").fill(text)
    page.locator(".radio", has_text="已完成").click()
    page.get_by_role("button", name="提交反馈").click()
    expect(page.locator(".message.success", has_text="任务“已完成”")).to_be_visible()


def signed(page: Page, course: str, folder: Path) -> str:
    """Draft the first report, put the course right, sign it; gives the words of the Word document that one then fetches."""
    page.get_by_role("tab", name="报告").click()
    page.get_by_role("button", name="起草专报").click()
    page.fill("[id='field-report-recipient']", "县应急管理局")
    page.fill("[id='field-report-course']", course)
    page.get_by_role("button", name="签发专报").click()
    with page.expect_download() as taken:
        page.locator("#incident-reports a", has_text="Word").click()
    assert taken.value.suggested_filename.endswith(".docx")
    taken.value.save_as(folder / "report.docx")
    paper = Document(str(folder / "report.docx"))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in paper.sections[0].header.paragraphs), *(one.text for one in paper.paragraphs), *cells])


def test_from_an_alarm_by_one_click_to_the_report_and_the_end_by_two_and_a_phone(platform: Platform, duty: Page, leader: Page, field: Page, publish: Callable[[float], None], tmp_path: Path) -> None:
    duty.goto(f"{platform.url}/alarms")
    publish(HIGH_HIGH)
    alarm = duty.locator(".alarm-row:not(.columns):not(.l4)", has_text=f"{TANK} ")
    alarm.click()
    duty.keyboard.press("Space")  # acknowledged, so that it is over when the value is back
    expect(alarm).to_contain_text("已确认")
    duty.get_by_role("button", name="转为突发事件").click()
    desk = duty.locator(".incident-desk")
    expect(desk.locator("h1")).to_contain_text(TANK)
    assert "drill" not in (desk.get_attribute("class") or "").split()
    expect(desk.locator("#incident-timeline")).to_contain_text("系统报警转入")
    # Both open the same step; the first takes it, the other is told and keeps what was typed.
    leader.goto(duty.url)
    leader.locator("#incident-form-move summary", has_text="排除").click()
    leader.fill("[id='field-dismiss-words']", "像是误报")
    step(duty, "核实属实", choice="Ⅳ级 一般")
    for page in (duty, leader):
        expect(page.locator(".inc-steps .here b")).to_have_text("核实")
    leader.locator("#incident-form-move details[open]").get_by_role("button", name="排除").click()
    expect(leader.locator(".message.error", has_text="李志远刚刚办理了“核实属实”")).to_be_visible()
    expect(leader.locator("[id='field-respond-words']")).to_have_value("像是误报")
    # A task goes to the phone and comes back.
    task = named("疏散下风向人员")
    give_task(duty, task)
    photo = tmp_path / "现场.jpg"
    Image.new("RGB", (640, 480), (120, 140, 160)).save(photo)
    accepted(field, platform, task)
    field.locator("input[type=file]").first.set_input_files(photo)
    expect(field.locator("[data-attachment] img")).to_have_count(1)
    assert field.evaluate("document.documentElement.scrollWidth") == 390
    answered(field, "已疏散 88 人")
    expect(duty.locator("#incident-tasks .inc-task.done")).to_contain_text("已疏散 88 人")
    # The report, and the end.
    words = signed(duty, "罐区气体检测报警，现场查明法兰泄漏", tmp_path)
    number = duty.locator("#incident-reports .cap").first.inner_text().partition("　")[0]
    assert number.startswith("应急专报〔")
    for part in (number, TANK, "的专报", "县应急管理局", "二、时间、地点及现场情况", "罐区气体检测报警，现场查明法兰泄漏", f"{task}（已疏散 88 人）", "李志远"):
        assert part in words, part
    assert "演练" not in words
    step(duty, "结束事件", words="泄漏已堵住，浓度恢复正常")
    expect(leader.locator(".inc-steps .here b")).to_have_text("结束")
    lines = leader.locator("#incident-timeline .inc-entries > li")
    expect(lines.first).to_contain_text("泄漏已堵住")
    expect(leader.locator("#incident-timeline").get_by_role("button", name="更正").first).to_be_visible()


def test_a_drill_has_a_red_frame_and_a_watermark_and_is_told_and_counted_apart(platform: Platform, duty: Page, field: Page, tmp_path: Path) -> None:
    duty.goto(f"{platform.url}/incidents/drills?do=add")
    duty.fill("#field-title", DRILL)
    duty.locator("#field-kind").select_option("leak")
    duty.fill("#field-place", "液氨罐区 V-203")
    duty.get_by_role("button", name="保存").click()
    duty.get_by_role("link", name="进入处置台").click()
    expect(duty.locator(".incident-desk.drill h1")).to_have_text(DRILL)
    look = duty.evaluate("""() => {
      const desk = document.getElementById("incident-desk");
      const red = getComputedStyle(document.documentElement).getPropertyValue("--danger-fill").trim();
      const [frame, mark] = [getComputedStyle(desk), getComputedStyle(desk, "::after")];
      return [frame.outlineStyle, frame.outlineWidth, red, mark.content, mark.pointerEvents];
    }""")
    assert look == ["solid", "4px", "#C22F28", '"演　练"', "none"]
    step(duty, "核实属实", choice="Ⅳ级 一般")
    task = named("演练疏散")
    give_task(duty, task)
    accepted(field, platform, task)
    expect(field.get_by_text("演练：按预案演练，不是真实事件。")).to_be_visible()
    answered(field, "模拟疏散 88 人")
    expect(duty.locator("#incident-tasks .inc-task.done")).to_contain_text("模拟疏散 88 人")
    words = signed(duty, "按预案开始演练", tmp_path)
    for part in ("演练　演练　演练", "【演练】", "演练报告〔", "按预案开始演练"):
        assert part in words, part
    step(duty, "结束事件", words="演练科目完成")
    expect(duty.locator(".inc-steps .here b")).to_have_text("结束")
    # Statistics of drills count it, and lead to it; those of incidents do not.
    duty.goto(f"{platform.url}/incidents/drills/statistics?form=table")
    duty.locator("tr", has_text="泄漏").locator("td.num a").first.click()
    duty.wait_for_url("**/incidents/drills?*kind=leak*")
    expect(duty.get_by_role("link", name=DRILL).first).to_be_visible()
