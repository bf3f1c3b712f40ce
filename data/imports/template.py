"""The workbook to be filled in: heads with notes, drop-downs, an example that is not read, and a page that explains."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from data import dictionaries
from data.columns import attribute, is_tree, referred
from data.imports.cells import YES_NO
from data.imports.check import EXAMPLE, MOST_ROWS
from data.imports.lookups import is_short
from data.imports.sheet import Sheet
from data.imports.workbook import letters
from data.viewer import Viewer
from data.workbooks import FONT, HEAD, Writer, width_of, workbook

_LISTS = "选项"
_FILLED_TO = 5_000  # rows that have the drop-downs


def template(session: Session, viewer: Viewer, sheet: Sheet, path: Path | BinaryIO) -> None:
    """Write the template of the sheet for this viewer; a drop-down offers only what he sees."""
    viewer.require(sheet.permission)
    with workbook(path, is_long=False) as book:
        pages = [(page, Writer(book, page.title)) for page in sheet.every_page]
        guides = [Writer(book, f"{page.title}填写说明" if sheet.pages else "填写说明") for page, _ in pages]
        for (page, writer), guide in zip(pages, guides, strict=True):
            lists = Writer(book, f"{page.title}{_LISTS}" if sheet.pages else _LISTS)
            lists.sheet.hide()
            _page(book, writer, guide, lists, page, {name: _offered(session, viewer, page, name) for name in page.columns})


def _page(book: Any, writer: Writer, guide: Writer, lists: Writer, sheet: Sheet, offered: dict[str, list[str]]) -> None:
    """One worksheet with its drop-downs and its explanation."""
    _heads(book, writer, sheet, offered)
    for place, name in enumerate(sheet.columns):
        _column(book, writer, lists, sheet, place, name, offered[name])
    _example(book, writer, sheet, offered)
    _guide(guide, sheet, offered)


def _offered(session: Session, viewer: Viewer, sheet: Sheet, name: str) -> list[str]:
    """What a drop-down of the column offers; nothing where there is too much or anything may be written."""
    column = attribute(sheet.model, name)
    target = referred(sheet.model, name)
    if name in sheet.links:
        return []
    if target is not None:
        return is_short(session, viewer, target)  # type: ignore[arg-type]
    if column.info.get("dictionary"):
        return [one.word for one in dictionaries.choices(session, column.info["dictionary"])]
    choices = YES_NO if column.type.python_type is bool else column.info.get("choices") or ()
    return [one.word for one in choices]


def _heads(book: Any, writer: Writer, sheet: Sheet, offered: dict[str, list[str]]) -> None:
    star = book.add_format(FONT | {"bold": True, "font_color": "#D92D20"})
    bold = book.add_format(FONT | {"bold": True})
    labels = [sheet.label(name) for name in sheet.columns]
    writer.header(labels, [max(14, width_of(label) + 6) for label in labels])
    for place, name in enumerate(sheet.columns):
        if sheet.is_required(name):
            writer.sheet.write_rich_string(0, place, star, "*", bold, labels[place], book.add_format(FONT | HEAD))
        writer.sheet.write_comment(0, place, f"{'必填' if sheet.is_required(name) else '选填'}。{note(sheet, name, offered[name])}", {"author": sheet.title, "x_scale": 2})


def _column(book: Any, writer: Writer, lists: Writer, sheet: Sheet, place: int, name: str, offered: Sequence[str]) -> None:
    kind = attribute(sheet.model, name).type.python_type
    width = max(14, width_of(sheet.label(name)) + 6)
    # Text keeps what is typed: eighteen digits, leading noughts.
    look = writer.day if kind is date else writer.instant if kind is datetime else writer.plain if kind in (int, float) else writer.text
    writer.sheet.set_column(place, place, width, look)
    if not offered:
        return
    for row, words in enumerate(offered):
        lists.cell(row, place, words)
    letter = letters(place)
    is_reference = referred(sheet.model, name) is not None
    writer.sheet.data_validation(
        1,
        place,
        _FILLED_TO,
        place,
        {
            "validate": "list",
            "source": f"='{lists.sheet.get_name()}'!${letter}$1:${letter}${len(offered)}",
            # A reference may also be written as a path or a code.
            "error_type": "information" if is_reference else "stop",
            "error_title": sheet.label(name),
            "error_message": "列表中没有，将按编码或路径查找。" if is_reference else "请从下拉列表中选择。",
        },
    )


def _example(book: Any, writer: Writer, sheet: Sheet, offered: dict[str, list[str]]) -> None:
    grey = book.add_format(FONT | {"font_color": "#98A3B0", "num_format": "@"})
    for place, name in enumerate(sheet.columns):
        words = example(sheet, name, offered[name])
        writer.sheet.write_string(1, place, f"{EXAMPLE}{words}" if place == 0 else words, grey)


def example(sheet: Sheet, name: str, offered: Sequence[str]) -> str:
    """How a cell of the column may look."""
    if name in sheet.example:
        return sheet.example[name]
    if offered:
        return offered[0]
    column = attribute(sheet.model, name)
    kind = column.type.python_type
    if column.info.get("kind") == "phone":
        return "0421-3809119"
    return {date: "2026-11-24", datetime: "2026-11-24 09:30", int: "100", float: "12.5"}.get(kind, "")


def note(sheet: Sheet, name: str, offered: Sequence[str]) -> str:
    """What the column takes, in a sentence or two."""
    column = attribute(sheet.model, name)
    kind, target = column.type.python_type, referred(sheet.model, name)
    length = getattr(column.type, "length", None)
    if name in sheet.links:
        words = f"前面工作表中{getattr(target, '__title__', '')}的名称，或编制中已有的。"
    elif target is not None:
        words = f"填写{getattr(target, '__title__', '')}的名称或编码" + ("，重名时写作“上级/本级”。" if is_tree(target) else "。")
    elif offered:
        words = "从下拉列表中选择。"
    else:
        usual = {date: "日期，如 2026-11-24。", datetime: "时间，如 2026-11-24 09:30。", int: "整数。", float: "数字。"}
        words = usual.get(kind, f"文字，最多 {length} 个字。" if length else "文字。")
    unit = f"单位：{column.info['unit']}。" if column.info.get("unit") else ""
    own = str(sheet.notes.get(name) or column.info.get("help") or "")
    return f"{words}{unit}{own}" + ("。" if own and not own.endswith("。") else "")


def _guide(writer: Writer, sheet: Sheet, offered: dict[str, list[str]]) -> None:
    writer.header(("列", "必填", "填写要求", "示例"), (24, 8, 70, 36))
    number = 0
    for number, name in enumerate(sheet.columns, 1):
        row = (sheet.label(name), "是" if sheet.is_required(name) else "", note(sheet, name, offered[name]), example(sheet, name, offered[name]))
        writer.row(number, row)
    key = "、".join(sheet.label(name) for name in sheet.key)
    lines = (
        f"按“{key}”查找平台中已有的记录：找到则更新有变化的字段，找不到则新增。",
        "更新时空单元格表示不修改。",
        f"以“{EXAMPLE}”开头的行不会导入。一次最多 {MOST_ROWS:,} 行，文件不超过 20 MB。",
        "不要合并单元格，不要使用公式，不要改动表头；多余的列请删除。",
        "整批导入：全部成功或全部不写入。导入后 7 天内可整批撤销。",
    )
    for line in lines:
        number += 1
        writer.cell(number + 1, 0, line, writer.plain)
