"""Statistics as an Excel workbook: tables with typed cells, and a sheet that says what the numbers mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook

from data.choices import word
from data.choices.system import SCOPES
from data.settings import current_settings
from data.statistics.declaration import Ratio
from data.statistics.result import Result
from data.viewer import Viewer

TOTAL = "合计"


def columns(result: Result) -> list[tuple[str, str, str]]:
    """The columns of the table after its first: (words, key of the series, key of the measure)."""
    statistic = result.statistic
    main = statistic.main
    parts = [(part.label, part.key, main.key) for part in result.series]
    rest = [(one.label, "", one.key) for one in statistic.shown if one is not main]
    return [(main.label, "", main.key), *parts, *rest]


def workbook(result: Result, viewer: Viewer, conditions: str) -> bytes:
    """The file of one result. ``conditions`` are the choices in words."""
    return book({"统计": result}, viewer, conditions)


def book(sheets: Mapping[str, Result], viewer: Viewer, conditions: str, note: str = "") -> bytes:
    """The file of several results of one statistic, a sheet each; ``note`` is said beside what the numbers mean."""
    target = BytesIO()
    with Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as made:
        for name, result in sheets.items():
            _table(made, name, result)
        _notes(made, next(iter(sheets.values())), viewer, conditions, note)
    return target.getvalue()


def _table(book: Workbook, name: str, result: Result) -> None:
    sheet = book.add_worksheet(name)
    head = book.add_format({"bold": True, "bg_color": "#F7F9FB", "bottom": 1, "text_wrap": True, "valign": "vcenter"})
    heads = columns(result)
    sheet.write_string(0, 0, result.dimension.title(result.statistic.model), head)
    for place, (words, _, measure) in enumerate(heads, 1):
        unit = result.measure(measure).unit
        sheet.write_string(0, place, f"{words}（{unit}）" if unit else words, head)
    bold = book.add_format({"bold": True, "top": 1})
    for line, (key, label) in enumerate([*((one.key, one.label) for one in result.groups), ("", TOTAL)], 1):
        sheet.write_string(line, 0, label, None if key else bold)
        for place, (_, series, measure) in enumerate(heads, 1):
            shape: dict[str, Any] = {"num_format": _number_format(result, measure)}
            shown = book.add_format(shape if key else {**shape, "bold": True, "top": 1})
            value = result.value(key, series, measure)
            sheet.write_blank(line, place, None, shown) if value is None else sheet.write_number(line, place, value, shown)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, len(heads), 14)
    sheet.freeze_panes(1, 1)


def _number_format(result: Result, measure: str) -> str:
    one = result.measure(measure)
    return "#,##0" + (f".{'0' * one.decimals}" if one.decimals else "")


def _notes(book: Workbook, result: Result, viewer: Viewer, conditions: str, note: str) -> None:
    sheet = book.add_worksheet("说明")
    lines = (
        ("统计", result.statistic.title),
        ("口径", result.statistic.definition),
        ("条件", conditions or "无"),
        ("数据范围", word(SCOPES, viewer.scope)),
        ("数据截至", f"{_local(result.as_of):%Y-%m-%d %H:%M:%S}"),
        ("导出人", viewer.name or viewer.username),
        *((("说明", note),) if note else ()),
    )
    bold, wrapped = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True, "valign": "top"})
    for line, (words, text) in enumerate(lines):
        sheet.write_string(line, 0, words, bold)
        sheet.write_string(line, 1, text, wrapped)
    ratios = [one for one in result.statistic.measures if isinstance(one, Ratio)]
    if ratios:
        sheet.write_string(len(lines), 0, "空格", bold)
        sheet.write_string(len(lines), 1, "没有记录可算比率时单元格为空。", wrapped)
    sheet.set_column(0, 0, 12)
    sheet.set_column(1, 1, 80)


def _local(at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(current_settings().time_zone))
