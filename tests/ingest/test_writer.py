"""Promises of the writer: nothing is answered before it is safe, nothing is stored twice, nothing stops it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, text

from data.db import read_session, session
from data.models import Alarm, DeadLetter, LatestPosition, LatestReading, Position, Reading
from data.settings import Settings
from ingest.directory import Directory
from ingest.pipeline import Envelope, Fix, Pipeline, Refusal
from ingest.pipeline import Reading as Row
from ingest.writer import Writer
from tests.park import Park, make_park


class Bench:
    """A writer with its queue, and what it has answered."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings.model_copy(update={"flush_ms": 20, "latest_ms": 100})
        self.pipeline = Pipeline(10_000)
        self.directory = Directory()
        self.writer = Writer(self.settings, self.pipeline, self.directory)
        self.answered: list[int] = []

    def start(self) -> Bench:
        self.writer.start()
        assert self.writer.is_ready.wait(5)
        return self

    def stop(self) -> None:
        self.writer.stop()
        self.writer.join(5)
        assert not self.writer.is_alive()

    def send(self, number: int, **rows: Any) -> None:
        self.pipeline.put(Envelope(**rows, ack=lambda: self.answered.append(number)))

    def wait_for(self, count: int, seconds: float = 5.0) -> None:
        until = time.monotonic() + seconds
        while len(self.answered) < count:
            assert time.monotonic() < until, f"only {len(self.answered)} of {count} were answered"
            time.sleep(0.01)


@pytest.fixture
def park(fresh_database: Settings) -> Park:
    with session() as current:
        return make_park(current)


@pytest.fixture
def bench(park: Park, fresh_database: Settings) -> Iterator[Bench]:
    running = Bench(fresh_database).start()
    yield running
    running.stop()


def count(model: Any) -> int:
    with read_session() as current:
        return current.scalar(select(func.count()).select_from(model)) or 0


def one(model: Any) -> Any:
    with read_session() as current:
        return current.scalars(select(model)).unique().one()


def fix(park: Park, ts: float, serial: int, **changes: Any) -> Fix:
    values = {
        "lon": 120.43,
        "lat": 41.42,
        "speed_kmh": 40.0,
        "heading_deg": 90,
        "altitude_m": 180,
        "alarm_bits": 0,
        "status_bits": 3,
    }
    values |= {"flags": 0, "mileage_km": 12.5, "items": None} | changes
    return Fix(park.terminal.id, ts, serial, **values)


def test_what_is_answered_is_in_the_store(bench: Bench, park: Park) -> None:
    now = time.time()
    for number in range(50):
        bench.send(number, readings=[Row(park.level.id, now - 50 + number, 5.0, 192)])
    bench.wait_for(50)
    assert bench.answered == list(range(50))
    assert count(Reading) == 50


def test_a_message_sent_again_is_answered_and_not_stored_twice(bench: Bench, park: Park) -> None:
    now = time.time()
    for number in range(3):
        bench.send(number, readings=[Row(park.level.id, now, 5.0, 192)], fixes=[fix(park, now, 7)])
        bench.wait_for(number + 1)
    assert (count(Reading), count(Position)) == (1, 1)
    assert bench.writer.counts["duplicates"] == 4


def test_the_same_row_twice_in_one_batch_is_one_row(bench: Bench, park: Park) -> None:
    now = time.time()
    bench.send(0, readings=[Row(park.level.id, now, 5.0, 192)] * 3, fixes=[fix(park, now, 7)] * 3)
    bench.wait_for(1)
    assert (count(Reading), count(Position)) == (1, 1)


def test_history_fills_the_curve_and_leaves_the_newest_value(bench: Bench, park: Park) -> None:
    now = time.time()
    bench.send(0, readings=[Row(park.level.id, now, 6.0, 192)])
    bench.send(1, readings=[Row(park.level.id, now - 3600, 99.0, 192)])
    bench.wait_for(2)
    bench.stop()
    assert count(Reading) == 2
    assert one(LatestReading).value == 6.0
    assert count(Alarm) == 0


def test_a_value_over_its_limit_and_its_alarm_are_one_transaction(bench: Bench, park: Park) -> None:
    bench.send(0, readings=[Row(park.level.id, time.time(), 12.5, 192)])
    bench.wait_for(1)
    alarm = one(Alarm)
    assert (alarm.kind, alarm.level, alarm.value, alarm.limit, alarm.tank_id) == (
        "high_high",
        1,
        12.5,
        12.4,
        park.tank.id,
    )
    assert one(LatestReading).state == "high_high"


def test_a_new_writer_takes_up_where_the_last_one_ended(bench: Bench, park: Park) -> None:
    now = time.time()
    bench.send(0, readings=[Row(park.level.id, now - 10, 11.5, 192)], fixes=[fix(park, now - 10, 1, alarm_bits=1)])
    bench.wait_for(1)
    bench.stop()
    second = Bench(bench.settings).start()
    second.send(0, readings=[Row(park.level.id, now - 10, 11.5, 192), Row(park.level.id, now, 11.6, 192)])
    second.send(1, fixes=[fix(park, now - 10, 1, alarm_bits=1), fix(park, now, 2, alarm_bits=1)])
    second.wait_for(2)
    second.stop()
    with read_session() as current:
        assert {(alarm.kind, alarm.occurrences) for alarm in current.scalars(select(Alarm))} == {
            ("high", 1),
            ("sos", 1),
        }
    assert (count(Reading), count(Position)) == (2, 2)


def test_an_sos_is_raised_even_without_a_fix_and_keeps_the_last_known_place(bench: Bench, park: Park) -> None:
    now = time.time()
    bench.send(0, fixes=[fix(park, now - 5, 1)])
    bench.send(1, fixes=[fix(park, now, 2, lon=0.0, lat=0.0, flags=1, alarm_bits=1)])
    bench.wait_for(2)
    bench.stop()
    assert one(Alarm).kind == "sos"
    latest = one(LatestPosition)
    assert (latest.lon, latest.lat, latest.is_fixed, latest.alarm_bits) == (120.43, 41.42, False, 1)


def test_speeding_is_an_alarm_when_it_lasts_and_ends_below_the_limit(bench: Bench, park: Park) -> None:
    now = time.time() - 60
    for number, (offset, speed) in enumerate([(0, 70.0), (5, 71.0), (10, 72.0), (20, 56.0)]):
        bench.send(number, fixes=[fix(park, now + offset, number, speed_kmh=speed)])
    bench.wait_for(4)
    alarm = one(Alarm)
    assert (alarm.kind, alarm.limit, alarm.state) == ("overspeed", 60.0, "recovered")


def test_a_late_position_goes_to_history_and_raises_nothing(bench: Bench, park: Park) -> None:
    now = time.time()
    bench.send(0, fixes=[fix(park, now, 1)])
    bench.send(1, fixes=[fix(park, now - 900, 2, flags=2, alarm_bits=1, speed_kmh=120.0)])
    bench.wait_for(2)
    bench.stop()
    assert (count(Position), count(Alarm)) == (2, 0)
    assert one(LatestPosition).speed_kmh == 40.0


def test_refusals_are_counted_with_a_sample_not_kept_one_by_one(bench: Bench) -> None:
    for number in range(100):
        refusal = Refusal(
            "mqtt", "park/liucheng/E001/GW-01/telemetry", "bad_json", f"第 {number} 条", b"{\x00" + b"x" * 5000
        )
        bench.send(number, refusals=[refusal])
    bench.wait_for(100)
    letter = one(DeadLetter)
    assert (letter.count, letter.detail, len(letter.sample)) == (100, "第 99 条", 2048)


def test_a_thousand_senders_of_rubbish_do_not_fill_the_table(bench: Bench) -> None:
    for number in range(1000):
        bench.send(number, refusals=[Refusal("jt808", f"10.0.0.{number}", "bad_frame", "帧无法解析", b"\x00")])
    bench.wait_for(1000)
    assert count(DeadLetter) == 501
    with read_session() as current:
        assert current.scalar(select(DeadLetter.count).where(DeadLetter.peer == "（其余发送方）")) == 500


def test_a_row_that_the_database_refuses_is_told_and_its_neighbours_are_stored(bench: Bench, park: Park) -> None:
    now = time.time()
    bench.send(0, fixes=[fix(park, now, 1), fix(park, now, 2, items={"text": "\x00"})])
    bench.wait_for(1)
    assert count(Position) == 1
    assert one(DeadLetter).reason == "not_stored"


def test_the_writer_waits_for_a_database_that_went_away(bench: Bench, park: Park) -> None:
    bench.send(0, readings=[Row(park.level.id, time.time(), 5.0, 192)])
    bench.wait_for(1)
    with session() as current:
        current.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    bench.send(1, readings=[Row(park.level.id, time.time(), 5.1, 192)])
    bench.wait_for(2)
    assert count(Reading) == 2


def test_a_changed_limit_takes_effect_at_once(bench: Bench, park: Park) -> None:
    with session() as current:
        current.execute(text("UPDATE point SET high = 4 WHERE code = 'V-101.LT'"))
        current.execute(text("SELECT pg_notify('config', '')"))
    until = time.monotonic() + 5
    while bench.directory.world.points["V-101.LT"].limits.high != 4 and time.monotonic() < until:
        time.sleep(0.05)
    bench.send(0, readings=[Row(park.level.id, time.time(), 5.0, 192)])
    bench.wait_for(1)
    assert one(Alarm).kind == "high"


def test_rows_far_outside_the_days_kept_make_no_partition(bench: Bench, park: Park) -> None:
    old = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
    bench.send(0, readings=[Row(park.level.id, old, 5.0, 192)], fixes=[fix(park, 4_070_908_800.0, 1)])
    bench.wait_for(1)
    assert (count(Reading), count(Position)) == (0, 0)


def test_a_limit_stays_broken_while_no_new_value_comes(bench: Bench, park: Park) -> None:
    bench.send(0, readings=[Row(park.gas.id, time.time() - 9, 60.0, 192)])
    bench.wait_for(1)
    assert count(Alarm) == 0
    until = time.monotonic() + 5
    while not count(Alarm) and time.monotonic() < until:
        time.sleep(0.1)
    assert (one(Alarm).kind, one(Alarm).value, one(LatestReading).state) == ("high_high", 60.0, "high_high")
