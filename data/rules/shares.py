"""How the work of MQTT is divided among the ingest roles: by enterprise, so that whoever judges a point sees all its values in order.

A share is a session at the broker with its own stable name, whoever holds it. What waits in the session of a role that died
is delivered to the next holder.
"""

from __future__ import annotations

from functools import lru_cache

SHARES = 4
"""More ingest roles than this do not make MQTT faster. It is no setting: the sessions of shares that are gone would keep messages for ever."""
PREFIX = "share"


@lru_cache(10_000)
def share_of(enterprise: str) -> int:
    """The share (0 … SHARES - 1) of the enterprise with this code: FNV-1a, as ``partition()`` of NATS computes it."""
    state = 0x811C9DC5
    for byte in enterprise.encode():
        state = ((state ^ byte) * 0x01000193) & 0xFFFFFFFF
    return state % SHARES


def topic_of(topic: str) -> str:
    """The topic that a gateway published on: the embedded broker writes ``share/<number>/`` before it."""
    return topic.split("/", 2)[2] if topic.startswith(f"{PREFIX}/") and topic.count("/") > 2 else topic


def enterprise_in(topic: str) -> str:
    """The enterprise's code in a topic of the park's convention; empty for any other."""
    parts = topic.split("/")
    return parts[2] if len(parts) == 5 and parts[0] == "park" else ""


def quota(roles: int, rank: int) -> int:
    """How many shares the role of this rank (from 0) among the live ones should hold; over all ranks they make SHARES."""
    return SHARES // roles + (rank < SHARES % roles)
