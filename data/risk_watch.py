"""Keeps the four colours up to date inside the jobs role: a thread that listens, and judges anew what changed."""

from __future__ import annotations

import logging
import select as sockets
import threading
import time
from datetime import UTC, datetime
from typing import Any

from psycopg2 import Error
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from data import risk_colours
from data.alarms import CHANNEL as ALARMS_CHANNEL
from data.db import connection_raw, session
from data.models import Alarm
from data.risk_rules import ASK_CHANNEL
from data.workflow.steps import CHANNEL as STEP_CHANNEL

log = logging.getLogger(__name__)

ALL_S = 60.0  # thresholds pass by themselves: a deadline, an alarm that has lasted long enough
PAUSE_S = 5.0  # between two rounds over the whole park, however many steps are taken in workflows
Active = dict[int, frozenset[tuple[int, int]]]


class Watch:
    """The thread of one leader. An alarm is judged at once, for its enterprise alone; everything else soon, for all."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="risk-colours", daemon=True)
        self._active: Active = {}
        self._all_due = 0.0
        self._all_done = 0.0

    def start(self) -> None:
        """Begin to listen; the first round is over the whole park."""
        self._thread.start()

    def stop(self, within_s: float = 8.0) -> None:
        """End the thread."""
        self.stopping.set()
        self._thread.join(within_s)

    def _work(self) -> None:
        while not self.stopping.is_set():
            try:
                self._listen()
            except (Error, SQLAlchemyError) as error:
                log.warning("risk colours: %s", str(error).strip().splitlines()[0])
                self.stopping.wait(2)

    def _listen(self) -> None:
        connection = connection_raw()
        connection.autocommit = True
        try:
            cursor = connection.cursor()
            for channel in (ALARMS_CHANNEL, STEP_CHANNEL, ASK_CHANNEL):
                cursor.execute(f"LISTEN {channel}")
            told = {ALARMS_CHANNEL}
            self._all_due = 0.0
            while not self.stopping.is_set():
                self.round(told)
                sockets.select([connection], [], [], 0.5)
                connection.poll()
                told = {one.channel for one in connection.notifies}
                connection.notifies.clear()
        finally:
            connection.close()

    def round(self, told: set[str], now: datetime | None = None) -> None:
        """Judge what these channels spoke of, and everything when that is due."""
        moment = time.monotonic()
        if told - {ALARMS_CHANNEL}:
            self._all_due = min(self._all_due, max(moment, self._all_done + PAUSE_S))
        at = now or datetime.now(UTC)
        with session() as current:
            if moment >= self._all_due:
                self._active = active(current)
                risk_colours.recompute(current, at)
                self._all_done = time.monotonic()
                self._all_due = self._all_done + ALL_S
            elif ALARMS_CHANNEL in told:
                before, self._active = self._active, active(current)
                changed = {key for key in before.keys() | self._active.keys() if before.get(key) != self._active.get(key)}
                if changed:
                    risk_colours.recompute(current, at, changed)


def active(current: Session) -> Active:
    """The alarms whose condition lasts, by enterprise: (id, level) of each."""
    found: dict[int, set[tuple[int, int]]] = {}
    wanted: Any = select(Alarm.enterprise_id, Alarm.id, Alarm.level).where(Alarm.closed_at.is_(None), Alarm.cleared_at.is_(None), Alarm.source_type != "vehicle")
    for enterprise, identity, level in current.execute(wanted):
        found.setdefault(enterprise, set()).add((identity, level))
    return {key: frozenset(alarms) for key, alarms in found.items() if key is not None}
