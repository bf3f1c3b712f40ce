"""交接班: what a shift leaves to the next. The open matters come from the rows; the person who goes adds words, the one who comes signs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from data import day_figures as of
from data.alarms import title
from data.calendar import park_day
from data.choices import Choice, word
from data.choices.monitoring import ALARM_LEVELS, DUTY_TIERS
from data.duty_plans import VIEW, between, span_words, words_of
from data.errors import Conflict, Forbidden, Invalid
from data.messages import tell
from data.models import Alarm, AlarmSuspension, DutyHandover, DutyShift, HiddenDanger, RiskZone, ZoneColour
from data.query import count
from data.rules.deadlines import remaining
from data.save import create, update
from data.settings import current_settings
from data.validity import NOT_SAVED
from data.viewer import Viewer, system_viewer

PATH = "/duty-handovers"
HANDED_TIERS = (1,)  # the watch; those above it are reached, not relieved
EARLIEST = timedelta(hours=2)
LOOK_BACK = timedelta(hours=24)
EACH = 8
_PARK = system_viewer("duty")


class Item(NamedTuple):
    """One open matter: under which heading, its words, where it is seen and with which right."""

    section: str
    text: str
    href: str
    permission: str


def items(session: Session, now: datetime) -> list[Item]:
    """What is open in the whole park at this moment and must not be forgotten, the most important first."""
    sources: tuple[Callable[[Session, datetime], Iterable[Item]], ...] = (_alarms, _zones, _dangers, _late, _suspensions)
    return [one for ask in sources for one in ask(session, now)]


def lines(session: Session, handover: DutyHandover, now: datetime) -> list[Item]:
    """The matters as they were handed over, or as they are now while nothing was."""
    if handover.items is None:
        return items(session, now) if handover.state in ("draft", "missing") else []
    return [Item(**{name: str(one.get(name, "")) for name in Item._fields}) for one in handover.items]


def _alarms(session: Session, now: datetime) -> Iterable[Item]:
    day = park_day(now)
    rows = of.ALARMS_OPEN.rows(_PARK, day).where(Alarm.level <= 2)
    for one in session.scalars(rows.order_by(Alarm.level, Alarm.raised_at, Alarm.id).limit(EACH)):
        answered = "已确认" if one.acknowledged_at is not None else "未确认"
        yield Item("未关闭报警", f"{word(ALARM_LEVELS, str(one.level))} {title(one)}，{one.place}，{answered}", f"/alarms?id={one.id}", "alarm.view")
    total = count(session, of.ALARMS_OPEN.rows(_PARK, day), Alarm, None)
    if total:
        yield Item("未关闭报警", f"共 {total:,} 条未关闭", of.ALARMS_OPEN.address(day), "alarm.view")


def _zones(session: Session, now: datetime) -> Iterable[Item]:
    rows = of.ZONES[1].rows(_PARK, park_day(now)).order_by(ZoneColour.level_since, ZoneColour.id).limit(EACH)
    for one in session.scalars(rows):
        zone = session.get(RiskZone, one.zone_id)
        why = str(one.reasons[0]["title"]) if one.reasons else ""
        yield Item("重大风险区域", f"{f'{zone.enterprise.short_name}{zone.name}' if zone is not None else '区域'}：{why or '固有风险'}", of.ZONES[1].address(park_day(now)), "risk_map.view")


def _dangers(session: Session, now: datetime) -> Iterable[Item]:
    day = park_day(now)
    rows = of.OPEN_MAJOR.rows(_PARK, day).order_by(HiddenDanger.deadline_on.nulls_last(), HiddenDanger.id).limit(EACH)
    for one in session.scalars(rows).unique():
        left = remaining(one.deadline_on, day)
        yield Item("重大隐患", f"{one.name}，{one.enterprise.short_name or one.enterprise.name}{'，' + left.word if left else ''}", f"/dangers/{one.id}", "danger.view")


def _late(session: Session, now: datetime) -> Iterable[Item]:
    day = park_day(now)
    number = count(session, of.LATE.rows(_PARK, day), HiddenDanger, None)
    if number:
        yield Item("超期隐患", f"共 {number:,} 条整改超期", of.LATE.address(day), "danger.view")


def _suspensions(session: Session, now: datetime) -> Iterable[Item]:
    rows = select(AlarmSuspension).where(AlarmSuspension.until > now, AlarmSuspension.deleted_at.is_(None)).order_by(AlarmSuspension.until).limit(EACH)
    for one in session.scalars(rows).unique():
        yield Item("报警抑制", f"{one.point.name}，{one.enterprise.short_name or one.enterprise.name}：{one.reason}", f"/alarm-suspensions?open={one.id}", "alarm.view")


# ---- People -----------------------------------------------------------------------------------------------------------


def waiting_shifts(session: Session, viewer: Viewer, now: datetime) -> Sequence[Choice]:
    """The viewer's shifts that run or have just ended and were not handed over yet, the newest first."""
    done = select(DutyHandover.shift_id).where(DutyHandover.deleted_at.is_(None), DutyHandover.state != "missing")
    mine = select(DutyShift).where(DutyShift.user_id == viewer.id, DutyShift.tier.in_(HANDED_TIERS), DutyShift.begins_at <= now, DutyShift.ends_at > now - LOOK_BACK)
    rows = session.scalars(mine.where(DutyShift.deleted_at.is_(None), DutyShift.id.not_in(done)).order_by(DutyShift.begins_at.desc())).unique()
    return [Choice(str(one.id), words_of(one)) for one in rows]


def write(session: Session, viewer: Viewer, shift_id: int, matters: str, now: datetime) -> DutyHandover:
    """Begin the hand-over of one's own shift. One that is missing already is written late."""
    viewer.require(VIEW)
    shift = session.get(DutyShift, shift_id)
    if shift is None or shift.deleted_at is not None or shift.user_id != viewer.id:
        raise Forbidden("只能为自己的班次写交接班记录。")
    if shift.tier not in HANDED_TIERS or shift.begins_at > now:
        raise Invalid(NOT_SAVED, {"shift_id": "这一班还没有开始，或不需要交接。"})
    there = session.scalar(select(DutyHandover).where(DutyHandover.shift_id == shift.id, DutyHandover.deleted_at.is_(None)))
    if there is not None and there.state != "missing":
        raise Conflict("这一班已有交接班记录，请打开它修改。")
    if there is not None:
        return update(session, there, viewer, {"matters": matters.strip() or None, "state": "draft", "is_late": True})
    values = {"shift_id": shift.id, "user_id": viewer.id, "tier": shift.tier, "begins_at": shift.begins_at, "ends_at": shift.ends_at, "matters": matters.strip() or None}
    made = create(session, DutyHandover, viewer, values)
    session.refresh(made)
    return made


def hand_over(session: Session, viewer: Viewer, handover: DutyHandover, now: datetime) -> DutyHandover:
    """交班: fix the time and the matters as they are now, and tell who comes next."""
    session.refresh(handover, with_for_update={"of": DutyHandover})
    why = why_not_hand(viewer, handover, now)
    if why:
        raise Conflict(why)
    following = next_shift(session, handover)
    values = {"state": "handed", "handed_at": now, "items": [one._asdict() for one in items(session, now)], "incoming_id": following.user_id if following is not None else None}
    update(session, handover, viewer, values)
    if following is not None:
        session.refresh(handover)
        tell(session, [following.user_id], "duty", f"请接班：{handover.user.name} {span_words(handover.begins_at, handover.ends_at)}", body=handover.matters or "没有另写的交班事项。", href=f"{PATH}?open={handover.id}", to_robot=False, now=now)
    return handover


def take_over(session: Session, viewer: Viewer, handover: DutyHandover, remark: str, now: datetime) -> DutyHandover:
    """接班: whoever comes signs; from then on nothing of it changes."""
    session.refresh(handover, with_for_update={"of": DutyHandover})
    why = why_not_take(session, viewer, handover, now)
    if why:
        raise Conflict(why)
    return update(session, handover, viewer, {"state": "signed", "signed_at": now, "incoming_id": viewer.id, "remark": remark.strip() or None})


def why_not_hand(viewer: Viewer, handover: DutyHandover, now: datetime) -> str:
    """Why the viewer cannot hand over now; empty when they can."""
    if handover.state != "draft":
        return "缺交接的班次请先“添加”补写。" if handover.state == "missing" else "已经交班。"
    if handover.user_id != viewer.id:
        return f"由交班人{handover.user.name}本人交班。"
    return "班次结束前 2 小时内才能交班。" if now < handover.ends_at - EARLIEST else ""


def why_not_take(session: Session, viewer: Viewer, handover: DutyHandover, now: datetime) -> str:
    """Why the viewer cannot sign; empty when they can: whoever has the next shift at the post, or stands there now."""
    if handover.state != "handed":
        return "还没有交班。" if handover.state in ("draft", "missing") else "已经接班。"
    if handover.user_id == viewer.id:
        return "不能自己接自己的班。"
    following = next_shift(session, handover)
    there = [one.user_id for one in between(session, now, now + timedelta(microseconds=1)) if one.tier == handover.tier]
    return "" if viewer.id in [*there, *([following.user_id] if following is not None else [])] else f"由下一班{word(DUTY_TIERS, str(handover.tier))}接班，值班表上不是您。"


def next_shift(session: Session, handover: DutyHandover) -> DutyShift | None:
    """The shift that follows at the post."""
    wanted = select(DutyShift).where(DutyShift.tier == handover.tier, DutyShift.begins_at >= handover.ends_at - EARLIEST, DutyShift.id != handover.shift_id, DutyShift.deleted_at.is_(None))
    return session.scalars(wanted.where(DutyShift.begins_at <= handover.ends_at + LOOK_BACK).order_by(DutyShift.begins_at, DutyShift.id).limit(1)).unique().first()


# ---- The clock --------------------------------------------------------------------------------------------------------


def find_missing(session: Session, now: datetime, leaders: Sequence[int]) -> int:
    """Note the shifts of the last day that were not handed over in time, and tell both the person and ``leaders``; how many.

    Who goes on at the same post hands over to nobody.
    """
    until = now - timedelta(minutes=current_settings().duty_handover_minutes)
    following = aliased(DutyShift)
    goes_on = select(following.id).where(following.user_id == DutyShift.user_id, following.tier == DutyShift.tier, following.begins_at == DutyShift.ends_at, following.deleted_at.is_(None)).exists()
    done = select(DutyHandover.id).where(DutyHandover.shift_id == DutyShift.id, DutyHandover.deleted_at.is_(None), DutyHandover.state != "draft").exists()
    wanted = select(DutyShift).where(DutyShift.tier.in_(HANDED_TIERS), DutyShift.ends_at <= until, DutyShift.ends_at > until - LOOK_BACK, DutyShift.deleted_at.is_(None), ~goes_on, ~done)
    wanted = wanted.where(DutyShift.created_at < DutyShift.ends_at)  # one entered when it was over is a record of the past
    found = list(session.scalars(wanted.order_by(DutyShift.ends_at)).unique())
    for shift in found:
        _miss(session, shift, leaders, now)
    return len(found)


def _miss(session: Session, shift: DutyShift, leaders: Sequence[int], now: datetime) -> None:
    there = session.scalar(select(DutyHandover).where(DutyHandover.shift_id == shift.id, DutyHandover.deleted_at.is_(None)).with_for_update(of=DutyHandover))
    if there is not None:
        update(session, there, _PARK, {"state": "missing"})
    else:
        values = {"shift_id": shift.id, "user_id": shift.user_id, "tier": shift.tier, "begins_at": shift.begins_at, "ends_at": shift.ends_at, "state": "missing"}
        there = create(session, DutyHandover, _PARK, values)
    span = span_words(shift.begins_at, shift.ends_at)
    people = [shift.user_id, *leaders]
    tell(session, people, "duty", f"缺交接班记录：{shift.user.name} {span}", body="班次已结束，没有按时写交接班记录，请补写。", href=f"{PATH}?open={there.id}", once=f"handover:{there.id}", now=now)
