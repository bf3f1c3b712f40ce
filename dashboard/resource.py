"""A screen of records as a declaration: list, search, drawer, form and actions derive from it.

A declaration is checked when it is made: a name that the model does not have is an error at the start, not on a click.
The drawing stands in ``blocks/resource_list.py`` and ``blocks/record_drawer.py``, the answers in ``resource_answers.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from dash import Dash
from dash.development.base_component import Component
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from dashboard.site import Page
from data.choices import Choice
from data.errors import Invalid
from data.models import Base, Record
from data.viewer import Viewer

Options = Callable[[Session, Viewer], Sequence[Choice]]
Look = Literal["text", "link", "tag", "dot", "number", "muted"]


@dataclass(frozen=True)
class Column:
    """A column of the list. ``name`` is a column of the model or a path such as ``division.name``.

    ``show`` replaces the value by a word or a Choice (word and tone); ``hint`` is the whole of what is shortened.
    """

    name: str
    label: str = ""
    look: Look | None = None
    width: int = 0
    show: Callable[[Any], Any] | None = None
    hint: Callable[[Any], str] | None = None
    is_sortable: bool = True
    is_on_card: bool = True


@dataclass(frozen=True)
class Filter:
    """A condition of the search row: a column with choices (its own, or those of ``options``), or a span of days."""

    name: str
    label: str = ""
    options: Options | None = None
    kind: Literal["choice", "days"] = "choice"


@dataclass(frozen=True)
class FormField:
    """An input of a form. ``name`` is a column of the model for an edit, or any word for an action."""

    name: str
    label: str = ""
    options: Options | None = None
    help: str = ""
    is_required: bool | None = None
    is_long: bool = False


@dataclass(frozen=True)
class Action:
    """Something a person may do to one record, after a question in the drawer.

    ``run`` does it through ``data`` and gives the sentence of success; ``why_not`` says why it cannot be done now
    (empty: it can); ``when`` hides an action that has no meaning for the record.
    """

    key: str
    label: str
    permission: str
    run: Callable[[Session, Viewer, Any, Mapping[str, Any]], str]
    question: Callable[[Any], str]
    icon: str = "check2"
    is_dangerous: bool = False
    fields: tuple[FormField, ...] = ()
    when: Callable[[Any], bool] = lambda record: True
    why_not: Callable[[Viewer, Any], str] = lambda viewer, record: ""
    is_in_row: bool = False


class Panel(NamedTuple):
    """A further tab of the drawer."""

    key: str
    label: str
    build: Callable[[Session, Viewer, Any], Component]


class Fact(NamedTuple):
    """A line of the description list; without ``show`` the value of the column of that name."""

    name: str
    label: str = ""
    show: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Resource:
    """One kind of record on the screen. ``key`` names it in ids and callbacks, ``permission`` opens it."""

    key: str
    model: type[Base]
    path: str
    title: str
    permission: str
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    sort: str = "-id"
    placeholder: str = "关键词"
    module: str = ""
    group: str = ""
    icon: str = ""
    short: str = ""
    facts: Mapping[str, tuple[Fact | str, ...]] = field(default_factory=dict)
    heading: Callable[[Any], str] = lambda record: str(getattr(record, "name", record.id))
    tags: tuple[Fact | str, ...] = ()
    subtitle: Callable[[Any], Iterable[str]] = lambda record: ()
    form: Mapping[str, tuple[FormField | str, ...]] = field(default_factory=dict)
    edit_permission: str = ""
    check: Callable[[Any, dict[str, Any]], dict[str, str]] = lambda record, values: {}
    after_save: Callable[[Session, Any], None] = lambda session, record: None
    actions: tuple[Action, ...] = ()
    panels: tuple[Panel, ...] = ()
    rail: Callable[[Session, Viewer, Any], Component] | None = None
    top: Callable[[Session, Viewer], Component] | None = None
    empty_title: str = ""
    empty_text: str = ""

    def __post_init__(self) -> None:
        found = list(self._problems())
        if found:
            raise ValueError("\n".join(f"Resource {self.key}: {one}" for one in found))

    def _problems(self) -> Iterable[str]:
        names = [("columns", one.name, bool(one.show)) for one in self.columns]
        names += [("facts", one.name, bool(one.show)) for one in self.all_facts()]
        names += [("tags", one.name, bool(one.show)) for one in map(as_fact, self.tags)]
        for place, name, is_made in names:
            if not is_made and attribute(self.model, name) is None:
                yield f"{place}: {self.model.__name__} has no column {name!r}"
        for one in self.filters:
            found = attribute(self.model, one.name)
            if found is None or "." in one.name:
                yield f"filters: {self.model.__name__} has no column {one.name!r} of its own"
            elif one.kind == "choice" and one.options is None and not found.info.get("choices"):
                yield f"filters: {one.name!r} has no choices, so it needs options"
        for one in self.form_fields():
            if attribute(self.model, one.name) is None or "." in one.name:
                yield f"form: {self.model.__name__} has no column {one.name!r} of its own"
        if self.sort.lstrip("-") not in self.sortable:
            yield f"sort: {self.sort!r} is none of {sorted(self.sortable)}"
        if self.form and not self.edit_permission:
            yield "form: an edit needs edit_permission"
        if self.form and not issubclass(self.model, Record):
            yield "form: only a Record can be edited"
        keys = [one.key for one in self.actions] + [one.key for one in self.panels]
        for key in {"edit", "overview", "history"} & set(keys) | {key for key in keys if keys.count(key) > 1}:
            yield f"actions and panels: the key {key!r} is taken"

    @property
    def sortable(self) -> set[str]:
        """Columns by which the list may be sorted: those it shows, and those that only give its first order."""
        own = {one.key for one in inspect(self.model).column_attrs}
        shown = {one.name for one in self.columns if one.is_sortable}
        return {name for name in {*shown, self.sort.lstrip("-")} if name in own}

    @property
    def has_history(self) -> bool:
        """Whether changes of such records are in the audit trail."""
        return issubclass(self.model, Record)

    def all_facts(self) -> list[Fact]:
        return [as_fact(one) for group in self.facts.values() for one in group]

    def form_fields(self) -> list[FormField]:
        return [as_field(one) for group in self.form.values() for one in group]

    def action(self, key: str) -> Action:
        """The action of that key; Invalid when there is none: keys come from browsers."""
        found = next((one for one in self.actions if one.key == key), None)
        if found is None:
            raise Invalid("没有这个操作，请刷新页面。")
        return found

    def page(self) -> Page:
        """The page of this resource for the list of pages."""
        from dashboard.resource_answers import register

        return Page(
            path=self.path,
            title=self.title,
            layout=ResourceLayout(self),
            permission=self.permission,
            module=self.module,
            group=self.group,
            icon=self.icon,
            short=self.short,
            register=register,
        )


@dataclass(frozen=True)
class ResourceLayout:
    """Draws the page of a resource from its address; the callbacks find the resource here."""

    resource: Resource

    def __call__(self, viewer: Viewer, **query: str) -> Component:
        from dashboard.blocks.resource_list import list_page
        from data.db import read_session

        with read_session() as session:
            return list_page(session, viewer, self.resource, query)


def resources_of(app: Dash) -> dict[str, Resource]:
    """Every resource among the pages of ``app``, by key."""
    layouts = (page.layout for page in app.site.pages)  # type: ignore[attr-defined]
    return {layout.resource.key: layout.resource for layout in layouts if isinstance(layout, ResourceLayout)}


def as_fact(one: Fact | str) -> Fact:
    return Fact(one) if isinstance(one, str) else one


def as_field(one: FormField | str) -> FormField:
    return FormField(one) if isinstance(one, str) else one


def attribute(model: type[Base], path: str) -> Any:
    """The table column behind a name or a path; None when there is none or it is secret."""
    mapper = inspect(model)
    *relations, last = path.split(".")
    for name in relations:
        if name not in mapper.relationships:
            return None
        mapper = mapper.relationships[name].mapper
    if last not in mapper.column_attrs:
        return None
    column = mapper.column_attrs[last].columns[0]
    return None if column.info.get("secret") else column


def label_of(model: type[Base], path: str) -> str:
    """The Chinese name of a column; a path takes that of its foreign key: ``division.name`` is 属地."""
    relation = path.rpartition(".")[0]
    key = attribute(model, f"{relation}_id") if relation else None
    column = key if key is not None else attribute(model, path)
    return str(column.info.get("label", path)) if column is not None else path


def value_of(record: Any, path: str) -> Any:
    """The value at the end of the path; None as soon as something on the way is missing."""
    for name in path.split("."):
        record = getattr(record, name, None)
    return record


def choices_of(model: type[Base], path: str) -> Sequence[Choice] | None:
    column = attribute(model, path)
    return column.info.get("choices") if column is not None else None


def shown_value(record: Any, path: str, now: datetime) -> Any:
    """The value as a person reads it: a Choice for a coded one, else words; empty for nothing."""
    from dashboard.moments import moment_words

    value = value_of(record, path)
    choices = choices_of(type(record), path)
    if value is None:
        return ""
    if choices:
        return next((one for one in choices if one.code == str(value)), Choice(str(value), str(value)))
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return moment_words(value, now)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
