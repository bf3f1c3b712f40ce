"""How long it takes to judge every zone of a park anew: 60 enterprises with about 400 risk events each, and ten times as many."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from bench.stage import figure, stage

EVENTS, OBJECTS, ROUNDS = 400, 8, 5
LIMIT_MS = 1000.0

_FIRMS = """
    INSERT INTO enterprise (code, name, short_name, unit_type_id, scale, state, division_id, lon, lat, outline)
    SELECT 'B' || n, '测算企业' || n, '测算' || n, unit_type_id, scale, state, division_id, lon, lat, outline
    FROM (SELECT * FROM enterprise ORDER BY id LIMIT 1) first, generate_series(1, :count) n
"""
_OBJECTS = """
    INSERT INTO risk_object (enterprise_id, name, category, department_name, person, state, is_in_force, polygon, accepted_at)
    SELECT e.id, '装置' || n, 'area', '生产部', '王某', 'accepted', true, e.outline, now() FROM enterprise e, generate_series(1, :objects) n
    WHERE NOT EXISTS (SELECT 1 FROM risk_object o WHERE o.enterprise_id = e.id AND o.name LIKE '装置%')
"""
_UNITS = """
    INSERT INTO risk_unit (enterprise_id, object_id, name, place_code)
    SELECT o.enterprise_id, o.id, '单元', 'B' || o.id FROM risk_object o WHERE o.name LIKE '装置%' AND NOT EXISTS (SELECT 1 FROM risk_unit u WHERE u.object_id = o.id)
"""
_EVENTS = """
    INSERT INTO risk_event (enterprise_id, object_id, unit_id, name, accident, method, edition_id, inherent_likelihood, inherent_severity,
        inherent_score, inherent_level, present_likelihood, present_severity, present_score, present_level)
    SELECT u.enterprise_id, u.object_id, u.id, '事件' || n, 'fire', 'LS', (SELECT min(id) FROM risk_method), 3, 3, 9, 2, 2, 3, 6, 2 + n % 3
    FROM risk_unit u, generate_series(1, :events) n WHERE u.place_code = 'B' || u.object_id
        AND NOT EXISTS (SELECT 1 FROM risk_event e WHERE e.unit_id = u.id)
"""
_MEASURES = """
    INSERT INTO risk_measure (enterprise_id, object_id, unit_id, event_id, name, kind, way, content, cycle_count, cycle_unit)
    SELECT e.enterprise_id, e.object_id, e.unit_id, e.id, '检查', 'management', 'manual', '检查', 1, 'day' FROM risk_event e
    WHERE e.name LIKE '事件%' AND NOT EXISTS (SELECT 1 FROM risk_measure m WHERE m.event_id = e.id)
"""


def recompute() -> list[dict[str, Any]]:
    """Milliseconds of one round over the whole park when nothing changed, the slowest of ROUNDS, of 60 and of 600 enterprises; and of a
    round over one enterprise, which is what an alarm costs."""
    from data.db import session

    with stage():
        with session() as current:
            there = current.scalar(text("SELECT count(*) FROM enterprise")) or 0
            current.execute(text("INSERT INTO risk_method (code, edition, name) SELECT 'LS', 'bench', 'LS' WHERE NOT EXISTS (SELECT 1 FROM risk_method)"))
        small, one_of_few = _measured(60 - there)
        large, one_of_many = _measured(540)
    return [
        figure("risk.recompute", small, "ms", "limit", LIMIT_MS),
        figure("risk.recompute_600", large, "ms", "60 enterprises", small),
        figure("risk.recompute_one", one_of_many, "ms", "one of 60", one_of_few),
    ]


def _measured(more: int) -> tuple[float, float]:
    """The slowest round over the whole park and over one enterprise in ms, with so many enterprises more; the first round, which enters
    their zones, is not counted."""
    from data.db import session
    from data.risk_colours import recompute as judge

    with session() as current:
        current.execute(text(_FIRMS), {"count": max(more, 0)})
        for statement in (_OBJECTS, _UNITS, _EVENTS, _MEASURES):
            current.execute(text(statement), {"objects": OBJECTS, "events": EVENTS // OBJECTS})
    with session() as current:
        judge(current, datetime.now(UTC))
        for table in ("risk_event", "risk_object", "zone_colour", "risk_zone", "risk_measure"):
            current.execute(text(f"ANALYZE {table}"))
        last = current.scalar(text("SELECT max(id) FROM enterprise")) or 0

    def slowest(enterprises: set[int] | None) -> float:
        taken = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            with session() as current:
                judge(current, datetime.now(UTC), enterprises)
            taken.append((time.perf_counter() - began) * 1000)
        return max(taken)

    return slowest(None), slowest({last})
