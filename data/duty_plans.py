"""排班: the roster as a plan. Whose shifts lie in a span, shifts made in series, and what stands in their way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from data.choices import Choice, word
from data.choices.monitoring import DUTY_TIERS
from data.errors import Conflict, Invalid
from data.models import DutyShift, User
from data.rules.duty import MOST_SHIFTS, Turn, overlap, read_times, series
from data.save import create
from data.settings import current_settings
from data.validity import NOT_SAVED
from data.viewer import Viewer

VIEW, EDIT, APPROVE, CALL = "duty.view", "duty.edit", "duty.approve", "duty.call"
MOST_PEOPLE, MOST_EACH, MOST_DAYS = 8, 31, 366
LOCK = 0x44555459


@dataclass(frozen=True)
class Wish:
    """Shifts in series, as they were asked for: people in turn, the times of a day, from when until when, how many shifts each in a row."""

    tier: int
    people: tuple[int, ...]
    times: str
    first: date
    last: date
    each: int = 1


class Planned(NamedTuple):
    """One shift that would be made, and in words what stands in its way."""

    turn: Turn
    name: str
    conflict: str


def staff(session: Session) -> Sequence[Choice]:
    """Those who work for the park or an authority; an enterprise's people stand no duty here."""
    wanted = select(User.id, User.name, User.username).where(User.enterprise_id.is_(None), User.is_active, User.deleted_at.is_(None))
    return [Choice(str(key), f"{name}（{account}）") for key, name, account in session.execute(wanted.order_by(User.name, User.id))]


def between(session: Session, begins: datetime, ends: datetime, *, user_ids: Sequence[int] | None = None) -> list[DutyShift]:
    """The shifts that have a moment in the span, in their order."""
    wanted = select(DutyShift).where(DutyShift.begins_at < ends, DutyShift.ends_at > begins, DutyShift.deleted_at.is_(None))
    wanted = wanted if user_ids is None else wanted.where(DutyShift.user_id.in_(user_ids))
    return list(session.scalars(wanted.order_by(DutyShift.begins_at, DutyShift.tier, DutyShift.id)).unique())


def clash(session: Session, user_id: int, begins: datetime, ends: datetime, *, tier: int | None = None, besides: Sequence[int] = ()) -> DutyShift | None:
    """A shift that the person has at that time already (of the tier only, where one is given), without those of ``besides``."""
    there = between(session, begins, ends, user_ids=[user_id])
    return next((one for one in there if one.id not in besides and tier in (None, one.tier)), None)


def words_of(shift: DutyShift) -> str:
    """11-29 08:00–20:00 值班员."""
    return f"{span_words(shift.begins_at, shift.ends_at)} {word(DUTY_TIERS, str(shift.tier))}"


def span_words(begins: datetime, ends: datetime) -> str:
    """11-29 08:00–20:00; the day of the end where it is another one."""
    zone = ZoneInfo(current_settings().time_zone)
    first, last = begins.astimezone(zone), ends.astimezone(zone)
    return f"{first:%m-%d %H:%M}–{last:{'%H:%M' if first.date() == last.date() else '%m-%d %H:%M'}}"


def fault(wish: Wish, known: Sequence[Choice], today: date) -> dict[str, str]:
    """What is wrong with a wish, by field; nothing when shifts can be planned."""
    found: dict[str, str] = {}
    if str(wish.tier) not in {one.code for one in DUTY_TIERS}:
        found["tier"] = "请选择岗位。"
    ids = {one.code for one in known}
    if not wish.people:
        found["people"] = "请按轮班顺序选择人员。"
    elif any(str(one) not in ids for one in wish.people):
        found["people"] = "有的人员已停用或不存在，请重新选择。"
    elif len(wish.people) > MOST_PEOPLE:
        found["people"] = f"一次最多 {MOST_PEOPLE} 人轮班。"
    try:
        times = read_times(wish.times)
    except ValueError as error:
        found["times"], times = str(error), []
    if wish.first < today:
        found["first"] = "开始日期不能早于今天。"
    elif wish.last < wish.first:
        found["last"] = "结束日期不能早于开始日期。"
    elif (wish.last - wish.first).days >= MOST_DAYS or ((wish.last - wish.first).days + 1) * max(len(times), 1) > MOST_SHIFTS:
        found["last"] = f"一次最多生成 {MOST_SHIFTS} 班，请缩短日期。"
    if not 1 <= wish.each <= MOST_EACH:
        found["each"] = f"请填 1 到 {MOST_EACH}。"
    return found


def plan(session: Session, wish: Wish, now: datetime) -> list[Planned]:
    """The shifts of a wish without faults, each with what stands in its way: the past, the same person elsewhere, the post taken."""
    turns = series(wish.people, read_times(wish.times), wish.first, wish.last, wish.each, ZoneInfo(current_settings().time_zone))
    names = dict(session.execute(select(User.id, User.name).where(User.id.in_(wish.people))).all())
    there = between(session, turns[0].begins_at, max(one.ends_at for one in turns)) if turns else []
    return [Planned(one, names.get(one.user_id, ""), _conflict(one, wish.tier, there, now)) for one in turns]


def _conflict(turn: Turn, tier: int, there: Sequence[DutyShift], now: datetime) -> str:
    if turn.begins_at <= now:
        return "已过开始时间"
    at_once = [one for one in there if overlap(turn.begins_at, turn.ends_at, one.begins_at, one.ends_at)]
    own = next((one for one in at_once if one.user_id == turn.user_id), None)
    if own is not None:
        return f"本人已有班：{words_of(own)}"
    taken = next((one for one in at_once if one.tier == tier), None)
    return f"该岗已有{taken.user.name}：{span_words(taken.begins_at, taken.ends_at)}" if taken is not None else ""


def make(session: Session, viewer: Viewer, wish: Wish, now: datetime, *, skip: bool = False) -> tuple[int, int]:
    """Make the shifts of the wish; how many, and how many were left out because of conflicts (only with ``skip``, else Conflict)."""
    viewer.require(EDIT)
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    wrong = fault(wish, staff(session), now.astimezone(ZoneInfo(current_settings().time_zone)).date())
    if wrong:
        raise Invalid(NOT_SAVED, wrong)
    planned = plan(session, wish, now)
    free = [one.turn for one in planned if not one.conflict]
    if len(free) < len(planned) and not skip:
        raise Conflict(f"{len(planned) - len(free)} 班有冲突，没有生成。请调整，或勾选“跳过有冲突的班次”。")
    if not free:
        raise Conflict("没有可以生成的班次：全部有冲突。")
    for one in free:
        create(session, DutyShift, viewer, {"user_id": one.user_id, "tier": wish.tier, "begins_at": one.begins_at, "ends_at": one.ends_at})
    return len(free), len(planned) - len(free)


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of the week of the day."""
    first = day - timedelta(days=day.weekday())
    return first, first + timedelta(days=6)


def weeks_of_month(day: date) -> tuple[date, date]:
    """First and last day of the whole weeks in which the month of the day lies."""
    first = day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return week_of(first)[0], week_of(last)[1]
