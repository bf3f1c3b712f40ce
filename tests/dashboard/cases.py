"""Cases on their way, in the database of a module: what pages about to-dos have to show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data import db
from data.models import Enterprise, HiddenDanger, MajorCriterion, User, WorkflowCase
from data.save import create
from data.viewer import Viewer, system_viewer
from data.viewers import viewer_from
from data.workflow import steps
from data.workflows.general_danger import GENERAL_DANGER
from data.workflows.major_danger import MAJOR_DANGER

MAKER = system_viewer("tests")


def firm_of(session: Session, username: str = "dept") -> Enterprise:
    """The first enterprise with a user of its own that the officer's department supervises."""
    department = select(User.department_id).where(User.username == username).scalar_subquery()
    found = select(Enterprise).join(User, User.enterprise_id == Enterprise.id).where(Enterprise.department_id == department)
    return session.scalars(found.order_by(Enterprise.id)).unique().first()  # type: ignore[return-value]


def viewer(username: str) -> Viewer:
    """A user of the demo park; ``own`` is the one of ``firm_of``."""
    with db.read_session() as session:
        wanted = User.enterprise_id == firm_of(session).id if username == "own" else User.username == username
        return viewer_from(session.scalars(select(User).where(wanted)).first())  # type: ignore[arg-type]


def reported(name: str, at: datetime) -> int:
    """The id of the case of a major danger that the enterprise ``own`` reported at that time."""
    who = viewer("own")
    with db.session() as session:
        values = {"enterprise_id": who.enterprise_id, "name": name, "level": "major", "state": "report", "found_on": date(2026, 1, 5)}
        danger = create(session, HiddenDanger, MAKER, values)
        told = {"criterion_id": session.scalar(select(MajorCriterion.id).limit(1)), "cause": "失效", "harm": "泄漏", "difficulty": "停用"}
        return steps.begin(session, who, MAJOR_DANGER, danger, "submit", now=at, values=told).id


def opened(name: str, node: str, at: datetime) -> int:
    """The id of the case of a general danger of ``own`` that began at that node."""
    with db.session() as session:
        values = {"enterprise_id": firm_of(session).id, "name": name, "level": "general", "state": "rectify", "found_on": date(2026, 1, 5)}
        return steps.open_at(session, MAKER, GENERAL_DANGER, create(session, HiddenDanger, MAKER, values), node, now=at).id


def node_of(identity: int) -> str:
    """Where the case stands."""
    with db.read_session() as session:
        return session.scalars(select(WorkflowCase.node).where(WorkflowCase.id == identity)).one()


def done(identity: int, step: Callable[..., Any], *given: Any, by: str, now: datetime, **more: Any) -> None:
    """Take a step of ``steps`` or ``signing`` on the case."""
    with db.session() as session:
        case = session.get(WorkflowCase, identity)
        assert case is not None
        step(session, viewer(by), case, *given, version=case.version, now=now, **more)


def user_id(username: str) -> int:
    """The id of a user."""
    return viewer(username).id or 0


