"""A role with thousands of terminals opens files with high numbers: it connects to the broker all the same."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Iterator

import pytest

from data.settings import Settings
from ingest.mqtt.consumer import client_for, connect
from ingest.waiting import ready
from tests.platform import wait_for


@pytest.fixture
def crowded() -> Iterator[None]:
    """Every file number that select(2) knows is taken."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    taken = [os.open(os.devnull, os.O_RDONLY)]
    while taken[-1] < 1100:
        taken.append(os.dup(taken[0]))
    yield
    for one in taken:
        os.close(one)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_client_connects_and_hears_with_a_thousand_terminals_beside_it(crowded: None, broker: Settings) -> None:
    client, heard = client_for(broker.effective_mqtt_url, "crowded", clean_session=True), list[str]()
    client.on_message = lambda client, userdata, message: heard.append(message.topic)
    client.on_connect = lambda client, *_: client.subscribe("park/crowded", 1)
    client.on_subscribe = lambda client, *_: client.publish("park/crowded", b"1", qos=1)
    connect(client, broker.effective_mqtt_url)
    try:
        wait_for(lambda: heard == ["park/crowded"], 10, "the message")
        assert client.socket().fileno() > 1024  # type: ignore[union-attr]
    finally:
        client.disconnect()
        client.loop_stop()


def test_ready_tells_what_can_be_read_and_written_and_what_is_closed() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert ready([one], [one], 0) == ([], [one])
        other.send(b"x")
        assert ready([one, other], [], 5) == ([one], [])
        other.close()
        assert one.recv(1) == b"x"
        assert ready([one], [], 5) == ([one], []), "an end is read too"
        with pytest.raises(ValueError):
            ready([other])
