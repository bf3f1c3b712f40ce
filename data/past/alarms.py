"""Alarms as they stood at a past instant, told by the steps of their lives.

What an alarm's row says is its end; what was known before is found by taking its steps one by one until the instant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, literal_column, select
from sqlalchemy import inspect as mapper_of
from sqlalchemy.orm import Session

from data.alarms import LEVELS, in_order
from data.live import Frame, alarm_row
from data.models import Alarm, AlarmEvent, Point, User
from data.models.alarm import LASTING
from data.query import visible
from data.viewer import Viewer

MILDER = {"high_high": "high", "low_low": "low"}
_CAME = ("raised", "again", "worse")
_COLUMNS = tuple(column.key for column in mapper_of(Alarm).column_attrs if column.columns[0].computed is None)


class Lives(NamedTuple):
    """Alarms that were open at some time of a span, with their steps in order, and what tells of them."""

    alarms: Sequence[Alarm]
    steps: dict[int, list[AlarmEvent]]
    names: dict[int, str]
    limits: dict[int, dict[str, float | None]]


def lives(session: Session, viewer: Viewer, start: datetime, end: datetime) -> Lives:
    """The alarms of the viewer's scope that were open at some time from ``start`` to ``end``, whatever they are about."""
    lasting = literal_column(LASTING).op("&&")(func.tstzrange(start, end, "[]"))
    alarms = session.scalars(visible(Alarm, viewer).where(lasting)).all()
    found = select(AlarmEvent).where(AlarmEvent.alarm_id.in_([one.id for one in alarms]))
    steps: dict[int, list[AlarmEvent]] = {}
    for step in session.scalars(found.order_by(AlarmEvent.at, AlarmEvent.id)) if alarms else []:
        steps.setdefault(step.alarm_id, []).append(step)
    people = {step.user_id for told in steps.values() for step in told if step.user_id}
    names = dict(session.execute(select(User.id, User.name).where(User.id.in_(people))).all()) if people else {}
    return Lives(alarms, steps, names, _limits(session, alarms))


def _limits(session: Session, alarms: Iterable[Alarm]) -> dict[int, dict[str, float | None]]:
    """The milder limits of points whose alarm ended at its graver one."""
    points = {one.source_id for one in alarms if one.source_type == "point" and one.kind in MILDER}
    if not points:
        return {}
    rows = session.execute(select(Point.id, Point.high, Point.low).where(Point.id.in_(points)))
    return {point: {"high": high, "low": low} for point, high, low in rows}


def standing(told: Lives, at: datetime) -> list[Alarm]:
    """The alarms that were open at ``at`` as they were then, in the order of the desk. They belong to no session and are never saved."""
    return in_order(then for one in told.alarms if (then := _then(one, told, at)) is not None)


def _then(alarm: Alarm, told: Lives, at: datetime) -> Alarm | None:
    if alarm.raised_at > at or (alarm.closed_at is not None and alarm.closed_at <= at):
        return None
    then = Alarm(**{name: getattr(alarm, name) for name in _COLUMNS})
    all_steps = told.steps.get(alarm.id, ())
    steps = [step for step in all_steps if step.at <= at]
    then.closed_at = then.resolved_at = then.cause = then.note = None
    if not any(step.what == "raised" for step in steps):  # older than its steps are kept: by what its row says
        _cut(then, at)
        return then
    then.cleared_at = then.acknowledged_at = then.acknowledged_by_id = then.in_progress_at = then.in_progress_by_id = None
    then.occurrences = 0
    for step in steps:
        _take(then, step)
    if _was_milder(then, all_steps, at):
        then.kind = MILDER[then.kind]
        then.level = LEVELS[then.kind]
        then.limit = told.limits.get(then.source_id, {}).get(then.kind)
    return then


def _cut(then: Alarm, at: datetime) -> None:
    """Take away what the row says of the time after ``at``."""
    if then.cleared_at is not None and then.cleared_at > at:
        then.cleared_at = None
    if then.acknowledged_at is not None and then.acknowledged_at > at:
        then.acknowledged_at = then.acknowledged_by_id = None
    if then.in_progress_at is not None and then.in_progress_at > at:
        then.in_progress_at = then.in_progress_by_id = None
    then.last_at = min(then.last_at, at)


def _take(then: Alarm, step: AlarmEvent) -> None:
    """What one step changes, as ``data.alarms`` writes it."""
    if step.what in _CAME:
        then.occurrences += step.what != "worse"
        then.last_at, then.cleared_at = step.at, None
        then.acknowledged_at = then.acknowledged_by_id = None
        then.value = step.value if step.value is not None else then.value
        if step.what == "worse":
            then.in_progress_at = then.in_progress_by_id = None
    elif step.what == "cleared":
        then.cleared_at = step.at
        then.value = step.value if step.value is not None else then.value
    elif step.what == "acknowledged":
        then.acknowledged_at, then.acknowledged_by_id = step.at, step.user_id
    elif step.what == "in_progress":
        then.in_progress_at, then.in_progress_by_id = step.at, step.user_id
        if then.acknowledged_at is None:
            then.acknowledged_at, then.acknowledged_by_id = step.at, step.user_id


def _was_milder(then: Alarm, steps: Sequence[AlarmEvent], at: datetime) -> bool:
    """Whether its value had not reached the graver limit yet at which the alarm ended."""
    if then.kind not in MILDER or then.limit is None:
        return False
    worse = [step.at for step in steps if step.what == "worse"]
    if worse:
        return min(worse) > at
    return not any(_reached(step, then) for step in steps if step.what in _CAME and step.at <= at)


def _reached(step: AlarmEvent, alarm: Alarm) -> bool:
    if step.value is None or alarm.limit is None:
        return True
    return step.value >= alarm.limit if alarm.kind == "high_high" else step.value <= alarm.limit


def rows(found: Sequence[Alarm], names: dict[int, str], values: dict[int, float]) -> list[Frame]:
    """The alarms as a browser shows them, those of points with the values of then."""
    return [alarm_row(one, names, values) for one in found]


def conditions(found: Sequence[Alarm]) -> dict[int, str]:
    """By point, the limit that its value had broken, as the live data name it."""
    measured: dict[int, Any] = {}
    for one in found:
        if one.source_type == "point" and one.condition in ("high", "low") and one.cleared_at is None:
            measured[one.source_id] = one.kind
    return measured
