"""Fetching from media servers and cameras, and from nothing else.

Addresses are entered by people, so this must be no way into the network: only hosts that the settings name are asked, at the address
that was looked up and checked, no redirect is followed, and every answer has a bound in size and time.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

from data.settings import Settings

CONNECT_S = 4.0
_PORTS = {"http": 80, "https": 443}
# Where clouds answer with the machine's own secrets; the link-local ones are refused anyhow.
_NEVER = frozenset(ipaddress.ip_address(one) for one in ("169.254.169.254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254"))


class NotFetched(Exception):
    """Why there is no answer, in Chinese, for whoever looks at the camera."""


class Answer(NamedTuple):
    """An answer that begins: its status (200 or 206), its headers in lower case, and the bytes as they come."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]


def allowed(settings: Settings) -> frozenset[tuple[str, int]]:
    """(host, port) of everything that may be asked. A host without a port means 80 and 443."""
    found: set[tuple[str, int]] = set()
    for one in settings.media_hosts.replace("，", ",").split(","):
        parts = urlsplit(f"//{one.strip()}")
        if parts.hostname:
            found |= {(parts.hostname, port) for port in ((parts.port,) if parts.port else _PORTS.values())}
    template = urlsplit(settings.hls_template)
    if template.hostname and template.scheme in _PORTS:
        found.add((template.hostname, template.port or _PORTS[template.scheme]))
    if settings.simulating:
        found.add(("127.0.0.1", settings.simulate_media_port))
    return frozenset(found)


def why_not(address: str, settings: Settings) -> str:
    """Why this address is not asked; empty when it is."""
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return "不是地址"
    if parts.scheme not in _PORTS or not parts.hostname:
        return "不是 http 或 https 地址"
    if (parts.hostname, port) not in allowed(settings):
        return f"{parts.hostname}:{port} 不在允许的流媒体主机中（PARK_MEDIA_HOSTS）"
    return ""


@contextmanager
def opened(address: str, settings: Settings, *, headers: Mapping[str, str] | None = None, most: int, seconds: float = 10.0) -> Iterator[Answer]:
    """The answer to a GET of ``address``; NotFetched when there is none that is good. Its chunks end with NotFetched where it is
    larger than ``most`` bytes or takes longer than ``seconds``."""
    reason = why_not(address, settings)
    if reason:
        raise NotFetched(reason)
    until = time.monotonic() + seconds
    parts = urlsplit(address)
    port = parts.port or _PORTS[parts.scheme]
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", port, timeout=CONNECT_S)
    stack = ExitStack()
    stack.callback(connection.close)
    try:
        connection.sock = _connected(parts.scheme, parts.hostname or "", port)
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        connection.request("GET", target, headers={"Accept-Encoding": "identity", "User-Agent": "park", **(headers or {})})
        response = stack.enter_context(connection.getresponse())
        if 300 <= response.status < 400:
            raise NotFetched(f"{parts.hostname} 转向其他地址，不予跟随")
        if response.status not in (200, 206):
            raise NotFetched(f"{parts.hostname} 应答 {response.status}")
        yield Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, _chunks(response, most, until))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotFetched(f"{parts.hostname} {_words(error)}") from error
    finally:
        stack.close()


def fetch(address: str, settings: Settings, *, headers: Mapping[str, str] | None = None, most: int, seconds: float = 10.0) -> bytes:
    """The whole answer."""
    with opened(address, settings, headers=headers, most=most, seconds=seconds) as answer:
        return b"".join(answer.chunks)


def _chunks(response: http.client.HTTPResponse, most: int, until: float) -> Iterator[bytes]:
    size = 0
    while chunk := response.read1(64 * 1024):
        size += len(chunk)
        if size > most:
            raise NotFetched(f"应答超过 {most // 1024:,} KB")
        if time.monotonic() > until:
            raise NotFetched("应答太慢")
        yield chunk


def _connected(scheme: str, host: str, port: int) -> socket.socket:
    """A connection to an address of ``host`` that was checked itself: a second look-up could lead elsewhere."""
    found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if any(_is_forbidden(one) for one in found):
        raise NotFetched(f"{host} 指向不允许的地址")
    plain = socket.create_connection((found[0], port), CONNECT_S)
    if scheme == "http":
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _is_forbidden(text: str) -> bool:
    """Whether no camera can be there: addresses of the machine's cloud, of no machine, or of many."""
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    return address in _NEVER or address.is_link_local or address.is_multicast or address.is_unspecified


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "没有应答（超时）"
    if isinstance(error, ConnectionRefusedError):
        return "拒绝连接"
    if isinstance(error, socket.gaierror):
        return "域名解析不到"
    if isinstance(error, ssl.SSLError):
        return "证书不受信任或 TLS 失败"
    return "连接中断"
