"""Child processes that cannot outlive the process that started them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(stop_signal: int, parent: int) -> None:
    """Ask the kernel to send ``stop_signal`` to this process when ``parent`` dies, however it dies (Linux, prctl(2)).

    The kernel watches the *thread* that forked, so children are started from the main thread only.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, stop_signal)
        if os.getppid() != parent:
            os.kill(os.getpid(), stop_signal)


def spawn(
    command: Sequence[str],
    log: Path,
    *,
    stop_signal: int = signal.SIGTERM,
    user: str | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start ``command`` in a session of its own, its output appended to ``log``, bound to the life of this process.

    A session of its own keeps the terminal's Ctrl-C from it: the supervisor alone decides the order of stopping.
    The log is opened for appending, so that a rotation may truncate it underneath.
    """
    parent = os.getpid()
    identity: dict[str, Any] = {"user": user, "group": _group_of(user), "extra_groups": []} if user else {}
    with open(log, "ab") as output:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(stop_signal, parent),
            **identity,
        )


def stop(process: subprocess.Popen[bytes], stop_signal: int, seconds: float) -> bool:
    """Stop a process and everything in its session; true when it went by itself within ``seconds``."""
    if process.poll() is None:
        process.send_signal(stop_signal)
    try:
        process.wait(seconds)
        gone = True
    except subprocess.TimeoutExpired:
        gone = False
    kill_session(process)
    process.wait()
    return gone


def kill_session(process: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of the session that ``spawn`` opened; nothing left is fine."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


class Make:
    """The ``make`` that called us, if any.

    A terminal sends Ctrl-C to make and to us. Whoever signals only make (a script, a service) finds it waiting for us
    without telling us: GNU make then has SIGINT back at its default action, which /proc shows.
    """

    def __init__(self) -> None:
        self._number = os.getppid()
        self._called = _words(self._number, "comm") == ["make"]
        # Started in the background of a script, make ignores SIGINT from the beginning: that tells nothing then.
        self._catches = self._called and self._catches_interrupts()

    def is_leaving(self) -> bool:
        """Whether make called us and was interrupted or is gone."""
        if not self._called:
            return False
        return os.getppid() != self._number or (self._catches and not self._catches_interrupts())

    def _catches_interrupts(self) -> bool:
        words = _words(self._number, "status")
        return "SigCgt:" in words and bool(int(words[words.index("SigCgt:") + 1], 16) & 1 << (signal.SIGINT - 1))


def _words(number: int, name: str) -> list[str]:
    try:
        return Path(f"/proc/{number}/{name}").read_text().split()
    except OSError:
        return []


def _group_of(user: str | None) -> int | None:
    if user is None:
        return None
    import pwd

    return pwd.getpwnam(user).pw_gid
