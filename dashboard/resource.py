"""A screen of records as a declaration: list, search, drawer, form, import, export and actions derive from it.

A declaration is checked when it is made (``dashboard/resource_check.py``): a name that the model does not have is an error at
the start, not on a click. The drawing stands in ``blocks/``, the answers to callbacks in ``resource_answers.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dash import Dash
from dash.development.base_component import Component
from sqlalchemy import Select, inspect, select
from sqlalchemy.orm import Session, object_session

from dashboard.resource_parts import Action, Branch, Column, Fact, Filter, FormField, Head, Panel, Parts, Rows, Shape
from dashboard.site import Page
from data.choices import Choice
from data.columns import attribute, choices_of, is_tree, label_of, referred, title_of, value_of
from data.errors import Forbidden, Invalid, NotFound
from data.fields import FileSlot
from data.models import Base, Record
from data.query import Question, answer, get
from data.viewer import Viewer

MANY_FIELDS = 10  # a longer form takes the whole page


@dataclass(frozen=True)
class Resource:
    """One kind of record on the screen. ``key`` names it in ids and callbacks, ``permission`` opens it.

    ``form`` with ``edit_permission`` makes 修改 and, with ``can_add``, 添加; ``delete_permission`` makes 删除 and the bin.
    ``shape`` says what of the form this record needs (``file:<slot>`` for attachments, the part's key for a table).
    ``prepare`` fills what the program knows better before a save; ``check`` names mistakes by field; ``store`` replaces the
    saving itself; ``submit`` takes values and rows of parts together when nothing is saved yet, and gives the sentence of
    success. ``slots`` are the places of attachments that the form shows (all, when None). ``sheet`` is the key of what may be
    imported (``data.imports``). ``tree`` is the filter that stands at the left as a tree, ``branches`` are the levels of one of several kinds of record. ``where`` keeps to the rows with
    these values, and new ones get them: one table, several screens. ``only`` is a condition that all rows fulfil, written as
    ``Question.conditions``. ``heads`` counts what stands above the list, of the rows that the other conditions leave.
    ``edge`` gives the tone of a row's edge, ``work_page`` the address of the page on which a record is worked on: where it has
    one, the row leads there instead of to the drawer. ``group_tops`` stand above the fields of the groups of the form that they name.
    """

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
    in_menu: bool = True
    tree: str = ""
    branches: tuple[Branch, ...] = ()
    where: Mapping[str, Any] = field(default_factory=dict)
    only: Mapping[str, Any] = field(default_factory=dict)
    heads: Callable[[Session, Viewer, Select[Any]], Sequence[Head]] | None = None
    head_filter: str = ""
    edge: Callable[[Any], str] | None = None
    work_page: Callable[[Any], str] = lambda record: ""
    # Drawer
    facts: Mapping[str, tuple[Fact | str, ...]] = field(default_factory=dict)
    heading: Callable[[Any], str] = title_of
    tags: tuple[Fact | str, ...] = ()
    subtitle: Callable[[Any], Iterable[str]] = lambda record: ()
    above: Callable[[Session, Viewer, Any], Component | None] = lambda session, viewer, record: None
    panels: tuple[Panel, ...] = ()
    rail: Callable[[Session, Viewer, Any], Component] | None = None
    # Form
    form: Mapping[str, tuple[FormField | str, ...]] = field(default_factory=dict)
    group_tops: Mapping[str, Callable[[Session, Viewer, Any], Component]] = field(default_factory=dict)
    parts: tuple[Parts, ...] = ()
    edit_permission: str = ""
    can_add: bool = False
    is_final: bool = False  # what was entered is never changed, only ended or taken back
    can_edit: Callable[[Viewer, Any], str] = lambda viewer, record: ""
    can_delete: Callable[[Viewer, Any], str] = lambda viewer, record: ""
    shape: Callable[[Session, Any], Shape] = lambda session, record: Shape()
    prepare: Callable[[Session, Viewer, Any, dict[str, Any]], dict[str, Any]] = lambda session, viewer, record, values: values
    check: Callable[[Any, dict[str, Any]], dict[str, str]] = lambda record, values: {}
    store: Callable[[Session, Viewer, Any, dict[str, Any], int | None], Any] | None = None
    submit: Callable[[Session, Viewer, Any, dict[str, Any], dict[str, Rows]], str] | None = None
    slots: tuple[FileSlot, ...] | None = None
    after_save: Callable[[Session, Any], None] = lambda session, record: None
    save_label: str = "保存"
    back: str = ""  # where 返回 leads from a form that is a page of its own
    save_note: str = "保存后立即生效，并记入变更记录。"
    # Verbs
    actions: tuple[Action, ...] = ()
    delete_permission: str = ""
    before_delete: Callable[[Session, Viewer, Any], None] = lambda session, viewer, record: None
    can_export: bool = True
    sheet: str = ""
    # Page
    top: Callable[[Session, Viewer], Component] | None = None
    empty_title: str = ""
    empty_text: str = ""

    def __post_init__(self) -> None:
        from dashboard.resource_check import problems

        found = list(problems(self))
        if found:
            raise ValueError("\n".join(f"Resource {self.key}: {one}" for one in found))

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

    @property
    def is_wide(self) -> bool:
        """Whether the form takes the whole page, with its sections listed at the left."""
        return bool(self.parts) or len(self.form_fields()) > MANY_FIELDS

    @property
    def noun(self) -> str:
        """What one such record is called."""
        return (not self.where and getattr(self.model, "__title__", "")) or self.title

    def all_facts(self) -> list[Fact]:
        return [as_fact(one) for group in self.facts.values() for one in group]

    def form_fields(self) -> list[FormField]:
        return [as_field(one) for group in self.form.values() for one in group]

    def record(self, session: Session, viewer: Viewer, identity: int, *, deleted: bool = False) -> Any:
        """The record of this screen with that id; NotFound when there is none that the viewer sees."""
        found = get(session, self.model, identity, viewer, deleted=deleted)
        is_here = all(getattr(found, name) == value for name, value in self.where.items())
        if is_here and self.only:
            asked = answer(self.model, viewer, Question(conditions=self.only, ids=(identity,)), deleted=deleted)
            is_here = session.scalar(select(asked.exists())) is True
        if not is_here:
            raise NotFound(f"没有找到这条{self.noun}，它可能已删除，或不在您的数据范围内。")
        return found

    def exported(self) -> tuple[tuple[str, str], ...]:
        """(path, label) of what an export has: the columns of the list, then what only the drawer shows."""
        names = [one.name for one in self.columns] + [one.name for one in self.all_facts()]
        known = [name for name in dict.fromkeys(names) if attribute(self.model, name) is not None]
        labels = {one.name: one.label for one in (*self.all_facts(), *self.columns) if one.label}
        return tuple((name, labels.get(name) or label_of(self.model, name)) for name in known)

    def action(self, key: str) -> Action:
        """The action of that key; Invalid when there is none: keys come from browsers."""
        found = next((one for one in self.actions if one.key == key), None)
        if found is None:
            raise Invalid("没有这个操作，请刷新页面。")
        return found

    def pages(self) -> list[Page]:
        """The pages of this resource for the list of pages: its list, and the import where there is one."""
        return [self.page(), *([self._import()] if self.sheet else [])]

    def _import(self) -> Page:
        return Page(
            path=f"{self.path}/import",
            title=f"导入{self.noun}",
            layout=ImportLayout(self),
            permission=self.edit_permission,
            module=self.module,
            group=self.group,
            in_menu=False,
        )

    def admit(self, viewer: Viewer) -> None:
        """Forbidden unless the viewer may open the list: by right, and enterprises only what stands on their own side."""
        viewer.require(self.permission)
        if viewer.is_enterprise and not self.permission.startswith("own."):
            raise Forbidden("您没有权限使用监管端的列表。")

    def page(self) -> Page:
        """The page of the list itself."""
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
            in_menu=self.in_menu,
            register=register,
        )


@dataclass(frozen=True)
class ResourceLayout:
    """Draws the page of a resource from its address; the callbacks find the resource here."""

    resource: Resource

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Every resource that stands at this address."""
        return (self.resource,)

    def __call__(self, viewer: Viewer, **query: str) -> Component:
        from dashboard.blocks.resource_list import list_page
        from data.db import read_session

        with read_session() as session:
            return list_page(session, viewer, self.resource, query)


@dataclass(frozen=True)
class ImportLayout:
    """Draws the page on which records of a resource are imported."""

    resource: Resource

    def __call__(self, viewer: Viewer, **query: str) -> Component:
        from dashboard.blocks.import_page import import_page
        from data.db import read_session

        with read_session() as session:
            return import_page(session, viewer, self.resource.sheet, self.resource.path, self.resource.edit_permission, query)


def resources_of(app: Dash) -> dict[str, Resource]:
    """Every resource among the pages of ``app``, by key."""
    layouts = (page.layout for page in app.site.pages)  # type: ignore[attr-defined]
    return {one.key: one for layout in layouts if isinstance(layout, ResourceLayout) for one in layout.resources}


def as_fact(one: Fact | str) -> Fact:
    return Fact(one) if isinstance(one, str) else one


def as_field(one: FormField | str) -> FormField:
    return FormField(one) if isinstance(one, str) else one


def filter_kind(model: type[Base], one: Filter) -> str:
    """The kind of a filter: as declared, else by its column."""
    column = attribute(model, one.name)
    if one.kind or one.options or column is None or choices_of(model, one.name) is not None:
        return one.kind or "choice"
    target = referred(model, one.name)
    if target is not None:
        return "tree" if is_tree(target) else "pick"
    kind = column.type.python_type
    return "choice" if kind is bool else "days" if kind in (date, datetime) else "range" if kind in (int, float) else "choice"


def is_link(model: type[Base], name: str) -> bool:
    """Whether the name is a many-to-many relation of the model."""
    relations = inspect(model).relationships
    return name in relations and relations[name].secondary is not None


def shown_value(record: Any, path: str, now: datetime) -> Any:
    """The value as a person reads it: a Choice for a coded one, else words; empty for nothing."""
    from dashboard.moments import moment_words

    value = value_of(record, path)
    model = type(record)
    choices = choices_of(model, path, object_session(record))
    if value is None:
        return ""
    if choices is not None:
        return next((one for one in choices if one.code == str(value)), Choice(str(value), str(value)))
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return moment_words(value, now)
    if isinstance(value, date):
        return value.isoformat()
    if referred(model, path) is not None:
        target = value_of(record, path.removesuffix("_id"))
        return title_of(target) if target is not None else str(value)
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    return f"{value:,.10g}" if isinstance(value, float) else str(value)
