"""A foreign gateway over the real broker: unknown keys, a point made of one, the topics of others, and its last will."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import paho.mqtt.client as mqtt
import pytest
from sqlalchemy import select

from data.db import notify, read_session, session
from data.gateways import grant_access
from data.models import Alarm, GatewayState, LatestReading, UnknownPoint
from data.rules.shares import SHARES
from data.save import update
from data.servers.broker import gateway_users, write_config
from data.settings import Settings
from data.unknown_points import proposal, register
from ingest.directory import Directory
from ingest.mqtt.consumer import Consumer
from ingest.pipeline import Pipeline
from ingest.role import keep_broker
from ingest.shares import Shares
from ingest.writer import Writer
from tests.park import MAKER, Park, make_park
from tests.platform import wait_for

TOPIC, STATUS = "edge/line-1/telemetry", "edge/line-1/lwt"


class Running(NamedTuple):
    """Ingest on a park whose gateway sends ThingsBoard telemetry on a topic of its own."""

    park: Park
    settings: Settings
    password: str


@pytest.fixture(scope="module")
def running(database: Settings, broker: Settings) -> Iterator[Running]:
    settings = database.model_copy(update={"flush_ms": 20, "latest_ms": 100})
    with session() as current:
        park = make_park(current)
    write_config(settings, [])
    pipeline, directory = Pipeline(10_000), Directory()
    directory.on_change(lambda world: keep_broker(settings))
    shares = Shares([Consumer(settings, pipeline, directory, share) for share in range(SHARES)], pipeline)
    writer = Writer(settings, pipeline, directory, shares)
    writer.start()
    wait_for(lambda: shares.is_connected, 20, "ingest at the broker")
    with session() as current:
        gateway = current.merge(park.gateway, load=True)
        update(current, gateway, MAKER, {"shape": "tb_device", "topic": TOPIC, "status_topic": STATUS})
        access = grant_access(current, settings, "E001", "GW-01", MAKER)
        notify(current, "config")
    yield Running(park, settings, access.password)
    writer.stop()
    writer.join(10)
    shares.close()
    write_config(broker, [])


@pytest.fixture(scope="module")
def device(running: Running) -> Iterator[mqtt.Client]:
    """The gateway itself, with its own user and a last will; the broker learns of it while it runs."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="line-1")
    client.username_pw_set("GW-01", running.password)
    client.will_set(STATUS, b"offline", qos=1, retain=True)
    client.reconnect_delay_set(1, 1)
    client.connect_async(running.settings.host, running.settings.mqtt_port)
    client.loop_start()
    wait_for(client.is_connected, 20, "the broker knows the gateway")
    client.publish(STATUS, b"online", qos=1, retain=True).wait_for_publish(10)
    wait_for(lambda: found(GatewayState), 20, "ingest listens to the gateway's topics")
    yield client
    client.disconnect()
    client.loop_stop()


def say(device: mqtt.Client, topic: str = TOPIC, **values: Any) -> None:
    payload = json.dumps({"ts": time.time() * 1000, "values": values}).encode()
    device.publish(topic, payload, qos=1).wait_for_publish(10)


def found(model: Any, *where: Any) -> Any:
    with read_session() as current:
        return current.scalars(select(model).where(*where)).unique().first()


def test_the_broker_has_the_gateway_with_its_topics(running: Running, device: mqtt.Client) -> None:
    with read_session() as current:
        assert [one.topics for one in gateway_users(current)] == [(TOPIC, STATUS)]


def test_an_unknown_key_becomes_a_point_and_its_values_flow_at_once(running: Running, device: mqtt.Client) -> None:
    say(device, **{"V-101/temperature": 205})
    say(device, **{"V-101/temperature": 215})
    unknown = wait_for(lambda: found(UnknownPoint, UnknownPoint.value == "215"), 20, "the unknown key")
    assert (unknown.key, unknown.count, unknown.topic, unknown.enterprise_id) == ("V-101/temperature", 2, TOPIC, running.park.first.id)
    with session() as current:
        unknown = current.get(UnknownPoint, unknown.id)
        point = register(current, MAKER, unknown, proposal(current, unknown) | {"scale": "0.1"})
        identity, name, unit = point.id, point.name, point.unit
    assert (name, unit) == ("V-101 甲醇储罐 温度", "℃")
    began = time.monotonic()

    def stored() -> LatestReading | None:
        say(device, **{"V-101/temperature": 225})
        return found(LatestReading, LatestReading.point_id == identity)

    assert wait_for(stored, 10, "its values").value == pytest.approx(22.5)
    assert time.monotonic() - began < 5, "within seconds, without a restart"
    assert found(UnknownPoint) is None


def test_a_topic_of_others_is_refused_by_the_broker(running: Running, device: mqtt.Client) -> None:
    point = running.park.level
    message = {"ts": time.time() * 1000, "points": [{"code": point.code, "v": 3.0}]}
    device.publish("park/liucheng/E001/GW-02/telemetry", json.dumps(message).encode(), qos=1).wait_for_publish(10)
    say(device, "edge/line-2/telemetry", stranger=1)
    say(device, mark=1)
    wait_for(lambda: found(UnknownPoint, UnknownPoint.key == "mark"), 10, "what came behind them")
    assert found(LatestReading, LatestReading.point_id == point.id) is None
    assert found(UnknownPoint, UnknownPoint.key == "stranger") is None


def test_the_last_will_says_off_line_and_raises_the_alarm_and_the_return_ends_it(running: Running, device: mqtt.Client) -> None:
    state = wait_for(lambda: found(GatewayState), 10, "the gateway's state")
    assert state.is_online
    since = state.since
    device.socket().shutdown(2)  # type: ignore[union-attr]
    state = wait_for(lambda: found(GatewayState, GatewayState.is_online.is_(False)), 10, "off line")
    assert state.since > since
    alarm = wait_for(lambda: found(Alarm, Alarm.condition == "gateway_lost"), 10, "the alarm")
    assert (alarm.source_code, alarm.cleared_at) == ("GW-01", None)
    wait_for(device.is_connected, 15, "the gateway comes back")
    device.publish(STATUS, b"online", qos=1, retain=True).wait_for_publish(10)
    wait_for(lambda: found(GatewayState, GatewayState.is_online.is_(True)), 10, "on line")
    wait_for(lambda: found(Alarm, Alarm.condition == "gateway_lost", Alarm.cleared_at.is_not(None)), 10, "the alarm has ended")


def test_a_point_without_a_key_of_its_own_is_found_by_its_code(running: Running, device: mqtt.Client) -> None:
    say(device, **{"V-101.LT": 3.5})
    reading = wait_for(lambda: found(LatestReading, LatestReading.point_id == running.park.level.id), 10, "the value")
    assert reading.value == 3.5
