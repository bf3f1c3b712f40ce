"""The subscription: every message becomes an envelope; it is acknowledged when the writer has committed it."""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from data.rules.shares import PREFIX, enterprise_in, share_of, topic_of
from data.rules.topics import covers
from data.settings import Settings
from ingest.directory import Directory, GatewayInfo, World
from ingest.mqtt.message import Clock, parse, presence_of
from ingest.pipeline import Envelope, Pipeline, Presence, Refusal
from ingest.waiting import teach_paho

teach_paho()
log = logging.getLogger(__name__)


def client_for(
    url: str, client_id: str, *, clean_session: bool, manual_ack: bool = False, ca_file: Path | None = None
) -> mqtt.Client:
    """A client for mqtt://user:password@host:port or mqtts://…; not yet connected.

    The certificate of an mqtts:// broker must be signed by who stands in ``ca_file``, without one by whom the system trusts,
    and be made out for the host. OSError when the file cannot be read.
    """
    parts = urlsplit(url)
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=clean_session, manual_ack=manual_ack
    )
    if parts.username:
        client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
    if parts.scheme == "mqtts":
        client.tls_set(ca_certs=str(ca_file) if ca_file else None)
    client.reconnect_delay_set(min_delay=1, max_delay=10)
    return client


def connect(client: mqtt.Client, url: str) -> None:
    """Begin connecting in the client's own thread; it goes on trying by itself."""
    parts = urlsplit(url)
    client.connect_async(
        parts.hostname or "127.0.0.1", parts.port or (8883 if parts.scheme == "mqtts" else 1883), keepalive=30
    )
    client.loop_start()


class Consumer:
    """One share, through a session that the broker keeps: what arrives while nobody holds the share is delivered to its next holder."""

    def __init__(self, settings: Settings, pipeline: Pipeline, directory: Directory, share: int) -> None:
        self.share = share
        self._settings = settings
        self._pipeline = pipeline
        self._directory = directory
        self._park = {f"park/{settings.park_code}/+/+/{kind}" for kind in ("telemetry", "status")}
        self._subscribed: set[str] = set()
        self._asked: dict[int | None, str] = {}
        self._lock = threading.Lock()
        self._behind = settings.raw_days * 86_400.0
        self._connection = 0  # which of its connections this is
        self._holds = False
        self._unanswered: set[int] = set()  # messages of this connection that are not committed yet
        self.messages = 0
        self.refused_filters = 0
        self.is_connected = False
        # The broker keeps a session by this name; a stranger who could guess it could take the session over.
        secret = sha256(settings.effective_mqtt_url.encode()).hexdigest()[:16]
        name = f"ingest-{settings.park_code}-{secret}{f'-{share}' if share else ''}"
        self._client = client_for(
            settings.effective_mqtt_url, name, clean_session=False, manual_ack=True, ca_file=settings.mqtt_ca_file
        )
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_message = self._message
        self._client.on_subscribe = self._granted
        directory.on_change(self._follow)

    def start(self) -> None:
        """Connect, and go on trying."""
        self._holds = False
        connect(self._client, self._settings.effective_mqtt_url)

    def hold(self) -> None:
        """Take no more; what comes is not acknowledged, so it comes again to whoever connects next."""
        self._holds = True

    def stop(self) -> None:
        """Disconnect; returns when nothing more comes."""
        self.hold()
        self._client.disconnect()
        self._client.loop_stop()
        self.is_connected = False

    def _connected(self, client: mqtt.Client, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            log.warning("the broker refuses ingest: %s", reason)
            return
        self._connection += 1
        self._unanswered = set()
        self.is_connected = True
        with self._lock:
            # A session that the broker lost has none, to ask again for what it kept does no harm; one that it kept may have too many.
            self._subscribed, self._asked, self.refused_filters = set(), {}, 0
            for topic in self._directory.world.routes.filters - self._wanted(self._directory.world):
                self._client.unsubscribe(topic)
        self._follow(self._directory.world)

    def _wanted(self, world: World) -> set[str]:
        """The filters of this share. The embedded broker sorts the topics of the convention itself; of another one each
        enterprise is asked for by name."""
        park = self._settings.park_code
        wanted = {f"{PREFIX}/{self.share}/park/{park}/+/+/telemetry", f"park/{park}/+/+/status"}
        if self._settings.mqtt_url:
            wanted |= {f"park/{park}/{code}/+/telemetry" for code in world.enterprises if share_of(code) == self.share}
        own = world.routes.filters_of(self.share)
        return wanted | {one for one in own if not any(covers(park, one) for park in self._park)}

    def _follow(self, world: World) -> None:
        """Subscribe to what the gateways of this share publish on in ``world``, and to nothing else."""
        with self._lock:
            if not self.is_connected:
                return
            wanted = self._wanted(world)
            for topic in sorted(wanted - self._subscribed):
                self._asked[self._client.subscribe(topic, qos=1)[1]] = topic
            for topic in sorted(self._subscribed - wanted):
                self._client.unsubscribe(topic)
            self._subscribed = wanted

    def _granted(self, client: mqtt.Client, userdata: Any, mid: int, reasons: Any, properties: Any) -> None:
        with self._lock:
            topic = self._asked.pop(mid, "")
            if topic and any(one.is_failure for one in reasons):
                self.refused_filters += 1
                log.warning("the broker does not let ingest listen to %s: %s", topic, reasons[0])

    def _disconnected(self, client: mqtt.Client, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        self.is_connected = False
        if not self._holds:
            log.warning("the broker is gone: %s", reason)

    def _acknowledge(self, connection: int, mid: int, qos: int) -> None:
        """Numbers of messages are given anew with each connection: what was not acknowledged over the last one comes again."""
        if connection == self._connection and self.is_connected:
            self._unanswered.discard(mid)
            self._client.ack(mid, qos)

    def _message(self, client: mqtt.Client, userdata: Any, message: mqtt.MQTTMessage) -> None:
        while self._pipeline.full and not self._holds and not self._pipeline.wait_for_room(1.0):
            pass  # not reading is the answer to a writer that is behind; the broker keeps what it has not delivered
        if self._holds or message.mid in self._unanswered:
            return  # a broker repeats what waits for the commit too long for its taste
        now = time.time()
        clock = Clock(now, self._settings.clock_ahead_s, self._behind)
        ack = partial(self._acknowledge, self._connection, message.mid, message.qos) if message.qos else None
        world, topic = self._directory.world, topic_of(message.topic)
        gateway, is_status = world.routes.sender(topic)
        if is_status and not self._is_mine(topic, gateway):
            if ack:
                ack()
            return
        if ack:
            self._unanswered.add(message.mid)
        self.messages += 1
        if not is_status:
            parsed = parse(topic, message.payload, world.points, clock, gateway)
            self._pipeline.put(Envelope(parsed.readings, [], parsed.refusals, ack, now, unknowns=parsed.unknowns))
            return
        is_online = presence_of(message.payload)
        refusals, presence = [], None
        if gateway is None:
            refusals = [Refusal("mqtt", topic, "unknown_topic", "没有网关登记了这个状态主题。", bytes(message.payload[:2048]))]
        elif is_online is None:
            detail = "状态消息应为 online 或 offline。"
            refusals = [Refusal("mqtt", topic, "bad_shape", detail, bytes(message.payload[:2048]))]
        else:
            presence = Presence(gateway.id, is_online)
        self._pipeline.put(Envelope([], [], refusals, ack, now, presence=presence))

    def _is_mine(self, topic: str, gateway: GatewayInfo | None) -> bool:
        """Whether a status, which comes to every share, is for this one."""
        code = gateway.enterprise_code if gateway else enterprise_in(topic)
        return not code or share_of(code) == self.share
