"""The JT/T 808 listener: connections, one session a terminal, answers after the commit, bounds."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from ipaddress import ip_address
from typing import Any, Protocol

from data.errors import PlatformError
from data.settings import Settings
from ingest.commands import CommandStore
from ingest.directory import TerminalInfo
from ingest.jt808.datagrams import Datagrams
from ingest.jt808.outbox import Nobody, Outbox
from ingest.jt808.reply import Voice
from ingest.jt808.session import Answer, Session
from ingest.pipeline import Arrival, Envelope, Fix, Record, Refusal
from ingest.vehicle_media import Media, store_media

log = logging.getLogger(__name__)

BACKLOG = 4096
PER_ADDRESS = 2000  # connections of one address; carriers put many terminals behind one, a stranger must not take all
FIRST_FRAME_S = 60.0  # a connection that has not said anything sensible for this long is closed
SWEEP_S = 5.0
MEDIA = 32  # recordings waiting to be kept; a terminal whose recording is not answered sends it again
REGISTRATIONS = 500  # waiting for the database; more are not answered, and terminals try again


class Terminals(Protocol):
    """The part of the directory that the gateway needs."""

    def terminal(self, phone: str) -> TerminalInfo | None: ...

    def register(self, phone: str, registration: Mapping[str, Any]) -> TerminalInfo: ...


class Store(Protocol):
    """The part of the pipeline that the gateway needs."""

    def put(self, envelope: Envelope) -> None: ...

    @property
    def full(self) -> bool: ...

    def on_resume(self, call: Callable[[], None]) -> None: ...


@dataclass
class Counts:
    """Since the start of the role."""

    accepted: int = 0
    turned_away: int = 0
    replaced: int = 0
    timed_out: int = 0
    frames: int = 0
    positions: int = 0
    answered: int = 0
    refused: int = 0
    bad_frames: int = 0
    too_long: int = 0
    pauses: int = 0
    media: int = 0


class Gateway:
    """Listens on ``settings.host``:``settings.jt808_port``, over UDP too when the settings say so. ``port`` is the real one when the
    setting is 0."""

    def __init__(
        self, settings: Settings, pipeline: Store, directory: Terminals, commands: CommandStore | None = None
    ) -> None:
        self.settings = settings
        self._commands = commands
        self.outbox = Outbox(self.ready, commands or Nobody(), settings.jt808_answer_s, settings.jt808_repeats)
        self.directory = directory
        self.counts = Counts()
        self.port = settings.jt808_port
        self._pipeline = pipeline
        self._server: asyncio.Server | None = None
        self._datagrams: asyncio.DatagramTransport | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self._sessions: set[Session] = set()
        self._empty = asyncio.Event()
        self._terminals: dict[str, Session] = {}
        self._unannounced: set[str] = set()
        self._addresses: Counter[str] = Counter()
        self._held: set[Session] = set()
        self._committed: deque[tuple[Session, list[Answer]]] = deque()
        self._answering = False
        self._registrar = ThreadPoolExecutor(1, thread_name_prefix="jt808-registrar")
        self._registering = 0
        self._keeper = ThreadPoolExecutor(1, thread_name_prefix="jt808-media")
        self._keeping = 0
        self._written: set[str] = set()  # approved terminals whose own words are in the database already
        pipeline.on_resume(self._call_soon(self._read_on))

    async def start(self) -> None:
        """Listen. OSError when the port is taken."""
        self._loop = asyncio.get_running_loop()
        self._server = await self._loop.create_server(
            lambda: Session(self), self.settings.host, self.settings.jt808_port, backlog=BACKLOG
        )
        self.port = self._server.sockets[0].getsockname()[1]
        if self.settings.jt808_udp:
            self._datagrams, _ = await self._loop.create_datagram_endpoint(lambda: Datagrams(lambda: Session(self)), (self.settings.host, self.port))
        self._sweeper = self._loop.create_task(self._sweep())
        if self._commands is not None:
            self._commands.begin(self._loop, self.outbox)
        log.info("JT/T 808 listens on %s:%s", self.settings.host, self.port)

    async def stop(self) -> None:
        """Close every connection and the port; answers of commits that have already come in are sent first."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self._server is not None:
            self._server.close()
        self._send_answers()
        self.outbox.close()
        if self._commands is not None:
            self._commands.end()
            await asyncio.get_running_loop().run_in_executor(None, self._commands.join, 5)
        self._registrar.shutdown(wait=False, cancel_futures=True)
        self._keeper.shutdown(wait=False, cancel_futures=True)
        for session in list(self._sessions):
            session.close()
        await self._emptied(0.2)  # for the answers
        for session in list(self._sessions):
            session.abort()
        await self._emptied(1.0)
        if self._datagrams is not None:
            self._datagrams.close()

    async def _emptied(self, seconds: float) -> None:
        """Wait until the last connection has gone, but not longer than that."""
        if self._sessions:
            self._empty.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), seconds)

    def metrics(self) -> dict[str, int]:
        """Counts since the start, and how many connections and terminals there are now."""
        now = {"connections": len(self._sessions), "terminals": len(self._terminals), "held": len(self._held)}
        commands = {f"commands_{name}": count for name, count in self.outbox.counts.items()}
        return now | asdict(self.counts) | commands

    # Sessions

    def admit(self, session: Session) -> bool:
        """Enter a new connection; False when its address has too many already."""
        self._sessions.add(session)
        self._addresses[session.address] += 1
        if self._addresses[session.address] > PER_ADDRESS and not _is_loopback(session.address):
            self.counts.turned_away += 1
            log.warning("%s has %s connections: another was turned away", session.address, PER_ADDRESS)
            return False
        self.counts.accepted += 1
        return True

    def leave(self, session: Session) -> None:
        """Forget a connection. One that was replaced must not take its successor's place with it."""
        if session not in self._sessions:
            return
        self._sessions.discard(session)
        if not self._sessions:
            self._empty.set()
        self._held.discard(session)
        self._addresses[session.address] -= 1
        if not self._addresses[session.address]:
            del self._addresses[session.address]
        for phone in session.phones:
            if self._terminals.get(phone) is session:
                del self._terminals[phone]
        self.outbox.left(session)

    def ready(self, phone: str) -> Session | None:
        """The connection over which that terminal may be sent something; None when it is not here. From any thread."""
        session = self._terminals.get(phone)
        return session if session is not None and session.is_ready else None

    def signed_in(self, session: Session) -> None:
        """What waits for the terminal may be sent now."""
        if self._commands is not None:
            self._commands.wake()

    def claim(self, session: Session) -> None:
        """Make ``session`` the one of its terminal; an older connection of the same terminal is closed.

        Only for terminals that the directory knows: numbers that a stranger makes up are not kept.
        """
        phone = session.phone
        older = self._terminals.get(phone)
        if older is session or (info := self.directory.terminal(phone)) is None:
            return
        if info.state == "approved":
            session.arrivals.append(Arrival(info.id, phone))
            self._unannounced.add(phone)
        self._terminals[phone] = session
        session.phones.add(phone)
        if older is not None:
            older.phones.discard(phone)
            if not older.phones:
                self.counts.replaced += 1
                older.close()

    def here(self, phones: list[str], is_mine: bool) -> None:
        """An ingest role, maybe this one, hears these terminals from now on; what is left here of others' is closed. From any thread."""
        self._call_soon(partial(self._announced, phones, is_mine))()

    def _announced(self, phones: list[str], is_mine: bool) -> None:
        if is_mine:
            self._unannounced -= set(phones)
            return
        for phone in phones:
            # Whoever called here since is not announced yet, so what another role says of it is older.
            if phone in self._unannounced or (session := self._terminals.pop(phone, None)) is None:
                continue
            session.phones.discard(phone)
            if not session.phones:
                self.counts.replaced += 1
                session.close()

    async def _sweep(self) -> None:
        """Close connections that have been silent, whether or not anything still flows through them."""
        while True:
            await asyncio.sleep(SWEEP_S)
            now = time.monotonic()
            for session in list(self._sessions):
                patience = (
                    self.settings.jt808_idle_s if session.has_spoken else min(FIRST_FRAME_S, self.settings.jt808_idle_s)
                )
                if now - session.heard > patience and session not in self._held:
                    self.counts.timed_out += 1
                    session.abort()
                else:
                    session.ask_for_missing(now)

    # Storing and answering

    def store(
        self,
        session: Session,
        fixes: list[Fix],
        refusals: list[Refusal],
        answers: list[Answer],
        records: Sequence[Record] = (),
    ) -> None:
        """Hand rows to the writer; the terminal is answered when they are committed. Stops reading when the queue is full."""
        ack = partial(self._acknowledge, session, answers) if answers else None
        arrivals, session.arrivals = session.arrivals, []
        self._pipeline.put(Envelope(fixes=fixes, records=list(records), refusals=refusals, ack=ack, arrivals=arrivals))
        if self._pipeline.full:
            self.counts.pauses += 1
            self._held.add(session)
            session.wait_for_room(True)

    def _acknowledge(self, session: Session, answers: list[Answer]) -> None:
        """Called by the writer's thread after the commit: one wake-up of the loop for all answers of a batch."""
        self._committed.append((session, answers))
        if not self._answering:
            self._answering = True
            self._call_soon(self._send_answers)()

    def _send_answers(self) -> None:
        self._answering = False
        waiting: dict[Session, list[Answer]] = {}
        while self._committed:
            session, answers = self._committed.popleft()
            waiting.setdefault(session, []).extend(answers)
        for session, answers in waiting.items():
            self.counts.answered += len(answers)
            session.committed(answers)

    def _read_on(self) -> None:
        held, self._held = self._held, set()
        for session in held:
            session.wait_for_room(False)

    def _call_soon(self, call: Callable[[], None]) -> Callable[[], None]:
        """``call`` on the loop's thread, from any thread; nothing when the loop is gone."""

        def hop() -> None:
            if self._loop is not None:
                with suppress(RuntimeError):
                    self._loop.call_soon_threadsafe(call)

        return hop

    # Registration

    def register(self, session: Session, voice: Voice, serial: int, said: Mapping[str, Any]) -> None:
        """Let the directory write a registration down, off the loop, and answer it then.

        An approved terminal is answered at once and written once, or a thousand reconnecting ones would queue for hours.
        """
        phone = session.phone
        info = self.directory.terminal(phone)
        is_known = info is not None and info.state == "approved" and bool(info.auth_code)
        if is_known:
            session.registered(voice, serial, info)
        if self._loop is None or self._registering >= REGISTRATIONS or (is_known and phone in self._written):
            return
        if is_known:
            self._written.add(phone)
        self._registering += 1
        job = self._loop.run_in_executor(self._registrar, self.directory.register, phone, said)
        answer = None if is_known else partial(session.registered, voice, serial)
        job.add_done_callback(partial(self._registered, phone, answer))

    def _registered(
        self, phone: str, answer: Callable[[TerminalInfo | None], None] | None, job: asyncio.Future[TerminalInfo]
    ) -> None:
        self._registering -= 1
        if job.cancelled():
            return
        error = job.exception()
        if error is not None:
            log.warning("the registration of terminal %s was not written: %s", phone, error)
            self._written.discard(phone)
        # No database: no answer, and the terminal asks again. Too many waiting: the answer is no.
        if answer is not None and (error is None or isinstance(error, OverflowError)):
            answer(None if error else job.result())


    # Recordings

    def keep_media(self, session: Session, voice: Voice, media: Media) -> None:
        """Keep a recording, off the loop, and tell the terminal then."""
        if self._loop is None or self._keeping >= MEDIA:
            return
        self._keeping += 1
        job = self._loop.run_in_executor(self._keeper, store_media, media)
        job.add_done_callback(partial(self._kept, session, voice, media.media_id))

    def _kept(self, session: Session, voice: Voice, media_id: int, job: asyncio.Future[int | None]) -> None:
        self._keeping -= 1
        if job.cancelled():
            return
        error = job.exception()
        if error is not None and not isinstance(error, PlatformError):
            log.warning("recording %s was not kept, its terminal will send it again: %s", media_id, error)
            return
        self.counts.media += error is None
        # What can never be kept is answered all the same, or it would come for ever.
        session.media_kept(voice, media_id)
        if error is not None:
            session.media_refused(media_id, str(error))
        else:
            self.outbox.pictured(job.result())


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
