"""Refused messages as rows of ``dead_letter``: counted by source, sender, reason and hour, the newest as a sample."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg2
from psycopg2.extras import execute_values

from ingest.pipeline import Refusal

SAMPLE_BYTES = 2048
PEERS_AN_HOUR = 500  # distinct senders with refusals that are kept apart; the rest share one row


class Refusals:
    """Not thread-safe: the writer's thread owns it."""

    def __init__(self) -> None:
        self._peers: dict[str, set[str]] = {}

    def write(self, cursor: Any, refusals: list[Refusal]) -> None:
        """Count them up in the cursor's transaction."""
        if not refusals:
            return
        now = datetime.now(UTC)
        hour = now.replace(minute=0, second=0, microsecond=0)
        merged: dict[tuple[str, str, str], list[Any]] = {}
        for refusal in refusals:
            peer = self._known_peer(hour, refusal.peer.replace("\x00", "�")[:200])
            entry = merged.setdefault((refusal.source, peer, refusal.reason), [0, "", b""])
            entry[0] += 1
            entry[1:] = [refusal.detail.replace("\x00", "�")[:500], refusal.sample[:SAMPLE_BYTES]]
        rows = [
            (*key, detail, hour, count, now, now, psycopg2.Binary(sample))
            for key, (count, detail, sample) in sorted(merged.items())
        ]
        execute_values(cursor, _UPSERT_REFUSALS, rows)

    def _known_peer(self, hour: datetime, peer: str) -> str:
        peers = self._peers.setdefault(hour.isoformat(), set())
        if len(self._peers) > 2:
            self._peers.pop(next(iter(self._peers)))
        if peer in peers or len(peers) < PEERS_AN_HOUR:
            peers.add(peer)
            return peer
        return "（其余发送方）"


_UPSERT_REFUSALS = """
    INSERT INTO dead_letter AS d (source, peer, reason, detail, hour, count, first_at, last_at, sample) VALUES %s
    ON CONFLICT (source, peer, reason, hour) DO UPDATE SET count = d.count + EXCLUDED.count, last_at = EXCLUDED.last_at,
        detail = EXCLUDED.detail, sample = EXCLUDED.sample
"""
