"""One connection of a terminal: frames in, answers out; what it reports goes to the pipeline and is answered after the commit."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from data.choices import word
from data.choices.vehicles import TERMINAL_STATES
from ingest.directory import TerminalInfo
from ingest.jt808.clock import bcd_time
from ingest.jt808.commands import ANSWERS
from ingest.jt808.fixes import Clock, fix
from ingest.jt808.frame import Frame, FrameError, Framer, parse, stripped
from ingest.jt808.location import Position, position, read_position
from ingest.jt808.messages import batch_positions, decode_body, encode
from ingest.jt808.parts import Parts
from ingest.jt808.reading import Body
from ingest.jt808.recordings import read_media, request_for
from ingest.jt808.records import RECORDED, record
from ingest.jt808.reply import (
    BAD_MESSAGE,
    FAILED,
    MAX_BODY,
    NO_TERMINAL,
    NOT_SUPPORTED,
    OK,
    REGISTERED,
    Voice,
    encode_frame,
    general_answer,
    registration_answer,
)
from ingest.pipeline import Arrival, Fix, Record, Refusal

if TYPE_CHECKING:
    from ingest.jt808.gateway import Gateway

JOINED = frozenset({0x0100, 0x0104, 0x0700, 0x0704, 0x0801, 0x0802})  # messages whose sub-packages are joined
PART_BY_PART = frozenset({0x0104, 0x0700, 0x0801, 0x0802})  # each part is answered as it comes, nothing is stored of it
SPECIAL = frozenset(ANSWERS.values())
SAMPLE = 2048
BAD_IN_A_ROW = 1000  # frames that cannot be read before the connection is closed
OUTPUT_BYTES = 65_536  # answers that a terminal has not read before it is no longer read from

Answer = tuple[Voice, int, int]
"""In whose voice, and to which serial and message id, a 0x8001 answers."""


class Session(asyncio.Protocol):
    """The protocol of one connection. Everything runs on the gateway's loop."""

    __slots__ = (
        "_answers",
        "_bad",
        "_bound",
        "_denied",
        "_fixes",
        "_framer",
        "_out",
        "_parts",
        "_records",
        "_refusals",
        "_serial",
        "_transport",
        "_voice",
        "_waits_for_reader",
        "_waits_for_room",
        "address",
        "arrivals",
        "gateway",
        "has_spoken",
        "heard",
        "is_ready",
        "phone",
        "phones",
    )

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.address = ""
        self.phone = ""  # of the newest frame, without leading zeros
        self.phones: set[str] = set()  # known terminals that speak here: one, unless a relay forwards several
        self.arrivals: list[Arrival] = []  # those of them that the writer was not told of yet
        self.heard = time.monotonic()  # when the newest good frame came
        self.has_spoken = False
        self.is_ready = False  # an approved terminal speaks here and may be sent commands
        self._transport: asyncio.Transport | None = None
        self._framer = Framer()
        self._voice = Voice(b"")
        self._serial = 0
        self._bound = ""  # the terminal that proved itself by its code: nobody else may speak here then
        self._denied = ""  # the terminal that failed to
        self._parts: Parts | None = None
        self._bad = 0
        self._waits_for_room = False
        self._waits_for_reader = False
        # What one read brings together: one envelope, one write.
        self._fixes: list[Fix] = []
        self._records: list[Record] = []
        self._refusals: list[Refusal] = []
        self._answers: list[Answer] = []
        self._out: list[bytes] = []

    # The connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast(
            asyncio.Transport, transport
        )  # uvloop does not register its transports as such
        self.address = (transport.get_extra_info("peername") or ("?",))[0]
        transport.set_write_buffer_limits(OUTPUT_BYTES)
        if not self.gateway.admit(self):
            transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        if self._framer.pending:
            self._refuse("bad_frame", f"连接断开时仍有 {len(self._framer.pending)} 字节未成帧", self._framer.pending)
            self._hand_over()
        self.gateway.leave(self)
        self._transport = None

    def pause_writing(self) -> None:
        self._waits_for_reader = True
        self._hold_or_read()

    def resume_writing(self) -> None:
        self._waits_for_reader = False
        self._hold_or_read()

    def wait_for_room(self, waits: bool) -> None:
        """Stop reading while the writer is behind, read on when it has caught up."""
        self._waits_for_room = waits
        self._hold_or_read()

    def close(self) -> None:
        """End the connection, after what is still to be sent."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def _hold_or_read(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self._waits_for_room or self._waits_for_reader:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        framer, counts = self._framer, self.gateway.counts
        too_long, junk, skipped = framer.too_long, framer.junk_bytes, framer.is_skipping
        voice = self._voice.terminal
        for raw in framer.feed(data):
            counts.frames += 1
            found = read_position(raw)
            if found is not None and found[0] == voice:
                self._locate([found[2]], found[1], 0x0200, raw)
                self._good()
            else:
                self._take(raw)
                voice = self._voice.terminal
        if framer.too_long > too_long:
            counts.too_long += framer.too_long - too_long
            self._refuse("frame_too_long", f"收到 {len(data)} 字节仍无分隔符或帧超过 {framer.limit} 字节，已丢弃", data)
        elif framer.junk_bytes > junk and not skipped:
            self._refuse("bad_frame", f"帧外有 {framer.junk_bytes - junk} 字节无法识别的数据", data)
        self._hand_over()

    def _hand_over(self) -> None:
        """One envelope and one write for all that a read brought."""
        if self._out:
            self.send(b"".join(self._out))
            self._out = []
        if self._fixes or self._refusals or self._answers or self.arrivals:
            self.gateway.store(self, self._fixes, self._refusals, self._answers, self._records)
            self._fixes, self._records, self._refusals, self._answers = [], [], [], []
        if self._bad >= BAD_IN_A_ROW:
            self.close()

    # Answers

    def send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def committed(self, answers: list[Answer]) -> None:
        """Tell the terminal that what it reported is safe."""
        self.send(b"".join(general_answer(voice, self._next(), serial, msg_id) for voice, serial, msg_id in answers))

    def registered(self, voice: Voice, serial: int, info: TerminalInfo | None) -> None:
        """Answer a registration with what the directory made of it."""
        if info is not None and info.state == "approved" and info.auth_code:
            answer = registration_answer(voice, self._next(), serial, REGISTERED, info.auth_code)
        else:
            answer = registration_answer(voice, self._next(), serial, NO_TERMINAL)
        self.send(answer)

    def voice_of(self, phone: str) -> Voice:
        """How that terminal writes its headers; a relay speaks in several voices that differ in the number only."""
        voice = self._voice
        if stripped(voice.terminal) == phone:
            return voice
        return voice._replace(terminal=bytes.fromhex(phone.zfill(len(voice.terminal) * 2)))

    def take_serials(self, count: int) -> int:
        """The first of that many serials in a row."""
        first = self._next()
        self._serial = (first + count - 1) & 0xFFFF
        return first

    def _sign_in(self) -> None:
        """From now on commands may be sent here."""
        self.is_ready = True
        self.gateway.signed_in(self)

    def _next(self) -> int:
        self._serial = (self._serial + 1) & 0xFFFF
        return self._serial

    def _answer(self, frame: Frame, result: int) -> None:
        self._out.append(general_answer(self._voice, self._next(), frame.serial, frame.msg_id, result))

    def _refuse(self, reason: str, detail: str, sample: bytes) -> None:
        self.gateway.counts.refused += 1
        peer = f"{self.phone} {self.address}" if self.phone else self.address
        self._refusals.append(Refusal("jt808", peer, reason, f"{detail}。", sample[:SAMPLE]))

    def _good(self) -> None:
        self.heard = time.monotonic()
        self.has_spoken = True
        self._bad = 0

    # Frames

    def _take(self, raw: bytes) -> None:
        """Any frame but the plain position of the terminal that spoke last."""
        try:
            frame = parse(raw)
            if not frame.checksum_ok:
                raise FrameError("checksum mismatch", "校验码错误，整帧未采用", "bad_checksum")
        except FrameError as error:
            self._bad += 1
            self.gateway.counts.bad_frames += 1
            self._refuse(error.reason, error.detail, raw)
            return
        self._good()
        self._voice = Voice.of(frame)
        self.phone = stripped(frame.terminal)
        self.gateway.claim(self)
        if self._bound and self._bound != self.phone and frame.msg_id not in (0x0100, 0x0102):
            self._refuse("bad_auth", f"该连接已由终端 {self._bound} 鉴权，终端 {self.phone} 的消息未采用", raw)
            self._answer(frame, FAILED)
            return
        try:
            self._dispatch(frame, raw)
        except FrameError as error:
            self._refuse(error.reason, f"消息 0x{frame.msg_id:04X}：{error.detail}", raw)
            self._answer(frame, BAD_MESSAGE)

    def _dispatch(self, frame: Frame, raw: bytes) -> None:
        handle = HANDLERS.get(frame.msg_id)
        if handle is None or frame.encryption or (frame.parts and frame.parts[0] > 1 and frame.msg_id not in JOINED | RECORDED.keys()):
            what = "加密的消息" if frame.encryption else "消息"
            self._refuse("not_supported", f"{what} 0x{frame.msg_id:04X} 暂不支持", raw)
            self._answer(frame, NOT_SUPPORTED)
            return
        if frame.parts and frame.parts[0] > 1:
            self._parts = self._parts or Parts()
            total = frame.parts[0]
            whole = self._parts.add(frame, time.monotonic())
            if frame.msg_id in PART_BY_PART and (whole is None or frame.msg_id != 0x0801):
                self._answer(frame, OK)
            if whole is None:
                return
            # Every part is answered, and only after the commit: an answered part is never sent again.
            self._answers += (
                [(self._voice, (whole.serial + n) & 0xFFFF, frame.msg_id) for n in range(1, total)]
                if frame.msg_id == 0x0704 or frame.msg_id in RECORDED
                else []
            )
            frame = whole
        handle(self, frame, raw)

    def _terminal_answer(self, frame: Frame, raw: bytes) -> None:
        """0x0001 answers the platform and is not answered again."""
        said = decode_body(frame)
        self.gateway.outbox.general(self.phone, said["ack_seq"], int(said["ack_id"], 16), said["result"])

    def _special_answer(self, frame: Frame, raw: bytes) -> None:
        """0x0104, 0x0700, 0x0802, 0x0805 begin with the serial that they answer, and are answered themselves."""
        serial = int.from_bytes(Body(frame.body).take(2), "big")
        if frame.msg_id not in PART_BY_PART or len(frame.body) <= MAX_BODY:
            self._answer(frame, OK)
        self.gateway.outbox.special(self.phone, frame.msg_id, serial, frame.body)

    def _resend(self, frame: Frame, raw: bytes) -> None:
        """0x0005 of 2019: parts of a long message that did not arrive."""
        said = decode_body(frame)
        if not self.gateway.outbox.resend(self.phone, said["orig_seq"], said["missing"]):
            self._answer(frame, FAILED)

    def _alive(self, frame: Frame, raw: bytes) -> None:
        """0x0002, 0x0003."""
        self._answer(frame, OK)
        if not self.is_ready and self._is_welcome():
            self._sign_in()

    def _is_welcome(self) -> bool:
        info = self.gateway.directory.terminal(self.phone)
        return info is not None and info.state == "approved" and self._denied != self.phone

    def _server_time(self, frame: Frame, raw: bytes) -> None:
        """0x0004 of 2019; the one time that is UTC."""
        self._out.append(encode_frame(self._voice, 0x8004, self._next(), bcd_time(time.time(), 0)))

    def _register(self, frame: Frame, raw: bytes) -> None:
        """0x0100, answered when the directory has written down what the terminal says of itself."""
        said = decode_body(frame)
        info = self.gateway.directory.terminal(self.phone)
        state = info.state if info else "pending"
        if state != "approved":
            plate = f"（{said['plate']}）" if said["plate"] else ""
            self._refuse(
                "unregistered",
                f"终端 {self.phone}{plate} 申请注册，当前{word(TERMINAL_STATES, state)}，请在车载终端中审核",
                raw,
            )
        protocol = said.pop("layout")
        self.gateway.register(self, self._voice, frame.serial, said | {"protocol": protocol, "peer": self.address})

    def _authenticate(self, frame: Frame, raw: bytes) -> None:
        """0x0102. A terminal approved without a code (its own from an earlier platform) is taken at its word."""
        said = decode_body(frame)
        info = self.gateway.directory.terminal(self.phone)
        if info is None or info.state != "approved":
            self._refuse("unregistered", self._why_not(info), raw)
            self._answer(frame, FAILED)
        elif info.auth_code and not hmac.compare_digest(info.auth_code.encode(), said["auth_code"].encode()):
            self._denied, self._bound, self.is_ready = self.phone, "", False
            self._refuse("bad_auth", f"终端 {self.phone} 的鉴权码与平台下发的不一致，需重新注册", raw)
            self._answer(frame, FAILED)
        else:
            self._denied = ""
            self._bound = self.phone if info.auth_code else ""
            self._answer(frame, OK)
            self._sign_in()

    def _location(self, frame: Frame, raw: bytes) -> None:
        self._locate([position(frame.body)], frame.serial, frame.msg_id, raw)

    def _location_answer(self, frame: Frame, raw: bytes) -> None:
        """0x0201 and 0x0500 carry a whole location behind the serial that they answer."""
        if frame.msg_id in SPECIAL and len(frame.body) >= 2:
            self.gateway.outbox.special(self.phone, frame.msg_id, int.from_bytes(frame.body[:2], "big"), frame.body)
        self._locate([position(frame.body[2:])], frame.serial, frame.msg_id, raw)

    def _batch(self, frame: Frame, raw: bytes) -> None:
        late, places, short = batch_positions(frame.body)
        if short:
            self._refuse("bad_frame", f"批量位置中有 {short} 条不完整，其余 {len(places)} 条已采用", raw)
        self._locate(places, frame.serial, frame.msg_id, raw, late)

    def _media_event(self, frame: Frame, raw: bytes) -> None:
        """0x0800 tells that something was recorded; if it is to come here, 0x0801 brings it."""
        self._answer(frame, OK if self._is_welcome() else FAILED)

    def _media(self, frame: Frame, raw: bytes) -> None:
        """0x0801, answered by 0x8800 when it is kept."""
        info = self.gateway.directory.terminal(self.phone)
        if info is None or not self._is_welcome() or info.vehicle_id is None:
            self._refuse("unregistered", f"终端 {self.phone} 未接入或未绑定车辆，照片未采用", raw)
            self._answer(frame, FAILED)
            return
        self.gateway.keep_media(self, self._voice, read_media(frame.body, info, info.vehicle_id, self._clock()))

    def media_kept(self, voice: Voice, media_id: int) -> None:
        """Tell the terminal that its recording is safe."""
        self.send(encode_frame(voice, 0x8800, self._next(), encode(0x8800, {"media_id": media_id}, voice.is_2019)))

    def media_refused(self, media_id: int, why: str) -> None:
        """Write down why a recording was not kept."""
        self._refuse("not_stored", f"终端 {self.phone} 上传的多媒体 {media_id} 没有保存：{why}", b"")
        self._hand_over()

    def ask_for_missing(self, now: float) -> None:
        """Ask for the parts that long messages still lack."""
        for gap in self._parts.gaps(now) if self._parts is not None else ():
            msg_id, body = request_for(gap, self._voice.is_2019)
            self.send(encode_frame(self._voice, msg_id, self._next(), body))

    def _clock(self) -> Clock:
        settings = self.gateway.settings
        return Clock(time.time(), settings.clock_ahead_s, settings.raw_days * 86_400.0)

    def _record(self, frame: Frame, raw: bytes) -> None:
        """0x0701, 0x0702, 0x0705, 0x0900 of an approved terminal, answered after the commit."""
        info = self.gateway.directory.terminal(self.phone)
        if info is None or info.state != "approved" or self._denied == self.phone:
            is_denied = info is not None and info.state == "approved"
            why = "鉴权未通过，上报未采用" if is_denied else self._why_not(info)
            self._refuse("bad_auth" if is_denied else "unregistered", why, raw)
            self._answer(frame, FAILED)
            return
        self._records.append(record(frame, info, self._clock()))
        self._answers.append((self._voice, frame.serial, frame.msg_id))

    def _locate(self, places: list[Position], serial: int, msg_id: int, raw: bytes, late: bool = False) -> None:
        """Rows of an approved terminal's positions, answered after the commit; anybody else's are refused."""
        info = self.gateway.directory.terminal(self.phone)
        if info is None or info.state != "approved" or self._denied == self.phone:
            denied = info is not None and info.state == "approved"
            self._refuse(
                "bad_auth" if denied else "unregistered",
                "鉴权未通过，位置未采用" if denied else self._why_not(info),
                raw,
            )
            self._out.append(general_answer(self._voice, self._next(), serial, msg_id, FAILED))
            return
        if not self.is_ready:
            self._sign_in()
        clock = self._clock()
        for number, place in enumerate(places):
            row, remark = fix(place, serial + 65_536 * number, info, clock, late)
            if row is not None:
                self._fixes.append(row)
            if remark is not None:
                self._refuse(remark.reason, f"终端 {self.phone} {remark.detail}", raw)
        self.gateway.counts.positions += len(places)
        self._answers.append((self._voice, serial, msg_id))

    def _why_not(self, info: TerminalInfo | None) -> str:
        if info is None:
            return f"终端 {self.phone} 未登记，请先注册或在车载终端中添加"
        return f"终端 {self.phone} 当前{word(TERMINAL_STATES, info.state)}，消息未采用"


HANDLERS: dict[int, Callable[[Session, Frame, bytes], None]] = {
    **dict.fromkeys(RECORDED, Session._record),
    0x0001: Session._terminal_answer,
    0x0002: Session._alive,
    0x0003: Session._alive,
    0x0004: Session._server_time,
    0x0005: Session._resend,
    0x0100: Session._register,
    0x0102: Session._authenticate,
    0x0104: Session._special_answer,
    0x0200: Session._location,
    0x0201: Session._location_answer,
    0x0500: Session._location_answer,
    0x0700: Session._special_answer,
    0x0704: Session._batch,
    0x0800: Session._media_event,
    0x0801: Session._media,
    0x0802: Session._special_answer,
    0x0805: Session._special_answer,
}
