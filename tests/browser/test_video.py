"""Live video as an operator sees it: a stream made by ffmpeg plays, a dead one says so, and what has no source says that."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from data import walls
from data.db import session
from data.models import Camera
from data.viewer import system_viewer
from tests.browsing import Visitor
from tests.conftest import use_database
from tests.platform import Platform, wait_for
from tests.streams import MediaServer, filmed, has_ffmpeg, media_server

pytestmark = pytest.mark.browser
SOURCES = {"CAM-001": "alive", "CAM-002": "dead", "CAM-003": None}


@pytest.fixture(scope="module")
def media(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaServer]:
    """The media server of the platform, with a live stream, and one that is dead."""
    if not has_ffmpeg():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("没有 ffmpeg：apt-get install -y --no-install-recommends ffmpeg")
    folder: Path = tmp_path_factory.mktemp("film")
    with media_server(platform.media_port, pieces=filmed(folder), dead=("dead",)) as running:
        _set(platform, SOURCES)
        yield running


@contextmanager
def on(platform: Platform) -> Iterator[Session]:
    """A transaction on the platform's database."""
    use_database(platform.settings.effective_database_url)
    with session() as current:
        yield current
    use_database("")


def _set(platform: Platform, sources: dict[str, str | None]) -> None:
    with on(platform) as current:
        for code, stream in sources.items():
            current.execute(update(Camera).where(Camera.code == code).values(source="rtsp" if stream else "hls", stream=stream))


def test_a_stream_plays_a_dead_one_says_no_signal_and_the_layout_is_in_the_address(page: Page, media: MediaServer) -> None:
    page.goto("/video?n=4")
    panes = page.locator(".pane")
    for code in SOURCES:
        page.locator(f'.video-row[title$="{code}"]').click()
    film = panes.nth(0).locator("video")
    expect(panes.nth(0)).to_have_attribute("data-state", "playing", timeout=60_000)
    expect(panes.nth(0).locator(".pane-time")).to_contain_text("接收")
    before = film.evaluate("node => node.currentTime")
    wait_for(lambda: film.evaluate("node => node.currentTime") > before + 1, what="the picture goes on")
    assert film.evaluate("node => [node.videoWidth, node.videoHeight]") == [320, 180]
    expect(panes.nth(1).locator(".pane-say b")).to_have_text("无信号")
    expect(panes.nth(1).locator(".pane-say")).to_contain_text("127.0.0.1 应答 503")
    expect(panes.nth(2).locator(".pane-say b")).to_have_text("未配置视频源")
    page.keyboard.press("3")
    expect(panes.nth(2)).to_have_class("pane chosen")
    keys = ",".join(panes.nth(number).get_attribute("data-key") or "" for number in range(3))
    assert dict(parse_qsl(urlsplit(page.url).query)) == {"n": "4", "c": keys, "p": "3"}


def test_a_wall_plays_the_cameras_that_the_park_chose_for_its_screen(page: Page, visitor: Visitor, platform: Platform, media: MediaServer) -> None:
    page.goto("/system/screens")
    page.get_by_role("link", name="储罐实时监测").click()
    page.locator(".record-drawer header").get_by_text("选择视频", exact=True).click()
    form = page.locator("form", has=page.locator("[name=cameras]"))
    with on(platform) as current:
        chosen = {camera.code: camera for camera in current.scalars(select(Camera).where(Camera.code.in_(SOURCES)))}
        token = walls.save_wall(current, system_viewer("tests"), None, {"name": "东墙", "screens": ["tanks"]}, None)[1]
    for camera in chosen.values():
        form.locator(f"[name=cameras][value='{camera.id}']").check()
    form.get_by_role("button", name="选择视频").click()
    expect(page.locator("#messages")).to_contain_text("“储罐实时监测”显示 3 路视频")
    wall = visitor.page
    wall.goto(f"/screen/tanks?token={token}")
    panes = wall.locator(".screen-pane")
    expect(panes).to_have_count(4)
    expect(panes.nth(0)).to_have_attribute("data-state", "playing", timeout=60_000)
    assert panes.nth(0).locator("video").evaluate("node => [node.videoWidth, node.videoHeight]") == [320, 180]
    expect(panes.nth(0)).to_contain_text(chosen["CAM-001"].name)
    expect(panes.nth(1)).to_contain_text("无信号")
    expect(panes.nth(2)).to_contain_text("未配置视频源")
    assert wall.evaluate("document.querySelectorAll('a, button, input').length") == 0
