"""What gateways say of being on line, as rows of ``gateway_state``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from psycopg2.extras import execute_values

from ingest.pipeline import Presence


def write_presences(cursor: Any, presences: Sequence[tuple[Presence, float]]) -> None:
    """Write the last word of each gateway; ``since`` moves only when the word changes, for retained messages come again."""
    if not presences:
        return
    last = {said.gateway_id: (said.gateway_id, said.is_online, datetime.fromtimestamp(at, UTC)) for said, at in presences}
    execute_values(cursor, _UPSERT, list(last.values()))


_UPSERT = """
    INSERT INTO gateway_state AS s (gateway_id, is_online, since) SELECT v.id, v.is_online, v.since
    FROM (VALUES %s) AS v (id, is_online, since) JOIN gateway ON gateway.id = v.id
    ON CONFLICT (gateway_id) DO UPDATE SET is_online = EXCLUDED.is_online, since = EXCLUDED.since
    WHERE s.is_online IS DISTINCT FROM EXCLUDED.is_online
"""
