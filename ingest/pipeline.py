"""The one way from the listeners to the writer: a bounded queue of envelopes that are answered after the commit."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Reading(NamedTuple):
    """A value of a point. ``ts`` in seconds since 1970 UTC; ``quality`` 192 good, 64 uncertain, 0 bad."""

    point_id: int
    ts: float
    value: float
    quality: int


NOT_FIXED, LATE, CLOCK_REPLACED, DRIFT = 1, 2, 4, 8  # flags of a Fix


class Fix(NamedTuple):
    """A position of a terminal, WGS-84 degrees, km/h, degrees, metres; ``alarm_bits`` and ``status_bits`` as in 0x0200."""

    terminal_id: int
    ts: float
    serial: int
    lon: float
    lat: float
    speed_kmh: float
    heading_deg: int
    altitude_m: int
    alarm_bits: int
    status_bits: int
    flags: int
    mileage_km: float | None
    items: dict[str, Any] | None


class Record(NamedTuple):
    """A report of a terminal that is kept as it is; ``kind`` is one of ``choices.TERMINAL_RECORD_KINDS``, ``digest`` of its bytes."""

    terminal_id: int
    kind: str
    serial: int
    ts: float
    content: dict[str, Any]
    digest: str


class Refusal(NamedTuple):
    """A message, or a part of one, that was not taken. ``reason`` is one of ``choices.REFUSALS``, ``detail`` a Chinese sentence."""

    source: str
    peer: str
    reason: str
    detail: str
    sample: bytes


class Unknown(NamedTuple):
    """A key in a gateway's message that no point claims, with its value as text."""

    gateway_id: int
    key: str
    value: str
    topic: str


class Presence(NamedTuple):
    """What a gateway, or its last will, says of its being on line."""

    gateway_id: int
    is_online: bool


class Arrival(NamedTuple):
    """A terminal that begins to speak here; another ingest role may have heard it until now."""

    terminal_id: int
    phone: str


@dataclass(slots=True)
class Envelope:
    """The rows of one message, and how to tell its sender that they are safe. ``ack`` is called from the writer's thread."""

    readings: list[Reading] = field(default_factory=list)
    fixes: list[Fix] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    ack: Callable[[], object] | None = None
    received: float = field(default_factory=time.time)
    records: list[Record] = field(default_factory=list)
    unknowns: list[Unknown] = field(default_factory=list)
    presence: Presence | None = None
    arrivals: Sequence[Arrival] = ()

    @property
    def weight(self) -> int:
        return len(self.readings) + len(self.fixes) + len(self.records) + len(self.refusals) + len(self.unknowns) + 1


class Pipeline:
    """Thread-safe. ``put`` never blocks and never drops: who sees ``full`` stops reading from its socket."""

    def __init__(self, capacity_rows: int) -> None:
        self._capacity = capacity_rows
        self._queue: deque[Envelope] = deque()
        self._weight = 0
        self._changed = threading.Condition()
        self._resume: list[Callable[[], None]] = []
        self._was_full = False

    def put(self, envelope: Envelope) -> None:
        with self._changed:
            self._queue.append(envelope)
            self._weight += envelope.weight
            self._was_full = self._was_full or self._weight >= self._capacity
            self._changed.notify_all()

    @property
    def full(self) -> bool:
        """Stays true from the moment the queue is full until it is half empty, so that listeners do not flutter."""
        return self._was_full

    @property
    def depth(self) -> int:
        """Rows waiting."""
        return self._weight

    @property
    def oldest_age(self) -> float:
        """Seconds that the oldest envelope has waited."""
        try:
            return max(0.0, time.time() - self._queue[0].received)
        except IndexError:
            return 0.0

    def on_resume(self, call: Callable[[], None]) -> None:
        """Register what to call (from the writer's thread) when there is room again."""
        self._resume.append(call)

    def wait_for_room(self, timeout: float) -> bool:
        """Block a listener's own thread until there is room; False when the time is over."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._was_full, timeout)

    def take(self, rows: int, seconds: float, idle: float) -> list[Envelope]:
        """Envelopes in order of arrival: as soon as ``rows`` wait or the first has waited ``seconds``; [] after ``idle`` of nothing."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._queue, idle):
                return []
            deadline = time.monotonic() + seconds
            while self._weight < rows and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
            taken, weight = [], 0
            while self._queue and weight < rows:
                envelope = self._queue.popleft()
                weight += envelope.weight
                taken.append(envelope)
            self._weight -= weight
            resumed = self._was_full and self._weight <= self._capacity // 2
            if resumed:
                self._was_full = False
                self._changed.notify_all()
        if resumed:
            for call in self._resume:
                call()
        return taken
