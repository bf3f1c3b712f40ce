"""The job: tell what is due, as the owner and with the rights of this moment; once, however many processes look, and once after a stop."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from data import db
from data.channels import configured
from data.errors import PlatformError
from data.messages import tell
from data.models import Delivery, Subscription, SubscriptionDelivery
from data.rules.subscriptions import Difference, Seen, difference, is_met, is_news
from data.settings import current_settings
from data.subscriptions.content import Content, What, content, records
from data.subscriptions.keeping import PATH, USE, due_after, note, robot_why_not
from data.subscriptions.telling import difference_words, number_words, rights_mark, stored, summary_of
from data.viewer import Viewer
from data.viewers import viewer_of

log = logging.getLogger(__name__)

AT_ONCE = 500
LOOK_EVERY = timedelta(minutes=2)  # at a number that waits for its condition
QUIET = timedelta(minutes=30)  # after it was told: a number that trembles about its bound is no news each time
AGAIN = timedelta(minutes=10)  # after a fault of the program
KEPT = timedelta(days=366)
SHOWN = 10
GONE = "账号已停用或删除"


def run(now: datetime) -> int:
    """Tell what is due; how many subscriptions were told."""
    with db.read_session() as session:
        due = session.scalars(_due(now).with_only_columns(Subscription.id).order_by(Subscription.next_at, Subscription.id).limit(AT_ONCE)).all()
    return sum(_one(identity, now) for identity in due)


def _due(now: datetime) -> Any:
    return select(Subscription).where(Subscription.state == "active", Subscription.deleted_at.is_(None), Subscription.next_at <= now)


def _one(identity: int, now: datetime) -> bool:
    try:
        with db.session() as session:
            one = session.scalar(_due(now).where(Subscription.id == identity).with_for_update(of=Subscription, skip_locked=True))
            return one is not None and _look(session, one, now)
    except Exception:
        log.exception("subscription %d was not told", identity)
        with db.session() as session:
            note(session, session.get_one(Subscription, identity), next_at=now + AGAIN)
        return False


def _look(session: Session, one: Subscription, now: datetime) -> bool:
    """Tell it, or wait for its condition; when the owner may not see it any more it is paused with the reason."""
    standing = viewer_of(session, one.user_id)
    if standing is None:
        return _stop(session, one, GONE, now, is_told=False)
    viewer = standing.viewer
    try:
        viewer.require(USE)
        told = content(session, viewer, What.of(one), now)
    except PlatformError as error:
        return _stop(session, one, str(error), now)
    before = Seen.of(one.seen)
    if one.schedule == "change" and not _waited_for(session, one, told, before, now):
        return False
    return deliver(session, viewer, one, told, before, now)


def _waited_for(session: Session, one: Subscription, told: Content, before: Seen | None, now: datetime) -> bool:
    rule, bound = one.rule or "", one.bound or 0
    base = before.base(told.seen).value if before is not None else None
    if is_news(rule, bound, told.value, base, was_beyond=one.is_beyond):
        return True
    note(session, one, next_at=now + LOOK_EVERY, is_beyond=is_met(rule, bound, told.value, None) if rule in ("rise", "fall") else False)
    return False


def deliver(session: Session, viewer: Viewer, one: Subscription, told: Content, before: Seen | None, now: datetime) -> bool:
    """Write down what is told and send it on its ways. False when another process has told the same already."""
    slot = one.next_at or now
    changed = difference(before, told.seen)
    summary = summary_of(one.title, told, changed)
    row = {"subscription_id": one.id, "user_id": one.user_id, "slot": slot, "at": now, "summary": summary[:300], "content": _content(session, viewer, told, before, changed)}
    fresh = insert(SubscriptionDelivery).values(**row, rights=rights_mark(viewer)).on_conflict_do_nothing().returning(SubscriptionDelivery.id)
    identity = session.scalar(fresh)
    is_change = one.schedule == "change"
    note(session, one, next_at=now + QUIET if is_change else due_after(one, now), **({"seen": told.seen.plain(), "last_at": now, "is_beyond": one.rule in ("rise", "fall")} if identity else {}))
    if identity is None:
        return False
    missing = _send(session, viewer, one, identity, summary, now)
    if missing:
        session.get_one(SubscriptionDelivery, identity).note = missing
    if is_change:
        body = f"{told.label} {number_words(told.value, told.decimals, told.unit)}，{difference_words(told, changed)}"
        tell(session, [one.user_id], "subscription", f"订阅达到条件：{one.title}", body=body, href=f"{PATH}?open={one.id}&tab=told", once=f"subscription:{identity}", is_inside=True, now=now)
    return True


def _content(session: Session, viewer: Viewer, told: Content, before: Seen | None, changed: Difference) -> dict[str, Any]:
    first = told.seen.keys or ()
    wanted = first if before is None else changed.new
    shown = records(session, viewer, told, wanted, SHOWN)
    gone = records(session, viewer, told, changed.gone, SHOWN)
    return stored(told, changed, shown, gone)


def _send(session: Session, viewer: Viewer, one: Subscription, identity: int, summary: str, now: datetime) -> str:
    """Queue its e-mail and its message to the robot; what stood in the way of either."""
    settings = current_settings()
    open_to, missing, rows = configured(settings), [], []
    if one.to_email:
        if "email" in open_to and one.user.email:
            rows.append(("email", str(one.user.email)))
        else:
            missing.append("没有发邮件：" + ("账号没有填写邮箱" if "email" in open_to else "平台没有配置邮件"))
    if one.to_robot:
        if why := robot_why_not(viewer):
            missing.append(f"没有发群机器人：{why}")
        else:
            rows.append(("webhook", urlsplit(settings.webhook_url).hostname or "webhook"))
    session.add_all(
        Delivery(channel=channel, address=address, title=f"订阅：{one.title}"[:300], body=summary, state="waiting", attempts=0, next_at=now, created_at=now, subscription_delivery_id=identity)
        for channel, address in rows
    )
    return "；".join(missing)[:300]


def _stop(session: Session, one: Subscription, reason: str, now: datetime, *, is_told: bool = True) -> bool:
    """Pause it with the reason and send nothing."""
    note(session, one, state="paused", reason=reason[:300], next_at=None)
    if is_told:
        once = f"subscription-stopped:{one.id}:{now:%Y%m%d%H%M}"
        tell(session, [one.user_id], "subscription", f"订阅已暂停：{one.title}", body=reason, href=f"{PATH}?open={one.id}", once=once, is_inside=True, now=now)
    return False


def clear(session: Session, now: datetime) -> int:
    """Forget what was told more than a year ago; how many times."""
    return len(session.scalars(delete(SubscriptionDelivery).where(SubscriptionDelivery.at < now - KEPT).returning(SubscriptionDelivery.id)).all())
