"""What an address says about a list: conditions, order, page, the opened record. Typed by anybody, so checked by name and value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from dashboard.moments import start_of_day
from dashboard.resource import Filter, Resource, attribute, choices_of, label_of
from dashboard.site import address
from data.choices import Choice, word
from data.query import Page, Question, page
from data.viewer import Viewer

SIZES = (20, 50, 100)
MAX_PAGE = 500  # beyond ten thousand rows nobody turns pages


@dataclass(frozen=True)
class State:
    """``chosen`` maps a filter's parameter to its text; ``do`` is edit or the key of an action."""

    keyword: str = ""
    chosen: dict[str, str] = field(default_factory=dict)
    sort: str = ""
    number: int = 1
    size: int = SIZES[0]
    open: int | None = None
    do: str = ""
    tab: str = ""

    def query(self, resource: Resource) -> dict[str, str]:
        """The address's parameters, without what is usual."""
        given = {"q": self.keyword, **self.chosen}
        given |= {"sort": self.sort if self.sort != resource.sort else ""}
        given |= {"page": str(self.number) if self.number > 1 else "", "size": str(self.size) if self.size != SIZES[0] else ""}
        given |= {"open": str(self.open or ""), "do": self.do, "tab": self.tab if self.tab != "overview" else ""}
        return {name: value for name, value in given.items() if value}

    def href(self, resource: Resource, **changes: Any) -> str:
        """The address of the same list with something changed."""
        return address(resource.path, **replace(self, **changes).query(resource))

    @property
    def is_narrow(self) -> bool:
        """Whether any condition leaves rows out."""
        return bool(self.keyword or self.chosen)


@dataclass(frozen=True)
class FilterRow:
    """A filter with the choices that this viewer has now, and its parameters in the address."""

    filter: Filter
    label: str
    choices: Sequence[Choice]

    @property
    def parameters(self) -> tuple[str, ...]:
        name = self.filter.name
        return (f"{name}_from", f"{name}_to") if self.filter.kind == "days" else (name,)


def filter_rows(session: Session, viewer: Viewer, resource: Resource) -> list[FilterRow]:
    """The filters of the resource, ready for this viewer."""
    return [
        FilterRow(one, one.label or label_of(resource.model, one.name), one.options(session, viewer) if one.options else choices_of(resource.model, one.name) or ())
        for one in resource.filters
    ]


def read_state(resource: Resource, rows: Sequence[FilterRow], query: Mapping[str, Any]) -> State:
    """The state in ``query``. What is unknown or no possible value is dropped: an address may be old or made up."""
    given = {str(name): value.strip()[:200] for name, value in query.items() if isinstance(value, str)}
    chosen = {}
    for row in rows:
        for name in row.parameters:
            text = given.get(name, "")
            is_good = start_of_day(text) is not None if row.filter.kind == "days" else text in {one.code for one in row.choices}
            if text and is_good:
                chosen[name] = text
    sort = given.get("sort", "")
    size = _number(given.get("size", ""))
    return State(
        keyword=given.get("q", "")[:100],
        chosen=chosen,
        sort=sort if sort.removeprefix("-") in resource.sortable else resource.sort,
        number=min(max(1, _number(given.get("page", ""))), MAX_PAGE),
        size=size if size in SIZES else SIZES[0],
        open=_number(given.get("open", "")) or None,
        do=given.get("do", "")[:30],
        tab=given.get("tab", "")[:30],
    )


def rows_of(session: Session, viewer: Viewer, resource: Resource, rows: Sequence[FilterRow], state: State) -> Page:
    """The page of records that the state asks for, within the viewer's scope."""
    sort = [(state.sort.removeprefix("-"), state.sort.startswith("-"))] if state.sort else []
    filters = {row.filter.name: value for row in rows if (value := _value(resource, row, state)) is not None}
    question = Question(keyword=state.keyword, filters=filters, sort=tuple(sort))
    return page(session, resource.model, viewer, question, number=state.number, size=state.size)


def conditions(rows: Sequence[FilterRow], state: State) -> str:
    """The conditions in words, for the sentence that says why nothing is found."""
    parts = [f"关键词 {state.keyword}"] if state.keyword else []
    for row in rows:
        texts = [word(row.choices, state.chosen[name]) if row.choices else state.chosen[name] for name in row.parameters if name in state.chosen]
        if texts:
            parts.append(f"{row.label} {' 至 '.join(texts)}")
    return "，".join(parts)


def _value(resource: Resource, row: FilterRow, state: State) -> Any:
    texts = [state.chosen.get(name, "") for name in row.parameters]
    if not any(texts):
        return None
    if row.filter.kind == "days":
        start, end = (start_of_day(text) if text else None for text in texts)
        return {"from": start, "to": end + timedelta(days=1) if end else None}
    kind = attribute(resource.model, row.filter.name).type.python_type
    if kind is bool:
        return texts[0] == "1"
    return kind(texts[0]) if kind is int else texts[0]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0
