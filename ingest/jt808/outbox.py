"""What has been sent to terminals and waits for its answer: matching, repeating, giving up. All on the gateway's loop."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from data.command_kinds import ONCE
from ingest.jt808.answers import general_words, special_answer
from ingest.jt808.commands import ANSWERS, Moment, message
from ingest.jt808.frame import FrameError
from ingest.jt808.reply import OK, Voice, encode_message

if TYPE_CHECKING:
    from ingest.jt808.session import Session

log = logging.getLogger(__name__)

AT_ONCE = 4  # unanswered commands of one terminal; more wait their turn
SPECIAL_S = 60.0  # a terminal that has confirmed the message may take this long for what was asked
LATE_S = 600.0  # an answer that comes after the time-out still counts for this long
MOST_TRIES = 8  # also over several connections

Changes = dict[str, Any]
"""Columns of the command's row and their new values."""


class Order(NamedTuple):
    """A command as the store hands it over. ``tries``: how often it was sent before, over earlier connections."""

    id: int
    phone: str
    kind: str
    values: Mapping[str, Any]
    tries: int
    offset_s: int


class Ledger(Protocol):
    """Where outcomes are written down; called on the loop, so it may not wait."""

    def record(self, command_id: int, changes: Changes) -> None: ...

    def wake(self) -> None: ...


class Nobody:
    """The ledger of a gateway without a database."""

    def record(self, command_id: int, changes: Changes) -> None:
        """Forget it."""

    def wake(self) -> None:
        """There is nothing to do."""


@dataclass(eq=False)
class _Sent:
    """A command on its way."""

    order: Order
    session: Session
    msg_id: int
    frames: list[bytes]
    serials: tuple[int, ...]
    tries: int
    wait: float
    repeats: int = 0
    is_confirmed: bool = False
    is_late: bool = False
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)

    @property
    def answer_id(self) -> int:
        return ANSWERS.get(self.msg_id, 0x0001)

    def stop(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class Outbox:
    """Sends orders to the sessions that ``session_of`` finds, and tells the ledger what became of them.

    Without an answer a message is repeated as it was: T(n+1) = T(n) × (n+1), ``repeats`` times at most.
    """

    def __init__(self, session_of: Callable[[str], Session | None], ledger: Ledger, answer_s: float, repeats: int) -> None:
        self._session_of = session_of
        self._ledger = ledger
        self._answer_s = answer_s
        self._repeats = repeats
        self._sent: dict[str, list[_Sent]] = {}
        self.counts = {"sent": 0, "repeated": 0, "answered": 0, "timed_out": 0}

    def room(self, phone: str) -> int:
        """How many more commands the terminal may be sent; none when it is not here. May be asked from any thread."""
        if self._session_of(phone) is None:
            return 0
        return AT_ONCE - sum(not one.is_late for one in list(self._sent.get(phone, ())))

    def send(self, order: Order) -> None:
        """Send it, or give it back when the terminal has gone meanwhile. A row that cannot be sent is refused, not raised."""
        session = self._session_of(order.phone)
        if session is None:
            self._ledger.record(order.id, {"state": "waiting", "due_at": None})
            return
        voice = session.voice_of(order.phone)
        try:
            made = message(order.kind, order.values, voice.is_2019, Moment(time.time(), order.offset_s))
            sent = self._made(order, session, voice, made.msg_id, made.body)
        except Exception as error:
            log.warning("command %s cannot be sent: %s", order.id, error)
            self._ledger.record(order.id, {"state": "refused", "result": "平台无法生成这条指令的报文，没有发送。", "answered_at": _now()})
            return
        self._sent.setdefault(order.phone, []).append(sent)
        self.counts["sent"] += 1
        self._put(sent)
        due = _now() + timedelta(seconds=self._patience(sent))
        self._ledger.record(order.id, {"serial": sent.serials[0], "tries": sent.tries, "due_at": due})

    def _made(self, order: Order, session: Session, voice: Voice, msg_id: int, body: bytes) -> _Sent:
        first = session.take_serials(1)
        frames = encode_message(voice, msg_id, first, body)
        if len(frames) > 1:
            session.take_serials(len(frames) - 1)
        serials = tuple((first + n) & 0xFFFF for n in range(len(frames)))
        return _Sent(order, session, msg_id, frames, serials, order.tries + 1, self._answer_s)

    def _put(self, sent: _Sent) -> None:
        sent.session.send(b"".join(sent.frames))
        self._wait(sent, sent.wait)

    def _wait(self, sent: _Sent, seconds: float) -> None:
        sent.stop()
        sent.timer = asyncio.get_running_loop().call_later(seconds, self._due, sent)

    def _patience(self, sent: _Sent) -> float:
        """How long all tries take together."""
        if sent.order.kind in ONCE:
            return sent.wait
        total = wait = sent.wait
        for number in range(1, self._repeats + 1):
            wait *= number + 1
            total += wait
        return total

    def _due(self, sent: _Sent) -> None:
        """No answer in time."""
        sent.timer = None
        if sent.is_late:
            self._forget(sent)
        elif sent.is_confirmed:
            self._give_up(sent, "终端已收到指令，但没有返回结果。")
        elif sent.repeats >= self._repeats or sent.order.kind in ONCE:
            many = f"发送 {sent.repeats + 1} 次，" if sent.repeats else ""
            self._give_up(sent, f"{many}终端没有应答。")
        else:
            sent.repeats += 1
            sent.tries += 1
            sent.wait *= sent.repeats + 1
            self.counts["repeated"] += 1
            self._ledger.record(sent.order.id, {"tries": sent.tries})
            self._put(sent)

    def _give_up(self, sent: _Sent, why: str) -> None:
        self.counts["timed_out"] += 1
        self._ledger.record(sent.order.id, {"state": "timed_out", "result": why})
        sent.is_late = True
        self._wait(sent, LATE_S)
        self._ledger.wake()

    def _forget(self, sent: _Sent) -> None:
        sent.stop()
        left = [one for one in self._sent.get(sent.order.phone, ()) if one is not sent]
        if left:
            self._sent[sent.order.phone] = left
        else:
            self._sent.pop(sent.order.phone, None)

    # What terminals say

    def general(self, phone: str, serial: int, msg_id: int, result: int) -> bool:
        """0x0001; whether it answers anything that was sent. Some terminals name the last of several serials, so any will do."""
        sent = next((one for one in self._sent.get(phone, ()) if one.msg_id == msg_id and serial in one.serials), None)
        if sent is None:
            return False
        if result != OK:
            state = "refused"
            self._close(sent, state, general_words(result), {"result": result})
        elif sent.answer_id == 0x0001:
            self._close(sent, "answered", general_words(result), {"result": result})
        elif not sent.is_confirmed and not sent.is_late:
            # What was asked for follows: it is not asked for again.
            sent.is_confirmed = True
            self._wait(sent, SPECIAL_S)
            self._ledger.record(sent.order.id, {"result": "终端已收到指令，等待结果。", "due_at": _now() + timedelta(seconds=SPECIAL_S)})
        return True

    def special(self, phone: str, msg_id: int, serial: int, body: bytes) -> bool:
        """An answer of its own (0x0104, 0x0201, 0x0700, 0x0802, 0x0805); whether it answers anything that was sent."""
        sent = next((one for one in self._sent.get(phone, ()) if one.answer_id == msg_id and serial in one.serials), None)
        if sent is None:
            return False
        try:
            found = special_answer(msg_id, body)
        except FrameError as error:
            self._close(sent, "answered", f"终端的应答无法解析：{error.detail}。", {"raw": body.hex()})
            return True
        self._close(sent, found.state, found.words, found.fields)
        return True

    def resend(self, phone: str, first: int, missing: list[int]) -> bool:
        """0x0005: send those parts of a long message again; whether there is such a message."""
        sent = next((one for one in self._sent.get(phone, ()) if one.serials[0] == first), None)
        if sent is None:
            return False
        wanted = missing or range(1, len(sent.frames) + 1)
        sent.session.send(b"".join(sent.frames[number - 1] for number in wanted if 1 <= number <= len(sent.frames)))
        return True

    def pictured(self, command_id: int | None) -> None:
        """The picture that a command asked for is here, which was written down already: nothing more is waited for."""
        for several in list(self._sent.values()):
            for sent in [one for one in several if one.order.id == command_id]:
                self._forget(sent)

    def _close(self, sent: _Sent, state: str, words: str, fields: Mapping[str, Any]) -> None:
        late = "（超时后应答）" if sent.is_late else ""
        self.counts["answered"] += 1
        self._ledger.record(sent.order.id, {"state": state, "result": (words + late)[:500], "answer": dict(fields), "answered_at": _now()})
        self._forget(sent)
        self._ledger.wake()

    # What connections do

    def left(self, session: Session) -> None:
        """A connection has gone: what it had not answered waits for the next one, unless it must not be done twice."""
        for phone in list(self._sent):
            for sent in list(self._sent[phone]):
                if sent.session is session and not sent.is_late:
                    self._return(sent)
        self._ledger.wake()

    def _return(self, sent: _Sent) -> None:
        self._forget(sent)
        if sent.order.kind in ONCE:
            self._ledger.record(sent.order.id, {"state": "timed_out", "result": "终端断开了连接，没有应答。"})
        elif sent.tries >= MOST_TRIES:
            self._ledger.record(sent.order.id, {"state": "timed_out", "result": f"发送 {sent.tries} 次，终端没有应答。"})
        elif sent.is_confirmed:
            self._ledger.record(sent.order.id, {"state": "timed_out", "result": "终端收到指令后断开了连接，没有返回结果。"})
        else:
            self._ledger.record(sent.order.id, {"state": "waiting", "due_at": None, "result": "连接中断，终端上线后重新发送。"})

    def close(self) -> None:
        """The gateway ends: what is unanswered goes back."""
        for several in list(self._sent.values()):
            for sent in list(several):
                if sent.is_late:
                    self._forget(sent)
                else:
                    self._return(sent)


def _now() -> datetime:
    return datetime.now(UTC)


