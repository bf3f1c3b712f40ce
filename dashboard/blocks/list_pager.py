"""Below a list: how many rows there are, the pages as links, the size, and 前往."""

from __future__ import annotations

from collections.abc import Iterable

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.resource import Resource
from dashboard.resource_state import SIZES, State
from data.query import Page

HERE = {"data-list": "1"}
RECORD = {"open": None, "do": "", "tab": ""}


def pager(resource: Resource, state: State, found: Page) -> list[Component]:
    """共 N 条 and the pages. Beyond what is counted there is 末页, and pages are then counted from the end."""
    last = max(1, -(-found.total // state.size))
    number = found.number
    count = html.Span(["共 ", html.B(f"{found.total:,}{'+' if found.is_capped else ''}"), " 条"])
    steps = _from_the_end(resource, state, number) if number < 0 else _from_the_start(resource, state, number, last, found.is_capped)
    sizes = [html.Option(f"{one} 条/页", value=state.href(resource, size=one, number=1, **RECORD), selected=one == state.size) for one in SIZES]
    choice = html.Select(sizes, className="form-select", title="每页条数", key=str(state.size), **{"data-list-go": "1"})
    box = dcc.Input(value=number if number > 0 else "", type="text", inputMode="numeric", className="input pager-jump", name="jump", maxLength=4)
    jump = html.Span(["前往 ", box, " 页"], className="pager-to", key=f"jump-{number}", **{"data-last": str(last)})
    return [count, html.Span(className="end"), *steps, choice, jump]


def _from_the_start(resource: Resource, state: State, number: int, last: int, is_capped: bool) -> Iterable[Component]:
    yield _step("‹", number - 1, number > 1, resource, state, "上一页")
    shown = sorted({1, last, *(page for page in range(number - 2, number + 3) if 1 <= page <= last)})
    for before, page in zip([0, *shown], shown, strict=False):
        if page - before > 1:
            yield html.Span("…")
        if page == number:
            yield html.Span(str(page), className="p on", **{"aria-current": "page"})
        else:
            yield _step(str(page), page, True, resource, state, f"第 {page} 页")
    yield _step("›", number + 1, number < last, resource, state, "下一页")
    if is_capped:
        yield _step("末页", -1, True, resource, state, "最后一页")


def _from_the_end(resource: Resource, state: State, number: int) -> Iterable[Component]:
    yield _step("首页", 1, True, resource, state, "第一页")
    yield _step("‹", number - 1, True, resource, state, "上一页")
    yield html.Span("末页" if number == -1 else f"倒数第 {-number} 页", className="p on", **{"aria-current": "page"})
    yield _step("›", number + 1, number < -1, resource, state, "下一页")


def _step(words: str, page: int, is_there: bool, resource: Resource, state: State, title: str) -> Component:
    if not is_there:
        return html.Span(words, className="p off", title=title)
    return html.A(words, href=state.href(resource, number=page, **RECORD), className="p", title=title, **HERE)
