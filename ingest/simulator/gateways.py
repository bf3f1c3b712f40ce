"""Data gateways on MQTT: each has a connection of its own and sends what its points measure in one message."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import orjson

from data.demo.points import PERIOD_S, points
from data.demo.scenario import silent_gateways, values
from data.settings import Settings
from ingest.mqtt.consumer import client_for, connect

QUEUE_MESSAGES = 360  # an hour of one gateway, kept while the broker is away
GOOD = 192


def message(at: float, measured: dict[str, float]) -> bytes:
    """The platform's telemetry payload of values taken at ``at`` (seconds since 1970 UTC)."""
    return orjson.dumps(
        {"ts": round(at * 1000), "points": [{"code": code, "v": value, "q": GOOD} for code, value in measured.items()]}
    )


class Gateways:
    """All gateways of the park. A silent one really leaves the broker and comes back."""

    def __init__(self, settings: Settings, pause: Callable[[float], float], script_now: Callable[[], float]) -> None:
        self._settings = settings
        self._pause = pause
        self._script_now = script_now
        self._points: dict[str, list[str]] = {}
        self._topics: dict[str, str] = {}
        for point in points():
            self._points.setdefault(point["gateway"], []).append(point["code"])
            self._topics[point["gateway"]] = (
                f"park/{settings.park_code}/{point['enterprise']}/{point['gateway']}/telemetry"
            )
        self.codes = sorted(self._points)
        self._away: set[str] = set()
        self._clients = {
            code: client_for(
                settings.effective_mqtt_url, f"{settings.park_code}-{code}", clean_session=True, ca_file=settings.mqtt_ca_file
            )
            for code in self.codes
        }
        for client in self._clients.values():
            client.max_queued_messages_set(QUEUE_MESSAGES)

    def start(self) -> None:
        for client in self._clients.values():
            connect(client, self._settings.effective_mqtt_url)

    def stop(self) -> None:
        for client in self._clients.values():
            client.disconnect()
        for client in self._clients.values():
            client.loop_stop()

    async def publish_forever(self) -> None:
        """Each gateway in its turn, so that the messages of a period are spread over it."""
        while True:
            started = time.monotonic()
            for index, code in enumerate(self.codes):
                due = started + self._pause(PERIOD_S) * index / len(self.codes)
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                self._publish(code)
            await asyncio.sleep(max(0.0, started + self._pause(PERIOD_S) - time.monotonic()))

    def _publish(self, code: str) -> None:
        now = self._script_now()
        if code in silent_gateways(now):
            if code not in self._away:
                self._away.add(code)
                self._clients[code].disconnect()
                self._clients[code].loop_stop()
            return
        if code in self._away:
            self._away.discard(code)
            connect(self._clients[code], self._settings.effective_mqtt_url)
        all_values = values(now)
        measured = {name: all_values[name] for name in self._points[code] if name in all_values}
        self._clients[code].publish(self._topics[code], message(time.time(), measured), qos=1)
