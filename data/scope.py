"""Data scope: the one function that adds the WHERE by which a viewer sees only what is theirs."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, false, select, true

from data.models import Alarm, ApiToken, Attachment, Division, Enterprise, Record, User, Vehicle
from data.viewer import Viewer

S = TypeVar("S", bound="Select[*tuple[Any, ...]]")


def scoped(statement: S, model: type[Any], viewer: Viewer) -> S:
    """``statement`` on ``model`` limited to the rows within the viewer's scope."""
    return statement.where(_condition(model, viewer))


def _condition(model: type[Any], viewer: Viewer) -> ColumnElement[bool]:
    if viewer.scope == "all":
        return true()
    if model is Enterprise:
        return _enterprises(viewer)
    if model is User:
        return User.id == viewer.id
    if model is Attachment:
        return false()  # reached through its record only: data.attachments.find
    if model is ApiToken:
        return ApiToken.user_id == viewer.id
    owner = _owner(model)
    if owner is None:
        # A table of the park itself (divisions, departments, areas …) has no owner: whoever holds the page's permission sees it.
        return true() if issubclass(model, Record) else false()
    inside = owner.in_(select(Enterprise.id).where(_enterprises(viewer)))
    # A camera without an enterprise is the park's own, seen by the park's people only.
    return inside


def _owner(model: type[Any]) -> Any:
    if model is Vehicle:
        return Vehicle.carrier_id
    if model is Alarm:
        return Alarm.enterprise_id
    return getattr(model, "enterprise_id", None)


def _enterprises(viewer: Viewer) -> ColumnElement[bool]:
    match viewer.scope:
        case "own_enterprise" if viewer.enterprise_id:
            return Enterprise.id == viewer.enterprise_id
        case "departments" | "own_organisation" if viewer.department_id:
            return Enterprise.department_id == viewer.department_id
        case "divisions" if viewer.division_id:
            return Enterprise.division_id.in_(_subtree(viewer.division_id))
        case _:
            return false()


def _subtree(division_id: int) -> Select[int]:
    tree = select(Division.id).where(Division.id == division_id).cte("division_tree", recursive=True)
    tree = tree.union_all(select(Division.id).join(tree, Division.parent_id == tree.c.id))
    return select(tree.c.id)
