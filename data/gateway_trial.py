"""What would become of one message of a gateway: the same rules as in ingest, nothing is stored."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.choices import word
from data.choices.monitoring import GATEWAY_SHAPES, REFUSALS
from data.gateways import own_topic
from data.models import Gateway, Point
from data.rules.measured import Clock, Judged, judge
from data.rules.telemetry_shapes import BAD, LONGEST, UNCERTAIN, Keyed, Unreadable, keyed
from data.rules.topics import covers
from data.settings import Settings

MOST_LINES = 200


class Line(NamedTuple):
    """One value of the message. ``state`` is taken, told, refused or unknown; ``point`` and ``ts`` are None where there is none."""

    key: str
    said: str
    point: Point | None
    value: float | None
    ts: float | None
    state: str
    remark: str


class Trial(NamedTuple):
    """``fault`` says why nothing can be read at all; ``note`` what is wrong with the topic."""

    lines: list[Line]
    fault: str = ""
    note: str = ""


def try_message(session: Session, settings: Settings, gateway: Gateway, topic: str, payload: bytes, now: float | None = None) -> Trial:
    """Every value in the message with the point that takes it, or the reason why none does."""
    clock = Clock(time.time() if now is None else now, settings.clock_ahead_s, settings.raw_days * 86_400.0)
    own = own_topic(settings, gateway, "telemetry")
    wanted = gateway.topic or own
    topic = topic.strip() or (wanted if not {"+", "#"} & set(wanted.split("/")) else "")
    if not topic:
        return Trial([], "主题中有通配符，请填写报文的实际主题。")
    note = "" if topic == own or covers(wanted, topic) else f"主题不属于本网关，这样的报文不会按本网关解析。登记的主题是 {wanted}。"
    if len(payload) > LONGEST:
        return Trial([], f"报文超过 {LONGEST} 字节。", note)
    try:
        values = keyed(gateway.shape, topic, payload)
    except Unreadable as error:
        return Trial([], f"{word(REFUSALS, error.reason)}。{error.detail}", note)
    points = _points(session, gateway, values)
    if not values:
        note = note or f"报文符合“{word(GATEWAY_SHAPES, gateway.shape)}”，但其中没有任何值。"
    return Trial([_line(one, points, gateway, clock) for one in values[:MOST_LINES]], "", note)


def _points(session: Session, gateway: Gateway, values: list[Keyed]) -> Mapping[str, Point]:
    """The points by key, as ingest finds them: the gateway's own, and in the own shape those of any gateway by their code."""
    known = select(Point).where(Point.deleted_at.is_(None))
    mine = session.scalars(known.where(Point.gateway_id == gateway.id, Point.enterprise_id == gateway.enterprise_id)).all()
    found = {point.key_path or point.code: point for point in mine}
    if gateway.shape == "own":
        others = session.scalars(known.where(Point.code.in_([one.key for one in values]))).all()
        found = {point.code: point for point in others} | found
    return found


def _line(one: Keyed, points: Mapping[str, Point], gateway: Gateway, clock: Clock) -> Line:
    said = f"{one.value:g}" if isinstance(one.value, float) else str(one.value)[:60]
    point = points.get(one.key)
    if point is None:
        return Line(one.key, said, None, None, None, "unknown", "没有测点使用这个键，将列入未登记测点。")
    if point.enterprise_id != gateway.enterprise_id:
        return Line(one.key, said, point, None, None, "refused", f"测点属于{point.enterprise.short_name}，不能由本网关上报。")
    outcome = judge(point, one.value, one.millis, one.quality, clock, strict=gateway.shape == "own")
    if not isinstance(outcome, Judged):
        return Line(one.key, said, point, None, None, "refused", outcome[1])
    remark = outcome.remark[1] if outcome.remark else "报文中没有时间，按到达时间入库，质量为存疑。" if outcome.quality == UNCERTAIN else ""
    if outcome.quality == BAD and not remark:
        remark = "网关标明数值无效。"
    return Line(one.key, said, point, outcome.value, outcome.ts, "told" if remark else "taken", remark)
