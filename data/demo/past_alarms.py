"""Alarms of the week before the first start, all answered and closed: the script's events as they would have gone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.demo.installations import seeded
from data.demo.trips import RACER, SOS_PLATE, STRAYER
from data.models import Alarm, AlarmEvent, Gateway, Point, User, Vehicle

DAYS = 6
AN_HOUR_S = 3600


class Event(NamedTuple):
    """An event of the script: minutes of the hour, the worst value and the limit that it broke, how it was explained."""

    source_type: str
    code: str
    condition: str
    kind: str
    level: int
    raised: float
    worse: float | None
    cleared: float
    value: float | None
    limit: float | None
    cause: str
    note: str
    about: str = ""


EVENTS = (
    Event(
        "point",
        "V-101.LT",
        "high",
        "high_high",
        1,
        2.1,
        9.6,
        20.7,
        12.46,
        12.4,
        "process",
        "甲醇卸车进料偏多，已停泵并倒罐至 V-105。",
    ),
    Event(
        "point",
        "V-203.GT1",
        "high",
        "high_high",
        1,
        13.9,
        15.4,
        20.6,
        57.0,
        50.0,
        "real",
        "液相出口法兰渗漏，喷淋稀释后紧固，复测 4 ppm。",
    ),
    Event("point", "V-203.GT2", "high", "high", 2, 15.0, None, 19.4, 34.0, 25.0, "real", "与 V-203.GT1 同一处渗漏。"),
    Event(
        "point",
        "V-603.TT",
        "high",
        "high",
        2,
        22.2,
        None,
        25.2,
        36.2,
        35.0,
        "process",
        "循环冷却水阀开度不足，已调整。",
    ),
    Event("point", "V-305.TT", "low", "low", 2, 45.6, None, 74.6, 6.6, 7.0, "process", "伴热未投用，已投用。"),
    Event(
        "point",
        "V-402.LT",
        "no_data",
        "no_data",
        4,
        19.5,
        None,
        31.1,
        None,
        10.0,
        "maintenance",
        "变送器接线松动，已紧固。",
    ),
    Event(
        "gateway", "GW-03", "gateway_lost", "gateway_lost", 4, 35.0, None, 40.1, None, None, "maintenance", "网关重启。"
    ),
    Event("vehicle", RACER, "overspeed", "overspeed", 2, 3.0, None, 6.7, 68.8, 60.0, "real", "已电话提醒驾驶员。", "园区限速区"),
    Event("vehicle", SOS_PLATE, "sos", "sos", 1, 27.0, None, 30.0, None, None, "false_alarm", "驾驶员误触，已核实。"),
    Event("vehicle", STRAYER, "off_route", "off_route", 2, 35.4, None, 38.6, None, None, "process", "绕行施工路段。", "科技路—南门—G101 出园线"),
)


def past_alarms(session: Session, now: datetime) -> int:
    """Enter the alarms of the last three script hours and some of the six days before; how many."""
    happened: list[tuple[datetime, Event]] = []
    for hour in (3, 2, 1):
        start = now - timedelta(seconds=hour * AN_HOUR_S)
        # What began in the last hour and still lasts is left to ingest.
        happened += [(start, event) for event in EVENTS if event.cleared < 60 * hour]
    random = seeded("past alarms")
    for day in range(DAYS, 0, -1):
        for event in random.sample(EVENTS, 4):
            happened.append((now - timedelta(days=day, minutes=random.uniform(0, 900)), event))
    sources = _Sources(session)
    for start, event in sorted(happened, key=lambda item: item[0] + timedelta(minutes=item[1].raised)):
        _enter(session, start, event, sources, random.uniform(18, 170), random.choice(sources.people))
    return len(happened)


class _Sources:
    """What the park's points, gateways and trucks are called in an alarm, as ingest writes it."""

    def __init__(self, session: Session) -> None:
        self.people = list(
            session.scalars(select(User.id).where(User.username.in_(("duty", "duty2"))).order_by(User.id))
        )
        self._session = session
        self._known: dict[tuple[str, str], dict[str, Any]] = {}

    def of(self, event: Event) -> dict[str, Any]:
        key = (event.source_type, event.code)
        if key not in self._known:
            self._known[key] = {"point": self._point, "gateway": self._gateway, "vehicle": self._vehicle}[
                event.source_type
            ](event.code)
        return self._known[key]

    def _point(self, code: str) -> dict[str, Any]:
        point = self._session.scalars(select(Point).where(Point.code == code)).one()
        tank = point.tank
        assert tank is not None
        place = {
            "lon": point.lon or tank.lon,
            "lat": point.lat or tank.lat,
            "place": f"{point.enterprise.short_name} · {point.installation.name}",
        }
        numbers = {"unit": point.unit, "decimals": point.decimals, "tank_id": tank.id, "is_simulated": True}
        return {
            "source_id": point.id,
            "source_code": code,
            "source_name": point.name,
            "enterprise_id": point.enterprise_id,
            **place,
            **numbers,
        }

    def _gateway(self, code: str) -> dict[str, Any]:
        gateway = self._session.scalars(select(Gateway).where(Gateway.code == code)).one()
        place = {"place": gateway.enterprise.short_name, "enterprise_id": gateway.enterprise_id, "is_simulated": True}
        return {"source_id": gateway.id, "source_code": code, "source_name": gateway.name, **place}

    def _vehicle(self, code: str) -> dict[str, Any]:
        vehicle = self._session.scalars(select(Vehicle).where(Vehicle.plate == code)).one()
        place = {
            "place": vehicle.carrier.short_name,
            "enterprise_id": vehicle.carrier_id,
            "unit": "km/h",
            "decimals": 0,
            "is_simulated": True,
        }
        return {"source_id": vehicle.id, "source_code": code, "source_name": code, **place}


def _enter(session: Session, start: datetime, event: Event, sources: _Sources, answered_s: float, person: int) -> None:
    raised, cleared = start + timedelta(minutes=event.raised), start + timedelta(minutes=event.cleared)
    worse = start + timedelta(minutes=event.worse) if event.worse is not None else None
    # An alarm that gets worse wants to be acknowledged anew.
    acknowledged = (worse or raised) + timedelta(seconds=answered_s)
    resolved = max(cleared, acknowledged) + timedelta(seconds=60 + answered_s)
    wording = {
        "condition": event.condition,
        "kind": event.kind,
        "level": event.level,
        "value": event.value,
        "limit": event.limit,
        "about": event.about,
    }
    times = {"raised_at": raised, "last_at": worse or raised, "cleared_at": cleared, "acknowledged_at": acknowledged}
    answer = {
        "acknowledged_by_id": person,
        "resolved_at": resolved,
        "closed_at": resolved,
        "cause": event.cause,
        "note": event.note,
    }
    alarm = Alarm(source_type=event.source_type, **sources.of(event), **wording, **times, **answer)
    session.add(alarm)
    session.flush()
    steps: list[tuple[datetime, str, int | None, str | None]] = [
        (raised, "raised", None, None),
        (cleared, "cleared", None, None),
    ]
    steps += [(worse, "worse", None, None)] if worse else []
    steps += [
        (acknowledged, "acknowledged", person, None),
        (resolved, "resolved", person, event.note),
        (resolved, "closed", person, None),
    ]
    order = ("raised", "worse", "acknowledged", "cleared", "resolved", "closed")
    for at, what, user, note in sorted(steps, key=lambda step: (step[0], order.index(step[1]))):
        session.add(
            AlarmEvent(
                alarm_id=alarm.id,
                at=at,
                what=what,
                user_id=user,
                value=event.value if what in {"raised", "worse"} else None,
                note=note,
            )
        )
