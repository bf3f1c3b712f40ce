"""Sub-packages of one terminal, joined in order; bounded in messages, bytes and time."""

from __future__ import annotations

from typing import NamedTuple

from ingest.jt808.frame import Frame, FrameError

MAX_MESSAGES = 8
MAX_BYTES = 2_000_000
MAX_PARTS = 2000
LIFE_S = 120.0
QUIET_S = 3.0  # without a further part before the missing ones are asked for
ASKED = 3


class Gap(NamedTuple):
    """A message of which parts are missing; ``head`` is the body of its first part, empty when that one is missing too."""

    msg_id: int
    serial: int
    missing: list[int]
    head: bytes


class _Waiting:
    __slots__ = ("asked", "heard", "parts", "since", "total")

    def __init__(self, total: int, since: float) -> None:
        self.total = total
        self.since = since
        self.heard = since
        self.asked = 0
        self.parts: dict[int, bytes] = {}


class Parts:
    """What waits for its missing parts, keyed by message and the serial of the first part (parts are sent in a row)."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[int, int, int], _Waiting] = {}
        self._bytes = 0
        self.lost = 0

    @property
    def held(self) -> int:
        """Bytes waiting."""
        return self._bytes

    def add(self, frame: Frame, now: float) -> Frame | None:
        """The whole message when ``frame`` completes it (with the serial of the first part), else None.

        FrameError: a part number outside its total, or a total that is not credible. Old and excessive messages are
        given up and counted in ``lost``.
        """
        assert frame.parts is not None, "only sub-packages are collected"
        total, number = frame.parts
        if not 1 <= number <= total <= MAX_PARTS:
            raise FrameError(f"sub-package {number} of {total} cannot be", f"分包序号 {number} 与总包数 {total} 不符")
        self._forget(now)
        key = self._key(frame, total, number)
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = _Waiting(total, now)
        self._bytes += len(frame.body) - len(waiting.parts.get(number, b""))
        waiting.parts[number] = frame.body
        waiting.heard = now
        if len(waiting.parts) < total:
            self._shed(key)
            return None
        self._drop(key)
        body = b"".join(waiting.parts[place] for place in range(1, total + 1))
        return frame._replace(serial=key[1], parts=None, body=body, declared=len(body))

    def gaps(self, now: float) -> list[Gap]:
        """What is to be asked for again now; each call counts as an asking, and after three nothing is asked any more."""
        found = []
        for (msg_id, serial, total), waiting in self._waiting.items():
            if now - waiting.heard >= QUIET_S * (waiting.asked + 1) and waiting.asked < ASKED:
                waiting.asked += 1
                missing = [number for number in range(1, total + 1) if number not in waiting.parts]
                found.append(Gap(msg_id, serial, missing, waiting.parts.get(1, b"")))
        return found

    def _key(self, frame: Frame, total: int, number: int) -> tuple[int, int, int]:
        """By the serial that the first part has when they are in a row; by message alone for senders that skip serials."""
        exact = (frame.msg_id, (frame.serial - number + 1) & 0xFFFF, total)
        if exact in self._waiting or number == 1:
            return exact
        open_ones = [
            key
            for key, waiting in self._waiting.items()
            if key[0] == frame.msg_id and key[2] == total and number not in waiting.parts
        ]
        return open_ones[-1] if open_ones else exact

    def _forget(self, now: float) -> None:
        for key in [key for key, waiting in self._waiting.items() if now - waiting.since > LIFE_S]:
            self._drop(key)
            self.lost += 1

    def _shed(self, newest: tuple[int, int, int]) -> None:
        """Give up the oldest ones until the bounds hold; ``newest`` itself when it alone exceeds them."""
        while len(self._waiting) > MAX_MESSAGES or self._bytes > MAX_BYTES:
            oldest = next((key for key in self._waiting if key != newest), newest)
            self._drop(oldest)
            self.lost += 1

    def _drop(self, key: tuple[int, int, int]) -> None:
        waiting = self._waiting.pop(key)
        self._bytes -= sum(map(len, waiting.parts.values()))
