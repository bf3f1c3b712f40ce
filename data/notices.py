"""Notices (通知公告): from a department to enterprises and persons; who read them, who answered what, whom to ask again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from data import duty_calls, save
from data.calendar import park_day
from data.errors import Conflict, Forbidden, Invalid
from data.messages import OF_CALL, mark_read, tell, users_with
from data.models import Department, Division, Enterprise, Message, Notice, NoticeReceipt, UnitType, User
from data.query import get, visible
from data.tree import within
from data.validity import why_not_change
from data.viewer import Viewer

EDIT, VIEW, OWN = "notice.edit", "notice.view", "own.notice"
MOST_ANSWER = 2000
INBOX, OWN_INBOX = "/notices/inbox", "/own/notices"

_RECEIPT = re.compile(rf"(?:{re.escape(INBOX)}|{re.escape(OWN_INBOX)})\?open=(\d{{1,18}})")


class Tally(NamedTuple):
    """How far a notice got."""

    sent: int
    read: int
    answered: int


def receivers(session: Session, viewer: Viewer, notice: Notice) -> tuple[set[int], set[int]]:
    """(enterprises, persons) that the notice is addressed to, as far as the viewer sees enterprises; the viewer is none of them.

    Types and divisions narrow each other; ticked enterprises come on top. People of a department are those of all below it, too.
    """
    chosen: list[ColumnElement[bool]] = [Enterprise.id.in_([one.id for one in notice.enterprises])]
    narrowed = []
    if notice.unit_types:
        narrowed.append(or_(*(within(Enterprise.unit_type_id, UnitType, one.id) for one in notice.unit_types)))
    if notice.divisions:
        narrowed.append(or_(*(within(Enterprise.division_id, Division, one.id) for one in notice.divisions)))
    mine = visible(Enterprise, viewer).with_only_columns(Enterprise.id)
    enterprises = set(session.scalars(mine.where(or_(*chosen))))
    if notice.to_all or narrowed:
        enterprises |= set(session.scalars(mine if notice.to_all else mine.where(*narrowed)))
    offices = [within(User.department_id, Department, one.id) for one in notice.departments]
    people = select(User.id).where(User.is_active, User.deleted_at.is_(None), User.enterprise_id.is_(None))
    people = people.where(or_(User.id.in_([one.id for one in notice.users]), *offices))
    return enterprises, set(session.scalars(people)) - {viewer.id or 0}


def publish(session: Session, viewer: Viewer, notice: Notice, now: datetime) -> Tally:
    """Send a draft: a receipt for each enterprise and person, a message for each of their people. Conflict when it is no draft."""
    _require_own(viewer, notice)
    _lock(session, notice)
    if notice.state != "draft":
        raise Conflict("这条通知已经发布，不能重复发布。")
    fault = fault_of(notice, now)
    if fault:
        raise Invalid(fault)
    enterprises, people = receivers(session, viewer, notice)
    if not enterprises and not people:
        raise Invalid("没有收件人。请先修改通知，选择企业、部门或人员。")
    rows = [{"notice_id": notice.id, "enterprise_id": one, "user_id": None} for one in sorted(enterprises)]
    rows += [{"notice_id": notice.id, "enterprise_id": None, "user_id": one} for one in sorted(people)]
    session.execute(insert(NoticeReceipt).values(rows))
    save.update(session, notice, viewer, {"state": "sent", "sent_at": now, "sent_by_id": viewer.id}, verb="publish", reason=f"发给企业 {len(enterprises)} 家、人员 {len(people)} 人")
    _tell(session, notice, _open(session, notice), now, is_urgent=notice.is_urgent, once=f"notice:{notice.id}")
    return tally(session, [notice])[notice.id]


def recall(session: Session, viewer: Viewer, notice: Notice, reason: str, now: datetime) -> None:
    """Take a notice back: nobody sees it any more, and what told of it interrupts nobody. Who had read it stays known."""
    _require_own(viewer, notice)
    _lock(session, notice)
    if notice.state != "sent":
        raise Conflict("只有已发布的通知可以撤回。")
    if not reason.strip():
        raise Invalid("请填写撤回原因。", {"reason": "请填写撤回原因。"})
    save.update(session, notice, viewer, {"state": "recalled"}, verb="recall", reason=reason.strip())
    told = or_(Message.once == f"notice:{notice.id}", Message.once.like(f"notice:{notice.id}:%"))
    for one in session.scalars(select(Message).where(told, Message.read_at.is_(None))):
        one.read_at = now


def remind(session: Session, viewer: Viewer, notice: Notice, now: datetime) -> int:
    """Tell those again who have not read, or not answered what wants an answer (催阅): once an hour. How many receipts were open."""
    _require_own(viewer, notice)
    if notice.state != "sent":
        raise Conflict("只有已发布的通知可以催阅。")
    waiting = [one for one in _open(session, notice) if is_open(one)]
    if not waiting:
        raise Conflict("都已阅读（并回复），不用催阅。")
    last = session.scalar(select(func.max(Message.created_at)).where(Message.once.like(f"notice:{notice.id}:%")))
    if last is not None and now - last < timedelta(hours=1):
        raise Conflict("一小时内已经催阅过，请稍后再催。")
    _tell(session, notice, waiting, now, is_urgent=notice.is_urgent, once=f"notice:{notice.id}:{now:%Y%m%d%H%M%S}", kind="urge")
    return len(waiting)


def read(session: Session, viewer: Viewer, receipt: NoticeReceipt, now: datetime) -> None:
    """Mark as read what the viewer has before them. Somebody of an authority who acts as the enterprise does not read for it."""
    if viewer.acting_for:
        return
    if receipt.read_at is None:
        receipt.read_at, receipt.read_by_id = now, viewer.id
    told = select(Message.id).where(Message.user_id == viewer.id, Message.read_at.is_(None), Message.href == href_of(receipt))
    ids = list(session.scalars(told))
    if ids:
        mark_read(session, viewer, ids, now)
    session.flush()


def confirm(session: Session, viewer: Viewer, message_id: int, now: datetime) -> None:
    """已收到: the viewer has taken note of a message that interrupted the screen, and so of the notice that it tells of."""
    message = get(session, Message, message_id, viewer)
    mark_read(session, viewer, [message.id], now)
    if (message.once or "").startswith(OF_CALL):
        duty_calls.answer(session, message.user_id, int(str(message.once).removeprefix(OF_CALL)), now)
    found = _RECEIPT.fullmatch(message.href or "")
    if found is not None:
        receipt = session.execute(visible(NoticeReceipt, viewer).where(NoticeReceipt.id == int(found[1]))).unique().scalar_one_or_none()
        if receipt is not None:
            read(session, viewer, receipt, now)


def answer(session: Session, viewer: Viewer, receipt: NoticeReceipt, text: str, now: datetime) -> NoticeReceipt:
    """Answer a notice that wants it; once. Invalid with the field."""
    words = text.strip()
    receipt = session.scalars(
        select(NoticeReceipt).where(NoticeReceipt.id == receipt.id).with_for_update(of=NoticeReceipt).execution_options(populate_existing=True)
    ).one()
    if not receipt.notice.wants_answer:
        raise Conflict("这条通知不要求回复。")
    if receipt.answered_at is not None:
        raise Conflict("已经回复过，不能再改。")
    if not words or len(words) > MOST_ANSWER:
        raise Invalid("请填写回复。", {"answer": "请填写回复内容。" if not words else f"最多 {MOST_ANSWER:,} 个字，现有 {len(words):,} 个。"})
    read(session, viewer, receipt, now)
    receipt.answer, receipt.answered_at, receipt.answered_by_id = words, now, viewer.id
    session.flush()
    return receipt


def received(session: Session, viewer: Viewer, identity: int) -> NoticeReceipt:
    """The receipt of that id, if the notice was sent to the viewer and stands; NotFound otherwise."""
    viewer.require(OWN if viewer.is_enterprise else VIEW)
    return get(session, NoticeReceipt, identity, viewer)


def receipts_of(session: Session, notice: Notice, most: int = 500) -> Sequence[NoticeReceipt]:
    """The receipts of a notice that the viewer was given: unread ones first, then unanswered ones."""
    mine = select(NoticeReceipt).where(NoticeReceipt.notice_id == notice.id)
    ordered = mine.order_by(NoticeReceipt.read_at.is_not(None), NoticeReceipt.answered_at.is_not(None), NoticeReceipt.enterprise_id.is_(None), NoticeReceipt.id)
    return session.scalars(ordered.limit(most)).unique().all()


def tally(session: Session, notices: Sequence[Notice]) -> dict[int, Tally]:
    """How far each of the notices got."""
    counts = select(NoticeReceipt.notice_id, func.count(), func.count(NoticeReceipt.read_at), func.count(NoticeReceipt.answered_at))
    rows = session.execute(counts.where(NoticeReceipt.notice_id.in_([one.id for one in notices])).group_by(NoticeReceipt.notice_id))
    found = {identity: Tally(sent, seen, answered) for identity, sent, seen, answered in rows}
    return {one.id: found.get(one.id, Tally(0, 0, 0)) for one in notices}


def waiting(session: Session, viewer: Viewer) -> int:
    """How many notices the viewer, or the enterprise, still has to read or to answer."""
    mine = visible(NoticeReceipt, viewer).join(Notice, Notice.id == NoticeReceipt.notice_id)
    return session.scalar(select(func.count()).select_from(mine.where(open_now()).with_only_columns(NoticeReceipt.id).subquery())) or 0


def open_now() -> ColumnElement[bool]:
    """Whether a receipt waits for something; ``Notice`` is joined."""
    return or_(NoticeReceipt.read_at.is_(None), (Notice.wants_answer & NoticeReceipt.answered_at.is_(None)))


def is_open(receipt: NoticeReceipt) -> bool:
    """The same of a receipt that one has."""
    return receipt.read_at is None or (receipt.notice.wants_answer and receipt.answered_at is None)


def is_late(receipt: NoticeReceipt, now: datetime) -> bool:
    """Whether the answer is overdue: the day until which it was wanted counts as in time."""
    by = receipt.notice.answer_by
    return receipt.notice.wants_answer and receipt.answered_at is None and by is not None and by < park_day(now)


def fault_of(notice: Notice, now: datetime) -> str:
    """Why the notice cannot be sent as it is; empty when it can."""
    if notice.answer_by is not None and notice.answer_by < park_day(now):
        return "回复截止已经过了，请先修改通知。"
    return ""


def href_of(receipt: NoticeReceipt) -> str:
    """Where the receiver reads it."""
    return f"{OWN_INBOX if receipt.enterprise_id else INBOX}?open={receipt.id}"


def _tell(session: Session, notice: Notice, receipts: Sequence[NoticeReceipt], now: datetime, *, is_urgent: bool, once: str, kind: str = "notice") -> None:
    office = f"{notice.department.name}：" if notice.department is not None else ""
    title = f"{office}{notice.title}" if kind == "notice" else f"催阅 {office}{notice.title}"
    people = users_with(session, OWN, enterprise_ids=[one.enterprise_id for one in receipts if one.enterprise_id])
    for number, one in enumerate(receipts):
        users = [one.user_id] if one.user_id else people.get(one.enterprise_id or 0, [])
        tell(session, users, kind, title, body=notice.body, href=href_of(one), is_urgent=is_urgent, once=once, to_robot=number == 0, now=now)


def _open(session: Session, notice: Notice) -> Sequence[NoticeReceipt]:
    return session.scalars(select(NoticeReceipt).where(NoticeReceipt.notice_id == notice.id).order_by(NoticeReceipt.id)).unique().all()


def _require_own(viewer: Viewer, notice: Notice) -> None:
    viewer.require(EDIT)
    reason = why_not_change(viewer, notice)
    if reason:
        raise Forbidden(reason)


def _lock(session: Session, notice: Notice) -> None:
    session.execute(select(Notice.id).where(Notice.id == notice.id).with_for_update())
    session.refresh(notice, ["state", "version"])
