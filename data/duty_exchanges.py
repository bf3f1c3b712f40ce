"""换班: one person asks another, the other agrees, a leader approves where the park wants that, and both shifts change at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from data.choices import Choice
from data.duty_plans import APPROVE, VIEW, clash, span_words, words_of
from data.errors import Conflict, Forbidden, Invalid
from data.messages import tell
from data.models import DutyExchange, DutyShift, Role, User
from data.save import create, update
from data.settings import current_settings
from data.validity import NOT_SAVED
from data.viewer import Viewer, system_viewer

PATH = "/duty-exchanges"
OPEN = ("asked", "agreed")
MOST_OFFERED = 200
_CLOCK = system_viewer("duty")


def own_shifts(session: Session, viewer: Viewer, now: datetime) -> Sequence[Choice]:
    """The viewer's shifts that have not begun."""
    mine = select(DutyShift).where(DutyShift.user_id == viewer.id, DutyShift.begins_at > now, DutyShift.deleted_at.is_(None))
    rows = session.scalars(mine.order_by(DutyShift.begins_at).limit(MOST_OFFERED)).unique()
    return [Choice(str(one.id), words_of(one)) for one in rows]


def others_shifts(session: Session, viewer: Viewer, now: datetime) -> Sequence[Choice]:
    """The shifts of others that have not begun, at the posts where the viewer has some."""
    posts = select(DutyShift.tier).where(DutyShift.user_id == viewer.id, DutyShift.begins_at > now, DutyShift.deleted_at.is_(None))
    theirs = select(DutyShift).where(DutyShift.user_id != viewer.id, DutyShift.begins_at > now, DutyShift.deleted_at.is_(None), DutyShift.tier.in_(posts))
    rows = session.scalars(theirs.order_by(DutyShift.begins_at, DutyShift.id).limit(MOST_OFFERED)).unique()
    return [Choice(str(one.id), f"{one.user.name} {words_of(one)}") for one in rows]


def ask(session: Session, viewer: Viewer, shift_id: int, other_id: int, other_shift_id: int | None, reason: str, now: datetime) -> DutyExchange:
    """Ask another to take a shift of the viewer's, in return for one of theirs or for none. Forbidden for a shift of somebody else."""
    viewer.require(VIEW)
    shift = _locked(session, shift_id)
    if shift is None or shift.user_id != viewer.id:
        raise Forbidden("只能换自己的班。")
    wrong = {"reason": "请填写换班原因。"} if not reason.strip() else {}
    person = session.get(User, other_id)
    if person is None or person.enterprise_id is not None or not person.is_active or person.deleted_at is not None:
        wrong["other_id"] = "请选择园区的在用人员。"
    elif person.id == viewer.id:
        wrong["other_id"] = "不能与自己换班。"
    other = _locked(session, other_shift_id) if other_shift_id is not None else None
    if shift.begins_at <= now:
        wrong["shift_id"] = "这一班已经开始，不能换。"
    if other_shift_id is not None and (other is None or other.user_id != other_id):
        wrong["other_shift_id"] = "这一班不是对方的，请重新选择。"
    elif other is not None and other.begins_at <= now:
        wrong["other_shift_id"] = "这一班已经开始，不能换。"
    elif other is not None and other.tier != shift.tier:
        wrong["other_shift_id"] = "只能与同一岗位的班次互换。"
    if wrong:
        raise Invalid(NOT_SAVED, wrong)
    for one, name in ((shift, "shift_id"), (other, "other_shift_id")):
        if one is not None and _waits(session, one.id):
            raise Invalid(NOT_SAVED, {name: "这一班已有换班申请在办，请先等它结束。"})
    why = _clashes(session, shift, other, viewer.id or 0, other_id)
    if why:
        raise Invalid(NOT_SAVED, {"other_shift_id" if other is not None else "other_id": why})
    values = {"shift_id": shift.id, "asked_by_id": viewer.id, "other_id": other_id, "tier": shift.tier, "begins_at": shift.begins_at, "ends_at": shift.ends_at, "reason": reason.strip()}
    if other is not None:
        values |= {"other_shift_id": other.id, "other_begins_at": other.begins_at, "other_ends_at": other.ends_at}
    made = create(session, DutyExchange, viewer, values)
    session.refresh(made)
    _tell(session, [other_id], made, f"{viewer.name}请您{'换班' if other else '代班'}：{span_words(shift.begins_at, shift.ends_at)}", now)
    return made


def answer(session: Session, viewer: Viewer, exchange: DutyExchange, *, agrees: bool, remark: str = "", now: datetime) -> DutyExchange:
    """同意 or 不同意 of the one who was asked. Where no approval is wanted the shifts change at once."""
    _fresh(session, exchange)
    _hold(why_not_answer(viewer, exchange))
    if not agrees:
        return _ended(session, viewer, exchange, "refused", {"answered_at": now, "remark": remark.strip() or None}, now)
    update(session, exchange, viewer, {"state": "agreed", "answered_at": now, "remark": remark.strip() or None})
    if not current_settings().duty_exchange_approved:
        return _done(session, viewer, exchange, now)
    _check(session, exchange, now)
    leaders = [one for one in holders(session, APPROVE) if one not in (exchange.asked_by_id, exchange.other_id)]
    _tell(session, leaders, exchange, f"换班待批准：{exchange.asked_by.name} 与 {exchange.other.name}", now)
    return exchange


def decide(session: Session, viewer: Viewer, exchange: DutyExchange, *, approves: bool, remark: str = "", now: datetime) -> DutyExchange:
    """批准 or 不批准 of a leader, who is neither of the two."""
    viewer.require(APPROVE)
    _fresh(session, exchange)
    _hold(why_not_decide(viewer, exchange))
    values = {"decided_by_id": viewer.id, "decided_at": now, "remark": remark.strip() or exchange.remark}
    if not approves:
        if not remark.strip():
            raise Invalid("请说明不批准的原因。", {"remark": "请说明不批准的原因。"})
        return _ended(session, viewer, exchange, "rejected", values, now)
    update(session, exchange, viewer, values)
    return _done(session, viewer, exchange, now)


def withdraw(session: Session, viewer: Viewer, exchange: DutyExchange, now: datetime) -> DutyExchange:
    """Take one's own question back while nothing has changed."""
    _fresh(session, exchange)
    _hold(why_not_withdraw(viewer, exchange))
    update(session, exchange, viewer, {"state": "withdrawn"})
    _tell(session, [exchange.other_id], exchange, f"{exchange.asked_by.name}撤回了换班申请", now)
    return exchange


def lapse(session: Session, now: datetime) -> int:
    """End the questions of which a shift has begun meanwhile; how many."""
    began = select(DutyShift.id).where(or_(DutyShift.begins_at <= now, DutyShift.deleted_at.is_not(None)))
    late = select(DutyExchange).where(DutyExchange.state.in_(OPEN), DutyExchange.deleted_at.is_(None), or_(DutyExchange.shift_id.in_(began), DutyExchange.other_shift_id.in_(began)))
    found = list(session.scalars(late.with_for_update(of=DutyExchange)).unique())
    for one in found:
        _ended(session, _CLOCK, one, "lapsed", {}, now)
    return len(found)


def why_not_answer(viewer: Viewer, exchange: DutyExchange) -> str:
    """Why the viewer cannot agree or refuse; empty when they can."""
    if exchange.state != "asked":
        return "对方已经答复，或申请已结束。"
    return "" if viewer.id == exchange.other_id else f"由{exchange.other.name}本人答复。"


def why_not_decide(viewer: Viewer, exchange: DutyExchange) -> str:
    """Why the viewer cannot approve or reject; empty when they can."""
    if exchange.state != "agreed":
        return "还没有对方的同意，不能批准。" if exchange.state == "asked" else "申请已结束。"
    return "不能批准自己参与的换班，请由其他领导批准。" if viewer.id in (exchange.asked_by_id, exchange.other_id) else ""


def why_not_withdraw(viewer: Viewer, exchange: DutyExchange) -> str:
    """Why the viewer cannot take it back; empty when they can."""
    if not exchange.is_open:
        return "申请已结束。"
    return "" if viewer.id == exchange.asked_by_id else "只能由申请人撤回。"


def holders(session: Session, permission: str) -> list[int]:
    """The ids of the park's people who hold the permission now."""
    wanted = select(User.id).join(Role, Role.id == User.role_id).where(User.enterprise_id.is_(None), User.is_active, User.deleted_at.is_(None))
    return list(session.scalars(wanted.where(Role.permissions.contains([permission])).order_by(User.id)))


def _done(session: Session, viewer: Viewer, exchange: DutyExchange, now: datetime) -> DutyExchange:
    """Let both shifts change hands, or neither."""
    shift, other = _check(session, exchange, now)
    reason = f"换班：{exchange.reason}"
    update(session, shift, viewer, {"user_id": exchange.other_id}, verb="exchange", reason=reason)
    if other is not None:
        update(session, other, viewer, {"user_id": exchange.asked_by_id}, verb="exchange", reason=reason)
    for one in (shift, other):
        if one is not None:
            session.refresh(one)
    return _ended(session, viewer, exchange, "done", {}, now)


def _check(session: Session, exchange: DutyExchange, now: datetime) -> tuple[DutyShift, DutyShift | None]:
    """Both shifts as they must be for the exchange, locked; Conflict when one has begun, has another person by now or cannot be taken."""
    ids = [one for one in (exchange.shift_id, exchange.other_shift_id) if one is not None]
    there = {one: _locked(session, one) for one in sorted(ids)}
    shift, other = there[exchange.shift_id], there.get(exchange.other_shift_id or 0)
    if shift is None or shift.user_id != exchange.asked_by_id or (exchange.other_shift_id is not None and (other is None or other.user_id != exchange.other_id)):
        raise Conflict("值班表已变化，班次不再是原来的人，不能换。")
    if any(one is not None and one.begins_at <= now for one in (shift, other)):
        raise Conflict("班次已经开始，不能换。")
    why = _clashes(session, shift, other, exchange.asked_by_id, exchange.other_id)
    if why:
        raise Conflict(why)
    return shift, other


def _clashes(session: Session, shift: DutyShift, other: DutyShift | None, mine: int, theirs: int) -> str:
    besides = [shift.id, *([other.id] if other is not None else [])]
    for person, taken in ((theirs, shift), (mine, other)):
        there = clash(session, person, taken.begins_at, taken.ends_at, besides=besides) if taken is not None else None
        if there is not None:
            return f"{there.user.name}那时已有班：{words_of(there)}。"
    return ""


def _locked(session: Session, shift_id: int) -> DutyShift | None:
    wanted = select(DutyShift).where(DutyShift.id == shift_id, DutyShift.deleted_at.is_(None)).with_for_update(of=DutyShift)
    return session.scalars(wanted.execution_options(populate_existing=True)).unique().one_or_none()


def _waits(session: Session, shift_id: int) -> bool:
    asked = select(DutyExchange.id).where(DutyExchange.state.in_(OPEN), DutyExchange.deleted_at.is_(None))
    return session.scalar(asked.where(or_(DutyExchange.shift_id == shift_id, DutyExchange.other_shift_id == shift_id)).limit(1)) is not None


def _fresh(session: Session, exchange: DutyExchange) -> None:
    """Two who act at once wait for each other."""
    session.refresh(exchange, with_for_update={"of": DutyExchange})


def _hold(why: str) -> None:
    if why:
        raise Conflict(why)


def _ended(session: Session, viewer: Viewer, exchange: DutyExchange, state: str, values: Mapping[str, object], now: datetime) -> DutyExchange:
    said = {"done": "换班已生效", "refused": "不同意换班", "rejected": "换班未获批准", "lapsed": "换班申请已失效：班次已开始或已取消"}[state]
    update(session, exchange, viewer, {**values, "state": state})
    parties = [one for one in (exchange.asked_by_id, exchange.other_id) if one != viewer.id]
    _tell(session, parties, exchange, f"{exchange.other.name}{said}" if state == "refused" else said, now)
    return exchange


def _tell(session: Session, people: Iterable[int], exchange: DutyExchange, title: str, now: datetime) -> None:
    back = f"，换来 {span_words(exchange.other_begins_at, exchange.other_ends_at)}" if exchange.other_begins_at and exchange.other_ends_at else ""
    body = f"{exchange.asked_by.name} {span_words(exchange.begins_at, exchange.ends_at)} 的班由{exchange.other.name}值{back}。原因：{exchange.reason}"
    tell(session, people, "duty", title, body=body, href=f"{PATH}?open={exchange.id}", to_robot=False, now=now)
