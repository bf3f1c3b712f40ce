"""Three years of alarms of the demo park before the week that ``past_alarms`` tells, all closed: fewer from year to year, more in summer and on workdays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from data import bulk
from data.demo.danger_ways import moment
from data.demo.dangers import _poisson
from data.demo.installations import seeded
from data.demo.past_alarms import EVENTS, Event, _Sources
from data.demo.trips import plates
from data.models import Alarm, AlarmEvent

Row = dict[str, Any]
YEARS, UNTIL_DAYS = 3, 7
BY_YEAR = (2.2, 1.8, 1.5)  # alarms a day
SEASON = (1.0, 0.8, 0.9, 0.9, 1.0, 1.2, 1.4, 1.4, 1.1, 0.9, 0.9, 1.1)
WEEKEND = 0.6
BREACHES = 0.35  # a day of one truck or another that drives in the closed hours or stands too long
SHARES = (2, 1, 2, 3, 2, 4, 3, 5, 1, 3)  # of the events of the script
_COMMON = ("unit", "decimals", "tank_id", "enterprise_id", "lon", "lat")


def enter_alarm_history(session: Session, today: date) -> int:
    """Enter the alarms with their events; how many. Users, points and vehicles must be there; the same day gives the same rows."""
    random = seeded("alarm history")
    sources = _Sources(session)
    alarms: list[Row] = []
    happened: list[list[Row]] = []
    for back in range(365 * YEARS, UNTIL_DAYS - 1, -1):
        day = today - timedelta(days=back)
        rate = BY_YEAR[YEARS - 1 - (back - 1) // 365] * SEASON[day.month - 1] * (WEEKEND if day.weekday() > 4 else 1)
        for _ in range(_poisson(random, rate)):
            event = random.choices(EVENTS, SHARES)[0]
            alarm, events = _one(random, event, day, sources)
            alarms.append(alarm)
            happened.append(events)
    for alarm, events in _breaches(today, sources):
        alarms.append(alarm)
        happened.append(events)
    ids = bulk.reserve_ids(session, Alarm.__table__, len(alarms))  # type: ignore[arg-type]
    for key, alarm, events in zip(ids, alarms, happened, strict=True):
        alarm["id"] = key
        for one in events:
            one["alarm_id"] = key
    bulk.insert_rows(session, Alarm.__table__, alarms)  # type: ignore[arg-type]
    bulk.insert_rows(session, AlarmEvent.__table__, [one for events in happened for one in events])  # type: ignore[arg-type]
    return len(alarms)


def _breaches(today: date, sources: Any) -> Iterator[tuple[Row, list[Row]]]:
    """凌晨行车 and 超时停车, by chances of their own: the other alarms are the same with them."""
    random = seeded("breach history")
    for back in range(365 * YEARS, UNTIL_DAYS - 1, -1):
        if random.random() > BREACHES:
            continue
        plate, day = random.choice(plates()), today - timedelta(days=back)
        if random.random() < 0.55:
            event = Event("vehicle", plate, "night_driving", "night_driving", 2, 0.0, None, random.uniform(8, 40), float(random.randrange(28, 58)), None, "real", "已通知运输企业并教育驾驶员。")
            yield _one(random, event, day, sources, (2.05, 4.7))
        else:
            event = Event("vehicle", plate, "long_stop", "long_stop", 3, 0.0, None, random.uniform(15, 90), float(random.randrange(31, 140)), 30.0, "process", "等待卸货，已引导至停车区。")
            alarm, events = _one(random, event, day, sources, (6.0, 22.5))
            yield alarm | {"unit": "分钟"}, events


def _one(random: Random, event: Event, day: date, sources: Any, hours: tuple[float, float] = (0, 23.6)) -> tuple[Row, list[Row]]:
    raised = moment(day, random.uniform(*hours))
    lasts = timedelta(minutes=(event.cleared - event.raised) * random.uniform(0.4, 1.4))
    acknowledged = raised + timedelta(seconds=random.uniform(18, 240))
    closed = max(raised + lasts, acknowledged) + timedelta(minutes=random.uniform(2, 25))
    person = random.choice(sources.people)
    source = dict.fromkeys(_COMMON) | {"unit": "", "decimals": 2, "is_simulated": True} | sources.of(event)
    alarm = {
        **source,
        "source_type": event.source_type,
        "condition": event.condition,
        "kind": event.kind,
        "level": event.level,
        "value": event.value,
        "limit": event.limit,
        "about": "",
        "occurrences": 1,
        "raised_at": raised,
        "last_at": raised,
        "cleared_at": raised + lasts,
        "acknowledged_at": acknowledged,
        "acknowledged_by_id": person,
        "resolved_at": closed,
        "closed_at": closed,
        "cause": event.cause,
        "note": event.note,
    }
    steps = ((raised, "raised", None, None), (acknowledged, "acknowledged", person, None), (closed, "closed", person, event.note))
    value = {"raised": event.value}
    return alarm, [{"at": at, "what": what, "user_id": user, "value": value.get(what), "note": note} for at, what, user, note in steps]

