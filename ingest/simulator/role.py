"""The simulate role: all simulated devices in one process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
import time

from data.demo.trips import plates
from data.settings import Settings
from ingest.simulator.cameras import Cameras
from ingest.simulator.gateways import Gateways
from ingest.simulator.trucks import Truck

log = logging.getLogger(__name__)

STAGGER_S = 0.1  # between the first connections of two trucks


class ScriptClock:
    """Seconds of the script: those since the start, times the speed."""

    def __init__(self, speed: float, start: float = 0.0) -> None:
        self.speed = speed
        self._start = start
        self._began = time.monotonic()

    def now(self) -> float:
        return self._start + (time.monotonic() - self._began) * self.speed

    def pause(self, seconds: float) -> float:
        """Real seconds between two reports that a device sends every ``seconds`` of the script, but at most four a second."""
        return max(0.25, seconds / self.speed)


def run(settings: Settings, stop: threading.Event | None = None) -> None:
    """Simulate until ``stop`` is set; without one, until SIGTERM or SIGINT. The script begins at its first minute."""
    ending = stop or threading.Event()
    if stop is None:
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: ending.set())
    asyncio.run(_run(settings, ending))


async def _run(settings: Settings, ending: threading.Event) -> None:
    clock = ScriptClock(settings.simulate_speed)
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host
    gateways = Gateways(settings, clock.pause, clock.now)
    cameras = Cameras(settings)
    trucks = [Truck(plate, host, settings.jt808_port, clock.pause, clock.now) for plate in plates()]
    gateways.start()
    cameras.start()
    tasks = [asyncio.create_task(gateways.publish_forever())]
    tasks += [asyncio.create_task(truck.drive_forever(index * STAGGER_S)) for index, truck in enumerate(trucks)]
    log.info(
        "%d gateways and %d trucks are simulated at speed %g", len(gateways.codes), len(trucks), settings.simulate_speed
    )
    try:
        while not ending.is_set():
            await asyncio.sleep(0.2)
            for task in tasks:
                if task.done():
                    task.result()  # a device never ends by itself: whatever ended it is an error to be seen
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        gateways.stop()
        cameras.stop()
