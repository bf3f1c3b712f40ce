"""The promise of ingest: what was acknowledged is in the store, and once, whatever dies meanwhile."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.gateways import Gateway, query
from tests.platform import Platform, wait_for

ROUNDS, A_ROUND = 5, 400


def stored(platform: Platform, gateway: Gateway, since: int) -> tuple[int, int]:
    """(rows, distinct times) of the gateway's point since then."""
    statement = "SELECT count(*), count(DISTINCT ts) FROM reading WHERE point_id = %s AND ts >= to_timestamp(%s)"
    rows = query(platform, statement, (gateway.point_id, since / 1000))
    return (rows[0][0], rows[0][1]) if rows else (0, 0)


@pytest.mark.parametrize(("victim", "kills"), [("ingest", ROUNDS), ("postgres", 1), ("broker", 1)])
def test_what_was_acknowledged_survives_kills_and_is_stored_once(victim: str, kills: int, platform: Platform) -> None:
    start = int(time.time() * 1000) - 60_000
    with Gateway(platform) as gateway:
        for kill in range(kills):
            for number in range(A_ROUND // 2):
                gateway.say(5.0, start + kill * A_ROUND + number)
                time.sleep(0.002)
            os.kill(wait_for(lambda: platform.role(victim), 30, victim), signal.SIGKILL)
            for number in range(A_ROUND // 2, A_ROUND):
                gateway.say(5.0, start + kill * A_ROUND + number)
                time.sleep(0.002)
        sent = kills * A_ROUND
        wait_for(lambda: len(gateway.taken) >= sent, 60, "the broker's answers")
        wait_for(lambda: stored(platform, gateway, start)[0] >= sent, 60, "the store")
        assert stored(platform, gateway, start) == (sent, sent)
    wait_for(platform.healthy, 60, "health")
