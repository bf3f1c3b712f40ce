"""What the simulated devices promise on the wire."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from data.demo.installations import gateways
from data.demo.points import points
from data.demo.trips import DARK, OFFLINE, SOS_PLATE, truck
from data.rules.shares import topic_of
from data.settings import Settings
from ingest.jt808.frame import Frame, Framer, parse
from ingest.jt808.messages import batch_bodies, decode
from ingest.jt808.reply import OK, REGISTERED, Voice, general_answer, registration_answer
from ingest.mqtt.consumer import client_for, connect
from ingest.simulator import run
from ingest.simulator.gateways import message
from ingest.simulator.trucks import Truck
from tests.platform import free_ports, wait_for


@dataclass
class Listener:
    """A platform as a truck sees it: answers registration, authentication and everything else, and remembers what it heard."""

    frames: list[Frame] = field(default_factory=list)
    refusals: int = 0  # authentications to refuse
    server: asyncio.Server | None = None
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def start(self, port: int = 0) -> int:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        return int(self.server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        assert self.server is not None
        self.server.close()
        for writer in self.writers:
            writer.close()
        await self.server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        framer = Framer()
        self.writers.append(writer)
        while data := await reader.read(4096):
            for raw in framer.feed(data):
                frame = parse(raw)
                self.frames.append(frame)
                writer.write(self._answer(frame))

    def _answer(self, frame: Frame) -> bytes:
        voice = Voice.of(frame)
        if frame.msg_id == 0x0100:
            return registration_answer(voice, 0, frame.serial, REGISTERED, "code-7")
        refuses = frame.msg_id == 0x0102 and self.refusals > 0
        self.refusals -= refuses
        return general_answer(voice, 0, frame.serial, frame.msg_id, 1 if refuses else OK)

    def ids(self) -> list[int]:
        return [frame.msg_id for frame in self.frames]

    def bodies(self, msg_id: int) -> list[dict]:
        return [dict(decode(frame)) for frame in self.frames if frame.msg_id == msg_id]


class Script:
    """A clock of the script that the test turns; reports come a hundred times as often."""

    def __init__(self, t: float) -> None:
        self.t = t

    def now(self) -> float:
        return self.t

    def pause(self, seconds: float) -> float:
        return seconds / 100


async def until(question: Callable[[], bool], seconds: float = 5.0) -> None:
    """Return as soon as the answer is yes; AssertionError when it does not come in time."""
    for _ in range(round(seconds / 0.01)):
        if question():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"not within {seconds} s")


async def ended(task: asyncio.Task) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_a_truck_registers_authenticates_and_reports_where_it_is() -> None:
    async def story() -> None:
        platform, script = Listener(), Script(28 * 60)
        port = await platform.start()
        task = asyncio.create_task(Truck(SOS_PLATE, "127.0.0.1", port, script.pause, script.now).drive_forever())
        await until(lambda: platform.ids().count(0x0200) >= 2)
        await ended(task)
        await platform.stop()
        assert platform.ids()[:2] == [0x0100, 0x0102], "registration, then authentication"
        assert platform.bodies(0x0100)[0]["plate"] == "辽NA1234", "with its plate"
        assert platform.bodies(0x0102)[0]["auth_code"] == "code-7", "with the code that it was given"
        said, state = platform.bodies(0x0200)[0], truck(SOS_PLATE, 28 * 60)
        assert said["longitude"] == pytest.approx(state.lon, abs=2e-6) and said["latitude"] == pytest.approx(
            state.lat, abs=2e-6
        ), "WGS-84, a millionth of a degree"
        assert said["speed_kmh"] == 0 and platform.frames[2].body[:4] == b"\x00\x00\x00\x01", (
            "standing, the SOS bit set"
        )

    asyncio.run(story())


@pytest.mark.parametrize("plate", ["辽N·B7702", "辽N·C3366", "冀H·J8832"])
def test_every_edition_of_the_protocol_is_spoken(plate: str) -> None:
    async def story() -> None:
        platform, script = Listener(), Script(200)
        port = await platform.start()
        one = Truck(plate, "127.0.0.1", port, script.pause, script.now)
        task = asyncio.create_task(one.drive_forever())
        await until(lambda: 0x0200 in platform.ids())
        await ended(task)
        await platform.stop()
        assert {frame.is_2019 for frame in platform.frames} == {one.terminal["protocol"] == "2019"}, (
            "2011 and 2013, or 2019"
        )

    asyncio.run(story())


def test_a_truck_whose_code_is_refused_registers_again() -> None:
    async def story() -> None:
        platform, script = Listener(refusals=1), Script(0)
        port = await platform.start()
        task = asyncio.create_task(Truck(SOS_PLATE, "127.0.0.1", port, script.pause, script.now).drive_forever())
        await until(lambda: 0x0200 in platform.ids())
        await ended(task)
        await platform.stop()
        assert platform.ids()[:4] == [0x0100, 0x0102, 0x0100, 0x0102], "a new code is asked for"

    asyncio.run(story())


def test_a_truck_comes_back_when_the_platform_was_away() -> None:
    async def story() -> None:
        platform, script = Listener(), Script(0)
        (port,) = free_ports(1)
        task = asyncio.create_task(Truck(SOS_PLATE, "127.0.0.1", port, script.pause, script.now).drive_forever())
        await asyncio.sleep(0.2)
        await platform.start(port)
        await until(lambda: 0x0200 in platform.ids())
        await platform.stop()
        second = Listener()
        await second.start(port)
        await until(lambda: 0x0200 in second.ids())
        await ended(task)
        await second.stop()
        assert second.ids()[0] == 0x0102, "it remembers its code"

    asyncio.run(story())


def test_what_a_dead_zone_swallowed_is_filled_in() -> None:
    async def story() -> None:
        moving = next(t for t in range(41 * 60, 47 * 60, 10) if truck(DARK, t).is_moving)
        platform, script = Listener(), Script(moving)
        port = await platform.start()
        task = asyncio.create_task(Truck(DARK, "127.0.0.1", port, script.pause, script.now).drive_forever())
        await asyncio.sleep(0.5)
        assert platform.frames == [], "no signal, no connection"
        script.t = 48 * 60
        await until(lambda: 0x0200 in platform.ids())
        await ended(task)
        await platform.stop()
        batch = next(frame for frame in platform.frames if frame.msg_id == 0x0704)
        assert batch.body[2] == 1 and len(batch_bodies(batch.body)) >= 2, "blind-area positions in one message"

    asyncio.run(story())


def test_a_truck_that_is_off_line_never_calls() -> None:
    async def story() -> None:
        platform, script = Listener(), Script(0)
        port = await platform.start()
        task = asyncio.create_task(Truck(OFFLINE, "127.0.0.1", port, script.pause, script.now).drive_forever())
        await asyncio.sleep(0.3)
        await ended(task)
        await platform.stop()
        assert platform.frames == [], "nobody hears of it"

    asyncio.run(story())


def test_the_payload_is_the_platforms() -> None:
    said = json.loads(message(1764000000.25, {"V-101.LT": 11.65}))
    assert said == {"ts": 1764000000250, "points": [{"code": "V-101.LT", "v": 11.65, "q": 192}]}, (
        "milliseconds, code, value, quality"
    )


@pytest.fixture
def heard(broker: Settings) -> Iterator[dict[str, list[dict]]]:
    """What arrives at the broker, by topic."""
    messages: dict[str, list[dict]] = {}
    client = client_for(broker.effective_mqtt_url, "listener", clean_session=True)
    client.on_connect = lambda client, *_: client.subscribe([(f"park/{broker.park_code}/#", 1), ("share/#", 1)])
    client.on_message = lambda client, userdata, one: messages.setdefault(topic_of(one.topic), []).append(json.loads(one.payload))
    ready = threading.Event()
    client.on_subscribe = lambda *_: ready.set()
    connect(client, broker.effective_mqtt_url)
    assert ready.wait(10), "subscribed"
    yield messages
    client.disconnect()
    client.loop_stop()


def test_the_role_publishes_every_point_and_ends_when_told(broker: Settings, heard: dict[str, list[dict]]) -> None:
    stop = threading.Event()
    fast = broker.model_copy(update={"simulate_speed": 20.0})
    role = threading.Thread(target=run, args=(fast, stop))
    role.start()
    try:
        wait_for(lambda: len(heard) == 12, 20, "all gateways")
    finally:
        stop.set()
        began = time.monotonic()
        role.join(10)
    assert not role.is_alive() and time.monotonic() - began < 5, "it ends soon after it was told"
    assert {topic.split("/")[3] for topic in heard} == {gateway["code"] for gateway in gateways()}, (
        "each under its own topic"
    )
    codes = {one["code"] for messages in list(heard.values()) for point in messages for one in point["points"]}
    assert codes == {point["code"] for point in points() if point["tank"] != "V-104"}, (
        "every point but those of the tank under repair"
    )
    stamps = [message["ts"] / 1000 for messages in list(heard.values()) for message in messages]
    assert max(abs(time.time() - stamp) for stamp in stamps) < 60, "stamped with the present"
