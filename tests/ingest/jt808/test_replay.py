"""The streams of the corpus' devices, as sockets deliver them: cut anywhere, many at once; what is stored is what their sources say."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple

import pytest
import uvloop
from PIL import Image
from sqlalchemy import func, select

from data.attachments import path_of
from data.db import read_session, session
from data.models import Alarm, AlarmEvent, Attachment, Position, Terminal, Vehicle, VehicleMedia
from data.save import create
from data.settings import Settings
from ingest.directory import Directory
from ingest.jt808.device import Device
from ingest.jt808.frame import Framer, checksum, escape, parse, stripped, unescape
from ingest.jt808.gateway import Gateway
from ingest.jt808.messages import decode
from ingest.pipeline import Pipeline
from ingest.writer import Writer
from tests.ingest.jt808.corpus import BY_ID, ROWS, values
from tests.park import MAKER, make_park
from tests.platform import wait_for

KEPT_DAYS = 3650  # most of the streams are some years old
PICTURE = BY_ID["grp-06"]
ALARM_BITS = {  # JT/T 808 table 24
    0: "sos", 1: "overspeed", 2: "fatigue", 3: "danger_warning", 4: "gnss_fault", 5: "gnss_fault", 6: "gnss_fault", 8: "power_lost",
    19: "long_stop", 20: "area", 21: "route", 23: "off_route", 29: "collision", 30: "rollover",
}  # fmt: skip
SAFETY = {  # T/JSATL 12-2017: items 0x64 to 0x67 with their types, in hy-009, go-045, go-047, yz-252
    ("14499999999", "forward_collision"), ("20232609559", "phone_call"), ("20232609559", "blind_spot"), ("40853598950", "driver_fatigue"),
}  # fmt: skip


class Told(NamedTuple):
    """A position as its source has it."""

    phone: str
    at: float
    serial: int
    lat: float
    lon: float
    speed: float
    alarm: int
    status: int
    is_late: bool


def told(row: dict[str, Any]) -> list[Told]:
    """The positions of a message that are recent enough to be kept at their time."""
    said = values(row, "derived_expect") | values(row, "expect")
    places = said["positions"] if row["msg_id"] == "0x0704" else [said]
    phone, seq = stripped(terminal_of(row)), row["header"]["seq"]
    return [
        Told(phone, datetime.fromisoformat(one["time"]).timestamp(), seq + 65_536 * number, one["latitude"], one["longitude"], one["speed_kmh"], one["alarm_bits"], one["status_bits"], said.get("type") == 1)
        for number, one in enumerate(places)
    ]


def terminal_of(row: dict[str, Any]) -> bytes:
    return bytes.fromhex(row["header"]["terminal"])


def is_spoken(row: dict[str, Any]) -> bool:
    """Whether a terminal sends this, whole and as it stands, and it is a position that is kept at its own time, or none at all."""
    header = row.get("header") or {}
    if row["kind"] not in ("frame", "wrapped", "quirk") or not row["delimited"] or row.get("already_unescaped") or not header.get("terminal"):
        return False
    if row["msg_id"] >= "0x8000" or header["sub"] or header.get("checksum_ok") is False:
        return False
    oldest = datetime.now().timestamp() - timedelta(days=KEPT_DAYS - 2).total_seconds()
    return row["msg_id"] not in POSITIONS or all(oldest < one.at for one in told(row))


POSITIONS = {"0x0200", "0x0201", "0x0500", "0x0704"}


@cache
def streams() -> dict[str, bytes]:
    """What each terminal sends, in the order of the collection, by its number; its registrations wait for nobody here."""
    found: dict[str, list[bytes]] = {}
    for row in ROWS:
        if is_spoken(row) and row["msg_id"] != "0x0102":  # codes of other platforms
            found.setdefault(stripped(terminal_of(row)), []).append(bytes.fromhex(row["hex"]))
    parts = [BY_ID[one] for one in PICTURE["parts"]]
    found.setdefault(stripped(terminal_of(parts[0])), []).extend(mended(bytes.fromhex(one["hex"])) for one in parts)
    return {phone: b"".join(frames) for phone, frames in found.items()}


def mended(raw: bytes) -> bytes:
    """The frame with its true check byte: the source wrote another number into it."""
    content = unescape(raw[1:-1])[:-1]
    return b"\x7e" + escape(content + bytes([checksum(content)])) + b"\x7e"


@pytest.fixture(scope="module")
def port(database: Settings) -> Iterator[int]:
    """Gateway, queue and writer on a park that has all these terminals, each in a vehicle of its own."""
    settings = database.model_copy(update={"flush_ms": 20, "latest_ms": 100, "jt808_port": 0, "raw_days": KEPT_DAYS})
    with session() as current:
        park = make_park(current)
        for number, phone in enumerate(streams()):
            vehicle = create(current, Vehicle, MAKER, {"plate": f"辽N·R{number:04}", "carrier_id": park.second.id})
            create(current, Terminal, MAKER, {"phone": phone, "vehicle_id": vehicle.id, "state": "approved"})
    pipeline, directory = Pipeline(10_000), Directory()
    writer, gateway = Writer(settings, pipeline, directory), Gateway(settings, pipeline, directory)
    writer.start()
    assert writer.is_ready.wait(20)
    loop = uvloop.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(gateway.start(), loop).result(10)
    yield gateway.port
    asyncio.run_coroutine_threadsafe(gateway.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()
    writer.stop()
    writer.join(10)


async def replay(port: int, seed: int) -> None:
    """Send every stream over a connection of its own, in cuts of 1 to 300 bytes, and hear the answer to what was sent last."""
    await asyncio.gather(*(_speak(port, phone, stream, random.Random(f"{seed}/{phone}")) for phone, stream in streams().items()))


async def _speak(port: int, phone: str, stream: bytes, chance: random.Random) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    # The time of the platform is answered at once and in order: whatever came before has been read by then.
    stream += Device(phone.zfill(20), "2019", serial=4711).send(0x0004, b"") if len(phone) > 12 else Device(phone, serial=4711).heartbeat()
    while stream:
        size = chance.randint(1, 300)
        writer.write(stream[:size])
        await writer.drain()
        await asyncio.sleep(0)
        stream = stream[size:]
    framer = Framer()
    while not any(_ends(raw) for raw in framer.feed(await asyncio.wait_for(reader.read(65_536), 20))):
        pass
    writer.close()


def _ends(raw: bytes) -> bool:
    frame = parse(raw)
    return frame.msg_id == 0x8004 or (frame.msg_id == 0x8001 and decode(frame)["ack_seq"] == 4711)


def expected() -> dict[tuple[str, float, int], Told]:
    """The positions by terminal, time and serial: what a terminal says twice is one."""
    found: dict[tuple[str, float, int], Told] = {}
    for row in ROWS:
        if row["msg_id"] in POSITIONS and is_spoken(row):
            for one in told(row):
                found.setdefault((one.phone, one.at, one.serial), one)
    return found


def stored() -> dict[tuple[str, float, int], Position]:
    with read_session() as current:
        rows = current.execute(select(Terminal.phone, Position).join(Position, Position.terminal_id == Terminal.id)).unique()
        return {(phone, row.ts.timestamp(), row.serial): row for phone, row in rows}


@pytest.fixture(scope="module")
def replayed(port: int) -> list[int]:
    """The streams have been sent, and again in other cuts, as from terminals that heard no answer; how many steps of alarms there were after each."""
    steps = []
    for seed in (808, 2019):
        asyncio.run(replay(port, seed))
        wait_for(lambda: len(stored()) >= len(expected()) and pictures(), 20, "positions and picture")
        with read_session() as current:
            steps.append(current.scalar(select(func.count()).select_from(AlarmEvent)) or 0)
    return steps


def pictures() -> list[VehicleMedia]:
    with read_session() as current:
        return list(current.scalars(select(VehicleMedia)).unique())


def test_every_position_is_stored_as_its_source_says_and_no_other(replayed: list[int]) -> None:
    found, wanted = stored(), expected()
    assert len(wanted) > 100
    assert found.keys() == wanted.keys()
    for key, one in wanted.items():
        row = found[key]
        assert (row.alarm_bits, row.status_bits, bool(row.flags & 2)) == (one.alarm, one.status, one.is_late), key
        assert (row.lat, row.lon, row.speed_kmh) == pytest.approx((one.lat, one.lon, one.speed)), key


def test_what_terminals_say_is_wrong_is_an_alarm_and_late_positions_raise_none(replayed: list[int]) -> None:
    wanted, newest = set(SAFETY), dict[str, float]()
    for row in ROWS:
        for one in told(row) if row["msg_id"] in POSITIONS and is_spoken(row) else ():
            if not one.is_late and one.at >= newest.get(one.phone, 0.0):
                newest[one.phone] = one.at
                wanted |= {(one.phone, name) for bit, name in ALARM_BITS.items() if one.alarm >> bit & 1}
    with read_session() as current:
        rows = current.execute(select(Terminal.phone, Alarm.condition).join(Alarm, Alarm.source_id == Terminal.vehicle_id)).all()
    assert sorted(map(tuple, rows)) == sorted(wanted)
    assert replayed[0] == replayed[1], "what is said again is no news"


def test_the_picture_of_ten_parts_is_kept_once_and_opens(replayed: list[int]) -> None:
    (media,) = pictures()
    assert (media.media_id, media.channel, media.size) == (10013, 1, 6935)
    with read_session() as current:
        path = path_of(current.scalars(select(Attachment).where(Attachment.sha256 == media.sha256)).unique().one())
    with Image.open(path) as picture:
        picture.load()
        assert (picture.format, picture.size) == ("JPEG", (320, 240))
    assert sha256(path.read_bytes()).hexdigest() == media.sha256
