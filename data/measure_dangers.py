"""Hidden dangers that no person had to find: a live point proves that an automatic measure failed.

One danger a measure while it is open. What alarms meanwhile belongs to it; people put it right and close it, the end of the alarm does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from data import dangers
from data.calendar import park_day
from data.choices import word
from data.choices.dangers import HIDDEN_STATES
from data.choices.monitoring import ALARM_KINDS
from data.dangers import MONITOR
from data.models import Alarm, Enterprise, HiddenDanger, RiskEvent, RiskMeasure, RiskObject, RiskUnit, WorkflowCase
from data.query import visible
from data.risks import OWN, VIEW
from data.settings import Settings, current_settings
from data.viewer import Viewer, system_viewer

MOST_SHOWN = 20
LOOK_BACK = timedelta(days=1)  # an alarm that is over already is still taken up, once: the jobs role may have been away
NO_FAILURE = ("false_alarm", "maintenance", "drill")  # causes by which people said that nothing failed
SILENT = 4  # the level of alarms of silence: 数据停更
_LOCK = 0x4D444752


class Failure(NamedTuple):
    """A measure and the alarm of its point."""

    measure: RiskMeasure
    alarm: Alarm


def run(session: Session, now: datetime, settings: Settings | None = None) -> list[HiddenDanger]:
    """Enter a danger for every automatic measure that failed and has none open; those that were entered. Repeating it changes nothing."""
    limits = settings or current_settings()
    if not limits.measure_dangers:
        return []
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    return [_register(session, one, now, limits) for one in _first_of_each(_failures(session, now, limits))]


def _failures(session: Session, now: datetime, limits: Settings) -> Iterator[Failure]:
    """Measures in force whose point alarmed after their last danger of this kind was closed, the oldest alarm first."""
    one = RiskMeasure
    mine = and_(HiddenDanger.measure_id == one.id, HiddenDanger.source == MONITOR, HiddenDanger.deleted_at.is_(None))
    is_open = select(HiddenDanger.id).where(mine, HiddenDanger.closed_on.is_(None)).exists()
    case = and_(WorkflowCase.table_name == HiddenDanger.__tablename__, WorkflowCase.record_id == HiddenDanger.id)
    closed_at = select(func.max(WorkflowCase.ended_at)).join(HiddenDanger, case).where(mine).scalar_subquery()
    known = select(HiddenDanger.id).where(HiddenDanger.measure_id == one.id, HiddenDanger.alarm_id == Alarm.id).exists()  # deleted ones too: a person took it away
    stands = (one.way == "auto", one.is_active, one.makes_danger, one.deleted_at.is_(None), RiskObject.is_in_force, RiskObject.deleted_at.is_(None), Enterprise.deleted_at.is_(None))
    lasts = and_(Alarm.closed_at.is_(None), Alarm.cleared_at.is_(None))
    failed = (or_(lasts, Alarm.raised_at > now - LOOK_BACK), Alarm.raised_at <= now, or_(Alarm.cause.is_(None), Alarm.cause.not_in(NO_FAILURE)))
    long_silent = and_(Alarm.level == SILENT, func.coalesce(Alarm.cleared_at, now) - Alarm.raised_at >= timedelta(minutes=limits.measure_danger_silent_minutes))
    counts = or_(Alarm.level < SILENT, long_silent) if limits.measure_danger_silent_minutes else Alarm.level < SILENT
    wanted = select(one, Alarm).join(Alarm, and_(Alarm.source_type == "point", Alarm.source_id == one.point_id)).join(RiskObject, RiskObject.id == one.object_id).join(Enterprise, Enterprise.id == one.enterprise_id)
    wanted = wanted.where(*stands, *failed, counts, ~is_open, ~known, or_(closed_at.is_(None), Alarm.raised_at > closed_at))
    for measure, alarm in session.execute(wanted.order_by(Alarm.raised_at, Alarm.id)).unique():
        yield Failure(measure, alarm)


def _first_of_each(failures: Iterable[Failure]) -> list[Failure]:
    found: dict[int, Failure] = {}
    for one in failures:
        found.setdefault(one.measure.id, one)
    return list(found.values())


def _register(session: Session, failure: Failure, now: datetime, limits: Settings) -> HiddenDanger:
    """The danger, on its way to the enterprise; its entry in the log names the alarm."""
    measure, alarm = failure
    said = alarm_words(alarm)
    unit, event, about = session.get_one(RiskUnit, measure.unit_id), session.get_one(RiskEvent, measure.event_id), session.get_one(RiskObject, measure.object_id)
    today = park_day(now)
    given = {
        "enterprise_id": measure.enterprise_id,
        "name": f"自动化监控措施失效：{measure.name}"[:300],
        "place": f"{about.name} {unit.name}"[:200],
        "level": "general",
        "source": MONITOR,
        "kind": "instrument" if alarm.level == SILENT or alarm.kind == "flat" else "process",
        "treatment": "by_deadline",
        "found_on": park_day(alarm.raised_at),
        "deadline_on": today + timedelta(days=limits.measure_danger_days),
        "person": measure.person or event.person or unit.person or about.person,
        "phone": about.phone,
        "cause": f"{said}。所控风险事件：{event.name}。",
        "measure_id": measure.id,
        "alarm_id": alarm.id,
    }
    service = system_viewer("监测系统")
    danger = dangers.register(session, service, {name: value for name, value in given.items() if value is not None}, now=now, reason=f"由报警自动登记：{said}"[:500])
    dangers.put_on_its_way(session, service, danger, now=now)
    return danger


def failed_by(session: Session, viewer: Viewer, alarm: Alarm) -> list[dict[str, Any]]:
    """The measures in force that the alarm's point watches, in words for the alarm's page: event, and the danger that it entered."""
    if alarm.source_type != "point":
        return []
    one = RiskMeasure
    wanted = visible(one, viewer).join(RiskObject, RiskObject.id == one.object_id).where(one.way == "auto", one.is_active, one.point_id == alarm.source_id, RiskObject.is_in_force)
    measures = session.scalars(wanted.order_by(one.id).limit(MOST_SHOWN)).unique().all()
    mine = visible(HiddenDanger, viewer).where(HiddenDanger.measure_id.in_([each.id for each in measures]), HiddenDanger.source == MONITOR)
    mine = mine.where(or_(HiddenDanger.alarm_id == alarm.id, HiddenDanger.closed_on.is_(None))).order_by(HiddenDanger.id)
    dangers_of = {each.measure_id: each for each in session.scalars(mine).unique()}
    path, right = ("/own/risks/measures", OWN) if viewer.is_enterprise else ("/risks/measures", VIEW)
    return [
        {
            "measure": each.name,
            "event": each.event.name,
            "href": f"{path}?open={each.id}" if viewer.may(right) else "",
            "danger": _danger_words(dangers_of.get(each.id)),
            "danger_href": f"/dangers/{dangers_of[each.id].id}" if each.id in dangers_of and viewer.may("own.danger" if viewer.is_enterprise else "danger.view") else "",
        }
        for each in measures
    ]


def _danger_words(danger: HiddenDanger | None) -> str:
    return f"{danger.number} {word(HIDDEN_STATES, danger.state)}" if danger is not None else ""


def alarm_words(alarm: Alarm) -> str:
    """What the alarm said, with its value, limit and time: V-101 液位 高高报 12.31 m（限值 12 m），11-29 08:12."""
    from zoneinfo import ZoneInfo

    value = alarm.raised_value if alarm.raised_value is not None else alarm.value
    figure = f" {value:.{alarm.decimals}f} {alarm.unit}".rstrip() if value is not None else ""
    limit = f"（限值 {alarm.limit:g} {alarm.unit}）".replace(" ）", "）") if alarm.limit is not None and alarm.kind != "no_data" else ""
    at = alarm.raised_at.astimezone(ZoneInfo(current_settings().time_zone))
    return f"{alarm.source_name} {word(ALARM_KINDS, alarm.kind)}{figure}{limit}，{at:%Y-%m-%d %H:%M}"
