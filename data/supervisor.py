"""Starts the servers and roles of one installation, keeps them alive, and stops them in order.

Every child is bound to the life of this process (``data.servers.process``), so even its ``kill -9`` leaves nothing
running. The order: PostgreSQL, migration and seed, broker, roles; stopping goes the other way round.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from data.console import Console
from data.servers import broker, process
from data.servers.broker import BrokerError
from data.servers.postgres import STOP_SIGNAL as POSTGRES_STOP_SIGNAL
from data.servers.postgres import EmbeddedPostgres, PostgresError
from data.settings import Settings

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
GOOD_LIFE_S = 30.0
ROLES_STOP_S = 5.5  # together the three stay under the ten seconds that an operator is promised
BROKER_STOP_S = 1.5
POSTGRES_STOP_S = 2.0
POLL_S = 0.1


class StartError(Exception):
    """The platform cannot start; the message tells the operator what to do."""


class Stopped(Exception):
    """Somebody asked to stop while the platform was still starting."""


@dataclass
class Child:
    """One process that is kept alive: restarted after 1, 2, 4 … 30 s, the wait forgotten after a good life."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    stop_signal: int = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    wait: float = FIRST_WAIT_S
    due: float = field(default=float("-inf"))

    def launch(self) -> subprocess.Popen[bytes]:
        """Start it now."""
        self.started = time.monotonic()
        self.process = self.start()
        return self.process

    def ended(self) -> int | None:
        """Its exit code once after it ended, and plan the next start; None while it runs or waits for that."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        process.kill_session(self.process)  # workers of a killed parent would keep its port
        if time.monotonic() - self.started > GOOD_LIFE_S:
            self.wait = FIRST_WAIT_S
        self.due = time.monotonic() + self.wait
        self.wait = min(self.wait * 2, LONGEST_WAIT_S)
        self.process = None
        return code


class Supervisor:
    """Runs the whole platform in the foreground. ``entry`` is the command line that a role's name is appended to."""

    def __init__(self, settings: Settings, entry: list[str], roles: list[str]) -> None:
        self.settings = settings
        self.entry = entry
        self.roles = roles
        self.logs = settings.data_dir.resolve() / "logs"
        self.console = Console(self.logs)
        self.children: list[Child] = []
        self.stopping = 0
        self._make = process.Make()
        self._lock: Any = None
        self._unclean = False  # whether the supervisor before this one was killed

    def run(self) -> int:
        """Run until SIGINT or SIGTERM; gives the exit code."""
        for sign in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sign, self._ask_to_stop)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
            signal.signal(signal.SIGHUP, self._ask_to_stop)
        code = 0
        try:
            self._take_folder()
            self._check_ports()
            self._start()
            while not self.stopping:
                self._tend()
                self._pause()
        except Stopped:
            pass
        except (StartError, PostgresError, BrokerError) as error:
            self.console.say(str(error))
            code = 1
        finally:
            self._stop()
        return code

    def _ask_to_stop(self, sign: int, frame: Any) -> None:
        self.stopping += 1

    def _take_folder(self) -> None:
        """Two supervisors on one data directory would destroy it: the lock is held until this process ends."""
        for folder in (self.settings.data_dir, self.settings.run_dir, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        self._lock = open(self.settings.run_dir / "lock", "a+")  # noqa: SIM115 - open for life
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.seek(0)
            number = self._lock.read().strip() or "?"
            raise StartError(f"数据目录 {self.settings.data_dir} 已由另一个平台进程（{number}）使用") from None
        self._unclean = self._lock.seek(0, os.SEEK_END) > 0
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()

    def _check_ports(self) -> None:
        """StartError that names the setting when a port is taken: found now, not in five logs later.

        After a kill the roles of the previous supervisor may need a moment to end.
        """
        wanted = {"PARK_WEB_PORT": self.settings.web_port, "PARK_PUSH_PORT": self.settings.push_port}
        if self.settings.jt808_port:
            wanted["PARK_JT808_PORT"] = self.settings.jt808_port
        if not self.settings.mqtt_url:
            wanted["PARK_MQTT_PORT"] = self.settings.mqtt_port
        until = time.monotonic() + (10.0 if self._unclean else 0.0)
        while taken := [
            f"{port}（{name}：{why}）" for name, port in wanted.items() if (why := _obstacle(self.settings.host, port))
        ]:
            if time.monotonic() >= until:
                raise StartError(f"端口不可用：{'、'.join(taken)}。请停止占用它的程序，或用括号中的环境变量换一个端口")
            self._pause()

    def _start(self) -> None:
        began = time.monotonic()
        self.console.say("正在启动 …")
        if not self.settings.database_url:
            self._start_postgres()
        told = self._prepare()
        if not self.settings.mqtt_url:
            self._start_broker()
        for role in self.roles:
            self._add(Child(role, lambda role=role: process.spawn([*self.entry, role], self._log(role))))  # type: ignore[misc]
        is_well = self._wait_until_well()
        self._announce(told, is_well, time.monotonic() - began)

    def _start_postgres(self) -> None:
        postgres = EmbeddedPostgres.of(self.settings)
        if not (postgres.folder / "PG_VERSION").exists():
            self.console.say("首次启动：建立数据库 …")

        def start() -> subprocess.Popen[bytes]:
            for folder in postgres.prepare():
                self.console.say(f"已允许数据库用户穿过目录 {folder}（chmod o+x）")
            return postgres.start(self._log("postgres"))

        child = self._add(Child("postgres", start, POSTGRES_STOP_SIGNAL))
        self._await(postgres.answers, child, 120.0, "PostgreSQL")
        postgres.create_database()

    def _start_broker(self) -> None:
        child = self._add(Child("broker", lambda: broker.start(self.settings, self._log("broker"))))
        self._await(lambda: broker.answers(self.settings), child, 60.0, "MQTT 服务器")

    def _prepare(self) -> dict[str, Any]:
        """Migrate, seed an empty database and write the broker's configuration, in a process of its own.

        So that this one stays small and free of threads: children are forked from it for months.
        """
        result = self._untold
        work = process.spawn([*self.entry, "prepare", str(result)], self._log("prepare"))
        try:
            while work.poll() is None:
                self._pause()
        finally:
            process.stop(work, signal.SIGTERM, 2.0)
        if work.returncode != 0:
            raise StartError(f"数据库准备失败，见 {self._log('prepare')}：\n{_last_lines(self._log('prepare'))}")
        told: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        return told

    @property
    def _untold(self) -> Path:
        """What the operator is to be told. It may hold the first password, so it stays only until that was shown."""
        return self.settings.run_dir / "prepared.json"

    def _wait_until_well(self) -> bool:
        """Until /healthz says ok; false when it does not within two minutes.

        A role that fails to start is restarted meanwhile, its log shown. What runs is left running: the pages say
        themselves what is missing, such as a broker of one's own that is away.
        """
        until = time.monotonic() + 120.0
        while not self._is_well():
            self._tend()
            self._pause()
            if time.monotonic() > until:
                return False
        return True

    @property
    def _url(self) -> str:
        host = "127.0.0.1" if self.settings.host == "0.0.0.0" else self.settings.host
        return f"http://{host}:{self.settings.web_port}"

    def _is_well(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._url}/healthz", timeout=3) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def _announce(self, told: dict[str, Any], is_well: bool, seconds: float) -> None:
        settings = self.settings
        where = settings.mqtt_url.rpartition("@")[2] if settings.mqtt_url else f"{settings.host}:{settings.mqtt_port}"
        free = "，免用户发布" if not settings.mqtt_url and broker.takes_anonymous(settings) else ""
        lines = [
            f"已就绪（{seconds:.1f} 秒）" if is_well else f"已启动，但有部分未就绪，见 {self._url}/healthz",
            f"网址  {self._url}",
            f"账号  {told['accounts']}",
            f"密码  {told['password']}",
            f"设备  MQTT {where}{free}；JT/T 808 {settings.host}:{settings.jt808_port}",
            f"日志  {self.logs}；按 Ctrl-C 停止",
        ]
        if told["seeded"] and not settings.admin_password:
            lines.insert(4, "      密码只显示这一次，请记下")
        for line in lines:
            self.console.say(line)
        self._untold.unlink()

    def _tend(self) -> None:
        """Restart what ended and show new warnings."""
        for child in self.children:
            if (code := child.ended()) is not None:
                pause = child.due - time.monotonic()
                self.console.say(
                    f"{child.name} 已退出（{_cause(code)}），{pause:.0f} 秒后重启，日志 {self._log(child.name)}"
                )
            if child.process is None and time.monotonic() >= child.due:
                self._relaunch(child)
        self.console.show_warnings()

    def _relaunch(self, child: Child) -> None:
        try:
            child.launch()
        except (OSError, PostgresError, BrokerError) as error:
            self.console.say(f"{child.name} 未能启动：{error}")
            child.due = time.monotonic() + child.wait
            child.wait = min(child.wait * 2, LONGEST_WAIT_S)

    def _stop(self) -> None:
        """Roles first, so that they can still write and answer; then the broker, PostgreSQL last."""
        if not self.children:
            return
        self.console.say("正在停止 …")
        asked = self.stopping
        groups: list[tuple[Callable[[str], bool], float]] = [
            (lambda name: name not in {"postgres", "broker"}, ROLES_STOP_S),
            (lambda name: name == "broker", BROKER_STOP_S),
            (lambda name: name == "postgres", POSTGRES_STOP_S),
        ]
        for belongs, seconds in groups:
            running = [one for one in self.children if belongs(one.name) and one.process is not None]
            for child in running:
                _signal(child.process, child.stop_signal)
            until = time.monotonic() + seconds
            while (
                any(_runs(one.process) for one in running) and time.monotonic() < until and self.stopping <= asked + 1
            ):
                time.sleep(0.05)
            for child in running:
                if _runs(child.process):
                    self.console.say(f"{child.name} 未在 {seconds:.1f} 秒内停止，已强制结束")
                assert child.process is not None
                process.kill_session(child.process)
                child.process.wait()
        self._lock.truncate(0)
        self.console.say("已停止")

    def _add(self, child: Child) -> Child:
        self.console.watch(child.name)
        self.children.append(child)
        child.launch()
        return child

    def _await(self, answers: Callable[[], bool], child: Child, seconds: float, name: str) -> None:
        until = time.monotonic() + seconds
        while not answers():
            self._pause()
            assert child.process is not None
            if child.process.poll() is not None or time.monotonic() > until:
                raise StartError(f"{name} 未能启动，见 {self._log(child.name)}：\n{_last_lines(self._log(child.name))}")

    def _pause(self) -> None:
        time.sleep(POLL_S)
        if self._make.is_leaving():
            self.stopping += 1
        if self.stopping:
            raise Stopped

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def run(settings: Settings, entry: list[str], roles: list[str]) -> NoReturn:
    """Run the platform and leave with its exit code."""
    sys.exit(Supervisor(settings, entry, roles).run())


def _obstacle(host: str, port: int) -> str:
    """Why one cannot listen there; empty when one can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            return "已被占用" if error.errno == errno.EADDRINUSE else str(error.strerror)
        return ""


def _signal(child: subprocess.Popen[bytes] | None, sign: int) -> None:
    if child is not None and child.poll() is None:
        child.send_signal(sign)


def _runs(child: subprocess.Popen[bytes] | None) -> bool:
    return child is not None and child.poll() is None


def _cause(code: int) -> str:
    return f"信号 {signal.Signals(-code).name}" if code < 0 else f"退出码 {code}"


def _last_lines(path: Path, count: int = 8) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    return "\n".join(f"    {line}" for line in lines[-count:])
