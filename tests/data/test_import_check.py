"""The check of an uploaded workbook: cells, heads, the file itself. Nothing here writes a record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import Column as TableColumn
from sqlalchemy import Date, MetaData, Table, func, select

from data import imports
from data.db import session
from data.errors import Invalid
from data.imports.cells import Column, shown
from data.models import ImportRow
from data.settings import Settings, current_settings
from data.viewer import Viewer
from tests.sheets import HEADS, book, counts, credit_code, firm, messages, person, rows, towns, upload


@pytest.fixture(scope="module")
def reader(database: Settings) -> Viewer:
    with session() as current:
        towns(current)
        return person(current, "officer", "enterprise.edit", "division.edit", "department.edit")



@pytest.mark.parametrize(
    ("place", "cell", "message"),
    [
        (2, "城关镇", "有 2 个“城关镇”，请写明上级：朝阳县/城关镇、北票市/城关镇。"),
        (2, "火星基地", "行政区域中没有“火星基地”，或不在您的数据范围内。"),
        (2, "北票市/柳城街道", "没有“北票市/柳城街道”，是否为“柳城街道”？"),
        (1, 91211321664577129, "数字超过 15 位，Excel 已改动末尾数字，请把单元格设为文本后重新填写。"),
        (1, "91211321MA0Y8T000O", "信用代码只含数字和大写字母，不含 I、O、S、V、Z。"),
        (5, 120.5, "请输入整数。"),
        (5, True, "应为数字，现为“是”。"),
        (6, "东经一百二十度", "请输入数字。"),
        (0, "长" * 201, "最多 200 个字，现有 201 个。"),
    ],
)
def test_a_wrong_cell_says_what_is_wrong(place: int, cell: Any, message: str, reader: Viewer) -> None:
    line = firm(1)
    line[place] = cell
    assert messages(upload(reader, book([line]))) == {f"{'ABCDEFGH'[place]}2": message}


@pytest.mark.parametrize("words", ["柳城街道", "211321001", "朝阳县/柳城街道", "朝阳县 / 柳城街道", "朝阳县＞柳城街道"])
def test_a_division_is_found_by_name_code_and_path(words: str, reader: Viewer) -> None:
    line = firm(1)
    line[2] = words
    found = upload(reader, book([line]))
    assert (messages(found), [row.shown[2] for row in rows(found)], counts(found)) == ({}, [words], (1, 0, 0, 0))


def test_a_path_tells_two_towns_of_the_same_name_apart(reader: Viewer) -> None:
    lines = [firm(1), firm(2)]
    lines[0][2], lines[1][2] = "朝阳县/城关镇", "北票市/城关镇"
    found = rows(upload(reader, book(lines)))
    assert len({row.values["division_id"] for row in found}) == 2


@pytest.mark.parametrize(
    ("cell", "message"),
    [("2026-13-05", "不是日期，月份应为 01–12。"), ("去年", "不是日期，请写作 2026-11-24。"), (45000, "不是日期，请写作 2026-11-24。"), ("2026年2月30日", "不是日期，2026 年 2 月没有 30 日。")],
)
def test_a_bad_date_says_why(cell: Any, message: str, reader: Viewer) -> None:
    column = day_column()
    with pytest.raises(ValueError) as caught:
        column.read(cell, shown(cell))
    assert str(caught.value) == message


def day_column() -> Column:
    """A column of days: no table that may be imported has one yet."""
    column = Column.__new__(Column)
    column.column, column.kind, column.lookup = Table("day", MetaData(), TableColumn("day", Date)).c.day, date, None
    return column


def test_a_real_date_cell_and_a_written_one_are_the_same_day() -> None:
    column = day_column()
    read_days = [column.read(cell, shown(cell)) for cell in (date(2026, 11, 24), datetime(2026, 11, 24), "2026/11/24", "2026年11月24日")]
    assert set(read_days) == {date(2026, 11, 24)}




@pytest.mark.parametrize(
    ("heads", "told"),
    [
        (["企业名称", "信用代码", *HEADS[2:]], {"B1": "没有“信用代码”这一列，是否为“统一社会信用代码”？", "": "缺少必填列“统一社会信用代码”。"}),
        ([*HEADS[:7], "备用"], {"H1": "没有“备用”这一列，请删除此列或使用模板。", "": "缺少必填列“纬度”。"}),
        ([*HEADS, "属地"], {"I1": "列“属地”重复，C1 已有同名的列。"}),
        (["甲", "乙"], {"": "没有找到表头，请使用模板，不要改动第 1 行。"}),
    ],
)
def test_wrong_heads_are_named(heads: list[str], told: dict[str, str], reader: Viewer) -> None:
    found = upload(reader, book([firm(1)], heads))
    assert (messages(found), found.row_count, found.is_good) == (told, 0, False)


def test_heads_may_stand_lower_in_another_order_and_with_stars(reader: Viewer) -> None:
    lines = [["2026 年企业台账"], ["统一社会信用代码", "* 企业名称", *HEADS[2:]]]
    lines += [[credit_code(1), "朝阳第1化工有限公司", *firm(1)[2:]]]
    found = upload(reader, book(lines[1:], lines[0]))
    assert (messages(found), [row.number for row in rows(found)], counts(found)) == ({}, [3], (1, 0, 0, 0))


def test_the_example_and_empty_rows_are_not_read(reader: Viewer) -> None:
    found = upload(reader, book([["示例：朝阳某某化工有限公司"], [], firm(1), [""] * 8, firm(2)]))
    assert ([row.number for row in rows(found)], counts(found)) == ([4, 6], (2, 0, 0, 0))


def test_a_file_with_no_rows_says_so(reader: Viewer) -> None:
    assert messages(upload(reader, book([]))) == {"": "表头下面没有数据，请从第 2 行起填写。"}


@pytest.mark.parametrize("content", [b"", b"name,code\n", b"%PDF-1.7", b"PK\x03\x04 not a zip", b"<html>"])
def test_only_a_workbook_is_taken_whatever_it_is_called(content: bytes, reader: Viewer) -> None:
    with session() as current, pytest.raises(Invalid, match=r"不是 Excel 工作簿|工作簿已损坏"):
        imports.receive(current, reader, imports.sheet_of("enterprise"), BytesIO(content), "企业.xlsx", current_settings())


def test_a_broken_workbook_is_refused_in_words(reader: Viewer) -> None:
    content = bytearray(book([firm(1)]).getvalue())
    content[200:900] = b"\0" * 700
    found = upload(reader, BytesIO(bytes(content)))
    assert (found.state, found.messages) == ("failed", [["", "工作簿已损坏或加了密码，无法读取。请用 Excel 或 WPS 重新保存后再上传。"]])


def test_a_file_made_to_fill_the_memory_is_refused(reader: Viewer) -> None:
    def far(made: Any, sheet: Any) -> None:
        sheet.write_string(1_000_000, 16_000, "x")

    found = upload(reader, book([firm(1)], more=far))
    assert (found.state, found.messages) == ("failed", [["", "工作表超过 100 列，请只保留模板中的列。"]])


def test_a_cell_far_below_costs_nothing(reader: Viewer) -> None:
    def deep(made: Any, sheet: Any) -> None:
        sheet.write_row(1_048_575, 0, firm(2))

    assert [row.number for row in rows(upload(reader, book([firm(1)], more=deep)))] == [2, 1_048_576]


def test_a_declaration_with_a_mistake_is_an_error_at_the_start() -> None:
    good = imports.sheet_of("division")
    for changes, words in (
        ({"columns": ("code", "nothing")}, "no column 'nothing'"),
        ({"key": ("id",)}, "key: columns of the sheet"),
        ({"permission": ""}, "an import needs a right"),
        ({"columns": ("code", "name")}, "a new record needs level"),
    ):
        with pytest.raises(ValueError, match=words):
            replace(good, **changes)


def test_staged_rows_are_of_the_batch_only(reader: Viewer) -> None:
    first, second = upload(reader, book([firm(1)])), upload(reader, book([firm(1), firm(2)]))
    with session() as current:
        number = select(func.count()).where(ImportRow.batch_id.in_([first.id, second.id]))
        assert current.scalar(number) == 3
