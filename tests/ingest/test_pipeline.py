"""Promises of the queue between the listeners and the writer."""

from __future__ import annotations

import threading
import time

from ingest.pipeline import Envelope, Pipeline, Reading


def envelope(rows: int) -> Envelope:
    return Envelope([Reading(1, float(n), 0.0, 192) for n in range(rows)])


def test_envelopes_come_out_in_the_order_they_came_in() -> None:
    pipeline = Pipeline(1000)
    sent = [envelope(1) for _ in range(5)]
    for one in sent:
        pipeline.put(one)
    assert pipeline.take(100, 0, 0.1) == sent
    assert pipeline.depth == 0


def test_nothing_to_take_is_an_empty_list_after_the_idle_time() -> None:
    assert Pipeline(10).take(10, 1, 0.01) == []


def test_a_full_batch_is_taken_at_once() -> None:
    pipeline = Pipeline(1000)
    pipeline.put(envelope(50))
    started = time.monotonic()
    assert len(pipeline.take(50, 5, 1)) == 1
    assert time.monotonic() - started < 1


def test_the_first_envelope_waits_no_longer_than_told() -> None:
    pipeline = Pipeline(1000)
    threading.Timer(0.02, pipeline.put, [envelope(1)]).start()
    pipeline.put(envelope(1))
    assert len(pipeline.take(50, 0.2, 1)) == 2


def test_full_lasts_until_half_is_gone_and_then_says_so() -> None:
    pipeline = Pipeline(40)
    resumed: list[bool] = []
    pipeline.on_resume(lambda: resumed.append(True))
    for _ in range(4):
        pipeline.put(envelope(9))
    assert pipeline.full
    pipeline.take(10, 0, 0.1)
    assert pipeline.full and not resumed
    pipeline.take(10, 0, 0.1)
    assert not pipeline.full and resumed == [True]


def test_a_listener_of_its_own_thread_can_wait_for_room() -> None:
    pipeline = Pipeline(10)
    pipeline.put(envelope(20))
    assert not pipeline.wait_for_room(0.01)
    threading.Timer(0.05, pipeline.take, [100, 0, 0.1]).start()
    assert pipeline.wait_for_room(2)
