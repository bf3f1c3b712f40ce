"""Keys that no point claims: counted in memory, written with a batch at most once a second, bounded for each gateway."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from psycopg2.extras import execute_values

from ingest.directory import GatewayInfo, World
from ingest.pipeline import Unknown

log = logging.getLogger(__name__)

MOST = 500  # keys of a gateway that are kept; a gateway that counts up its keys must not fill the table
EVERY_S = 1.0


class UnknownPoints:
    """Not thread-safe: the writer's thread owns it."""

    def __init__(self) -> None:
        self._known: dict[int, set[str]] = {}
        self._waiting: dict[tuple[int, str], list[Any]] = {}  # value, topic, count, first, last
        self._written = 0.0
        self._sweeps = False

    def restore(self, cursor: Any) -> None:
        """Take up what is kept already, so that the bound holds across restarts."""
        cursor.execute("SELECT gateway_id, key FROM unknown_point")
        for gateway_id, key in cursor.fetchall():
            self._known.setdefault(gateway_id, set()).add(key)

    def take(self, unknowns: Iterable[Unknown], received: float) -> None:
        """Count what one message had."""
        for one in unknowns:
            known = self._known.setdefault(one.gateway_id, set())
            if one.key not in known:
                if len(known) >= MOST:
                    continue
                known.add(one.key)
            entry = self._waiting.setdefault((one.gateway_id, one.key), ["", "", 0, received, received])
            entry[:3] = [one.value, one.topic, entry[2] + 1]
            entry[4] = received

    def sweep(self) -> None:
        """The park was read anew: what a point claims by now, or a deleted gateway said, is forgotten with the next write."""
        self._sweeps = True

    def is_due(self, now: float) -> bool:
        """Whether something waits and may be written; ``now`` is monotonic."""
        return self._sweeps or (bool(self._waiting) and now - self._written >= EVERY_S)

    def write(self, cursor: Any, world: World) -> None:
        """Write what waits. ``written`` must follow when the transaction is committed."""
        rows = []
        for (gateway_id, key), (value, topic, count, first, last) in self._waiting.items():
            gateway = world.gateways.get(gateway_id)
            if gateway is not None and not is_claimed(world, gateway, key):
                rows.append((gateway_id, gateway.enterprise_id, key, value, topic, count, _utc(first), _utc(last)))
        if rows:
            execute_values(cursor, _UPSERT, rows, page_size=500)
        if self._sweeps:
            cursor.execute(_SWEEP)
            self._known.clear()
            self.restore(cursor)

    def written(self, now: float) -> None:
        """The transaction is committed."""
        self._waiting.clear()
        self._sweeps = False
        self._written = now


def is_claimed(world: World, gateway: GatewayInfo, key: str) -> bool:
    """Whether a point stands under this key of the gateway by now."""
    return key in gateway.keys or (gateway.shape == "own" and key in world.points)


def _utc(ts: float) -> datetime:
    return datetime.fromtimestamp(ts, UTC)


_UPSERT = """
    INSERT INTO unknown_point AS u (gateway_id, enterprise_id, key, value, topic, count, first_at, last_at) VALUES %s
    ON CONFLICT (gateway_id, key) DO UPDATE SET value = EXCLUDED.value, topic = EXCLUDED.topic, count = u.count + EXCLUDED.count,
        last_at = EXCLUDED.last_at
"""
_SWEEP = """
    DELETE FROM unknown_point u USING gateway g WHERE g.id = u.gateway_id AND (g.deleted_at IS NOT NULL OR EXISTS (
        SELECT 1 FROM point p WHERE p.deleted_at IS NULL AND
            ((p.gateway_id = u.gateway_id AND coalesce(p.key_path, p.code) = u.key) OR (g.shape = 'own' AND p.code = u.key))))
"""
