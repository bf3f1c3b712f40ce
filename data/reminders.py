"""Reminders by the clock: cases nearly due or overdue, dangers past their deadline, reporting periods that end, inspections of today.

Each is a message to the persons who can act (``data.messages``), once a day and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from data import channels, db
from data.calendar import park_day
from data.danger_reports import due_soon
from data.dangers import is_open
from data.inspections import waiting_of
from data.messages import tell, users_with
from data.models import HiddenDanger, Role, User, WorkflowCase
from data.query import visible
from data.rules.deadlines import NEAR_DAYS, remaining
from data.viewers import viewer_from
from data.workflow.people import holders
from data.workflow.registry import workflow
from data.workflow.rules import declared, rules

AT_ONCE = 500
HANDLE, OWN, RISKS = "danger.handle", "own.danger", "own.risk"
OFFICE_LIST, OWN_LIST, OWN_REPORTS, OWN_INSPECTIONS, TODOS = "/dangers/unrectified", "/own/dangers", "/own/reports", "/own/inspections", "/todos"


def run(now: datetime) -> int:
    """Everything that is due now; how many messages were written. Called every hour: what was told today is not told again."""
    parts: tuple[Callable[[Session, datetime], int], ...] = (remind_cases, remind_dangers, remind_periods, remind_inspections)
    told = 0
    for part in parts:
        with db.session() as session:
            told += part(session, now)
    return told


def remind_cases(session: Session, now: datetime) -> int:
    """Tell the holders of each open case that is due within its node's days of reminder, or overdue."""
    today = park_day(now)
    own = rules(session)
    furthest = max((one.remind_days for one in own.values()), default=0)
    last = now + timedelta(days=max(furthest, 1) + 1)
    waiting = select(WorkflowCase).where(WorkflowCase.ended_at.is_(None), WorkflowCase.due_at < last)
    waiting = waiting.where(or_(WorkflowCase.reminded_on.is_(None), WorkflowCase.reminded_on < today)).order_by(WorkflowCase.due_at, WorkflowCase.id)
    told = cases = 0
    for case in session.scalars(waiting.limit(AT_ONCE)).unique():
        flow = workflow(case.workflow)
        if not flow.has(case.node) or case.due_at is None:
            continue
        node = flow.node(case.node)
        rule = own.get((case.workflow, case.node)) or declared(node)
        # ``due_at`` is the end of the last day: one moment earlier lies on it.
        last_day = park_day(case.due_at - timedelta(seconds=1))
        standing = remaining(last_day, today)
        if standing is None or (last_day - today).days > rule.remind_days:
            continue
        is_over = standing.code == "over"
        title = f"{standing.word}：{node.label} · {case.title}"
        people = [one.id for one in holders(session, case)]
        new = tell(
            session,
            people,
            "overdue" if is_over else "due",
            title,
            body=f"{flow.title}，办理期限 {last_day:%Y-%m-%d}，请尽快办理。" if not is_over else f"{flow.title}，办理期限 {last_day:%Y-%m-%d}，已超期，请立即办理。",
            href=_case_href(session, case),
            once=f"case:{case.id}:{case.node}:{today:%Y%m%d}",
            to_robot=False,
            now=now,
        )
        case.reminded_on = today
        told, cases = told + new, cases + bool(new)
    if cases:
        channels.tell_robot(session, f"有 {cases:,} 件待办即将到期或已超期", "已提醒各办理人，请尽快办理。", TODOS, now=now)
    return told


def remind_dangers(session: Session, now: datetime) -> int:
    """Tell everybody who puts dangers right, or sees to it, how many in their sight are past their deadline or nearly so."""
    today = park_day(now)
    mark = f"dangers:{today:%Y%m%d}"
    near = today + timedelta(days=NEAR_DAYS)
    if not session.scalar(select(func.count()).select_from(HiddenDanger).where(_due(near), HiddenDanger.deleted_at.is_(None))):
        return 0
    told = 0
    for user in _people(session, (HANDLE, OWN)):
        viewer = viewer_from(user)
        counts = visible(HiddenDanger, viewer).where(_due(near)).with_only_columns(func.count(), func.count().filter(HiddenDanger.deadline_on < today)).order_by(None)
        due, over = session.execute(counts).one()
        if not due:
            continue
        parts = [f"{over:,} 条已超期"] if over else []
        parts += [f"{due - over:,} 条在 {NEAR_DAYS} 天内到期"] if due > over else []
        href = OWN_LIST if viewer.is_enterprise else OFFICE_LIST
        told += tell(session, [user.id], "overdue" if over else "due", f"未整改隐患：{'，'.join(parts)}", href=href, once=mark, to_robot=False, now=now)
    return told


def remind_periods(session: Session, now: datetime) -> int:
    """Tell the people of each enterprise whose reporting period ends soon, or is past its last day."""
    today = park_day(now)
    ending = [report for _, report in due_soon(session, today)]
    people = users_with(session, OWN, enterprise_ids=[one.enterprise_id for one in ending])
    told = 0
    for one in ending:
        standing = remaining(one.due_on, today)
        word = standing.word if standing else ""
        title = f"{one.period} 隐患上报{word}"
        body = f"请于 {one.due_on:%Y-%m-%d} 前上报。没有隐患的，须申报零隐患。"
        once = f"report:{one.period}:{today:%Y%m%d}"
        told += tell(session, people.get(one.enterprise_id, []), "due", title, body=body, href=OWN_REPORTS, once=once, to_robot=False, now=now)
    return told


def remind_inspections(session: Session, now: datetime) -> int:
    """Tell the people of each enterprise how many measures wait to be inspected today."""
    waiting = waiting_of(session, now)
    people = users_with(session, RISKS, enterprise_ids=list(waiting))
    told = 0
    for firm, number in waiting.items():
        once = f"inspections:{firm}:{park_day(now):%Y%m%d}"
        told += tell(session, people.get(firm, []), "due", f"今日待巡检 {number:,} 项管控措施", body="请按周期到巡检点检查；到期没有登记的记为漏检。", href=OWN_INSPECTIONS, once=once, to_robot=False, now=now)
    return told


def _due(near: date) -> ColumnElement[bool]:
    return and_(is_open(), HiddenDanger.deadline_on <= near)


def _people(session: Session, permissions: Iterable[str]) -> Sequence[User]:
    found = select(User).join(Role, Role.id == User.role_id).where(User.is_active, User.deleted_at.is_(None), Role.deleted_at.is_(None))
    return session.scalars(found.where(or_(*(Role.permissions.contains([one]) for one in permissions))).order_by(User.id)).unique().all()


def _case_href(session: Session, case: WorkflowCase) -> str:
    flow = workflow(case.workflow)
    record = session.get(flow.model, case.record_id)
    return flow.href_of(record) if record is not None else TODOS
