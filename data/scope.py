"""Data scope: the one function that adds the WHERE by which a viewer sees only what is theirs."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true

from data.models import (
    Alarm,
    ApiToken,
    Attachment,
    AuditEntry,
    CheckItem,
    CheckStandard,
    Department,
    Division,
    Enterprise,
    HiddenDanger,
    Incident,
    IncidentCircle,
    IncidentReport,
    IncidentTask,
    Message,
    Notice,
    NoticeReceipt,
    Record,
    RescueTeam,
    SavedQuery,
    SecondaryUnit,
    Subscription,
    SubscriptionDelivery,
    UnitType,
    User,
    Vehicle,
)
from data.tree import within
from data.viewer import Viewer

S = TypeVar("S", bound="Select[*tuple[Any, ...]]")

# The scopes of people who work for an authority; an enterprise's own people are none of them.
MANAGEMENT = frozenset({"all", "departments", "divisions", "own_organisation"})


def scoped(statement: S, model: type[Any], viewer: Viewer) -> S:
    """``statement`` on ``model`` limited to the rows within the viewer's scope."""
    return statement.where(_condition(model, viewer))


def people_to_choose(viewer: Viewer) -> ColumnElement[bool]:
    """Whom the viewer may name as a receiver, a holder or a person on duty: somebody of an authority everybody of the authorities, and
    the people of enterprises within reach. A choice shows name and department only; lists of users keep to ``scoped``."""
    mine = _condition(User, viewer)
    if viewer.scope not in MANAGEMENT:
        return mine
    return or_(mine, User.enterprise_id.is_(None), _inside(User.enterprise_id, viewer)) if viewer.scope != "all" else mine


def _condition(model: type[Any], viewer: Viewer) -> ColumnElement[bool]:
    if model is SavedQuery:
        return _saved_queries(viewer)
    if model in (Subscription, SubscriptionDelivery):
        return _subscribed(model, viewer)
    if model is Message:
        # Nobody reads what others are told, and who acts as an enterprise does not see their own things there.
        return Message.user_id == viewer.id if not viewer.acting_for else false()
    if model is NoticeReceipt:
        return _received(viewer)
    if viewer.scope == "all":
        return true()
    if model is Enterprise:
        return _supervised(Enterprise, viewer, Enterprise.id)
    if model is User:
        return or_(User.id == viewer.id, _colleagues(viewer))
    if model is AuditEntry:
        if viewer.scope not in MANAGEMENT:
            return false()
        return _trail(viewer)
    if model is Attachment:
        return false()  # reached through its record only: data.attachments.find
    if model is Notice and viewer.scope in MANAGEMENT:
        # A draft is its office's own; an enterprise sees a notice through its receipt only.
        return or_(Notice.state != "draft", Notice.department_id == viewer.department_id)
    if model is ApiToken:
        return ApiToken.user_id == viewer.id
    if model in (CheckStandard, CheckItem) and viewer.scope not in MANAGEMENT:
        return _standards(model, viewer)
    if model is Incident:
        return _incidents(viewer)
    if model in (IncidentTask, IncidentReport, IncidentCircle):
        return _of_incidents(model, viewer)
    owner = _owner(model)
    if owner is not None:
        # A camera without an enterprise is the park's own, seen by the park's people only.
        return _inside(owner, viewer) if model is not SecondaryUnit else _secondary_units(viewer)
    if getattr(model, "__owned_by__", ""):
        return true() if viewer.scope in MANAGEMENT else false()
    # A table of the park itself (divisions, departments, areas …) has no owner: whoever holds the page's permission sees it.
    return true() if issubclass(model, Record) else false()


def _trail(viewer: Viewer) -> ColumnElement[bool]:
    """Of the trail a viewer sees what was done to the enterprises that they see, and to the hidden dangers of these."""
    firms = select(Enterprise.id).where(_supervised(Enterprise, viewer, Enterprise.id))
    dangers = select(HiddenDanger.id).where(HiddenDanger.enterprise_id.in_(firms))
    of_firms = and_(AuditEntry.table_name == Enterprise.__tablename__, AuditEntry.record_id.in_(firms))
    return or_(of_firms, and_(AuditEntry.table_name == HiddenDanger.__tablename__, AuditEntry.record_id.in_(dangers)))


def _standards(model: Any, viewer: Viewer) -> ColumnElement[bool]:
    """The park's guiding standards that an enterprise goes by: those for all, for its type and for the class of its type."""
    if viewer.scope != "own_enterprise" or not viewer.enterprise_id:
        return false()
    own = select(Enterprise.unit_type_id).where(Enterprise.id == viewer.enterprise_id).scalar_subquery()
    above = select(UnitType.parent_id).where(UnitType.id == own).scalar_subquery()
    mine = and_(CheckStandard.is_active, CheckStandard.deleted_at.is_(None), or_(CheckStandard.unit_type_id.is_(None), CheckStandard.unit_type_id.in_([own, above])))
    return mine if model is CheckStandard else CheckItem.standard_id.in_(select(CheckStandard.id).where(mine))


def _incidents(viewer: Viewer) -> ColumnElement[bool]:
    """Those of the enterprises that the viewer sees. One that lies in no enterprise, as on a road: whoever took it in, the place in which
    it lies and those above it, and the offices that were asked to do something about it; no enterprise and nobody else."""
    owned = _inside(Incident.enterprise_id, viewer)
    if viewer.scope not in MANAGEMENT:
        return owned
    asked = select(IncidentTask.incident_id).where(IncidentTask.deleted_at.is_(None), or_(given_to(viewer), _asked(viewer)))
    reasons = [Incident.received_by_id == viewer.id, Incident.id.in_(asked)]
    if viewer.scope == "divisions" and viewer.division_id:
        reasons.append(within(Incident.division_id, Division, viewer.division_id))
    return or_(owned, and_(Incident.enterprise_id.is_(None), or_(*reasons)))


def _asked(viewer: Viewer) -> ColumnElement[bool]:
    """The tasks that were given to the viewer's office or one below it: to one of its people, or to one of its teams."""
    people = IncidentTask.user_id.in_(select(User.id).where(_colleagues(viewer)))
    if viewer.scope != "departments" or not viewer.department_id:
        return people
    teams = select(RescueTeam.id).where(within(RescueTeam.department_id, Department, viewer.department_id), RescueTeam.deleted_at.is_(None))
    return or_(people, IncidentTask.team_id.in_(teams))


def _of_incidents(model: Any, viewer: Viewer) -> ColumnElement[bool]:
    """What belongs to an incident that the viewer sees, and the tasks that were given to the viewer wherever the incident lies."""
    seen = model.incident_id.in_(select(Incident.id).where(_incidents(viewer)))
    return or_(seen, given_to(viewer)) if model is IncidentTask else seen


def given_to(viewer: Viewer) -> ColumnElement[bool]:
    """The tasks of incidents that were given to the viewer, or to a team of the viewer's office without naming a person."""
    teams = select(RescueTeam.id).where(RescueTeam.department_id == viewer.department_id, RescueTeam.deleted_at.is_(None))
    return or_(IncidentTask.user_id == viewer.id, and_(IncidentTask.user_id.is_(None), IncidentTask.team_id.in_(teams)))


def _owner(model: type[Any]) -> Any:
    if model is Vehicle:
        return Vehicle.carrier_id
    if model is Alarm:
        return Alarm.enterprise_id
    return getattr(model, "enterprise_id", None)


def _inside(owner: Any, viewer: Viewer) -> ColumnElement[bool]:
    """What belongs to an enterprise that the viewer sees."""
    if viewer.scope == "own_enterprise":
        return owner == viewer.enterprise_id if viewer.enterprise_id else false()
    return owner.in_(select(Enterprise.id).where(_supervised(Enterprise, viewer, Enterprise.id)))


def _supervised(model: type[Any], viewer: Viewer, enterprise_id: Any) -> ColumnElement[bool]:
    """The rows of a model with department_id and division_id that are under the viewer's hand."""
    match viewer.scope:
        case "own_enterprise" if viewer.enterprise_id:
            return enterprise_id == viewer.enterprise_id
        case "departments" if viewer.department_id:
            return within(model.department_id, Department, viewer.department_id)
        case "own_organisation" if viewer.department_id:
            return model.department_id == viewer.department_id
        case "divisions" if viewer.division_id:
            return within(model.division_id, Division, viewer.division_id)
        case _:
            return false()


def _received(viewer: Viewer) -> ColumnElement[bool]:
    """What was sent to the viewer, or to the enterprise on whose side the viewer is, and stands."""
    standing = select(Notice.id).where(Notice.state == "sent", Notice.deleted_at.is_(None))
    mine = NoticeReceipt.enterprise_id == viewer.enterprise_id if viewer.is_enterprise else NoticeReceipt.user_id == viewer.id
    return and_(mine, NoticeReceipt.notice_id.in_(standing))


def _colleagues(viewer: Viewer) -> ColumnElement[bool]:
    """The people of one's own office or enterprise, and of those below it."""
    match viewer.scope:
        case "own_enterprise" if viewer.enterprise_id:
            return User.enterprise_id == viewer.enterprise_id
        case "departments" if viewer.department_id:
            return within(User.department_id, Department, viewer.department_id)
        case "own_organisation" if viewer.department_id:
            return User.department_id == viewer.department_id
        case "divisions" if viewer.division_id:
            return within(User.division_id, Division, viewer.division_id)
        case _:
            return false()


def _secondary_units(viewer: Viewer) -> ColumnElement[bool]:
    """Those of the enterprises that the viewer sees, and those that have the viewer's authority as their own."""
    own = _supervised(SecondaryUnit, viewer, SecondaryUnit.enterprise_id)
    return or_(own, _inside(SecondaryUnit.enterprise_id, viewer))


def _saved_queries(viewer: Viewer) -> ColumnElement[bool]:
    """One's own, and those that an authority's people share among themselves; a service account sees all."""
    if viewer.id is None:
        return true() if viewer.scope == "all" else false()
    own = SavedQuery.user_id == viewer.id
    return or_(own, SavedQuery.is_shared) if viewer.scope in MANAGEMENT else own


def _subscribed(model: Any, viewer: Viewer) -> ColumnElement[bool]:
    """One's own alone; who acts as an enterprise does not see their own there. A service account sees all."""
    if viewer.id is None:
        return true() if viewer.scope == "all" else false()
    return model.user_id == viewer.id if not viewer.acting_for else false()
