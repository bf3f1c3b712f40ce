"""查岗: who is on duty is asked, by a leader or by the clock, whether they are there; the server measures how long the answer takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from data.calendar import end_of, park_day, start_of
from data.choices import word
from data.choices.monitoring import DUTY_TIERS
from data.duty_plans import CALL
from data.errors import Invalid, NotFound
from data.escalation import on_duty
from data.messages import OF_CALL, tell
from data.models import DutyCall, Enterprise, User
from data.query import visible
from data.rules.duty import moments
from data.save import create, update
from data.settings import Settings, current_settings
from data.validity import NOT_SAVED
from data.viewer import Viewer, system_viewer

PATH = "/duty-calls"
LATE = timedelta(minutes=10)  # a moment that nobody was there to serve is not made up for later than this
_CLOCK = system_viewer("duty")


class Answering(NamedTuple):
    """How somebody answers: how often asked, answered and missed, and the median of the seconds it took (None: never answered)."""

    asked: int
    answered: int
    missed: int
    median_s: float | None

    @property
    def rate(self) -> float | None:
        """Answered of what is decided, in percent."""
        over = self.answered + self.missed
        return 100 * self.answered / over if over else None


def ask(session: Session, viewer: Viewer, *, tier: int | None, enterprise_id: int | None, now: datetime) -> list[DutyCall]:
    """Ask everybody on duty now (at the post, where one is given), or the accounts of an enterprise; one row each.

    Who is asked already and who asks is left out. Invalid when nobody is left.
    """
    viewer.require(CALL)
    people = _of_enterprise(session, viewer, enterprise_id) if enterprise_id else _on_duty(session, now, tier)
    busy = set(session.scalars(select(DutyCall.user_id).where(DutyCall.state == "waiting", DutyCall.user_id.in_(list(people)), DutyCall.deleted_at.is_(None))))
    chosen = {key: post for key, post in people.items() if key not in busy and key != viewer.id}
    if not chosen:
        why = "他们已有未应答的查岗，请等待结果。" if busy else "该企业没有在用账号。" if enterprise_id else "现在没有当班的人（不含您本人）。"
        raise Invalid(NOT_SAVED, {"enterprise_id" if enterprise_id else "tier": why})
    return [_call(session, viewer, key, post, enterprise_id, "hand", now) for key, post in sorted(chosen.items())]


def _on_duty(session: Session, now: datetime, tier: int | None) -> dict[int, int | None]:
    posts = on_duty(session, now)
    return {person.id: post for post in sorted(posts, reverse=True) for person in posts[post] if tier in (None, post)}


def _of_enterprise(session: Session, viewer: Viewer, enterprise_id: int) -> dict[int, int | None]:
    firm = session.scalar(visible(Enterprise, viewer).where(Enterprise.id == enterprise_id))
    if firm is None:
        raise NotFound("没有找到这家企业，它可能不在您的数据范围内。")
    users = select(User.id).where(User.enterprise_id == firm.id, User.is_active, User.deleted_at.is_(None))
    return dict.fromkeys(session.scalars(users))


def _call(session: Session, viewer: Viewer, user_id: int, tier: int | None, enterprise_id: int | None, kind: str, now: datetime, round_: str | None = None) -> DutyCall:
    minutes = current_settings().duty_call_minutes
    due = now + timedelta(minutes=minutes)
    values = {"user_id": user_id, "tier": tier, "enterprise_id": enterprise_id, "kind": kind, "asked_by_id": viewer.id, "asked_at": now, "due_at": due, "round": round_}
    made = create(session, DutyCall, viewer, values)
    post = word(DUTY_TIERS, str(tier)) if tier is not None else "企业值班"
    tell(session, [user_id], "duty", f"查岗：请在 {minutes} 分钟内应答", body=f"您是当班{post}，请点“在岗”。应答用时由系统记录，超时记为未应答并告知带班领导。", is_urgent=True, once=f"{OF_CALL}{made.id}", to_robot=False, now=now)
    return made


def answer(session: Session, user_id: int, call_id: int, now: datetime) -> bool:
    """在岗 of the person who was asked; False when it is too late, or was answered before."""
    wanted = select(DutyCall).where(DutyCall.id == call_id, DutyCall.user_id == user_id, DutyCall.deleted_at.is_(None))
    call = session.scalars(wanted.with_for_update(of=DutyCall).execution_options(populate_existing=True)).unique().one_or_none()
    if call is None:
        raise NotFound("没有找到这次查岗。")
    if call.state != "waiting" or now > call.due_at:
        return False
    update(session, call, _CLOCK, {"state": "answered", "answered_at": now, "answer_s": max(0, round((now - call.asked_at).total_seconds()))})
    return True


def why_not_delete(call: DutyCall) -> str:
    """Why it cannot be taken back; empty while nothing has come of it."""
    return "" if call.state == "waiting" else "已有结果，不能撤回。"


# ---- The clock --------------------------------------------------------------------------------------------------------


def find_missed(session: Session, now: datetime, leaders: Sequence[int]) -> int:
    """Call what was not answered in time missed, and tell ``leaders`` and who asked; how many."""
    late = select(DutyCall).where(DutyCall.state == "waiting", DutyCall.due_at < now, DutyCall.deleted_at.is_(None)).order_by(DutyCall.id)
    found = list(session.scalars(late.with_for_update(of=DutyCall)).unique())
    for one in found:
        update(session, one, _CLOCK, {"state": "missed"})
        people = {*leaders, *([one.asked_by_id] if one.asked_by_id is not None else [])} - {one.user_id}
        post = word(DUTY_TIERS, str(one.tier)) if one.tier is not None else one.enterprise.short_name if one.enterprise is not None else "企业"
        body = f"{one.user.phone or '没有登记电话'}，请电话核实在岗情况。"
        tell(session, people, "duty", f"查岗未应答：{post} {one.user.name}", body=body, href=f"{PATH}?open={one.id}", once=f"missed-call:{one.id}", now=now)
    return len(found)


def at_random(session: Session, now: datetime, settings: Settings) -> int:
    """Ask everybody on duty when one of the day's moments has come; how many were asked. A moment is served once."""
    number = settings.duty_calls_per_day
    if not number:
        return 0
    zone = ZoneInfo(settings.time_zone)
    asked = 0
    for day in (park_day(now) - timedelta(days=1), park_day(now)):
        for place, moment in enumerate(moments(day, number, settings.duty_call_window, settings.effective_secret_key, zone)):
            if now - LATE < moment <= now:
                asked += _round(session, f"{day.isoformat()}#{place + 1}", now)
    return asked


def _round(session: Session, name: str, now: datetime) -> int:
    if session.scalar(select(DutyCall.id).where(DutyCall.round == name).limit(1)) is not None:
        return 0
    people = _on_duty(session, now, None)
    for key, post in sorted(people.items()):
        _call(session, _CLOCK, key, post, None, "random", now, name)
    return len(people)


# ---- How well ---------------------------------------------------------------------------------------------------------


def answering(session: Session, viewer: Viewer, first: date, last: date, kind: str = "") -> tuple[Answering, list[tuple[User, Answering]]]:
    """How all answered in the days from first to last, and each person by themselves, the most often asked first."""
    rows = visible(DutyCall, viewer).where(DutyCall.asked_at >= start_of(first), DutyCall.asked_at < end_of(last))
    rows = rows.where(DutyCall.kind == kind) if kind else rows
    own = {key: _answering(numbers) for key, *numbers in session.execute(_measured(rows, DutyCall.user_id).group_by(DutyCall.user_id))}
    people = session.scalars(select(User).where(User.id.in_(own)))
    return together(session, rows), sorted(((one, own[one.id]) for one in people), key=lambda each: (-each[1].asked, each[0].id))


def together(session: Session, rows: Select[Any]) -> Answering:
    """How the calls that a statement selects were answered, all together."""
    return _answering(session.execute(_measured(rows)).one())


def _measured(rows: Select[Any], *heads: Any) -> Select[Any]:
    state = DutyCall.state
    numbers = (func.count(), func.count().filter(state == "answered"), func.count().filter(state == "missed"), func.percentile_cont(0.5).within_group(DutyCall.answer_s))
    return rows.with_only_columns(*heads, *numbers, maintain_column_froms=True).order_by(None)


def _answering(numbers: Sequence[Any]) -> Answering:
    asked, answered, missed, median = numbers
    return Answering(asked, answered, missed, None if median is None else float(median))
