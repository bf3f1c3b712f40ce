"""What the supervisor says: few lines on the console, everything in the logs."""

from __future__ import annotations

import re
import sys
import time
from datetime import datetime
from pathlib import Path

_WORRY = re.compile(r"\b(WARNING|ERROR|CRITICAL|FATAL|PANIC)\b|\[(WRN|ERR|FTL)\]|^[\w.]*(Error|Exception)\b")
_KNOWN = re.compile(
    r"Plaintext passwords detected"  # the anonymous user has no password, on purpose
    r"|\[(WRN|ERR)\].*(Filestore|JetStream).*(state|index|rebuild)"  # NATS repairing itself after a kill
    r"|FATAL: .*(terminating connection|the database system is)"  # clients of a PostgreSQL that stops or starts
)
LARGEST_LOG = 20_000_000
MOST_LINES = 5
WINDOW_S = 10.0


class Console:
    """Prints lines with the time, and the warnings that appear in the logs: at most a few a log and ten seconds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, int] = {}
        self._shown: dict[str, list[float]] = {}
        self._next = 0.0

    def say(self, text: str) -> None:
        """Print one message."""
        try:
            print(f"{datetime.now():%H:%M:%S}  {text}", flush=True)
        except OSError:
            sys.stdout = open("/dev/null", "w")  # noqa: SIM115 - the terminal is gone; stopping still goes in order

    def watch(self, name: str) -> None:
        """Show warnings of this log from its present end on."""
        path = self.folder / f"{name}.log"
        _rotate(path)
        self._read[name] = path.stat().st_size if path.exists() else 0
        self._shown[name] = []

    def show_warnings(self) -> None:
        """Show what appeared in the watched logs since the last time; looks at most once a second."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + 1.0
        for name in self._read:
            for line in self._fresh(name):
                self._show(name, line, now)

    def _fresh(self, name: str) -> list[str]:
        path = self.folder / f"{name}.log"
        size = path.stat().st_size if path.exists() else 0
        start = self._read[name] if size >= self._read[name] else 0
        if size == start:
            return []
        with open(path, "rb") as file:
            file.seek(max(start, size - 100_000))
            text = file.read(100_000)
        self._read[name] = size
        if size > LARGEST_LOG:
            _rotate(path)
            self._read[name] = 0
        return text.decode("utf-8", "replace").splitlines()

    def _show(self, name: str, line: str, now: float) -> None:
        if not _WORRY.search(line) or _KNOWN.search(line):
            return
        recent = [moment for moment in self._shown[name] if now - moment < WINDOW_S]
        self._shown[name] = [*recent, now]
        if len(recent) < MOST_LINES:
            self.say(f"{name}: {line.strip()[:300]}")
        elif len(recent) == MOST_LINES:
            self.say(f"{name}: … 其余见 {self.folder / name}.log")


def _rotate(path: Path) -> None:
    """Move a log's content to ``.1`` when it is large. The writers go on: they append to the emptied file."""
    if not path.exists() or path.stat().st_size < LARGEST_LOG:
        return
    with open(path, "rb") as source, open(path.with_suffix(".log.1"), "wb") as target:
        while block := source.read(1 << 20):
            target.write(block)
    with open(path, "wb"):
        pass
