"""Duty reports: filled by the platform, corrected with a mark, signed by the leader on duty and by nobody else, then frozen."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from docx import Document
from sqlalchemy import select
from sqlalchemy.orm import Session

from data import duty_reports
from data.attachments import attachments_of, path_of
from data.calendar import park_day
from data.day_figure_words import WORDS
from data.day_figures import ALL
from data.db import session
from data.errors import Conflict, Forbidden
from data.models import DutyCorrection, DutyReport, DutyShift, Enterprise, HiddenDanger, User
from data.viewer import Viewer, system_viewer
from pages.leaders.duty_reports import REPORTS
from tests.dashboard.asking import opened

NOW = datetime.now(UTC)
TODAY = park_day(NOW)


@pytest.fixture
def current(demo_database: Any) -> Any:
    with session() as one:
        yield one
        one.rollback()


def viewer(current: Session, username: str) -> Viewer:
    user = current.scalars(select(User).where(User.username == username)).one()
    return replace(system_viewer(username), id=user.id, name=user.name, department_id=user.department_id)


def report(current: Session, kind: str = "daily", back: int = 0) -> DutyReport:
    made = DutyReport(kind=kind, day=TODAY - timedelta(days=back), incidents="无")
    current.add(made)
    current.flush()
    return made


def on_duty(current: Session, username: str, tier: int) -> Viewer:
    one = viewer(current, username)
    current.add(DutyShift(user_id=one.id, tier=tier, begins_at=NOW - timedelta(hours=1), ends_at=NOW + timedelta(hours=1)))
    current.flush()
    return one


def danger(current: Session) -> None:
    firm = current.scalar(select(Enterprise.id).limit(1))
    current.add(HiddenDanger(enterprise_id=firm, name="护栏缺失", state="rectify", source="check", found_on=TODAY))
    current.flush()


def line(lines: list[duty_reports.Line], key: str) -> duty_reports.Line:
    return next(one for one in lines if one.key == key)


def test_a_correction_can_name_every_figure() -> None:
    assert {(one.code, one.word) for one in WORDS} == {(one.key, one.label) for one in ALL}


def test_a_draft_follows_the_rows_and_what_is_signed_does_not(current: Session) -> None:
    made, leader = report(current), on_duty(current, "leader", 2)
    assert line(duty_reports.lines(current, made, NOW), "danger-found").value == 0
    danger(current)
    assert line(duty_reports.lines(current, made, NOW), "danger-found").words == "新增隐患：1 条，比上期增加 1"
    duty_reports.sign(current, leader, made, NOW)
    assert duty_reports.changed_since(current, made, NOW) == []
    danger(current)
    assert line(duty_reports.lines(current, made, NOW), "danger-found").value == 1, "frozen"
    assert "新增隐患 1 → 2" in duty_reports.changed_since(current, made, NOW), "and it says that the rows are others now"


def test_a_figure_put_right_by_hand_is_marked_and_the_number_of_the_platform_stays(current: Session) -> None:
    made = report(current)
    current.add(DutyCorrection(report_id=made.id, figure="alarm", value=5, reason="两条为演练"))
    current.flush()
    found = line(duty_reports.lines(current, made, NOW), "alarm")
    assert (found.shown, found.text) == ("5", "0")
    assert "人工更正，系统数 0 条：两条为演练" in found.words


def test_what_is_not_known_is_a_stroke_with_its_reason(current: Session) -> None:
    found = duty_reports.lines(current, report(current, back=3), NOW)
    strokes = {one.label: one.why for one in found if one.text == duty_reports.NOT_FILLED}
    assert strokes["天气和预警"] == "平台没有接入气象数据"
    assert strokes["事项过期"] == "到期情况只保留当前状态，过去某日的不可知"
    assert all(strokes.values())


def test_a_week_is_seven_days(current: Session) -> None:
    danger(current)
    made = report(current, "weekly")
    assert duty_reports.span(made) == (TODAY - timedelta(days=6), TODAY)
    assert line(duty_reports.lines(current, made, NOW), "danger-found").value == 1


def test_only_the_leader_on_duty_signs_and_once(current: Session) -> None:
    made = report(current)
    watch = on_duty(current, "duty", 1)
    with pytest.raises(Forbidden, match="只有当期带班领导可以签发"):
        duty_reports.sign(current, watch, made, NOW)
    with pytest.raises(Forbidden, match="只有当期带班领导可以签发"):
        duty_reports.sign(current, viewer(current, "leader2"), made, NOW)
    leader = on_duty(current, "leader", 2)
    with pytest.raises(Forbidden, match="没有“签发值班报告”权限"):
        duty_reports.sign(current, replace(leader, permissions=frozenset({"duty.report"})), made, NOW)
    duty_reports.sign(current, leader, made, NOW)
    with pytest.raises(Conflict, match="已签发"):
        duty_reports.sign(current, leader, made, NOW)
    assert REPORTS.can_edit(leader, made) == REPORTS.can_delete(leader, made) == "已签发，内容不再改变。"


def test_the_document_says_what_was_signed(current: Session) -> None:
    made, leader = report(current), on_duty(current, "leader", 2)
    danger(current)
    paper = duty_reports.sign(current, leader, made, NOW)
    assert paper.number.startswith("值班〔")
    file = attachments_of(current, made)["paper"][0]
    document = Document(io.BytesIO(path_of(file).read_bytes()))
    words = "\n".join(one.text for one in document.paragraphs)
    assert f"值班日报 {TODAY.isoformat()}" in words and leader.name in words
    [table] = document.tables
    rows = {cells[1]: cells for cells in ([cell.text for cell in row.cells] for row in table.rows)}
    assert rows["内容"] == ["部分", "内容", "数值", "比上期", "说明"]
    assert rows["新增隐患"] == ["双重预防", "新增隐患", "1 条", "+1", ""]
    assert rows["天气和预警"] == ["其他", "天气和预警", "/", "", "平台没有接入气象数据"]
    assert leader.name in rows["带班领导"][4]
    assert "PAGE" in document.sections[0].footer._element.xml, "the sheets are numbered"


def test_a_report_is_added_opened_and_only_one_for_a_day(person: Any, submit: Any) -> None:
    client = person("duty")
    given = {"kind": "daily", "day": TODAY.isoformat(), "incidents": "无"}
    assert "已添加" in submit(client, "duty_report", "", "add", given)
    assert "这一天已有同类报告" in submit(client, "duty_report", "", "add", given)
    assert "这一天还没有到" in submit(client, "duty_report", "", "add", given | {"day": "2099-01-01"})
    with session() as reading:
        identity = reading.scalar(select(DutyReport.id).where(DutyReport.day == TODAY))
    shown = opened(client, "duty_report", open=str(identity))
    assert "未签发" in shown
    assert "新增报警" in shown
