"""Monthly reports: made in the background, numbered without a gap, with charts, and never changed by what is corrected later."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from docx import Document
from sqlalchemy import select

from data import day_counts, monthly_reports, tasks
from data.attachments import attachments_of, path_of
from data.calendar import park_day
from data.db import read_session, session
from data.documents.monthly_report import MOST_ROWS, said
from data.errors import Conflict, Forbidden, Invalid
from data.models import Alarm, Enterprise, HiddenDanger, MonthlyReport, Paper, Task, User
from data.monthly import Month
from data.monthly_reports import Content, Table
from data.settings import current_settings
from data.task_runner import run_next
from data.viewer import Viewer
from data.viewers import viewer_from
from tests.dashboard.asking import listed, opened, rows

NOW = datetime(2026, 5, 20, 4, tzinfo=UTC)
MAY = Month(date(2026, 5, 1), date(2026, 5, 20))


def viewer(username: str) -> Viewer:
    with read_session() as current:
        return viewer_from(current.scalars(select(User).where(User.username == username)).one())


def viewer_of(current: Any, identity: int) -> Viewer:
    return viewer_from(current.get_one(User, identity))


def danger(found: date, level: str = "general") -> None:
    with session() as current:
        firm = current.scalar(select(Enterprise.id).order_by(Enterprise.id).limit(1))
        current.add(HiddenDanger(enterprise_id=firm, name="护栏缺失", state="rectify", source="expert", found_on=found, level=level))


@pytest.fixture(scope="module")
def counted(app: Any) -> Any:
    """Five dangers of this May, two of April, one of last May, one of before; alarms begin in this May only."""
    for found in (*(MAY.first + timedelta(days=day) for day in range(5)), date(2026, 4, 2), date(2026, 4, 30), date(2025, 5, 3), date(2025, 4, 20)):
        danger(found)
    with session() as current:
        firm = current.scalar(select(Enterprise.id).order_by(Enterprise.id).limit(1))
        current.add(Alarm(source_type="point", source_id=1, source_code="V-101", source_name="V-101 液位", place="罐区", condition="high", kind="high", level=2, enterprise_id=firm, raised_at=NOW - timedelta(days=3), last_at=NOW))
        current.flush()
        day_counts.refresh(current, NOW)
    return app


def line(content: Content, key: str) -> tuple[int | None, ...]:
    return next(one.numbers for one in content.lines if one.key == key)


def test_the_numbers_are_those_of_the_month_and_of_as_many_days_before(counted: Any) -> None:
    with read_session() as current:
        content = monthly_reports.counted(current, MAY)
    assert content.spans == (("2026-05-01", "2026-05-20"), ("2026-04-01", "2026-04-20"), ("2025-05-01", "2025-05-20"))
    assert line(content, "danger-found") == (5, 1, 1)
    assert line(content, "alarm") == (1, None, None), "nobody knows of alarms before the first one"
    assert Content.of(json.loads(json.dumps(content.plain()))) == content
    by_level = next(one for one in content.tables if one.title == "隐患按级别")
    assert by_level.rows == (("一般", (5, 1, 1)),) and by_level.total == (5, 1, 1)


def test_what_is_not_known_is_a_stroke_with_its_reason(counted: Any) -> None:
    with read_session() as current:
        told = said(monthly_reports.counted(current, MAY))
    assert ("新增报警", "条", "1", "/", "/", "/", "/") in told["figures"]
    assert any("上月还没有记录" in one and "新增报警" in one for one in told["reasons"])
    assert told["summary"][1].startswith("隐患方面，新增隐患 5 条（比上月增加 4，+400.0 %，比上年同月增加 4，+400.0 %）")
    assert [one.caption[:3] for one in told["trends"]] == ["图 1", "图 2", "图 3", "图 4"]
    assert all(one.picture.words.startswith("折线图：") for one in told["trends"])


def test_a_long_table_ends_with_the_rest_and_its_total() -> None:
    many = tuple((f"{number} 号企业", (number, 0, None)) for number in range(30, 0, -1))
    table = Table("报警按企业", "企业", "报警数", "条", "按企业。", many, (465, 0, None))
    part = said(Content((), (), (), (table,)))["parts"][0]
    assert len(part.rows) == MOST_ROWS + 1
    assert part.rows[-1] == ("其余 15 项", "120", "0", "+120", "/", "/", "25.8 %")
    assert part.total == ("合计", "465", "0", "+465", "/", "/", "100.0 %")
    assert len(part.charts) == 1 and "前十位" in part.charts[0].caption


def test_a_report_is_made_in_the_background_kept_and_frozen(counted: Any, person: Any) -> None:
    leader = viewer("leader")
    now = datetime.now(UTC)
    with session() as current:
        monthly_reports.ask(current, leader, "2026-05", now)
    with session() as current, pytest.raises(Conflict, match="正在生成"):
        monthly_reports.ask(current, leader, "2026-05", now)
    assert run_next(current_settings(), viewer_of)
    with read_session() as current:
        task = current.scalars(select(Task).where(Task.kind == "monthly_report").order_by(Task.id.desc())).first()
        assert task is not None and task.state == "done", task and task.error
        report = current.scalars(select(MonthlyReport)).one()
        assert report.number == f"月报〔{park_day(now).year}〕1号" and report.title == "2026年5月安全生产月报"
        assert report.number in task.result["message"] and tasks.file_of(task, current_settings()) is not None
        document = Document(str(path_of(attachments_of(current, report)["paper"][0])))
        assert monthly_reports.changed_since(current, report) == []
    text = "\n".join(one.text for one in document.paragraphs)
    assert report.number in text and "2026-05-01 至 2026-05-31" in text and "此后登记、更正或删除记录，本报告不变" in text
    alternatives = [one.get("descr") for one in document.element.iter("{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr")]
    assert len(alternatives) >= 4 and all(one.startswith(("折线图：", "条形图：")) for one in alternatives)
    assert ["新增隐患", "条", "5", "2", "+3", "1", "+4"] in [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    danger(date(2026, 5, 9))
    shown = opened(person("leader"), "monthly_report", open=str(report.id))
    assert "新增隐患 5 → 6" in shown and "本报告不变" in shown and "下载 Word" in shown
    assert [one["c1"] for one in rows(listed(person("leader"), "monthly_report"), "monthly_report")] == [report.number]


def test_numbers_have_no_gap_when_a_month_has_nothing_to_say(counted: Any) -> None:
    leader = viewer("leader")
    empty = Month(date(2010, 1, 1), date(2010, 1, 31))
    with session() as current, pytest.raises(Invalid, match="还没有任何记录"):
        monthly_reports.make(current, leader, empty, NOW)
    with session() as current:
        before = len(current.scalars(select(Paper).where(Paper.kind == "monthly_report")).all())
        made = monthly_reports.make(current, leader, MAY, NOW)
        assert made.number == f"月报〔2026〕{before + 1}号" and not made.is_whole
        current.rollback()


@pytest.mark.parametrize("month", ["2026-13", "2999-01", "", "nichts", "2026-5", "1999-12"])
def test_a_month_that_cannot_be_is_refused(month: str, counted: Any) -> None:
    with session() as current, pytest.raises(Invalid, match="请选择已开始的月份"):
        monthly_reports.ask(current, viewer("leader"), month, NOW)


def test_only_who_holds_the_right_makes_one(counted: Any) -> None:
    with session() as current, pytest.raises(Forbidden):
        monthly_reports.ask(current, viewer("duty"), "2026-05", NOW)


def test_a_template_reaches_nothing_but_the_picture(counted: Any, tmp_path: Any) -> None:
    from data.documents.kinds import MONTHLY_REPORT
    from data.documents.rendering import fault_of

    document, content = Document(), io.BytesIO()
    document.add_paragraph("{{ number }}{{ title }}{{ as_of }}{{ figures }}{{ frozen }}{% for one in trends %}{{ one.picture._document.save('x') }}{% endfor %}")
    document.save(content)
    (tmp_path / "own.docx").write_bytes(content.getvalue())
    assert "不能使用" in fault_of(MONTHLY_REPORT, tmp_path / "own.docx")
