"""The rows of a list: as a grid on a desk, as cards on a phone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import object_session

from dashboard.blocks.basic import NO_VALUE, TONES
from dashboard.ids import part_id
from dashboard.resource import Resource, shown_value
from dashboard.resource_parts import Column, Figure
from dashboard.resource_state import State
from data.choices import Choice
from data.columns import attribute, choices_of, label_of, value_of
from data.query import Page
from data.validity import why_not_change
from data.viewer import Viewer

NUMBERS = (int, float)
EDGES = ("red", "orange", "green")
IN_ROW = 2  # verbs beside 查看; the rest stands under 更多
# The grid's own values are those of the theme; what it derives from them (lines, grounds) follows.
THEME = """themeQuartz.withParams({
  fontFamily: 'inherit', fontSize: '13px', headerFontWeight: 600, rowHeight: '38px', headerHeight: '38px', spacing: '6px', cellHorizontalPadding: '10px',
  foregroundColor: 'var(--text)', backgroundColor: 'var(--surface)', headerBackgroundColor: 'var(--head)', headerTextColor: 'var(--muted)',
  accentColor: 'var(--primary)', borderColor: 'var(--line)', rowBorder: {color: 'var(--line-soft)'}, rowHoverColor: 'var(--hover)',
  selectedRowBackgroundColor: 'var(--primary-soft)', headerColumnResizeHandleColor: 'transparent', wrapperBorder: false, wrapperBorderRadius: 0,
  iconSize: '14px', checkboxBorderRadius: '4px', checkboxUncheckedBorderColor: 'var(--line-strong)'
})"""


def grid(viewer: Viewer, resource: Resource, state: State, found: Page, now: datetime) -> Component:
    """The rows as a grid. It holds one page only; another order or page comes from the server."""
    options = {
        "theme": {"function": THEME},
        "animateRows": False,
        "suppressCellFocus": True,
        "suppressNoRowsOverlay": True,
        "suppressMultiSort": True,
        "enableCellTextSelection": True,
        "rowHeight": 38,
        "headerHeight": 38,
        "rowSelection": {"mode": "multiRow", "checkboxes": True, "headerCheckbox": True, "enableClickSelection": False},
        **({"rowClassRules": {f"edge-{look}": {"function": f"params.data.edge === '{look}'"} for look in EDGES}} if resource.edge else {}),
        "selectionColumnDef": {"width": 46, "pinned": "left", "resizable": False, "suppressHeaderMenuButton": True},
    }
    plain = {"cellDataType": False, "resizable": True, "suppressMovable": True, "suppressHeaderMenuButton": True, "sortingOrder": ["asc", "desc"]}
    return dag.AgGrid(
        id=part_id("list-grid", resource.key),
        columnDefs=[*(_column(resource, state, number, one) for number, one in enumerate(resource.columns)), _acts_column(viewer, resource)],
        rowData=grid_rows(viewer, resource, state, found, now),
        defaultColDef=plain,
        dashGridOptions=options,
        getRowId="params.data.id",
        style={"height": "100%", "width": "100%"},
    )


def _column(resource: Resource, state: State, number: int, column: Column) -> dict[str, Any]:
    look = look_of(resource, column, number)
    is_sortable = column.is_sortable and column.name in resource.sortable
    order = {f"-{column.name}": "desc", column.name: "asc"}.get(state.sort)
    # Columns share what is left in proportion to their widths, and the grid scrolls before they grow too narrow.
    wanted = column.width or 220
    return {
        "field": f"c{number}",
        "colId": column.name,
        "headerName": head_of(resource, column),
        "sortable": is_sortable,
        "comparator": {"function": "keepOrder"},
        "cellRenderer": "ParkCell",
        "cellRendererParams": {"look": look},
        "cellClass": "num" if look == "number" else "",
        "headerClass": "num" if look == "number" else "",
        "hide": not column.is_shown,
        **({"sort": order} if order and is_sortable else {}),
        "flex": wanted,
        "minWidth": round(wanted * 0.85),
    }


def head_of(resource: Resource, column: Column) -> str:
    """The words in the head of a column."""
    return column.label or label_of(resource.model, column.name)


def _acts_column(viewer: Viewer, resource: Resource) -> dict[str, Any]:
    verbs = [words for _, words, *_ in row_verbs(viewer, resource, None, State())]
    # 13 px a sign and 14 px between two words; 更多 has its arrow. Rows have different verbs: the longest must have room.
    widest = sorted((13 * len(words) + 14 for words in verbs), reverse=True)
    beside = sum(widest[:IN_ROW]) if len(verbs) <= IN_ROW else max(sum(widest[:IN_ROW]), sum(widest[: IN_ROW - 1]) + 44)
    width = 30 + 40 + beside
    return {
        "field": "acts",
        "colId": "acts",
        "headerName": "操作",
        "pinned": "right",
        "width": width,
        "sortable": False,
        "resizable": False,
        "cellRenderer": "ParkActs",
        "cellRendererParams": {"most": IN_ROW},
    }


def look_of(resource: Resource, column: Column, number: int) -> str:
    """How a column is drawn: as declared, else by what it holds; the first one is the link to the record."""
    if column.look:
        return column.look
    if number == 0:
        return "link"
    found = attribute(resource.model, column.name)
    if found is None or column.show:
        return "text"
    if found.info.get("kind") == "phone":
        return "phone"
    if any(one.tone for one in choices_of(resource.model, column.name) or ()):
        return "dot"
    if found.foreign_keys:
        return "text"
    return "number" if found.type.python_type in NUMBERS and choices_of(resource.model, column.name) is None else "text"


def grid_rows(viewer: Viewer, resource: Resource, state: State, found: Page, now: datetime) -> list[dict[str, Any]]:
    """The rows as the grid draws them: words and tones, nothing to compute in the browser."""
    columns = with_figures(viewer, resource, found)
    return [_grid_row(viewer, resource, columns, state, record, now) for record in found.rows]


def with_figures(viewer: Viewer, resource: Resource, found: Page) -> list[Column]:
    """The columns; those with figures show what was just counted for the rows of this page."""
    session = object_session(found.rows[0]) if found.rows else None
    if session is None:
        return list(resource.columns)
    return [replace(one, show=partial(_figure, one.figures(session, viewer, found.rows))) if one.figures else one for one in resource.columns]


def _figure(figures: Mapping[int, Figure | Choice], record: Any) -> Figure | Choice | str:
    return figures.get(record.id, "")


def _grid_row(viewer: Viewer, resource: Resource, columns: list[Column], state: State, record: Any, now: datetime) -> dict[str, Any]:
    identity = record.id
    cells = {f"c{number}": _cell(column, record, now) for number, column in enumerate(columns)}
    here = _way(resource, state, record)
    acts = [[here, "查看", "", ""], *row_verbs(viewer, resource, record, state)]
    edge = {"edge": TONES.get(resource.edge(record), "")} if resource.edge else {}
    return {"id": str(identity), "href": here, "name": resource.heading(record), "acts": acts, **edge, **cells}


def _way(resource: Resource, state: State, record: Any) -> str:
    """Where the row leads: to the page on which the record is worked on, else to the drawer."""
    page = resource.work_page(record) if not state.bin else ""
    return page or state.record_href(resource, record.id)


def _cell(column: Column, record: Any, now: datetime) -> Any:
    value = column.show(record) if column.show else shown_value(record, column.name, now)
    hint = column.hint(record) if column.hint else ""
    if column.look == "bar":
        return {"w": f"{value}%", "t": TONES.get(_bar_tone(record, column), ""), "p": value_of(record, column.name) or 0}
    if isinstance(value, Figure):
        return {"w": value.word, "t": "", "u": value.href}
    if isinstance(value, Choice):
        return {"w": value.word, "t": TONES.get(value.tone, ""), "h": hint}
    text = NO_VALUE if value in (None, "") else str(value)
    return {"w": text, "t": "", "h": hint} if hint and hint != text else text


def _bar_tone(record: Any, column: Column) -> str:
    percent = value_of(record, column.name) or 0
    return "ok" if percent >= 90 else "primary" if percent >= 70 else "warn"


def row_verbs(viewer: Viewer, resource: Resource, record: Any, state: State) -> list[list[str]]:
    """(address, words, danger or not, why not now) of what this viewer may do to the record; without a record: all that may occur."""

    def link(do: str) -> str:
        return state.record_href(resource, record.id, do) if record is not None else ""

    if state.bin:
        return [[link("restore"), "恢复", "", ""]]
    is_own = record is None or not resource.has_history or not why_not_change(viewer, record)
    verbs = []
    if resource.form and viewer.may(resource.edit_permission) and is_own and (record is None or not resource.can_edit(viewer, record)):
        verbs.append([link("edit"), "修改", "", ""])
    fitting = [one for one in resource.actions if viewer.may(one.permission) and (record is None or one.when(record))]
    fitting.sort(key=lambda one: (one.is_dangerous, not one.is_in_row))
    verbs += [
        [link(one.key), one.label, "red" if one.is_dangerous else "", one.why_not(viewer, record) if record is not None and not one.post else ""]
        for one in fitting
        if is_own
    ]
    may_delete = record is None or not resource.can_delete(viewer, record)
    if resource.delete_permission and viewer.may(resource.delete_permission) and is_own and may_delete:
        verbs.append([link("delete"), "删除", "red", ""])
    return verbs


def cards(resource: Resource) -> Component:
    """The place of the same rows on a narrow screen, each a card that opens the record. 31-list-cards.js draws them from the
    grid's rows; here stands which columns are on a card: (field, words, look)."""
    every = [(f"c{number}", one, look_of(resource, one, number)) for number, one in enumerate(resource.columns)]
    title = next((field for field, _, look in every if look == "link"), every[0][0])
    rest = [(field, head_of(resource, one), look) for field, one, look in every if field != title and one.is_on_card and one.is_shown]
    told = {"title": title, "rest": rest, "none": NO_VALUE}
    return html.Div(className="list-cards", **{"data-cards": json.dumps(told, ensure_ascii=False)})
