"""Between the table of commands and the gateway's loop: a thread that takes what waits for terminals that are here, and writes
down what becomes of it. Several gateways share the table: a row lock decides who takes a command."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import psycopg2
from psycopg2.extras import Json

from data.db import connection_raw
from data.vehicle_commands import CHANNEL, LIVE_CHANNEL
from ingest.jt808.outbox import Changes, Order, Outbox
from ingest.waiting import ready

log = logging.getLogger(__name__)

EVERY_S = 5.0  # a look without being woken, in case a notice was lost
GAP_S = 0.05  # between two looks, however many terminals sign in
MOST_AT_ONCE = 500
FIRST_PATIENCE_S = 60.0  # until the gateway has said how long it will wait
COLUMNS = frozenset({"state", "result", "answer", "serial", "tries", "due_at", "answered_at"})


class CommandStore(threading.Thread):
    """Runs from ``begin`` to ``end``. Nothing that the database says or refuses ends it."""

    def __init__(self) -> None:
        super().__init__(name="commands", daemon=True)
        self._outbox: Outbox | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._outcomes: deque[tuple[int, Changes]] = deque()
        self._stopping = False
        self._connection: Any = None
        self._awake, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        os.set_blocking(self._awake, False)
        self._pipe_lock = threading.Lock()
        self._is_closed = False

    # For the gateway; none of these waits

    def begin(self, loop: asyncio.AbstractEventLoop, outbox: Outbox) -> None:
        """Start to serve the outbox of the gateway on ``loop``."""
        self._loop, self._outbox = loop, outbox
        self.start()

    def end(self) -> None:
        """Write what is left and stop."""
        self._stopping = True
        self.wake()

    def wake(self) -> None:
        """Look again soon: a terminal came, or has room."""
        with self._pipe_lock, suppress(BlockingIOError):
            if not self._is_closed:
                os.write(self._waker, b"!")

    def record(self, command_id: int, changes: Changes) -> None:
        """Write down what became of a command, soon and in this order."""
        self._outcomes.append((command_id, changes))
        self.wake()

    # The thread

    def run(self) -> None:
        delay = 0.2
        while not self._stopping or self._outcomes:
            try:
                self._connect()
                self._round()
                delay = 0.2
                if not self._stopping:
                    self._rest()
            except (psycopg2.OperationalError, psycopg2.InterfaceError, OSError) as error:
                log.warning("commands wait, the database does not answer: %s", str(error).strip())
                self._disconnect()
                if self._stopping:
                    break
                time.sleep(delay)
                delay = min(delay * 2, 5.0)
            except Exception:
                log.exception("a round of commands failed; the next one begins anew")
                self._disconnect()
                time.sleep(1.0)
        self._disconnect()
        with self._pipe_lock:
            self._is_closed = True
            os.close(self._awake)
            os.close(self._waker)

    def _connect(self) -> None:
        if self._connection is None:
            self._connection = connection_raw()
            with self._connection, self._connection.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(psycopg2.Error):
                self._connection.close()
            self._connection = None

    def _rest(self) -> None:
        """Until somebody wakes us or the time is up."""
        ready([self._awake, self._connection], seconds=EVERY_S)
        with suppress(BlockingIOError):
            os.read(self._awake, 4096)
        self._connection.poll()
        self._connection.notifies.clear()
        time.sleep(GAP_S)

    def _round(self) -> None:
        self._write_outcomes()
        self._expire()
        if not self._stopping:
            self._take()

    def _write_outcomes(self) -> None:
        """All in one transaction; one by one when the database refuses something, so that one bad answer costs no other."""
        waiting = list(self._outcomes)
        if not waiting:
            return
        try:
            self._write(waiting)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            raise
        except psycopg2.Error as error:
            log.warning("outcomes are written one by one: %s", str(error).strip())
            for one in waiting:
                try:
                    self._write([one])
                except (psycopg2.OperationalError, psycopg2.InterfaceError):
                    raise
                except psycopg2.Error:
                    log.exception("what became of command %s could not be written", one[0])
        for _ in waiting:
            self._outcomes.popleft()

    def _write(self, outcomes: Iterable[tuple[int, Changes]]) -> None:
        with self._connection, self._connection.cursor() as cursor:
            for command_id, changes in outcomes:
                names = [name for name in changes if name in COLUMNS]
                values = [_plain(changes[name]) for name in names]
                settings = ", ".join(f"{name} = %s" for name in names)
                cursor.execute(f"UPDATE vehicle_command SET {settings}, version = version + 1, updated_at = now() WHERE id = %s AND {_MAY_CHANGE}", (*values, command_id))
            cursor.execute("SELECT pg_notify(%s, '')", (LIVE_CHANNEL,))

    def _expire(self) -> None:
        """What waited too long, and what a gateway that is no more had sent."""
        with self._connection, self._connection.cursor() as cursor:
            cursor.execute(_EXPIRE_WAITING)
            count = cursor.rowcount
            cursor.execute(_EXPIRE_SENT)
            if count + cursor.rowcount:
                cursor.execute("SELECT pg_notify(%s, '')", (LIVE_CHANNEL,))

    def _take(self) -> None:
        """Take what waits for terminals that are here and hand it to the loop."""
        assert self._outbox is not None and self._loop is not None
        with self._connection, self._connection.cursor() as cursor:
            cursor.execute(_WAITING)
            rooms: dict[str, int] = {}
            here: list[int] = []
            for identity, phone in cursor.fetchall():
                rooms.setdefault(phone, self._outbox.room(phone))
                if rooms[phone] > 0 and len(here) < MOST_AT_ONCE:
                    rooms[phone] -= 1
                    here.append(identity)
            if not here:
                return
            cursor.execute(_TAKE, (FIRST_PATIENCE_S, here))
            taken = sorted(cursor.fetchall())
            cursor.execute("SELECT pg_notify(%s, '')", (LIVE_CHANNEL,))
        for identity, phone, kind, values, tries, minutes in taken:
            order = Order(identity, phone, kind, values, tries, minutes * 60)
            with suppress(RuntimeError):  # the loop has ended: the row's time runs out
                self._loop.call_soon_threadsafe(self._outbox.send, order)


def _plain(value: Any) -> Any:
    """As the database takes it: neither texts nor what is in JSON may hold a NUL."""
    if isinstance(value, dict):
        return Json(_clean(value))
    return _clean(value)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {str(name): _clean(one) for name, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list) else value


# An answer that comes late still counts; what a person has taken back, or what has its answer, stays as it is.
_MAY_CHANGE = "state IN ('sent', 'timed_out')"
_WAITING = """
    SELECT c.id, t.phone FROM vehicle_command c JOIN terminal t ON t.id = c.terminal_id
    WHERE c.state = 'waiting' AND c.expires_at > now() AND t.state = 'approved' ORDER BY c.id
"""
_TAKE = """
    UPDATE vehicle_command AS c SET state = 'sent', sent_at = now(), due_at = now() + make_interval(secs => %s),
        version = c.version + 1, updated_at = now(), result = NULL
    FROM (SELECT id FROM vehicle_command WHERE id = ANY(%s) AND state = 'waiting' FOR UPDATE SKIP LOCKED) AS chosen, terminal AS t
    WHERE c.id = chosen.id AND t.id = c.terminal_id
    RETURNING c.id, t.phone, c.kind, c.values, c.tries, t.utc_offset_minutes
"""
_EXPIRE_WAITING = """
    UPDATE vehicle_command SET state = 'timed_out', result = '有效期内终端没有上线，没有发送。', version = version + 1, updated_at = now()
    WHERE state = 'waiting' AND expires_at <= now()
"""
_EXPIRE_SENT = """
    UPDATE vehicle_command SET state = 'timed_out', result = '终端没有应答。', version = version + 1, updated_at = now()
    WHERE state = 'sent' AND due_at < now() - interval '30 seconds'
"""
