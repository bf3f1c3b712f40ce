"""Which shares of MQTT this role holds: advisory locks on the connection that writes.

A lock goes with the connection, so nobody takes a share whose last holder may still commit, and who lost the database cannot
write for a share that another has. Every role takes its part of the shares; what a dead one leaves is taken after GRACE_S.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

from data.rules.shares import SHARES, quota
from ingest.mqtt.consumer import Consumer
from ingest.pipeline import Envelope, Pipeline

log = logging.getLogger(__name__)

LOOK_S = 1.0
GRACE_S = 3.0  # the holder of a share may only be restarting, or have lost its connection for a moment
PATIENCE_S = 3.0  # who has not reached the database for so long leaves the broker: another may hold the shares by now
MOST_ROLES = 64
ROLES, OWNED = 80_801, 80_802  # the classes of the locks


class ShareLost(Exception):
    """While the database was away another role took a share: what is remembered of its points is worth nothing any more."""


class Turn(NamedTuple):
    """What a look found: shares that are now held, and those that may be given away."""

    taken: list[int]
    given: list[int]


class Shares:
    """The writer's thread owns it; only the properties are for others."""

    def __init__(self, consumers: Sequence[Consumer], pipeline: Pipeline) -> None:
        self._consumers = consumers
        self._pipeline = pipeline
        # Connecting and leaving may wait for the broker; the writer must not.
        self._doorman = ThreadPoolExecutor(1, thread_name_prefix="shares")
        self._held: frozenset[int] = frozenset()
        self._leaving: set[int] = set()  # no more is taken from their sessions
        self._left: set[int] = set()  # all of it is written, and the broker is left
        self._free: dict[int, float] = {}  # since when nobody holds a share
        self._wanted = SHARES
        self._is_away = False
        self.number = 0
        self.roles = 1

    @property
    def name(self) -> str:
        """Under which this role shows its signs of life: ``ingest``, ``ingest-2`` …"""
        return "ingest" if self.number <= 1 else f"ingest-{self.number}"

    @property
    def held(self) -> frozenset[int]:
        """The shares whose points this role judges."""
        return self._held

    @property
    def is_connected(self) -> bool:
        """Whether this role has its part of the shares, and a connection to the broker for each."""
        return len(self._held) >= self._wanted and all(self._consumers[one].is_connected for one in self._held)

    @property
    def messages(self) -> int:
        """Messages since the start."""
        return sum(one.messages for one in self._consumers)

    @property
    def refused_filters(self) -> int:
        """Topic filters to which the broker does not let this role listen."""
        return sum(one.refused_filters for one in self._consumers)

    def enter(self, cursor: Any) -> None:
        """Take a number among the live roles, and whatever was held before on a connection that is gone.

        Raises ShareLost when another role has it by now.
        """
        wished = [self.number] if self.number else []
        self.number = next((one for one in [*wished, *range(1, MOST_ROLES + 1)] if _lock(cursor, ROLES, one)), 0)
        if not self.number:
            raise ShareLost(f"{MOST_ROLES} ingest roles live already")
        if lost := [one for one in sorted(self._held) if not _lock(cursor, OWNED, one)]:
            raise ShareLost(f"another role holds share {lost[0]} by now")
        if self._is_away:
            self._is_away = False
            self._each(self._held - self._leaving, Consumer.start)

    def look(self, cursor: Any, now: float) -> Turn:
        """Take what is due to this role and begin to leave what is due to others. ``begin`` and ``give`` must follow."""
        cursor.execute(_STANDING, ([ROLES, OWNED],))
        found = cursor.fetchall()
        roles = sorted({number for kind, number in found if kind == ROLES})
        locked = {number for kind, number in found if kind == OWNED}
        self.roles = len(roles)
        self._wanted = quota(self.roles, roles.index(self.number))
        self._free = {one: self._free.get(one, now) for one in range(SHARES) if one not in locked}
        staying = sorted(self._held - self._leaving)
        for share in staying[self._wanted :]:
            self._leave(share)
        patience = GRACE_S if self._held else 0.0
        due = [one for one, since in self._free.items() if now - since >= patience]
        taken = [one for one in due[: max(0, self._wanted - len(staying))] if _lock(cursor, OWNED, one)]
        return Turn(taken, sorted(self._left))

    def begin(self, taken: Iterable[int]) -> None:
        """What is known of the points of these shares is restored: listen to their gateways."""
        for share in taken:
            log.info("%s holds share %s of %s", self.name, share, SHARES)
            self._held |= {share}
            self._each([share], Consumer.start)

    def give(self, cursor: Any, given: Iterable[int]) -> None:
        """Everything of these shares is committed: let another role have them."""
        for share in given:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", (OWNED, share))
            self._held -= {share}
            self._leaving.discard(share)
            self._left.discard(share)
            log.info("%s gave share %s away", self.name, share)

    def step_back(self) -> None:
        """The database has been away for long: leave the broker, which keeps what comes, until it is back."""
        if not self._is_away:
            self._is_away = True
            self._each(self._held, Consumer.stop)

    def close(self) -> None:
        """Leave the broker for good."""
        self._each(self._held, Consumer.stop)
        self._doorman.shutdown(wait=True)

    def _leave(self, share: int) -> None:
        """Take no more; when all that was taken is committed and answered, disconnect."""
        self._leaving.add(share)
        self._consumers[share].hold()
        self._pipeline.put(Envelope(ack=partial(self._committed, share)))

    def _committed(self, share: int) -> None:
        self._each([share], self._disconnect)

    def _disconnect(self, consumer: Consumer) -> None:
        consumer.stop()
        self._left.add(consumer.share)

    def _each(self, shares: Iterable[int], act: Any) -> None:
        for share in shares:
            self._doorman.submit(act, self._consumers[share])


def _lock(cursor: Any, kind: int, number: int) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", (kind, number))
    return bool(cursor.fetchone()[0])


_STANDING = """
    SELECT classid::int, objid::int FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted AND classid::int = ANY(%s)
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
