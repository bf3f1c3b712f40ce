"""What lists of hidden dangers tell besides the rows: the figures of those not put right yet, and where each stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Date, Select, case, cast, func, literal, select
from sqlalchemy.orm import Session

from data.errors import Conflict
from data.models import Enterprise, HiddenDanger, WorkflowCase
from data.query import Question, answer, in_order
from data.rules.deadlines import NEAR_DAYS
from data.statistics.parameters import question
from data.statistics.spots import MOST, Spot
from data.viewer import Viewer
from data.workflow import steps
from data.workflow.people import holders, is_able, whom
from data.workflow.registry import workflow
from data.workflow.rules import declared, rules

# What a list of those not put right asks of every row: it is open, and no draft.
OPEN = {"all": [{"field": "closed_on", "op": "empty"}, {"field": "state", "op": "ne", "value": "draft"}]}
MOST_NAMES = 3
_BANDS = ("none", "over", "near", "far")


class Band(NamedTuple):
    """The open dangers over, near or far from their deadline: how many, of how many enterprises, ``days`` the worst or the mean."""

    rows: int
    enterprises: int
    days: int | None


class Figures(NamedTuple):
    """The open dangers counted; ``without`` have no deadline yet, ``this_week`` of the near ones end with this week."""

    rows: int
    major: int
    without: int
    this_week: int
    bands: dict[str, Band]


class Standing(NamedTuple):
    """Where a danger stands: the step, for whom it waits in words, since when and until when."""

    step: str
    whom: str
    since: datetime
    due_at: datetime | None


def figures(session: Session, wanted: Select[Any], today: date) -> Figures:
    """The figures of the dangers that ``wanted`` selects; the boundaries are those of ``data.rules.deadlines``."""
    near = today + timedelta(days=NEAR_DAYS)
    sunday = today + timedelta(days=6 - today.weekday())
    narrow = wanted.with_only_columns(HiddenDanger.id, HiddenDanger.enterprise_id, HiddenDanger.level, HiddenDanger.deadline_on, maintain_column_froms=True)
    found = narrow.order_by(None).cte("found")
    day, left = found.c.deadline_on, found.c.deadline_on - cast(literal(today), Date)
    code = case((day.is_(None), 0), (day < today, 1), (day <= near, 2), else_=3).label("code")
    # By enterprise first: enterprises are few, so both steps are hashed; counting distinct ones of all rows sorts all rows.
    each = select(
        code,
        found.c.enterprise_id,
        func.count().label("rows"),
        func.count().filter(found.c.level == "major").label("major"),
        func.min(left).label("least"),
        func.sum(left).label("days"),
        func.count().filter(day <= sunday).label("this_week"),
    )
    firm = each.group_by(code, found.c.enterprise_id).subquery()
    sums = [func.sum(firm.c.rows), func.sum(firm.c.major), func.count(), func.min(firm.c.least), func.sum(firm.c.days) / func.sum(firm.c.rows), func.sum(firm.c.this_week)]
    asked = select(firm.c.code, *sums).group_by(firm.c.code)
    known: dict[str, Any] = {_BANDS[row[0]]: row for row in session.execute(asked)}

    def band(key: str, place: int, sign: int = 1) -> Band:
        row = known.get(key)
        return Band(row[1], row[3], sign * round(row[place])) if row else Band(0, 0, None)

    bands = {"over": band("over", 4, -1), "near": band("near", 4), "far": band("far", 5)}
    without = known["none"][1] if "none" in known else 0
    this_week = known["near"][6] if "near" in known else 0
    return Figures(sum(row[1] for row in known.values()), sum(row[2] for row in known.values()), without, this_week, bands)


def spread(session: Session, viewer: Viewer, choices: Mapping[str, str], today: date, most: int = MOST) -> list[Spot]:
    """The enterprises that the viewer sees and the choices leave, at most ``most``, those that are worst first.

    Keys: by the open danger with the earliest deadline ``over``, ``near`` or ``open``; by the worst level ``major`` or ``general``;
    ``none`` where nothing is open.
    """
    mine = answer(HiddenDanger, viewer, Question(conditions=OPEN)).order_by(None)
    earliest, is_major = func.min(HiddenDanger.deadline_on).label("earliest"), func.bool_or(HiddenDanger.level == "major").label("is_major")
    narrow = mine.with_only_columns(HiddenDanger.enterprise_id, earliest, is_major, maintain_column_froms=True)
    found = narrow.group_by(HiddenDanger.enterprise_id).subquery()
    is_open = found.c.enterprise_id.is_not(None)
    near = today + timedelta(days=NEAR_DAYS)
    by_deadline = case((found.c.earliest < today, "over"), (found.c.earliest <= near, "near"), (is_open, "open"), else_="none")
    by_level = case((found.c.is_major, "major"), (is_open, "general"), else_="none")
    columns = (Enterprise.id, func.coalesce(Enterprise.short_name, Enterprise.name), Enterprise.lon, Enterprise.lat, by_deadline, by_level)
    wanted = answer(Enterprise, viewer, question(Enterprise, choices)).outerjoin(found, found.c.enterprise_id == Enterprise.id)
    rows = wanted.with_only_columns(*columns, maintain_column_froms=True).order_by(None)
    rows = rows.order_by(found.c.earliest.nulls_last(), is_open.desc(), Enterprise.id).limit(most)
    return [Spot(identity, name, lon, lat, tuple(keys)) for identity, name, lon, lat, *keys in session.execute(rows)]


def most_urgent(session: Session, wanted: Select[Any], most: int) -> Sequence[HiddenDanger]:
    """The first of the dangers that ``wanted`` selects, the earliest deadline first; those without one last."""
    ordered = in_order(wanted, HiddenDanger, [("deadline_on", False)]).limit(most)
    return session.scalars(ordered).unique().all()


def standings(session: Session, dangers: Sequence[HiddenDanger]) -> dict[int, Standing]:
    """Where each of these stands, by id; nothing for what is no longer, or not yet, on its way."""
    mine = WorkflowCase.table_name == HiddenDanger.__tablename__
    wanted = select(WorkflowCase).where(mine, WorkflowCase.record_id.in_([one.id for one in dangers]), WorkflowCase.ended_at.is_(None))
    words: dict[tuple[str, str], str] = {}
    own = rules(session)
    found = {}
    for one in session.scalars(wanted).unique():
        flow = workflow(one.workflow)
        node = flow.node(one.node)
        rule = own.get((flow.key, node.key)) or declared(node)
        place = (one.workflow, one.node)
        if place not in words:
            words[place] = whom(session, node, rule)
        handed = one.holder is not None and is_able(one.holder, node, rule)
        found[one.record_id] = Standing(node.label, one.holder.name if one.holder is not None and handed else words[place], one.since, one.due_at)
    return found


def urge(session: Session, viewer: Viewer, danger: HiddenDanger, *, now: datetime, opinion: str = "") -> list[str]:
    """Ask those for whom the danger waits to hurry; their names. Conflict when it waits for nobody, or was urged within the hour."""
    case_ = steps.case_of(session, danger)
    if case_ is None or case_.ended_at is not None:
        raise Conflict("没有办理中的流程，不用催办。")
    steps.urge(session, viewer, case_, version=case_.version, now=now, opinion=opinion)
    return [one.name for one in holders(session, case_)]


def names_of(people: Sequence[str]) -> str:
    """张三、李四、王五 等 7 人."""
    return "、".join(people[:MOST_NAMES]) + (f" 等 {len(people)} 人" if len(people) > MOST_NAMES else "")
