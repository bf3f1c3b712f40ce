"""What lists of risks tell besides the rows: counts below each, the worst level, the state of automatic measures, whole trees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from data.choices import Choice
from data.choices.risks import MEASURE_WAYS
from data.models import Alarm, InspectionRecord, LatestReading, Point, RiskEvent, RiskMeasure, RiskUnit
from data.rules.risk import cycle_words

STALE_PERIODS = 3


def counts(session: Session, model: type[Any], back: str, ids: Sequence[int]) -> dict[int, int]:
    """How many rows of the model refer to each of these ids by the column ``back``."""
    key = getattr(model, back)
    return dict(session.execute(select(key, func.count()).where(key.in_(ids), model.deleted_at.is_(None)).group_by(key)).all())


def worst_levels(session: Session, back: str, ids: Sequence[int], level: str = "present_level") -> dict[int, int]:
    """The most serious level of the events of each object (``object_id``) or unit (``unit_id``)."""
    key = getattr(RiskEvent, back)
    return dict(session.execute(select(key, func.min(getattr(RiskEvent, level))).where(key.in_(ids), RiskEvent.deleted_at.is_(None)).group_by(key)).all())


class TreeRow(NamedTuple):
    """One line of an object's tree; a unit or an event stands in its first line only, a place without measures too."""

    unit: RiskUnit | None
    event: RiskEvent | None
    measure: RiskMeasure | None


def tree_rows(session: Session, object_id: int) -> Iterator[TreeRow]:
    """The tree of an object line by line, in the order of entry."""
    def by(model: type[Any], back: str) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = {}
        for row in session.scalars(select(model).where(model.object_id == object_id, model.deleted_at.is_(None)).order_by(model.id)).unique():
            found.setdefault(getattr(row, back), []).append(row)
        return found

    events, measures = by(RiskEvent, "unit_id"), by(RiskMeasure, "event_id")
    for unit in by(RiskUnit, "object_id").get(object_id, []):
        first_unit: RiskUnit | None = unit
        for event in events.get(unit.id, [None]):
            first_event = event
            for measure in measures.get(event.id, [None]) if event is not None else [None]:
                yield TreeRow(first_unit, first_event, measure)
                first_unit = first_event = None


def control_words(measure: RiskMeasure) -> str:
    """How the measure is controlled: 人工巡检 每周, or 自动化监控."""
    cycle = cycle_words(measure.cycle_count, measure.cycle_unit)
    return " ".join(part for part in (next(one.word for one in MEASURE_WAYS if one.code == measure.way), cycle) if part)


def standings(session: Session, measures: Sequence[RiskMeasure], now: datetime) -> dict[int, Choice]:
    """How each measure stands: an automatic one by its live point (有效, 报警, 停更), a manual one by its last inspection."""
    found = {}
    points = {one.point_id for one in measures if one.point_id}
    latest = {row.point_id: row for row in session.scalars(select(LatestReading).where(LatestReading.point_id.in_(points)))}
    periods: dict[int, int] = dict(session.execute(select(Point.id, Point.period_s).where(Point.id.in_(points))).all())
    open_alarms = select(Alarm.source_id).where(Alarm.source_type == "point", Alarm.source_id.in_(points), Alarm.closed_at.is_(None), Alarm.cleared_at.is_(None))
    alarming = set(session.scalars(open_alarms))
    last = last_results(session, [one.id for one in measures if one.way == "manual"])
    for one in measures:
        if not one.is_active:
            found[one.id] = Choice("off", "停用", "stale")
        elif one.way == "auto":
            found[one.id] = _live(one.point_id or 0, latest, periods, alarming, now)
        else:
            found[one.id] = last.get(one.id, Choice("never", "尚未巡检", "stale"))
    return found


def _live(point_id: int, latest: dict[int, LatestReading], periods: dict[int, int], alarming: set[int], now: datetime) -> Choice:
    row = latest.get(point_id)
    if point_id in alarming:
        return Choice("alarm", "措施失效（报警）", "danger")
    if row is None or (now - row.ts.astimezone(UTC)).total_seconds() > STALE_PERIODS * periods.get(point_id, 10):
        return Choice("stale", "数据停更", "stale")
    return Choice("normal", "有效", "ok")


def last_results(session: Session, measures: Sequence[int]) -> dict[int, Choice]:
    """The result of the newest inspection of each measure."""
    newest = select(InspectionRecord.measure_id, InspectionRecord.result).where(InspectionRecord.measure_id.in_(measures), InspectionRecord.deleted_at.is_(None))
    newest = newest.ext(distinct_on(InspectionRecord.measure_id)).order_by(InspectionRecord.measure_id, InspectionRecord.checked_at.desc())
    words = {"normal": Choice("normal", "正常", "ok"), "danger": Choice("danger", "发现隐患", "danger"), "unused": Choice("unused", "停用未查", "stale")}
    return {identity: words[result] for identity, result in session.execute(newest)}
