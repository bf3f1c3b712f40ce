"""Promises of the push role: a snapshot first, then every change within a moment, and nothing beyond the viewer's scope."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import uvicorn
from sqlalchemy import text, update

from auth.tokens import Subject, push_token, wall_push_token
from dashboard import push
from dashboard.push import Client, create_app
from data import risk_colours, walls
from data.db import session
from data.live import Reach
from data.models import HiddenDanger, Wall
from data.save import create
from data.settings import Settings, current_settings
from tests.park import MAKER, Park, make_park
from tests.platform import free_ports, wait_for


class Stream:
    """One browser's stream of events, read line by line."""

    def __init__(self, port: int, token: str, origin: str = "http://127.0.0.1:8050") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self.connection.request(
            "GET", f"/live?token={token}", headers={"Connection": "close"} | ({"Origin": origin} if origin else {})
        )
        self.answer = self.connection.getresponse()

    def next(self, event: str) -> dict[str, Any]:
        """The data of the next event of that name."""
        name = ""
        while line := self.answer.readline().decode().rstrip("\n"):
            name, wanted = self._read(line, name)
            if wanted is not None and name == event:
                return wanted
        return self.next(event)

    @staticmethod
    def _read(line: str, name: str) -> tuple[str, dict[str, Any] | None]:
        kind, _, value = line.partition(": ")
        return (value, None) if kind == "event" else (name, json.loads(value) if kind == "data" else None)

    def close(self) -> None:
        self.answer.close()
        self.connection.close()


@pytest.fixture
def park(fresh_database: Settings) -> Park:
    with session() as current:
        park = make_park(current)
        current.execute(
            text("INSERT INTO latest_reading VALUES (:id, now(), now(), 5.25, 192, '', now())"), {"id": park.level.id}
        )
        position = "INSERT INTO latest_position VALUES (:id, now(), now(), 120.43, 41.42, 36.5, 90, 180, 0, 3, 12.5, true, now())"
        current.execute(text(position), {"id": park.terminal.id})
    return park


@pytest.fixture
def port(park: Park) -> Iterator[int]:
    (number,) = free_ports(1)
    server = uvicorn.Server(
        uvicorn.Config(create_app, factory=True, port=number, log_level="warning", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for(lambda: server.started, 5, "the push role")
    yield number
    server.should_exit = True
    thread.join(5)


@pytest.fixture
def streams(port: int, park: Park) -> Iterator[Any]:
    opened: list[Stream] = []

    def open_as(role: str, **options: Any) -> Stream:
        opened.append(Stream(port, push_token(park.viewer(role), current_settings()), **options))
        return opened[-1]

    yield open_as
    for stream in opened:
        stream.close()


def change(park: Park, value: float) -> None:
    with session() as current:
        statement = "UPDATE latest_reading SET value = :value, ts = now(), changed_at = now() WHERE point_id = :id"
        current.execute(text(statement), {"value": value, "id": park.level.id})
        current.execute(text("SELECT pg_notify('live_latest', '')"))


def test_the_first_that_comes_is_a_snapshot(streams: Any, park: Park) -> None:
    frame = streams("duty").next("points")
    assert (frame["full"], frame["id"], frame["v"]) == (True, [park.level.id], [5.25])


def test_positions_are_short_integers(streams: Any, park: Park) -> None:
    frame = streams("duty").next("vehicles")
    assert (frame["id"], frame["lon"], frame["lat"], frame["k"], frame["f"]) == (
        [park.vehicle.id],
        [120_430_000],
        [41_420_000],
        [365],
        [1],
    )


def test_a_change_comes_within_a_second_and_alone(streams: Any, park: Park) -> None:
    stream = streams("duty")
    stream.next("alarms")
    started = time.monotonic()
    change(park, 6.5)
    frame = stream.next("points")
    assert time.monotonic() - started < 1
    assert (frame["full"], frame["id"], frame["v"]) == (False, [park.level.id], [6.5])


def recolour(park: Park, minutes: int, level: str) -> None:
    """Open or close a hidden danger of the first enterprise and judge it anew."""
    with session() as current:
        values = {"enterprise_id": park.first.id, "name": "隐患", "level": level, "state": "notice", "found_on": date(2026, 11, 1)}
        create(current, HiddenDanger, MAKER, values)
        risk_colours.recompute(current, datetime.now(UTC) + timedelta(minutes=minutes))


def test_colours_come_whole_at_first_and_then_those_that_changed(streams: Any, park: Park) -> None:
    with session() as current:
        risk_colours.recompute(current, datetime.now(UTC))
    officer, own = streams("officer"), streams("enterprise")
    whole, mine = officer.next("risk"), own.next("risk")
    assert (whole["full"], len(whole["id"]), whole["l"]) == (True, 2, [4, 4]) and len(mine["id"]) == 1
    recolour(park, 1, "major")
    first, second = officer.next("risk"), own.next("risk")
    # The role's own first round may tell of all; what it tells of is right either way.
    told = dict(zip(first["id"], first["l"], strict=True))
    assert not first["full"] and told[mine["id"][0]] == 2 and second["id"] == mine["id"] and second["l"] == [2]
    recolour(park, 2, "major")
    assert officer.next("risk")["id"] == mine["id"], "the further reason, of that zone alone"


@pytest.fixture
def lively_park(park: Park) -> Iterator[Park]:
    """A park in which something changes all the time."""
    over = threading.Event()

    def change_always() -> None:
        value = 5.0
        while not over.wait(0.2):
            change(park, value := value + 0.01)

    thread = threading.Thread(target=change_always)
    thread.start()
    yield park
    over.set()
    thread.join(5)


def test_health_comes_every_few_seconds_however_lively_the_park_is(streams: Any, lively_park: Park) -> None:
    stream = streams("duty")
    stream.next("alarms")
    first, second = stream.next("health"), stream.next("health")
    assert 3_000 < second["at"] - first["at"] < 12_000, "a page takes thirty silent seconds for a broken-down ingest"


def test_an_enterprise_is_sent_what_is_its_own(streams: Any, park: Park) -> None:
    stream = streams("enterprise")
    assert stream.next("points")["id"] == [park.level.id]
    assert stream.next("vehicles")["id"] == []


def test_a_token_that_was_tampered_with_opens_nothing(port: int, park: Park) -> None:
    stream = Stream(port, push_token(park.viewer("duty"), current_settings())[:-2] + "xx")
    assert (stream.answer.status, json.loads(stream.answer.read())) == (
        401,
        {"error": "实时连接的凭证无效或已过期，请刷新页面。"},
    )


def test_another_site_cannot_read_along(streams: Any) -> None:
    assert streams("duty", origin="http://elsewhere.example").answer.status == 403


def test_a_person_who_was_disabled_gets_no_stream(streams: Any, park: Park) -> None:
    with session() as current:
        current.execute(text('UPDATE "user" SET is_active = false WHERE username = :name'), {"name": "user-leader"})
    assert streams("leader").answer.status == 401


@pytest.fixture
def wall(park: Park) -> tuple[int, str]:
    """A wall of the tanks' screen: its id and a ticket of its window."""
    with session() as current:
        made, token = walls.save_wall(current, MAKER, None, {"name": "北墙", "screens": ["tanks"]}, None)
        return made.id, wall_push_token(walls.admitted(current, token, datetime.now(UTC)), current_settings())


def test_a_wall_is_sent_what_its_screen_shows(port: int, wall: tuple[int, str], park: Park) -> None:
    stream = Stream(port, wall[1])
    assert stream.next("points")["id"] == [park.level.id]
    stream.next("alarms")
    change(park, 7.5)
    assert stream.next("points")["v"] == [7.5]
    stream.close()


@pytest.mark.parametrize("change_of_wall", [{"revoked_at": text("now()")}, {"expires_at": text("now()")}, {"digest": None, "issued_at": text("now()")}], ids=["revoked", "expired", "renewed"])
def test_a_wall_that_may_no_longer_see_is_cut_off(port: int, wall: tuple[int, str], monkeypatch: pytest.MonkeyPatch, change_of_wall: dict[str, Any]) -> None:
    monkeypatch.setattr(push, "WALL_RECHECK_S", 0.0)
    stream = Stream(port, wall[1])
    stream.next("alarms")
    with session() as current:
        current.execute(update(Wall).where(Wall.id == wall[0]).values(**change_of_wall))
    assert stream.next("bye") == {}
    stream.close()
    assert Stream(port, wall[1]).answer.status == 401


def test_walls_are_looked_at_again_within_a_minute() -> None:
    assert push.WALL_RECHECK_S + push.HEALTH_S < 60


def test_a_slow_browser_loses_frames_and_starts_again_from_a_snapshot() -> None:
    client = Client(Subject(1), 1, Reach(frozenset({"points"}), None), needs_snapshot=False)
    for number in range(40):
        client.offer(b"%d" % number)
    assert client.needs_snapshot
    assert client.queue.qsize() <= 16


def test_a_step_in_a_workflow_is_told_to_everybody_at_once_and_tells_nothing_else(streams: Any, park: Park) -> None:
    opened = [streams("duty"), streams("enterprise")]
    for stream in opened:
        stream.next("todo")  # a new stream asks for its counts
    before, started = int(time.time() * 1000), time.monotonic()
    with session() as current:
        current.execute(text("SELECT pg_notify('live_todo', '')"))
    for stream in opened:
        frames = iter(lambda stream=stream: stream.next("todo"), None)
        assert next(frame for frame in frames if frame["at"] >= before).keys() == {"at"}
    assert time.monotonic() - started < 1
