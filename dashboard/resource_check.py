"""What is wrong in a declaration of a resource, each in one readable line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import inspect

from data.columns import attribute, choices_of, referred, related
from data.errors import Invalid
from data.models import Base, Record
from data.query import Question, answer

if TYPE_CHECKING:
    from dashboard.resource import Resource

RESERVED = {"add", "edit", "delete", "restore", "overview", "history", "files", "timeline", "export"}


def problems(resource: Resource) -> Iterable[str]:
    """Every mistake of the declaration."""
    yield from _shown(resource)
    yield from _filters(resource)
    yield from _form(resource)
    yield from _only(resource)
    if resource.sort.lstrip("-") not in resource.sortable:
        yield f"sort: {resource.sort!r} is none of {sorted(resource.sortable)}"
    for name in resource.where:
        if name not in inspect(resource.model).column_attrs:
            yield f"where: {resource.model.__name__} has no column {name!r} of its own"
        if name in {one.name for one in (*resource.form_fields(), *resource.filters)}:
            yield f"where: {name!r} is fixed, so it is neither a field of the form nor a filter"
    if resource.delete_permission and not issubclass(resource.model, Record):
        yield "delete_permission: only a Record can be deleted"
    keys = [one.key for one in resource.actions] + [one.key for one in resource.panels]
    for key in RESERVED & set(keys) | {key for key in keys if keys.count(key) > 1}:
        yield f"actions and panels: the key {key!r} is taken"


def _shown(resource: Resource) -> Iterable[str]:
    from dashboard.resource import as_fact

    names = [("columns", one.name, bool(one.show or one.figures)) for one in resource.columns]
    names += [("facts", one.name, bool(one.show)) for one in resource.all_facts()]
    names += [("tags", one.name, bool(one.show)) for one in map(as_fact, resource.tags)]
    for place, name, is_made in names:
        if not is_made and attribute(resource.model, name) is None:
            yield f"{place}: {resource.model.__name__} has no column {name!r}"


def _filters(resource: Resource) -> Iterable[str]:
    from dashboard.resource import filter_kind

    for one in resource.filters:
        found = attribute(resource.model, one.name)
        if found is None or not _leads_to_one(resource.model, one.name):
            yield f"filters: {resource.model.__name__} has no column {one.name!r}"
        elif filter_kind(resource.model, one) == "choice" and one.options is None and found.type.python_type is not bool and choices_of(resource.model, one.name) is None:
            yield f"filters: {one.name!r} has no choices, so it needs options"
    if resource.heads and resource.head_filter not in {one.name for one in resource.filters}:
        yield f"heads: {resource.head_filter!r} is no filter"
    if resource.tree and resource.tree not in {one.name for one in resource.filters}:
        yield f"tree: {resource.tree!r} is no filter"
    above = ""
    for branch in resource.branches:
        target = referred(resource.model, branch.name)
        if branch.name not in {one.name for one in resource.filters} or target is None:
            yield f"branches: {branch.name!r} is no filter that refers to a table"
        elif above and attribute(target, above) is None:
            yield f"branches: {target.__name__} has no column {above!r}"
        above = branch.name


def _leads_to_one(model: type[Base], path: str) -> bool:
    """Whether every relation on the path leads to one record."""
    relation, _, rest = path.partition(".")
    reached = related(model, relation) if rest else None
    return not rest or (reached is not None and _leads_to_one(reached, rest))


def _only(resource: Resource) -> Iterable[str]:
    from data.viewer import system_viewer

    try:
        answer(resource.model, system_viewer("check"), Question(conditions=resource.only))
    except Invalid as error:
        yield f"only: {error}"


def _form(resource: Resource) -> Iterable[str]:
    from dashboard.resource import is_link

    for one in resource.form_fields():
        is_column = attribute(resource.model, one.name) is not None and "." not in one.name
        if not is_column and not is_link(resource.model, one.name):
            yield f"form: {resource.model.__name__} has no column {one.name!r} of its own"
        yield from (f"form: {one.name!r} follows {other!r}, which is no field of the form" for other in (one.by, one.when[0] if one.when else "") if other and other not in {each.name for each in resource.form_fields()})
    yield from (f"group_tops: the form has no group {title!r}" for title in resource.group_tops if title not in resource.form)
    if resource.form and not resource.edit_permission:
        yield "form: an edit needs edit_permission"
    if (resource.form or resource.parts) and not issubclass(resource.model, Record):
        yield "form: only a Record can be edited"
    if resource.can_add and not resource.form:
        yield "can_add: there is no form to fill"
    for part in resource.parts:
        if not part.model.__part_of__ or referred(part.model, part.model.__part_of__) is not resource.model:
            yield f"parts: {part.model.__name__} is no part of {resource.model.__name__}"
        for name in part.fields:
            if name not in inspect(part.model).column_attrs:
                yield f"parts: {part.model.__name__} has no column {name!r}"
