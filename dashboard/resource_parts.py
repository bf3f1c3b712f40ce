"""What the declaration of a screen is put together from: columns, filters, fields, actions, panels. ``dashboard/resource.py`` has the whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from dash.development.base_component import Component
from sqlalchemy.orm import Session

from data.choices import Choice
from data.models import Record
from data.viewer import Viewer

Options = Callable[[Session, Viewer], Sequence[Choice]]
Rows = list[tuple[int | None, dict[str, Any]]]  # parts of a record: (id or None, values)
Look = Literal["text", "link", "tag", "dot", "due", "number", "muted", "bar", "phone"]
FilterKind = Literal["", "choice", "days", "range", "tree", "pick"]
ALL = "all"


class Figure(NamedTuple):
    """A number in a cell, and the address of the rows that it counts."""

    word: str
    href: str = ""


@dataclass(frozen=True)
class Column:
    """A column of the list. ``name`` is a column of the model or a path such as ``division.name``.

    ``show`` replaces the value by a word or a Choice (word and tone), ``figures`` by what is counted for all rows of the page
    at once, by id; ``hint`` is the whole of what is shortened. A column that is not ``is_shown`` at first may be shown under
    列设置.
    """

    name: str
    label: str = ""
    look: Look | None = None
    width: int = 0
    show: Callable[[Any], Any] | None = None
    figures: Callable[[Session, Viewer, Sequence[Any]], Mapping[int, Figure | Choice]] | None = None
    hint: Callable[[Any], str] | None = None
    is_sortable: bool = True
    is_on_card: bool = True
    is_shown: bool = True


@dataclass(frozen=True)
class Filter:
    """A condition of the search row: a column with choices (its own, or those of ``options``), a span of days, a range of
    numbers, a place in a tree, or a record to pick. Without a ``kind`` it follows from the column.

    ``name`` may be a path through relations that lead to one record: ``enterprise.division_id``. ``meaning`` turns the code
    that was chosen among ``options`` into what is asked of the column, such as a span of days: 已超期 is another day tomorrow.
    """

    name: str
    label: str = ""
    options: Options | None = None
    kind: FilterKind = ""
    default: str = ""  # what holds while the address says nothing; ``ALL`` in the address lifts it
    usual: Callable[[], str] | None = None  # the same for what changes with time; ``options`` then offer ``ALL``
    meaning: Callable[[str], Any] | None = None


class Head(NamedTuple):
    """A figure above the list that is a condition of it too: a click sets the resource's ``head_filter`` to ``code``
    (empty: lifts it), and the list then has ``value`` rows. ``notes`` are two short lines at the right."""

    code: str
    label: str
    value: int
    tone: str = ""
    unit: str = "条"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FormField:
    """An input of a form. ``name`` is a column of the model or a many-to-many relation, or any word for an action.

    ``is_fixed`` fields are shown grey: the program fills them, ``help`` says from what. ``is_due`` fields count for completeness:
    marked 应填, but a form without them is taken. ``begins`` is what a new record's form has in it instead of the model's default. ``draw`` and ``read`` replace the
    control and its reading (ValueError at the field) where no kind of field fits. ``when`` (a field, values) shows it only while that
    field holds one of the values; ``by`` names the field whose value decides which choices it has (``options_by``, by that value).
    """

    name: str
    label: str = ""
    options: Options | None = None
    help: str = ""
    is_required: bool | None = None
    is_long: bool = False
    is_fixed: bool = False
    is_due: bool = False
    begins: str = ""
    draw: Callable[[Session, Viewer, str], Component] | None = None
    read: Callable[[Session, Viewer, str], Any] | None = None
    when: tuple[str, tuple[str, ...]] | None = None
    by: str = ""
    options_by: Callable[[Session, Viewer], Mapping[str, Sequence[Choice]]] | None = None


class Branch(NamedTuple):
    """A level of the tree at the left: a filter of the list that refers to another table, and the values that all records there have.

    The table of each level has a column of the name of the level above.
    """

    name: str
    where: Mapping[str, Any] = {}


class Parts(NamedTuple):
    """A table inside the form: records that are part of the one edited. ``model.__part_of__`` names the way back. ``options`` are the
    choices of its fields, by name, where they are not the model's own."""

    key: str
    model: type[Record]
    fields: tuple[str, ...]
    help: str = ""
    most: int = 200
    options: Mapping[str, Options] = {}


@dataclass(frozen=True)
class Action:
    """Something a person may do to one record, or with ``is_batch`` to all that are ticked, after a question.

    ``run`` does it through ``data`` and gives the sentence of success; ``why_not`` says why it cannot be done now
    (empty: it can); ``when`` hides an action that has no meaning for the record. An action with ``post`` leaves the page: its
    question is sent to that address as an ordinary form, which checks everything itself, and ``run`` is never called. A sentence that must be read, such as a
    one-time password, ``stays`` until it is closed.
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
    is_batch: bool = False
    batch_label: str = ""  # what it is called above the list, where that is another word
    stays: bool = False
    starts: Callable[[Session, Any], Mapping[str, str]] | None = None  # what its fields have in them at first, by name
    post: Callable[[Any], str] | None = None


class Panel(NamedTuple):
    """A further tab of the drawer; ``count`` gives the number beside its name."""

    key: str
    label: str
    build: Callable[[Session, Viewer, Any], Component]
    count: Callable[[Session, Viewer, Any], int] | None = None


class Fact(NamedTuple):
    """A line of the description list; without ``show`` the value of the column of that name."""

    name: str
    label: str = ""
    show: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Shape:
    """Which fields, parts and slots of attachments a record's form leaves out, and which it wants without insisting."""

    hidden: frozenset[str] = frozenset()
    wanted: frozenset[str] = frozenset()
