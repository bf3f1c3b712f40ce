"""Two ingest roles side by side: they share the work, and when one is killed the other takes over; nothing is lost, nothing comes twice."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from data.db import read_session, session
from data.demo.transport import terminals
from data.health import roles, summary
from data.models import Alarm, Gateway, Point
from data.rules.shares import SHARES, share_of
from data.settings import Settings
from ingest.jt808.device import Device, Report
from ingest.jt808.frame import Framer, parse
from ingest.jt808.messages import decode
from ingest.mqtt.consumer import client_for, connect
from tests.platform import ROOT, free_ports, wait_for

TAKEN_OVER_S = 12.0


@dataclass
class Role:
    """``app.py ingest`` with a JT/T 808 port of its own."""

    folder: Path
    name: str
    port: int = field(default_factory=lambda: free_ports(1)[0])
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> Role:
        own = {"PARK_JT808_PORT": str(self.port), "PARK_FLUSH_MS": "50", "PARK_LATEST_MS": "200"}
        with open(self.folder / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen([sys.executable, "app.py", "ingest"], cwd=ROOT, env=os.environ | own, stdout=log, stderr=log)
        wait_for(self.is_alive, 30, f"a sign of life of {self.name}")
        return self

    def is_alive(self) -> bool:
        return roles().get(self.name, {}).get("age_s", 99.0) < 5 and self.facts["jt808_port"] == str(self.port)

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = roles()[self.name]["facts"]
        return facts

    def end(self, sign: int = signal.SIGTERM) -> None:
        assert self.process is not None
        self.process.send_signal(sign)
        self.process.wait(15)


@pytest.fixture(scope="module")
def pair(folder: Path, demo_database: Settings, broker: Settings) -> Iterator[tuple[Role, Role]]:
    """Two roles that have their shares."""
    both = Role(folder, "ingest"), Role(folder, "ingest-2")
    with session() as current:  # an alarm comes with the value that breaks its limit
        current.execute(update(Point).values(min_duration_s=0))
    try:
        for role in both:
            role.start()
        yield both
    finally:
        for role in both:
            with suppress(AssertionError):
                role.end()


@pytest.fixture
def sharing(pair: tuple[Role, Role]) -> tuple[Role, Role]:
    wait_for(lambda: owners() == {0: 2, 1: 2} and all(role.facts["mqtt_connected"] and role.facts["mqtt_shares"] == 2 for role in pair), 30, "half of the shares each")
    return pair


def owners() -> dict[int, int]:
    """How many shares each backend holds, numbered as they come."""
    with read_session() as current:
        rows = current.execute(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted AND classid = 80802 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) GROUP BY pid"))
        return dict(enumerate(row[0] for row in rows))


class Field:
    """All data gateways of the park at one connection."""

    def __init__(self, settings: Settings) -> None:
        with read_session() as current:
            codes = dict(current.execute(select(Gateway.id, Gateway.code)).all())
            points = current.scalars(select(Point).where(Point.gateway_id.is_not(None), Point.quantity == "level").order_by(Point.id)).all()
            self.points = [(one, f"park/{settings.park_code}/{one.enterprise.code}/{codes[one.gateway_id]}/telemetry") for one in points]
        self.start = round(time.time(), 3)
        self.sent = 0
        self.client = client_for(f"mqtt://127.0.0.1:{settings.mqtt_port}", f"field-{time.monotonic_ns()}", clean_session=False)
        self.taken: set[int] = set()
        self.client.on_publish = lambda client, userdata, mid, reason, properties: self.taken.add(mid)
        connect(self.client, f"mqtt://127.0.0.1:{settings.mqtt_port}")
        wait_for(self.client.is_connected, 10, "the field's connection")

    def say(self, number: int, value: float | None = None) -> None:
        """The next value of one point (the number goes round): in the middle between its limits, unless another is given."""
        point, topic = self.points[number % len(self.points)]
        middle = ((point.low or point.range_low) + (point.high or point.range_high)) / 2
        millis = (self.start + self.sent / 1000) * 1000
        self.client.publish(topic, json.dumps({"ts": millis, "points": [{"code": point.code, "v": middle if value is None else value}]}), qos=1)
        self.sent += 1

    def stored(self) -> tuple[int, int]:
        """(rows, distinct times) since the field began."""
        with read_session() as current:
            row = current.execute(text("SELECT count(*), count(DISTINCT ts) FROM reading WHERE ts >= to_timestamp(:start)"), {"start": self.start - 0.0005}).one()
            return row[0], row[1]

    def arrive(self, seconds: float) -> None:
        """Wait until the broker took everything, and everything is stored; each once."""
        wait_for(lambda: len(self.taken) == self.sent, 20, "the broker's answers")
        wait_for(lambda: self.stored()[0] >= self.sent, seconds, "the store")
        assert self.stored() == (self.sent, self.sent)


@contextmanager
def gateways(settings: Settings) -> Iterator[Field]:
    field = Field(settings)
    try:
        yield field
    finally:
        field.client.disconnect()
        field.client.loop_stop()


class Truck:
    """A terminal of the park that reports its positions one by one and keeps what was answered."""

    def __init__(self, plate: str) -> None:
        mine = next(one for one in terminals() if one["vehicle"] == plate)
        self.device, self.plate = Device(mine["phone"], mine["protocol"]), plate
        self.at, self.answered = float(int(time.time()) - 600), 0

    def call(self, port: int) -> None:
        self.line, self.framer = socket.create_connection(("127.0.0.1", port), timeout=20), Framer()
        self.line.sendall(self.device.register(self.plate))
        self.line.sendall(self.device.authenticate(self.hear()["auth_code"]))
        assert self.hear()["result"] == 0

    def hear(self) -> dict[str, Any]:
        frames: list[bytes] = []
        while not frames:
            data = self.line.recv(4096)
            assert data, "the platform closed the connection"
            frames = self.framer.feed(data)
        return decode(parse(frames[0]))

    def drive(self, **more: Any) -> None:
        """The next position; returns when it is answered."""
        self.at += 1
        self.line.sendall(self.device.locate(Report(120.43 + (self.at % 1000) * 1e-5, 41.42, self.at, 36.0, 90, **more)))
        assert self.hear()["result"] == 0
        self.answered += 1


def positions(truck: Truck) -> int:
    with read_session() as current:
        statement = text("SELECT count(*) FROM position p JOIN terminal t ON t.id = p.terminal_id WHERE t.phone = :phone")
        return int(current.scalar(statement, {"phone": truck.device.phone}) or 0)


def alarm(source: int, condition: str) -> Alarm | None:
    with read_session() as current:
        found = current.scalars(select(Alarm).where(Alarm.source_id == source, Alarm.condition == condition)).unique().all()
        assert len(found) < 2, "one alarm, not two"
        return found[0] if found else None


def test_both_do_a_part_of_the_work_and_every_value_is_stored_once(sharing: tuple[Role, Role], broker: Settings) -> None:
    before = [role.facts["readings"] for role in sharing]
    with gateways(broker) as field:
        for number in range(400):
            field.say(number)
        field.arrive(20)
        of_first = {share_of(one.enterprise.code) for one, _ in field.points}
    assert len(of_first) > 1, "the gateways of the park belong to several shares"
    wait_for(lambda: sum(role.facts["readings"] for role in sharing) - sum(before) == 400, 10, "both told what they stored")
    assert all(role.facts["readings"] > was for role, was in zip(sharing, before, strict=True)), "neither was idle"
    assert summary().ingest == "ok"


def test_a_terminal_that_calls_the_other_role_is_taken_up_where_it_was_and_its_old_line_is_closed(sharing: tuple[Role, Role]) -> None:
    first, second = sharing
    truck = Truck("辽N·B7702")
    truck.call(first.port)
    truck.drive(alarm_bits=1)
    vehicle = wait_for(partial(alarm_of, truck), 10, "the SOS")
    old = truck.line
    truck.call(second.port)
    truck.drive(alarm_bits=1)
    assert old.recv(1024) == b"", "a terminal belongs to one role"
    old.close()
    truck.drive()
    wait_for(lambda: (found := alarm(vehicle, "sos")) and found.occurrences == 1, 5, "the same SOS, not a second one")
    assert positions(truck) == truck.answered
    truck.line.close()


def alarm_of(truck: Truck) -> int | None:
    with read_session() as current:
        statement = text("SELECT a.source_id FROM alarm a JOIN terminal t ON t.vehicle_id = a.source_id WHERE a.source_type = 'vehicle' AND a.condition = 'sos' AND t.phone = :phone")
        return current.scalar(statement, {"phone": truck.device.phone})


def test_a_killed_role_is_replaced_within_seconds_and_gets_its_part_back(sharing: tuple[Role, Role], broker: Settings) -> None:
    first, second = sharing
    truck = Truck("辽N·K5520")
    truck.call(first.port)
    with gateways(broker) as field:
        high = {index: point for index, (point, _) in enumerate(field.points) if point.high is not None and point.tank.state == "in_service"}
        for index, point in high.items():
            field.say(index, point.high)
        field.arrive(20)
        wait_for(lambda: all(alarm(point.id, "high") for point in high.values()), 10, "the alarms")
        for number in range(200):
            field.say(number, (field.points[number % len(field.points)][0].high))
        truck.drive()
        first.end(signal.SIGKILL)
        killed = time.monotonic()
        truck.line.close()
        truck.call(second.port)
        for number in range(200):
            field.say(number, (field.points[number % len(field.points)][0].high))
            truck.drive()
        wait_for(lambda: owners() == {0: SHARES}, TAKEN_OVER_S, "the other has all shares")
        field.arrive(TAKEN_OVER_S)
        assert time.monotonic() - killed < TAKEN_OVER_S + 5
        assert positions(truck) == truck.answered
        assert {alarm(point.id, "high").occurrences for point in high.values()} == {1}, "what lasts is not raised anew"  # type: ignore[union-attr]
        first.start()
        wait_for(lambda: owners() == {0: 2, 1: 2}, 30, "half each again")
        for index in high:
            field.say(index)
        field.arrive(20)
        wait_for(lambda: all(alarm(point.id, "high").cleared_at for point in high.values()), 10, "and each ends once")  # type: ignore[union-attr]
    truck.line.close()


def test_a_role_that_is_told_to_end_leaves_its_part_at_once_and_is_not_missed(sharing: tuple[Role, Role]) -> None:
    first, second = sharing
    second.end()
    assert second.name not in roles()
    wait_for(lambda: owners() == {0: SHARES} and first.facts["mqtt_connected"], TAKEN_OVER_S, "the other has all shares")
    second.start()
    assert summary().ingest == "ok"
