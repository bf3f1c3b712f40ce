"""What an address says about a list: conditions, order, page, the opened record. Typed by anybody, so checked by name and value."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from dashboard.moments import start_of_day
from dashboard.resource import Resource, filter_kind
from dashboard.resource_parts import ALL, Filter
from dashboard.site import address
from data.choices import Choice, word
from data.columns import attribute, choices_of, label_of, referred, title_of
from data.dictionaries import choices as dictionary
from data.errors import Invalid, PlatformError
from data.query import Page, Question, get, page
from data.tree import path_words
from data.values import storable
from data.viewer import Viewer

SIZES = (20, 50, 100)
MAX_PAGE = 500  # beyond ten thousand rows nobody turns pages
LONGEST_WHERE = 4000
_ANY_ID = 10**17
NONE = Choice("none", "未填写")
YES_NO = (Choice("1", "是"), Choice("0", "否"))


@dataclass(frozen=True)
class State:
    """``chosen`` maps a filter's parameter to its text; ``do`` is add, edit, delete or the key of an action.

    ``number`` counts from 1, or from the end when negative. ``where`` is an advanced query as JSON. ``bin`` shows what was
    deleted instead.
    """

    keyword: str = ""
    chosen: dict[str, str] = field(default_factory=dict)
    sort: str = ""
    number: int = 1
    size: int = SIZES[0]
    open: int | None = None
    do: str = ""
    tab: str = ""
    where: str = ""
    bin: bool = False

    def query(self, resource: Resource) -> dict[str, str]:
        """The address's parameters, without what is usual."""
        given = {"q": self.keyword, **self.chosen, "where": self.where, "bin": "1" if self.bin else ""}
        given |= {"sort": self.sort if self.sort != resource.sort else ""}
        given |= {"page": str(self.number) if self.number != 1 else "", "size": str(self.size) if self.size != SIZES[0] else ""}
        given |= {"open": str(self.open or ""), "do": self.do, "tab": self.tab if self.tab != "overview" else ""}
        return {name: value for name, value in given.items() if value}

    def href(self, resource: Resource, **changes: Any) -> str:
        """The address of the same list with something changed."""
        return address(resource.path, **replace(self, **changes).query(resource))

    def record_href(self, resource: Resource, identity: int, do: str = "") -> str:
        """The address of the same list with a record opened; made once a page, as only the id differs from row to row."""
        if (resource.path, do) not in self._record_hrefs:
            # Nothing that was typed stands behind the last ``open``.
            start, _, end = self.href(resource, open=_ANY_ID, do=do, tab="").rpartition(str(_ANY_ID))
            self._record_hrefs[resource.path, do] = (start, end)
        start, end = self._record_hrefs[resource.path, do]
        return f"{start}{identity}{end}"

    @cached_property
    def _record_hrefs(self) -> dict[tuple[str, str], tuple[str, str]]:
        return {}

    @property
    def is_narrow(self) -> bool:
        """Whether any condition leaves rows out."""
        return bool(self.keyword or self.chosen or self.where)


@dataclass(frozen=True)
class FilterRow:
    """A filter with the choices that this viewer has now, and its parameters in the address."""

    filter: Filter
    label: str
    choices: Sequence[Choice]
    kind: str = "choice"

    @property
    def parameters(self) -> tuple[str, ...]:
        name = self.filter.name
        return (f"{name}_from", f"{name}_to") if self.kind in ("days", "range") else (name,)


def filter_rows(session: Session, viewer: Viewer, resource: Resource) -> list[FilterRow]:
    """The filters of the resource, ready for this viewer."""
    return [
        FilterRow(one, one.label or label_of(resource.model, one.name), _choices(session, viewer, resource, one), filter_kind(resource.model, one))
        for one in (replace(each, default=each.usual()) if each.usual else each for each in resource.filters)
    ]


def _choices(session: Session, viewer: Viewer, resource: Resource, one: Filter) -> Sequence[Choice]:
    if one.options:
        return one.options(session, viewer)
    if one.default:
        return (*(choices_of(resource.model, one.name) or ()), Choice(ALL, "全部"))
    column = attribute(resource.model, one.name)
    if column.info.get("dictionary"):
        return dictionary(session, column.info["dictionary"])
    if column.type.python_type is bool:
        return YES_NO
    return choices_of(resource.model, one.name) or ()


def read_state(resource: Resource, rows: Sequence[FilterRow], query: Mapping[str, Any]) -> State:
    """The state in ``query``. What is unknown or no possible value is dropped: an address may be old or made up."""
    given = {str(name): value.strip() for name, value in query.items() if isinstance(value, str)}
    chosen = {}
    for row in rows:
        for name in row.parameters:
            text = given.get(name, "")[:200]
            if text and _is_possible(row, text):
                chosen[name] = text
    sort = given.get("sort", "")
    size = _number(given.get("size", ""))
    page_text = given.get("page", "")
    number = -_number(page_text[1:]) if page_text.startswith("-") else _number(page_text)
    return State(
        keyword=given.get("q", "")[:100],
        chosen=chosen,
        sort=sort if sort.removeprefix("-") in resource.sortable else resource.sort,
        number=min(max(-MAX_PAGE, number), MAX_PAGE) or 1,
        size=size if size in SIZES else SIZES[0],
        open=_number(given.get("open", "")) or None,
        do=given.get("do", "")[:30],
        tab=given.get("tab", "")[:30],
        where=_where(resource, given.get("where", "")),
        bin=given.get("bin") == "1" and bool(resource.delete_permission),
    )


def _is_possible(row: FilterRow, text: str) -> bool:
    if row.kind == "days":
        return start_of_day(text) is not None
    if row.kind == "range":
        return _decimal(text) is not None
    if row.kind in ("tree", "pick"):
        return _number(text) > 0 or text == NONE.code
    return text == NONE.code or text in {one.code for one in row.choices}


def _where(resource: Resource, text: str) -> str:
    """The advanced query as it stands in the address, or nothing when it is none that can be asked."""
    from data.query import answer
    from data.viewer import system_viewer

    if not text or len(text) > LONGEST_WHERE:
        return ""
    try:
        tree = json.loads(text)
        if not isinstance(tree, dict) or storable(tree) != tree:
            return ""
        answer(resource.model, system_viewer("check"), Question(conditions=tree))
    except (ValueError, Invalid, RecursionError, AttributeError, TypeError):
        return ""
    return text


def question_of(resource: Resource, rows: Sequence[FilterRow], state: State, ids: Sequence[int] = ()) -> Question:
    """The question that the list of this state asks."""
    sort = ((state.sort.removeprefix("-"), state.sort.startswith("-")),) if state.sort else ()
    filters = {row.filter.name: value for row in rows if (value := _value(row, state)) is not None}
    advanced = json.loads(state.where) if state.where else {}
    both = {"all": [resource.only, advanced]} if resource.only and advanced else resource.only or advanced
    return Question(state.keyword, {**filters, **resource.where}, both, tuple(ids), sort)


def rows_of(session: Session, viewer: Viewer, resource: Resource, rows: Sequence[FilterRow], state: State) -> Page:
    """The page of records that the state asks for, within the viewer's scope."""
    question = question_of(resource, rows, state)
    return page(session, resource.model, viewer, question, number=state.number, size=state.size, deleted=state.bin)


def conditions(session: Session, viewer: Viewer, resource: Resource, rows: Sequence[FilterRow], state: State) -> str:
    """The conditions in words, for exports and for the sentence that says why nothing is found."""
    parts = [f"关键词 {state.keyword}"] if state.keyword else []
    for row in rows:
        texts = [_chosen_words(session, viewer, resource, row, state.chosen[name]) for name in row.parameters if name in state.chosen]
        if texts:
            parts.append(f"{row.label} {' 至 '.join(texts)}")
    return "，".join([*parts, *(["高级查询"] if state.where else [])])


def _chosen_words(session: Session, viewer: Viewer, resource: Resource, row: FilterRow, text: str) -> str:
    if text == NONE.code:
        return NONE.word
    target = referred(resource.model, row.filter.name)
    if row.kind not in ("tree", "pick") or target is None:
        return word(row.choices, text) if row.choices else text
    return tree_words(session, viewer, target, int(text))


def tree_words(session: Session, viewer: Viewer, target: Any, identity: int, *, whole: bool = False) -> str:
    """The name of a place in a tree or of a record, or its whole path; a sign for one that the viewer does not see."""
    try:
        record = get(session, target, identity, viewer)
    except PlatformError:
        return "（不可见）"
    return path_words(session, record) if whole else title_of(record)


def _value(row: FilterRow, state: State) -> Any:
    texts = [state.chosen.get(name, row.filter.default) for name in row.parameters]
    if not any(texts) or texts == [ALL]:
        return None
    if row.filter.meaning is not None and texts[0] != NONE.code:
        return row.filter.meaning(texts[0])
    if row.kind == "days":
        start, end = (start_of_day(text) if text else None for text in texts)
        return {"from": start and start.isoformat(), "to": end and (end + timedelta(days=1)).isoformat()}
    if row.kind == "range":
        start_number, through = (_decimal(text) if text else None for text in texts)
        return {"from": start_number, "through": through}
    return {"empty": True} if texts[0] == NONE.code else texts[0]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0


def _decimal(text: str) -> float | int | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return (int(number) if number.is_integer() else number) if abs(number) < 1e15 else None
