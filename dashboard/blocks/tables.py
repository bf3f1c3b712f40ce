"""Lists made on the server: search row, table, pager. Their whole state is the address, so they need no callbacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.blocks.basic import NO_VALUE, Content
from dashboard.site import address
from data.choices import Choice

SIZES = (20, 50, 100)


class Column(NamedTuple):
    """A column: its head, what a row shows in it, and whether it holds numbers."""

    title: str
    show: Callable[[Any], Content]
    is_number: bool = False
    width: str = ""


class Condition(NamedTuple):
    """A condition of the search row: a text, or one of ``choices``."""

    name: str
    label: str
    placeholder: str = ""
    choices: Sequence[Choice] | None = None
    kind: str = "text"


def table(columns: Sequence[Column], rows: Sequence[Any], *, current: Callable[[Any], bool] | None = None) -> Component:
    """The rows as a table with a head that stays; ``current`` marks a row as chosen."""
    head = html.Tr(
        [
            html.Th(
                one.title, className="num" if one.is_number else "", style={"width": one.width} if one.width else {}
            )
            for one in columns
        ]
    )
    body = [
        html.Tr([_cell(one, row) for one in columns], className="on" if current and current(row) else "")
        for row in rows
    ]
    return html.Div(html.Table([html.Thead(head), html.Tbody(body)], className="list"), className="table-box")


def search_row(path: str, conditions: Sequence[Condition], values: Mapping[str, Any], *, kept: Mapping[str, str] | None = None) -> Component:
    """The search panel: conditions, 查询 and 重置. Enter searches; what is found has an address of its own.

    ``kept`` stays in the address whatever is searched for.
    """
    fields = [html.Label([html.Span(one.label), _input(one, str(values.get(one.name) or ""))]) for one in conditions]
    acts = html.Div(
        [
            html.Button("查询", type="submit", className="button primary"),
            dcc.Link("重置", href=address(path, **(kept or {})), className="button"),
        ],
        className="acts",
    )
    fields += [dcc.Input(type="hidden", name=name, value=value) for name, value in (kept or {}).items()]
    given = "&".join(f"{key}={value}" for key, value in {**values, **(kept or {})}.items() if value)
    return html.Form([*fields, acts], className="panel search", key=given, **{"data-search": path})


def pager(
    path: str, query: Mapping[str, Any], *, total: int, number: int, size: int, is_capped: bool = False
) -> Component:
    """共 N 条 and the pages; every page is a link."""
    last = max(1, -(-total // size))
    number = min(max(1, number), last)

    def link(words: str, target: int, where: bool = True) -> Component:
        if not where:
            return html.Span(words, className="p off")
        return dcc.Link(
            words,
            href=address(path, **{**query, "page": target, "size": size}),
            className="p on" if words == str(number) else "p",
        )

    shown = sorted({1, last, *(page for page in range(number - 2, number + 3) if 1 <= page <= last)})
    pages: list[Component] = []
    for before, page in zip([0, *shown], shown, strict=False):
        pages += [html.Span("…")] if page - before > 1 else []
        pages.append(link(str(page), page))
    sizes = [
        html.Option(f"{one} 条/页", value=address(path, **{**query, "size": one}), selected=one == size)
        for one in SIZES
    ]
    count = ["共 ", html.B(f"{total:,}{'+' if is_capped else ''}"), " 条"]
    choice = html.Select(sizes, className="form-select", title="每页条数", **{"data-go": "1"})
    return html.Div(
        [
            html.Span(count),
            html.Span(className="end"),
            link("‹", number - 1, number > 1),
            *pages,
            link("›", number + 1, number < last),
            choice,
        ],
        className="pager",
    )


def paging(page: str, size: str) -> tuple[int, int]:
    """Page number and size out of an address that anybody may have typed."""
    number = int(page) if page.isdecimal() and len(page) < 7 else 1
    wanted = int(size) if size.isdecimal() and len(size) < 4 else SIZES[0]
    return max(1, number), wanted if wanted in SIZES else SIZES[0]


def _cell(column: Column, row: Any) -> Component:
    shown = column.show(row)
    title = {"title": shown} if isinstance(shown, str) and len(shown) > 20 else {}
    return html.Td(NO_VALUE if shown in (None, "") else shown, className="num" if column.is_number else "", **title)


def _input(condition: Condition, value: str) -> Component:
    if condition.choices is None:
        return dcc.Input(
            name=condition.name,
            value=value,
            type=condition.kind,
            placeholder=condition.placeholder,
            className="input",
            maxLength=100,
        )
    options = [
        html.Option("全部", value=""),
        *(html.Option(one.word, value=one.code, selected=one.code == value) for one in condition.choices),
    ]
    return html.Select(options, className="form-select", name=condition.name)
