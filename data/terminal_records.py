"""Reports of vehicle terminals besides positions: how they are written, and what they say in words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from psycopg2.extras import execute_values

from data.choices import word
from data.choices.vehicles import CARD_RESULTS, CARD_STATES

MOST_SUMMARY = 500
SHORT_LIVED = ("can", "transparent")  # kinds that come by the second from some terminals: kept as long as raw positions


class RecordRow(NamedTuple):
    """A report; ``ts`` and ``received`` in seconds since 1970 UTC, ``digest`` of its bytes."""

    terminal_id: int
    kind: str
    serial: int
    ts: float
    received: float
    content: dict[str, Any]
    digest: str


_INSERT = """
    INSERT INTO terminal_record (terminal_id, vehicle_id, enterprise_id, kind, serial, ts, received_at, summary, content, digest)
    SELECT t.id, v.id, v.carrier_id, r.kind, r.serial, r.ts, r.received_at, r.summary, r.content, r.digest
    FROM (VALUES %s) AS r (terminal_id, kind, serial, ts, received_at, summary, content, digest)
    JOIN terminal AS t ON t.id = r.terminal_id LEFT JOIN vehicle AS v ON v.id = t.vehicle_id
    ON CONFLICT DO NOTHING
"""
_TEMPLATE = "(%s::bigint, %s, %s::integer, %s::timestamptz, %s::timestamptz, %s, %s::jsonb, %s)"


def store_records(cursor: Any, rows: Sequence[RecordRow], *, fresh: bool = True) -> None:
    """Write reports in the cursor's transaction; one that is there already is left as it is."""
    if not rows:
        return
    values = [
        (
            row.terminal_id,
            row.kind,
            row.serial,
            datetime.fromtimestamp(row.ts, UTC),
            datetime.fromtimestamp(row.received, UTC),
            summary(row.kind, row.content)[:MOST_SUMMARY],
            json.dumps(row.content, ensure_ascii=False),
            row.digest,
        )
        for row in rows
    ]
    execute_values(cursor, _INSERT, values, template=_TEMPLATE)


def drop_old_records(cursor: Any, before: datetime) -> int:
    """Remove the short-lived kinds that arrived before that moment; how many."""
    cursor.execute("DELETE FROM terminal_record WHERE kind = ANY(%s) AND received_at < %s", (list(SHORT_LIVED), before))
    return int(cursor.rowcount)


def summary(kind: str, content: Mapping[str, Any]) -> str:
    """One line that tells what the report says."""
    return _SUMMARIES[kind](content)


def _waybill(content: Mapping[str, Any]) -> str:
    text = " ".join(str(content.get("text") or "").split())
    return text or f"{content['length']:,} 字节，不是文本"


def _driver(content: Mapping[str, Any]) -> str:
    parts = [word(CARD_STATES, content["status"])]
    if content.get("ic_result"):
        parts.append(word(CARD_RESULTS, content["ic_result"]))
    parts += [content["driver"]] if content.get("driver") else []
    parts += [f"从业资格证 {content['certificate']}"] if content.get("certificate") else []
    return "，".join(parts)


def _can(content: Mapping[str, Any]) -> str:
    return f"{len(content['frames']):,} 帧，首帧 {content['time_of_day'][:8]}"


def _transparent(content: Mapping[str, Any]) -> str:
    return f"类型 {content['type']}，{len(content['data']) // 2:,} 字节"


_SUMMARIES = {"waybill": _waybill, "driver": _driver, "can": _can, "transparent": _transparent}
