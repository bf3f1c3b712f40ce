"""The ingest role: listeners, one writer, and a heart-beat. Several may run side by side (``ingest.shares``)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import signal
from typing import Any

import uvloop

from data.db import read_session
from data.health import beat, forget
from data.rules.shares import SHARES
from data.servers import broker
from data.settings import Settings
from ingest.commands import CommandStore
from ingest.directory import Directory
from ingest.jt808.gateway import Gateway
from ingest.mqtt.consumer import Consumer
from ingest.pipeline import Pipeline
from ingest.shares import Shares
from ingest.writer import Writer

log = logging.getLogger(__name__)

BEAT_S = 2.0


def run(settings: Settings) -> None:
    """Listen until SIGTERM or SIGINT; then write what is queued, answer it, and end."""
    _raise_file_limit()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(settings))


async def _run(settings: Settings) -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopping.set)
    pipeline, directory = Pipeline(settings.queue_rows), Directory()
    directory.on_change(lambda world: keep_broker(settings))
    shares = Shares([Consumer(settings, pipeline, directory, share) for share in range(SHARES)], pipeline)
    writer = Writer(settings, pipeline, directory, shares)
    gateway = Gateway(settings, pipeline, directory, CommandStore())
    writer.on_here = gateway.here
    writer.start()
    # Devices are heard only when there is somewhere to put what they say.
    while not await loop.run_in_executor(None, writer.is_ready.wait, 0.5):
        if stopping.is_set() or not writer.is_alive():
            break
    await gateway.start()
    log.info("ingest is listening")
    try:
        while not stopping.is_set():
            await loop.run_in_executor(None, beat, shares.name, _facts(pipeline, writer, shares, gateway))
            if not writer.is_alive():
                raise RuntimeError("the writer ended; the role must start anew")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), BEAT_S)
    finally:
        # What is queued is written and answered first; what arrives meanwhile is not answered and comes again.
        writer.stop()
        await loop.run_in_executor(None, writer.join, 5)
        await gateway.stop()
        await loop.run_in_executor(None, shares.close)
        if stopping.is_set():
            await loop.run_in_executor(None, forget, shares.name)


def keep_broker(settings: Settings) -> None:
    """Let the embedded broker know of changed gateways: who may connect, and who may publish where."""
    try:
        with read_session() as current:
            broker.keep(settings, current)
    except Exception:
        log.exception("the broker could not be told of the gateways; its last users stay in force")


def _facts(pipeline: Pipeline, writer: Writer, shares: Shares, gateway: Gateway) -> dict[str, Any]:
    return {
        "queue_rows": pipeline.depth,
        "queue_age_s": round(pipeline.oldest_age, 3),
        "commit_ms": round(writer.commit_ms, 2),
        "committed_at": writer.committed_at,
        "mqtt_connected": shares.is_connected,
        "mqtt_messages": shares.messages,
        "mqtt_shares": len(shares.held),
        "mqtt_refused_filters": shares.refused_filters,
        "jt808_port": str(gateway.port),
        **writer.counts,
        **{f"jt808_{name}": value for name, value in gateway.metrics().items()},
    }


def _raise_file_limit() -> None:
    """Each terminal is a file; take as many as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and hard < 20_000:
        log.warning("only %s files may be open: no more terminals than that can connect", hard)
