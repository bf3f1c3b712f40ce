"""巡检: tasks made by the clock in the cycle of each measure, what was found, and what was missed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, joinedload

from data import dangers, save
from data.attachments import attachments_of, show_too
from data.calendar import park_day
from data.choices import Choice
from data.choices.risks import INSPECTION_RESULTS, INSPECTION_STATES
from data.errors import Conflict, Invalid
from data.models import (
    Enterprise,
    HiddenDanger,
    InspectionRecord,
    InspectionTask,
    RiskMeasure,
    RiskObject,
    RiskUnit,
)
from data.query import get, visible
from data.risks import require_own
from data.rules.risk import window
from data.settings import current_settings
from data.validity import NOT_SAVED
from data.viewer import Viewer

MOST_SHOWN = 30
MOST_OF_DAY = 2_000


# The clock


def make_tasks(session: Session, now: datetime) -> int:
    """Make the tasks of the cycles in which ``now`` lies; how many were made. Repeating it changes nothing.

    Measures that a person inspects, in use and below an object in force, of enterprises in production.
    """
    zone = ZoneInfo(current_settings().time_zone)
    wanted = [RiskMeasure.way == "manual", RiskMeasure.is_active, RiskMeasure.deleted_at.is_(None), RiskObject.is_in_force, RiskObject.deleted_at.is_(None), Enterprise.state == "running", Enterprise.deleted_at.is_(None)]
    cycles = session.execute(select(RiskMeasure.cycle_count, RiskMeasure.cycle_unit).where(RiskMeasure.way == "manual", RiskMeasure.cycle_count > 0).distinct()).all()
    made = 0
    for count, unit in cycles:
        begin, end = window(int(count or 1), str(unit), now, zone)
        person = func.coalesce(RiskMeasure.person, RiskUnit.person, RiskObject.person)
        columns = ("enterprise_id", "object_id", "unit_id", "measure_id", "person", "begins_at", "due_at", "state")
        values = (RiskMeasure.enterprise_id, RiskMeasure.object_id, RiskMeasure.unit_id, RiskMeasure.id, person, literal(begin), literal(end), literal("open"))
        rows = select(*values).join(RiskObject, RiskObject.id == RiskMeasure.object_id).join(RiskUnit, RiskUnit.id == RiskMeasure.unit_id).join(Enterprise, Enterprise.id == RiskMeasure.enterprise_id)
        rows = rows.where(*wanted, RiskMeasure.cycle_count == count, RiskMeasure.cycle_unit == unit)
        made += session.execute(upsert(InspectionTask).from_select(columns, rows).on_conflict_do_nothing()).rowcount  # type: ignore[attr-defined]
    return made


def find_missed(session: Session, now: datetime) -> int:
    """Call what was not looked at by the end of its cycle missed; how many."""
    late = update(InspectionTask).where(InspectionTask.state == "open", InspectionTask.due_at <= now, InspectionTask.deleted_at.is_(None))
    return session.execute(late.values(state="missed", version=InspectionTask.version + 1, updated_at=now)).rowcount  # type: ignore[attr-defined]


# People


def check(session: Session, viewer: Viewer, task: InspectionTask, values: Mapping[str, Any], *, now: datetime) -> tuple[InspectionRecord, HiddenDanger | None]:
    """The record of the task, and the hidden danger when one was found.

    ``values``: ``result``, ``note``, ``is_at_place``; with a danger ``name``, ``level``, ``kind``, ``treatment``, ``deadline_on``, ``measures``.
    Conflict when the task is done or over, Invalid with the fields.
    """
    require_own(viewer)
    task = session.scalars(select(InspectionTask).where(InspectionTask.id == task.id).with_for_update(of=InspectionTask).execution_options(populate_existing=True)).one()
    if task.state != "open":
        raise Conflict("这项巡检已经登记过，请刷新页面。" if task.state == "done" else "这项巡检已过截止时间，记为漏检，不能再补登。")
    if now < task.begins_at or now >= task.due_at:
        raise Conflict("还没有到这项巡检的时间。" if now < task.begins_at else "这项巡检已过截止时间，不能再补登。")
    result = str(values.get("result") or "")
    if result not in {one.code for one in INSPECTION_RESULTS}:
        raise Invalid(NOT_SAVED, {"result": "请选择巡检结果。"})
    if result == "unused" and not values.get("note"):
        raise Invalid(NOT_SAVED, {"note": "停用未查请说明原因。"})
    given = {"enterprise_id": task.enterprise_id, "object_id": task.object_id, "unit_id": task.unit_id, "measure_id": task.measure_id, "result": result, "checked_at": now}
    given |= {"checker": viewer.name, "checked_by_id": viewer.id, "is_at_place": bool(values.get("is_at_place")), "note": values.get("note") or values.get("name") or None}
    record = save.create(session, InspectionRecord, viewer, given)
    save.update(session, task, viewer, {"state": "done", "record_id": record.id})
    return record, _found(session, viewer, task, record, values, now) if result == "danger" else None


def check_all(session: Session, viewer: Viewer, tasks: Sequence[InspectionTask], *, is_at_place: bool, now: datetime) -> int:
    """Record each of these tasks as 正常; how many."""
    for task in tasks:
        check(session, viewer, task, {"result": "normal", "is_at_place": is_at_place}, now=now)
    return len(tasks)


def _found(session: Session, viewer: Viewer, task: InspectionTask, record: InspectionRecord, values: Mapping[str, Any], now: datetime) -> HiddenDanger:
    """A hidden danger at the place of the inspection, on its way at once unless something is missing: a major one needs its report."""
    faults = {} if values.get("name") else {"name": "请描述发现的隐患。"}
    general = values.get("level", "general") != "major"
    if general and not values.get("deadline_on"):
        faults["deadline_on"] = "请填写整改期限。"
    if faults:
        raise Invalid(NOT_SAVED, faults)
    unit = session.get(RiskUnit, task.unit_id)
    place = f"{task.risk_object.name} {unit.name if unit else ''}".strip()
    given = {name: values[name] for name in ("name", "level", "kind", "deadline_on", "measures") if values.get(name)}
    danger = dangers.register(session, viewer, {**given, "place": place, "person": task.person or viewer.name, "found_on": park_day(now), "treatment": "by_deadline"}, now=now, inspection=record)
    _give_photos(session, viewer, task, danger)
    if general:
        dangers.put_on_its_way(session, viewer, danger, now=now)
    return danger


def _give_photos(session: Session, viewer: Viewer, task: InspectionTask, danger: HiddenDanger) -> None:
    """The photos of the inspection show the danger before it is put right; the bytes lie once."""
    for one in attachments_of(session, task)["photo"]:
        show_too(session, viewer, one, danger, "before")


class Place(NamedTuple):
    """A place with what is to be inspected there now, and how much of it is done."""

    unit: RiskUnit
    open: list[InspectionTask]
    done: list[InspectionTask]


def due_now(session: Session, viewer: Viewer, now: datetime, *, person: str = "", place_code: str = "") -> list[Place]:
    """The places of the viewer's enterprise with the tasks whose cycle runs now, those first where something is due soonest."""
    firm = require_own(viewer)
    wanted = visible(InspectionTask, viewer).where(InspectionTask.enterprise_id == firm, InspectionTask.begins_at <= now, InspectionTask.due_at > now, InspectionTask.state.in_(("open", "done")))
    if person:
        wanted = wanted.where(InspectionTask.person == person)
    if place_code:
        wanted = wanted.where(InspectionTask.unit_id.in_(select(RiskUnit.id).where(RiskUnit.place_code == place_code, RiskUnit.deleted_at.is_(None))))
    whole = wanted.options(joinedload(InspectionTask.measure), joinedload(InspectionTask.unit)).order_by(InspectionTask.due_at, InspectionTask.id).limit(MOST_OF_DAY)
    places: dict[int, Place] = {}
    for task in session.scalars(whole).unique():
        place = places.setdefault(task.unit_id, Place(task.unit, [], []))
        (place.open if task.state == "open" else place.done).append(task)
    return sorted(places.values(), key=lambda one: (not one.open, one.open[0].due_at if one.open else now, one.unit.id))


def people_of(session: Session, viewer: Viewer, now: datetime) -> list[str]:
    """Who has something to inspect now at the viewer's enterprise."""
    firm = require_own(viewer)
    wanted = select(InspectionTask.person).where(InspectionTask.enterprise_id == firm, InspectionTask.state == "open", InspectionTask.begins_at <= now, InspectionTask.due_at > now, InspectionTask.person.is_not(None))
    return sorted(set(filter(None, session.scalars(wanted.distinct()))))


def missed_since(session: Session, viewer: Viewer, since: datetime) -> int:
    """How many inspections of the viewer's enterprise were missed since then."""
    mine = select(func.count()).where(InspectionTask.enterprise_id == require_own(viewer), InspectionTask.state == "missed", InspectionTask.due_at >= since, InspectionTask.deleted_at.is_(None))
    return session.scalar(mine) or 0


def waiting_of(session: Session, now: datetime) -> dict[int, int]:
    """How many inspections wait now, by enterprise."""
    runs = (InspectionTask.state == "open", InspectionTask.begins_at <= now, InspectionTask.due_at > now, InspectionTask.deleted_at.is_(None))
    return dict(session.execute(select(InspectionTask.enterprise_id, func.count()).where(*runs).group_by(InspectionTask.enterprise_id)).all())


def unit_at(session: Session, viewer: Viewer, code: str) -> RiskUnit:
    """The unit whose QR code was read, if the viewer sees it; NotFound else."""
    identity = session.scalar(select(RiskUnit.id).where(RiskUnit.place_code == code, RiskUnit.deleted_at.is_(None)))
    return get(session, RiskUnit, identity or 0, viewer)


# What lists show


def of_measure(session: Session, measure: RiskMeasure) -> Sequence[InspectionTask]:
    """The newest tasks of a measure."""
    mine = select(InspectionTask).where(InspectionTask.measure_id == measure.id, InspectionTask.deleted_at.is_(None))
    return session.scalars(mine.order_by(InspectionTask.begins_at.desc()).limit(MOST_SHOWN)).unique().all()


def outcome(task: InspectionTask) -> Choice:
    """What became of the task in one word: 正常, 发现隐患, 停用未查, 漏检, 待巡检, 已取消."""
    choices, code = (INSPECTION_RESULTS, task.record.result) if task.record is not None else (INSPECTION_STATES, task.state)
    return next(one for one in choices if one.code == code)


def dangers_of(session: Session, records: Sequence[int]) -> dict[int, HiddenDanger]:
    """The hidden danger that each of these inspections found."""
    wanted = select(HiddenDanger).where(HiddenDanger.inspection_id.in_(records), HiddenDanger.deleted_at.is_(None))
    return {one.inspection_id: one for one in session.scalars(wanted).unique() if one.inspection_id is not None}


class Figures(NamedTuple):
    """Inspections that are over, counted; ``measures_done`` of ``measures_due`` were looked at at least once."""

    due: int
    done: int
    missed: int
    measures_due: int
    measures_done: int
    enterprises: int
    missing_enterprises: int

    @property
    def completion(self) -> str:
        """Done of due, in percent."""
        return f"{100 * self.done / self.due:.1f} %" if self.due else "—"

    @property
    def coverage(self) -> str:
        """Measures looked at of those that were to be looked at, in percent."""
        return f"{100 * self.measures_done / self.measures_due:.1f} %" if self.measures_due else "—"


def figures(session: Session, wanted: Select[Any]) -> Figures:
    """The figures of the tasks that ``wanted`` selects."""
    columns = (InspectionTask.state, InspectionTask.measure_id, InspectionTask.enterprise_id)
    found = wanted.with_only_columns(*columns, maintain_column_froms=True).order_by(None).cte("found")
    is_done, is_missed = found.c.state == "done", found.c.state == "missed"
    counts = (
        func.count(),
        func.count().filter(is_done),
        func.count().filter(is_missed),
        func.count(found.c.measure_id.distinct()),
        func.count(found.c.measure_id.distinct()).filter(is_done),
        func.count(found.c.enterprise_id.distinct()),
        func.count(found.c.enterprise_id.distinct()).filter(is_missed),
    )
    return Figures(*session.execute(select(*counts)).one())
