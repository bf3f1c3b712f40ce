"""What people are told, one message a person: written here, read on 消息中心, and sent further where the park set that up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import BigInteger, case, cast, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from data import channels
from data.db import notify
from data.models import Alarm, DutyCall, Message, Role, User
from data.query import visible
from data.viewer import Viewer

CHANNEL = "live_todo"  # counts in the header are asked for again
URGENT_SHOWN = 5
OF_ALARM = "alarm:"  # ``once`` of what tells of an alarm begins so; the id of the alarm follows
OF_HANDOVER = "hand:"  # the same of an alarm that was given into somebody's hands (``data.alarm_handover``)
OF_CALL = "call:"  # the same of 查岗 (``data.duty_calls``)


def tell(
    session: Session,
    users: Iterable[int],
    kind: str,
    title: str,
    *,
    body: str = "",
    href: str = "",
    is_urgent: bool = False,
    once: str = "",
    to_robot: bool = True,
    is_inside: bool = False,
    now: datetime | None = None,
) -> int:
    """How many of the users (ids) were told. With ``once`` nobody is told a second time under the same mark;
    without ``to_robot`` the group's robot is not told, because it is told of many such together. What ``is_inside`` leaves the
    platform in another form or not at all.

    It belongs to the transaction of what it tells of, and so does what is queued for e-mail and webhook.
    """
    moment = now or datetime.now(UTC)
    row = {"kind": kind, "title": title[:300], "body": body or None, "href": href or None, "once": once or None, "is_urgent": is_urgent, "created_at": moment}
    rows = [{**row, "user_id": one} for one in sorted(set(users))]
    if not rows:
        return 0
    fresh = insert(Message).values(rows).on_conflict_do_nothing().returning(Message.id, Message.user_id)
    told = [(one.id, one.user_id) for one in session.execute(fresh)]
    if told:
        if not is_inside:
            channels.queue(session, told, title[:300], body, href, to_robot=to_robot, now=moment)
        notify(session, CHANNEL)
    return len(told)


def unread(session: Session, viewer: Viewer) -> int:
    """How many messages the viewer has not read yet; for the header."""
    return session.scalar(select(func.count()).select_from(visible(Message, viewer).where(Message.read_at.is_(None)).subquery())) or 0


def mark_read(session: Session, viewer: Viewer, ids: Sequence[int] | None, now: datetime) -> int:
    """Mark these of the viewer's own messages as read, or with None all of them; how many there were."""
    mine = visible(Message, viewer).where(Message.read_at.is_(None)).with_only_columns(Message.id)
    mine = mine.where(Message.id.in_(ids)) if ids is not None else mine
    marked = session.execute(update(Message).where(Message.id.in_(mine)).values(read_at=now).returning(Message.id)).all()
    if marked:
        notify(session, CHANNEL)
    return len(marked)


def mark_seen(session: Session, viewer: Viewer, href: str, now: datetime) -> int:
    """Mark what leads the viewer to ``href`` as read, because they are there; how many there were."""
    return mark_read(session, viewer, list(session.scalars(visible(Message, viewer).where(Message.href == href, Message.read_at.is_(None)).with_only_columns(Message.id))), now)


def urgent(session: Session, viewer: Viewer) -> list[Message]:
    """The urgent messages that interrupt the viewer's screen until each is confirmed, 查岗 first, then the oldest. What tells of an alarm interrupts
    nobody any more when the alarm has been answered, or has ended by itself; nor does 转交 when the alarm is closed or in other hands, nor 查岗
    when its time is over: then it only stands in the list."""
    about = cast(func.split_part(Message.once, ":", 2), BigInteger)
    waits = select(Alarm.id).where(Alarm.id == about, Alarm.acknowledged_at.is_(None), Alarm.cleared_at.is_(None), Alarm.closed_at.is_(None)).exists()
    held = select(Alarm.id).where(Alarm.id == about, Alarm.in_progress_by_id == Message.user_id, Alarm.closed_at.is_(None)).exists()
    asked = select(DutyCall.id).where(DutyCall.id == about, DutyCall.state == "waiting", DutyCall.due_at > func.now(), DutyCall.deleted_at.is_(None)).exists()
    is_call = func.coalesce(Message.once, "").startswith(OF_CALL)
    still = case((Message.once.startswith(OF_ALARM), waits), (Message.once.startswith(OF_HANDOVER), held), (is_call, asked), else_=true())
    waiting = visible(Message, viewer).where(Message.is_urgent, or_(Message.read_at.is_(None), is_call), still)
    return list(session.scalars(waiting.order_by(is_call.desc(), Message.id).limit(URGENT_SHOWN)))


def users_with(session: Session, permission: str, *, enterprise_ids: Iterable[int]) -> dict[int, list[int]]:
    """The ids of the active users who hold the permission, by enterprise, of the enterprises named."""
    people = select(User.enterprise_id, User.id).join(Role, Role.id == User.role_id)
    people = people.where(User.enterprise_id.in_(list(enterprise_ids)), User.is_active, User.deleted_at.is_(None), Role.permissions.contains([permission]))
    found: dict[int, list[int]] = {}
    for enterprise, user in session.execute(people.order_by(User.id)):
        if enterprise is not None:
            found.setdefault(enterprise, []).append(user)
    return found
