"""The duty room by the clock: calls at random and without answer, hand-overs that are missing, exchanges that came too late."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from data import duty_calls, duty_exchanges, duty_handovers
from data.escalation import on_duty
from data.settings import Settings, current_settings


class Seen(NamedTuple):
    """How much of each there was."""

    asked: int
    missed: int
    missing: int
    lapsed: int


def run(session: Session, now: datetime, settings: Settings | None = None) -> Seen:
    """Do what is due at ``now``. Repeating it changes nothing."""
    limits = settings or current_settings()
    posts = on_duty(session, now)
    leaders = [person.id for tier in sorted(posts) if tier > 1 for person in posts[tier]]
    missed = duty_calls.find_missed(session, now, leaders)
    asked = duty_calls.at_random(session, now, limits)
    return Seen(asked, missed, duty_handovers.find_missing(session, now, leaders), duty_exchanges.lapse(session, now))
