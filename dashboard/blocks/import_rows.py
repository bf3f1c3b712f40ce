"""The rows of an upload as they were checked: wrong cells red, the reason by address, old values struck beside the new."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import icon, tag
from dashboard.blocks.state import blank
from dashboard.blocks.tables import pager, paging
from dashboard.site import address as href
from data.choices import word
from data.choices.system import ROW_OUTCOMES
from data.imports import Sheet
from data.imports.batches import PAGE, address, headers_of, rows_of
from data.imports.results import MERGED
from data.imports.workbook import letters
from data.models import ImportBatch, ImportRow

_TONES = {one.code: one.tone for one in ROW_OUTCOMES}
_SIZE = "50"


def rows_panel(session: Session, batch: ImportBatch, sheet: Sheet, query: Mapping[str, str]) -> Component:
    """Filters, table and pager of the batch's rows."""
    shown = query.get("show", "")
    shown = shown if shown in _TONES else ""
    wrong_first = query.get("order", "") != "file"
    number, size = paging(query.get("page", "1"), query.get("size", _SIZE))
    counts = {"": batch.row_count, "refused": batch.refused_count, "changed": batch.changed_count, "new": batch.new_count, "same": batch.same_count}
    total = counts[shown]
    number = min(number, max(1, -(-total // size)))
    rows = rows_of(session, batch, shown, number=number, size=size, wrong_first=wrong_first)
    state = {"batch": batch.id, "show": shown, "order": "" if wrong_first else "file"}
    body = _table(batch, rows) if rows else blank("inbox", "没有这样的行")
    return html.Section([_toolbar(batch, counts, shown, wrong_first, state, sheet), body, pager("", state, total=total, number=number, size=size)], className="panel fill import-rows")


def _toolbar(batch: ImportBatch, counts: Mapping[str, int], shown: str, wrong_first: bool, state: Mapping[str, Any], sheet: Sheet) -> Component:
    names = (("", "全部"), ("refused", "有错"), ("changed", "更新"), ("new", "新增"), ("same", "不变"))
    segments = [
        html.A(f"{words} {counts[code]:,}", href=href("", **{**state, "show": code}), className="on" if code == shown else "")
        for code, words in names
        if counts[code] or code in ("", "refused")
    ]
    other = href("", **{**state, "order": "file" if wrong_first else ""})
    tick = html.A([icon("check-square-fill" if wrong_first else "square"), "有错的行排在最前"], href=other, className="import-tick", role="checkbox", **{"aria-checked": "true" if wrong_first else "false"})
    marks = {"data-import-do": "errors", "data-batch": str(batch.id), "data-title": f"错误清单 {batch.file_name}"}
    errors = html.Button([icon("download"), "下载错误清单"], type="button", className="button", **marks) if batch.refused_count and batch.state == "checked" else None
    template = html.A([icon("file-earmark-arrow-down"), "下载模板"], href=f"/imports/{sheet.code}/template", className="button", **{"data-plain": "1", "download": ""})
    return html.Div([html.Div(segments, className="segments"), tick if batch.refused_count and not shown else None, html.Span(className="end"), errors, template], className="toolbar")


def _table(batch: ImportBatch, rows: list[ImportRow]) -> Component:
    """The rows under the heads of their page; a workbook of several pages has heads wherever another one begins."""
    pages = [(page, list(found)) for page, found in groupby(rows, lambda row: row.number // PAGE)]
    first = _heads(batch, pages[0][0])
    body = [part for place, (page, found) in enumerate(pages) for part in ([html.Tr(_heads(batch, page), className="import-heads")] if place else []) + [_row(batch, row) for row in found]]
    return html.Div(html.Table([html.Thead(html.Tr(first)), html.Tbody(body)], className="list import-table"), className="table-box")


def _heads(batch: ImportBatch, page: int) -> list[Component]:
    headers = headers_of(batch, page * PAGE)
    name = next((one["sheet"] for one in headers if "sheet" in one), "")
    return [html.Th([name, html.Small("行号")] if name else "行号"), html.Th("结果"), *(html.Th([one["label"], html.Small(letters(one["column"]))]) for one in headers), html.Th("原因")]


def _row(batch: ImportBatch, row: ImportRow) -> Component:
    faults = {index: text for index, text in row.messages}
    cells = [_cell(batch, row, place, text, place in faults) for place, text in enumerate(row.shown)]
    outcome = tag(word(ROW_OUTCOMES, row.outcome), _TONES[row.outcome])
    return html.Tr([html.Td(f"{row.number % PAGE}", className="muted"), html.Td(outcome), *cells, _reason(batch, row)])


def _cell(batch: ImportBatch, row: ImportRow, place: int, text: str, is_wrong: bool) -> Component:
    if is_wrong:
        return html.Td(text or "（空）", className="import-wrong", title=text)
    name = headers_of(batch, row.number)[place]["name"]
    if row.outcome == "changed" and name in row.before:
        old = row.before[name][1]
        return html.Td([html.Span(old or "（空）", className="was"), " ", text], className="import-new", title=f"{old or '（空）'} → {text}")
    return html.Td(text, title=text if len(text) > 12 else None)


def _reason(batch: ImportBatch, row: ImportRow) -> Component:
    if row.outcome == "refused":
        lines = [html.Div([html.B(address(batch, row, index)), f" {text}"]) for index, text in row.messages]
        return html.Td(lines or MERGED, className="import-why t-danger")
    words = {"changed": f"改 {len(row.before)} 个字段", "new": "恢复已删除的记录" if row.outcome == "new" and row.before else ""}.get(row.outcome, "")
    return html.Td(words or "—", className="import-why muted")
