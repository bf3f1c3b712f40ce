"""Fetching from cameras is no way into the network: only named hosts, no redirects, bounds for every answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from data.media_fetch import NotFetched, allowed, fetch, why_not
from data.settings import Settings
from tests.platform import free_ports
from tests.streams import MediaServer, media_server


@pytest.fixture(scope="module")
def media() -> Iterator[MediaServer]:
    with media_server(free_ports(1)[0]) as running:
        yield running


@pytest.fixture
def settings(media: MediaServer) -> Settings:
    return Settings(media_hosts=f"127.0.0.1:{media.port}，169.254.169.254")


def refused(address: str, settings: Settings, most: int = 1000) -> str:
    with pytest.raises(NotFetched) as found:
        fetch(address, settings, most=most)
    return str(found.value)


def test_hosts_are_those_of_the_settings_alone() -> None:
    settings = Settings(simulate=False, media_hosts="10.0.0.5, media:8080", media_hls="https://hls.park/{app}/{stream}.m3u8")
    assert allowed(settings) == {("10.0.0.5", 80), ("10.0.0.5", 443), ("media", 8080), ("hls.park", 443)}
    assert why_not("http://10.0.0.5:6379/", settings) == "10.0.0.5:6379 不在允许的流媒体主机中（PARK_MEDIA_HOSTS）"
    assert why_not("http://media:8080@evil.example/", settings) == "evil.example:80 不在允许的流媒体主机中（PARK_MEDIA_HOSTS）"
    assert why_not("file:///etc/passwd", settings) == "不是 http 或 https 地址"
    assert why_not("https://HLS.park/x", settings) == ""
    assert allowed(Settings(simulate=False)) == frozenset()
    assert allowed(Settings(simulate=True, simulate_media_port=8077)) == {("127.0.0.1", 8077)}


def test_an_answer_comes(media: MediaServer, settings: Settings) -> None:
    assert fetch(f"{media.url}/live/a/hls.m3u8", settings, most=10_000).startswith(b"#EXTM3U")


def test_the_address_of_a_cloud_s_secrets_is_never_asked_even_when_it_is_named(settings: Settings) -> None:
    assert refused("http://169.254.169.254/latest/meta-data/", settings) == "169.254.169.254 指向不允许的地址"


def test_no_redirect_is_followed(media: MediaServer, settings: Settings) -> None:
    assert refused(f"{media.url}/away", settings) == "127.0.0.1 转向其他地址，不予跟随"


def test_an_answer_has_a_bound(media: MediaServer, settings: Settings) -> None:
    assert refused(f"{media.url}/large", settings, most=100 * 1024) == "应答超过 100 KB"


def test_why_nothing_came_is_said(media: MediaServer, settings: Settings) -> None:
    assert refused(f"{media.url}/nothing", settings) == "127.0.0.1 应答 404"
    closed = free_ports(1)[0]
    assert refused(f"http://127.0.0.1:{closed}/", Settings(media_hosts=f"127.0.0.1:{closed}")) == "127.0.0.1 拒绝连接"
