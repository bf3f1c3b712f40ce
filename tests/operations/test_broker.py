"""Who may publish what, and that a change of users reaches the running broker."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import paho.mqtt.client as mqtt
import pytest

from data.errors import Invalid
from data.rules.shares import topic_of
from data.servers import broker as room
from data.servers.broker import GatewayUser
from data.settings import Settings
from tests.platform import wait_for

PASSWORD, HASH = room.new_password()
GATEWAY = GatewayUser("boiler", HASH, "QH001", "boiler", ("gds/+/value", "edge/boiler/#"))
OWN = "park/liucheng/QH001/boiler/telemetry"


@pytest.fixture(scope="module")
def heard(broker: Settings) -> Iterator[list[str]]:
    """The topics that the platform's own user received."""
    room.write_config(broker, [GATEWAY])
    assert room.reload(broker), "the broker was told"
    wait_for(lambda: knows(broker, GATEWAY.username, PASSWORD), 10, "the broker has read its new users")
    topics: list[str] = []
    ready = threading.Event()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.username_pw_set(room.PLATFORM_USER, broker.broker_password)
    client.on_connect = lambda *_: client.subscribe([("park/#", 1), ("share/#", 1), ("gds/#", 1), ("edge/#", 1)])
    client.on_subscribe = lambda *_: ready.set()
    client.on_message = lambda _client, _data, message: topics.append(topic_of(message.topic))
    client.connect(broker.host, broker.mqtt_port)
    client.loop_start()
    assert ready.wait(10)
    yield topics
    client.disconnect()
    client.loop_stop()


def connect(settings: Settings, username: str = "", password: str = "") -> tuple[mqtt.Client, str]:
    """A client and what the broker said to it."""
    said: list[str] = []
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.username_pw_set(username or None, password or None)
    client.on_connect = lambda _client, _data, _flags, reason, _properties: said.append(str(reason))
    client.connect(settings.host, settings.mqtt_port)
    client.loop_start()
    return client, wait_for(lambda: said and said[0], 10, "an answer")


def knows(settings: Settings, username: str, password: str) -> bool:
    """Whether the broker lets this user in by now."""
    client, reason = connect(settings, username, password)
    client.disconnect()
    client.loop_stop()
    return reason == "Success"


def publish(settings: Settings, topic: str, username: str = "", password: str = "") -> None:
    """Publish one message and close."""
    client, reason = connect(settings, username, password)
    assert reason == "Success"
    client.publish(topic, b"{}", qos=1).wait_for_publish(5)
    client.disconnect()
    client.loop_stop()


def test_a_gateway_publishes_below_its_own_enterprise(broker: Settings, heard: list[str]) -> None:
    publish(broker, OWN, GATEWAY.username, PASSWORD)
    wait_for(lambda: OWN in heard, 5, "the message")


def test_a_gateway_cannot_publish_for_another_enterprise(broker: Settings, heard: list[str]) -> None:
    publish(broker, "park/liucheng/QH002/boiler/telemetry", GATEWAY.username, PASSWORD)
    publish(broker, "park/liucheng/QH001/boiler/after", GATEWAY.username, PASSWORD)
    wait_for(lambda: "park/liucheng/QH001/boiler/after" in heard, 5, "the allowed message behind it")
    assert "park/liucheng/QH002/boiler/telemetry" not in heard


def test_a_gateway_publishes_to_its_registered_topics_and_no_further(broker: Settings, heard: list[str]) -> None:
    for topic in ("gds/7/value", "gds/7/other", "gds/7/value/more", "edge/other/x", "edge/boiler", "edge/boiler/a/b"):
        publish(broker, topic, GATEWAY.username, PASSWORD)
    wait_for(lambda: "edge/boiler/a/b" in heard, 5, "the last message")
    assert [topic for topic in heard if not topic.startswith("park")] == ["gds/7/value", "edge/boiler", "edge/boiler/a/b"]


def test_a_will_is_published_for_a_gateway_that_is_cut_off(broker: Settings, heard: list[str]) -> None:
    status = "park/liucheng/QH001/boiler/status"
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.username_pw_set(GATEWAY.username, PASSWORD)
    client.will_set(status, b"offline", qos=1, retain=True)
    client.connect(broker.host, broker.mqtt_port)
    client.loop_start()
    wait_for(client.is_connected, 10, "connected")
    client.socket().shutdown(2)  # type: ignore[union-attr]
    wait_for(lambda: status in heard, 10, "the will")
    client.loop_stop()


def test_a_wrong_password_is_refused(broker: Settings, heard: list[str]) -> None:
    client, reason = connect(broker, GATEWAY.username, "wrong")
    client.loop_stop()
    assert reason != "Success"


def test_without_a_user_one_publishes_below_park_only(broker: Settings, heard: list[str]) -> None:
    publish(broker, "other/liucheng/QH001/x")
    publish(broker, "park/liucheng/QH001/free/telemetry")
    wait_for(lambda: "park/liucheng/QH001/free/telemetry" in heard, 5, "the message")
    assert not [topic for topic in heard if topic.startswith("other")]


def test_without_a_user_one_hears_nothing(broker: Settings, heard: list[str]) -> None:
    client, _ = connect(broker)
    granted: list[bool] = []
    client.on_subscribe = lambda _client, _data, _mid, reasons, _properties: granted.append(reasons[0].is_failure)
    client.subscribe("park/#", 0)
    assert wait_for(lambda: granted, 5, "an answer") == [True]
    client.disconnect()
    client.loop_stop()


def test_a_removed_gateway_is_locked_out_while_the_others_stay_connected(broker: Settings, heard: list[str]) -> None:
    room.write_config(broker, [])
    assert room.reload(broker)

    def is_refused() -> bool:
        client, reason = connect(broker, GATEWAY.username, PASSWORD)
        client.loop_stop()
        return reason != "Success"

    wait_for(is_refused, 10, "refused")
    publish(broker, "park/liucheng/QH001/later/telemetry")
    wait_for(lambda: "park/liucheng/QH001/later/telemetry" in heard, 5, "the platform still listens")


def test_a_code_that_would_widen_the_permission_is_refused() -> None:
    with pytest.raises(Invalid, match="MQTT"):
        room.configuration(Settings(), [GatewayUser("x", HASH, "*", "g")])


def test_an_address_that_others_reach_takes_no_anonymous_clients_by_default() -> None:
    assert room.takes_anonymous(Settings(host="127.0.0.1"))
    assert not room.takes_anonymous(Settings(host="0.0.0.0"))
    assert room.takes_anonymous(Settings(host="0.0.0.0", mqtt_anonymous=True))
    assert not room.takes_anonymous(Settings(host="127.0.0.1", mqtt_anonymous=False))
