"""The push role: Server-Sent Events of live changes. A frame is made once for all who see equally far.

It reads the latest tables when ingest notifies, so it holds nothing that a second push role would not have.
A browser that is slow loses frames, never memory: its queue is dropped and it starts again from a snapshot.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson
import psycopg2
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from auth.tokens import Subject, read_push_token
from data import live
from data.db import connection_raw, read_session
from data.errors import PlatformError
from data.health import beat
from data.live import Reach
from data.viewers import viewer_of
from data.walls import still

log = logging.getLogger(__name__)

QUEUE = 16  # frames waiting for one browser
HEALTH_S = 5.0
RECHECK_S = 60.0  # how long a person whose rights were taken may still see
WALL_RECHECK_S = 20.0  # the same for a wall, at which nobody sits
OVERLAP = timedelta(seconds=2)  # a transaction may become visible a little after the time it wrote


def encode(event: str, frame: live.Frame) -> bytes:
    """One server-sent event."""
    return b"event: " + event.encode() + b"\ndata: " + orjson.dumps(frame) + b"\n\n"


@dataclass(eq=False)
class Client:
    subject: Subject
    epoch: int
    reach: Reach
    queue: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(QUEUE))
    needs_snapshot: bool = True
    is_closed: bool = False

    def offer(self, event: bytes) -> None:
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            while not self.queue.empty():
                self.queue.get_nowait()
            self.needs_snapshot = True


class Hub:
    """Follows the database and hands each change to the clients that may see it."""

    def __init__(self) -> None:
        self.clients: set[Client] = set()
        self.frames = 0
        self._woken = asyncio.Event()
        self._told: set[str] = set()  # the channels that spoke since the last round
        self._mark = datetime.now(UTC)
        self._sent: dict[tuple[str, int], tuple[Any, ...]] = {}
        self._alarms: bytes = b""
        self._colours: dict[int, live.ZoneState] = {}
        self._checked = self._walls_checked = time.monotonic()
        self._health_due = 0.0

    async def run(self) -> None:
        """Until cancelled: send what changed, at the latest every HEALTH_S a sign of life."""
        listener = asyncio.create_task(self._listen())
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), HEALTH_S)
                woken, self._woken = self._woken.is_set(), asyncio.Event()
                try:
                    told, self._told = self._told, set()
                    for channel in told & live.BARE.keys():
                        self._to_all(live.BARE[channel], live.bare_frame())
                    if live.RISK_CHANNEL in told:
                        await self._send_colours()
                    if woken and not (told and told <= {*live.BARE, live.RISK_CHANNEL}):
                        await self._send_changes()
                    # A lively park wakes without a pause: health has a time of its own.
                    if time.monotonic() >= self._health_due:
                        self._health_due = time.monotonic() + HEALTH_S
                        await self._send_health()
                except (SQLAlchemyError, psycopg2.Error) as error:
                    log.warning("the database does not answer: %s", str(error).splitlines()[0])
                    self._to_all(
                        "health",
                        {"at": live.now_ms(), "database": False, "broker": None, "ingest": None, "ingest_at": None},
                    )
                    await asyncio.sleep(1)
        finally:
            listener.cancel()

    async def _listen(self) -> None:
        """Wake on NOTIFY; connect again for ever."""
        loop = asyncio.get_running_loop()
        while True:
            connection = None
            try:
                connection = await asyncio.to_thread(connection_raw)
                connection.autocommit = True
                with connection.cursor() as cursor:
                    for channel in live.CHANNELS:
                        cursor.execute(f"LISTEN {channel}")
                self._told |= set(live.CHANNELS)  # whatever was said while nobody listened
                self._woken.set()
                while True:
                    await _readable(loop, connection.fileno())
                    connection.poll()
                    if connection.notifies:
                        self._told |= {one.channel for one in connection.notifies}
                        connection.notifies.clear()
                        self._woken.set()
            except (psycopg2.Error, OSError) as error:
                log.warning("no notifications: %s", str(error).strip())
                await asyncio.sleep(1)
            finally:
                if connection is not None:
                    connection.close()

    async def _send_changes(self) -> None:
        since = self._mark - OVERLAP
        self._mark = datetime.now(UTC)
        points, vehicles, alarms = await asyncio.to_thread(_changes, since)
        points = [state for state in points if self._is_news("p", state.point_id, state)]
        vehicles = [state for state in vehicles if self._is_news("v", state.vehicle_id, state)]
        if points:
            self._to_each(
                "points", lambda reach: live.points_frame(points, reach, full=False), lambda frame: bool(frame["id"])
            )
        if vehicles:
            self._to_each(
                "vehicles",
                lambda reach: live.vehicles_frame(vehicles, reach, full=False),
                lambda frame: bool(frame["id"]),
            )
        seen = orjson.dumps([row for _, row in alarms])
        if seen != self._alarms:
            self._alarms = seen
            self._to_each("alarms", lambda reach: live.alarms_frame(alarms, reach), lambda frame: True)

    async def _send_colours(self) -> None:
        found = {state.zone_id: state for state in await asyncio.to_thread(_colours)}
        before, self._colours = self._colours, found
        is_full = not before.keys() <= found.keys()  # a zone is gone: only a whole frame says so
        news = [state for key, state in found.items() if is_full or before.get(key) != state]
        self._to_each("risk", lambda reach: live.risk_frame(news, reach, full=is_full), lambda frame: is_full or bool(frame["id"]))

    def _is_news(self, kind: str, identity: int, state: tuple[Any, ...]) -> bool:
        """The overlap reads some rows twice; only what differs from what was sent goes out."""
        if self._sent.get((kind, identity)) == state:
            return False
        self._sent[(kind, identity)] = state
        return True

    async def _send_health(self) -> None:
        self._to_all("health", await asyncio.to_thread(live.health_frame))
        with contextlib.suppress(SQLAlchemyError):
            await asyncio.to_thread(beat, "push", {"clients": len(self.clients), "frames": self.frames})
        now = time.monotonic()
        if now - self._checked > RECHECK_S:
            self._checked = now
            await self._recheck([client for client in self.clients if client.subject.wall_id is None])
        if now - self._walls_checked > WALL_RECHECK_S:
            self._walls_checked = now
            await self._recheck([client for client in self.clients if client.subject.wall_id is not None])

    async def _recheck(self, clients: list[Client]) -> None:
        """Close the streams of those who may no longer see; whoever sees more or less now begins anew."""
        for client in clients:
            found = await asyncio.to_thread(_reach_of, client.subject)
            if found is None or found[0] != client.epoch:
                client.is_closed = True
                client.offer(b"event: bye\ndata: {}\n\n")
            elif found[1] != client.reach:
                client.reach, client.needs_snapshot = found[1], True

    def _to_each(self, channel: str, make: Callable[[Reach], live.Frame], wanted: Callable[[live.Frame], bool]) -> None:
        made: dict[Reach, bytes] = {}
        for client in self.clients:
            if channel not in client.reach.channels or client.needs_snapshot:
                continue
            if client.reach not in made:
                frame = make(client.reach)
                made[client.reach] = encode(channel, frame) if wanted(frame) else b""
                self.frames += 1
            if made[client.reach]:
                client.offer(made[client.reach])

    def _to_all(self, channel: str, frame: live.Frame) -> None:
        event = encode(channel, frame)
        for client in self.clients:
            client.offer(event)

    async def stream(self, client: Client) -> AsyncIterator[bytes]:
        """The events of one browser: a snapshot, then changes."""
        self.clients.add(client)
        try:
            yield b"retry: 2000\n\n"
            while not client.is_closed:
                if client.needs_snapshot:
                    client.needs_snapshot = False
                    yield await asyncio.to_thread(_snapshot, client.reach)
                yield await client.queue.get()
        finally:
            self.clients.discard(client)


async def _readable(loop: asyncio.AbstractEventLoop, fd: int) -> None:
    ready = loop.create_future()
    loop.add_reader(fd, lambda: ready.done() or ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_reader(fd)


def _changes(
    since: datetime,
) -> tuple[list[live.PointState], list[live.VehicleState], list[tuple[int | None, live.Frame]]]:
    with read_session() as session:
        return live.point_states(session, since), live.vehicle_states(session, since), live.alarm_states(session)


def _colours() -> list[live.ZoneState]:
    with read_session() as session:
        return live.states(session)


def _snapshot(reach: Reach) -> bytes:
    """All that is live. By the health that follows it the browser knows that it is whole."""
    parts = []
    with read_session() as session:
        if "points" in reach.channels:
            parts.append(encode("points", live.points_frame(live.point_states(session), reach, full=True)))
        if "vehicles" in reach.channels:
            parts.append(encode("vehicles", live.vehicles_frame(live.vehicle_states(session), reach, full=True)))
        if "alarms" in reach.channels:
            parts.append(encode("alarms", live.alarms_frame(live.alarm_states(session), reach)))
        if "risk" in reach.channels:
            parts.append(encode("risk", live.risk_frame(live.states(session), reach, full=True)))
    parts += [encode("health", live.health_frame()), *(encode(event, live.bare_frame()) for event in live.BARE.values())]
    return b"".join(parts)


def _reach_of(subject: Subject) -> tuple[int, Reach] | None:
    """(epoch, reach) of a person who may still sign in, or of a wall whose token still holds; else None."""
    with read_session() as session:
        if subject.wall_id is not None:
            seat = still(session, subject.wall_id, subject.epoch, datetime.now(UTC))
            return seat and (seat.epoch, live.reach(session, seat.viewer))
        found = viewer_of(session, subject.user_id or 0)
        return found and (found.epoch, live.reach(session, found.viewer))


async def _events(request: Request) -> Response:
    origin = request.headers.get("origin", "")
    if origin and urlsplit(origin).hostname != request.url.hostname:
        return JSONResponse({"error": "跨站请求被拒绝。"}, status_code=403)
    headers = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin else {}
    try:
        subject = read_push_token(request.query_params.get("token", ""))
        found = await asyncio.to_thread(_reach_of, subject)
    except PlatformError as error:
        return JSONResponse({"error": str(error)}, status_code=401, headers=headers)
    except SQLAlchemyError:
        return JSONResponse({"error": "数据库暂时没有应答。"}, status_code=503, headers=headers)
    if found is None:
        return JSONResponse({"error": "账号或大屏令牌已停用。"}, status_code=401, headers=headers)
    headers |= {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    hub: Hub = request.app.state.hub
    return StreamingResponse(hub.stream(Client(subject, *found)), media_type="text/event-stream", headers=headers)


def create_app() -> Starlette:
    """The ASGI application of the role."""
    hub = Hub()

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(hub.run())
        yield
        task.cancel()

    app = Starlette(routes=[Route("/live", _events)], lifespan=lifespan)
    app.state.hub = hub
    return app
