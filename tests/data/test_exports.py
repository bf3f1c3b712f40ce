"""Lists as workbooks: what stands in them, who gets them, and that text never turns into a formula."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from data import exports
from data.columns import reading_of
from data.db import read_session, session
from data.errors import Forbidden, Invalid
from data.exports import Listing
from data.models import AuditEntry, Enterprise, Role, Task
from data.query import Question
from data.readings import Reading
from data.save import update
from data.settings import Settings, current_settings
from data.tasks import file_of
from data.workbooks import Writer, workbook
from tests.park import MAKER, Park, make_park
from tests.sheets import read, work

COLUMNS = (
    ("name", "企业名称"),
    ("credit_code", "信用代码"),
    ("division.name", "属地"),
    ("department_id", "主管部门"),
    ("scale", "规模"),
    ("employee_count", "从业人数"),
    ("lon", "经度"),
    ("created_at", "创建时间"),
)


@pytest.fixture(scope="module")
def park(database: Settings) -> Iterator[Park]:
    with session() as current:
        made = make_park(current)
        values = {"employee_count": 12345, "credit_code": "091211321664577129", "legal_person": "=cmd|' /C calc'!A0"}
        update(current, current.get_one(Enterprise, made.first.id), MAKER, values)
    yield made


def listing(**changes: object) -> Listing:
    return replace(Listing("enterprise", COLUMNS, Question(sort=(("code", False),)), "生产经营单位", "enterprise.view"), **changes)


def exported(park: Park, role: str, wanted: Listing) -> Task:
    with session() as current:
        identity = exports.ask(current, park.viewer(role), wanted).id
    work()
    with session() as current:
        return current.get_one(Task, identity)


def test_an_export_holds_typed_cells_in_the_words_of_the_screen(park: Park) -> None:
    done = exported(park, "officer", listing())
    path = file_of(done, current_settings())
    assert (done.state, done.error, path is not None) == ("done", None, True)
    head, first, second = read(path)
    assert head == [label for _, label in COLUMNS]
    assert first[:7] == ["朝阳一号化工有限公司", "091211321664577129", "柳城街道", "应急管理局", "小型", 12345.0, 120.43]
    assert isinstance(first[7], datetime)
    assert second[:7] == ["朝阳二号运输有限公司", "", "柳城街道", "应急管理局", "小型", "", 120.43]
    assert done.file_name is not None and done.file_name.startswith("生产经营单位_20") and done.file_name.endswith(".xlsx")


def test_a_second_sheet_says_what_when_who_and_how_many(park: Park) -> None:
    done = exported(park, "officer", listing(words="状态：正常"))
    about = {line[0]: line[1] for line in read(file_of(done, current_settings()), 1)}
    assert (about["内容"], about["条件"], about["导出人"], about["行数"]) == ("生产经营单位", "状态：正常", "监管人员某（user-officer）", 2.0)
    assert "Asia/Shanghai" in about["数据时间"]


def test_text_that_begins_like_a_formula_stays_text(park: Park) -> None:
    done = exported(park, "officer", listing(columns=(("legal_person", "法定代表人"),)))
    path = file_of(done, current_settings())
    assert read(path)[1] == ["=cmd|' /C calc'!A0"]
    with zipfile.ZipFile(path) as archive:
        assert b"<f" not in archive.read("xl/worksheets/sheet1.xml").replace(b"<font", b"")


def test_an_export_has_only_the_rows_asked_for_within_the_scope(park: Park) -> None:
    ticked = exported(park, "officer", listing(question=Question(ids=(park.second.id,))))
    assert [row[0] for row in read(file_of(ticked, current_settings()))[1:]] == ["朝阳二号运输有限公司"]
    with session() as current:
        own = current.scalars(select(Role).where(Role.code == "enterprise")).one()
        own.permissions = [*own.permissions, "enterprise.view"]
    narrow = exported(replace_permissions(park), "enterprise", listing())
    assert [row[0] for row in read(file_of(narrow, current_settings()))[1:]] == ["朝阳一号化工有限公司"]


def replace_permissions(park: Park) -> Park:
    people = {**park.people, "enterprise": replace(park.people["enterprise"], permissions=frozenset({"enterprise.view"}))}
    return replace(park, people=people)


def test_an_export_stands_in_the_audit_with_its_number_of_rows(park: Park) -> None:
    exported(park, "officer", listing(title="审计中的导出", words="规模：小型"))
    with read_session() as current:
        told = current.scalars(select(AuditEntry).where(AuditEntry.record_name == "审计中的导出")).one()
    assert (told.verb, told.table_name, told.username) == ("export", "enterprise", "user-officer")
    assert told.changes == {"行数": [None, 2], "条件": [None, "规模：小型"]}


@pytest.mark.parametrize("path", ["password_hash", "role.nothing", "nothing", "__table__", "role"])
def test_a_column_that_is_secret_or_unknown_is_refused(path: str, park: Park) -> None:
    with session() as current, pytest.raises(Invalid, match="不能导出“列”这一列。"):
        exports.ask(current, park.viewer("admin"), Listing("user", ((path, "列"),), Question(), "用户", "user.view"))


def test_an_unknown_table_and_an_unknown_order_are_refused(park: Park) -> None:
    with session() as current, pytest.raises(Invalid, match="没有这个列表"):
        exports.ask(current, park.viewer("admin"), listing(table="pg_shadow"))
    with session() as current, pytest.raises(Invalid, match="不能按“nothing”查询或排序。"):
        exports.ask(current, park.viewer("admin"), listing(question=Question(sort=(("nothing", True),))))


def test_who_may_not_see_the_list_may_not_export_it(park: Park) -> None:
    with session() as current, pytest.raises(Forbidden, match="没有“查看用户”权限"):
        exports.ask(current, park.viewer("duty"), Listing("user", (("name", "姓名"),), Question(), "用户", "user.view"))


def test_a_right_that_was_withdrawn_before_the_task_ran_fails_it(park: Park) -> None:
    with session() as current:
        identity = exports.ask(current, park.viewer("inspector"), listing()).id
        role = current.scalars(select(Role).where(Role.code == "inspector")).one()
        role.permissions = ["map.view"]
    work()
    with session() as current:
        failed = current.get_one(Task, identity)
    assert (failed.state, failed.error, failed.file_path) == ("failed", "检查人员某没有“查看企业档案”权限，请联系系统管理员。", None)


@pytest.mark.parametrize("name", [one.key for one in inspect(Enterprise).column_attrs])
def test_a_column_reads_in_an_export_as_it_does_for_one_record(name: str, park: Park, current: Session) -> None:
    records = current.scalars(select(Enterprise).order_by(Enterprise.id)).unique().all()
    values = [getattr(record, name) for record in records]
    assert Reading(current, Enterprise, name).read(values) == [reading_of(record, name) for record in records]


@pytest.fixture
def current(park: Park) -> Iterator[Session]:
    with read_session() as opened:
        yield opened


def test_a_long_workbook_holds_what_a_short_one_does(tmp_path: Path) -> None:
    line = ["<a & b>", " 空格 ", "_x0041_", "=1+1", "\x07响铃", 12, 1234.5, 3.0, True, date(2026, 11, 24), datetime(2026, 11, 24, 9, 30), None, "", "两\n行", "长" * 40_000]
    for name, is_long in (("long", True), ("short", False)):
        with workbook(tmp_path / f"{name}.xlsx", is_long=is_long) as book:
            writer = Writer(book, "表")
            writer.header([str(place) for place in range(len(line))], [10] * len(line))
            writer.row(1, line)
            writer.row(2, line)
            Writer(book, "说明").row(0, ["完"])
    long, short = read(tmp_path / "long.xlsx"), read(tmp_path / "short.xlsx")
    assert long == short
    assert long[1][:6] == ["<a & b>", " 空格 ", "_x0041_", "=1+1", "响铃", 12.0]
    assert (long[1][8:11], len(long[1][14])) == (["是", date(2026, 11, 24), datetime(2026, 11, 24, 9, 30)], 32_767)
    assert read(tmp_path / "long.xlsx", 1) == [["完"]]
