"""From a device's bytes to the database: gateway, queue, writer and directory as the ingest role puts them together."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvloop
from sqlalchemy import func, select

from data.db import read_session, session
from data.models import DeadLetter, LatestPosition, Position, Terminal
from data.settings import Settings
from ingest.directory import Directory
from ingest.jt808.device import Device, Report
from ingest.jt808.gateway import Gateway
from ingest.pipeline import Pipeline
from ingest.writer import Writer
from tests.ingest.jt808.listening import Client
from tests.park import Park, make_park


@pytest.fixture
def park(fresh_database: Settings) -> Park:
    with session() as current:
        return make_park(current)


@pytest.fixture
def client(park: Park, fresh_database: Settings) -> Iterator[Client]:
    """A device's connection to a gateway whose writer runs."""
    settings = fresh_database.model_copy(update={"flush_ms": 20, "latest_ms": 100, "jt808_port": 0})
    pipeline, directory = Pipeline(10_000), Directory()
    writer, gateway = Writer(settings, pipeline, directory), Gateway(settings, pipeline, directory)
    writer.start()
    assert writer.is_ready.wait(10)
    loop = uvloop.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(gateway.start(), loop).result(10)
    connected = Client(gateway.port)
    yield connected
    connected.close()
    asyncio.run_coroutine_threadsafe(gateway.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()
    writer.stop()
    writer.join(10)


def rows(model: Any) -> list[Any]:
    with read_session() as current:
        return list(current.scalars(select(model)).unique())


def eventually(condition: Callable[[], object], seconds: float = 10.0) -> bool:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)
    return bool(condition())


def here(at: float, **more: Any) -> Report:
    return Report(120.43, 41.42, at, 43.2, 90, 180, **more)


def test_an_answered_position_is_in_the_store_once_however_often_it_is_sent(client: Client, park: Park) -> None:
    at = float(int(time.time()))
    for serial in (7, 7, 7):
        client.send(Device(park.terminal.phone, serial=serial).locate(here(at, items={"mileage_km": 12.5})))
        assert client.answer()["result"] == 0
    (row,) = rows(Position)
    assert (row.terminal_id, row.ts.timestamp(), row.lon, row.lat) == (park.terminal.id, at, 120.43, 41.42)
    assert eventually(lambda: rows(LatestPosition)), "the truck stands on the map"
    assert rows(LatestPosition)[0].mileage_km == 12.5


def test_a_blind_area_batch_goes_to_history_and_does_not_move_the_truck(client: Client, park: Park) -> None:
    now, device = int(time.time()), Device(park.terminal.phone)
    client.send(device.locate(here(now)))
    client.answer()
    client.send(device.batch([Report(120.5, 41.5, now - 300 + n) for n in range(70)]))
    assert [client.answer()["result"] for _ in range(3)] == [0, 0, 0], "each of its sub-packages"
    with read_session() as current:
        assert current.scalar(select(func.count()).select_from(Position)) == 71
    assert eventually(lambda: rows(LatestPosition))
    assert rows(LatestPosition)[0].lon == 120.43


def test_a_stranger_waits_for_approval_and_then_reports(client: Client) -> None:
    stranger = Device("13911112222", "2019")
    client.send(stranger.register("辽N99999", "北斗", "BD-1"))
    assert client.answer()["result"] == 4
    client.send(stranger.locate(here(time.time())))
    assert client.answer()["result"] == 1
    with session() as current:
        terminal = current.scalars(select(Terminal).where(Terminal.phone == "13911112222")).unique().one()
        assert (terminal.state, terminal.reported_plate, terminal.protocol) == ("pending", "辽N99999", "2019")
        terminal.state = "approved"
    client.send(stranger.register("辽N99999", "北斗", "BD-1"))
    answer = client.answer()
    assert answer["result"] == 0 and answer["auth_code"], "approved, and given a code"
    client.send(stranger.authenticate(answer["auth_code"]) + stranger.locate(here(time.time())))
    assert [client.answer()["result"], client.answer()["result"]] == [0, 0]
    assert len(rows(Position)) == 1


def test_what_is_refused_stands_in_the_list_of_refusals_in_chinese(client: Client) -> None:
    client.send(Device("13911112222").locate(here(time.time())) + b"\x7e\x01\x02\x03\x7e")
    client.answer()
    assert eventually(lambda: len(rows(DeadLetter)) == 2)
    refused = {row.reason: row for row in rows(DeadLetter)}
    assert refused.keys() == {"unregistered", "bad_frame"}
    assert "13911112222" in refused["unregistered"].peer and "未登记" in refused["unregistered"].detail
    assert refused["unregistered"].source == "jt808" and refused["unregistered"].sample
