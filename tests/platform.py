"""A whole platform in a folder of its own, started and stopped as an operator does; and what the tests ask of it."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from data.servers.process import spawn
from data.settings import Settings

ROOT = Path(__file__).parents[1]
PASSWORD = "Test-park-2026"
PORTS = ("web_port", "push_port", "jt808_port", "mqtt_port")


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, all different, and given once in a run: whoever asked may listen on them much later.

    They lie below those that the system gives to connections, and every worker of a run has a range of its own.
    """
    with ExitStack() as stack:
        return [_listening(stack) for _ in range(count)]


def _listening(stack: ExitStack) -> int:
    while True:
        one = stack.enter_context(socket.socket())
        with suppress(OSError):
            one.bind(("127.0.0.1", next(_ports)))
            return int(one.getsockname()[1])


def _range() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 10_000 + worker % 4 * 5_000
    return (first + (os.getpid() * 37 + number) % 5_000 for number in itertools.count())


_ports = _range()


def is_up(port: int) -> bool:
    """Whether a web role answers on that port."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/login", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def wait_for(question: Callable[[], Any], seconds: float = 20.0, what: str = "condition") -> Any:
    """The first true answer of ``question``; AssertionError when there is none in time."""
    until = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < until, f"{what}: not within {seconds} s"
        time.sleep(0.1)
    return answer


@dataclass
class Platform:
    """``app.py run`` with its own data directory and free ports."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    sessions: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.media_port = free_ports(1)[0]  # where a test may run a media server
        self.settings = Settings(data_dir=self.folder / "var", admin_password=PASSWORD, simulate=False, **ports)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PARK_")}
        own = {f"PARK_{name.upper()}": str(port) for name, port in ports.items()}
        own |= {"PARK_MEDIA_HLS": f"http://127.0.0.1:{self.media_port}/{{app}}/{{stream}}/hls.m3u8"}
        own |= {"PARK_DATA_DIR": str(self.settings.data_dir), "PARK_ADMIN_PASSWORD": PASSWORD, "PARK_SIMULATE": "0"}
        self.environment = {**clean, **own, "PYTHONUNBUFFERED": "1", **self.environment}
        self.console = self.folder / "console.log"

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self.settings.web_port}"

    def start(self, seconds: float = 180.0) -> float:
        """Start it and wait until it is well; gives the seconds that took."""
        began = time.monotonic()
        self.launch()
        wait_for(lambda: "已就绪" in self.printed() or self._ended(), seconds, "ready")
        assert not self._ended(), self.printed()
        return time.monotonic() - began

    def launch(self) -> None:
        """Start it without waiting."""
        self.console.write_bytes(b"")
        command = [sys.executable, "app.py", "run"]
        self.process = spawn(command, self.console, environment=self.environment, folder=ROOT)

    def stop(self, sign: int = signal.SIGINT, seconds: float = 15.0) -> float:
        """Ctrl-C; gives the seconds until it was gone."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(sign)
        self.process.wait(seconds)
        return time.monotonic() - began

    def close(self) -> None:
        """Whatever happened: leave nothing running."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def printed(self) -> str:
        """What stood on the console since the last start."""
        return self.console.read_text(encoding="utf-8") if self.console.exists() else ""

    def run(self, *arguments: str) -> str:
        """What a command of ``app.py`` printed."""
        command = [sys.executable, "app.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def token(self, user: str = "admin") -> str:
        """A new API token."""
        return self.run("token", "--user", user)

    def get(self, path: str, token: str = "") -> tuple[int, Any]:
        """Status and JSON of a GET; status 0 when nobody answers."""
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {token}"} if token else {})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, json.loads(answer.read() or "null")
        except (OSError, ValueError):
            return 0, None

    def session(self, username: str, door: str = "/login") -> str:
        """The session cookie of a person who signed in; asked for once, because a good password hash is slow on purpose."""
        if (username, door) not in self.sessions:
            connection = http.client.HTTPConnection("127.0.0.1", self.settings.web_port, timeout=30)
            body = urllib.parse.urlencode({"username": username, "password": PASSWORD})
            connection.request("POST", door, body, {"Content-Type": "application/x-www-form-urlencoded"})
            answer = connection.getresponse()
            cookie = SimpleCookie(answer.getheader("Set-Cookie") or "")
            connection.close()
            assert answer.status == 302, f"{username} may sign in at {door}"
            self.sessions[username, door] = cookie["park_session"].value
        return self.sessions[username, door]

    def healthy(self) -> bool:
        """Whether /healthz says ok."""
        return self.get("/healthz")[0] == 200

    def role(self, name: str) -> int:
        """The process id of a role, of ``postgres`` or of ``broker``; 0 when it does not run."""
        assert self.process is not None
        marks = {"postgres": "bin/postgres", "broker": "nats-server"}
        mark = marks.get(name, f"app.py {name}")
        return next((one for one in children(self.process.pid) if mark in command_line(one)), 0)

    def _ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None


def children(number: int) -> list[int]:
    """The process ids of the direct children."""
    try:
        return [int(one) for one in Path(f"/proc/{number}/task/{number}/children").read_text().split()]
    except OSError:
        return []


def descendants(number: int) -> list[int]:
    """The process ids of all below a process."""
    return [found for one in children(number) for found in (one, *descendants(one))]


def command_line(number: int) -> str:
    """How a process was called; empty when it is gone or a zombie."""
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def alive(numbers: list[int]) -> list[int]:
    """Those of the processes that still run."""
    return [one for one in numbers if command_line(one)]
