"""Terminals that speak over UDP: each sender's datagrams are a session of their own, the same code as over TCP.

Nothing tells when such a terminal goes: the gateway's sweep ends a session that has been silent. A held session (the writer is
behind) loses what arrives meanwhile; it is not answered, so the terminal sends it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from ingest.jt808.session import Session

MOST_PEERS = 20_000  # senders are easily made up: a stranger must not fill the memory

Address = tuple[Any, ...]


class Peer(asyncio.Transport):
    """The way back to one sender, in the place of a connection."""

    def __init__(self, datagrams: Datagrams, address: Address) -> None:
        super().__init__()
        self._datagrams, self._address = datagrams, address
        self._closing = False
        self.is_held = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._address if name == "peername" else default

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """A datagram is sent or lost at once: nothing is buffered."""

    def write(self, data: Any) -> None:
        self._datagrams.send(bytes(data), self._address)

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None:
        self.is_held = True

    def resume_reading(self) -> None:
        self.is_held = False

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._datagrams.forget(self._address)

    abort = close


class Datagrams(asyncio.DatagramProtocol):
    """Hands each datagram to the session of its sender; ``make`` makes a new one."""

    def __init__(self, make: Callable[[], Session]) -> None:
        self._make = make
        self._peers: dict[Address, tuple[Session, Peer]] = {}
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: Address) -> None:
        known = self._peers.get(address)
        if known is None:
            if len(self._peers) >= MOST_PEERS:
                return
            known = self._peers[address] = (self._make(), Peer(self, address))
            known[0].connection_made(known[1])
        session, peer = known
        if not peer.is_held and not peer.is_closing():
            session.data_received(data)

    def send(self, data: bytes, address: Address) -> None:
        """Send to a sender; what does not arrive is asked for again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, address)

    def forget(self, address: Address) -> None:
        """End the session of a sender, at the next turn of the loop as a connection does."""
        found = self._peers.pop(address, None)
        if found is not None:
            asyncio.get_running_loop().call_soon(found[0].connection_lost, None)
