"""The list of a resource: search row, grid, cards for a phone, pager, and why there is nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import dash_ag_grid as dag
from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE, TONES, dot, icon, tag
from dashboard.blocks.record_drawer import drawer
from dashboard.blocks.state import empty, too_narrow
from dashboard.ids import part_id
from dashboard.moments import moment_words
from dashboard.resource import Column, Resource, attribute, choices_of, label_of, shown_value
from dashboard.resource_state import SIZES, FilterRow, State, conditions, filter_rows, read_state, rows_of
from data.choices import Choice
from data.query import Page
from data.viewer import Viewer

HERE = {"data-list": "1"}  # a link within the list: 30-list.js keeps the grid and changes what is in it
FIRST_ROW = 2  # filters beside the keyword
NUMBERS = (int, float)
# The grid's own values are those of the theme; what it derives from them (lines, grounds) follows.
THEME = """themeQuartz.withParams({
  fontFamily: 'inherit', fontSize: '13px', headerFontWeight: 600, rowHeight: '38px', headerHeight: '38px', spacing: '6px', cellHorizontalPadding: '10px',
  foregroundColor: 'var(--text)', backgroundColor: 'var(--surface)', headerBackgroundColor: 'var(--head)', headerTextColor: 'var(--muted)',
  accentColor: 'var(--primary)', borderColor: 'var(--line)', rowBorder: {color: 'var(--line-soft)'}, rowHoverColor: 'var(--hover)',
  selectedRowBackgroundColor: 'var(--primary-soft)', headerColumnResizeHandleColor: 'transparent', wrapperBorder: false, wrapperBorderRadius: 0
})"""


def list_page(session: Session, viewer: Viewer, resource: Resource, query: Mapping[str, str]) -> Component:
    """The whole page as its address says, the opened record included."""
    rows = filter_rows(session, viewer, resource)
    state = read_state(resource, rows, query)
    found = rows_of(session, viewer, resource, rows, state)
    now = datetime.now(UTC)
    key = resource.key
    body = [
        html.Div(blank(resource, rows, state, found), id=part_id("list-blank", key), className="list-blank"),
        html.Div(grid(viewer, resource, state, found, now), className="list-grid"),
        html.Div(cards(viewer, resource, state, found, now), id=part_id("list-cards", key), className="list-cards"),
        html.Div(pager(resource, state, found), id=part_id("list-pager", key), className="pager"),
    ]
    return html.Div(
        [
            dcc.Store(id=part_id("list-query", key)),
            dcc.Store(id=part_id("list-opened", key)),
            dcc.Store(id=part_id("list-submit", key)),
            html.Div(as_of(now), id=part_id("list-as-of", key), className="page-head"),
            resource.top(session, viewer) if resource.top else None,
            html.Form(search(resource, rows, state), id=part_id("list-search", key), className="panel search", **{"data-list-search": key}),
            html.Section(body, className="panel fill list-body"),
            html.Div(drawer(session, viewer, resource, rows, state), id=part_id("list-drawer", key)),
        ],
        className="resource-page",
        **{"data-resource": key, "data-path": resource.path},
    )


def as_of(now: datetime) -> list[Component]:
    """When the rows were read, and the button that reads them again."""
    again = html.Button(icon("arrow-clockwise"), type="button", className="button square small", title="刷新", **{"aria-label": "刷新", "data-list-refresh": "1"})
    return [html.Span(f"数据截至 {moment_words(now, now, seconds=True)}"), again]


def search(resource: Resource, rows: Sequence[FilterRow], state: State) -> list[Component]:
    """Keyword, two filters and the buttons in the first row; 展开 shows the rest."""
    keyword = dcc.Input(name="q", value=state.keyword, type="search", placeholder=resource.placeholder, className="input", maxLength=100, debounce=True)
    inputs = [html.Label([html.Span("关键词"), keyword], key=f"q:{state.keyword}"), *(_filter(one, state) for one in rows)]
    hidden = rows[FIRST_ROW:]
    set_there = sum(any(name in state.chosen for name in one.parameters) for one in hidden)
    unfold = [html.Span(["展开", f"({set_there})" if set_there else "", icon("chevron-down")], className="when-folded"), html.Span(["收起", icon("chevron-up")], className="when-unfolded")]
    acts = [
        html.Button("查询", type="submit", className="button primary"),
        html.A("重置", href=resource.path, className="button", **HERE),
        html.Button(unfold, type="button", className="button text", **{"data-unfold": resource.key}) if hidden else None,
    ]
    first, rest = inputs[: FIRST_ROW + 1], inputs[FIRST_ROW + 1 :]
    return [*first, html.Div(acts, className="acts"), *(html.Div(one, className="search-more") for one in rest)]


def _filter(row: FilterRow, state: State) -> Component:
    values = [state.chosen.get(name, "") for name in row.parameters]
    if row.filter.kind == "days":
        days = [dcc.Input(name=name, value=value, type="date", className="input") for name, value in zip(row.parameters, values, strict=True)]
        fields: list[Any] = [days[0], html.Span("–", className="muted"), days[1]]
    else:
        options = [html.Option("全部", value=""), *(html.Option(one.word, value=one.code, selected=one.code == values[0]) for one in row.choices)]
        fields = [html.Select(options, className="form-select", name=row.parameters[0], title=row.label)]
    return html.Label([html.Span(row.label), *fields], key=f"{row.filter.name}:{values}")


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
    width = {"flex": wanted, "minWidth": round(wanted * 0.85)}
    return {
        "field": f"c{number}",
        "colId": column.name,
        "headerName": column.label or label_of(resource.model, column.name),
        "sortable": is_sortable,
        "comparator": {"function": "keepOrder"},
        "cellRenderer": "ParkCell",
        "cellRendererParams": {"look": look},
        "cellClass": "num" if look == "number" else "",
        "headerClass": "num" if look == "number" else "",
        **({"sort": order} if order and is_sortable else {}),
        **width,
    }


def _acts_column(viewer: Viewer, resource: Resource) -> dict[str, Any]:
    width = 68 + 64 * min(1, len(_row_actions(viewer, resource, None)))
    return {"field": "acts", "colId": "acts", "headerName": "操作", "pinned": "right", "width": width, "sortable": False, "resizable": False, "cellRenderer": "ParkActs"}


def look_of(resource: Resource, column: Column, number: int) -> str:
    """How a column is drawn: as declared, else by what it holds; the first one is the link to the record."""
    if column.look:
        return column.look
    if number == 0:
        return "link"
    found = attribute(resource.model, column.name)
    if found is None or column.show:
        return "text"
    if any(one.tone for one in choices_of(resource.model, column.name) or ()):
        return "dot"
    if found.foreign_keys:
        return "text"
    return "number" if found.type.python_type in NUMBERS and not choices_of(resource.model, column.name) else "text"


def grid_rows(viewer: Viewer, resource: Resource, state: State, found: Page, now: datetime) -> list[dict[str, Any]]:
    """The rows as the grid draws them: words and tones, nothing to compute in the browser."""
    return [_grid_row(viewer, resource, state, record, now) for record in found.rows]


def _grid_row(viewer: Viewer, resource: Resource, state: State, record: Any, now: datetime) -> dict[str, Any]:
    identity = record.id
    cells = {f"c{number}": _cell(column, record, now) for number, column in enumerate(resource.columns)}
    acts = [["", "查看"], *_row_actions(viewer, resource, record)]
    links = [[state.href(resource, open=identity, do=do, tab=""), words] for do, words in acts]
    return {"id": str(identity), "href": links[0][0], "acts": links, **cells}


def _cell(column: Column, record: Any, now: datetime) -> Any:
    value = column.show(record) if column.show else shown_value(record, column.name, now)
    hint = column.hint(record) if column.hint else ""
    if isinstance(value, Choice):
        return {"w": value.word, "t": TONES.get(value.tone, ""), "h": hint}
    text = NO_VALUE if value in (None, "") else str(value)
    return {"w": text, "t": "", "h": hint} if hint and hint != text else text


def _row_actions(viewer: Viewer, resource: Resource, record: Any) -> list[list[str]]:
    """Edit and the actions that stand in the row itself; without a record: those that may occur."""
    edit = [["edit", "修改"]] if resource.form and viewer.may(resource.edit_permission) else []
    fitting = (one for one in resource.actions if one.is_in_row and viewer.may(one.permission) and (record is None or one.when(record)))
    return [*edit, *([one.key, one.label] for one in fitting)][:2]


def cards(viewer: Viewer, resource: Resource, state: State, found: Page, now: datetime) -> list[Component]:
    """The same rows for a narrow screen, each a card that opens the record."""
    return [_card(resource, state, record, now) for record in found.rows]


def _card(resource: Resource, state: State, record: Any, now: datetime) -> Component:
    title, *rest = resource.columns
    shown = [(column, _cell(column, record, now), look_of(resource, column, number + 1)) for number, column in enumerate(rest) if column.is_on_card]
    states = [(column, cell) for column, cell, look in shown if look in {"tag", "dot"}]
    lines = [(column, cell) for column, cell, look in shown if look not in {"tag", "dot"} and _word(cell) != NO_VALUE]
    marks = [tag(_word(cell), _tone(cell)) for _, cell in states[:1]]
    facts = [html.Span([html.Small(column.label or label_of(resource.model, column.name)), _word(cell)]) for column, cell in lines[:5]]
    head = html.Div([html.B(_word(_cell(title, record, now))), *marks], className="record-card-head")
    more = [dot(_word(cell), _tone(cell)) for _, cell in states[1:3]]
    return html.A([head, html.Div([*more, *facts], className="record-card-facts")], href=state.href(resource, open=record.id, do="", tab=""), className="record-card", **{"data-id": str(record.id), **HERE})


def _word(cell: Any) -> str:
    return cell["w"] if isinstance(cell, dict) else cell


def _tone(cell: Any) -> str:
    tone = cell["t"] if isinstance(cell, dict) else ""
    return next((name for name, look in TONES.items() if look == tone), "")


def pager(resource: Resource, state: State, found: Page) -> list[Component]:
    """共 N 条, the pages as links, the size, and 前往."""
    last = max(1, -(-found.total // state.size))
    number = min(state.number, last)
    count = html.Span(["共 ", html.B(f"{found.total:,}{'+' if found.is_capped else ''}"), " 条"])
    steps = [_step("‹", number - 1, number > 1, resource, state, "上一页"), *_numbers(number, last, resource, state), _step("›", number + 1, number < last, resource, state, "下一页")]
    sizes = [html.Option(f"{one} 条/页", value=state.href(resource, size=one, number=1, open=None, do="", tab=""), selected=one == state.size) for one in SIZES]
    choice = html.Select(sizes, className="form-select", title="每页条数", key=str(state.size), **{"data-list-go": "1"})
    jump = html.Span(["前往 ", dcc.Input(value=number, type="text", inputMode="numeric", className="input pager-jump", name="jump", maxLength=4), " 页"], className="pager-to", key=f"jump-{number}", **{"data-last": str(last)})
    return [count, html.Span(className="end"), *steps, choice, jump]


def _numbers(number: int, last: int, resource: Resource, state: State) -> Iterable[Component]:
    shown = sorted({1, last, *(page for page in range(number - 2, number + 3) if 1 <= page <= last)})
    for before, page in zip([0, *shown], shown, strict=False):
        if page - before > 1:
            yield html.Span("…")
        yield html.Span(str(page), className="p on", **{"aria-current": "page"}) if page == number else _step(str(page), page, True, resource, state, f"第 {page} 页")


def _step(words: str, page: int, is_there: bool, resource: Resource, state: State, title: str) -> Component:
    if not is_there:
        return html.Span(words, className="p off", title=title)
    return html.A(words, href=state.href(resource, number=page, open=None, do="", tab=""), className="p", title=title, **HERE)


def blank(resource: Resource, rows: Sequence[FilterRow], state: State, found: Page) -> Component | None:
    """Why there are no rows and what to do; None when there are."""
    if found.rows:
        return None
    if state.is_narrow:
        return too_narrow(conditions(rows, state), resource.path)
    title = getattr(resource.model, "__title__", resource.title)
    return empty(resource.empty_title or f"还没有{title}", resource.empty_text)
