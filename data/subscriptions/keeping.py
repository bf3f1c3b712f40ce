"""How a person keeps their subscriptions: begins one, changes when it is told, pauses, orders and drops it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from data import save
from data.channels import configured
from data.choices.subscriptions import RULES, WEEKDAYS
from data.errors import Conflict, Forbidden, Invalid
from data.models import Delivery, Subscription, SubscriptionDelivery, User
from data.query import get, visible
from data.rules.subscriptions import Timing, is_met, next_slot, schedule_words
from data.settings import current_settings
from data.statistics.registry import find
from data.subscriptions.content import Content, What, content, measure_of
from data.validity import NOT_SAVED
from data.viewer import Viewer

USE, GROUP = "subscription.use", "subscription.group"
PATH = "/my/subscriptions"
MOST = 50
WHEN = ("schedule", "hour", "weekday", "month_day", "rule", "bound", "measure", "to_email", "to_robot")


def may_subscribe(viewer: Viewer) -> bool:
    """Whether the viewer has subscriptions: people of an authority in their own name."""
    return viewer.may(USE) and not viewer.is_enterprise and not viewer.acting_for


def mine(session: Session, viewer: Viewer) -> Sequence[Subscription]:
    """The viewer's subscriptions in their order."""
    return session.scalars(visible(Subscription, viewer).order_by(Subscription.position, Subscription.id)).all() if may_subscribe(viewer) else []


def begin(session: Session, viewer: Viewer, what: What, title: str, module: str, values: Mapping[str, Any], now: datetime) -> Subscription:
    """The new subscription at the end of the viewer's. What is told the first time is compared with what is the case now."""
    viewer.require(USE)
    if not may_subscribe(viewer):
        raise Forbidden("企业端和代企业操作时不能订阅。")
    number, last = session.execute(visible(Subscription, viewer).with_only_columns(func.count(), func.max(Subscription.position)).order_by(None)).one()
    if number >= MOST:
        raise Conflict(f"最多订阅 {MOST} 项，请先删除不再需要的。")
    given = {name: value for name, value in values.items() if name in WHEN and value is not None}
    title = " ".join(title.split())
    _check(session, viewer, what, {"title": title, **given})
    told = content(session, viewer, what._replace(measure=given.get("measure") or "", schedule=given.get("schedule", "daily")), now)
    place = {"user_id": viewer.id, "kind": what.kind, "key": what.key, "query": dict(what.query), "path": what.path, "module": module[:100]}
    one = save.create(session, Subscription, viewer, {**place, "title": title, "position": (last or 0) + 1, **given})
    _start(session, one, told, now)
    return one


def change(session: Session, viewer: Viewer, one: Subscription, values: Mapping[str, Any], version: int | None, now: datetime) -> Subscription:
    """The subscription, told at another time, by another condition or on other ways."""
    merged = {name: getattr(one, name) for name in ("title", *WHEN)} | dict(values)
    _check(session, viewer, What.of(one), merged)
    wanted = dict(values)
    if merged["schedule"] != "change":
        wanted |= {"rule": None, "bound": None}
    before = [getattr(one, name) for name in ("schedule", "hour", "weekday", "month_day", "rule", "bound", "measure")]
    save.update(session, one, viewer, wanted, version=version)
    if before != [getattr(one, name) for name in ("schedule", "hour", "weekday", "month_day", "rule", "bound", "measure")]:
        _start(session, one, content(session, viewer, What.of(one), now), now)
    return one


def pause(session: Session, viewer: Viewer, one: Subscription) -> None:
    """Tell nothing of it until it is resumed."""
    if one.state == "paused":
        raise Conflict("这项订阅已经暂停。")
    save.update(session, one, viewer, {"state": "paused", "reason": None})


def resume(session: Session, viewer: Viewer, one: Subscription, now: datetime) -> None:
    """Go on from now: what was missed meanwhile is not told, the next time is compared with the last one that was."""
    if one.state == "active":
        raise Conflict("这项订阅没有暂停。")
    told = content(session, viewer, What.of(one), now)  # it may still be out of reach
    save.update(session, one, viewer, {"state": "active", "reason": None})
    note(session, one, next_at=due_after(one, now), is_beyond=beyond(one, told))


def move(session: Session, viewer: Viewer, one: Subscription, by: int) -> bool:
    """Put it before the one above it (by -1) or after the one below (by 1); False when there is none."""
    rows = list(mine(session, viewer))
    at = next((place for place, other in enumerate(rows) if other.id == one.id), None)
    if at is None or by not in (-1, 1) or not 0 <= at + by < len(rows):
        return False
    rows[at], rows[at + by] = rows[at + by], rows[at]
    for place, other in enumerate(rows, 1):
        note(session, other, position=place)
    return True


def remove(session: Session, viewer: Viewer, one: Subscription) -> None:
    """Drop it; nothing that waits is sent any more."""
    waiting = select(SubscriptionDelivery.id).where(SubscriptionDelivery.subscription_id == one.id)
    session.execute(update(Delivery).where(Delivery.subscription_delivery_id.in_(waiting), Delivery.state == "waiting").values(state="failed", error="订阅已删除，未发送。"))
    save.delete(session, one, viewer, "本人取消订阅")


def resend(session: Session, viewer: Viewer, one: Subscription, now: datetime) -> int:
    """Try again at once what of it could not be sent; how many messages. Conflict when there is none."""
    get(session, Subscription, one.id, viewer)
    told = select(SubscriptionDelivery.id).where(SubscriptionDelivery.subscription_id == one.id)
    again = update(Delivery).where(Delivery.subscription_delivery_id.in_(told), Delivery.state != "sent", Delivery.attempts > 0, Delivery.channel.in_(configured(current_settings())))
    found = session.execute(again.values(state="waiting", attempts=0, next_at=now).returning(Delivery.id)).all()
    if not found:
        raise Conflict("没有发送失败的消息，或渠道没有配置。")
    return len(found)


# ---- When --------------------------------------------------------------------------------------------------------------


def timing_of(one: Subscription) -> Timing:
    """When it is told."""
    return Timing(one.schedule, one.hour, one.weekday, one.month_day)


def when_words(one: Subscription, unit: str = "") -> str:
    """The same in words."""
    return schedule_words(timing_of(one), one.rule or "", one.bound, unit, rules=[(each.code, each.word) for each in RULES], weekdays=[(each.code, each.word) for each in WEEKDAYS])


def due_after(one: Subscription, now: datetime) -> datetime:
    """When it is looked at next: the next hour of its schedule, at once while it waits for a condition."""
    return now if one.schedule == "change" else next_slot(timing_of(one), now, ZoneInfo(current_settings().time_zone))


def beyond(one: Subscription, told: Content) -> bool:
    """Whether the number is beyond the bound already, so that it must come back before it is told."""
    return one.schedule == "change" and one.rule in ("rise", "fall") and is_met(one.rule, one.bound or 0, told.value, None)


def note(session: Session, one: Subscription, **values: Any) -> None:
    """Keep what the program itself knows of it; no change that a person made, so neither version nor audit."""
    session.flush()
    session.execute(update(Subscription).where(Subscription.id == one.id).values(**values).execution_options(synchronize_session=False))
    for name, value in values.items():
        set_committed_value(one, name, value)


def _start(session: Session, one: Subscription, told: Content, now: datetime) -> None:
    note(session, one, next_at=due_after(one, now), seen=told.seen.plain(), is_beyond=beyond(one, told))


# ---- What may be -------------------------------------------------------------------------------------------------------


def _check(session: Session, viewer: Viewer, what: What, values: Mapping[str, Any]) -> None:
    """Invalid with a message at every field that cannot be."""
    faults = faults_of(values)
    if not values.get("title"):
        faults["title"] = "请填写订阅内容的名称。"
    if values.get("to_email") and (why := email_why_not(session, viewer)):
        faults["to_email"] = why
    if values.get("to_robot") and (why := robot_why_not(viewer)):
        faults["to_robot"] = why
    if values.get("measure") and (what.kind != "statistic" or measure_of(find(what.key), str(values["measure"])).key != values["measure"]):
        faults["measure"] = "请选择列出的指标。"
    if faults:
        raise Invalid(NOT_SAVED, faults)


def faults_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Messages by field where schedule and condition do not fit each other."""
    if values.get("schedule") != "change":
        return {}
    faults = {}
    if not values.get("rule"):
        faults["rule"] = "请选择在什么条件下推送。"
    bound = values.get("bound")
    if bound is None:
        faults["bound"] = "请填写条件数值。"
    elif values.get("rule") in ("by", "percent") and bound <= 0:
        faults["bound"] = "应大于 0。"
    return faults


def email_why_not(session: Session, viewer: Viewer) -> str:
    """Why the viewer gets no e-mail; empty when they do."""
    if "email" not in configured(current_settings()):
        return "平台没有配置邮件，请联系系统管理员。"
    return "" if session.scalar(select(User.email).where(User.id == viewer.id)) else "您的账号没有填写邮箱，请联系系统管理员。"


def robot_why_not(viewer: Viewer) -> str:
    """Why the viewer may not tell the group's robot; empty when they may."""
    if "webhook" not in configured(current_settings()):
        return "平台没有配置群机器人，请联系系统管理员。"
    return "" if viewer.may(GROUP) else "您没有“向群机器人推送订阅”权限，请联系系统管理员。"
