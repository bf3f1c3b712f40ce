"""Trucks on JT/T 808: register, authenticate, report, keep alive, fill in what a dead zone swallowed, come back after a loss."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable

from data.demo.transport import terminals
from data.demo.trips import SOS, TruckState, truck
from ingest.jt808.device import Device, Report
from ingest.jt808.frame import Frame, FrameError, Framer, parse
from ingest.simulator.obedience import Obedience

log = logging.getLogger(__name__)

MOVING_S, STANDING_S, BLIND_S, HEARTBEAT_S = 5.0, 30.0, 10.0, 60.0
BLIND_REPORTS = 60  # kept while there is no signal
BATCH_REPORTS = 15
REGISTERED, ANSWERED, ALARM_CONFIRMED = 0x8100, 0x8001, 0x8203
ALARM_RECEIVED = 4  # result of 0x8001 that confirms an alarm
CONNECT_S, ANSWER_S, RETRY_S = 5.0, 15.0, 5.0


class Refused(Exception):
    """The platform does not take this terminal (yet)."""


def report_of(state: TruckState, at: float, alarm_bits: int) -> Report:
    """What the terminal says of a state at ``at`` (seconds since 1970 UTC)."""
    items = {"mileage_km": state.mileage_km, "recorder_speed_kmh": state.speed_kmh, "signal": 27, "satellites": 14}
    place = (state.lon, state.lat, at, state.speed_kmh, state.heading_deg, state.altitude_m)
    return Report(*place, alarm_bits, state.status_bits, items)


class Truck:
    """One terminal. It remembers its authentication code as long as the process lives."""

    def __init__(
        self, plate: str, host: str, port: int, pause: Callable[[float], float], script_now: Callable[[], float]
    ) -> None:
        self.terminal = next(item for item in terminals() if item["vehicle"] == plate)
        self.plate = plate
        self._address = (host, port)
        self._pause = pause
        self._script_now = script_now
        self._device = Device(self.terminal["phone"], self.terminal["protocol"])
        self._code = ""
        self._answers: asyncio.Queue[Frame] = asyncio.Queue(100)
        self._blind: list[Report] = []
        self._sos_is_confirmed = False
        self._obedience = Obedience()

    async def drive_forever(self, delay: float = 0.0) -> None:
        """Connect, and again after every loss; nothing that the network does ends it."""
        await asyncio.sleep(delay)
        while True:
            await self._wait_for_signal()
            try:
                await self._connected()
            except (OSError, TimeoutError, Refused) as error:
                log.debug("%s: %s", self.plate, error)
            await asyncio.sleep(self._pause(RETRY_S))

    async def _wait_for_signal(self) -> None:
        """Without signal the terminal keeps its reports for later."""
        while not (state := truck(self.plate, self._script_now())).is_online:
            if state.is_moving:
                self._blind = [*self._blind, report_of(state, time.time(), state.alarm_bits)][-BLIND_REPORTS:]
            await asyncio.sleep(self._pause(BLIND_S))

    async def _connected(self) -> None:
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(*self._address)
        listening = asyncio.create_task(self._listen(reader, writer))
        try:
            self._answers = asyncio.Queue(100)
            await self._sign_in(writer)
            await self._fill_in(writer)
            await self._report(writer, listening)
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await listening
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take the platform's messages until it closes the connection, and do what they say."""
        framer = Framer()
        while data := await reader.read(4096):
            for raw in framer.feed(data):
                with contextlib.suppress(FrameError):
                    frame = parse(raw)
                    self._take(frame)
                    writer.write(self._obedience.obey(self._device, frame, self._here))

    def _here(self) -> Report:
        state = truck(self.plate, self._script_now())
        return report_of(state, time.time(), self._alarms(state))

    def _take(self, frame: Frame) -> None:
        if frame.msg_id == ALARM_CONFIRMED or (
            frame.msg_id == ANSWERED and frame.body[4:5] == bytes((ALARM_RECEIVED,))
        ):
            self._sos_is_confirmed = True
        if not self._answers.full():
            self._answers.put_nowait(frame)

    async def _send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    async def _answer(self, serial: int, msg_id: int) -> Frame:
        """The platform's answer of that kind to our message of that serial."""
        async with asyncio.timeout(ANSWER_S):
            while True:
                frame = await self._answers.get()
                if frame.msg_id == msg_id and int.from_bytes(frame.body[:2], "big") == serial:
                    return frame

    async def _sign_in(self, writer: asyncio.StreamWriter) -> None:
        if not self._code:
            serial = self._device.serial
            said = {key: self.terminal[key] for key in ("maker", "model", "device_id")}
            await self._send(writer, self._device.register(self.terminal["reported_plate"], **said))
            answer = await self._answer(serial, REGISTERED)
            if answer.body[2] != 0:
                await asyncio.sleep(self._pause(STANDING_S))
                raise Refused(f"registration is answered {answer.body[2]}")
            self._code = answer.body[3:].rstrip(b"\0").decode("gbk")
        serial = self._device.serial
        await self._send(writer, self._device.authenticate(self._code))
        answer = await self._answer(serial, ANSWERED)
        if answer.body[4] != 0:
            self._code = ""
            raise Refused(f"authentication is answered {answer.body[4]}")

    async def _fill_in(self, writer: asyncio.StreamWriter) -> None:
        """Send what was kept while there was no signal; it is dropped when the platform has answered."""
        while self._blind:
            part = self._blind[:BATCH_REPORTS]
            serial = self._device.serial
            await self._send(writer, self._device.batch(part))
            await self._answer(serial, ANSWERED)
            del self._blind[: len(part)]

    async def _report(self, writer: asyncio.StreamWriter, listening: asyncio.Task[None]) -> None:
        """Report every few seconds while driving, less often while standing, at once when an alarm begins or ends."""
        bits, due, beat = 0, 0.0, time.monotonic() + self._pause(HEARTBEAT_S)
        while not listening.done():
            now, state = time.monotonic(), truck(self.plate, self._script_now())
            if not state.is_online:
                return
            alarms = self._alarms(state)
            if now >= due or alarms != bits:
                await self._send(writer, self._device.locate(report_of(state, time.time(), alarms)))
                bits, due = alarms, now + self._pause(MOVING_S if state.is_moving or alarms else STANDING_S)
            elif now >= beat:
                await self._send(writer, self._device.heartbeat())
            if now >= beat:
                beat = now + self._pause(HEARTBEAT_S)
            await asyncio.sleep(min(1.0, self._pause(1.0)))

    def _alarms(self, state: TruckState) -> int:
        """The script's alarm bits; SOS only until the platform has confirmed it."""
        if not state.alarm_bits & SOS:
            self._sos_is_confirmed = False
        return state.alarm_bits & ~SOS if self._sos_is_confirmed else state.alarm_bits
