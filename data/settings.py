"""Every setting of the platform, declared once.

A value comes from the environment (prefix ``PARK_``), then from a ``.env`` file, then from the default below.
``docs/settings.md`` is generated from this class and compared with it by a test.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PARK_", env_file=".env", extra="ignore")

    # Who and where
    park_code: str = Field(
        "liucheng", description="Short name of the park in MQTT topics: park/<code>/<enterprise>/<gateway>/telemetry."
    )
    park_name: str = Field("朝阳柳城经济开发区", description="Name of the park on every page.")
    platform_name: str = Field("安全监管与应急指挥平台", description="Name of the platform on every page.")
    duty_phone: str = Field(
        "", description="Telephone of the duty room, shown on the sign-in page and on the stale veil."
    )
    time_zone: str = Field("Asia/Shanghai", description="Zone in which instants are shown. They are stored in UTC.")
    map_center: tuple[float, float] = Field(
        (120.43, 41.42), description="Longitude and latitude (WGS-84) of the map's start."
    )
    map_zoom: int = Field(14, ge=3, le=20, description="Zoom of the map's start.")
    map_tiles: str = Field(
        "",
        pattern=r"^$|^https?://[A-Za-z0-9.:\-\[\]]+/[^\s;,'\"]*$",
        description="Tiles in WGS-84 from a server that the browsers reach, as http://host/{z}/{x}/{y}.png; offered as a base map.",
    )

    # Addresses
    host: str = Field("127.0.0.1", description="Address on which web, push, JT/T 808 and the embedded broker listen.")
    web_port: int = Field(8050, ge=1, le=65535, description="Port of the web role.")
    push_port: int = Field(8051, ge=1, le=65535, description="Port of the push role.")
    push_url: str = Field(
        "",
        description="Address of the push role as browsers see it, when a proxy stands before it. Empty: the page's own host at the push port.",
    )
    jt808_port: int = Field(8808, ge=0, le=65535, description="TCP port of the JT/T 808 gateway. A second ingest role on the same machine needs another one.")
    jt808_udp: bool = Field(False, description="Listen for JT/T 808 over UDP too, at the same port.")
    media_server: str = Field(
        "",
        pattern=r"^(|[^\s:]{1,200}:\d{1,5})$",
        description="host:port (TCP and UDP) of the JT/T 1078 media server to which terminals send live video. Empty: no video can be asked for.",
    )
    media_hls: str = Field(
        "",
        pattern=r"^$|^https?://[A-Za-z0-9.:\-\[\]]+/[^\s;,'\"]*\{stream\}[^\s;,'\"]*$",
        description="HLS address of a stream at the media server, with {app} and {stream}, as http://media:8080/{app}/{stream}/hls.m3u8. Empty: cameras play only from an HLS address of their own.",
    )
    media_jt1078: str = Field(
        "jt1078/{sim}_{channel}",
        pattern=r"^[A-Za-z0-9._\-/{}]+$",
        description="app/stream under which the media server offers a channel of a JT/T 1078 terminal.",
    )
    media_hosts: str = Field(
        "",
        description="Hosts from which streams and snapshots of cameras may be fetched besides that of media_hls, as 10.0.0.5,media:8080; without a port 80 and 443. No other host is ever asked.",
    )
    video_snapshot_s: int = Field(300, ge=0, le=86400, description="Seconds between two snapshots of a camera; 0: none are taken.")
    mqtt_port: int = Field(1883, ge=1, le=65535, description="Port of the embedded broker.")
    database_url: str = Field(
        "", description="postgresql://… of an own server. Empty: an embedded PostgreSQL under the data directory."
    )
    mqtt_url: str = Field(
        "", description="mqtt://user:password@host:port or mqtts://… of an own broker. Empty: an embedded broker."
    )
    mqtt_ca_file: Path | None = Field(
        None, description="PEM file of the authority that signed the certificate of an own mqtts:// broker. Empty: those the system trusts."
    )
    mqtt_anonymous: bool | None = Field(
        None, description="May a client without a user publish to the embedded broker from loopback? Unset: as demo."
    )
    data_dir: Path = Field(
        Path("var"), description="Folder of everything that is written: database, queues, attachments, keys, logs."
    )

    # Messages that leave the platform. Nothing is sent anywhere until one of these is set.
    public_url: str = Field("", description="Address of the platform as people open it, put before the links in e-mails and webhook messages. Empty: no links.")
    smtp_url: str = Field(
        "",
        description="smtp://user:password@host:port (STARTTLS where the server offers it) or smtps://… of the mail server. Empty: no e-mail.",
    )
    smtp_from: str = Field("", description="Sender of the e-mails; needed with smtp_url.")
    webhook_url: str = Field("", description="Address of a group robot of 企业微信 or 钉钉, which gets every message as JSON text. Empty: none.")
    webhook_secret: str = Field("", description="Secret of a 钉钉 robot with 加签. Empty: the address is not signed.")

    # Big screens
    screen_reload_hour: int = Field(4, ge=0, le=23, description="Hour (of time_zone) in which every wall loads itself anew, a few minutes apart and never during an urgent alarm.")

    # Demo
    demo: bool = Field(True, description="Fill an empty database with the demo park.")
    simulate: bool | None = Field(None, description="Run the simulator of tanks and vehicles. Unset: as demo.")
    simulate_media_port: int = Field(8052, ge=1, le=65535, description="Port on loopback where the simulator plays the media server of the demo park's cameras.")
    simulate_speed: float = Field(1.0, gt=0, le=600, description="How many simulated seconds pass in a second.")

    # Secrets
    admin_password: str = Field(
        "", description="First password of admin (and of the demo users). Empty: made at random and printed once."
    )
    secret_key: str = Field(
        "", description="Key that signs sessions and push tokens. Empty: made once and kept in the data directory."
    )

    # Sign-in
    login_attempts: int = Field(5, ge=3, le=20, description="Wrong passwords in a row before the account is locked.")
    login_lock_minutes: int = Field(15, ge=1, le=1440, description="How long it is locked then.")
    session_hours: int = Field(12, ge=1, le=168, description="How long a sign-in lasts.")
    enter_minutes: int = Field(
        30, ge=1, le=120, description="How long somebody of an authority may act as an enterprise (快速登录企业端) before it ends by itself."
    )
    secure_cookie: bool = Field(
        False, description="Send the session cookie over HTTPS only. Set it wherever the platform is behind TLS."
    )
    push_token_seconds: int = Field(60, ge=10, le=600, description="How long a push token may be used to connect.")

    # Ingest
    flush_ms: int = Field(100, ge=5, le=1000, description="The writer commits at least this often while there is work.")
    batch_rows: int = Field(5000, ge=100, le=50000, description="The writer commits when it holds this many rows.")
    queue_rows: int = Field(
        50000,
        ge=1000,
        le=1000000,
        description="Rows waiting for the writer before ingest stops reading from its sockets.",
    )
    mqtt_window: int = Field(
        5000, ge=20, le=30000, description="Messages that the embedded broker delivers ahead of an acknowledgement."
    )
    latest_ms: int = Field(
        1000,
        ge=100,
        le=10000,
        description="Latest values are written at most this often; the first change after a pause at once.",
    )
    jt808_idle_s: int = Field(
        600, ge=30, le=86400, description="A terminal that sends nothing for this long is disconnected."
    )
    jt808_answer_s: float = Field(
        10.0, ge=0.1, le=300, description="How long a terminal may take to answer a command before it is sent again, each time longer."
    )
    jt808_repeats: int = Field(2, ge=0, le=10, description="How often a command without an answer is sent again.")
    clock_ahead_s: int = Field(
        300,
        ge=10,
        le=86400,
        description="A device time further in the future than this is replaced by the time of arrival and flagged.",
    )
    alarm_answer_minutes: tuple[int, int, int, int] = Field(
        (2, 5, 15, 60), description="Minutes within which an alarm of level 1, 2, 3, 4 is to be acknowledged; what takes longer is overdue."
    )
    alarm_handle_hours: tuple[int, int, int, int] = Field(
        (2, 8, 24, 72), description="Hours from its last occurrence within which an alarm of level 1, 2, 3, 4 is to be closed."
    )
    alarm_escalate_level: int = Field(
        2, ge=0, le=4, description="Alarms of this level and worse go up the duty roster when nobody acknowledges them in time; 0: none."
    )
    duty_exchange_approved: bool = Field(True, description="Whether an exchange of shifts that both persons agreed on needs the approval of a leader.")
    duty_handover_minutes: int = Field(60, ge=10, le=720, description="Minutes after the end of a shift by which its hand-over is to be written; then it is missing.")
    duty_call_minutes: int = Field(5, ge=1, le=60, description="Minutes within which who is on duty answers 查岗; then the answer is missed and the leader is told.")
    duty_calls_per_day: int = Field(0, ge=0, le=24, description="How many times a day, at random moments, everybody on duty is asked whether they are there; 0: only by hand.")
    duty_call_window: str = Field(
        "00:00-24:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d$", description="Hours in which these moments lie; over midnight where the end comes first."
    )
    measure_dangers: bool = Field(True, description="An alarm of the point that watches an automatic measure enters a hidden danger, unless the measure says otherwise; at most one a measure while it is open.")
    measure_danger_days: int = Field(7, ge=0, le=365, description="Days within which a hidden danger that an alarm entered is to be put right.")
    measure_danger_silent_minutes: int = Field(
        60, ge=0, le=10080, description="A point that was silent this long means that the measure it watches failed; 0: silence enters no hidden danger."
    )
    alarm_flood_count: int = Field(5, ge=2, le=100, description="So many new alarms of one enterprise within alarm_flood_s are taken for one event (同源).")
    alarm_flood_s: int = Field(60, ge=5, le=3600, description="Seconds for alarm_flood_count; who follows within them joins the event.")
    long_stop_minutes: int = Field(
        30, ge=0, le=1440, description="A vehicle that stands this long outside permitted areas and the enterprises' own grounds raises 超时停车; 0: never."
    )
    fatigue_hours: float = Field(4.0, ge=0, le=24, description="Hours of driving without a rest after which a driver is taken for tired; 0: not judged.")
    fatigue_night_hours: float = Field(2.0, ge=0, le=24, description="The same for driving between 22:00 and 06:00.")
    rest_minutes: int = Field(20, ge=5, le=600, description="Minutes of standing that count as a rest.")
    night_ban: str = Field(
        "02:00-05:00",
        pattern=r"^(|([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)$",
        description="Hours of the night in which hazmat vehicles must not drive (凌晨行车). Empty: none.",
    )
    overspeed_kmh: int = Field(80, ge=10, le=150, description="Speed limit of a vehicle that has none of its own.")

    # Keeping
    raw_days: int = Field(90, ge=2, le=3650, description="Days of raw readings and positions that are kept.")
    minute_months: int = Field(12, ge=1, le=120, description="Full months that the sums of minutes (least, most, mean) are kept, for curves of days.")
    hour_years: int = Field(10, ge=1, le=50, description="Full years that the sums of hours are kept, for curves of months.")
    risk_days: int = Field(365, ge=2, le=3650, description="Days that the colours of zones are kept with their reasons, for the past of the four-colour map.")
    dead_letter_days: int = Field(30, ge=1, le=3650, description="Days that refused messages, and keys that no point claims, are kept.")

    # Records
    attachment_mb: int = Field(20, ge=1, le=200, description="Largest file that may be attached to a record, in MB.")

    @property
    def simulating(self) -> bool:
        return self.demo if self.simulate is None else self.simulate

    @property
    def hls_template(self) -> str:
        """Where the media server offers streams; while the demo park is simulated and there is none, the simulator."""
        return self.media_hls or (f"http://127.0.0.1:{self.simulate_media_port}/{{app}}/{{stream}}/hls.m3u8" if self.simulating else "")

    @property
    def broker_open(self) -> bool:
        """Whether the embedded broker takes clients without a user."""
        return self.demo if self.mqtt_anonymous is None else self.mqtt_anonymous

    @property
    def run_dir(self) -> Path:
        """Folder of sockets, process ids and generated configuration."""
        return self.data_dir.resolve() / "run"

    @property
    def postgres_dir(self) -> Path:
        return self.data_dir.resolve() / "postgres"

    @property
    def effective_database_url(self) -> str:
        """SQLAlchemy address of the database, embedded or not."""
        if self.database_url:
            head, _, rest = self.database_url.partition("://")
            return f"postgresql+psycopg2://{rest}" if head in {"postgres", "postgresql"} else self.database_url
        socket = quote(str(self.postgres_socket_dir), safe="")
        return f"postgresql+psycopg2://postgres@/park?host={socket}"

    @property
    def postgres_socket_dir(self) -> Path:
        """A private folder: under the data directory, or under /tmp where that would break the limit of 107 bytes (unix(7))."""
        inside = self.run_dir / "postgres"
        if len(bytes(inside)) <= 90:
            return inside
        from hashlib import sha256

        return Path("/tmp") / f"park-{sha256(bytes(self.data_dir.resolve())).hexdigest()[:12]}"

    @property
    def effective_mqtt_url(self) -> str:
        """Address of the broker for the platform's own roles; with the embedded one, its internal user."""
        if self.mqtt_url:
            return self.mqtt_url
        return f"mqtt://platform:{self.broker_password}@{'127.0.0.1' if self.host == '0.0.0.0' else self.host}:{self.mqtt_port}"

    @property
    def broker_password(self) -> str:
        return self._kept("broker.key")

    @property
    def effective_secret_key(self) -> str:
        return self.secret_key or self._kept("secret.key")

    def _kept(self, name: str) -> str:
        """A random secret made at first use and kept under the data directory, readable by the owner only.

        Several roles may want it at once: each writes its own file, the first to link it under the name wins.
        """
        path = self.data_dir.resolve() / "keys" / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            mine = path.with_name(f"{name}.{os.getpid()}")
            handle = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(32))
            with contextlib.suppress(FileExistsError):
                os.link(mine, path)
            mine.unlink()
        return path.read_text().strip()


@lru_cache
def current_settings() -> Settings:
    """The settings of this process."""
    return Settings()
