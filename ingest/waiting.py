"""Waiting for sockets whatever their numbers: select(2) knows those below 1,024, and a role with a thousand terminals has opened more."""

from __future__ import annotations

import select
from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any

import paho.mqtt.client


def ready(readable: Sequence[Any], writable: Sequence[Any] = (), seconds: float | None = None) -> tuple[list[Any], list[Any]]:
    """Those of the files that can be read and those that can be written, as soon as there is one or the time is over.

    ValueError when one is closed.
    """
    poller, wanted = select.poll(), dict[int, int]()
    for files, sign in ((readable, select.POLLIN), (writable, select.POLLOUT)):
        for one in files:
            wanted[_number(one)] = wanted.get(_number(one), 0) | sign
    for number, signs in wanted.items():
        poller.register(number, signs)
    found = dict(poller.poll(None if seconds is None else seconds * 1000))
    # An end or an error is told by the read or the write that follows.
    return _those(readable, found, ~select.POLLOUT), _those(writable, found, ~select.POLLIN)


def _those(files: Iterable[Any], found: dict[int, int], signs: int) -> list[Any]:
    return [one for one in files if found.get(_number(one), 0) & signs]


def _number(file: Any) -> int:
    return file if isinstance(file, int) else int(file.fileno())


def _as_select(readable: Sequence[Any], writable: Sequence[Any], _: Sequence[Any], seconds: float) -> tuple[list[Any], list[Any], list[Any]]:
    return *ready(readable, writable, seconds), []


def teach_paho() -> None:
    """paho waits by select.select and takes its refusal for a lost connection: it would never connect again."""
    paho.mqtt.client.select = SimpleNamespace(select=_as_select)  # type: ignore[assignment]
