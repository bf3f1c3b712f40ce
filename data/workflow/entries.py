"""The lines of somebody's boxes as they are read: what, where it stands, from whom, until when, and where it is worked on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, selectinload

from data import query
from data.calendar import park_day
from data.choices import Choice
from data.errors import NotFound
from data.models import Enterprise, User, WorkflowCase, WorkflowCopy, WorkflowSign
from data.query import Page, visible
from data.rules.deadlines import remaining
from data.viewer import Viewer
from data.workflow import todos
from data.workflow.declaration import Workflow
from data.workflow.people import is_able, whom
from data.workflow.registry import workflow, workflows
from data.workflow.rules import Rule, rule_of

MOST_WORDS = 5  # of a keyword


@dataclass(frozen=True)
class Entry:
    """One case in somebody's box. ``href`` is empty when the record is gone; ``waits_for`` says who must act now.

    ``sender`` brought it here at ``at``: who sent it on, asked for the opinion (``is_sign``), or told of it (``is_unread``).
    """

    case_id: int
    title: str
    href: str
    flow: str
    step: str
    waits_for: str
    enterprise: str
    sender: str
    at: datetime
    due_on: date | None
    left: Choice | None
    is_sign: bool = False
    is_unread: bool = False
    is_urged: bool = False


def entries(session: Session, viewer: Viewer, box: str, now: datetime, *, keyword: str = "", flow: str = "", number: int = 1, size: int = 20) -> Page:
    """One page of a box as ``Entry`` rows; the last page when a later one is asked for. A flow that does not exist has no rows."""
    statement = _matching(todos.box(session, viewer, box), keyword, flow)
    total = query.count(session, statement, WorkflowCase)
    known = min(total, query.COUNT_CAP)
    number = max(1, min(number, -(-known // size)))
    ordered = todos.in_order(statement, box).options(selectinload(WorkflowCase.sent_by)).offset((number - 1) * size).limit(size)
    cases = session.scalars(ordered).unique().all()
    return Page(_read(session, viewer, cases, box, now), known, total > query.COUNT_CAP, number)


def box_counts(session: Session, viewer: Viewer) -> dict[str, int]:
    """How many cases are in each box; counting stops one behind ``query.COUNT_CAP``."""
    return {one.code: query.count(session, todos.box(session, viewer, one.code), WorkflowCase) for one in todos.BOXES}


def due_day(case: WorkflowCase) -> date | None:
    """The last day on which the case is dealt with in time; ``due_at`` is the instant at which that day is over."""
    return park_day(case.due_at - timedelta(microseconds=1)) if case.due_at else None


def _matching(statement: Select[WorkflowCase], keyword: str, flow: str) -> Select[WorkflowCase]:
    for part in keyword.split()[:MOST_WORDS]:
        named = select(Enterprise.id).where(Enterprise.name.icontains(part, autoescape=True))
        statement = statement.where(or_(WorkflowCase.title.icontains(part, autoescape=True), WorkflowCase.enterprise_id.in_(named)))
    return statement.where(WorkflowCase.workflow == flow) if flow else statement


def _read(session: Session, viewer: Viewer, cases: Sequence[WorkflowCase], box: str, now: datetime) -> list[Entry]:
    ids = [one.id for one in cases]
    asked = _asked(session, viewer, ids) if box == "todo" else {}
    told = _told(session, viewer, ids) if box == "copied" else {}
    hrefs = _hrefs(session, viewer, cases)
    waits = _Waiting(session)
    found = []
    for case in cases:
        flow = workflow(case.workflow)
        sender, at = case.sent_by.name if case.sent_by else "", case.since
        if case.id in asked:
            sender, at = asked[case.id]
        if case.id in told:
            sender, at, _ = told[case.id]
        due_on, is_over = due_day(case), case.ended_at is not None
        found.append(
            Entry(
                case_id=case.id,
                title=case.title,
                href=hrefs.get((case.workflow, case.record_id), ""),
                flow=flow.title,
                step=flow.node(case.node).label,
                waits_for="" if is_over else waits.words(flow, case),
                enterprise=case.enterprise.name if case.enterprise else "",
                sender=sender,
                at=at,
                due_on=due_on,
                left=remaining(due_on or park_day(now), park_day(now), is_closed=True) if is_over else remaining(due_on, park_day(now)),
                is_sign=case.id in asked,
                is_unread=case.id in told and told[case.id][2] is None,
                is_urged=box == "todo" and case.urged_at is not None,
            )
        )
    return found


class _Waiting:
    """Who must act at a node, in words; a page of a box names few nodes many times."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.known: dict[tuple[str, str], tuple[Rule, str]] = {}

    def words(self, flow: Workflow, case: WorkflowCase) -> str:
        node, key = flow.node(case.node), (flow.key, case.node)
        if key not in self.known:
            rule = rule_of(self.session, flow, case.node)
            self.known[key] = rule, whom(self.session, node, rule)
        rule, words = self.known[key]
        return case.holder.name if case.holder is not None and is_able(case.holder, node, rule) else words


def _hrefs(session: Session, viewer: Viewer, cases: Sequence[WorkflowCase]) -> dict[tuple[str, int], str]:
    found: dict[tuple[str, int], str] = {}
    for flow in workflows().values():
        ids = [one.record_id for one in cases if one.workflow == flow.key]
        rows = session.scalars(visible(flow.model, viewer).where(flow.model.id.in_(ids))).unique() if ids else ()
        found |= {(flow.key, one.id): flow.href_of(one) for one in rows}
    return found


def _asked(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, tuple[str, datetime]]:
    """By whom and when the viewer was asked for an opinion that is still open, by case."""
    mine = select(WorkflowSign.case_id, User.name, WorkflowSign.asked_at).outerjoin(User, User.id == WorkflowSign.asked_by_id)
    mine = mine.where(WorkflowSign.case_id.in_(ids), WorkflowSign.user_id == viewer.id, WorkflowSign.answered_at.is_(None), WorkflowSign.dropped_at.is_(None))
    return {case_id: (name or "", at) for case_id, name, at in session.execute(mine)}


def _told(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, tuple[str, datetime, datetime | None]]:
    """By whom and when the viewer was told, and when they read it, by case."""
    mine = select(WorkflowCopy.case_id, User.name, WorkflowCopy.sent_at, WorkflowCopy.read_at).outerjoin(User, User.id == WorkflowCopy.sent_by_id)
    mine = mine.where(WorkflowCopy.case_id.in_(ids), WorkflowCopy.user_id == viewer.id)
    return {case_id: (name or "", at, read_at) for case_id, name, at, read_at in session.execute(mine)}


def known_flow(key: str) -> str:
    """The key when there is such a workflow, else nothing: addresses are typed by anybody."""
    try:
        return workflow(key).key
    except NotFound:
        return ""
