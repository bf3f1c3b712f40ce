"""A workflow as a declaration: nodes at which a record waits for somebody, and transitions that lead from one to another.

It is checked when it is made: a node that nothing leads to, a field that the model has not, two actions of one name are errors
at the start, all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from data.choices import word
from data.columns import choices_of
from data.models import Record
from data.permissions import ALL_PERMISSIONS, ROLES
from data.viewer import Viewer

Side = Literal["enterprise", "authority"]
Kind = Literal["pass", "branch", "return", "note"]
RETURN = "return"  # the action of every node with ``returns_to``


@dataclass(frozen=True)
class Moment:
    """What a guard or an effect is told of a step: in whose name, on which record, with what, and when."""

    session: Session
    viewer: Viewer
    record: Any
    values: Mapping[str, Any]
    opinion: str
    now: datetime


@dataclass(frozen=True)
class Node:
    """Where a record waits. ``key`` is also a code of the model's ``state``, whose word and colour say how it stands there.

    Of the authority's people those of ``roles`` (more or fewer by ``WorkflowRule``) with ``permission`` and the record in their
    scope may act; on the enterprise's side its own. ``due`` gives the last day, else ``due_days`` after arrival. Who acted at a
    node in ``not_by`` may not act here. ``is_optional`` nodes may be switched off: a record that would arrive takes the action
    ``skip`` at once. ``returns_to`` are the earlier nodes that 退回 may choose, of those where the record has been. ``enter``
    gives what else is written into the record on arrival. An end may say with which other workflow the record goes on: (workflow, node).
    """

    key: str
    label: str
    side: Side = "authority"
    roles: tuple[str, ...] = ()
    permission: str = ""
    due_days: int | None = None
    due: Callable[[Any], date | None] | None = None
    not_by: tuple[str, ...] = ()
    is_optional: bool = False
    skip: str = ""
    returns_to: tuple[str, ...] = ()
    enter: Callable[[Moment], Mapping[str, Any]] | None = None
    is_end: bool = False
    goes_on: tuple[str, str] = ("", "")
    at: tuple[int, int] = (0, 0)  # column and row in the diagram


@dataclass(frozen=True)
class Transition:
    """An action that the person at ``source`` may take. A ``note`` leaves the record where it is.

    ``fields`` of the model are filled in with the step, ``required`` of them (or ``file:<slot>``) must be. ``guard`` says why it cannot be done now, ``check`` names mistakes by field, ``effect`` gives what else is written into the
    record, and does what else belongs to the step.
    ``phrases`` are offered for the opinion.
    """

    key: str
    label: str
    source: str
    target: str
    kind: Kind = "pass"
    fields: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    needs_opinion: bool = False
    says_opinion: bool = True  # whether there is a place for an opinion at all
    guard: Callable[[Moment], str] = lambda moment: ""
    check: Callable[[Any, Mapping[str, Any]], Mapping[str, str]] = lambda record, values: {}
    effect: Callable[[Moment], Mapping[str, Any]] | None = None
    is_dangerous: bool = False
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workflow:
    """One way that records of a model go. ``strip`` are the nodes of the straight way, in order, as the strip shows them.

    ``title_of`` names a case in lists of to-dos, ``href_of`` gives the page where it is worked on.
    """

    key: str
    title: str
    module: str
    model: type[Record]
    nodes: tuple[Node, ...]
    transitions: tuple[Transition, ...]
    strip: tuple[str, ...]
    title_of: Callable[[Any], str]
    href_of: Callable[[Any], str]
    can_withdraw: bool = True

    def __post_init__(self) -> None:
        found = list(_problems(self))
        if found:
            raise ValueError("\n".join(f"Workflow {self.key}: {one}" for one in found))

    @property
    def start(self) -> Node:
        """Where every record begins."""
        return self.nodes[0]

    def node(self, key: str) -> Node:
        """The node of that key; KeyError when there is none."""
        return next(one for one in self.nodes if one.key == key) if key in self.keys else _absent(key)

    @property
    def keys(self) -> set[str]:
        return {one.key for one in self.nodes}

    def has(self, key: str) -> bool:
        return key in self.keys

    def leaving(self, key: str) -> list[Transition]:
        """The declared actions at a node."""
        return [one for one in self.transitions if one.source == key]

    def word(self, key: str) -> str:
        """How a record stands at the node, in words."""
        return word(choices_of(self.model, "state") or (), key)


def _absent(key: str) -> Node:
    raise KeyError(key)


def _problems(flow: Workflow) -> Iterable[str]:
    keys = [one.key for one in flow.nodes]
    columns = inspect(flow.model).column_attrs
    if len(keys) != len(set(keys)):
        yield "two nodes have one key"
    if "state" not in columns or not choices_of(flow.model, "state"):
        yield f"{flow.model.__name__} needs a column state with choices"
    else:
        known = {one.code for one in choices_of(flow.model, "state") or ()}
        yield from (f"{flow.model.__name__}.state has no choice {key!r}" for key in keys if key not in known)
    yield from (f"the strip names no node: {key!r}" for key in flow.strip if key not in keys)
    yield from _problems_of_nodes(flow, set(keys))
    yield from _problems_of_transitions(flow, set(keys), set(columns.keys()))
    reached, todo = {flow.start.key}, [flow.start.key]
    while todo:
        here = todo.pop()
        further = {one.target for one in flow.leaving(here)} & set(keys) - reached
        reached |= further
        todo += further
    yield from (f"nothing leads to {key!r}" for key in keys if key not in reached)


def _problems_of_nodes(flow: Workflow, keys: set[str]) -> Iterable[str]:
    roles = {one.code for one in ROLES}
    for one in flow.nodes:
        actions = [step.key for step in flow.leaving(one.key)]
        if one.is_end == bool(actions):
            yield f"{one.key}: an end has no actions, any other node has"
        if len(actions) != len(set(actions)) or RETURN in actions:
            yield f"{one.key}: its actions need different keys, none of them {RETURN!r}"
        if one.side == "authority" and not one.is_end and not one.roles:
            yield f"{one.key}: no role may act"
        yield from (f"{one.key}: there is no role {role!r}" for role in one.roles if role not in roles)
        if one.permission and one.permission not in ALL_PERMISSIONS:
            yield f"{one.key}: there is no permission {one.permission!r}"
        if one.is_optional != bool(one.skip) or (one.skip and one.skip not in actions):
            yield f"{one.key}: what may be switched off says with skip which of its actions is taken instead"
        yield from (f"{one.key}: no node {key!r}" for key in (*one.returns_to, *one.not_by) if key not in keys)


def _problems_of_transitions(flow: Workflow, keys: set[str], columns: set[str]) -> Iterable[str]:
    slots = {f"file:{one.code}" for one in flow.model.__files__}
    for one in flow.transitions:
        yield from (f"{one.key}: no node {key!r}" for key in (one.source, one.target) if key not in keys)
        if (one.kind == "note") != (one.source == one.target):
            yield f"{one.key}: a note stays where it is, anything else leads on"
        yield from (f"{one.key}: {flow.model.__name__} has no column {name!r}" for name in one.fields if name not in columns)
        yield from (f"{one.key}: requires {name!r}, which it does not fill in" for name in one.required if name not in {*one.fields, *slots})
